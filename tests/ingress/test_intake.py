# SPDX-License-Identifier: Apache-2.0
"""Gathering: nothing is acknowledged before it is durable, and a batch whose answer was lost is kept once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cocket.errors import StoreError
from cocket.ingress import DeviceBounds
from cocket.ingress.intake import Intake, Pace, Recent
from cocket.pipeline.tracking.device_intake import Arrival, DeviceMessage, Source

SOURCE = Source("dev", "eseal", "iot/dev/telemetry", "key")


class Log:
    """A log that keeps what it is given when it is let, and fails as often as it is told to."""

    def __init__(self, failures: int = 0, failure: Exception | None = None) -> None:
        self._failure = failure or StoreError("The answer was lost.")
        self.kept: dict[UUID, list[bytes]] = {}
        self.attempts: list[UUID] = []
        self.aside: list[bytes] = []
        self.is_let = threading.Event()
        self.is_let.set()
        self._failures = failures

    def append(self, key: UUID, arrivals: Sequence[Arrival]) -> None:
        assert self.is_let.wait(60)
        self.attempts.append(key)
        self.kept[key] = [one.payload for one in arrivals]  # kept, though the answer may be lost
        if self._failures:
            self._failures -= 1
            raise self._failure

    def set_aside(self, key: UUID, arrival: Arrival, error: Exception) -> None:
        self.aside.append(arrival.payload)

    def after(self, cursor: int, most: int) -> list[DeviceMessage]:
        return []

    def close(self) -> None:
        return None


class Device:
    """What is told to a device."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.has_been_let = False

    def kept(self, tokens: list[Any]) -> None:
        self.told += tokens

    def has_room(self) -> None:
        self.has_been_let = True


async def until(what: Any) -> None:
    async with asyncio.timeout(60):
        while not what():
            await asyncio.sleep(0.01)


def test_nothing_is_told_before_it_is_durable_and_then_all_in_order() -> None:
    async def run() -> None:
        log, device = Log(), Device()
        log.is_let.clear()
        intake = Intake(log, 0.001, DeviceBounds())
        for number in range(5):
            intake.put(SOURCE, b"%d" % number, device, number)
        await asyncio.sleep(0.05)
        assert (device.told, intake.durable) == ([], 0)
        log.is_let.set()
        await until(lambda: device.told == [0, 1, 2, 3, 4])
        await intake.close()

    asyncio.run(run())


def test_a_batch_whose_answer_was_lost_is_tried_again_under_its_own_key() -> None:
    async def run() -> None:
        log, device = Log(failures=2), Device()
        intake = Intake(log, 0.001, DeviceBounds())
        intake.put(SOURCE, b"once", device, 1)
        await until(lambda: device.told == [1])
        assert len(log.attempts) == 3
        assert list(log.kept.values()) == [[b"once"]]
        await intake.close()

    asyncio.run(run())


def test_a_defect_of_the_log_does_not_end_the_gathering() -> None:
    async def run() -> None:
        log, device = Log(failures=1, failure=ValueError("a defect")), Device()
        intake = Intake(log, 0.001, DeviceBounds())
        intake.put(SOURCE, b"once", device, 1)
        await until(lambda: device.told == [1])
        await intake.close()

    asyncio.run(run())


def test_what_cannot_be_stored_at_the_end_is_never_acknowledged() -> None:
    async def run() -> None:
        log, device = Log(failures=1000), Device()
        intake = Intake(log, 0.001, DeviceBounds())
        intake.put(SOURCE, b"never", device, 1)
        await until(lambda: log.attempts)
        await intake.close()
        await asyncio.sleep(0)  # what its thread would have said is said now
        assert device.told == []

    asyncio.run(run())


def test_what_waits_is_stored_and_told_at_the_end() -> None:
    async def run() -> None:
        log, device = Log(), Device()
        intake = Intake(log, 3600, DeviceBounds())
        for number in range(20_000):
            intake.put(SOURCE, b"x", device, number)
        assert log.attempts == []
        await intake.close()
        await until(lambda: len(device.told) == 20_000)
        assert device.told == list(range(20_000))
        assert len(log.attempts) == 3  # no batch is larger than 8,192
        assert not any(thread.name == "group-commit" for thread in threading.enumerate())

    asyncio.run(run())


def test_too_much_that_waits_stops_the_reading_until_there_is_room() -> None:
    async def run() -> None:
        log, device = Log(), Device()
        log.is_let.clear()
        intake = Intake(log, 0.001, DeviceBounds(waiting_bytes=1000))
        intake.put(SOURCE, b"x" * 999, device, 1)
        assert not intake.is_full(device)
        intake.put(SOURCE, b"x", device, 2)
        assert intake.is_full(device)
        log.is_let.set()
        await until(lambda: device.has_been_let)
        assert not intake.is_full(device)
        await intake.close()

    asyncio.run(run())


def test_a_device_may_send_a_burst_and_then_at_its_pace() -> None:
    pace = Pace(per_second=10.0, burst=5.0)
    assert [pace.take("dev", 100.0) for _ in range(5)] == [0.0] * 5
    assert round(pace.take("dev", 100.0), 6) == 0.1
    assert round(pace.due("dev", 100.05), 6) == 0.05
    assert pace.take("other", 100.0) == 0.0
    assert [pace.take("dev", 200.0) for _ in range(5)] == [0.0] * 5


def test_only_the_last_messages_of_a_device_are_remembered() -> None:
    recent = Recent()
    for mark in range(1000):
        recent.note("dev", mark)
    assert recent.has("dev", 999)
    assert not recent.has("dev", 0)
    assert not recent.has("other", 999)
