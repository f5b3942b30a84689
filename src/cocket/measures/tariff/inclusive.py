# SPDX-License-Identifier: Apache-2.0
"""Charges that stand inside their own bases, or inside each other's: solved exactly, in fractions.

Each rate is, piece by piece, so much of its base and so much besides. Every choice of pieces gives linear equations; a
solution counts if each charge, computed on the base that it leads to, comes to itself. There must be exactly one. A base
below nothing counts as nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product

import msgspec

from cocket.measures.tariff.expression import Linear
from cocket.measures.tariff.formula import (
    AdValorem,
    Basis,
    Difference,
    Formula,
    Free,
    Larger,
    Missing,
    Scaled,
    Smaller,
    Stepped,
    Sum,
    amount,
    parts_of,
)

#: Choices of pieces that are tried at most.
_MOST = 256

#: So much of the base, and so much besides.
_Piece = tuple[Fraction, Fraction]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One charge of those that are solved together.

    Attributes:
        name: Its name.
        formula: Its rate.
        base: Its base; names of the members, and amounts that are known.
        floor: Least amount; None for none.
        cap: Highest amount; None for none.
    """

    name: str
    formula: Formula
    base: Linear
    floor: Decimal | None = None
    cap: Decimal | None = None


def solve(
    members: Sequence[Member], amounts: Mapping[str, Decimal], basis: Basis
) -> dict[str, tuple[Fraction, Fraction]] | tuple[Missing, ...]:
    """Amounts of charges that stand inside each other's bases.

    Args:
        members: The charges (1..n).
        amounts: Every other amount that their bases name.
        basis: What is known of the goods besides.

    Returns:
        Name → base, which may lie below nothing, and amount, exactly; or what is missing: an amount, or
        `inside-itself` where no answer or more than one fits, or the rates eat the base up.

    Source: linear algebra; the series of tax on tax converges only if the spectral radius of the rates is below one.
    """
    missing = tuple(
        Missing(reason="amount", what=name)
        for name in sorted({name for one in members for name in one.base.terms} - {""})
        if name not in amounts and all(name != one.name for one in members)
    )
    if missing:
        return missing
    names = [one.name for one in members]
    outside = [
        sum(
            (
                factor * (Fraction(amounts[name]) if name else 1)
                for name, factor in one.base.terms.items()
                if name not in names
            ),
            Fraction(),
        )
        for one in members
    ]
    inside = [[one.base.terms.get(name, Fraction()) for name in names] for one in members]
    lacking = tuple(dict.fromkeys(one for member in members for one in _lacking(member.formula, basis)))
    if lacking:
        return lacking
    pieces = [_all_pieces(one, basis, is_low=so_much < 0) for one, so_much in zip(members, outside, strict=True)]
    several = 1
    for choices in pieces:
        several *= len(choices)
    solutions: dict[tuple[Fraction, ...], tuple[Fraction, ...]] = {}
    for chosen in product(*pieces) if several <= _MOST else ():
        bases = _bases(chosen, inside, outside)
        if bases is None:
            continue
        sums = tuple(share * base + besides for (share, besides), base in zip(chosen, bases, strict=True))
        again = tuple(_clamped(one, base, basis) for one, base in zip(members, bases, strict=True))
        if sums == again:
            solutions[sums] = bases
    if len(solutions) != 1:
        what = f"{', '.join(names)}: {'no amount fits' if not solutions else 'more than one amount fits'}"
        return (Missing(reason="inside-itself", what=what),)
    ((sums, bases),) = solutions.items()
    return {name: (base, whole) for name, base, whole in zip(names, bases, sums, strict=True)}


def _bases(
    chosen: Sequence[_Piece], inside: Sequence[Sequence[Fraction]], outside: Sequence[Fraction]
) -> tuple[Fraction, ...] | None:
    """Bases that follow from one choice of pieces; None if the rates leave nothing of them."""
    size = len(chosen)
    shares = [[inside[row][column] * chosen[column][0] for column in range(size)] for row in range(size)]
    fixed = [outside[row] + sum(inside[row][c] * chosen[c][1] for c in range(size)) for row in range(size)]
    left = [[Fraction(int(row == column)) - shares[row][column] for column in range(size)] for row in range(size)]
    ones = _solved(left, [Fraction(1)] * size)
    if ones is None or any(one <= 0 for one in ones):
        return None
    return _solved(left, fixed)


def _solved(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """Gauss and Jordan, exactly."""
    size = len(matrix)
    rows = [[*matrix[place], right[place]] for place in range(size)]
    for column in range(size):
        pivot = next((place for place in range(column, size) if rows[place][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column][column]
        rows[column] = [one / head for one in rows[column]]
        for place in range(size):
            if place != column and rows[place][column]:
                times = rows[place][column]
                rows[place] = [one - times * other for one, other in zip(rows[place], rows[column], strict=True)]
    return tuple(row[-1] for row in rows)


def _lacking(formula: Formula, basis: Basis) -> tuple[Missing, ...]:
    """What of a rate is not known, apart from its base (0..n)."""
    match formula:
        case Free() | AdValorem(_, "customs-value" | "excess"):
            return ()
        case Sum() | Larger() | Smaller() | Difference() | Scaled() | Stepped():
            return tuple(one for part in parts_of(formula) for one in _lacking(part, basis))
    found = amount(formula, basis)
    return found if isinstance(found, tuple) else ()


def _all_pieces(member: Member, basis: Basis, *, is_low: bool) -> tuple[_Piece, ...]:
    """Every piece of a charge; where its base may lie below nothing, also what the charge comes to on nothing."""
    limits = ((Fraction(), Fraction(limit)) for limit in (member.floor, member.cap) if limit is not None)
    lowest = ((Fraction(), _clamped(member, Fraction(), basis)),) if is_low else ()
    return tuple(dict.fromkeys((*_pieces(member.formula, basis, None), *limits, *lowest)))


def _pieces(formula: Formula, basis: Basis, above: Fraction | None) -> tuple[_Piece, ...]:
    """Every piece of which a rate may be made up; `above` is where its step begins, None outside steps."""
    match formula:
        case Free():
            return ((Fraction(), Fraction()),)
        case AdValorem(percent, "customs-value"):
            return ((Fraction(percent) / 100, Fraction()),)
        case AdValorem(percent, "excess") if above is not None:
            return ((Fraction(percent) / 100, -Fraction(percent) / 100 * above),)
        case Sum(parts):
            return _sums([_pieces(part, basis, above) for part in parts])
        case Larger(parts) | Smaller(parts):
            return tuple(dict.fromkeys(one for part in parts for one in _pieces(part, basis, above)))
        case Difference(minuend, subtrahend):
            less = tuple((-share, -besides) for share, besides in _pieces(subtrahend, basis, above))
            return (*_sums([_pieces(minuend, basis, above), less]), (Fraction(), Fraction()))
        case Scaled(factor, of, per):
            times = Fraction(factor) / Fraction(per)
            return tuple((share * times, besides * times) for share, besides in _pieces(of, basis, above))
        case Stepped(bands):
            every = (one for band in bands for one in _pieces(band.formula, basis, Fraction(band.above or 0)))
            return tuple(dict.fromkeys(every))
    found = amount(formula, basis)
    return ((Fraction(), Fraction(found) if isinstance(found, Decimal) else Fraction()),)


def _sums(every: Sequence[tuple[_Piece, ...]]) -> tuple[_Piece, ...]:
    return tuple(
        (sum((one[0] for one in chosen), Fraction()), sum((one[1] for one in chosen), Fraction()))
        for chosen in product(*every)
    )


def _clamped(member: Member, base: Fraction, basis: Basis) -> Fraction:
    """What a charge comes to on a base, which counts as nothing where it is less, within its limits."""
    base = max(base, Fraction())
    found = _exact(member.formula, base, base, basis)
    if member.floor is not None:
        found = max(found, Fraction(member.floor))
    return min(found, Fraction(member.cap)) if member.cap is not None else found


def _exact(formula: Formula, base: Fraction, excess: Fraction, basis: Basis) -> Fraction:
    match formula:
        case AdValorem(percent, "customs-value"):
            return base * Fraction(percent) / 100
        case AdValorem(percent, "excess"):
            return excess * Fraction(percent) / 100
        case Sum(parts):
            return sum((_exact(part, base, excess, basis) for part in parts), Fraction())
        case Larger(parts):
            return max(_exact(part, base, excess, basis) for part in parts)
        case Smaller(parts):
            return min(_exact(part, base, excess, basis) for part in parts)
        case Difference(minuend, subtrahend):
            less = _exact(subtrahend, base, excess, basis)
            return max(_exact(minuend, base, excess, basis) - less, Fraction())
        case Scaled(factor, of, per):
            return Fraction(factor) * _exact(of, base, excess, basis) / Fraction(per)
        case Stepped(bands):
            for band in bands:
                if band.to is None or base <= Fraction(band.to):
                    return _exact(band.formula, base, base - Fraction(band.above or 0), basis)
            return Fraction(-1)
    found = amount(formula, basis)
    return Fraction(found) if isinstance(found, Decimal) else Fraction(-1)
