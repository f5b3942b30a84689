# SPDX-License-Identifier: Apache-2.0
"""What hides in a set of declared unit values: two grades of goods under one code, and prices that move through the year.

Neither says what goods are worth. They keep a set from being read as one heap at rest when it is not: then a grade that is
rarer looks unusual, and a value far below those of its own month looks usual.
Source: Otsu, A threshold selection method from gray-level histograms, IEEE Transactions on Systems, Man, and Cybernetics 9
(1979), for where two groups part; Ashman, Bird and Zepf, Detecting bimodality in astronomical datasets, The Astronomical
Journal 108 (1994), for how far apart they must lie; Tukey, Exploratory data analysis (1977), resistant line, for the trend.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from cocket.measures.valuation.window import Spread, spread_of

#: Members below which a set is taken as it is (count).
LEAST_SHAPED: Final = 40

#: The least share of members that is a group (0–1), and the least number of them (count).
_LEAST_SHARE: Final = 0.08
_LEAST_GROUP: Final = 10

#: From this on two groups lie apart (Ashman's D), and by so much more over the root of the members, for what chance does;
#: the halves of one heap reach 2.3, of one that is flat 2.7.
_APART: Final = 3.3
_UNCERTAIN: Final = 9.0

#: A trend counts from so many standard errors, and so much a year (natural logarithm), on.
_CERTAIN, _MOVES = 5.0, 0.1
_YEAR: Final = 365.25


def groups_of(ordered: Sequence[float]) -> tuple[Spread, ...]:
    """The two groups that a set falls into.

    Args:
        ordered: Natural logarithms of unit values, in ascending order.

    Returns:
        How each spreads, the lower first; none if it is one heap, or too small to tell.
    """
    size = len(ordered)
    least = max(_LEAST_GROUP, math.ceil(size * _LEAST_SHARE))
    if size < LEAST_SHAPED or ordered[0] == ordered[-1]:
        return ()
    sums = list(accumulate(ordered))

    def between(split: int) -> float:
        lower, upper = sums[split - 1] / split, (sums[-1] - sums[split - 1]) / (size - split)
        return split * (size - split) * (upper - lower) ** 2

    split = max(range(least, size - least + 1), key=between)
    lower, upper = spread_of(ordered[:split]), spread_of(ordered[split:])
    apart = math.sqrt(2) * (upper.median - lower.median) / math.hypot(lower.scatter, upper.scatter)
    return (lower, upper) if apart >= _APART + _UNCERTAIN / math.sqrt(size) else ()


def trend_of(points: Sequence[tuple[int, float]]) -> float:
    """How a set moves through its time.

    Args:
        points: Day number and natural logarithm of the unit value of each member, in ascending order of days.

    Returns:
        Change of the logarithm a day; 0 where the set is too small, its time too short, or nothing moves for certain.
    """
    size = len(points)
    third = size // 3
    if size < LEAST_SHAPED:
        return 0.0
    early, late = points[:third], points[-third:]
    days = _middle([day for day, _ in late]) - _middle([day for day, _ in early])
    if days < _YEAR / 12:
        return 0.0
    slope = (_middle([log for _, log in late]) - _middle([log for _, log in early])) / days
    left = sorted(log - slope * day for day, log in points)
    error = spread_of(left).scatter * 1.2533 * math.sqrt(2 / third) / days
    is_certain = abs(slope) >= _CERTAIN * error and abs(slope) * _YEAR >= _MOVES
    return slope if is_certain else 0.0


def _middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
