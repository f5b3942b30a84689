# SPDX-License-Identifier: Apache-2.0
"""Who is on call for alerts: shifts of officers in the order in which they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from cocket.errors import SenderError

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z|24:00\Z")
_DAYS: Final = 7


class Shift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours in which an officer is on call, each week alike.

    Attributes:
        officer: Sign-in name.
        days: Days of the week on which the hours begin (1..7), 0 for Monday; all by default.
        begins: Clock at which they begin, `HH:MM`, in the zone of the installation.
        ends: Clock at which they end, up to `24:00`; one that is not after `begins` is on the next day.
    """

    officer: str
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    begins: str = "00:00"
    ends: str = "24:00"


def wrong_shifts(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """Shifts whose days or hours are none (0..n)."""
    return tuple(
        shift
        for shift in shifts
        if not shift.days
        or not all(0 <= day < _DAYS for day in shift.days)
        or not (_CLOCK.match(shift.begins) and _CLOCK.match(shift.ends))
        or shift.begins in (shift.ends, "24:00")
    )


def on_call(shifts: Sequence[Shift], local: datetime) -> tuple[str, ...]:
    """Officers on call at a moment, in the order of the list, each once (0..n).

    Args:
        shifts: The list, in order; all of them right by `wrong_shifts`.
        local: The moment in the zone of the installation.
    """
    return tuple(dict.fromkeys(shift.officer for shift in shifts if _holds(shift, local)))


def _holds(shift: Shift, local: datetime) -> bool:
    clock, today, yesterday = f"{local:%H:%M}", local.weekday(), (local.weekday() - 1) % _DAYS
    if shift.begins < shift.ends:
        return today in shift.days and shift.begins <= clock < shift.ends
    return (today in shift.days and clock >= shift.begins) or (yesterday in shift.days and clock < shift.ends)


_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_shifts(text: str) -> tuple[Shift, ...]:
    """A list as people write it: a shift a line, `officer days hours`, such as `olga mon-fri 06:00-18:00`.

    Days are names, ranges of them (`fri-sun`), or both with commas between; `daily`, or nothing, is every day. Hours left out
    are the whole day.

    Raises:
        SenderError: A line is no shift.
    """
    shifts = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        days, hours = _ALL, ("00:00", "24:00")
        for word in words[1:]:
            begins, _, ends = word.partition("-")
            if ":" in word and ends:
                hours = (begins, ends)
            else:
                days = _days(word.casefold())
        shift = Shift(officer=words[0], days=days, begins=hours[0], ends=hours[1])
        if len(words) > 3 or wrong_shifts([shift]):
            raise SenderError(
                f"Line {number} is not a shift such as: olga mon-fri 06:00-18:00", code="on-call-line", found=line[:100]
            )
        shifts.append(shift)
    return tuple(shifts)


def write_shifts(shifts: Iterable[Shift]) -> str:
    """A list as `read_shifts` reads it."""
    return "".join(
        f"{shift.officer} {','.join(_NAMES[day] for day in shift.days) if shift.days != _ALL else 'daily'} "
        f"{shift.begins}-{shift.ends}\n"
        for shift in shifts
    )


_ALL: Final[tuple[int, ...]] = (0, 1, 2, 3, 4, 5, 6)


def _days(word: str) -> tuple[int, ...]:
    """Days of one word; empty if it names none."""
    if word == "daily":
        return _ALL
    found: list[int] = []
    for part in word.split(","):
        first, _, last = part.partition("-")
        if first not in _NAMES or (last or first) not in _NAMES:
            return ()
        begin, end = _NAMES.index(first), _NAMES.index(last or first)
        found += [day % _DAYS for day in range(begin, end + 1 + (_DAYS if end < begin else 0))]
    return tuple(dict.fromkeys(found))
