# SPDX-License-Identifier: Apache-2.0
"""Eighty pilots each of no effect, a small one, a large one and harm, from their looks to their end."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cocket.trials.pilots.running import Result
from cocket.trials.pilots.variance import Spread
from cocket.trials.pilots.worlds import World
from tests.trials.pilots.many import pilot, protocol

PILOTS = 80
#: Thrice the standard error of a share of 5 of 100 of so many pilots; what thousands of them give stands in the docs.
SURE = 3 * (0.05 * 0.95 / PILOTS) ** 0.5
EFFECTS = {"none": 0.0, "small": 0.02, "planned": 0.06, "large": 0.1, "harm": -0.1}


@cache
def _pilots(name: str) -> list[list[Result]]:
    chance = np.random.default_rng(5)
    world = World(base=0.2, effect=EFFECTS[name], cell_size=200, spread=Spread(icc=0.02, cac=0.8), trend=0.01)
    return [pilot(protocol(), world, chance) for _ in range(PILOTS)]


def _found(looks: list[Result]) -> bool:
    """Whether a pilot says that there is an effect: at its end, or by a bound before."""
    last = looks[-1].effect
    assert last is not None
    return any(one.is_proven for one in looks) or (looks[-1].p or 1.0) <= 0.05


def _harm(looks: list[Result]) -> bool:
    return any(one.code == "harm" and one.is_fired for look in looks for one in look.fired)


def test_where_there_is_no_effect_at_most_five_in_a_hundred_find_one() -> None:
    assert np.mean([_found(one) for one in _pilots("none")]) <= 0.05 + SURE


def test_power_is_as_planned() -> None:
    planned = protocol().power
    assert planned is not None
    found = np.mean([_found(one) for one in _pilots("planned")])
    assert found == pytest.approx(planned.power, abs=0.15)
    assert np.mean([_found(one) for one in _pilots("large")]) >= 0.9
    assert np.mean([_found(one) for one in _pilots("small")]) < planned.power


@pytest.mark.parametrize("name", EFFECTS)
def test_the_interval_holds_the_truth_as_often_as_it_says(name: str) -> None:
    held = 0
    for looks in _pilots(name):
        effect = looks[-1].effect
        assert effect is not None
        held += (effect.low is None or effect.low <= EFFECTS[name]) and (
            effect.high is None or effect.high >= EFFECTS[name]
        )
    assert held / PILOTS >= 0.88


def test_harm_stops_in_time_and_rarely_without() -> None:
    assert np.mean([_harm(one[:-1]) for one in _pilots("harm")]) >= 0.85, "before the end"
    assert np.mean([_harm(one) for one in _pilots("none")]) <= 0.05 + SURE
    assert np.mean([_harm(one) for one in _pilots("large")]) == 0


def test_what_is_missing_is_bounded_on_both_sides() -> None:
    for looks in _pilots("small")[:20]:
        last = looks[-1]
        assert last.effect is not None
        assert last.best is not None
        assert last.worst is not None
        assert last.worst < last.effect.value < last.best
