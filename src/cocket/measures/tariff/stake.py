# SPDX-License-Identifier: Apache-2.0
"""Duty at stake: what more would be due if an item were of another value, code, origin or quantity."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from cocket.measures.tariff.duty import Calculator, Duties
from cocket.measures.tariff.goods import Goods

Changed = Literal["value", "code", "origin", "quantity", "preference"]

_FIELDS: dict[Changed, str] = {
    "value": "value",
    "code": "code",
    "origin": "origin",
    "quantity": "quantities",
    "preference": "preference",
}


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """What a doubt about an item is worth. It says nothing about whether the doubt is right.

    Attributes:
        changed: What was taken to be otherwise (1..n).
        declared: Duties on the item as declared.
        instead: Duties on it as it may be.
        amount: What more would be due, in the tariff's currency; below nothing if less would be; None if either sum
            is not known.
    """

    changed: tuple[Changed, ...]
    declared: Duties
    instead: Duties
    amount: Decimal | None


def at_stake(calculator: Calculator, declared: Goods, instead: Goods) -> Stake:
    """Compute an item twice: as declared, and as it may be.

    Args:
        calculator: The tariff.
        declared: The item as declared.
        instead: The same item with another value, code, origin, quantity or claim.

    Source: WCO, guidelines on revenue risk; the second sum is a measure of risk, never a value for customs.
    """
    first, second = calculator.duties(declared), calculator.duties(instead)
    return Stake(
        changed=tuple(name for name, field in _FIELDS.items() if getattr(declared, field) != getattr(instead, field)),
        declared=first,
        instead=second,
        amount=None if first.total is None or second.total is None else second.total - first.total,
    )
