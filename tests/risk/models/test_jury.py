# SPDX-License-Identifier: Apache-2.0
"""Several orders held against each other on results that none of them learnt from."""

from __future__ import annotations

import numpy as np
import pytest

from cocket.errors import SettingsError
from cocket.risk.features import Terms
from cocket.risk.models import jury
from cocket.risk.models.evidence import by_turn
from cocket.risk.models.learning import past_of, raw_answers
from cocket.risk.models.report import must_not_be_beaten
from cocket.simulation.challenge import CHALLENGES, challenge


def given(seed: int = 1, size: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a good order goes by, finds, and weights."""
    dice = np.random.default_rng(seed)
    worth = dice.normal(size=size)
    found = dice.random(size) < 1 / (1 + np.exp(3.5 - 1.5 * worth))
    return worth, found, np.where(dice.random(size) < 0.5, 1.0, 20.0)


def held(members: tuple[np.ndarray, ...], found: np.ndarray, weight: np.ndarray) -> jury.Held:
    layered, alone, plain = members
    return jury.Held(members=(layered, alone, plain), found=found, weight=weight)


def test_a_member_better_than_the_whole_gets_more_to_say_and_of_equal_ones_all_keep_theirs() -> None:
    worth, found, weight = given()
    noise, other = (np.random.default_rng(seed).normal(size=len(worth)) for seed in (2, 3))
    for place in range(3):
        members = [noise, other, noise]
        members[place] = worth
        told = held(tuple(members), found, weight)
        assert jury.choose(told, told)[place] > jury.MIDDLE[place]
    alike = held((worth, worth, worth), found, weight)
    assert jury.choose(alike, alike) == jury.MIDDLE
    few = np.flatnonzero(found)[: jury.LEAST_FINDS - 1]
    thin = held((noise[few], noise[few], worth[few]), found[few], weight[few])
    assert jury.choose(thin, thin) == jury.MIDDLE


@pytest.mark.parametrize("seed", range(6))
def test_no_member_is_better_than_the_jury_beyond_one_standard_error_on_the_latest_results(seed: int) -> None:
    dice = np.random.default_rng(seed)
    worth, found, weight = given(seed)
    members = tuple(worth + dice.normal(size=len(worth)) * dice.uniform(0, 6) for _ in range(3))
    late = slice(len(worth) // 2, None)
    latest = held(tuple(each[late] for each in members), found[late], weight[late])
    parts = jury.choose(held(members, found, weight), latest)
    named = dict(zip(("evidence", "trees", "plain-trees"), latest.members, strict=True))
    chosen = jury.blended(latest.members, parts)
    assert not jury.beaten_by(jury.rivals_of(chosen, named, latest.found, latest.weight))


def test_a_result_counts_for_as_many_as_it_stands_for() -> None:
    score, found = np.array([2.0, 1.0, 0.0]), np.array([True, False, False])
    assert jury.in_top(score, found, np.array([1.0, 1.0, 18.0]), 0.1) == 0.5
    assert jury.in_top(score, found, np.array([1.0, 1.0, 18.0]), 0.05) == 1.0
    assert jury.weights_of(np.array([1.0, 0.1, 1e-4])).tolist() == pytest.approx([1.0, 10.0, 10.0])


def test_a_rival_beats_a_model_beyond_one_standard_error_and_then_it_may_not_speak() -> None:
    worth, found, weight = given()
    noise = np.random.default_rng(2).normal(size=len(worth))
    (beaten,) = jury.rivals_of(noise, {"value": worth}, found, weight)
    assert beaten.beats and beaten.ahead < 0 < beaten.spread
    (held,) = jury.rivals_of(worth, {"value": noise}, found, weight)
    assert not held.beats
    must_not_be_beaten([held])
    with pytest.raises(SettingsError, match="value"):
        must_not_be_beaten([held, beaten])


def test_the_thousandth_declaration_of_a_trader_is_no_thousandth_witness() -> None:
    whole = sum(by_turn(float(number), 2.0) for number in range(1000))
    assert by_turn(0.0, 2.0) == 1.0 and 8 < whole < 16


@pytest.mark.parametrize("name", CHALLENGES)
def test_a_world_of_another_style_is_the_same_from_the_same_seed_and_its_labels_are_where_somebody_looked(
    name: str,
) -> None:
    one, other, third = challenge(name, 5, 3000), challenge(name, 5, 3000), challenge(name, 6, 3000)
    assert one.entries.equals(other.entries) and not one.entries.equals(third.entries)
    assert 0.01 < one.found.mean() < 0.15 and len(one.results) < 0.3 * len(one.entries)
    largest = one.entries["importer"].value_counts().sort("count")["count"][-1]
    assert largest > 10 * len(one.entries) / one.entries["importer"].n_unique()


@pytest.mark.soak
@pytest.mark.parametrize("seed", [41, 42, 43])
@pytest.mark.parametrize("name", CHALLENGES)
def test_the_model_is_not_beaten_by_the_best_simple_order_on_worlds_it_was_not_made_for(name: str, seed: int) -> None:
    world = challenge(name, seed, 24_000)
    past = past_of(world.entries, world.results, Terms(threshold=1000.0))
    cut = past.rows.day[int(0.7 * len(past.rows.day))]
    later = past.rows.day > cut
    model = raw_answers(past, np.flatnonzero(past.returned <= cut))[later]
    found, alike = world.found[later], np.ones(int(later.sum()))
    others = {
        "value": past.features["ln_value"][later],
        "importer-rate": np.nan_to_num(past.features["importer_rate"][later]),
    }
    assert not jury.beaten_by(jury.rivals_of(model, others, found, alike))


def test_a_model_trained_before_evidence_was_held_back_reads_as_it_was() -> None:
    from cocket.risk.models.evidence import Evidence
    from cocket.risk.models.traces import Steps

    old = Evidence(families=("a",), states=(0,), runs=(0.1,), dares=(0.3,), strays=0.01, mistakes=0.01, stays_days=500.0,
        floor=0.01, traces=(), tax=Steps((), ()), pulls={})  # fmt: skip
    assert by_turn(1000.0, old.fresh) == pytest.approx(1.0, abs=1e-8)
