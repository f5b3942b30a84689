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
