# SPDX-License-Identifier: Apache-2.0
"""Commodity codes of the Harmonized System and of the tariffs built upon it."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

_SHAPE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{8,12}")
_SEPARATORS = str.maketrans("", "", " \t.")
_RESERVED_CHAPTER = "77"


class HsCode(msgspec.Struct, frozen=True):
    """A commodity code, judged by its structure alone: whether an edition has it is another question.

    Attributes:
        digits: 2 (chapter), 4 (heading), 6 (subheading) or 8 to 12 digits (national tariff lines).

    Source: International Convention on the Harmonized System, annex; General Rules 1 and 6.
    """

    digits: str

    @classmethod
    def parse(cls, text: str) -> HsCode | None:
        """Read a code with or without dots and spaces.

        Args:
            text: Such as `8703.23` or `87032390`.

        Returns:
            The code; None if it has not the shape, or names chapter 00, which no list has.

        Source: Harmonized System, structure of the nomenclature.
        """
        digits = text.translate(_SEPARATORS) if isinstance(text, str) else ""
        if not _SHAPE.fullmatch(digits) or digits.startswith("00"):
            return None
        return cls(digits)

    @property
    def chapter(self) -> str:
        """First two digits."""
        return self.digits[:2]

    @property
    def heading(self) -> str | None:
        """First four digits; None of a bare chapter."""
        return self.digits[:4] if len(self.digits) >= 4 else None

    @property
    def subheading(self) -> str | None:
        """First six digits, the same the world over; None of a shorter code."""
        return self.digits[:6] if len(self.digits) >= 6 else None

    @property
    def realm(self) -> Literal["harmonized", "reserved", "national"]:
        """Who may use the chapter: 01–97 all alike but for 77, kept for later use; 98 and 99 each country for itself.

        Source: Harmonized System, section XV (chapter 77 reserved) and section XXI with the note on chapters 98, 99.
        """
        if self.chapter in ("98", "99"):
            return "national"
        return "reserved" if self.chapter == _RESERVED_CHAPTER else "harmonized"
