# SPDX-License-Identifier: Apache-2.0
"""Sums of duties for many items at once: the same sums as `Calculator.duties`, without the explanation.

What is the same for all items of one plan is worked out once: each formula becomes a function of value and
quantities. Whatever such a function cannot do (a quantity in another unit, a value that is missing, a choice) is left
to the calculator, so that both always say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from cocket.measures.tariff.duty import MOST_DIGITS, Calculator
from cocket.measures.tariff.formula import AdValorem, Formula, Free, Larger, Smaller, Specific, Sum
from cocket.measures.tariff.goods import Goods
from cocket.measures.tariff.plan import Applied, Plan
from cocket.measures.tariff.procedures import effect

_CENT = Decimal("0.01")
_NOTHING = Decimal()
_HUNDREDTH = Decimal("0.01")
_MOST_PLANS = 100_000

#: From here on a number is not possible, as for the calculator.
_TOO_MUCH = Decimal(10) ** (MOST_DIGITS + 1)

#: Amount of a formula for a value and quantities; KeyError where a quantity is not given in that very unit.
_Of = Callable[[Decimal, Mapping[str, Decimal]], Decimal]
_Total = Callable[[Decimal, Mapping[str, Decimal]], Decimal]


class Batch:
    """Sums by one calculator.

    Args:
        calculator: The calculator.
    """

    def __init__(self, calculator: Calculator) -> None:
        self._calculator = calculator
        self._of_plan: dict[int, tuple[Plan, _Total | None]] = {}

    def totals(self, many: Iterable[Goods]) -> list[Decimal | None]:
        """What each item costs in all.

        Args:
            many: Items (0..n).

        Returns:
            As many sums, in the tariff's currency; None where anything could not be computed.
        """
        calculator, own = self._calculator, self._calculator.tariff.currency
        plan_of, known = calculator.planner.plan, self._of_plan
        found: list[Decimal | None] = []
        for goods in many:
            plan = plan_of(goods)
            held = known.get(id(plan))
            if held is None:
                if len(known) >= _MOST_PLANS:
                    known.clear()
                held = known[id(plan)] = (plan, _total(plan, own))
            total, value = held[1], goods.value
            if total is None or value is None or _is_special(goods, own):
                found.append(calculator.duties(goods).total)
                continue
            try:
                sum_due = total(value, goods.quantities) if _NOTHING <= value < _TOO_MUCH else None
            except (KeyError, ArithmeticError):
                sum_due = None
            found.append(calculator.duties(goods).total if sum_due is None else sum_due)
        return found


def _is_special(goods: Goods, currency: str) -> bool:
    return (
        goods.retail_price is not None
        or bool(goods.facts)
        or (goods.currency is not None and goods.currency != currency)
    )


def _total(plan: Plan, currency: str) -> _Total | None:
    """The sum of a plan as one function; None where it takes more than that."""
    every = (*plan.competing, *plan.adding, *plan.vat)
    is_plain = plan.procedure is not None and plan.competing and len(plan.vat) <= 1
    if not is_plain or plan.missing or any(one.severity == "error" for one in plan.findings):
        return None
    made = [_of(one.formula, currency) for one in every]
    if any(one is None for one in made):
        return None
    ready = [one for one in made if one is not None]
    first, then = len(plan.competing), len(plan.competing) + len(plan.adding)
    competing, adding, vat = ready[:first], ready[first:then], ready[then:]
    due = [_is_due(plan, one) for one in plan.adding]
    is_vat_due = bool(plan.vat) and _is_due(plan, plan.vat[0])
    duties_due = [_is_due(plan, one) for one in plan.competing]

    def total(value: Decimal, quantities: Mapping[str, Decimal]) -> Decimal:
        for quantity in quantities.values():
            if not _NOTHING <= quantity < _TOO_MUCH:
                raise ArithmeticError
        if len(competing) == 1:
            lowest, is_lowest_due = competing[0](value, quantities), duties_due[0]
        else:
            amounts = [one(value, quantities) for one in competing]
            lowest = min(amounts)
            is_lowest_due = duties_due[amounts.index(lowest)]
        whole = lowest.quantize(_CENT, ROUND_HALF_UP) if is_lowest_due else _NOTHING
        for one, is_due in zip(adding, due, strict=True):
            if is_due:
                whole += one(value, quantities).quantize(_CENT, ROUND_HALF_UP)
            else:
                one(value, quantities)
        if is_vat_due:
            whole += vat[0](value + whole, quantities).quantize(_CENT, ROUND_HALF_UP)
        return whole

    return total


def _is_due(plan: Plan, one: Applied) -> bool:
    return plan.procedure is not None and effect(plan.procedure, one.measure.kind) == "due"


def _of(formula: Formula, currency: str) -> _Of | None:
    match formula:
        case Free():
            return lambda value, quantities: _NOTHING
        case AdValorem(percent, "customs-value"):
            factor = percent * _HUNDREDTH
            return lambda value, quantities: value * factor
        case Specific(money, own, unit, per) if own == currency:
            each = money / per
            if each * per != money:
                return None
            return lambda value, quantities: quantities[unit] * each
        case Sum(parts) | Larger(parts) | Smaller(parts):
            made = [_of(part, currency) for part in parts]
            if any(one is None for one in made):
                return None
            ready = [one for one in made if one is not None]
            join: Callable[[list[Decimal]], Decimal] = (
                max if isinstance(formula, Larger) else min if isinstance(formula, Smaller) else _added
            )
            return lambda value, quantities: join([one(value, quantities) for one in ready])
    return None


def _added(parts: list[Decimal]) -> Decimal:
    return sum(parts, _NOTHING)
