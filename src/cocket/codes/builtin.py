# SPDX-License-Identifier: Apache-2.0
"""The lists that come with the package, as editions with dated codes.

Source: `data/<list>/SOURCE.md` for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from cocket.codes._table import rows
from cocket.codes.code_list import Code, CodeList, Edition, write_code_list
from cocket.codes.country import IN_THE_EU, USER_ASSIGNED, name_of_user_assigned

#: Columns that say when a code was valid, or what it is called; the others are attributes.
_OWN = ("code", "name", "valid_from", "valid_to")

#: What is known of each edition; its rows are in `data/<list>/<edition>.csv`.
EDITIONS = (
    Edition(list="country", edition="2026-05", agency="ISO 3166/MA"),
    Edition(list="currency", edition="2026-02", agency="ISO 4217/MA"),
    Edition(list="document-type", edition="d23a", agency="UN/CEFACT", is_subset=True),
    Edition(list="incoterms", edition="2000", agency="ICC", valid_from=date(2000, 1, 1)),
    Edition(list="incoterms", edition="2010", agency="ICC", valid_from=date(2011, 1, 1)),
    Edition(list="incoterms", edition="2020", agency="ICC", valid_from=date(2020, 1, 1)),
    Edition(list="package", edition="rec21-2021", agency="UN/CEFACT"),
    Edition(list="transport-mode", edition="rec19-2001", agency="UN/CEFACT"),
    Edition(list="unit", edition="rec20-17e", agency="UN/CEFACT", is_subset=True),
)


@cache
def builtin_lists() -> tuple[CodeList, ...]:
    """Every built-in edition (1..n).

    Source: `data/<list>/SOURCE.md`.
    """
    return tuple(CodeList(write_code_list(edition, _codes(edition))) for edition in EDITIONS)


def user_assigned() -> Iterator[Code]:
    """Country codes that ISO will never assign, and that mean what an administration says they mean (42).

    Source: ISO 3166-1:2020, clause 8.1; Regulation (EU) 2020/1470, Annex I, for what the EU means by some.
    """
    for code in USER_ASSIGNED:
        meant = {"named_by": "European Union"} if code in IN_THE_EU else {}
        yield Code(code=code, name=name_of_user_assigned(code), attributes={"assignment": "user", **meant})


def _codes(edition: Edition) -> Iterator[Code]:
    table = rows(edition.list, edition.edition)
    match edition.list:
        case "country":
            yield from _countries(table, rows("country", "periods"))
        case "currency":
            formerly = rows("currency", "formerly")
            yield from (_dated({"code": r["letters"], **r}, leave_out=("letters", "status")) for r in table)
            yield from map(_dated, formerly)
        case "unit" | "package":
            yield from (_dated(r, leave_out=("status",)) for r in table)
        case _:
            yield from map(_dated, table)


def _countries(table: list[dict[str, str]], periods: list[dict[str, str]]) -> Iterator[Code]:
    """Countries of today, codes reserved for other uses, those withdrawn with their days, and the user-assigned."""
    since = {r["code"]: r["valid_from"] for r in periods if not r["valid_to"]}
    withdrawn = [r for r in periods if r["valid_to"]]
    gone = {r["code"] for r in withdrawn}
    for r in table:
        if r["alpha2"] not in gone:
            row = {"code": r["alpha2"], "valid_from": since.get(r["alpha2"], ""), **r}
            yield _dated(row, leave_out=("alpha2",))
    yield from map(_dated, withdrawn)
    yield from user_assigned()


def _dated(row: dict[str, str], leave_out: Iterable[str] = ()) -> Code:
    """A row as a code; one marked withdrawn without a day is valid on none."""
    last = row.get("valid_to", "")
    return Code(
        code=row["code"],
        name=row["name"],
        valid_from=date.fromisoformat(row["valid_from"]) if row.get("valid_from") else None,
        valid_to=date.fromisoformat(last) if last else None,
        is_withdrawn=row.get("status") == "withdrawn" and not last,
        attributes={name: text for name, text in row.items() if text and name not in (*_OWN, *leave_out)},
    )
