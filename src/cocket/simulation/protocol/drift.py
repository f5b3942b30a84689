# SPDX-License-Identifier: Apache-2.0
"""How far a week's declarations have moved from those of the weeks before, to draw the more by chance the more has moved.

A rival way to steer exploration, in the manner of ADAPT: the share drawn at random follows a distance between what was declared
before and now, and no result is asked; or a bandit chooses how many times that distance it is, by what examinations find. ADAPT
measures the distance between embeddings; here it is measured on the figures themselves. Written from the papers' abstracts.

Sources: Kim et al., ADAPT: Adaptive exploration for concept drift in customs fraud detection, arXiv:2109.14155; Auer et al., The
nonstochastic multiarmed bandit problem, SIAM J. Comput. 32 (2002), section 8 (Exp3.S).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cocket.risk.models.chain import Floats

#: Rows with a figure below which it is not compared (count).
_FEWEST: Final = 20


def drift_of(before: Floats, now: Floats) -> float:
    """How far figures have moved: 0 as before, 1 all beyond what there was.

    Each figure of the new rows is ranked among the old ones; the distance of these ranks from even ones (Wasserstein's, of the
    first order) is taken twice, so that 1 is the most, and what as many rows drawn from the old ones would have by chance
    is taken off; then the mean of all figures that both have.

    Args:
        before: Figures of earlier rows, NaN where unknown `(n, figures)`.
        now: Figures of the new rows `(m, figures)`.
    """
    moved = []
    for old, new in zip(before.T, now.T, strict=True):
        old, new = np.sort(old[np.isfinite(old)]), new[np.isfinite(new)]
        if len(old) < _FEWEST or len(new) < _FEWEST or old[0] == old[-1]:
            continue
        middle = np.searchsorted(old, new, "left") + np.searchsorted(old, new, "right")
        ranks = np.sort(middle / (2.0 * len(old)))
        even = np.searchsorted(old, old, "left") + np.searchsorted(old, old, "right")
        usual = np.quantile(even / (2.0 * len(old)), (np.arange(len(ranks)) + 0.5) / len(ranks))
        by_chance = np.sqrt(np.pi / 32.0 * (1.0 / len(new) + 1.0 / len(old)))
        moved.append(max(0.0, 2.0 * (float(np.abs(ranks - usual).mean()) - float(by_chance))))
    return float(np.mean(moved)) if moved else 0.0


class Bandit:
    """Exp3.S: chooses an arm by what arms chosen before have brought, forgets slowly, and now and then tries any.

    Args:
        arms: Arms to choose from (count).
        seed: What its choices are drawn from.
        explore: Share of choices made at random (0–1).
        forget: Share of each arm's weight that is spread over all at a reward (0–1).
    """

    def __init__(self, arms: int, seed: int, explore: float = 0.2, forget: float = 0.02) -> None:
        self._weights = np.full(arms, 1.0 / arms)
        self._draws = np.random.default_rng(seed)
        self._explore, self._forget = explore, forget

    @property
    def chances(self) -> Floats:
        """Chance of each arm to be chosen next `(arms,)`."""
        chances: Floats = (1.0 - self._explore) * self._weights + self._explore / len(self._weights)
        return chances

    def choose(self) -> tuple[int, float]:
        """An arm, and the chance that it had."""
        chances = self.chances
        arm = int(self._draws.choice(len(chances), p=chances))
        return arm, float(chances[arm])

    def learn(self, arm: int, chance: float, reward: float) -> None:
        """Take what an arm brought (0–1) that had been chosen with a chance."""
        weights = self._weights.copy()
        weights[arm] *= np.exp(self._explore * reward / chance / len(weights))
        weights = weights / weights.sum()
        self._weights = (1.0 - self._forget) * weights + self._forget / len(weights)
