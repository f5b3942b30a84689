# SPDX-License-Identifier: Apache-2.0
"""Clocks that are set on the way, slow and fast ones, and messages that waited: no clean journey is red, and no cut is lost."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from cocket.tracking import TrackingEvent
from cocket.tracking.events import Position, SealReading
from cocket.tracking.journey import Authority, Journey
from cocket.tracking.judge import judge

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
HOUR = 3600.0
COUNT = 60


def moment(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def made(number: int) -> float:
    """Seconds after the start at which a message is made."""
    return 60.0 + 300.0 * number


def journey(*leave: Authority, starts: float = 0.0, name: str = "R") -> Journey:
    return msgspec.convert(
        {
            "id": name,
            "reference": name,
            "devices": ["d"],
            "departure": {"name": "DEP", "centre": [36, -1], "radius_m": 1500.0},
            "destination": {"name": "DST", "centre": [38, -1], "radius_m": 1500.0},
            "starts_at": moment(starts).isoformat(),
            "time_limit": moment(starts + 5 * 86400).isoformat(),
            "corridor": [[36, -1], [37, -1], [38, -1]],
            "corridor_half_width_m": 4000,
            "seals": ["KE1"],
            "places": [{"name": "INSP", "purpose": "permitted-stop", "centre": [37, -1], "radius_m": 1500.0}],
            "authorities": msgspec.to_builtins(list(leave)),
            "report_every_s": 300,
        },
        Journey,
        strict=False,
    )


def leave_to_open(since: float, until: float) -> Authority:
    return Authority(act="open", officer="o", place="INSP", since=moment(since), until=moment(until))


def message(
    number: int,
    *,
    off: float = 0.0,
    received: float | None = None,
    at: float | None = None,
    share: float | None = None,
    lock: str = "locked",
    strap: str = "intact",
) -> TrackingEvent:
    true = made(number) if at is None else at
    way = min(1.0, number / 58) if share is None else share
    came = true + 10 if received is None else received
    return TrackingEvent(
        id=f"{number:+05d}",
        protocol="open-e-seal",
        device="d",
        kind="position",
        boot=1,
        sequence=number + 100,
        time=moment(true + off),
        received_at=moment(came),
        position=Position(lat=-1.0, lon=round(36 + 2 * way, 6)),
        speed_m_s=15.0,
        satellites=9,
        door="closed",
        seal=msgspec.convert({"number": "KE1", "lock": lock, "strap": strap, "case": "closed"}, SealReading),
    )


def reds(events: Sequence[TrackingEvent], *plans: Journey) -> list[str]:
    return [f"{one.journey} {one.kind}" for one in judge(events, plans or (journey(),)) if one.severity == "red"]


def kinds(events: Sequence[TrackingEvent], *plans: Journey) -> set[str]:
    return {one.kind for one in judge(events, plans or (journey(),))}


def at_inspection(number: int) -> float | None:
    return 0.5 if 27 <= number <= 34 else None


def inspected(number: int) -> str:
    return "unlocked" if 30 <= number <= 31 else "locked"


INSPECTION = leave_to_open(made(28), made(33))


@pytest.mark.parametrize("back", [300, 600, 840, 1800, 3600, 5400, 10800])
@pytest.mark.parametrize("at", [1, 2, 5, 25, 45, 55, 57, 58, 59])
def test_a_clock_that_is_set_back_once_is_amber_and_corrected(back: int, at: int) -> None:
    events = [message(number, off=-back if number >= at else 0) for number in range(COUNT)]
    assert reds(events) == []
    if back >= 600 and at < 58:
        assert kinds(events) == {"clock-wrong"}


@pytest.mark.parametrize("step", [-10800, -3600, -1800, 1800, 3600, 10800])
@pytest.mark.parametrize("at", [10, 29, 31, 33, 50])
def test_an_opening_by_leave_is_found_in_the_corrected_time(step: int, at: int) -> None:
    events = [
        message(number, off=step if number >= at else 0, lock=inspected(number), share=at_inspection(number))
        for number in range(COUNT)
    ]
    assert reds(events, journey(INSPECTION)) == []


def test_any_order_of_a_set_clock_gives_the_same() -> None:
    events = [message(number, off=-HOUR if number >= 30 else 0) for number in range(COUNT)]
    shuffled = list(events)
    random.Random(3).shuffle(shuffled)
    assert judge(shuffled, (journey(),)) == judge(events, (journey(),))


def test_a_second_sender_is_still_a_clone() -> None:
    other = [msgspec.structs.replace(message(number, off=5, share=0.9), id=f"x{number}") for number in range(20, 40)]
    assert "R device-cloned" in reds([*(message(number) for number in range(COUNT)), *other])


def test_a_second_sender_under_numbers_that_go_on_is_red() -> None:
    """It begins behind the true one's numbers, and its times run beside those of the true one."""
    true = [message(number) for number in range(COUNT)]
    other = [message(number, at=made(number - 40) + 7, share=0.9) for number in range(COUNT, COUNT + 20)]
    assert reds([*true, *other])


@pytest.mark.parametrize("wrong", [1, 3, 8])
def test_times_that_fall_back_and_return_are_made_up(wrong: int) -> None:
    events = [message(number, off=-2 * HOUR if 30 <= number < 30 + wrong else 0) for number in range(COUNT)]
    assert "R time-backdated" in reds(events)


def slow(offset: float, stored: Iterable[int], sent_at: float) -> list[TrackingEvent]:
    waiting = set(stored)
    return [
        message(
            number,
            off=offset,
            lock=inspected(number),
            share=at_inspection(number),
            received=sent_at + number if number in waiting else None,
        )
        for number in range(COUNT)
    ]


@pytest.mark.parametrize("stored", [range(22, 42), range(18, 58), range(10, 57), range(3, 52)])
@pytest.mark.parametrize("offset", [-HOUR, HOUR, -3 * HOUR, 3 * HOUR])
def test_a_constant_clock_is_corrected_however_many_messages_waited(stored: range, offset: float) -> None:
    events = slow(offset, stored, made(stored.stop))
    found = judge(events, (journey(INSPECTION),))
    assert {one.kind for one in found if one.severity == "red"} == set()
    assert "clock-wrong" in {one.kind for one in found}


@pytest.mark.parametrize("at", [20, 26, 31, 40, 52])
@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_within_what_waited_is_amber(at: int, step: float) -> None:
    events = [
        message(
            number,
            off=step if number >= at else 0,
            lock=inspected(number),
            share=at_inspection(number),
            received=made(56) + number if 18 <= number < 56 else None,
        )
        for number in range(COUNT)
    ]
    assert reds(events, journey(INSPECTION)) == []


def before_the_journey(told_at: float, lock: str = "unlocked") -> list[TrackingEvent]:
    return [
        message(
            number - 6,
            at=-1500 + 240 * number,
            share=0,
            lock=lock if number in (1, 2) else "locked",
            received=told_at + number,
        )
        for number in range(5)
    ]


@pytest.mark.parametrize("told_at", [500, 1500, 3000, 9000])
def test_affixing_that_is_told_late_is_not_an_opening_on_the_way(told_at: float) -> None:
    assert reds([*before_the_journey(told_at), *(message(number) for number in range(COUNT))]) == []


@pytest.mark.parametrize("slow_by", [1200.0, 2400.0, 7500.0])
def test_a_slow_clock_hides_no_opening_before_the_journey(slow_by: float) -> None:
    """Its time is not proven: the messages after it show that the clock was slow, or was set meanwhile."""
    opened = [
        message(number, off=-slow_by if number <= 6 else 0, lock="unlocked" if number == 3 else "locked")
        for number in range(COUNT)
    ]
    late = [
        msgspec.structs.replace(event, received_at=moment(4000 + number)) if number <= 6 else event
        for number, event in enumerate(opened)
    ]
    assert "R seal-opened" in reds(late)


def test_a_removal_told_on_the_next_journey_belongs_to_the_one_before() -> None:
    ends = made(COUNT)
    removal = Authority(act="remove", officer="o", place="DST", since=moment(ends - 3600), until=moment(ends + 7200))
    first = journey(removal, name="one")
    starts = ends + 3600
    second = msgspec.structs.replace(
        journey(starts=starts, name="two"), departure=first.destination, destination=first.departure
    )
    gone = [
        message(number, share=1, lock="unlocked", strap="cut", received=starts + 2400 + number)
        for number in range(COUNT, COUNT + 4)
    ]
    next_ones = [
        message(number, at=starts + 60 + 300 * (number - COUNT - 4), share=1 - (number - COUNT - 4) / 58)
        for number in range(COUNT + 4, 2 * COUNT + 2)
    ]
    events = [*(message(number) for number in range(COUNT)), *gone, *next_ones]
    assert reds(events, first, second) == []
    cut = msgspec.structs.replace(next_ones[20], seal=SealReading(number="KE1", lock="locked", strap="cut"))
    told = [cut if event.id == cut.id else event for event in events]
    assert "two seal-tampered" in reds(told, first, second)


def _stored(rng: random.Random, share: float) -> dict[int, float]:
    """Messages that waited, with when they came: in bursts, until the share is reached."""
    found: dict[int, float] = {}
    while len(found) < share * COUNT:
        first = rng.randrange(0, COUNT - 3)
        last = min(COUNT - 2, first + rng.randrange(3, 25))
        for number in range(first, last):
            found[number] = made(last) - 200 + number
    return found


def _journey_of(seed: int, *, cut: int | None = None) -> tuple[list[TrackingEvent], Journey]:
    rng = random.Random(seed)
    world = rng.choice(["step", "slow", "fast", "right"])
    size = rng.choice([600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, rng.uniform(600, 10800)])
    at = rng.randrange(1, COUNT)
    offset = {"slow": -round(size / 900) * 900.0, "fast": size}.get(world, 0.0)
    sign = rng.choice([-1, 1])
    stored = _stored(rng, rng.choice([0, 0.2, 0.5, 0.8]))
    is_inspected = rng.random() < 0.5
    events = []
    for number in range(COUNT):
        off = offset + (sign * size if world == "step" and number >= at else 0)
        events.append(
            message(
                number,
                off=off,
                received=stored.get(number),
                lock=inspected(number) if is_inspected else "locked",
                share=at_inspection(number),
                strap="cut" if number == cut else "intact",
            )
        )
    return events, journey(*([INSPECTION] if is_inspected else []))


def _describe(seed: int) -> str:
    events, plan = _journey_of(seed)
    offs = [round((event.time - moment(made(n))).total_seconds()) for n, event in enumerate(events) if event.time]
    waits = [round((event.received_at - moment(made(n))).total_seconds()) for n, event in enumerate(events)]
    at = next((n for n in range(1, COUNT) if offs[n] != offs[n - 1]), None)
    return f"offs {offs[0]}→{offs[-1]} at {at}; waits {waits}; leave {bool(plan.authorities)}"


@pytest.mark.parametrize("block", range(6))
def test_whatever_the_clock_and_what_waited_a_clean_journey_is_not_red(block: int) -> None:
    wrong = []
    for seed in range(block * 50, block * 50 + 50):
        events, plan = _journey_of(seed)
        found = reds(events, plan)
        if found:
            wrong.append((seed, found, _describe(seed)))
    assert wrong == []


@pytest.mark.parametrize("block", range(4))
def test_whatever_the_clock_and_what_waited_a_cut_is_told(block: int) -> None:
    for seed in range(block * 50, block * 50 + 50):
        events, plan = _journey_of(seed, cut=random.Random(seed + 1).randrange(2, 56))
        assert "R seal-tampered" in reds(events, plan), seed
