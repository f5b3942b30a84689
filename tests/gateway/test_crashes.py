# SPDX-License-Identifier: Apache-2.0
"""A gateway as a process that is killed at any moment: what it acknowledged is there afterwards, once, and reaches the house."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket.gateway import Forwarder, House, Spool, make_identity
from cocket.gateway.spool import NewEntry
from cocket.pipeline import Instance, open_stores
from cocket.pipeline.base.gateway_files import BATCH, GatewayBatchTaken
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.settings import Settings
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.serving import Served, cocket, make_home, until
from tests.gateway.offices import HEAD, OFFICE, Office, office_of
from tests.houses import Built, build
from tests.messages import declaration

pytestmark = pytest.mark.slow


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built: Built = build(tmp_path / "house")
    with office_of(built, tmp_path / "gate") as made:
        made.spool.note_key(made.trader, "alpha-gate-acme")
        yield made
    built.house.close()


class Process:
    """`cocket gateway run` as a process of its own."""

    def __init__(self, office: Office) -> None:
        self.port = _free_port()
        command = [sys.executable, "-m", "cocket", "gateway", "run", "--to", office.line.address]
        command += ["--home", str(office.home), "--port", str(self.port)]
        self.process = subprocess.Popen(command, env={**os.environ, "COCKET_KEY": office.key}, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                assert self.process.stderr is not None
                raise AssertionError(self.process.stderr.read().decode())
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False)
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("The gateway did not begin.")

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        assert self.process.stderr is not None
        self.process.stderr.close()


def test_what_was_acknowledged_outlives_kills_and_reaches_the_house_once(office: Office) -> None:
    office.spool.close()
    office.line.cut()
    acknowledged: dict[int, bytes] = {}
    for attempt in range(3):
        gateway = Process(office)
        try:
            for number in range(6):
                content = declaration(f"K{attempt}{number}")
                answer = office.lodge(gateway.port, content)
                assert answer.status_code == 202
                acknowledged[answer.json()["sequence"]] = content
        finally:
            gateway.end(signal.SIGKILL)
    assert sorted(acknowledged) == list(range(1, 19))
    said = subprocess.run(
        [sys.executable, "-m", "cocket", "gateway", "check", "--home", str(office.home), "--json"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(said.stdout)["last"] == 18
    office.line.mend()
    gateway = Process(office)  # killed while it forwards, twice
    time.sleep(0.3)
    gateway.end(signal.SIGKILL)
    gateway = Process(office)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            health = httpx.get(f"http://127.0.0.1:{gateway.port}/readyz", trust_env=False).json()
            if health["waiting"] == 0 and health["line"] == "up":
                break
            time.sleep(0.1)
        assert health["waiting"] == 0
        assert sum(health["outcomes"].values()) == 18
        assert set(health["outcomes"]) <= {"accepted", "same"}
        known = office.lodge(gateway.port, acknowledged[7]).json()
        assert known["sequence"] == 7
        assert "promise" in known["receipt"]
    finally:
        gateway.end(signal.SIGTERM)
    assert gateway.process.returncode == 0
    assert office.messages() == 18
    office.start()


@pytest.mark.timeout(600)
def test_a_house_killed_while_a_gateway_brings_its_backlog_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.gateway.spool.MOST_ENTRIES", 4)
    home = make_home(tmp_path / "home")
    key = cocket("key", "add", "alpha-gate", "--role", "forwarder", "--sender", "ACME", home=home).stdout.strip()
    known = make_identity(tmp_path / "gate", "alpha-gate", OFFICE)
    words = ("register-gateway", known.vkey, "--office", OFFICE, "--key", "alpha-gate")
    assert cocket("continuity", *words, home=home).returncode == 0
    spool = Spool(tmp_path / "gate")
    waiting = [
        spool.store(
            NewEntry(key="acme", sender="", media="application/xml", profile="", body=declaration(f"H{number}"))
        )
        for number in range(160)
    ]
    assert [one.result(timeout=30).receipt.entry.sequence for one in waiting] == list(range(1, 161))

    def has_come(number: int) -> bool:
        return sum(spool.standing().outcomes.values()) >= number

    port = _free_port()
    house = House(f"http://127.0.0.1:{port}", key, seconds=20)
    forwarder = Forwarder(spool, house)
    with Served(home, api_port=port) as served:
        forwarder.start()
        for number in (8, 48, 88):
            until(lambda number=number: has_come(number), "nothing is brought")  # type: ignore[misc]
            assert spool.standing().waiting, "it is killed while it is brought"
            served.kill_all()
            served.start()
        until(lambda: not spool.standing().waiting, "what waits does not come")
        forwarder.close()
        house.close()
    outcomes = spool.standing().outcomes
    spool.close()
    assert sum(outcomes.values()) == 160
    assert set(outcomes) <= {"accepted", "same"}
    with EmbeddedPostgres(home / "postgres") as server:
        settings = Settings(home=home)
        stores = open_stores(settings, server.dsn)
        built = Built(settings, server.dsn, stores, Instance(stores))
        lines = [
            line for body in built.bodies(BATCH) for line in msgspec.json.decode(body, type=GatewayBatchTaken).lines
        ]
        assert [one.sequence for one in lines] == list(range(1, 161)), "each is sealed once, in order"
        assert len({one.message for one in lines}) == 160
        with stores.database.transaction() as connection:
            row = connection.execute("select count(*) from message where outcome = 'accepted'").fetchone()
        assert row == (160,)
        assert built.house.partners.gateways.held_entries(HEAD) == ()
        audit = RowAudit(stores)
        while audit.step() is None:
            pass
        assert list(audit.differences()) == []
        built.house.close()


def test_no_second_process_works_with_a_folder(office: Office) -> None:
    office.spool.close()
    gateway = Process(office)
    try:
        second = subprocess.run(
            [sys.executable, "-m", "cocket", "gateway", "run", "--to", office.line.address, "--home", str(office.home)],
            env={**os.environ, "COCKET_KEY": office.key}, capture_output=True, check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert b"runs at" in second.stderr
    finally:
        gateway.end(signal.SIGTERM)
    office.start()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
