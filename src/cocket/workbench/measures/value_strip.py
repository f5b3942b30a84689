# SPDX-License-Identifier: Apache-2.0
"""The strip of a value in its comparison set: where each declared unit value stands, half and double equally far apart."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from cocket.measures.valuation import Indication

_LEFT: Final = 12
_WIDTH: Final = 536
_ROOM: Final = 0.05


class Strip(msgspec.Struct, frozen=True):
    """A strip, in units of its picture, 560 wide.

    Attributes:
        dots: Where the members of the set stand (1..n).
        lower: Where the lower quartile stands.
        median: Where the median stands.
        upper: Where the upper quartile stands.
        declared: Where the declared unit value stands.
        ends: The lowest and highest unit value of the picture, as text.
        middle: The two quartiles as text.
    """

    dots: tuple[float, ...]
    lower: float
    median: float
    upper: float
    declared: float
    ends: tuple[str, str]
    middle: tuple[str, str]


def strip_of(indication: Indication | None, points: tuple[float, ...]) -> Strip | None:
    """The strip of one item; None where there is nothing to compare with.

    Args:
        indication: How its value stands.
        points: Members of the set, each as a multiple of the declared unit value.
    """
    if indication is None or indication.set is None or indication.distance is None or not points:
        return None
    spread, per_unit = indication.set.spread, float(indication.declared_unit_value or 0)
    declared = spread.median + indication.distance * spread.scatter
    logs = [math.log(point) for point in points]
    marks = [spread.lower - declared, spread.median - declared, spread.upper - declared]
    low, high = min(*logs, *marks, 0.0), max(*logs, *marks, 0.0)
    room = max(high - low, _ROOM) * _ROOM
    low, high = low - room, high + room

    def place(log: float) -> float:
        return round(_LEFT + _WIDTH * (log - low) / (high - low), 1)

    def text(log: float) -> str:
        return f"{per_unit * math.exp(log):.4g}"

    return Strip(
        dots=tuple(place(log) for log in logs),
        lower=place(marks[0]),
        median=place(marks[1]),
        upper=place(marks[2]),
        declared=place(0.0),
        ends=(text(low), text(high)),
        middle=(text(marks[0]), text(marks[2])),
    )
