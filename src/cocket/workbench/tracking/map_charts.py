# SPDX-License-Identifier: Apache-2.0
"""What each map of the control room shows, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import msgspec

from cocket.pipeline.tracking.views import AlertView, CorridorView, GeofenceView, JourneyView, LivePosition
from cocket.workbench.base.languages import Language
from cocket.workbench.tracking import labels as words
from cocket.workbench.tracking.formats import speed
from cocket.workbench.tracking.map_features import (
    Feature,
    bounds_of,
    encoded,
    fence_feature,
    point_feature,
    points_feature,
    track_features,
    way_feature,
)

#: A device not heard for so long is drawn hollow.
QUIET: Final = timedelta(hours=2)

#: All the world, for a map on which nothing is yet.
_WORLD: Final = (-150.0, -45.0, 160.0, 65.0)


class Chart(msgspec.Struct, frozen=True):
    """A map of a page.

    Attributes:
        features: GeoJSON, as text.
        bounds: West, south, east and north, as text.
    """

    features: str
    bounds: str


def chart_of(features: Iterable[Feature], around: Iterable[Feature] | None = None) -> Chart:
    """A map of features, which begins by showing those `around`, or all."""
    shown = list(features)
    bounds = (bounds_of(around) if around is not None else None) or bounds_of(shown) or _WORLD
    return Chart(encoded(shown), msgspec.json.encode([round(edge, 5) for edge in bounds]).decode())


def device_features(positions: Iterable[LivePosition], language: Language, now: datetime) -> Iterator[Feature]:
    """Devices where they were heard last."""
    for position in positions:
        heard = "quiet" if now - position.time > QUIET else "well"
        mark = f"device-{position.severity}" if position.severity else heard
        told = [position.reference, speed(position.speed_m_s) if position.speed_m_s is not None else None]
        if position.seal:
            told.append(language.translate(words.SEALS[position.seal]))
        yield point_feature(
            "device",
            (position.lon, position.lat),
            mark=mark,
            title=position.device,
            said=" · ".join(text for text in told if text),
            href=journey_path(position.journey) if position.journey else None,
        )


def alert_features(alerts: Iterable[AlertView], language: Language) -> Iterator[Feature]:
    """Alerts that stand, each where its last event was."""
    for alert in alerts:
        if alert.path and not alert.is_withdrawn and alert.state != "closed":
            about = alert.reference or alert.subject
            yield point_feature(
                "alert",
                alert.path[-1],
                mark=alert.severity,
                title=language.translate(alert.message),
                said=about,
                href=alert_path(alert.id),
            )


def place_features(
    fences: Iterable[GeofenceView], corridors: Iterable[CorridorView], language: Language
) -> Iterator[Feature]:
    """Places and corridors that can be chosen."""
    for way in corridors:
        if not way.is_retired:
            yield from way_feature(way.corridor.name, way.corridor.line, way.corridor.half_width_m)
    for kept in fences:
        if not kept.is_retired:
            yield from fence_feature(kept.fence, language.translate(words.PURPOSES[kept.fence.purpose]))


def journey_chart(view: JourneyView, language: Language) -> Chart:
    """A journey: the way laid down, the route taken, and its alerts."""
    return chart_of([*_ways_of(view, language), *alert_features(view.alerts, language)])


def _ways_of(view: JourneyView, language: Language) -> Iterator[Feature]:
    """The way laid down, and the route taken."""
    plan, name = view.plan, view.line.reference
    yield from way_feature(name, plan.corridor, plan.corridor_half_width_m)
    for detour in plan.detours:
        yield from way_feature(name, detour.line, plan.corridor_half_width_m, "detour")
    for fence in (plan.departure, plan.destination, *plan.places):
        yield from fence_feature(fence, language.translate(words.PURPOSES[fence.purpose]))
    yield from track_features(view.fixes)


def alert_chart(alert: AlertView, journey: JourneyView | None, language: Language) -> Chart:
    """One alert on its journey, near enough to see what happened."""
    ways = _ways_of(journey, language) if journey else ()
    if not alert.path:
        return chart_of(ways)
    title = language.translate(alert.message)
    own = [
        points_feature(alert.path),
        point_feature("alert", alert.path[-1], mark=alert.severity, title=title, said=""),
    ]
    return chart_of([*ways, *own], own)


def alert_path(alert_id: str, act: str = "") -> str:
    """Address of an alert, or of an act on it."""
    return f"/tracking/alerts/{quote(alert_id, safe='')}" + (f"/{act}" if act else "")


def journey_path(journey_id: str, act: str = "") -> str:
    """Address of a journey, or of an act on it."""
    return f"/tracking/journeys/{quote(journey_id, safe='')}" + (f"/{act}" if act else "")
