# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.codes import EquipmentNumber


@pytest.mark.parametrize("text", ["TSTU8208494", "tstu 820849-4", " TSTU.820849/4 "])
def test_a_number_is_read_however_it_is_parted(text: str) -> None:
    number = EquipmentNumber.parse(text)
    assert number is not None
    assert number.canonical == "TSTU8208494"
    assert (number.owner, number.category, number.serial, number.check_digit) == ("TST", "U", "820849", 4)
    assert number.check_digit_ok


def test_a_wrong_check_digit_is_still_a_number() -> None:
    number = EquipmentNumber.parse("CSQU3054384")
    assert number is not None
    assert not number.check_digit_ok
    assert number.expected_check_digit == 3


def test_a_remainder_of_ten_is_written_nought() -> None:
    number = EquipmentNumber.parse("APZU4812090")
    assert number is not None
    assert number.expected_check_digit == 0
    assert number.check_digit_ok


@pytest.mark.parametrize(
    "text", ["", "TSTU820849", "TSTX8208494", "TST8208494", "TSTU82084944", "ſSTU8208494", "ΤSTU8208494"]
)
def test_what_has_not_the_shape_is_none(text: str) -> None:
    assert EquipmentNumber.parse(text) is None


@given(st.text(max_size=20))
def test_no_text_raises(text: str) -> None:
    number = EquipmentNumber.parse(text)
    assert number is None or len(number.canonical) == 11


@given(st.integers(0, 9), st.integers(0, 5), st.integers(1, 9))
def test_one_wrong_digit_of_the_serial_is_seen_but_for_the_remainder_of_ten(_: int, place: int, step: int) -> None:
    right = EquipmentNumber.parse("CSQU3054383")
    assert right is not None
    digits = list(right.serial)
    digits[place] = str((int(digits[place]) + step) % 10)
    other = EquipmentNumber("CSQ", "U", "".join(digits), right.check_digit)
    assert not other.check_digit_ok
