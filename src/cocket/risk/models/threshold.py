# SPDX-License-Identifier: Apache-2.0
"""The value under which clearance is simplified, read off the values themselves where nobody states it.

Whoever may pay less under a limit declares much just under it and little just over it, honest parcels and split consignments
alike. No other value of a country's trade leaves such a step.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cocket.risk.threats.chance import binomial_tail

#: How wide each band beside a limit is (ln): a tenth of it.
_BAND: Final = -math.log(0.9)

#: Share of both bands that must at least lie under a limit: a third more than over it.
_LEAST: Final = 0.57

#: Chance at most that any of all limits tried looks like one by itself (0–1).
_FALSE: Final = 1e-4

#: How near limits lie that are one step (share); laws name the roundest of them.
_NEAR: Final = 0.03

#: Limits tried, two digits each, and those of laws that have three: as shares of a power of ten.
_DIGITS: Final = tuple(sorted({*(place / 10 for place in range(10, 100)), 1.35}))


def threshold_in(entries: pl.DataFrame) -> float | None:
    """The value that declarations keep just under, national currency; None where there is no such step.

    Args:
        entries: Goods items with the names of `Entry` (0..n rows); those of one declaration are added up.

    Source: McCrary, Journal of Econometrics 142, 2008 (a step of the density); Kleven, Annual Review of Economics 8, 2016
    (what piles up under a limit).
    """
    if not {"id", "value"} <= set(entries.columns):
        return None
    owner = pl.col("id") if "declaration" not in entries.columns else pl.coalesce("declaration", "id")
    values = entries.group_by(owner).agg(pl.col("value").cast(pl.Float64).sum())["value"].to_numpy()
    values = np.sort(values[np.isfinite(values) & (values > 0.0)])
    if not len(values):
        return None
    low, high = (int(np.floor(np.log10(end))) for end in (values[0], values[-1]))
    tried = [round(digits * 10.0**power, 6) for power in range(low, high + 1) for digits in _DIGITS]
    chances = {limit: _chance_of(values, limit) for limit in tried}
    steps = {limit: chance for limit, chance in chances.items() if chance * len(tried) <= _FALSE}
    if not steps:
        return None
    clearest = min(steps, key=lambda limit: (steps[limit], limit))
    near = [limit for limit in steps if abs(limit - clearest) <= _NEAR * clearest]
    return min(near, key=lambda limit: (len(f"{limit:e}".split("e")[0].rstrip("0")), steps[limit]))


def _chance_of(values: NDArray[np.float64], limit: float) -> float:
    """Chance that so many of the values near a limit lie under it by themselves; 1 where it is no step.

    How much the density falls anyway is taken from the next bands on both sides, three times as far apart. Values of exactly
    the limit are round numbers and count on neither side.
    """
    before, start = np.searchsorted(values, [limit * math.exp(-2 * _BAND), limit * math.exp(-_BAND)], side="left")
    end = np.searchsorted(values, limit, side="left")
    first, last, after = np.searchsorted(
        values, [limit, *(limit * math.exp(far * _BAND) for far in (1, 2))], side="right"
    )
    under, over = int(end - start), int(last - first)
    if under < _LEAST * (under + over):
        return 1.0
    falls = ((int(start - before) + 1.0) / (int(after - last) + 1.0)) ** (1.0 / 3.0)
    return binomial_tail(under, under + over, max(0.5, falls / (1.0 + falls)))
