# SPDX-License-Identifier: Apache-2.0
"""Whatever way messages come, the same set of them gives the same alerts: 1,000 orders, doublings and late dumps in all."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocket.tracking import Position, SealReading, TrackingEvent
from cocket.tracking.adapters import read
from cocket.tracking.admission import admit
from cocket.tracking.alerts import Alert
from cocket.tracking.chronicle import chronicle
from cocket.tracking.judge import judge
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, changed, fence, journey, place, ride, told

AS_OF = START + timedelta(days=4)
ROUTE = journey(temperature_c=(2.0, 8.0), places=(fence("PARK", 30, "permitted-stop"), fence("OFF", 44.5, "forbidden")))


def _with_threats() -> list[TrackingEvent]:
    """A ride to which much happens: a swap, an opened door, a detour, a jump, warmth, a hole, numbers out of time."""
    events = changed(ride(80), range(80), temperature_c=5.0)
    events = changed(events, range(12, 14), door="open")
    events = changed(events, range(20, 29), temperature_c=14.0)
    events = changed(events, range(50, 80), seal=SealReading(number="S2", lock="locked"))
    events = [
        msgspec.structs.replace(each, position=place(each.sequence or 0, 0.1))
        if each.sequence in range(32, 37)
        else each
        for each in events
    ]
    events = changed(events, range(60, 62), position=Position(lat=20.0, lon=10.0))
    events = [event for event in events if event.sequence not in range(66, 74)]
    events += [told(120 + number, id=f"{900 + number:032x}", at=-86_400 / 4) for number in range(3)]
    return [*events, told(40, id="f" * 32, temperature_c=30.0)]


def _with_clone() -> list[TrackingEvent]:
    """A ride with a second sender, a battery pulled, and no journey's knowledge of either."""
    events = ride(50)
    twins = [told(number, id=f"{500 + number:032x}", position=place(number, 5.0)) for number in range(20, 26)]
    restart = [told(number, id=f"{700 + number:032x}", boot=2, sequence=number - 62) for number in range(62, 75)]
    return events + twins + restart


SETS = {"threats": (_with_threats(), [ROUTE]), "clone": (_with_clone(), [journey()]), "unknown": (_with_threats(), [])}
EXPECTED = {name: judge(events, routes, as_of=AS_OF) for name, (events, routes) in SETS.items()}


def _delivered(events: list[TrackingEvent], seed: int) -> list[TrackingEvent]:
    """The same set as it may come in: some twice, a stretch of it days late, in any order."""
    chance = Random(seed)
    begin, length = chance.randrange(len(events)), chance.randrange(len(events))
    delay = timedelta(hours=chance.uniform(0, 72))
    out = []
    for number, event in enumerate(events):
        late = delay if begin <= number < begin + length else timedelta(0)
        out.append(msgspec.structs.replace(event, received_at=event.received_at + late))
        while chance.random() < 0.2:
            again = out[-1].received_at + timedelta(seconds=chance.uniform(0, 600))
            out.append(msgspec.structs.replace(out[-1], received_at=again))
    chance.shuffle(out)
    return out


def test_what_is_set_up_is_found() -> None:
    kinds = {name: {alert.kind for alert in alerts} for name, alerts in EXPECTED.items()}
    assert kinds["threats"] >= {
        "door-opened",
        "temperature-excursion",
        "seal-swapped",
        "corridor-left",
        "position-jump",
        "silence",
        "time-backdated",
        "sequence-conflict",
        "forbidden-area",
    }
    assert kinds["clone"] >= {"device-cloned", "battery-pulled"}
    assert kinds["unknown"] >= {"door-opened", "seal-swapped", "position-jump"}


@pytest.mark.parametrize(("name", "count"), [("threats", 400), ("clone", 300), ("unknown", 300)])
def test_a_thousand_orders_doublings_and_late_dumps_give_the_same_alerts(name: str, count: int) -> None:
    events, routes = SETS[name]

    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(min_value=0, max_value=2**63))
    def same(seed: int) -> None:
        assert judge(_delivered(events, seed), routes, as_of=AS_OF) == EXPECTED[name]

    same()


@pytest.mark.parametrize("seed", range(12))
def test_what_stands_after_all_notices_is_what_holds(seed: int) -> None:
    events = _delivered(SETS["threats"][0], seed)
    standing: dict[str, Alert] = {}
    for notice in chronicle(events, [ROUTE], most=40):
        assert (notice.what in ("raised", "raised-late")) != (notice.alert.id in standing) or notice.what != "withdrawn"
        if notice.what == "withdrawn":
            del standing[notice.alert.id]
            continue
        if notice.what == "changed":
            standing = {name: each for name, each in standing.items() if not _is_before(each, notice.alert)}
        standing[notice.alert.id] = notice.alert
    last = max(event.received_at for event in events)
    assert set(standing) == {alert.id for alert in judge(events, [ROUTE], as_of=last)}


def _is_before(one: Alert, other: Alert) -> bool:
    """Whether an alert is what another was before it changed."""
    return (one.kind, one.fence) == (other.kind, other.fence) and bool(set(one.events) & set(other.events))


DELAYS = (timedelta(minutes=5), timedelta(days=3), timedelta(weeks=3))


def _again(events: list[TrackingEvent], delay: timedelta, **fields: Any) -> list[TrackingEvent]:
    """Copies of messages under ids of their own, received later by a delay."""
    return [
        msgspec.structs.replace(each, id=f"c{each.id[1:]}", received_at=each.received_at + delay, **fields)
        for each in events
    ]


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("protocol", ["open-e-seal", "teltonika"])
def test_a_copy_is_no_second_message_whatever_its_id_and_whenever_it_comes(protocol: str, delay: timedelta) -> None:
    events = [msgspec.structs.replace(each, protocol=protocol) for each in ride()]
    copied = [*_again(events[10:30], delay), *events]
    assert {alert.kind for alert in judge(copied, [journey()], as_of=events[-1].time)} <= {"message-replayed"}
    assert admit(copied, Thresholds()).events == admit(events, Thresholds()).events


@pytest.mark.parametrize("delay", DELAYS)
def test_a_message_of_that_number_that_says_something_else_is_no_copy(delay: timedelta) -> None:
    copied = [*_again(ride()[10:12], delay, temperature_c=9.0), *ride()]
    assert "sequence-conflict" in {alert.kind for alert in judge(copied, [journey()], as_of=AS_OF)}
    assert len(admit(copied, Thresholds()).disputed) == 4


def test_a_copy_of_a_cut_is_told_as_the_cut() -> None:
    events = changed(ride(), range(20, 60), seal=SealReading(number="S1", lock="locked", strap="cut"))
    alone = judge(events, [journey()], as_of=AS_OF)
    assert "seal-tampered" in {alert.kind for alert in alone}
    assert judge([*_again(events[18:24], timedelta(minutes=5)), *events], [journey()], as_of=AS_OF) == alone


def test_of_copies_in_other_bytes_the_one_counts_that_the_next_message_names() -> None:
    chain = [
        msgspec.structs.replace(each, attributes={"digest": f"d{number}", "previous": f"d{number - 1}"})
        for number, each in enumerate(ride())
    ]
    (written_anew,) = _again(chain[20:21], timedelta(seconds=-5))
    other = msgspec.structs.replace(written_anew, attributes={**written_anew.attributes, "digest": "other"})
    admitted = admit([*chain, other], Thresholds())
    assert [each.id for each in admitted.events] == [each.id for each in chain]
    assert admitted.found == ()
    assert admitted.events[20].received_at == other.received_at


def test_messages_without_time_and_start_are_no_copies_of_each_other() -> None:
    events = [msgspec.structs.replace(each, time=None, boot=None, position=place(0), sequence=7) for each in ride(5)]
    assert len(admit(events, Thresholds()).events) == 5


def test_a_second_column_of_receipt_makes_no_second_message() -> None:
    line = "dev-1,2026-03-02T06:00:00Z,{0},{0},0,30,1,1\n"
    head = "device,time,received_at,server_time,lat,lon,boot,seq\n"
    first, again = (
        read("csv", f"{head}{line.format(at)}".encode(), received_at=AS_OF)[0]
        for at in ("2026-03-02T06:00:10Z", "2026-03-05T06:00:10Z")
    )
    assert (first.id, first.attributes) == (again.id, again.attributes)
    assert again.received_at - first.received_at == timedelta(days=3)


def test_a_message_less_can_change_what_holds() -> None:
    """A control: were alerts not made of the events, the tests above could not fail."""
    events, routes = SETS["threats"]
    assert judge([event for event in events if event.door != "open"], routes, as_of=AS_OF) != EXPECTED["threats"]
