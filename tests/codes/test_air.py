# SPDX-License-Identifier: Apache-2.0
"""Numbers of air waybills and of unit load devices."""

from __future__ import annotations

import pytest

from cocket.codes import AirWaybillNumber, UnitLoadDevice


@pytest.mark.parametrize("text", ["160-12345675", "16012345675", " 160 1234 5675 "])
def test_a_waybill_number_is_read_as_people_write_it(text: str) -> None:
    number = AirWaybillNumber.parse(text)
    assert number is not None
    assert (number.airline, number.canonical, number.check_digit_ok) == ("160", "160-12345675", True)


def test_a_wrong_check_digit_is_told_and_the_number_stays_one() -> None:
    number = AirWaybillNumber.parse("160-12345674")
    assert number is not None
    assert (number.check_digit_ok, number.expected_check_digit) == (False, 5)


@pytest.mark.parametrize("text", ["", "160-1234567", "160-123456789", "ABC-12345675", "160_12345675", "16٠-12345675"])
def test_what_has_another_shape_is_no_waybill_number(text: str) -> None:
    assert AirWaybillNumber.parse(text) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("AKE12345LH", ("AKE", "12345", "LH")),
        ("ake1234lh", ("AKE", "1234", "LH")),
        ("PMC-12345-CX", ("PMC", "12345", "CX")),
        ("A1A12345XX", ("A1A", "12345", "XX")),
    ],
)
def test_a_device_is_taken_apart(text: str, parts: tuple[str, str, str]) -> None:
    device = UnitLoadDevice.parse(text)
    assert device is not None
    assert (device.kind, device.serial, device.owner) == parts
    assert device.canonical == "".join(parts)


@pytest.mark.parametrize("text", ["", "12345", "AKE123LH", "MSCU1234566", "AKE12345"])
def test_what_has_another_shape_is_no_device(text: str) -> None:
    assert UnitLoadDevice.parse(text) is None
