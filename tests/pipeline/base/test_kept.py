# SPDX-License-Identifier: Apache-2.0
"""Figures that are kept: those that took long, for a while, each reader's own, and measured again when asked."""

from __future__ import annotations

from cocket.pipeline.base.kept import KEPT, WORTH_KEEPING, Kept


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
