# SPDX-License-Identifier: Apache-2.0
"""Declarations, and who and what they have in common, as a graph over which the few results spread.

Parties, addresses, goods and routes are nodes; a declaration is an edge among those it names. A node believes what its
declarations showed, those without a result by what the other nodes say of them; how far each kind of node is to be listened to is
fitted to the results, each judged without its own word.

It is a rival: the desk's model does without it, since blended with it in any part it found no more.

Source: Zhou et al., Learning with local and global consistency, NIPS 2003 (label spreading); the setting of Kim et al., GraphFC,
arXiv 2305.11377 (unlabelled declarations beside labelled ones, over traders and goods).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from cocket.risk.features import Terms
from cocket.risk.features.columns import GROUPS
from cocket.risk.features.parts import code_parts, combined
from cocket.risk.models.chain import Flags, Floats, Ints

#: Kinds of nodes, as `GROUPS` names them.
NODES: Final = (
    "importer", "address", "phone", "declarant", "seller", "office", "origin", "route", "hs2", "hs4", "hs6", "hs_origin",
    "importer_hs4",
)  # fmt: skip

#: What a declaration without a result weighs, declarations that the usual rate is worth to a node, and passes (count).
_UNSEEN, _USUAL, _PASSES = 0.05, 4.0, 4

_STEPS, _RATE, _HOLD = 200, 0.3, 0.02


def nodes_of(entries: pl.DataFrame, terms: Terms) -> tuple[Ints, ...]:
    """Number of each row's node of each kind, -1 where it names none `(n,)` each."""
    parts = code_parts(entries, terms)
    return tuple(combined(parts, GROUPS[name]) for name in NODES)


def spread(nodes: tuple[Ints, ...], known: Ints, found: Flags, seen: Flags) -> Floats:
    """Log-odds of a find of each row `(n,)`.

    Args:
        nodes: As `nodes_of` gives.
        known: Rows with a result `(m,)`.
        found: What each found `(m,)`.
        seen: Rows that were there when the results were; what came later only reads `(n,)`.
    """
    rate = (found.sum() + 1.0) / (len(found) + 20.0)
    level = float(np.log(rate / (1.0 - rate)))
    score, weight = np.full(len(seen), rate), np.where(seen, _UNSEEN, 0.0)
    score[known], weight[known] = found.astype(np.float64), 1.0
    listens, odds = np.full(len(nodes), 0.5), np.full(len(seen), level)
    for _ in range(_PASSES):
        lifts = np.column_stack([_lift(codes, score, weight, rate) for codes in nodes])
        listens = _fitted(lifts[known], found, level, listens)
        odds = level + lifts @ listens
        score = 1.0 / (1.0 + np.exp(-np.clip(odds, -12.0, 12.0)))
        score[known] = found
    return odds


def _lift(codes: Ints, score: Floats, weight: Floats, rate: float) -> Floats:
    """What a row's node believes without the row's own word, over what is usual (ln)."""
    at = np.where(codes < 0, 0, codes)
    own = np.where(codes < 0, 0.0, weight)
    total = np.bincount(at, own)[at] - own
    sums = np.bincount(at, own * score)[at] - own * score
    chance = np.clip((sums + _USUAL * rate) / (total + _USUAL), 1e-4, 1.0 - 1e-4)
    lift: Floats = np.log(chance / (1.0 - chance)) - np.log(rate / (1.0 - rate))
    return np.where(codes < 0, 0.0, lift)


def _fitted(lifts: Floats, found: Flags, level: float, begin: Floats) -> Floats:
    """Logistic regression without an intercept of its own, none below zero, held towards zero."""
    listens = begin.copy()
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(level + lifts @ listens, -12.0, 12.0)))
        step = lifts.T @ (found - chance) / len(found) - _HOLD * listens
        listens = np.maximum(0.0, listens + _RATE * step)
    return listens
