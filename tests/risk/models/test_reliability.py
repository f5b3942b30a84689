# SPDX-License-Identifier: Apache-2.0
"""Whether chances come true, scores drift, and groups fare alike."""

from __future__ import annotations

import numpy as np
import pytest

from cocket.risk.models.reliability import bins_of, calibration_error, segments_of, stability_index


def test_chances_that_come_true_have_hardly_any_error_and_doubled_ones_much() -> None:
    draw = np.random.default_rng(1)
    chance = draw.uniform(0.0, 0.5, 40_000)
    true = draw.random(40_000) < chance
    assert calibration_error(chance, true) < 0.01
    assert calibration_error(2 * chance, true) > 0.2


def test_bins_hold_equally_many_rows_from_the_lowest_chance_up() -> None:
    bins = bins_of(np.arange(100) / 100, np.zeros(100, dtype=np.bool_))
    assert [each.rows for each in bins] == [10] * 10
    assert [each.told for each in bins] == sorted(each.told for each in bins)


def test_a_figure_that_moved_is_told_from_one_that_stayed_and_unknown_values_count() -> None:
    draw = np.random.default_rng(2)
    before, after = draw.normal(0, 1, 5_000), draw.normal(0, 1, 5_000)
    assert stability_index(before, after) < 0.02
    assert stability_index(before, after + 1) > 0.25
    assert stability_index(before, np.where(draw.random(5_000) < 0.4, np.nan, after)) > 0.25


def test_a_segment_tells_how_often_its_honest_rows_are_selected() -> None:
    names = np.array(["small", "small", "small", "large"])
    rows = segments_of(names, np.array([True, True, False, False]), np.array([True, False, False, False]))
    small = next(row for row in rows if row.name == "small")
    assert (small.rows, small.selected, small.false, small.precision) == (3, pytest.approx(2 / 3), 0.5, 0.5)
    assert next(row for row in rows if row.name == "large").precision is None


def test_a_few_lucky_finds_of_the_latest_draws_do_not_move_every_chance() -> None:
    from cocket.risk.models.layered_v1 import scaled
    from cocket.risk.models.learning import Past, _scale

    dice = np.random.default_rng(11)
    drawn = np.r_[dice.random(1500) < 0.2, dice.random(500) < 0.06]
    found = dice.random(2000) < np.where(drawn, 0.05, 0.2)
    late = np.arange(1500, 2000)
    found[late[drawn[late]]] = np.arange(int(drawn[late].sum())) % 4 == 0  # by luck
    nothing = np.zeros(2000)
    past = Past(features={}, rows=None, place=np.arange(2000), returned=nothing, offences=["a" if hit else None for hit in found],
                weight=nothing, propensity=np.where(drawn, 0.02, 1.0), recovered=None, declaration=np.arange(2000))  # type: ignore[arg-type]  # fmt: skip
    raw = dice.normal(size=20_000)
    scale, is_anchored = _scale(past, past.worst(raw[:2000], late), raw)
    assert is_anchored and 0.03 < scaled(raw, scale).mean() < 0.15  # the latest draws alone say a quarter
