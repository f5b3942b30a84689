# SPDX-License-Identifier: Apache-2.0
"""A setting by which the database would lose what it acknowledged is named, wherever it is kept."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from cocket.errors import StoreError
from cocket.pipeline.operations.health import look
from cocket.stores import Database
from cocket.stores.postgres.durability import unsafe_settings
from tests.houses import build


def test_what_a_role_or_database_would_lose_is_not_ready_until_it_is_taken_back(tmp_path: Path) -> None:
    built = build(tmp_path)
    with psycopg.connect(built.dsn, autocommit=True) as other:
        name, user = other.info.dbname, other.info.user

        def check() -> tuple[str, str]:
            (found,) = [one for one in look(built.stores).checks if one.name == "durability"]
            return found.state, found.words

        assert check()[0] == "well"
        for whom in (f'database "{name}"', f'role {user} in database "{name}"'):
            for value in ("off", "no"):
                other.execute(f"alter {whom} set synchronous_commit = '{value}'")
                state, words = check()
                assert (state, "synchronous_commit is set to" in words) == ("failed", True)
                fresh = Database(built.dsn)
                with fresh.transaction() as connection:
                    assert connection.execute("show synchronous_commit").fetchone() == ("on",)
                fresh.close()
            other.execute(f"alter {whom} reset synchronous_commit")
            assert check()[0] == "well"
        other.execute(f'alter database "{name}" set synchronous_commit = local')  # control: as safe without a standby
        assert check()[0] == "well"
    built.house.close()


def test_what_is_in_effect_is_named(tmp_path: Path) -> None:
    built = build(tmp_path)
    with built.stores.database.transaction() as connection:
        connection.execute("set local zero_damaged_pages = on")
        assert unsafe_settings(connection, is_own=True) == [
            "The database has zero_damaged_pages on: damaged pages are emptied without an error."
        ]
        assert "fsync off" in " ".join(unsafe_settings(connection, is_own=False))  # the tests' server flushes nothing
    built.house.close()


def test_a_session_that_enforces_no_references_is_refused(tmp_path: Path) -> None:
    built = build(tmp_path)
    with psycopg.connect(built.dsn, autocommit=True) as other:
        other.execute(f'alter database "{other.info.dbname}" set session_replication_role = replica')
    watched = Database(built.dsn, is_watched=True)
    with pytest.raises(StoreError) as told, watched.transaction():
        pass
    assert told.value.code == "postgres-unsafe"
    watched.close()
    built.house.close()
