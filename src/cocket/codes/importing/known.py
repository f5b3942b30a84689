# SPDX-License-Identifier: Apache-2.0
"""The lists whose files are known, and by which names their publishers call the columns.

Source: UNECE Recommendations 16, 20 and 21 with their published code lists; ISO 3166-1; ISO 4217 lists one and three;
the Harmonized System; the reference data of the EU's and the UK's transit systems (RD, COL).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

import msgspec

from cocket.codes.builtin import user_assigned
from cocket.codes.importing.gathering import Draft
from cocket.codes.importing.sources import Grid, records

#: Other words for the lists, as people say them.
ALIASES = {
    "countries": "country",
    "currencies": "currency",
    "units": "unit",
    "packages": "package",
    "locode": "unlocode",
    "un-locode": "unlocode",
    "customs-offices": "customs-office",
    "offices": "customs-office",
}

#: The columns of a list that comes without a header.
_UNLOCODE = (
    "Change", "Country", "Location", "Name", "NameWoDiacritics", "Subdivision", "Function", "Status", "Date", "IATA",
    "Coordinates", "Remarks",
)  # fmt: skip

_COUNTRY = re.compile("[A-Z]{2}")

#: What a column is for, and the names under which it is met, most telling first; letters and digits alone count.
Columns = dict[str, tuple[str, ...]]

_ANY: Columns = {
    "code": (
        "code", "id", "commoncode", "hscode", "alphabeticcode", "ccy", "alpha2", "iso31661alpha2", "iso", "value",
        "documenttype", "currency", "role", "type", "qualifier", "method", "unlocodeextendedcode",
    ),
    "name": ("name", "description", "label", "title", "text"),
    "from": ("validfrom", "from", "activefrom", "startdate", "effectivefrom"),
    "to": ("validto", "to", "activeto", "enddate", "withdrawaldate", "wthdrwldt", "effectiveto"),
    "language": ("language", "languagecode", "lang"),
    "status": ("status", "state"),
}  # fmt: skip


def bare(name: str) -> str:
    """A column's name as it is compared: its letters and digits, in small letters."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def has_code(known: Format, grid: Grid, given: Columns) -> bool:
    """Whether a table has a column for the code, be it that its place is known."""
    if not grid.lines:
        return True
    first = grid.lines[0][1]
    if known.header is None:
        return _found(known, first, given)["code"] is not None
    names = {bare(cell) for cell in first}
    is_headless = len(first) in range(len(known.header) - 2, len(known.header) + 2) and bool(
        _COUNTRY.fullmatch(first[1])
    )
    return is_headless or {"country", "location"} <= names or {"unlcdvfunctions", "value"} <= names


def _found(known: Format, header: list[str], given: Columns) -> dict[str, str | None]:
    """Which column of a file is for what; those given come first, then the format's, then those of any list."""
    by_bare = {bare(name): name for name in reversed(header)}
    found: dict[str, str | None] = {}
    for use, general in _ANY.items():
        wanted = given.get(use) or (*known.columns.get(use, ()), *general)
        taken = {name for name in found.values() if name}
        found[use] = next(
            (by_bare[bare(n)] for n in wanted if bare(n) in by_bare and by_bare[bare(n)] not in taken), None
        )
    return found


def _by_column(known: Format, grid: Grid, given: Columns) -> Iterator[Draft]:
    header = grid.lines[0][1]
    use = _found(known, header, given)
    kept = _attributes(known, header, use)
    for line, row in records(grid):
        cell = {purpose: row.get(name, "") if name else "" for purpose, name in use.items()}
        yield Draft(
            file=grid.file,
            line=line,
            code=cell["code"],
            name=" ".join(cell["name"].split()),
            valid_from=cell["from"],
            valid_to=cell["to"],
            is_withdrawn=cell["status"].casefold() in known.withdrawn,
            language=cell["language"],
            attributes={name: text for column, name in kept.items() if (text := row.get(column, ""))},
        )


def _attributes(known: Format, header: list[str], use: dict[str, str | None]) -> dict[str, str]:
    """Columns to keep, and under which name."""
    own = {name for name in use.values() if name}
    if known.attributes is None:
        return {column: column for column in header if column and column not in own}
    by_bare = {bare(column): column for column in header}
    return {
        by_bare[bare(c)]: name
        for c, name in known.attributes.items()
        if bare(c) in by_bare and by_bare[bare(c)] not in own
    }


def _places(known: Format, grid: Grid, given: Columns) -> Iterator[Draft]:
    """UN/LOCODE in its three shapes: UNECE's parts without a header, the same with one, and UN/CEFACT's vocabulary."""
    first = grid.lines[0][1] if grid.lines else []
    if "unlcdvfunctions" in map(bare, first):
        yield from _vocabulary(grid)
        return
    names = [bare(cell) for cell in first]
    header = None if "country" in names and "location" in names else _UNLOCODE
    for line, row in records(grid, header):
        cell = {bare(name): text for name, text in row.items()}
        if not cell.get("location"):
            continue  # the name of a country, or another name of a place that has its own row
        attributes = {name: text for name in map(bare, _UNLOCODE[4:]) if (text := cell.get(name))}
        if cell.get("change"):
            attributes["change"] = cell["change"]
        yield _place(grid.file, line, cell.get("country", "") + cell["location"], cell.get("name", ""), attributes)


def _vocabulary(grid: Grid) -> Iterator[Draft]:
    for line, row in records(grid):
        functions = {part.rsplit(":", 1)[-1] for part in row.get("unlcdv:functions", "").split(", ")} - {""}
        attributes = {
            "namewodiacritics": row.get("labelWithDiacritics", ""),
            "subdivision": row.get("unlcdv:countrySubdivision", "").rsplit(":", 1)[-1][2:],
            "function": "".join(sorted(functions)),
            "latitude": row.get("geo:lat", ""),
            "longitude": row.get("geo:long", ""),
        }
        code = row.get("value") or row.get("uri", "").rsplit(":", 1)[-1]
        yield _place(grid.file, line, code, row.get("label", ""), {n: text for n, text in attributes.items() if text})


def _place(file: str, line: int, code: str, name: str, attributes: dict[str, str]) -> Draft:
    if attributes.get("namewodiacritics") == name:
        del attributes["namewodiacritics"]
    if "function" in attributes:
        attributes["function"] = attributes["function"].replace("-", "")
    return Draft(file=file, line=line, code=code.replace(" ", "").upper(), name=name, attributes=attributes)


def _with_user_assigned(drafts: list[Draft]) -> Iterator[Draft]:
    """Countries, and the codes ISO leaves to administrations, which every edition has whether it prints them or not."""
    yield from drafts
    written = {draft.code for draft in drafts}
    for code in user_assigned():
        if code.code not in written:
            yield Draft(file="ISO 3166-1, 8.1", line=0, code=code.code, name=code.name, attributes=code.attributes)


def _one_a_currency(drafts: list[Draft]) -> Iterator[Draft]:
    """One row a currency: the lists have one a country, and one more for each that gave it up.

    A currency that any country still has is current; else it went when the last country gave it up.
    """
    by_code: dict[str, Draft] = {}
    for draft in drafts:
        other = by_code.get(draft.code)
        if not draft.code:
            continue  # places without a currency of their own
        if other is None or (other.valid_to and (not draft.valid_to or draft.valid_to[-7:] > other.valid_to[-7:])):
            by_code[draft.code] = draft
    yield from by_code.values()


def _digits(drafts: list[Draft]) -> Iterator[Draft]:
    """Codes of the Harmonized System as digits; spreadsheets drop a leading zero, which an odd number of digits betrays."""
    for draft in drafts:
        digits = draft.code.replace(".", "").replace(" ", "")
        if digits.isdigit():
            draft.code = digits.zfill(len(digits) + len(digits) % 2)
            yield draft
        elif draft.code.upper() != "TOTAL":
            yield draft


def _closed_by_state(drafts: list[Draft]) -> Iterator[Draft]:
    """Rows of transit reference data, of which one in state `invalid` ends the one before on the day it begins.

    One that ends nothing still tells that the code was valid once, and until when.
    """
    open_since: dict[tuple[str, str], Draft] = {}
    closing = set()
    for draft in sorted(drafts, key=lambda one: one.valid_from):
        place = draft.code, draft.language
        if not draft.is_withdrawn or not draft.valid_from:
            open_since[place] = draft
        elif (before := open_since.pop(place, None)) is not None:
            before.valid_to = before.valid_to or _day_before(draft.valid_from)
            closing.add(id(draft))
        else:
            draft.valid_from, draft.valid_to = "", _day_before(draft.valid_from)
    yield from (draft for draft in drafts if id(draft) not in closing)


def _day_before(text: str) -> str:
    try:
        return (date.fromisoformat(text[:10]) - timedelta(days=1)).isoformat()
    except ValueError:
        return text


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How the files of a list are read.

    Attributes:
        agency: Who maintains the list; empty if that is not known.
        columns: Names of its columns, before those that any list may have.
        attributes: Columns kept as attributes, by the name they get; None keeps every other column under its own.
        header: Columns of a file that has no header; None if every file has one.
        shape: What its codes look like; None if they may be anything.
        withdrawn: What its status column says of codes that are gone.
        drafts: Turns the rows of a grid into drafts.
        after: What is done with all drafts together, before they are gathered; None if each stands for itself.
    """

    agency: str = ""
    columns: Columns = {}
    attributes: dict[str, str] | None = None
    header: tuple[str, ...] | None = None
    shape: re.Pattern[str] | None = None
    withdrawn: tuple[str, ...] = ("withdrawn", "invalid")
    drafts: Callable[[Format, Grid, Columns], Iterator[Draft]] = _by_column
    after: Callable[[list[Draft]], Iterable[Draft]] | None = None


#: Any list of which nothing is known but what its header says.
ANY = Format(after=_closed_by_state)

FORMATS: dict[str, Format] = {
    "country": Format(
        agency="ISO 3166/MA",
        columns={"code": ("ISO3166-1-Alpha-2", "alpha-2"), "name": ("CLDR display name", "UNTERM English Short")},
        attributes={"ISO3166-1-Alpha-3": "alpha3", "ISO3166-1-numeric": "numeric", "alpha3": "alpha3", "numeric": "numeric"},
        shape=_COUNTRY,
        after=_with_user_assigned,
    ),
    "currency": Format(
        agency="ISO 4217/MA",
        columns={"code": ("AlphabeticCode", "Ccy"), "name": ("Currency", "CcyNm")},
        attributes={"NumericCode": "numeric", "CcyNbr": "numeric", "MinorUnit": "minor_units", "CcyMnrUnts": "minor_units"},
        shape=re.compile("[A-Z]{3}"),
        after=_one_a_currency,
    ),
    "unit": Format(agency="UN/CEFACT", attributes={"Symbol": "symbol"}, withdrawn=("x", "d", "withdrawn", "deleted")),
    "package": Format(agency="UN/CEFACT", attributes={}, withdrawn=("x", "d", "withdrawn", "deleted")),
    "unlocode": Format(agency="UNECE", header=_UNLOCODE, shape=re.compile("[A-Z]{2}[A-Z0-9]{3}"), drafts=_places),
    "customs-office": Format(after=_closed_by_state),
    "hs": Format(agency="WCO", attributes={}, shape=re.compile("(?!00)[0-9]{2}([0-9]{2}){0,5}"), after=_digits),
}  # fmt: skip
