# SPDX-License-Identifier: Apache-2.0
"""Beliefs about traders: what moves them, when, and how far."""

from __future__ import annotations

import numpy as np
import pytest

from cocket.risk.models.evidence import (
    OTHER,
    RUNS,
    Evidence,
    Floats,
    Results,
    Rows,
    believe_by,
    families_of,
    usual_belief,
)

ONE = Evidence(families=("undervaluation",), shares=(1.0,), boosters=("",), levels=(0.0,), stays_days=100.0)


def rows(day: list[float], trader: list[int]) -> Rows:
    return Rows(day=np.array(day), trader=np.array(trader), traces=np.zeros((len(day), 0)))


def results(*told: tuple[int, float, int], weight: float = 1.0) -> Results:
    place, returned, family = zip(*told, strict=True) if told else ((), (), ())
    return Results(
        place=np.array(place, dtype=np.int64),
        returned=np.array(returned, dtype=np.float64),
        family=np.array(family, dtype=np.int64),
        weight=np.full(len(told), weight),
    )


def record(ratio: list[float], day: list[float], trader: list[int], told: Results) -> Floats:
    return believe_by(ONE, np.array(ratio)[:, None], rows(day, trader), told).record[:, 0]


def test_traces_that_finds_show_move_the_belief_in_the_trader_and_in_nobody_else() -> None:
    seen = record([5.0, 1.0, 1.0], [0.0, 1.0, 1.0], [1, 1, 2], results())
    assert seen[1] > seen[0] == pytest.approx(seen[2])


def test_traces_that_honest_trade_shows_clear_a_trader() -> None:
    seen = record([0.2, 0.2, 1.0], [0.0, 1.0, 2.0], [1, 1, 1], results())
    assert seen[0] > seen[1] > seen[2]


def test_a_result_moves_the_belief_from_its_return_on_and_not_before() -> None:
    day, trader, ratio = [0.0, 4.0, 6.0], [1, 1, 1], [1.0, 1.0, 1.0]
    none, find, empty = (
        record(ratio, day, trader, told) for told in (results(), results((0, 5.0, 0)), results((0, 5.0, -1)))
    )
    assert find[1] == empty[1] == none[1]
    assert find[2] > none[2] > empty[2]


def test_a_result_that_weighs_less_moves_the_belief_less() -> None:
    day, trader, ratio = [0.0, 6.0], [1, 1], [1.0, 1.0]
    full, half = (record(ratio, day, trader, results((0, 5.0, 0), weight=weight))[1] for weight in (1.0, 0.5))
    assert record(ratio, day, trader, results())[1] < half < full


def test_a_belief_falls_back_to_what_is_usual_with_time() -> None:
    soon, late = (record([30.0, 1.0], [0.0, day], [1, 1], results())[1] for day in (1.0, 2_000.0))
    usual = record([1.0], [0.0], [1], results())[0]
    assert soon > 2 * usual
    assert late == pytest.approx(usual, rel=1e-3)


def test_the_beliefs_of_many_traders_are_those_of_each_alone() -> None:
    draw = np.random.default_rng(1)
    n = 400
    day, trader = np.sort(draw.uniform(0, 90, n)), draw.integers(0, 30, n)
    ratio = np.exp(draw.normal(0, 1, (n, 2)))
    two = Evidence(families=("a", "b"), shares=(0.7, 0.3), boosters=("", ""), levels=(0.0, 0.0), stays_days=60.0)
    place = np.sort(draw.choice(n, 60, replace=False))
    told = Results(
        place=place, returned=day[place] + draw.uniform(0.1, 9, 60), family=draw.integers(-1, 2, 60), weight=np.ones(60)
    )
    whole = believe_by(two, ratio, Rows(day=day, trader=trader, traces=np.zeros((n, 0))), told)
    for each in range(30):
        own = np.flatnonzero(trader == each)
        mine = np.isin(told.place, own)
        alone = believe_by(
            two,
            ratio[own],
            Rows(day=day[own], trader=trader[own], traces=np.zeros((len(own), 0))),
            Results(
                place=np.searchsorted(own, told.place[mine]),
                returned=told.returned[mine],
                family=told.family[mine],
                weight=told.weight[mine],
            ),
        )
        np.testing.assert_allclose(whole.chance[own], alone.chance, rtol=1e-12)
    np.testing.assert_allclose(whole.of_family.sum(axis=1), whole.chance, rtol=1e-9)


def test_a_family_with_few_finds_is_gathered_with_the_others() -> None:
    offences = ["undervaluation"] * 100 + ["origin"] * 3 + [None] * 50
    assert families_of(offences) == ("undervaluation", OTHER)
    assert families_of(["undervaluation"] * 100) == ("undervaluation",)
    assert families_of([]) == (OTHER,)


def test_beliefs_start_from_a_whole() -> None:
    usual, dares = usual_belief(np.array([0.5, 0.5]))
    assert usual.sum() == pytest.approx(1.0)
    assert usual[0] == pytest.approx(1.0 - RUNS)
    assert dares[0] < dares[1]
