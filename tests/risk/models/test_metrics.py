# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.risk.models.metrics import auc, average_precision, precision_at

CASES = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=40)


@given(CASES)
def test_auc_is_the_chance_that_a_found_case_scores_above_one_that_was_not(cases: list[tuple[bool, int]]) -> None:
    found, scores = [f for f, _ in cases], [float(s) for _, s in cases]
    pairs = [(a, b) for f, a in cases if f for g, b in cases if not g]
    if not pairs:
        assert auc(found, scores) is None
    else:
        assert auc(found, scores) == pytest.approx(sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs))


@given(CASES, st.floats(0.01, 1.0), st.randoms())
def test_no_figure_depends_on_the_order_of_rows(cases: list[tuple[bool, int]], share: float, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(cases)
    random.shuffle(shuffled)
    for figure in (auc, average_precision, lambda f, s: precision_at(f, s, share)):
        one = figure([f for f, _ in cases], [float(s) for _, s in cases])
        other = figure([f for f, _ in shuffled], [float(s) for _, s in shuffled])
        assert one == pytest.approx(other)


def test_a_perfect_order_is_worth_one_and_a_reversed_one_is_not() -> None:
    found, scores = [True, True, False, False], [4.0, 3.0, 2.0, 1.0]
    assert auc(found, scores) == average_precision(found, scores) == precision_at(found, scores, 0.5) == 1.0
    assert auc(found, scores[::-1]) == precision_at(found, scores[::-1], 0.5) == 0.0


def test_without_found_cases_there_is_nothing_to_measure() -> None:
    assert auc([False], [1.0]) is average_precision([False], [1.0]) is precision_at([], [], 0.1) is None


def test_when_all_tie_the_top_is_as_good_as_the_whole() -> None:
    found = [True] * 3 + [False] * 7
    assert precision_at(found, [0.5] * 10, 0.2) == pytest.approx(0.3)
