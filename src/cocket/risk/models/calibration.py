# SPDX-License-Identifier: Apache-2.0
"""From the raw sum of a model to a chance that holds for all declarations, not only for the ones somebody chose.

Examined cases are not like the rest: rules picked them. Weighing each by one over its chance of being picked lets the
few drawn at random speak for the many that were not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

#: One case speaks for at most this many others, so that a single random hit does not move the whole scale.
_MOST_WEIGHT = 40.0

#: Strength of the belief, before any case, that the raw sum needs no change.
_PRIOR = 4.0


def chance(raw: float, scale: tuple[float, float]) -> float:
    """The calibrated chance (0–1) of a raw log-odds; `scale` is (slope, intercept)."""
    odds = max(-40.0, min(40.0, scale[0] * raw + scale[1]))
    return 1.0 / (1.0 + math.exp(-odds))


def fit_scale(
    raw: Sequence[float],
    found: Sequence[bool],
    propensities: Sequence[float | None],
    most_weight: float = _MOST_WEIGHT,
) -> tuple[float, float]:
    """Slope and intercept that make raw log-odds into chances.

    Args:
        raw: Log-odds of cases the model was not trained on, `(n,)`.
        found: Whether each was found irregular, `(n,)`.
        propensities: Chance with which each was examined; None counts as 1.
        most_weight: One case speaks for at most so many others.

    Returns:
        (slope, intercept), slope above 0; (1, 0) for no cases.

    Source: Platt, Probabilistic outputs for support vector machines, 1999; Horvitz and Thompson, Journal of the
    American Statistical Association 47, 1952 (weighting by inverse probability).
    """
    weights = [min(most_weight, 1.0 / (propensity or 1.0)) for propensity in propensities]
    effective = sum(weights) ** 2 / sum(w * w for w in weights) if weights else 0.0
    unit = effective / sum(weights) if weights else 0.0
    slope, intercept = 1.0, 0.0
    for _ in range(50):
        slope_pull, level_pull = _PRIOR * (1.0 - slope), 0.0
        ss, sl, ll = _PRIOR, 0.0, 1e-9
        for x, y, w in zip(raw, found, weights, strict=True):
            p = chance(x, (slope, intercept))
            miss, curve = unit * w * (y - p), unit * w * p * (1.0 - p)
            slope_pull, level_pull = slope_pull + miss * x, level_pull + miss
            ss, sl, ll = ss + curve * x * x, sl + curve * x, ll + curve
        determinant = ss * ll - sl * sl
        slope_step = (ll * slope_pull - sl * level_pull) / determinant
        level_step = (ss * level_pull - sl * slope_pull) / determinant
        slope, intercept = max(0.1, slope + slope_step), intercept + max(-2.0, min(2.0, level_step))
        if abs(slope_step) + abs(level_step) < 1e-10:
            break
    return slope, intercept
