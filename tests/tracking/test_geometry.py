# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.tracking import Position
from cocket.tracking.geometry import EARTH_RADIUS_M, Fence, Line, distance_m, passes

DEGREE_M = EARTH_RADIUS_M * math.pi / 180


def test_distances_are_known_ones() -> None:
    london, paris = Position(lat=51.5007, lon=-0.1246), Position(lat=48.8584, lon=2.2945)
    assert distance_m(london, paris) == pytest.approx(340_500, rel=0.005)
    assert distance_m(Position(lat=0, lon=0), Position(lat=0, lon=180)) == pytest.approx(math.pi * EARTH_RADIUS_M)
    assert distance_m(Position(lat=0, lon=179.9), Position(lat=0, lon=-179.9)) == pytest.approx(0.2 * DEGREE_M)


@pytest.mark.parametrize("lon", [10.0, 179.99, -179.99])
@pytest.mark.parametrize("lat", [0.0, 60.0, -75.0])
def test_a_ring_and_a_circle_know_inside_from_outside_anywhere(lat: float, lon: float) -> None:
    half = 0.02
    corners = tuple(
        ((lon + e * half + 180) % 360 - 180, lat + n * half) for e, n in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )
    for fence in (Fence(name="r", ring=corners), Fence(name="c", centre=(lon, lat), radius_m=half * DEGREE_M / 5)):
        assert fence.outside_m(Position(lat=lat, lon=lon)) < 0
        outside = Position(lat=lat + 0.03, lon=lon)
        assert fence.outside_m(outside) > 0
        assert not fence.holds(outside)
        assert fence.holds(outside, margin_m=3_000)
    ring = Fence(name="r", ring=corners)
    assert ring.outside_m(Position(lat=lat + 0.03, lon=lon)) == pytest.approx(0.01 * DEGREE_M, rel=0.01)


def test_a_fence_without_a_form_holds_nothing() -> None:
    assert Fence(name="x").outside_m(Position(lat=0, lon=0)) == math.inf


def test_a_way_between_two_fixes_crosses_what_lies_between() -> None:
    one, other = Position(lat=0, lon=0), Position(lat=0, lon=1)
    assert passes(Fence(name="c", centre=(0.5, 0.001), radius_m=500), one, other)
    assert not passes(Fence(name="c", centre=(0.5, 0.1), radius_m=500), one, other)
    ring = Fence(name="r", ring=((0.5, -0.1), (0.6, -0.1), (0.6, 0.1), (0.5, 0.1)))
    assert passes(ring, one, other)


@given(
    bends=st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=2, max_size=80),
    lon=st.floats(-2.5, 2.5),
    lat=st.floats(-2.5, 2.5),
)
def test_the_nearest_point_of_a_line_is_the_nearest_of_all_its_segments(
    bends: list[tuple[float, float]], lon: float, lat: float
) -> None:
    line = Line(tuple((40 + east, 50 + north) for east, north in bends))
    place = Position(lat=50 + lat, lon=40 + lon)
    best = min(Line(pair).project(place).aside_m for pair in zip(line.points, line.points[1:], strict=False))
    found = line.project(place)
    assert found.aside_m == pytest.approx(best, abs=1e-6)
    assert 0 <= found.along_m <= line.length_m + 1e-6


@given(share=st.floats(0, 1))
def test_a_place_on_a_line_is_found_where_it_is(share: float) -> None:
    line = Line(((179.8, 10.0), (-179.9, 10.2), (-179.5, 10.1)))
    found = line.project(line.at(share * line.length_m))
    assert found.aside_m < 60
    assert found.along_m == pytest.approx(share * line.length_m, abs=60)
