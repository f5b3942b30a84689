# SPDX-License-Identifier: Apache-2.0
"""Lists kept as a table: an administration's own watch lists, and lists that others publish as CSV.

Columns, by their heading in any case: `name` is needed; `id`, `kind` (person, organisation, vessel, goods), `aliases` and
`weak_aliases` (several parted by `;`), `numbers`, `countries` (parted by `;`), `programme`, `listed`, `note` may be there.
"""

from __future__ import annotations

import csv
import io
from typing import Final, get_args

from cocket.errors import UnreadableError
from cocket.screening.entries import Kind, ListedName, ListEntry

#: Headings that others use → ours.
_HEADINGS: Final = {
    "schema": "kind",
    "type": "kind",
    "identifiers": "numbers",
    "program": "programme",
    "programs": "programme",
    "sanctions": "programme",
    "country": "countries",
    "remarks": "note",
    "alias": "aliases",
}
_KINDS: Final[dict[str, Kind]] = {
    **{kind: kind for kind in get_args(Kind)},
    "individual": "person",
    "entity": "organisation",
    "organization": "organisation",
    "company": "organisation",
    "legalentity": "other",
    "ship": "vessel",
}


def read_table(data: bytes) -> tuple[list[ListEntry], list[str]]:
    """Read a list from CSV, UTF-8, with a heading.

    Args:
        data: The file.

    Returns:
        Entries, and lines left out with the reason.

    Raises:
        UnreadableError: It is no UTF-8, or its heading names no column `name`.
    """
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"The list is not valid CSV in UTF-8: {error}.", code="list-unreadable") from error
    heading = [_HEADINGS.get(name, name) for name in (cell.strip().lower() for cell in (rows[0] if rows else ()))]
    if "name" not in heading:
        raise UnreadableError("The header of the list has no column `name`.", code="list-unreadable", expected="name")
    entries: list[ListEntry] = []
    left_out: list[str] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: cell.strip() for name, cell in zip(heading, row, strict=False)}
        kind = _KINDS.get(cells.get("kind", "").lower() or "other")
        if not cells.get("name"):
            left_out.append(f"line {number}: no name")
        elif kind is None:
            left_out.append(f"line {number}: no kind {cells['kind'][:80]}")
        else:
            entries.append(_entry(cells, kind, number))
    return entries, left_out


def _entry(cells: dict[str, str], kind: Kind, number: int) -> ListEntry:
    numbers = ("".join(filter(str.isalnum, text)).upper() for text in _several(cells, "numbers"))
    return ListEntry(
        id=cells.get("id") or f"line-{number}",
        kind=kind,
        names=(
            ListedName(cells["name"]),
            *(ListedName(text, is_alias=True) for text in _several(cells, "aliases")),
            *(ListedName(text, is_weak=True, is_alias=True) for text in _several(cells, "weak_aliases")),
        ),
        numbers=tuple(dict.fromkeys(text for text in numbers if len(text) >= 5)),
        countries=tuple(_several(cells, "countries")),
        programme=cells.get("programme") or None,
        listed=cells.get("listed") or None,
        note=cells.get("note") or None,
    )


def _several(cells: dict[str, str], name: str) -> list[str]:
    return [part.strip() for part in cells.get(name, "").split(";") if part.strip()]


def _delimiter(text: str) -> str:
    """The sign that parts the cells of the heading: a comma, a semicolon or a tab."""
    heading = text.partition("\n")[0]
    return max(",;\t", key=heading.count)
