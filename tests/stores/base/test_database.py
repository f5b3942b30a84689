# SPDX-License-Identifier: Apache-2.0
"""The pool of connections: what a server ended is noticed before it is used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from cocket.errors import RefusedDataError, StoreError
from cocket.stores.base.database import Connection, Database
from cocket.stores.base.row_macs import Protected
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.postgres import shared_database

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database(shared_database(), size=1)) as database:
        yield database


def pid_of(database: Database) -> int:
    with database.transaction() as connection:
        return connection.info.backend_pid


def test_a_connection_that_the_server_ended_a_moment_ago_is_replaced_unseen(database: Database) -> None:
    first = pid_of(database)
    assert pid_of(database) == first
    with psycopg.connect(database.dsn, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", (first,))
    assert pid_of(database) != first


def test_a_connection_in_use_is_not_asked_each_time_and_one_that_lay_idle_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(asked.append))
    pid_of(database)
    asked.clear()
    for _ in range(20):
        pid_of(database)
    assert len(asked) < 20
    asked.clear()
    moment = time.monotonic()
    monkeypatch.setattr("cocket.stores.base.database.time.monotonic", lambda: moment + 60)
    pid_of(database)
    assert len(asked) == 1


def test_a_statement_alone_is_kept_by_itself_and_what_follows_is_one_transaction_again(database: Database) -> None:
    with database.alone() as connection:
        connection.execute("create table kept (number int)")
        connection.execute("insert into kept values (1)")
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("select from nothing_of_the_kind")
    with suppress(ZeroDivisionError), database.transaction() as connection:
        connection.execute("insert into kept values (2)")
        raise ZeroDivisionError
    with database.transaction() as connection:
        assert connection.execute("select number from kept").fetchall() == [(1,)]


def test_a_connection_left_within_a_transaction_is_not_used_again(database: Database) -> None:
    first = pid_of(database)
    with database.alone() as connection:
        connection.execute("begin")
    assert pid_of(database) != first


def test_one_question_shows_that_a_connection_stands_and_of_which_revision_its_tables_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(ConnectionPool, "check_connection", staticmethod(asked.append))
    with closing(Database(shared_database(), size=1, is_watched=True)) as database:
        database.migrate()
        first = pid_of(database)
        moment = time.monotonic()
        monkeypatch.setattr("cocket.stores.base.database.time.monotonic", lambda: moment + 60)
        assert pid_of(database) == first
        assert not asked
        with psycopg.connect(database.dsn, autocommit=True) as other:
            other.execute("update alembic_version set version_num = '0001'")
            monkeypatch.setattr("cocket.stores.base.database.time.monotonic", lambda: moment + 120)
            with pytest.raises(StoreError) as refused:
                pid_of(database)
            assert refused.value.code == "database-older"
            other.execute("drop table alembic_version")
            with pytest.raises(StoreError, match="revision none"):
                pid_of(database)


LISTS: list[list[Any]] = [
    *(
        [],
        [None],
        [UUID(int=7), None],
        ["a", None, 'b"\\'],
        ["1", "2"],
        [1, 70_000],
        [2**40],
        [1.5, None],
        [True, False],
    ),
    *([b"\0\xff"], [NOON], [NOON.replace(tzinfo=None)], [NOON.date()], [NOON.time()], [Decimal("1.50"), Decimal(7)]),
    *([timedelta(3)], [[1, 2], [3, None]], [[None]], [None, "x"]),
]


@pytest.mark.parametrize("place", ["%s", "%b"])
def test_a_list_says_to_the_server_what_it_says_written_as_text(database: Database, place: str) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as plain, database.transaction() as ours:
        for one in LISTS:
            is_open = not any(one) or isinstance(one[0], str) or isinstance(one[-1], str) or one == [[None]]
            form = f"select pg_typeof({place})::text, ({place})::text" if not is_open else f"select {place}::text[], 1"
            told = (one,) if is_open else (one, one)
            assert ours.execute(form, told).fetchall() == plain.execute(form, told).fetchall(), one


def test_texts_in_a_list_become_what_the_statement_asks_for(database: Database) -> None:
    with database.transaction() as connection:
        for asked in ("5 = any(%s)", "'5'::jsonb = any(%s)", "'5'::text = any(%s)", "5.0 = any(%s::text[]::numeric[])"):
            assert connection.execute(f"select {asked}", (["5"],)).fetchone() == (True,), asked


@pytest.fixture
def waiting(short: Path) -> Iterator[str]:
    """A server of its own, whose commits wait for a standby that is not there."""
    with EmbeddedPostgres(short / "postgres", durable=False) as server:
        alter(server.dsn, "synchronous_standby_names = 'ghost'")
        yield server.dsn
        alter(server.dsn, "synchronous_standby_names = ''")


def alter(dsn: str, setting: str) -> None:
    with psycopg.connect(dsn, autocommit=True, options="-c synchronous_commit=off") as other:
        other.execute(f"alter system set {setting}")
        other.execute("select pg_reload_conf()")
        time.sleep(0.3)


def test_a_commit_that_waits_for_a_standby_is_given_up_and_stands_once_the_standby_is_out(waiting: str) -> None:
    with closing(Database(waiting)) as database:
        begun = time.monotonic()
        with (
            pytest.raises(StoreError, match=r"Commits wait for a standby server.*ghost.*not known"),
            database.transaction() as connection,
        ):
            connection.execute("create table given_up ()")
        with pytest.raises(StoreError, match="Commits wait for a standby server"), database.transaction():
            pass  # nothing is begun meanwhile
        assert time.monotonic() - begun < 30
        with psycopg.connect(waiting) as other:
            assert other.execute("select to_regclass('given_up')").fetchone() == (None,)  # it was not cancelled
        alter(waiting, "synchronous_standby_names = ''")
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                with database.transaction() as connection:
                    assert connection.execute("select to_regclass('given_up')::text").fetchone() == ("given_up",)
                return
            except StoreError:
                time.sleep(0.2)
        pytest.fail("it does not go on by itself")


def test_who_waits_for_the_lock_of_a_commit_that_waits_is_told_so(waiting: str) -> None:
    with closing(Database(waiting)) as database, psycopg.connect(waiting) as other:
        other.execute("select pg_advisory_xact_lock(1)")
        other.execute("create table held ()")
        committing = threading.Thread(target=lambda: suppress_all(other.commit), daemon=True)
        committing.start()
        with pytest.raises(StoreError, match="Commits wait for a standby server"), database.transaction() as connection:
            connection.execute("select pg_advisory_xact_lock(1)")
        alter(waiting, "synchronous_standby_names = ''")
        committing.join(30)


def test_a_lock_that_is_held_for_long_for_another_reason_is_waited_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.stores.base.database._LOOK_SECONDS", 0.2)
    with psycopg.connect(database.dsn) as other:
        other.execute("select pg_advisory_xact_lock(2)")
        threading.Timer(1.5, other.rollback).start()
        with database.transaction() as connection:
            connection.execute("select pg_advisory_xact_lock(2)")


def suppress_all(act: Callable[[], None]) -> None:
    with suppress(psycopg.Error):
        act()


def test_the_server_s_own_reason_for_taking_no_connection_is_told(database: Database) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as other:
        name = other.info.dbname
    with psycopg.connect(urlsplit(database.dsn)._replace(path="/postgres").geturl(), autocommit=True) as other:
        other.execute(f"alter database {name} allow_connections false")
        with (
            closing(Database(database.dsn, patience=1.0)) as fresh,
            pytest.raises(StoreError, match=r"runs and refuses connections: .* not currently accepting"),
            fresh.transaction(),
        ):
            pass
        other.execute(f"alter database {name} allow_connections true")
    with (
        closing(Database(database.dsn, size=1, patience=0.5)) as busy,
        busy.transaction(),
        pytest.raises(StoreError, match="All 1 connections of this process are in use"),
        busy.transaction(),
    ):
        pass


def test_a_sequence_at_its_end_is_an_outage_and_not_the_message_s_fault(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("create sequence at_end maxvalue 2 start 2")
        connection.execute("select nextval('at_end')")
    with pytest.raises(StoreError) as told, database.transaction() as connection:
        connection.execute("select nextval('at_end')")
    assert type(told.value) is StoreError
    with pytest.raises(RefusedDataError), database.transaction() as connection:  # control
        connection.execute("select 1 / 0")


#: How a row is written → what does it.
WRITES: dict[str, Callable[[Connection, list[int]], object]] = {
    "one at a time": lambda connection, numbers: [
        connection.execute("insert into scratch (number) values (%s)", (one,)) for one in numbers
    ],
    "many": lambda connection, numbers: connection.cursor().executemany(
        "insert into scratch (number) values (%s)", [(one,) for one in numbers]
    ),
    "lists": lambda connection, numbers: connection.execute(
        "insert into scratch (number) select * from unnest(%s::bigint[])", (numbers,)
    ),
    "put": lambda connection, numbers: connection.row_macs.put(
        connection,
        Protected(table="scratch", key=("number",), columns=("number", "word")),
        [(one, "x") for one in numbers],
    ),
    "copy": lambda connection, numbers: connection.copy_rows(
        "scratch", "number", ["int8"], ((one,) for one in numbers)
    ),
}

#: What another hand puts on a table → what makes an insert do nothing, and what takes it off again.
SWALLOWS = {
    "rule": ("create rule nothing as on insert to scratch do instead nothing", "drop rule nothing on scratch"),
    "rule for some": (
        "create rule nothing as on insert to scratch where new.number % 2 = 0 do instead nothing",
        "drop rule nothing on scratch",
    ),
    "trigger": (
        (
            "create function nothing() returns trigger language plpgsql as 'begin return null; end' | "
            "create trigger nothing before insert on scratch for each row execute function nothing()"
        ),
        "drop trigger nothing on scratch | drop function nothing()",
    ),
}


@pytest.mark.parametrize("swallow", SWALLOWS)
@pytest.mark.parametrize("write", WRITES)
def test_a_row_that_the_database_says_it_wrote_and_did_not_is_an_error(write: str, swallow: str) -> None:
    put_on, take_off = SWALLOWS[swallow]
    with closing(Database(shared_database(), size=1, row_key=bytes(32))) as database:
        with database.transaction() as connection:
            connection.execute("create temporary table scratch (number bigint primary key, word text, mac bytea)")
        written: list[int] = []

        def tried(first: int) -> None:
            numbers = [first, first + 1]
            with suppress(StoreError), database.transaction() as connection:
                WRITES[write](connection, numbers)
                written.extend(numbers)

        for first in range(0, 20, 2):  # often enough that its statement is prepared
            tried(first)
        assert len(written) == 20
        for put, begin in ((put_on, 100), (take_off, 200)):
            with database.transaction() as connection:
                for statement in put.split(" | "):
                    connection.execute(statement)
            for first in range(begin, begin + 20, 2):
                tried(first)
        with database.transaction() as connection:
            stands = [number for (number,) in connection.execute("select number from scratch order by 1")]
        assert stands == sorted(written)


def test_an_insert_that_may_pass_over_rows_is_not_an_error(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("create temporary table scratch (number bigint primary key)")
        for _ in range(2):
            connection.execute("insert into scratch values (1) on conflict do nothing")
            connection.execute("insert into scratch select 2 where not exists (select from scratch where number = 2)")
            connection.execute("insert into scratch select * from unnest(%s::bigint[])", ([],))
        connection.execute("insert into scratch values (1) on conflict (number) do update set number = 1")


def test_a_row_that_was_not_stored_is_named_with_what_to_do(database: Database) -> None:
    words = "did not store 1 of 1 rows of the table scratch"
    with pytest.raises(StoreError, match=words) as refused, database.transaction() as connection:
        connection.execute("create temporary table scratch (number bigint)")
        connection.execute("create rule nothing as on insert to scratch do instead nothing")
        connection.execute("insert into scratch values (1)")
    assert refused.value.code == "row-not-stored"
    assert "restart" in (refused.value.hint or "")
