# SPDX-License-Identifier: Apache-2.0
"""When somebody works: spans of time, and work laid into them, which a closing hour interrupts and does not end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import accumulate, pairwise

from cocket.errors import SenderError


class Calendar:
    """Spans of work, as seconds since 1970.

    Args:
        spans: Beginning and end of each (1..n), in order, none within another.

    Raises:
        SenderError: There is none, or they are not in order.
    """

    def __init__(self, spans: Sequence[tuple[float, float]]) -> None:
        if not spans or any(end <= start for start, end in spans):
            raise SenderError("A calendar needs at least one span of work.", code="what-if-hours")
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise SenderError("The spans of a calendar must be in order.", code="what-if-hours")
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]
        self._before = [0.0, *accumulate(end - start for start, end in spans)]

    def worked(self, at: float) -> float:
        """Seconds worked up to a moment."""
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0.0
        return self._before[place] + min(at, self._ends[place]) - self._starts[place]

    def between(self, start: float, end: float) -> float:
        """Seconds worked between two moments."""
        return self.worked(end) - self.worked(start)

    def next_open(self, at: float) -> float:
        """The first moment of work, then or later; infinite where there is none."""
        place = bisect_right(self._ends, at)
        return max(at, self._starts[place]) if place < len(self._starts) else float("inf")

    def end_of(self, start: float, seconds: float) -> float:
        """When work that begins at a moment of work is done; infinite where the calendar ends before it."""
        if start == float("inf"):
            return start
        goal = self.worked(start) + seconds
        place = bisect_right(self._before, goal - 1e-9) - 1
        if place >= len(self._starts):
            return float("inf")
        return self._starts[place] + goal - self._before[place]


def weekly(
    days: tuple[date, date],
    hours: tuple[int, int],
    weekdays: Collection[int],
    zone: tzinfo,
    closed: Collection[date] = (),
) -> Calendar:
    """The same hours on some days of the week, by the clock of a zone.

    Args:
        days: First and last day.
        hours: Minutes since midnight of opening and closing.
        weekdays: 1 for Monday to 7 for Sunday.
        zone: Time zone; the change of the clock is its own.
        closed: Days on which it is closed all the same.

    Raises:
        SenderError: It is never open.
    """
    spans = []
    day = days[0]
    while day <= days[1]:
        if day.isoweekday() in weekdays and day not in closed:
            spans.append((_at(day, hours[0], zone), _at(day, hours[1], zone)))
        day += timedelta(days=1)
    return Calendar(spans)


def _at(day: date, minutes: int, zone: tzinfo) -> float:
    whole, rest = divmod(minutes, 24 * 60)
    hour, minute = divmod(rest, 60)
    return datetime.combine(day + timedelta(days=whole), time(hour, minute), zone).timestamp()
