# SPDX-License-Identifier: Apache-2.0
"""How long a step takes, where some consignments still wait: Kaplan–Meier, weighted, with intervals by days drawn anew."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Shares of the consignments by which a step is to be over, as they are reported.
SHARES: Final = (0.5, 0.75, 0.9, 0.95)

#: Draws by which intervals are made (count), and the days without which there are none (count).
DRAWS: Final = 200
FEWEST_DAYS: Final = 5

Floats = NDArray[np.float64]


def quantiles(durations: Floats, is_over: NDArray[np.bool_], weights: Floats | None = None) -> tuple[float | None, ...]:
    """By when half, three quarters, … of the consignments are through, those that still wait counted as waiting.

    Args:
        durations: How long each took, or has waited so far (seconds), negative ones included; shape `(n,)`.
        is_over: Whether the step is over; shape `(n,)`.
        weights: How much each counts; None for all the same. Shape `(n,)`.

    Returns:
        One for each of `SHARES` (seconds); None where so many are not through yet.

    Source: Kaplan and Meier, Nonparametric estimation from incomplete observations, JASA 53, 1958 (product limit; where ends and
    censored times coincide, ends come first).
    """
    order = np.lexsort((~is_over, durations))
    counts = np.ones(len(durations)) if weights is None else weights[order]
    return _sorted_quantiles(durations[order], is_over[order], counts)


def _sorted_quantiles(durations: Floats, is_over: NDArray[np.bool_], counts: Floats) -> tuple[float | None, ...]:
    if not len(durations):
        return (None,) * len(SHARES)
    at_risk = np.cumsum(counts[::-1])[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(is_over & (counts > 0), np.log1p(-np.minimum(counts / at_risk, 1.0)), 0.0)
    through = 1.0 - np.exp(np.cumsum(lost))
    found: list[float | None] = []
    for share in SHARES:
        place = int(np.searchsorted(through, share - 1e-9))
        found.append(float(durations[place]) if place < len(durations) else None)
    return tuple(found)


def intervals(
    durations: Floats, is_over: NDArray[np.bool_], days: NDArray[np.int64], seed: int
) -> tuple[tuple[float | None, float | None] | None, ...]:
    """Intervals that hold the true figure 95 times of 100: days are drawn anew, since ships bring consignments in batches.

    Args:
        durations: As for `quantiles`.
        is_over: Likewise.
        days: Day of each, as a number; shape `(n,)`.
        seed: Of the draws; the same seed gives the same intervals.

    Returns:
        One for each of `SHARES`, as lower and upper end (seconds; an end is None where it is not reached yet); None where there are
        fewer than `FEWEST_DAYS` days.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993 (percentile interval, units drawn by cluster).
    """
    known, of_day = np.unique(days, return_inverse=True)
    if len(known) < FEWEST_DAYS:
        return (None,) * len(SHARES)
    order = np.lexsort((~is_over, durations))
    sorted_durations, sorted_over, sorted_days = durations[order], is_over[order], of_day[order]
    random = np.random.default_rng(seed)
    drawn = np.empty((DRAWS, len(SHARES)))
    for place in range(DRAWS):
        often = random.multinomial(len(known), np.full(len(known), 1.0 / len(known)))
        one = _sorted_quantiles(sorted_durations, sorted_over, often[sorted_days].astype(np.float64))
        drawn[place] = [math.inf if each is None else each for each in one]
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0, method="inverted_cdf")
    return tuple((_finite(float(first)), _finite(float(second))) for first, second in zip(low, high, strict=True))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def fences(durations: Floats) -> tuple[float, float] | None:
    """Beyond which a time is an outlier: three times the middle half's width below or above it; None for fewer than 20 times.

    Source: Tukey, Exploratory Data Analysis, 1977 (outer fences).
    """
    if len(durations) < 20:
        return None
    low, high = np.quantile(durations, (0.25, 0.75))
    width = 3.0 * (high - low)
    return float(low - width), float(high + width)
