# SPDX-License-Identifier: Apache-2.0
"""Several orders of the same declarations held against each other on results that none of them learnt from.

Who was examined was chosen, so each result counts as its chance of examination says: those drawn at random speak for the rest.
The latest quarter decides how much the separate trees have to say, and whether something simpler does better.

Source: Wolpert, Stacked generalization, Neural Networks 5, 1992; Breiman et al., Classification and Regression Trees, 1984 (the
rule of one standard error); Efron and Tibshirani, An Introduction to the Bootstrap, 1993 (paired differences).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from cocket.risk.models.evidence import Flags, Floats

#: Log-odds of each member: the evidence corrected by trees, separate trees that take it for a feature, and plain trees that
#: know nothing of it; and the part of each in the whole, which sum to 1.
Members = tuple[Floats, Floats, Floats]
Parts = tuple[float, float, float]

#: Parts that all have where no member is better than the whole for sure, and how far they move towards one that is.
MIDDLE: Parts = (0.1, 0.5, 0.4)
_MOVES = (0.25, 0.5, 0.75, 1.0)

#: Finds on results that none learnt from below which the middle is kept: fewer choose by luck (count).
LEAST_FINDS = 30

#: Share of all declarations that can be examined, and the most others that one result speaks for.
_TOP, _MOST = 0.05, 10.0
_DRAWS, _SEED = 100, 20_261


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Results that taught nothing of what is held against them.

    Attributes:
        members: Log-odds by each member `(m,)`.
        found: Whether something was found `(m,)`.
        weight: How many declarations each stands for `(m,)`.
    """

    members: Members
    found: Flags
    weight: Floats


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """A simpler order held against the model on the same results.

    Attributes:
        name: Which: `value`, `importer-rate`, `rates` (mean of all found rates), `evidence`, `trees`, `plain-trees`.
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


def choose(every: Held, latest: Held) -> Parts:
    """The part in the log-odds that each member gets.

    The middle, unless a member alone is better than it by more than one standard error in the first 5 %, of all results or of
    the latest, on which the model is measured; then the least move towards such a member after which none is. A free choice of
    the best parts was tried and chose by luck.

    Args:
        every: All results that taught nothing.
        latest: The latest of them.
    """
    if int(every.found.sum()) < LEAST_FINDS:
        return MIDDLE
    better = _better(MIDDLE, every) + _better(MIDDLE, latest)
    if not better:
        return MIDDLE
    for move in _MOVES:
        for sole in better:
            first, second, third = ((1.0 - move) * part + move * (place == sole) for place, part in enumerate(MIDDLE))
            if not _better((first, second, third), every) and not _better((first, second, third), latest):
                return first, second, third
    values = [in_top(member, latest.found, latest.weight) for member in latest.members]
    best = int(np.argmax(values))
    return float(best == 0), float(best == 1), float(best == 2)


def _better(parts: Parts, held: Held) -> list[int]:
    """Members that alone are better than the whole by more than one standard error, furthest ahead first."""
    whole = blended(held.members, parts)
    ahead = []
    for place, member in enumerate(held.members):
        lead = in_top(member, held.found, held.weight) - in_top(whole, held.found, held.weight)
        if lead > 0 and lead > float(_differences(whole, member, held.found, held.weight).std()):
            ahead.append((-lead, place))
    return [place for _, place in sorted(ahead)]


def blended(members: Members, parts: Parts) -> Floats:
    """Log-odds of all members, by the part that each has."""
    whole: Floats = np.zeros(len(members[0]))
    for member, part in zip(members, parts, strict=True):
        if part:
            whole = whole + part * member
    return whole


def rivals_of(model: Floats, others: Mapping[str, Floats], found: Flags, weight: Floats) -> tuple[Rival, ...]:
    """Each simpler order against the model's, best first; arguments as for `choose`."""
    mine = in_top(model, found, weight)
    told = []
    for name, score in others.items():
        value = in_top(score, found, weight)
        spread = float(_differences(model, score, found, weight).std())
        told.append(Rival(name=name, found=value, ahead=mine - value, spread=spread))
    return tuple(sorted(told, key=lambda one: -one.found))


def beaten_by(rivals: Sequence[Rival]) -> tuple[str, ...]:
    """Names of the rivals that are better by more than one standard error (0..n)."""
    return tuple(one.name for one in rivals if one.beats)


def _differences(one: Floats, other: Floats, found: Flags, weight: Floats) -> Floats:
    """Differences of `in_top` over results drawn anew `(draws,)`."""
    dice = np.random.default_rng(_SEED)
    size = len(found)
    drawn = (dice.integers(0, size, size) for _ in range(_DRAWS if size else 0))
    return np.array(
        [in_top(one[at], found[at], weight[at]) - in_top(other[at], found[at], weight[at]) for at in drawn] or [0.0]
    )
