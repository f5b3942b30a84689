# SPDX-License-Identifier: Apache-2.0
"""Places of trade and transport (UN/LOCODE), by shape."""

from __future__ import annotations

import re

import msgspec

from cocket.codes._table import key

_SHAPE = re.compile(r"([A-Z]{2})[ -]?([A-Z2-9]{3})")


class UnLocode(msgspec.Struct, frozen=True):
    """A code for a port, airport, inland terminal or other place.

    Attributes:
        country_code: ISO 3166 alpha-2; `XZ` for installations in international waters.
        place: Three letters, or digits 2 to 9 where letters ran out.

    Source: UNECE Recommendation 16, UN/LOCODE, structure of the code.
    """

    country_code: str
    place: str

    @classmethod
    def parse(cls, text: str) -> UnLocode | None:
        """Read a code with or without the space between country and place.

        Args:
            text: Such as `NLRTM` or `NL RTM`.

        Returns:
            The code, whether or not the list has it; None if it has not the shape.

        Source: UNECE Recommendation 16.
        """
        shape = _SHAPE.fullmatch(key(text))
        return cls(shape[1], shape[2]) if shape else None

    @property
    def canonical(self) -> str:
        """The five characters without a space."""
        return self.country_code + self.place
