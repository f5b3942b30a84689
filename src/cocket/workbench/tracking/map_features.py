# SPDX-License-Identifier: Apache-2.0
"""What a map shows, as GeoJSON: ways, places, tracks, alerts, devices. The page's script draws it and knows nothing else.

Each feature has a `kind`, which decides how it is drawn; what can be pointed at has an `id`, a `title`, what is said
beneath it, and an address to go to. Longitudes are taken the short way round along a line, beyond 180° if need be.
Source: RFC 7946.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec

from cocket.pipeline.tracking.views import FixView
from cocket.tracking.geometry import EARTH_RADIUS_M, Fence, Point

Feature = dict[str, Any]

_DEGREE_M: Final = math.radians(EARTH_RADIUS_M)
_CORNERS: Final = 48

#: Metres that one pixel shows at the equator at zoom 0, whose world is 512 pixels wide.
_PIXEL_M: Final = 2 * math.pi * EARTH_RADIUS_M / 512

#: Fixes further apart in time are joined by a broken line: nobody knows the way between them.
_UNHEARD: Final = timedelta(minutes=30)

#: What a map shows at least, in degrees, so that one point does not fill it.
_LEAST_SPAN: Final = 0.08


def encoded(features: Iterable[Feature]) -> str:
    """Features as the text of a GeoJSON collection, for an attribute of the page."""
    return msgspec.json.encode({"type": "FeatureCollection", "features": list(features)}).decode()


def fence_feature(fence: Fence, said: str = "") -> Iterator[Feature]:
    """A place with its edge (0..1); none for one without a form.

    Args:
        fence: The place.
        said: What it is for, in the reader's language.
    """
    ring = circle(fence.centre, fence.radius_m) if fence.centre is not None else _closed(fence.ring)
    if len(ring) > 3:
        geometry = {"type": "Polygon", "coordinates": [unwrapped(ring)]}
        yield _feature("fence", geometry, purpose=fence.purpose, title=fence.called, said=said)


def way_feature(name: str, line: tuple[Point, ...], half_width_m: float, kind: str = "corridor") -> Iterator[Feature]:
    """A way as wide as it is (0..1): a `corridor`, or a `detour`."""
    if len(line) > 1:
        middle = line[len(line) // 2][1]
        width = 2 * half_width_m / (_PIXEL_M * math.cos(math.radians(middle)))
        geometry = {"type": "LineString", "coordinates": unwrapped(line)}
        yield _feature(kind, geometry, width=width, title=name)


def track_features(fixes: Iterable[FixView]) -> Iterator[Feature]:
    """Where devices were, as lines, broken where nothing was heard, and as points (0..n)."""
    by_device: dict[str, list[FixView]] = {}
    for fix in fixes:
        by_device.setdefault(fix.device, []).append(fix)
    for run in by_device.values():
        heard = [run[0]]
        for fix in run[1:]:
            if fix.time - heard[-1].time > _UNHEARD:
                yield from _line("track", heard)
                yield from _line("gap", [heard[-1], fix])
                heard = []
            heard.append(fix)
        yield from _line("track", heard)
        yield points_feature((fix.lon, fix.lat) for fix in run)


def point_feature(kind: str, point: Point, **properties: Any) -> Feature:
    """One point that can be pointed at: an `alert` or a `device`."""
    return _feature(kind, {"type": "Point", "coordinates": list(point)}, **properties)


def points_feature(points: Iterable[Point]) -> Feature:
    """Places of single events: many in one feature, for a track has thousands."""
    return _feature("fix", {"type": "MultiPoint", "coordinates": [_rounded(point) for point in points]})


def heat_feature(corner: Point, edge_deg: float, heat: float, title: str) -> Feature:
    """A square of a heat map.

    Args:
        corner: Its south-west corner.
        edge_deg: Its edge in degrees.
        heat: 0–1, higher is hotter.
        title: What it says.
    """
    west, south = corner
    ring = ((west, south), (west + edge_deg, south), (west + edge_deg, south + edge_deg), (west, south + edge_deg))
    geometry = {"type": "Polygon", "coordinates": [unwrapped(_closed(ring))]}
    return _feature("heat", geometry, heat=round(0.15 + 0.6 * heat, 3), title=title)


def circle(centre: Point, radius_m: float) -> tuple[Point, ...]:
    """The edge of a circle on the earth as a closed ring of 48 corners, true near its middle."""
    high = radius_m / _DEGREE_M
    wide = high / max(0.01, math.cos(math.radians(centre[1])))
    turns = (2 * math.pi * corner / _CORNERS for corner in range(_CORNERS))
    return _closed(
        tuple((centre[0] + wide * math.sin(turn), min(90.0, max(-90.0, centre[1] + high * math.cos(turn)))) for turn in turns)
    )  # fmt: skip


def bounds_of(features: Iterable[Feature]) -> tuple[float, float, float, float] | None:
    """West, south, east and north of all that is shown; None if nothing is."""
    points = [point for feature in features for point in _points(feature["geometry"])]
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
    half = (max((max(lons) - min(lons)) / 2, _LEAST_SPAN), max((max(lats) - min(lats)) / 2, _LEAST_SPAN))
    return middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]


def unwrapped(line: Iterable[Point]) -> list[tuple[float, float]]:
    """A line whose longitudes never leap: across the antimeridian they go on beyond 180°."""
    found: list[tuple[float, float]] = []
    for lon, lat in line:
        before = found[-1][0] if found else lon
        found.append((before + (lon - before + 180) % 360 - 180, lat))
    return found


def _feature(kind: str, geometry: dict[str, Any], **properties: Any) -> Feature:
    return {"type": "Feature", "properties": {"kind": kind, **properties}, "geometry": geometry}


def _line(kind: str, run: list[FixView]) -> Iterator[Feature]:
    if len(run) > 1:
        line = unwrapped(_rounded((fix.lon, fix.lat)) for fix in run)
        yield _feature(kind, {"type": "LineString", "coordinates": line})


def _rounded(point: Point) -> Point:
    """A point to a metre, which is more than a map shows."""
    return round(point[0], 5), round(point[1], 5)


def _closed(ring: tuple[Point, ...]) -> tuple[Point, ...]:
    return ring if not ring or ring[0] == ring[-1] else (*ring, ring[0])


def _points(geometry: dict[str, Any]) -> Iterator[Point]:
    found = geometry["coordinates"]
    if geometry["type"] == "Point":
        yield found[0], found[1]
        return
    for ring in found if geometry["type"] == "Polygon" else [found]:
        yield from ring
