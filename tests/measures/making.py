# SPDX-License-Identifier: Apache-2.0
"""A small tariff of our own, and short ways to ask it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cocket.measures.tariff import Calculator, Condition, Duties, Formula, Goods, Line, Measure, Rates, Tariff
from cocket.measures.tariff.formula import AdValorem, Free, Larger, Smaller, Specific, Sum

DAY = date(2026, 3, 1)
LIVE = "01022910"
RATES = Rates("XDC", [("EUR", date(2026, 1, 1), Decimal("0.9")), ("EUR", date(2026, 6, 1), Decimal("0.8"))])


def percent(value: str) -> AdValorem:
    return AdValorem(Decimal(value))


def each(amount: str, unit: str, currency: str = "XDC", per: str = "1") -> Specific:
    return Specific(Decimal(amount), currency, unit, Decimal(per))


def measure(kind: str, formula: Formula | None, type_code: str = "", **fields: Any) -> Measure:
    whole: dict[str, Any] = {"code": LIVE, "kind": kind, "type_code": type_code or kind, "formula": formula, **fields}
    return Measure(**{"act": f"act on {whole['type_code']}", **whole})


def tariff(*measures: Measure, **fields: Any) -> Tariff:
    """A tariff of four lines, with these measures."""
    by_code: dict[str, tuple[Measure, ...]] = {}
    for one in measures:
        by_code[one.code] = (*by_code.get(one.code, ()), one)
    whole: dict[str, Any] = {
        "name": "xa",
        "edition": "2026",
        "currency": "XDC",
        "lines": {code: Line(code=code) for code in ("0102", LIVE, "01022990", "2402")},
        "measures": by_code,
        "areas": {"AFAR": frozenset({"XB", "XC"})},
        **fields,
    }
    return Tariff(**whole)


def goods(**fields: Any) -> Goods:
    """Live animals worth 1,000 on 1 March 2026."""
    whole: dict[str, Any] = {"code": LIVE, "day": DAY, "value": Decimal(1000), **fields}
    whole["quantities"] = {unit: Decimal(number) for unit, number in whole.get("quantities", {}).items()}
    return Goods(**whole)


def duties(*measures: Measure, rounding: Any = None, **asked: Any) -> Duties:
    law = {name: asked.pop(name) for name in ("single", "charges", "procedures", "reliefs") if name in asked}
    return Calculator(tariff(*measures, rounding=rounding or {}, **law), RATES).duties(goods(**asked))


__all__ = [
    "DAY",
    "LIVE",
    "RATES",
    "Condition",
    "Free",
    "Larger",
    "Smaller",
    "Sum",
    "duties",
    "each",
    "goods",
    "measure",
    "percent",
    "tariff",
]
