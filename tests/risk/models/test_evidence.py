# SPDX-License-Identifier: Apache-2.0
"""Beliefs about traders: what moves them, when, and how far."""

from __future__ import annotations

import numpy as np
import pytest

from cocket.risk.features.parts import Coded
from cocket.risk.models.evidence import (
    NAMED,
    OTHER,
    Evidence,
    Floats,
    Results,
    Rows,
    Weights,
    believe,
    families_of,
    usual_of,
)
from cocket.risk.models.evidence_fit import fit_evidence
from cocket.risk.models.traces import TRACES, Steps, edges_of, learn_steps, step_of

NOTHING = Steps((0.0,), ((1.0,), (1.0,), (1.0,)))


def evidence(families: tuple[str, ...], runs: tuple[float, ...], stays_days: float) -> Evidence:
    return Evidence(families=families, states=tuple(range(len(families))), runs=runs, dares=(0.36,) * len(runs),
        strays=0.01, mistakes=0.01, stays_days=stays_days, floor=0.01, traces=(), tax=NOTHING, pulls={})  # fmt: skip


ONE = evidence(("undervaluation",), (0.1,), 100.0)


def rows(day: list[float], trader: list[int]) -> Rows:
    return rows_of(np.array(day), np.array(trader), np.zeros((len(day), 0)))


def rows_of(day: Floats, trader: np.ndarray, traces: Floats) -> Rows:
    nowhere = Coded(np.full(len(day), -1), [])
    return Rows(
        day=day,
        trader=trader,
        traces=traces,
        tax=np.full(len(day), np.nan),
        groups=dict.fromkeys(NAMED, nowhere),
        share=np.ones(len(day)),
    )


def results(*told: tuple[int, float, int], weight: float = 1.0) -> Results:
    place, returned, family = zip(*told, strict=True) if told else ((), (), ())
    return Results(
        place=np.array(place, dtype=np.int64),
        returned=np.array(returned, dtype=np.float64),
        family=np.array(family, dtype=np.int64),
        weight=np.full(len(told), weight),
    )


def record(ratio: list[float], day: list[float], trader: list[int], told: Results) -> Floats:
    weights = Weights(ratio=np.array(ratio)[:, None], pull=np.ones((len(ratio), 1)))
    return believe(ONE, weights, rows(day, trader), told).record[:, 0]


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
    two, whole_weights = evidence(("a", "b"), (0.07, 0.03), 60.0), Weights(ratio=ratio, pull=np.ones((n, 2)))
    place = np.sort(draw.choice(n, 60, replace=False))
    told = Results(
        place=place, returned=day[place] + draw.uniform(0.1, 9, 60), family=draw.integers(-1, 2, 60), weight=np.ones(60)
    )
    whole = believe(two, whole_weights, rows_of(day, trader, np.zeros((n, 0))), told)
    for each in range(30):
        own = np.flatnonzero(trader == each)
        mine = np.isin(told.place, own)
        alone = believe(
            two,
            whole_weights.of(own),
            rows_of(day[own], trader[own], np.zeros((len(own), 0))),
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
    assert usual_of(ONE).tolist() == pytest.approx([0.9, 0.1])


def test_a_step_is_telling_only_where_irregularities_differ_and_the_unknown_tells_nothing() -> None:
    draw = np.random.default_rng(1)
    figure = np.r_[draw.normal(0, 1, 4000), draw.normal(-3, 1, 200), np.full(50, np.nan)]
    guilty = (np.arange(4250) >= 4000)[:, None].astype(np.float64)
    edges = edges_of(figure)
    logs = learn_steps(step_of(figure, edges), edges, guilty, 1.0 - guilty[:, 0])[:, 0]
    low, middle, unknown = (logs[step_of(np.array([value]), edges)][0] for value in (-4.0, 0.0, np.nan))
    assert low > 2.0
    assert middle < -1.0
    assert unknown == 0.0


def test_trade_nobody_examined_sharpens_what_few_finds_say_and_a_false_find_is_not_believed() -> None:
    told, trade, guilty = _scheme_of_a_few()
    fitted = fit_evidence(trade, told, families_of(["undervaluation"] * 20))
    price = fitted.evidence.traces[0]
    values, edges = np.array(price.values)[:, 0], np.array(price.edges)
    assert values[step_of(np.array([-2.2]), edges)][0] > 1.5
    assert values[step_of(np.array([0.5]), edges)][0] < -0.5
    assert 0.02 < sum(fitted.evidence.runs) < 0.20
    finds = told.family >= 0
    assert fitted.trust[finds & guilty[told.place]].min() > 2 * fitted.trust[finds & ~guilty[told.place]].max()


def _scheme_of_a_few() -> tuple[Results, Rows, np.ndarray]:
    """A hundred traders, ten of whom understate prices in one of three declarations; 20 finds and one false one."""
    draw = np.random.default_rng(2)
    n = 6000
    trader, day = draw.integers(0, 100, n), np.sort(draw.uniform(0, 300, n))
    guilty = (trader < 10) & (draw.random(n) < 0.36)
    price = np.where(guilty, -2.0, 0.0) + draw.normal(0, 0.6, n)
    traces = np.full((n, len(TRACES)), np.nan)
    traces[:, 0] = price
    found = np.flatnonzero(guilty)[:20]
    false = np.flatnonzero((trader > 50) & (price > 0.5))[:1]
    empty = np.flatnonzero((trader > 10) & (price > -0.5))[5:300]
    place = np.r_[found, false, empty]
    family = np.r_[np.zeros(21, dtype=np.int64), np.full(len(empty), -1)]
    told = Results(place=place, returned=day[place] + 5.0, family=family, weight=np.ones(len(place)))
    return told, rows_of(day, trader, traces), guilty
