# SPDX-License-Identifier: Apache-2.0
"""Texts of a host file as numbers, dates and flags, and back."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

DateOrder = Literal["month-first", "day-first"]

# Bounds are ours: more digits than any sum has, and an exponent that cannot blow up when written out.
_NUMBER = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_FIRST_YEAR_OF_LAST_CENTURY = 80


@lru_cache(maxsize=8192)
def number(text: str) -> Decimal | None:
    """Read a number: decimal point, no thousands separator, exponent allowed.

    Args:
        text: Such as `19800.0` or `1.0623724E7`.

    Returns:
        The exact value; None if the text is not a number.

    Source: public SAD files, 31 seen; XML Schema part 2, double and decimal.
    """
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=8192)
def whole(text: str) -> int | None:
    """Read a count, which a host may write with decimals (`12.00`).

    Returns:
        The count; None if the text is not a number, or not a whole one.

    Source: public SAD files: packages have decimals in 368 of 787 items.
    """
    value = number(text)
    return None if value is None or value != value.to_integral_value() else int(value)


def plain(value: Decimal) -> str:
    """Write a number without exponent, with the decimal places it has.

    Source: public SAD files.
    """
    return format(value, "f")


@lru_cache(maxsize=8192)
def is_plain(text: str) -> bool:
    """Whether a text is a number as `plain` writes it.

    Source: public SAD files.
    """
    value = number(text)
    return value is not None and plain(value) == text


def readings(text: str) -> dict[DateOrder, date]:
    """All days a date may mean.

    Args:
        text: Day and month in either order and a year of two or four digits, or ISO 8601.

    Returns:
        Day by order (0..2). An ISO date has the same day in both orders.

    Source: public SAD files: 14 of 14 header dates are month first; ISO 8601 in manifests.
    """
    text = text.strip()
    if iso := _ISO_DATE.fullmatch(text):
        day = _day(int(iso[1]), int(iso[2]), int(iso[3]))
        return {"month-first": day, "day-first": day} if day else {}
    shape = _DATE.fullmatch(text)
    if shape is None:
        return {}
    first, second, year = int(shape[1]), int(shape[2]), _full_year(shape[3])
    both: dict[DateOrder, date | None] = {
        "month-first": _day(year, first, second),
        "day-first": _day(year, second, first),
    }
    return {order: day for order, day in both.items() if day}


@lru_cache(maxsize=4096)
def day(text: str, order: DateOrder | None) -> date | None:
    """Read a date.

    Args:
        text: As `readings` takes it.
        order: Order of the country; None where it is not known, and then only a date with one reading is read.

    Returns:
        The day; None if the text is no date, or may be two.

    Source: public SAD files.
    """
    found = readings(text)
    if order is not None:
        return found.get(order)
    days = set(found.values())
    return days.pop() if len(days) == 1 else None


def year(text: str) -> int | None:
    """Read the year of a date, which no order of day and month leaves in doubt.

    Source: public SAD files.
    """
    found = readings(text)
    return next(iter(found.values())).year if found else None


@lru_cache(maxsize=1024)
def write_day(value: date, pattern: str) -> str:
    """Write a date.

    Args:
        value: The day.
        pattern: `mm` and `dd` with leading zero, `m` and `d` without, `yyyy` or `yy`, and what stands between.

    Source: public SAD files.
    """
    parts = {
        "yyyy": f"{value.year:04}",
        "yy": f"{value.year % 100:02}",
        "mm": f"{value.month:02}",
        "m": str(value.month),
        "dd": f"{value.day:02}",
        "d": str(value.day),
    }
    return re.sub("yyyy|yy|mm|m|dd|d", lambda place: parts[place[0]], pattern)


def flag(text: str) -> bool | None:
    """Read a flag: `true` or `1`, `false` or `0`, in any case.

    Returns:
        None if the text is neither.

    Source: public SAD files; UNCTAD manifest message description.
    """
    return {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())


def lines_of(text: str | None) -> list[str]:
    """The lines of a text, outer white space and empty lines removed.

    Source: public SAD files: names with the address below, parted by line breaks.
    """
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _full_year(text: str) -> int:
    if len(text) == len("2026"):
        return int(text)
    return int(text) + (1900 if int(text) >= _FIRST_YEAR_OF_LAST_CENTURY else 2000)


def _day(year_: int, month: int, day_: int) -> date | None:
    try:
        return date(year_, month, day_)
    except ValueError:
        return None
