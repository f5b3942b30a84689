# SPDX-License-Identifier: Apache-2.0
"""What the goods of a dossier cost by the tariff of the house, how that came about, and what the declaration says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.governance import Principal, disclose
from cocket.measures.customs_value import BuiltValue, ValuedItem, valued_items
from cocket.measures.tariff import (
    Calculator,
    Compared,
    Duties,
    DutyLine,
    Goods,
    Picture,
    at_stake,
    compare,
    countries,
    definition_words,
    graph_of,
    national,
    picture_of,
    recompute,
    states_duties,
)
from cocket.measures.tariff.charges import Graph
from cocket.model import Declaration, ValueDeclaration
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.tariff import calculator_of, required_calculator
from cocket.pipeline.consignment.dossiers import moment_of, newest_declaration
from cocket.pipeline.consignment.papers import papers_of
from cocket.pipeline.measures.payments import PaymentView, payment_of
from cocket.pipeline.measures.value_forms import value_form_of

#: A doubt about a value is weighed by this part of it.
_TENTH = Decimal("1.1")

#: Of so many items each is weighed with all others, where a relief or a charge looks at all; the work is their square.
_MOST_WEIGHED = 20


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
        stakes: What more would be due on the declaration if a claim did not hold, as (what, amount) (0..n).
        not_computable: What could not be computed, and why, in words (0..n).
        controls: Prohibitions and controls of the tariff on these goods, in words (0..n).
        compared: Duties as declared beside these (0..n); none where the declaration states no duties.
        payable: The sum as the tariff rounds it, as text; None if it has no rounding of its own or no total.
        assumed: What was taken for granted, in words (0..n).
        findings: What is wrong with the question or the tariff (0..n).
        is_weighed: Whether the stakes were computed; a relief or charge that looks at all items is not weighed anew for
            each of very many.
    """

    item: int
    code: str
    currency: str
    lines: tuple[CostLine, ...]
    total: str | None
    stakes: tuple[tuple[str, str], ...]
    not_computable: tuple[str, ...]
    controls: tuple[str, ...]
    compared: tuple[Compared, ...] = ()
    payable: str | None = None
    assumed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_weighed: bool = True


class ValueBuilt(msgspec.Struct, frozen=True, kw_only=True):
    """The customs value of one item as it is built from price, terms and charges, beside the declared one.

    Attributes:
        declared: As declared, in the tariff's currency; None if none is declared, or its rate of exchange is not known.
        built: Step by step from the price, each with its article, and what is missing.
        agrees: Whether both are the same to one unit of the currency; None if either is not known.
        more: What more would be due by the built value, below nothing if less; None where they agree, it is not known, or
            the declaration has too many items that a relief or charge looks at together.
    """

    declared: Decimal | None
    built: BuiltValue
    agrees: bool | None
    more: Decimal | None = None


class SumView(msgspec.Struct, frozen=True, kw_only=True):
    """How the sum of one item came about.

    Attributes:
        item: Item number as written; its place in the declaration where it has none.
        code: Line of the tariff; empty if none was found.
        currency: ISO 4217 of all amounts.
        total: Sum of what is due; None if anything could not be computed.
        payable: The same as the tariff rounds it; None if it has no rounding of its own or no total.
        lines: Each duty and tax with its base, rate, act and steps (0..n), in the order in which they are computed.
        compared: Duties as declared beside these (0..n); none where the declaration states no duties.
        not_computable: What could not be computed, and why, in words (0..n).
        assumed: What was taken for granted, in words (0..n).
        decided_by: What was said and bears on the sum, in words (0..n).
        picture: The charges that apply, each on what it is taken on.
        value: Its customs value, built; None where the tariff does not say what a value includes.
        findings: What is wrong with the question or the tariff (0..n).
        at_least: Lowest sum that can be due; None if not known.
        at_most: Highest; None if not known.
        suspended: Sum of what is suspended; None if anything could not be computed.
        security: What can be asked for it as security; None as above.
        repaid: What comes back; None as above.
        controls: Prohibitions and controls of the tariff on these goods, in words (0..n).
    """

    item: int
    code: str
    currency: str
    total: Decimal | None
    payable: Decimal | None
    lines: tuple[DutyLine, ...]
    compared: tuple[Compared, ...]
    not_computable: tuple[str, ...]
    assumed: tuple[str, ...]
    decided_by: tuple[str, ...]
    picture: Picture
    value: ValueBuilt | None = None
    findings: tuple[Finding, ...] = ()
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    suspended: Decimal | None = None
    security: Decimal | None = None
    repaid: Decimal | None = None
    controls: tuple[str, ...] = ()


class DutySheet(msgspec.Struct, frozen=True, kw_only=True):
    """Duties and taxes of a declaration, computed again.

    Attributes:
        consignment: Dossier it belongs to.
        tariff: Name of the tariff.
        edition: Its edition; None if it has none.
        day: Day whose tariff applies.
        is_declared: Whether the declaration states any amount of duty.
        items: How the sum of each item came about (0..n).
        findings: What is wrong with the declared lines by themselves: base times rate, the total (0..n).
        payment: What the declarant was asked to pay, and what was paid.
        questions: What is open on the price: relation, royalties, first sale (0..n).
    """

    consignment: str
    tariff: str
    edition: str | None
    day: date
    is_declared: bool
    items: tuple[SumView, ...] = ()
    findings: tuple[Finding, ...] = ()
    payment: PaymentView | None = None
    questions: tuple[Finding, ...] = ()


class ChargeView(msgspec.Struct, frozen=True, kw_only=True):
    """One charge of a tariff.

    Attributes:
        name: Its name.
        kind: What it is.
        says: In words; empty if nothing is written.
        definitions: What is written of it, part by part (1..n), in the order in which they are tried.
    """

    name: str
    kind: str
    says: str
    definitions: tuple[dict[str, str], ...]


class ChargesView(msgspec.Struct, frozen=True, kw_only=True):
    """Charges of a tariff, each on what it is taken on.

    Attributes:
        name: The tariff, or the country.
        currency: ISO 4217 of amounts payable.
        source: Laws it was read from, or its edition.
        charges: The charges, in the order in which they are computed (0..n).
        picture: The same as boxes and arrows.
        countries: Countries whose charges are known, by their letters (0..n).
    """

    name: str
    currency: str
    source: str
    charges: tuple[ChargeView, ...]
    picture: Picture
    countries: tuple[str, ...] = ()


class TariffDuties(Service):
    """Duties and taxes of dossiers, and the charges they follow."""

    def sheet(self, principal: Principal, consignment_id: str) -> DutySheet:
        """How the duties of a consignment's newest declaration came about, and where the declaration says otherwise.

        Raises:
            NotFoundError: There is no such consignment that this principal may see, or no declaration in it.
            NoTariffError: The instance has no tariff.
            SettingsError: Its tariff is not valid.
        """
        with self._stores.database.transaction() as connection:
            line, _ = self._access.dossier(connection, principal, consignment_id)
            papers = papers_of(self._stores, connection, [line.id]).get(line.id, ())
            paper = newest_declaration(papers)
            if paper is None or paper.declaration is None:
                raise NotFoundError("There is no declaration for this consignment.")
            calculator = required_calculator(self._stores.settings)
            day = moment_of(paper.declaration, paper.received).date()
            by = (calculator, self._stores.settings.duty_codes())
            shown = sheet_of(line.id, paper.declaration, day, by, value_form_of(papers))
            shown = msgspec.structs.replace(shown, payment=payment_of(self._stores, connection, line.id))
            self._access.seal(connection, self._access.record(principal, "duties", (str(line.id),)))
        return disclose(principal, "duty-sheet", shown)

    def charges(self, principal: Principal, country: str = "") -> ChargesView:
        """The charges of the house's tariff, or those of a country that come with Cocket.

        Args:
            principal: Who asks.
            country: Its letters (`br`); empty for the tariff of the house, or the first country where it has none.

        Raises:
            PolicyError: The principal may not look into dossiers, and so has no use for it.
            SenderError: No charges of this country are known.
        """
        self._access.require(principal, "dossier:search")
        known = countries()
        calculator = calculator_of(self._stores.settings) if not country else None
        if calculator is not None:
            tariff = calculator.tariff
            told = (tariff.name, tariff.currency, tariff.edition or "")
            return _charges(calculator.planner.graph, told, known)
        wanted = country.strip().lower() or known[0]
        if wanted not in known:
            raise SenderError(
                f"No charges of {wanted[:20]!r} are known.", code="country-unknown", hint=f"Known: {', '.join(known)}."
            )
        law = national(wanted)
        return _charges(
            graph_of(law.charges, (), law.amounts), (law.name, law.currency, f"{law.source} ({law.as_of})"), known
        )


def _charges(graph: Graph, told: tuple[str, str, str], known: tuple[str, ...]) -> ChargesView:
    name, currency, source = told
    return ChargesView(
        name=name,
        currency=currency,
        source=source,
        charges=tuple(
            ChargeView(
                name=node.name,
                kind=node.kind,
                says=next((one.charge.says for one in node.definitions if one.charge.says), ""),
                definitions=tuple(
                    {part: text for part, text in definition_words(one).items() if text} for one in node.definitions
                ),
            )
            for node in graph.nodes()
        ),
        picture=picture_of(graph),
        countries=known,
    )


def sheet_of(
    consignment: UUID,
    declaration: Declaration,
    day: date,
    by: tuple[Calculator, Mapping[str, str]],
    form: ValueDeclaration | None = None,
) -> DutySheet:
    """Duties and taxes of a declaration, computed again.

    Args:
        consignment: Dossier it belongs to.
        declaration: The declaration.
        day: Day whose tariff applies.
        by: The tariff, and the charge that each code of a declared line stands for.
        form: The declaration of value; None if there is none.
    """
    calculator, names = by
    items = declaration.shipment.items
    valued, questions = valued_items(declaration, day, calculator.rates, calculator.tariff.basis, form)
    goods = [one.goods for one in valued]
    compared = compare(declaration, calculator, day, names, goods)
    answers = calculator.declaration(goods, explain=True)
    return DutySheet(
        consignment=str(consignment),
        tariff=calculator.tariff.name,
        edition=calculator.tariff.edition or None,
        day=day,
        is_declared=states_duties(declaration),
        items=tuple(
            _sum(item.sequence or place, (one, duties), calculator, (compared, _beside(goods, place)))
            for place, (item, one, duties) in enumerate(zip(items, valued, answers, strict=True), start=1)
        ),
        findings=recompute(declaration),
        questions=questions,
    )


def _sum(
    number: int,
    answered: tuple[ValuedItem, Duties],
    calculator: Calculator,
    beside: tuple[tuple[Compared, ...], Sequence[Goods]],
) -> SumView:
    (valued, duties), (compared, others) = answered, beside
    goods = valued.goods
    amounts = {line.charge or line.type_code: f"{line.amount:,f} {duties.currency}" for line in duties.lines}
    if goods.value is not None:
        amounts["value"] = f"{goods.value:,f} {goods.currency or duties.currency}"
    return SumView(
        item=number,
        code=duties.code,
        currency=duties.currency,
        total=duties.total,
        payable=duties.payable,
        lines=duties.lines,
        compared=tuple(one for one in compared if one.item == number),
        not_computable=tuple(_lacking(duties)),
        findings=duties.findings,
        assumed=tuple(one.says for one in duties.assumed),
        decided_by=tuple(f"{one.by} {one.found}" for one in duties.decided_by),
        picture=picture_of(calculator.planner.graph, amounts),
        value=_value_of(valued, calculator, others),
        at_least=duties.at_least,
        at_most=duties.at_most,
        suspended=duties.suspended,
        security=duties.security,
        repaid=duties.repaid,
        controls=duties.controls,
    )


def _beside(goods: Sequence[Goods], place: int) -> tuple[Goods, ...]:
    """All items of a declaration but the one at a place (1-based)."""
    return (*goods[: place - 1], *goods[place:])


def _value_of(valued: ValuedItem, calculator: Calculator, beside: Sequence[Goods]) -> ValueBuilt | None:
    """The built value of an item beside the declared one, and what hangs on the difference."""
    if valued.built is None:
        return None
    return ValueBuilt(
        declared=valued.declared,
        built=valued.built,
        agrees=valued.agrees,
        more=_at_stake_of_value(valued, calculator, beside),
    )


def _at_stake_of_value(valued: ValuedItem, calculator: Calculator, beside: Sequence[Goods]) -> Decimal | None:
    if valued.built is None or valued.agrees is not False or not _is_weighed(calculator, beside):
        return None
    return at_stake(calculator, valued.goods, valued.built.goods(valued.goods), beside).amount


def costs_of(
    declaration: Declaration,
    day: date,
    calculator: Calculator,
    names: Mapping[str, str] | None = None,
    form: ValueDeclaration | None = None,
) -> tuple[CostView, ...]:
    """What each item of a declaration costs.

    Args:
        declaration: The declaration.
        day: Day whose tariff applies.
        calculator: From `calculator_of`.
        names: Code of a declared line → the charge that it stands for, where they are not the same.
        form: The declaration of value; None if there is none.

    Returns:
        One view for each item, in order (0..n).
    """
    valued, _ = valued_items(declaration, day, calculator.rates, calculator.tariff.basis, form)
    goods = [one.goods for one in valued]
    compared = compare(declaration, calculator, day, names, goods)
    answers = calculator.declaration(goods)
    return tuple(
        msgspec.structs.replace(
            _cost(place, (one, duties), calculator, _beside(goods, place)),
            compared=tuple(each for each in compared if each.item == (item.sequence or place)),
        )
        for place, (item, one, duties) in enumerate(
            zip(declaration.shipment.items, valued, answers, strict=True), start=1
        )
    )


def due_of(
    declaration: Declaration, day: date, calculator: Calculator, form: ValueDeclaration | None = None
) -> Decimal | None:
    """What all items of a declaration cost together, in the tariff's currency; None if any of it cannot be computed.

    Args:
        declaration: The declaration.
        day: Day whose tariff applies.
        calculator: From `calculator_of`.
        form: The declaration of value; None if there is none.
    """
    valued, _ = valued_items(declaration, day, calculator.rates, calculator.tariff.basis, form)
    totals = [
        found.total if found.payable is None else found.payable
        for found in calculator.declaration([one.goods for one in valued])
    ]
    known = [total for total in totals if total is not None]
    return sum(known, Decimal(0)) if totals and len(known) == len(totals) else None


def _cost(place: int, answered: tuple[ValuedItem, Duties], calculator: Calculator, beside: Sequence[Goods]) -> CostView:
    valued, found = answered
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
        stakes=tuple(_stakes(valued, calculator, beside)),
        not_computable=tuple(_lacking(found)),
        findings=found.findings,
        controls=found.controls,
        payable=None if found.payable is None else str(found.payable),
        assumed=tuple(one.says for one in found.assumed),
        is_weighed=_is_weighed(calculator, beside),
    )


def _is_weighed(calculator: Calculator, beside: Sequence[Goods]) -> bool:
    return not calculator.is_joint or len(beside) < _MOST_WEIGHED


def _stakes(valued: ValuedItem, calculator: Calculator, beside: Sequence[Goods]) -> Iterator[tuple[str, str]]:
    """What hangs on the claims: the preference as a whole, the value by a tenth of it, and by what it is built to."""
    if not _is_weighed(calculator, beside):
        return
    goods = valued.goods
    doubts: dict[str, Goods] = {}
    if goods.preference is not None:
        doubts["preference"] = msgspec.structs.replace(goods, preference=None)
    if goods.value is not None:
        doubts["value"] = msgspec.structs.replace(goods, value=goods.value * _TENTH)
    for what, instead in doubts.items():
        stake = at_stake(calculator, goods, instead, beside)
        if stake.amount:
            yield what, str(stake.amount)
    if more := _at_stake_of_value(valued, calculator, beside):
        yield "built-value", str(more)


def _lacking(found: Duties) -> Iterator[str]:
    for part in found.not_computable:
        what = ", ".join(f"{missing.reason} {missing.what}" for missing in part.missing)
        yield f"{part.kind}: {what}" if part.kind else what
