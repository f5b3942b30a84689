# SPDX-License-Identifier: Apache-2.0
"""No setting kept for role or database changes what the house writes or reads; each that could is named, with the act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cocket.pipeline import open_stores
from cocket.pipeline.operations.health import Check, look
from cocket.stores import Database
from cocket.stores.postgres import base_backups
from cocket.stores.postgres.binaries import find_binaries
from cocket.stores.postgres.durability import hindrances
from cocket.stores.postgres.sessions import PINNED
from tests.houses import Built, build

#: What somebody could keep for our role or database: setting → a value that is not ours.
OTHERS = {
    "timezone": "Asia/Tokyo",
    "datestyle": "SQL, DMY",
    "intervalstyle": "iso_8601",
    "timezone_abbreviations": "India",
    "lc_monetary": "POSIX",
    "lc_numeric": "POSIX",
    "lc_time": "POSIX",
    "default_text_search_config": "pg_catalog.english",
    "search_path": "pg_temp",
    "standard_conforming_strings": "off",
    "backslash_quote": "off",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "xmlbinary": "hex",
    "xmloption": "document",
    "gin_fuzzy_search_limit": "1",
    "row_security": "off",
    "synchronous_commit": "local",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "statement_timeout": "1s",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
    "idle_session_timeout": "100ms",
    "client_encoding": "LATIN1",
    "temp_file_limit": "1kB",
    "work_mem": "64kB",
}

VALUES = (
    b"\\x\x00\x00\xff",
    ["a", None, r"b\c", 'd"e'],
    0.1 + 0.2,
    datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC),
    "Ünï 漢字 Żółć \\' \"",
)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    built = build(tmp_path)
    yield built
    built.house.close()


@pytest.fixture
def others(built: Built) -> Iterator[psycopg.Connection[Any]]:
    """A session of somebody who has kept every one of these settings for our role in our database."""
    with psycopg.connect(built.dsn, autocommit=True) as other:
        for name, value in OTHERS.items():
            other.execute(f"alter role {other.info.user} in database {other.info.dbname} set {name} = '{value}'")
        yield other


def found(built: Built, name: str) -> Check:
    (one,) = [check for check in look(built.stores).checks if check.name == name]
    return one


def test_every_pinned_setting_is_tried() -> None:
    assert set(PINNED) <= set(OTHERS)
    assert all(value != OTHERS[name] for name, value in PINNED.items())


def test_settings_kept_for_a_role_change_nothing_that_is_written_or_read(
    built: Built, others: psycopg.Connection[Any]
) -> None:
    with closing(Database(built.dsn)) as fresh, fresh.transaction() as connection:
        connection.execute("create table tried (a bytea, b text[], c float8, d timestamptz, e text)")
        connection.execute("insert into tried values (%s, %s, %s, %s, %s)", VALUES)
        connection.execute(
            r"""insert into tried values ('\x5c780000ff', '{a,NULL,"b\\c","d\"e"}', 0.30000000000000004,
                '2026-02-03 04:05:06.000789', 'Ünï 漢字 Żółć \'' "')"""
        )
        for is_binary in (True, False):
            rows = connection.execute("select a, b, c, d, e from tried", binary=is_binary).fetchall()
            assert rows == [VALUES, VALUES]
        found = {name: connection.execute(f"show {name}").fetchone() for name in PINNED}
        assert found == {name: (value,) for name, value in PINNED.items()}
        assert connection.execute("show client_encoding").fetchone() == ("UTF8",)
    with psycopg.connect(
        built.dsn, autocommit=True
    ) as plain:  # control: a session that is opened without them follows the role's
        assert plain.execute("show array_nulls").fetchone() == ("off",)


def test_what_is_kept_for_a_role_is_named_with_the_act_that_takes_it_back(
    built: Built, others: psycopg.Connection[Any]
) -> None:
    check, user, name = found(built, "settings"), others.info.user, others.info.dbname
    assert check.state == "degraded"
    for setting in OTHERS:
        assert f"{setting} is set to" in check.words
        assert f"ALTER ROLE {user} IN DATABASE {name} RESET {setting};" in (check.hint or "")
    for act in (check.hint or "").removeprefix("Find out who set it. ").split(";"):
        if act.strip():
            others.execute(act)
    assert "temp_file_limit is 1kB" in found(built, "settings").words  # sessions that are open keep what they had
    with closing(open_stores(built.settings, built.dsn).database) as fresh:
        (check,) = [one for one in look(replace(built.stores, database=fresh)).checks if one.name == "settings"]
    assert check.state == "well", check.words


def test_what_a_limit_refuses_is_said_in_words(built: Built, others: psycopg.Connection[Any]) -> None:
    with closing(Database(built.dsn)) as fresh, fresh.transaction() as connection:
        assert "statements that sort or join much fail" in " ".join(one.words for one in hindrances(connection))
    built.stores.database.close()
    for check in look(built.stores).checks:
        assert "Unexpected" not in check.words


def test_generous_and_equal_settings_are_left_alone(built: Built) -> None:
    with psycopg.connect(built.dsn, autocommit=True) as other:
        for setting in ("work_mem = '256MB'", "timezone = 'UTC'", "client_encoding = 'utf-8'", "temp_file_limit = -1"):
            other.execute(f"alter database {other.info.dbname} set {setting}")
    check = found(built, "settings")
    assert check.state == "well", check.words


def test_a_dump_is_made_and_loaded_in_our_own_encoding(
    built: Built, others: psycopg.Connection[Any], tmp_path: Path
) -> None:
    with psycopg.connect(
        built.dsn,
        client_encoding="UTF8",
        options="-c search_path=public -c default_transaction_read_only=off -c idle_in_transaction_session_timeout=0",
    ) as connection:
        connection.execute("create table public.tried as select 'Ünï 漢字'::text a")
    others.execute(f"alter role {others.info.user} in database {others.info.dbname} reset temp_file_limit")
    base_backups.dump(find_binaries(), built.dsn, tmp_path / "dump")
    with psycopg.connect(
        built.dsn,
        client_encoding="UTF8",
        options="-c search_path=public -c default_transaction_read_only=off -c idle_in_transaction_session_timeout=0",
    ) as connection:
        for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
            connection.execute(f"drop table if exists public.{table} cascade")
    base_backups.load(find_binaries(), built.dsn, tmp_path / "dump")
    with closing(Database(built.dsn)) as fresh, fresh.transaction() as connection:
        assert connection.execute("select a from tried").fetchone() == ("Ünï 漢字",)
