# SPDX-License-Identifier: Apache-2.0
"""Whose word weighs how much."""

from __future__ import annotations

from cocket.risk.models.trust import weight_of


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
