# SPDX-License-Identifier: Apache-2.0
"""A host's tables in PostgreSQL: one read-only snapshot, rows fetched a few at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import conninfo, rows, sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader

from cocket.errors import PartnerError, SettingsError
from cocket.feeds.host_tables import Query, Row
from cocket.findings import Finding

#: Rows that one fetch brings (count).
_FETCHED = 500

_CONNECT_SECONDS = 10


class _Date(DateLoader):
    """A date, or its text where Python has no such date, such as `infinity`: for the row to be told of, not the look."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode("ascii", "replace")


class _Timestamp(TimestampLoader):
    """Likewise a time without a zone."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode("ascii", "replace")


class _Timestamptz(TimestamptzLoader):
    """Likewise a time with a zone."""

    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode("ascii", "replace")


_LOADERS: dict[str, type[Loader]] = {"date": _Date, "timestamp": _Timestamp, "timestamptz": _Timestamptz}


class PostgresTables:
    """Reads a PostgreSQL database, or whatever speaks its protocol. The session can write nothing.

    Args:
        dsn: Connection string; it is never repeated in a message.
        schema: Schema of the tables; None goes by the account's search path.

    Raises:
        SettingsError: The connection string is none, or the session may write in spite of being told not to.
        PartnerError: The database does not answer.
    """

    def __init__(self, dsn: str, schema: str | None = None) -> None:
        self._schema = schema
        self._where = described(dsn)
        self._columns: dict[str, tuple[str, tuple[str, ...]] | None] = {}
        options = (
            f"{conninfo.conninfo_to_dict(dsn).get('options') or ''} -c default_transaction_read_only=on -c timezone=UTC"
        )
        with self._guarded():
            self._connection = psycopg.connect(
                conninfo.make_conninfo(
                    dsn, options=options.strip(), connect_timeout=_CONNECT_SECONDS, application_name="cocket-feed"
                )
            )
            self._connection.read_only = True
            for name, loader in _LOADERS.items():
                self._connection.adapters.register_loader(name, loader)
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            answer = self._connection.execute("show transaction_read_only").fetchone()
        if answer is None or answer[0] != "on":
            self.close()
            raise SettingsError(
                f"The session at {self._where} is not read-only.", hint="Use an account that may only read."
            )

    def close(self) -> None:
        """End the session."""
        self._connection.close()

    def faults(self) -> list[Finding]:
        """None: what a database gives are rows."""
        return []

    def remembers(self) -> bool:
        """Yes: a database keeps its rows where they are."""
        return True

    def columns(self, table: str) -> tuple[str, ...] | None:
        """Columns of a table, its name spelled as given, in lower case or in upper case; None if there is none."""
        if table not in self._columns:
            spellings = (self._looked_up(spelling) for spelling in dict.fromkeys((table, table.lower(), table.upper())))
            self._columns[table] = next(filter(None, spellings), None)
        found = self._columns[table]
        return found[1] if found else None

    def count(self, query: Query) -> int:
        """How many rows a query has."""
        with self._guarded():
            row = self._connection.execute(*self._statement(query, sql.SQL("count(*)"), is_ordered=False)).fetchone()
        return int(row[0]) if row else 0

    def rows(self, query: Query) -> Iterator[Row]:
        """The rows of a query, through a cursor on the server."""
        wanted = sql.SQL(", ").join(map(sql.Identifier, query.columns))
        statement, values = self._statement(query, wanted)
        with self._guarded(), self._connection.cursor(f"feed_{uuid.uuid4().hex}", row_factory=rows.dict_row) as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(statement, values)
            yield from cursor

    def _statement(
        self, query: Query, wanted: sql.Composable, *, is_ordered: bool = True
    ) -> tuple[sql.Composed, list[Any]]:
        conditions: list[sql.Composable] = []
        values: list[Any] = []
        if query.cursor:
            conditions.append(sql.SQL("{} is not null").format(sql.Identifier(query.cursor)))
            if query.since is not None:
                conditions.append(sql.SQL("{} >= %s").format(sql.Identifier(query.cursor)))
                values.append(query.since)
        if query.empty:
            conditions.append(sql.SQL("{} is null").format(sql.Identifier(query.empty)))
        if query.among is not None:
            names = sql.SQL(", ").join(map(sql.Identifier, query.order))
            one = sql.SQL("({})").format(sql.SQL(", ").join(sql.Placeholder() * len(query.order)))
            conditions.append(sql.SQL("({}) in ({})").format(names, sql.SQL(", ").join([one] * len(query.among))))
            values += [value for key in query.among for value in key]
        order = [sql.Identifier(name) for name in filter(None, (query.cursor, *query.order))] if is_ordered else []
        statement = sql.SQL("select {} from {}{}{}").format(
            wanted,
            self._table(query.table),
            sql.SQL(" where ") + sql.SQL(" and ").join(conditions) if conditions else sql.SQL(""),
            sql.SQL(" order by ") + sql.SQL(", ").join(order) if order else sql.SQL(""),
        )
        return statement, values

    def _table(self, table: str) -> sql.Identifier:
        self.columns(table)
        found = self._columns[table]
        return self._identifier(found[0] if found else table)

    def _identifier(self, name: str) -> sql.Identifier:
        return sql.Identifier(self._schema, name) if self._schema else sql.Identifier(name)

    def _looked_up(self, name: str) -> tuple[str, tuple[str, ...]] | None:
        quoted = self._identifier(name).as_string(self._connection)
        with self._guarded():
            found = self._connection.execute(
                """select a.attname from pg_attribute a where a.attrelid = to_regclass(%s) and a.attnum > 0
                and not a.attisdropped order by a.attnum""",
                (quoted,),
            ).fetchall()
        return (name, tuple(row[0] for row in found)) if found else None

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise PartnerError(f"The host's database at {self._where} refused: {_first_line(error)}") from error


def described(dsn: str) -> str:
    """A connection string for people: where, which database and who, and never the password.

    Raises:
        SettingsError: It is no connection string.
    """
    try:
        parts = conninfo.conninfo_to_dict(dsn)
    except psycopg.Error:
        raise SettingsError(
            "The address of the host's database is not a connection string.",
            expected="postgresql://reader@host:5432/database",
        ) from None  # what the driver says of it repeats it, password and all
    who = f"{parts['user']}@" if parts.get("user") else ""
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"{who}{parts.get('host') or 'localhost'}{port}/{parts.get('dbname') or ''}"


def _first_line(error: psycopg.Error) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
