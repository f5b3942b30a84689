# SPDX-License-Identifier: Apache-2.0
"""Queues held against what is known: Erlang's formula, another simulator, and offices that lived with all their dirt."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
import simpy

from cocket.errors import SenderError
from cocket.trials.queues import (
    Arrival,
    Calendar,
    Changed,
    Closing,
    Fitted,
    Job,
    Office,
    Unidentified,
    delay_of,
    fit,
    held_out,
    run,
    serve,
    weekly,
)
from tests.trials.queues.worlds import BEGIN, lived

ALWAYS = Calendar([(0.0, 1e12)])


def erlang_c(servers: int, load: float) -> float:
    """Chance of waiting with Poisson arrivals and exponential service. Source: Erlang, 1917."""
    last = load**servers / math.factorial(servers) / (1 - load / servers)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


@pytest.mark.parametrize(("servers", "use"), [(1, 0.7), (4, 0.8)])
def test_poisson_arrivals_wait_as_erlang_says(servers: int, use: float) -> None:
    dice, now, arrivals = Random(3), 0.0, []
    for _ in range(100_000):
        now += dice.expovariate(servers * use)
        arrivals.append(now)
    works = [dice.expovariate(1.0) for _ in arrivals]
    done, busy = serve(arrivals, works, [ALWAYS] * servers)
    assert busy == pytest.approx(sum(works))
    use = busy / now / servers  # as it came, near what was asked for
    waits = [start - at for at, (start, _) in zip(arrivals, done, strict=True)]
    expected = erlang_c(servers, servers * use)
    assert sum(one > 1e-9 for one in waits) / len(waits) == pytest.approx(expected, rel=0.05)
    assert sum(waits) / len(waits) == pytest.approx(expected / (servers * (1 - use)), rel=0.1)


def test_batches_wait_far_longer_at_the_same_load_and_so_real_arrivals_are_replayed() -> None:
    dice, now, single, batched = Random(3), 0.0, [], []
    for number in range(40_000):
        now += dice.expovariate(9.0)
        single.append(now)
        if number % 200 == 0:
            batched += [now] * 200
    works = [dice.expovariate(1.0) for _ in single]

    def mean(arrivals: list[float]) -> float:
        done, _ = serve(arrivals, works, [ALWAYS] * 10)
        return sum(start - at for at, (start, _) in zip(arrivals, done, strict=True)) / len(arrivals)

    assert mean(batched) > 8 * mean(single)


def by_simpy(jobs: list[Job], people: dict[str, int]) -> list[float]:
    """When each job ends, by the other simulator."""
    env = simpy.Environment()
    stations = {name: simpy.Resource(env, count) for name, count in people.items()}
    ends = [0.0] * len(jobs)

    def passing(number: int, job: Job) -> Iterator[Any]:
        yield env.timeout(job.arrived)
        for station in ("documents", "scanner", "examination"):
            if station in job.needs:
                with stations[station].request() as place:
                    yield place
                    yield env.timeout(job.needs[station])
        ends[number] = env.now

    for number, job in enumerate(jobs):
        env.process(passing(number, job))
    env.run()
    return ends


def test_a_network_ends_each_job_when_the_other_simulator_does() -> None:
    dice, now, jobs = Random(8), 0.0, []
    for _ in range(4_000):
        now += dice.expovariate(1 / 10)
        lane = dice.choice(("yellow", "red", "both"))
        needs = {"documents": dice.uniform(5, 60)} if lane != "red" else {}
        needs |= {"scanner": dice.uniform(1, 20), "examination": dice.gammavariate(2, 20)} if lane != "yellow" else {}
        jobs.append(Job(lane, now, needs))
    people = {"documents": 3, "scanner": 1, "examination": 4}
    passed, _ = run(jobs, {name: [ALWAYS] * count for name, count in people.items()})
    for ours, theirs in zip(passed, by_simpy(jobs, people), strict=True):
        assert ours.ended == pytest.approx(theirs, abs=1e-6)


def test_work_stops_at_closing_and_goes_on_at_opening_over_holidays_and_the_change_of_the_clock() -> None:
    zone = ZoneInfo("Europe/Berlin")
    days = date(2026, 3, 27), date(2026, 4, 2)  # the clock goes forward on Sunday 29 March
    calendar = weekly(days, (8 * 60, 16 * 60), (1, 2, 3, 4, 5), zone, {date(2026, 3, 30)})
    start = datetime(2026, 3, 27, 15, tzinfo=zone).timestamp()
    assert calendar.end_of(start, 2 * 3600) == datetime(2026, 3, 31, 9, tzinfo=zone).timestamp()
    assert (
        calendar.next_open(datetime(2026, 3, 28, 12, tzinfo=zone).timestamp())
        == datetime(2026, 3, 31, 8, tzinfo=zone).timestamp()
    )
    assert calendar.between(start, datetime(2026, 3, 31, 9, tzinfo=zone).timestamp()) == 2 * 3600
    assert calendar.end_of(start, 1e9) == math.inf and calendar.next_open(2e9) == math.inf
    begun, ended = serve([start + 3600 * 30], [60.0], [calendar])[0][0]
    assert begun == datetime(2026, 3, 31, 8, tzinfo=zone).timestamp() and ended == begun + 60


@pytest.mark.parametrize("spans", [[], [(1.0, 1.0)], [(0.0, 5.0), (4.0, 6.0)]])
def test_a_calendar_that_cannot_be_is_refused(spans: list[tuple[float, float]]) -> None:
    with pytest.raises(SenderError):
        Calendar(spans)
    with pytest.raises(SenderError):
        serve([1.0], [1.0], [])


def test_shifts_that_differ_are_heeded() -> None:
    early, late = Calendar([(0.0, 10.0), (100.0, 110.0)]), Calendar([(5.0, 15.0)])
    done, _ = serve([0.0, 1.0, 6.0, 12.0], [4.0, 4.0, 4.0, 4.0], [early, late])
    # the last begins at the late shift's 12, and what is left of it at its closing is never done, as it has no other day
    assert done == [(0.0, 4.0), (4.0, 8.0), (6.0, 10.0), (12.0, math.inf)]


#: People, cases a day, minutes of work, and share of stamps that are missing.
OFFICES = [(4, 110, 16.0, 0.0), (3, 70, 18.0, 0.1), (6, 150, 17.0, 0.05)]


@pytest.mark.parametrize(("people", "a_day", "minutes", "missing"), OFFICES)
def test_a_forecast_of_the_last_weeks_is_within_ten_percent_of_what_would_have_been(
    people: int, a_day: int, minutes: float, missing: float
) -> None:
    """Pauses, telephone, batches, missing stamps; the truth is the mean of several lives with the same arrivals."""
    lives = [
        held_out(
            "documents",
            lived(0, weeks=12, people=people, a_day=a_day, minutes=minutes, missing=missing, again=again),
            UTC,
        )[0]
        for again in range(3)
    ]
    truth = sum(one.truth for one in lives) / len(lives)
    forecasts = [one.forecast for one in lives]
    assert sum(forecasts) / len(forecasts) == pytest.approx(truth, rel=0.1)
    assert all(one == pytest.approx(truth, rel=0.2) for one in forecasts)


def test_hours_people_and_missing_stamps_are_told_from_closings_alone_whatever_the_roster_says() -> None:
    work = lived(1, weeks=12, people=3, a_day=70, minutes=18, missing=0.1)
    told = fit(work, UTC)
    assert isinstance(told, Fitted)
    assert told.weekdays == (1, 2, 3, 4, 5) and set(told.staff.values()) == {3}
    assert told.hours[0] == 8 * 60 and 16 * 60 + 30 <= told.hours[1] <= 17 * 60
    assert told.missing == pytest.approx(0.1, abs=0.02) and 18 < told.mean / 60 < 20.5


def test_where_no_queue_was_the_work_is_not_made_up() -> None:
    start = BEGIN.timestamp()
    idle = [
        Closing(opened=start + 86_400 * d + 3600 * h, closed=start + 86_400 * d + 3600 * h + 600, worker="a")
        for d in range(20)
        for h in (8, 10)
    ]
    told = fit(idle, UTC)
    assert isinstance(told, Unidentified) and (told.why, told.closings, told.queued) == ("no-queue", 40, 0)
    nameless = [msgspec.structs.replace(one, worker=None) for one in idle]
    assert fit(nameless, UTC) == Unidentified(why="no-closings") == fit([], UTC)
    assert fit(idle[:4], UTC).why == "few-days"  # type: ignore[union-attr]


def test_more_people_longer_hours_and_a_scanner_shorten_the_wait() -> None:
    work = tuple(lived(3, weeks=5, people=3, a_day=75, minutes=18))
    office = Office(stations={"examination": work})
    lane = [Arrival("red", one.opened, ("examination",)) for one in work]

    def mean(changed: Changed) -> float:
        (told,) = delay_of("A", office, (lane, lane), changed, (UTC, 1)).changed
        return told.mean.value

    same = delay_of("A", office, (lane, lane), Changed(), (UTC, 1))
    assert same.today == same.changed and same.was["red"].mean == pytest.approx(same.today[0].mean.value, rel=0.15)
    usual = same.today[0].mean.value
    assert mean(Changed(staff={"examination": 1})) < usual and mean(Changed(closes=20 * 60)) < usual
    assert mean(Changed(staff={"examination": -1})) > usual and mean(Changed(opens=10 * 60)) > usual
    cleared = Changed(scanners=1, scan_seconds=120.0, scan_share=0.5, scan_cleared=1.0)
    slow = Changed(scanners=1, scan_seconds=3600.0, scan_share=1.0)
    assert mean(cleared) < usual < mean(slow)
    assert mean(Changed(weekdays=(1, 2, 3, 4, 5, 6))) < usual


def test_a_busy_office_that_lacks_people_never_ends_and_that_is_said() -> None:
    work = tuple(lived(3, weeks=5, people=3, a_day=75, minutes=18))
    lane = [Arrival("red", one.opened, ("examination",)) for one in work]
    told = delay_of("A", Office(stations={"examination": work}), (lane, lane), Changed(weekdays=(7,)), (UTC, 1))
    assert told.used["examination"][1] > 1.0 and told.changed[0].mean.value > 10 * told.today[0].mean.value


def test_an_office_seen_from_another_clock_has_its_own_hours() -> None:
    work = lived(1, weeks=12, people=3, a_day=70, minutes=18)
    shifted = [
        msgspec.structs.replace(
            one, opened=one.opened - 18_000, closed=None if one.closed is None else one.closed - 18_000
        )
        for one in work
    ]
    told = fit(shifted, ZoneInfo("Asia/Karachi"))
    assert isinstance(told, Fitted) and told.hours[0] == 8 * 60 and told.weekdays == (1, 2, 3, 4, 5)
