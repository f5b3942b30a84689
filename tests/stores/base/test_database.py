# SPDX-License-Identifier: Apache-2.0
"""The pool of connections: what a server ended is noticed before it is used."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from cocket.stores.base.database import Database
from tests.postgres import shared_database


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
