# SPDX-License-Identifier: Apache-2.0
"""Invented journeys, and what the rules find of what was done to them."""

from __future__ import annotations

import pytest

from cocket.simulation.tracks import (
    REGIMES,
    TELLS,
    cell_map,
    evaluate,
    for_thingsboard,
    for_traccar,
    trips,
    ways,
)
from cocket.tracking.adapters import Context, adapter_of
from cocket.tracking.alerts import KINDS
from cocket.tracking.judge import judge


def test_the_same_seed_gives_the_same_journeys() -> None:
    one, other = (list(trips(ways(5), REGIMES["plain"], 5, 4)) for _ in range(2))
    assert one == other
    assert one != list(trips(ways(5), REGIMES["plain"], 6, 4))


@pytest.mark.parametrize("regime", REGIMES)
def test_clean_journeys_are_silent_and_threats_are_told(regime: str) -> None:
    result = evaluate(REGIMES[regime], seed=11, clean=80, threatened=6)
    assert result.false_alarms_per_1000 <= 25, result.by_kind
    found = sum(score.found for score in result.scores) / sum(score.journeys for score in result.scores)
    assert found >= 0.95, result.scores
    assert all(score.recall > 0.5 for score in result.scores), result.scores
    assert result.eta_coverage is not None
    assert 0.75 <= result.eta_coverage <= 0.85


def test_a_journey_knows_nothing_of_its_truth() -> None:
    roads = ways(7)
    clean = next(trips(roads, REGIMES["plain"], 7, 1))
    assert clean.truth.threat is None
    assert judge(clean.events, [clean.journey], cells=cell_map(roads)) == ()
    threatened = list(trips(roads, REGIMES["plain"], 7, len(TELLS), tuple(TELLS)))
    assert {trip.truth.threat for trip in threatened} == set(TELLS)
    assert all(trip.truth.since and trip.truth.until and trip.truth.since < trip.truth.until for trip in threatened)


def test_every_threat_is_told_by_a_known_kind() -> None:
    assert all(kinds <= set(KINDS) for kinds in TELLS.values())


def test_messages_for_other_software_say_the_same() -> None:
    (trip,) = trips(ways(7), REGIMES["plain"], 7, 1)
    for event in trip.events[:200]:
        message = for_traccar(event)
        assert isinstance(message.http, str)
        (read,) = adapter_of("osmand").read(message.http.encode(), Context(received_at=event.received_at))
        assert (read.device, read.time) == (event.device, event.time.replace(microsecond=0) if event.time else None)
        if event.position is not None:
            assert read.position is not None
            assert (read.position.lat, read.position.lon) == pytest.approx(
                (event.position.lat, event.position.lon), abs=1e-6
            )
        assert read.speed_m_s == (pytest.approx(event.speed_m_s, abs=1e-3) if event.speed_m_s is not None else None)
        assert (read.seal, read.door, read.alarms) == (event.seal, event.door, event.alarms)
        other = for_thingsboard(event)
        assert other.topic == "v1/gateway/telemetry" and isinstance(other.payload, dict)
        ((device, (told,)),) = other.payload.items()
        assert device == event.device
        assert told.get("ts") == (int(event.time.timestamp() * 1000) if event.time else None)
