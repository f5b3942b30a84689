# SPDX-License-Identifier: Apache-2.0
"""How much each ground counts, learnt from examples that were laid aside in turn.

A subheading's score is the weighed sum of its grounds; scores of a shortlist become shares by softmax, and the weights are
those that make the true subheading's share of the phrases laid aside largest.
Source: McFadden, Conditional logit analysis of qualitative choice behavior (1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cocket.risk.classify.examples import Example
from cocket.risk.classify.grounds import Grounds, Phrases

Scores = npt.NDArray[np.float32]

#: Fewest phrases of trade from which weights are learnt, most that are laid aside for it, and in how many turns.
FEWEST: Final = 400
_MOST: Final = 3_000
_TURNS: Final = 5
_BATCH: Final = 256

#: What keeps weights small (of grounds brought to a spread of 1), and steps of the search at most.
_CALM: Final = 1e-3
_STEPS: Final = 200


def learn_weights(phrases: Phrases, examples: Sequence[Example]) -> Scores | None:
    """Weights of the grounds, `(n_grounds,)`; None where trade's phrases are too few to learn any from.

    A phrase laid aside is held against examples of other words only, as a description that comes in will be.
    """
    trade = np.flatnonzero([not one.is_law for one in examples])
    if len(trade) < FEWEST:
        return None
    aside = trade[np.unique(np.linspace(0, len(trade) - 1, min(_MOST, len(trade))).astype(np.int64))]
    told, true = [], []
    for turn in range(_TURNS):
        asked = aside[turn::_TURNS]
        hidden = {phrases.parts[place] for place in asked}
        kept = np.flatnonzero([parts not in hidden for parts in phrases.parts])
        if not len(kept):
            continue
        grounds = grounds_of(phrases.at(kept), [examples[place] for place in kept.tolist()])
        for start in range(0, len(asked), _BATCH):
            places = asked[start : start + _BATCH]
            listed, values = _listed(grounds, phrases.at(places))
            is_true = grounds.codes[listed] == np.asarray([examples[place].hs6 for place in places.tolist()])[:, None]
            found = is_true.any(axis=1)
            told.append(values[found])
            true.append(is_true[found].argmax(axis=1))
    if not told or not sum(map(len, told)):
        return None
    return _fit(np.concatenate(told), np.concatenate(true))


def grounds_of(phrases: Phrases, examples: Sequence[Example]) -> Grounds:
    """The grounds that examples give."""
    is_law = np.asarray([one.is_law for one in examples], np.bool_)
    return Grounds(phrases, [one.text for one in examples], [one.hs6 for one in examples], is_law)


def softmax(scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Shares, 0–1, of each row's scores."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _listed(grounds: Grounds, asked: Phrases) -> tuple[npt.NDArray[np.int64], Scores]:
    votes = grounds.votes(asked)
    listed = grounds.shortlist(votes)
    return listed, grounds.of(asked, votes, listed)


def _fit(values: Scores, true: npt.NDArray[Any]) -> Scores:
    """Weights by which the true subheading's share is largest."""
    from scipy.optimize import minimize

    spread = values.std(axis=(0, 1), dtype=np.float64)
    spread[spread < 1e-6] = np.inf
    scaled = ((values - values.mean(axis=(0, 1))) / spread).astype(np.float32)
    everyone = np.arange(len(true))

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        shares = softmax((scaled @ weights.astype(np.float32)).astype(np.float64))
        missed = -np.log(shares[everyone, true] + 1e-12).mean()
        shares[everyone, true] -= 1
        slope = np.tensordot(shares.astype(np.float32), scaled, axes=2) / len(true)
        return float(missed + _CALM * (weights @ weights) / 2), slope + _CALM * weights

    found = minimize(loss, np.zeros(values.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return np.asarray(found.x / spread, np.float32)
