# SPDX-License-Identifier: Apache-2.0
"""Rows of a host's tables, written down as the file that the host would have exported.

So a declaration is the same message whether it comes by file, by CSV or by database, and one reader judges all three.
What no element takes is kept: under `Host_columns`, in elements named after the columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from cocket.feeds.cells import Texts, text_of
from cocket.feeds.host_tables import Row
from cocket.feeds.mapping import OUTLINES, HostMapping, Part, Stream
from cocket.findings import Finding
from cocket.model import Manifest
from cocket.standards.asycuda.form import Form, fresh_form, write_paper
from cocket.standards.asycuda.manifest.writer import fresh as fresh_manifest
from cocket.standards.asycuda.profiles import Profile, choose
from cocket.standards.asycuda.sheet import Sheet
from cocket.standards.asycuda.values import write_day

#: Where columns are kept that no element takes.
KEPT = "Host_columns"

_OFFICES = (
    "Identification/Office_segment/Customs_clearance_office_code",
    "General_segment/General_segment_id/Customs_office_code",
)
_NAME = re.compile(r"[^A-Za-z0-9_-]|^[0-9-]")
_MOST_TOLD = 200

#: The rows of one paper by name of their part; those of the paper itself under `""`.
Rows = Mapping[str, Sequence[Row]]


class PaperMaker:
    """Makes the messages of one stream.

    Args:
        mapping: The mapping, fitted to the tables.
        stream: Its manifests or declarations.
    """

    def __init__(self, mapping: HostMapping, stream: Stream) -> None:
        self._mapping = mapping
        self._root = stream.root
        self._parts = stream.parts
        self._by_name = {part.name: part for part in stream.every_part}
        self._outline = OUTLINES[stream.kind]
        self._is_declaration = stream.kind == "declarations"
        self._texts = Texts(mapping)
        self._sharing: dict[str, list[Part]] = {}
        for part in stream.every_part:
            self._sharing.setdefault(part.table, []).append(part)
        # What other streams read of the same table, such as the lane, is told by them and is no part of the paper.
        elsewhere = [part for other in mapping.streams if other is not stream for part in other.every_part]
        self._taken = {
            table: set().union(
                *map(self._takes, parts), *(_columns_of(part) for part in elsewhere if part.table == table)
            )
            for table, parts in self._sharing.items()
        }

    def make(self, rows: Rows) -> tuple[bytes, list[Finding]]:
        """Write one paper.

        Args:
            rows: All its rows; of the paper itself at least one, and more where its general part is repeated.

        Returns:
            The message, and a warning for each value that is repeated with a difference, and for rows that belong to
            no other (0..n).

        Raises:
            SenderError: A value cannot stand in XML.
        """
        offices = (self._texts.cell(self._root.cells[at], rows[""]) for at in _OFFICES if at in self._root.cells)
        profile = choose(self._mapping.profile, next(filter(None, offices), None))
        writing = _Writing(self._kept_columns(rows), self._date_writer(profile))
        findings = list(self._differences(rows[""]))
        paper = Sheet(self._outline.top)
        self._fill(paper, self._root, rows[""], writing)
        filled: dict[str, list[tuple[Sheet, Row]]] = {"": [(paper, rows[""][0])]}
        for part in self._parts:
            around = self._around(part)
            by_key = grouped(rows.get(part.name, ()), part.key[: len(around.key)])
            filled[part.name] = []
            for parent, row in filled.get(around.name, ()):
                found = by_key.pop(key_of(row, around.key), [])
                filled[part.name] += self._children(parent, part, found, writing)
            if part.table != around.table:
                findings += (_orphan(part, around, row) for left in by_key.values() for row in left)
        return write_paper(paper, self._outline, self._form(profile)), findings

    def _children(
        self, parent: Sheet, part: Part, rows: Sequence[Row], writing: _Writing
    ) -> Iterator[tuple[Sheet, Row]]:
        """The rows of one part within one sheet; the same row told more than once is one row."""
        node = self._outline.tables[part.name]
        for group in _apart(rows, part.key[len(self._around(part).key) :], part.order):
            sheet = Sheet(node, parent)
            self._fill(sheet, part, group, writing)
            if sheet.values:
                parent.tables.setdefault(node.path, []).append(sheet)
                yield sheet, group[0]

    def _fill(self, sheet: Sheet, part: Part, rows: Sequence[Row], writing: _Writing) -> None:
        for path, cell in part.cells.items():
            text = self._texts.cell(cell, rows)
            if text is not None:
                sheet.values[path] = self._as_written(part, path, text, writing)
        if sheet.values or len(self._sharing[part.table]) == 1:
            for column in sorted(writing.kept.get(part.name, ()), key=_element):
                texts = dict.fromkeys(filter(None, (text_of(row.get(column)) for row in rows)))
                for position, text in enumerate(texts, start=1):
                    sheet.values[f"{KEPT}/{_element(column)}" + (f"[{position}]" if position > 1 else "")] = text

    def _as_written(self, part: Part, path: str, text: str, writing: _Writing) -> str:
        kind = self._outline.leaves[f"{part.name}/{path}" if part.name else path].kind
        if kind == "date":
            return self._texts.day(text, writing.day)
        return self._texts.number(text) if kind == "number" else text

    def _kept_columns(self, rows: Rows) -> dict[str, list[str]]:
        """Columns that no element takes, by the part they are kept in.

        Where several parts share a table, a column that is the same all over the paper belongs to the outermost.
        """
        kept: dict[str, list[str]] = {}
        for table, parts in self._sharing.items():
            found = rows.get(parts[0].name, ())
            for column in found[0] if found else ():
                if column not in self._taken[table]:
                    is_one = len(parts) == 1 or len({text_of(row.get(column)) for row in found}) == 1
                    kept.setdefault((parts[0] if is_one else parts[-1]).name, []).append(column)
        return kept

    def _takes(self, part: Part) -> set[str]:
        """Columns of a part that need not be kept: those in elements, and the key of the rows around it."""
        taken = _columns_of(part)
        if part is not self._root and self._around(part).table != part.table:
            taken |= set(part.key[: len(self._around(part).key)])
        return taken

    def _around(self, part: Part) -> Part:
        return self._by_name.get(self._outline.tables[part.name].table or "", self._root)

    def _differences(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """What a repeated general part says in more than one way; the first word holds."""
        for path, cell in self._root.cells.items() if len(rows) > 1 else ():
            said = list(dict.fromkeys(filter(None, (self._texts.cell(cell, [row]) for row in rows))))
            if len(said) > 1:
                yield Finding(
                    code="host-row-differs",
                    severity="warning",
                    message="{row}: {element} has more than one value; {expected} was used, {found} was not",
                    expected=said[0][:_MOST_TOLD],
                    found=said[1][:_MOST_TOLD],
                    arguments={"row": row_name(self._root, rows[0]), "element": path},
                )

    def _date_writer(self, profile: Profile) -> Callable[[date], str]:
        pattern = profile.date_pattern if self._is_declaration else "yyyy-mm-dd"
        return lambda value: write_day(value, pattern)

    def _form(self, profile: Profile) -> Form:
        """The form in which the standard writes such a paper that was never read before."""
        if self._is_declaration:
            return fresh_form(self._outline, crlf=profile.crlf)
        return fresh_manifest(Manifest(), profile.dialect)


class _Writing(msgspec.Struct, frozen=True):
    """What is settled before a paper is written.

    Attributes:
        kept: Columns to keep, by name of part.
        day: Writes a date.
    """

    kept: dict[str, list[str]]
    day: Callable[[date], str]


def _columns_of(part: Part) -> set[str]:
    return {column for cell in part.cells.values() for column in cell.columns}


def _orphan(part: Part, around: Part, row: Row) -> Finding:
    return Finding(
        code="host-row-orphan",
        severity="warning",
        message="{row} does not belong to a row of {table}, and was not read",
        arguments={"row": row_name(part, row), "table": around.table},
    )


def row_name(part: Part, row: Row) -> str:
    """A row for people: its table and its key."""
    return f"{part.table} {'/'.join(text_of(row.get(column)) or '–' for column in part.key)}"


def key_of(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    """A key in a form in which keys of different tables can be compared: numbers as numbers, whatever their type."""
    return tuple(_comparable(text_of(row.get(column)) or "") for column in columns)


def grouped(rows: Iterable[Row], columns: Sequence[str]) -> dict[tuple[str, ...], list[Row]]:
    """Rows by key."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(key_of(row, columns), []).append(row)
    return groups


def _apart(rows: Sequence[Row], key: Sequence[str], order: Sequence[str]) -> list[list[Row]]:
    """Rows told apart by their own part of the key, in its order and then in `order`.

    Rows that nothing puts in order are put in that of their texts, so that the same rows always give the same message.
    """
    groups = list(grouped(rows, key).values()) if key else [[row] for row in rows]
    named = [group for group in groups if any(key_of(group[0], key))]
    nameless = [[row] for group in groups if not any(key_of(group[0], key)) for row in group]
    return sorted([*named, *nameless], key=lambda group: _rank(group[0], key, order))


def _rank(row: Row, key: Sequence[str], order: Sequence[str]) -> tuple[list[tuple[bool, str, str]], list[str]]:
    named = [(not part.isdecimal(), part.zfill(40), part) for part in (*key_of(row, key), *key_of(row, order))]
    return named, [text_of(value) or "" for value in row.values()]


def _comparable(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return format(value.normalize(), "f") if value.is_finite() else text


def _element(column: str) -> str:
    """The name of a column as that of an element.

    Source: ISO/IEC 9075-14 (SQL/XML), mapping of identifiers to XML names.
    """
    return _NAME.sub(lambda sign: f"_x{ord(sign[0]):04X}_", column)
