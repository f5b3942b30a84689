# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

from cocket.control import Quantity, SeenGoods, declared_goods
from cocket.model import (
    Amount,
    Classification,
    Commodity,
    Declaration,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Origin,
    SupplementaryQuantity,
)

FIRST = GovernmentAgencyGoodsItem(
    sequence=1,
    commodity=Commodity(
        description="shirts",
        classifications=(Classification(id="61091000"),),
        net_mass_kg=Decimal(90),
        supplementary=(SupplementaryQuantity(quantity=Decimal(400), unit_code="NMB"),),
    ),
    origins=(Origin(country_code="XB"),),
    customs_value=Amount(Decimal("1200.50"), "XTS"),
)
SECOND = GovernmentAgencyGoodsItem(commodity=Commodity(net_mass_kg=Decimal("3.5"), price=Amount(Decimal(7), "XTS")))


def of(*items: GovernmentAgencyGoodsItem) -> dict[int, SeenGoods]:
    return declared_goods(Declaration(shipment=GoodsShipment(items=items)))


def test_an_item_is_taken_as_declared() -> None:
    assert of(FIRST)[1] == SeenGoods(
        value=Amount(Decimal("1200.50"), "XTS"),
        classification="61091000",
        origin="XB",
        quantity=Quantity(Decimal(400), "NMB"),
        description="shirts",
    )


def test_what_is_not_declared_stays_unknown_and_an_item_without_number_has_its_place() -> None:
    assert of(FIRST, SECOND)[2] == SeenGoods(value=Amount(Decimal(7), "XTS"), quantity=Quantity(Decimal("3.5"), "KGM"))
    assert of() == {}
