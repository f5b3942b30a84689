# SPDX-License-Identifier: Apache-2.0
"""What the control room's pages are made of: features of maps, strips through time, words for figures, forms."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cocket.pipeline.tracking.corridor_reports import ReportOfCorridor
from cocket.pipeline.tracking.views import Corridor, FixView, Sample, SealStep, SensorStrip
from cocket.tracking.alerts import KINDS
from cocket.tracking.events import Position
from cocket.tracking.geometry import Fence, Purpose, distance_m
from cocket.tracking.journey import Mode
from cocket.tracking.seals import TRANSITIONS, Sign
from cocket.workbench.base.rendering import STATIC
from cocket.workbench.tracking import labels as words
from cocket.workbench.tracking import reports
from cocket.workbench.tracking.formats import distance, duration, measure, place
from cocket.workbench.tracking.forms import fields_of_place, read_leave, read_place
from cocket.workbench.tracking.journey_strips import Span, between_places, heard_bands, marks_of, seal_bands, strips_of
from cocket.workbench.tracking.map_charts import chart_of
from cocket.workbench.tracking.map_features import (
    bounds_of,
    circle,
    encoded,
    fence_feature,
    track_features,
    unwrapped,
    way_feature,
)
from tests.simulators.workbench_country import NOW
from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.base.test_styles import TOKENS

START = datetime(2026, 11, 25, 6, tzinfo=UTC)


def fix(minute: float, lon: float, lat: float = 0.0) -> FixView:
    when = START + timedelta(minutes=minute)
    return FixView(event=f"{minute}", device="d", time=when, received_at=when, lon=lon, lat=lat)


# Maps
@pytest.mark.parametrize("lat", [0.0, 45.0, -60.0])
def test_the_edge_of_a_circle_is_as_far_from_its_middle_as_its_radius(lat: float) -> None:
    ring = circle((10.0, lat), 5_000)
    middle = Position(lon=10.0, lat=lat)
    away = [distance_m(middle, Position(lon=lon, lat=height)) for lon, height in ring]
    assert ring[0] == ring[-1]
    assert away == pytest.approx([5_000] * len(away), rel=0.005)


def test_a_line_across_the_antimeridian_does_not_run_round_the_world() -> None:
    assert [lon for lon, _ in unwrapped([(179.5, 0.0), (-179.5, 0.0), (179.8, 0.0)])] == [179.5, 180.5, 179.8]
    (way,) = way_feature("w", ((179.0, 0.0), (-179.0, 0.0)), 1_000)
    assert bounds_of([way]) == pytest.approx((179.0, -0.08, 181.0, 0.08))


def test_a_way_is_as_wide_as_it_is_on_the_ground() -> None:
    equator, north = (next(way_feature("w", ((0.0, lat), (1.0, lat)), 1_000)) for lat in (0.0, 60.0))
    assert north["properties"]["width"] / equator["properties"]["width"] == pytest.approx(2.0)
    assert equator["properties"]["width"] * 40_030_000 / 512 == pytest.approx(2_000, rel=0.001)


def test_a_track_is_broken_where_nothing_was_heard() -> None:
    shown = list(track_features([fix(0, 0.0), fix(5, 0.1), fix(90, 0.9), fix(95, 1.0)]))
    kinds = [one["properties"]["kind"] for one in shown]
    assert kinds == ["track", "gap", "track", "fix"]
    assert len(shown[3]["geometry"]["coordinates"]) == 4
    assert [lon for lon, _ in shown[1]["geometry"]["coordinates"]] == pytest.approx([0.1, 0.9])


def test_a_place_without_a_form_is_not_drawn_and_one_point_does_not_fill_the_map() -> None:
    assert list(fence_feature(Fence(name="x"))) == []
    assert bounds_of([]) is None
    shown = list(fence_feature(Fence(name="x", centre=(5.0, 5.0), radius_m=10)))
    west, south, east, north = bounds_of(shown) or (0, 0, 0, 0)
    assert east - west == pytest.approx(0.16)
    assert north - south == pytest.approx(0.16)
    assert json.loads(encoded(shown))["features"][0]["properties"]["purpose"] == "office"
    assert json.loads(chart_of([]).bounds)[0] < -100


# Strips
def test_the_seal_is_told_from_the_first_moment_to_the_last() -> None:
    span = Span(START, START + timedelta(hours=10))
    step = SealStep(
        event="e", device="d", time=START + timedelta(hours=4), sign="opened", before="sealed", after="breached", leave="none"
    )  # fmt: skip
    bands = list(seal_bands([step], "sealed", span))
    assert [(band.state, band.x, band.width) for band in bands] == [("sealed", 0.0, 400.0), ("breached", 400.0, 600.0)]


def test_what_was_kept_and_told_later_is_seen_as_such() -> None:
    span = Span(START, START + timedelta(minutes=100))
    late = [msgspec.structs.replace(fix(n, 0.0), received_at=START + timedelta(minutes=60)) for n in (10, 15)]
    bands = list(heard_bands([fix(0, 0.0), fix(5, 0.0), *late, fix(20, 0.0), fix(80, 0.0), fix(100, 0.0)], span))
    assert [(band.state, band.x, band.width) for band in bands] == [
        ("live", 0.0, 100.0), ("late", 100.0, 100.0), ("live", 200.0, 0.0), ("live", 800.0, 200.0),
    ]  # fmt: skip


@pytest.mark.parametrize("hours", [0.2, 3, 30, 700, 20_000])
def test_a_time_axis_has_even_marks_and_not_too_many(hours: float) -> None:
    span = Span(START + timedelta(minutes=7), START + timedelta(minutes=7, hours=hours))
    marks = list(marks_of(span))
    assert 1 <= len(marks) <= 90
    if hours < 1_000:
        assert len(marks) <= 9
    assert all(0 <= x <= 1000 and span.begins < when < span.ends for x, when in marks)
    assert {when.second for _, when in marks} == {0}


def test_speed_is_worked_out_between_places_only_where_both_are_near_in_time() -> None:
    (strip,) = between_places([fix(0, 0.0), fix(10, 0.1), fix(100, 1.0), fix(110, 1.1)])
    assert [round(sample.value, 1) for sample in strip.samples] == [18.5, 18.5]
    assert list(between_places([fix(0, 0.0)])) == []


def test_readings_are_not_joined_over_a_silence_and_limits_are_in_the_picture() -> None:
    house = SimulatedHouse()
    view = house.tracking.journeys.journey(house.people["head.c"], "journey-1")
    drawn = strips_of(view, NOW)
    warm = next(curve for curve in drawn.curves if curve.kind == "temperature_c")
    assert [value for _, value in warm.limits] == [2.0, 8.0]
    assert all(0 <= y <= 64 for y, _ in warm.limits)
    assert warm.most > 8.0
    numbers = [float(number) for path in warm.paths for number in re.findall(r"[\d.]+", path)]
    assert max(numbers) <= 1000


def test_a_single_reading_is_a_dot() -> None:
    house = SimulatedHouse()
    view = house.tracking.journeys.journey(house.people["head.c"], "journey-2")
    one = SensorStrip(device="d", kind="shock_g", unit="g", samples=(Sample(NOW, 3.0),))
    shown = strips_of(_with(view, (one,)), NOW)
    curve = next(curve for curve in shown.curves if curve.kind == "shock_g")
    assert (curve.paths, len(curve.dots)) == ((), 1)


def _with(view, strips):  # type: ignore[no-untyped-def]
    return msgspec.structs.replace(view, strips=strips)


# Words
def test_everything_that_rules_say_has_a_name() -> None:
    assert set(words.PURPOSES) == set(Purpose.__args__)  # type: ignore[attr-defined]
    assert set(words.MODES) == set(Mode.__args__)  # type: ignore[attr-defined]
    assert {state for state, _, _ in TRANSITIONS} | {after for after, _ in TRANSITIONS.values()} == set(words.SEALS)
    assert {sign for _, sign, _ in TRANSITIONS} <= set(Sign.__args__) == set(words.SIGNS)  # type: ignore[attr-defined]
    assert {severity for severity, _ in KINDS.values()} == set(words.SEVERITIES)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("aside_m", 4_210, ("off the route", "4.2\u00a0km")),
        ("radius_m", 250.0, ("radius", "250\u00a0m")),
        ("seconds", 5_400, ("time", "1\u00a0h 30\u00a0min")),
        ("speed_m_s", 70.0, ("fastest possible", "70\u00a0m/s")),
        ("highest_c", 9.14, ("highest", "9.1\u00a0°C")),
        ("light_lux", 800.0, ("light", "800\u00a0lx")),
        ("rise_percent", 30, ("rise", "30\u00a0%")),
        ("messages", 12, ("messages", "12")),
        ("sign", "opened", ("seen", "opened")),
        ("before", "sealed", ("before", "Sealed")),
        ("time_limit", "2026-11-25T15:00:00+00:00", ("time limit", "2026-11-25 15:00 UTC")),
        ("arrived", "not yet", ("arrived", "not yet")),
        ("new_thing", "so", ("new thing", "so")),
    ],
)
def test_a_measurement_is_said_with_its_unit(name: str, value: float | str, said: tuple[str, str]) -> None:
    assert measure(name, value) == said


def test_figures_read_as_people_write_them() -> None:
    assert [distance(metres) for metres in (None, 350, 12_430, 1_204_000)] == [
        "–",
        "350\u00a0m",
        "12.4\u00a0km",
        "1\u202f204\u00a0km",
    ]
    assert [duration(seconds) for seconds in (None, 45, 720, 3_600, 187_200)] == [
        "–", "45\u00a0s", "12\u00a0min", "1\u00a0h", "2\u00a0d 4\u00a0h",
    ]  # fmt: skip
    assert place((-14.5, -22.95)) == "22.9500°\u00a0S 14.5000°\u00a0W"
    assert place((181.0, 1.0)).endswith("179.0000°\u00a0W")
    assert place(None) == "–"


# Forms
@pytest.mark.parametrize(
    "kept",
    [
        Fence(name="a", purpose="port", centre=(14.505, -22.957), radius_m=1_500),
        Fence(name="b", purpose="forbidden", ring=((1.0, 1.0), (2.0, 1.0), (2.0, 2.123456))),
        Corridor(name="c", line=((179.5, 0.0), (-179.5, 1.0)), half_width_m=2_500),
    ],
)
def test_a_place_comes_back_from_its_form_as_it_was(kept: Fence | Corridor) -> None:
    assert read_place(fields_of_place(kept)) == (kept, {})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"lat-2": "91"}, "lat-2"),
        ({"lon-2": "east"}, "lon-2"),
        ({"lon-2": ""}, "lon-2"),
        ({"lat-3": "", "lon-3": ""}, "points"),
        ({"purpose": "fun"}, "purpose"),
        ({"shape": "star"}, "shape"),
    ],
)
def test_each_problem_of_a_place_is_said_at_its_field(changed: dict[str, str], field: str) -> None:
    fields = {
        "shape": "area",
        "name": "Yard",
        "purpose": "office",
        **{f"{axis}-{n}": f"{n}" for axis in ("lat", "lon") for n in (1, 2, 3)},
    }
    assert read_place(fields)[1] == {}
    found, problems = read_place({**fields, **changed})
    assert found is None
    assert field in problems


def test_leave_is_read_in_the_zone_of_the_house() -> None:
    fields = {"leave": "remove", "place": "INB2", "since": "2026-11-25T14:00", "until": "2026-11-25T15:00", "seal": ""}
    leave, problems = read_leave(fields, ZoneInfo("Etc/GMT-7"), "officer.a")
    assert problems == {}
    assert leave is not None
    assert (leave.since.hour, leave.until.hour, leave.seal, leave.officer) == (7, 8, None, "officer.a")
    assert "place" in read_leave({**fields, "place": ""}, ZoneInfo("UTC"), "x")[1]


# Style
def test_every_colour_of_the_map_s_style_sheet_is_a_token() -> None:
    css = (STATIC / "map.css").read_text()
    loose = re.compile(r":[^;{}]*(#[0-9a-f]{3,8}\b|rgb|hsl)[^;{}]*[;}]")
    assert loose.search("a { color: #fff; }")
    assert loose.findall(css) == []
    known = set(re.findall(r"--([\w-]+):", (STATIC / "workbench.css").read_text()))
    assert set(re.findall(r"var\(--([\w-]+)\)", css)) <= known
    physical = r"(?<![\w-])(?:margin|padding|border|inset)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)"
    assert re.findall(physical, css) == []


def test_the_colours_that_the_map_draws_with_are_tokens() -> None:
    script = (STATIC / "map.js").read_text()
    listed = re.search(r"const TOKENS = \{([^}]+)\}", script)
    assert listed
    assert set(re.findall(r'"([\w-]+)"', listed[1])) <= set(TOKENS)


def test_a_report_lists_the_way_up_to_where_a_journey_was() -> None:
    def on(*journeys: int) -> ReportOfCorridor:
        stretches = tuple(SimpleNamespace(journeys=one) for one in journeys)
        return cast(ReportOfCorridor, SimpleNamespace(report=SimpleNamespace(stretches=stretches)))

    assert [reports._travelled(one) for one in (on(1, 0, 2, 0, 0), on(0, 0), on(), on(3))] == [3, 0, 0, 1]
