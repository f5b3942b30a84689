# SPDX-License-Identifier: Apache-2.0
"""Three sentences that hold whatever clocks, orders, copies, accuracies, spellings, gaps and floods do to a journey.

A cut is told. A clean journey is not red. Any order gives the same end. `COCKET_SOAK=1` tries ten times as many examples.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cocket.tracking import SealReading, TrackingEvent
from cocket.tracking.journey import Authority
from cocket.tracking.judge import judge, judge_device
from cocket.tracking.seals import follow
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, journey, place, told

COUNT = 60
CUT = SealReading(number="S1", lock="locked", strap="cut")
OPENED = SealReading(number="S1", lock="unlocked", strap="intact")
LEAVE = Authority(
    act="open",
    officer="o",
    place="PARK",
    since=START + timedelta(minutes=144),
    until=START + timedelta(minutes=164),
)
PLAN = journey(authorities=(LEAVE,))
NO_SEAL = journey(authorities=(LEAVE,), seals=())
ERA = timedelta(weeks=1024)

#: What a device's clock may do to the time of message `number`: None for no time at all.
CLOCKS: dict[str, Any] = {
    "right": lambda time, number, chance: time,
    "11 minutes fast": lambda time, number, chance: time + timedelta(minutes=11),
    "an hour fast": lambda time, number, chance: time + timedelta(hours=1),
    "three hours fast": lambda time, number, chance: time + timedelta(hours=3),
    "eight hours fast": lambda time, number, chance: time + timedelta(hours=8),
    "a day and some fast": lambda time, number, chance: time + timedelta(seconds=94_321),
    "seven hours slow": lambda time, number, chance: time - timedelta(hours=7),
    "of the year 2000": lambda time, number, chance: time - (START - datetime(2000, 1, 3, tzinfo=UTC)),
    "none": lambda time, number, chance: None,
    "an era ago": lambda time, number, chance: time - ERA,
    "an era ago once": lambda time, number, chance: time - ERA if number == 25 else time,
}
#: Those under which the tale of the clock itself is torn; a clean journey is not judged under them.
TORN: dict[str, Any] = {
    "fast from the cut on": lambda time, number, chance: time + timedelta(hours=8 if number >= 20 else 0),
    "slow from the cut on": lambda time, number, chance: time - timedelta(hours=7 if number >= 20 else 0),
    "wild": lambda time, number, chance: time + timedelta(seconds=chance.uniform(-4e5, 4e5)),
    "now and then none": lambda time, number, chance: None if chance.random() < 0.5 else time,
    "fast in the cut alone": lambda time, number, chance: time + timedelta(hours=9 if number == 20 else 0),
    "before the journey in the cut alone": lambda time, number, chance: (
        time - timedelta(hours=9 if number == 20 else 0)
    ),
}
SPELLINGS = (
    ("S1", "MSKU1234565"),
    ("S 1", "MSKU 123456-5"),
    ("s-1", "msku1234565"),
    ("S1", "MSKU123456"),
    (" S1", "MSKU 1234567"),
)


class Setting(msgspec.Struct, frozen=True):
    """What is done to a journey."""

    seed: int
    clock: str
    accuracy_m: float | None
    spelling: int
    dump: bool
    lost: float
    copies: float
    counter: str
    satellites: int | None


def settings_of(
    clocks: Any, accuracies: tuple[float | None, ...], counters: tuple[str, ...]
) -> st.SearchStrategy[Setting]:
    return st.builds(
        Setting,
        seed=st.integers(0, 2**32),
        clock=st.sampled_from(sorted(clocks)),
        accuracy_m=st.sampled_from(accuracies),
        spelling=st.integers(0, len(SPELLINGS) - 1),
        dump=st.booleans(),
        lost=st.sampled_from((0.0, 0.05)),
        copies=st.sampled_from((0.0, 0.2)),
        counter=st.sampled_from(counters),
        satellites=st.sampled_from((None, 0, 9)),
    )


CLEAN = settings_of(CLOCKS, (None, 8.0, 150.0), ("counted", "none"))
ANY = settings_of(
    {**CLOCKS, **TORN}, (None, 8.0, 2_500.0, 25_000.0, 1e6), ("counted", "none", "restarts", "one number")
)


def ridden(how: Setting, seals: dict[int, SealReading], stands: dict[int, int] | None = None) -> list[TrackingEvent]:
    """A ride as this device tells it; messages that bear a seal's breach are never lost, for none could tell of them.

    `stands` says of which messages the lorry stands at the place of another.
    """
    stands = stands or {}
    chance = Random(how.seed)
    clock = {**CLOCKS, **TORN}[how.clock]
    number, box = SPELLINGS[how.spelling]
    begin = chance.randrange(10, 45)
    out = []
    for at in range(COUNT):
        true = START + timedelta(minutes=5 * at)
        if at not in seals and chance.random() < how.lost:
            continue
        came = true + timedelta(seconds=chance.uniform(2, 40))
        if how.dump and begin <= at < begin + 5:
            came = START + timedelta(minutes=5 * (begin + 5), seconds=chance.uniform(2, 40))
        reading = seals.get(at, SealReading(lock="locked", strap="intact"))
        boot, sequence = {"counted": (1, at), "none": (None, None), "restarts": (None, at % 7), "one number": (1, 3)}[
            how.counter
        ]
        event = told(
            at,
            time=clock(true, at, chance),
            received_at=came,
            boot=boot,
            sequence=sequence,
            position=place(stands.get(at, at), accuracy_m=how.accuracy_m),
            satellites=how.satellites,
            seal=msgspec.structs.replace(reading, number=number),
            equipment=box,
        )
        out.append(event)
        while chance.random() < how.copies:
            out.append(msgspec.structs.replace(event, received_at=came + timedelta(seconds=chance.uniform(1, 600))))
    return out


def judged(events: list[TrackingEvent], plan: Any = PLAN) -> tuple[dict[str, list[Any]], set[str]]:
    """Alerts by kind, and every state the seal was in from its first breach on."""
    as_of = max(event.received_at for event in events)
    found = judge_device(events, [plan], limits=Thresholds(), as_of=as_of)
    kinds: dict[str, list[Any]] = {}
    for alert in found.alerts:
        kinds.setdefault(alert.kind, []).append(alert)
    case = found.cases[0]
    states = [turn.after for turn in follow(getattr(case, "seal_events", case.events), plan)]
    return kinds, set(states[-1:])


def red(kinds: dict[str, list[Any]]) -> set[str]:
    return {kind for kind, alerts in kinds.items() if alerts[0].severity == "red"}


def many(count: int) -> Any:
    count *= 10 if os.environ.get("COCKET_SOAK") else 1
    return settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@many(400)
@given(how=ANY, last=st.sampled_from((20, 22, COUNT - 1)), plan=st.sampled_from((PLAN, NO_SEAL)))
def test_a_cut_is_told(how: Setting, last: int, plan: Any) -> None:
    kinds, end = judged(ridden(how, dict.fromkeys(range(20, last + 1), CUT)), plan)
    assert "seal-tampered" in kinds
    assert end == {"tampered"}
    assert max(Counter({kind: len(alerts) for kind, alerts in kinds.items()}).values()) <= Thresholds().alerts_of_kind


@many(300)
@given(how=ANY)
def test_an_opening_is_told(how: Setting) -> None:
    kinds, end = judged(ridden(how, {20: OPENED, 21: OPENED}))
    assert "seal-opened" in kinds
    assert end == {"breached"}


@many(200)
@given(how=CLEAN, last=st.sampled_from((33, 40, COUNT - 1)), seed=st.integers(0, 2**32))
def test_a_seal_opened_in_leave_that_stays_open_is_told(how: Setting, last: int, seed: int) -> None:
    events = ridden(msgspec.structs.replace(how, dump=False), dict.fromkeys(range(30, last + 1), OPENED))
    kinds, end = judged(events)
    assert "seal-opened" in red(kinds)
    assert end == {"breached"}
    assert judged(Random(seed).sample(events, len(events))) == (kinds, end)


@many(200)
@given(how=CLEAN, first=st.sampled_from((0, 1, 20)), is_alarm=st.booleans(), seed=st.integers(0, 2**32))
def test_a_seal_found_open_on_the_way_is_told_where_the_plan_names_none(
    how: Setting, first: int, is_alarm: bool, seed: int
) -> None:
    """Open from the first message or found so: worth a look. Unlocked on the way by its own word: red."""
    open_all = ridden(how, dict.fromkeys(range(COUNT), SealReading(lock="unlocked")))
    silent = {f"{number:032x}" for number in range(COUNT if is_alarm else first)}
    events = [msgspec.structs.replace(one, seal=None) if one.id in silent else one for one in open_all]
    if is_alarm:
        unlocked = f"{20:032x}"
        events = [msgspec.structs.replace(one, alarms=("unlock",)) if one.id == unlocked else one for one in events]
    plan = msgspec.structs.replace(NO_SEAL, authorities=())
    kinds, end = judged(events, plan)
    assert "seal-opened" in kinds
    assert ("seal-opened" in red(kinds)) == is_alarm
    assert end == {"breached" if is_alarm else "unsealed"}
    assert judged(Random(seed).sample(events, len(events)), plan) == (kinds, end)


@many(400)
@given(how=CLEAN, is_inspected=st.booleans(), plan=st.sampled_from((PLAN, NO_SEAL)))
def test_a_clean_journey_is_not_red(how: Setting, is_inspected: bool, plan: Any) -> None:
    how = msgspec.structs.replace(how, dump=how.dump and not is_inspected)
    kinds, end = judged(ridden(how, {30: OPENED, 31: OPENED} if is_inspected else {}, {31: 30}), plan)
    assert red(kinds) == set()
    assert end <= ({"sealed", "open"} if how.clock == "none" else {"sealed"})


@many(200)
@given(
    how=CLEAN,
    admitted_m=st.sampled_from((6_000.0, 15_000.0, 40_000.0)),
    share=st.floats(0.0, 1.0),
    at=st.sampled_from((1, 20, COUNT - 1)),
)
def test_a_place_as_coarse_as_it_says_is_not_red(how: Setting, admitted_m: float, share: float, at: int) -> None:
    events = [
        msgspec.structs.replace(
            one, satellites=None, position=place(at, share * admitted_m / 111_000, accuracy_m=admitted_m)
        )
        if one.id == f"{at:032x}"
        else one
        for one in ridden(how, {})
    ]
    assert red(judged(events)[0]) == set()


@many(300)
@given(how=ANY, seed=st.integers(0, 2**32))
def test_any_order_gives_the_same_end(how: Setting, seed: int) -> None:
    events = ridden(how, {20: CUT})
    as_of = max(event.received_at for event in events)
    shuffled = Random(seed).sample(events, len(events))
    assert judge(shuffled, [PLAN], as_of=as_of) == judge(events, [PLAN], as_of=as_of)


@pytest.mark.parametrize("clock", sorted({**CLOCKS, **TORN}))
def test_leave_to_open_is_given_by_no_clock_and_no_accuracy(clock: str) -> None:
    """A cut within leave to open is told, and so is an opening 21 km from the place of the leave."""
    how = Setting(1, clock, 25_000.0, 0, False, 0.0, 0.0, "counted", 9)
    kinds, _ = judged(ridden(how, {34: OPENED}))
    assert "seal-opened" in kinds
    kinds, _ = judged(ridden(how, {30: CUT}))
    assert "seal-tampered" in kinds


def test_what_is_done_to_journeys_is_done() -> None:
    """A control: the journeys above differ, and without the cut nothing is told of one."""
    how = Setting(1, "eight hours fast", 25_000.0, 1, True, 0.0, 0.2, "counted", 9)
    assert "seal-tampered" not in judged(ridden(how, {}))[0]
    assert all(event.time and event.time > event.received_at for event in ridden(how, {})[:9])
