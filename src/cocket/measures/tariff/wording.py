# SPDX-License-Identifier: Apache-2.0
"""A formula in the words of tariffs, for people."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from cocket.measures.tariff.formula import (
    AdValorem,
    Among,
    Banded,
    Choice,
    Difference,
    Flat,
    Formula,
    Free,
    Larger,
    NotUnderstood,
    PerPoint,
    Priced,
    Scaled,
    Smaller,
    Specific,
    Stepped,
    Sum,
)

#: Says that a cell of several rates grants nothing to the goods.
NO_CONCESSION = "no concession"

#: Says that the goods are none of the cases that are named.
OTHER_CASE = frozenset({"other", "その他", "その他のもの"})

_LONGEST = 40
_OF = {"customs-value": "", "retail-price": " of retail price", "vat-base": "", "excess": " of excess"}


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
        case Flat(money, currency):
            return f"{number(money)} {currency} flat"
        case Stepped(bands):
            return "; ".join(
                f"{_range(band.above, band.to, ('above', 'up to')) or 'any'}: {wording(band.formula)}" for band in bands
            )
        case Sum(parts):
            return " + ".join(wording(part) for part in parts)
        case Larger(parts):
            return f"the higher of {'; '.join(wording(part) for part in parts)}"
        case Smaller(parts):
            return f"the lower of {'; '.join(wording(part) for part in parts)}"
        case Difference(minuend, subtrahend):
            return f"{wording(minuend)} less {wording(subtrahend)}"
        case Scaled(factor, of, per):
            return f"{number(factor)}{f'/{number(per)}' if per != 1 else ''} × ({wording(of)})"
        case Banded(unit, currency, bands, is_from):
            words = ("from", "below") if is_from else ("above", "up to")
            return "; ".join(
                f"{_range(band.above, band.to, words)} {currency}/{unit}: {wording(band.formula)}" for band in bands
            )
        case Choice(cases):
            return "; ".join(f"{case.condition or 'other'}: {wording(case.formula)}" for case in cases)
        case Among(parts, or_none, spans):
            joints = (" … " if place in spans else "; " for place in range(len(parts)))
            named = "".join(wording(part) + joint for part, joint in zip(parts, joints, strict=True))
            return f"one of {named.removesuffix('; ')}{f' or {NO_CONCESSION}' if or_none else ''}"
        case Priced(fact, currency, unit):
            return f"{fact} in {currency} / {unit}"
        case PerPoint(fact, above, money, currency, unit):
            return f"{number(money)} {currency} / {unit} for each per cent of {fact} above {number(above)}"
        case NotUnderstood(text, _):
            return text
    assert_never(formula)


def number(value: Decimal) -> str:
    """A number without an exponent or noughts that say nothing; one beyond all measure as it is."""
    if not value.is_finite() or abs(value.adjusted()) > _LONGEST:
        return str(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _range(above: Decimal | None, to: Decimal | None, words: tuple[str, str]) -> str:
    lower = f"{words[0]} {number(above)}" if above is not None else ""
    upper = f"{words[1]} {number(to)}" if to is not None else ""
    return " ".join(part for part in (lower, upper) if part)
