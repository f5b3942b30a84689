# SPDX-License-Identifier: Apache-2.0
"""The best possible score: the chance of fraud given everything that could be seen when the declaration came.

**What the judge knows**: the parameters of the world (how often each scheme is run in a season, what its traces look
like, what goods usually cost, which sellers are mills and which brokers have friends) and all that has been written
down: every declaration so far, its lane, and every result that has *returned*. **What it does not know**: what any
trader does, or whether any declaration is fraudulent.

Traders are independent of each other given the parameters, so the past of the trader himself (his importer numbers
share a telephone) is all that matters. He does one thing a season, keeps on or decides anew at its end: a hidden Markov
chain with `WAYS` states. Within a season each declaration weighs in with the chance of its traces,
ln(1 − ρ + ρ·LR), and once its result is back with the chance of traces and result together; sums over a season are
therefore the same in whatever order results return, and the chain is run forward anew for every declaration from those
sums as they stood at its time. That is exact: no sampling, no approximation but rounding.
"""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.simulation.worlds.parameters import World
from cocket.simulation.worlds.play import WAYS, Flags, Floats, Ints, Play
from cocket.simulation.worlds.traders import WATCHED_RIGHTLY, WATCHED_WRONGLY, Traders, chances_of_ways

_BLOCK = 250_000


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All declarations in the order of traders and time, with what can be told from them. `n` rows.

    Attributes:
        day: When it was declared `(n,)`.
        trader: Trader `(n,)`; `season` the season.
        propensity: Chance of fraud for each way its trader may be on `(n, WAYS)`.
        log_ratio: ln likelihood of the traces over honesty's `(n, WAYS)`.
        returned: Day on which a result came back; infinite if none `(n,)`.
        tells_fraud: Chance of just this result, given fraud of each scheme `(n, WAYS)`; any value without a result.
        tells_honest: Chance of just this result, given honesty `(n,)`.
    """

    day: Floats
    trader: Ints
    season: Ints
    propensity: Floats
    log_ratio: Floats
    returned: Floats
    tells_fraud: Floats
    tells_honest: Floats


def judge(world: World, play: Play, traders: Traders, evidence: Evidence) -> Floats:
    """Chance of fraud of each declaration, `(n,)`, 0–1, higher is worse; no score can order them better on average."""
    mix = play.mix
    weight, fraud = _weights(evidence, play)
    sums = _Sums(world, mix, evidence, np.log(weight))
    chances = chances_of_ways(world, play)
    scores = np.empty(len(evidence.day))
    for start in range(0, len(scores), _BLOCK):
        rows = slice(start, start + _BLOCK)
        belief = _belief(world, play, traders, chances, (evidence, sums, rows))
        joint = belief * weight[rows]
        scores[rows] = (joint * (fraud[rows] / weight[rows])).sum(axis=1) / joint.sum(axis=1)
    return scores


def _weights(evidence: Evidence, play: Play) -> tuple[Floats, Floats]:
    """Likelihood of each row's traces under each way of its trader over honesty's, and the part that is fraud."""
    ratio = np.exp(np.minimum(evidence.log_ratio, 500.0))  # 1 under honesty: an opportunist leaves nothing to be seen
    done = evidence.propensity * ratio
    offends = np.r_[play.offends @ play.mix, play.offends[1:]]  # he does anything
    return 1.0 - evidence.propensity + done, done * offends


class _Sums:
    """Sums of ln likelihood of each trader and season, as they stood at any time."""

    def __init__(self, world: World, mix: Floats, evidence: Evidence, log_weight: Floats) -> None:
        self._seasons = world.seasons
        labelled = np.flatnonzero(np.isfinite(evidence.returned))
        group = evidence.trader * world.seasons + evidence.season
        groups, times = np.r_[group, group[labelled]], np.r_[evidence.day, evidence.returned[labelled]]
        order = np.lexsort((times, groups))
        gains = np.r_[log_weight, _gain(evidence, mix, labelled) - log_weight[labelled]][order]
        self._groups, self._times = groups[order], times[order]
        starts = np.r_[True, self._groups[1:] != self._groups[:-1]]
        self._first = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
        self._totals = np.cumsum(gains, axis=0)
        self._gains = gains
        scale = float(np.ceil(times.max(initial=1.0)) + 1.0)
        self._scale, self._keys = scale, self._groups * scale + np.minimum(self._times, scale - 0.5)

    def before(self, trader: Ints, season: int, day: Floats) -> Floats:
        """What was known of each trader's season strictly before a day, `(n, WAYS)`."""
        group = trader * self._seasons + season
        last = np.searchsorted(self._keys, group * self._scale + day, side="left") - 1
        known = (last >= 0) & (self._groups[np.maximum(last, 0)] == group)
        last = np.where(known, last, 0)
        first = self._first[last]
        sums: Floats = self._totals[last] - self._totals[first] + self._gains[first]
        return np.where(known[:, None], sums, 0.0)


def _gain(evidence: Evidence, mix: Floats, rows: Ints) -> Floats:
    """Ln of the likelihood of traces and result together, over that of the traces under honesty."""
    ratio = np.exp(np.minimum(evidence.log_ratio[rows], 500.0))
    told = evidence.tells_fraud[rows]
    fraud = ratio * told
    fraud[:, 0] = told @ mix
    honest = (1.0 - evidence.propensity[rows]) * evidence.tells_honest[rows][:, None]
    return np.log(honest + evidence.propensity[rows] * fraud)


def _belief(world: World, play: Play, traders: Traders, chances: Floats, what: tuple[Evidence, _Sums, slice]) -> Floats:
    """Chance of each way at the time of each row, given all before it, `(n, WAYS)`."""
    evidence, sums, rows = what
    trader, season, day = evidence.trader[rows], evidence.season[rows], evidence.day[rows]
    entry = (traders.begin[trader] // world.season_days).astype(np.int64)
    region, kind = traders.region[trader], traders.kind[trader]
    belief = np.ones((len(trader), WAYS))
    for each in range(world.seasons):
        fresh = chances[each, region, kind]
        stays = world.keeps_on * play.alive[each, region]
        after = belief * stays + (belief * (1.0 - stays)).sum(axis=1, keepdims=True) * fresh
        started = np.where(np.equal(entry, each)[:, None], fresh * _watch(traders, trader, each), after)
        belief = np.where(((each >= entry) & (each <= season))[:, None], started, belief)
        here = np.flatnonzero((each >= entry) & (each <= season))
        log_sums = sums.before(trader[here], each, day[here])
        moved = belief[here] * np.exp(log_sums - log_sums.max(axis=1, keepdims=True))
        belief[here] = moved / moved.sum(axis=1, keepdims=True)
    return belief


def _watch(traders: Traders, trader: Ints, season: int) -> Floats:
    """What the watch list, written before the first day, tells of each way."""
    chance = np.full(WAYS, WATCHED_RIGHTLY)
    chance[0] = WATCHED_WRONGLY
    old: Flags = (traders.begin[trader] == 0.0)[:, None] & np.bool_(season == 0)
    watched: Flags = traders.is_watched[trader][:, None]
    return np.where(old, np.where(watched, chance, 1.0 - chance), 1.0)
