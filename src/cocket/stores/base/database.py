# SPDX-License-Identifier: Apache-2.0
"""The way to PostgreSQL: one pool a process, migrations, and one kind of error."""

from __future__ import annotations

import functools
import re
import select
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from math import inf
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import psycopg
from psycopg.abc import DumperKey, PQGen
from psycopg.adapt import PyFormat
from psycopg.types.array import BaseListDumper, ListBinaryDumper, ListDumper
from psycopg_pool import ConnectionPool, PoolTimeout

from cocket.errors import RefusedDataError, StoreError
from cocket.stores.base.home_marks import HomeMarks, MarkedConnection, PendingMarks
from cocket.stores.base.revisions import check_known, revision_of, upgrade
from cocket.stores.base.revisions import newest_revision as newest_revision  # noqa: PLC0414 - a name of this module too
from cocket.stores.base.row_macs import RowMacs
from cocket.stores.postgres.sessions import opening

#: How often it is seen that the tables are of this program's revision (seconds).
_WATCH_SECONDS = 1.0


#: A connection used less long ago is asked again only if the server has said something on it meanwhile (seconds).
_FRESH_SECONDS = 1.0


#: How often a wait is looked up from, after how long it is asked why it lasts, and how long that may take (seconds).
_PEEK_SECONDS, _LOOK_SECONDS, _SIDE_SECONDS = 0.1, 4.0, 2

#: A commit is given up after so long whatever holds it up; one given up is asked after so often (seconds).
_COMMIT_SECONDS, _AGAIN_SECONDS = 20.0, 0.5

#: What a commit waits for that is on our disk and not on a standby's, and how long is no moment any more (seconds).
_STANDBY, _MOMENT_SECONDS = "SyncRep", 2.0

#: What to do where commits wait.
STANDBY_HINT = (
    "Start the standby, or take it out: ALTER SYSTEM RESET synchronous_standby_names; and a reload. Commits that wait are "
    "done then, and it goes on by itself."
)

Answer = TypeVar("Answer")


#: Inserts that must write every row they are given: none that may pass over one, and none whose rows it looks up itself.
_INSERT = re.compile(r"\s*insert\s+into\s+(\w+)", re.IGNORECASE)
_MAY_PASS = re.compile(r"\b(do nothing|where|join|distinct|returning)\b", re.IGNORECASE)
_GIVEN = re.compile(r"\bvalues\b|\bunnest\(", re.IGNORECASE)


@functools.lru_cache(1024)
def _writes_all(query: str) -> tuple[str, bool] | None:
    """The table of an insert that must write every row it is given, and whether they are lists; None for any other."""
    table = _INSERT.match(query)
    if table is None or _MAY_PASS.search(query) or not _GIVEN.search(query):
        return None
    return table[1], "unnest(" in query.lower()


class CheckedCursor(psycopg.Cursor[tuple[Any, ...]]):
    """A cursor that sees that the database wrote the rows it was given.

    A rule or a trigger of another hand can have an insert do nothing and say that it was done. Where the statement was
    prepared meanwhile, it even does so after the rule was dropped.
    """

    def execute(self, query: Any, params: Any = None, **how: Any) -> Self:
        """Execute a statement.

        Raises:
            StoreError: Rows were not written; what was done in the transaction must not be acknowledged.
        """
        self._write_put_off(query)
        super().execute(query, params, **how)
        is_told = self.connection.pgconn.pipeline_status == psycopg.pq.PipelineStatus.OFF
        if is_told and isinstance(query, str) and (insert := _writes_all(query)) is not None:
            table, is_lists = insert
            lists = [len(one) for one in params or () if is_lists and isinstance(one, list)]
            check_written(table, max(lists, default=int(not is_lists)), self.rowcount)
        return self

    def executemany(self, query: Any, params_seq: Iterable[Any], **how: Any) -> None:
        """Execute a statement with each of several values; raises as `execute`."""
        self._write_put_off(query)
        params = list(params_seq)
        super().executemany(query, params, **how)
        if params and isinstance(query, str) and (insert := _writes_all(query)) is not None:
            check_written(insert[0], len(params), self.rowcount)

    def _write_put_off(self, query: Any) -> None:
        """Write rows that were put off, before a statement that may read their table."""
        connection = self.connection
        if isinstance(connection, Connection) and connection.put_off is not None:
            table = connection.put_off.table
            if not isinstance(query, str) or _names(query, table):
                connection.write_put_off()


#: What ends the list of tables of a statement: behind it commas part other things.
_NO_TABLES = r"(select|where|set|returning|limit|for|(group|order)\s+by)"


@functools.lru_cache(1024)
def _names(query: str, table: str) -> bool:
    """Whether a statement names a table as one that it reads or writes; behind a comma only where tables may stand."""
    listed = rf"\b(from|using|update|truncate|table)\b((?!\b{_NO_TABLES}\b).)*,"
    named = rf"(\b(from|join|using|update|into|table|only|truncate|copy)|{listed})\s+(only\s+)?(public\.)?\"?{table}\b"
    return re.search(named, query, re.IGNORECASE | re.DOTALL) is not None


class PutOff(Protocol):
    """Rows of a table that wait to be written."""

    @property
    def table(self) -> str:
        """The table."""

    def write(self, connection: Connection) -> None:
        """Write them."""


@functools.lru_cache(256)
def _oids(types: tuple[str, ...]) -> list[int]:
    """The numbers of PostgreSQL's own types, which are the same in every database."""
    return [psycopg.adapters.types.get_oid(name) for name in types]


def check_written(table: str, given: int, written: int) -> None:
    """See that the database wrote the rows that it was given.

    Raises:
        StoreError: It wrote fewer, and said that it was done; the transaction must be undone.
    """
    if written < given:
        raise StoreError(
            f"The database did not store {given - written} of {given} rows of the table {table}, and reported no error; "
            "nothing was accepted.",
            code="row-not-stored",
            expected=str(given),
            found=str(written),
            hint=f"Remove what was put on the table {table} from outside, such as a rule or a trigger, and restart the instance.",
        )


class _ListDumper(ListBinaryDumper):
    """Lists go over in binary, which costs a quarter to a tenth of writing them as text.

    Texts stay text where the statement leaves the form open (`%s`): in binary they would have a type, and no longer become
    whatever the column asks for. Anything else has its type either way.
    """

    def get_key(self, obj: list[Any], format: PyFormat) -> DumperKey:  # noqa: A002 - psycopg's name
        key = super().get_key(obj, format)
        return (ListDumper, key) if format == PyFormat.AUTO and _has_texts(obj) else key

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:  # noqa: A002 - psycopg's name
        if format == PyFormat.AUTO and _has_texts(obj):
            return ListDumper(self.cls, self._tx).upgrade(obj, PyFormat.TEXT)
        return super().upgrade(obj, format)


def _has_texts(one: Any) -> bool:
    """Whether the first thing in a list that says anything, also in lists inside, is a text or of no known type."""
    while isinstance(one, list):
        one = next((each for each in one if each is not None), None)
    return one is None or isinstance(one, str)


#: The connection whose transaction is open here, the innermost one; None outside of any.
_CURRENT: ContextVar[Connection | None] = ContextVar("current", default=None)


def current_connection() -> Connection | None:
    """The connection whose transaction is open here; None outside of any."""
    return _CURRENT.get()


class Connection(MarkedConnection):
    """A connection, with what tells whether a row is as the house wrote it, and what its transaction leaves in the home."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.cursor_factory = CheckedCursor
        self.adapters.register_dumper(list, _ListDumper)
        #: What whoever works in the present transaction notes for its end; forgotten with it.
        self.notes: dict[Any, Any] = {}

    def copy_rows(self, table: str, columns: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write rows by COPY.

        Args:
            table: The table.
            columns: Their names, with commas.
            types: Their types, as PostgreSQL names them.
            rows: The rows (0..n).

        Raises:
            StoreError: Rows were not written; what was done in the transaction must not be acknowledged.
        """
        given = 0
        with self.cursor() as cursor:
            with cursor.copy(f"copy {table} ({columns}) from stdin (format binary)") as copy:
                copy.set_types(_oids(tuple(types)))
                for row in rows:
                    copy.write_row(row)
                    given += 1
            check_written(table, given, cursor.rowcount)

    def write_put_off(self) -> None:
        """Write rows that were put off, if there are any."""
        rows, self.put_off = self.put_off, None
        if rows is not None:
            rows.write(self)

    #: Rows that nobody needs in the database yet: they are written before a statement that names their table, or the commit.
    put_off: PutOff | None = None
    row_macs = RowMacs(None)
    used = 0.0
    #: Revision of the tables and whether references are enforced, where that was just looked at.
    stands: tuple[str | None, str] | None = None
    waits: CommitWaits | None = None
    is_committing = False

    def commit(self) -> None:
        """Commit, unless it is seen that the answer does not come.

        Raises:
            StoreError: It did not come; whether the transaction took place is not known.
        """
        self.write_put_off()
        self.is_committing = True
        try:
            super().commit()
        finally:
            self.is_committing = False

    def wait(self, gen: PQGen[Answer], interval: float = _PEEK_SECONDS, timeout: float | None = None) -> Answer:
        """Wait for the server's answer to one request, and look now and then why it does not come."""
        return super().wait(gen if self.waits is None else self._watched(gen, self.waits), interval, timeout)

    def _watched(self, gen: PQGen[Answer], waits: CommitWaits) -> PQGen[Answer]:
        """The same request, given up where commits wait for a standby: nothing cancels it, or it would count as done."""
        begun, looked = time.monotonic(), time.monotonic()
        try:
            wanted = next(gen)
            while True:
                answer = yield wanted
                now = time.monotonic()
                if now - looked > _LOOK_SECONDS:
                    looked = now
                    self._give_up_if_stuck(waits, now - begun)
                wanted = gen.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _give_up_if_stuck(self, waits: CommitWaits, seconds: float) -> None:
        pid = self.pgconn.backend_pid
        why = waits.why(pid, is_committing=self.is_committing)
        if why is None and self.is_committing and seconds > _COMMIT_SECONDS:
            why = f"A commit did not return within {_COMMIT_SECONDS:.0f} seconds."
        if why is None:
            return
        if self.is_committing:
            waits.gave_up(pid)
            why += " Whether it was stored is not known; nothing was acknowledged."
        self.close()
        raise StoreError(why, hint=STANDBY_HINT)


class CommitWaits:
    """What this process knows of commits that did not come back. Safe between threads.

    A commit that is given up goes on in the server, and is done there as soon as it can be. Until then nothing is begun,
    so that no further sessions are held up one after the other.

    Args:
        dsn: The database.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._lock = threading.Lock()
        self._pids: set[int] = set()
        self._looked = 0.0
        self._said = ""

    def gave_up(self, pid: int) -> None:
        """A commit was given up.

        Args:
            pid: Process of the server's that goes on with it.
        """
        with self._lock:
            self._pids.add(pid)
            self._looked = 0.0

    def why(self, pid: int, *, is_committing: bool) -> str | None:
        """Why the answer to a session does not come; None if it may only take long, or cannot be seen.

        Args:
            pid: Process of the server's for that session.
            is_committing: Whether it commits; else it is held up only where it waits for the lock of another that does.
        """
        try:
            with psycopg.connect(self._dsn, connect_timeout=_SIDE_SECONDS, **opening("cocket look")) as side:
                row = side.execute(
                    "select wait_event, wait_event_type from pg_stat_activity where pid = %s", (pid,)
                ).fetchone()
                is_held = row is not None and (row[0] == _STANDBY if is_committing else row[1] == "Lock")
                return why_commits_wait(side) if is_held else None
        except psycopg.Error:
            return None

    def refuse_more(self, connection: Connection) -> None:
        """Begin nothing while a commit of this process goes on that was given up.

        Raises:
            StoreError: One does.
        """
        if not self._pids:
            return
        with self._lock:
            if time.monotonic() - self._looked > _AGAIN_SECONDS:
                rows = connection.execute(
                    "select pid from pg_stat_activity where pid = any(%s)", (list(self._pids),)
                ).fetchall()
                self._pids = {pid for (pid,) in rows}
                self._said = why_commits_wait(connection) or "A commit has not returned."
                self._looked = time.monotonic()
                connection.rollback()
            if self._pids:
                raise StoreError(self._said, hint=STANDBY_HINT)


@functools.cache
def _waits_of(dsn: str) -> CommitWaits:
    return CommitWaits(dsn)


def why_commits_wait(connection: psycopg.Connection[Any]) -> str | None:
    """That commits wait for a standby server, in words; None if none has waited for longer than a moment."""
    row = connection.execute(
        """select count(*), current_setting('synchronous_standby_names'), max(extract(epoch from
        clock_timestamp() - state_change))::float8 from pg_stat_activity where wait_event = %s
        and clock_timestamp() - state_change > make_interval(secs => %s)""",
        (_STANDBY, _MOMENT_SECONDS),
    ).fetchone()
    if row is None or not row[0]:
        return None
    number, names, seconds = row
    said = f"Commits wait for a standby server: {number} for up to {seconds:.0f} seconds."
    return f"{said} synchronous_standby_names is {names}." if names else said


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
        self._waits = _waits_of(dsn)
        self.kwargs = opening(f"cocket {newest_revision()}")
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
            check=self._check,
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
        with self._lent(is_alone=False) as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction of its own: for those who ask again and again, mostly in vain.

        Nothing belongs here that must reach the disk or a standby: such a wait is given up at the end of a transaction alone.

        Raises:
            StoreError: As `transaction`.
        """
        with self._lent(is_alone=True) as connection:
            yield connection

    @contextmanager
    def _lent(self, *, is_alone: bool) -> Iterator[Connection]:
        """A connection of the pool, on which all is one transaction or each statement is one alone."""
        if not self._is_open:
            self._pool.open()
            self._is_open = True
        try:
            with self._pool.connection() as connection, _separate(connection, is_alone=is_alone):
                self._waits.refuse_more(connection)
                self._look_at_revision(connection)
                connection.pending = PendingMarks()
                connection.notes = {}
                connection.put_off = None
                outer = _CURRENT.get()
                _CURRENT.set(connection)
                try:
                    yield connection
                finally:
                    _CURRENT.set(outer)
                self._marks.keep(connection.pending)
                connection.used = time.monotonic()
        except PoolTimeout as error:
            raise self._unreached() from error
        except psycopg.Error as error:
            raise _store_error(error) from error

    def _unreached(self) -> StoreError:
        """Why no connection was had, in the server's own words if it said any."""
        try:
            with psycopg.connect(self.dsn, connect_timeout=_SIDE_SECONDS, **self.kwargs):
                return StoreError(
                    f"All {self._pool.max_size} connections of this process are in use.", hint="Try again in a moment."
                )
        except psycopg.Error as error:
            said = re.search(r"FATAL: +(.+)", str(error))
            if said is None:
                return StoreError("The database does not answer.", hint="Check that PostgreSQL runs.")
            reason = said[1].strip().rstrip(".")
            return StoreError(
                f"PostgreSQL runs and refuses connections: {reason}.", hint="Remove that cause; it goes on by itself."
            )

    def _look_at_revision(self, connection: Connection) -> None:
        """Stand still on tables that another program has changed, in either direction, until they are as before."""
        if connection.stands is None and time.monotonic() >= self._watch_at:
            connection.stands = _stands(connection)
        if connection.stands is None:
            return
        (found, role), connection.stands = connection.stands, None
        _check_replication_role(role)
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

    def _check(self, connection: Connection) -> None:
        """See that a connection of the pool still stands; a server that ended it says so, or closes it, unasked.

        Where the revision of its tables is to be looked at anyway, that shows it.

        Raises:
            psycopg.OperationalError: It does not.
        """
        if time.monotonic() - connection.used <= _FRESH_SECONDS and not _has_word(connection):
            return
        if time.monotonic() >= self._watch_at:
            connection.stands = _stands(connection)
        else:
            ConnectionPool.check_connection(connection)

    def _equip(self, connection: Connection) -> None:
        connection.row_macs = self._macs
        connection.waits = self._waits
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


def _stands(connection: Connection) -> tuple[str | None, str]:
    """Revision of the tables, None if there are none of ours, and whether references are enforced (`origin`)."""
    with _separate(connection, is_alone=True), suppress(psycopg.errors.UndefinedTable):
        row = connection.execute(
            "select version_num, current_setting('session_replication_role') from alembic_version"
        ).fetchone()
        if row is not None:
            return str(row[0]), str(row[1])
    return None, ""


def _check_replication_role(role: str) -> None:
    """See that references between tables are enforced: only a superuser could set it back, so that it is refused."""
    if role == "replica":
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
ASSESSMENT_LOCK = 0x436F636B03
DEVICE_LOCK = 0x436F636B05
TRACKER_LOCK = 0x436F636B07
ROW_AUDIT_LOCK = 0x436F636B0E
HISTORY_LOCK = 0x436F636B10


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
        connection.write_put_off()
        with connection.transaction():
            yield
    except psycopg.Error as error:
        raise _store_error(error) from error


#: Classes of SQLSTATE that say what was to be written is at fault, not the database: feature not supported, cardinality,
#: data exception, integrity constraint, syntax or rule, WITH CHECK, program limit. Source: PostgreSQL 17, appendix A.
_OF_DATA = ("0A", "21", "22", "23", "42", "44", "54")

#: Of these classes, what no values can be at fault for: no privilege; a table, column or object that is not there; a
#: sequence at its end.
_OF_TABLES = ("42501", "42P01", "42703", "42704", "2200H")


def _is_about_data(error: psycopg.Error) -> bool:
    """Whether trying again with the same values must fail again, however well the database is."""
    if error.sqlstate is None:  # refused before it was sent, such as a text with NUL
        return isinstance(error, psycopg.DataError | psycopg.ProgrammingError)
    return error.sqlstate[:2] in _OF_DATA and error.sqlstate not in _OF_TABLES


@contextmanager
def _separate(connection: Connection, *, is_alone: bool) -> Iterator[None]:
    """Let each statement be a transaction of its own while the block runs, if so; else nothing is changed."""
    before = connection.autocommit
    if before or not is_alone:
        yield
        return
    connection.autocommit = True
    try:
        yield
    finally:
        if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            connection.autocommit = before
        else:
            connection.close()  # whoever has it next would not be asked whether to commit


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
