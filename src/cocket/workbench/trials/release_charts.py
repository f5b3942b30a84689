# SPDX-License-Identifier: Apache-2.0
"""The geometry of release times: percentiles on an axis, who was waited for, and what follows what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from cocket.trials.release import Study, Times
from cocket.trials.release.stamps import KINDS, Kind

#: Width of every picture; height of the one of steps, and where its line of steps lies.
_WIDE, _TALL, _LINE, _EDGE = 1000.0, 260.0, 200.0, 50.0

#: Steps that are drawn (count), and the widest (units of the picture).
_MOST: Final = 14
_WIDEST: Final = 16.0


class Marks(msgspec.Struct, frozen=True):
    """Percentiles of one time on an axis, 0–1000; those not reached yet are left out.

    Attributes:
        dots: Where P50, P75, P90 and P95 lie.
        is_open: Whether some are not reached yet, so that the line goes on.
    """

    dots: tuple[float, ...]
    is_open: bool


class Node(msgspec.Struct, frozen=True):
    """A step of the picture: its number, kind and place."""

    number: int
    kind: Kind
    x: float


class Arc(msgspec.Struct, frozen=True):
    """The way from one step to another: its path, its width, and whether it leads back."""

    path: str
    width: float
    is_back: bool


class Flow(msgspec.Struct, frozen=True):
    """Steps on a line with arcs between them, as wide as the time that goes there; 1000 by 260.

    Attributes:
        nodes: Steps in order (0..16).
        arcs: Ways between them, those with most time (0..14).
        line: Height of the line.
    """

    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    line: float


def axis_of(times: Iterable[Times | None]) -> tuple[float, float]:
    """Both ends of an axis that holds every percentile of these (seconds); 0 lies within."""
    found = [value for one in times if one for value in one.elapsed if value is not None]
    return min(0.0, *found, 0.0), max(60.0, *found, 0.0)


def marks_of(one: Times, axis: tuple[float, float]) -> Marks:
    """Where the percentiles of a time lie on an axis."""
    low, high = axis
    dots = tuple(round(_WIDE * (value - low) / (high - low), 1) for value in one.elapsed if value is not None)
    return Marks(dots, len(dots) < len(one.elapsed))


def flow_of(study: Study) -> Flow:
    """What follows what, with the time that goes there."""
    steps = [one for one in study.steps if one.total > 0][:_MOST]
    used = {kind for one in steps for kind in (one.start, one.end)}
    kinds = [kind for kind in KINDS if kind in used]
    gap = (_WIDE - 2 * _EDGE) / max(1, len(kinds) - 1)
    nodes = tuple(Node(place + 1, kind, round(_EDGE + gap * place, 1)) for place, kind in enumerate(kinds))
    at = {one.kind: one.x for one in nodes}
    most = max((one.total for one in steps), default=1.0)
    arcs = []
    for one in steps:
        start, end = at[one.start], at[one.end]
        height = min(_LINE - 20, 30 + abs(end - start) / 3)
        is_back = end < start
        peak = _LINE + min(50.0, height) if is_back else _LINE - height
        path = f"M{start} {_LINE}Q{round((start + end) / 2, 1)} {round(2 * peak - _LINE, 1)} {end} {_LINE}"
        arcs.append(Arc(path, round(max(1.0, _WIDEST * one.total / most), 1), is_back))
    return Flow(nodes, tuple(arcs), _LINE)
