# SPDX-License-Identifier: Apache-2.0
"""Whose word weighs how much."""

from __future__ import annotations

import polars as pl
import pytest

from cocket.risk.models.trust import weight_of, with_weights


def test_one_officer_in_a_hurry_weighs_less_than_either_and_least_where_nothing_was_found() -> None:
    careful = weight_of(found=False, officers=2, minutes=60, usual_minutes=60)
    alone = weight_of(found=False, officers=1, minutes=60, usual_minutes=60)
    hurried = weight_of(found=False, officers=2, minutes=10, usual_minutes=60)
    both = weight_of(found=False, officers=1, minutes=10, usual_minutes=60)
    assert careful == 1.0
    assert both < min(alone, hurried) < careful
    assert both < weight_of(found=True, officers=1, minutes=10, usual_minutes=60)


def test_what_nobody_wrote_down_is_no_hurry_and_counts_as_one_officer() -> None:
    assert weight_of(found=False, officers=None, minutes=None, usual_minutes=60) == weight_of(
        found=False, officers=1, minutes=60, usual_minutes=None
    )


def test_results_are_weighed_by_the_time_usual_for_their_office_and_depth() -> None:
    results = pl.DataFrame(
        {
            "found": [False, True, False, False, False, False],
            "office": ["A", "A", "A", "B", "B", "B"],
            "depth": ["full"] * 6,
            "officers": [2, 1, 1, 2, None, 2],
            "minutes": [100.0, 100.0, 20.0, 20.0, 20.0, None],
        }
    )
    weights = with_weights(results)["weight"].to_list()
    assert weights == pytest.approx([1.0, 0.8, 0.8 * 0.4, 1.0, 0.8, 1.0])


def test_a_weight_that_is_known_is_kept_and_without_any_fact_there_is_none() -> None:
    known = pl.DataFrame({"found": [True], "weight": [0.3]})
    assert with_weights(known).equals(known)
    assert "weight" not in with_weights(pl.DataFrame({"found": [True]})).columns
