# SPDX-License-Identifier: Apache-2.0
"""What cannot work is refused in one clear sentence, with exit 2 and nothing half-made; what fails later is outlived."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.disks import fill, need_root_and, small_disk
from tests.faults.lodging import ACCEPTED, UNAVAILABLE, Answer, Line, Lodgers
from tests.faults.reckoning import reckon
from tests.faults.serving import Served, cocket, copy_home, make_home, until
from tests.messages import declaration

Done = subprocess.CompletedProcess[str]

#: Nothing serves there: a folder of Unix sockets that does not exist.
NOWHERE = "postgresql://cocket@/cocket?host=/nonexistent"

#: Root without the power to pass closed folders.
POWERLESS = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
    "--",
)


def assert_refused(done: Done, *words: str) -> None:
    """Assert that one line says all of these words, on standard error alone, and that the exit is 2."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def assert_nothing_runs(home: Path) -> None:
    """Assert that no process of this home is left, and no word of one."""
    assert [one for one in psutil.process_iter() if _is_of(one, home)] == []
    assert not (home / "serving.json").exists()


def _is_of(process: psutil.Process, home: Path) -> bool:
    try:
        return f"{home}/" in " ".join(process.cmdline()) + "/" and process.pid != os.getpid()
    except psutil.Error:
        return False


def files(folder: Path) -> list[str]:
    """What is in a folder at any depth."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("door", ["api", "workbench", "admin"])
def test_a_taken_port_is_refused_before_anything_starts(home: Path, door: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        wanted: dict[str, Any] = {f"{door}_port": port}
        before = files(home)
        assert_refused(cocket("serve", home=home, **wanted), f"port {port}", "something else is listening")
    assert_nothing_runs(home)
    assert files(home) == before


def test_all_that_is_wrong_with_the_settings_is_said_together(home: Path) -> None:
    wrong: dict[str, Any] = {"api_workers": 0, "random_share": "much", "time_zone": "Moon/Crater", "api_prot": 1}
    for words in (("serve",), ("init",), ("key", "add", "x", "--role", "trader", "--sender", "X")):
        done = cocket(*words, home=home, **wrong)
        assert_refused(done, "api_workers must be between", "'much'", "Moon/Crater", "unknown setting api_prot")
    assert_nothing_runs(home)


def test_serving_without_a_house_says_how_to_make_one(tmp_path: Path) -> None:
    assert_refused(cocket("serve", home=tmp_path / "none"), "There is no Cocket instance", "cocket init")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["identity", "receipt", "checkpoint"])
def test_a_missing_key_is_refused(home: Path, name: str) -> None:
    (home / "keys" / f"{name}.key").unlink()
    assert_refused(cocket("serve", home=home), f"{name}.key is missing")
    assert_nothing_runs(home)


@pytest.mark.parametrize("name", ["draw", "checkpoint"])
def test_a_key_that_others_can_read_is_refused(home: Path, name: str) -> None:
    (home / "keys" / f"{name}.key").chmod(0o644)
    assert_refused(cocket("serve", home=home), f"{name}.key can be read by others", "chmod 600")
    assert_nothing_runs(home)


def test_a_key_that_is_no_key_is_refused(home: Path) -> None:
    (home / "keys" / "subject.key").write_text("not hexadecimal\n")
    assert_refused(cocket("serve", home=home), "subject.key")
    assert_nothing_runs(home)


@pytest.fixture
def closed_folder(tmp_path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A folder that nothing may be made in, and the words that take root's power over it away."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    words: tuple[str, ...] = ()
    if os.geteuid() == 0:
        need_root_and("setpriv")
        os.chown(folder, 65534, 65534)
        words = POWERLESS
    yield folder, words
    folder.chmod(0o700)


def test_a_home_that_may_not_be_made_is_refused(closed_folder: tuple[Path, tuple[str, ...]]) -> None:
    folder, powerless = closed_folder
    done = cocket("init", home=folder / "home", before=powerless)
    assert_refused(done, str(folder), "Permission denied")
    assert files(folder) == []


def test_a_home_that_may_not_be_written_is_refused(home: Path, closed_folder: tuple[Path, tuple[str, ...]]) -> None:
    folder, powerless = closed_folder
    folder.chmod(0o700)
    copied = copy_home(home, folder / "home")
    if powerless:
        os.chown(copied, 65534, 65534)
    copied.chmod(0o555)
    folder.chmod(0o555)
    before = files(copied)
    try:
        assert_refused(cocket("serve", home=copied, before=powerless), str(copied), "Permission denied")
        assert_nothing_runs(copied)
        assert files(copied) == before
    finally:
        copied.chmod(0o700)


def test_a_full_disk_is_refused_and_a_home_made_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 150) as disk:
        filler = fill(disk)
        assert_refused(cocket("init", home=disk / "home"), str(disk), "No space left")
        filler.unlink()
        make_home(disk / "home")
        with Served(disk / "home", said=tmp_path / "said") as served:
            assert [answer.status for answer in lodge_at_once(served, [declaration("after")])] == [ACCEPTED]


def test_a_key_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 1) as disk:
        fill(disk)
        assert_refused(cocket("init", home=disk / "home"), str(disk), "No space left")
        assert [path for path in (disk / "home").rglob("*") if path.is_file()] == []


def test_a_disk_too_small_for_the_database_is_refused_without_leaving_half_of_one(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 20) as disk:
        assert_refused(cocket("init", home=disk / "home"), str(disk), "is full")
        assert not (disk / "home" / "postgres" / "data").exists()
        assert [name for name in files(disk) if "part" in name] == []


@pytest.mark.parametrize("role", [(), ("api",), ("assessment",)])
def test_a_database_that_is_down_at_the_start_is_refused(home: Path, role: tuple[str, ...]) -> None:
    assert_refused(
        cocket("serve", *role, home=home, database_url=NOWHERE), "The database does not answer", "COCKET_DATABASE_URL"
    )
    assert_nothing_runs(home)


def test_a_database_that_goes_down_is_outlived(home: Path, tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "given")
    url = server.start()
    try:
        shutil.rmtree(home)
        make_home(home, database_url=url)
        with Served(home, database_url=url) as served:
            line = Line(served.address, served.key)
            kept = line.lodge(declaration("before"))
            assert kept.status == ACCEPTED
            pids = served.word()["roles"]
            server.stop()
            for answer in lodge_at_once(served, [declaration(f"meanwhile-{number}") for number in range(4)]):
                assert (answer.status, "retry-after" in answer.headers) == (UNAVAILABLE, True), answer
                assert "receipt" not in answer.body
            assert server.start() == url
            until(lambda: line.lodge(declaration("meanwhile-0")).status == ACCEPTED, "the house does not come back")
            again = line.lodge(declaration("before"))
            assert (again.status, again.body["receipt"]) == (ACCEPTED, kept.body["receipt"])
            assert served.word()["roles"] == pids
            assert served.said.count("The database does not answer") <= 8, served.said
            assert "Traceback" not in served.said
            line.close()
    finally:
        server.stop()


def test_a_house_that_can_tell_nobody_what_is_wrong_goes_on(home: Path) -> None:
    with Served(home, said=Path("/dev/full")) as served:
        for target in ("assessment", "api", "postgres"):
            before = served.pid_of(target)
            os.kill(before, signal.SIGKILL)
            until(partial(_is_another, served, target, before), f"{target} is not started again")
        answers = lodge_at_once(served, [declaration("unheard")])
        assert [answer.status for answer in answers] == [ACCEPTED]


def _is_another(served: Served, target: str, before: int) -> bool:
    return served.pid_of(target) not in (0, before)


def lodge_at_once(served: Served, contents: list[bytes]) -> list[Answer]:
    """Lodge several messages, each over a connection of its own."""

    def lodge(content: bytes) -> Answer:
        line = Line(served.address, served.key)
        try:
            return line.lodge(content)
        finally:
            line.close()

    with ThreadPoolExecutor(len(contents)) as pool:
        return list(pool.map(lodge, contents))


def test_a_disk_that_fills_is_outlived_and_every_promise_kept(home: Path, tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "small", 220) as disk,
        Served(copy_home(home, disk / "home"), said=tmp_path / "said") as served,
    ):
        with Lodgers(served.address, served.key) as lodgers:
            until(lambda: len(lodgers.acknowledged) > 20, "nothing is acknowledged")
            filler = fill(disk)
            until(lambda: lodgers.statuses[UNAVAILABLE] > 5, "a full disk refuses nothing")
            until(lambda: not disk_has_room(disk), "the disk is not full")
            time.sleep(1.0)
            assert not served.has_ended, served.said
            filler.unlink()
            freed = time.monotonic()
            until(lambda: lodgers.count_since(freed) > 20, "the house does not come back")
        assert lodgers.unfit == []
        assert reckon(served, lodgers.acknowledged) == []
        assert "Traceback" not in served.said
        assert len(served.said.splitlines()) < 400, served.said[-3000:]


def disk_has_room(folder: Path) -> bool:
    """Whether a megabyte more would fit."""
    return shutil.disk_usage(folder).free > 1024 * 1024
