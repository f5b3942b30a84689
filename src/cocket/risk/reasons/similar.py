# SPDX-License-Identifier: Apache-2.0
"""Past cases that were like this one, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from cocket.risk.features import NAMES

#: Past cases that are kept to compare with (count): the latest.
KEPT: Final = 1_000

#: What it counts, in spreads, where one of two figures is unknown and the other not; and the most one figure counts.
_UNKNOWN, _MOST = 1.0, 4.0


class PastResult(msgspec.Struct, frozen=True, kw_only=True):
    """A past case with its result.

    Attributes:
        id: Stable id of the consignment.
        features: Name → value; None where unknown.
        found: Whether an irregularity was found.
        offence: Class of the offence; None if nothing was found or it was not said.
    """

    id: str
    features: dict[str, float | None]
    found: bool
    offence: str | None = None


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """A past case that is like the one asked about.

    Attributes:
        id: Stable id.
        found: Whether an irregularity was found.
        offence: Its class; None if none.
        likeness: 0–1, 1 where every figure is the same.
        title: Its reference, as people name it; "" where the case is not one of an instance.
    """

    id: str
    found: bool
    offence: str | None
    likeness: float
    title: str = ""


class SimilarCases:
    """Past cases made ready to be compared with.

    Args:
        cases: Past cases, oldest first (0..n); the latest `KEPT` are kept.
    """

    def __init__(self, cases: Iterable[PastResult]) -> None:
        import numpy as np

        self._np = np
        self._cases = list(cases)[-KEPT:]
        rows: Any = np.array(
            [[_number(case.features.get(name)) for name in NAMES] for case in self._cases], dtype=np.float64
        ).reshape(len(self._cases), len(NAMES))
        is_known = ~np.isnan(rows)
        filled = np.where(is_known, rows, 0.0)
        known = np.maximum(is_known.sum(axis=0), 1)
        middle = filled.sum(axis=0) / known
        spread = np.sqrt((np.where(is_known, rows - middle, 0.0) ** 2).sum(axis=0) / known)
        self._spread: Any = np.where(spread > 0, spread, 1.0)
        # Small numbers, feature by feature: comparing with all of them is most of what a card costs.
        self._rows: Any = np.ascontiguousarray((filled / self._spread).T, dtype=np.float32)
        self._known: Any = np.ascontiguousarray(is_known.T, dtype=np.float32)
        self.usual: dict[str, float] = dict(zip(NAMES, _medians(rows, np), strict=True))

    def __len__(self) -> int:
        return len(self._cases)

    def nearest(self, features: dict[str, float | None], most: int = 5) -> tuple[Similar, ...]:
        """The most similar past cases, the most similar first (0..most)."""
        if not self._cases:
            return ()
        np = self._np
        distance = np.zeros(len(self._cases), dtype=np.float32)
        for place, name in enumerate(NAMES):
            value, known = features.get(name), self._known[place]
            if value is None:
                distance += known * _UNKNOWN
            else:
                apart = np.abs(self._rows[place] - np.float32(value / self._spread[place]))
                distance += np.where(known > 0, np.minimum(apart, _MOST), _UNKNOWN)
        distance /= len(NAMES)
        near = np.argpartition(distance, min(most, len(distance) - 1))[:most]
        return tuple(
            Similar(
                id=self._cases[place].id,
                found=self._cases[place].found,
                offence=self._cases[place].offence,
                likeness=round(float(1.0 / (1.0 + distance[place])), 3),
            )
            for place in sorted(near.tolist(), key=lambda place: (distance[place], place))
        )


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _medians(rows: Any, np: Any) -> Sequence[float]:
    if not len(rows):
        return [float("nan")] * len(NAMES)
    columns = [column[~np.isnan(column)] for column in rows.T]
    return [float(np.median(column)) if len(column) else float("nan") for column in columns]
