# SPDX-License-Identifier: Apache-2.0
"""A permit as its agency gave it, with what has been written off it so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Literal

import msgspec

from cocket.codes import HsCode
from cocket.findings import Finding
from cocket.measures.permits.matrix import share_days
from cocket.measures.permits.units import is_unit
from cocket.model import Licence

Status = Literal["valid", "suspended", "withdrawn"]


class PermitName(msgspec.Struct, frozen=True, order=True):
    """By what one line of a permit is known everywhere.

    Attributes:
        agency: Agency that issued it.
        type: Kind of permit, as papers name it (`C400`).
        number: Its number, without blanks, in capitals.
        line: Line of it (1-based): goods with limits of their own.
    """

    agency: str
    type: str
    number: str
    line: int = 1


class Taken(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is written off, reserved and confirmed together.

    Attributes:
        quantity: In the permit's unit.
        value: In the permit's currency.
        uses: Declarations that use it (count).
    """

    quantity: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    uses: int = 0


class Permit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a permit.

    Attributes:
        agency: Agency that issued it.
        type: Kind of permit, as papers name it (`C400`).
        number: Its number, as written.
        line: Line of it (1-based).
        status: What the agency says of it.
        holder: Holder's number with customs; None where it is bound to none.
        codes: Commodity codes it is for, by first digits or ranges; empty for any.
        goods: The goods in words, where no code says what they are; None else.
        origins: Countries of origin, ISO alpha-2; empty for any.
        destinations: Countries of destination; empty for any.
        valid_from: First day; None if always.
        valid_to: Last day; None if open.
        quantity: Quantity it allows, in `unit`; None for no limit.
        unit: Unit of `quantity`; None for none.
        value: Value it allows, in `currency`; None for no limit.
        currency: ISO 4217 of `value`; None for none.
        uses: Declarations it may be used for (count); None for no limit.
        taken: What is written off already.
    """

    agency: str
    type: str
    number: str
    line: int = 1
    status: Status = "valid"
    holder: str | None = None
    codes: tuple[str, ...] = ()
    goods: str | None = None
    origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    uses: int | None = None
    taken: Taken = Taken()

    @property
    def name(self) -> PermitName:
        """By what it is known everywhere."""
        return PermitName(self.agency, self.type, number_key(self.number), self.line)


def number_key(number: str) -> str:
    """A number as it is compared: without blanks, in capitals."""
    return "".join(number.split()).upper()


def check_permit(permit: Permit) -> tuple[Finding, ...]:
    """What is wrong with a permit as its agency gave it.

    Returns:
        Findings (0..n); an `error` means that it cannot be registered.

    Source: WCO Data Model, LPCO; the logic of a permit: whose, for what, how much, until when.
    """
    return tuple(_wrong(permit))


def overlapping(permits: Iterable[Permit]) -> tuple[Finding, ...]:
    """Permits under the same name whose days overlap: which one holds cannot be told.

    Source: the logic of a register.
    """
    found: list[Finding] = []
    for _, same in groupby(sorted(permits, key=lambda one: one.name), key=lambda one: one.name):
        in_order = sorted(same, key=lambda one: one.valid_from or date.min)
        for index, later in enumerate(in_order):
            for one in in_order[:index]:
                if share_days((one.valid_from, one.valid_to), (later.valid_from, later.valid_to)):
                    days = f"{later.valid_from or 'always'} to {later.valid_to or 'open'}"
                    text = "it appears twice for the same dates: {found}"
                    found.append(_finding("permit-validity-overlaps", text, later, days))
                    break
    return tuple(found)


def permits_of(licence: Licence, agency: str, type_code: str, number: str | None = None) -> tuple[Permit, ...]:
    """The lines of a licence message as permits.

    Args:
        licence: The message.
        agency: Agency that issued it, which the message does not say.
        type_code: Kind of permit, as papers name it.
        number: Its number, where the message does not carry it.

    Returns:
        One permit a goods line, in order (0..n). What is approved counts; a line not yet decided allows nothing. A
        licence holds from the day it was applied for: the message has no later first day.

    Source: public schema of the ASYCUDA World licence.
    """
    return tuple(
        Permit(
            agency=agency,
            type=type_code,
            number=number or licence.id or "",
            line=line,
            holder=licence.holder.id if licence.holder else None,
            codes=(_digits(item.commodity_code),) if item.commodity_code else (),
            goods=None if item.commodity_code else item.description or "not stated",
            origins=(item.origin_country_code,) if item.origin_country_code else (),
            valid_from=licence.applied,
            valid_to=licence.expires,
            quantity=item.quantity_approved if item.quantity_approved is not None else Decimal(0),
            unit=item.unit_code,
        )
        for line, item in enumerate(licence.items, start=1)
    )


def _digits(code: str) -> str:
    """Digits of a code; one that is none stays as it is written, and covers nothing."""
    parsed = HsCode.parse(code)
    return parsed.digits if parsed else code.strip()


def _wrong(one: Permit) -> Iterator[Finding]:
    for what, name in (("agency", one.agency), ("type", one.type), ("number", number_key(one.number))):
        if not name.strip():
            yield _finding("permit-name", "its {what} is not stated", one, None, what=what)
    if one.line < 1:
        yield _finding("permit-name", "its line is {found}", one, str(one.line))
    limits = (("quantity", one.quantity), ("value", one.value), ("number of uses", one.uses))
    for what, limit in limits:
        if limit is not None and not _is_possible(limit):
            yield _finding("permit-limit", "its {what} is {found}", one, str(limit), what=what)
    if one.quantity is not None and not one.unit:
        yield _finding("permit-unit", "its quantity has no unit", one, None)
    elif one.unit and not is_unit(one.unit):
        text = "{found} is not a known unit: only goods declared in it can be written off"
        yield msgspec.structs.replace(_finding("permit-unit", text, one, one.unit), severity="warning")
    if one.value is not None and not one.currency:
        yield _finding("permit-currency", "its value has no currency", one, None)
    if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
        found = f"{one.valid_from} to {one.valid_to}"
        yield _finding("permit-validity", "it ends before it begins: {found}", one, found)
    for limit, taken, what in (
        (one.quantity, one.taken.quantity, "quantity"),
        (one.value, one.taken.value, "value"),
        (one.uses, one.taken.uses, "number of uses"),
    ):
        if limit is not None and _is_possible(limit) and taken > limit:
            text = "its {what} is {found}, but {expected} is written off already"
            finding = _finding("permit-limit-below-taken", text, one, str(limit), what=what)
            yield msgspec.structs.replace(finding, expected=str(taken))


def _is_possible(limit: Decimal | int) -> bool:
    return Decimal(limit).is_finite() and limit >= 0


def _finding(code: str, message: str, one: Permit, found: str | None, **arguments: str) -> Finding:
    named = {"agency": one.agency, "type": one.type, "number": one.number, "line": str(one.line), **arguments}
    return Finding(
        code=code,
        severity="error",
        message="permit {type} {number} of {agency}: " + message,
        found=found and found[:200],
        arguments=named,
    )
