# SPDX-License-Identifier: Apache-2.0
"""Parties of an entry summary declaration and the codes of their identification (condition C501), as a table."""

from __future__ import annotations

from typing import NamedTuple


class Party(NamedTuple):
    """A party that is identified by a TIN, or by name and address.

    Attributes:
        place: Its element.
        name: What it is, for people.
        tin: Element of its TIN.
        details: Elements of name, street, postcode, city and country, in this order; so are the codes of each kind.
        missing: First code for a detail that is missing beside no TIN.
        missing_beside_foreign_tin: First code for a detail that is missing beside a TIN that is not a GB one.
        unwanted: First code for a detail that stands beside a GB TIN.
    """

    place: str
    name: str
    tin: str
    details: tuple[str, str, str, str, str]
    missing: int
    missing_beside_foreign_tin: int
    unwanted: int


class TinOnly(NamedTuple):
    """A party that is identified by its TIN alone.

    Attributes:
        place: Its element.
        name: What it is, for people.
        details: Elements of name, street, postcode, city and country, in this order; so are the codes.
        unwanted: First code for a detail that is given.
    """

    place: str
    name: str
    details: tuple[str, str, str, str, str]
    unwanted: int


#: What a party's details are called, in the order of the tables below.
DETAILS = ("name", "street and number", "postcode", "city", "country")

CONSIGNOR = Party(
    "TRACONCO1",
    "the consignor",
    "TINCO159",
    ("NamCO17", "StrAndNumCO122", "PosCodCO123", "CitCO124", "CouCO125"),
    8120,
    8220,
    8626,
)
CONSIGNEE = Party(
    "TRACONCE1",
    "the consignee",
    "TINCE159",
    ("NamCE17", "StrAndNumCE122", "PosCodCE123", "CitCE124", "CouCE125"),
    8125,
    8225,
    8631,
)
NOTIFIED = Party(
    "NOTPAR670",
    "the party to notify",
    "TINNOTPAR671",
    ("NamNOTPAR672", "StrNumNOTPAR673", "PosCodNOTPAR676", "CitNOTPAR674", "CouCodNOTPAR675"),
    8130,
    8230,
    8636,
)
ITEM_CONSIGNOR = Party(
    "TRACONCO2",
    "the consignor of the goods item",
    "TINCO259",
    ("NamCO27", "StrAndNumCO222", "PosCodCO223", "CitCO224", "CouCO225"),
    8137,
    8237,
    8641,
)
ITEM_CONSIGNEE = Party(
    "TRACONCE2",
    "the consignee of the goods item",
    "TINCE259",
    ("NamCE27", "StrAndNumCE222", "PosCodCE223", "CitCE224", "CouCE225"),
    8142,
    8242,
    8646,
)
ITEM_NOTIFIED = Party(
    "PRTNOT640",
    "the party to notify of the goods item",
    "TINPRTNOT641",
    ("NamPRTNOT642", "StrNumPRTNOT646", "PstCodPRTNOT644", "CtyPRTNOT643", "CouCodGINOT647"),
    8154,
    8254,
    8651,
)
CARRIER = Party(
    "TRACARENT601",
    "the entry carrier",
    "TINTRACARENT602",
    ("NamTRACARENT604", "StrNumTRACARENT607", "PstCodTRACARENT606", "CtyTRACARENT603", "CouCodTRACARENT605"),
    8159,
    8259,
    8666,
)

REPRESENTATIVE = TinOnly(
    "TRAREP", "the representative", ("NamTRE1", "StrAndNumTRE1", "PosCodTRE1", "CitTRE1", "CouCodTRE1"), 8656
)
LODGER = TinOnly(
    "PERLODSUMDEC",
    "the person lodging the declaration",
    ("NamPLD1", "StrAndNumPLD1", "PosCodPLD1", "CitPLD1", "CouCodPLD1"),
    8661,
)
