# SPDX-License-Identifier: Apache-2.0
"""The list of measures, and what is withheld of a figure that leaves the house."""

from __future__ import annotations

from datetime import date

import pytest

from cocket.errors import SenderError
from cocket.trials.lessons.measures import (
    MEASURES,
    Span,
    check_measures,
    counted,
    figure,
    masked,
    shared,
    timed,
    unmeasured,
)
from tests.trials.lessons.given import AT, measured

SPAN = Span(since=date(2026, 1, 1), until=date(2026, 3, 31), at=AT)


def test_a_share_of_nothing_is_no_figure_and_a_count_of_nothing_is_nought() -> None:
    assert (shared("refused", SPAN, 0, 0).value, shared("refused", SPAN, 0, 0).why) == (None, "nothing")
    assert (counted("finds", SPAN, 0).value, counted("finds", SPAN, 0).why) == (0.0, "")
    assert timed("advice-seconds", SPAN, None, 0).why == "nothing"
    told = shared("refused", SPAN, 10, 200)
    assert told.value == 0.05
    assert (round(told.low or 0, 3), round(told.high or 0, 3)) == (0.027, 0.090)  # Wilson, as the reference has it


@pytest.mark.parametrize(("value", "is_withheld"), [(0, False), (1, True), (4, True), (5, False), (1000, False)])
def test_small_counts_are_withheld_and_nought_is_not(value: int, is_withheld: bool) -> None:
    assert (masked(counted("finds", SPAN, value)).why == "masked") is is_withheld


@pytest.mark.parametrize(
    ("found", "of", "is_withheld"), [(0, 4, True), (0, 5, False), (1, 50, True), (48, 50, True), (10, 50, False)]
)
def test_a_share_is_withheld_where_one_side_of_it_is_small(found: int, of: int, is_withheld: bool) -> None:
    told = masked(shared("refused", SPAN, found, of))
    assert (told.value is None) is is_withheld
    assert (told.of is None) is is_withheld


def test_a_withheld_figure_leaves_nothing_by_which_it_could_be_worked_out() -> None:
    told = masked(shared("refused", SPAN, 2, 50))
    assert (told.value, told.low, told.high, told.of, told.note) == (None, None, None, None, "")
    assert masked(unmeasured("finds", SPAN)).why == "nothing"


@pytest.mark.parametrize("names", [(), ("finds", "finds"), ("nothing-such",), tuple(MEASURES)])
def test_measures_are_of_the_list_each_once_and_not_too_many(names: tuple[str, ...]) -> None:
    with pytest.raises(SenderError):
        check_measures(names, 12)
    check_measures(("finds",), 12)


def test_every_unit_is_written_with_what_it_rests_on() -> None:
    assert figure(measured("finds")) == "40"
    assert figure(measured("missed", low=3.0, high=None)) == "40 (3 to ∞)"
    assert figure(measured("refused", value=0.05, low=0.027, high=0.09, of=200)) == "5.0% (2.7% to 9.0%), n=200"
    assert figure(measured("advice-seconds", value=2.25, of=7)) == "2.2 s, n=7"
    assert figure(measured("timeliness", value=-1.5, of=7)) == "-1.5 d, n=7"
    assert figure(measured("finds", value=None, why="nothing")) == "–"
