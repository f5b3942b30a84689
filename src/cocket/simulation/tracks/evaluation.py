# SPDX-License-Identifier: Apache-2.0
"""What the rules are worth: what they find of what was done, and what they tell of what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random

import msgspec

from cocket.simulation.tracks.devices import cell_map
from cocket.simulation.tracks.journeys import Trip, trips
from cocket.simulation.tracks.threats import TELLS
from cocket.simulation.tracks.world import Regime, Way, ways
from cocket.tracking.alerts import Alert
from cocket.tracking.eta import EtaModel
from cocket.tracking.judge import judge

_SLACK = timedelta(minutes=30)


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How well one threat is found.

    Attributes:
        threat: Which.
        journeys: Journeys it was done to.
        found: Those with an alert of its kinds that overlaps it.
        recall: `found` of `journeys`, 0–1.
        precision: Of the alerts of its kinds in those journeys and the clean ones, the share that overlaps it where it was
            done; None if there was none.
    """

    threat: str
    journeys: int
    found: int
    recall: float
    precision: float | None


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured.

    Attributes:
        regime: Which world.
        seed: Of its journeys.
        clean: Journeys to which nothing was done.
        false_alarms: Alerts on them.
        false_alarms_per_1000: The same for each 1,000 journeys.
        by_kind: False alarms by kind.
        scores: By threat.
        eta_coverage: Share of journeys that arrived within the interval foretold, which shall be 0.8; None if not measured.
    """

    regime: str
    seed: int
    clean: int
    false_alarms: int
    false_alarms_per_1000: float
    by_kind: dict[str, int]
    scores: tuple[Score, ...]
    eta_coverage: float | None


def evaluate(
    regime: Regime, seed: int, *, clean: int, threatened: int, step: Callable[[int], None] = lambda _: None
) -> Evaluation:
    """Judge journeys of a world that rules have not seen.

    Args:
        regime: What the world is like.
        seed: Seed; it determines the whole output.
        clean: Number of journeys without a threat.
        threatened: Number of journeys for each threat.
        step: Told how many journeys are done.
    """
    roads = ways(seed)
    cells = cell_map(roads)
    false: Counter[str] = Counter()
    done = 0
    for trip in trips(roads, regime, seed, clean):
        false.update(alert.kind for alert in judge(trip.events, [trip.journey], cells=cells))
        done += 1
        step(done)
    judged = []
    for trip in trips(roads, regime, seed + 1_000_003, threatened * len(TELLS), tuple(TELLS)):
        judged.append((trip, judge(trip.events, [trip.journey], cells=cells)))
        done += 1
        step(done)
    total = sum(false.values())
    return Evaluation(
        regime=regime.name,
        seed=seed,
        clean=clean,
        false_alarms=total,
        false_alarms_per_1000=round(1000 * total / clean, 3) if clean else 0.0,
        by_kind=dict(sorted(false.items())),
        scores=tuple(_score(threat, judged, false) for threat in TELLS) if threatened else (),
        eta_coverage=eta_coverage(roads, regime, seed),
    )


def _score(threat: str, judged: Iterable[tuple[Trip, tuple[Alert, ...]]], false: Counter[str]) -> Score:
    kinds = TELLS[threat]
    journeys = found = right = told = 0
    for trip, alerts in judged:
        if trip.truth.threat != threat:
            continue
        mine = [alert for alert in alerts if alert.kind in kinds]
        hits = [alert for alert in mine if overlaps(alert, trip)]
        journeys, found, told, right = journeys + 1, found + bool(hits), told + len(mine), right + len(hits)
    told += sum(false[kind] for kind in kinds)
    return Score(
        threat=threat,
        journeys=journeys,
        found=found,
        recall=round(found / journeys, 4) if journeys else 0.0,
        precision=round(right / told, 4) if told else None,
    )


def overlaps(alert: Alert, trip: Trip) -> bool:
    """Whether an alert lies within half an hour of what was done; times a device made up are taken for what they are."""
    truth = trip.truth
    if truth.since is None or truth.until is None:
        return False
    if alert.kind in ("time-future", "time-backdated", "message-replayed"):
        return True
    return alert.since <= truth.until + _SLACK and alert.until >= truth.since - _SLACK


def eta_coverage(roads: tuple[Way, ...], regime: Regime, seed: int, each: int = 120) -> float:
    """Share of held-out journeys whose arrival lies within the 80 % interval foretold at a random place of the way."""
    chance = Random(f"eta/{seed}")
    hits = total = 0
    for number, way in enumerate(roads):
        passages = [trip.passage for trip in trips((way,), regime, seed * 31 + number, 2 * each)]
        model = EtaModel(passages[:each])
        start = trips((way,), regime, seed, 1).__next__().truth.arrived_at
        for passage in passages[each:]:
            share = chance.uniform(0.05, 0.95)
            eta = model.eta(start, start + timedelta(seconds=passage.at(share)), share)
            total += 1
            hits += eta.earliest <= start + timedelta(seconds=passage.seconds[-1]) <= eta.latest
    return round(hits / total, 4)
