# SPDX-License-Identifier: Apache-2.0
"""One spelling for names, addresses and telephones that people write in many ways, so that the same are seen as such."""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = re.compile(r"[^\W_]+")

#: What says nothing about who or where: forms of companies, kinds of streets, "number".
_FORMS = frozenset(
    ("LTD", "LIMITED", "LLC", "INC", "INCORPORATED", "CO", "COMPANY", "CORP", "CORPORATION", "PLC", "GMBH", "AG", "SA",
     "SARL", "SAS", "BV", "NV", "SRL", "SPA", "PTY", "PTE")
)  # fmt: skip
_STREET = frozenset(
    ("ST", "STR", "STREET", "RD", "ROAD", "AVE", "AVENUE", "LANE", "LN", "BLVD", "BOULEVARD", "RUE", "STRASSE", "NO",
     "NR", "NUMBER")
)  # fmt: skip

#: Digits of a telephone number that are kept, from its end: prefixes of countries and exchanges are written or not.
_DIGITS = 7

#: Spellings that are remembered: the same traders come again and again.
_REMEMBERED = 1 << 16


@lru_cache(_REMEMBERED)
def canonical_name(name: str | None) -> str | None:
    """A name without case, marks and the form of the company; None if nothing is left."""
    return " ".join(part for part in _parts(name) if part not in _FORMS) or None


@lru_cache(_REMEMBERED)
def canonical_address(address: str | None) -> str | None:
    """The words and numbers of an address in alphabetical order, without kinds of streets; None if nothing is left."""
    return " ".join(sorted(part for part in _parts(address) if part not in _STREET)) or None


@lru_cache(_REMEMBERED)
def canonical_phone(telephone: str | None) -> str | None:
    """The last seven digits of a telephone number; None if it has fewer than five."""
    digits = "".join(filter(str.isdigit, telephone or ""))
    return digits[-_DIGITS:] if len(digits) >= 5 else None


def _parts(text: str | None) -> list[str]:
    return _PARTS.findall((text or "").upper())
