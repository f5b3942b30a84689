# SPDX-License-Identifier: Apache-2.0
"""What is at stake of one suspicion: duty and tax that would be owed if it held, by the tariff, else by the declaration itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from cocket.measures.tariff import Calculator, Goods
from cocket.measures.tariff.declared import goods_of
from cocket.model import Amount, Declaration
from cocket.risk import Facts
from cocket.risk.conflicts import Shortage, shortages_of
from cocket.risk.suspicion import THREATS, Fact, Head, Stake, Sum

_CENT: Final = Decimal("0.01")

#: How far packages and mass that are short may lie apart, as parts of the goods, and still say the same (of the greater).
_ALIKE: Final = Decimal("0.1")

#: What is told of the goods before anything is computed: their price as it is declared, and their value for customs, which holds
#: what the law adds to the price.
_PRICE: Final = "Value declared"
_CUSTOMS_VALUE: Final = "Customs value"
_WITH_FREIGHT: Final = "Customs value, freight and other additions included"

#: What a shortage is worth, by how it is counted.
_DECLARED: Final = {"kg": "{declared_kg} declared, customs value", "count": "{declared_count} declared, customs value"}
_MISSING: Final = {
    "kg": "{missing_kg} more, at the same value each",
    "count": "{missing_count} more, at the same value each",
}

#: What is said of money that hangs on what is found.
IF_THEY_CAME: Final = "Owed if the goods came. If they did not, nothing is owed: the other papers are to be corrected."
IF_THEY_WERE_HERE: Final = (
    "Owed if the goods came, and were taken away undeclared. If they never came, the carrier proves it."
)
DECLARED_ALL: Final = "Nothing more would be owed: what was not landed is declared."
NOTHING_MORE: Final = "Nothing more would be owed: more is declared than the other paper has."
NOTHING_MORE_BY_CODE: Final = "Nothing more would be owed under the partner's code."
BY_MODEL: Final = "Estimated from what such finds recovered; the documents do not state the sum."
NOT_KNOWN: Final = "The papers do not tell what would be owed."


#: Lines of a tariff under a code of six digits that are computed (count).
_MOST_LINES: Final = 50


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration, as far as money hangs on it.

    Attributes:
        declaration: The declaration.
        facts: The same, flat.
        day: Day whose tariff applies.
        currency: National currency; None if nothing tells it.
        shortfall: Duty and tax that a find would recover by the model; None if it does not tell.
    """

    declaration: Declaration
    facts: Facts
    day: date
    currency: str | None
    shortfall: float | None


def stake_of(head: Head, declared: Declared, calculator: Calculator | None) -> Stake:
    """What is at stake of a head's suspicion.

    Args:
        head: What is suspected, because of what.
        declared: The declaration.
        calculator: The tariff of the house; None if it has none.

    Returns:
        The stake; where nothing on the papers tells it, what the model estimates, and says so.
    """
    kind = head.suspicion.kind if head.suspicion else None
    if kind is None:
        return Stake()
    if kind in THREATS:
        return Stake(is_threat=True)
    shortages = shortages_of(head.facts) if kind == "quantity" else ()
    if shortages and shortages[0].is_landing:
        return _Sums(declared, calculator).of_landing(shortages[0])
    if shortages and shortages[0].missing <= 0:
        return Stake(amount="0.00", currency=declared.currency, note=NOTHING_MORE)
    sums = _Sums(declared, calculator)
    found: Stake | None = None
    if shortages:
        found = sums.of_shortages(shortages)
    elif kind == "value":
        found = sums.of_value(head.facts)
    elif kind == "origin":
        found = sums.of_origin(head.facts)
    elif kind == "code":
        found = sums.of_code(head.facts)
    elif kind == "seal":
        found = sums.of_all()
    return found or sums.by_model()


class _Sums:
    def __init__(self, declared: Declared, calculator: Calculator | None) -> None:
        self._of, self._calculator = declared, calculator
        items = declared.declaration.shipment.items
        self._goods = tuple(goods_of(item, declared.day) for item in items)

    def of_shortages(self, shortages: Sequence[Shortage]) -> Stake | None:
        """The greater of what packages and mass come to; where they differ, it is an estimate, with the other beside it."""
        greater, *others = shortages
        found = self.of_shortage(greater)
        if found is None or not others or abs(greater.part - others[0].part) <= _ALIKE * greater.part:
            return found
        other = self.of_shortage(others[0]) if others[0].missing > 0 else None
        message = "By the gross mass alone" if others[0].is_mass else "By the packages alone"
        least = Sum(message=message, amount=other.amount if other else "0.00", foreign=other.foreign if other else None)
        return msgspec.structs.replace(_estimated(found), other=least)

    def of_landing(self, shortage: Shortage) -> Stake:
        """Duty and tax on what was not landed, as far as it is not declared with the rest."""
        facts = self._of.facts
        stated = [one.gross_mass_kg if shortage.is_mass else one.packages for one in facts.items]
        known = [Decimal(str(one)) for one in stated if one is not None]
        declared = sum(known, Decimal()) if known and len(known) == len(stated) else shortage.declared
        undeclared = min(shortage.missing, shortage.other - declared)
        if undeclared <= 0:
            return Stake(amount="0.00", currency=self._of.currency, note=DECLARED_ALL)
        found = self.of_shortage(msgspec.structs.replace(shortage, declared=declared, other=declared + undeclared))
        return msgspec.structs.replace(found, note=IF_THEY_WERE_HERE) if found is not None else self.by_model()

    def of_shortage(self, shortage: Shortage) -> Stake | None:
        """Duty and tax on what other papers have over the declaration, each unit worth what the declared ones are."""
        value = self._of.facts.value
        if value is None:
            return None
        part = shortage.missing / shortage.declared
        unit = "kg" if shortage.is_mass else "count"
        sums = [
            *self._price(value),
            self._sum(_DECLARED[unit], {f"declared_{unit}": f"{shortage.declared:f}"}, value),
            self._sum(
                _MISSING[unit],
                {f"missing_{unit}": f"{shortage.missing:f}"},
                value * part,
            ),
        ]
        owed = self._owed(lambda goods: _grown(goods, 1 + part)) or self._by_share(part)
        return None if owed is None else self._stake([*sums, *owed[1]], owed[0], IF_THEY_CAME)

    def of_value(self, facts: Sequence[Fact]) -> Stake | None:
        """Duty and tax on what the value falls short of the invoice, or of what such goods usually cost."""
        invoiced = next((fact for fact in facts if fact.code == "invoice-value-differs"), None)
        if invoiced is not None:
            one, other = (_amount(invoiced.arguments.get(name)) for name in ("found", "expected"))
            if one and other and other > one:
                return self._dearer(other / one, None, "At the invoiced value")
        if (mirrored := self._mirrored(facts)) is not None:
            return mirrored
        priced = next((fact for fact in facts if fact.code == "own:price"), None)
        if priced is not None:
            one, other = (_amount(priced.arguments.get(name)) for name in ("mine_money", "usual_money"))
            if one and other and other > one:
                usual = self._dearer(other / one, priced.arguments.get("item"), "At the usual value")
                return usual and _estimated(usual)
        return None

    def of_origin(self, facts: Sequence[Fact]) -> Stake | None:
        """Duty and tax that would be due without the preference claimed; of the one origin that a partner has, of such goods."""
        differs = next((fact for fact in facts if fact.code == "mirror-origin-differs"), None)
        theirs = differs.arguments["theirs"] if differs is not None else ""
        is_one = len(theirs) == len("XA")
        owed = self._owed(
            lambda goods: msgspec.structs.replace(goods, preference=None, origin=theirs if is_one else goods.origin)
        )
        if owed is None or (owed[0] <= 0 and not is_one):
            return None
        return self._stake(owed[1], max(owed[0], Decimal()), "")

    def of_code(self, facts: Sequence[Fact]) -> Stake | None:
        """Duty and tax that would be due under the one code that a partner's record has instead of ours: the least that the tariff asks
        for of its lines.
        """
        differs = next((one for one in facts if one.code in ("mirror-code-differs", "mirror-heading-differs")), None)
        if differs is None or self._calculator is None:
            return None
        theirs, ours = ({*differs.arguments[name].split(", ")} for name in ("theirs", "ours"))
        only = sorted(theirs - ours)
        if len(only) != 1 or not only[0].isdigit():
            return None
        lines = [one for one in self._calculator.tariff.lines if one.startswith(only[0])] or only
        places = {place for place, goods in enumerate(self._goods) if _digits(goods.code)[: len(only[0])] not in theirs}
        found = [self._owed(_coded(code), places) for code in sorted(lines)[:_MOST_LINES]]
        known = [owed for owed in found if owed is not None]
        if not known or not places:
            return None
        least = min(known, key=lambda one: one[0])
        stake = self._stake(least[1], max(least[0], Decimal()), NOTHING_MORE_BY_CODE if least[0] <= 0 else "")
        return _estimated(stake) if len({one[0] for one in known}) > 1 else stake

    def _mirrored(self, facts: Sequence[Fact]) -> Stake | None:
        """Duty and tax on what an import falls short of a partner's export, in price or in value; None where none tells it.

        What the price or value is short is added to the value for customs: freight stays what it is.
        """
        fact = next((fact for fact in facts if fact.code in ("mirror-price-differs", "mirror-value-differs")), None)
        value = self._of.facts.value
        if fact is None or not value or self._of.declaration.flow != "import":
            return None
        ours, theirs = (_amount(fact.arguments.get(name)) for name in ("ours_money", "theirs_money"))
        if not ours or theirs is None:
            return None
        if theirs <= ours:
            return Stake(amount="0.00", currency=self._of.currency, note=NOTHING_MORE)
        is_national = fact.arguments["ours_money"].endswith(f" {self._of.currency}")
        price = self._national_price() if fact.code == "mirror-price-differs" else ours if is_national else None
        whole = (
            price if price is not None and price <= value else value
        )  # of parts elsewhere too, or not known: by its share
        return self._dearer(1 + whole * (theirs / ours - 1) / value, None, "At the value of the partner's export")

    def _national_price(self) -> Decimal | None:
        """The price of all items in national currency; None where it is not stated of all, or no rate is known."""
        price = self._priced()
        if price is None:
            return None
        rate = Decimal(1) if price.currency == self._of.currency else self._foreign()[1]
        return price.value * rate if rate else None

    def of_all(self) -> Stake | None:
        """All duty and tax on the goods."""
        total = self._of.facts.duty
        if self._calculator is not None:
            found = [one.total for one in self._calculator.declaration(self._goods)]
            known = [one for one in found if one is not None]
            total = sum(known, Decimal()) if known and len(known) == len(found) else total
        if total is None:
            return None
        return self._stake([self._sum("Duty and taxes on all of it", {}, total)], total, "")

    def by_model(self) -> Stake:
        """What the model says that a find would recover."""
        shortfall = self._of.shortfall
        if shortfall is None or shortfall <= 0:
            return Stake(note=NOT_KNOWN)
        return msgspec.structs.replace(self._stake([], Decimal(str(shortfall)), BY_MODEL), is_estimate=True)

    def _dearer(self, factor: Decimal, item: str | None, says: str) -> Stake | None:
        """Were an item, or all of them, worth so many times as much."""
        items = self._of.facts.items
        chosen = {place for place, one in enumerate(items) if item is None or str(one.number or place + 1) == item}
        values = [items[place].value for place in chosen]
        known = [one for one in values if one is not None]
        if not known or len(known) != len(values):
            return None
        value = sum(known, Decimal())
        price = self._price(value, chosen)
        sums = [*price, self._sum(self._value_name(value, chosen), {}, value), self._sum(says, {}, value * factor)]
        owed = self._owed(lambda goods: _valued(goods, factor), chosen) or self._by_share(factor - 1, chosen)
        return None if owed is None else self._stake([*sums, *owed[1]], owed[0], "")

    def _owed(
        self, instead: Callable[[Goods], Goods], chosen: set[int] | None = None
    ) -> tuple[Decimal, list[Sum]] | None:
        """What more is due by the tariff, charge by charge; None where there is none, or it cannot be computed."""
        if self._calculator is None or not self._goods:
            return None
        total, of_kind = Decimal(), dict[str, Decimal]()
        doubted = range(len(self._goods)) if chosen is None else chosen
        changed = [instead(goods) if place in doubted else goods for place, goods in enumerate(self._goods)]
        before, after = self._calculator.declaration(self._goods), self._calculator.declaration(changed)
        for place, (declared, other) in enumerate(zip(before, after, strict=True)):
            if declared.total is None and other.total is None and place not in doubted:
                continue
            if declared.total is None or other.total is None:
                return None
            total += other.total - declared.total
            for sign, duties in ((-1, declared), (1, other)):
                for line in duties.lines:
                    if line.effect == "due":
                        of_kind[line.kind] = of_kind.get(line.kind, Decimal()) + sign * line.amount
        lines = [
            self._sum("{charge_kind}", {"charge_kind": kind}, amount) for kind, amount in of_kind.items() if amount
        ]
        return total, lines

    def _by_share(self, part: Decimal, chosen: set[int] | None = None) -> tuple[Decimal, list[Sum]] | None:
        """What more is due at the rate that was declared."""
        items = self._of.facts.items
        duties = [one.duty for place, one in enumerate(items) if chosen is None or place in chosen]
        known = [one for one in duties if one is not None]
        if not known or len(known) != len(duties):
            return None
        amount = sum(known, Decimal()) * part
        return amount, [self._sum("Duty and taxes, at the rate declared", {}, amount)]

    def _stake(self, sums: Sequence[Sum], amount: Decimal, note: str) -> Stake:
        foreign, rate, day = self._foreign()
        return Stake(
            amount=_cents(amount),
            currency=self._of.currency,
            foreign=_cents(amount / rate) if foreign and rate else None,
            foreign_currency=foreign,
            rate=f"{rate:f}" if foreign and rate else None,
            rate_day=day.isoformat() if day else None,
            sums=tuple(sums),
            note=note,
        )

    def _sum(self, message: str, arguments: dict[str, str], amount: Decimal) -> Sum:
        foreign, rate, _ = self._foreign()
        told = _cents(amount / rate) if foreign and rate else None
        return Sum(message=message, arguments=arguments, amount=_cents(amount), foreign=told)

    def _price(self, value: Decimal, chosen: set[int] | None = None) -> list[Sum]:
        """The price of some items, or of all, to the cent as it is declared; none where it is their value for customs itself."""
        price = self._priced(chosen)
        if price is None:
            return []
        if price.currency != self._of.currency:
            return [Sum(message=_PRICE, foreign=_cents(price.value), is_declared=True)]
        return [Sum(message=_PRICE, amount=_cents(price.value), is_declared=True)] if price.value != value else []

    def _value_name(self, value: Decimal, chosen: set[int] | None = None) -> str:
        """What a value for customs is called: whether it is known to hold more than the price."""
        price, rate = self._priced(chosen), self._foreign()[1]
        if price is None:
            return _CUSTOMS_VALUE
        national = price.value if price.currency == self._of.currency else rate and price.value * rate
        return _WITH_FREIGHT if national is not None and value - national >= 1 else _CUSTOMS_VALUE

    def _priced(self, chosen: set[int] | None = None) -> Amount | None:
        """The price declared of some items, or of all; None if one has none, or one in another currency than is told."""
        items = self._of.declaration.shipment.items
        prices = [one.commodity.price for place, one in enumerate(items) if chosen is None or place in chosen]
        known = [one for one in prices if one is not None and one.currency]
        told = {self._foreign()[0] or self._of.currency}
        if not known or len(known) != len(prices) or {one.currency for one in known} != told:
            return None
        return Amount(sum((one.value for one in known), Decimal()), known[0].currency)

    def _foreign(self) -> tuple[str | None, Decimal | None, date | None]:
        """Currency of the price, and its rate with its day: as declared, else of the house; None where there is none."""
        currency = next(self._currencies(), None)
        if currency is None or currency == self._of.currency:
            return None, None, None
        if rate := self._of.declaration.valuation.exchange_rate:
            return currency, rate, self._of.day
        if self._calculator is None or not (rate := self._calculator.rates.of(currency, self._of.day)):
            return None, None, None
        return currency, rate, self._calculator.rates.since(currency, self._of.day) or self._of.day

    def _currencies(self) -> Iterator[str]:
        valuation = self._of.declaration.valuation
        prices = (item.commodity.price for item in self._of.declaration.shipment.items)
        for amount in (valuation.invoice, *prices):
            if amount is not None and amount.currency:
                yield amount.currency


def _estimated(stake: Stake) -> Stake:
    """The same where it rests on what is usual: every line but what is declared, and the value for customs."""
    given = {_PRICE, _CUSTOMS_VALUE, _WITH_FREIGHT, *_DECLARED.values()}
    told = (one if one.message in given else msgspec.structs.replace(one, is_estimate=True) for one in stake.sums)
    return msgspec.structs.replace(stake, sums=tuple(told), is_estimate=True)


def _grown(goods: Goods, factor: Decimal) -> Goods:
    """More of the same goods."""
    return msgspec.structs.replace(
        _valued(goods, factor), quantities={unit: quantity * factor for unit, quantity in goods.quantities.items()}
    )


def _valued(goods: Goods, factor: Decimal) -> Goods:
    """The same goods, worth more: in whole cents as they are shown, so that a person who takes these finds the same duty."""
    return msgspec.structs.replace(
        goods,
        value=None if goods.value is None else Decimal(_cents(goods.value * factor)),
        amounts={name: Decimal(_cents(amount * factor)) for name, amount in goods.amounts.items()},
    )


def _coded(code: str) -> Callable[[Goods], Goods]:
    """The same goods under another code."""
    return lambda goods: msgspec.structs.replace(goods, code=code)


def _digits(code: str) -> str:
    return "".join(filter(str.isdigit, code))


def _cents(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT, ROUND_HALF_UP):f}"


def _amount(text: str | None) -> Decimal | None:
    number = (text or "").split(" ", 1)[0]
    return Decimal(number) if number.replace(".", "", 1).isdigit() else None
