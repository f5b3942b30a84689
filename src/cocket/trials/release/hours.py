# SPDX-License-Identifier: Apache-2.0
"""Working time between two moments, by the days on which an office is open and the hours of those days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cocket.control import Office, OfficeBook
from cocket.control.offices import read_hours

Floats = NDArray[np.float64]

#: The whole day, from midnight to midnight.
WHOLE_DAY: Final = (time.min, time.min)


class WorkingTime:
    """The time that an office is open, from any moment to any other.

    Days and hours are those of the zone, so that a day on which clocks change has 23 or 25 hours. Holidays of the office
    count as closed.

    Args:
        office: The office with its weekdays and holidays.
        zone: Zone of its days.
        hours: From when to when it is open on an open day, by the clock of the zone; `WHOLE_DAY` for all of it.
    """

    def __init__(self, office: Office, zone: tzinfo, hours: tuple[time, time] = WHOLE_DAY) -> None:
        self._office, self._zone, self._hours = office, zone, hours
        self._first, self._last = date.max, date.min
        self._starts = self._opens = self._spans = self._sums = np.empty(0)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from a moment to another; negative where the second is before the first.

        Args:
            start: The first moment, with an offset.
            end: The second.
        """
        first, second = self.positions(np.array([start.timestamp(), end.timestamp()]))
        return timedelta(seconds=float(second - first))

    def positions(self, moments: Floats) -> Floats:
        """Working seconds from a fixed moment to each of these, so that differences are working times between them.

        The fixed moment may change when moments of other days are asked for: compare only what one call gave.

        Args:
            moments: Seconds since 1970, UTC; shape `(n,)`, NaN where there is none.

        Returns:
            Seconds; shape `(n,)`, NaN likewise.
        """
        known = moments[~np.isnan(moments)]
        if not len(known):
            return np.full(len(moments), np.nan)
        self._reach(float(known.min()), float(known.max()))
        places = np.searchsorted(self._starts, np.nan_to_num(moments, nan=float(known[0])), side="right") - 1
        within = np.clip(moments - self._opens[places], 0.0, self._spans[places])
        return np.asarray(self._sums[places] + within)

    def _reach(self, low: float, high: float) -> None:
        """Lay out every day of a time, unless it is laid out already."""
        first, last = (datetime.fromtimestamp(one, self._zone).date() for one in (low, high))
        if self._first <= first and last <= self._last:
            return
        self._first, self._last = min(first, self._first), max(last, self._last)
        days = [self._first + timedelta(days=one) for one in range((self._last - self._first).days + 1)]
        bounds = [self._bounds(day) for day in days]
        self._starts = np.array([one[0] for one in bounds])
        self._opens = np.array([one[1] for one in bounds])
        self._spans = np.array([one[2] - one[1] for one in bounds])
        self._sums = np.concatenate(([0.0], np.cumsum(self._spans)[:-1]))

    def _bounds(self, day: date) -> tuple[float, float, float]:
        """When a day begins, and when the office opens and closes on it, as seconds since 1970; the same twice on a closed day."""
        opens, closes = self._hours
        start, begin = self._at(day, time.min), self._at(day, opens)
        if not self._office.is_open(day):
            return start, begin, begin
        return start, begin, self._at(day + timedelta(days=1) if closes <= opens or closes == time.min else day, closes)

    def _at(self, day: date, clock: time) -> float:
        return datetime.combine(day, clock, self._zone).astimezone(UTC).timestamp()


class Calendars:
    """Working time of every office; one that has no calendar is open on every day.

    Args:
        book: Offices with their days.
        zone: Zone of their days.
        hours: Hours of an open day, of offices that have none of their own.
    """

    def __init__(self, book: OfficeBook, zone: tzinfo, hours: tuple[time, time] = WHOLE_DAY) -> None:
        self._book, self.zone, self.hours = book, zone, hours
        self._times: dict[str, WorkingTime] = {}

    def has(self, office: str) -> bool:
        """Whether days are set for an office."""
        return self._book.of(office) is not None

    def of(self, office: str) -> WorkingTime:
        """Working time of an office."""
        if office not in self._times:
            known = self._book.of(office) or Office(code="-")
            hours = read_hours(known.hours) if known.hours else self.hours
            self._times[office] = WorkingTime(known, self.zone, hours)
        return self._times[office]
