# SPDX-License-Identifier: Apache-2.0
"""When a journey will arrive: an interval learned from journeys before it on the same way.

At a point of the way, journeys before took a known time for the rest. A new journey's rest is foretold as the median of
theirs, pulled part of the way towards its own pace so far; and how wrong that was for the journeys before, as a ratio,
gives the interval: split conformal prediction, whose intervals cover as often as they say if new journeys are like old
ones. Stops to come are in the interval because they were in the journeys before.
Source: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2005); Lei et al., JASA 113 (2018).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

import msgspec

#: Points of the way at which journeys are compared, as shares of it.
_MARKS = 20

#: Places between two marks at which errors are measured: what is left grows small towards the end, and errors large in
#: proportion, so that those at a mark are too small for what comes after it.
_STEPS = 4

#: How far one's own pace weighs against that of others at the very end; it grows with the way that was seen.
_OWN_PACE = 0.5


class Eta(msgspec.Struct, frozen=True, kw_only=True):
    """When a journey will arrive (UTC).

    Attributes:
        earliest: Beginning of the interval.
        expected: Its middle.
        latest: End of the interval.
        coverage: How often such intervals hold, 0–1.
    """

    earliest: datetime
    expected: datetime
    latest: datetime
    coverage: float


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One journey that has arrived, as shares of its way against time.

    Attributes:
        shares: Shares of the way, rising from 0 to 1 (2..n).
        seconds: Seconds since departure at which each was reached (as many).
    """

    shares: tuple[float, ...]
    seconds: tuple[float, ...]

    def at(self, share: float) -> float:
        """Seconds since departure at which a share was reached, between its neighbours in proportion."""
        place = min(max(1, bisect_right(self.shares, share)), len(self.shares) - 1)
        low, high = self.shares[place - 1], self.shares[place]
        part = 0.0 if high == low else (share - low) / (high - low)
        return self.seconds[place - 1] + min(1.0, max(0.0, part)) * (self.seconds[place] - self.seconds[place - 1])


class EtaModel:
    """What journeys before tell of a way.

    Args:
        passages: Journeys that have arrived (at least 20); half are learned from, half measure the error.
        coverage: How often the interval shall hold.

    Raises:
        ValueError: There are too few journeys.
    """

    def __init__(self, passages: Iterable[Passage], coverage: float = 0.8) -> None:
        known = list(passages)
        if len(known) < _MARKS:
            raise ValueError(f"an ETA needs {_MARKS} earlier journeys, there are {len(known)}")
        learned, held = known[::2], known[1::2]
        self._coverage = coverage
        marks = [mark / _MARKS for mark in range(_MARKS)]
        self._rest = [median(each.seconds[-1] - each.at(mark) for each in learned) for mark in marks]
        self._reach = [median(each.at(mark) for each in learned) for mark in marks]
        self._held = len(held)
        self._errors = [
            sorted(
                self._error(each, mark + (step + 0.5) / (_STEPS * _MARKS)) for each in held for step in range(_STEPS)
            )
            for mark in marks
        ]

    def _error(self, passage: Passage, share: float) -> float:
        """What a journey took for the rest of its way, in multiples of what was foretold."""
        elapsed = passage.at(share)
        return (passage.seconds[-1] - elapsed) / self._foretell(share, elapsed)

    def _foretell(self, share: float, elapsed_s: float) -> float:
        """Seconds foretold for the rest of the way."""
        mark = min(_MARKS - 1, int(share * _MARKS))
        within = share * _MARKS - mark
        ends = [*self._rest, 0.0]
        rest = max(60.0, ends[mark] + within * (ends[mark + 1] - ends[mark]))
        usual = self._reach[mark]
        if usual < 60 or elapsed_s <= 0:
            return rest
        own = min(3.0, max(1 / 3, elapsed_s / usual))
        return rest * math.pow(own, _OWN_PACE * share)

    def eta(self, departed: datetime, now: datetime, share: float) -> Eta:
        """When a journey will arrive.

        Args:
            departed: When it left (UTC).
            now: The moment at which it had come so far (UTC).
            share: Share of the way it has come, 0 ≤ share < 1.
        """
        foretold = self._foretell(share, (now - departed).total_seconds())
        errors = self._errors[min(_MARKS - 1, int(share * _MARKS))]
        tail = (1 - self._coverage) / 2
        low = _quantile(errors, tail, self._held, is_upper=False)
        high = _quantile(errors, 1 - tail, self._held, is_upper=True)
        return Eta(
            earliest=now + timedelta(seconds=foretold * low),
            expected=now + timedelta(seconds=foretold * _quantile(errors, 0.5, self._held, is_upper=True)),
            latest=now + timedelta(seconds=foretold * high),
            coverage=self._coverage,
        )


def _quantile(ordered: list[float], share: float, journeys: int, *, is_upper: bool) -> float:
    """The conformal quantile: of the errors of n journeys, the one of rank ⌈share·(n + 1)⌉, or ⌊…⌋ for the lower end.

    Where each journey gives several errors they count as one: ranks are of journeys.
    """
    each = len(ordered) / journeys
    rank = share * (journeys + 1)
    place = math.ceil(rank) if is_upper else math.floor(rank)
    return ordered[min(len(ordered), max(1, round(place * each - (each - 1) / 2))) - 1]
