# SPDX-License-Identifier: Apache-2.0
"""What a trader's declarations say about him together: traces weighed row by row, and a belief that remembers.

First stage of the table model. For every offence family that has labels, an additive model learns from examined rows how
much more often each trace is seen in a find than in a row where nothing was found. A trader is then believed to be
honest or to run one of the families; every declaration moves the belief by ln(1 − d + d·ratio), every result by what it
told, and with time the belief falls back to what is usual. Only results that had returned by a row's day move it.

Learnt with the belief as offset: who was examined because of his record does not make his traces look guilty.
Source: Rabiner, Proceedings of the IEEE 77(2), 1989 (hidden Markov chains); Good, Probability and the Weighing of
Evidence, 1950.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocket.risk.models.trees import lightgbm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Features that a declaration shows anew each time; what a trader always shows would be counted again with every row.
TRACES: tuple[str, ...] = (
    "price_gap", "price_position", "package_gap", "package_position", "tare_gap", "just_under_threshold",
    "bill_gross_gap", "bill_packages_gap", "preference", "route_rarity", "text_fit", "text_least_fit",
    "bill_rows_30_days", "number_new",
)  # fmt: skip

#: Finds that a family needs for a model of its own; what has fewer is gathered under `OTHER`.
LEAST_FINDS, OTHER = 10, "other"

#: Beliefs before any evidence: share of traders who run a family, chance that one of their declarations is irregular,
#: the same of the others, chance that an examination finds what there is.
RUNS, DARES, STRAYS, SIGHT = 0.10, 0.36, 0.009, 0.70

#: Shares of honest declarations whose result says "found", by mistake or by malice; the likeliest by the results is taken.
_MISTAKES = (0.004, 0.015, 0.05)

#: Furthest that one row's traces speak (ln), and how much of it counts towards the belief: learnt weights are noisy, and
#: over a hundred rows noise adds up.
_FLOOR, _CEILING, _TEMPER = -1.5, 4.0, 0.7

#: Days in which a belief falls back to what is usual by a factor e; the likelier by the results is taken.
_STAYS = (150.0, 700.0)

_ROUNDS = 80
_PARAMETERS: dict[str, Any] = {
    "objective": "binary", "num_leaves": 4, "max_depth": 2, "learning_rate": 0.06, "min_data_in_leaf": 40,
    "lambda_l2": 20.0, "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 1, "verbose": -1,
    "interaction_constraints": [[place] for place in range(len(TRACES))],
}  # fmt: skip


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Declarations in the order of time, `n` rows.

    Attributes:
        day: Day number `(n,)`.
        trader: Number of whoever is behind it `(n,)`.
        traces: Values of `TRACES`, NaN where unknown `(n, n_traces)`.
    """

    day: Floats
    trader: Ints
    traces: Floats


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Results of examinations that have returned, `m` of them.

    Attributes:
        place: Row that each is of `(m,)`.
        returned: Day number of its return `(m,)`.
        family: Position of the family found in the model's families; -1 where nothing was found `(m,)`.
        weight: How much it weighs, 0–1 `(m,)`.
    """

    place: Ints
    returned: Floats
    family: Ints
    weight: Floats


class Life(msgspec.Struct, frozen=True):
    """What is taken of the world beyond the traces.

    Attributes:
        stays_days: Days in which a belief falls back by a factor e.
        mistakes: Share of honest declarations whose result says "found".
    """

    stays_days: float
    mistakes: float


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The first stage as it is written down.

    Attributes:
        families: Names of the offence families (1..k).
        shares: Share of each among the finds `(k,)`.
        boosters: Additive model of each, as LightGBM writes it `(k,)`.
        levels: What is taken off each model's answer, so that its ratios average to 1 over all trade `(k,)`.
        life: What suits the results best.
    """

    families: tuple[str, ...]
    shares: tuple[float, ...]
    boosters: tuple[str, ...]
    levels: tuple[float, ...]
    life: Life


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """What the first stage says of each row, before the row's own result.

    Attributes:
        record: Chance of each family by the trader's past alone `(n, k)`.
        chance: Chance of an irregularity by past and traces `(n,)`.
        of_family: Its parts `(n, k)`; they sum to `chance`.
    """

    record: Floats
    chance: Floats
    of_family: Floats


def families_of(offences: Sequence[str | None]) -> tuple[str, ...]:
    """The families that get a model of their own, by the finds there are; `OTHER` last, if any are left over."""
    counts: dict[str, int] = {}
    for offence in offences:
        if offence is not None:
            counts[offence] = counts.get(offence, 0) + 1
    known = sorted(name for name, count in counts.items() if count >= LEAST_FINDS and name != OTHER)
    left = sum(counts.values()) - sum(counts[name] for name in known)
    return (*known, OTHER) if left or not known else tuple(known)


def fit_evidence(
    rows: Rows, results: Results, families: tuple[str, ...], scales: Floats | None = None
) -> tuple[Evidence, Floats]:
    """Learn the first stage; with it come the `ratios` of the rows.

    Args:
        rows: All declarations up to now; those never examined tell what is usual.
        results: Results returned by now.
        families: As `families_of` gave them; `results.family` counts in them.
        scales: Weight of each result in learning the traces `(m,)`; None to let all count alike.
    """
    k = len(families)
    finds = np.bincount(results.family[results.family >= 0], minlength=k) + 3.0
    shares = finds / finds.sum()
    blank = np.ones((len(rows.day), k))
    lives = [Life(days, mistakes) for days in _STAYS for mistakes in _MISTAKES]
    records = [_believe(rows, results, blank, shares, life).record for life in lives]
    best = int(np.argmax([_likelihood(results, *each) for each in zip(records, lives, strict=True)]))
    life, record = lives[best], records[best]
    weight = results.weight * (1.0 if scales is None else scales) * trusted(results, record, shares, life.mistakes)
    boosters, levels, columns = [], [], []
    for family in range(k):
        used = np.flatnonzero((results.family == family) | (results.family < 0))
        place = results.place[used]
        prior = np.clip(record[place, family], 1e-4, 0.9)
        target = (results.family[used] == family).astype(np.float64)
        booster = _fit(rows.traces[place], target, np.log(prior / (1.0 - prior)), weight[used])
        ratio = np.exp(np.clip(_raw(booster, rows.traces), _FLOOR, _CEILING))
        boosters.append(booster.model_to_string())
        levels.append(float(np.log(ratio.mean())))
        columns.append(ratio / np.exp(levels[-1]))
    evidence = Evidence(families=families, shares=tuple(shares.tolist()), boosters=tuple(boosters),
        levels=tuple(levels), life=life)  # fmt: skip
    return evidence, np.column_stack(columns)


def ratios(evidence: Evidence, traces: Floats) -> Floats:
    """How much likelier each row's traces are in a find of each family than in other trade, `(n, k)`."""
    module = lightgbm()
    columns = []
    for text, level in zip(evidence.boosters, evidence.levels, strict=True):
        raw = np.clip(_raw(module.Booster(model_str=text), traces), _FLOOR, _CEILING)
        columns.append(np.exp(raw - level))
    return np.column_stack(columns)


def believe(evidence: Evidence, rows: Rows, results: Results) -> Belief:
    """What is believed of each row on its day."""
    return believe_by(evidence, ratios(evidence, rows.traces), rows, results)


def believe_by(evidence: Evidence, ratio: Floats, rows: Rows, results: Results) -> Belief:
    """The same from `ratios` that are known already."""
    return _believe(rows, results, ratio, np.array(evidence.shares), evidence.life)


def _fit(traces: Floats, target: Floats, offset: Floats, weight: Floats) -> Any:
    module = lightgbm()
    data = module.Dataset(traces, label=target, init_score=offset, weight=weight, feature_name=list(TRACES))
    return module.train(dict(_PARAMETERS), data, num_boost_round=_ROUNDS)


def _raw(booster: Any, traces: Floats) -> Floats:
    raw: Floats = booster.predict(traces, raw_score=True, num_threads=1)
    return raw


def _believe(rows: Rows, results: Results, ratio: Floats, shares: Floats, life: Life) -> Belief:
    usual, dares = usual_belief(shares)
    mixed = np.column_stack([(ratio * shares).sum(axis=1), ratio])
    irregular = dares * mixed
    weight = 1.0 - dares + irregular
    moves = np.log(weight) * _TEMPER
    told = _told(results, ratio, (irregular, shares), life.mistakes) - moves[results.place]
    told *= results.weight[:, None]
    before = _follow(rows, results, (moves, told), usual, life.stays_days)
    joint = before * irregular / (before * weight).sum(axis=1, keepdims=True)
    of_family = joint[:, 1:] + joint[:, :1] * (ratio * shares) / mixed[:, :1]
    record = before[:, 1:] * DARES + before[:, :1] * STRAYS * shares
    return Belief(record=record, chance=joint.sum(axis=1), of_family=of_family)


def usual_belief(shares: Floats) -> tuple[Floats, Floats]:
    """Belief before any evidence, honesty first, and the chance of an irregularity under each, `(1 + k,)` both."""
    return np.r_[1.0 - RUNS, RUNS * shares], np.r_[STRAYS, np.full(len(shares), DARES)]


def _told(results: Results, ratio: Floats, chances: tuple[Floats, Floats], mistakes: float) -> Floats:
    """Ln of the chance of traces and result together under each belief `(m, 1 + k)`."""
    irregular, shares = chances
    told = np.empty((len(results.place), 1 + len(shares)))
    dares = usual_belief(shares)[1]
    empty = np.flatnonzero(results.family < 0)
    told[empty] = (1.0 - dares) + irregular[results.place[empty]] * (1.0 - SIGHT)
    found = np.flatnonzero(results.family >= 0)
    family = results.family[found]
    own = ratio[results.place[found], family]
    stray = STRAYS * shares[family] * own * SIGHT + mistakes * shares[family]
    told[found] = (0.5 * stray + 1e-6)[:, None]
    told[found, 0] = stray
    told[found, family + 1] = DARES * own * SIGHT + 1e-6
    logs: Floats = np.log(told)
    return logs


def _follow(rows: Rows, results: Results, steps: tuple[Floats, Floats], usual: Floats, stays_days: float) -> Floats:
    """Belief before each row, all traders a step at a time: the n-th event of every trader is taken together."""
    n, m = len(rows.day), len(results.place)
    day, trader = np.r_[rows.day, results.returned], np.r_[rows.trader, rows.trader[results.place]]
    order = np.lexsort((np.r_[np.ones(n), np.zeros(m)], day, trader))  # a result counts for a row of its moment
    day, trader = day[order], trader[order]
    step = np.exp(np.clip(np.vstack(steps)[order], -30.0, 30.0))
    row = np.r_[np.arange(n), np.full(m, -1)][order]
    start = np.flatnonzero(np.r_[True, trader[1:] != trader[:-1]])
    count = np.diff(np.r_[start, len(trader)])
    longest = np.argsort(-count, kind="stable")
    start, count = start[longest], count[longest]
    belief, last = np.tile(usual, (len(start), 1)), day[start].copy()
    before = np.empty((n, len(usual)))
    active = len(start)
    for number in range(int(count[0]) if len(count) else 0):
        active = int(np.searchsorted(-count[:active], -number, side="left"))
        at = start[:active] + number
        stays = np.exp((last[:active] - day[at]) / stays_days)[:, None]
        now = belief[:active] * stays + (1.0 - stays) * usual
        is_row = row[at] >= 0
        before[row[at][is_row]] = now[is_row]
        now *= step[at]
        belief[:active] = now / now.sum(axis=1, keepdims=True)
        last[:active] = day[at]
    return before


def trusted(results: Results, chance: Floats, shares: Floats, mistakes: float) -> Floats:
    """Chance that each find is one and no mistake, by the chance of each family at its row `(n, k)`; 1 for no find."""
    family = np.maximum(results.family, 0)
    found = chance[results.place, family] * SIGHT
    return np.where(results.family >= 0, found / (found + mistakes * shares[family]), 1.0)


def _likelihood(results: Results, record: Floats, life: Life) -> float:
    """Ln likelihood of the results by the record of whoever they are of."""
    chance = np.clip(record[results.place].sum(axis=1) * SIGHT + life.mistakes, 1e-4, 1.0 - 1e-4)
    return float((results.weight * np.log(np.where(results.family >= 0, chance, 1.0 - chance))).sum())
