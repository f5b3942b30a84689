# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL spends on each statement: its own counters, `pg_stat_statements`, read for one database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.figures import Figure
from cocket.errors import StoreError
from cocket.pipeline import open_database
from cocket.settings import Settings

_LIBRARY: Final = "pg_stat_statements"

#: Statements that are shown one by one; the others are summed.
_MOST: Final = 25

#: The counters stand in a database beside, so that the instance's own is as it is made.
_BESIDE: Final = "postgres"

_READ: Final = """
select s.query, s.calls, s.rows, s.total_exec_time, s.wal_bytes::bigint
from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = %s order by 4 desc
"""


class Statement(msgspec.Struct, frozen=True):
    """What one statement cost, all its calls together.

    Attributes:
        query: Its text, with places for values.
        calls: How often it was run.
        rows: Rows given or written.
        milliseconds: Time in which it ran on the server, waiting for a processor included.
        wal_bytes: Written ahead for it.
    """

    query: str
    calls: int
    rows: int
    milliseconds: float
    wal_bytes: int


def count_statements(settings: Settings) -> None:
    """Let this home's own server count its statements from its next start on.

    Raises:
        StoreError: The server's programs come without the library (Debian's `postgresql` has it).
    """
    with open_database(settings) as server, psycopg.connect(server.dsn, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_available_extensions where name = %s", (_LIBRARY,)).fetchone()
        if known is None:
            raise StoreError(
                f"This PostgreSQL comes without {_LIBRARY}, so its statements cannot be counted.",
                code="postgres-library",
                hint="Install Debian's postgresql, or run the benchmark without --profile.",
            )
        connection.execute(f"alter system set shared_preload_libraries = '{_LIBRARY}'")


class Statements:
    """The counters of a server that was started after `count_statements`.

    Args:
        dsn: The instance's database.
    """

    def __init__(self, dsn: str) -> None:
        with psycopg.connect(dsn) as connection:
            self._name = connection.info.dbname
        self._connection = psycopg.connect(make_conninfo(dsn, dbname=_BESIDE), autocommit=True)
        self._connection.execute(f"create extension if not exists {_LIBRARY}")

    def reset(self) -> None:
        """Begin at nothing."""
        self._connection.execute("select pg_stat_statements_reset()")

    def read(self) -> list[Statement]:
        """What was counted since, the dearest first (0..n)."""
        return [Statement(*row) for row in self._connection.execute(_READ, (self._name,)).fetchall()]

    def close(self) -> None:
        """Leave the server."""
        self._connection.close()


def figures(statements: list[Statement], number: int) -> Iterator[Figure]:
    """Each statement's share of one declaration, the dearest first; the cheapest as one sum.

    Args:
        statements: What was counted, the dearest first.
        number: Declarations meanwhile (1..n).
    """
    for one in statements[:_MOST]:
        yield Figure(
            name=f"  {_short(one.query)}",
            value=one.milliseconds * 1e3 / number,
            unit="µs",
            note=f"{one.calls / number:.3f} calls, {one.rows / number:.2f} rows, {one.wal_bytes / number:.0f} bytes of WAL",
        )
    rest = statements[_MOST:]
    yield Figure(
        name=f"  {len(rest)} further statements",
        value=sum(one.milliseconds for one in rest) * 1e3 / number,
        unit="µs",
        note=f"{sum(one.calls for one in rest) / number:.3f} calls",
    )
    yield Figure(
        name="statements of a declaration",
        value=sum(one.milliseconds for one in statements) * 1e3 / number,
        unit="µs",
        note="as they ran on the server, without parsing, planning, network and flushing",
    )


def _short(query: str) -> str:
    text = re.sub(r"\s+", " ", query).strip()
    return text if len(text) <= 90 else f"{text[:60]} … {text[-27:]}"
