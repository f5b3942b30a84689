# SPDX-License-Identifier: Apache-2.0
"""Ways on which journeys go: roads between customs offices, lanes between ports, all made up from a seed."""

from __future__ import annotations

import math
from random import Random

import msgspec

from cocket.tracking.events import Position
from cocket.tracking.geometry import Fence, Line, Point
from cocket.tracking.journey import Mode

_DEGREE_M = 111_195.0


class Regime(msgspec.Struct, frozen=True, kw_only=True):
    """What makes one world of journeys harder than another.

    Attributes:
        name: What it is called.
        report_s: Interval in which devices report, in seconds, on roads; at sea six times that.
        noise_m: Standard deviation of a fix, in metres.
        multipath: Share of fixes thrown off by reflections.
        multipath_m: Farthest such a fix is thrown.
        lost: Share of messages that never come.
        doubled: Share of messages that come twice.
        hole: Holes in coverage for each 100 km, in which devices keep messages and send them later.
        hole_s: Longest of these.
        speed_m_s: Usual speed on roads.
        jam: Traffic jams for each 100 km.
    """

    name: str = "plain"
    report_s: float = 300
    noise_m: float = 8
    multipath: float = 0.004
    multipath_m: float = 1_500
    lost: float = 0.01
    doubled: float = 0.02
    hole: float = 0.3
    hole_s: float = 5_400
    speed_m_s: float = 18
    jam: float = 0.25


#: `plain`, on which rules were tried out, and `shifted`, on which they were not.
REGIMES = {
    "plain": Regime(),
    "shifted": Regime(
        name="shifted",
        report_s=420,
        noise_m=20,
        multipath=0.012,
        multipath_m=2_400,
        lost=0.03,
        doubled=0.05,
        hole=0.6,
        hole_s=9_000,
        speed_m_s=14,
        jam=0.5,
    ),
}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way between two offices.

    Attributes:
        name: What it is called.
        mode: Road or sea.
        points: Its bends.
        departure: Office or port at its beginning.
        destination: Office or port at its end.
        parks: Lorry parks, as metres along the way and the fence (0..n).
        tunnels: Known dead zones, likewise (0..n).
        masts: Masts of a mobile network: cell identity and place (0..n).
        forbidden: An area beside the way that may not be entered; None at sea.
    """

    name: str
    mode: Mode
    points: tuple[Point, ...]
    departure: Fence
    destination: Fence
    parks: tuple[tuple[float, Fence], ...] = ()
    tunnels: tuple[tuple[float, Fence], ...] = ()
    masts: tuple[tuple[int, Position], ...] = ()
    forbidden: Fence | None = None


def moved(place: Position, east_m: float, north_m: float) -> Position:
    """A place so many metres east and north of another."""
    lat = max(-89.9, min(89.9, place.lat + north_m / _DEGREE_M))
    lon = place.lon + east_m / (_DEGREE_M * math.cos(math.radians(place.lat)))
    return Position(lat=lat, lon=(lon + 180) % 360 - 180)


def ways(seed: int, roads: int = 8, lanes: int = 2) -> tuple[Way, ...]:
    """The ways of a world.

    Args:
        seed: Seed; it determines the whole output.
        roads: Number of roads.
        lanes: Number of sea lanes.
    """
    chance = Random(f"ways/{seed}")
    return tuple(_way(chance, number, is_sea=number >= roads) for number in range(roads + lanes))


def _way(chance: Random, number: int, *, is_sea: bool) -> Way:
    place = Position(lat=chance.uniform(-30, 45), lon=chance.uniform(-175, 175))
    heading = chance.uniform(0, 2 * math.pi)
    length, step = (chance.uniform(8e5, 25e5), 1e5) if is_sea else (chance.uniform(1.2e5, 5e5), 8e3)
    points = [place]
    for _ in range(int(length / step)):
        heading += chance.gauss(0, 0.08 if is_sea else 0.2)
        points.append(moved(points[-1], step * math.sin(heading), step * math.cos(heading)))
    line = Line(tuple((each.lon, each.lat) for each in points))
    name = f"{'lane' if is_sea else 'road'}-{number}"
    ends = [
        _fence(f"{name}-{end}", "port" if is_sea else "office", at, 5_000 if is_sea else 800)
        for end, at in (("from", points[0]), ("to", points[-1]))
    ]
    if is_sea:
        return Way(name=name, mode="sea", points=line.points, departure=ends[0], destination=ends[1])
    return _road(chance, number, name, (ends[0], ends[1]), line)


def _road(chance: Random, number: int, name: str, ends: tuple[Fence, Fence], line: Line) -> Way:
    """A road with lorry parks, tunnels, masts, and perhaps an area beside it that may not be entered."""
    parks = tuple(
        (along, _fence(f"{name}-park-{count}", "permitted-stop", line.at(along), 500))
        for count in range(int(line.length_m / 40_000))
        if (along := 30_000 + count * 40_000.0) < line.length_m - 10_000
    )
    tunnels = tuple(
        (along, _fence(f"{name}-tunnel-{count}", "dead-zone", line.at(along), 3_000))
        for count in range(chance.randrange(3))
        if (along := chance.uniform(0.1, 0.9) * line.length_m)
    )
    masts = tuple(
        (number * 10_000 + count, line.at(count * 7_000.0)) for count in range(int(line.length_m / 7_000) + 2)
    )
    middle = line.at(line.length_m * 0.6)
    forbidden = _fence(f"{name}-forbidden", "forbidden", moved(middle, 9_000, 9_000), 3_000)
    return Way(
        name=name,
        mode="road",
        points=line.points,
        departure=ends[0],
        destination=ends[1],
        parks=parks,
        tunnels=tunnels,
        masts=masts,
        forbidden=forbidden if line.project(moved(middle, 9_000, 9_000)).aside_m > 7_000 else None,
    )


def _fence(name: str, purpose: str, place: Position, radius_m: float) -> Fence:
    return msgspec.convert(
        {"name": name, "purpose": purpose, "centre": (place.lon, place.lat), "radius_m": radius_m}, Fence
    )
