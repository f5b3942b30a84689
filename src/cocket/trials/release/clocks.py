# SPDX-License-Identifier: Apache-2.0
"""Clocks of two sources compared by the steps that both observed: shown, and never corrected unless someone says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from statistics import median
from typing import Final

import msgspec

from cocket.errors import SettingsError

#: Steps that both must have observed before anything is said (count).
FEWEST: Final = 30

#: Differences below this are taken for the way from one desk to the next (seconds).
WORTH_SAYING: Final = 60.0

#: Largest correction of a clock that is taken: two days.
_MOST: Final = 172_800

#: Differences of a pair that are kept (count); more say nothing more of a median.
_KEPT: Final = 5_000


class ClockPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two sources that observed the same steps.

    Attributes:
        first: A source.
        second: Another.
        steps: Steps that both observed (count).
        offset: By how much the second is later, in the middle (seconds; negative where it is earlier).
        spread: Half of the differences lie within this of the middle (seconds).
        is_clock: Whether it looks like a clock that is wrong: the same difference nearly always, and one worth saying.
    """

    first: str
    second: str
    steps: int
    offset: float
    spread: float
    is_clock: bool


class ClockPairs:
    """Differences as they are met."""

    def __init__(self) -> None:
        self._found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        self._counts: defaultdict[tuple[str, str], int] = defaultdict(int)

    def add(self, differences: Iterable[tuple[str, str, timedelta]]) -> None:
        """Take in what one consignment tells."""
        for first, second, difference in differences:
            self._counts[first, second] += 1
            if len(self._found[first, second]) < _KEPT:
                self._found[first, second].append(difference.total_seconds())

    def pairs(self) -> tuple[ClockPair, ...]:
        """Pairs of which enough is known, those that look like a wrong clock first (0..n)."""
        made = []
        for (first, second), found in self._found.items():
            if len(found) < FEWEST:
                continue
            middle = median(found)
            spread = median(abs(one - middle) for one in found)
            made.append(
                ClockPair(
                    first=first,
                    second=second,
                    steps=self._counts[first, second],
                    offset=middle,
                    spread=spread,
                    is_clock=abs(middle) >= WORTH_SAYING and spread <= max(30.0, abs(middle) / 4),
                )
            )
        return tuple(sorted(made, key=lambda one: (not one.is_clock, one.first, one.second)))


def read_clocks(text: str) -> dict[str, timedelta]:
    """Read corrections such as `gate 2=420, host=-60`: by how many seconds the clock of a source is fast.

    Raises:
        SettingsError: It is not of that form.
    """
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        source, sign, seconds = part.rpartition("=")
        number = seconds.strip().removeprefix("-")
        if not sign or not source.strip() or not number.isascii() or not number.isdigit() or len(number) > 6:
            raise SettingsError(
                "Enter a source and the seconds by which its clock is fast, as gate=420.",
                code="clocks",
                found=part[:60],
            )
        if int(number) > _MOST:
            raise SettingsError("A clock is corrected by at most two days.", code="clocks", found=part[:60])
        found[source.strip()] = timedelta(seconds=int(seconds))
    return found
