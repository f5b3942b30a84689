# SPDX-License-Identifier: Apache-2.0
"""Numbers of ships (IMO)."""

from __future__ import annotations

import re

import msgspec

from cocket.codes._table import key

_SHAPE = re.compile(r"(?:IMO ?)?([0-9]{7})")


class ShipNumber(msgspec.Struct, frozen=True):
    """The number that a ship keeps for life.

    Attributes:
        value: Seven digits.

    Source: IMO resolution A.1117(30), IMO Ship Identification Number Scheme.
    """

    value: str

    @classmethod
    def parse(cls, text: str) -> ShipNumber | None:
        """Read a number, with or without `IMO` before it.

        Args:
            text: Such as `IMO 9074729`.

        Returns:
            The number, whether or not its check digit is right; None if it has not the shape.

        Source: IMO resolution A.1117(30).
        """
        shape = _SHAPE.fullmatch(key(text))
        return None if shape is None else cls(shape[1])

    @property
    def check_digit_ok(self) -> bool:
        """Whether the last digit is that of the weighted sum of the six before it.

        Source: IMO resolution A.1117(30): weights 7 to 2, the last digit of the sum.
        """
        return sum(int(digit) * (7 - place) for place, digit in enumerate(self.value[:6])) % 10 == int(self.value[6])
