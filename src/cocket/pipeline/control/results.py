# SPDX-License-Identifier: Apache-2.0
"""Results of examinations: from what was handed in to what is sealed, shown, and learnt from.

A host's officers record them in the host, ours here; the analysts learn from both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from cocket.control import (
    Confirmed,
    ExaminationResult,
    ExaminedItem,
    SeenGoods,
    confirmed,
    in_unit_of,
    questions,
)
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.measures.tariff import Calculator, Goods, at_stake
from cocket.measures.tariff.declared import goods_of
from cocket.model import Amount, Declaration
from cocket.pipeline.control.views import FromDevice, NewResult, ResultView
from cocket.stores.control.orders import StoredOrder, StoredResult

#: Computes what more is due: declaration and items found to be otherwise → the sum; None where it cannot be told.
DutyDifference = Callable[[Declaration, tuple[ExaminedItem, ...]], Amount | None]


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around a result that is handed in.

    Attributes:
        consignment: Dossier.
        order: The control order.
        office: Customs office of the dossier; None if not known.
        carried_out_at: Office where the order is carried out; None if not known.
        officer: Who hands it in.
        now: When, UTC.
        declared: Item → what is declared of it.
        selected: Why the consignment was chosen; None if not known.
        packages: Packages declared in all (count); None if not stated.
        device: Where it was made, if a device sends it; None where it is entered here.
        amended: The result that the new one takes the place of; None if it is the first.
    """

    consignment: str
    order: str | None
    office: str | None
    carried_out_at: str | None
    officer: str
    now: datetime
    declared: dict[int, SeenGoods]
    selected: str | None = None
    packages: int | None = None
    device: FromDevice | None = None
    amended: ExaminationResult | None = None


def result_of(new: NewResult, occasion: Occasion) -> ExaminationResult:
    """What was handed in, as a result; evidence is left to whoever keeps it.

    Raises:
        SenderError: A field cannot be read, or it is not said whether anything was found; `findings` say which.
    """
    earlier = occasion.amended
    is_examined = new.depth != "not-examined"
    made = occasion.device.made if occasion.device else occasion.now
    packages = new.packages and msgspec.structs.replace(new.packages, declared=occasion.packages)
    try:
        result = msgspec.convert(
            {
                "consignment": occasion.consignment,
                "order": occasion.order,
                "office": occasion.office,
                "carried_out_at": occasion.carried_out_at,
                "officer": occasion.officer,
                "examined": ((earlier and earlier.examined) or made) if is_examined else None,
                "returned": occasion.now,
                "amends": new.amends,
                "selected": occasion.selected,
                "depth": new.depth,
                "conclusion": _conclusion(new),
                "offences": _offences(new),
                "items": _otherwise(new.items, occasion.declared),
                "duty_recovered": {"value": new.duty_recovered, "currency": new.currency}
                if new.duty_recovered
                else None,
                "duty_basis": "given" if new.duty_recovered else None,
                "sample": new.sample,
                "seizures": new.seizures,
                "note": new.note,
                "containers": new.containers,
                "seals": new.seals,
                "packages": packages,
                "own_id": occasion.device.id if occasion.device else None,
            },
            ExaminationResult,
            from_attributes=True,
        )
    except msgspec.ValidationError as error:
        raise unreadable("result-value", "a field cannot be read: {found}", str(error)) from error
    asked = (Confirmed(one.code, one.arguments.get("of")) for one in questions(result))
    return msgspec.structs.replace(result, confirmed=tuple(one for one in asked if one in new.confirmed))


def with_computed_duty(
    result: ExaminationResult, declaration: Declaration | None, difference: DutyDifference | None
) -> ExaminationResult:
    """The result with the duty that follows from declared and found, where nobody gave it and it can be computed."""
    if result.duty_recovered or not result.items or declaration is None or difference is None:
        return result
    more = difference(declaration, result.items)
    if more is None or more.value <= 0:
        return result
    return msgspec.structs.replace(result, duty_recovered=more, duty_basis="computed")


def is_result_of(result: ExaminationResult, order: StoredOrder) -> bool:
    """Whether a result of a dossier is of its order of today, and not of one that ended before."""
    return result.order == str(order.id) if result.order else result.returned >= order.created


def view_of(stored: StoredResult, result: ExaminationResult, *, is_amended: bool = False) -> ResultView:
    """A result as it is shown."""
    duty = result.duty_recovered
    return ResultView(
        id=str(stored.id),
        at=stored.at,
        officer=result.officer,
        depth=result.depth,
        found=result.is_found,
        offence=result.offences[0] if result.offences else None,
        other_offences=result.offences[1:],
        items=result.items,
        duty_recovered=f"{duty.value:f}" if duty else None,
        currency=duty.currency if duty else None,
        duty_basis=result.duty_basis,
        sample=result.sample,
        seizures=result.seizures,
        evidence=result.evidence,
        amends=result.amends,
        order=result.order,
        is_amended=is_amended,
        note=result.note,
        containers=result.containers,
        seals=result.seals,
        packages=result.packages,
        examined=result.examined,
        confirmed=confirmed(result),
    )


def unreadable(code: str, message: str, found: str | None) -> SenderError:
    """The refusal of a result, with the one finding that is to blame."""
    finding = Finding(code=code, severity="error", message=message, found=found and found[:200])
    return SenderError("The result cannot be recorded as it is.", code="result", findings=(finding,))


def _conclusion(new: NewResult) -> str:
    if new.found is not None:
        return "irregular" if new.found else "conform"
    if new.depth == "not-examined":
        return "not-examined"
    if new.sample is not None and new.sample.answer is None:
        return "pending"
    raise unreadable("result-found", "state whether an irregularity was found", None)


def _offences(new: NewResult) -> list[str]:
    named = (new.offence, *new.other_offences, *(seizure.offence for seizure in new.seizures))
    return list(dict.fromkeys(name for name in named if name))


def _otherwise(items: tuple[ExaminedItem, ...], declared: dict[int, SeenGoods]) -> tuple[ExaminedItem, ...]:
    """Items with what was declared of them; those that were found as declared are left out."""
    held = (_item(one, declared) for one in items)
    return tuple(one for one in held if one.differences)


def _item(one: ExaminedItem, declared: dict[int, SeenGoods]) -> ExaminedItem:
    """The item with what was declared of it, found reduced to what differs; units that go without saying are said."""
    said = declared.get(one.item, SeenGoods())
    found = one.found
    if found.quantity and said.quantity and (quantity := in_unit_of(found.quantity, said.quantity)):
        found = msgspec.structs.replace(found, quantity=quantity)
    if found.value and found.value.currency is None and said.value:
        found = msgspec.structs.replace(found, value=Amount(found.value.value, said.value.currency))
    whole = ExaminedItem(item=one.item, declared=said, found=found)
    only = SeenGoods(**{name: getattr(found, name) for name in whole.differences})
    return ExaminedItem(item=one.item, declared=said, found=only)


def more_due(
    declaration: Declaration, items: Iterable[ExaminedItem], day: date, calculator: Calculator
) -> Amount | None:
    """What is due in addition on items found to be otherwise than declared.

    Args:
        declaration: The declaration.
        items: What was found (1..n); an item that was not declared at all owes the whole.
        day: Day whose tariff applies.
        calculator: From `calculator_of`.

    Returns:
        The sum in the currency of the tariff, below zero if too much was asked; None if any item cannot be computed.
    """
    more = Decimal()
    for item in items:
        declared = declaration.shipment.items[item.item - 1 : item.item]
        if declared:
            goods = goods_of(declared[0], day)
            others = (one for one in declaration.shipment.items if one is not declared[0])
            beside = tuple(goods_of(one, day) for one in others)
            sum_of_item = at_stake(calculator, goods, _as_found(goods, item.found), beside).amount
        else:
            sum_of_item = calculator.duties(_as_found(Goods(code="", day=day), item.found)).total
        if sum_of_item is None:
            return None
        more += sum_of_item
    return Amount(more, calculator.tariff.currency)


def _as_found(goods: Goods, found: SeenGoods) -> Goods:
    """The same with what was found to be otherwise; a preference does not outlive the origin it was claimed for."""
    changed: dict[str, Any] = {}
    if found.classification:
        changed["code"] = found.classification
    if found.value:
        changed |= {"value": found.value.value, "currency": found.value.currency}
    if found.origin and found.origin != goods.origin:
        changed |= {"origin": found.origin, "preference": None}
    if found.quantity:
        changed["quantities"] = {**goods.quantities, found.quantity.unit or "KGM": found.quantity.value}
    return msgspec.structs.replace(goods, **changed)
