# SPDX-License-Identifier: Apache-2.0
"""Waits as they would be: the arrivals of the past replayed, work drawn from what single cases took, and what that leaves open."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from cocket.risk.estimate import Estimate
from cocket.trials.queues.calendars import Calendar
from cocket.trials.queues.stations import Job, Passed, run

#: Replays, each with service times drawn anew (count).
REPLAYS: Final = 20

#: Share of the replays outside the interval at either end (0–1).
_TAIL: Final = 0.025


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How long some cases took, in hours by the clock, nights included.

    Attributes:
        cases: Cases that ended (count).
        open: Cases that did not end within the hours of the past (count).
        mean: Mean from arrival to end.
        p50: Half took no longer.
        p90: Nine of ten took no longer.
        p95: Nineteen of twenty took no longer.
        wait: Mean of what of it was waiting; None where that was not measured.
    """

    cases: int
    open: int
    mean: float
    p50: float
    p90: float
    p95: float
    wait: float | None = None


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Waits of a lane as they would be.

    Attributes:
        lane: The lane.
        cases: Cases replayed (count).
        open: Cases of a replay that did not end (count, the middle of all replays).
        mean: Mean hours from arrival to end, by the clock.
        p50: As `Waits`.
        p90: As `Waits`.
        p95: As `Waits`.
        wait: Mean hours of waiting.
    """

    lane: str
    cases: int
    open: int
    mean: Estimate
    p50: Estimate
    p90: Estimate
    p95: Estimate
    wait: Estimate


class Arrival(msgspec.Struct, frozen=True):
    """One arrival, as it was.

    Attributes:
        lane: Its lane.
        at: When, seconds since 1970.
        stations: Stations it passes (1..n).
    """

    lane: str
    at: float
    stations: tuple[str, ...]


def forecast(
    arrivals: Sequence[Arrival],
    samples: Mapping[str, Sequence[float]],
    stations: Mapping[str, Sequence[Calendar]],
    counted: tuple[float, float],
    seed: int = 1,
) -> tuple[tuple[Forecast, ...], dict[str, float]]:
    """Replay arrivals.

    Args:
        arrivals: What came (0..n).
        samples: Station → seconds that single cases took there (1..n).
        stations: Station → when each of its servers works (1..n).
        counted: Only arrivals from then until then are counted; those before fill the queue.
        seed: Of what is drawn.

    Returns:
        A forecast by lane, and station → share of its working time that is used (0–1; above that it never comes to its end).
    """
    import numpy as np  # heavy, and a house that asks nothing needs none

    chance = np.random.default_rng(seed)
    found: dict[str, list[Waits]] = {}
    used: dict[str, list[float]] = {}
    for _ in range(REPLAYS):
        # service times are known from a sample: each replay has its own, so that the interval holds what that leaves open
        drawn = {
            station: iter(chance.choice(chance.choice(known, size=len(known)), size=len(arrivals)).tolist())
            for station, known in samples.items()
        }
        jobs = [Job(one.lane, one.at, {station: next(drawn[station]) for station in one.stations}) for one in arrivals]
        passed, busy = run(jobs, stations)
        here = [one for one in passed if counted[0] <= one.arrived < counted[1]]
        for lane in sorted({one.lane for one in here}):
            told = waits_of([one for one in here if one.lane == lane])
            if told is not None:
                found.setdefault(lane, []).append(told)
        for station, seconds in busy.items():
            there = sum(one.between(min(at.at for at in arrivals), counted[1]) for one in stations[station])
            used.setdefault(station, []).append(seconds / there if there else 0.0)
    made = tuple(_forecast(lane, several) for lane, several in found.items())
    return made, {station: statistics.fmean(several) for station, several in used.items()}


def waits_of(passed: Sequence[Passed], *, knows_waits: bool = True) -> Waits | None:
    """How long some cases took; None where none ended."""
    ended = [one for one in passed if one.ended < float("inf")]
    hours = sorted((one.ended - one.arrived) / 3600 for one in ended)
    if not hours:
        return None
    return Waits(
        cases=len(hours),
        open=len(passed) - len(hours),
        mean=statistics.fmean(hours),
        p50=_quantile(hours, 0.5),
        p90=_quantile(hours, 0.9),
        p95=_quantile(hours, 0.95),
        wait=statistics.fmean(one.waited for one in ended) / 3600 if knows_waits else None,
    )


def _quantile(ordered: Sequence[float], part: float) -> float:
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _forecast(lane: str, several: Sequence[Waits]) -> Forecast:
    def of(name: str) -> Estimate:
        values = sorted(getattr(one, name) for one in several)
        return Estimate(statistics.fmean(values), _quantile(values, _TAIL), _quantile(values, 1 - _TAIL))

    return Forecast(
        lane=lane,
        cases=several[0].cases + several[0].open,
        open=round(statistics.median(one.open for one in several)),
        mean=of("mean"),
        p50=of("p50"),
        p90=of("p90"),
        p95=of("p95"),
        wait=of("wait"),
    )
