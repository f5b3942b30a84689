# SPDX-License-Identifier: Apache-2.0
"""How a payment advice stands: not paid, paid in part, in full, or more than was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

State = Literal["unpaid", "part", "paid", "over"]

_NOTHING = Decimal()


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One payment that counts for an advice.

    Attributes:
        amount: In the currency of the advice; negative where the bank took it back.
        booked: Day on which the bank booked it; None if it does not say.
    """

    amount: Decimal
    booked: date | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a payment advice stands.

    Attributes:
        state: `unpaid`, `part`, `paid` or `over`.
        asked: What was asked for.
        paid: Sum of what was paid, less what was taken back.
        open: What is still to be paid; 0 if nothing is.
        over: What was paid above that; 0 if nothing was.
        is_late: Whether anything that counts was booked after the last day.
    """

    state: State
    asked: Decimal
    paid: Decimal
    open: Decimal
    over: Decimal
    is_late: bool = False


def stand(asked: Decimal, due: date, payments: Iterable[Received]) -> Standing:
    """How an advice stands.

    Args:
        asked: Its total.
        due: Last day on which it is paid in time.
        payments: What was paid under its reference (0..n), each once.
    """
    every = tuple(payments)
    paid = sum((one.amount for one in every), _NOTHING)
    left = asked - paid
    state: State = "over" if left < 0 else "paid" if left == 0 else "part" if paid > 0 else "unpaid"
    return Standing(
        state=state,
        asked=asked,
        paid=paid,
        open=max(left, _NOTHING),
        over=max(-left, _NOTHING),
        is_late=any(one.booked is not None and one.booked > due and one.amount > 0 for one in every),
    )
