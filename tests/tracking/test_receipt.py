# SPDX-License-Identifier: Apache-2.0
"""Devices that state no time: judged by when their messages came, with the doubt stated, and amber where only that tells."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from cocket.tracking import Position, SealReading, TrackingEvent
from cocket.tracking.admission import EVENT_COUNTERS, admit
from cocket.tracking.alerts import KINDS, Alert
from cocket.tracking.judge import judge
from cocket.tracking.receipt import timed_by_receipt
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, changed, journey, place, ride

COUNTED, UNCOUNTED = "open-e-seal", "teltonika"


def untimed(events: list[TrackingEvent], protocol: str = COUNTED) -> list[TrackingEvent]:
    """The same, of a device that states no time."""
    more: dict[str, Any] = {} if protocol == COUNTED else {"sequence": None, "boot": None}
    return [msgspec.structs.replace(event, time=None, protocol=protocol, **more) for event in events]


def stored(events: list[TrackingEvent], numbers: range, step_s: float = 0.4) -> list[TrackingEvent]:
    """The same, some kept back until the last of them and sent one after the other."""
    out = []
    for event in events:
        if event.sequence in numbers:
            come = START + timedelta(minutes=5 * numbers[-1], seconds=10 + step_s * (event.sequence - numbers[0]))
            event = msgspec.structs.replace(event, received_at=come)
        out.append(event)
    return out


def by_kind(events: list[TrackingEvent], **plan: Any) -> dict[str, Alert]:
    return {alert.kind: alert for alert in judge(events, [journey(**plan)])}


def north(events: list[TrackingEvent], numbers: range) -> list[TrackingEvent]:
    return [
        msgspec.structs.replace(event, position=place(event.sequence, 0.1)) if event.sequence in numbers else event
        for event in events
    ]


DONE: dict[str, Any] = {
    "seal-swapped": lambda ride: changed(
        ride, range(20, 60), seal=SealReading(number="S2", lock="locked", strap="intact")
    ),
    "equipment-changed": lambda ride: changed(ride, range(20, 60), equipment="TSTU8208494"),
    "corridor-left": lambda ride: north(ride, range(20, 28)),
    "unpermitted-stop": lambda ride: [
        msgspec.structs.replace(event, position=place(min(event.sequence, 20))) for event in ride
    ],
    "wrong-direction": lambda ride: [
        msgspec.structs.replace(event, position=place(event.sequence if event.sequence < 30 else 60 - event.sequence))
        for event in ride
    ],
}


@pytest.mark.parametrize("protocol", [COUNTED, UNCOUNTED])
@pytest.mark.parametrize("kind", sorted(DONE))
def test_what_is_done_on_the_way_is_told_without_any_time(kind: str, protocol: str) -> None:
    assert kind not in by_kind(untimed(ride(), protocol))
    found = by_kind(untimed(DONE[kind](ride()), protocol))[kind]
    assert found.measured["time"] == "of receipt: the device's own time is unusable"
    assert found.measured["waited_s"] == 300.0
    is_shown = kind in ("seal-swapped", "equipment-changed")
    assert found.severity == (KINDS[kind][0] if is_shown else "amber")
    assert any("states no time" in text for text in found.counter_evidence) != is_shown


@pytest.mark.parametrize("protocol", [COUNTED, UNCOUNTED])
@pytest.mark.parametrize("newest_first", [False, True])
def test_what_waited_is_spread_over_the_time_in_which_nothing_came(protocol: str, newest_first: bool) -> None:
    events = stored(untimed(ride(), COUNTED), range(20, 32))
    if newest_first:
        at = {event.sequence: event.received_at for event in events}
        events = [
            msgspec.structs.replace(event, received_at=at[51 - event.sequence])
            if event.sequence in range(20, 32)
            else event
            for event in events
        ]
    made = {event.id: event.time for event in ride()}
    found = timed_by_receipt(untimed(events, protocol), EVENT_COUNTERS)
    assert max(abs((found[name].time - time).total_seconds()) for name, time in made.items() if time) <= 40
    assert by_kind(untimed(events, protocol)).keys() == {"clock-wrong"}


def test_a_jump_is_amber_and_must_be_farther_than_what_waited_can_have_driven() -> None:
    far = Position(lat=5.0, lon=30.0)
    near = Position(lat=0.3, lon=30.0 + 0.05 * 20)
    assert "position-jump" not in by_kind(untimed(changed(ride(), range(20, 21), position=near)))
    found = by_kind(untimed(changed(ride(), range(20, 23), position=far)))["position-jump"]
    assert found.severity == "amber"
    assert by_kind(changed(ride(), range(20, 23), position=far))["position-jump"].severity == "red"


def test_a_device_that_mostly_states_times_is_judged_by_them() -> None:
    some = [msgspec.structs.replace(event, time=None) if (event.sequence or 0) % 2 else event for event in ride()]
    admitted = admit(some, Thresholds())
    assert (len(admitted.events), len(admitted.untimed)) == (30, 30)
    few = [msgspec.structs.replace(event, time=None) if (event.sequence or 0) % 10 else event for event in ride()]
    admitted = admit(few, Thresholds())
    assert (len(admitted.events), len(admitted.untimed)) == (60, 0)


def test_a_clock_that_stands_still_is_no_clock() -> None:
    stuck = [msgspec.structs.replace(event, time=START - timedelta(days=4_000)) for event in ride()]
    found = by_kind(DONE["corridor-left"](stuck))
    assert found["corridor-left"].severity == "amber"
    assert "clock-wrong" in found


def test_the_arrival_is_seen() -> None:
    events = [msgspec.structs.replace(one, position=place(min(one.sequence or 0, 100))) for one in untimed(ride(103))]
    assert "time-limit-exceeded" not in by_kind(events, time_limit=START + timedelta(hours=8, minutes=25))
    assert "time-limit-exceeded" in by_kind(events[:95], time_limit=START + timedelta(hours=7))


def test_any_order_gives_the_same() -> None:
    events = stored(untimed(DONE["corridor-left"](ride()), UNCOUNTED), range(0))
    shuffled = Random(3).sample(events, len(events))
    assert judge(events, [journey()]) == judge(shuffled, [journey()])
