# SPDX-License-Identifier: Apache-2.0
"""Customs offices as an administration sets them by page: places a day, and on which days they are open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

import msgspec

from cocket.errors import SettingsError

#: Days for which an end is looked for at most; an office is open on one of them.
_MOST_DAYS: Final = 3_660


#: Hours that an order may have at most: a year.
MOST_HOURS: Final = 8_760


class Office(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One customs office.

    Attributes:
        code: Its code in declarations.
        red_per_day: Examinations it can do a day (count); None as for all.
        yellow_per_day: Document checks it can do a day (count); None as for all.
        random_reserve: Of the examinations, places kept for chance (count); None as for all, and never more than there are.
        order_hours: Hours, counted while it is open, within which an order is to be dealt with; 0 for no end, None as for all.
        weekdays: Days of the week on which it is open, 1 for Monday to 7 for Sunday (1..7).
        holidays: Days on which it is closed all the same, sorted (0..n).
        hours: From when to when it is open on such a day, as `08:00-17:00`; empty for the whole day, or as it is asked.
    """

    code: str
    red_per_day: int | None = None
    yellow_per_day: int | None = None
    random_reserve: int | None = None
    order_hours: int | None = None
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    holidays: tuple[date, ...] = ()
    hours: str = ""

    def __post_init__(self) -> None:
        problems = []
        if self.hours:
            try:
                read_hours(self.hours)
            except SettingsError as error:
                problems.append(f"hours are given as 08:00-17:00, the opening first, not {error.found}")
        if not self.code or not self.code.isprintable() or any(map(str.isspace, self.code)) or len(self.code) > 20:
            problems.append("the code of an office has 1 to 20 signs and no spaces")
        if any(one is not None and one < 0 for one in (self.red_per_day, self.yellow_per_day, self.random_reserve)):
            problems.append("places per day must not be negative")
        if self.order_hours is not None and not 0 <= self.order_hours <= MOST_HOURS:
            problems.append(f"the hours of an order are 0 to {MOST_HOURS}")
        if self.red_per_day is not None and (self.random_reserve or 0) > self.red_per_day:
            problems.append("the places kept for chance must not exceed the examinations per day")
        if not self.weekdays or not set(self.weekdays) <= set(range(1, 8)):
            problems.append("an office is open on at least one day of the week, 1 for Monday to 7 for Sunday")
        if problems:
            raise SettingsError(
                f"The office {self.code[:20]} is not valid: {'; '.join(problems)}."
                if self.code.strip() and self.code.isprintable()
                else f"The office is not valid: {'; '.join(problems)}.",
                code="office",
                problems=tuple(problems),
            )

    def is_open(self, day: date) -> bool:
        """Whether it is open on a day."""
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def places(self, usual: tuple[int, int, int]) -> tuple[int, int, int]:
        """Its examinations, document checks, and examinations kept for chance (counts), by those for all."""
        red, yellow, reserve = (
            of_all if own is None else own
            for own, of_all in zip((self.red_per_day, self.yellow_per_day, self.random_reserve), usual, strict=True)
        )
        return red, yellow, min(red, reserve)

    def end_of(self, start: datetime, span: timedelta, zone: tzinfo) -> datetime:
        """When a span ends that counts only while the office is open.

        Args:
            start: When it begins, UTC.
            span: How long it is.
            zone: Time zone in which its days begin.

        Returns:
            The end, UTC. Where the office stays closed for ten years, as the clock has it.
        """
        at, left = start, span
        for _ in range(_MOST_DAYS):
            day = at.astimezone(zone).date()
            midnight = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
            if self.is_open(day):
                if left <= midnight - at:
                    return at + left
                left -= midnight - at
            at = midnight
        return start + span


class OfficeBook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The offices of an administration, each code once, sorted (0..n)."""

    offices: tuple[Office, ...] = ()

    def of(self, code: str) -> Office | None:
        """An office; None where nothing is set for it."""
        return next((one for one in self.offices if one.code == code), None)

    def with_office(self, office: Office) -> OfficeBook:
        """The same book with an office, in place of an earlier one of its code."""
        others = [one for one in self.offices if one.code != office.code]
        return OfficeBook(offices=tuple(sorted((*others, office), key=lambda one: one.code)))


def read_offices(content: bytes) -> OfficeBook:
    """Read what `write_offices` wrote.

    Raises:
        SettingsError: It is not of that form.
    """
    try:
        return msgspec.json.decode(content, type=OfficeBook)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The offices cannot be read: {error}.", code="offices-unreadable") from error


def write_offices(book: OfficeBook) -> bytes:
    """The offices as JSON, the same book always the same bytes."""
    return msgspec.json.format(msgspec.json.encode(book, order="deterministic"), indent=2) + b"\n"


def read_hours(text: str) -> tuple[time, time]:
    """Read hours such as `08:00-17:00`; empty for the whole day, from midnight to midnight.

    Raises:
        SettingsError: They are not of that form, or close before they open.
    """
    if not text.strip():
        return time.min, time.min
    opens, _, closes = text.strip().partition("-")
    try:
        found = (
            time.fromisoformat(opens.strip()),
            time.fromisoformat("00:00" if closes.strip() == "24:00" else closes.strip()),
        )
    except ValueError as error:
        raise SettingsError("Enter hours as 08:00-17:00.", code="hours", found=text[:40]) from error
    if found[0].tzinfo or found[1].tzinfo or (found[0] >= found[1] and found[1] != time.min):
        raise SettingsError("Enter hours as 08:00-17:00, the opening first.", code="hours", found=text[:40])
    return found


def office_of(fields: Mapping[str, str], code: str) -> Office:
    """An office as the fields of a form have it.

    Args:
        fields: `red_per_day`, `yellow_per_day`, `random_reserve`, `order_hours`, empty as for all; `weekdays`, digits; `holidays`, days as
            2026-12-25, parted by spaces, commas or lines; `hours` as 08:00-17:00, empty for the whole day.
        code: Its code.

    Raises:
        SettingsError: A field is not of its kind; `problems` names every one.
    """
    problems: list[str] = []
    counts: dict[str, int | None] = {}
    for name in ("red_per_day", "yellow_per_day", "random_reserve", "order_hours"):
        text = fields.get(name, "").strip()
        if text and not (text.isascii() and text.isdigit() and len(text) <= 6):
            problems.append(f"{text} is not a number")
        counts[name] = int(text) if text and not problems else None
    days: set[date] = set()
    for word in fields.get("holidays", "").replace(",", " ").split():
        try:
            days.add(date.fromisoformat(word))
        except ValueError:
            problems.append(f"{word} is not a day such as 2026-12-25")
    weekdays = tuple(sorted({int(sign) for sign in fields.get("weekdays", "") if sign in "1234567"}))
    if problems:
        raise SettingsError(f"The office is not valid: {'; '.join(problems)}.", code="office", problems=tuple(problems))
    hours = "".join(fields.get("hours", "").replace("–", "-").split())
    return Office(code=code.strip(), weekdays=weekdays, holidays=tuple(sorted(days)), hours=hours, **counts)
