# SPDX-License-Identifier: Apache-2.0
"""Two homes on one database: with the same keys they are one house, with others the second is refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests import filled
from tests.faults.lodging import Line
from tests.faults.reckoning import settle_on
from tests.faults.serving import Served, cocket, copy_home, make_home
from tests.messages import declaration

pytestmark = pytest.mark.soak


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server that somebody else runs, with an empty database."""
    with EmbeddedPostgres(tmp_path / "server") as server:
        yield server.dsn


def everything(url: str) -> dict[str, list[str]]:
    """All rows of a database."""
    with psycopg.connect(url) as connection:
        names = {table: list(filled.columns(connection, table)) for table in filled.tables(connection)}
        return filled.content(connection, names)


@pytest.mark.parametrize(
    "command", [("init",), ("serve",), ("serve", "api"), ("key", "add", "x", "--role", "trader", "--sender", "X")]
)
def test_a_home_with_other_keys_is_refused_and_changes_nothing(
    command: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    first = make_home(tmp_path / "first", database_url=url)
    second = tmp_path / "second"
    cocket("init", home=second)  # with a database of its own, so that it has keys
    with Served(first, database_url=url) as served:
        line = Line(served.address, served.key)
        assert line.lodge(declaration("FIRST")).status == 202
        line.close()
        with psycopg.connect(url, autocommit=True) as connection:
            settle_on(connection, first)
    before = everything(url)
    refused = cocket(*command, home=second, database_url=url)
    assert refused.returncode == 2, refused.stdout
    for word in (
        "belongs to another instance",
        "keys/receipt.key",
        "keys/wrapping.key",
        "Nothing was changed",
        "Copy the",
    ):
        assert word in refused.stderr
    assert everything(url) == before
    with Served(first, database_url=url) as served:
        line = Line(served.address, served.key)
        assert line.lodge(declaration("SECOND")).status == 202
        line.close()


def test_a_look_at_another_houses_database_says_so_and_writes_nothing(url: str, tmp_path: Path) -> None:
    make_home(tmp_path / "first", database_url=url)
    second = tmp_path / "second"
    cocket("init", home=second)
    before = everything(url)
    looked = cocket("status", "--json", home=second, database_url=url)
    assert (looked.returncode, "belongs to another instance" in looked.stdout) == (1, True), looked.stdout
    assert everything(url) == before


def test_one_key_that_differs_is_named_and_hosts_with_the_same_keys_are_one_house(url: str, tmp_path: Path) -> None:
    first = make_home(tmp_path / "first", database_url=url)
    second = copy_home(first, tmp_path / "second")
    assert cocket("key", "add", "x", "--role", "trader", "--sender", "X", home=second, database_url=url).returncode == 0
    (second / "keys" / "draw.key").write_text("ab" * 32)
    refused = cocket("key", "add", "y", "--role", "trader", "--sender", "X", home=second, database_url=url)
    assert refused.returncode == 2
    assert "keys/draw.key" in refused.stderr
    assert "keys/receipt.key" not in refused.stderr


def test_another_name_of_the_log_is_another_house_and_another_year_is_not(home: Path) -> None:
    refused = cocket("key", "add", "x", "--role", "trader", "--sender", "X", home=home, log_origin="other.invalid/log")
    assert (refused.returncode, "log_origin" in refused.stderr) == (2, True), refused.stderr
    later = cocket(
        "key", "add", "x", "--role", "trader", "--sender", "X", home=home, log_origin="cocket.invalid/log/2031"
    )
    assert later.returncode == 0, later.stderr


def test_a_host_that_kept_the_former_checkpoint_key_is_refused(home: Path, tmp_path: Path) -> None:
    former = copy_home(home, tmp_path / "former")
    assert cocket("ledger", "rotate-key", home=home).returncode == 0
    assert cocket("ledger", "rotate-key", "--end", home=home).returncode == 0
    with Served(home):
        pass
    shutil.copyfile(former / "keys" / "checkpoint.key", home / "keys" / "checkpoint.key")
    refused = cocket("serve", home=home)
    assert refused.returncode == 2
    assert "rotate-key was last run" in refused.stderr


@pytest.mark.parametrize("command", [("serve",), ("init",), ("officer", "add", "x", "--role", "officer")])
def test_an_empty_database_is_not_served_where_there_was_one(command: tuple[str, ...], home: Path) -> None:
    shutil.rmtree(home / "postgres")
    refused = cocket(*command, home=home)
    assert refused.returncode == 2
    assert "The database is empty, but" in refused.stderr
    assert "cocket restore" in refused.stderr
    assert not (home / "postgres" / "data").exists()


def test_a_house_begins_anew_only_when_told_and_under_another_name(home: Path) -> None:
    with Served(home) as served:
        line = Line(served.address, served.key)
        assert line.lodge(declaration("GONE")).status == 202
        line.close()
        with EmbeddedPostgres(home / "postgres") as server, psycopg.connect(server.dsn, autocommit=True) as connection:
            settle_on(connection, home)
    full = cocket("init", "--begin-anew", home=home, log_origin="new.invalid/log")
    assert (full.returncode, "not empty" in full.stderr) == (2, True), full.stderr
    shutil.rmtree(home / "postgres")
    same = cocket("init", "--begin-anew", home=home)
    assert (same.returncode, "needs another name" in same.stderr) == (2, True), same.stderr
    assert cocket("init", "--begin-anew", home=home, log_origin="new.invalid/log").returncode == 0
    (kept,) = home.glob("former-*")
    assert sorted(one.name for one in kept.iterdir()) == ["keys", "log"]
    with Served(home, log_origin="new.invalid/log"):
        pass


def test_a_newer_house_is_refused_by_every_command_that_opens_it(home: Path) -> None:
    with EmbeddedPostgres(home / "postgres") as server, psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    for command in (
        ("serve",),
        ("init",),
        ("upgrade", "--yes"),
        ("key", "add", "x", "--role", "trader", "--sender", "X"),
    ):
        refused = cocket(*command, home=home)
        assert (refused.returncode, "created by a newer Cocket" in refused.stderr) == (2, True), refused.stderr
