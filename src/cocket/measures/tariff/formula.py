# SPDX-License-Identifier: Apache-2.0
"""The formula of a duty rate: what a tariff's text says once it is understood, and what it comes to for an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Literal, assert_never

import msgspec

#: On what an ad valorem rate is taken: the base of its charge, the retail price, or what lies above the step before.
Base = Literal["customs-value", "retail-price", "vat-base", "excess"]

#: On what the choice between cases rests: a quota with room, the partner country, what the goods are, the day, else.
Ground = Literal["quota", "partner", "goods", "day", "other"]

_NOTHING = Decimal()
_HUNDRED = Decimal(100)


class Free(msgspec.Struct, frozen=True, gc=False, tag="free"):
    """No duty."""


class AdValorem(msgspec.Struct, frozen=True, gc=False, tag="ad-valorem"):
    """So many per cent of a value.

    Attributes:
        percent: 20 for 20 %.
        base: Of what.
    """

    percent: Decimal
    base: Base = "customs-value"


class Specific(msgspec.Struct, frozen=True, gc=False, tag="specific"):
    """An amount of money for so many units.

    Attributes:
        amount: In `currency`.
        currency: ISO 4217.
        unit: Unit code, in the list of the tariff.
        per: Number of units that the amount is for (100 for 35.10 EUR / 100 kg).
    """

    amount: Decimal
    currency: str
    unit: str
    per: Decimal = Decimal(1)


class Flat(msgspec.Struct, frozen=True, gc=False, tag="flat"):
    """An amount of money, whatever the goods are worth and however many they are.

    Attributes:
        amount: In `currency`.
        currency: ISO 4217.
    """

    amount: Decimal
    currency: str


class Sum(msgspec.Struct, frozen=True, gc=False, tag="sum"):
    """All of the parts together (2..n): a compound duty."""

    parts: tuple[Formula, ...]


class Difference(msgspec.Struct, frozen=True, gc=False, tag="difference"):
    """One less the other, and never below nothing: a gate price less the customs value, a rate less an abatement."""

    minuend: Formula
    subtrahend: Formula


class Larger(msgspec.Struct, frozen=True, gc=False, tag="larger"):
    """The largest of the parts (2..n): "whichever is the higher", MIN."""

    parts: tuple[Formula, ...]


class Smaller(msgspec.Struct, frozen=True, gc=False, tag="smaller"):
    """The smallest of the parts (2..n): "whichever is the lower", MAX."""

    parts: tuple[Formula, ...]


class Scaled(msgspec.Struct, frozen=True, gc=False, tag="scaled"):
    """A formula times a number: `factor` / `per`, kept apart so that 2/11 stays exact."""

    factor: Decimal
    of: Formula
    per: Decimal = Decimal(1)


class Band(msgspec.Struct, frozen=True, gc=False):
    """A formula for goods whose customs value for one unit lies above `above` and not above `to`.

    Attributes:
        formula: What is due there.
        above: Lower bound, money for one `unit` of `Banded`; None for no bound.
        to: Upper bound; None for no bound.
    """

    formula: Formula
    above: Decimal | None = None
    to: Decimal | None = None


class Banded(msgspec.Struct, frozen=True, gc=False, tag="banded"):
    """A formula that changes with the customs value for one unit: a gate price.

    Attributes:
        unit: Unit of the value.
        currency: Currency of the bounds.
        bands: In rising order, without gap or overlap (1..n).
        is_from: Whether a value that lies on a bound belongs to the band above it ("52.60 or more"), not below.
    """

    unit: str
    currency: str
    bands: tuple[Band, ...]
    is_from: bool = False


class Stepped(msgspec.Struct, frozen=True, gc=False, tag="stepped"):
    """A formula that changes with the size of its base; a rate `of excess` is of what lies above the step before.

    Attributes:
        bands: In rising order, without gap or overlap (1..n), bounds in the tariff's currency.
    """

    bands: tuple[Band, ...]


class Case(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One of several rates of a cell, with the words that say for what.

    Attributes:
        ground: On what the choice rests; `other` for all goods that no case before is for.
        condition: The tariff's words, as they stand; empty for "all other".
        formula: What is due in this case.
        goods: The part of the words that says what the goods are; empty where it is no matter of goods.
        within_quota: Whether a quota must be drawn on (True), must not (False); None where it is no matter of quota.
        partners: Countries (ISO alpha-2) for which the case is; empty for all.
        season: First and last day of every year, (month, day) each; None for the whole year.
    """

    ground: Ground
    condition: str
    formula: Formula
    goods: str = ""
    within_quota: bool | None = None
    partners: tuple[str, ...] = ()
    season: tuple[tuple[int, int], tuple[int, int]] | None = None


class Choice(msgspec.Struct, frozen=True, gc=False, tag="choice"):
    """Rates among which something that no formula knows decides (1..n): a quota, the partner, what the goods are."""

    cases: tuple[Case, ...]


class Among(msgspec.Struct, frozen=True, gc=False, tag="among"):
    """One of several rates, or of those between them, for parts of the goods that this line does not tell apart.

    Attributes:
        parts: The rates that are named (1..n); of a range the lowest and the highest.
        or_none: Whether for some of the goods the column grants nothing, so that the other columns hold.
        spans: Places of parts (from 0) from which a range runs to the next one, so that rates between may be meant.
    """

    parts: tuple[Formula, ...]
    or_none: bool = False
    spans: tuple[int, ...] = ()


class Priced(msgspec.Struct, frozen=True, gc=False, tag="priced"):
    """A price that the law has others set, for one unit of the goods, times their quantity.

    Attributes:
        fact: Name under which the price is told, such as `standard-import-price`.
        currency: Its currency, ISO 4217.
        unit: Unit code.
    """

    fact: str
    currency: str
    unit: str


class PerPoint(msgspec.Struct, frozen=True, gc=False, tag="per-point"):
    """Money for a quantity, for each whole per cent by weight that a content is above so many.

    Attributes:
        fact: Name under which the content is told, in per cent, such as `lactose-content`.
        above: Per cent that is free of it.
        amount: Money for one unit and one per cent, in `currency`.
        currency: ISO 4217.
        unit: Unit code.
    """

    fact: str
    above: Decimal
    amount: Decimal
    currency: str
    unit: str


class NotUnderstood(msgspec.Struct, frozen=True, gc=False, tag="not-understood"):
    """A text that is no formula, or none that can be computed.

    Attributes:
        text: As it stands in the tariff.
        reason: Class of the text, such as `range-on-heading`, `standard-import-price`, `lactose-content`.
    """

    text: str
    reason: str


Formula = (
    Free
    | AdValorem
    | Specific
    | Flat
    | Sum
    | Difference
    | Larger
    | Smaller
    | Scaled
    | Banded
    | Stepped
    | Choice
    | Among
    | Priced
    | PerPoint
    | NotUnderstood
)


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Why a formula could not be computed for an item.

    Attributes:
        reason: `quantity`, `value`, `exchange-rate`, `choice`, `range`, the name of a fact, or the reason of a text
            that was not understood.
        what: The unit, base, currency or condition that is missing, or the text.
    """

    reason: str
    what: str


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an item, in the money of the tariff.

    Attributes:
        values: Bases of ad valorem rates that are known, in the tariff's currency.
        quantities: Unit code → number of units.
        rates: Currency → units of the tariff's currency for one of it; the tariff's own is 1.
        facts: Name → number, of what some rates ask besides.
        priced: Customs value by which a rate changes with the price of one unit; None where it is the base.
        lacking: Base → why it is not known, where that is more than its name says.
        between: Base that is not known → lowest and highest amount; None for no highest.
    """

    values: Mapping[Base, Decimal]
    quantities: Mapping[str, Decimal]
    rates: Mapping[str, Decimal]
    facts: Mapping[str, Decimal] = {}
    priced: Decimal | None = None
    lacking: Mapping[Base, tuple[Missing, ...]] = {}
    between: Mapping[Base, tuple[Decimal, Decimal | None]] = {}


def amount(formula: Formula, basis: Basis) -> Decimal | tuple[Missing, ...]:
    """What a formula comes to.

    Args:
        formula: The formula.
        basis: What is known.

    Returns:
        An exact amount, not rounded, in the tariff's currency; or everything that is missing (1..n). No number is
        ever put in the place of one that is not known.
    """
    match formula:
        case Free():
            return _NOTHING
        case AdValorem(percent, base):
            value = basis.values.get(base)
            if value is None:
                return basis.lacking.get(base) or (Missing(reason="value", what=base),)
            return value * percent / _HUNDRED
        case Specific():
            return _specific(formula, basis)
        case Flat(money, currency):
            rate = basis.rates.get(currency)
            return money * rate if rate is not None else (Missing(reason="exchange-rate", what=currency),)
        case Sum(parts):
            return _of_all(parts, basis, lambda amounts: sum(amounts, _NOTHING))
        case Larger(parts):
            return _of_all(parts, basis, max)
        case Smaller(parts):
            return _of_all(parts, basis, min)
        case Difference(minuend, subtrahend):
            return _of_all((minuend, subtrahend), basis, lambda amounts: max(amounts[0] - amounts[1], _NOTHING))
        case Scaled(factor, of, per):
            return _of_all((of,), basis, lambda amounts: factor * amounts[0] / per)
        case Banded():
            return _banded(formula, basis)
        case Stepped():
            return _stepped(formula, basis)
        case Choice(cases):
            return tuple(Missing(reason="choice", what=case.condition or "other") for case in cases)
        case Among():
            return (Missing(reason="range", what="which of the rates"),)
        case Priced(fact, currency, unit):
            price = basis.facts.get(fact)
            missing = () if price is not None else (Missing(reason=fact, what=f"{currency} / {unit}"),)
            return _specific(Specific(price or _NOTHING, currency, unit), basis, missing)
        case PerPoint():
            return _per_point(formula, basis)
        case NotUnderstood(text, reason):
            return (Missing(reason=reason, what=text),)
    assert_never(formula)


def bounds(formula: Formula, basis: Basis) -> tuple[Decimal, Decimal | None]:
    """Between which amounts a formula lies, as far as arithmetic knows it.

    Args:
        formula: The formula.
        basis: What is known.

    Returns:
        Lowest and highest amount; None for no highest. No duty is below nothing. They say nothing of goods for which a
        column grants nothing.
    """
    match formula:
        case Choice(cases):
            return _around(tuple(case.formula for case in cases), basis)
        case Among(parts):
            return _around(parts, basis)
        case AdValorem(percent, base) if base not in basis.values and base in basis.between:
            low, high = basis.between[base]
            return low * percent / _HUNDRED, None if high is None else high * percent / _HUNDRED
    found = amount(formula, basis)
    if isinstance(found, Decimal):
        return found, found
    match formula:
        case Sum(parts):
            each = [bounds(part, basis) for part in parts]
            highs = [high for _, high in each if high is not None]
            return sum((low for low, _ in each), _NOTHING), sum(highs, _NOTHING) if len(highs) == len(each) else None
        case Larger(parts):
            each = [bounds(part, basis) for part in parts]
            highs = [high for _, high in each if high is not None]
            return max(low for low, _ in each), max(highs) if len(highs) == len(each) else None
        case Smaller(parts):
            each = [bounds(part, basis) for part in parts]
            highs = [high for _, high in each if high is not None]
            return min(low for low, _ in each), min(highs) if highs else None
        case Difference(minuend, subtrahend):
            (low, high), (least, most) = bounds(minuend, basis), bounds(subtrahend, basis)
            lowest = _NOTHING if most is None else max(low - most, _NOTHING)
            return lowest, None if high is None else max(high - least, _NOTHING)
        case Scaled(factor, of, per) if factor >= 0 and per > 0:
            low, high = bounds(of, basis)
            return factor * low / per, None if high is None else factor * high / per
    return _NOTHING, None


def bases_of(formula: Formula) -> tuple[str, ...]:
    """On what a formula is taken, in its order: names of bases, of facts, and units (0..n)."""
    match formula:
        case AdValorem(_, base):
            return (base,)
        case Specific(_, _, unit, _):
            return (unit,)
        case Sum(parts) | Larger(parts) | Smaller(parts) | Among(parts):
            return tuple(base for part in parts for base in bases_of(part))
        case Difference(minuend, subtrahend):
            return (*bases_of(minuend), *bases_of(subtrahend))
        case Scaled(_, of):
            return bases_of(of)
        case Banded(unit):
            return ("customs-value", unit)
        case Stepped():
            return ("customs-value",)
        case Priced(fact, _, unit) | PerPoint(fact, _, _, _, unit):
            return (fact, unit)
        case Choice(cases):
            return tuple(base for case in cases for base in bases_of(case.formula))
    return ()


def parts_of(formula: Formula) -> tuple[Formula, ...]:
    """Formulas of which a formula is made (0..n)."""
    match formula:
        case Sum(parts) | Larger(parts) | Smaller(parts) | Among(parts):
            return parts
        case Difference(one, other):
            return one, other
        case Scaled(_, of):
            return (of,)
        case Banded(bands=bands) | Stepped(bands=bands):
            return tuple(band.formula for band in bands)
        case Choice(cases):
            return tuple(case.formula for case in cases)
    return ()


def currencies_of(formula: Formula) -> set[str]:
    """Currencies of the amounts that a formula names (0..n)."""
    own = {formula.currency} if isinstance(formula, Specific | Flat | Banded | Priced | PerPoint) else set()
    return own.union(*(currencies_of(part) for part in parts_of(formula)))


def is_too_deep(formula: Formula, most: int = 60) -> bool:
    """Whether formulas stand within formulas deeper than any law writes them.

    Args:
        formula: The formula.
        most: Levels that are allowed.
    """
    level = [formula]
    for _ in range(most):
        level = [part for one in level for part in parts_of(one)]
        if not level:
            return False
    return True


def _around(parts: tuple[Formula, ...], basis: Basis) -> tuple[Decimal, Decimal | None]:
    """Bounds of one of several formulas, of which nobody says which."""
    each = [bounds(part, basis) for part in parts]
    highs = [high for _, high in each if high is not None]
    return min(low for low, _ in each), max(highs) if len(highs) == len(each) else None


def _per_point(formula: PerPoint, basis: Basis) -> Decimal | tuple[Missing, ...]:
    """No more than whole per cents: how a part of one counts, the law's words do not say."""
    content = basis.facts.get(formula.fact)
    points = max(content - formula.above, _NOTHING) if content is not None else None
    missing: tuple[Missing, ...] = ()
    if content is None or points is None or content > _HUNDRED:
        missing = (Missing(reason=formula.fact, what="per cent by weight"),)
    elif points != points.to_integral_value():
        missing = (Missing(reason=formula.fact, what="a whole per cent"),)
    whole = formula.amount * (points or _NOTHING)
    return _specific(Specific(whole, formula.currency, formula.unit), basis, missing)


def _specific(formula: Specific, basis: Basis, also: tuple[Missing, ...] = ()) -> Decimal | tuple[Missing, ...]:
    quantity, rate = basis.quantities.get(formula.unit), basis.rates.get(formula.currency)
    missing = list(also)
    if quantity is None:
        missing.append(Missing(reason="quantity", what=formula.unit))
    if rate is None:
        missing.append(Missing(reason="exchange-rate", what=formula.currency))
    if quantity is None or rate is None or missing:
        return tuple(missing)
    return formula.amount * quantity / formula.per * rate


def _of_all(
    parts: Sequence[Formula], basis: Basis, together: Callable[[list[Decimal]], Decimal]
) -> Decimal | tuple[Missing, ...]:
    found = [amount(part, basis) for part in parts]
    missing = [one for part in found if isinstance(part, tuple) for one in part]
    if missing:
        return tuple(dict.fromkeys(missing))
    return together([part for part in found if isinstance(part, Decimal)])


def _banded(formula: Banded, basis: Basis) -> Decimal | tuple[Missing, ...]:
    quantity = basis.quantities.get(formula.unit)
    rate = basis.rates.get(formula.currency)
    value = basis.priced if basis.priced is not None else basis.values.get("customs-value")
    if not quantity:
        return (Missing(reason="quantity", what=formula.unit),)
    if not rate:
        return (Missing(reason="exchange-rate", what=formula.currency),)
    if value is None:
        return (Missing(reason="value", what="customs-value"),)
    of_one = value / quantity / rate
    for band in formula.bands:
        if _lies_in(of_one, band, formula.is_from):
            return amount(band.formula, basis)
    return (Missing(reason="band", what=f"{of_one:f} {formula.currency}/{formula.unit}"),)


def _stepped(formula: Stepped, basis: Basis) -> Decimal | tuple[Missing, ...]:
    base = basis.values.get("customs-value")
    if base is None:
        return basis.lacking.get("customs-value") or (Missing(reason="value", what="customs-value"),)
    band = step_of(formula, base)
    if band is None:
        return (Missing(reason="band", what=f"{base:f}"),)
    values: dict[Base, Decimal] = {**basis.values, "excess": base - (band.above or _NOTHING)}
    return amount(band.formula, msgspec.structs.replace(basis, values=values))


def step_of(formula: Stepped, base: Decimal) -> Band | None:
    """The step on which a base lies; None if it lies above all of them."""
    return next((band for band in formula.bands if band.to is None or base <= band.to), None)


def _lies_in(of_one: Decimal, band: Band, is_from: bool) -> bool:
    if is_from:
        return (band.above is None or of_one >= band.above) and (band.to is None or of_one < band.to)
    return (band.above is None or of_one > band.above) and (band.to is None or of_one <= band.to)
