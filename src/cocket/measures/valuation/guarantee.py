# SPDX-License-Identifier: Apache-2.0
"""Release against a guarantee: what security would cover the duties while a value is in doubt.

Source: WTO Valuation Agreement, article 13 (withdrawal of goods against a sufficient guarantee where the final
determination is delayed); it is a security, given back if the declared value is accepted, and no assessment.
"""

from __future__ import annotations

import math
from decimal import Decimal

import msgspec

from cocket.measures.tariff import Calculator, Goods, at_stake
from cocket.measures.valuation.indicator import Indication


class Guarantee(msgspec.Struct, frozen=True, kw_only=True):
    """The security that would be sufficient.

    Attributes:
        amount: In the tariff's currency; None if duties cannot be computed.
        currency: ISO 4217.
        missing: Names of what duties could not be computed from (0..n).
    """

    amount: Decimal | None
    currency: str
    missing: tuple[str, ...] = ()


def guarantee_for(calculator: Calculator, goods: Goods, indication: Indication) -> Guarantee | None:
    """The security that covers what more would be due, were the goods priced like the upper quartile of the set.

    Args:
        calculator: The tariff.
        goods: The item as declared.
        indication: How its value stands.

    Returns:
        The guarantee; None where none is called for: no reason to ask, or a value that is not low.
    """
    compared, declared = indication.set, indication.distance
    if indication.outcome != "ask" or compared is None or declared is None or declared >= 0 or goods.value is None:
        return None
    spread = compared.spread
    times = Decimal(repr(math.exp(spread.upper - spread.median - declared * spread.scatter)))
    stake = at_stake(calculator, goods, msgspec.structs.replace(goods, value=goods.value * times))
    missing = (one for part in stake.instead.not_computable for one in part.missing)
    return Guarantee(
        amount=max(stake.amount, Decimal()) if stake.amount is not None else None,
        currency=stake.declared.currency,
        missing=tuple(dict.fromkeys(one.what for one in missing)) if stake.amount is None else (),
    )
