# SPDX-License-Identifier: Apache-2.0
"""Leaves are appended by the size of the log of now alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cocket.errors import StoreError
from cocket.stores.base.database import Connection
from tests.houses import Built, build


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def _append(built: Built, connection: Connection, number: int) -> None:
    sealed = [built.stores.sealer.record("look", "officer", {"number": one}) for one in range(number)]
    built.stores.leaves.append_records(connection, sealed)


ACTS: dict[str, Callable[[Built, Connection], object]] = {
    "one leaf": lambda built, connection: _append(built, connection, 1),
    "some leaves": lambda built, connection: _append(built, connection, 3),
    "many leaves": lambda built, connection: _append(built, connection, 12),
    "padding": lambda built, connection: built.stores.leaves.fill(connection, 500),
}


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_appended_by_a_size_that_may_be_past(built: Built, act: str, isolation: str) -> None:
    with built.stores.database.transaction() as connection:
        before = built.stores.leaves.size(connection)
    with pytest.raises(StoreError) as told, built.stores.database.transaction() as connection:
        connection.execute(f"set transaction isolation level {isolation}")
        ACTS[act](built, connection)
    assert told.value.code == "append-old-snapshot"
    with built.stores.database.transaction() as connection:
        assert built.stores.leaves.size(connection) == before
        ACTS[act](built, connection)
        assert built.stores.leaves.size(connection) > before


def test_no_setting_of_a_role_or_database_reaches_a_session_of_ours(built: Built) -> None:
    settings = {"synchronous_commit": "off", "default_transaction_isolation": "serializable", "search_path": "other"}
    with psycopg.connect(built.dsn, autocommit=True) as other:
        name = other.info.dbname
        for setting, value in settings.items():
            other.execute(f'alter database "{name}" set {setting} = {value}')
    built.stores.database.close()
    fresh = type(built.stores.database)(built.dsn)
    with fresh.transaction() as connection:
        rows = connection.execute("select name, setting from pg_settings where name = any(%s)", (list(settings),))
        assert dict(rows.fetchall()) == {
            "synchronous_commit": "on",
            "default_transaction_isolation": "read committed",
            "search_path": "public,pg_temp",
        }
    fresh.close()
