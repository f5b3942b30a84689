# SPDX-License-Identifier: Apache-2.0
"""Do chances come true, do scores drift, and does a model burden some traders more than others?"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_BINS = 10


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One tenth of the rows, lowest scores first: how many, what was told on average, and what came true (0–1)."""

    rows: int
    told: float
    true: float


def bins_of(chance: Floats, true: Flags, bins: int = _BINS) -> tuple[Bin, ...]:
    """Rows in bins of equal count by their chance, lowest first.

    Args:
        chance: What was told, 0–1 `(n,)`.
        true: Whether it came true `(n,)`.
        bins: Bins (count).
    """
    order = np.argsort(chance, kind="stable")
    return tuple(
        Bin(rows=len(part), told=float(chance[part].mean()), true=float(true[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    )


def calibration_error(chance: Floats, true: Flags, bins: int = _BINS) -> float:
    """Expected calibration error over bins of equal count (0–1, lower is better).

    Source: Naeini et al., AAAI 2015; equal counts as in Nguyen and O'Connor, EMNLP 2015.
    """
    parts = bins_of(chance, true, bins)
    rows = sum(part.rows for part in parts)
    return sum(part.rows * abs(part.told - part.true) for part in parts) / rows if rows else 0.0


def stability_index(before: Floats, after: Floats, bins: int = _BINS) -> float:
    """Population stability index of a figure; under 0.1 is calm, over 0.25 calls for a look.

    NaN is a bin of its own. Source: Siddiqi, Credit Risk Scorecards, 2006, chapter 9.
    """
    known = before[np.isfinite(before)]
    if not len(known) or not len(after):
        return 0.0
    edges = np.unique(np.quantile(known, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    total = 0.0
    for one, other in zip(_shares(before, edges), _shares(after, edges), strict=True):
        total += (other - one) * math.log(other / one)
    return total


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """How a group of traders fares among the selected.

    Attributes:
        name: Which group.
        rows: Its declarations (count).
        selected: Share selected (0–1).
        false: Share of its honest declarations selected (0–1); None if there are none.
        precision: Share of its selected that were irregular (0–1); None if none was selected.
    """

    name: str
    rows: int
    selected: float
    false: float | None
    precision: float | None


def segments_of(names: NDArray[np.str_], selected: Flags, true: Flags) -> tuple[Segment, ...]:
    """The fairness table: one row a group, in the order of names."""
    rows = []
    for name in np.unique(names):
        of = names == name
        honest, chosen = of & ~true, of & selected
        rows.append(
            Segment(
                name=str(name),
                rows=int(of.sum()),
                selected=float(selected[of].mean()),
                false=float(selected[honest].mean()) if honest.any() else None,
                precision=float(true[chosen].mean()) if chosen.any() else None,
            )
        )
    return tuple(rows)


def _shares(values: Floats, edges: Floats) -> list[float]:
    """Share of values in each bin and of unknown ones, none of them quite 0."""
    known = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1).tolist()
    counts.append(len(values) - len(known))
    return [max(count, 0.5) / len(values) for count in counts]
