# SPDX-License-Identifier: Apache-2.0
"""Schedules of subscriptions: when a query is to run next.

Source: GS1 EPCIS 2.0 §8.2.5.3 (QuerySchedule).
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec

from cocket.errors import SenderError

#: Field → least and greatest value. Monday is 1, Sunday 7.
_FIELDS: Final = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
_ELEMENT: Final = re.compile(r"(\d{1,2})|\[(\d{1,2})-(\d{1,2})\]")

#: A schedule that has no day within so many days has none at all (29 February comes within 8 years and a day).
_HORIZON_DAYS: Final = 8 * 366


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a query runs, in UTC: the values that each part of a time may have; empty for any.

    Attributes:
        second: 0–59.
        minute: 0–59.
        hour: 0–23.
        day_of_month: 1–31.
        month: 1–12.
        day_of_week: 1 for Monday to 7 for Sunday.
    """

    second: tuple[int, ...] = ()
    minute: tuple[int, ...] = ()
    hour: tuple[int, ...] = ()
    day_of_month: tuple[int, ...] = ()
    month: tuple[int, ...] = ()
    day_of_week: tuple[int, ...] = ()


def read_schedule(value: Any) -> Schedule:
    """A schedule as a subscription states it.

    Args:
        value: An object whose members are numbers, ranges `[1-5]` and lists of these divided by commas, as text.

    Raises:
        SenderError: It is none, or no day fits it.

    Source: GS1 EPCIS 2.0 §8.2.5.3.
    """
    if not isinstance(value, dict) or not value or not value.keys() <= _FIELDS.keys():
        raise SenderError(
            "The schedule is not valid.", code="epcis-schedule", expected=", ".join(_FIELDS), found=str(value)[:100]
        )
    told = {name: _values(name, str(value[name])) if name in value else () for name in _FIELDS}
    made = Schedule(
        second=told["second"] or (0,),
        minute=told["minute"],
        hour=told["hour"],
        day_of_month=told["dayOfMonth"],
        month=told["month"],
        day_of_week=told["dayOfWeek"],
    )
    if not any(monthrange(2024, month)[1] >= day for month in made.month or (1,) for day in made.day_of_month or (1,)):
        raise SenderError("No day fits the schedule.", code="epcis-schedule")
    return made


def next_run(schedule: Schedule, after: datetime) -> datetime | None:
    """The first time past a moment at which a schedule runs, in UTC; None if there is none within eight years.

    Source: GS1 EPCIS 2.0 §8.2.5.3.
    """
    moment = after.replace(microsecond=0) + timedelta(seconds=1)
    day, begin = moment.date(), moment.timetz()
    for _ in range(_HORIZON_DAYS):
        if _is_day(schedule, day):
            found = _time_of_day(schedule, begin)
            if found is not None:
                return datetime.combine(day, found, after.tzinfo)
        day, begin = day + timedelta(days=1), time(0)
    return None


def _is_day(schedule: Schedule, day: date) -> bool:
    return (
        (not schedule.month or day.month in schedule.month)
        and (not schedule.day_of_month or day.day in schedule.day_of_month)
        and (not schedule.day_of_week or day.isoweekday() in schedule.day_of_week)
    )


def _time_of_day(schedule: Schedule, begin: time) -> time | None:
    """The first time of a day from one on at which a schedule runs."""
    for hour in schedule.hour or range(24):
        if hour < begin.hour:
            continue
        for minute in schedule.minute or range(60):
            if (hour, minute) < (begin.hour, begin.minute):
                continue
            for second in schedule.second or range(60):
                if (hour, minute, second) >= (begin.hour, begin.minute, begin.second):
                    return time(hour, minute, second)
    return None


def _values(name: str, text: str) -> tuple[int, ...]:
    least, most = _FIELDS[name]
    found: set[int] = set()
    for part in text.split(","):
        match = _ELEMENT.fullmatch(part.strip())
        first = int(match[1] or match[2]) if match else -1
        last = int(match[1] or match[3]) if match else -1
        if not least <= first <= last <= most:
            raise SenderError(
                f"The schedule is not valid: {name}.",
                code="epcis-schedule",
                expected=f"{least}–{most}, ranges such as [{least}-{most}], divided by commas",
                found=text[:50],
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found))
