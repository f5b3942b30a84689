# SPDX-License-Identifier: Apache-2.0
"""Pre-loading advance cargo information: whether a consignment by air tells the 7+1 elements before it is loaded.

Source: WCO SAFE Framework of Standards (2021), annex on pre-loading advance cargo information: consignor name and
address, consignee name and address, number of packages, total gross mass, cargo description, and the number of the
house (or direct) waybill; joint guidelines of WCO and ICAO: acceptable descriptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cocket.findings import Finding
from cocket.model import BillOfLading, Party
from cocket.standards.air import finding

PROFILE = "placi"

#: Words that say nothing of the goods, alone or with numbers and marks around them.
_VAGUE = frozenset(
    (
        "ACCESSORIES", "AS PER ATTACHED", "AS PER ATTACHED LIST", "AS PER ATTACHED MANIFEST", "CARGO", "CONSOL",
        "CONSOLIDATED CARGO", "CONSOLIDATION", "CONSOLIDATION AS PER ATTACHED LIST", "CONSOLIDATION AS PER ATTACHED MANIFEST",
        "DIVERSE", "FAK", "FREIGHT", "FREIGHT OF ALL KINDS", "GENERAL CARGO", "GIFT", "GIFTS", "GOODS", "MERCHANDISE",
        "MISCELLANEOUS", "PACKAGES", "PARCEL", "PARCELS", "PARTS", "PERSONAL", "PRODUCTS", "SAID TO CONTAIN", "SAMPLE",
        "SAMPLES", "STC", "SUPPLIES", "TOOLS", "VARIOUS",
    )
)  # fmt: skip
_MARKS = re.compile(r"[^A-Z]+")


def check_placi(bill: BillOfLading, location: str) -> Iterator[Finding]:
    """What is missing of the 7+1 elements (0..n).

    A master waybill of a consolidation is filed by its houses: it has none of its own to tell, which is said once.

    Args:
        bill: A bill by air.
        location: Where it stands in its message.

    Source: WCO SAFE Framework of Standards, pre-loading advance cargo information.
    """
    if bill.level == "master":
        message = "a consolidation must be filed by its house waybills; this is the master"
        yield finding("placi-consolidation", "info", message, location)
        return
    yield from _party("consignor", bill.consignor, location)
    yield from _party("consignee", bill.consignee, location)
    counts = [each.quantity for each in bill.packaging]
    if not counts or None in counts or not sum(count or 0 for count in counts):
        yield _missing("pieces", location)
    if not bill.gross_mass_kg or bill.gross_mass_kg < 0:
        yield _missing("gross mass", location)
    words = " ".join(_MARKS.sub(" ", (bill.goods_description or "").upper()).split())
    if not bill.goods_description:
        yield _missing("description of the goods", location)
    elif words in _VAGUE:
        message = "the description {found} does not say what the goods are"
        yield finding("placi-vague", "error", message, location, found=bill.goods_description)
    if not bill.id:
        yield _missing("number of the house or direct waybill", location)


def _party(part: str, party: Party | None, location: str) -> Iterator[Finding]:
    """What is missing of a party: its name, and an address with street, place and country."""
    if party is None or not party.name:
        yield _missing(f"name of the {part}", location)
    if party is None or not ((party.address or party.postcode) and (party.city or party.address)):
        yield _missing(f"address of the {part}", location)
    elif not party.country_code:
        yield _missing(f"country of the {part}", location)


def _missing(element: str, location: str) -> Finding:
    message = "pre-loading information requires {element}"
    return finding("placi-incomplete", "error", message, location, expected=element, element=element)
