# SPDX-License-Identifier: Apache-2.0
"""Where the two sides of one shipment differ: quantity, mass, value, code and origin; and what could not be compared.

Known causes are taken off first: freight and insurance, exchange rates, rounding, parts that still follow. A difference is a question,
not a fraud.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

import msgspec

from cocket.findings import Finding
from cocket.mirror.matching import Match
from cocket.mirror.records import TradeRecord

Kind = Literal["quantity", "value", "code", "origin"]

#: Units of the national currency for one of another on a day; None where no rate is known.
RateOf = Callable[[str, date], Decimal | None]


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """Exchange rates of the house.

    Attributes:
        currency: The national currency, ISO 4217; empty where the house has no tariff that names it.
        rate_of: Gives them.
    """

    currency: str
    rate_of: RateOf


#: Masses and quantities that lie apart by less are the same, as a share of the greater, or in kg.
MASS_SHARE: Final = Decimal("0.02")
MASS_KG: Final = Decimal(1)

#: Money compared like with like, and after a conversion by a rate of another day.
PRICE_SHARE: Final = Decimal("0.01")
RATE_SHARE: Final = Decimal("0.03")

#: What a value with freight and insurance may have over one without, as a share of the latter, where neither side states the freight:
#: least and most. Source: OECD, International Transport and Insurance Costs of Merchandise Trade (mean margin 6 %, 1995–2014); the most is
#: as we judge it.
MARGIN: Final = (Decimal("-0.03"), Decimal("0.25"))

#: Code of a difference → what it makes suspicious.
CODES: Final[dict[str, Kind]] = {
    "mirror-net-differs": "quantity",
    "mirror-gross-differs": "quantity",
    "mirror-packages-differ": "quantity",
    "mirror-quantity-differs": "quantity",
    "mirror-price-differs": "value",
    "mirror-value-differs": "value",
    "mirror-code-differs": "code",
    "mirror-heading-differs": "code",
    "mirror-origin-differs": "origin",
}

#: Code → what is said where the partner's record is the export, and where it is the import.
_SAYS: Final[dict[str, tuple[str, str]]] = {
    "mirror-net-differs": (
        "The partner's export says {theirs_kg} net, the import {ours_kg}",
        "The partner's import says {theirs_kg} net, the export {ours_kg}",
    ),
    "mirror-gross-differs": (
        "The partner's export says {theirs_kg} gross, the import {ours_kg}",
        "The partner's import says {theirs_kg} gross, the export {ours_kg}",
    ),
    "mirror-packages-differ": (
        "The partner's export says {theirs_count} packages, the import {ours_count}",
        "The partner's import says {theirs_count} packages, the export {ours_count}",
    ),
    "mirror-quantity-differs": (
        "The partner's export says {theirs_count} {unit}, the import {ours_count}",
        "The partner's import says {theirs_count} {unit}, the export {ours_count}",
    ),
    "mirror-price-differs": (
        "The partner's export has the price {theirs_money}, the import {ours_money}",
        "The partner's import has the price {theirs_money}, the export {ours_money}",
    ),
    "mirror-value-differs": (
        "The partner's export has the value {theirs_money} free on board, the import {ours_money} without freight and insurance",
        "The partner's import has the value {theirs_money} without freight and insurance, the export {ours_money} free on board",
    ),
    "mirror-code-differs": (
        "The partner's export has the goods under {theirs}, the import under {ours}: another heading",
        "The partner's import has the goods under {theirs}, the export under {ours}: another heading",
    ),
    "mirror-heading-differs": (
        "The partner's export has the goods under {theirs}, the import under {ours}: the same heading, a question of classification",
        "The partner's import has the goods under {theirs}, the export under {ours}: the same heading, a question of classification",
    ),
    "mirror-origin-differs": (
        "The partner's export has the origin {theirs}, the import {ours}",
        "The partner's import has the origin {theirs}, the export {ours}",
    ),
}

#: Code of a difference, of a note, or of why two records are one → the fields of a record that it tells of, any of which lays it bare.
TELLS_OF: Final[dict[str, tuple[str, ...]]] = {
    "mirror-net-differs": ("net_kg",),
    "mirror-gross-differs": ("gross_kg",),
    "mirror-packages-differ": ("packages",),
    "mirror-quantity-differs": ("quantities",),
    "mirror-price-differs": ("price",),
    "mirror-value-differs": ("value",),
    "mirror-origin-differs": ("origin",),
    "mirror-terms": ("terms",),
    "mirror-no-rate": ("value",),
    "mirror-no-stake": ("value",),
    "mirror-no-value": ("value",),
    "mirror-margin": ("value",),
    "mirror-ucr": ("ucrs",),
    "mirror-mrn": ("movements",),
    "mirror-bl": ("transport_documents",),
    "mirror-invoice": ("invoices",),
    "mirror-equipment": ("equipment",),
    "mirror-importer": ("importer",),
    "mirror-exporter": ("exporter",),
    "mirror-mass": ("net_kg", "gross_kg"),
    "mirror-price": ("price",),
    "mirror-packages": ("packages",),
    "mirror-origin": ("origin",),
}

#: What is said of what was not compared, or waits.
PART_WAITS: Final = "Less came than left, of everything alike: further parts may be declared until {until_day}"
NO_RATE: Final = "Values were not compared: no exchange rate of {currency} on {on_day} is known"
NO_STAKE: Final = "The duty at stake is not known: no exchange rate of {currency} is known"
NO_VALUE: Final = "Values were not compared: one side states none for all of the goods"
TERMS_DIFFER: Final = "Prices were not compared: the terms are {theirs} there and {ours} here"
MARGIN_ASSUMED: Final = (
    "Freight is not declared apart: a value up to {most_percent} % over the export's was taken as the same"
)

_CENT: Final = Decimal("0.01")


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference between the two sides of a shipment.

    Attributes:
        code: One of `CODES`.
        kind: What it makes suspicious.
        message: English sentence with `{name}` places; `_kg`, `_count` and `_money` end the names of such values.
        arguments: Values for the places, as text.
        theirs: By the partner: kg, a count, or national currency; None of codes and origins.
        ours: By this administration's own declaration, likewise.
    """

    code: str
    kind: Kind
    message: str
    arguments: dict[str, str] = {}
    theirs: Decimal | None = None
    ours: Decimal | None = None


class Compared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Both sides of a shipment held against each other.

    Attributes:
        differences: Where they differ (0..n).
        notes: What was assumed, left out, or waits (0..n).
        factor: Value of the imports with freight and insurance over that of the exports without; None where not both are known.
    """

    differences: tuple[Difference, ...] = ()
    notes: tuple[Finding, ...] = ()
    factor: Decimal | None = None


def differences_of(
    one: Match, records: dict[str, TradeRecord], today: date, exchange: Exchange, *, is_ours_export: bool = False
) -> Compared:
    """Hold the exports and imports of a match against each other.

    Args:
        one: The match.
        records: Its records by id, and perhaps others.
        today: The day on which it is asked: while further parts may come, less is no difference.
        exchange: Exchange rates.
        is_ours_export: Whether the exports are ours and the imports the partner's; otherwise it is the other way round.
    """
    sides = [records[name] for name in one.exports], [records[name] for name in one.imports]
    there, here = (sides[1], sides[0]) if is_ours_export else sides
    comparing = _Comparing(there, here, exchange, is_ours_export=is_ours_export)
    if one.is_part and today <= one.open_until:
        comparing.note("mirror-part-waits", PART_WAITS, until_day=one.open_until.isoformat())
    else:
        comparing.quantities()
        comparing.money()
    comparing.codes()
    comparing.origins()
    return Compared(
        differences=tuple(comparing.differences), notes=tuple(comparing.notes), factor=comparing.factor(one.is_part)
    )


class _Comparing:
    """Both sides of one shipment, and what was found so far."""

    def __init__(
        self, there: Sequence[TradeRecord], here: Sequence[TradeRecord], exchange: Exchange, *, is_ours_export: bool
    ) -> None:
        self._there, self._here, self._exchange, self._is_ours_export = there, here, exchange, is_ours_export
        self._day = min(record.day for record in (there if is_ours_export else here))
        self.differences: list[Difference] = []
        self.notes: list[Finding] = []

    def quantities(self) -> None:
        """Net and gross mass, packages, and quantities in units that both state."""
        for name, code in (("net_kg", "mirror-net-differs"), ("gross_kg", "mirror-gross-differs")):
            theirs, ours = (_sum(getattr(one, name) for one in side) for side in (self._there, self._here))
            if theirs is not None and ours is not None and not _is_same(theirs, ours, MASS_SHARE, MASS_KG):
                self._differ(code, (theirs, ours), theirs_kg=_text(theirs), ours_kg=_text(ours))
        counts = [_sum(one.packages for one in side) for side in (self._there, self._here)]
        if counts[0] is not None and counts[1] is not None and counts[0] != counts[1]:
            self._differ(
                "mirror-packages-differ",
                (counts[0], counts[1]),
                theirs_count=_text(counts[0]),
                ours_count=_text(counts[1]),
            )
        theirs_by, ours_by = (_by_unit(side) for side in (self._there, self._here))
        for unit in sorted(theirs_by.keys() & ours_by.keys() - {"KGM", "KGMG"}):
            one, other = theirs_by[unit], ours_by[unit]
            if not _is_same(one, other, MASS_SHARE):
                told = {"theirs_count": _text(one), "ours_count": _text(other), "unit": unit}
                self._differ("mirror-quantity-differs", (one, other), **told)

    def money(self) -> None:
        """Prices where both state them in one currency under one term, else values without freight and insurance."""
        if self._prices() is None:
            self._values()

    def codes(self) -> None:
        """Subheadings, where every line of both sides has one."""
        theirs, ours = (_every(side, lambda line: line.hs if len(line.hs) == _SUBHEADING else None)
                        for side in (self._there, self._here))  # fmt: skip
        if not theirs or not ours or theirs == ours:
            return
        only = [{one[:4] for one in side} for side in (theirs - ours, ours - theirs)]
        is_heading = only[0] <= {one[:4] for one in ours} and only[1] <= {one[:4] for one in theirs}
        code = "mirror-heading-differs" if is_heading else "mirror-code-differs"
        self._differ(code, None, theirs=_list(theirs), ours=_list(ours))

    def origins(self) -> None:
        """Countries of origin, where every line of both sides states one."""
        theirs, ours = (_every(side, lambda line: line.origin) for side in (self._there, self._here))
        if theirs and ours and theirs != ours:
            self._differ("mirror-origin-differs", None, theirs=_list(theirs), ours=_list(ours))

    def factor(self, is_part: bool) -> Decimal | None:
        """Value of the imports over that of the exports."""
        currency = self._currency()
        values = [self._value(side, currency) for side in (self._there, self._here)]
        theirs, ours = values
        if is_part or theirs is None or ours is None or theirs <= 0 or ours <= 0:
            return None
        return theirs / ours if self._is_ours_export else ours / theirs

    def note(self, code: str, message: str, **arguments: str) -> None:
        """Say what was assumed, left out, or waits."""
        self.notes.append(Finding(code=code, severity="info", message=message, arguments=arguments))

    def _prices(self) -> bool | None:
        """Compare prices; None where they cannot be."""
        sides = [[one.price for one in side] for side in (self._there, self._here)]
        if not all(price is not None and price.currency for side in sides for price in side):
            return None
        currencies = {price.currency for side in sides for price in side if price}
        terms = [{one.terms for one in side if one.terms} for side in (self._there, self._here)]
        if len(currencies) != 1:
            return None
        if terms[0] and terms[1] and terms[0] != terms[1]:
            self.note("mirror-terms", TERMS_DIFFER, theirs=_list(terms[0]), ours=_list(terms[1]))
            return None
        currency = currencies.pop() or ""
        theirs, ours = (sum((price.value for price in side if price), Decimal()) for side in sides)
        if not _is_same(theirs, ours, PRICE_SHARE):
            rate = self._exchange.rate_of(currency, self._day)
            both = (theirs * rate, ours * rate) if rate is not None else None
            told = {"theirs_money": _money(theirs, currency), "ours_money": _money(ours, currency)}
            self._differ("mirror-price-differs", both, **told)
        return True

    def _values(self) -> None:
        currency = self._currency()
        theirs, ours = (self._value(side, currency, is_told=True) for side in (self._there, self._here))
        if theirs is None or ours is None:
            return
        exported, imported = (ours, theirs) if self._is_ours_export else (theirs, ours)
        buyers = self._there if self._is_ours_export else self._here
        carried = [self._national(one.freight, one.day, currency) if one.freight else None for one in buyers]
        if all(one is not None for one in carried):
            imported -= sum((one for one in carried if one is not None), Decimal())
            is_same = _is_same(exported, imported, RATE_SHARE)
        else:
            least, most = MARGIN
            is_same = exported > 0 and least <= imported / exported - 1 <= most
            if is_same and imported > exported * (1 + RATE_SHARE):
                self.note("mirror-margin", MARGIN_ASSUMED, most_percent=f"{most * 100:f}".rstrip("0").rstrip("."))
        if not is_same:
            theirs, ours = (imported, exported) if self._is_ours_export else (exported, imported)
            told = {
                "theirs_money": _money(theirs, currency or self._exchange.currency),
                "ours_money": _money(ours, currency or self._exchange.currency),
            }
            both = None if currency and currency != self._exchange.currency else (theirs, ours)
            if both is None:
                self.note("mirror-no-stake", NO_STAKE, currency=currency)
            self._differ("mirror-value-differs", both, **told)

    def _currency(self) -> str:
        """The one currency of all values where some of them has no rate, so that they are compared in it; empty else."""
        values = [(one.value, one.day) for side in (self._there, self._here) for one in side]
        known = {value.currency for value, _ in values if value is not None}
        if len(known) != 1 or all(self._national(value, day) is not None for value, day in values):
            return ""
        return known.pop() or ""

    def _value(self, side: Sequence[TradeRecord], currency: str = "", *, is_told: bool = False) -> Decimal | None:
        """Statistical value of one side in a currency that all state, else in the national one; what lacks is noted where `is_told`."""
        total = Decimal()
        for one in side:
            if one.value is None or one.value.currency is None:
                if is_told and not any(note.code == "mirror-no-value" for note in self.notes):
                    self.note("mirror-no-value", NO_VALUE)
                return None
            national = self._national(one.value, one.day, currency)
            if national is None:
                if is_told:
                    day = one.day.isoformat()
                    self.note("mirror-no-rate", NO_RATE, currency=one.value.currency, on_day=day)
                return None
            total += national
        return total

    def _national(self, amount: object, day: date, kept: str = "") -> Decimal | None:
        """An amount in national currency; as it is where it has the currency that is kept."""
        value, currency = getattr(amount, "value", None), getattr(amount, "currency", None)
        if kept and currency == kept:
            return value
        rate = self._exchange.rate_of(currency, day) if currency else None
        return value * rate if rate is not None and value is not None else None

    def _differ(self, code: str, both: tuple[Decimal, Decimal] | None, **arguments: str) -> None:
        self.differences.append(
            Difference(
                code=code,
                kind=CODES[code],
                message=_SAYS[code][self._is_ours_export],
                arguments=arguments,
                theirs=both[0] if both else None,
                ours=both[1] if both else None,
            )
        )


_SUBHEADING: Final = 6
_MOST_LISTED: Final = 5


def _is_same(one: Decimal, other: Decimal, share: Decimal, least: Decimal = Decimal(0)) -> bool:
    return abs(one - other) <= max(least, share * max(abs(one), abs(other)))


def _sum(values: Iterable[Decimal | int | None]) -> Decimal | None:
    known = list(values)
    return Decimal(sum(one for one in known if one is not None)) if known and None not in known else None


def _by_unit(side: Sequence[TradeRecord]) -> dict[str, Decimal]:
    """Quantities by unit that every line of a side states."""
    lines = [dict(line.quantities) for one in side for line in one.lines]
    units = set.intersection(*(set(one) for one in lines)) if lines else set()
    return {unit: sum((one[unit] for one in lines), Decimal()) for unit in units}


def _every(side: Sequence[TradeRecord], told: Callable[..., str | None]) -> set[str]:
    """What every line of a side states; empty unless all do."""
    found = [told(line) for one in side for line in one.lines]
    return {one for one in found if one} if found and all(found) else set()


def _list(values: Iterable[str | None]) -> str:
    known = sorted(one for one in values if one)
    more = len(known) - _MOST_LISTED
    return ", ".join(known[:_MOST_LISTED]) + (f" (+{more})" if more > 0 else "")


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _money(value: Decimal, currency: str) -> str:
    return f"{value.quantize(_CENT, ROUND_HALF_UP):f} {currency}".strip()
