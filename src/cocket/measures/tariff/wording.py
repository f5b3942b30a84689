# SPDX-License-Identifier: Apache-2.0
"""A formula in the words of tariffs, for people."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from cocket.measures.tariff.formula import (
    AdValorem,
    Banded,
    Choice,
    Difference,
    Formula,
    Free,
    Larger,
    NotUnderstood,
    Scaled,
    Smaller,
    Specific,
    Sum,
)

_OF = {"customs-value": "", "retail-price": " of retail price", "vat-base": ""}


def wording(formula: Formula) -> str:
    """A rate as people write it: `10.20 % + 93.10 EUR / 100 KGM`.

    Args:
        formula: The formula.

    Source: TARIC duty expressions.
    """
    match formula:
        case Free():
            return "free"
        case AdValorem(percent, base):
            return f"{number(percent)} %{_OF[base]}"
        case Specific(money, currency, unit, per):
            return f"{number(money)} {currency} / {number(per) + ' ' if per != 1 else ''}{unit}"
        case Sum(parts):
            return " + ".join(wording(part) for part in parts)
        case Larger(parts):
            return f"the higher of {'; '.join(wording(part) for part in parts)}"
        case Smaller(parts):
            return f"the lower of {'; '.join(wording(part) for part in parts)}"
        case Difference(minuend, subtrahend):
            return f"{wording(minuend)} less {wording(subtrahend)}"
        case Scaled(factor, of):
            return f"{number(factor)} × ({wording(of)})"
        case Banded(unit, currency, bands):
            return "; ".join(
                f"{_range(band.above, band.to, f'{currency}/{unit}')}: {wording(band.formula)}" for band in bands
            )
        case Choice(cases):
            return "; ".join(f"{case.condition or 'other'}: {wording(case.formula)}" for case in cases)
        case NotUnderstood(text, _):
            return text
    assert_never(formula)


def number(value: Decimal) -> str:
    """A number without an exponent or noughts that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _range(above: Decimal | None, to: Decimal | None, unit: str) -> str:
    lower = f"above {number(above)}" if above is not None else ""
    upper = f"up to {number(to)}" if to is not None else ""
    return " ".join(part for part in (lower, upper, unit) if part)
