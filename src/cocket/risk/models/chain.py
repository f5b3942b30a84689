# SPDX-License-Identifier: Apache-2.0
"""Beliefs that follow many traders through time at once: the n-th event of every trader is taken together.

Source: Rabiner, Proceedings of the IEEE 77(2), 1989 (hidden Markov chains, forward and backward).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Chain:
    """The events of all traders, trader by trader and in the order of time.

    Args:
        day: Day number of each event `(n,)`.
        trader: Number of the trader it is of `(n,)`.
        rank: Of events of one moment, the lower comes first `(n,)`; None to take them as they are given.
    """

    def __init__(self, day: Floats, trader: Ints, rank: Ints | None = None) -> None:
        self._order = np.lexsort((day, trader) if rank is None else (rank, day, trader))
        self._day = day[self._order]
        owner = trader[self._order]
        start = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.empty(0, dtype=np.int64)
        count = np.diff(np.r_[start, len(owner)])
        longest = np.argsort(-count, kind="stable")
        self._start, self._count = start[longest], count[longest]

    def before(self, log_steps: Floats, usual: Floats, stays_days: float, *, backward: bool = False) -> Floats:
        """Belief before each event, `(n, k)`.

        Args:
            log_steps: Ln likelihood of each event under each state `(n, k)`.
            usual: Belief before any event, to which it falls back with time `(k,)`.
            stays_days: Days in which it falls back by a factor e.
            backward: Whether time runs the other way.
        """
        step = np.exp(log_steps - log_steps.max(axis=1, keepdims=True))[self._order]
        belief = np.tile(usual, (len(self._start), 1))
        sorted_before = np.empty_like(step)
        active, last = len(self._start), np.empty(0)
        for number in range(int(self._count[0]) if len(self._count) else 0):
            active = int(np.searchsorted(-self._count[:active], -number, side="left"))
            at = self._start[:active] + (self._count[:active] - 1 - number if backward else number)
            day = self._day[at]
            passed = np.abs(day - last[:active]) if number else np.zeros(active)
            stays = np.exp(-passed / stays_days)[:, None]
            now = belief[:active] * stays + (1.0 - stays) * usual
            sorted_before[at] = now
            now = now * step[at]
            belief[:active] = now / now.sum(axis=1, keepdims=True)
            last = day
        before: Floats = np.empty_like(sorted_before)
        before[self._order] = sorted_before
        return before
