# SPDX-License-Identifier: Apache-2.0
"""Under which account the server runs: as root both ways, as an ordinary user, as another's."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.errors import StoreError
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.stores.postgres.servers import IS_ROOT, NOBODY, as_user, ask, keep, kept, kill, only_root


@pytest.fixture
def users_folder() -> Iterator[Path]:
    """A folder that an ordinary user owns and can reach."""
    folder = Path("/tmp") / f"cocket-test-{os.getpid()}-{threading.get_ident()}"
    folder.mkdir(mode=0o700)
    if IS_ROOT:
        os.chown(folder, NOBODY.pw_uid, NOBODY.pw_gid)
    yield folder
    shutil.rmtree(folder)


@only_root
def test_root_is_told_when_no_other_account_can_be_taken_on(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="refuses to run as root"):
        EmbeddedPostgres(tmp_path, way="caller").start()
    assert not (tmp_path / "data").exists()


@only_root
@pytest.mark.parametrize("first", ["namespace", "dropped"])
def test_root_serves_a_database_whichever_way_it_was_made(tmp_path: Path, first: Any) -> None:
    with EmbeddedPostgres(tmp_path, way=first, durable=False) as server:
        keep(server.dsn)
    with EmbeddedPostgres(tmp_path, way="dropped") as server:
        assert kept(server.dsn)
    with EmbeddedPostgres(tmp_path) as server:
        assert kept(server.dsn)


def test_an_ordinary_user_has_a_server_that_survives_kill(users_folder: Path) -> None:
    def action() -> tuple[bool, int]:
        with EmbeddedPostgres(users_folder / "postgres") as server:
            keep(server.dsn)
            kill(server)
            return kept(server.start()), os.geteuid()

    assert as_user(action) == (True, NOBODY.pw_uid if IS_ROOT else os.geteuid())


@only_root
def test_a_user_without_a_name_has_a_server_too(users_folder: Path) -> None:
    nameless = 54_321
    os.chown(users_folder, nameless, nameless)

    def action() -> tuple[bool, int]:
        with EmbeddedPostgres(users_folder / "postgres", durable=False) as server:
            keep(server.dsn)
            return kept(server.start()), server.data.stat().st_uid

    assert as_user(action, nameless) == (True, nameless)


@only_root
def test_root_serves_a_users_database_as_that_user(users_folder: Path) -> None:
    as_user(lambda: EmbeddedPostgres(users_folder / "postgres", durable=False).start())
    with EmbeddedPostgres(users_folder / "postgres") as server:
        assert ask(server.dsn, "SELECT 1") == 1
    owners = {entry.lstat().st_uid for entry in (users_folder / "postgres" / "data").rglob("*")}
    assert owners == {NOBODY.pw_uid}


def test_a_folder_that_may_not_be_written_is_named(users_folder: Path) -> None:
    def action() -> str:
        with pytest.raises(StoreError) as refused:
            EmbeddedPostgres(users_folder / "postgres").start()
        return str(refused.value)

    users_folder.chmod(0o500)
    assert "Permission denied" in as_user(action)
    users_folder.chmod(0o700)
    assert list(users_folder.iterdir()) == []
