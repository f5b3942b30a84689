# SPDX-License-Identifier: Apache-2.0
"""Do chances come true, do scores drift, and does a model burden some traders more than others?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocket.risk.estimate import Estimate, Trial, share_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_BINS = 10

#: Where the parts of `reliability_of` end (share of all declarations, lowest chance first).
_PARTS = (0.25, 0.5, 0.75, 0.9, 0.95, 0.98)


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One tenth of the rows, lowest scores first: how many, what was told on average, and what observed (0–1)."""

    rows: int
    told: float
    true: float


def bins_of(chance: Floats, true: Flags, bins: int = _BINS) -> tuple[Bin, ...]:
    """Rows in bins of equal count by their chance, lowest first.

    Args:
        chance: What was told, 0–1 `(n,)`.
        true: Whether it observed `(n,)`.
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


class Reliable(msgspec.Struct, frozen=True, kw_only=True):
    """One part of all declarations, by the chance that was told of them, and what observed.

    Attributes:
        stands_for: Share of all declarations (0–1).
        examined: Results it rests on (count); `drawn` of them drawn at random.
        drawn: See `examined`.
        told: Mean predicted probability (0–1).
        true: Share with a find, each result standing for its like, with its interval of 95 %.
    """

    stands_for: float
    examined: int
    drawn: int
    told: float
    true: Estimate


def reliability_of(chance: Floats, true: Flags, stands_for: Floats, drawn: Flags) -> tuple[Reliable, ...]:
    """Do chances come true? Rows in parts by their chance, lowest first; the highest tenth in three parts, for there it counts.

    Args:
        chance: What was told of examined rows that taught nothing, 0–1 `(n,)`.
        true: Whether it observed `(n,)`.
        stands_for: How many declarations each stands for `(n,)`.
        drawn: Whether chance alone chose it `(n,)`.
    """
    order = np.argsort(chance, kind="stable")
    place = np.cumsum(stands_for[order]) / max(float(stands_for.sum()), 1e-12)
    parts = np.split(order, np.searchsorted(place, _PARTS))
    told = []
    for part in parts:
        if not len(part):
            continue
        weight = stands_for[part]
        trials = [
            (Trial(is_examined=True, found=bool(found)), float(each))
            for found, each in zip(true[part], weight, strict=True)
        ]
        told.append(
            Reliable(
                stands_for=float(weight.sum() / stands_for.sum()),
                examined=len(part),
                drawn=int(drawn[part].sum()),
                told=float((chance[part] * weight).sum() / weight.sum()),
                true=share_of(trials),
            )
        )
    return tuple(told)


def error_where_it_counts(parts: Sequence[Reliable]) -> float | None:
    """Calibration error with each part counted by how likely it is to be selected: by its size and the predicted probability of it.

    Returns:
        0–1, lower is better; None of no parts.
    """
    weights = [one.stands_for * one.told for one in parts]
    missed = sum(weight * abs(one.told - one.true.value) for weight, one in zip(weights, parts, strict=True))
    return missed / sum(weights) if sum(weights) else None


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
