# SPDX-License-Identifier: Apache-2.0
"""How exact a design can be before anything is measured: the variance of an effect, for any design of offices and periods.

Outcomes of one office resemble each other, those of one month in it more than those of two. Both are stated, never assumed away:
a design that ignores them finds effects where there are none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from cocket.errors import SenderError

Array = npt.NDArray[np.float64]

#: Draws by which the doubtful end of what the past tells is found (count).
_REDRAWN: Final = 400

#: Offices and periods below which the past tells nothing of how outcomes resemble each other (count).
FEWEST_OFFICES: Final = 4
FEWEST_PERIODS: Final = 2


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How alike outcomes are within an office.

    Attributes:
        icc: Share of the variance that is between cells of office and period (0–1).
        cac: Correlation of two cells of one office in two periods (0–1); with `is_decay` of two periods that follow each other.
        iac: Correlation of one person or trader with itself in two periods (0–1); 0 where every period has new consignments.
        is_decay: Whether the correlation falls with the distance of periods.
    """

    icc: float = 0.01
    cac: float = 0.8
    iac: float = 0.0
    is_decay: bool = False


class SpreadOfPast(msgspec.Struct, frozen=True, kw_only=True):
    """What the past tells of how alike outcomes are.

    Attributes:
        spread: The pessimistic end, to plan by.
        likely: The estimate itself.
        base: Mean of the outcome (0–1).
        cell_size: Median consignments of an office in a period (count).
        offices: Offices it rests on (count).
        periods: Periods it rests on (count).
    """

    spread: Spread
    likely: Spread
    base: float
    cell_size: float
    offices: int
    periods: int


def effect_variance(treated: Array, cell_size: float, spread: Spread, variance: float = 1.0) -> float:
    """Variance of the estimated effect by generalised least squares.

    Args:
        treated: 1 where an office has the treatment in a period, 0 where not, NaN where it takes no part; (n_offices, n_periods).
        cell_size: Consignments of an office in a period.
        spread: How alike outcomes are.
        variance: Of one outcome, as of 5 in 100: 0.05 · 0.95.

    Returns:
        In the squared unit of the outcome; infinite where the design tells nothing of the effect.

    Raises:
        SenderError: A share is outside 0–1, or the cells are empty.

    Source: Hooper et al., Sample size calculation for stepped wedge and other longitudinal cluster randomised trials (2016); Li, Hughes
    et al., Mixed-effects models for stepped wedge designs (2020), nested exchangeable and exponential decay structures.
    """
    _check(spread, cell_size)
    periods = treated.shape[1]
    lag = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    alike = spread.cac**lag if spread.is_decay else np.where(lag == 0, 1.0, spread.cac)
    same = np.where(lag == 0, 1.0, spread.iac)
    whole = variance * spread.icc * alike + variance * (1 - spread.icc) / cell_size * same
    information = np.zeros((periods + 1, periods + 1))
    for row in treated:
        there = ~np.isnan(row)
        if not there.any():
            continue
        design = np.column_stack([np.eye(periods)[there], row[there]])
        information += design.T @ np.linalg.solve(whole[np.ix_(there, there)], design)
    seen = np.append(~np.isnan(treated).all(axis=0), True)
    information = information[np.ix_(seen, seen)]
    if np.linalg.matrix_rank(information) < information.shape[0]:
        return math.inf
    return float(np.linalg.inv(information)[-1, -1])


def smallest_effect(variance: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest effect that is found with this power by a two-sided test, in the unit of the outcome (normal approximation).

    With few offices it is too hopeful: simulate before anybody is promised anything.

    Source: Lachin, Introduction to sample size determination and power analysis for clinical trials (1981).
    """
    return (NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)) * math.sqrt(variance)


def consignments_per_arm(base: float, effect: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Consignments that are needed in each arm where chance decides consignment by consignment (count).

    Args:
        base: Share without the treatment (0–1).
        effect: Difference that is to be found, of the share.
        power: Chance of finding it.
        alpha: Two-sided.

    Raises:
        SenderError: A share is not between 0 and 1, or there is no effect to find.

    Source: Fleiss, Statistical Methods for Rates and Proportions, 3rd edition, chapter 4 (variances not pooled, no continuity correction).
    """
    other = base + effect
    if not 0 < base < 1 or not 0 < other < 1 or effect == 0:
        raise SenderError("Base and effect must leave shares between 0 and 1.", code="pilot-effect")
    apart = base * (1 - base) + other * (1 - other)
    reach = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    return math.ceil(reach**2 * apart / effect**2 - 1e-9)


def spread_of_past(found: Sequence[Sequence[float]], sizes: Sequence[Sequence[float]], seed: int = 1) -> SpreadOfPast:
    """How alike outcomes were, by moments; the pessimistic end by drawing offices again.

    Args:
        found: Outcomes of each office in each period (sums), (n_offices, n_periods).
        sizes: Consignments behind them; 0 where there were none.
        seed: Of the drawing.

    Returns:
        To plan by: the ICC that 8 of 10 draws stay below and the CAC that 8 of 10 stay above.

    Raises:
        SenderError: There are too few offices or periods, or nothing or everything was found.

    Source: Searle, Casella, McCulloch, Variance Components (1992), chapter 4 (moments).
    """
    sums, counts = np.asarray(found, dtype=float), np.asarray(sizes, dtype=float)
    if (
        counts.ndim != 2
        or (counts > 0).any(axis=1).sum() < FEWEST_OFFICES
        or (counts > 0).any(axis=0).sum() < FEWEST_PERIODS
    ):
        raise SenderError(
            "The past holds too few offices or periods to tell how alike outcomes are.",
            code="pilot-past",
            expected=f"{FEWEST_OFFICES} offices, {FEWEST_PERIODS} periods",
            hint="State icc and cac, and say where they come from.",
        )
    base = float(sums.sum() / counts.sum())
    if not 0 < base < 1:
        raise SenderError("Nothing, or everything, was found in the past: its spread is not known.", code="pilot-past")
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(counts > 0, sums / counts, np.nan)
    likely = _moments(means, counts, base)
    chance = np.random.default_rng(seed)
    drawn = [
        _moments(means[pick], counts[pick], base)
        for pick in chance.integers(0, len(means), size=(_REDRAWN, len(means)))
    ]
    spread = Spread(
        icc=float(np.quantile([one.icc for one in drawn], 0.8)), cac=float(np.quantile([one.cac for one in drawn], 0.2))
    )
    there = counts > 0
    return SpreadOfPast(
        spread=spread,
        likely=likely,
        base=base,
        cell_size=float(np.median(counts[there])),
        offices=int(there.any(axis=1).sum()),
        periods=int(there.any(axis=0).sum()),
    )


def _moments(means: Array, counts: Array, base: float) -> Spread:
    """ICC and CAC by moments, held to what is possible."""
    there = ~np.isnan(means)
    of_period = np.array([column[~np.isnan(column)].mean() if (~np.isnan(column)).any() else 0.0 for column in means.T])
    apart = np.where(there, means - of_period, 0.0)
    cells = there.sum()
    within = base * (1 - base)
    sampling = float((within / np.maximum(counts, 1))[there].mean())
    freed = max(1.0 - 1.0 / max(there.sum(axis=0).mean(), 1.0), 0.1)
    between = max(float((apart**2).sum() / cells / freed) - sampling, 0.0)
    pairs, products = 0.0, 0.0
    for row, known in zip(apart, there, strict=True):
        number = known.sum()
        pairs += number * (number - 1)
        products += row.sum() ** 2 - (row**2).sum()
    office = min(max(products / pairs / freed if pairs else 0.0, 0.0), between)
    return Spread(icc=between / (between + within), cac=office / between if between > 0 else 1.0)


def _check(spread: Spread, cell_size: float) -> None:
    shares = {"icc": spread.icc, "cac": spread.cac, "iac": spread.iac}
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise SenderError(f"{name} must be between 0 and 1.", code="pilot-spread", found=str(value))
    if spread.icc >= 1 or spread.iac >= 1:
        raise SenderError("icc and iac must be below 1.", code="pilot-spread")
    if cell_size <= 0:
        raise SenderError("Each office needs consignments in each period.", code="pilot-size", found=str(cell_size))
