# SPDX-License-Identifier: Apache-2.0
"""Unique consignment references: the WCO's, and the declaration UCR of United Kingdom practice."""

from __future__ import annotations

import re

import msgspec

from cocket.codes._table import key
from cocket.codes.country import country

_UCR = re.compile(r"[A-Z0-9][A-Z0-9()/:.+_-]{0,34}")
_WCO = re.compile(r"([0-9])([A-Z]{2})(.+)")
_DUCR = re.compile(r"([0-9])([A-Z]{2}[A-Z0-9]{1,15})-([A-Z0-9()/-]{1,19})")


class Ucr(msgspec.Struct, frozen=True):
    """A unique consignment reference.

    The WCO recommends last digit of the year, country, the trader's national number, then his own reference; any
    other unique number in ISO 15459 style is allowed, and then the parts are None.

    Attributes:
        value: Up to 35 characters, upper case.
        year_digit: Last digit of the year of issue (0–9); None if not in the recommended form.
        country_code: ISO 3166 alpha-2 of the issuer; None if not in the recommended form.
        body: Trader's number and own reference; None if not in the recommended form.

    Source: WCO Recommendation on the UCR (2004) with guidelines; ISO/IEC 15459-1; WCO Data Model 016, an..35.
    """

    value: str
    year_digit: int | None = None
    country_code: str | None = None
    body: str | None = None

    @classmethod
    def parse(cls, text: str) -> Ucr | None:
        """Read a reference.

        Args:
            text: As written; outer white space and case do not matter.

        Returns:
            The reference; None if it is longer than 35 characters or has characters no message may carry.

        Source: WCO Recommendation on the UCR (2004); ISO/IEC 15459-1, clause 5.
        """
        value = key(text)
        if not _UCR.fullmatch(value):
            return None
        parts = _WCO.fullmatch(value)
        if parts is None or country(parts[2]) is None:
            return cls(value)
        return cls(value, int(parts[1]), parts[2], parts[3])


class Ducr(msgspec.Struct, frozen=True):
    """A declaration UCR: the UCR of one export or import declaration.

    Attributes:
        year_digit: Last digit of the year (0–9).
        eori: Number of the trader who gave it: country and up to 15 characters.
        reference: The trader's own reference, 1 to 19 characters.

    Source: HMRC, UK Trade Tariff volume 3, data element 2/1 (previous document DCR), declaration UCR.
    """

    year_digit: int
    eori: str
    reference: str

    @classmethod
    def parse(cls, text: str) -> Ducr | None:
        """Read a declaration UCR.

        Args:
            text: Such as `6GB123456789012-ORDER42`; outer white space and case do not matter.

        Returns:
            The reference; None if it has not the shape or is longer than 35 characters.

        Source: HMRC, UK Trade Tariff volume 3, data element 2/1.
        """
        value = key(text)
        shape = _DUCR.fullmatch(value)
        if shape is None or len(value) > 35:
            return None
        return cls(int(shape[1]), shape[2], shape[3])

    @property
    def canonical(self) -> str:
        """The whole reference as one text."""
        return f"{self.year_digit}{self.eori}-{self.reference}"
