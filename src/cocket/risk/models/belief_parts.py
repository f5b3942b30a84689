# SPDX-License-Identifier: Apache-2.0
"""What the belief about a trader rests on: results, and each trace of past and present declarations, with its contribution.

The belief is worked out with some of these left out, in one order and in the opposite one; what each adds is the mean of
both, so that together they make the whole. All of it runs side by side over one pass through the trader's past.

Source: Mitchell et al., Sampling Permutations for Shapley Value Estimation, JMLR 23, 2022 (antithetic permutations).
"""

from __future__ import annotations

import math
from bisect import bisect_left

import msgspec
import numpy as np

from cocket.risk.features.traces import TRACES
from cocket.risk.models.evidence import MOST, PULLS, SIGHT, SPEAKS, Evidence, Flags, Floats
from cocket.risk.trail import CLEAN, FOUND, MOST_ROWS, OWN, PAST, Seen, Step, Told

_NAMES = tuple(TRACES)


class BeliefParts(msgspec.Struct, frozen=True, kw_only=True):
    """A belief taken apart.

    Attributes:
        base: Log-odds of a find by the goods alone, of a trader of whom nothing is known.
        whole: The same with everything.
        weights: Part → what it adds (log-odds); they sum to `whole` − `base`. Parts that say nothing are left out.
    """

    base: float
    whole: float
    weights: dict[str, float]


class _Row(msgspec.Struct, frozen=True):
    """Chances of one row before its traces, and what each trace says under each state `(n_traces, k)`."""

    dares: Floats
    strays: Floats
    logs: Floats
    share: float


def take_apart(evidence: Evidence, seen: Seen, place: int) -> BeliefParts:
    """Take apart what a model's first stage believed of an item.

    Args:
        evidence: What the first stage learnt.
        seen: The declaration, and what was known of its trader when it was looked at.
        place: The item (0-based).
    """
    return _Taken(evidence, seen, place).parts()


class _Taken:
    def __init__(self, evidence: Evidence, seen: Seen, place: int) -> None:
        self._evidence, self._seen = evidence, seen
        past, self._before = seen.before(MOST_ROWS), seen.earlier(MOST_ROWS)
        self._rows = [self._read(step) for step in past.steps]
        self._days, self._told = past.days, past.told
        self._own = [self._read(step) for step in seen.looked.steps[: place + 1]]
        self._names = self._active()

    def parts(self) -> BeliefParts:
        """Each part's mean contribution over the two orders."""
        size = len(self._names)
        masks = np.zeros((2 * size + 2, size), dtype=np.bool_)
        for place in range(size + 1):
            masks[place, :place] = True
            masks[size + 1 + place, size - place :] = True
        odds = self._odds(masks)
        ahead, back = np.diff(odds[: size + 1]), np.diff(odds[size + 1 :])[::-1]
        weights = dict(zip(self._names, (0.5 * (ahead + back)).tolist(), strict=True))
        return BeliefParts(base=float(odds[0]), whole=float(odds[size]), weights=weights)

    def _active(self) -> tuple[str, ...]:
        """Parts that say anything, results first."""
        names = []
        if any(one.offence is not None for one in self._told):
            names.append(FOUND)
        if any(one.offence is None for one in self._told):
            names.append(CLEAN)
        for prefix, rows in ((PAST, self._rows), (OWN, self._own)):
            spoken = np.any([np.any(row.logs != 0.0, axis=1) for row in rows], axis=0) if rows else []
            names += [prefix + name for name, speaks in zip(_NAMES, spoken, strict=False) if speaks]
        return tuple(names)

    def _odds(self, masks: Flags) -> Floats:
        """Log-odds of a find with the parts that each mask leaves in `(n_masks,)`."""
        evidence = self._evidence
        usual = np.array([1.0 - sum(evidence.runs), *evidence.runs])
        belief = np.tile(usual, (len(masks), 1))
        past, own = self._traces(masks, PAST), self._traces(masks, OWN)
        hears = {True: self._mask(masks, FOUND), False: self._mask(masks, CLEAN)}
        last, before, heard = -math.inf, self._before, 0

        def stay(belief: Floats, passed: float) -> Floats:
            if passed <= 0.0 or math.isinf(passed):
                return belief
            stays = math.exp(-passed / evidence.stays_days)
            faded: Floats = stays * belief + (1.0 - stays) * usual
            return faded

        def hear(belief: Floats, told: Told) -> Floats:
            moved = _moved(belief, self._moves(self._rows[told.place], past, told), told.weight)
            return np.where(hears[told.offence is not None][:, None], moved, belief)

        for place, day in enumerate(self._days):
            while heard < len(self._told) and self._told[heard].returned <= day:
                told = self._told[heard]
                belief, last, heard = hear(stay(belief, told.returned - last), told), told.returned, heard + 1
            belief, last = stay(belief, day - last), day
            row = self._rows[place]
            belief = _moved(belief, self._likelihood(row, past)[0], row.share * self._by_turn(before))
            before += row.share
        for told in self._told[heard:]:
            belief, last = hear(stay(belief, told.returned - last), told), told.returned
        belief = stay(belief, self._seen.looked.day - last)
        for row in self._own[:-1]:
            belief = _moved(belief, self._likelihood(row, own)[0], row.share * self._by_turn(before))
            before += row.share
        return self._find(belief, self._own[-1], own)

    def _find(self, belief: Floats, row: _Row, traces: Floats) -> Floats:
        likelihood, irregular, stray = self._likelihood(row, traces)
        joint = belief / (belief * likelihood).sum(axis=1, keepdims=True)
        chance = (joint[:, 1:] * irregular).sum(axis=1) + joint[:, 0] * stray.sum(axis=1)
        find = np.clip(SIGHT * chance + self._evidence.floor * (1.0 - chance), 1e-5, 1.0 - 1e-5)
        odds: Floats = np.log(find / (1.0 - find))
        return odds

    def _likelihood(self, row: _Row, traces: Floats) -> tuple[Floats, Floats, Floats]:
        """Of a row's traces under honesty and each state, and the chances of an irregularity with them."""
        ratio = np.exp(np.clip(traces @ row.logs, *SPEAKS))
        irregular, stray = row.dares * ratio, row.strays * ratio
        honest = 1.0 - row.strays.sum() + stray.sum(axis=1)
        return np.column_stack([honest, 1.0 - row.dares + irregular]), irregular, stray

    def _moves(self, row: _Row, traces: Floats, told: Told) -> Floats:
        evidence, families = self._evidence, len(self._evidence.families)
        likelihood, own, stray = self._likelihood(row, traces)
        number = {name: place for place, name in enumerate(evidence.families)}
        family = -1 if told.offence is None else number.get(told.offence, families - 1)
        states = np.array(evidence.states)
        sees = np.full(len(states), 1.0 - SIGHT) if family < 0 else SIGHT * (states == family)
        chance = 1.0 - evidence.mistakes if family < 0 else evidence.mistakes / families
        irregular = np.column_stack([(stray * sees).sum(axis=1), own * sees])
        regular = np.concatenate([[1.0 - row.strays.sum()], 1.0 - row.dares])
        moves: Floats = (irregular + np.maximum(regular * chance, 1e-9)) / likelihood
        return moves

    def _mask(self, masks: Flags, name: str) -> Flags:
        if name not in self._names:
            return np.zeros(len(masks), dtype=np.bool_)
        mask: Flags = masks[:, self._names.index(name)]
        return mask

    def _traces(self, masks: Flags, prefix: str) -> Floats:
        """Which traces each mask leaves in `(n_masks, n_traces)`."""
        return np.column_stack([self._mask(masks, prefix + name) for name in _NAMES]).astype(np.float64)

    def _by_turn(self, before: float) -> float:
        return self._evidence.fresh / (self._evidence.fresh + before)

    def _read(self, step: Step) -> _Row:
        evidence, k = self._evidence, len(self._evidence.states)
        logs = np.zeros((len(_NAMES), k))
        for place, (steps, figure) in enumerate(zip(evidence.traces, step.traces, strict=True)):
            if math.isfinite(figure):
                logs[place] = steps.values[bisect_left(steps.edges, figure) + 1]
        tax = evidence.tax
        pull = np.array(tax.values[bisect_left(tax.edges, step.tax) + 1 if math.isfinite(step.tax) else 0])
        for name, known in evidence.pulls.items():
            more = known.get((step.hs2 if name == "hs2" else step.origin) or "")
            if more is not None:
                pull = pull * np.array(more)
        pull = np.clip(pull, *PULLS)
        runs = np.array(evidence.runs)
        return _Row(np.minimum(np.array(evidence.dares) * pull, MOST), evidence.strays * runs / runs.sum() * pull,
                    logs, step.share)  # fmt: skip


def _moved(belief: Floats, likelihood: Floats, weight: float) -> Floats:
    now = belief * likelihood**weight
    moved: Floats = now / now.sum(axis=1, keepdims=True)
    return moved
