# SPDX-License-Identifier: Apache-2.0
"""A host's tables as CSV files: laid into a temporary database, so that they are read as a database is."""

from __future__ import annotations

import csv
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cocket.errors import SenderError, StoreError
from cocket.feeds.cells import Texts
from cocket.feeds.host_tables import Query, Row
from cocket.feeds.mapping import HostMapping
from cocket.findings import Finding, Gathered

_DELIMITERS = (",", ";", "\t", "|")
_LAID_IN, _MOST_FAULTS = 1000, 200

#: Longest header line that is looked at to tell how cells are parted (characters).
_LONGEST_HEADER = 65_536


class CsvTables:
    """Reads CSV files with a header line, each a table named after its file.

    Args:
        files: The files (1..n).
        mapping: How their texts are written. Where it names one table only, a single file is that table, whatever
            it is called; else a file that is not called as one is known by its header.

    Raises:
        SenderError: A file is not a table.
        StoreError: The temporary database cannot be written.
    """

    def __init__(self, files: list[Path], mapping: HostMapping) -> None:
        self._encoding = mapping.encoding
        self._faults = Gathered(_MOST_FAULTS)
        self._names: dict[str, tuple[str, tuple[str, ...]]] = {}
        texts = Texts(mapping)
        with self._guarded():
            self._database = sqlite3.connect("")  # an empty name keeps it in a file that goes when it is closed
            self._database.create_function("in_order", 1, texts.sortable, deterministic=True)
            self._database.row_factory = sqlite3.Row
        named = {part.table for stream in mapping.streams for part in stream.every_part}
        for number, file in enumerate(files):
            is_only = len(named) == len(files) == 1
            name = next(iter(named)) if is_only else table_of(file, mapping) or file.stem
            self._names[name.lower()] = (f"table_{number}", self._lay_in(file, f"table_{number}"))

    def close(self) -> None:
        """Let go of the temporary database."""
        self._database.close()

    def remembers(self) -> bool:
        """No: a file that has changed is another file."""
        return False

    def faults(self) -> list[Finding]:
        """Rows of the files that were left out (0..n)."""
        return list(self._faults.result())

    def columns(self, table: str) -> tuple[str, ...] | None:
        """Columns of the file of this name; None if there is none."""
        found = self._names.get(table.lower())
        return found[1] if found else None

    def count(self, query: Query) -> int:
        """How many rows a query has."""
        statement, values = self._statement(query, "count(*)")
        with self._guarded():
            return int(self._database.execute(statement, values).fetchone()[0])

    def rows(self, query: Query) -> Iterator[Row]:
        """The rows of a query."""
        wanted = ", ".join(map(_quoted, query.columns))
        keys = ", ".join(["in_order(" + _quoted(query.cursor) + ")"] if query.cursor else [])
        statement, values = self._statement(query, wanted)
        order = ", ".join(filter(None, (keys, *map(_quoted, query.order), "rowid")))
        with self._guarded():
            for row in self._database.execute(f"{statement} order by {order}", values):
                yield dict(row)

    def _statement(self, query: Query, wanted: str) -> tuple[str, list[str]]:
        conditions, values = [], []
        if query.cursor:
            conditions.append(f"{_quoted(query.cursor)} is not null")
            if query.since is not None:
                conditions.append(f"in_order({_quoted(query.cursor)}) >= in_order(?)")
                values.append(query.since)
        if query.empty:
            conditions.append(f"{_quoted(query.empty)} is null")
        if query.among is not None:
            one = "(" + ", ".join("?" * len(query.order)) + ")"
            names = ", ".join(map(_quoted, query.order))
            conditions.append(f"({names}) in (values {', '.join([one] * len(query.among))})")
            values += [value for key in query.among for value in key]
        where = " where " + " and ".join(conditions) if conditions else ""
        return f"select {wanted} from {self._names[query.table.lower()][0]}{where}", values

    def _lay_in(self, file: Path, table: str) -> tuple[str, ...]:
        with self._guarded(), _reading(file, self._encoding) as lines:
            header = next(lines, [])
            if not all(map(_is_text, header)):
                hint = "Set the encoding in the mapping file."
                raise SenderError(f"{file.name} is not {self._encoding}.", code="table-encoding", hint=hint)
            columns = _column_names(header, file)
            self._database.execute(f"create table {table} ({', '.join(_quoted(name) + ' text' for name in columns)})")
            into = f"insert into {table} values ({', '.join('?' * len(columns))})"
            batch: list[list[str | None]] = []
            for cells in self._whole_rows(lines, file, len(columns)):
                row: list[str | None] = [cell.strip() or None for cell in cells[: len(columns)]]
                if any(row):
                    batch.append(row + [None] * (len(columns) - len(row)))
                if len(batch) == _LAID_IN:
                    self._database.executemany(into, batch)
                    batch.clear()
            self._database.executemany(into, batch)
        return columns

    def _whole_rows(self, lines: Lines, file: Path, width: int) -> Iterator[list[str]]:
        """The rows of a file that are in order; each of the others is a fault of the table."""
        while True:
            try:
                cells = next(lines)
            except StopIteration:
                return
            except csv.Error as error:
                self._fault(file, lines.line_num, f"is not CSV: {error}")
                continue
            if any(map(str.strip, cells[width:])):
                self._fault(file, lines.line_num, f"has {len(cells)} cells under {width} columns")
            elif not all(map(_is_text, cells)):
                self._fault(file, lines.line_num, f"is not {self._encoding}")
            else:
                yield cells

    def _fault(self, file: Path, line: int, what: str) -> None:
        said = "{place} was left out: it {found}"
        finding = Finding(
            code="table-row",
            severity="error",
            message=said,
            found=what,
            location=f"{line}:1",
            arguments={"place": f"{file.name} line {line}"},
        )
        self._faults.add(finding)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"The temporary database of the CSV files failed: {error}.") from error


def table_of(file: Path, mapping: HostMapping) -> str | None:
    """Which table of a mapping a CSV file is: by its name, else by its header.

    Returns:
        The name of the table. By the header it is the one that has its key and most other columns of the mapping, at least
        one; None if no table is so, or several alike.

    Raises:
        SenderError: The file cannot be read.
    """
    tables = _columns_of_tables(mapping)
    if named := next((name for name in tables if name.lower() == file.stem.lower()), None):
        return named
    header = _header(file, mapping)
    fitting = {name: len(others & header) for name, (keys, others) in tables.items() if keys <= header}
    best = max(fitting.values(), default=0)
    found = [name for name, count in fitting.items() if count == best]
    return found[0] if best and len(found) == 1 else None


def why_no_table(file: Path, mapping: HostMapping) -> str:
    """Why a CSV file is no table of a mapping: the tables there are, and what the nearest needs that its header has not.

    Raises:
        SenderError: The file cannot be read.
    """
    tables, header = _columns_of_tables(mapping), _header(file, mapping)
    said = f"It is none of the tables of the mapping {mapping.name} ({', '.join(tables)})"
    near = {name: len((keys | others) & header) for name, (keys, others) in tables.items()}
    nearest = max(near, key=lambda name: near[name])
    if not near[nearest]:
        return f"{said}, and no column of theirs is in its header."
    missing = sorted(tables[nearest][0] - header)
    if not missing:
        return f"{said}: its header fits several, so name it after one."
    return f"{said}: nearest is {nearest}, of which {', '.join(missing)} is missing."


def _columns_of_tables(mapping: HostMapping) -> dict[str, tuple[set[str], set[str]]]:
    """Columns of the keys, and all others that are read, by table; in capitals, since case tells nothing."""
    tables: dict[str, tuple[set[str], set[str]]] = {}
    for stream in mapping.streams:
        for part in stream.every_part:
            keys, others = tables.setdefault(part.table, (set(), set()))
            keys |= set(map(str.upper, part.key))
            others |= {column.upper() for cell in part.cells.values() for column in cell.columns}
    return {name: (keys, others - keys) for name, (keys, others) in tables.items()}


def _header(file: Path, mapping: HostMapping) -> set[str]:
    with _reading(file, mapping.encoding) as lines:
        return {name.strip().upper() for name in next(lines, [])}


class Lines(Protocol):
    """Rows of a file, with the line at which one is."""

    @property
    def line_num(self) -> int:
        """Lines read so far (count)."""

    def __iter__(self) -> Iterator[list[str]]:
        """The rows that are left."""

    def __next__(self) -> list[str]:
        """The next row."""


@contextmanager
def _reading(file: Path, encoding: str) -> Iterator[Lines]:
    """The rows of a file, parted; the sign that its header has most parts the cells. Only a file is opened."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, encoding=encoding, errors="surrogateescape", newline="") as text:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise SenderError(f"{file} is not a file.", code="table-unreadable")
            header = text.readline(_LONGEST_HEADER)
            text.seek(0)
            yield csv.reader(text, delimiter=max(_DELIMITERS, key=header.count), strict=True)
    except UnicodeError as error:
        raise SenderError(
            f"{file.name} is not {encoding}.", code="table-encoding", hint="Set the encoding in the mapping file."
        ) from error
    except csv.Error as error:
        raise SenderError(f"{file.name} is not CSV: {error}.", code="table-csv") from error
    except OSError as error:
        raise SenderError(f"{file} cannot be read: {error.strerror}.", code="table-unreadable") from error


def _is_text(cell: str) -> bool:
    """Whether its bytes were in the encoding that the mapping says."""
    return not any("\udc80" <= sign <= "\udcff" for sign in cell)


def _column_names(header: list[str], file: Path) -> tuple[str, ...]:
    names = tuple(name.strip() or f"column_{position}" for position, name in enumerate(header, start=1))
    twice = sorted({name for name in names if [n.lower() for n in names].count(name.lower()) > 1})
    if twice or not any(map(str.strip, header)):
        raise SenderError(
            f"{file.name} has no header line with unique column names.",
            code="table-columns",
            found=", ".join(twice)[:200],
        )
    return names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
