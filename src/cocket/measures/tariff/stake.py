# SPDX-License-Identifier: Apache-2.0
"""Duty at stake: what more would be due if an item were of another value, code, origin or quantity."""

from __future__ import annotations

from collections.abc import Sequence
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
        amount: What more would be due on all that is declared together, in the tariff's currency; below nothing if less
            would be; None if either sum is not known. Another item that cannot be computed either way counts for nothing.
    """

    changed: tuple[Changed, ...]
    declared: Duties
    instead: Duties
    amount: Decimal | None


def at_stake(calculator: Calculator, declared: Goods, instead: Goods, beside: Sequence[Goods] = ()) -> Stake:
    """Compute an item twice: as declared, and as it may be.

    Args:
        calculator: The tariff.
        declared: The item as declared.
        instead: The same item with another value, code, origin, quantity or claim.
        beside: Other items of the declaration (0..n): relief for low value and charges of the declaration look at all.

    Source: WCO, guidelines on revenue risk; the second sum is a measure of risk, never a value for customs.
    """
    others = beside if calculator.is_joint else ()
    before = calculator.declaration((declared, *others))
    after = calculator.declaration((instead, *others))
    first, second = before[0], after[0]
    return Stake(
        changed=tuple(name for name, field in _FIELDS.items() if getattr(declared, field) != getattr(instead, field)),
        declared=first,
        instead=second,
        amount=None if first.total is None else _more(before, after),
    )


def _more(before: Sequence[Duties], after: Sequence[Duties]) -> Decimal | None:
    """What more is due on the items that can be computed; None if one can be computed in one way only."""
    more = Decimal()
    for first, second in zip(before, after, strict=True):
        if first.total is not None and second.total is not None:
            more += second.total - first.total
        elif first.total is not None or second.total is not None:
            return None
    return more
