# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from random import Random

import pytest

from cocket.simulation import Parameters
from cocket.simulation.host import Decision, Result, decide, examine
from cocket.simulation.people import settle
from cocket.simulation.trade import Trade, trade

PARAMETERS = Parameters(seed=6, history_size=12_000, size=1)

Filed = tuple[Trade, Decision, Result | None]


@pytest.fixture(scope="module")
def filed() -> list[Filed]:
    past, _ = trade(PARAMETERS, settle(PARAMETERS))
    dice = Random(1)
    decided = [(each, decide(dice, each, 0.03)) for each in past]
    return [(each, decision, examine(dice, each, decision.final)) for each, decision in decided]


def test_all_lanes_occur_and_most_goods_are_released(filed: list[Filed]) -> None:
    shares = {
        lane: sum(d.final == lane for _, d, _ in filed) / len(filed) for lane in ("red", "yellow", "blue", "green")
    }
    assert 0.05 < shares["red"] < 0.25
    assert shares["green"] > 0.4
    assert all(shares.values())


def test_the_rules_are_static_and_chance_takes_its_share_of_the_rest(filed: list[Filed]) -> None:
    by_chance = [d for _, d, _ in filed if d.propensity == 0.03]
    assert sum(d.lane == "red" for d in by_chance) / len(by_chance) == pytest.approx(0.03, abs=0.006)
    assert all(d.lane == "red" for _, d, _ in filed if d.propensity == 1.0)


def test_an_override_has_a_reason_and_no_propensity(filed: list[Filed]) -> None:
    overrides = [d for _, d, _ in filed if d.override]
    assert overrides
    assert all(d.override_reason and d.propensity is None and d.override != d.lane for d in overrides)


def test_examinations_miss_some_frauds_and_accuse_few_who_are_honest(filed: list[Filed]) -> None:
    seen = [
        (each, result)
        for each, decision, result in filed
        if decision.final == "red" and result and result.found is not None
    ]
    frauds = [result.found for each, result in seen if each.scheme]
    honest = [result.found for each, result in seen if not each.scheme]
    assert 0.4 < sum(map(bool, frauds)) / len(frauds) < 0.9
    assert 0 < sum(map(bool, honest)) / len(honest) < 0.02


def test_results_come_back_later_and_only_from_red_and_yellow(filed: list[Filed]) -> None:
    for each, decision, result in filed:
        assert (result is not None) == (decision.final in ("red", "yellow"))
        if result:
            assert each.moment < result.examined < result.returned


def test_what_nobody_examined_was_not_found_conform(filed: list[Filed]) -> None:
    unseen = [result for _, _, result in filed if result and result.depth == "not-examined"]
    assert unseen
    assert all(result.found is None and result.offence is None for result in unseen)


def test_duty_is_recovered_only_where_something_was_found(filed: list[Filed]) -> None:
    for _, _, result in filed:
        if result:
            assert (result.duty_recovered > 0) == bool(result.found) == bool(result.offence)
