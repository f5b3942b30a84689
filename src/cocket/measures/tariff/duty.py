# SPDX-License-Identifier: Apache-2.0
"""What an item costs: duties and taxes line by line, each with its rate, base and legal act."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import msgspec

from cocket.findings import Finding
from cocket.measures.tariff.alternatives import alternatives
from cocket.measures.tariff.book import Kind, Measure, Rounding, Tariff
from cocket.measures.tariff.formula import (
    AdValorem,
    Among,
    Banded,
    Base,
    Basis,
    Case,
    Choice,
    Difference,
    Formula,
    Larger,
    Missing,
    PerPoint,
    Priced,
    Scaled,
    Smaller,
    Specific,
    Sum,
    amount,
    bounds,
)
from cocket.measures.tariff.goods import Goods, Rates
from cocket.measures.tariff.plan import Applied, Plan, Planner
from cocket.measures.tariff.procedures import USUAL, Effect, Procedure, effect
from cocket.measures.tariff.units import InUnits, quantity_in
from cocket.measures.tariff.wording import NO_CONCESSION, number, wording

_CENT = Decimal("0.01")
_NOTHING = Decimal()
_USUAL = Rounding()

#: Digits before the point of the largest number that is taken for possible, less one.
MOST_DIGITS = 20

#: What the asker can tell; everything else that may be missing is the tariff's.
_TO_BE_TOLD = frozenset({"quantity", "value", "exchange-rate"})


class DutyLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One duty or tax.

    Attributes:
        kind: What it is.
        type_code: The tariff's own name of it.
        base: What the rate was applied to, with unit or currency (`1000 GBP`, `250 KGM`).
        rate: The rate in words.
        amount: What it comes to, in the tariff's currency, to 0.01, halves up.
        act: Legal act of the rate.
        valid_from: First day of the rate, ISO 8601; None if always.
        effect: `due`, or what the procedure makes of it; only what is due is in the total.
        notes: What was taken for granted, and what was passed over (0..n).
    """

    kind: Kind
    type_code: str
    base: str
    rate: str
    amount: Decimal
    act: str
    valid_from: str | None = None
    effect: Effect = "due"
    notes: tuple[str, ...] = ()


class OpenCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of several cases among which only words decide.

    Attributes:
        condition: The tariff's words; say them as a case of the goods to choose it.
        rate: The rate in words.
        amount: What it would come to, to 0.01; None if that cannot be computed, or other rates then hold.
    """

    condition: str
    rate: str
    amount: Decimal | None = None


class NotComputable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One duty or tax that could not be computed, or a thing without which none can.

    Attributes:
        kind: What it is; None if it concerns the whole.
        type_code: The tariff's own name of it.
        rate: The rate in words.
        act: Legal act.
        missing: What is missing (1..n).
        at_least: Lowest amount that it can come to, to 0.01; None if that is not known either.
        at_most: Highest amount; None if not known.
        cases: Where only words decide, each case with its words, rate and amount (0..n).
    """

    kind: Kind | None = None
    type_code: str = ""
    rate: str = ""
    act: str = ""
    missing: tuple[Missing, ...]
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    cases: tuple[OpenCase, ...] = ()


class Duties(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an item costs.

    Attributes:
        code: Line of the tariff.
        currency: ISO 4217 of all amounts.
        lines: Duties and taxes (0..n), in the order in which they are computed.
        total: Sum of what is due; None if anything could not be computed.
        payable: The same as the tariff rounds it, line by line; None if it has no rounding of its own or no total.
        not_computable: What could not be computed (0..n).
        controls: Prohibitions and controls on the goods, in words (0..n).
        findings: What is wrong with tariff or question (0..n).
    """

    code: str
    currency: str
    lines: tuple[DutyLine, ...] = ()
    total: Decimal | None = None
    payable: Decimal | None = None
    not_computable: tuple[NotComputable, ...] = ()
    controls: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class _Sheet:
    """The sheet on which one item is computed."""

    def __init__(self, tariff: Tariff, goods: Goods, plan: Plan, basis: Basis) -> None:
        self.tariff, self.goods, self.plan, self.basis = tariff, goods, plan, basis
        self.lines: list[DutyLine] = []
        self.unknown: list[NotComputable] = []

    def enter(self, applied: Applied, value: Decimal, notes: tuple[str, ...] = ()) -> None:
        measure = applied.measure
        if not value.is_finite():
            raise ArithmeticError
        self.lines.append(
            DutyLine(
                kind=measure.kind,
                type_code=measure.type_code,
                base=self._base(applied.formula),
                rate=wording(applied.formula),
                amount=value.quantize(_CENT, ROUND_HALF_UP),
                act=measure.act,
                valid_from=measure.valid_from.isoformat() if measure.valid_from else None,
                effect=effect(self.plan.procedure, measure.kind) if self.plan.procedure else "due",
                notes=(*applied.notes, *notes),
            )
        )

    def leave(self, applied: Applied, missing: tuple[Missing, ...]) -> None:
        measure = applied.measure
        between = bounds(applied.formula, self.basis)
        self.unknown.append(
            NotComputable(
                kind=measure.kind,
                type_code=measure.type_code,
                rate=wording(applied.formula),
                act=measure.act,
                missing=missing,
                at_least=between[0].quantize(_CENT, ROUND_HALF_UP) if between else None,
                at_most=between[1].quantize(_CENT, ROUND_HALF_UP) if between else None,
                cases=self._cases(applied),
            )
        )

    def _cases(self, applied: Applied) -> tuple[OpenCase, ...]:
        formula = applied.formula
        named: list[tuple[str, Formula | None]] = []
        if isinstance(formula, Choice):
            named = [(case.condition or "other", case.formula) for case in formula.cases]
        elif isinstance(formula, Among):
            named = [(f"{applied.measure.type_code}: {words}", part) for words, part in alternatives(formula)]
        return tuple(self._case(words, part) for words, part in named)

    def _case(self, words: str, part: Formula | None) -> OpenCase:
        if part is None:
            return OpenCase(condition=words, rate=NO_CONCESSION)
        value = amount(part, self.basis)
        return OpenCase(
            condition=words,
            rate=wording(part),
            amount=value.quantize(_CENT, ROUND_HALF_UP) if isinstance(value, Decimal) else None,
        )

    def due(self) -> Decimal:
        return sum((line.amount for line in self.lines if line.effect == "due"), _NOTHING)

    def _base(self, formula: Formula) -> str:
        named = dict.fromkeys(_bases(formula, self.basis.quantities))
        values = {"customs-value": "", "retail-price": "retail price ", "vat-base": ""}
        shown = []
        for base in named:
            if base in values:
                shown.append(f"{values[base]}{number(self.basis.values[base])} {self.tariff.currency}")  # type: ignore[index]
            elif base in self.basis.facts:
                shown.append(f"{base} {number(self.basis.facts[base])}")
            else:
                shown.append(f"{number(self.basis.quantities[base])} {base}")
        return "; ".join(shown)


class Calculator:
    """Computes duties by one tariff.

    Args:
        tariff: The tariff.
        rates: Exchange rates towards its currency; None for none.
        procedures: What the country's procedures do.

    Attributes:
        tariff: The same.
        planner: What finds the measures that apply.
    """

    def __init__(self, tariff: Tariff, rates: Rates | None = None, procedures: tuple[Procedure, ...] = USUAL) -> None:
        self.tariff = tariff
        self.planner = Planner(tariff, procedures)
        self.rates = rates or Rates(tariff.currency)

    def duties(self, goods: Goods) -> Duties:
        """What an item costs.

        Args:
            goods: The item. A value that is negative or not a number, or a quantity that is, is a finding.

        Returns:
            Every duty and tax that could be computed, and by name every one that could not. No number is invented.

        Source: WTO Valuation Agreement for the base; tariff laws: the lowest lawful duty, then trade measures, excise,
        and VAT on value, duties and excise.
        """
        try:
            return self._duties(goods)
        except ArithmeticError:
            finding = _not_possible("a number of the tariff or the question", "more than can be reckoned with")
            missing = (Missing(reason="number", what="more than can be reckoned with"),)
            return Duties(
                code=self.planner.plan(goods).code,
                currency=self.tariff.currency,
                not_computable=(NotComputable(missing=missing),),
                findings=(finding,),
            )

    def _duties(self, goods: Goods) -> Duties:
        plan = self.planner.plan(goods)
        wrong = _wrong_numbers(goods)
        basis, missing = self._basis(goods)
        sheet = _Sheet(self.tariff, goods, plan, basis)
        if plan.missing or missing or wrong:
            sheet.unknown.extend(NotComputable(missing=(one,)) for one in (*plan.missing, *missing))
        if not wrong and not any(one.reason == "code" for one in plan.missing):
            _lowest(sheet)
            _on_top(sheet)
            _value_added_tax(sheet)
        return self._sum_up(sheet, (*plan.findings, *wrong))

    def _basis(self, goods: Goods) -> tuple[Basis, tuple[Missing, ...]]:
        rate = self.rates.of(goods.currency, goods.day)
        values: dict[Base, Decimal] = {}
        missing: list[Missing] = []
        if rate is None:
            missing.append(Missing(reason="exchange-rate", what=f"{goods.currency} on {goods.day.isoformat()}"))
        elif goods.value is not None:
            values["customs-value"] = goods.value * rate
        if rate is not None and goods.retail_price is not None:
            values["retail-price"] = goods.retail_price * rate
        rates = self.rates.on(goods.day)
        quantities = InUnits(goods.quantities)
        return Basis(values=values, quantities=quantities, rates=rates, facts=goods.facts), tuple(missing)

    def _sum_up(self, sheet: _Sheet, findings: tuple[Finding, ...]) -> Duties:
        is_whole = not sheet.unknown and not any(finding.severity == "error" for finding in findings)
        payable = None
        if is_whole and self.tariff.rounding:
            due = (line for line in sheet.lines if line.effect == "due")
            payable = sum((_payable(line.amount, self.tariff, line.kind) for line in due), _NOTHING)
        return Duties(
            code=sheet.plan.code,
            currency=self.tariff.currency,
            lines=tuple(sheet.lines),
            total=sheet.due() if is_whole else None,
            payable=payable,
            not_computable=tuple(sheet.unknown),
            controls=tuple(_control(one) for one in sheet.plan.controls),
            findings=findings,
        )


def _lowest(sheet: _Sheet) -> None:
    """Of the duties that compete the lowest; none if one that could be lower cannot be computed.

    A preference that is claimed stands, though, where only the text of the general rate is beyond us.
    """
    computed: list[tuple[Decimal, Applied]] = []
    unknown: list[tuple[Applied, tuple[Missing, ...]]] = []
    for applied in sheet.plan.competing:
        found = amount(applied.formula, sheet.basis)
        if isinstance(found, Decimal):
            computed.append((found, applied))
        else:
            unknown.append((applied, found))
    if not computed and not unknown:
        sheet.unknown.append(NotComputable(kind="duty", missing=(Missing(reason="rate", what=sheet.plan.code),)))
        return
    lowest = min(computed, key=lambda one: one[0], default=None)
    beaten = [one for one, _ in unknown if lowest is not None and _is_never_below(one.formula, lowest[0], sheet.basis)]
    unknown = [one for one in unknown if one[0] not in beaten]
    if unknown and (lowest is None or lowest[0] > 0) and not _stands_as_claimed(lowest, unknown):
        for applied, missing in unknown:
            sheet.leave(applied, missing)
        return
    if lowest is not None:
        others = [
            f"passed over: {one.measure.type_code} {wording(one.formula)}"
            for value, one in computed
            if one is not lowest[1]
        ]
        others += [f"passed over, for it cannot be lower: {_named(one)}" for one in beaten]
        others += [f"not compared with: {one.measure.type_code} {wording(one.formula)}" for one, _ in unknown]
        sheet.enter(lowest[1], lowest[0], tuple(others))


def _named(applied: Applied) -> str:
    return f"{applied.measure.type_code} {wording(applied.formula)}"


def _is_never_below(formula: Formula, lowest: Decimal, basis: Basis) -> bool:
    """Whether a formula that words decide comes to no less than an amount, whatever they decide."""
    between = bounds(formula, basis)
    return between is not None and between[0] >= lowest


def _stands_as_claimed(
    lowest: tuple[Decimal, Applied] | None, unknown: list[tuple[Applied, tuple[Missing, ...]]]
) -> bool:
    if lowest is None or lowest[1].measure.kind != "preference":
        return False
    return all(
        one.measure.kind == "duty" and not _TO_BE_TOLD.intersection(part.reason for part in missing)
        for one, missing in unknown
    )


def _on_top(sheet: _Sheet) -> None:
    for applied in sheet.plan.adding:
        found = amount(applied.formula, sheet.basis)
        if isinstance(found, Decimal):
            sheet.enter(applied, found)
        else:
            sheet.leave(applied, found)


def _value_added_tax(sheet: _Sheet) -> None:
    """VAT on value, duties and excise that are due; not computable while one of these is not."""
    if not sheet.plan.vat:
        return
    claimed = [one for one in sheet.plan.vat if one.measure.additional_code is not None]
    base = sheet.basis.values.get("customs-value")
    open_parts = tuple(one for part in sheet.unknown for one in part.missing)
    if base is None or open_parts:
        missing = open_parts or (Missing(reason="value", what="customs-value"),)
        sheet.leave((claimed or list(sheet.plan.vat))[0], tuple(dict.fromkeys(missing)))
        return
    values: dict[Base, Decimal] = {**sheet.basis.values, "vat-base": base + sheet.due()}
    sheet.basis = msgspec.structs.replace(sheet.basis, values=values)
    best: tuple[Decimal, Applied] | None = None
    for one in claimed or sheet.plan.vat:
        on_base = _on_vat_base(one)
        found = amount(on_base.formula, sheet.basis)
        if isinstance(found, tuple):
            sheet.leave(on_base, found)
            return
        if best is None or found > best[0]:
            best = found, on_base
    if best is not None:
        notes = () if claimed or len(sheet.plan.vat) == 1 else ("the standard rate; a lower one must be claimed",)
        sheet.enter(best[1], best[0], notes)


def _on_vat_base(applied: Applied) -> Applied:
    """The same tax, taken on value with duties and excise."""
    formula = applied.formula
    if isinstance(formula, AdValorem) and formula.base == "customs-value":
        return msgspec.structs.replace(applied, formula=AdValorem(formula.percent, "vat-base"))
    return applied


def _bases(formula: Formula, quantities: Mapping[str, Decimal]) -> list[str]:
    """What a formula is applied to, in its order: names of values, and units of which a quantity is known."""
    match formula:
        case AdValorem(_, base):
            return [base]
        case Specific(_, _, unit, _):
            return [unit] if quantity_in(unit, quantities) is not None else []
        case Sum(parts) | Larger(parts) | Smaller(parts):
            return [base for part in parts for base in _bases(part, quantities)]
        case Difference(minuend, subtrahend):
            return [*_bases(minuend, quantities), *_bases(subtrahend, quantities)]
        case Scaled(_, of):
            return _bases(of, quantities)
        case Banded(unit):
            return ["customs-value", unit]
        case Priced(fact, _, unit) | PerPoint(fact, _, _, _, unit):
            return [fact, unit]
        case Choice(cases):
            return [base for case in cases for base in _bases(_of_case(case), quantities)]
    return []


def _of_case(case: Case) -> Formula:
    return case.formula


def _wrong_numbers(goods: Goods) -> tuple[Finding, ...]:
    numbers = {"value": goods.value, "retail price": goods.retail_price, **goods.quantities, **goods.facts}
    return tuple(
        _not_possible(what, str(value))
        for what, value in numbers.items()
        if value is not None and (not value.is_finite() or value < 0 or value.adjusted() > MOST_DIGITS)
    )


def _not_possible(what: str, found: str) -> Finding:
    message = "{what} is {found}"
    return Finding(
        code="number-not-possible", severity="error", message=message, found=found[:200], arguments={"what": what[:200]}
    )


def _payable(value: Decimal, tariff: Tariff, kind: Kind) -> Decimal:
    rule = tariff.rounding.get(kind) or tariff.rounding.get("") or _USUAL
    steps = (value / rule.step).quantize(Decimal(1), ROUND_DOWN if rule.is_down else ROUND_HALF_UP)
    return steps * rule.step


def _control(measure: Measure) -> str:
    papers = sorted({code for one in measure.conditions for code in one.documents})
    needs = f" ({', '.join(papers)})" if papers else ""
    return f"{measure.text or measure.type_code}{needs}"
