# SPDX-License-Identifier: Apache-2.0
"""Declared unit values of one kind of goods as they were known on a day, and how they spread.

The spread is told in the logarithm, where half and double are equally far: by median, quartiles and the median distance
from the median (MAD), none of which a few wild values can move.
Source: Rousseeuw and Croux, Alternatives to the median absolute deviation, JASA 88 (1993); Hyndman and Fan, Sample
quantiles, The American Statistician 50 (1996), definition 7.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import islice, takewhile

import msgspec

#: MAD times this is the standard deviation where logarithms are normal.
_NORMAL = 1.4826

#: Prices that agree within some per cent are taken to scatter by that much, so that rounding is not unusual.
_LEAST_SCATTER = 0.05

_FAR_OUT = 3.5

#: From so many newcomers on, sorting all is quicker than putting in one by one (count).
_MANY = 32


class Member:
    """One declared unit value.

    Args:
        entry: Day number after which it counts.
        leaves: Day number from which it no longer counts.
        unit_log: Natural logarithm of the unit value.
        trader: Importer; empty if not known.
    """

    __slots__ = ("entry", "leaves", "trader", "unit_log")

    def __init__(self, entry: int, leaves: int, unit_log: float, trader: str) -> None:
        self.entry = entry
        self.leaves = leaves
        self.unit_log = unit_log
        self.trader = trader


class Spread(msgspec.Struct, frozen=True, gc=False):
    """How the members of a set spread, in natural logarithms of unit values.

    Attributes:
        size: Members (count).
        lowest: Lowest.
        lower: Lower quartile.
        median: Median.
        upper: Upper quartile.
        highest: Highest.
        scatter: Robust standard deviation: 1.4826 MAD, and 0.05 where they agree more closely.
        far_out: Members further than 3.5 of these from the median (count); they stay in the set and cannot move it.
    """

    size: int
    lowest: float
    lower: float
    median: float
    upper: float
    highest: float
    scatter: float
    far_out: int


def spread_of(ordered: Sequence[float]) -> Spread:
    """The spread of values in ascending order (1..n)."""
    size = len(ordered)
    median = (ordered[size // 2] + ordered[(size - 1) // 2]) / 2
    near, far = ((size + 1) // 2, size // 2 + 1)
    mad = (_distance(ordered, median, near) + _distance(ordered, median, far)) / 2
    scatter = max(_NORMAL * mad, _LEAST_SCATTER)
    inside = bisect_right(ordered, median + _FAR_OUT * scatter) - bisect_left(ordered, median - _FAR_OUT * scatter)
    return Spread(
        size,
        ordered[0],
        _quantile(ordered, 0.25),
        median,
        _quantile(ordered, 0.75),
        ordered[-1],
        scatter,
        size - inside,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = (len(ordered) - 1) * share
    low = int(place)
    if low + 1 == len(ordered):
        return ordered[low]
    return ordered[low] + (ordered[low + 1] - ordered[low]) * (place - low)


def _distance(ordered: Sequence[float], middle: float, count: int) -> float:
    """The distance within which `count` values lie nearest to the middle.

    The nearest ones stand side by side; where their row begins is found by halving.
    """
    low, high = 0, len(ordered) - count
    while low < high:
        at = (low + high) // 2
        if middle - ordered[at] > ordered[at + count] - middle:
            low = at + 1
        else:
            high = at
    return max(middle - ordered[low], ordered[low + count - 1] - middle)


class Window:
    """Members of one set. Asked for days in ascending order it only looks at what has changed."""

    __slots__ = ("_arrivals", "_day", "_entered", "_leaving", "_ordered", "_renewed", "_spread", "_traders")

    def __init__(self) -> None:
        self._arrivals: list[Member] = []
        self._ordered: list[float] = []
        self._leaving: list[tuple[int, float, str]] = []
        self._traders: dict[str, int] = {}
        self._spread: Spread | None = None
        self._entered, self._day, self._renewed = 0, -1, 0

    def __len__(self) -> int:
        """Members of all days (count): more than there ever are on one."""
        return len(self._arrivals)

    def add(self, member: Member) -> None:
        """Take in a member, in whatever order."""
        arrivals = self._arrivals
        if arrivals and member.entry < arrivals[-1].entry:
            insort(arrivals, member, key=lambda one: one.entry)
            self.forget()
        else:
            arrivals.append(member)

    def find(self, entry: int, unit_log: float, trader: str) -> Member | None:
        """A member by what it is, the one that stays longest; None if there is none such."""
        first = bisect_left(self._arrivals, entry, key=lambda one: one.entry)
        alike = [
            one
            for one in takewhile(lambda one: one.entry == entry, islice(self._arrivals, first, None))
            if one.unit_log == unit_log and one.trader == trader
        ]
        return max(alike, key=lambda one: one.leaves, default=None)

    def forget(self) -> None:
        """Look at all members anew when next asked: one of them now leaves earlier, or came late."""
        self._ordered, self._leaving, self._traders = [], [], {}
        self._spread = None
        self._entered, self._day = 0, -1
        self._renewed += 1

    def on(self, day: int) -> list[float]:
        """Logarithms known before a day and not gone on it, in ascending order (0..n); good until the next call."""
        if day < self._day:
            self.forget()
        self._day = day
        arrivals, first, size = self._arrivals, self._entered, len(self._arrivals)
        if first < size and arrivals[first].entry < day:
            last = first + 1
            while last < size and arrivals[last].entry < day:
                last += 1
            self._entered = last
            self._enter([one for one in arrivals[first:last] if one.leaves > day])
        leaving = self._leaving
        while leaving and leaving[0][0] <= day:
            self._leave(*heappop(leaving)[1:])
        return self._ordered

    def spread(self) -> Spread:
        """The spread as of the day last asked for; the set must not be empty."""
        if self._spread is None:
            self._spread = spread_of(self._ordered)
        return self._spread

    def points(self) -> list[tuple[int, float]]:
        """Day number and logarithm of each member as of the day last asked for, in ascending order of days (0..n)."""
        return [(one.entry, one.unit_log) for one in islice(self._arrivals, self._entered) if one.leaves > self._day]

    @property
    def state(self) -> tuple[int, int, int]:
        """What changes whenever its members do: how many entered, and how many of them are left."""
        return self._entered, len(self._ordered), self._renewed

    @property
    def traders(self) -> int:
        """Different importers as of the day last asked for, as far as they are known (count)."""
        return len(self._traders) - ("" in self._traders)

    @property
    def newest(self) -> int:
        """Day number of the member that came last, as of the day last asked for."""
        return self._arrivals[self._entered - 1].entry if self._entered else 0

    def _enter(self, coming: list[Member]) -> None:
        self._spread = None
        if len(coming) > _MANY:
            self._ordered += [one.unit_log for one in coming]
            self._ordered.sort()
            self._leaving += [(one.leaves, one.unit_log, one.trader) for one in coming]
            heapify(self._leaving)
        else:
            for one in coming:
                insort(self._ordered, one.unit_log)
                heappush(self._leaving, (one.leaves, one.unit_log, one.trader))
        traders = self._traders
        for one in coming:
            traders[one.trader] = traders.get(one.trader, 0) + 1

    def _leave(self, unit_log: float, trader: str) -> None:
        self._spread = None
        del self._ordered[bisect_left(self._ordered, unit_log)]
        self._traders[trader] -= 1
        if not self._traders[trader]:
            del self._traders[trader]
