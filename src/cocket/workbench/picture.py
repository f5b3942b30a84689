# SPDX-License-Identifier: Apache-2.0
"""The geometry of the pictures the pages draw: the path of a proof, bars of lanes, weights of reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cocket.pipeline.views import ProofView, ReasonView

_RUNG = 56  # height of one level of the path
_TOP = 60  # room for the head above the first level


class Rung(msgspec.Struct, frozen=True):
    """One level of the path: where its node stands and which sibling joins it on the way up.

    Attributes:
        y: Height of the node below the top of the picture.
        side: Side the sibling stands on.
        digest: The sibling's hash, hex.
    """

    y: int
    side: Literal["left", "right"]
    digest: str


class Path(msgspec.Struct, frozen=True):
    """The path of a proof as a picture, root on top: rungs from the leaf up, and where root and leaf stand."""

    height: int
    root_y: int
    leaf_y: int
    rungs: tuple[Rung, ...]


def path_of(proof: ProofView) -> Path:
    """Where each node of the proof's path stands."""
    leaf_y = _TOP + _RUNG * len(proof.path)
    rungs = tuple(Rung(leaf_y - _RUNG * level, side, digest) for level, (side, digest) in enumerate(proof.path))
    return Path(height=leaf_y + _TOP, root_y=_TOP, leaf_y=leaf_y, rungs=rungs)


class Segment(msgspec.Struct, frozen=True):
    """One lane's part of a bar, in hundredths of its length."""

    lane: str
    count: int
    start: float
    length: float


def bar_of(counts: dict[str, int], order: Iterable[str]) -> tuple[Segment, ...]:
    """The lanes that hold anything, side by side (0..n), filling the bar from 0 to 100."""
    total = sum(counts.values())
    segments: list[Segment] = []
    start = 0.0
    for lane in order:
        count = counts.get(lane, 0)
        if count:
            length = 100 * count / total
            segments.append(Segment(lane, count, round(start, 2), round(length, 2)))
            start += length
    return tuple(segments)


def weights_of(reasons: tuple[ReasonView, ...]) -> tuple[float | None, ...]:
    """Each reason's weight as −100 to 100 of the strongest; None for a rule that does not weigh."""
    strongest = max((abs(reason.weight) for reason in reasons if reason.weight is not None), default=0.0)
    return tuple(
        None if reason.weight is None or not strongest else round(100 * reason.weight / strongest, 1)
        for reason in reasons
    )
