# SPDX-License-Identifier: Apache-2.0
"""Our own PostgreSQL, with real servers: started, killed, orphaned, raced for."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cocket.errors import StoreError
from cocket.stores.postgres.binaries import find_binaries
from cocket.stores.postgres.cluster import major_of, small_environment
from cocket.stores.postgres.external_server import ExternalPostgres
from cocket.stores.postgres.postmaster import is_postmaster, processes, read_postmaster
from cocket.stores.postgres.server import EmbeddedPostgres, find_database
from cocket.stores.postgres.system_account import choose_account
from tests.stores.postgres.servers import ask, ends, keep, kept, kill, mark_of, said, supervisor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database; every test leaves it whole and stopped."""
    folder = tmp_path_factory.mktemp("postgres")
    with EmbeddedPostgres(folder, durable=False):
        return folder


@pytest.fixture
def spoilt(folder: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(folder, tmp_path / "postgres", symlinks=True))


@pytest.fixture
def postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running server."""
    with EmbeddedPostgres(folder) as server:
        yield server


def test_the_server_is_small(postgres: EmbeddedPostgres) -> None:
    kilobytes = 0
    for pid in processes(ask(postgres.dsn, "SHOW cluster_name")):
        with contextlib.suppress(OSError):  # a passing worker may end meanwhile
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    assert 0 < kilobytes < 60 * 1024


def test_starting_a_running_server_changes_nothing(postgres: EmbeddedPostgres) -> None:
    before = postgres.dsn, mark_of(postgres).pid
    assert (postgres.start(), mark_of(postgres).pid) == before


def test_what_was_committed_is_there_after_stop_and_start(postgres: EmbeddedPostgres) -> None:
    keep(postgres.dsn)
    postgres.stop()
    assert not postgres.is_running()
    with pytest.raises(StoreError, match="not started"):
        _ = postgres.dsn
    assert kept(postgres.start())


def test_stopping_ends_open_sessions(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.dsn) as open_session:
        open_session.execute("CREATE TABLE undone (n int)")
        postgres.stop()
        with pytest.raises(psycopg.OperationalError):
            open_session.execute("SELECT 1")
    assert ask(postgres.start(), "SELECT to_regclass('undone')") is None


def test_a_killed_postmaster_is_back_at_once(postgres: EmbeddedPostgres) -> None:
    for _ in range(3):
        keep(postgres.dsn)
        kill(postgres)
        assert kept(postgres.start())


def test_a_killed_postmaster_is_back_while_a_child_of_it_is_still_busy(postgres: EmbeddedPostgres) -> None:
    busy = psycopg.connect(postgres.dsn)
    endless = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"

    def work() -> None:
        with pytest.raises(psycopg.Error):
            busy.execute(endless)

    threading.Thread(target=work, daemon=True).start()
    while ask(postgres.dsn, f"SELECT count(*) FROM pg_stat_activity WHERE query = $q${endless}$q$") == 0:
        time.sleep(0.01)
    kill(postgres)
    assert ask(postgres.start(), "SELECT 1") == 1
    assert ends(busy.info.backend_pid)


def test_the_server_ends_with_its_supervisor(folder: Path) -> None:
    with supervisor(folder, "server.start(); print('up', flush=True); time.sleep(60)") as process:
        assert said(process) == "up"
        pid = mark_of(EmbeddedPostgres(folder)).pid
        process.kill()
        assert ends(pid)
    with EmbeddedPostgres(folder) as server:
        assert ask(server.dsn, "SELECT 1") == 1


def test_an_orphan_is_stopped_and_its_rows_are_kept(folder: Path) -> None:
    body = """
        thread = threading.Thread(target=server.start)  # from a thread: nothing ties the server to us
        thread.start()
        thread.join()
        print("up", flush=True)
        time.sleep(60)
    """
    with supervisor(folder, body) as process:
        assert said(process) == "up"
        with EmbeddedPostgres(folder) as attached:
            keep(attached.dsn)
        process.kill()
    orphan = mark_of(EmbeddedPostgres(folder)).pid
    time.sleep(0.3)
    assert Path(f"/proc/{orphan}").exists(), "it was to be orphaned"
    with EmbeddedPostgres(folder) as server:
        assert kept(server.dsn)
        assert mark_of(server).pid != orphan
        assert ends(orphan)


def test_a_stale_mark_with_a_living_process_number_does_not_hold_the_server_up(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        sockets = Path(mark_of(server).socket_folder)
        mark = (server.data / "postmaster.pid").read_text().splitlines()
    with subprocess.Popen(["sleep", "60"]) as innocent:
        mark[0] = str(innocent.pid)
        (folder / "data" / "postmaster.pid").write_text("\n".join(mark))
        sockets.mkdir(mode=0o700)
        (sockets / ".s.PGSQL.5432.lock").write_text(f"{innocent.pid}\n{folder / 'data'}\n1\n5432\n{sockets}\n")
        with EmbeddedPostgres(folder) as server:
            assert ask(server.dsn, "SELECT 1") == 1
        assert innocent.poll() is None, "the innocent process was ended"
        innocent.kill()


def test_a_server_started_by_hand_is_left_alone(spoilt: Path, tmp_path: Path, short: Path) -> None:
    server = EmbeddedPostgres(spoilt)
    program = find_binaries(major_of(server.data)).program("postgres")
    account = choose_account(spoilt, server.data, program)
    words = account.command(
        program,
        "-D",
        str(server.data),
        "-c",
        "listen_addresses=",
        "-c",
        f"unix_socket_directories={short}",
    )
    log = tmp_path / "by-hand.log"
    with log.open("wb") as said_by_hand:
        by_hand = subprocess.Popen(words, stderr=said_by_hand, env=small_environment())
    with by_hand:
        try:
            while (mark := read_postmaster(server.data)) is None or mark.status != "ready":
                assert by_hand.poll() is None, log.read_text()
                time.sleep(0.02)
            with pytest.raises(StoreError, match="Cocket did not start"):
                server.start()
            assert by_hand.poll() is None
        finally:
            by_hand.send_signal(signal.SIGINT)
    assert ask(server.start(), "SELECT 1") == 1
    server.stop()


def test_a_second_process_attaches_and_takes_over_when_the_first_is_gone(folder: Path) -> None:
    body = "server.start(); print(server.dsn, flush=True); sys.stdin.read(); server.stop()"
    with supervisor(folder, body) as process:
        url = said(process)
        attached = EmbeddedPostgres(folder)
        assert attached.start() == url
        pid = mark_of(attached).pid
        attached.stop()
        assert is_postmaster(pid, ask(url, "SHOW cluster_name")), "who attached must not stop it"
        attached.start()
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
        assert not attached.is_running()
        assert ask(attached.start(), "SELECT 1") == 1
        assert mark_of(attached).pid != pid
        attached.stop()


def command_line(pid: int) -> bytes:
    """Of a process; empty where it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_many_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    body = "server.start(); print(server.dsn, flush=True); sys.stdin.read(); server.stop()"
    racers = [supervisor(tmp_path, body) for _ in range(4)]
    urls = {said(racer) for racer in racers}
    assert len(urls) == 1
    running = processes(ask(urls.pop(), "SHOW cluster_name"))
    assert len([pid for pid in running if b"\0-D\0" in command_line(pid)]) == 1
    for racer in racers:
        racer.communicate()
    assert [racer.returncode for racer in racers] == [0] * 4


def test_a_forked_child_neither_stops_the_server_nor_keeps_its_lock(folder: Path) -> None:
    body = """
        server.start()
        if os.fork() == 0:
            assert server.is_running()
            server.stop()
            assert server.start()
            print("child", flush=True)
            time.sleep(60)
        time.sleep(60)
    """
    with supervisor(folder, body) as process:
        assert said(process) == "child"
        with EmbeddedPostgres(folder) as attached:
            assert ask(attached.dsn, "SELECT 1") == 1
        child = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[-1])
        process.kill()
        process.wait()
        with EmbeddedPostgres(folder) as server:
            assert ask(server.dsn, "SELECT 1") == 1
        os.kill(child, signal.SIGKILL)


def test_a_path_longer_than_a_socket_may_have_is_no_hindrance(spoilt: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 25) / ("path" * 25)
    deep.parent.mkdir()
    spoilt.rename(deep)
    with EmbeddedPostgres(deep) as server:
        assert ask(server.dsn, "SELECT 1") == 1


def test_the_socket_lies_in_the_users_runtime_folder_unless_that_is_too_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for runtime, is_used in ((Path("/tmp") / f"run-{os.getpid()}", True), (folder / ("x" * 90), False)):
        runtime.mkdir(mode=0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        with EmbeddedPostgres(folder) as server:
            assert bool(list(runtime.iterdir())) is is_used
            assert ask(server.dsn, "SELECT 1") == 1
        runtime.rmdir()


@pytest.mark.parametrize("what", ["a link", "an open folder"])
def test_a_socket_folder_that_is_not_private_is_refused_and_left_as_it_is(
    folder: Path, tmp_path: Path, what: str
) -> None:
    with EmbeddedPostgres(folder) as server:
        sockets = Path(mark_of(server).socket_folder)
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    (target / "precious").touch()
    if what == "a link":
        sockets.symlink_to(target)
    else:
        sockets.mkdir()
        sockets.chmod(0o777)
    with pytest.raises(StoreError, match="it belongs to another user"):
        EmbeddedPostgres(folder).start()
    assert (target / "precious").exists()
    sockets.unlink() if what == "a link" else sockets.rmdir()


def test_a_database_of_another_version_is_refused_and_left_as_it_is(spoilt: Path) -> None:
    (spoilt / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(StoreError, match="made by PostgreSQL 14, which is not installed") as refused:
        EmbeddedPostgres(spoilt).start()
    assert refused.value.code == "postgres-version"
    assert (spoilt / "data" / "global" / "pg_control").exists()


def test_a_server_that_cannot_start_says_why_and_leaves_no_lock(spoilt: Path) -> None:
    (spoilt / "data" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    server = EmbeddedPostgres(spoilt)
    with pytest.raises(StoreError, match="does not start: configuration file"):
        server.start()
    assert not server.is_running()
    (spoilt / "data" / "postgresql.auto.conf").write_text("")
    with supervisor(spoilt, "server.start(); print('up', flush=True); server.stop()") as other:
        assert said(other) == "up"


def test_a_long_log_is_set_aside(spoilt: Path) -> None:
    (spoilt / "postgres.log").write_bytes(b"x" * 9_000_000)
    with EmbeddedPostgres(spoilt):
        assert (spoilt / "postgres.log").stat().st_size < 9_000_000
    assert (spoilt / "postgres.log.old").stat().st_size == 9_000_000


def test_without_a_url_the_server_is_our_own(tmp_path: Path) -> None:
    assert isinstance(find_database(None, tmp_path), EmbeddedPostgres)
    assert isinstance(find_database("", tmp_path), EmbeddedPostgres)
    assert isinstance(find_database("postgresql://host/name", tmp_path), ExternalPostgres)
    assert list(tmp_path.iterdir()) == []


#: Starts or attaches, says so, waits to be told, and stops.
COMMAND = """
import sys
from pathlib import Path
from cocket.stores.postgres.server import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1]), others_s=float("inf")):
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_of_two_commands_at_once_the_first_to_end_does_not_take_the_database_from_the_second(folder: Path) -> None:
    words = [sys.executable, "-c", COMMAND, str(folder)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdin and first.stdout and first.stdout.readline() == "ready\n"
        second = EmbeddedPostgres(folder, others_s=float("inf"))
        keep(second.start())
        first.stdin.write("end\n")
        first.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            first.wait(timeout=2)
        assert kept(second.dsn) and second.is_running()
        second.stop()
        assert first.wait(timeout=60) == 0
    assert not EmbeddedPostgres(folder).is_running()


def test_who_waits_for_no_one_ends_it_at_once(folder: Path) -> None:
    with EmbeddedPostgres(folder) as first:
        second = EmbeddedPostgres(folder, others_s=float("inf"))
        second.start()
        first.stop()
        assert not second.is_running()
        second.stop()
