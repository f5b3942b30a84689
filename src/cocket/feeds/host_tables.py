# SPDX-License-Identifier: Apache-2.0
"""What a host's tables must offer to be read, whatever keeps them, and fitting a mapping to those that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from cocket.errors import SettingsError
from cocket.feeds.mapping import HostMapping, Part, Stream, columns_of
from cocket.findings import Finding

#: One row: value by column, the column spelled as the tables spell it.
Row = Mapping[str, Any]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of one table are wanted.

    Attributes:
        table: The table.
        columns: Its columns wanted (1..n).
        cursor: Column to order by, rows without a value in it left out; None leaves the order to `order`.
        since: Least value of the cursor, as text; None from the beginning.
        order: Columns to order by after the cursor (0..n).
        among: Values of `order` that are wanted; None wants all.
        empty: Column that must have no value; None for any row.
    """

    table: str
    columns: tuple[str, ...]
    cursor: str | None = None
    since: str | None = None
    order: tuple[str, ...] = ()
    among: tuple[tuple[Any, ...], ...] | None = None
    empty: str | None = None


class HostTables(Protocol):
    """The tables of one host, opened for reading and nothing else."""

    def columns(self, table: str) -> tuple[str, ...] | None:
        """Columns of a table as it spells them; None if there is no such table."""

    def count(self, query: Query) -> int:
        """How many rows a query has."""

    def rows(self, query: Query) -> Iterator[Row]:
        """The rows of a query, few in memory at a time."""

    def faults(self) -> list[Finding]:
        """Rows that were left out because they are not in order (0..n)."""

    def remembers(self) -> bool:
        """Whether positions of cursors hold from one look to the next."""


def fit(mapping: HostMapping, tables: HostTables) -> tuple[HostMapping, list[Finding]]:
    """Fit a mapping to the tables that are there.

    Args:
        mapping: As it was read.
        tables: The tables.

    Returns:
        The mapping with columns spelled as the tables spell them, without what is not there; and a warning for each
        thing that is not.

    Raises:
        SettingsError: Something the file names is not there, or nothing is left to read; all of it is told at once.
    """
    fitting = _Fitting(tables)
    streams = tuple(filter(None, (fitting.stream(stream) for stream in mapping.streams)))
    needed = [_said(table, columns) for table, columns in fitting.missing(mapping.own if streams else None)]
    if needed:
        raise SettingsError(
            f"The mapping {mapping.name} does not fit the tables: " + "; ".join(needed) + ".",
            code="mapping",
            problems=tuple(needed),
            hint="Give the names of the tables and columns in a mapping file.",
        )
    findings = [
        Finding(
            code="host-column-absent",
            severity="warning",
            message="not read: {absent}",
            arguments={"absent": _said(table, columns)},
        )
        for table, columns in fitting.missing()
    ]
    return msgspec.structs.replace(mapping, streams=streams), findings


def _said(table: str, columns: list[str]) -> str:
    return f"{table} has no column {', '.join(columns)}" if columns else f"there is no table {table}"


class _Fitting:
    def __init__(self, tables: HostTables) -> None:
        self._tables = tables
        self._known: dict[str, dict[str, str] | None] = {}
        self._missing: dict[str, list[str]] = {}

    def missing(self, among: frozenset[str] | None = None) -> Iterator[tuple[str, list[str]]]:
        """Tables with the columns that are not there, or without columns where the table itself is not.

        Args:
            among: Names, in small letters, that are asked for; None asks for all.
        """
        for table, columns in self._missing.items():
            asked = [column for column in dict.fromkeys(columns) if among is None or column.lower() in among]
            if asked or (not columns and (among is None or table.lower() in among)):
                yield table, asked

    def stream(self, stream: Stream) -> Stream | None:
        """A stream without what is not there; None if its first table or a key is not."""
        for part, column in columns_of(stream):
            self._look(part, column)
        if not self._has(stream.root):
            return None
        parts = tuple(self._part(part) for part in stream.parts if self._has(part))
        cursor = self._name(stream.root, stream.cursor) if stream.cursor else None
        return msgspec.structs.replace(stream, root=self._part(stream.root), parts=parts, cursor=cursor)

    def _look(self, part: Part, column: str) -> None:
        columns = self._columns(part.table)
        if columns is None:
            self._missing.setdefault(part.table, [])
        elif column.lower() not in columns:
            self._missing.setdefault(part.table, []).append(column)

    def _has(self, part: Part) -> bool:
        return all(self._name(part, column) for column in part.key)

    def _name(self, part: Part, column: str) -> str | None:
        return (self._columns(part.table) or {}).get(column.lower())

    def _part(self, part: Part) -> Part:
        cells = {
            target: msgspec.structs.replace(
                cell, columns=tuple(filter(None, (self._name(part, column) for column in cell.columns)))
            )
            for target, cell in part.cells.items()
        }
        return msgspec.structs.replace(
            part,
            key=tuple(self._name(part, column) or column for column in part.key),
            order=tuple(filter(None, (self._name(part, column) for column in part.order))),
            current=self._name(part, part.current) if part.current else None,
            cells={target: cell for target, cell in cells.items() if cell.columns or cell.value is not None},
        )

    def _columns(self, table: str) -> dict[str, str] | None:
        if table not in self._known:
            columns = self._tables.columns(table)
            self._known[table] = None if columns is None else {column.lower(): column for column in columns}
        return self._known[table]


def wanted_columns(tables: HostTables, part: Part) -> tuple[str, ...]:
    """The columns of a part's table but for those it leaves out."""
    left_out = {column.lower() for column in part.leave_out}
    return tuple(column for column in tables.columns(part.table) or () if column.lower() not in left_out)
