# SPDX-License-Identifier: Apache-2.0
"""How much the result of an examination teaches: one officer's word in a hurry weighs less than two officers' careful one.

So that nobody who corrupts, tires or pressures one officer can teach the model to look away.
"""

from __future__ import annotations

#: An examination is hurried below this share of the usual time for its office and depth.
HURRIED_SHARE = 1.0 / 3.0

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
