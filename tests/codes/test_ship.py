# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.codes import ShipNumber


@pytest.mark.parametrize("text", ["9074729", "IMO 9074729", "imo9074729", " 9074729 "])
def test_a_number_is_read_with_and_without_its_prefix(text: str) -> None:
    assert ShipNumber.parse(text) == ShipNumber("9074729")


def test_the_last_digit_is_that_of_the_weighted_sum() -> None:
    assert ShipNumber("9074729").check_digit_ok
    assert [ShipNumber(f"907472{digit}").check_digit_ok for digit in range(10)].count(True) == 1


@pytest.mark.parametrize("text", ["", "907472", "90747290", "IMO", "９074729", "MMSI 9074729"])
def test_what_has_not_the_shape_is_none(text: str) -> None:
    assert ShipNumber.parse(text) is None
