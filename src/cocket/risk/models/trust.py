# SPDX-License-Identifier: Apache-2.0
"""How much the result of an examination teaches: one officer's word in a hurry weighs less than two officers' careful one.

So that nobody who corrupts, tires or pressures one officer can teach the model to look away.
"""

from __future__ import annotations

import polars as pl

#: An examination is hurried below this share of the usual time for its office and depth.
HURRIED_SHARE = 1.0 / 3.0

#: Columns of results that tell how careful an examination was.
CARE = ("office", "depth", "officers", "minutes")

ONE_OFFICER, HURRIED, CLEARED_IN_A_HURRY = 0.8, 0.6, 0.4


def weight_of(*, found: bool, officers: int | None, minutes: float | None, usual_minutes: float | None) -> float:
    """Weight of a result in learning (0–1).

    Args:
        found: Whether it found an irregularity; a find was seen and written up, "nothing" may be a glance.
        officers: Officers who signed it; None if nobody wrote it down, which counts as one.
        minutes: How long it took; None if unknown.
        usual_minutes: Median of the same office and depth; None if unknown.

    Source: Biggio and Roli, Pattern Recognition 84, 2018 (poisoning); four-eyes principle.
    """
    hurried = minutes is not None and usual_minutes is not None and minutes < HURRIED_SHARE * usual_minutes
    alone = (officers or 1) < 2
    weight = (ONE_OFFICER if alone else 1.0) * (HURRIED if hurried else 1.0)
    return weight * (CLEARED_IN_A_HURRY / HURRIED) if hurried and alone and not found else weight


def with_weights(results: pl.DataFrame) -> pl.DataFrame:
    """Results with a column `weight`; one that is there is kept, and without `CARE` every result counts alike.

    Args:
        results: `found` and, if known, `weight` or `CARE` (`minutes` > 0); one row a result.
    """
    if "weight" in results.columns or not set(CARE) <= set(results.columns):
        return results
    usual = results.select(pl.col("minutes").median().over("office", "depth"))["minutes"]
    told = zip(results["found"], results["officers"], results["minutes"], usual, strict=True)
    weights = [weight_of(found=found, officers=n, minutes=took, usual_minutes=most) for found, n, took, most in told]
    return results.with_columns(weight=pl.Series(weights, dtype=pl.Float64))
