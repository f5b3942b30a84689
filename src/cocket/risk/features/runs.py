# SPDX-License-Identifier: Apache-2.0
"""Sums over the last days of one group, at the cost of a look."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence

#: A value counts for at most so much in windows, either way (hundredths, about 90 trillion of the currency).
MOST_CENTS = 2**53

#: Integers that MessagePack holds: a sum beyond them is written down as text.
_LEAST_WRITTEN, _MOST_WRITTEN = -(2**63), 2**63 - 1

#: Rows that may have grown too old before they are thrown away: often enough to stay small, seldom enough to stay quick.
_STALE = 256


def cents_of(value: float | None) -> int:
    """A value in hundredths, held within `MOST_CENTS` either way; 0 of what is not stated or no number."""
    if value is None or not math.isfinite(value):
        return 0
    return round(max(-float(MOST_CENTS), min(float(MOST_CENTS), 100.0 * value)))


class Trend:
    """Values of the last days of one group, and their sum.

    Args:
        values: Day and value of those to begin with, oldest first; `total` their sum as it was kept.
        total: See `values`.
    """

    __slots__ = ("_sum", "_values")

    def __init__(self, values: Iterable[tuple[float, float]] = (), total: float = 0.0) -> None:
        self._values: deque[tuple[float, float]] = deque(values)
        self._sum = total

    def add(self, day: float, value: float) -> None:
        """Take in one value."""
        self._values.append((day, value))
        self._sum += value

    def forget(self, before: float) -> bool:
        """Forget the values before a day; gives whether there were any."""
        count = len(self._values)
        while self._values and self._values[0][0] < before:
            self._sum -= self._values.popleft()[1]
        return len(self._values) < count

    def mean(self, worth: float) -> float:
        """Mean of the values, leaning on 0 as much as on `worth` values."""
        return self._sum / (len(self._values) + worth)

    def parts(self) -> tuple[list[tuple[float, float]], float]:
        """The arguments that make an equal one."""
        return list(self._values), self._sum


class Window:
    """Rows of one group, and their value, over the last days.

    Args:
        longest: Days after which a row is never asked for again.
        days: Days of the rows to begin with, oldest first.
        cents: Value of all rows up to each, hundredths; as text where no 64 bits hold it.
        shares: Rows up to each, by their shares.
        owners: Declaration of each.
    """

    __slots__ = ("_cents", "_days", "_known", "_longest", "_owners", "_shares")

    def __init__(
        self,
        longest: float,
        days: list[float] | None = None,
        cents: Sequence[int | str] | None = None,
        shares: list[float] | None = None,
        owners: list[str] | None = None,
    ) -> None:
        self._longest = longest
        self._days = days or []
        self._cents = [int(each) for each in cents or ()]
        self._shares = shares or []
        self._owners = owners or []
        self._known = set(self._owners)

    def add(self, day: float, cents: int, share: float, owner: str) -> None:
        """Take in a row of a declaration."""
        if len(self._days) >= _STALE and self._days[_STALE - 1] < day - self._longest:
            for column in (self._days, self._cents, self._shares, self._owners):
                del column[: _STALE - 1]
            self._known = set(self._owners)
        before = (self._cents[-1], self._shares[-1]) if self._days else (0, 0.0)
        self._days.append(day)
        self._cents.append(before[0] + cents)
        self._shares.append(before[1] + share)
        self._owners.append(owner)
        self._known.add(owner)

    def since(self, day: float, own: str) -> tuple[float, int]:
        """Rows by their shares and their value (hundredths) from a day on, those of one declaration left out."""
        start = bisect_left(self._days, day)
        if start == len(self._days):
            return 0.0, 0
        if own in self._known:
            return self._without(start, own)
        rows = self._shares[-1] - (self._shares[start - 1] if start else 0.0)
        cents = self._cents[-1] - (self._cents[start - 1] if start else 0)
        return rows, cents

    def parts(self) -> tuple[list[float], Sequence[int | str], list[float], list[str]]:
        """The arguments that make an equal one, after `longest`."""
        cents: Sequence[int | str] = self._cents
        if self._cents and (min(self._cents) < _LEAST_WRITTEN or max(self._cents) > _MOST_WRITTEN):
            cents = [each if _LEAST_WRITTEN <= each <= _MOST_WRITTEN else str(each) for each in self._cents]
        return self._days, cents, self._shares, self._owners

    def written(self) -> tuple[float, list[float], Sequence[int | str], list[float], list[str]]:
        """The arguments that make an equal one."""
        return (self._longest, *self.parts())

    def _without(self, start: int, own: str) -> tuple[float, int]:
        rows, cents = 0.0, 0
        for place in range(start, len(self._days)):
            if self._owners[place] != own:
                rows += self._shares[place] - (self._shares[place - 1] if place else 0.0)
                cents += self._cents[place] - (self._cents[place - 1] if place else 0)
        return rows, cents
