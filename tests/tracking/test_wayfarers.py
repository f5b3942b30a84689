# SPDX-License-Identifier: Apache-2.0
"""Journeys of a second maker, with devices whose clocks are wrong: clean ones are not red, and what is done is told.

Devices of which no message bears a time are among them.
`COCKET_SOAK=1` judges 1,000 clean and 500 threatened ones, in place of 200 and 100.
"""

from __future__ import annotations

import os
from collections import Counter

from cocket.tracking.judge import judge
from tests.tracking.wayfarers import THREATS, wayfarer

MANY = 5 if os.environ.get("COCKET_SOAK") else 1


def test_clean_journeys_are_not_red() -> None:
    wrong: Counter[tuple[str, str]] = Counter()
    journeys = 0
    for seed in range(200 * MANY):
        trip = wayfarer(seed)
        reds = {alert.kind for alert in judge(trip.events, [trip.journey]) if alert.severity == "red"}
        wrong.update((kind, trip.quirk) for kind in reds)
        journeys += bool(reds)
    assert journeys == 0, (journeys, wrong)


def test_what_is_done_to_journeys_is_told() -> None:
    missed: Counter[tuple[str, str]] = Counter()
    for number in range(100 * MANY):
        threat = sorted(THREATS)[number % len(THREATS)]
        trip = wayfarer(50_000 + number, threat)
        kinds = {alert.kind for alert in judge(trip.events, [trip.journey])}
        if not kinds & THREATS[threat]:
            missed[threat, trip.quirk] += 1
    of_ways = {("detour", "none"), ("creeping-unload", "none")}
    assert not {each: count for each, count in missed.items() if each not in of_ways}, missed
    assert sum(missed.values()) <= MANY // 5, missed
