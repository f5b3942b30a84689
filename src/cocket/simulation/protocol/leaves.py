# SPDX-License-Identifier: Apache-2.0
"""DATE-style, without the neural stage: leaves of boosted trees, weighed anew for each importer and heading.

DATE embeds the leaves in which a declaration falls and lets importer and heading attend to them. Here the leaves have vectors, importer
and heading have vectors, and their inner products are added to what leaves, importer and heading weigh alone: a
factorisation machine between them, learnt by gradient descent. No attention, no hidden layer, no head for revenue; so it is no
DATE, and what it finds says nothing of what DATE would.

Source: Kim et al., DATE: dual attentive tree-aware embedding for customs fraud detection, KDD 2020 (the setting, trees of 100 rounds
and depth 4); Rendle, Factorization machines, ICDM 2010. Written from the papers.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from cocket.risk.models.chain import Flags, Floats, Ints

_TREES, _LEAVES, _SIZE = 100, 16, 8
_EPOCHS, _BATCH, _RATE, _HOLD = 20, 256, 0.05, 1e-3

#: Share of the results, the latest, on which the number of passes is chosen.
_ASIDE: Final = 0.2


class _Weights(msgspec.Struct):
    """What is learnt; each has the sum of its squared gradients beside it (Adagrad)."""

    level: Floats
    leaf: Floats
    own: Floats
    leaf_vector: Floats
    own_vector: Floats


def leaves_of(train: Floats, target: Floats, every: Floats, seed: int) -> Ints:
    """Leaf of each row in each tree, numbered over all trees `(n, trees)`; trees learn from the rows with a result alone."""
    import lightgbm

    parameters = {"objective": "binary", "num_leaves": _LEAVES, "max_depth": 4, "learning_rate": 0.1, "min_data_in_leaf": 20,
        "num_threads": 1, "verbose": -1, "seed": seed}  # fmt: skip
    model = lightgbm.train(parameters, lightgbm.Dataset(train, label=target), num_boost_round=_TREES)
    leaves = np.asarray(model.predict(every, pred_leaf=True, num_threads=1), dtype=np.int64).reshape(len(every), -1)
    return leaves + _LEAVES * np.arange(leaves.shape[1])


def learn(leaves: Ints, owners: tuple[Ints, ...], known: tuple[Ints, Flags], seed: int) -> Floats:
    """Log-odds of a find of each row `(n,)`.

    Args:
        leaves: As `leaves_of` gives.
        owners: Number of each row's importer, and of its heading, -1 where it names none `(n,)` each.
        known: Rows with a result in the order in which it returned, and what each found `(m,)`.
        seed: Seed of the order of descent.
    """
    place, found = known
    owner = _numbered(owners, place)
    sizes = int(leaves.max(initial=0)) + 1, int(owner.max(initial=0)) + 1
    cut = int((1.0 - _ASIDE) * len(place))
    inputs = leaves, owner
    best, passes = np.inf, 1
    if 0 < found[:cut].sum() < cut and len(place) > cut:
        weights, dice = _begin(sizes, float(found[:cut].mean()), seed)
        for epoch in range(1, _EPOCHS + 1):
            _pass(weights, inputs, (place[:cut], found[:cut]), dice)
            odds = _odds(weights[0], inputs, place[cut:])
            loss = float(np.mean(np.logaddexp(0.0, odds) - found[cut:] * odds))
            if loss < best:
                best, passes = loss, epoch
    weights, dice = _begin(sizes, float(found.mean()), seed)
    for _ in range(passes):
        _pass(weights, inputs, (place, found), dice)
    return _odds(weights[0], inputs, np.arange(len(leaves)))


def _numbered(owners: tuple[Ints, ...], place: Ints) -> Ints:
    """One number for each importer and heading that has a result; 0 for all others `(n, kinds)`."""
    columns, start = [], 1
    for codes in owners:
        taught = np.unique(codes[place])
        taught = taught[taught >= 0]
        at = np.searchsorted(taught, codes)
        is_known = (at < len(taught)) & (codes >= 0)
        is_known[is_known] = taught[at[is_known]] == codes[is_known]
        columns.append(np.where(is_known, at + start, 0))
        start += len(taught)
    return np.column_stack(columns)


def _begin(sizes: tuple[int, int], rate: float, seed: int) -> tuple[tuple[_Weights, _Weights], np.random.Generator]:
    dice = np.random.default_rng(seed)
    leaves, owners = sizes
    rate = min(max(rate, 1e-3), 1.0 - 1e-3)
    own_vector = dice.normal(0, 0.05, (owners, _SIZE))
    own_vector[0] = 0.0
    weights = _Weights(
        np.array([np.log(rate / (1.0 - rate))]),
        np.zeros(leaves),
        np.zeros(owners),
        dice.normal(0, 0.05, (leaves, _SIZE)),
        own_vector,
    )
    squares = _Weights(*(np.full_like(getattr(weights, name), 1e-2) for name in weights.__struct_fields__))
    return (weights, squares), dice


def _odds(weights: _Weights, inputs: tuple[Ints, Ints], place: Ints) -> Floats:
    odds = np.empty(len(place))
    for start in range(0, len(place), 4096):
        some = place[start : start + 4096]
        odds[start : start + 4096] = _forward(weights, inputs[0][some], inputs[1][some])[0]
    return odds


def _forward(weights: _Weights, leaves: Ints, owner: Ints) -> tuple[Floats, Floats, Floats]:
    """Log-odds, the sum of the leaves' vectors, and the sum of importer's and heading's."""
    scale = 1.0 / np.sqrt(leaves.shape[1])
    summed = scale * weights.leaf_vector[leaves].sum(axis=1)
    who = weights.own_vector[owner].sum(axis=1)
    odds = weights.level[0] + scale * weights.leaf[leaves].sum(axis=1) + weights.own[owner].sum(axis=1)
    return odds + (summed * who).sum(axis=1), summed, who


def _pass(
    state: tuple[_Weights, _Weights], inputs: tuple[Ints, Ints], known: tuple[Ints, Flags], dice: np.random.Generator
) -> None:
    """One pass over the results in random order."""
    weights, _ = state
    place, found = known
    order = dice.permutation(len(place))
    for start in range(0, len(order), _BATCH):
        some = order[start : start + _BATCH]
        leaves, owner = inputs[0][place[some]], inputs[1][place[some]]
        odds, summed, who = _forward(weights, leaves, owner)
        error = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))) - found[some]
        scale, trees, kinds = 1.0 / np.sqrt(leaves.shape[1]), leaves.shape[1], owner.shape[1]
        _step(state, "level", np.zeros(len(some), dtype=np.int64), error)
        _step(state, "leaf", leaves.ravel(), np.repeat(scale * error, trees))
        _step(state, "own", owner.ravel(), np.repeat(error, kinds))
        _step(state, "leaf_vector", leaves.ravel(), np.repeat(scale * error[:, None] * who, trees, axis=0))
        _step(state, "own_vector", owner.ravel(), np.repeat(error[:, None] * summed, kinds, axis=0))
        weights.own[0] = 0.0
        weights.own_vector[0] = 0.0


def _step(state: tuple[_Weights, _Weights], name: str, place: Ints, gradient: Floats) -> None:
    """A step of Adagrad down the mean gradient of a batch, towards zero a little; only what the batch touches moves."""
    weights, squares = (getattr(one, name) for one in state)
    touched, at = np.unique(place, return_inverse=True)
    total = np.zeros((len(touched), *weights.shape[1:]))
    np.add.at(total, at, gradient)
    total /= _BATCH
    if name != "level":
        total += _HOLD * weights[touched]
    squares[touched] += total**2
    weights[touched] -= _RATE * total / np.sqrt(squares[touched])
