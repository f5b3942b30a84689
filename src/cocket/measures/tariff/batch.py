# SPDX-License-Identifier: Apache-2.0
"""Sums of duties for many items at once: the same sums as `Calculator.duties`, without the explanation.

What is the same for all items of one plan is worked out once: each rate becomes a function of its base and quantities.
Whatever such a function cannot do (a quantity in another unit, a value that is missing, a choice, a charge inside its own
base or inside limits) is left to the calculator, so that both always say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from cocket.measures.tariff.duty import MOST_DIGITS, Calculator
from cocket.measures.tariff.expression import Expression, Linear
from cocket.measures.tariff.formula import AdValorem, Formula, Free, Larger, Smaller, Specific, Sum
from cocket.measures.tariff.goods import Goods
from cocket.measures.tariff.plan import Item, Plan, question_of
from cocket.measures.tariff.units import quantity_in

_CENT = Decimal("0.01")
_NOTHING = Decimal()
_HUNDREDTH = Decimal("0.01")
_MOST_PLANS = 100_000

#: From here on a number is not possible, as for the calculator.
_TOO_MUCH = Decimal(10) ** (MOST_DIGITS + 1)

#: Amount of a formula for a base and quantities; KeyError where a quantity is not given in that very unit.
_Of = Callable[[Decimal, Mapping[str, Decimal]], Decimal]
_Total = Callable[[Decimal, Mapping[str, Decimal]], Decimal]

#: Places of earlier amounts (-1 for the value), each with its factor.
_Terms = tuple[tuple[int, Decimal], ...]

#: Rates; the only one, if it is; whether the lowest counts; terms of the base, None for the value; whether the base is
#: the value with all that is due before; whether the charge is due.
_Charged = tuple[tuple[_Of, ...], _Of | None, bool, _Terms | None, bool, bool]


class Batch:
    """Sums by one calculator.

    Args:
        calculator: The calculator.
    """

    def __init__(self, calculator: Calculator) -> None:
        self._calculator = calculator
        self._of_question: dict[tuple[object, ...], _Total | None] = {}
        self._of_units: dict[tuple[str, ...], bool] = {}

    def totals(self, many: Iterable[Goods]) -> list[Decimal | None]:
        """What each item costs in all.

        Args:
            many: Items (0..n).

        Returns:
            As many sums, in the tariff's currency; None where anything could not be computed.
        """
        calculator, own = self._calculator, self._calculator.tariff.currency
        known = self._of_question
        found: list[Decimal | None] = []
        for goods in many:
            question = question_of(goods)
            try:
                total = known[question]
            except KeyError:
                if len(known) >= _MOST_PLANS:
                    known.clear()
                is_left = calculator.is_claim_compared(goods)
                plan = calculator.planner.plan(goods)
                total = known[question] = None if is_left else _total(plan, calculator)
            value, quantities = goods.value, goods.quantities
            sum_due = None
            if (
                total is not None
                and value is not None
                and (goods.currency is None or goods.currency == own)
                and goods.retail_price is None
                and not goods.facts
                and not goods.amounts
                and (len(quantities) < 2 or not self._may_contradict(tuple(quantities)))
            ):
                try:
                    sum_due = total(value, quantities) if _NOTHING <= value < _TOO_MUCH else None
                except (KeyError, ArithmeticError):
                    sum_due = None
            found.append(calculator.duties(goods).total if sum_due is None else sum_due)
        return found

    def _may_contradict(self, units: tuple[str, ...]) -> bool:
        """Whether two of the units are of one dimension, so that the calculator must compare the quantities."""
        known = self._of_units.get(units)
        if known is None:
            one = Decimal(1)
            known = self._of_units[units] = any(
                quantity_in(first, {other: one}) is not None for first, other in combinations(units, 2)
            )
        return known


def _total(plan: Plan, calculator: Calculator) -> _Total | None:
    """The sum of a plan as one function; None where it takes more than that."""
    tariff, procedure = calculator.tariff, plan.procedure
    if procedure is None or procedure.value or procedure.share is not None or tariff.reliefs or not plan.parts:
        return None
    if plan.missing or any(one.severity == "error" for one in plan.findings):
        return None
    items = [item for part in plan.parts for item in part]
    if any(item.effect == "private" for item in items):
        return None
    places: dict[str, int] = {}
    steps: list[_Charged] = []
    n_due = 0
    for item in items:
        made = _step(item, places, tariff.currency)
        if made is None:
            return None
        steps.append(made)
        places[item.node.name] = n_due if item.effect == "due" else -2
        n_due += item.effect == "due"
    return _run(tuple(steps))


def _run(steps: Sequence[_Charged]) -> _Total:
    def total(value: Decimal, quantities: Mapping[str, Decimal]) -> Decimal:
        for quantity in quantities.values():
            if not _NOTHING <= quantity < _TOO_MUCH:
                raise ArithmeticError
        amounts: list[Decimal] = []
        whole = _NOTHING
        for rates, only, is_lowest, terms, is_on_all, is_due in steps:
            if terms is None:
                base = value
            elif is_on_all:
                base = value + whole
            else:
                base = _NOTHING
                for place, factor in terms:
                    base += (value if place < 0 else amounts[place]) * factor
            if only is not None:
                amount = only(base, quantities).quantize(_CENT, ROUND_HALF_UP)
            elif is_lowest:
                amount = min([one(base, quantities) for one in rates]).quantize(_CENT, ROUND_HALF_UP)
            else:
                amount = _added([one(base, quantities).quantize(_CENT, ROUND_HALF_UP) for one in rates])
            if is_due:
                amounts.append(amount)
                whole += amount
        return whole

    return total


def _step(item: Item, places: Mapping[str, int], currency: str) -> _Charged | None:
    """A charge as functions of its base, with the terms of that base; None where it takes more than that."""
    charge, definition = item.definition.charge, item.definition
    has_limits = definition.floor or definition.cap or definition.waived_below
    if has_limits or charge.round or charge.round_base or charge.scope != "line" or not item.applied:
        return None
    if item.is_single and len(item.applied) > 1:
        return None
    made = [_of(one.formula, currency) for one in item.applied]
    ready = tuple(one for one in made if one is not None)
    if len(ready) < len(made):
        return None
    found = _terms(item.base, places)
    if found is None:
        return None
    terms = None if found == ((-1, Decimal(1)),) else found
    every = {-1, *(place for place in places.values() if place >= 0)}
    is_on_all = {place for place, _ in found} == every and all(factor == 1 for _, factor in found)
    only = ready[0] if len(ready) == 1 else None
    return ready, only, item.node.kind == "duty", terms, is_on_all, item.effect == "due"


def _terms(base: Expression, places: Mapping[str, int]) -> _Terms | None:
    if not isinstance(base, Linear):
        return None
    terms: list[tuple[int, Decimal]] = []
    for name, factor in base.terms.items():
        place = -1 if name == "value" else places.get(name)
        number = Decimal(factor.numerator) / Decimal(factor.denominator)
        if factor < 0:  # a base that may come to less than nothing
            return None
        if place is None or number * factor.denominator != factor.numerator or len(number.as_tuple().digits) > 8:
            return None
        if place != -2:  # what is not due is no part of a base
            terms.append((place, number))
    return tuple(terms)


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
