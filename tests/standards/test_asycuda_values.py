# SPDX-License-Identifier: Apache-2.0
"""Numbers, dates and flags as host files write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cocket.standards.asycuda.values import day, flag, is_plain, lines_of, number, plain, whole, write_day, year

MARCH_4 = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [("20869.2", "20869.2"), ("66", "66"), ("1.0623724E7", "10623724"), ("2.18E-4", "0.000218"), (" -3. ", "-3")],
)
def test_a_number_is_exact_whatever_its_form(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "2,045.01", "NaN", "Infinity", "1e400", "0x1", "١٢٣", "9" * 60, "1 000", "--1"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


def test_a_number_is_written_without_exponent() -> None:
    assert plain(Decimal("1E+7")) == "10000000"
    assert plain(Decimal("2.18E-4")) == "0.000218"
    assert plain(Decimal("147204.000")) == "147204.000"


@pytest.mark.parametrize("text", ["20869.2", "0", "-3.50", "1E+7", "+5", " 5", "05", ".5", "5.", "heavy"])
def test_a_number_is_plain_if_it_would_be_written_so(text: str) -> None:
    value = number(text)
    assert is_plain(text) is (value is not None and plain(value) == text)


def test_a_count_may_be_written_with_decimals_but_must_be_whole() -> None:
    assert whole("12.00") == 12
    assert whole("12.5") is None


def test_the_order_of_the_country_settles_a_date() -> None:
    assert day("3/4/26", "month-first") == MARCH_4
    assert day("04.03.2026", "day-first") == MARCH_4
    assert day("25/3/26", "month-first") is None


def test_without_an_order_only_a_date_with_one_reading_is_read() -> None:
    assert day("3/4/26", None) is None
    assert day("3/25/26", None) == date(2026, 3, 25)
    assert day("3/3/26", None) == date(2026, 3, 3)
    assert day("2026-03-04", None) == MARCH_4
    assert day("31/02/2026", None) is None


def test_a_year_of_two_digits_is_of_this_century_up_to_79() -> None:
    assert year("1/2/79") == 2079
    assert year("1/2/80") == 1980
    assert year("soon") is None


def test_a_date_is_written_in_the_pattern_of_the_country() -> None:
    assert write_day(MARCH_4, "m/d/yy") == "3/4/26"
    assert write_day(MARCH_4, "dd/mm/yyyy") == "04/03/2026"


def test_flags_are_words_or_digits() -> None:
    assert [flag(text) for text in ("true", " 0", "False", "yes")] == [True, False, False, None]


def test_lines_lose_their_outer_white_space_and_empty_ones_go() -> None:
    assert lines_of(" A \n\n B") == ["A", "B"]
    assert lines_of(None) == []
