# SPDX-License-Identifier: Apache-2.0
"""The customs value, built step by step from the price: terms of delivery, Article 8, the national basis, the dated rate.

Nothing is taken for granted silently: an amount that the terms call for and nobody states is missing, unless the law of
the country puts something in its place, and then that is an assumption.
Source: WTO Valuation Agreement, articles 1, 8 and 9, and notes to them; Incoterms 2010 and 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import msgspec

from cocket.findings import Finding
from cocket.measures.tariff.declared import goods_of
from cocket.measures.tariff.expression import names_of, read_expression, value_of
from cocket.measures.tariff.formula import Missing
from cocket.measures.tariff.goods import Assumption, Goods, Rates
from cocket.measures.tariff.kinds import cents
from cocket.measures.tariff.sheet import apportioned
from cocket.model import Amount, Declaration, ValueDeclaration

#: Digits before the point of the largest number that is taken for possible, less one.
_MOST_DIGITS: Final = 20

#: What a value includes by national law: carriage and insurance to the country of import, or not.
Basis = Literal["CIF", "FOB"]

#: Costs on the way, in the order in which they arise.
_WAY: Final = (
    "inland_export",
    "export_formalities",
    "loading",
    "freight",
    "insurance",
    "inland_import",
    "import_duties",
)

#: What a price under each term includes. DAT of 2010 is DPU of 2020; DDU and DAF are older.
_INCLUDED: Final[Mapping[str, frozenset[str]]] = {
    "EXW": frozenset(),
    "FCA": frozenset(_WAY[:2]),
    "FAS": frozenset(_WAY[:2]),
    "FOB": frozenset(_WAY[:3]),
    "CFR": frozenset(_WAY[:4]),
    "CPT": frozenset(_WAY[:4]),
    "CIF": frozenset(_WAY[:5]),
    "CIP": frozenset(_WAY[:5]),
    "DAP": frozenset(_WAY[:6]),
    "DPU": frozenset(_WAY[:6]),
    "DAT": frozenset(_WAY[:6]),
    "DDU": frozenset(_WAY[:6]),
    "DDP": frozenset(_WAY),
}

#: Costs that a term may leave to the buyer by the place that it names, if they are stated.
_BEYOND: Final[Mapping[str, frozenset[str]]] = {"FCA": frozenset({"inland_export"})}

#: Costs that a term may put into the price by the place that it names, if they are stated.
_WITHIN: Final[Mapping[str, frozenset[str]]] = {
    "CPT": frozenset({"inland_import"}),
    "CIP": frozenset({"inland_import"}),
}

#: Terms under which the seller must insure.
_INSURED: Final = frozenset({"CIF", "CIP"})

#: What a value includes by national law.
_BASIS: Final[Mapping[Basis, frozenset[str]]] = {"FOB": frozenset(_WAY[:3]), "CIF": frozenset(_WAY[:5])}

#: What a term leaves to the seller's gate only, so that nothing is usually stated apart.
_SMALL: Final = frozenset({"export_formalities", "loading"})

#: Additions of Article 8.1, and of which paragraph.
_ADDITIONS: Final[Mapping[str, str]] = {
    "commissions": "8.1(a)(i)",
    "brokerage": "8.1(a)(i)",
    "containers": "8.1(a)(ii)",
    "packing": "8.1(a)(iii)",
    "containers_and_packing": "8.1(a)(ii) and (iii)",
    "materials": "8.1(b)(i)",
    "tools": "8.1(b)(ii)",
    "materials_consumed": "8.1(b)(iii)",
    "engineering": "8.1(b)(iv)",
    "royalties": "8.1(c)",
    "proceeds": "8.1(d)",
    "indirect_payments": "1, note 1",
}

#: What may stand in a price and not in a value, if it is distinguished from the price.
_DEDUCTIONS: Final[Mapping[str, str]] = {
    "assembly_after_import": "1, note 3(a)",
    "transport_after_import": "1, note 3(b)",
    "duties_in_price": "1, note 3(c)",
    "buying_commission": "8.1(a)(i)",
    "interest": "Decision 3.1",
}

#: Deductions that are a cost on the way under another name: only a price that includes the one can include the other.
_SAME_COST: Final[Mapping[str, str]] = {
    "transport_after_import": "inland_import",
    "duties_in_price": "import_duties",
}

#: What is spread over lines by gross mass; everything else by price.
_BY_MASS: Final = frozenset({"inland_export", "loading", "freight", "inland_import", "transport_after_import"})

#: Names and codes under which declarations and value declarations state the same. AK is none of them: it is carriage and
#: insurance in one, so what it is of must be said.
#: Source of the codes: Commission Delegated Regulation (EU) 2015/2446, annex B, data element 14 05.
_SAME: Final[Mapping[str, str]] = {
    "AB": "commissions",
    "AD": "containers_and_packing",
    "AE": "materials",
    "AF": "tools",
    "AG": "materials_consumed",
    "AH": "engineering",
    "AI": "royalties",
    "AJ": "proceeds",
    "AL": "indirect_payments",
    "BA": "transport_after_import",
    "BB": "assembly_after_import",
    "BC": "duties_in_price",
    "BD": "interest",
    "BF": "buying_commission",
    "external_freight": "freight",
    "transport": "freight",
    "internal_freight": "inland_export",
    "duties": "duties_in_price",
    "erection": "assembly_after_import",
}


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an invoice, as one item of a declaration.

    Attributes:
        price: Price paid or payable for it; None if not stated.
        gross_mass_kg: Gross mass; None if not stated.
        amounts: Name → amount of this line alone; a name that the whole invoice states counts there.
    """

    price: Decimal | None
    gross_mass_kg: Decimal | None = None
    amounts: dict[str, Amount] = {}


class ValueQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a customs value is built from.

    Attributes:
        lines: Lines of the invoice (1..n).
        currency: ISO 4217 of prices; None if not stated.
        day: Day whose rates of exchange apply.
        terms: Incoterms code; None if not stated.
        basis: What a value includes by national law.
        amounts: Name → amount of the whole invoice: costs on the way, additions, deductions.
        royalties_are_condition: Whether royalties are a condition of the sale; None if nobody says.
        is_related: Whether buyer and seller are related; None if nobody says.
        relation_influenced_price: Whether that influenced the price; None if nobody says.
        defaults: Amount that is not stated → what the law puts in its place, over `price`, `FOB`, `freight`.
    """

    lines: tuple[PricedLine, ...]
    currency: str | None
    day: date
    terms: str | None = None
    basis: Basis = "CIF"
    amounts: dict[str, Amount] = {}
    royalties_are_condition: bool | None = None
    is_related: bool | None = None
    relation_influenced_price: bool | None = None
    defaults: dict[str, str] = {}


class ValueStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step from the price to the value.

    Attributes:
        article: Article of the Valuation Agreement.
        what: What is added or taken off.
        amount: In the tariff's currency, below nothing if it is taken off.
        stated: Amount and currency as stated; None for one that the law puts in its place.
        rate: Rate of exchange; None where none was needed.
        spread: How the amount of the invoice came to this line; empty where it is the line's own.
        assumed: Whether it was put in the place of an amount that is not stated.
    """

    article: str
    what: str
    amount: Decimal
    stated: str | None = None
    rate: Decimal | None = None
    spread: Literal["", "price", "gross-mass"] = ""
    assumed: bool = False


class BuiltValue(msgspec.Struct, frozen=True, kw_only=True):
    """The customs value of one line.

    Attributes:
        value: In the tariff's currency, to 0.01; None while anything is missing.
        currency: ISO 4217.
        basis: What it includes.
        steps: From the price to the value (0..n).
        missing: What must be stated first (0..n).
        assumed: What was taken for granted (0..n).
        carriage: This line's part of freight and insurance, as far as they are stated, whether the value has them or
            not (0..2).
    """

    value: Decimal | None
    currency: str
    basis: Basis
    steps: tuple[ValueStep, ...] = ()
    missing: tuple[Missing, ...] = ()
    assumed: tuple[Assumption, ...] = ()
    carriage: dict[str, Decimal] = {}

    def goods(self, goods: Goods) -> Goods:
        """A question to a tariff with this value in the place of its own, and FOB, freight and insurance beside it."""
        return msgspec.structs.replace(
            goods,
            value=self.value,
            currency=self.currency,
            amounts={**goods.amounts, **self.carriage} if self.value is not None else {},
            assumed=(*(one for one in goods.assumed if one.code != "statistical-value-taken"), *self.assumed),
        )


class ValuedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a declaration with its customs value, as declared and as built.

    Attributes:
        goods: The question to a tariff: by the declared value; where none is declared, by the built one.
        declared: Customs value as declared, in the tariff's currency; None if none is declared, or its rate is not known.
        built: The value as it is built; None where the tariff does not say what a value includes.
        agrees: Whether both are the same to one unit of the currency; None if either is not known.
    """

    goods: Goods
    declared: Decimal | None = None
    built: BuiltValue | None = None
    agrees: bool | None = None


def valued_items(
    declaration: Declaration,
    day: date,
    rates: Rates,
    basis: Basis | None,
    form: ValueDeclaration | None = None,
) -> tuple[tuple[ValuedItem, ...], tuple[Finding, ...]]:
    """Each item of a declaration as a question to a tariff, with its customs value built beside the declared one.

    Args:
        declaration: The goods declaration.
        day: Day whose tariff and rates of exchange apply.
        rates: Rates of exchange towards the tariff's currency.
        basis: What a value includes by national law; None where the tariff does not say, and nothing is built.
        form: The declaration of value; None if there is none.

    Returns:
        As many items, and questions that are open: relation, royalties, first sale (0..n). A built value counts for a
        declared one that is missing, in the place of the statistical one, and is an assumption.

    Source: WTO Valuation Agreement, articles 1, 8 and 9.
    """
    items = declaration.shipment.items
    asked = [goods_of(item, day) for item in items]
    if basis is None or not items:
        return tuple(ValuedItem(goods=one) for one in asked), ()
    values, questions = build_values(question_of(declaration, day, basis, form), rates)
    return tuple(
        _valued(goods, item.customs_value, built, rates, day)
        for goods, item, built in zip(asked, items, values, strict=True)
    ), questions


def _valued(goods: Goods, stated: Amount | None, built: BuiltValue, rates: Rates, day: date) -> ValuedItem:
    if stated is None:
        if built.value is None:
            return ValuedItem(goods=goods, built=built)
        taken = Assumption("value-built", "the value built from price and terms, because no customs value is stated")
        own = built.goods(goods)
        return ValuedItem(goods=msgspec.structs.replace(own, assumed=(taken, *own.assumed)), built=built)
    rate = rates.of(stated.currency, day)
    declared = cents(stated.value * rate) if rate is not None and _is_possible(stated.value) else None
    is_own = stated.currency in (None, rates.currency)
    carriage = sum(built.carriage.values(), Decimal())
    if declared is not None and is_own and (built.basis == "FOB" or carriage <= declared):
        # freight spread by mass may be more than a light item was declared to be worth: then it says nothing of FOB
        goods = msgspec.structs.replace(goods, amounts={**goods.amounts, **built.carriage})
    is_known = declared is not None and built.value is not None
    agrees = abs(declared - built.value) <= 1 if is_known else None  # type: ignore[operator]
    return ValuedItem(goods=goods, declared=declared, built=built, agrees=agrees)


def _is_possible(number: Decimal) -> bool:
    return number.is_finite() and number.adjusted() <= _MOST_DIGITS


def build_values(question: ValueQuestion, rates: Rates) -> tuple[tuple[BuiltValue, ...], tuple[Finding, ...]]:
    """The customs value of each line of an invoice.

    Args:
        question: What is stated.
        rates: Rates of exchange towards the tariff's currency.

    Returns:
        As many values as lines, and questions that are open (0..n): relation, royalties, first sale.

    Source: WTO Valuation Agreement, articles 1, 8, 9 and notes; apportionment by largest remainder.
    """
    beyond = tuple(_beyond(question))
    building = _Building(question, rates)
    if beyond:
        building.lack(beyond)
        return building.values(), tuple(_questions(question))
    try:
        building.price()
        building.way()
        building.article_8()
        building.deductions()
        building.carriage()
        building.amounts()
    except ArithmeticError:
        building = _Building(question, rates)
        building.lack((Missing(reason="number", what="a product of amounts and rates is out of range"),))
    return building.values(), tuple(_questions(question))


def _beyond(question: ValueQuestion) -> Iterator[Missing]:
    """Numbers that are larger than any invoice has them."""
    numbers = {
        **{f"the price of line {place}": one.price for place, one in enumerate(question.lines, 1)},
        **{f"the gross mass of line {place}": one.gross_mass_kg for place, one in enumerate(question.lines, 1)},
        **{name: one.value for name, one in question.amounts.items()},
        **{
            f"{name} of line {place}": amount.value
            for place, one in enumerate(question.lines, 1)
            for name, amount in one.amounts.items()
        },
    }
    for what, number in numbers.items():
        if number is not None and number.is_finite() and number.adjusted() > _MOST_DIGITS:
            yield Missing(reason="number", what=f"{what} is {number}, out of range")


def question_of(
    declaration: Declaration, day: date, basis: Basis, form: ValueDeclaration | None = None
) -> ValueQuestion:
    """What a declaration, and a declaration of value with it, state of the value.

    Args:
        declaration: The goods declaration.
        day: Day whose rates of exchange apply.
        basis: What a value includes by national law.
        form: The declaration of value; None if there is none.
    """
    shipment = declaration.shipment
    amounts: dict[str, Amount] = {}
    for name, one in declaration.valuation.charges.items():
        amounts[_SAME.get(name, name)] = one
    for invoice in form.invoices if form else ():
        for name, told in (*invoice.additions.items(), *invoice.deductions.items()):
            if told.amount is not None:
                amounts[_SAME.get(name, name)] = told.amount
    prices = [one.commodity.price for one in shipment.items]
    currencies = {one.currency for one in prices if one is not None and one.currency}
    invoice_currency = declaration.valuation.invoice.currency if declaration.valuation.invoice else None
    return ValueQuestion(
        lines=tuple(
            PricedLine(
                price=price.value if price else None,
                gross_mass_kg=item.commodity.gross_mass_kg,
                amounts={_SAME.get(name, name): one for name, one in item.charges.items()},
            )
            for price, item in zip(prices, shipment.items, strict=True)
        ),
        currency=currencies.pop() if len(currencies) == 1 else invoice_currency if not currencies else None,
        day=day,
        terms=shipment.trade_terms.code if shipment.trade_terms else None,
        basis=basis,
        amounts=amounts,
        royalties_are_condition=form.has_royalties if form else None,
        is_related=form.is_related if form else None,
        relation_influenced_price=form.relation_influenced_price if form else None,
    )


class _Building:
    """Values on their way."""

    def __init__(self, question: ValueQuestion, rates: Rates) -> None:
        self._question, self._rates = question, rates
        self._steps: list[list[ValueStep]] = [[] for _ in question.lines]
        self._missing: dict[Missing, None] = {}
        self._assumed: dict[Assumption, None] = {}
        self._prices: list[Decimal] = []
        self._known: dict[str, Decimal] = {}
        self._of_lines = {name for line in question.lines for name in line.amounts} - set(question.amounts)
        self._carriage: list[dict[str, Decimal]] = [{} for _ in question.lines]

    def _is_stated(self, name: str) -> bool:
        return name in self._question.amounts or name in self._of_lines

    def amounts(self) -> None:
        """No amount is below nothing or not a number, whether it counts or not."""
        for name, one in _stated_of(self._question):
            if not one.value.is_finite() or one.value < 0:
                self._lack("amount", f"{name} is {one.value}")

    def price(self) -> None:
        """Article 1: the price actually paid or payable."""
        question = self._question
        if question.currency is None:
            self._lack("currency", "of the price")
            return
        rate = self._rates.of(question.currency, question.day)
        if rate is None:
            self._lack("exchange-rate", self._rates.lacking(question.currency, question.day))
            return
        for place, line in enumerate(question.lines):
            if line.price is None or not line.price.is_finite() or line.price < 0:
                self._lack("price", f"of line {place + 1}")
                continue
            amount = line.price * rate
            self._prices.append(amount)
            shown = f"{line.price:f} {question.currency}"
            used = None if question.currency == self._rates.currency else rate
            self._steps[place].append(
                ValueStep(article="1", what="price", amount=cents(amount), stated=shown, rate=used)
            )
        self._known["price"] = sum(self._prices, Decimal())

    def way(self) -> None:
        """Article 8.2 and the national basis: what the terms leave out is added, what they include too much taken off."""
        question = self._question
        terms = _terms_of(question)
        if terms not in _INCLUDED:
            self._lack("terms", terms or "of delivery")
            return
        included, wanted = _INCLUDED[terms], _BASIS[question.basis]
        for name in _WAY:
            if name in wanted and name not in included:
                self._add(name, "8.2", is_small=name in _SMALL)
            elif name in _BEYOND.get(terms, ()) and name in wanted and self._is_stated(name):
                self._put(name, "8.2")
                what = f"{name} is beyond the price: {terms} at a place before the border"
                self._assumed[Assumption("place-of-the-terms-assumed", what)] = None
            elif name in _WITHIN.get(terms, ()) and name not in wanted and self._is_stated(name):
                self._put(name, "1, note 3", sign=-1)
                what = f"{name} is in the price: {terms} to a place behind the border"
                self._assumed[Assumption("place-of-the-terms-assumed", what)] = None
            elif name in included and name not in wanted:
                if self._is_stated(name):
                    self._put(name, "8.2" if name in _WAY[:5] else "1, note 3", sign=-1)
                elif any(same == name and self._comes_to_something(one) for one, same in _SAME_COST.items()):
                    continue  # it is distinguished from the price under the name of a deduction
                elif name in ("inland_import", "import_duties") or (name == "insurance" and terms not in _INSURED):
                    what = f"{name} cannot be distinguished from the price under {terms}, and stays in the value"
                    self._assumed[Assumption("not-distinguished", what)] = None
                else:
                    self._lack("amount", name)
            if name == "loading" and not self._missing:
                self._known["FOB"] = self._sum()

    def article_8(self) -> None:
        """Article 8.1: commissions, containers and packing, assists, royalties, proceeds."""
        for name, article in _ADDITIONS.items():
            if not self._comes_to_something(name):
                continue
            if name == "royalties" and self._question.royalties_are_condition is not True:
                if self._question.royalties_are_condition is None:
                    self._lack("answer", "whether royalties are a condition of the sale (8.1(c))")
                continue
            self._put(name, article)

    def deductions(self) -> None:
        """Notes to Article 1: what is distinguished from the price and is no part of the value."""
        terms = _terms_of(self._question)
        for name, article in _DEDUCTIONS.items():
            if not self._comes_to_something(name) or not _may_include(terms, name):
                continue
            same = _SAME_COST.get(name)
            if same is not None and self._comes_to_something(same):
                self._lack("amount", f"which of {same} and {name} is the cost: both are stated, and it is one")
                continue
            if same is None:
                what = f"{name} is in the price and distinguished from it ({article})"
                self._assumed[Assumption("deduction-taken", what)] = None
            elif same in _WITHIN.get(terms, ()):
                what = f"{name} is in the price: {terms} to a place behind the border"
                self._assumed[Assumption("place-of-the-terms-assumed", what)] = None
            self._put(name, article, sign=-1)
        known = {*_WAY, *_ADDITIONS, *_DEDUCTIONS}
        for name in (*self._question.amounts, *sorted(self._of_lines)):
            if name not in known and self._comes_to_something(name):
                self._lack("amount", f"what {name} is: no addition or deduction of that name exists")

    def carriage(self) -> None:
        """Freight and insurance of each line, for charges that are on them, whether the value has them or not."""
        for name in ("freight", "insurance"):
            if not self._is_stated(name) or any(name in one for one in self._carriage):
                continue
            parts = self._stated_parts(name)
            if not isinstance(parts[0], Missing):
                self._note(name, [part for part, _ in parts])  # type: ignore[misc]

    def _comes_to_something(self, name: str) -> bool:
        whole = self._question.amounts.get(name)
        own = [line.amounts[name] for line in self._question.lines if name in line.amounts]
        return whole.value != 0 if whole is not None else any(one.value != 0 for one in own)

    def values(self) -> tuple[BuiltValue, ...]:
        """The value of each line."""
        found = []
        for steps in self._steps:
            value = sum((one.amount for one in steps), Decimal())
            if value < 0:
                self._lack("value", "the deductions are more than the price")
            found.append((value, steps))
        return tuple(
            BuiltValue(
                value=None if self._missing else value,
                currency=self._rates.currency,
                basis=self._question.basis,
                steps=tuple(steps),
                missing=tuple(self._missing),
                assumed=tuple(self._assumed),
                carriage=carriage,
            )
            for (value, steps), carriage in zip(found, self._carriage, strict=True)
        )

    def _add(self, name: str, article: str, *, is_small: bool) -> None:
        if self._is_stated(name):
            self._put(name, article)
        elif name in self._question.defaults:
            self._default(name, article)
        elif is_small:
            self._assumed[Assumption("amount-not-stated", f"{name}: none beyond the price")] = None
        else:
            self._lack("amount", name)

    def _default(self, name: str, article: str) -> None:
        expression = read_expression(self._question.defaults[name])
        found = value_of(expression, {"": Decimal(1), **self._known})
        if isinstance(found, tuple):
            for one in sorted(names_of(expression) - set(self._known)):
                self._lack("amount", one)
            return
        self._assumed[Assumption("default-taken", f"{name} is not stated: {self._question.defaults[name]}")] = None
        parts = self._spread(name, cents(found))
        step = ValueStep(article=article, what=name, amount=Decimal(), assumed=True)
        self._enter(name, [(part, step) if not isinstance(part, Missing) else part for part in parts], 1)

    def _put(self, name: str, article: str, *, sign: int = 1) -> None:
        """Add what is stated under a name to every line, or take it off."""
        parts = self._stated_parts(name)
        self._enter(
            name,
            [
                (one[0], msgspec.structs.replace(one[1], article=article)) if not isinstance(one, Missing) else one
                for one in parts
            ],
            sign,
        )

    def _enter(self, name: str, parts: Sequence[tuple[Decimal, ValueStep] | Missing], sign: int) -> None:
        lacking = [one for one in parts if isinstance(one, Missing)]
        if lacking:
            self.lack(lacking)
            return
        known = [one for one in parts if not isinstance(one, Missing)]
        self._known[name] = sum((part for part, _ in known), Decimal())
        self._note(name, [part for part, _ in known])
        by = self._spread_by(name)
        for steps, (part, step) in zip(self._steps, known, strict=True):
            if name in self._of_lines and not part and step.stated is None:
                continue
            spread = "" if name in self._of_lines or len(self._steps) == 1 else by
            steps.append(msgspec.structs.replace(step, amount=part * sign, spread=spread))

    def _note(self, name: str, parts: Sequence[Decimal]) -> None:
        if name in ("freight", "insurance"):
            for one, part in zip(self._carriage, parts, strict=True):
                one[name] = part

    def _stated_parts(self, name: str) -> list[tuple[Decimal, ValueStep] | Missing]:
        """What is stated under a name, line by line in the tariff's currency; or what is missing (1..n)."""
        nothing = ValueStep(article="", what=name, amount=Decimal())
        if name in self._of_lines:
            every = [line.amounts.get(name) for line in self._question.lines]
            found = [(Decimal(), nothing) if one is None else self._exchanged(name, one) for one in every]
            lacking = [one for one in found if isinstance(one, Missing)]
            return list(lacking) or list(found)
        whole = self._exchanged(name, self._question.amounts[name])
        if isinstance(whole, Missing):
            return [whole]
        return [one if isinstance(one, Missing) else (one, whole[1]) for one in self._spread(name, whole[0])]

    def _exchanged(self, name: str, told: Amount) -> tuple[Decimal, ValueStep] | Missing:
        own = told.currency or self._question.currency or self._rates.currency
        if not told.currency:
            says = f"{name} is in {own}, the currency of the price, because no currency of it is stated"
            self._assumed[Assumption("currency-not-stated", says)] = None
        rate = self._rates.of(own, self._question.day)
        if not told.value.is_finite() or told.value < 0:
            return Missing(reason="amount", what=f"{name} is {told.value}")
        if rate is None:
            return Missing(reason="exchange-rate", what=self._rates.lacking(own, self._question.day))
        step = ValueStep(
            article="",
            what=name,
            amount=Decimal(),
            stated=f"{told.value:f} {own}",
            rate=None if own == self._rates.currency else rate,
        )
        return cents(told.value * rate), step

    def _spread_by(self, name: str) -> Literal["price", "gross-mass"]:
        return "gross-mass" if name in _BY_MASS else "price"

    def _spread(self, name: str, whole: Decimal) -> list[Decimal | Missing]:
        """An amount of the invoice by lines; or what is missing to spread it (1)."""
        lines = self._question.lines
        if len(lines) == 1:
            return [whole]
        by = self._spread_by(name)
        weights: Sequence[Decimal | None] = [one.gross_mass_kg for one in lines] if by == "gross-mass" else self._prices
        known = [one for one in weights if one is not None]
        if by == "gross-mass" and (any(not one.is_finite() or one < 0 for one in known) or not any(known)):
            return [Missing(reason="gross-mass", what=f"of each line, to spread {name}: none above 0 is stated")]
        if len(known) < len(lines):
            reason = "gross-mass" if by == "gross-mass" else "price"
            return [Missing(reason=reason, what=f"of each line, to spread {name}")]
        return list(apportioned(whole, known))

    def _sum(self) -> Decimal:
        return sum((one.amount for steps in self._steps for one in steps), Decimal())

    def lack(self, missing: Iterable[Missing]) -> None:
        """Note what is missing."""
        self._missing |= dict.fromkeys(missing)

    def _lack(self, reason: str, what: str) -> None:
        self._missing[Missing(reason=reason, what=what)] = None


def _terms_of(question: ValueQuestion) -> str:
    return question.terms.strip().upper() if question.terms else ""


def _may_include(terms: str, name: str) -> bool:
    """Whether a price under some terms can include what a deduction is of; terms that are not known exclude nothing."""
    same = _SAME_COST.get(name)
    return same is None or terms not in _INCLUDED or same in _INCLUDED[terms] or same in _WITHIN.get(terms, ())


def _stated_of(question: ValueQuestion) -> Iterator[tuple[str, Amount]]:
    """Every amount that is stated, of the invoice and of its lines."""
    yield from question.amounts.items()
    for line in question.lines:
        yield from line.amounts.items()


def _questions(question: ValueQuestion) -> Iterator[Finding]:
    terms = _terms_of(question)
    for name in dict.fromkeys(name for name, one in _stated_of(question) if one.value):
        if not _may_include(terms, name):
            message = "{found} is not taken off: a price under {terms} does not include it"
            arguments = {"terms": terms}
            yield Finding(
                code="deduction-not-in-price", severity="warning", message=message, found=name, arguments=arguments
            )
    for place, line in enumerate(question.lines, 1):
        if line.price is not None and line.price == 0:
            message = "the price of line {place} is 0: is there a sale (1), or which article values the goods?"
            yield Finding(code="price-zero", severity="warning", message=message, arguments={"place": str(place)})
    if question.is_related and question.relation_influenced_price is not False:
        message = "buyer and seller are related: did that influence the price (1.2)?"
        yield Finding(code="relation-not-explained", severity="warning", message=message)
    if question.is_related is None:
        message = "are buyer and seller related (15.4)?"
        yield Finding(code="relation-not-stated", severity="info", message=message)
    if question.amounts.get("royalties") and question.royalties_are_condition is None:
        message = "are royalties a condition of the sale (8.1(c))?"
        yield Finding(code="royalties-not-explained", severity="warning", message=message)
    message = "is the price that of the last sale before import, or of an earlier one (Commentary 22.1)?"
    yield Finding(code="first-sale-not-stated", severity="info", message=message)
