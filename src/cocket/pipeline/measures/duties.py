# SPDX-License-Identifier: Apache-2.0
"""What the goods of a dossier cost by the tariff of the house, and what hangs on what was claimed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from cocket.findings import render
from cocket.measures.tariff import Calculator, Duties, Goods, at_stake
from cocket.measures.tariff.declared import goods_of
from cocket.model import Declaration

#: A doubt about a value is weighed by this part of it.
_TENTH = Decimal("1.1")


class CostLine(msgspec.Struct, frozen=True, kw_only=True):
    """One duty or tax on an item.

    Attributes:
        kind: What it is, as the tariff parts them (`duty`, `vat`, …).
        base: What the rate is applied to.
        rate: The rate in words.
        amount: What it comes to, as text.
        act: Legal act of the rate.
        effect: `due`, or what the procedure makes of it.
    """

    kind: str
    base: str
    rate: str
    amount: str
    act: str
    effect: str


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """What one item costs by the tariff of the house.

    Attributes:
        item: Place of the item (1-based).
        code: Line of the tariff; empty if none was found.
        currency: ISO 4217 of all amounts.
        lines: Duties and taxes (0..n).
        total: Sum of what is due, as text; None if anything could not be computed.
        stakes: What more would be due if a claim did not hold, as (what, amount) (0..n).
        not_computable: What could not be computed, and why, in words (0..n).
        controls: Prohibitions and controls of the tariff on these goods, in words (0..n).
    """

    item: int
    code: str
    currency: str
    lines: tuple[CostLine, ...]
    total: str | None
    stakes: tuple[tuple[str, str], ...]
    not_computable: tuple[str, ...]
    controls: tuple[str, ...]


def costs_of(declaration: Declaration, day: date, calculator: Calculator) -> tuple[CostView, ...]:
    """What each item of a declaration costs.

    Args:
        declaration: The declaration.
        day: Day whose tariff applies.
        calculator: From `calculator_of`.

    Returns:
        One view for each item, in order (0..n).
    """
    return tuple(
        _cost(place, goods_of(item, day), calculator) for place, item in enumerate(declaration.shipment.items, start=1)
    )


def _cost(place: int, goods: Goods, calculator: Calculator) -> CostView:
    found = calculator.duties(goods)
    return CostView(
        item=place,
        code=found.code,
        currency=found.currency,
        lines=tuple(
            CostLine(
                kind=line.kind,
                base=line.base,
                rate=line.rate,
                amount=str(line.amount),
                act=line.act,
                effect=line.effect,
            )
            for line in found.lines
        ),
        total=None if found.total is None else str(found.total),
        stakes=tuple(_stakes(goods, calculator)),
        not_computable=tuple(_reasons(found)),
        controls=found.controls,
    )


def _stakes(goods: Goods, calculator: Calculator) -> Iterator[tuple[str, str]]:
    """What hangs on the claims: the preference as a whole, the value by a tenth of it."""
    doubts: dict[str, Goods] = {}
    if goods.preference is not None:
        doubts["preference"] = msgspec.structs.replace(goods, preference=None)
    if goods.value is not None:
        doubts["value"] = msgspec.structs.replace(goods, value=goods.value * _TENTH)
    for what, instead in doubts.items():
        stake = at_stake(calculator, goods, instead)
        if stake.amount:
            yield what, str(stake.amount)


def _reasons(found: Duties) -> Iterator[str]:
    yield from (render(finding) for finding in found.findings)
    for part in found.not_computable:
        what = ", ".join(f"{missing.reason} {missing.what}" for missing in part.missing)
        yield f"{part.kind}: {what}" if part.kind else what
