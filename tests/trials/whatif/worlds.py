# SPDX-License-Identifier: Apache-2.0
"""Past worlds of which the truth is known, in two styles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from cocket.trials.whatif import Logged

#: Cases of a world, days, and the share chosen by score.
CASES, DAYS, SHARE = 20_000, 100, 0.08


def world(
    seed: int, random_share: float, *, picks: float = 0.0, as_draws: bool = False
) -> tuple[list[Logged], np.ndarray, float]:
    """A past in which the old score chose a share, chance drew, and officers may have picked what looked bad to them alone.

    Returns:
        The cases, the new way of choosing (0 or 1 a case), and the finds it would have come to.
    """
    chance = np.random.default_rng(seed)
    seen, other, hidden = chance.normal(size=(3, CASES))
    logit = -3.2 + 0.9 * seen + 0.9 * other + (1.2 * hidden if picks else 0.0)
    found = chance.random(CASES) < 1 / (1 + np.exp(-logit))
    old, new = seen + 0.4 * other, other + 0.4 * seen
    top = old >= np.quantile(old, 1 - SHARE)
    target = (new >= np.quantile(new, 1 - SHARE)).astype(float)
    drawn = ~top & (chance.random(CASES) < random_share)
    picked = ~top & ~drawn & (hidden > 1.5) & (chance.random(CASES) < picks)
    cases = []
    for number in range(CASES):
        is_seen = bool(top[number] or drawn[number] or (picked[number] and as_draws))
        cases.append(
            Logged(
                id=str(number),
                day=date(2026, 1, 1) + timedelta(days=number * DAYS // CASES),
                chance=1.0 if top[number] else random_share or None,
                is_seen=is_seen,
                found=bool(found[number]) and is_seen,
                marks=(float(seen[number]), float(other[number])),
            )
        )
    return cases, target, float((target * found).sum())


def inspected_only(cases: Sequence[Logged], target: np.ndarray) -> float:
    """What the inspected cases alone would say: the share found among those of the choice that happened to be examined."""
    seen = [one.found for one, pi in zip(cases, target, strict=True) if pi and one.is_seen]
    return float(np.mean(seen)) * float(target.sum())
