# SPDX-License-Identifier: Apache-2.0
"""Geometry on the sphere that tracking needs: distances, fences, lines with progress.

Small and our own, for it is all on a few points near each other: distances by the haversine; fences and lines in a
plane that touches the earth at the point asked about, whose error is below 0.1 % within 300 km. Longitudes are taken
the short way round, so that the antimeridian is no border.
Units: degrees WGS 84 in, metres out. Source: R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (1984); mean
radius of the earth after IUGG.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from functools import cached_property, lru_cache
from typing import Literal

import msgspec

from cocket.tracking.events import Position

EARTH_RADIUS_M = 6_371_008.8
_DEGREE_M = EARTH_RADIUS_M * math.pi / 180

#: Most that a device's own word on its accuracy counts for, in metres: what a satellite receiver errs by among buildings.
MOST_SLACK_M = 200.0

#: Most that a place errs by at all, in metres: reflections, and places taken from a network cell.
MOST_ERROR_M = 5_000.0

#: Segments of a line that are looked at together, and how much wider than they are they are taken to be.
_CHUNK, _SLACK = 16, 1.3

#: Longitude and latitude in degrees, in the order of GeoJSON.
Point = tuple[float, float]

Purpose = Literal["office", "unlock", "permitted-stop", "forbidden", "dead-zone", "port", "transfer"]


def distance_m(one: Position, other: Position) -> float:
    """Metres between two places, on the great circle."""
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians(other.lon - one.lon) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def plane(origin: Position, point: Point) -> tuple[float, float]:
    """Metres east and north of `origin` at which a point lies, in the plane that touches the earth there."""
    east = (point[0] - origin.lon + 180) % 360 - 180
    return east * _DEGREE_M * math.cos(math.radians(origin.lat)), (point[1] - origin.lat) * _DEGREE_M


def _to_segment(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Metres from the origin to a segment, and the fraction of the segment at which it is nearest."""
    along = (end[0] - start[0], end[1] - start[1])
    square = along[0] ** 2 + along[1] ** 2
    share = 0.0 if square == 0 else max(0.0, min(1.0, -(start[0] * along[0] + start[1] * along[1]) / square))
    return math.hypot(start[0] + share * along[0], start[1] + share * along[1]), share


class Fence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place with an edge: a circle, or a ring.

    Attributes:
        name: What people call it, such as an office's code; unique within a journey.
        purpose: What it is for.
        centre: Longitude and latitude of the middle of a circle; None for a ring.
        radius_m: Radius of that circle in metres.
        ring: Longitude and latitude of its corners (3..n), open or closed; empty for a circle.
        title: Its name in words where `name` is a code, such as "Malaba"; "" for none.
    """

    name: str
    purpose: Purpose = "office"
    centre: Point | None = None
    radius_m: float = 0.0
    ring: tuple[Point, ...] = ()
    title: str = ""

    @property
    def called(self) -> str:
        """What pages call it: its name in words with the code, or the one name that it has."""
        return f"{self.title} ({self.name})" if self.title else self.name

    def outside_m(self, place: Position) -> float:
        """Metres from the edge to a place: negative inside, positive outside; infinite for a fence without a form."""
        if self.centre is not None:
            return distance_m(place, Position(lon=self.centre[0], lat=self.centre[1])) - self.radius_m
        if len(self.ring) < 3:
            return math.inf
        corners = [plane(place, corner) for corner in self.ring]
        nearest, is_inside = math.inf, False
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            nearest = min(nearest, _to_segment(start, end)[0])
            if (start[1] > 0) != (end[1] > 0):
                crossing = start[0] - start[1] * (end[0] - start[0]) / (end[1] - start[1])
                is_inside ^= crossing > 0
        return -nearest if is_inside else nearest

    def holds(self, place: Position, margin_m: float = 0.0) -> bool:
        """Whether a place is inside, or within a margin and its own accuracy of it; that counts up to `MOST_SLACK_M`."""
        return self.outside_m(place) <= min(place.accuracy_m or 0.0, MOST_SLACK_M) + margin_m


class Projection(msgspec.Struct, frozen=True, gc=False):
    """Where a place lies along a line.

    Attributes:
        along_m: Metres from the line's beginning to its nearest point.
        aside_m: Metres from the line, never negative.
    """

    along_m: float
    aside_m: float


class Line:
    """A way from one end to another, along which there is progress.

    Args:
        points: Longitude and latitude of its bends (2..n), in the direction of travel.
    """

    def __init__(self, points: tuple[Point, ...]) -> None:
        self.points = points
        self._places = [Position(lon=lon, lat=lat) for lon, lat in points]
        self._reach = [0.0]
        for one, other in zip(self._places, self._places[1:], strict=False):
            self._reach.append(self._reach[-1] + distance_m(one, other))

    @cached_property
    def length_m(self) -> float:
        """Metres from end to end."""
        return self._reach[-1]

    def at(self, along_m: float) -> Position:
        """The place so many metres from the beginning; beyond an end, that end."""
        if along_m <= 0 or len(self._places) == 1:
            return self._places[0]
        if along_m >= self.length_m:
            return self._places[-1]
        which = bisect_right(self._reach, along_m) - 1
        one, other = self._places[which], self._places[which + 1]
        share = (along_m - self._reach[which]) / (self._reach[which + 1] - self._reach[which])
        east = (other.lon - one.lon + 180) % 360 - 180
        lon = (one.lon + share * east + 180) % 360 - 180
        return Position(lon=lon, lat=one.lat + share * (other.lat - one.lat))

    @cached_property
    def _chunks(self) -> list[tuple[int, Point, float]]:
        """Stretches of the line: first bend, middle, and metres from there within which all of it lies."""
        found = []
        for first in range(0, max(1, len(self._places) - 1), _CHUNK):
            stretch = self._places[first : first + _CHUNK + 1]
            middle = stretch[len(stretch) // 2]
            reach = max(distance_m(middle, place) for place in stretch)
            found.append((first, (middle.lon, middle.lat), reach * _SLACK))
        return found

    def project(self, place: Position) -> Projection:
        """The nearest point of the line; of two equally near, the earlier."""
        return _project(self, place.lon, place.lat)

    def nearest(self, place: Position) -> Projection:
        """What `project` gives, worked out anew."""
        near = sorted((math.hypot(*plane(place, middle)) - reach, first) for first, middle, reach in self._chunks)
        found = (math.inf, 0.0)
        for least, first in near:
            if least > found[0]:
                break
            corners = [plane(place, point) for point in self.points[first : first + _CHUNK + 1]]
            for number, (start, end) in enumerate(itertools.pairwise(corners), start=first):
                aside, share = _to_segment(start, end)
                along = self._reach[number] + share * (self._reach[number + 1] - self._reach[number])
                found = min(found, (aside, along))
        return Projection(along_m=found[1], aside_m=found[0])

    def near(self, place: Position, within_m: float) -> tuple[Projection, ...]:
        """Every stretch of the line that passes within so many metres of a place, at its nearest point, by way (0..n).

        A line that comes back to itself, or passes near itself, gives one for each time it passes. Points of the line that
        are less than twice `within_m` apart along it count as one passing.
        """
        return _near(self, place.lon, place.lat, within_m)

    def passings(self, place: Position, within_m: float) -> tuple[Projection, ...]:
        """What `near` gives, worked out anew."""
        touched: list[Projection] = []
        for first, middle, reach in self._chunks:
            if math.hypot(*plane(place, middle)) - reach > within_m:
                continue
            corners = [plane(place, point) for point in self.points[first : first + _CHUNK + 1]]
            for number, (start, end) in enumerate(itertools.pairwise(corners), start=first):
                aside, share = _to_segment(start, end)
                along = self._reach[number] + share * (self._reach[number + 1] - self._reach[number])
                if aside <= within_m:
                    touched.append(Projection(along_m=along, aside_m=aside))
        found: list[Projection] = []
        for each in sorted(touched, key=lambda each: (each.aside_m, each.along_m)):
            if all(abs(each.along_m - other.along_m) >= 2 * within_m for other in found):
                found.append(each)
        return tuple(sorted(found[:_MOST_PASSINGS], key=lambda each: each.along_m))


#: Times that a line passes one place that are told apart; roads of more turns are one knot.
_MOST_PASSINGS = 8


@lru_cache(maxsize=200_000)
def _near(line: Line, lon: float, lat: float, within_m: float) -> tuple[Projection, ...]:
    return line.passings(Position(lon=lon, lat=lat), within_m)


@lru_cache(maxsize=200_000)
def _project(line: Line, lon: float, lat: float) -> Projection:
    """Places of a journey are asked for again whenever it is judged again."""
    return line.nearest(Position(lon=lon, lat=lat))


@lru_cache(maxsize=2_000)
def line_of(points: tuple[Point, ...]) -> Line:
    """The line of these bends; the same one for the same bends, with what it has worked out."""
    return Line(points)


def passes(fence: Fence, one: Position, other: Position) -> bool:
    """Whether the straight way between two places touches a fence.

    For a circle exactly; for a ring, at steps of a quarter of its size, at most 64.
    """
    way = Line(((one.lon, one.lat), (other.lon, other.lat)))
    if fence.centre is not None:
        centre = Position(lon=fence.centre[0], lat=fence.centre[1])
        return way.project(centre).aside_m <= fence.radius_m
    steps = max(1, min(64, int(way.length_m / max(50.0, _size_m(fence) / 4)) + 1))
    return any(fence.outside_m(way.at(way.length_m * step / steps)) <= 0 for step in range(steps + 1))


def _size_m(fence: Fence) -> float:
    first = Position(lon=fence.ring[0][0], lat=fence.ring[0][1]) if fence.ring else Position(lon=0, lat=0)
    return max((math.hypot(*plane(first, corner)) for corner in fence.ring), default=0.0)
