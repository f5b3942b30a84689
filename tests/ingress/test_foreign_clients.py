# SPDX-License-Identifier: Apache-2.0
"""Clients that others made, against the real doors: good messages are kept and acknowledged, bad ones are told."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cocket.pipeline.tracking.device_certificates import endpoint_files
from cocket.pipeline.tracking.worker import Tracker
from cocket.stores.tracking.device_events import DeviceEvents
from cocket.tracking.adapters import framing_of
from cocket.tracking.admission import admit
from cocket.tracking.thresholds import Thresholds
from tests.ingress.doors import Opened, opened
from tests.ingress.foreign import Programs
from tests.tracking.device_messages import jt808, jt808_place


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    framing = framing_of("jt808")
    assert framing is not None
    with opened(tmp_path_factory.mktemp("foreign"), "mqtt http jt808", {"jt808": framing}) as found:
        for name in ("by-mqtt", "by-http", "by-tls"):
            found.add(name, adapter="open-e-seal")
        found.add("by-tcp", adapter="jt808", identity="13912345678", is_bare=True)
        yield found


@pytest.fixture(scope="module")
def programs(house: Opened) -> Programs:
    return Programs(house.ports, Path(endpoint_files(house.settings).root))


def seal(device: str, number: int, **more: object) -> bytes:
    """A message of the open e-seal profile."""
    made = int(datetime.now(UTC).timestamp() * 1000)
    fields = {"v": 1, "dev": device, "boot": 1, "seq": number, "t": made, "pos": [-40390830, 396687240, 8]}
    return json.dumps(fields | more).encode()


def lock(serial: int) -> bytes:
    """A report of a padlock of JT/T 808."""
    return jt808(0x0200, jt808_place(), serial=serial)


def said_to(serial: int) -> bytes:
    """What a lock is told of its report: 0x8001 with its serial number, 0x0200, and 0 for well received."""
    return struct.pack(">HHB", serial, 0x0200, 0)


def test_good_messages_are_kept_byte_for_byte_and_acknowledged(house: Opened, programs: Programs) -> None:
    one, batch, raw = seal("by-mqtt", 1), [seal("by-http", n) for n in range(1, 4)], seal("by-tls", 1)
    assert programs.mosquitto("by-mqtt", house.keys["by-mqtt"], one).is_acknowledged
    assert programs.mosquitto("by-mqtt", house.keys["by-mqtt"], seal("by-mqtt", 2), version="mqttv311").is_acknowledged
    answer = programs.curl("by-http", house.keys["by-http"], b"\n".join(batch))
    assert (answer.is_acknowledged, answer.told) == (True, '202 {"kept": 3}')
    assert programs.openssl("by-tls", house.keys["by-tls"], raw).is_acknowledged
    assert programs.socket("jt808", lock(5), said_to(5)).is_acknowledged
    assert (house.payloads("by-mqtt")[0], len(house.payloads("by-mqtt"))) == (one, 2)
    assert house.payloads("by-http") == batch
    assert house.payloads("by-tls") == [raw]
    assert house.payloads("by-tcp") == [lock(5)]


def test_bad_messages_are_told_and_nothing_of_them_is_kept(house: Opened, programs: Programs) -> None:
    before, key = len(house.messages()), house.keys
    told = programs.mosquitto("by-mqtt", "wrong", seal("by-mqtt", 90))
    assert not told.is_acknowledged
    assert "Bad User Name or Password" in told.told
    told = programs.mosquitto("by-mqtt", key["by-mqtt"], seal("by-http", 90), topic="iot/by-http/telemetry")
    assert not told.is_acknowledged
    programs.mosquitto(
        "by-mqtt", key["by-mqtt"], b"x" * 70_000
    )  # knows our limit by MQTT 5, sends nothing, and ends with 0
    assert not programs.mosquitto("by-mqtt", key["by-mqtt"], b"x" * 70_000, version="mqttv311").is_acknowledged
    for body, kind, wanted in (
        (b"[1, 2", "application/json", "400"),
        (b"", "application/x-ndjson", "400"),
        (b"<a/>", "application/xml", "415"),
        (b"x" * 70_000, "application/octet-stream", "413"),
    ):
        told = programs.curl("by-http", key["by-http"], body, kind)
        assert told.told.startswith(f"{wanted} {{"), told
    assert programs.curl("by-http", "wrong", seal("by-http", 90)).told.startswith("401 ")
    assert not programs.openssl("by-tls", "wrong", seal("by-tls", 90)).is_acknowledged
    for frame in (b"GET / HTTP/1.1\r\n\r\n" * 400, jt808(0x0200, jt808_place(), number="019999999999")):
        assert programs.socket("jt808", frame, b"").told == ""
    assert len(house.messages()) == before


def test_what_comes_twice_counts_once_and_what_cannot_be_read_is_counted(house: Opened, programs: Programs) -> None:
    for device in ("twice-mqtt", "twice-http"):
        house.add(device, adapter="open-e-seal")
    for _ in range(3):
        assert programs.mosquitto(
            "twice-mqtt", house.keys["twice-mqtt"], b'{"v":1,"dev":"twice-mqtt","boot":1,"seq":7}'
        ).is_acknowledged
        assert programs.curl(
            "twice-http", house.keys["twice-http"], b'{"v":1,"dev":"twice-http","boot":1,"seq":7}\n' * 2
        )
    assert programs.curl("twice-http", house.keys["twice-http"], b'{"v":1,"dev":"other"}\nno JSON').is_acknowledged
    tracker = Tracker(house.built.stores, is_eager=True)
    tracker.open()
    while tracker.turn(datetime.now(UTC)):
        pass
    with house.built.stores.database.transaction() as connection:
        standings = DeviceEvents().standings(connection, ("twice-mqtt", "twice-http"))
        told = {name: DeviceEvents().events(connection, name, None)[0] for name in standings}
    assert {name: one.refused for name, one in standings.items()} == {"twice-mqtt": 0, "twice-http": 2}
    assert {name: len(events) for name, events in told.items()} == {"twice-mqtt": 3, "twice-http": 6}
    assert {name: len(admit(events, Thresholds()).events) for name, events in told.items()} == dict.fromkeys(told, 1)
