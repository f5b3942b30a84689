# SPDX-License-Identifier: Apache-2.0
"""What goods cost: duties and taxes line by line, each with its rate, base and legal act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from functools import cached_property
from itertools import combinations

import msgspec

from cocket.codes import currency
from cocket.findings import Finding
from cocket.measures.tariff.book import Measure, Tariff
from cocket.measures.tariff.claims import may_cost_more, on_duties
from cocket.measures.tariff.expression import QUANTITY, names_of
from cocket.measures.tariff.faults import refuse_faults
from cocket.measures.tariff.formula import Missing, bases_of
from cocket.measures.tariff.goods import Assumption, Goods, Rates
from cocket.measures.tariff.kinds import cents
from cocket.measures.tariff.plan import Decided, Item, Planner
from cocket.measures.tariff.procedures import USUAL, Effect, Procedure
from cocket.measures.tariff.sheet import DutyLine, NotComputable, OpenCase, Sheet, spread, together
from cocket.measures.tariff.units import is_unit, quantity_in

__all__ = ["MOST_DIGITS", "Calculator", "Duties", "DutyLine", "NotComputable", "OpenCase"]

_NOTHING, _HUNDRED = Decimal(), Decimal(100)

#: Digits before the point of the largest number that is taken for possible, less one.
MOST_DIGITS = 20

#: Release for home use, of goods that were under no procedure before.
_RELEASE = "4000"

#: Digits with which amounts are computed; enough for quotients to be rounded as fractions would be.
_DIGITS = 60


class Duties(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an item costs.

    Attributes:
        code: Line of the tariff.
        currency: ISO 4217 of all amounts.
        lines: Duties and taxes (0..n), in the order in which they are computed.
        total: Sum of what is due; None if anything could not be computed.
        payable: The same as the tariff rounds it, line by line; None if it has no rounding of its own or no total.
        at_least: Lowest sum that may be due; None if nothing can be said.
        at_most: Highest sum; None if it is not known.
        suspended: Sum of what is suspended; None if anything could not be computed.
        security: Security that can be asked for it.
        repaid: Sum of what comes back; None if anything could not be computed.
        not_computable: What could not be computed (0..n).
        controls: Prohibitions and controls on the goods, in words (0..n).
        findings: What is wrong with tariff or question (0..n).
        assumed: What was taken for granted (0..n); with any of it the sum is not certain.
        decided_by: What was said and bears on the sum (0..n).
    """

    code: str
    currency: str
    lines: tuple[DutyLine, ...] = ()
    total: Decimal | None = None
    payable: Decimal | None = None
    not_computable: tuple[NotComputable, ...] = ()
    controls: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    suspended: Decimal | None = None
    security: Decimal | None = None
    repaid: Decimal | None = None
    assumed: tuple[Assumption, ...] = ()
    decided_by: tuple[Decided, ...] = ()

    def strict(self) -> Duties:
        """The same, without any sum or bound of it if anything was taken for granted."""
        if not self.assumed:
            return self
        return msgspec.structs.replace(
            self,
            total=None,
            payable=None,
            at_least=None,
            at_most=None,
            suspended=None,
            security=None,
            repaid=None,
        )


class Calculator:
    """Computes duties by one tariff.

    Args:
        tariff: The tariff.
        rates: Exchange rates towards its currency; None for none.
        procedures: What procedures do, where the tariff does not say it.

    Attributes:
        tariff: The same.
        planner: What finds the charges that apply.

    Raises:
        SettingsError: The charges of the tariff are not in order, or one is wrong; the message has all that is wrong.
    """

    def __init__(self, tariff: Tariff, rates: Rates | None = None, procedures: tuple[Procedure, ...] = USUAL) -> None:
        self.tariff = tariff
        self.planner = Planner(tariff, procedures)
        refuse_faults(tariff, self.planner.graph)
        self.rates = rates or Rates(tariff.currency)
        self._may_cost_more = may_cost_more(tariff, self.planner.graph)
        self._named = frozenset(self.planner.graph.amounts).union(
            tariff.defaults,
            (one.of for one in tariff.reliefs),
            (one.value for one in tariff.procedures or procedures if one.value),
        )
        self._on_duties = on_duties(self.planner.graph)

    def is_claim_compared(self, goods: Goods) -> bool:
        """Whether an item must be computed with and without the preference that it claims.

        It must where the law could make more due for the claim, or where words that choose between rates could choose
        otherwise with it.
        """
        return goods.preference is not None and (self._may_cost_more or bool(goods.cases))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that a charge has in the tariff: its own, that of its column of rates, and types of measures."""
        types = {one.type_code for several in self.tariff.measures.values() for one in several}
        return frozenset(types.union(*((one.name, one.column) for one in self.planner.graph.nodes())))

    def duties(self, goods: Goods, *, explain: bool = False) -> Duties:
        """What an item costs, as the only one of its declaration.

        Args:
            goods: The item. A value that is negative or not a number, or a quantity that is, is a finding.
            explain: Whether each line says how it came about.

        Returns:
            Every duty and tax that could be computed, and by name every one that could not. No number is invented.

        Source: WTO Valuation Agreement for the value; tariff laws: the lowest lawful duty, then what each charge is on.
        """
        (found,) = self.declaration((goods,), explain=explain)
        return found

    def declaration(self, many: Iterable[Goods], *, explain: bool = False) -> tuple[Duties, ...]:
        """What the items of one declaration cost: charges of the declaration are spread over them, and relief for
        low value looks at the sum of all.

        Args:
            many: The items (0..n).
            explain: Whether each line says how it came about.

        Returns:
            As many answers, in order.
        """
        every = tuple(many)
        with localcontext() as context:
            context.prec = _DIGITS
            try:
                return self._against_release(every, self._declaration(every, explain), explain)
            except ArithmeticError:
                return tuple(self._beyond(goods) for goods in every)

    def _against_release(self, every: Sequence[Goods], found: tuple[Duties, ...], explain: bool) -> tuple[Duties, ...]:
        """Answers with security for what a release would cost besides what is due now, and repayment of what it did cost."""
        held = [
            one.total is not None and _is_held(self.planner.plan(goods).procedure, goods)
            for goods, one in zip(every, found, strict=True)
        ]
        home = [
            msgspec.structs.replace(goods, procedure=_RELEASE) if is_held else goods
            for goods, is_held in zip(every, held, strict=True)
        ]
        if not any(held) or any(self.planner.plan(goods).procedure is None for goods in home):
            return found
        released = self._declaration(home, explain)
        return tuple(
            _beside(one, other, procedure) if is_held and (procedure := self.planner.plan(goods).procedure) else one
            for goods, one, other, is_held in zip(every, found, released, held, strict=True)
        )

    @cached_property
    def is_joint(self) -> bool:
        """Whether what one item owes may hang on the others of its declaration."""
        return bool(self.tariff.reliefs) or any(one.scope == "declaration" for one in self.tariff.charges)

    def payable(self, many: Iterable[Goods]) -> dict[str, Decimal] | None:
        """What is to be paid for one declaration, charge by charge.

        Args:
            many: Its items (0..n).

        Returns:
            Charge → sum of its lines, rounded as the charge is when it is paid: where the law says so, the lines are
            added up before they are rounded. None if anything cannot be computed.

        Source: Act on General Rules for National Taxes of Japan, article 119, for sums that are rounded once.
        """
        answers = self.declaration(many)
        if any(one.total is None for one in answers):
            return None
        rules = {
            one.name: one.round_total
            for one in self.tariff.charges
            if one.round_total is not None and one.scope == "line"
        }
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for line in (line for one in answers for line in one.lines if line.effect == "due"):
            exact, payable = sums.get(line.charge, (_NOTHING, _NOTHING))
            sums[line.charge] = exact + line.exact, payable + line.payable
        return {name: rules[name].of(exact) if name in rules else paid for name, (exact, paid) in sums.items()}

    def _declaration(self, every: Sequence[Goods], explain: bool) -> tuple[Duties, ...]:
        """Answers to the items, each without the preference it claims if that would make more due."""
        found = self._as_claimed(every, explain)
        compared = [self.is_claim_compared(goods) for goods in every]
        if not any(compared):
            return found
        bare = [
            msgspec.structs.replace(goods, preference=None) if is_compared else goods
            for goods, is_compared in zip(every, compared, strict=True)
        ]
        answers: list[Duties] = []
        for goods, is_compared, claimed, other in zip(
            every, compared, found, self._as_claimed(bare, explain), strict=True
        ):
            excess = _excess(claimed, other) if is_compared else _NOTHING
            answers.append(_lapsed(other, goods, excess) if excess > 0 else claimed)
        return tuple(answers)

    def _as_claimed(self, every: Sequence[Goods], explain: bool) -> tuple[Duties, ...]:
        sheets: list[Sheet] = []
        findings: list[tuple[Finding, ...]] = []
        counting: list[Sheet] = []
        for goods in every:
            plan = self.planner.plan(goods)
            wrong = (
                *_wrong_numbers(goods),
                *_misplaced(goods),
                *_contradictions(goods),
                *self._wrong_currencies(goods),
            )
            sheet = Sheet(self.tariff, goods if not wrong else _without_numbers(goods), plan, self.rates, explain)
            if wrong:
                sheet.unknown.clear()
                sheet.assumed.clear()
            sheet.unknown.extend(NotComputable(missing=(one,)) for one in plan.missing)
            sheets.append(sheet)
            doubts = (*self._unknown_amounts(goods), *self._unknown_units(goods), *_masses(goods))
            findings.append((*plan.findings, *wrong, *sheet.findings, *doubts))
            # what the tariff has wrong stops one rate, never the item: only what is wrong with the question does
            is_stopped = any(one.severity == "error" for one in (*wrong, *sheet.findings))
            if not is_stopped and not any(one.reason == "code" for one in plan.missing):
                counting.append(sheet)
        if self.tariff.reliefs:
            consignment = together(sheets, self.tariff.reliefs)
            for sheet in counting:
                sheet.relieve(consignment)
        for place in range(len(self.planner.graph.parts)):
            self._part(counting, place)
        return tuple(self._sum_up(sheet, wrong) for sheet, wrong in zip(sheets, findings, strict=True))

    def _part(self, sheets: Sequence[Sheet], place: int) -> None:
        """Compute one part of the graph on every sheet."""
        whole: list[tuple[Sheet, Item]] = []
        for sheet in sheets:
            items = sheet.part_at(place)
            if not items:
                continue
            if sheet.is_inside(items):
                sheet.solve(items)
                continue
            (item,) = items
            if item.definition.charge.scope == "declaration":
                whole.append((sheet, item))
            else:
                sheet.compute(item)
        if whole:
            spread(whole, whole[0][1].node.name in self._on_duties)

    def _beyond(self, goods: Goods) -> Duties:
        finding = _not_possible("a number of the tariff or the question", "out of range")
        missing = (Missing(reason="number", what="out of range"),)
        return Duties(
            code=self.planner.plan(goods).code,
            currency=self.tariff.currency,
            not_computable=(NotComputable(missing=missing),),
            findings=(finding,),
        )

    def _wrong_currencies(self, goods: Goods) -> Iterator[Finding]:
        for name in dict.fromkeys((goods.currency, goods.retail_price_currency)):
            if name is None or name == self.tariff.currency or currency(name) is not None:
                continue
            if name.isalpha() and self.rates.of(name, goods.rate_day or goods.day) is not None:
                continue
            message = "{found} is not a currency"
            yield Finding(code="currency-unknown", severity="error", message=message, found=name[:200])

    def _unknown_amounts(self, goods: Goods) -> Iterator[Finding]:
        """Amounts under names that no base, default, procedure or relief of the tariff can look for."""
        for name in goods.amounts:
            if name in self._named:
                continue
            meant = next((one for one in sorted(self._named) if one.casefold() == name.casefold()), None)
            if meant is not None:
                message = "the amount {found} is not known and counts for nothing; is {expected} meant?"
            else:
                message = "the amount {found} is not known to this tariff and counts for nothing"
            yield Finding(
                code="amount-not-understood", severity="warning", message=message, found=name[:200], expected=meant
            )

    def _unknown_units(self, goods: Goods) -> Iterator[Finding]:
        """Quantities in units that neither the lists of units nor the tariff know."""
        for unit in goods.quantities:
            if is_unit(unit) or unit in self._units:
                continue
            message = "the unit {found} is not known; its quantity counts for nothing"
            yield Finding(code="unit-not-understood", severity="warning", message=message, found=unit[:200])

    @cached_property
    def _units(self) -> frozenset[str]:
        """Units of the tariff's own lines and rates, and of the bases of its charges."""
        tariff, graph = self.tariff, self.planner.graph
        named = {unit for line in tariff.lines.values() for unit in line.units}
        bases = (one.base for node in graph.nodes() for one in node.definitions)
        named.update(name.removeprefix(QUANTITY) for base in bases for name in names_of(base))
        formulas = (one.formula for several in tariff.measures.values() for one in several if one.formula is not None)
        named.update(name for formula in formulas for name in bases_of(formula))
        return frozenset(named)

    def _sum_up(self, sheet: Sheet, findings: tuple[Finding, ...]) -> Duties:
        is_wrong = any(finding.severity == "error" for finding in findings)
        is_whole = not sheet.unknown and not is_wrong
        plan, tariff = sheet.plan, self.tariff
        payable = None
        if is_whole and (tariff.rounding or any(one.round or one.round_total for one in tariff.charges)):
            payable = sum((line.payable for line in sheet.lines if line.effect == "due"), _NOTHING)
        suspended = sheet.due("suspended") if is_whole else None
        repaid = sheet.due("repaid") if is_whole else None
        procedure = plan.procedure
        low, high = sheet.between()
        assumed = (*sheet.goods.assumed, *plan.assumed, *sheet.assumed)
        return Duties(
            code=plan.code,
            currency=tariff.currency,
            lines=tuple(sheet.lines),
            total=sheet.due() if is_whole else None,
            payable=payable,
            at_least=None if is_wrong or not plan.code or plan.procedure is None else low,
            at_most=None if is_wrong or not plan.code or plan.missing else high,
            suspended=suspended,
            security=cents(suspended * procedure.security / _HUNDRED) if suspended is not None and procedure else None,
            repaid=cents(repaid * procedure.repaid / _HUNDRED) if repaid is not None and procedure else None,
            not_computable=tuple(sheet.unknown),
            controls=tuple(_control(one) for one in plan.controls),
            findings=findings,
            assumed=tuple(dict.fromkeys(assumed)),
            decided_by=(*plan.decided_by, *sheet.decided_by),
        )


def _is_held(procedure: Procedure | None, goods: Goods) -> bool:
    """Whether a procedure suspends or repays what a release costs."""
    if procedure is None or (procedure.share is not None and _MONTHS in goods.facts):
        return False
    return not {"suspended", "repaid"}.isdisjoint(_effects_of(procedure))


def _effects_of(procedure: Procedure) -> tuple[Effect, ...]:
    return procedure.duties, procedure.remedies, procedure.excise, procedure.vat, procedure.fees


def _beside(found: Duties, released: Duties, procedure: Procedure) -> Duties:
    """An answer whose security and repayment are of what a release costs.

    Args:
        found: The answer under the procedure.
        released: The answer to the same question at a release for home use.
        procedure: What suspends or repays.
    """
    if released.total is None or found.total is None:
        missing = sorted({missing.reason for one in released.not_computable for missing in one.missing})
        message = "the security or repayment is not computed, because a release is not: {missing}"
        finding = Finding(
            code="release-not-computable",
            severity="warning",
            message=message,
            arguments={"missing": ", ".join(missing)[:200]},
        )
        return msgspec.structs.replace(found, security=None, repaid=None, findings=(*found.findings, finding))
    at_release = {(one.kind, one.type_code, one.charge): one for one in released.lines if one.effect == "due"}
    lines = tuple(
        msgspec.structs.replace(other, effect="repaid")
        if one.effect == "repaid" and (other := at_release.get((one.kind, one.type_code, one.charge))) is not None
        else one
        for one in found.lines
    )
    repaid = sum((one.amount for one in lines if one.effect == "repaid"), _NOTHING)
    more = max(released.total - found.total, _NOTHING) if "suspended" in _effects_of(procedure) else _NOTHING
    return msgspec.structs.replace(
        found,
        lines=lines,
        security=cents(more * procedure.security / _HUNDRED),
        repaid=cents(repaid * procedure.repaid / _HUNDRED),
    )


def _excess(claimed: Duties, bare: Duties) -> Decimal:
    """By how much anything that is due, payable, suspended or repaid is more with a claim than without; 0 if nothing is.

    Args:
        claimed: The answer with the claim.
        bare: The answer without it.
    """
    if claimed.total is None or bare.total is None:
        return _NOTHING
    pairs = [
        (claimed.total, bare.total), (claimed.payable, bare.payable), (claimed.suspended, bare.suspended),
        (claimed.repaid, bare.repaid),
    ]  # fmt: skip
    return max(one - other if one is not None and other is not None else _NOTHING for one, other in pairs)


def _lapsed(bare: Duties, goods: Goods, excess: Decimal) -> Duties:
    """The answer without a claim that would make more due, and the finding that says so."""
    finding = Finding(
        code="claim-costs-more",
        severity="warning",
        message="the preference {found} is not applied: with it, {amount} {currency} more would be due",
        found=(goods.preference or "")[:200],
        arguments={"amount": f"{excess:f}", "currency": bare.currency},
    )
    return msgspec.structs.replace(bare, findings=(*bare.findings, finding))


#: Months of a temporary admission: a part of one counts as one, so there is none of 0.
_MONTHS = "months"

#: Names that bases may use and that a question states in fields of their own, never among its other amounts.
_OWN_FIELDS = ("value", "retail_price")


def _wrong_numbers(goods: Goods) -> tuple[Finding, ...]:
    numbers = (
        ("value", goods.value),
        ("retail price", goods.retail_price),
        *goods.amounts.items(),
        *goods.quantities.items(),
        *goods.facts.items(),
    )
    return tuple(
        _not_possible(what, str(value))
        for what, value in numbers
        if value is not None and (not value.is_finite() or value < 0 or value.adjusted() > MOST_DIGITS)
    ) + tuple(_not_possible(_MONTHS, "0") for name, value in goods.facts.items() if name == _MONTHS and value == 0)


def _misplaced(goods: Goods) -> Iterator[Finding]:
    """Amounts that would count in the place of a field of the question."""
    for name in _OWN_FIELDS:
        if name in goods.amounts:
            message = "{found} is stated among the amounts; state it in its own field only"
            yield Finding(code="amount-misplaced", severity="error", message=message, found=name)


def _not_possible(what: str, found: str) -> Finding:
    message = "{what} is {found}"
    return Finding(
        code="number-not-possible", severity="error", message=message, found=found[:200], arguments={"what": what[:200]}
    )


def _without_numbers(goods: Goods) -> Goods:
    """The item without its numbers, of which some cannot be."""
    return msgspec.structs.replace(
        goods, value=None, retail_price=None, quantities={}, facts={}, amounts={}, currency=None
    )


def _contradictions(goods: Goods) -> Iterator[Finding]:
    """Quantities of one dimension that are not the same, by more than the last place of each was rounded."""
    if any(not number.is_finite() for number in goods.quantities.values()):
        return
    for (unit, number), (other, told) in combinations(goods.quantities.items(), 2):
        turned, one = quantity_in(unit, {other: told}), quantity_in(unit, {other: Decimal(1)})
        if turned is None or one is None or abs(turned - number) <= _last_place(number) + _last_place(told) * one:
            continue
        yield Finding(
            code="quantities-contradict",
            severity="error",
            message="{found} and {expected} are not the same quantity",
            found=f"{number:f} {unit}"[:200],
            expected=f"{told:f} {other}"[:200],
        )


def _masses(goods: Goods) -> Iterator[Finding]:
    """A net mass above the gross mass: one of them is wrong, and it is not known which."""
    net, gross = goods.quantities.get("KGM"), goods.quantities.get("KGMG")
    if net is not None and gross is not None and net.is_finite() and gross.is_finite() and net > gross:
        message = "the net mass, {found} kg, is above the gross mass, {expected} kg"
        yield Finding(
            code="net-above-gross",
            severity="warning",
            message=message,
            found=f"{net:f}"[:200],
            expected=f"{gross:f}"[:200],
        )


def _last_place(number: Decimal) -> Decimal:
    """Half of the last place of a number that has places after the point; a whole number is taken to be exact."""
    exponent = number.as_tuple().exponent
    return Decimal(5).scaleb(exponent - 1) if isinstance(exponent, int) and exponent < 0 else _NOTHING


def _control(measure: Measure) -> str:
    papers = sorted({code for one in measure.conditions for code in one.documents})
    needs = f" ({', '.join(papers)})" if papers else ""
    return f"{measure.text or measure.type_code}{needs}"
