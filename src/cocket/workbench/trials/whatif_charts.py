# SPDX-License-Identifier: Apache-2.0
"""The geometry of a frontier: what more examinations come to, with intervals, today's point and the one asked about marked."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cocket.pipeline.trials.whatif import FrontierPoint

#: Width and height of a picture, and the room around its plane.
_WIDE, _TALL, _LEFT, _RIGHT, _TOP, _FOOT = 480.0, 240.0, 44.0, 14.0, 14.0, 30.0


class Mark(msgspec.Struct, frozen=True):
    """One point.

    Attributes:
        kind: `ours` for today, `changed`, or `host` for another share of today's examinations.
        x: Across.
        y: Down.
        low: Where the interval ends below.
        high: Where it ends above.
    """

    kind: str
    x: float
    y: float
    low: float
    high: float


class Frontier(msgspec.Struct, frozen=True):
    """A picture 480 by 240.

    Attributes:
        marks: Points (1..n), from few examinations to many.
        path: The line through all but the one asked about.
        ticks_x: Where a line of the axis stands, and what it says.
        ticks_y: The same, down.
    """

    marks: tuple[Mark, ...]
    path: str
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]


def frontier_of(points: Sequence[FrontierPoint], measure: str) -> Frontier:
    """The picture of one measure.

    Args:
        points: Points, from few examinations to many (1..n).
        measure: `found`, `threats` or `amount`.
    """
    most_x = max((one.examinations for one in points), default=0.0) * 1.05 or 1.0
    most_y = max((getattr(one, measure).high for one in points), default=0.0) * 1.05 or 1.0

    def across(value: float) -> float:
        return round(_LEFT + (_WIDE - _LEFT - _RIGHT) * value / most_x, 1)

    def down(value: float) -> float:
        return round(_TALL - _FOOT - (_TALL - _FOOT - _TOP) * min(1.0, max(0.0, value / most_y)), 1)

    kinds = {"today": "ours", "changed": "changed"}
    marks = tuple(
        Mark(kinds.get(one.name, "host"), across(one.examinations), down(told.value), down(told.low), down(told.high))
        for one in points
        for told in (getattr(one, measure),)
    )
    line = [one for one in marks if one.kind != "changed"]
    path = "".join(f"{'L' if number else 'M'}{one.x} {one.y}" for number, one in enumerate(line))
    return Frontier(
        marks,
        path,
        tuple((across(most_x * part / 4), _tick(most_x * part / 4)) for part in range(5)),
        tuple((down(most_y * part / 4), _tick(most_y * part / 4)) for part in range(5)),
    )


def _tick(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"
