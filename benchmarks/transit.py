# SPDX-License-Identifier: Apache-2.0
"""Reading and checking a transit declaration of the goods of other declarations, beside bare parsing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from lxml import etree
from msgspec import structs

from benchmarks.figures import Figure
from cocket import standards
from cocket.errors import SenderError
from cocket.model import (
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    Extension,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    ObligationGuarantee,
    Packaging,
    Party,
    Transit,
)
from cocket.standards import Options

_ITEMS = 20
_MADE = datetime(2026, 11, 24, 6)  # noqa: DTZ001 - a transit message states no offset

#: What only the sender of a transit message can say.
_OF_THE_SENDER = {
    "messageSender[1]": "GB000000000011",
    "messageRecipient[1]": "NTA.GB",
    "messageIdentification[1]": "BENCH-1",
    "TransitOperation[1]/additionalDeclarationType[1]": "A",
    "TransitOperation[1]/security[1]": "0",
    "TransitOperation[1]/reducedDatasetIndicator[1]": "0",
    "TransitOperation[1]/bindingItinerary[1]": "0",
    "Guarantee[1]/otherGuaranteeReference[1]": "WAIVED",
    "Consignment[1]/referenceNumberUCR[1]": "6GB000000000011-BENCH",
}

Paired = Callable[[Callable[[], Any], Callable[[], Any], float], tuple[float, float]]


def bench_transit(declarations: list[bytes], seconds: float, paired: Paired) -> Iterator[Figure]:
    """A transit declaration, its structure judged, and by conditions and rules too.

    Args:
        declarations: Where the goods come from.
        seconds: How long to measure each.
        paired: Times two pieces of work in turns.
    """
    data = standards.write(_transit(declarations), "ncts")
    note = f"an item of a declaration of {_ITEMS}, {len(data) / 1024:.1f} KiB, read and checked"
    for name, profile in (("ncts", "ncts"), ("ncts with rules", "ncts-rules")):
        read = partial(standards.read, data, Options(profile=profile))
        if (refused := read()).outcome == "refused":
            raise SenderError("The transit declaration made for the bench is refused.", findings=refused.findings)
        whole, bare = paired(read, partial(etree.fromstring, data), seconds)
        yield Figure(name=name, value=whole / _ITEMS * 1e6, unit="µs CPU", note=note)
        yield Figure(name=f"{name} ratio", value=whole / bare, unit="×", note="of bare lxml parsing")


def _transit(declarations: list[bytes]) -> Declaration:
    documents = [standards.read(data).document for data in declarations]
    found = [item for each in documents if isinstance(each, Declaration) for item in each.shipment.items]
    items = tuple(_item(found[number % len(found)], number + 1) for number in range(_ITEMS))
    mass = sum((item.commodity.gross_mass_kg or Decimal() for item in items), Decimal())
    return Declaration(
        flow="transit",
        type_code="T1",
        functional_reference="BENCH-1",
        issued=_MADE,
        office=CustomsOffice(code="GB000060"),
        gross_mass_kg_declared=mass,
        transit=Transit(
            destination_office="FR000130", transit_offices=("FR001260",), principal=Party(id="GB000000000011")
        ),
        guarantees=(ObligationGuarantee(type_code="8"),),
        shipment=GoodsShipment(
            export_country_code="GB",
            destination_country_code="FR",
            is_containerised=False,
            consignee=Party(id="FR12345678901234"),
            location=GoodsLocation(type_code="A", qualifier_code="U", id="GBDOV"),
            items=items,
        ),
        extensions=(
            *(Extension(path, text) for path, text in _OF_THE_SENDER.items()),
            Extension("Consignment[1]/HouseConsignment[1]/grossMass[1]", format(mass, "f")),
        ),
    )


def _item(item: GovernmentAgencyGoodsItem, number: int) -> GovernmentAgencyGoodsItem:
    """What a transit declaration asks of the goods, of any item."""
    code = next((each.id[:6] for each in item.commodity.classifications), "844849")
    place = f"Consignment[1]/HouseConsignment[1]/ConsignmentItem[{number}]/goodsItemNumber[1]"
    return structs.replace(
        GovernmentAgencyGoodsItem(sequence=number, extensions=(Extension(place, str(number)),)),
        commodity=Commodity(
            description=item.commodity.description or "Goods",
            classifications=(Classification(id=code, type_code="HS"),),
            gross_mass_kg=item.commodity.gross_mass_kg or Decimal(1),
        ),
        packaging=(Packaging(type_code="BX", quantity=number, marks="BENCH"),),
    )
