# SPDX-License-Identifier: Apache-2.0
"""Numbers of freight containers and their kin (ISO 6346)."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from cocket.codes._table import key

_SHAPE = re.compile(r"([A-Z]{3})([UJZ])([0-9]{6})([0-9])")
_SEPARATORS = str.maketrans("", "", " \t\r\n-./")

#: Letters count from 10, leaving out the multiples of 11, so that a letter and a digit are never worth the same.
_WORTH = {letter: 10 + n + (n + 9) // 10 for n, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_WORTH |= {str(digit): digit for digit in range(10)}


class EquipmentNumber(msgspec.Struct, frozen=True):
    """The number painted on a freight container, trailer or detachable equipment.

    A wrong check digit does not make it another thing: in real messages it is common, so callers warn and go on.

    Attributes:
        owner: Three letters of the owner, registered with the Bureau International des Containers.
        category: `U` freight container, `J` detachable equipment, `Z` trailer or chassis.
        serial: Six digits.
        check_digit: The seventh digit as written (0–9).

    Source: ISO 6346:2022, clause 4 and annex A.
    """

    owner: str
    category: Literal["U", "J", "Z"]
    serial: str
    check_digit: int

    @classmethod
    def parse(cls, text: str) -> EquipmentNumber | None:
        """Read a number as people write it: any case, with or without spaces, hyphens, dots and slashes.

        Args:
            text: Such as `TSTU 820849-4`.

        Returns:
            The number, whether or not its check digit is right; None if it has not the shape.

        Source: ISO 6346:2022, clause 4.
        """
        shape = _SHAPE.fullmatch(key(text).translate(_SEPARATORS))
        if shape is None:
            return None
        owner, category, serial, check_digit = shape.groups()
        return cls(owner, category, serial, int(check_digit))  # type: ignore[arg-type]  # the shape allows U, J, Z

    @property
    def canonical(self) -> str:
        """The eleven characters without separators, such as `TSTU8208494`; the form to compare and to link by."""
        return f"{self.owner}{self.category}{self.serial}{self.check_digit}"

    @property
    def expected_check_digit(self) -> int:
        """The check digit that owner, category and serial ask for (0–9).

        Source: ISO 6346:2022, annex A: sum of worth × 2^position, modulo 11; a remainder of 10 is written 0.
        """
        characters = f"{self.owner}{self.category}{self.serial}"
        total = sum(_WORTH[character] << position for position, character in enumerate(characters))
        return total % 11 % 10

    @property
    def check_digit_ok(self) -> bool:
        """Whether the check digit is the expected one."""
        return self.check_digit == self.expected_check_digit
