# SPDX-License-Identifier: Apache-2.0
"""Captured device messages of others, held against what they are known to say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyais
import pytest

from cocket.errors import SenderError
from cocket.tracking.adapters import ADAPTERS, Context, adapter_of, named, read
from tests.contracts.device_adapter import is_sound, survives_mutations
from tests.corpora import corpora

CONTEXT = Context(received_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC))

#: What is known to differ, and why we stand by ours (docs/standards/devices.md).
KNOWN = {
    ("jt808", 21): "the card's eight digits begin one byte later than the vector has them",
    ("tzone", 7): "a clock of zeros is no time, and 0/0 no place",
}
FAMILIES = ("eseal", "globalstar", "jt600", "jt808", "navigil", "orbcomm", "osmand", "teltonika", "tzone")
LEAST = 0.95


def rows(family: str) -> list[dict[str, Any]]:
    """Captured messages of a family."""
    path = corpora("tracking", "device-vectors", f"{family}.json")
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def payload_of(row: dict[str, Any]) -> bytes:
    """The bytes of a row."""
    return bytes.fromhex(row["hex"]) if "hex" in row else (row.get("text") or row["http"]).encode()


def agrees(family: str, row: dict[str, Any]) -> bool:
    """Whether reading gives what a row expects."""
    try:
        events = adapter_of(family).read(payload_of(row), CONTEXT)
    except SenderError:
        return False
    is_sound(events)
    expect, shown = row["expect"], [named(event) for event in events]
    if expect.get("null"):
        return not events
    if "attribute" in expect:
        return any(_same(each["attributes"].get(expect["attribute"]), expect["value"]) for each in shown)
    if "lat" in expect:
        return any(
            each["time"] == expect["time"]
            and each["valid"] is expect["valid"]
            and each["lat"] == pytest.approx(expect["lat"], abs=1e-5)
            and each["lon"] == pytest.approx(expect["lon"], abs=1e-5)
            for each in shown
        )
    return bool(events)


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool) or not isinstance(expected, int | float):
        return type(found) is type(expected) and found == expected
    return isinstance(found, int | float) and found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_captured_messages_say_what_they_are_known_to_say(family: str) -> None:
    wrong = {(family, number) for number, row in enumerate(rows(family)) if not agrees(family, row)}
    assert wrong <= set(KNOWN)


def test_nineteen_of_twenty_captured_messages_agree() -> None:
    everything = [(family, row) for family in FAMILIES for row in rows(family)]
    agreeing = sum(agrees(family, row) for family, row in everything)
    assert agreeing / len(everything) >= LEAST
    assert len(everything) - agreeing == len(KNOWN)


def test_a_vector_that_expects_another_value_is_found() -> None:
    row = next(row for row in rows("jt808") if "attribute" in row["expect"])
    assert agrees("jt808", row)
    assert not agrees("jt808", {**row, "expect": {**row["expect"], "value": "other"}})
    assert not agrees("jt808", {**row, "expect": {"null": True}})


@pytest.mark.parametrize("family", FAMILIES)
def test_mutations_of_captured_messages_raise_only_errors_of_the_sender(family: str) -> None:
    survives_mutations(adapter_of(family), [payload_of(row) for row in rows(family)], 2000, seed=3)


@pytest.mark.parametrize(
    "name",
    ["ais_test_messages", "gatehouse.nmea", "mixed.txt", "nmea_data_sample.txt", "sample.ais", "timestamped.ais"],
)
def test_every_vessel_message_that_pyais_can_read_is_read(name: str) -> None:
    path = corpora("tracking", "pyais", name)
    events = read("ais", path.read_bytes(), received_at=CONTEXT.received_at)
    is_sound(events)
    with pyais.FileReaderStream(str(path)) as stream:
        theirs = [sentence.decode() for sentence in stream if sentence.payload]
    assert [event.device for event in events] == [f"{message.mmsi:09d}" for message in theirs]


def test_mutations_of_vessel_messages_raise_only_errors_of_the_sender() -> None:
    lines = corpora("tracking", "pyais", "sample.ais").read_bytes().splitlines(keepends=True)
    survives_mutations(adapter_of("ais"), [line for line in lines if b"VDM" in line], 2000, seed=3)


def test_the_bus_track_is_read_point_by_point() -> None:
    data = corpora("tracking", "movingpandas", "route14_outbound.csv").read_bytes()
    events = read("csv", data, received_at=CONTEXT.received_at)
    assert len(events) == len(data.splitlines()) - 1
    assert len({event.device for event in events}) == 8
    assert all(event.position and event.time for event in events)


def test_the_sensor_examples_of_epcis_are_read() -> None:
    folder = corpora("gs1-epcis", "JSON", "WithSensorData")
    counts = {}
    for path in sorted(folder.glob("*.jsonld")):
        events = read("epcis", path.read_bytes(), received_at=CONTEXT.received_at, device="reader-1")
        is_sound(events)
        counts[path.stem.removeprefix("SensorDataExample")] = len(events)
    assert counts["5"] == 6  # six moments of one device
    assert counts["7"] == 6  # six devices at one moment
    assert all(counts.values())


def test_every_family_of_the_vectors_has_an_adapter() -> None:
    assert set(FAMILIES) <= {adapter.name for adapter in ADAPTERS}
