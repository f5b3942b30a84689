# SPDX-License-Identifier: Apache-2.0
"""Leaves weighed for each importer and heading: what only a cross of both tells is learnt, and the unknown owner weighs nothing."""

from __future__ import annotations

import numpy as np

from cocket.simulation.protocol.leaves import learn, leaves_of


def test_a_leaf_that_means_fraud_for_one_importer_alone_is_learnt_by_their_cross() -> None:
    """Two leaves, two importers: finds lie where they cross, so that neither of them alone tells anything."""
    dice = np.random.default_rng(11)
    rows = 2400
    leaf, importer = dice.integers(0, 2, rows), dice.integers(0, 2, rows)
    found = (leaf == importer) & (dice.random(rows) < 0.9)
    leaves = np.column_stack([leaf, 2 + dice.integers(0, 2, rows)])
    known = np.arange(2000)
    odds = learn(leaves, (importer, np.full(rows, -1)), (known, found[known]), 3)[2000:]
    crosses = (leaf == importer)[2000:]
    assert odds[crosses].min() > odds[~crosses].max()


def test_who_had_no_result_is_judged_by_the_leaves_alone() -> None:
    dice = np.random.default_rng(12)
    rows = 1200
    leaf = dice.integers(0, 2, rows)
    importer = np.r_[dice.integers(0, 30, 1000), np.arange(1000, 1200)]
    found = (leaf == 1) & (dice.random(rows) < 0.8)
    known = np.arange(1000)
    odds = learn(leaf[:, None], (importer, np.full(rows, -1)), (known, found[known]), 3)[1000:]
    assert len(np.unique(np.round(odds, 9))) == 2
    assert odds[leaf[1000:] == 1].min() > odds[leaf[1000:] == 0].max()


def test_the_same_seed_gives_the_same_order() -> None:
    dice = np.random.default_rng(13)
    leaves, owner = dice.integers(0, 4, (300, 3)), dice.integers(0, 9, 300)
    known, found = np.arange(200), dice.random(200) < 0.2
    one, same, other = (learn(leaves, (owner, owner), (known, found), seed) for seed in (5, 5, 6))
    assert (one == same).all() and (one != other).any()


def test_leaves_are_numbered_over_all_trees_and_learnt_from_the_results_alone() -> None:
    dice = np.random.default_rng(14)
    features = dice.normal(size=(600, 3))
    target = (features[:400, 0] > 0).astype(np.float64)
    leaves = leaves_of(features[:400], target, features, 1)
    assert len(leaves) == 600
    assert all(set(one).isdisjoint(other) for one, other in zip(leaves.T[:-1], leaves.T[1:], strict=True))
    moved = features.copy()
    moved[400:] += 100.0
    assert (leaves_of(features[:400], target, moved, 1)[:400] == leaves[:400]).all()
