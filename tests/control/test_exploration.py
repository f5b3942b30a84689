# SPDX-License-Identifier: Apache-2.0
"""Choosing by score and chance, and how much of it is chance."""

from __future__ import annotations

import pytest

from cocket.control.exploration import Exploration, ExplorationState, choose, steer
from cocket.errors import SettingsError

SEED = b"s" * 32
NAMES = [f"D{number}" for number in range(200)]
SCORES = [number / 200 for number in range(200)]


def test_the_highest_scores_are_chosen_and_the_rest_of_the_places_drawn_among_all_others() -> None:
    chosen = choose(NAMES, SCORES, 20, SEED, rate=0.25)
    assert chosen.by_score == tuple(range(199, 184, -1))
    assert len(chosen.by_chance) == 5
    assert not set(chosen.by_chance) & set(chosen.by_score)


def test_the_propensities_tell_the_chance_of_each_and_sum_to_the_places() -> None:
    chosen = choose(NAMES, SCORES, 20, SEED, rate=0.25)
    assert sum(chosen.propensities) == pytest.approx(20)
    assert chosen.propensities[199] == 1.0
    assert chosen.propensities[0] == pytest.approx(5 / 185)


def test_drawn_as_often_as_the_propensity_says() -> None:
    drawn = [0] * len(NAMES)
    for number in range(400):
        for row in choose(NAMES, SCORES, 20, number.to_bytes(32), rate=0.5).by_chance:
            drawn[row] += 1
    assert sum(drawn[:100]) / 100 == pytest.approx(400 * 10 / 190, rel=0.1)


def test_the_draw_hangs_on_seed_and_name_and_not_on_the_order_of_rows() -> None:
    one = choose(NAMES, SCORES, 20, SEED, rate=0.5)
    turned = choose(NAMES[::-1], SCORES[::-1], 20, SEED, rate=0.5)
    assert {NAMES[row] for row in one.by_chance} == {NAMES[::-1][row] for row in turned.by_chance}
    assert {NAMES[row] for row in one.by_chance} != {
        NAMES[row] for row in choose(NAMES, SCORES, 20, b"t" * 32, rate=0.5).by_chance
    }


def test_a_rate_under_one_place_is_drawn_in_some_rounds_and_logged_with_its_chance_in_all() -> None:
    rounds = [choose(NAMES, SCORES, 20, number.to_bytes(32), rate=0.02) for number in range(600)]
    assert {len(each.by_chance) for each in rounds} == {0, 1}
    assert sum(len(each.by_chance) for each in rounds) / 600 == pytest.approx(0.4, abs=0.06)
    for each in rounds:
        assert len(each.by_score) + len(each.by_chance) == 20
        assert each.propensities == rounds[0].propensities
    assert sum(rounds[0].propensities) == pytest.approx(20)
    assert rounds[0].propensities[0] == pytest.approx(0.4 / 181)
    assert rounds[0].propensities[180] == pytest.approx(0.6 + 0.4 / 181)
    assert rounds[0].propensities[181] == 1.0


def test_more_places_than_rows_examine_everything() -> None:
    chosen = choose(NAMES[:3], SCORES[:3], 10, SEED, rate=0.34)
    assert sorted(chosen.by_score + chosen.by_chance) == [0, 1, 2]
    assert chosen.propensities == (1.0, 1.0, 1.0)


def after(rounds: int, hits: int, luck: int, state: ExplorationState | None = None) -> ExplorationState:
    state = state or ExplorationState(rate=0.05)
    for _ in range(rounds):
        chosen = [(0.5, number < hits) for number in range(40)]
        steer(state, Exploration(), chosen, [number < luck for number in range(20)])
    return state


def test_a_model_that_is_right_is_explored_around_at_the_least() -> None:
    assert after(10, hits=20, luck=1).rate == Exploration().least


def test_a_model_that_does_no_better_than_chance_is_explored_around_ever_more_up_to_the_most() -> None:
    rates = [after(rounds, hits=1, luck=1).rate for rounds in (1, 3, 20)]
    assert rates == sorted(rates)
    assert rates[-1] == Exploration().most


def test_the_rate_falls_again_once_the_model_has_learnt() -> None:
    state = after(10, hits=1, luck=1)
    assert after(40, hits=25, luck=1, state=state).rate == Exploration().least


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SettingsError):
        Exploration(least=0.5, most=0.2)
