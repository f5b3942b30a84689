# SPDX-License-Identifier: Apache-2.0
"""How much precision a weight on duty costs, and how much revenue it brings: the choice is the administration's.

Sorting by duty alone finds most of the revenue and few of the offenders; sorting by the chance of a find alone the other way
round. Between them lies a frontier, and a figure of either without the other is half the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from cocket.risk.estimate import Trial, first_of, share_of

#: Weights tried: from the chance of a find alone to the duty expected.
WEIGHTS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)


class Ranked(msgspec.Struct, frozen=True):
    """A case whose truth is known.

    Attributes:
        trial: The case, examined; its score is the chance of a find (0–1).
        duty: Duty at stake, national currency; None if unknown.
    """

    trial: Trial
    duty: float | None


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What one weight on duty gives.

    Attributes:
        weight: The weight (0–1).
        precision: Share of those selected in which something was found (0–1).
        interval: The interval of 95 % in which that share lies.
        revenue: Share of all duty recovered that was recovered in those selected (0–1).
    """

    weight: float
    precision: float
    interval: tuple[float, float]
    revenue: float


def frontier(
    cases: Sequence[Ranked], budget: float, duty_unit: float, weights: Sequence[float] = WEIGHTS
) -> tuple[Point, ...]:
    """Precision and revenue of each weight at one budget.

    Args:
        cases: Cases whose truth is known (0..n).
        budget: Share of cases that can be examined (above 0, at most 1).
        duty_unit: As `Policy.duty_unit`.
        weights: Weights to try.

    Returns:
        One point a weight; none where nothing is known.
    """
    if not cases:
        return ()
    return tuple(_point(cases, budget, duty_unit, weight) for weight in weights)


def choose_weight(points: Sequence[Point], least_precision: float) -> Point | None:
    """The point with most revenue whose precision is at least a share of the best precision.

    Args:
        points: Of `frontier`.
        least_precision: Share of the best precision that is to be kept (0–1).
    """
    best = max((point.precision for point in points), default=0.0)
    kept = [point for point in points if point.precision >= least_precision * best]
    return max(kept, key=lambda point: (point.revenue, -point.weight), default=None)


def _point(cases: Sequence[Ranked], budget: float, duty_unit: float, weight: float) -> Point:
    duties = {id(case.trial): max(0.0, case.duty or 0.0) for case in cases}

    def height(one: Trial) -> float:
        return float(one.score * (1.0 + duties[id(one)] / duty_unit) ** weight)

    trials = [case.trial for case in cases]
    first = first_of(trials, budget, height)
    share = share_of(first)
    mine, whole = (sum(one.amount * stands for one, stands in part) for part in (first, first_of(trials, 1.0, height)))
    return Point(
        weight=weight,
        precision=share.value,
        interval=(share.low, share.high),
        revenue=mine / whole if whole else 0.0,
    )
