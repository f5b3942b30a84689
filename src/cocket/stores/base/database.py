# SPDX-License-Identifier: Apache-2.0
"""The way to PostgreSQL: one pool a process, migrations, and one kind of error."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from cocket.errors import RefusedDataError, StoreError
from cocket.stores.base.home_marks import HomeMarks, MarkedConnection, PendingMarks
from cocket.stores.base.revisions import check_known, revision_of, upgrade
from cocket.stores.base.revisions import newest_revision as newest_revision  # noqa: PLC0414 - a name of this module too
from cocket.stores.base.row_macs import RowMacs

#: How often it is seen that the tables are of this program's revision (seconds).
_WATCH_SECONDS = 1.0


#: A connection used less long ago is asked again only if the server has said something on it meanwhile (seconds).
_FRESH_SECONDS = 1.0

#: What no setting of a role or a database may change for a session of ours. A setting given at connection is stronger.
_SESSION = (
    "-c timezone=UTC -c search_path=public,pg_temp -c synchronous_commit=on"
    " -c default_transaction_isolation=read\\ committed -c default_transaction_read_only=off"
)


class Connection(MarkedConnection):
    """A connection, with what tells whether a row is as the house wrote it, and what its transaction leaves in the home."""

    row_macs = RowMacs(None)
    used = 0.0


class Database:
    """A PostgreSQL database, reached through a small pool that opens no connection before it is used.

    Args:
        dsn: Connection string.
        size: Most connections of this process (count).
        patience: How long to wait for a connection, in seconds.
        row_key: Key of the MACs of rows (32 bytes); None where no protected table is read.
        is_watched: Whether it is seen before transactions, once a second, that the tables are still of this program's
            revision: a newer program may upgrade them beside it.
        home: Folder of what is kept of rows outside the database; None where nothing is.

    Attributes:
        dsn: The connection string.
        kwargs: What each connection is opened with besides: whoever looks on sees which revision a program knows.
    """

    def __init__(
        self,
        dsn: str,
        *,
        size: int = 4,
        patience: float = 5.0,
        row_key: bytes | None = None,
        is_watched: bool = False,
        home: Path | None = None,
    ) -> None:
        self.dsn = dsn
        self._watch_at = 0.0 if is_watched else inf
        self._macs = RowMacs(row_key)
        self._marks = HomeMarks(home)
        self.kwargs: dict[str, Any] = {
            "options": _SESSION,
            "application_name": f"cocket {newest_revision()}",
        }
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            connection_class=Connection,
            configure=self._equip,
            min_size=0,
            max_size=size,
            timeout=patience,
            reconnect_timeout=1.0,
            open=False,
            name="cocket",
            kwargs=self.kwargs,
            check=_check,
        )
        self._is_open = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends well, else undone.

        Raises:
            StoreError: The database cannot be reached or refused, or its tables are not of this program's revision any
                more; nothing of the block is kept. Whether a commit whose answer was lost took place is unknown: the
                caller must not acknowledge.
        """
        if not self._is_open:
            self._pool.open()
            self._is_open = True
        try:
            with self._pool.connection() as connection:
                if time.monotonic() >= self._watch_at:
                    self._look_at_revision(connection)
                connection.pending = PendingMarks()
                yield connection
                self._marks.keep(connection.pending)
                connection.used = time.monotonic()
        except PoolTimeout as error:
            raise StoreError("The database does not answer.", hint="Check that PostgreSQL runs.") from error
        except psycopg.Error as error:
            raise _store_error(error) from error

    def _look_at_revision(self, connection: Connection) -> None:
        """Stand still on tables that another program has changed, in either direction, until they are as before."""
        found = revision_of(connection)
        _check_replication_role(connection)
        connection.commit()  # what the block does first must be the first of its transaction
        if found != newest_revision():
            check_known(found)
            raise StoreError(
                f"The database's tables are of revision {found or 'none'}; this program needs {newest_revision()}.",
                code="database-older",
                expected=newest_revision(),
                found=found,
                hint="It was restored or emptied while this program runs: stop the program, and find out what was done.",
            )
        self._watch_at = time.monotonic() + _WATCH_SECONDS

    def _equip(self, connection: Connection) -> None:
        connection.row_macs = self._macs
        connection.marks = self._marks

    def close(self) -> None:
        """Close all connections."""
        if self._is_open:
            self._pool.close()
            self._is_open = False

    def migrate(self) -> None:
        """Bring the tables to this version's shape, under a lock so that two starts do not race.

        Raises:
            StoreError: The database cannot be reached, is of a newer version than this program, or an older one works
                on it.
        """
        upgrade(self.dsn, self.kwargs)

    def is_migrated(self) -> bool:
        """Whether the tables have this version's shape."""
        with self.transaction() as connection:
            return revision_of(connection) == newest_revision()


def _check_replication_role(connection: Connection) -> None:
    """See that references between tables are enforced: only a superuser could set it back, so that it is refused."""
    row = connection.execute("select current_setting('session_replication_role')").fetchone()
    if row and row[0] == "replica":
        connection.rollback()
        raise StoreError(
            "The database has session_replication_role replica: references between tables are not enforced.",
            code="postgres-unsafe",
            found="session_replication_role=replica",
            hint="Find out who set it, and take it back: ALTER ROLE … RESET session_replication_role.",
        )


#: Isolation in which a statement sees what was committed before it began, not before its transaction began.
FRESH = "read committed"

#: Advisory locks, one number each.
APPEND_LOCK = 0x436F636B02
DESK_LOCK = 0x436F636B03
DEVICE_LOCK = 0x436F636B05
TRACKER_LOCK = 0x436F636B07
ROW_AUDIT_LOCK = 0x436F636B0E


def try_lock(connection: Connection, key: int) -> bool:
    """Take a lock until the transaction ends; False if another has it."""
    row = connection.execute("select pg_try_advisory_xact_lock(%s)", (key,)).fetchone()
    return bool(row and row[0])


def lock_appends(connection: Connection) -> None:
    """Let nobody else append leaves or padding entries until the transaction ends.

    Raises:
        StoreError: The transaction sees the database as it was before the lock, and so not what was appended since.
    """
    row = connection.execute(
        "select pg_advisory_xact_lock(%s), current_setting('transaction_isolation')", (APPEND_LOCK,)
    ).fetchone()
    if row is None or row[1] != FRESH:
        raise old_snapshot()


def old_snapshot() -> StoreError:
    """The error for a transaction that would append by a size of the log that may be past."""
    return StoreError(
        "Nothing is appended to the log in a transaction that sees the database at one moment: its size may have grown since.",
        code="append-old-snapshot",
        expected=FRESH,
        hint="This is a defect in Cocket, or the server's default_transaction_isolation was changed. Nothing was changed.",
    )


@contextmanager
def part_of(connection: Connection) -> Iterator[None]:
    """A part of a transaction that is undone alone where it fails.

    Raises:
        StoreError: As `Database.transaction`; the transaction can go on after refused data.
    """
    try:
        with connection.transaction():
            yield
    except psycopg.Error as error:
        raise _store_error(error) from error


#: Classes of SQLSTATE that say what was to be written is at fault, not the database: feature not supported, cardinality,
#: data exception, integrity constraint, syntax or rule, WITH CHECK, program limit. Source: PostgreSQL 17, appendix A.
_OF_DATA = ("0A", "21", "22", "23", "42", "44", "54")

#: Of these classes, what no values can be at fault for: no privilege; a table, column or object that is not there.
_OF_TABLES = ("42501", "42P01", "42703", "42704")


def _is_about_data(error: psycopg.Error) -> bool:
    """Whether trying again with the same values must fail again, however well the database is."""
    if error.sqlstate is None:  # refused before it was sent, such as a text with NUL
        return isinstance(error, psycopg.DataError | psycopg.ProgrammingError)
    return error.sqlstate[:2] in _OF_DATA and error.sqlstate not in _OF_TABLES


def _check(connection: Connection) -> None:
    """See that a connection of the pool still stands; a server that ended it says so, or closes it, unasked.

    Raises:
        psycopg.OperationalError: It does not.
    """
    if time.monotonic() - connection.used > _FRESH_SECONDS or _has_word(connection):
        ConnectionPool.check_connection(connection)


def _has_word(connection: Connection) -> bool:
    """Whether there is something to be read on a connection that has nothing to answer."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _store_error(error: psycopg.Error) -> StoreError:
    kind = RefusedDataError if _is_about_data(error) else StoreError
    return kind(f"The database refused: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
