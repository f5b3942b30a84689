# SPDX-License-Identifier: Apache-2.0
"""Identifiers of postal items (UPU S10)."""

from __future__ import annotations

import re

import msgspec

from cocket.codes._table import key

_SHAPE = re.compile(r"([A-Z]{2})([0-9]{8})([0-9])([A-Z]{2})")
_SEPARATORS = str.maketrans("", "", " \t\r\n-./")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)

#: Service indicators by their first letter, as far as all posts share them.
_SERVICES = {
    "C": "parcel",
    "E": "express",
    "H": "e-commerce",
    "L": "letter",
    "M": "letter",
    "Q": "letter",
    "R": "letter",
    "U": "letter",
    "V": "letter",
}


class PostalItemId(msgspec.Struct, frozen=True):
    """The identifier on the label of an item of post.

    A wrong check digit does not make it another thing; callers warn and go on.

    Attributes:
        service: Two letters of the service indicator.
        serial: Eight digits.
        check_digit: The ninth digit as written (0–9).
        country_code: ISO 3166 alpha-2 of the post that issued it.

    Source: UPU S10, identification of postal items, 13-character identifier.
    """

    service: str
    serial: str
    check_digit: int
    country_code: str

    @classmethod
    def parse(cls, text: str) -> PostalItemId | None:
        """Read an identifier as people write it: any case, with or without spaces, hyphens, dots and slashes.

        Args:
            text: Such as `RR 473 124 829 XA`.

        Returns:
            The identifier, whether or not its check digit is right; None if it has not the shape.

        Source: UPU S10.
        """
        shape = _SHAPE.fullmatch(key(text).translate(_SEPARATORS))
        if shape is None:
            return None
        service, serial, check_digit, country_code = shape.groups()
        return cls(service, serial, int(check_digit), country_code)

    @property
    def canonical(self) -> str:
        """The thirteen characters without separators, such as `RR473124829XA`; the form to compare and to link by."""
        return f"{self.service}{self.serial}{self.check_digit}{self.country_code}"

    @property
    def expected_check_digit(self) -> int:
        """The check digit that the serial number asks for (0–9).

        Source: UPU S10: 11 less the weighted sum modulo 11; 10 is written 0, and 11 is written 5.
        """
        total = sum(int(digit) * weight for digit, weight in zip(self.serial, _WEIGHTS, strict=True))
        found = 11 - total % 11
        return {10: 0, 11: 5}.get(found, found)

    @property
    def check_digit_ok(self) -> bool:
        """Whether the check digit is the expected one."""
        return self.check_digit == self.expected_check_digit

    @property
    def product(self) -> str | None:
        """Which product of the post it is: `letter`, `parcel`, `express` or `e-commerce`; None if not known to all posts.

        Source: UPU S10, annex on service indicators, by their first letter.
        """
        return _SERVICES.get(self.service[0])
