# SPDX-License-Identifier: Apache-2.0
"""The sheet on which one item is computed: charge after charge, each on the base that its tariff names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import msgspec

from cocket.findings import Finding
from cocket.measures.tariff.alternatives import alternatives
from cocket.measures.tariff.book import Tariff
from cocket.measures.tariff.charges import Charge, Definition, Money
from cocket.measures.tariff.expression import (
    QUANTITY,
    Expression,
    Linear,
    bounds_of,
    names_of,
    read_expression,
    value_of,
    wording_of,
)
from cocket.measures.tariff.faults import UNREADABLE
from cocket.measures.tariff.formula import (
    Among,
    Base,
    Basis,
    Choice,
    Formula,
    Larger,
    Missing,
    Smaller,
    Stepped,
    Sum,
    amount,
    bases_of,
    bounds,
    currencies_of,
    step_of,
)
from cocket.measures.tariff.goods import Assumption, Goods, Rates
from cocket.measures.tariff.inclusive import Member, solve
from cocket.measures.tariff.kinds import COMPETING, REMEDIES, Kind, Rounding, cents, settled
from cocket.measures.tariff.plan import Applied, Decided, Item, Plan
from cocket.measures.tariff.procedures import Effect, Relief, all_digits
from cocket.measures.tariff.units import InUnits
from cocket.measures.tariff.wording import NO_CONCESSION, number, wording

_NOTHING, _ONE, _HUNDRED = Decimal(), Decimal(1), Decimal(100)

#: What the asker can tell, and what the tariff must be read again for: a rate that could be lower than one claimed. All
#: else that may be missing is a text beyond any formula.
_TO_BE_TOLD = frozenset({"quantity", "value", "exchange-rate", "amount", *UNREADABLE})

#: Amounts that are stated of one consignment may differ by this much when they are added up.
_ROUNDED = Decimal("0.02")

#: A part of the value of goods that come back processed.
_PROCESSING = "processing_cost"

#: What CIF is made of.
_OF_CIF = ("FOB", "freight", "insurance")

#: Lowest and highest amount; None for no highest.
Between = tuple[Decimal, Decimal | None]


class DutyLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One duty or tax.

    Attributes:
        kind: What it is.
        type_code: The tariff's own name of it.
        base: What the rate was applied to, with unit or currency (`1000 GBP`, `250 KGM`).
        rate: The rate in words.
        amount: What it comes to, in the tariff's currency, rounded as its charge says, else to 0.01, halves up.
        act: Legal act of the rate.
        valid_from: First day of the rate, ISO 8601; None if always.
        effect: `due`, or what the procedure makes of it; only what is due is in the total.
        notes: What was taken for granted, and what was passed over (0..n).
        how: How the amount came about, step by step (0..n); only where it was asked for.
        charge: Name of its charge.
        payable: What is to be paid of it alone: rounded once, as its charge says, else as the tariff says for its kind.
        exact: The amount before it was rounded.
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
    how: tuple[str, ...] = ()
    charge: str = ""
    payable: Decimal = _NOTHING
    exact: Decimal = _NOTHING


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
        at_least: Lowest amount that it can come to, to 0.01; None if nothing is known of it.
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


class Whole(msgspec.Struct, frozen=True):
    """An amount of a whole declaration.

    Attributes:
        amount: In the tariff's currency.
        basis: What it was computed on.
        payable: What is to be paid of it, which is rounded for the declaration, not for each line.
        n_lines: How many lines the declaration has.
        found: The amount before its limits and its rounding.
        by: What it is spread by, in words.
        limits: What limits did, in words (0..n).
    """

    amount: Decimal
    basis: Basis
    payable: Decimal
    n_lines: int
    found: Decimal
    by: str
    limits: tuple[str, ...] = ()


class Together(msgspec.Struct, frozen=True):
    """What low-value relief looks at: amounts of all items that are declared together.

    Attributes:
        n_items: How many items there are.
        sums: Name of an amount → its sum over the items that state it (0..n), in the tariff's currency.
        lacking: Names that some item does not state (0..n).
    """

    n_items: int
    sums: dict[str, Decimal]
    lacking: frozenset[str]


class Sheet:
    """One item on its way to its amounts.

    Args:
        tariff: The tariff.
        goods: The item.
        plan: What applies to it.
        rates: Exchange rates.
        is_explained: Whether each line says how it came about.

    Attributes:
        lines: What was computed (0..n), in order.
        unknown: What could not be (0..n).
        assumed: What was taken for granted (0..n).
        decided_by: What was said and counts (0..n).
        findings: What is wrong with numbers of the question (0..n).
    """

    def __init__(self, tariff: Tariff, goods: Goods, plan: Plan, rates: Rates, is_explained: bool = False) -> None:
        self.tariff, self.goods, self.plan, self.is_explained = tariff, goods, plan, is_explained
        self._rates = rates
        self.lines: list[DutyLine] = []
        self.unknown: list[NotComputable] = []
        self.assumed: list[Assumption] = []
        self.decided_by: list[Decided] = []
        self.findings: list[Finding] = []
        self._known: dict[str, tuple[Decimal, Effect]] = {}
        self._released: dict[str, Decimal] = {}
        self._has_suspended = any(item.effect == "suspended" for part in plan.parts for item in part)
        self._open: dict[str, tuple[Between, Effect, tuple[Missing, ...]]] = {
            name: ((_NOTHING, None), of, (missing,)) for name, (of, missing) in plan.open.items()
        }
        self._lacking: dict[str, tuple[Missing, ...]] = {}
        self._defaulted: set[str] = set()
        self._amounts: dict[str, Decimal] = {}
        self._below_nothing: set[str] = set()
        self._take_in(rates)
        values: dict[Base, Decimal] = {}
        if "value" in self._amounts:
            values["customs-value"] = self._amounts["value"]
        if "retail_price" in self._amounts:
            values["retail-price"] = self._amounts["retail_price"]
        lacking: dict[Base, tuple[Missing, ...]] = {}
        if "retail_price" in self._lacking:
            lacking["retail-price"] = self._lacking["retail_price"]
        if "value" in self._lacking:
            lacking["customs-value"] = self._lacking["value"]
        self.basis = Basis(
            values=values,
            quantities=InUnits(goods.quantities),
            rates=rates.on(goods.rate_day or goods.day),
            facts=goods.facts,
            priced=values.get("customs-value"),
            lacking=lacking,
            between={"customs-value": (_NOTHING, None)} if not values.get("customs-value") else {},
        )
        self._relieved: frozenset[Kind] = frozenset()

    # What is stated.

    def _take_in(self, rates: Rates) -> None:
        """Amounts of the question in the tariff's currency, and what follows from them."""
        goods, own = self.goods, self.tariff.currency
        day = goods.rate_day or goods.day
        rate = rates.of(goods.currency, day)
        foreign = goods.currency if goods.currency not in (None, own) else None
        if foreign is not None and rate is not None:
            self._decided_rate(foreign)
            if self.tariff.exchange_day == "shipment" and goods.rate_day is None:
                says = "the rate of exchange of the day of acceptance; the law requires that of shipment"
                self.assumed.append(Assumption("exchange-day-not-stated", says))
        if goods.currency is None and (goods.value is not None or goods.amounts):
            self.assumed.append(
                Assumption("currency-not-stated", f"amounts are in {own}, because no currency is stated")
            )
        told = {"value": goods.value, **goods.amounts}
        if rate is None:
            missing = Missing(reason="exchange-rate", what=rates.lacking(goods.currency, day))
            self._lacking |= dict.fromkeys((name for name, one in told.items() if one is not None), (missing,))
            self.unknown.append(NotComputable(missing=(missing,)))
        else:
            self._amounts |= {name: one * rate for name, one in told.items() if one is not None}
        self._take_retail_price(rates, foreign)
        self._derive()
        procedure = self.plan.procedure
        if procedure is not None and procedure.share is not None and "months" not in goods.facts:
            says = "total relief: no months of a partial relief are stated"
            self.assumed.append(Assumption("months-not-stated", says))
        replaced = procedure.value if procedure else None
        if replaced is not None:
            value = self._amounts.pop("value", None)
            cost = self._amounts.get(_PROCESSING) if replaced == _PROCESSING else None
            if value is not None and cost is not None and cost - value > _ROUNDED:
                message = "{names} is {expected}, which is more than the value of the processed goods, {found}"
                self.findings.append(
                    Finding(
                        code="amounts-contradict",
                        severity="error",
                        message=message,
                        expected=f"{cost:f}",
                        found=f"{value:f}",
                        arguments={"names": _PROCESSING},
                    )
                )
            if replaced in self._amounts:
                self._amounts["value"] = self._amounts[replaced]
            else:
                self._lacking["value"] = (Missing(reason="amount", what=replaced),)

    def _take_retail_price(self, rates: Rates, foreign: str | None) -> None:
        goods = self.goods
        if goods.retail_price is None:
            return
        if goods.retail_price_currency is None and foreign is not None:
            self._lacking["retail_price"] = (Missing(reason="currency", what="of the retail price"),)
            return
        rate = rates.of(goods.retail_price_currency, goods.rate_day or goods.day)
        if rate is None:
            what = rates.lacking(goods.retail_price_currency, goods.rate_day or goods.day)
            self._lacking["retail_price"] = (Missing(reason="exchange-rate", what=what),)
        else:
            self._amounts["retail_price"] = goods.retail_price * rate
            self._decided_rate(goods.retail_price_currency)

    def _decided_rate(self, currency: str | None) -> None:
        """Note the rate of exchange of a currency that an amount is turned from."""
        own, day = self.tariff.currency, self.goods.rate_day or self.goods.day
        rate = self._rates.of(currency, day)
        if not currency or currency == own or rate is None:
            return
        found = Decided(
            "exchange-rate", f"1 {currency} = {number(rate)} {own}, from {self._rates.since(currency, day)}"
        )
        if found not in self.decided_by:
            self.decided_by.append(found)

    def _derive(self) -> None:
        """FOB and CIF, where they follow from what is stated; amounts that contradict each other are a finding."""
        known, basis = self._amounts, self.tariff.basis
        if basis is not None and "value" in known and self.plan.procedure and not self.plan.procedure.value:
            known.setdefault(basis, known["value"])
        stated = {name: known[name] for name in _OF_CIF if name in known}
        parts, is_whole = sum(stated.values(), _NOTHING), len(stated) == len(_OF_CIF)
        if "CIF" in known and (parts - known["CIF"] > _ROUNDED or (is_whole and known["CIF"] - parts > _ROUNDED)):
            message = "{names} come to {expected}, and CIF is {found}"
            if len(stated) == 1:
                message = "{names} is {expected}, and CIF is {found}"
            self.findings.append(
                Finding(
                    code="amounts-contradict",
                    severity="error",
                    message=message,
                    expected=f"{parts:f}",
                    found=f"{known['CIF']:f}",
                    arguments={"names": ", ".join(stated)},
                )
            )
        elif "freight" in stated and "insurance" in stated:
            carriage = stated["freight"] + stated["insurance"]
            if "FOB" in known:
                known.setdefault("CIF", known["FOB"] + carriage)
            elif "CIF" in known:
                known["FOB"] = max(known["CIF"] - carriage, _NOTHING)

    def stated(self, name: str) -> Decimal | None:
        """An amount of the question by its name, in the tariff's currency; None if it is not known."""
        return self._amounts.get(name)

    def relieve(self, consignment: Together) -> None:
        """Take off what is not due on a consignment of so low a value.

        Args:
            consignment: All items that are declared together, this one among them.
        """
        found: set[Kind] = set()
        for one in self.tariff.reliefs:
            day = self.goods.day
            is_in_force = (one.valid_from is None or one.valid_from <= day) and (
                one.valid_to is None or day <= one.valid_to
            )
            is_left_out = bool(one.except_codes) and self.plan.code.startswith(all_digits(one.except_codes))
            if is_in_force and not is_left_out and self._is_relieved(one, consignment):
                found.update(one.kinds)
        self._relieved = frozenset(found)

    def _is_relieved(self, one: Relief, consignment: Together) -> bool:
        rate = self.basis.rates.get(one.currency or self.tariff.currency)
        if one.of in consignment.lacking or rate is None:
            what = f"rate of {one.currency}" if rate is None else one.of
            whole = " of every item" if rate is not None and one.of in consignment.sums else ""
            says = f"no low-value relief: {what}{whole} is not known"
            self.assumed.append(Assumption("relief-not-looked-at", says))
            return False
        self._decided_rate(one.currency)
        held, limit = consignment.sums[one.of], one.up_to * rate
        is_low = held < limit if one.below else held <= limit
        if is_low:
            whole = "declaration" if consignment.n_items > 1 else "line"
            says = f"low value ({one.act or 'no act named'}): the {whole} is the whole consignment"
            self.assumed.append(Assumption(f"{whole}-is-the-consignment", says))
        return is_low

    # What is computed.

    def part_at(self, place: int) -> tuple[Item, ...]:
        """Charges on these goods that are computed together, at a place of the graph (0..n)."""
        parts = self.plan.parts
        return parts[place] if place < len(parts) else ()

    def is_inside(self, part: Sequence[Item]) -> bool:
        """Whether charges stand inside their own bases."""
        return len(part) > 1 or part[0].node.name in names_of(part[0].base)

    def effect_of(self, item: Item) -> Effect:
        """What procedure and value make of a charge on these goods."""
        if item.definition.charge.is_private:
            return "private"
        if item.node.kind in self._relieved:
            return "not-due"
        return "due" if self._share() is not None else item.effect

    def _share(self) -> Decimal | None:
        """Per cent of duties that a temporary admission owes for the months stated; None where that is no matter."""
        procedure, months = self.plan.procedure, self.goods.facts.get("months")
        if procedure is None or procedure.share is None or months is None:
            return None
        return min(procedure.share * ceil(months), procedure.cap)

    def named(self, name: str, effect: Effect) -> Decimal | None:
        """An amount by its name, as a charge of that effect sees it; None if it is not known."""
        if not name:
            return _ONE
        if name.startswith(QUANTITY):
            return self.basis.quantities.get(name.removeprefix(QUANTITY))
        if name in self._known:
            found, of = self._known[name]
            if effect == "suspended" and name in self._released:
                return self._released[name]
            is_counted = of in ("due", "private", "repaid") or (of == effect and of != "not-due")
            return found if is_counted else _NOTHING
        if name in self._open:
            return None
        if name not in self._amounts and name in self.tariff.defaults and name not in self._lacking:
            self._default(name)
        return self._amounts.get(name)

    def _default(self, name: str) -> None:
        """What the law puts in the place of an amount that is not stated."""
        self._lacking[name] = (Missing(reason="amount", what=name),)
        expression = read_expression(self.tariff.defaults[name])
        found = value_of(expression, self._all_of(expression, "due"))
        if isinstance(found, Decimal):
            del self._lacking[name]
            self._amounts[name] = max(cents(found), _NOTHING)
            if name not in self._defaulted:
                self._defaulted.add(name)
                less = ", which comes to less than 0 and counts as 0" if found < 0 else ""
                says = f"{name} is not stated: {wording_of(expression)}{less}"
                self.assumed.append(Assumption("default-taken", says))

    def _all_of(self, expression: Expression, effect: Effect) -> dict[str, Decimal]:
        every = {name: self.named(name, effect) for name in names_of(expression)}
        return {"": _ONE, **{name: one for name, one in every.items() if one is not None}}

    def base_of(self, item: Item) -> Decimal | tuple[Missing, ...]:
        """What a charge is taken on, nothing where that comes to less; or what is missing."""
        base, effect = item.base, self.effect_of(item)
        amounts = self._all_of(base, effect)
        if not isinstance(found := value_of(base, amounts), tuple):
            return self._not_below_nothing(item, found)
        missing: list[Missing] = []
        for one in found:
            if one.what in self._open and one.reason == "amount":
                missing.extend(self._open[one.what][2])
            elif one.what in self._lacking and one.reason == "amount":
                missing.extend(self._lacking[one.what])
            elif one.what == "value":
                missing.append(Missing(reason="value", what="customs-value"))
            else:
                missing.append(one)
        return tuple(dict.fromkeys(missing))

    def _not_below_nothing(self, item: Item, base: Decimal) -> Decimal:
        """A base that counts as nothing where it comes to less, so that no charge takes off another."""
        if base >= 0:
            return base
        self._below_nothing.add(item.node.name)
        return _NOTHING

    def _notes_of_base(self, item: Item) -> tuple[str, ...]:
        if item.node.name not in self._below_nothing:
            return ()
        return (f"its base, {wording_of(item.definition.base)}, comes to less than 0 and counts as 0",)

    def _between(self, item: Item) -> Between:
        def between(name: str) -> Between:
            if name in self._open:
                bound, of, _ = self._open[name]
                return bound if of in ("due", "private") else (_NOTHING, None)
            found = self.named(name, self.effect_of(item))
            return (found, found) if found is not None else (_NOTHING, None)

        low, high = bounds_of(item.base, between)
        low, high = max(low, _NOTHING), None if high is None else max(high, _NOTHING)
        rule = item.definition.charge.round_base
        return (low, high) if rule is None else (rule.of(low), None if high is None else rule.of(high))

    def basis_on(self, item: Item, base: Decimal | tuple[Missing, ...]) -> Basis:
        """What is known for the rate of a charge, with its base in the place of the customs value."""
        if isinstance(base, Decimal):
            if base == self.basis.values.get("customs-value"):
                return self.basis
            return msgspec.structs.replace(self.basis, values={**self.basis.values, "customs-value": base})
        values = {name: one for name, one in self.basis.values.items() if name != "customs-value"}
        return msgspec.structs.replace(
            self.basis,
            values=values,
            lacking={**self.basis.lacking, "customs-value": base},
            between={**self.basis.between, "customs-value": self._between(item)},
        )

    def compute(self, item: Item) -> None:
        """Compute a charge of the line, and enter it or leave it open."""
        base = self.base_of(item)
        definition = item.definition
        if isinstance(base, Decimal) and definition.charge.round_base is not None:
            base = definition.charge.round_base.of(base)
        basis = self.basis_on(item, base)
        if item.applied and (lacking := self.limits_open(item)):
            self._leave_limits(item, lacking, basis)
        elif item.node.kind == "duty":
            self._lowest(item, basis)
        elif item.is_single:
            self._highest(item, basis)
        else:
            self._each(item, basis)

    def _leave_limits(self, item: Item, lacking: tuple[Missing, ...], basis: Basis) -> None:
        """Leave a charge open whose limits are not known."""
        for applied in item.applied:
            self.leave(item, applied, lacking, basis)
        every = [self._bounded(item, one.formula, basis) for one in item.applied]
        if item.node.kind == "duty" or item.is_single:
            highs = [high for _, high in every]
            most = max((one for one in highs if one is not None), default=None) if None not in highs else None
            between = min(low for low, _ in every), most
        else:
            between = _added(every)
        self._open[item.node.name] = (between, self.effect_of(item), lacking)

    def _bounded(self, item: Item, formula: Formula, basis: Basis) -> Between:
        """Between which amounts a rate lies inside the limits of its charge, as it is rounded."""
        low, high = bounds(formula, basis)
        definition = item.definition
        if self._is_crossed(definition):
            return _NOTHING, None
        floor, cap, waived = (self._money(one) for one in (definition.floor, definition.cap, definition.waived_below))
        if definition.floor is not None:
            low = low if floor is None else max(low, floor)
            high = None if floor is None or high is None else max(high, floor)
        if definition.cap is not None:
            low = _NOTHING if cap is None else min(low, cap)
            high = high if cap is None else cap if high is None else min(high, cap)
        share = self._share() if item.node.kind in (*COMPETING, *REMEDIES) else None
        if share is not None:
            low, high = low * share / _HUNDRED, None if high is None else high * share / _HUNDRED
        is_waived = definition.waived_below is not None and (waived is None or settled(low) < waived)
        rule = definition.charge.round
        rounded = rule.of if rule is not None else cents
        return _NOTHING if is_waived else rounded(low), None if high is None else rounded(high)

    def _each(self, item: Item, basis: Basis) -> None:
        found = [(applied, amount(applied.formula, basis)) for applied in item.applied]
        missing = tuple(one for _, part in found if isinstance(part, tuple) for one in part)
        whole = _NOTHING
        for applied, part in found:
            if isinstance(part, Decimal):
                whole += self.enter(item, applied, part, basis)
            else:
                self.leave(item, applied, part, basis)
        self._keep(item, whole, missing, [one.formula for one, _ in found], basis)
        if not missing and self._has_suspended and self.effect_of(item) == "due":
            self._keep_released(item, whole)

    def _keep_released(self, item: Item, now: Decimal) -> None:
        """Remember what a charge that is due at once would be at a release, for suspended charges that are taken on it."""
        definition = item.definition
        base = value_of(item.base, self._all_of(item.base, "suspended"))
        if isinstance(base, tuple):
            return
        base = max(base, _NOTHING)
        if definition.charge.round_base is not None:
            base = definition.charge.round_base.of(base)
        whole = _NOTHING
        for applied in item.applied:
            found = amount(applied.formula, self.basis_on(item, base))
            if isinstance(found, tuple):
                return
            whole += self.settled_amount(definition, self.limited(definition, found)[0])[0]
        if whole != now:
            self._released[item.node.name] = whole

    def _highest(self, item: Item, basis: Basis) -> None:
        best: tuple[Decimal, Applied] | None = None
        for applied in item.applied:
            found = amount(applied.formula, basis)
            if isinstance(found, tuple):
                self.leave(item, applied, found, basis)
                self._keep(item, _NOTHING, found, [_together(item)], basis)
                return
            if best is None or found > best[0]:
                best = found, applied
        if best is not None:
            several = len(item.applied) > 1
            notes = ("the standard rate; a lower one must be claimed",) if several else ()
            self._keep(item, self.enter(item, best[1], best[0], basis, notes), (), [], basis)

    def _lowest(self, item: Item, basis: Basis) -> None:
        """Of the duties that compete the lowest; none if one that could be lower cannot be computed.

        A preference that is claimed stands, though, where only the text of the general rate is beyond us.
        """
        computed: list[tuple[Decimal, Applied]] = []
        unknown: list[tuple[Applied, tuple[Missing, ...]]] = []
        for applied in item.applied:
            found = amount(applied.formula, basis)
            if isinstance(found, Decimal):
                computed.append((found, applied))
            else:
                unknown.append((applied, found))
        if not computed and not unknown:
            no_rate = (Missing(reason="rate", what=self.plan.code),)
            self.unknown.append(NotComputable(kind="duty", missing=no_rate))
            self.keep_open(item, no_rate)
            return
        lowest = min(computed, key=lambda one: one[0], default=None)
        beaten = [one for one, _ in unknown if lowest is not None and bounds(one.formula, basis)[0] >= lowest[0]]
        unknown = [one for one in unknown if one[0] not in beaten]
        if unknown and (lowest is None or lowest[0] > 0) and not _stands_as_claimed(lowest, unknown):
            for applied, missing in unknown:
                self.leave(item, applied, missing, basis)
            every = [self._bounded(item, one.formula, basis) for one, _ in unknown]
            every += [self._bounded(item, lowest[1].formula, basis)] if lowest is not None else []
            highs = [high for _, high in every if high is not None]
            between = min(low for low, _ in every), min(highs) if highs else None
            lacking = tuple(dict.fromkeys(one for _, part in unknown for one in part))
            self._open[item.node.name] = (between, self.effect_of(item), lacking)
            return
        if lowest is not None:
            others = [
                f"not applied: {one.measure.type_code} {wording(one.formula)}"
                for value, one in computed
                if one is not lowest[1]
            ]
            others += [f"not applied, because it cannot be lower: {_named(one)}" for one in beaten]
            others += [f"not compared with: {one.measure.type_code} {wording(one.formula)}" for one, _ in unknown]
            whole = self.enter(item, lowest[1], lowest[0], basis, tuple(others))
            self._keep(item, whole, (), [], basis)

    def solve(self, part: Sequence[Item]) -> None:
        """Compute charges that stand inside their own bases, or each other's."""
        for effect in dict.fromkeys(self.effect_of(item) for item in part):
            own = [
                item
                for item in part
                if self.effect_of(item) == effect or (effect != "due" and self.effect_of(item) != "not-due")
            ]
            inside = {item.node.name for item in own}
            amounts: dict[str, Decimal] = {}
            missing: list[Missing] = []
            solved: list[Member] = []
            for item in own:
                every = item.base.terms if isinstance(item.base, Linear) else {}
                terms = {name: one for name, one in every.items() if name in inside or not _is_of(name, part)}
                solved.append(self._member(item, Linear(terms)))
                missing += self.limits_open(item)
                for name in terms:
                    if name and name not in inside:
                        found = self.named(name, effect)
                        if found is not None:
                            amounts[name] = found
                        else:
                            missing += self._open[name][2] if name in self._open else self._why(name)
            answer = tuple(dict.fromkeys(missing)) or solve(solved, amounts, self.basis)
            for item in own:
                if self.effect_of(item) == effect:
                    self._enter_solved(item, answer)

    def _why(self, name: str) -> tuple[Missing, ...]:
        if name in self._lacking:
            return self._lacking[name]
        if name.startswith(QUANTITY):
            return (Missing(reason="quantity", what=name.removeprefix(QUANTITY)),)
        if name == "value":
            return (Missing(reason="value", what="customs-value"),)
        return (Missing(reason="amount", what=name),)

    def _member(self, item: Item, base: Linear) -> Member:
        charge = item.definition
        return Member(
            name=item.node.name,
            formula=_together(item),
            base=base,
            floor=self._money(charge.floor),
            cap=self._money(charge.cap),
        )

    def _enter_solved(self, item: Item, answer: object) -> None:
        if isinstance(answer, dict):
            base, whole = (Decimal(one.numerator) / Decimal(one.denominator) for one in answer[item.node.name])
            base = self._not_below_nothing(item, base)
            basis = self.basis_on(item, base)
            applied = msgspec.structs.replace(_telling(item, basis), formula=_together(item))
            inside = "it is included in its own base"
            found = self.enter(item, applied, whole, basis, (inside,), is_limited=True)
            self._keep(item, found, (), [], basis)
            return
        missing = answer if isinstance(answer, tuple) else ()
        basis = self.basis_on(item, missing)
        self.leave(item, item.applied[0], missing, basis)
        self._open[item.node.name] = ((_NOTHING, None), self.effect_of(item), missing)

    def _keep(
        self, item: Item, whole: Decimal, missing: tuple[Missing, ...], formulas: Sequence[Formula], basis: Basis
    ) -> None:
        """Remember what a charge comes to, for the bases that name it."""
        if not missing:
            self._known[item.node.name] = (whole, self.effect_of(item))
            return
        between = _added([self._bounded(item, one, basis) for one in formulas])
        self._open[item.node.name] = (between, self.effect_of(item), missing)

    def keep_open(self, item: Item, missing: tuple[Missing, ...]) -> None:
        """Remember that nothing is known of a charge."""
        self._open[item.node.name] = ((_NOTHING, None), self.effect_of(item), missing)

    def enter_part(self, item: Item, part: Decimal, payable: Decimal, spread_from: Whole) -> None:
        """Write this line's part of a charge of the declaration.

        Args:
            item: The charge.
            part: This line's part.
            payable: This line's part of what is to be paid.
            spread_from: The amount of the declaration.
        """
        whole, basis, n_lines, limits = (
            spread_from.amount, spread_from.basis, spread_from.n_lines, spread_from.limits,
        )  # fmt: skip
        applied = _telling(item, basis)
        measure, charge = applied.measure, item.definition.charge
        for rate in item.applied:
            for name in sorted(currencies_of(rate.formula)):
                self._decided_rate(name)
        self._assume_step(item, basis)
        if n_lines == 1:
            says = f"{item.node.name}: the line is the whole declaration"
            self.assumed.append(Assumption("line-is-the-declaration", says))
        of = f"{number(whole)} for the declaration, by {spread_from.by}" if n_lines > 1 else ""
        how: tuple[str, ...] = ()
        if self.is_explained:
            formula = _together(item)
            on = f" on {self._base(formula, basis)}" if self._base(formula, basis) else ""
            paid = [] if spread_from.payable == whole else [f"payable: {number(spread_from.payable)}"]
            first = f"{wording(formula)}{on} = {_money_text(spread_from.found)}"
            how = tuple(filter(None, (first, *limits, *paid, of)))
        self.lines.append(
            DutyLine(
                kind=measure.kind,
                type_code=measure.type_code,
                base=self._base(_together(item), basis),
                rate=wording(_together(item)),
                amount=part,
                act=measure.act or charge.act,
                valid_from=measure.valid_from.isoformat() if measure.valid_from else None,
                effect=self.effect_of(item),
                notes=tuple(filter(None, (*applied.notes, *self._notes_of_base(item), *limits, of))),
                how=how,
                charge=item.node.name,
                payable=payable,
                exact=part,
            )
        )
        self._known[item.node.name] = (part, self.effect_of(item))

    def _assume_step(self, item: Item, basis: Basis) -> None:
        """Note what the step of a charge takes for granted on which its base lies."""
        steps, formula = item.definition.charge.steps, item.definition.formula
        base = basis.values.get("customs-value")
        if not isinstance(formula, Stepped) or base is None or not any(one.assumes for one in steps):
            return
        for step, band in zip(steps, formula.bands, strict=True):
            if step.assumes and band is step_of(formula, base):
                self.assumed.append(Assumption("charge-assumes", f"{item.node.name}: {step.assumes}"))

    def limited(self, definition: Definition, found: Decimal) -> tuple[Decimal, list[str]]:
        """An amount inside the limits of its charge, and what they did, in words."""
        steps: list[str] = []
        floor, cap = self._money(definition.floor), self._money(definition.cap)
        if floor is not None and found < floor:
            steps.append(f"at least {number(floor)}")
            found = floor
        if cap is not None and found > cap:
            steps.append(f"at most {number(cap)}")
            found = cap
        return found, steps

    def settled_amount(self, definition: Definition, exact: Decimal) -> tuple[Decimal, str]:
        """An amount as its charge rounds it, and none where it is so low that it is waived; with that said in words.

        It is waived by what it is before it is rounded, so that a lower amount is never paid where a higher one is not.

        Args:
            definition: The charge.
            exact: Its amount on the line or on the declaration, inside its limits.
        """
        rule = definition.charge.round
        rounded = rule.of(exact) if rule is not None else cents(exact)
        waived = self._money(definition.waived_below)
        if waived is not None and 0 < settled(exact) < waived:
            return _NOTHING, f"waived below {number(waived)}"
        return rounded, ""

    def _money(self, limit: Money | None) -> Decimal | None:
        if limit is None:
            return None
        rate = self.basis.rates.get(limit.currency or self.tariff.currency)
        self._decided_rate(limit.currency)
        return limit.amount * rate if rate is not None else None

    def limits_open(self, item: Item) -> tuple[Missing, ...]:
        """Why the limits of a charge are not known: rates of exchange, or a floor that they put above the cap (0..n)."""
        definition = item.definition
        missing = tuple(
            Missing(reason="exchange-rate", what=limit.currency or "")
            for limit in (definition.floor, definition.cap, definition.waived_below)
            if limit is not None and self._money(limit) is None
        )
        if not missing and self._is_crossed(definition):
            return (Missing(reason="minimum-above-maximum", what=item.node.name),)
        return missing

    def _is_crossed(self, definition: Definition) -> bool:
        """Whether a floor is above its cap at the rates of exchange of the day."""
        floor, cap = self._money(definition.floor), self._money(definition.cap)
        return floor is not None and cap is not None and floor > cap

    # What is written down.

    def enter(
        self,
        item: Item,
        applied: Applied,
        value: Decimal,
        basis: Basis,
        notes: tuple[str, ...] = (),
        *,
        is_limited: bool = False,
    ) -> Decimal:
        """Write a line, and return its amount."""
        measure, definition, effect = applied.measure, item.definition, self.effect_of(item)
        for rate in item.applied:
            for name in sorted(currencies_of(rate.formula)):
                self._decided_rate(name)
        charge = definition.charge
        self._assume_step(item, basis)
        if not value.is_finite():
            raise ArithmeticError
        exact, limits = value, list[str]()
        if (definition.floor or definition.cap) and not is_limited:
            exact, limits = self.limited(definition, value)
        unlimited = value
        if is_limited and (definition.floor or definition.cap):
            alone = amount(applied.formula, basis)
            if isinstance(alone, Decimal) and (says := self.limited(definition, alone)[1]):
                unlimited, limits = alone, says
        share = self._share() if measure.kind in (*COMPETING, *REMEDIES) else None
        if share is not None:
            exact = exact * share / _HUNDRED
            months = number(self.goods.facts["months"])
            limits.append(f"{number(share)} % of it for {months} months")
        rounded, waived = self.settled_amount(definition, exact)
        if waived:
            limits.append(waived)
            exact = _NOTHING
        payable = self.payable_of(charge, measure.kind, exact, rounded)
        shown = self._base(applied.formula, basis)
        how = self._how(item, applied, basis, (unlimited, rounded), limits) if self.is_explained else ()
        if how and (rule := paid_by(self.tariff, charge, measure.kind)) is not None and payable != rounded:
            how = (*how, f"payable: {number(_short(exact))} {rule.says()} = {number(payable)}")
        self.lines.append(
            DutyLine(
                kind=measure.kind,
                type_code=measure.type_code,
                base=shown,
                rate=wording(applied.formula),
                amount=rounded,
                act=measure.act or charge.act,
                valid_from=measure.valid_from.isoformat() if measure.valid_from else None,
                effect=effect,
                notes=(*applied.notes, *notes, *self._notes_of_base(item), *limits),
                how=how,
                charge=item.node.name,
                payable=payable,
                exact=exact,
            )
        )
        return rounded

    def leave(
        self, item: Item, applied: Applied, missing: tuple[Missing, ...], basis: Basis, *, is_part: bool = False
    ) -> None:
        """Write down that a charge cannot be computed, and between which amounts it lies; of a part nothing is known."""
        measure = applied.measure
        low, high = (_NOTHING, None) if is_part else self._bounded(item, applied.formula, basis)
        is_nothing_known = low == 0 and high is None
        self.unknown.append(
            NotComputable(
                kind=measure.kind,
                type_code=measure.type_code,
                rate=wording(applied.formula),
                act=measure.act or item.definition.charge.act,
                missing=tuple(dict.fromkeys(missing)),
                at_least=None if is_nothing_known else cents(low),
                at_most=None if high is None else cents(high),
                cases=self._cases(applied, basis),
            )
        )

    def due(self, effect: Effect = "due") -> Decimal:
        """The sum of all lines of an effect."""
        return sum((line.amount for line in self.lines if line.effect == effect), _NOTHING)

    def between(self) -> Between:
        """Between which sums everything lies that is due."""
        low = high = self.due()
        is_open = False
        for bound, effect, _ in self._open.values():
            if effect == "due":
                low += bound[0]
                is_open = is_open or bound[1] is None
                high += bound[1] or _NOTHING
        return cents(low), None if is_open else cents(high)

    def payable_of(self, charge: Charge, kind: Kind, exact: Decimal, rounded: Decimal) -> Decimal:
        """What is to be paid of an amount: it is rounded once, and as its charge says where that says how.

        Args:
            charge: The charge.
            kind: What the rate is.
            exact: The amount inside its limits.
            rounded: The same as later bases take it.
        """
        rule = paid_by(self.tariff, charge, kind)
        return rule.of(exact) if rule is not None else rounded

    def _cases(self, applied: Applied, basis: Basis) -> tuple[OpenCase, ...]:
        formula = applied.formula
        named: list[tuple[str, Formula | None]] = []
        if isinstance(formula, Choice):
            named = [(case.condition or "other", case.formula) for case in formula.cases]
        elif isinstance(formula, Among):
            named = [(f"{applied.measure.type_code}: {words}", part) for words, part in alternatives(formula)]
        return tuple(_case(words, part, basis) for words, part in named)

    def _base(self, formula: Formula, basis: Basis) -> str:
        named = dict.fromkeys(bases_of(formula))
        values: Mapping[str, str] = {"customs-value": "", "retail-price": "retail price "}
        shown = []
        for base in named:
            if base in values and base in basis.values:
                shown.append(f"{values[base]}{number(_short(basis.values[base]))} {self.tariff.currency}")  # type: ignore[index]
            elif base in basis.facts:
                shown.append(f"{base} {number(basis.facts[base])}")
            elif (quantity := basis.quantities.get(base)) is not None:
                shown.append(f"{number(quantity)} {base}")
        return "; ".join(shown)

    def _how(
        self, item: Item, applied: Applied, basis: Basis, amounts: tuple[Decimal, Decimal], limits: Sequence[str]
    ) -> tuple[str, ...]:
        """How an amount, before and after it was rounded, came about, step by step."""
        value, rounded = amounts
        charge, effect, formula = item.definition.charge, self.effect_of(item), applied.formula
        steps: list[str] = []
        base = basis.values.get("customs-value")
        if base is not None and "customs-value" in bases_of(formula):
            steps.append(self._base_in_words(item, effect, base))
        if isinstance(formula, Stepped) and base is not None and (band := step_of(formula, base)) is not None:
            start = f"above {number(band.above)}" if band.above is not None else "from 0"
            end = f" up to {number(band.to)}" if band.to is not None else ""
            steps.append(f"step {start}{end}: {wording(band.formula)} = {_money_text(value)}")
        else:
            on = f" on {self._base(formula, basis)}" if self._base(formula, basis) else ""
            steps.append(f"{wording(formula)}{on} = {_money_text(value)}")
        steps += limits
        if charge.round is not None:
            steps.append(f"rounded {charge.round.says()} = {number(rounded)}")
        elif rounded != value or limits:
            steps.append(f"to 0.01, halves up = {rounded:f}")
        return tuple(steps)

    def _base_in_words(self, item: Item, effect: Effect, base: Decimal) -> str:
        """`base = value + BCD = 1,000 + 100 = 1,100`."""
        own = {name for name in names_of(item.base) if name == item.node.name}
        written = wording_of(item.definition.base)

        def shown(name: str) -> str:
            found = self.named(name, effect)
            if name in own:
                return f"{name} itself"
            return number(_short(found)) if found is not None else name

        filled = wording_of(item.base, shown)
        rule = item.definition.charge.round_base
        steps = [part for part in (written, filled) if part]
        if rule is not None:
            exact = value_of(item.base, self._all_of(item.base, effect))
            if isinstance(exact, Decimal):
                steps.append(_money_text(exact))
            steps.append(f"{number(base)} (rounded {rule.says()})")
        elif item.node.name in self._below_nothing:
            steps.append("less than 0, which counts as 0")
        else:
            steps.append(_money_text(base))
        return f"base = {' = '.join(dict.fromkeys(steps))}"


def together(sheets: Sequence[Sheet], reliefs: Sequence[Relief]) -> Together:
    """What reliefs look at.

    Args:
        sheets: Sheets of all items that are declared together (1..n).
        reliefs: The reliefs (0..n).
    """
    sums: dict[str, Decimal] = {}
    lacking: set[str] = set()
    for name in {one.of for one in reliefs}:
        every = [sheet.stated(name) for sheet in sheets]
        known = [held for held in every if held is not None]
        if known:
            sums[name] = sum(known, _NOTHING)
        if len(known) < len(every):
            lacking.add(name)
    return Together(len(sheets), sums, frozenset(lacking))


def paid_by(tariff: Tariff, charge: Charge, kind: Kind) -> Rounding | None:
    """How the exact amount of a charge becomes what is to be paid; None if that is the amount later bases take.

    What a charge says of itself goes before what the tariff says of its kind.

    Args:
        tariff: The tariff.
        charge: The charge.
        kind: What the rate is, which for a duty may be a preference.
    """
    if charge.round_total is not None or charge.round is not None:
        return charge.round_total
    return rounding_of(tariff, kind)


def rounding_of(tariff: Tariff, kind: Kind) -> Rounding | None:
    """How a tariff rounds what is to be paid of a kind of charge, where the charge does not say; None if it does not."""
    rounding = tariff.rounding
    return rounding.get(kind) or (rounding.get("duty") if kind in COMPETING else None) or rounding.get("")


def spread(whole: Sequence[tuple[Sheet, Item]], hangs_on_duties: bool = False) -> None:
    """Compute a charge of the declaration on the sum of its lines, and give each line its part.

    Args:
        whole: Each line's sheet with the charge as it stands there (1..n).
        hangs_on_duties: Whether the base hangs on duties. It is then spread by the customs value, and so that no part
            rises where the whole falls: a preference on one line costs no other more.
    """
    bases = [sheet.base_of(item) for sheet, item in whole]
    first, charge = whole[0][0], whole[0][1]
    missing = tuple(one for base in bases if isinstance(base, tuple) for one in base)
    known = [base for base in bases if isinstance(base, Decimal)]
    on: Decimal | tuple[Missing, ...] = tuple(dict.fromkeys(missing)) or sum(known, _NOTHING)
    rule = charge.definition.charge.round_base
    if isinstance(on, Decimal) and rule is not None:
        on = rule.of(on)
    basis = _whole_basis([sheet for sheet, _ in whole], first.basis_on(charge, on))
    found: Decimal | tuple[Missing, ...] = amount(_together(charge), basis)
    if any(_together(item) != _together(charge) for _, item in whole):
        found = (Missing(reason="rates-overlap", what=f"{charge.node.name} of the declaration"),)
    if isinstance(found, Decimal) and (unknown := first.limits_open(charge)):
        found = unknown
    if isinstance(found, tuple):
        for sheet, item in whole:
            sheet.leave(item, item.applied[0], found, basis, is_part=len(whole) > 1)
            sheet.keep_open(item, found)
        return
    exact, steps = first.limited(charge.definition, found)
    limited, waived = first.settled_amount(charge.definition, exact)
    steps += [waived] if waived else []
    own, kind = charge.definition.charge, charge.node.kind
    payable = _NOTHING if waived else first.payable_of(own, kind, exact, limited)
    weights: list[Decimal | None] = list(known)
    by = "the base of each line"
    lacking = Missing(reason="quantity", what="KGMG")
    if charge.definition.charge.apportion == "gross-mass":
        by = "gross mass"
        weights = [sheet.basis.quantities.get("KGMG") for sheet, _ in whole]
    elif hangs_on_duties and len(whole) > 1:
        lacking = Missing(reason="value", what="customs-value")
        by = "customs value"
        weights = [sheet.basis.values.get("customs-value") for sheet, _ in whole]
    if any(one is None for one in weights):
        for sheet, item in whole:
            sheet.leave(item, item.applied[0], (lacking,), basis, is_part=len(whole) > 1)
            sheet.keep_open(item, (lacking,))
        return
    by_weight = rising_parts if hangs_on_duties else apportioned
    shares = [one for one in weights if one is not None]
    parts = by_weight(limited, shares)
    paid = parts if payable == limited else by_weight(payable, shares)
    of = Whole(limited, basis, payable, len(whole), found, by, tuple(steps))
    for (sheet, item), part, part_paid in zip(whole, parts, paid, strict=True):
        sheet.enter_part(item, part, part_paid, of)


def _whole_basis(sheets: Sequence[Sheet], basis: Basis) -> Basis:
    """What is known of all lines together, for a rate of the declaration: sums, where every line says its part."""
    if len(sheets) == 1:
        return basis
    every = [sheet.basis for sheet in sheets]
    units = {unit for one in every for unit in one.quantities}
    quantities = {unit: [one.quantities.get(unit) for one in every] for unit in units}
    retail = [one.values.get("retail-price") for one in every]
    values: dict[Base, Decimal] = {name: one for name, one in basis.values.items() if name != "retail-price"}
    if all(one is not None for one in retail):
        values["retail-price"] = sum((one for one in retail if one is not None), _NOTHING)
    return msgspec.structs.replace(
        basis,
        values=values,
        quantities=InUnits(
            {
                unit: sum(known, _NOTHING)
                for unit, parts in quantities.items()
                if len(known := [one for one in parts if one is not None]) == len(parts)
            }
        ),
        facts=basis.facts if all(one.facts == basis.facts for one in every) else {},
        priced=None,
    )


def apportioned(whole: Decimal, weights: Sequence[Decimal], step: Decimal = Decimal("0.01")) -> list[Decimal]:
    """An amount spread by weights, to the cent, by largest remainder; without any weight in equal parts.

    Args:
        whole: The amount.
        weights: What it is spread by (1..n), none below nothing.
        step: Smallest part.

    Returns:
        As many parts; together they are the amount.

    Source: largest remainder (Hamilton); ties go to the first.
    """
    shares = list(weights) if sum(weights, _NOTHING) > 0 else [_ONE] * len(weights)
    total = sum(shares, _NOTHING)
    exact = [whole * share / total for share in shares]
    parts = [(one // step) * step for one in exact]
    left = int((whole - sum(parts, _NOTHING)) // step)
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[:left]:
        parts[place] += step
    rest = whole - sum(parts, _NOTHING)
    parts[order[0]] += rest
    return parts


def rising_parts(whole: Decimal, weights: Sequence[Decimal], step: Decimal = Decimal("0.01")) -> list[Decimal]:
    """An amount spread by weights so that no part falls where the amount rises, as parts by largest remainder may.

    Args:
        whole: The amount, in whole steps or not.
        weights: What it is spread by (1..n), none below nothing; without any weight in equal parts.
        step: Smallest part.

    Returns:
        As many parts; together they are the amount.

    Source: Webster, Sainte-Laguë: each part is next to its quotient by one divisor; ties go to the first.
    """
    shares = [Fraction(one) for one in weights] if sum(weights, _NOTHING) > 0 else [Fraction(1)] * len(weights)
    steps = int(whole // step)
    total = sum(shares)
    parts = [floor(one * steps / total + Fraction(1, 2)) for one in shares]
    places = range(len(parts))
    while (left := steps - sum(parts)) != 0:
        if left > 0:
            place = max(places, key=lambda one: (shares[one] / (2 * parts[one] + 1), -one))
            parts[place] += 1
        else:
            given = [one for one in places if parts[one] > 0]
            place = min(given, key=lambda one: (shares[one] / (2 * parts[one] - 1), -one))
            parts[place] -= 1
    amounts = [one * step for one in parts]
    largest = max(places, key=lambda one: (shares[one], -one))
    amounts[largest] += whole - sum(amounts, _NOTHING)
    return amounts


def _added(every: Sequence[Between]) -> Between:
    """Between which amounts a sum lies."""
    highs = [high for _, high in every if high is not None]
    return sum((low for low, _ in every), _NOTHING), sum(highs, _NOTHING) if len(highs) == len(every) else None


def _short(value: Decimal) -> Decimal:
    """A number as it is shown: no more than six places."""
    exponent = value.as_tuple().exponent
    return round(value, 6) if isinstance(exponent, int) and exponent < -6 else value


def _money_text(value: Decimal) -> str:
    return number(_short(value))


def _together(item: Item) -> Formula:
    """All rates of a charge as one: of duties the lowest, of a kind that applies alone the highest, else their sum."""
    formulas = tuple(one.formula for one in item.applied)
    if len(formulas) == 1:
        return formulas[0]
    return Smaller(formulas) if item.node.kind == "duty" else Larger(formulas) if item.is_single else Sum(formulas)


def _telling(item: Item, basis: Basis) -> Applied:
    """Of rates that are taken together the one that says what the charge comes to, else the first."""
    if len(item.applied) > 1 and (item.node.kind == "duty" or item.is_single):
        whole = amount(_together(item), basis)
        return next(one for one in item.applied if amount(one.formula, basis) == whole)
    return item.applied[0]


def _is_of(name: str, part: Sequence[Item]) -> bool:
    return any(item.node.name == name for item in part)


def _named(applied: Applied) -> str:
    return f"{applied.measure.type_code} {wording(applied.formula)}"


def _stands_as_claimed(
    lowest: tuple[Decimal, Applied] | None, unknown: list[tuple[Applied, tuple[Missing, ...]]]
) -> bool:
    if lowest is None or lowest[1].measure.kind != "preference":
        return False
    return all(
        one.measure.kind == "duty" and not _TO_BE_TOLD.intersection(part.reason for part in missing)
        for one, missing in unknown
    )


def _case(words: str, part: Formula | None, basis: Basis) -> OpenCase:
    if part is None:
        return OpenCase(condition=words, rate=NO_CONCESSION)
    value = amount(part, basis)
    return OpenCase(condition=words, rate=wording(part), amount=cents(value) if isinstance(value, Decimal) else None)
