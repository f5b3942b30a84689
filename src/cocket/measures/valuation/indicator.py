# SPDX-License-Identifier: Apache-2.0
"""The indicator: how a declared value stands among others, and whether there is reason to ask. It never says a value.

Source: WTO Committee on Customs Valuation, Decision 6.1 (reason to doubt the truth or accuracy of particulars);
Valuation Agreement, article 7.2 (f) and (g); WCO guidelines on national valuation databases (a tool of risk assessment).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, Literal

import msgspec

from cocket.findings import Finding
from cocket.measures.valuation.comparison import Compared, Comparisons, ComparisonSet
from cocket.measures.valuation.declared import DeclaredValue, unit_value
from cocket.measures.valuation.inquiry import Inquiry, inquiry

Outcome = Literal["nothing-unusual", "ask", "cannot-say"]

#: Points of a set that a picture shows at most (count).
_POINTS = 60


class Indication(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How the declared value of one item stands among others.

    Attributes:
        outcome: `nothing-unusual`; `ask`: there is reason to ask for an explanation; `cannot-say`: nothing comparable.
        declared_unit_value: The declared value per unit, six digits; None if it has none.
        set: What it was compared with; None if with nothing.
        distance: How far it lies from the middle of the set, in robust standard deviations; below zero is low.
        rank: How many members of the set are lower (count).
        grounds: Why to ask, or why nothing can be said (0..n), in words for the officer.
    """

    outcome: Outcome
    declared_unit_value: Decimal | None = None
    set: ComparisonSet | None = None
    distance: float | None = None
    rank: int | None = None
    grounds: tuple[Finding, ...] = ()


def indicate(declared: DeclaredValue, comparisons: Comparisons) -> Indication:
    """How one declared value stands among those known before its day.

    Args:
        declared: The item.
        comparisons: What is remembered.

    Returns:
        The indication; too small a set gives `cannot-say` and no figure.

    Source: Iglewicz and Hoaglin, How to detect and handle outliers, 1993 (distance from the median in MAD).
    """
    compared = comparisons.compare(declared)
    if isinstance(compared, Finding):
        return Indication(outcome="cannot-say", grounds=(compared,))
    if compared.set is None:
        least = comparisons.practice.least_members
        return Indication(outcome="cannot-say", grounds=(_too_few(compared, least),))
    spread, practice = compared.set.spread, comparisons.practice
    near = min(compared.set.groups or (spread,), key=lambda one: abs(compared.unit_log - one.median) / one.scatter)
    off = compared.unit_log - near.median
    distance = (compared.unit_log - spread.median) / spread.scatter
    is_unusual = abs(off) >= practice.distance * near.scatter and abs(off) >= -math.log1p(-practice.gap)
    return Indication(
        outcome="ask" if is_unusual else "nothing-unusual",
        declared_unit_value=_unit_value(declared, compared.set, comparisons),
        set=compared.set,
        distance=distance,
        rank=bisect_left(compared.others, compared.unit_log),
        grounds=(_ground(compared.set, off),) if is_unusual else (),
    )


def indicate_all(declared: Iterable[DeclaredValue], comparisons: Comparisons) -> list[Indication]:
    """How many declared values stand, each as `indicate` has it.

    Args:
        declared: Items in any order; by day it is quickest, and so they are looked at.
        comparisons: What is remembered.

    Returns:
        Indications in the order of the items.
    """
    items = list(declared)
    found: list[Indication | None] = [None] * len(items)
    for place in sorted(range(len(items)), key=lambda place: items[place].day):
        found[place] = indicate(items[place], comparisons)
    return [one for one in found if one is not None]


def inquiry_of(indication: Indication, further: Iterable[Finding] = ()) -> Inquiry | None:
    """What to ask the importer; None where there is no reason to ask.

    Args:
        indication: Assessment of the value.
        further: Questions on what Article 8 adds (0..n); a warning among them is a reason of its own.
    """
    open_ = tuple(further)
    grounds = indication.grounds if indication.outcome == "ask" else ()
    has_reason = bool(grounds) or any(one.severity == "warning" for one in open_)
    return inquiry(grounds, open_) if has_reason else None


def points_of(declared: DeclaredValue, comparisons: Comparisons) -> tuple[float, ...]:
    """Members of the set an item is compared with, as a picture shows them.

    Returns:
        Each as a multiple of the declared unit value, in ascending order (0..60, evenly chosen of more).
    """
    compared = comparisons.compare(declared)
    if isinstance(compared, Finding) or not compared.others:
        return ()
    others, size = compared.others, len(compared.others)
    shown = others if size <= _POINTS else [others[i * (size - 1) // (_POINTS - 1)] for i in range(_POINTS)]
    return tuple(round(math.exp(one - compared.unit_log), 4) for one in shown)


def _unit_value(declared: DeclaredValue, compared: ComparisonSet, comparisons: Comparisons) -> Decimal | None:
    rates = comparisons.rates
    rate = rates.of(declared.currency, declared.day) if rates and compared.currency == rates.currency else None
    return unit_value(declared, compared.unit, rate)


#: Whether a value is below others, and whether others are in two groups → what is said of it.
_GROUNDS: Final = {
    (True, False): "the value per {unit} is {percent} % below the median of {size} declarations of such goods",
    (False, False): "the value per {unit} is {percent} % above the median of {size} declarations of such goods",
    (True, True): (
        "the value per {unit} is {percent} % below the median of the nearer of two groups in {size} declarations of such goods"
    ),
    (False, True): (
        "the value per {unit} is {percent} % above the median of the nearer of two groups in {size} declarations of such goods"
    ),
}


def _ground(compared: ComparisonSet, off: float) -> Finding:
    percent = abs(100 * math.expm1(off))
    says = _GROUNDS[off < 0, bool(compared.groups)]
    return Finding(
        code="value-under-others" if off < 0 else "value-over-others",
        severity="warning",
        message=says,
        arguments={"unit": compared.unit, "percent": f"{percent:.0f}", "size": str(compared.spread.size)},
    )


def _too_few(compared: Compared, least: int) -> Finding:
    item = compared.item
    return Finding(
        code="set-too-small",
        severity="info",
        message="fewer than {expected} comparable declarations of {code} from {origin} by {unit} are known",
        expected=str(least),
        arguments={"code": item.code, "origin": item.origin, "unit": item.unit},
    )
