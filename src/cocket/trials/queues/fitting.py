# SPDX-License-Identifier: Apache-2.0
"""How long work takes, told from closings: the time between two closings of one person while work was waiting.

From opening to closing holds the wait and every pause of the queue, and says nothing of the work. While a case waits, the time from
one closing to the next is what a case costs, with the pauses a person makes: what matters for a queue. Without a queue it cannot
be told, and is not guessed.

Source: Hopp and Spearman, Factory Physics, 2nd ed., 2001, and Jacobs et al., IEEE Transactions on Semiconductor Manufacturing
16(3), 2003 (effective process time from arrivals and departures).
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Final, Literal

import msgspec

from cocket.trials.queues.calendars import Calendar, weekly

#: Closings while work was waiting from which service times are told (count).
LEAST_SAMPLES: Final = 30

#: Days with closings from which hours and staff are told (count).
LEAST_DAYS: Final = 5

#: Share of closings before opening, and after closing, that is somebody's overtime (0–1).
_OVERTIME: Final = 0.005

_DAY: Final = 86_400.0

Why = Literal["no-closings", "few-days", "no-queue"]


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work.

    Attributes:
        opened: When it came to the station, seconds since 1970.
        closed: When it was done; None if it is open, or the stamp is missing.
        worker: Who closed it; None if not known.
        is_done: Whether it is done, the stamp missing or not.
    """

    opened: float
    closed: float | None
    worker: str | None
    is_done: bool = True


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """How a station works.

    Attributes:
        hours: Minutes since midnight of opening and closing, by the clock of the zone.
        weekdays: Days of the week on which it works, 1 for Monday to 7.
        staff: Day of the week → people who work on it (count, the middle of all such days).
        people: People at work on each day of the past (count).
        closed: Days of the past on which nobody worked, though others of that day of the week were worked on (0..n).
        samples: Seconds of work of single cases (n of `LEAST_SAMPLES` or more); pauses are in them.
        missing: Share of what was done without a stamp or a name (0–1); samples are shortened by it, as they span two cases there.
        queued: Share of closings while work was waiting (0–1).
    """

    hours: tuple[int, int]
    weekdays: tuple[int, ...]
    staff: dict[int, int]
    people: dict[date, int]
    closed: tuple[date, ...]
    samples: tuple[float, ...]
    missing: float
    queued: float

    @property
    def mean(self) -> float:
        """Seconds of work a case, with pauses."""
        return statistics.fmean(self.samples)


class Unidentified(msgspec.Struct, frozen=True, kw_only=True):
    """Why the work of a station cannot be told.

    Attributes:
        why: `no-closings`, `few-days` or `no-queue`.
        closings: Closings with a stamp and a name (count).
        days: Days with one (count).
        queued: Of the closings those while work was waiting (count).
    """

    why: Why
    closings: int = 0
    days: int = 0
    queued: int = 0


def fit(
    closings: Sequence[Closing],
    zone: tzinfo,
    hours: tuple[int, int] | None = None,
    weekdays: Sequence[int] = (),
) -> Fitted | Unidentified:
    """Tell hours, people and service times of a station from what was closed.

    Args:
        closings: Its work (0..n), in any order.
        zone: Time zone of the office.
        hours: Hours, if they are known; None to tell them from the closings.
        weekdays: Days of the week, if they are known.
    """
    told = sorted(
        (one.closed, one.opened, one.worker) for one in closings if one.closed is not None and one.worker is not None
    )
    by_day: dict[date, set[str]] = defaultdict(set)
    for closed, _, worker in told:
        by_day[datetime.fromtimestamp(closed, zone).date()].add(worker)
    if not told:
        return Unidentified(why="no-closings")
    if len(by_day) < LEAST_DAYS:
        return Unidentified(why="few-days", closings=len(told), days=len(by_day))
    first, last = min(by_day), max(by_day)
    open_on = tuple(weekdays) or _weekdays(by_day, first, last)
    worked = sorted(day for day in by_day if day.isoweekday() in open_on)
    every = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
    closed_days = tuple(day for day in every if day.isoweekday() in open_on and day not in by_day)
    told_hours = hours or _hours([closed for closed, _, _ in told], zone)
    samples = _samples(told, weekly((first, last), told_hours, open_on, zone, closed_days))
    if hours is None and samples:
        told_hours = _opening(told, statistics.median(samples), zone), told_hours[1]
        told_hours = min(told_hours[0], _hours([closed for closed, _, _ in told], zone)[0]), told_hours[1]
        samples = _samples(told, weekly((first, last), told_hours, open_on, zone, closed_days))
    if len(samples) < LEAST_SAMPLES:
        return Unidentified(why="no-queue", closings=len(told), days=len(by_day), queued=len(samples))
    done = sum(one.is_done for one in closings)
    missing = 1.0 - len(told) / done if done > len(told) else 0.0
    queued = len(samples) / len(told)
    staff = {
        weekday: max(1, round(statistics.median(len(by_day[day]) for day in worked if day.isoweekday() == weekday)))
        for weekday in open_on
        if any(day.isoweekday() == weekday for day in worked)
    }
    return Fitted(
        hours=told_hours,
        weekdays=tuple(sorted(staff)),
        staff=staff,
        people={day: len(by_day[day]) for day in worked},
        closed=closed_days,
        # a gap of missing stamps is longer by as many cases, and is seen only where all of these were waiting
        samples=tuple(one * (1.0 - missing * queued) for one in samples),
        missing=missing,
        queued=queued,
    )


def _samples(told: Sequence[tuple[float, float, str]], calendar: Calendar) -> list[float]:
    """Working seconds between two closings of one person, the later of which was waiting when the earlier was done."""
    last: dict[str, float] = {}
    samples = []
    for closed, opened, worker in told:
        before = last.get(worker)
        if before is not None and opened <= before and closed - before < 4 * _DAY:
            work = calendar.between(before, closed)
            if work > 0:
                samples.append(work)
        last[worker] = closed
    return samples


def _hours(closed: Sequence[float], zone: tzinfo) -> tuple[int, int]:
    """Opening and closing from when work is closed, to the quarter of an hour outward; a rare closing at night opens no office."""
    minutes = sorted(_minutes(moment, zone) for moment in closed)
    cut = int(len(minutes) * _OVERTIME)
    low, high = minutes[cut], minutes[len(minutes) - 1 - cut]
    return int(low // 15) * 15, max(int(low // 15) * 15 + 15, -int(-high // 15) * 15)


def _opening(told: Sequence[tuple[float, float, str]], work: float, zone: tzinfo) -> int:
    """Opening to the half hour: the first closing of each person on each day, less the work of a case that waited for him."""
    firsts: dict[tuple[str, date], float] = {}
    for closed, opened, worker in told:
        if opened <= closed - 2 * work:
            firsts.setdefault((worker, datetime.fromtimestamp(closed, zone).date()), closed)
    if not firsts:
        return 24 * 60
    begun = statistics.median(_minutes(closed, zone) - work / 60 for closed in firsts.values())
    return max(0, round(begun / 30) * 30)


def _minutes(moment: float, zone: tzinfo) -> float:
    at = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    return at.hour * 60 + at.minute + at.second / 60


def _weekdays(by_day: dict[date, set[str]], first: date, last: date) -> tuple[int, ...]:
    """Days of the week of which at least a quarter were worked on."""
    found = []
    for weekday in range(1, 8):
        days = sum(
            date.fromordinal(number).isoweekday() == weekday
            for number in range(first.toordinal(), last.toordinal() + 1)
        )
        if days and sum(day.isoweekday() == weekday for day in by_day) / days >= 0.25:
            found.append(weekday)
    return tuple(found)
