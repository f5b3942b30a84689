# SPDX-License-Identifier: Apache-2.0
"""Counting that forgets slowly, and a middle that one liar cannot move.

Old evidence fades by half every `HALF_LIFE_DAYS`, so that a trader can mend his ways and counters do not drift upwards
for ever (counters that only grow make any model see next year as another world).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort

import msgspec

#: Days in which old evidence loses half its weight.
HALF_LIFE_DAYS = 180.0

#: Values a middle remembers (count): enough for a steady median, few enough to follow the market.
REMEMBERED = 63

#: Values a middle needs before it says anything (count).
NEEDED = 8


class Tally(msgspec.Struct, array_like=True):
    """Examinations and what they found, fading with time.

    Attributes:
        examined: Faded number of examinations as of `day`.
        found: Faded number of those that found an irregularity.
        day: Day of the last entry.
    """

    examined: float = 0.0
    found: float = 0.0
    day: float = 0.0

    def add(self, day: float, found: bool, share: float = 1.0) -> None:
        """Enter one result of a day; `share` (0–1) says how much of it is meant for this tally."""
        if day > self.day:
            fade = _fade(day - self.day)
            self.examined, self.found, self.day = self.examined * fade, self.found * fade, day
        else:
            share *= _fade(self.day - day)
        self.examined += share
        self.found += share * found

    def seen_from(self, day: float) -> tuple[float, float]:
        """Examinations and findings as they weigh on a later day."""
        fade = _fade(day - self.day)
        return self.examined * fade, self.found * fade


class Traffic(msgspec.Struct, array_like=True):
    """How often, and since when, something has been seen, whether examined or not.

    Attributes:
        first: Day it was first seen.
        count: Faded number of sightings as of `day`.
        day: Day it was last seen.
    """

    first: float
    count: float
    day: float

    def add(self, day: float) -> None:
        """Enter one sighting."""
        self.first = min(self.first, day)
        self.count = self.seen_from(day) + 1.0
        self.day = max(self.day, day)

    def seen_from(self, day: float) -> float:
        """The number of sightings as it weighs on a later day."""
        return self.count * _fade(day - self.day)


class Middle:
    """Median and spread of the last `REMEMBERED` values, at the cost of a look.

    Args:
        values: Values to begin with, oldest first.
    """

    __slots__ = ("_arrived", "_sorted")

    def __init__(self, values: tuple[float, ...] = ()) -> None:
        self._arrived = array("d", values)
        self._sorted = array("d", sorted(values))

    def add(self, value: float) -> None:
        """Remember one value, and forget the oldest if there are too many."""
        self._arrived.append(value)
        insort(self._sorted, value)
        if len(self._arrived) > REMEMBERED:
            del self._sorted[bisect_left(self._sorted, self._arrived.pop(0))]

    def look(self) -> tuple[float, float] | None:
        """Median and half the distance between the quartiles; None while fewer than `NEEDED` values are known."""
        known = self._sorted
        n = len(known)
        if n < NEEDED:
            return None
        return (known[n // 2] + known[(n - 1) // 2]) / 2, (known[3 * n // 4] - known[n // 4]) / 2

    def values(self) -> tuple[float, ...]:
        """What it remembers, oldest first (0..`REMEMBERED`)."""
        return tuple(self._arrived)


def _fade(days: float) -> float:
    """What is left of a weight after some days; nothing gains weight from the future."""
    return 1.0 if days <= 0 else float(0.5 ** (days / HALF_LIFE_DAYS))
