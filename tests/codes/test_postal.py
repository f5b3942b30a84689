# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.codes import PostalItemId


@pytest.mark.parametrize("text", ["RR473124829XA", "rr 473 124 829 xa", "RR-47312482-9/XA"])
def test_an_identifier_is_read_however_it_is_parted(text: str) -> None:
    found = PostalItemId.parse(text)
    assert found is not None
    assert found.canonical == "RR473124829XA"
    assert (found.service, found.serial, found.check_digit, found.country_code) == ("RR", "47312482", 9, "XA")
    assert found.check_digit_ok and found.product == "letter"


@pytest.mark.parametrize(
    ("serial", "digit"), [("47312482", 9), ("10000000", 3), ("00000001", 4), ("02000000", 0), ("00000000", 5)]
)
def test_the_check_digit_is_that_of_the_weighted_sum_and_ten_and_eleven_are_written_nought_and_five(
    serial: str, digit: int
) -> None:
    assert PostalItemId("CP", serial, 0, "XA").expected_check_digit == digit


def test_a_wrong_check_digit_is_still_an_identifier() -> None:
    found = PostalItemId.parse("CP473124820XA")
    assert found is not None and not found.check_digit_ok and found.expected_check_digit == 9


@pytest.mark.parametrize(
    "text", ["", "RR47312482XA", "R4731248290XA", "RR4731248290XA", "ΡR473124829XA", "RR47312482９XA"]
)
def test_what_has_not_the_shape_is_none(text: str) -> None:
    assert PostalItemId.parse(text) is None


def test_products_that_posts_agree_on_are_told_and_others_are_not() -> None:
    products = {
        service: PostalItemId(service, "00000000", 5, "XA").product for service in ("CP", "EE", "HA", "UA", "BA")
    }
    assert products == {"CP": "parcel", "EE": "express", "HA": "e-commerce", "UA": "letter", "BA": None}
