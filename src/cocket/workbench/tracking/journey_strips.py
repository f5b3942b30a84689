# SPDX-License-Identifier: Apache-2.0
"""The geometry of a journey's strips: speed, seal and readings over one span of time, one above the other.

All strips share a width of 1,000; the page's script moves one cursor through all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import msgspec

from cocket.pipeline.tracking.views import AlertView, FixView, JourneyView, Sample, SealStep, SensorStrip
from cocket.tracking.events import Position
from cocket.tracking.geometry import distance_m
from cocket.tracking.journey import Journey

WIDTH: Final = 1000.0
HEIGHT: Final = 64.0

#: Readings further apart are not joined: what lies between is not known.
_UNHEARD: Final = timedelta(minutes=30)
_KM_H: Final = 3.6

#: What is received so long after it was sent had been kept by the device.
LATE: Final = timedelta(minutes=15)

#: Kinds of readings from top to bottom; others come last.
_ORDER: Final = (
    "speed_m_s", "between_m_s", "temperature_c", "humidity_percent", "door", "light_lux", "shock_g", "battery_percent",
)  # fmt: skip

#: Steps of a time axis, in minutes; the smallest that leaves at most eight marks is taken.
_STEPS: Final = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400)
_MOST_MARKS: Final = 8


class Span(msgspec.Struct, frozen=True):
    """The time that strips cover: first and last moment (UTC)."""

    begins: datetime
    ends: datetime

    def x(self, when: datetime) -> float:
        """Where a moment stands, 0 to 1,000; what lies outside stands at the edge."""
        whole = (self.ends - self.begins).total_seconds()
        return round(WIDTH * min(1.0, max(0.0, (when - self.begins).total_seconds() / whole)), 1)


class Band(msgspec.Struct, frozen=True):
    """A stretch of time in which something was so.

    Attributes:
        x: Where it begins.
        width: How long it is.
        state: What was so: a state of the seal, or a severity.
        title: What to call it, still to be translated, or the id of an alert.
    """

    x: float
    width: float
    state: str
    title: str


class Curve(msgspec.Struct, frozen=True):
    """Readings as a picture 1,000 wide and 64 high, higher values above.

    Attributes:
        kind: As of `SensorStrip`.
        device: The device.
        unit: Unit of `low`, `high` and `limits`.
        low: Value at the bottom.
        high: Value at the top.
        paths: Lines through readings that follow each other, as SVG path data (0..n).
        dots: Readings that stand alone, as x and y (0..n).
        limits: Lower and upper limit as y and value (0..2).
        least: Least reading.
        most: Greatest reading.
    """

    kind: str
    device: str
    unit: str
    low: float
    high: float
    paths: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    limits: tuple[tuple[float, float], ...]
    least: float
    most: float


class Strips(msgspec.Struct, frozen=True):
    """All strips of a journey.

    Attributes:
        span: What they cover.
        marks: Moments of the axis and where they stand (0..n).
        seal: The seal through time (1..n).
        heard: When devices were heard: `live`, or `late` where what they kept came afterwards (0..n).
        alerts: Alerts that stand, through time (0..n).
        curves: Readings (0..n), speed first.
    """

    span: Span
    marks: tuple[tuple[float, datetime], ...]
    seal: tuple[Band, ...]
    heard: tuple[Band, ...]
    alerts: tuple[Band, ...]
    curves: tuple[Curve, ...]


def strips_of(view: JourneyView, now: datetime) -> Strips:
    """The strips of a journey.

    Args:
        view: The journey.
        now: The present moment (UTC); what is under way is drawn until its last word, or now if it never spoke.
    """
    span = span_of(view, now)
    told = list(view.strips)
    if not any(strip.kind == "speed_m_s" for strip in told):
        told += between_places(view.fixes)
    ordered = sorted(told, key=lambda strip: (_ORDER.index(strip.kind) if strip.kind in _ORDER else 99, strip.device))
    standing = [alert for alert in view.alerts if not alert.is_withdrawn]
    return Strips(
        span=span,
        marks=tuple(marks_of(span)),
        seal=tuple(seal_bands(view.seal_steps, view.seal_at_start, span)),
        heard=tuple(heard_bands(view.fixes, span)),
        alerts=tuple(alert_bands(standing, span)),
        curves=tuple(curve_of(strip, span, view.plan) for strip in ordered if strip.samples),
    )


def between_places(fixes: Iterable[FixView]) -> Iterator[SensorStrip]:
    """The speed from each place to the next, for devices that tell none (0..n)."""
    by_device: dict[str, list[FixView]] = {}
    for fix in fixes:
        by_device.setdefault(fix.device, []).append(fix)
    for device, run in by_device.items():
        samples = tuple(
            Sample(fix.time, distance_m(_place(before), _place(fix)) / seconds)
            for before, fix in pairwise(run)
            if 0 < (seconds := (fix.time - before.time).total_seconds()) <= _UNHEARD.total_seconds()
        )
        if samples:
            yield SensorStrip(device=device, kind="between_m_s", unit="m/s", samples=samples)


def _place(fix: FixView) -> Position:
    return Position(lat=fix.lat, lon=fix.lon)


def span_of(view: JourneyView, now: datetime) -> Span:
    """From the first to the last word of a journey, at least a minute."""
    told = [fix.time for fix in view.fixes] + [step.time for step in view.seal_steps]
    told += [strip.samples[end].time for strip in view.strips if strip.samples for end in (0, -1)]
    begins = min([view.plan.starts_at, *told])
    return Span(begins, max([begins + timedelta(minutes=1), *(told or [now])]))


def marks_of(span: Span) -> Iterator[tuple[float, datetime]]:
    """Even moments of the axis, in UTC."""
    minutes = (span.ends - span.begins).total_seconds() / 60
    step = next((step for step in _STEPS if minutes / step <= _MOST_MARKS), _STEPS[-1])
    day = span.begins.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = int((span.begins - day).total_seconds() // 60 // step + 1)
    when = day + timedelta(minutes=passed * step)
    while when < span.ends:
        yield span.x(when), when
        when += timedelta(minutes=step)


def seal_bands(steps: Iterable[SealStep], at_start: str, span: Span) -> Iterator[Band]:
    """The states of the seal, each until the next."""
    state, since = at_start, span.begins
    for step in steps:
        if step.after != state:
            yield _band(span, since, step.time, state)
            state, since = step.after, step.time
    yield _band(span, since, span.ends, state)


def heard_bands(fixes: Iterable[FixView], span: Span) -> Iterator[Band]:
    """Stretches in which devices were heard, told at once and told later apart; nothing where nothing was heard."""
    run: list[FixView] = []
    for fix in sorted(fixes, key=lambda fix: fix.time):
        if run and (_state_of(fix) != _state_of(run[0]) or fix.time - run[-1].time > _UNHEARD):
            is_next = fix.time - run[-1].time <= _UNHEARD
            yield _band(span, run[0].time, fix.time if is_next else run[-1].time, _state_of(run[0]))
            run = []
        run.append(fix)
    if run:
        yield _band(span, run[0].time, run[-1].time, _state_of(run[0]))


def _state_of(fix: FixView) -> str:
    return "late" if fix.received_at - fix.time > LATE else "live"


def alert_bands(alerts: Iterable[AlertView], span: Span) -> Iterator[Band]:
    """Alerts from their first event to their last, wide enough to be seen."""
    for alert in alerts:
        band = _band(span, alert.since, alert.until, alert.severity, alert.id)
        yield Band(min(band.x, WIDTH - 6), max(band.width, 6.0), band.state, band.title)


def curve_of(strip: SensorStrip, span: Span, plan: Journey) -> Curve:
    """Readings as lines; speed is told in km/h, and temperature against what the goods bear."""
    factor, unit = (_KM_H, "km/h") if strip.kind.endswith("_m_s") else (1.0, strip.unit)
    asked = [strip.lowest, strip.highest]
    if strip.kind == "temperature_c" and plan.temperature_c and asked == [None, None]:
        asked = list(plan.temperature_c)
    limits = [value * factor for value in asked if value is not None]
    values = [sample.value * factor for sample in strip.samples]
    low, high = _scale([*values, *limits], is_ratio=strip.kind not in ("temperature_c",))
    points = [
        (span.x(sample.time), _y(value, low, high), sample.time)
        for sample, value in zip(strip.samples, values, strict=True)
    ]
    runs = list(_runs(points))
    return Curve(
        kind=strip.kind,
        device=strip.device,
        unit=unit,
        low=low,
        high=high,
        paths=tuple("M" + "L".join(f"{x} {y}" for x, y, _ in run) for run in runs if len(run) > 1),
        dots=tuple((run[0][0], run[0][1]) for run in runs if len(run) == 1),
        limits=tuple((_y(value, low, high), value) for value in limits),
        least=min(values),
        most=max(values),
    )


def _runs(points: list[tuple[float, float, datetime]]) -> Iterator[list[tuple[float, float, datetime]]]:
    run = points[:1]
    for before, point in pairwise(points):
        if point[2] - before[2] > _UNHEARD:
            yield run
            run = []
        run.append(point)
    yield run


def _scale(values: list[float], *, is_ratio: bool) -> tuple[float, float]:
    """Bottom and top: from zero where zero means nothing is there, with room where it is a degree among others."""
    low, high = min(values), max(values)
    if is_ratio and low >= 0:
        return 0.0, high or 1.0
    room = max(1.0, (high - low) * 0.1)
    return low - room, high + room


def _y(value: float, low: float, high: float) -> float:
    return round(HEIGHT - 4 - (HEIGHT - 8) * (value - low) / (high - low), 1)


def _band(span: Span, since: datetime, until: datetime, state: str, title: str = "") -> Band:
    x = span.x(since)
    return Band(x, round(span.x(until) - x, 1), state, title or state)
