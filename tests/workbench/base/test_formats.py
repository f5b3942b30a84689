# SPDX-License-Identifier: Apache-2.0
"""How values are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cocket.workbench.base import formats
from cocket.workbench.base.formats import Clock
from cocket.workbench.base.languages import ENGLISH, Language

NOW = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)
BANGKOK = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("4005.4", "4\u202f005.4"),
        (1240, "1\u202f240"),
        (999, "999"),
        ("-1234567.50", "−1\u202f234\u202f567.50"),
        ("0", "0"),
        (None, "–"),
        ("8703.23 bis", "8703.23 bis"),
        ("1e9", "1e9"),
    ],
)
def test_a_number_has_thin_groups_and_other_text_is_left_alone(value: object, written: str) -> None:
    assert formats.number(value) == written


@pytest.mark.parametrize(
    ("text", "currency", "written"),
    [
        ("USD 41200.00", None, "USD\u00a041\u202f200.00"),
        ("41200.00 USD", None, "USD\u00a041\u202f200.00"),
        ("1240000", "JPY", "JPY\u00a01\u202f240\u202f000"),
        ("41200", None, "41\u202f200"),
        (None, None, "–"),
        ("about 5 USD", None, "about 5 USD"),
    ],
)
def test_an_amount_has_its_currency_first(text: str | None, currency: str | None, written: str) -> None:
    assert formats.money(text, currency) == written


def test_a_moment_is_told_in_the_zone_of_the_installation_with_its_offset() -> None:
    assert Clock(ENGLISH, BANGKOK).moment(NOW) == "25\u00a0Nov\u00a02026 14:05\u00a0+07:00"
    assert Clock(ENGLISH, timezone(-timedelta(hours=3, minutes=30))).moment(NOW).endswith("03:35\u00a0-03:30")


def test_a_day_without_a_time_is_the_same_in_every_zone() -> None:
    assert Clock(ENGLISH, timezone(-timedelta(hours=11))).date(date(2026, 11, 25)) == "25\u00a0Nov"


@pytest.mark.parametrize(
    ("past", "written"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=50), "3 h"),
        (timedelta(hours=24), "1 d"),
        (-timedelta(hours=1), "just now"),
    ],
)
def test_an_age_is_told_in_one_unit_and_never_negative(past: timedelta, written: str) -> None:
    assert Clock(ENGLISH).age(NOW - past, NOW) == written


def test_unknown_is_neither_zero_nor_nothing() -> None:
    assert formats.mass(None) == formats.percent(None) == "–"
    assert formats.mass("0") == "0\u00a0kg"
    assert formats.percent(0.0) == "0\u00a0%"


def test_a_long_hash_is_cut_in_the_middle_and_a_short_one_is_not() -> None:
    assert formats.short("0123456789abcdef" * 4) == "01234567…cdef"
    assert formats.short("01234567abcd") == "01234567abcd"


@pytest.mark.parametrize(
    ("text", "tag", "read"),
    [
        ("3 200,50", "fr", "3200.50"),
        ("3 200,50", "fr", "3200.50"),
        ("3.200,50", "de", "3200.50"),
        ("1,125", "fr", "1.125"),
        ("3200.50", "fr", "3200.50"),
        ("1.125", "fr", None),
        ("1,200,000", "fr", None),
        ("3,200.50", "en", "3200.50"),
        ("3,200", "en", "3200"),
        ("3200.125", "en", "3200.125"),
        ("3200,50", "en", None),
        ("32,00.5", "en", None),
        ("-4", "en", None),
        ("", "en", None),
    ],
)
def test_a_figure_is_read_as_the_language_writes_it_or_not_at_all(text: str, tag: str, read: str | None) -> None:
    assert formats.read_decimal(text, Language(tag)) == read


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("en", "USD\u00a041\u202f200.50"),
        ("fr", "USD\u00a041\u202f200,50"),
        ("es", "USD\u00a041.200,50"),
        ("ar", "USD\u00a041,200.50"),
    ],
)
def test_a_figure_has_the_marks_of_the_language_and_a_code_is_left_alone(tag: str, written: str) -> None:
    spoken = Language(tag) if tag != "en" else ENGLISH
    assert formats.decimal(formats.money("41200.50 USD"), spoken) == written
    assert formats.decimal(formats.number("8703.23 bis"), spoken) == "8703.23 bis"


def test_a_day_is_written_as_unicode_cldr_has_it() -> None:
    days = [Clock(Language(tag)).date(date(2026, 11, 25)) for tag in ("en", "fr", "es", "ar")]
    assert days == ["25\u00a0Nov", "25\u00a0nov.", "25\u00a0nov", "25\u00a0نوفمبر"]


@pytest.mark.parametrize(
    ("day", "calendar", "written"),
    [
        (date(2026, 11, 25), "gregorian", "25 Nov 2026"),
        (date(2026, 11, 25), "buddhist", "25 Nov 2569 BE"),
        (date(2023, 4, 14), "nepali", "1 Baishakh 2080 BS"),  # New Year's Days of Nepal
        (date(2024, 4, 13), "nepali", "1 Baishakh 2081 BS"),
        (date(2024, 4, 12), "nepali", "30 Chaitra 2080 BS"),
        (date(2100, 1, 1), "nepali", "1 Jan 2100"),  # beyond the table
    ],
)
def test_a_day_stands_in_the_calendar_of_the_reader(day: date, calendar: formats.Calendar, written: str) -> None:
    assert formats.Clock(ENGLISH, UTC, calendar).full(day).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    "kept", ["", "Asia/Kathmandu", "Asia/Nowhere|nepali", "|lunar", "../../etc/passwd|nepali", "\0|nepali"]
)
def test_a_wish_that_is_none_is_the_usual(kept: str) -> None:
    assert formats.read_clock(kept) == formats.USUAL


def test_a_wish_is_read_as_it_was_written() -> None:
    wished = formats.ClockWish("Asia/Kathmandu", "nepali")
    assert formats.read_clock(formats.write_clock(wished)) == wished


def test_a_sum_of_nothing_is_written_without_cents_and_small_ones_with_them() -> None:
    assert [formats.rounded(text) for text in ("0.00", "-0.00", "12.40", "1152836.81")] == [
        "0",
        "0",
        "12.40",
        "1152837",
    ]
