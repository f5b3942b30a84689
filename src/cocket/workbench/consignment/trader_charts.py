# SPDX-License-Identifier: Apache-2.0
"""The geometry of a trader's two pictures: unit values on the middle half of others, and the parties around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from cocket.pipeline.queries.traders import PricePoint, RelatedParty, TraderView

_WIDTH, _HEIGHT, _LEFT, _TOP, _FOOT = 720, 220, 52, 12, 26
_TICKS: Final = 3
_LONGEST: Final = 24

#: The picture of the network: half its width and height, and how far from the middle parties stand.
_ACROSS, _DOWN, _REACH_X, _REACH_Y = 380, 190, 262, 138


class Dot(msgspec.Struct, frozen=True):
    """One declared value: where it stands, and what it is."""

    x: float
    y: float
    point: PricePoint


class Tick(msgspec.Struct, frozen=True):
    """A mark of an axis."""

    at: float
    value: float | None
    day: date | None


class PriceChart(msgspec.Struct, frozen=True):
    """Unit values over time, in units of a picture 720 by 220.

    Attributes:
        dots: Declared values, oldest first (1..n).
        band: The middle half of others as an outline; empty without others.
        middle: The median of others as a line; empty without others.
        rows: Marks of the value axis.
        columns: Marks of the time axis.
    """

    dots: tuple[Dot, ...]
    band: str
    middle: str
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]


def price_chart(trader: TraderView) -> PriceChart | None:
    """The picture of a trader's unit values; None where none is stated."""
    if not trader.prices:
        return None
    months = [(month, month.month + timedelta(days=14)) for month in trader.others]
    days = [one.day for one in trader.prices] + [day for _, day in months]
    first, last = min(days), max(days)
    tops = [one.per_kg for one in trader.prices] + [month.upper for month, _ in months]
    step = _step(max(tops) / _TICKS)
    high = step * math.ceil(max(tops) / step)

    def across(day: date) -> float:
        span = (last - first).days
        share = (day - first).days / span if span else 0.5
        return round(_LEFT + 12 + (_WIDTH - _LEFT - 24) * share, 1)

    def up(value: float) -> float:
        return round(_TOP + (_HEIGHT - _TOP - _FOOT) * (1 - value / high), 1)

    upper = [f"{across(day)} {up(month.upper)}" for month, day in months]
    lower = [f"{across(day)} {up(month.lower)}" for month, day in reversed(months)]
    middle = [f"{across(day)} {up(month.median)}" for month, day in months]
    return PriceChart(
        dots=tuple(Dot(across(one.day), up(one.per_kg), one) for one in trader.prices),
        band=f"M{' L'.join([*upper, *lower])}Z" if len(months) > 1 else "",
        middle=f"M{' L'.join(middle)}" if len(months) > 1 else "",
        rows=tuple(Tick(up(step * n), step * n, None) for n in range(round(high / step) + 1)),
        columns=tuple(Tick(across(day), None, day) for day in dict.fromkeys((first, last))),
    )


def _step(rough: float) -> float:
    """A round step of an axis, no smaller than a rough one."""
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next((power * part for part in (1, 2, 5) if power * part >= rough), power * 10)


class Node(msgspec.Struct, frozen=True):
    """A party in the picture: where it stands, and its name cut to fit."""

    x: float
    y: float
    name: str
    party: RelatedParty


class Network(msgspec.Struct, frozen=True):
    """The parties around a trader, in units of a picture 760 by 380; the trader stands in its middle."""

    middle: tuple[float, float]
    name: str
    nodes: tuple[Node, ...]


def network_of(trader: TraderView) -> Network | None:
    """The picture of a trader's related parties; None without any."""
    if not trader.related:
        return None
    return Network(
        middle=(_ACROSS, _DOWN),
        name=_cut(trader.name or trader.key),
        nodes=tuple(
            Node(
                round(_ACROSS + _REACH_X * math.cos(angle), 1),
                round(_DOWN + _REACH_Y * math.sin(angle), 1),
                _cut(party.name or party.key),
                party,
            )
            for party, angle in zip(trader.related, _angles(len(trader.related)), strict=True)
        ),
    )


def _angles(count: int) -> Sequence[float]:
    """Where parties stand around the middle: evenly, none straight above or below it where they are few."""
    return [math.pi + math.tau * (place + 0.5) / count for place in range(count)]


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
