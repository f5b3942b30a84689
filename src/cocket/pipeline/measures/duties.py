# SPDX-License-Identifier: Apache-2.0
"""What the goods of a dossier cost by the tariff of the house, and what hangs on what was claimed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cocket.control import ExaminedItem, SeenGoods
from cocket.errors import SettingsError, UnreadableError
from cocket.findings import render
from cocket.measures.tariff import Calculator, Duties, Goods, Rates, at_stake
from cocket.measures.tariff.declared import goods_of
from cocket.measures.tariff.files import read_rates, read_tariff
from cocket.model import Amount, Declaration
from cocket.settings import Settings

Kept = TypeVar("Kept")

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


def calculator_of(settings: Settings) -> Calculator | None:
    """The calculator of the house's tariff and exchange rates; None if it has no tariff.

    Args:
        settings: The settings; a file that has changed is read again.

    Raises:
        SettingsError: A file is there and is not what it should be.
    """
    if not settings.tariff_file.exists():
        return None
    return _calculator(settings.tariff_file, _stamp(settings.tariff_file), *_of_rates(settings.rates_file))


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
            sum_of_item = at_stake(calculator, goods, _as_found(goods, item.found)).amount
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


def _of_rates(path: Path) -> tuple[Path | None, int]:
    return (path, _stamp(path)) if path.exists() else (None, 0)


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


@lru_cache(maxsize=2)
def _calculator(tariff_file: Path, _tariff_stamp: int, rates_file: Path | None, _rates_stamp: int) -> Calculator:
    tariff = _read(tariff_file, read_tariff)
    told = _read(rates_file, lambda content: read_rates(content, tariff.currency)) if rates_file else ()
    return Calculator(tariff, Rates(tariff.currency, told))


def _read(path: Path, read: Callable[[bytes], Kept]) -> Kept:
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except UnreadableError as error:
        raise SettingsError(
            f"{path} is not in order: {error}", hint="Load it again with `cocket measures import`."
        ) from error
