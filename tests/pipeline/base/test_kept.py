# SPDX-License-Identifier: Apache-2.0
"""Figures that are kept: those that took long, for a while, each reader's own, and measured again when asked."""

from __future__ import annotations

import threading

import pytest

from cocket.pipeline.base.kept import KEPT, WORTH_KEEPING, Kept, StillMeasuringError


class Measuring:
    """A measurement that takes some seconds of a clock of its own."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.times = seconds, 0.0, 0
        self.kept: Kept[int] = Kept(lambda: self.now)

    def get(self, key: str = "all", *, again: bool = False) -> int:
        return self.kept.get(key, self._measure, again=again)[1]

    def _measure(self) -> int:
        self.now += self.seconds
        self.times += 1
        return self.times


def test_what_takes_long_is_measured_once_for_a_while() -> None:
    figures = Measuring(WORTH_KEEPING)
    assert [figures.get(), figures.get()] == [1, 1]
    figures.now += KEPT - 1
    assert figures.get() == 1
    figures.now += 2
    assert figures.get() == 2


def test_what_is_quick_is_measured_each_time() -> None:
    figures = Measuring(WORTH_KEEPING / 2)
    assert [figures.get(), figures.get()] == [1, 2]


def test_each_key_is_by_itself_and_the_oldest_are_forgotten() -> None:
    figures = Measuring(1.0)
    assert [figures.get("a"), figures.get("b"), figures.get("a")] == [1, 2, 1]
    for number in range(40):
        figures.get(str(number))
    assert figures.get("a") == 43


def test_it_is_measured_again_when_asked_and_says_of_when_it_is() -> None:
    figures = Measuring(1.0)
    first, _ = figures.kept.get("all", figures._measure)
    kept, _ = figures.kept.get("all", figures._measure)
    assert kept == first
    later, value = figures.kept.get("all", figures._measure, again=True)
    assert (value, later > first) == (2, True)


class Slow:
    """A measurement that is let go on by the test."""

    def __init__(self) -> None:
        self.may_end, self.times = threading.Event(), 0
        self.kept: Kept[int] = Kept(lambda: float(self.times))

    def get(self, patience: float = 0.05, *, again: bool = False) -> int:
        return self.kept.get("all", self._measure, again=again, patience=patience)[1]

    def _measure(self) -> int:
        assert self.may_end.wait(30)
        self.times += 1
        return self.times


def test_who_has_patience_is_told_that_it_is_measured_and_finds_it_later() -> None:
    figures = Slow()
    with pytest.raises(StillMeasuringError) as told:
        figures.get()
    with pytest.raises(StillMeasuringError) as again:
        figures.get()
    assert told.value.since == again.value.since
    figures.may_end.set()
    assert [figures.get(30), figures.get(30)] == [1, 1]


def test_figures_of_before_are_shown_while_new_ones_are_measured_unless_those_were_asked_for() -> None:
    figures = Slow()
    figures.may_end.set()
    assert figures.get(30) == 1
    figures.may_end.clear()
    figures.kept = _aged(figures.kept)
    assert figures.get() == 1
    figures.may_end.set()
    assert figures.get(30) in (1, 2)
    while figures.get(30) == 1:
        pass
    figures.may_end.clear()
    with pytest.raises(StillMeasuringError):
        figures.get(again=True)
    figures.may_end.set()
    assert figures.get(30) == 3


def test_what_fails_is_said_to_who_waits_and_tried_again() -> None:
    kept: Kept[int] = Kept()

    def fail() -> int:
        raise ValueError("no figures")

    for _ in range(2):
        with pytest.raises(ValueError, match="no figures"):
            kept.get("all", fail, patience=30)
    assert kept.get("all", lambda: 7, patience=30)[1] == 7


def test_one_is_measured_at_a_time_so_that_connections_are_left_for_other_pages() -> None:
    first, second = Slow(), Slow()
    with pytest.raises(StillMeasuringError):
        first.get()
    second.may_end.set()
    with pytest.raises(StillMeasuringError):
        second.get(0.2)
    first.may_end.set()
    assert (first.get(30), second.get(30)) == (1, 1)


def _aged(kept: Kept[int]) -> Kept[int]:
    """The same figures, too old to be given as they are."""
    kept._kept["all"] = (-KEPT, *kept._kept["all"][1:])
    return kept
