# SPDX-License-Identifier: Apache-2.0
"""Short ways to make papers, so that each test shows only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cocket.consignment import Paper
from cocket.model import (
    Amount,
    BillOfLading,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    Document,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Manifest,
    Packaging,
    Party,
    Reading,
    Reference,
    Seal,
    TransportEquipment,
    ValuationCharges,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
BOX = "TSTU8208494"
OTHER_BOX = "TSTU4228044"


def box(number: str = BOX, *seals: str) -> TransportEquipment:
    return TransportEquipment(id=number, seals=tuple(Seal(id=seal) for seal in seals))


def item(description: str = "used cars", hs: str = "87032390", packages: int | None = 10) -> GovernmentAgencyGoodsItem:
    return GovernmentAgencyGoodsItem(
        commodity=Commodity(description=description, classifications=(Classification(id=hs),)),
        packaging=(Packaging(quantity=packages),),
    )


def declaration(bill: str | None = "TSTB0100007", **fields: Any) -> Declaration:
    """A declaration of ten packages of used cars, 1,000 kg, for ACME, on one bill of lading."""
    shipment = {
        "importer": Party(id="1007919", name="ACME Trading Ltd."),
        "items": (item(),),
        "equipment": (box(BOX, "S1"),),
        **fields.pop("shipment", {}),
    }
    whole: dict[str, Any] = {
        "flow": "import",
        "office": CustomsOffice(code="XA110000"),
        "packages_declared": 10,
        "gross_mass_kg_declared": Decimal(1000),
        "valuation": ValuationCharges(invoice=Amount(Decimal("41200.00"), "USD")),
        "references": (Reference("BL", bill),) if bill else (),
        **fields,
    }
    return Declaration(shipment=GoodsShipment(**shipment), **whole)


def bill(number: str | None = "TSTB0100007", **fields: Any) -> BillOfLading:
    """The bill of lading that `declaration` agrees with."""
    whole: dict[str, Any] = {
        "nature_code": "23",
        "consignee": Party(name="ACME TRADING"),
        "goods_description": "USED CARS",
        "packaging": (Packaging(quantity=10),),
        "gross_mass_kg": Decimal("1000.4"),
        "equipment": (box(BOX, "S1"),),
        **fields,
    }
    return BillOfLading(id=number, **whole)


def manifest(*bills: BillOfLading, **fields: Any) -> Manifest:
    whole: dict[str, Any] = {
        "office": CustomsOffice(code="XA100000"),
        "references": (Reference("MANIFEST", "2026 1", "XA110000"),),
        **fields,
    }
    return Manifest(bills=bills or (bill(),), **whole)


def reading(document: Document | None, **fields: Any) -> Reading:
    whole: dict[str, Any] = {"outcome": "accepted", "standard": "asycuda-sad", **fields}
    return Reading(document=document, **whole)


def paper(document: Document | None, index: int = 0, **fields: Any) -> Paper:
    whole: dict[str, Any] = {
        "message_id": f"m{index}",
        "index": index,
        "received": NOON + timedelta(hours=index),
        "sender": "host",
        "standard": "asycuda-sad",
        "part": 1 if isinstance(document, Manifest) else 0,
        **fields,
    }
    return Paper(document=document, **whole)
