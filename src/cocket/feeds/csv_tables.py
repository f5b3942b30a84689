# SPDX-License-Identifier: Apache-2.0
"""A host's tables as CSV files: laid into a temporary database, so that they are read as a database is."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cocket.errors import SenderError, StoreError
from cocket.feeds.cells import Texts
from cocket.feeds.host_tables import Query, Row
from cocket.feeds.mapping import HostMapping

_DELIMITERS = (",", ";", "\t", "|")
_LAID_IN = 1000


class CsvTables:
    """Reads CSV files with a header line, each a table named after its file.

    Args:
        files: The files (1..n).
        mapping: How their texts are written. Where it names one table only, a single file is that table, whatever
            it is called.

    Raises:
        SenderError: A file is no table.
        StoreError: The temporary database cannot be written.
    """

    def __init__(self, files: list[Path], mapping: HostMapping) -> None:
        self._encoding = mapping.encoding
        self._names: dict[str, tuple[str, tuple[str, ...]]] = {}
        texts = Texts(mapping)
        with self._guarded():
            self._database = sqlite3.connect("")  # an empty name keeps it in a file that goes when it is closed
            self._database.create_function("in_order", 1, texts.sortable, deterministic=True)
            self._database.row_factory = sqlite3.Row
        named = {part.table for stream in mapping.streams for part in stream.every_part}
        for number, file in enumerate(files):
            name = next(iter(named)) if len(named) == len(files) == 1 else file.stem
            self._names[name.lower()] = (f"table_{number}", self._lay_in(file, f"table_{number}"))

    def close(self) -> None:
        """Let go of the temporary database."""
        self._database.close()

    def remembers(self) -> bool:
        """No: a file that has changed is another file."""
        return False

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
            columns = _column_names(header, file)
            self._database.execute(f"create table {table} ({', '.join(_quoted(name) + ' text' for name in columns)})")
            into = f"insert into {table} values ({', '.join('?' * len(columns))})"
            batch: list[list[str | None]] = []
            for cells in lines:
                if len(cells) > len(columns) and any(map(str.strip, cells[len(columns) :])):
                    raise SenderError(
                        f"{file.name} has more cells than columns in one line.",
                        code="table-ragged",
                        found=str(len(cells)),
                        expected=str(len(columns)),
                    )
                if any(map(str.strip, cells)):
                    row: list[str | None] = [cell.strip() or None for cell in cells[: len(columns)]]
                    batch.append(row + [None] * (len(columns) - len(row)))
                if len(batch) == _LAID_IN:
                    self._database.executemany(into, batch)
                    batch.clear()
            self._database.executemany(into, batch)
        return columns

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"The temporary database of the CSV files failed: {error}.") from error


@contextmanager
def _reading(file: Path, encoding: str) -> Iterator[Iterator[list[str]]]:
    """The lines of a file, parted; the sign that its header has most parts the cells."""
    try:
        with file.open(encoding=encoding, newline="") as text:
            header = text.readline()
            text.seek(0)
            yield csv.reader(text, delimiter=max(_DELIMITERS, key=header.count), strict=True)
    except UnicodeDecodeError as error:
        raise SenderError(
            f"{file.name} is not {encoding}.", code="table-encoding", hint="Say the encoding in the mapping file."
        ) from error
    except csv.Error as error:
        raise SenderError(f"{file.name} is not CSV: {error}.", code="table-csv") from error
    except OSError as error:
        raise SenderError(f"{file} cannot be read: {error.strerror}.", code="table-unreadable") from error


def _column_names(header: list[str], file: Path) -> tuple[str, ...]:
    names = tuple(name.strip() or f"column_{position}" for position, name in enumerate(header, start=1))
    twice = sorted({name for name in names if [n.lower() for n in names].count(name.lower()) > 1})
    if twice or not any(map(str.strip, header)):
        raise SenderError(
            f"{file.name} has no header line with each column once.", code="table-columns", found=", ".join(twice)[:200]
        )
    return names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
