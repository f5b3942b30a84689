# SPDX-License-Identifier: Apache-2.0
"""kill -9 at every n-th write, rename and flush: of the house and its book, and of the database behind them.

strace ends the process at the call itself, so that every state a crash can leave on disk is met, one after the other.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket import ledger
from cocket.errors import StoreError
from cocket.pipeline import Instance, LogPublisher, open_stores, prepare_home
from cocket.settings import Settings
from cocket.stores import Database
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.serving import until
from tests.houses import LOG, Built, build, envelope, trader
from tests.messages import declaration

CALLS = ("write", "pwrite64", "fsync", "rename")
DATABASE_CALLS = ("pwrite64", "fdatasync")
MESSAGES = 3
ACME = trader("ACME")

#: A house and its book in one process: lodges, says what was acknowledged, signs a head, and again. The control says
#: so before it is true.
HOUSE = """
import json, sys
import msgspec
from cocket.pipeline import Instance, LogPublisher, open_stores
from cocket.settings import Settings
from tests.houses import envelope, trader
from tests.messages import declaration
settings = msgspec.json.decode(sys.argv[1], type=Settings, dec_hook=lambda kind, value: kind(value))
stores = open_stores(settings, sys.argv[2], signs_heads=True)
house, book = Instance(stores), LogPublisher(stores)
assert book.hold()
book.open()
for reference in sys.argv[4:]:
    if sys.argv[3] == "early":
        print(json.dumps([reference, None]), flush=True)
    [answer] = house.intake.messages.take_many([envelope(declaration(reference))], principal=trader("ACME"))
    if sys.argv[3] != "early":
        print(json.dumps([reference, answer.receipt]), flush=True)
    book.turn()
"""

Acknowledged = dict[str, Any]


def need_strace(folder: Path) -> None:
    """Skip unless processes can be traced here."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    said = folder / "strace.tried"
    if subprocess.run(["strace", "-o", said, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets no process be traced")


def lodge(built: Built, name: str, strace: list[str], how: str = "honest") -> Acknowledged:
    """Run the house for a few messages under strace; what it acknowledged before it ended, one way or the other."""
    settings = msgspec.json.encode(built.settings, enc_hook=str).decode()
    references = [f"{name}-{number}" for number in range(MESSAGES)]
    done = subprocess.run(
        ["strace", "-f", "--quiet=all", *strace, sys.executable, "-c", HOUSE, settings, built.dsn, how, *references],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines(keepends=True)
    return dict(json.loads(line) for line in lines if line.endswith("\n"))


def calls_of(built: Built, folder: Path) -> Counter[str]:
    """How often each call is made in an undisturbed run."""
    said = folder / "strace.said"
    assert len(lodge(built, "count", ["-o", str(said), "-e", f"trace={','.join(CALLS)}"])) == MESSAGES
    words = (line.split("(")[0].split()[-1] for line in said.read_text().splitlines() if "(" in line)
    return Counter(word for word in words if word in CALLS)


def killed_at(call: str, number: int) -> list[str]:
    """Arguments with which strace ends a process as it makes a call for so manieth a time."""
    return ["-o", os.devnull, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}"]


def faults(built: Built, acknowledged: Acknowledged) -> list[str]:
    """What does not stand as it was acknowledged, after the house has started again and signed."""
    stores = open_stores(built.settings, built.dsn, signs_heads=True)
    house, book = Instance(stores), LogPublisher(stores)
    try:
        until(book.hold, "the lease of a dead book is not taken")
        book.open()
        found = []
        for reference, receipt in acknowledged.items():
            [again] = house.intake.messages.take_many([envelope(declaration(reference))], principal=ACME)
            if not again.is_repeat or receipt not in (None, again.receipt):
                found.append(f"{reference} is lost")
            elif house.queries.records.content(ACME, again.id) != declaration(reference):
                found.append(f"{reference} is not what was lodged")
        while book.turn():
            pass
        if acknowledged:
            verdict = ledger.verify_log(stores.log_files.read, stores.log_files.paths)
            found += [f"{problem.file}: {problem.message}" for problem in verdict.problems]
        return found
    finally:
        book.close()
        house.close()


def kill_at_each(built: Built, folder: Path, points: list[tuple[str, int]]) -> int:
    """End the house at each of these points and reckon after each; how much was acknowledged in all."""
    acknowledged: Acknowledged = {}
    for call, number in points:
        acknowledged |= lodge(built, f"{call}-{number}", killed_at(call, number))
        assert faults(built, acknowledged) == [], (call, number)
    return len(acknowledged)


def all_points(built: Built, folder: Path) -> list[tuple[str, int]]:
    """Every call of an undisturbed run, by name and number."""
    counted = calls_of(built, folder)
    assert counted["fsync"] > MESSAGES
    return [(call, number) for call in CALLS for number in range(1, counted[call] + 1)]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    need_strace(tmp_path)
    made = build(tmp_path / "home", head_step=1)
    yield made
    made.house.close()


@pytest.mark.timeout(600)
def test_a_kill_at_a_write_or_flush_loses_nothing_that_was_acknowledged(built: Built, tmp_path: Path) -> None:
    points = random.Random(2026).sample(all_points(built, tmp_path), 8)
    kill_at_each(built, tmp_path, points)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_kill_at_every_single_write_and_flush_loses_nothing(built: Built, tmp_path: Path) -> None:
    points = all_points(built, tmp_path)
    acknowledged = kill_at_each(built, tmp_path, points)
    print(f"\n{len(points)} kills, {acknowledged} acknowledged, 0 lost")


def test_a_house_that_acknowledges_too_early_is_caught_by_the_same_kill(built: Built) -> None:
    acknowledged = lodge(built, "early", killed_at("pwrite64", 1), "early")
    assert acknowledged
    assert faults(built, acknowledged) == [f"{reference} is lost" for reference in acknowledged]


# The database behind the house


@contextmanager
def own_house(folder: Path) -> Iterator[tuple[Built, EmbeddedPostgres]]:
    """A house with a database of its own that flushes as in production."""
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    try:
        database = Database(server.dsn)
        database.migrate()
        database.close()
        settings = Settings(home=folder / "home", log_origin=LOG, head_step=1)
        prepare_home(settings)
        stores = open_stores(settings, server.dsn, signs_heads=True)
        yield Built(settings, server.dsn, stores, Instance(stores)), server
    finally:
        server.stop()


@contextmanager
def traced(pid: int, call: str, number: int) -> Iterator[None]:
    """Every process of the database ends at its own so manieth call, as long as the block runs."""
    children = subprocess.run(["pgrep", "-P", str(pid)], check=False, capture_output=True, text=True).stdout.split()
    targets = [word for one in (str(pid), *children) for word in ("-p", one)]
    tracer = subprocess.Popen(
        ["strace", "-f", "--quiet=all", *killed_at(call, number), *targets], stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _tracer_of(pid) == tracer.pid or tracer.poll() is not None, "strace does not attach")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(30)


def _tracer_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("TracerPid"))


def kill_the_database(folder: Path, points: list[tuple[str, int]]) -> tuple[int, int]:
    """Lodge while the database's processes are ended at each of these points; how much was acknowledged and refused."""
    acknowledged: Acknowledged = {}
    refused = 0
    with own_house(folder) as (built, server):
        for call, number in points:
            postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
            with traced(postmaster, call, number):
                refused += _lodge_in_spite(built, f"{call}-{number}", acknowledged)
            until(lambda: _serves(server, built), "the database does not come back")
            assert faults(built, acknowledged) == [], (call, number)
        built.house.close()
    return len(acknowledged), refused


def _lodge_in_spite(built: Built, name: str, acknowledged: Acknowledged) -> int:
    """Lodge a few messages, each once; how many were refused."""
    refused = 0
    for number in range(MESSAGES):
        reference = f"{name}-{number}"
        try:
            [answer] = built.house.intake.messages.take_many([envelope(declaration(reference))], principal=ACME)
            acknowledged[reference] = answer.receipt
        except StoreError:
            refused += 1
            time.sleep(0.2)
    return refused


def _serves(server: EmbeddedPostgres, built: Built) -> bool:
    try:
        server.start()
        return built.house.queries.records.log_size() is not None
    except StoreError:
        return False


@pytest.mark.timeout(300)
def test_a_database_killed_at_its_own_writes_and_flushes_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    need_strace(tmp_path)
    _, refused = kill_the_database(tmp_path, [(call, 2) for call in DATABASE_CALLS])
    assert refused > 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_database_killed_at_each_of_its_first_writes_and_flushes_loses_nothing(tmp_path: Path) -> None:
    need_strace(tmp_path)
    points = [(call, number) for call in DATABASE_CALLS for number in range(1, 31)]
    acknowledged, refused = kill_the_database(tmp_path, points)
    print(f"\n{len(points)} points, {acknowledged} acknowledged, {refused} refused, 0 lost")
    assert refused > 0
