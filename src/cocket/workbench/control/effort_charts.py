# SPDX-License-Identifier: Apache-2.0
"""The geometry of the figures at equal effort: intervals side by side, their course by month, and when rules end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec

from cocket.pipeline.risk.effort_figures import Slice
from cocket.pipeline.risk.rules import RuleView
from cocket.risk.effort import EqualEffort, Side

#: Width of every picture; heights of the one by month: whole, and of the plane within it.
_WIDE, _TALL, _FOOT, _HEAD, _SIDE = 1000.0, 210.0, 14.0, 20.0, 36.0

#: Ends of an axis, as shares: the first that holds everything.
_AXES: Final = (0.05, 0.1, 0.2, 0.5, 1.0)

#: Days ahead at which ends are shown.
_AHEAD: Final = 365


class Interval(msgspec.Struct, frozen=True):
    """One interval on an axis: where it begins, lies and ends, 0–1000."""

    low: float
    value: float
    high: float


class Trend(msgspec.Struct, frozen=True):
    """Three courses by month, as paths in a picture 1000 by 210.

    Attributes:
        top: Upper end of the axis, as a share.
        months: Name of each month, and where it stands in hundredths of the width.
        marks: Heights of the lines of the axis, and what each says of a hundred.
        band: Outline of our interval; "" with fewer than two months.
        ours: Path of ours; "" likewise.
        host: Path of the host; "" likewise.
        chance: Path of chance; "" likewise.
        dots: Where each figure stands: kind, x, y.
    """

    top: float
    months: tuple[tuple[str, float], ...]
    marks: tuple[tuple[float, str], ...]
    band: str
    ours: str
    host: str
    chance: str
    dots: tuple[tuple[str, float, float], ...]


class Ending(msgspec.Struct, frozen=True):
    """A rule's last day, and where it stands on an axis of a year, 0–1000."""

    code: str
    day: date
    x: float


def axis_of(efforts: Iterable[EqualEffort]) -> float:
    """Upper end of an axis that holds every interval of these, as a share."""
    sides = [side for one in efforts for side in (one.ours, one.host, one.chance) if side]
    most = max((side.share.high for side in sides), default=1.0)
    return next((end for end in _AXES if most <= end), _AXES[-1])


def interval_of(side: Side, top: float) -> Interval:
    """Where a share and its interval lie on an axis from 0 to `top`."""
    low, value, high = (
        round(_WIDE * min(1.0, max(0.0, each / top)), 1) for each in (side.share.low, side.share.value, side.share.high)
    )
    return Interval(low, value, high)


def trend_of(months: Sequence[Slice]) -> Trend:
    """The course of the three by month; a month of which nothing is known is a gap.

    Args:
        months: Oldest first (0..n).
    """
    top = axis_of(one.effort for one in months)
    step = (_WIDE - 2 * _SIDE) / max(1, len(months) - 1)

    def x(place: int) -> float:
        return round(_SIDE + step * place, 1)

    def y(share: float) -> float:
        return round(_TALL - _FOOT - (_TALL - _FOOT - _HEAD) * min(1.0, share / top), 1)

    points: dict[str, list[tuple[float, float] | None]] = {"ours": [], "host": [], "chance": []}
    upper: list[tuple[float, float] | None] = []
    lower: list[tuple[float, float] | None] = []
    for place, month in enumerate(months):
        for kind, side in zip(points, (month.effort.ours, month.effort.host, month.effort.chance), strict=True):
            points[kind].append((x(place), y(side.share.value)) if side else None)
        ours = month.effort.ours
        upper.append((x(place), y(ours.share.high)) if ours else None)
        lower.append((x(place), y(ours.share.low)) if ours else None)
    return Trend(
        top=top,
        months=tuple((one.name, round(x(place) / 10, 2)) for place, one in enumerate(months)),
        marks=tuple((y(top * part / 4), f"{100 * top * part / 4:g}") for part in range(5)),
        band=_band(upper, lower),
        ours=_path(points["ours"]),
        host=_path(points["host"]),
        chance=_path(points["chance"]),
        dots=tuple((kind, *one) for kind, known in points.items() for one in known if one),
    )


def endings_of(rules: Iterable[RuleView], today: date) -> tuple[Ending, ...]:
    """Published rules that end within a year, the first to end first (0..n)."""
    ends = sorted(
        (one.file.rule.expires, one.code)
        for one in rules
        if one.state == "published" and one.file and 0 <= (one.file.rule.expires - today).days <= _AHEAD
    )
    return tuple(Ending(code, day, round(_WIDE * (day - today).days / _AHEAD, 1)) for day, code in ends)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    parts, is_open = [], False
    for point in points:
        if point:
            parts.append(f"{'L' if is_open else 'M'}{point[0]} {point[1]}")
        is_open = point is not None
    return "".join(parts)


def _band(upper: Sequence[tuple[float, float] | None], lower: Sequence[tuple[float, float] | None]) -> str:
    """One closed outline a run of months that are known."""
    outlines: list[str] = []
    run: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for high, low in [*zip(upper, lower, strict=True), (None, None)]:
        if high and low:
            run.append((high, low))
            continue
        if len(run) > 1:
            around = [one for one, _ in run] + [one for _, one in reversed(run)]
            outlines.append("M" + "L".join(f"{x} {y}" for x, y in around) + "Z")
        run = []
    return "".join(outlines)
