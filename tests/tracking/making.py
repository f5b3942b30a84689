# SPDX-License-Identifier: Apache-2.0
"""Small journeys for tests: a lorry on a straight road along the equator's parallel, told every five minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cocket.tracking import Position, SealReading, TrackingEvent
from cocket.tracking.geometry import Fence
from cocket.tracking.journey import Journey

START = datetime(2026, 3, 2, 6, tzinfo=UTC)

#: Degrees of longitude for each message: 0.05° at the equator is 5.6 km, in five minutes 18.5 m/s.
STEP_DEG = 0.05


def place(number: float, north: float = 0.0, **more: Any) -> Position:
    """Where the lorry is at its message of a number."""
    return Position(lat=north, lon=30 + STEP_DEG * number, **more)


def told(number: int, **fields: Any) -> TrackingEvent:
    """Message of a number, received ten seconds after; `at` and `late` are seconds that are added to time and receipt."""
    time = START + timedelta(minutes=5 * number, seconds=fields.pop("at", 0))
    defaults: dict[str, Any] = {
        "id": f"{number:032x}",
        "protocol": "open-e-seal",
        "device": "dev-1",
        "received_at": time + timedelta(seconds=10 + fields.pop("late", 0)),
        "time": time,
        "kind": "position",
        "position": place(number),
        "boot": 1,
        "sequence": number,
        "seal": SealReading(number="S1", lock="locked", strap="intact"),
        "equipment": "MSKU1234565",
    }
    return TrackingEvent(**defaults | fields)


def ride(count: int = 60) -> list[TrackingEvent]:
    """A ride to which nothing happens."""
    return [told(number) for number in range(count)]


def changed(events: list[TrackingEvent], numbers: range, **fields: Any) -> list[TrackingEvent]:
    """The same with some messages telling otherwise."""
    return [msgspec.structs.replace(event, **fields) if event.sequence in numbers else event for event in events]


def fence(name: str, number: float, purpose: str = "office", radius_m: float = 1_000, north: float = 0.0) -> Fence:
    """A circle around the place of a message."""
    centre = place(number, north)
    return msgspec.convert(
        {"name": name, "purpose": purpose, "centre": (centre.lon, centre.lat), "radius_m": radius_m}, Fence
    )


def journey(**fields: Any) -> Journey:
    """From the place of message 0 to that of message 100, with a park at 30 and nothing else."""
    defaults: dict[str, Any] = {
        "id": "J1",
        "reference": "26XX000000000001T1",
        "devices": ("dev-1",),
        "departure": fence("FROM", 0),
        "destination": fence("TO", 100),
        "starts_at": START,
        "time_limit": START + timedelta(days=2),
        "equipment": ("MSKU1234565",),
        "seals": ("S1",),
        "corridor": ((30.0, 0.0), (35.0, 0.0)),
        "places": (fence("PARK", 30, "permitted-stop"),),
        "report_every_s": 300.0,
    }
    return Journey(**defaults | fields)
