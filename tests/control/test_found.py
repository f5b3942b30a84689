# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal

import pytest

from cocket.control import Quantity, SeenGoods, declared_goods, in_unit_of, units_beside
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


@pytest.mark.parametrize(
    ("found", "declared", "same"),
    [
        (("3.2", "TNE"), ("3120", "KGM"), ("3200.0", "KGM")),
        (("10", "LBR"), ("4", "KGM"), ("4.53592370", "KGM")),
        (("47", None), ("8", "NMB"), ("47", "NMB")),
        (("2", "DZN"), ("8", "NMB"), ("24", "NMB")),
        (("34", "CARTONS"), ("1187.64", "KGM"), None),
        (("34", "CT"), ("1187.64", "KGM"), None),
        (("34", "NMB"), ("1187.64", "KGM"), None),
        (("34", "CT"), ("30", "CT"), ("34", "CT")),
        (("34", "LTR"), ("30", None), ("34", "LTR")),
    ],
)
def test_only_what_measures_the_same_is_compared(
    found: tuple[str, str | None], declared: tuple[str, str | None], same: tuple[str, str] | None
) -> None:
    one, other = (Quantity(Decimal(value), unit) for value, unit in (found, declared))
    assert in_unit_of(one, other) == (Quantity(Decimal(same[0]), same[1]) if same else None)


@pytest.mark.parametrize("unit", ["KGM", "TNE", "LTR", "NMB", "NAR", "MTR", "MTK", "CT", "XYZ"])
def test_every_unit_offered_beside_the_declared_one_can_be_compared_with_it(unit: str) -> None:
    offered = units_beside(unit)
    assert offered[0] == unit and len(set(offered)) == len(offered)
    assert all(in_unit_of(Quantity(Decimal(1), one), Quantity(Decimal(1), unit)) for one in offered)


def test_no_unit_is_offered_where_none_was_declared() -> None:
    assert units_beside(None) == ()
