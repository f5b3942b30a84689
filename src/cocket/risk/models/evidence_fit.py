# SPDX-License-Identifier: Apache-2.0
"""Learning the evidence: few results say what an irregularity looks like, many rows without one say it more finely.

Expectation and maximisation over all declarations, beginning from the finds: from the tables so far, what each row
probably is, given everything known of its trader before and after; from that, new tables. Results anchor it: a find is of
its family or a mistake. It stays anchored because a trace is only what a declaration shows anew (`traces`): what sticks to
a trader would be taken for a scheme of his own.

Source: Dempster, Laird and Rubin, Journal of the Royal Statistical Society B 39(1), 1977; Nigam et al., Machine Learning
39, 2000 (labelled and unlabelled examples together); Rabiner, Proceedings of the IEEE 77(2), 1989.
"""

from __future__ import annotations

import msgspec
import numpy as np

from cocket.risk.models.chain import Chain, Floats, Ints
from cocket.risk.models.evidence import (
    FRESH,
    NAMED,
    SIGHT,
    Evidence,
    Parts,
    Results,
    Rows,
    believe,
    usual_of,
    weigh,
    weights_by_turn,
    weights_of,
)
from cocket.risk.models.traces import Steps, edges_of, learn_steps, step_of, steps_to_file

#: A family holds several ways of doing it: one more state for so many finds, up to the most.
_FINDS_A_STATE, _MOST_STATES = 50, 3

#: Passes; the pass after which it is settled how long beliefs stay, and the lengths (days) that are tried.
_PASSES, _SETTLED, _STAYS = 8, 4, (170.0, 500.0, 1200.0)

#: What a row with a result counts in learning; finds of each family before any; results that no pull is worth.
_TOLD, _BEFORE, _LEAN = 2.0, 3.0, (10.0, 15.0)

#: Where learning starts: share of traders who run anything, what they dare, what others do, mistakes.
_RUNS, _DARES, _STRAYS, _MISTAKES = 0.12, 0.36, 0.01, 0.01

_IRRATIONAL = 0.6180339887498949

#: A row of which less is believed looks like nothing.
_NOTHING = 0.03

_TAX_STEPS = np.linspace(0.125, 0.875, 7)


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt, and how far each result is to be trusted: the chance that a find is one and no mistake `(m,)`."""

    evidence: Evidence
    trust: Floats


def fit_evidence(rows: Rows, results: Results, families: tuple[str, ...]) -> Fitted:
    """Learn the first stage.

    Args:
        rows: All declarations up to now, whether examined or not.
        results: Results returned by now.
        families: As `families_of` gave them; `results.family` counts in them.
    """
    return _Fit(rows, results, families).run()


class _Fit:
    def __init__(self, rows: Rows, results: Results, families: tuple[str, ...]) -> None:
        self._rows, self._results = rows, results
        finds = np.bincount(results.family[results.family >= 0], minlength=len(families))
        many = np.minimum(1 + finds // _FINDS_A_STATE, _MOST_STATES)
        self._states = np.repeat(np.arange(len(families)), many)
        self._edges = [edges_of(figure) for figure in rows.traces.T]
        self._steps = [step_of(figure, edges) for figure, edges in zip(rows.traces.T, self._edges, strict=True)]
        known = rows.tax[np.isfinite(rows.tax)]
        self._tax_edges = np.unique(np.quantile(known, _TAX_STEPS)) if len(known) else np.zeros(1)
        self._places = [step_of(rows.tax, self._tax_edges), *(rows.groups[name].codes for name in NAMED)]
        self._counts = np.ones(len(rows.day))
        self._counts[results.place] = 1.0 + (_TOLD - 1.0) * results.weight
        self._chain = Chain(rows.day, rows.trader)
        self._turns = weights_by_turn(rows, FRESH)
        #: What a result says of an item alone: the item's share in it counts where its step is taken.
        self._weight = np.minimum(results.weight / rows.share[results.place], 1.0)[:, None]
        k = len(self._states)
        sizes = [len(self._tax_edges) + 2, *(len(rows.groups[name].values) + 1 for name in NAMED)]
        self._pulls = [np.ones((size, k)) for size in sizes]
        runs = _RUNS * ((finds + _BEFORE) / (finds + _BEFORE).sum() / many)[self._states]
        self._evidence = Evidence(families=families, states=tuple(self._states.tolist()), runs=tuple(runs.tolist()),
            dares=(_DARES,) * k, strays=_STRAYS, mistakes=_MISTAKES, stays_days=_STAYS[-1], floor=_MISTAKES, traces=(),
            tax=Steps((), ()), pulls={}, fresh=FRESH)  # fmt: skip

    def run(self) -> Fitted:
        """All passes."""
        logs = self._learn_traces(self._first())
        for number in range(_PASSES):
            weights = weights_of(self._read(logs), self._pull())
            parts = Parts(self._evidence, weights)
            if number == _SETTLED:
                self._settle(parts)
            state, own, stray = self._expect(parts)
            logs = self._learn_traces(own + stray)
            self._learn_life(parts, state, own, stray)
            self._learn_pulls(state, own)
        names = [self._rows.groups[name].values for name in NAMED]
        evidence = msgspec.structs.replace(
            self._evidence,
            traces=steps_to_file(self._edges, logs),
            tax=steps_to_file([self._tax_edges], self._pulls[:1])[0],
            pulls={
                name: dict(zip(values, (tuple(row) for row in table.tolist()), strict=False))
                for name, values, table in zip(NAMED, names, self._pulls[1:], strict=True)
            },
        )
        evidence = msgspec.structs.replace(evidence, floor=self._floor(evidence))
        return Fitted(evidence=evidence, trust=self._trust(evidence))

    def _first(self) -> Floats:
        """Finds alone; between the states of a family each trader leans one way or the other."""
        guilty = np.zeros((len(self._rows.day), len(self._states)))
        found = np.flatnonzero(self._results.family >= 0)
        place = self._results.place[found]
        who = np.arange(1, int(self._rows.trader.max(initial=0)) + 2)[:, None]
        lean = (
            who * _IRRATIONAL * (1 + np.arange(len(self._states)))
        ) % 1.0  # spread evenly, and the same in every run
        lean = lean**4 + 0.05
        share = (self._states == self._results.family[found][:, None]) * lean[self._rows.trader[place]]
        guilty[place] = share / share.sum(axis=1, keepdims=True) * self._results.weight[found][:, None]
        return guilty

    def _read(self, logs: list[Floats]) -> Floats:
        total = np.zeros((len(self._rows.day), len(self._states)))
        for step, table in zip(self._steps, logs, strict=True):
            total += table[step]
        return total

    def _pull(self) -> Floats:
        pull: Floats = self._pulls[0][self._places[0]]
        for place, table in zip(self._places[1:], self._pulls[1:], strict=True):
            pull = pull * table[place]
        return pull

    def _learn_traces(self, guilty: Floats) -> list[Floats]:
        honest = np.maximum(1.0 - guilty.sum(axis=1), 0.0)
        counted = guilty * self._counts[:, None]
        return [learn_steps(step, edges, counted, honest) for step, edges in zip(self._steps, self._edges, strict=True)]

    def _likelihood(self, parts: Parts) -> Floats:
        """Of each row with its result, if it has one `(n, 1 + k)`."""
        likelihood = parts.likelihood()
        place, weight = self._results.place, self._weight
        told = parts.told(place, self._results.family)
        likelihood[place] = likelihood[place] ** (1.0 - weight) * told**weight
        return likelihood

    def _moves(self, parts: Parts, likelihood: Floats) -> Floats:
        """How each row moves the belief of its trader: traces by their turn, results in full `(n, 1 + k)`."""
        traces = np.log(parts.likelihood())
        return (traces * self._turns[:, None] + np.log(likelihood) - traces) * self._rows.share[:, None]

    def _expect(self, parts: Parts) -> tuple[Floats, Floats, Floats]:
        """Chance of each state `(n, 1 + k)`, and of an irregularity of each state's trader and manner `(n, k)`."""
        evidence, likelihood = self._evidence, self._likelihood(parts)
        usual, steps = usual_of(evidence), self._moves(parts, likelihood)
        state = self._chain.before(steps, usual, evidence.stays_days)
        state *= self._chain.before(steps, usual, evidence.stays_days, backward=True) / usual * likelihood
        state /= state.sum(axis=1, keepdims=True)
        stray, own = parts.stray.copy(), parts.own.copy()
        place, weight = self._results.place, self._weight
        for table, told in zip((stray, own), parts.irregular(place, self._results.family), strict=True):
            table[place] = table[place] ** (1.0 - weight) * told**weight
        return state, state[:, 1:] * own / likelihood[:, 1:], state[:, :1] * stray / likelihood[:, :1]

    def _learn_life(self, parts: Parts, state: Floats, own: Floats, stray: Floats) -> None:
        """How many run each state, what they dare, how often others stray and officers err."""
        pull = self._pull()
        runs = np.clip(state[:, 1:].mean(axis=0), 0.001, 0.15)
        dares = np.clip(own.sum(axis=0) / np.maximum((state[:, 1:] * pull).sum(axis=0), 1.0), 0.15, 0.6)
        strays = float(np.clip(stray.sum() / state[:, 0].sum(), 0.002, 0.02))
        regular = 1.0 - (own + stray).sum(axis=1)[self._results.place]
        wrong = float((regular * (self._results.family >= 0)).sum() + 0.5)
        mistakes = float(np.clip(wrong / (regular.sum() + 100.0), 0.002, 0.15))
        self._evidence = msgspec.structs.replace(self._evidence, runs=tuple(runs.tolist()), dares=tuple(dares.tolist()),
            strays=strays, mistakes=mistakes)  # fmt: skip

    def _learn_pulls(self, state: Floats, own: Floats) -> None:
        """Irregularities over those to be expected, leaning on what all states have in common and that on nothing."""
        expected = state[:, 1:] * np.array(self._evidence.dares)
        for number, (place, table) in enumerate(zip(self._places, self._pulls, strict=True)):
            others = expected * self._pull() / table[place]
            there, due = (_sums(place, each, len(table)) for each in (own, others))
            common = (there.sum(axis=1) + _LEAN[0]) / (due.sum(axis=1) + _LEAN[0])
            self._pulls[number] = (there + _LEAN[1] * common[:, None]) / (due + _LEAN[1])

    def _settle(self, parts: Parts) -> None:
        """Take the length of stay under which the rows are likeliest, told from what came before each."""
        likelihood = self._likelihood(parts)
        steps, usual = self._moves(parts, likelihood), usual_of(self._evidence)
        fits = [
            float(np.log((self._chain.before(steps, usual, days) * likelihood).sum(axis=1)).sum()) for days in _STAYS
        ]
        self._evidence = msgspec.structs.replace(self._evidence, stays_days=_STAYS[int(np.argmax(fits))])

    def _floor(self, evidence: Evidence) -> float:
        """Finds among results of rows that looked like nothing, beyond what was believed of them."""
        belief = believe(evidence, weigh(evidence, self._rows), self._rows, self._results)
        chance, weight = belief.chance[self._results.place], self._results.weight
        low = (chance < _NOTHING) * weight
        more = ((self._results.family >= 0) - SIGHT * chance) * low
        return float(np.clip((more.sum() + _MISTAKES) / (low.sum() + 1.0), 1e-4, 0.2))

    def _trust(self, evidence: Evidence) -> Floats:
        """Chance that each find is one and no mistake, given all that is known of the trader; 1 for no find."""
        self._evidence = evidence
        _, own, stray = self._expect(Parts(evidence, weigh(evidence, self._rows)))
        chance = (own + stray).sum(axis=1)[self._results.place]
        return np.where(self._results.family >= 0, chance, 1.0)


def _sums(place: Ints, values: Floats, size: int) -> Floats:
    """Sums by place; what has none is counted at the last."""
    place = np.where(place < 0, size - 1, place)
    return np.column_stack([np.bincount(place, weights=each, minlength=size) for each in values.T])
