# SPDX-License-Identifier: Apache-2.0
"""How values are written on the pages: moments, ages, amounts, masses, counts and hashes.

A value that is not known reads "–": unknown is neither zero nor an empty place.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Literal, NamedTuple, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import nepali_datetime
from babel.dates import format_skeleton

from cocket.workbench.base.languages import ENGLISH, Language

UNKNOWN = "–"

#: Languages that write a comma before decimals, and where that is.
_COMMA = frozenset({"cs", "da", "de", "es", "fr", "id", "it", "nl", "pl", "pt", "ro", "ru", "sv", "tr", "uk", "vi"})
_FIGURE = re.compile("((?:[A-Z]{3}\u00a0)?−?)(\\d[\\d\u202f]*(?:\\.\\d+)?)((?:\u00a0\\S+)?)")
_BLANKS = re.compile(r"[\s\u00a0\u202f]")
_WITH_COMMA = re.compile(r"(?:\d+|\d{1,3}(?:\.\d{3})+),\d+")
_WITH_POINT = re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:\.\d+)?")
_THIN = "\u202f"  # narrow no-break space: groups digits without letting them wrap
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?\Z")
_MONEY = re.compile(r"([A-Z]{3})\s*(-?\d+(?:\.\d+)?)|(-?\d+(?:\.\d+)?)\s*([A-Z]{3})")
_AGES = (
    (timedelta(days=1), "{count} d"),
    (timedelta(hours=1), "{count} h"),
    (timedelta(minutes=1), "{count} min"),
)


def number(value: object) -> str:
    """A count or a plain decimal with thin group separators: `4 005.4`; other text as it is."""
    text = UNKNOWN if value is None else str(value)
    if not _NUMBER.match(text):
        return text
    whole, point, part = text.lstrip("-").partition(".")
    return ("−" if text.startswith("-") else "") + f"{int(whole):,}".replace(",", _THIN) + point + part


def rounded(amount: str) -> str:
    """An amount without its cents, for where lines are compared; from 100 on, and for nothing at all."""
    if not _NUMBER.match(amount) or 0 < abs(Decimal(amount)) < 100:
        return amount
    return f"{abs(Decimal(amount)) if not Decimal(amount) else Decimal(amount):.0f}"


def decimal(text: str, language: Language) -> str:
    """A written figure with the marks of a language, and any other text as it is; English keeps thin groups and a point.

    Source: Unicode CLDR, number symbols of Latin digits.
    """
    if language is ENGLISH:
        return text
    found = _FIGURE.fullmatch(text)
    if not found:
        return text
    symbols = language.locale.number_symbols["latn"]
    before, figure, behind = found.groups()
    return before + figure.replace(".", symbols["decimal"]).replace(_THIN, symbols["group"]) + behind


def read_decimal(text: str, language: Language) -> str | None:
    """A figure as a language writes it, as plain decimal text: `3 200,50` in French, `3,200.50` in English.

    Args:
        text: As a person wrote it.
        language: The reader's.

    Returns:
        Such as `3200.50`; None if it is no figure, or could be two: `1.200` where the comma is before decimals.
    """
    plain = _BLANKS.sub("", text)
    with_comma = language.tag.partition("-")[0] in _COMMA
    if with_comma and _WITH_COMMA.fullmatch(plain):
        return plain.replace(".", "").replace(",", ".")
    if _WITH_POINT.fullmatch(plain) and not (with_comma and _THOUSANDS.fullmatch(plain)):
        return plain.replace(",", "")
    return None


def quantity(text: str) -> str:
    """A number and its unit or currency, as `1 211 074.02 KGM`; text that is none as it is."""
    value, space, unit = text.partition(" ")
    return number(value) + (f"\u00a0{unit}" if space else "")


def money(text: str | None, currency: str | None = None) -> str:
    """An amount, currency code first: `USD 41 200.00`; text that is no amount as it is."""
    if text is None:
        return UNKNOWN
    if currency:
        text = f"{currency} {text}"
    match = _MONEY.fullmatch(text.strip())
    if not match:
        return number(text.strip())
    code, amount = (match[1], match[2]) if match[1] else (match[4], match[3])
    return f"{code}\u00a0{number(amount)}"


def mass(kilograms: object) -> str:
    """A mass in kilograms: `4 005.4 kg`."""
    return UNKNOWN if kilograms is None else f"{number(kilograms)}\u00a0kg"


def percent(share: float | None) -> str:
    """A share of one as whole percent: `60 %`."""
    return UNKNOWN if share is None else f"{round(share * 100)}\u00a0%"


def short(digest: str) -> str:
    """A hash short enough to compare by eye: its first eight and last four digits."""
    return digest if len(digest) <= 14 else f"{digest[:8]}…{digest[-4:]}"


Day = date  # the name within `Clock`, which has a method of that name

Calendar = Literal["gregorian", "buddhist", "nepali"]

#: Years by which the Buddhist era is ahead, as Thailand counts it since 1941.
_BUDDHIST = 543

#: Months of Bikram Sambat as Nepal's customs write them in Latin letters.
_MONTHS = (
    "Baishakh", "Jestha", "Ashadh", "Shrawan", "Bhadra", "Ashwin",
    "Kartik", "Mangsir", "Poush", "Magh", "Falgun", "Chaitra",
)  # fmt: skip


class ClockWish(NamedTuple):
    """How a reader wishes times and days.

    Attributes:
        zone: Time zone; empty for that of the installation.
        calendar: Calendar of days.
    """

    zone: str = ""
    calendar: Calendar = "gregorian"


USUAL = ClockWish()


def read_clock(kept: str) -> ClockWish:
    """A wish as `write_clock` wrote it; the usual where it is none."""
    zone, _, calendar = kept.partition("|")
    if calendar not in get_args(Calendar):
        return USUAL
    try:
        return ClockWish(ZoneInfo(zone).key if zone else "", cast(Calendar, calendar))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return USUAL


def write_clock(wished: ClockWish) -> str:
    """A wish as it is kept in a cookie."""
    return f"{wished.zone}|{wished.calendar}"


class Clock:
    """Moments and ages as one reader sees them.

    Args:
        language: For the names of months and units.
        zone: Time zone of times of day.
        calendar: Calendar of days; those that it does not reach stand in the Gregorian one.
    """

    def __init__(self, language: Language, zone: tzinfo = UTC, calendar: Calendar = "gregorian") -> None:
        self._language = language
        self._zone = zone
        self._calendar = calendar

    def for_language(self, language: Language) -> Clock:
        """The same zone and calendar in another language."""
        return Clock(language, self._zone, self._calendar)

    def date(self, day: Day) -> str:
        """A day without its year, as it stands, in no zone: `25 Nov`, `9 Mangsir`."""
        if (sambat := self._sambat(day)) is not None:
            return f"{sambat.day}\u00a0{_MONTHS[sambat.month - 1]}"
        return format_skeleton("MMMd", day, locale=self._language.locale).replace(" ", "\u00a0")

    def full(self, day: Day) -> str:
        """A day with its year: `25 Nov 2026`, `25 Nov 2569 BE`, `9 Mangsir 2083 BS`."""
        if (sambat := self._sambat(day)) is not None:
            return f"{self.date(day)}\u00a0{sambat.year}\u00a0{self._language.translate('BS')}"
        if self._calendar == "buddhist":
            return f"{self.date(day)}\u00a0{day.year + _BUDDHIST}\u00a0{self._language.translate('BE')}"
        return f"{self.date(day)}\u00a0{day.year}"

    def _sambat(self, day: Day) -> nepali_datetime.date | None:
        """A day in Bikram Sambat, if that is the calendar and its table reaches so far (1918 to 2043)."""
        if self._calendar != "nepali":
            return None
        try:
            return nepali_datetime.date.from_datetime_date(day)
        except (ValueError, OverflowError):
            return None

    def day(self, when: datetime) -> str:
        """The day of a moment, without its year: `25 Nov`."""
        return self.date(when.astimezone(self._zone).date())

    def full_day(self, when: datetime) -> str:
        """The day of a moment, with its year: `25 Nov 2026`."""
        return self.full(when.astimezone(self._zone).date())

    def time(self, when: datetime) -> str:
        """A time of day: `14:05`."""
        return f"{when.astimezone(self._zone):%H:%M}"

    def moment(self, when: datetime) -> str:
        """A moment in full: `25 Nov 2026 14:05 +07:00`."""
        local = when.astimezone(self._zone)
        return f"{self.full(local.date())} {local:%H:%M}\u00a0{self._language.isolate(_offset(local))}"

    def left(self, until: datetime, now: datetime) -> str:
        """How long until a moment, in one unit: `3 h`; how long it is past, where it is."""
        if until <= now:
            return self._language.say("{age} late", age=self.age(until, now))
        return self.age(now - (until - now), now)

    def age(self, when: datetime, now: datetime) -> str:
        """How long ago, in one unit: `3 h`."""
        past = max(now - when, timedelta())
        for unit, words in _AGES:
            if past >= unit:
                return self._language.say(words, count=past // unit)
        return self._language.translate("just now")


def _offset(local: datetime) -> str:
    """The offset from UTC with a colon, which `%z` has no directive for before Python 3.12."""
    text = f"{local:%z}"
    return f"{text[:3]}:{text[3:5]}"
