# SPDX-License-Identifier: Apache-2.0
"""A value as declared, and what makes it comparable with others: one currency, one unit, one basis."""

from __future__ import annotations

import math
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from typing import Final, Literal

import msgspec

from cocket.findings import Finding
from cocket.measures.tariff.goods import Rates
from cocket.measures.tariff.units import quantity_in

#: What a price includes: carriage and insurance to the country of import, or not.
Basis = Literal["CIF", "FOB"]

#: Incoterms by what the price includes. One that is not here (DDP includes duties) tells of no basis.
_BASES: Final[dict[str, Basis]] = {
    "EXW": "FOB", "FCA": "FOB", "FAS": "FOB", "FOB": "FOB",
    "CFR": "CIF", "CIF": "CIF", "CPT": "CIF", "CIP": "CIF", "DAP": "CIF", "DPU": "CIF", "DAT": "CIF", "DDU": "CIF",
}  # fmt: skip

#: Units that others of their dimension are turned into.
_CHIEF_UNITS: Final = ("KGM", "LTR", "NAR", "NPR", "MTK", "MTR", "MWH", "LPA", "WAT")

_HS6: Final = 6

#: No quantity and no value per unit of any goods is as large, nor one of it as small.
_MOST: Final = 1e30
_SHOWN: Final = Context(prec=6)
_CLEAR: Final = str.maketrans("", "", " .-\u00a0")


class DeclaredValue(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One goods item, as far as its value can be held against others.

    Attributes:
        code: Goods code as long as it was declared; blanks and points are left out.
        day: Day on which it became known to customs; its rate of exchange is that of this day.
        origin: Country of origin, ISO alpha-2; None if not known, and then it is compared with nothing.
        value: Value or price as declared; None if not stated.
        currency: ISO 4217 of `value`.
        quantity: Number of units; None if not stated.
        unit: Unit code of `quantity`.
        level: Commercial level (`manufacturer`, `wholesale`, `retail`, …); None if not known.
        terms: Incoterms code, or `CIF` / `FOB`, that says what `value` includes; None if it stands on the basis of the
            national law, as a value for customs does.
        charges: Freight and insurance to the place of import, in `currency`; None if not declared.
        trader: Importer, by number or name; None if not known.
        examined: Day on which the result of an examination became known; None if not examined.
        stands: Whether the value stood after it; None if not examined.
    """

    code: str
    day: date
    origin: str | None = None
    value: Decimal | None = None
    currency: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    level: str | None = None
    terms: str | None = None
    charges: Decimal | None = None
    trader: str | None = None
    examined: date | None = None
    stands: bool | None = None


class Comparable(msgspec.Struct, frozen=True, gc=False):
    """A declared value in the shape in which it is compared.

    Attributes:
        code: Digits of the goods code (6 or more).
        origin: Country of origin.
        unit: Chief unit of its dimension.
        currency: Currency of the unit value.
        level: Commercial level, in lower case; None if not known.
        band: Power of ten of the quantity, such as 2 for 100 to 999 units.
        unit_logs: Basis → natural logarithm of the declared value per unit (1..2); the basis it was declared on first.
    """

    code: str
    origin: str
    unit: str
    currency: str
    level: str | None
    band: int
    unit_logs: dict[Basis, float]


def comparable(declared: DeclaredValue, rates: Rates | None, law: Basis) -> Comparable | Finding:
    """Bring a declared value to one unit and one currency, or say why it cannot be compared.

    Args:
        declared: As declared.
        rates: Rates by date; a currency that it has none for stays as it is and is compared within itself.
        law: Basis of values for customs in this country.

    Returns:
        The comparable form. The other basis than the declared one is known only where charges are declared.

    Source: WTO Valuation Agreement, articles 8.2 (transport and insurance) and 9 (rate of exchange of the day).
    """
    code = declared.code.translate(_CLEAR)
    value, quantity = declared.value, declared.quantity
    basis = law if declared.terms is None else _BASES.get(declared.terms.strip().upper())
    if len(code) < _HS6 or not (code.isascii() and code.isdecimal()):
        return _cannot("code-too-short", "the code {found} has fewer than six digits", declared.code)
    if not declared.origin:
        return _cannot("origin-not-stated", "no country of origin is stated")
    if value is None or not declared.currency:
        return _cannot("value-not-stated", "no value with its currency is stated")
    if quantity is None or not declared.unit:
        return _cannot("quantity-not-stated", "no quantity with its unit is stated")
    if not value.is_finite() or value <= 0:
        return _cannot("value-not-positive", "the value is {found}", str(value))
    if not quantity.is_finite() or quantity <= 0:
        return _cannot("quantity-not-positive", "the quantity is {found}", str(quantity))
    if basis is None:
        return _cannot("terms-not-comparable", "what a price under {found} includes is not known", declared.terms)
    unit, factor = _chief(declared.unit)
    rate = rates.of(declared.currency, declared.day) if rates else None
    units, worth = float(quantity) * factor, float(rate) if rate is not None else 1.0
    per_unit = {name: float(sum_) * worth / units for name, sum_ in _sums(value, declared.charges, basis) if units}
    if not 1 / _MOST < units < _MOST or not all(1 / _MOST < one < _MOST for one in per_unit.values()):
        return _cannot(
            "number-not-possible", "a value of {found} is implausible for any goods", f"{value:.3g}/{quantity:.3g}"
        )
    level = declared.level.strip().casefold() if declared.level else None
    return Comparable(
        code,
        declared.origin.upper(),
        unit,
        rates.currency if rates and rate is not None else declared.currency,
        level or None,
        math.floor(math.log10(units)),
        {name: math.log(one) for name, one in per_unit.items()},
    )


def unit_value(declared: DeclaredValue, unit: str, rate: Decimal | None) -> Decimal | None:
    """The declared value per unit, to six digits, for people to read; None if it has none.

    Args:
        declared: As declared; its basis stays as it was declared.
        unit: Unit in which it is told; of the same dimension.
        rate: Rate into the currency in which it is told; None for the declared one.
    """
    if declared.value is None or declared.quantity is None or declared.unit is None:
        return None
    units = declared.quantity * Decimal(repr(_chief(declared.unit)[1])) if _chief(declared.unit)[0] == unit else None
    return Decimal(f"{_SHOWN.divide(declared.value * (rate or 1), units):f}") if units else None


def _sums(value: Decimal, charges: Decimal | None, basis: Basis) -> list[tuple[Basis, Decimal]]:
    """The value on its own basis, and on the other where charges are declared and leave something."""
    sums: list[tuple[Basis, Decimal]] = [(basis, value)]
    if charges is not None and charges.is_finite() and charges >= 0:
        other = value + charges if basis == "FOB" else value - charges
        if other > 0:
            sums.append(("CIF" if basis == "FOB" else "FOB", other))
    return sums


@lru_cache(maxsize=4096)
def _chief(unit: str) -> tuple[str, float]:
    """The chief unit of a unit's dimension, and how many of it one is; a unit of no known dimension is its own."""
    name = unit.strip().upper()
    for chief in _CHIEF_UNITS:
        if (number := quantity_in(chief, {name: Decimal(1)})) is not None:
            return chief, float(number)
    return name, 1.0


def _cannot(code: str, message: str, found: str | None = None) -> Finding:
    return Finding(code=code, severity="warning", message=message, found=found[:200] if found else found)
