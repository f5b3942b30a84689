# SPDX-License-Identifier: Apache-2.0
"""What a trader's declarations say about him together: traces weighed row by row, and a belief that remembers.

First stage of the table model. A trader is believed to be honest or to do one of several things (states; each belongs to
an offence family). Every declaration moves the belief by how likely its traces are under each state, every result by
what it told, and with time the belief falls back to what is usual. Only results that had returned by a row's day move it.
`evidence_fit` learns all of it.

Source: Rabiner, Proceedings of the IEEE 77(2), 1989 (hidden Markov chains); Good, Probability and the Weighing of
Evidence, 1950.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from cocket.risk.features.parts import Coded
from cocket.risk.models.chain import Chain, Flags, Floats, Ints
from cocket.risk.models.traces import Steps, step_of

__all__ = [
    "Belief",
    "Evidence",
    "Flags",
    "Floats",
    "Ints",
    "Results",
    "Rows",
    "Weights",
    "believe",
    "families_of",
    "weigh",
]

#: Finds that a family needs for a state of its own; what has fewer is gathered under `OTHER`.
LEAST_FINDS, OTHER = 10, "other"

#: Chance that an examination finds what there is.
SIGHT = 0.70

#: What more or less temptation a kind of goods or an origin is taken to bring, at most; the highest chance of an
#: irregularity; the furthest one row's traces speak (ln).
PULLS, MOST, SPEAKS = (0.1, 3.0), 0.9, (-8.0, 10.0)

#: `Evidence.fresh` of models trained now, and of those trained before it was, which hold nothing back.
FRESH, _NEVER = 2.0, 1e12

#: Groups whose temptation is learnt by name, and the figure whose steps it is learnt by.
NAMED = ("hs2", "origin")


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Declarations in the order of time, `n` rows.

    Attributes:
        day: Day number `(n,)`.
        trader: Number of whoever is behind it `(n,)`.
        traces: Values of `TRACES`, NaN where unknown `(n, n_traces)`.
        tax: Usual duty and tax by value of its goods, NaN where unknown `(n,)`.
        groups: Its chapter and origin by the names in `NAMED`.
        share: Part of its declaration that each is, 0–1 `(n,)`.
    """

    day: Floats
    trader: Ints
    traces: Floats
    tax: Floats
    groups: dict[str, Coded]
    share: Floats

    def of(self, places: Ints | slice) -> Rows:
        """Some of the rows."""
        groups = {name: Coded(each.codes[places], each.values) for name, each in self.groups.items()}
        return Rows(day=self.day[places], trader=self.trader[places], traces=self.traces[places],
            tax=self.tax[places], groups=groups, share=self.share[places])  # fmt: skip


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


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The first stage as it is written down; `k` states.

    Attributes:
        families: Names of the offence families (1..f).
        states: Family of each state `(k,)`.
        runs: Share of traders in each state `(k,)`; the rest are honest.
        dares: Chance that a declaration of a trader in each state is irregular `(k,)`.
        strays: The same of an honest trader.
        mistakes: Share of regular declarations whose result says "found".
        stays_days: Days in which a belief falls back by a factor e.
        floor: Chance that an examination finds something where nothing could be seen.
        traces: Ln of how much likelier each step of each trace is in an irregularity of each state.
        fresh: Declarations of a trader after which his next one's traces count for half: what a trader does much, he does alike,
            so that a thousand declarations are not a thousand witnesses. What an examination found is not held back.
        tax: Temptation by steps of the usual duty and tax, 1 is usual.
        pulls: Group of `NAMED` → name → temptation `(k,)`; names that are not there are usual.
    """

    families: tuple[str, ...]
    states: tuple[int, ...]
    runs: tuple[float, ...]
    dares: tuple[float, ...]
    strays: float
    mistakes: float
    stays_days: float
    floor: float
    traces: tuple[Steps, ...]
    tax: Steps
    pulls: dict[str, dict[str, tuple[float, ...]]]
    fresh: float = _NEVER


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How much likelier each row's traces are in an irregularity of each state (`ratio`), and how tempting its goods and
    origin are to a trader in that state (`pull`), `(n, k)` both.
    """

    ratio: Floats
    pull: Floats

    def of(self, places: Ints | slice) -> Weights:
        """Those of some of the rows."""
        return Weights(ratio=self.ratio[places], pull=self.pull[places])


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """What the first stage says of each row, before the row's own result.

    Attributes:
        record: Chance of an irregularity of each family by the trader's past, goods and origin `(n, f)`.
        chance: The same by past and traces `(n,)`.
        of_family: Its parts `(n, f)`; they sum to `chance`.
        find: Chance that an examination finds something `(n,)`.
    """

    record: Floats
    chance: Floats
    of_family: Floats
    find: Floats

    def of(self, places: Ints | slice) -> Belief:
        """Those of some of the rows."""
        return Belief(record=self.record[places], chance=self.chance[places], of_family=self.of_family[places],
            find=self.find[places])  # fmt: skip


def families_of(offences: Sequence[str | None]) -> tuple[str, ...]:
    """The families that get states of their own, by the finds there are; `OTHER` last, if any are left over."""
    counts: dict[str, int] = {}
    for offence in offences:
        if offence is not None:
            counts[offence] = counts.get(offence, 0) + 1
    known = sorted(name for name, count in counts.items() if count >= LEAST_FINDS and name != OTHER)
    left = sum(counts.values()) - sum(counts[name] for name in known)
    return (*known, OTHER) if left or not known else tuple(known)


def weigh(evidence: Evidence, rows: Rows) -> Weights:
    """What is learnt, read off for each row."""
    k = len(evidence.states)
    logs = np.zeros((len(rows.day), k))
    for steps, figure in zip(evidence.traces, rows.traces.T, strict=True):
        logs += np.array(steps.values)[step_of(figure, np.array(steps.edges))]
    pull = np.array(evidence.tax.values)[step_of(rows.tax, np.array(evidence.tax.edges))]
    for name, known in evidence.pulls.items():
        group = rows.groups[name]
        usual = (1.0,) * k
        pull = pull * np.array([*(known.get(value, usual) for value in group.values), usual])[group.codes]
    return weights_of(logs, pull)


def weights_of(logs: Floats, pull: Floats) -> Weights:
    """Weights kept within what one row may say."""
    return Weights(ratio=np.exp(np.clip(logs, *SPEAKS)), pull=np.clip(pull, *PULLS))


def believe(evidence: Evidence, weights: Weights, rows: Rows, results: Results) -> Belief:
    """What is believed of each row on its day; `weights` as `weigh` gives them."""
    parts = Parts(evidence, weights)
    likelihood = parts.likelihood()
    steps = np.log(likelihood)
    told = parts.told(results.place, results.family)
    moves = (np.log(told) - steps[results.place]) * results.weight[:, None]
    n, m = len(rows.day), len(results.place)
    steps = steps * (rows.share * weights_by_turn(rows, evidence.fresh))[:, None]
    chain = Chain(np.r_[rows.day, results.returned], np.r_[rows.trader, rows.trader[results.place]],
        np.r_[np.ones(n, dtype=np.int64), np.zeros(m, dtype=np.int64)])  # fmt: skip
    before = chain.before(np.vstack([steps, moves]), usual_of(evidence), evidence.stays_days)[:n]
    joint = before / (before * likelihood).sum(axis=1, keepdims=True)
    of_state = joint[:, 1:] * parts.own + joint[:, :1] * parts.stray
    record = before[:, 1:] * parts.dares + before[:, :1] * parts.strays
    of_family = _by_family(of_state, evidence)
    chance = of_family.sum(axis=1)
    find = SIGHT * chance + evidence.floor * (1.0 - chance)
    return Belief(record=_by_family(record, evidence), chance=chance, of_family=of_family, find=find)


def weights_by_turn(rows: Rows, fresh: float) -> Floats:
    """How much the traces of each row count, by how many declarations its trader made before, 0–1 `(n,)`."""
    order = np.lexsort((rows.day, rows.trader))
    share, owner = rows.share[order], rows.trader[order]
    before = np.cumsum(share) - share
    start = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.empty(0, dtype=np.int64)
    before -= np.repeat(before[start], np.diff(np.r_[start, len(owner)]))
    turns = np.empty(len(order))
    turns[order] = before
    return by_turn(turns, fresh)


def by_turn(before: Floats, fresh: float) -> Floats:
    """Weight of a trader's next declaration after some; a number and an array alike."""
    return fresh / (fresh + before)


def usual_of(evidence: Evidence) -> Floats:
    """Belief before any evidence, honesty first `(1 + k,)`."""
    usual: Floats = np.r_[1.0 - sum(evidence.runs), evidence.runs]
    return usual


def usual_find(evidence: Evidence) -> float:
    """Chance that an examination of a declaration finds something of which nothing is known (0–1)."""
    guilty = sum(run * dare for run, dare in zip(evidence.runs, evidence.dares, strict=True))
    chance = guilty + (1.0 - sum(evidence.runs)) * evidence.strays
    return SIGHT * chance + evidence.floor * (1.0 - chance)


class Parts:
    """What each row may be: regular or irregular, of a trader in each state or of an honest one.

    Attributes:
        dares: Chance of an irregularity of a trader in each state `(n, k)`; `strays` of an honest one in the manner of it.
        own: The same with its traces; `stray` likewise.
    """

    def __init__(self, evidence: Evidence, weights: Weights) -> None:
        runs = np.array(evidence.runs)
        self._evidence = evidence
        self.dares = np.minimum(np.array(evidence.dares) * weights.pull, MOST)
        self.strays = evidence.strays * runs / runs.sum() * weights.pull
        self.own, self.stray = self.dares * weights.ratio, self.strays * weights.ratio

    def likelihood(self) -> Floats:
        """Of each row's traces under honesty and each state, over that of regular trade `(n, 1 + k)`."""
        honest = 1.0 - self.strays.sum(axis=1) + self.stray.sum(axis=1)
        return np.column_stack([honest, 1.0 - self.dares + self.own])

    def told(self, place: Ints, family: Ints) -> Floats:
        """Of traces and result together `(m, 1 + k)`."""
        irregular = self.irregular(place, family)
        return np.column_stack([irregular[0].sum(axis=1), irregular[1]]) + self.regular(place, family)

    def irregular(self, place: Ints, family: Ints) -> tuple[Floats, Floats]:
        """Of irregularity, traces and result: of an honest trader by manner, of one in each state `(m, k)` both."""
        sees = np.where(family[:, None] < 0, 1.0 - SIGHT, SIGHT * (family[:, None] == np.array(self._evidence.states)))
        return self.stray[place] * sees, self.own[place] * sees

    def regular(self, place: Ints, family: Ints) -> Floats:
        """Of regularity and result, under honesty and each state `(m, 1 + k)`."""
        mistakes = self._evidence.mistakes
        chance = np.where(family < 0, 1.0 - mistakes, mistakes / len(self._evidence.families))[:, None]
        regular = np.column_stack([1.0 - self.strays[place].sum(axis=1), 1.0 - self.dares[place]])
        likelihood: Floats = np.maximum(regular * chance, 1e-9)
        return likelihood


def _by_family(of_state: Floats, evidence: Evidence) -> Floats:
    table = np.zeros((len(evidence.states), len(evidence.families)))
    table[np.arange(len(evidence.states)), evidence.states] = 1.0
    return of_state @ table
