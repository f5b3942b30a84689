# SPDX-License-Identifier: Apache-2.0
"""The geometry of the pictures the pages draw: the path of a proof, bars of lanes, weights of reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cocket.ledger.tree import node_hash
from cocket.pipeline.base.sealed_advice import ReasonView
from cocket.pipeline.queries.views import ProofView

_RUNG = 56  # height of one level of the path
_TOP = 60  # room above the root and below the leaf


class Rung(msgspec.Struct, frozen=True):
    """One level of the path: a node, and the sibling it is joined with on the way up.

    Attributes:
        y: Where the node stands, from the top of the picture.
        side: Side the sibling stands on.
        sibling: The sibling's hash, hex.
        node: The node's own hash, hex, computed from what is below it.
    """

    y: int
    side: Literal["left", "right"]
    sibling: str
    node: str


class Path(msgspec.Struct, frozen=True):
    """The path of a proof as a picture, root on top.

    Attributes:
        height: Of the picture.
        root_y: Where the root stands.
        leaf_y: Where the leaf stands.
        rungs: From the leaf up (0..n).
        holds: Whether the path, computed here once more, leads to the root.
    """

    height: int
    root_y: int
    leaf_y: int
    rungs: tuple[Rung, ...]
    holds: bool


def path_of(proof: ProofView) -> Path:
    """Where each node of the proof's path stands, and whether the path leads to its root.

    Source: RFC 6962 §2.1 (hash of two subtrees).
    """
    leaf_y = _TOP + _RUNG * len(proof.path)
    node = bytes.fromhex(proof.leaf_hash)
    rungs = []
    for level, (side, sibling) in enumerate(proof.path):
        rungs.append(Rung(leaf_y - _RUNG * level, side, sibling, node.hex()))
        beside = bytes.fromhex(sibling)
        node = node_hash(beside, node) if side == "left" else node_hash(node, beside)
    return Path(leaf_y + _TOP, _TOP, leaf_y, tuple(rungs), node.hex() == proof.root)


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
