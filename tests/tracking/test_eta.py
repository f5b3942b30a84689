# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from cocket.tracking.eta import EtaModel, Passage
from tests.tracking.making import START


def passages(count: int, seed: int, pace: float = 1.0) -> list[Passage]:
    """Journeys of ten hours or so, each with its own pace and one stop somewhere."""
    chance = Random(seed)
    made = []
    for _ in range(count):
        hours, stop, lasts = pace * chance.gauss(10, 1), chance.random(), chance.uniform(0, 1.5)
        marks = tuple(mark / 20 for mark in range(21))
        made.append(
            Passage(
                shares=marks, seconds=tuple(3600 * (hours * mark + (lasts if mark > stop else 0)) for mark in marks)
            )
        )
    return made


@pytest.mark.parametrize("seed", range(2))
def test_the_interval_holds_as_often_as_it_says(seed: int) -> None:
    model, chance = EtaModel(passages(2_000, seed)), Random(seed)
    hits = 0
    held_out = passages(2_000, seed + 100)
    for passage in held_out:
        share = chance.uniform(0.02, 0.98)
        eta = model.eta(START, START + timedelta(seconds=passage.at(share)), share)
        assert eta.earliest <= eta.expected <= eta.latest
        hits += eta.earliest <= START + timedelta(seconds=passage.seconds[-1]) <= eta.latest
    assert 0.75 <= hits / len(held_out) <= 0.85


def test_the_interval_misses_journeys_of_another_world() -> None:
    model = EtaModel(passages(200, 1))
    slow = passages(100, 2, pace=2.5)
    now = START + timedelta(hours=1)
    assert sum(model.eta(START, now, 0.05).latest >= START + timedelta(seconds=each.seconds[-1]) for each in slow) < 50


def test_it_narrows_towards_the_end_and_follows_ones_own_pace() -> None:
    model = EtaModel(passages(200, 3))
    early, late = model.eta(START, START, 0.0), model.eta(START, START + timedelta(hours=9), 0.9)
    assert late.latest - late.earliest < (early.latest - early.earliest) / 2
    quick, slow = (model.eta(START, START + timedelta(hours=hours), 0.5) for hours in (4, 8))
    assert slow.expected - START - timedelta(hours=8) > quick.expected - START - timedelta(hours=4)


def test_too_few_journeys_are_told() -> None:
    with pytest.raises(ValueError, match="20"):
        EtaModel(passages(19, 1))
