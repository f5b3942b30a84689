# SPDX-License-Identifier: Apache-2.0
"""A declaration's items as questions to a tariff, and its own lines of duty and tax computed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

from cocket.findings import Finding
from cocket.measures.tariff.goods import Goods
from cocket.model import Declaration, DutyTaxFee, GovernmentAgencyGoodsItem

_CENT = Decimal("0.01")
_NOTHING = Decimal()
_PAID = "1"


def goods_of(item: GovernmentAgencyGoodsItem, day: date) -> Goods:
    """What a tariff must know of a declared item.

    Args:
        item: The item.
        day: Day whose tariff applies: of acceptance, or as the law says.

    Returns:
        The question: the longest code, the customs value or else the statistical one, net mass as `KGM` (gross as
        `KGMG`), quantities in the units of the tariff, and what is claimed. What the item does not say is None.

    Source: WCO Data Model, GovernmentAgencyGoodsItem; SAD, boxes 33, 34, 36–39, 41, 44, 46.
    """
    commodity = item.commodity
    codes = [one.id for one in commodity.classifications if any(map(str.isdigit, one.id))]
    value = item.customs_value or item.statistical_value or commodity.price
    quantities = {one.unit_code: one.quantity for one in commodity.supplementary if one.unit_code}
    if commodity.net_mass_kg is not None:
        quantities["KGM"] = commodity.net_mass_kg
    if commodity.gross_mass_kg is not None:
        quantities["KGMG"] = commodity.gross_mass_kg
    procedure = item.procedure
    parts = (procedure.current or "", procedure.previous or "") if procedure else ()
    return Goods(
        code=max(codes, key=len, default=""),
        day=day,
        value=value.value if value else None,
        currency=value.currency if value else None,
        origin=next((one.country_code for one in item.origins if one.country_code), None),
        quantities=quantities,
        preference=item.preference_code,
        procedure="".join(parts) or None,
        additional_codes=tuple(one.id for one in commodity.classifications if not any(map(str.isdigit, one.id[:1]))),
        documents=tuple(f"{one.category_code or ''}{one.type_code or ''}" for one in item.documents if one.type_code),
        quotas=(item.quota_id,) if item.quota_id else (),
    )


def recompute(declaration: Declaration) -> tuple[Finding, ...]:
    """Compute the duty lines that a declaration carries again, from their own bases and rates.

    Args:
        declaration: As read.

    Returns:
        Findings (0..n): a line whose base times rate is not its amount, to the cent; a base that is neither the value
        of the item nor the value with the duties before it; a sum of lines to be paid that is not the declared total.

    Source: SAD, box 47; VAT is taken on value, duties and excise.
    """
    found: list[Finding] = []
    for number, item in enumerate(declaration.shipment.items, start=1):
        found += _of_item(item, f"item {item.sequence or number}")
    total = declaration.valuation.total_duties
    lines = [one for item in declaration.shipment.items for one in item.commodity.duties]
    paid = [one.amount.value for one in lines if one.amount and one.payment_code in (_PAID, None)]
    if total is not None and paid and abs(sum(paid, _NOTHING) - total.value) > _CENT:
        message = "duties to be paid come to {expected}, and {found} is declared"
        found.append(_finding("duty-total", message, "total", sum(paid, _NOTHING), total.value))
    return tuple(found)


def _of_item(item: GovernmentAgencyGoodsItem, where: str) -> Iterator[Finding]:
    value = item.customs_value or item.statistical_value
    bases: list[Decimal] = []
    reckoned: list[Decimal] = []
    if value:
        amounts = [one.amount.value if one.amount else _NOTHING for one in item.commodity.duties]
        products = [_product(one) for one in item.commodity.duties]
        righted = [one if one is not None else amount for one, amount in zip(products, amounts, strict=True)]
        bases, reckoned = list(accumulate(amounts, initial=value.value)), list(accumulate(righted, initial=value.value))
    for place, line in enumerate(item.commodity.duties):
        name = f"{where}, {line.type_code or 'line'}"
        expected = _product(line)
        if expected is not None and line.amount is not None and abs(expected - line.amount.value) > _CENT:
            message = "{where}: base times rate is {expected}, and {found} is declared"
            yield _finding("duty-line-amount", message, name, expected, line.amount.value)
        is_of_value = line.is_specific is not True and line.base is not None and line.base != 0
        if (
            is_of_value
            and bases
            and not any(_is_near(line.base, base) for base in (*bases[: place + 1], *reckoned[: place + 1]))
        ):
            message = "{where}: the base is {found}; value with the duties before it is {expected}"
            yield _finding("duty-line-base", message, name, bases[place], line.base or _NOTHING)


def _product(line: DutyTaxFee) -> Decimal | None:
    if line.base is None or line.rate is None or line.is_specific is None:
        return None
    return (line.base * line.rate).quantize(_CENT, ROUND_HALF_UP)


def _is_near(one: Decimal | None, other: Decimal) -> bool:
    """Whether two bases are the same; either may have been rounded to whole money."""
    return one is not None and (abs(one - other) <= _CENT or one == other.quantize(Decimal(1), ROUND_HALF_UP))


def _finding(code: str, message: str, where: str, expected: Decimal, found: Decimal) -> Finding:
    return Finding(
        code=code,
        severity="error",
        message=message,
        expected=f"{expected:f}",
        found=f"{found:f}",
        arguments={"where": where},
    )
