# SPDX-License-Identifier: Apache-2.0
"""Numbers of the air: air waybills and unit load devices."""

from __future__ import annotations

import re

import msgspec

from cocket.codes._table import key

_WAYBILL = re.compile(r"([0-9]{3})-?([0-9]{7})([0-9])")
_DEVICE = re.compile(r"([A-Z][A-Z0-9]{2})([0-9]{4,5})([A-Z][A-Z0-9]{1,2}|[0-9][A-Z])")
_SEPARATORS = str.maketrans("", "", " \t\r\n./")


class AirWaybillNumber(msgspec.Struct, frozen=True):
    """The number of a master or direct air waybill; a house waybill has whatever number its forwarder gives it.

    A wrong check digit does not make it another thing: callers warn and go on.

    Attributes:
        airline: Three digits of the airline (accounting prefix).
        serial: Seven digits.
        check_digit: The last digit as written (0–9).

    Source: IATA Resolution 600a, attachment B.
    """

    airline: str
    serial: str
    check_digit: int

    @classmethod
    def parse(cls, text: str) -> AirWaybillNumber | None:
        """Read a number as people write it, with or without hyphen and spaces.

        Args:
            text: Such as `160-12345675`.

        Returns:
            The number, whether or not its check digit is right; None if it has not the shape.

        Source: IATA Resolution 600a, attachment B.
        """
        shape = _WAYBILL.fullmatch(key(text).translate(_SEPARATORS))
        return None if shape is None else cls(shape[1], shape[2], int(shape[3]))

    @property
    def canonical(self) -> str:
        """The number with its hyphen, such as `160-12345675`."""
        return f"{self.airline}-{self.serial}{self.check_digit}"

    @property
    def expected_check_digit(self) -> int:
        """The check digit that the serial asks for (0–6).

        Source: IATA Resolution 600a, attachment B: the remainder of the seven digits divided by seven.
        """
        return int(self.serial) % 7

    @property
    def check_digit_ok(self) -> bool:
        """Whether the check digit is the expected one."""
        return self.check_digit == self.expected_check_digit


class UnitLoadDevice(msgspec.Struct, frozen=True):
    """A container or pallet of an aircraft.

    Attributes:
        kind: Three characters: category, base, contour.
        serial: Four or five digits.
        owner: Two or three characters of the owner.

    Source: IATA ULD Regulations, chapter 4; IATA Resolution 686.
    """

    kind: str
    serial: str
    owner: str

    @classmethod
    def parse(cls, text: str) -> UnitLoadDevice | None:
        """Read a number as people write it.

        Args:
            text: Such as `AKE12345LH`.

        Returns:
            The number; None if it has not the shape.

        Source: IATA ULD Regulations, chapter 4.
        """
        shape = _DEVICE.fullmatch(key(text).translate(_SEPARATORS).replace("-", ""))
        return None if shape is None else cls(*shape.groups())

    @property
    def canonical(self) -> str:
        """The whole number without separators, such as `AKE12345LH`."""
        return f"{self.kind}{self.serial}{self.owner}"
