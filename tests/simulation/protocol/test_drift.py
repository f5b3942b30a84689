# SPDX-License-Identifier: Apache-2.0
"""How far declarations have moved: not at all by chance, wholly where nothing is as before, and the draw follows it."""

from __future__ import annotations

import numpy as np
import pytest

from cocket.simulation.protocol.drift import Bandit, drift_of


def test_rows_of_the_same_kind_have_not_moved() -> None:
    dice = np.random.default_rng(5)
    old = np.column_stack([dice.normal(size=2000), dice.integers(0, 2, 2000), dice.poisson(1.0, 2000)]).astype(float)
    new = np.column_stack([dice.normal(size=300), dice.integers(0, 2, 300), dice.poisson(1.0, 300)]).astype(float)
    assert drift_of(old, new) < 0.02


def test_rows_beyond_all_that_were_there_have_moved_wholly_and_half_of_them_half() -> None:
    dice = np.random.default_rng(6)
    old, new = dice.normal(size=(2000, 2)), dice.normal(size=(400, 2))
    assert drift_of(old, new + 100.0) == pytest.approx(1.0, abs=0.05)
    new[:200] += 100.0
    assert drift_of(old, new) == pytest.approx(0.5, abs=0.08)
    new[:, 1] = dice.normal(size=400)
    assert drift_of(old, new) == pytest.approx(0.25, abs=0.06)


def test_what_is_unknown_or_always_the_same_is_not_compared() -> None:
    dice = np.random.default_rng(7)
    old = np.column_stack([dice.normal(size=500), np.full(500, np.nan), np.ones(500)])
    new = np.column_stack([dice.normal(size=100), np.ones(100), np.full(100, 7.0)])
    assert drift_of(old, new) < 0.05
    assert drift_of(old[:5], new) == 0.0


def test_a_bandit_comes_to_choose_what_pays_and_changes_when_it_no_longer_does() -> None:
    bandit = Bandit(4, 7)
    pays = 2
    for turn in range(2000):
        if turn == 600:
            assert bandit.chances.argmax() == 2 and bandit.chances[2] > 0.4
            pays = 0
        arm, chance = bandit.choose()
        assert chance == pytest.approx(bandit.chances[arm])
        bandit.learn(arm, chance, 0.6 if arm == pays else 0.1)
    assert bandit.chances.argmax() == 0 and bandit.chances[0] > 0.4
    assert bandit.chances.sum() == pytest.approx(1.0) and bandit.chances.min() >= 0.2 / 4


def test_a_bandit_learns_nothing_where_every_arm_pays_alike() -> None:
    chosen = []
    for seed in range(40):
        bandit = Bandit(4, seed)
        for _ in range(100):
            arm, chance = bandit.choose()
            bandit.learn(arm, chance, 0.3)
        chosen.append(int(bandit.chances.argmax()))
    assert len(set(chosen)) == 4
