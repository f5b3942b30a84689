# SPDX-License-Identifier: Apache-2.0
"""What journeys on one way show together: speed, halts and alerts by kilometre, delay by operator, where they stop, and heat.

A stretch is ten kilometres of the way. A journey's speed on a stretch is the way that it made there over the time that this
took, halts included; a figure of a stretch is the median of its journeys. Only the set of journeys counts, not their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from math import floor
from statistics import median
from typing import Final

import msgspec

from cocket.tracking.case import Case, seconds
from cocket.tracking.geometry import Point

#: Length of a stretch in metres, and edge of a cell of the heat map in degrees.
STRETCH_M: Final = 10_000.0
CELL_DEG: Final = 0.05

#: Stops nearer than this many degrees are one place where journeys stop; at most so many are listed (count).
_SPOT_DEG: Final = 0.005
MOST_SPOTS: Final = 50


class ReportAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as far as a report needs it: its severity, and where it was (None if not known)."""

    severity: str
    place: Point | None


class Travelled(msgspec.Struct, frozen=True, kw_only=True):
    """One journey of a report.

    Attributes:
        case: Its device and events.
        operator: Who carries the goods; "" if not known.
        expected: When it was expected to arrive (UTC); None if not known.
        arrived: When it did (UTC); None if it has not.
        alerts: Its alerts that stand, one for each thing that happened, however many signs of it there were (0..n).
    """

    case: Case
    operator: str
    expected: datetime | None
    arrived: datetime | None
    alerts: tuple[ReportAlert, ...] = ()


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Ten kilometres of a way.

    Attributes:
        from_km: Where it begins, along the way.
        to_km: Where it ends.
        journeys: Journeys that went through (count).
        speed_m_s: Median of their speeds, halts included; None if none can be told.
        halted_s: Time they halted there together, in seconds.
        red: Red alerts (count).
        amber: Amber ones (count).
    """

    from_km: float
    to_km: float
    journeys: int
    speed_m_s: float | None
    halted_s: float
    red: int
    amber: int


class OperatorLine(msgspec.Struct, frozen=True, kw_only=True):
    """Journeys of one operator.

    Attributes:
        operator: Who; "" where it was not stated.
        journeys: Journeys (count).
        arrived: Of these arrived (count).
        late: Of these later than expected (count); only where an arrival was expected.
        delay_s: Median of arrival minus expected arrival, negative if early; None if none can be told.
        halted_s: Time halted outside permitted places, together.
        red: Red alerts (count).
        amber: Amber ones (count).
    """

    operator: str
    journeys: int
    arrived: int
    late: int
    delay_s: float | None
    halted_s: float
    red: int
    amber: int


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place where journeys stop.

    Attributes:
        place: Its middle.
        stops: Stops (count).
        journeys: Journeys that stopped there (count).
        halted_s: Time halted, together.
        is_permitted: Whether a permitted place of the journeys.
    """

    place: Point
    stops: int
    journeys: int
    halted_s: float
    is_permitted: bool


class HeatCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of the heat map: south-west corner, time halted in it, and alerts (count)."""

    corner: Point
    halted_s: float
    alerts: int


class CorridorReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report on one way.

    Attributes:
        journeys: Journeys that it is over (count).
        stretches: The way in stretches, in the direction of travel (0..n); none where no corridor was laid down.
        operators: By operator, most journeys first (0..n).
        spots: Where journeys stopped, longest first (0..50).
        heat: Cells with halts or alerts (0..n).
    """

    journeys: int
    stretches: tuple[Stretch, ...]
    operators: tuple[OperatorLine, ...]
    spots: tuple[Spot, ...]
    heat: tuple[HeatCell, ...]


def report_of(travelled: Iterable[Travelled]) -> CorridorReport:
    """The report over some journeys of one way."""
    every = list(travelled)
    return CorridorReport(
        journeys=len(every),
        stretches=_stretches(every),
        operators=_operators(every),
        spots=_spots(every),
        heat=_heat(every),
    )


class _Halt(msgspec.Struct, frozen=True):
    """A halt: where, along which metre of the way, how long, whether permitted."""

    place: Point
    along_m: float | None
    seconds: float
    is_permitted: bool


def _halts(one: Travelled) -> list[_Halt]:
    case = one.case
    along = {fix.event.id: place.along_m for fix, place in zip(case.fixes, case.progress, strict=False)}
    fences = case.journey.fences("permitted-stop", "office", "unlock", "port") if case.journey else ()
    return [
        _Halt(
            (stay.place.lon, stay.place.lat),
            along.get(stay.fixes[0].event.id),
            stay.seconds,
            any(fence.holds(stay.place, case.limits.fence_margin_m) for fence in fences),
        )
        for stay in case.stays
        if stay.seconds >= case.limits.halt_s
    ]


def _stretches(every: list[Travelled]) -> tuple[Stretch, ...]:
    longest = max((one.case.line.length_m for one in every if one.case.line), default=0.0)
    count = -(-int(longest) // int(STRETCH_M))
    speeds: dict[int, list[float]] = defaultdict(list)
    halted: dict[int, float] = defaultdict(float)
    red: dict[int, int] = defaultdict(int)
    amber: dict[int, int] = defaultdict(int)
    for one in every:
        for number, speed in _speeds(one.case).items():
            speeds[number].append(speed)
        for halt in _halts(one):
            if halt.along_m is not None and not halt.is_permitted:
                halted[int(halt.along_m // STRETCH_M)] += halt.seconds
        for alert in one.alerts:
            where = _stretch_at(one.case, alert.place)
            if where is not None:
                (red if alert.severity == "red" else amber)[where] += 1
    return tuple(
        Stretch(
            from_km=number * STRETCH_M / 1000,
            to_km=min(longest, (number + 1) * STRETCH_M) / 1000,
            journeys=len(speeds[number]),
            speed_m_s=median(speeds[number]) if speeds[number] else None,
            halted_s=halted[number],
            red=red[number],
            amber=amber[number],
        )
        for number in range(count)
    )


def _speeds(case: Case) -> dict[int, float]:
    """Speed of a journey on each stretch that it went through, from the way and the time between fixes that lie in it."""
    metres: dict[int, float] = defaultdict(float)
    lasted: dict[int, float] = defaultdict(float)
    fixes = case.under_way
    for number in range(1, len(fixes)):
        if number >= len(case.progress):
            break
        before, after = case.progress[number - 1].along_m, case.progress[number].along_m
        took = seconds(fixes[number - 1].event, fixes[number].event)
        if took <= 0 or after < before:
            continue
        first, last = int(before // STRETCH_M), int(after // STRETCH_M)
        for stretch in range(first, last + 1):
            begin, end = max(before, stretch * STRETCH_M), min(after, (stretch + 1) * STRETCH_M)
            share = (end - begin) / (after - before) if after > before else 1.0
            metres[stretch] += end - begin
            lasted[stretch] += took * share
    return {stretch: metres[stretch] / lasted[stretch] for stretch in metres if lasted[stretch] > 0}


def _stretch_at(case: Case, place: Point | None) -> int | None:
    """The stretch of a place; None where it or the way is not known."""
    if place is None or case.line is None:
        return None
    near = min(
        zip(case.fixes, case.progress, strict=False),
        key=lambda pair: abs(pair[0].place.lon - place[0]) + abs(pair[0].place.lat - place[1]),
        default=None,
    )
    return int(near[1].along_m // STRETCH_M) if near else None


def _operators(every: list[Travelled]) -> tuple[OperatorLine, ...]:
    groups: dict[str, list[Travelled]] = defaultdict(list)
    for one in every:
        groups[one.operator].append(one)
    lines = []
    for operator, several in groups.items():
        delays = [(one.arrived - one.expected).total_seconds() for one in several if one.arrived and one.expected]
        lines.append(
            OperatorLine(
                operator=operator,
                journeys=len(several),
                arrived=sum(one.arrived is not None for one in several),
                late=sum(delay > 0 for delay in delays),
                delay_s=median(delays) if delays else None,
                halted_s=sum(halt.seconds for one in several for halt in _halts(one) if not halt.is_permitted),
                red=sum(alert.severity == "red" for one in several for alert in one.alerts),
                amber=sum(alert.severity == "amber" for one in several for alert in one.alerts),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.journeys, line.operator)))


def _spots(every: list[Travelled]) -> tuple[Spot, ...]:
    places: dict[tuple[int, int], list[tuple[int, _Halt]]] = defaultdict(list)
    for number, one in enumerate(every):
        for halt in _halts(one):
            places[round(halt.place[0] / _SPOT_DEG), round(halt.place[1] / _SPOT_DEG)].append((number, halt))
    spots = [
        Spot(
            place=(
                sum(halt.place[0] for _, halt in several) / len(several),
                sum(halt.place[1] for _, halt in several) / len(several),
            ),
            stops=len(several),
            journeys=len({number for number, _ in several}),
            halted_s=sum(halt.seconds for _, halt in several),
            is_permitted=all(halt.is_permitted for _, halt in several),
        )
        for several in places.values()
    ]
    return tuple(sorted(spots, key=lambda spot: (-spot.halted_s, spot.place))[:MOST_SPOTS])


def _heat(every: list[Travelled]) -> tuple[HeatCell, ...]:
    halted: dict[tuple[int, int], float] = defaultdict(float)
    alerts: dict[tuple[int, int], int] = defaultdict(int)
    for one in every:
        for halt in _halts(one):
            if not halt.is_permitted:
                halted[_cell(halt.place)] += halt.seconds
        for alert in one.alerts:
            if alert.place is not None:
                alerts[_cell(alert.place)] += 1
    return tuple(
        HeatCell(
            corner=(round(cell[0] * CELL_DEG, 6), round(cell[1] * CELL_DEG, 6)),
            halted_s=halted.get(cell, 0.0),
            alerts=alerts.get(cell, 0),
        )
        for cell in sorted(halted.keys() | alerts.keys())
    )


def _cell(place: Point) -> tuple[int, int]:
    lon, lat = (floor(round(value / CELL_DEG, 6)) for value in place)  # a corner of the grid lies in its own cell
    return lon, lat
