# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the doors for devices and of their database under load: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from benchmarks.device_load import DeviceLoad, LoadReport, run_device_load
from benchmarks.ingress import missing
from cocket.pipeline.tracking.device_certificates import endpoint_files, make_ca
from cocket.pipeline.tracking.device_intake import PostgresLog
from cocket.pipeline.tracking.device_register import key_credential, make_device_key, new_device, open_register
from cocket.settings import Settings
from cocket.stores import Database
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.faults.disks import CutDisk, cut_disk
from tests.faults.serving import Served, copy_home, until

DEVICES, RATE = 24, 300.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def register(home: Path) -> tuple[tuple[str, str], ...]:
    """Devices in a home that nobody serves; name and key of each."""
    settings = Settings(home=home)
    make_ca(settings, ["localhost"])
    devices = tuple((f"fault-{number:03}", make_device_key()) for number in range(DEVICES))
    with EmbeddedPostgres(home / "postgres") as server:
        desk = open_register(settings, server.dsn)
        desk.add(*((new_device(name, "jt808"), key_credential(key)) for name, key in devices))
        desk.close()
    return devices


class Sending:
    """Devices that send from a thread for a while, through whatever happens."""

    def __init__(self, home: Path, port: int, devices: tuple[tuple[str, str], ...], seconds: float) -> None:
        root = endpoint_files(Settings(home=home)).root
        self._load = DeviceLoad(
            host="localhost", port=port, root=root, devices=devices, seconds=seconds, rate=RATE, patience=60.0
        )
        self.report: LoadReport | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        deadline = time.monotonic() + 60
        while self.report is None:
            try:
                self.report = run_device_load(self._load)
            except OSError:  # the door was killed while they came, before the first message
                if time.monotonic() > deadline:
                    raise

    @property
    def is_sending(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> LoadReport:
        self._thread.join(self._load.seconds + 90)
        assert self.report is not None, "the devices do not come to an end"
        return self.report


@contextmanager
def kept(home: Path) -> Iterator[tuple[PostgresLog, psycopg.Connection[tuple[object, ...]]]]:
    """What a home keeps, once nobody serves it."""
    with EmbeddedPostgres(home / "postgres") as server, psycopg.connect(server.dsn) as connection:
        log = PostgresLog(Database(server.dsn))
        yield log, connection
        log.close()


def kill(served: Served, target: str, delay_s: float) -> None:
    """Kill one process after a while, and wait until it is there again."""
    until(lambda: served.pid_of(target), f"there is no {target}")
    before = served.pid_of(target)
    time.sleep(delay_s)
    os.kill(before, signal.SIGKILL)
    until(lambda: served.pid_of(target) not in (0, before), f"{target} is not started again")


def kills(served: Served, sending: Sending, most: int) -> int:
    """Kill one or the other at random for as long as is sent, but no more often than told; how often."""
    chance, count = random.Random(2026), 0
    while sending.is_sending and count < most:
        kill(served, chance.choice(("ingress", "ingress", "postgres")), chance.uniform(0.1, 1.0))
        count += 1
    return count


def held_against(home: Path, report: LoadReport) -> int:
    """How many acknowledged messages are missing, after a control that one taken away is missed."""
    with kept(home) as (log, connection):
        found = missing([report], log)
        connection.execute("delete from device_batch where id = (select min(id) from device_batch)")
        connection.commit()
        assert missing([report], log) > found
    return found


def test_kills_of_door_and_database_under_load_lose_nothing_acknowledged(home: Path) -> None:
    devices, port = register(home), free_port()
    with Served(home, "ingress", ingress=f"mqtt:{port}") as served:
        sending = Sending(home, port, devices, 12.0)
        count = kills(served, sending, 6)
        report = sending.result()
    assert count >= 3
    assert report.count == report.sent > 0
    assert report.reconnects > 0
    assert held_against(home, report) == 0
    assert "Traceback" not in served.said


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_kills_of_door_and_database_under_load_lose_nothing_acknowledged(home: Path) -> None:
    devices, port = register(home), free_port()
    with Served(home, "ingress", ingress=f"mqtt:{port}") as served:
        count, reports = 0, []
        while count < 100:
            sending = Sending(home, port, devices, 60.0)
            count += kills(served, sending, 100 - count)
            reports.append(sending.result())
    with kept(home) as (log, _):
        lost = missing(reports, log)
    print(f"\n{sum(report.count for report in reports)} acknowledged, {count} kills, {lost} lost")
    assert lost == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[CutDisk]:
    with cut_disk(tmp_path) as mounted:
        yield mounted


def cut_power(disk: CutDisk, made_home: Path) -> None:
    """Cut the power of a home on this disk while devices send, and hold what it kept against what it acknowledged."""
    home, port = copy_home(made_home, disk.at / "home"), free_port()
    devices = register(home)
    served = Served(home, "ingress", said=disk.at.with_suffix(".said"), ingress=f"mqtt:{port}")
    disk.flush()
    with served:
        sending = Sending(home, port, devices, 4.0)
        time.sleep(3.0)
        served.family()
        disk.cut()
        time.sleep(0.3)
        served.kill_all()
    disk.unmount()
    disk.mount()
    with served:
        report = sending.result()
    assert report.count == report.sent
    assert held_against(home, report) == 0


def test_a_power_cut_under_load_loses_nothing_acknowledged(disk: CutDisk, made_home: Path) -> None:
    cut_power(disk, made_home)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(5))
def test_five_power_cuts_under_load_lose_nothing_acknowledged(disk: CutDisk, made_home: Path, number: int) -> None:
    cut_power(disk, made_home)
