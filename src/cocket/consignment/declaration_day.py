# SPDX-License-Identifier: Apache-2.0
"""The day by which a declaration counts in every figure: one rule for the review of a folder, the pages and the terminal.

What was declared in one month counts in that month, whenever it was loaded here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.model import Declaration

#: What the day is: registered by the host, accepted, made (as its sender states), or received here.
DayBasis = Literal["registered", "accepted", "issued", "received"]

#: In the order in which they are preferred.
BASES: Final[tuple[DayBasis, ...]] = ("registered", "accepted", "issued", "received")


class DeclarationDay(msgspec.Struct, frozen=True, kw_only=True):
    """The day of a declaration, and which of its days that is."""

    day: date
    basis: DayBasis


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Which declarations count in some days.

    Attributes:
        days: Id → day, of those that count, in the order given.
        bases: What these days are → declarations; those of which there are none are left out.
        undated: Declarations without a day that can be read, left out of every period (count).
        future: Declarations dated after today, left out likewise (count).
    """

    days: dict[str, date]
    bases: dict[DayBasis, int]
    undated: int
    future: int


def declaration_day(declaration: Declaration, received: datetime | None = None) -> DeclarationDay | None:
    """The day of a declaration: registered by the host, else accepted, else made as its sender states, else received.

    Args:
        declaration: As read.
        received: When it came, UTC; None where it was not lodged here, as in a folder under review.

    Returns:
        The day as stated, in the offset in which it was stated; None where none can be read. The day of receipt speaks for no
        declaration that a host has registered on a day that cannot be read: it was lodged elsewhere, and before.
    """
    status = declaration.status
    if status is not None and status.registered is not None:
        return DeclarationDay(day=status.registered, basis="registered")
    if declaration.accepted is not None:
        return DeclarationDay(day=declaration.accepted.date(), basis="accepted")
    if declaration.issued is not None:
        return DeclarationDay(day=declaration.issued.date(), basis="issued")
    if received is None or (status is not None and status.registration is not None):
        return None
    return DeclarationDay(day=received.date(), basis="received")


def period_of(
    declared: Iterable[tuple[str, DeclarationDay | None]], first: date | None, last: date | None, today: date
) -> Period:
    """Those declared on some days; those without a day, or dated after today, are left out and counted.

    Args:
        declared: Id and day of each declaration (0..n).
        first: First day; None bounds nothing.
        last: Last day; None bounds nothing.
        today: No declaration is later (UTC).
    """
    days: dict[str, date] = {}
    bases: dict[DayBasis, int] = dict.fromkeys(BASES, 0)
    undated = future = 0
    for name, one in declared:
        if one is None:
            undated += 1
        elif one.day > today:
            future += 1
        elif (first is None or first <= one.day) and (last is None or one.day <= last):
            days[name] = one.day
            bases[one.basis] += 1
    return Period(
        days=days, bases={basis: count for basis, count in bases.items() if count}, undated=undated, future=future
    )
