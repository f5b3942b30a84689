# SPDX-License-Identifier: Apache-2.0
"""Several orders of the same declarations held against each other on results that none of them learnt from.

Who was examined was chosen, so each result counts as its chance of examination says: those drawn at random speak for the rest.
The latest quarter decides how much the separate trees have to say, and whether something simpler does better.

Source: Wolpert, Stacked generalization, Neural Networks 5, 1992; Breiman et al., Classification and Regression Trees, 1984 (the
rule of one standard error); Efron and Tibshirani, An Introduction to the Bootstrap, 1993 (paired differences).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from cocket.risk.models.evidence import Flags, Floats

Figure = Callable[[Floats, Flags, Floats], float]

#: Parts in the log-odds that the trees of their own may have, whose log-odds lie closer together than those of the evidence; the
#: middle is kept unless another does better for sure.
BLENDS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)
MIDDLE = 0.85

#: Finds on the latest results below which the middle is kept: fewer choose by luck (count).
LEAST_FINDS = 30

#: Share of all declarations that can be examined, and the most others that one result speaks for.
_TOP, _MOST = 0.05, 10.0
_DRAWS, _SEED = 100, 20_261


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """A simpler order held against the model on the same results.

    Attributes:
        name: Which: `value`, `importer-rate`, `rates` (mean of all found rates), `evidence`, `trees`.
        found: Share with a find in the 5 % of all declarations that it puts first (0–1).
        ahead: How much more the model's has (negative: less).
        spread: Standard error of that difference.
    """

    name: str
    found: float
    ahead: float
    spread: float

    @property
    def beats(self) -> bool:
        """Whether it is better than the model by more than one standard error."""
        return self.ahead < -self.spread and self.ahead < 0


def weights_of(propensities: Floats) -> Floats:
    """How many declarations each result stands for `(m,)`."""
    return np.minimum(1.0 / propensities, _MOST)


def in_top(score: Floats, found: Flags, weight: Floats, top: float = _TOP) -> float:
    """Share with a find among the first of all that results stand for (0–1); 0 for none."""
    order = np.argsort(-score, kind="stable")
    held = weight[order]
    room = top * held.sum()
    before = np.cumsum(held) - held
    part = np.clip(room - before, 0.0, held)
    return float((part * found[order]).sum() / part.sum()) if part.sum() else 0.0


def average_in_top(score: Floats, found: Flags, weight: Floats) -> float:
    """Mean of `in_top` over several shares, steadier than one of them."""
    return float(np.mean([in_top(score, found, weight, top) for top in (0.02, 0.05, 0.1, 0.2)]))


def choose(layered: Floats, alone: Floats, found: Flags, weight: Floats) -> float:
    """The part in the log-odds that separate trees get, 0–1.

    Args:
        layered: Log-odds by evidence and trees `(m,)`.
        alone: Log-odds by separate trees `(m,)`.
        found: Whether something was found `(m,)`.
        weight: How many each stands for `(m,)`.
    """
    if int(found.sum()) < LEAST_FINDS:
        return MIDDLE
    orders = [blended(layered, alone, part) for part in BLENDS]
    values = [average_in_top(order, found, weight) for order in orders]
    best = int(np.argmax(values))
    differences = _differences(orders[best], orders[BLENDS.index(MIDDLE)], found, weight)
    part = BLENDS[best] if values[best] - values[BLENDS.index(MIDDLE)] > differences.std() else MIDDLE
    # No member of the jury may be better than the jury where it counts most.
    for sole, order in ((0.0, layered), (1.0, alone)):
        against = _differences(blended(layered, alone, part), order, found, weight, in_top)
        ahead = in_top(blended(layered, alone, part), found, weight) - in_top(order, found, weight)
        if ahead < -float(against.std()):
            part = sole
    return part


def blended(layered: Floats, alone: Floats, part: float) -> Floats:
    """Log-odds of both, by the part that the second has."""
    return (1.0 - part) * layered + part * alone


def rivals_of(model: Floats, others: Mapping[str, Floats], found: Flags, weight: Floats) -> tuple[Rival, ...]:
    """Each simpler order against the model's, best first; arguments as for `choose`."""
    mine = in_top(model, found, weight)
    told = []
    for name, score in others.items():
        value = in_top(score, found, weight)
        spread = float(_differences(model, score, found, weight, in_top).std())
        told.append(Rival(name=name, found=value, ahead=mine - value, spread=spread))
    return tuple(sorted(told, key=lambda one: -one.found))


def beaten_by(rivals: Sequence[Rival]) -> tuple[str, ...]:
    """Names of the rivals that are better by more than one standard error (0..n)."""
    return tuple(one.name for one in rivals if one.beats)


def _differences(one: Floats, other: Floats, found: Flags, weight: Floats, figure: Figure | None = None) -> Floats:
    """Differences of a figure over results drawn anew `(draws,)`."""
    measure = figure or average_in_top
    dice = np.random.default_rng(_SEED)
    size = len(found)
    drawn = (dice.integers(0, size, size) for _ in range(_DRAWS if size else 0))
    return np.array(
        [measure(one[at], found[at], weight[at]) - measure(other[at], found[at], weight[at]) for at in drawn] or [0.0]
    )
