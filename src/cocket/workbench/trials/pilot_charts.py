# SPDX-License-Identifier: Apache-2.0
"""The geometry of the bounds of a pilot: information to the right, z upwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from cocket.trials.pilots.report import PilotLook
from cocket.trials.pilots.running import Bound

#: Size of the picture, and the largest z that is drawn.
WIDE, TALL, MOST = 600.0, 240.0, 5.0

_ROOM: Final = 24.0


class Picture(msgspec.Struct, frozen=True):
    """Two bounds as paths, and each look as a dot, in a picture 600 by 240.

    Attributes:
        benefit: Path of the upper bound.
        harm: Path of the lower bound.
        middle: Height of z = 0.
        dots: Of each planned look: x, y, its number.
        ends: Of each bound: x, height above, height below, period.
    """

    benefit: str
    harm: str
    middle: float
    dots: tuple[tuple[float, float, int], ...]
    ends: tuple[tuple[float, float, float, int], ...]


def picture_of(bounds: Sequence[Bound], looks: Sequence[PilotLook]) -> Picture | None:
    """The picture; None where no look is planned."""
    if not bounds:
        return None
    ends = tuple(
        (_across(one.fraction), _up(one.benefit or MOST), _up(one.harm or -MOST), one.period) for one in bounds
    )
    dots = tuple(
        (_across(one.result.bound.fraction), _up(one.result.z), one.number)
        for one in looks
        if one.result.bound is not None and one.result.z is not None
    )
    above = " ".join(f"{'L' if place else 'M'}{x} {y}" for place, (x, y, _, _) in enumerate(ends))
    below = " ".join(f"{'L' if place else 'M'}{x} {y}" for place, (x, _, y, _) in enumerate(ends))
    return Picture(above, below, _up(0.0), dots, ends)


def _across(fraction: float) -> float:
    return round(_ROOM + (WIDE - 2 * _ROOM) * fraction, 1)


def _up(z: float) -> float:
    return round(TALL / 2 - (TALL / 2 - _ROOM / 2) * max(-1.0, min(1.0, z / MOST)), 1)
