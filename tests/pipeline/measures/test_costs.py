# SPDX-License-Identifier: Apache-2.0
"""What the items of a declaration cost beside each other: stakes, what was assumed, and what is paid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cocket import standards
from cocket.measures.tariff import Calculator, Charge, Line, Relief, Rounding
from cocket.model import Amount, Declaration
from cocket.pipeline.measures.duties import CostView, costs_of
from tests.measures.making import measure, percent, tariff
from tests.messages import declaration

CODE = "52082190"


def calculator(**fields: Any) -> Calculator:
    lines = {CODE: Line(code=CODE)}
    measures = (measure("duty", percent("10"), code=CODE), measure("fee", percent("0.33"), code=CODE))
    return Calculator(tariff(*measures, lines=lines, currency="EUR", **fields))


def costs(values: list[str], by: Calculator) -> tuple[CostView, ...]:
    """Costs of a declaration of goods alike, of these values."""
    read = standards.read(declaration("R1")).document
    assert isinstance(read, Declaration)
    first = read.shipment.items[0]
    items = tuple(
        msgspec.structs.replace(first, sequence=place, customs_value=Amount(Decimal(value), "EUR"))
        for place, value in enumerate(values, start=1)
    )
    shipment = msgspec.structs.replace(read.shipment, items=items)
    return costs_of(msgspec.structs.replace(read, shipment=shipment), date(2026, 3, 1), by)


def stake(view: CostView) -> Decimal:
    return Decimal(dict(view.stakes)["value"])


def test_what_hangs_on_a_value_is_weighed_beside_all_that_is_declared() -> None:
    """A tenth more of one value ends the relief of both items, which none of them by itself would reach."""
    by = calculator(reliefs=(Relief(up_to=Decimal(150), kinds=("duty",), act="Art. 23"),))
    first, second = costs(["70", "79"], by)
    assert (first.total, second.total) == ("0.23", "0.26")
    assert stake(first) == Decimal("7.70") + Decimal("7.90") + Decimal("0.02")
    assert any("low value" in one for one in first.assumed), "the page lists what the sum rests on"
    (alone,) = costs(["70"], by)
    assert stake(alone) == Decimal("0.02"), "77 is below the limit"
    assert all(one.is_weighed for one in (first, second, alone))
    many = costs(["7"] * 21, by)
    assert not any(one.is_weighed or one.stakes for one in many), "and that is said, not left out in silence"
    assert all(one.is_weighed and one.stakes for one in costs(["7000"] * 21, calculator()))


def test_a_cost_says_what_is_paid_of_it() -> None:
    charges = (Charge(name="PORT", kind="fee", base="value", rate="1 %"),)
    (view,) = costs(["12.34"], calculator(rounding={"": Rounding(step=Decimal(1))}, charges=charges))
    assert (view.total, view.payable) == ("1.39", "1"), "1.23 + 0.04 + 0.12, each to 1"
    assert costs(["12.34"], calculator())[0].payable is None
