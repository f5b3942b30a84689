# SPDX-License-Identifier: Apache-2.0
"""Parties, amounts and references: what every paper of trade is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

ReferenceKind = Literal[
    "UCR",  # unique consignment reference, WCO 35B
    "DUCR",  # declaration UCR
    "MUCR",  # master UCR: groups several consignments
    "MRN",  # movement reference number, given by customs
    "LRN",  # the declarant's own reference (functional reference, D026)
    "SAD",  # host registration: office/year/serial/number
    "MANIFEST",  # office/voyage/departure date, or the host's "year number" with the office
    "BL",  # master or straight transport document
    "HBL",  # house transport document
    "EQUIPMENT",  # transport equipment (container) number
    "ORDER",  # purchase order
    "INVOICE",  # commercial invoice
    "DOCUMENT",  # any other document with a number
]


class Amount(msgspec.Struct, frozen=True, gc=False):
    """A sum of money.

    Attributes:
        value: Exact decimal value in units of `currency`.
        currency: ISO 4217 letters; None where the message did not say.
    """

    value: Decimal
    currency: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One name under which a consignment, or something around it, is known.

    Naming a reference is a claim by the sender; it gives no sight of anything.

    Attributes:
        kind: What kind of name it is.
        value: As the sender wrote it, outer white space removed.
        issuer: Who gave the name, where the value alone is not unique (an office, a carrier); None if it is or if unknown.
    """

    kind: ReferenceKind
    value: str
    issuer: str | None = None


class Extension(msgspec.Struct, frozen=True, gc=False):
    """One value the reader knew no place for: a national extension, or simply unknown. It survives writing.

    Attributes:
        path: Where it stood, in the notation of its standard.
        value: The text as it stood; None for an element that was there and empty.
    """

    path: str
    value: str | None = None


class Party(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A trader, declarant, carrier or other party (WCO 57A, 74A, 57B, 05A, 18A, 27A, 30A …).

    Attributes:
        id: Number given by customs (TIN, EORI, …); None where not stated.
        name: Name only; None where not stated.
        address: Address lines in order (0..n).
        city: Place name; None where the address does not part it.
        postcode: Postal code; None where the address does not part it.
        country_code: ISO 3166 alpha-2; None where not stated.
        contact: Name of the person to ask; None where not stated.
        function_code: Role code of the standard (such as UNCL 3035), where the party's role is not in its place.
    """

    id: str | None = None
    name: str | None = None
    address: tuple[str, ...] = ()
    city: str | None = None
    postcode: str | None = None
    country_code: str | None = None
    contact: str | None = None
    function_code: str | None = None
