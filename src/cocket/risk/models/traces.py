# SPDX-License-Identifier: Apache-2.0
"""Traces as steps: how much likelier each step is in an irregularity of each kind."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from cocket.risk.features.batch import Arrays
from cocket.risk.features.traces import TRACES
from cocket.risk.models.chain import Floats, Ints

#: Shares of rows below each step: fine where irregularities lie, at the ends.
_QUANTILES = np.array(
    [0.001, 0.003, 0.007, 0.015, 0.03, 0.05, 0.08, 0.12, 0.16, *np.arange(0.2, 0.81, 0.05), 0.84, 0.88, 0.92, 0.95,
     0.97, 0.985, 0.993, 0.997, 0.999]
)  # fmt: skip

#: With at most so many different values each is a step of its own, and neighbours are not alike.
_FEW = 8

#: Rows that "no likelier than elsewhere" is worth when a step is learnt.
_LEAN = 6.0


class Steps(msgspec.Struct, frozen=True):
    """The steps of one figure, and what is learnt of each.

    Attributes:
        edges: Upper ends of all steps but the last, rising; step 0 is the unknown.
        values: A value by step and state `(n_steps, k)`.
    """

    edges: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]


def traces_of(features: dict[str, Floats]) -> Floats:
    """Values of `TRACES` `(n, n_traces)`."""
    return np.column_stack([Arrays.rounded(read(features, Arrays)) for read in TRACES.values()])


def edges_of(figure: Floats) -> Floats:
    """Where the steps of a figure end."""
    known = np.sort(figure[np.isfinite(figure)])
    if not len(known):
        return np.zeros(1)
    values = np.unique(known)
    if len(values) <= _FEW:
        return (values[1:] + values[:-1]) / 2.0 if len(values) > 1 else values
    return np.unique(np.quantile(known, _QUANTILES))


def step_of(figure: Floats, edges: Floats) -> Ints:
    """Step of each value; 0 where it is not known."""
    step: Ints = np.searchsorted(edges, figure, side="left") + 1
    step[~np.isfinite(figure)] = 0
    return step


def learn_steps(step: Ints, edges: Floats, guilty: Floats, honest: Floats) -> Floats:
    """Ln of how much likelier each step is in an irregularity of each kind than in regular trade, `(n_steps, k)`.

    Args:
        step: Step of each row `(n,)`.
        edges: Where the steps end.
        guilty: Weight of each row as an irregularity of each kind `(n, k)`.
        honest: Weight as regular trade `(n,)`.
    """
    size = len(edges) + 2
    usual: Floats = np.bincount(step, weights=honest, minlength=size).astype(np.float64)
    counts: Floats = np.column_stack([np.bincount(step, weights=each, minlength=size) for each in guilty.T]).astype(
        np.float64
    )
    usual[0], counts[0] = 0.0, 0.0
    usual = (usual + 0.5) / (usual.sum() + 0.5 * size)
    if len(edges) >= _FEW:
        usual, counts = _smoothed(usual[:, None])[:, 0], _smoothed(counts)
    shares = (counts + _LEAN * usual[:, None]) / (counts.sum(axis=0) + _LEAN)
    logs: Floats = np.log(shares / usual[:, None])
    logs[0] = 0.0
    return logs


def _smoothed(counts: Floats) -> Floats:
    """A quarter of each step's count goes to either neighbour; the unknown has none."""
    known = counts[1:]
    wide = np.vstack([known[:1], known, known[-1:]])
    return np.vstack([counts[:1], 0.25 * wide[:-2] + 0.5 * wide[1:-1] + 0.25 * wide[2:]])


def steps_to_file(edges: Sequence[Floats], values: Sequence[Floats]) -> tuple[Steps, ...]:
    """Steps as they are written down."""
    return tuple(
        Steps(tuple(ends.tolist()), tuple(tuple(row) for row in table.tolist()))
        for ends, table in zip(edges, values, strict=True)
    )
