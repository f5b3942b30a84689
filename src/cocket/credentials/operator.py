# SPDX-License-Identifier: Apache-2.0
"""AEO status: that an administration holds a trader for reliable, for what, and from when to when.

It names the trader by his number with the administration that speaks, never by a name alone.
Source: WCO SAFE Framework of Standards, pillar 2; WTO Trade Facilitation Agreement, article 7.7; WCO Mutual Recognition
Arrangement guidelines (exchange of AEO details).
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from cocket.findings import Finding

OperatorScope = Literal["import", "export", "simplified", "security"]

_COUNTRY = re.compile(r"[A-Z]{2}")
_SIGNS = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{0,59}")


class AuthorisedOperator(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One authorisation of one trader, as its administration tells others.

    Attributes:
        country: Administration, by its ISO 3166-1 code.
        scheme: Programme, as the administration calls it, such as `AEO-S`.
        number: Number of the authorisation.
        trader: Number of its holder with that administration.
        name: His name, for people.
        scopes: What it covers (1..n), as a standing is told.
    """

    country: str
    scheme: str
    number: str
    trader: str
    scopes: tuple[OperatorScope, ...]
    name: str = ""


def check_operator(operator: AuthorisedOperator) -> tuple[Finding, ...]:
    """Check that an AEO status says who and what.

    Returns:
        Findings (0..n).

    Source: WCO Mutual Recognition Arrangement guidelines.
    """
    findings = []
    if not _COUNTRY.fullmatch(operator.country):
        findings.append(_finding("aeo-country", "{found} is not a country code", operator.country))
    for code in ("scheme", "number", "trader"):
        value = getattr(operator, code)
        if not _SIGNS.fullmatch(value):
            findings.append(_finding(f"aeo-{code}", f"{{found}} is not a {code}", value))
    if not operator.scopes or len(set(operator.scopes)) != len(operator.scopes):
        findings.append(
            _finding("aeo-scopes", "the scopes it covers are required, each once", " ".join(operator.scopes))
        )
    return tuple(findings)


def _finding(code: str, message: str, found: str) -> Finding:
    return Finding(code=code, severity="error", message=message, found=found[:200])
