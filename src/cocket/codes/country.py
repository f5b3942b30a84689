# SPDX-License-Identifier: Apache-2.0
"""Countries and areas (ISO 3166-1)."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from cocket.codes._table import key, rows

EDITION = "2026-05"

Assignment = Literal["official", "reserved", "user"]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: ISO will never assign these: an administration gives them meaning.
USER_ASSIGNED = ("AA", *(f"Q{x}" for x in _LETTERS[12:]), *(f"X{x}" for x in _LETTERS), "ZZ")

#: What customs of the European Union mean by some of them.
#: Source: Regulation (EU) 2020/1470, Annex I.
IN_THE_EU = {
    "XC": "Ceuta",
    "XI": "United Kingdom (Northern Ireland)",
    "XK": "Kosovo",
    "XL": "Melilla",
    "XS": "Serbia",
}


class Country(msgspec.Struct, frozen=True):
    """A country, a dependent area, or a code set aside for other uses.

    Attributes:
        alpha2: Two letters.
        alpha3: Three letters; None where the code has none (user-assigned, some reserved).
        numeric: Three digits; None where the code has none.
        assignment: `official`; `reserved` by ISO for old or special uses (EU, AN, UK); `user` for codes ISO will
            never assign (AA, QM–QZ, XA–XZ, ZZ), which mean what an administration says they mean.
        name: Short English name; of a code of `user` the European Union's, if it has one.

    Source: ISO 3166-1:2020, clauses 5 and 8.1 (user-assigned code elements).
    """

    alpha2: str
    alpha3: str | None
    numeric: str | None
    assignment: Assignment
    name: str


@cache
def _by_code() -> dict[str, Country]:
    table = [
        Country(r["alpha2"], r["alpha3"] or None, r["numeric"] or None, r["assignment"], r["name"])  # type: ignore[arg-type]
        for r in rows("country", EDITION)
    ]
    table += [Country(code, None, None, "user", name_of_user_assigned(code)) for code in USER_ASSIGNED]
    return {code: entry for entry in table for code in (entry.alpha2, entry.alpha3, entry.numeric) if code}


def alpha2_codes() -> tuple[str, ...]:
    """Every alpha-2 code that stands for something, user-assigned ones too, sorted.

    Source: ISO 3166-1:2020; `data/country/SOURCE.md`.
    """
    return tuple(sorted({entry.alpha2 for entry in _by_code().values()}))


def name_of_user_assigned(code: str) -> str:
    """What a user-assigned code is called: as customs of the EU name it, or in words that no one has named it.

    Source: ISO 3166-1:2020, 8.1.3; Regulation (EU) 2020/1470, annex I.
    """
    return IN_THE_EU.get(code, f"user-assigned {code}")


def country(text: str) -> Country | None:
    """Look a country up by alpha-2, alpha-3 or numeric code.

    Args:
        text: Such as `XA`, `cze` or `203`; a numeric code may lack leading zeros.

    Returns:
        The country; None if no list has the code.

    Source: ISO 3166-1:2020; `data/country/SOURCE.md`.
    """
    code = key(text)
    return _by_code().get(code.zfill(3) if code.isdigit() else code)
