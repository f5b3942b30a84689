# SPDX-License-Identifier: Apache-2.0
"""Invented journeys as other tracking software takes them in: Traccar by OsmAnd queries, ThingsBoard by its gateway topic.

What each has a field for is in that field; the rest is an attribute under our name. Copies, gaps and the order of receipt are
as they came, so that the same attacks can be run against any of them.
Source: Traccar, OsmAnd protocol (speed in knots, timestamp in seconds); ThingsBoard, MQTT gateway API,
`v1/gateway/telemetry` (`ts` in milliseconds).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from cocket.tracking.events import TrackingEvent

_KNOT_M_S = 1852 / 3600

#: Readings that are told under our name where they are known.
_READINGS = (
    "equipment", "door", "battery_v", "power_v", "temperature_c", "humidity_percent", "light_lux", "shock_g", "satellites",
    "boot", "sequence",
)  # fmt: skip


class OtherMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message for other software, and when it came.

    Attributes:
        received_at: When it came, ISO 8601: the order and the pace in which to send.
        http: Query of Traccar's OsmAnd protocol; None in files for ThingsBoard.
        topic: MQTT topic of ThingsBoard; None in files for Traccar.
        payload: What is published there; None in files for Traccar.
    """

    received_at: str
    http: str | msgspec.UnsetType = msgspec.UNSET
    topic: str | msgspec.UnsetType = msgspec.UNSET
    payload: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


def for_traccar(event: TrackingEvent) -> OtherMessage:
    """A message as a query of the OsmAnd protocol."""
    place = event.position or event.last_position
    values: dict[str, Any] = {"id": event.device or "unnamed"}
    if event.time is not None:
        values["timestamp"] = int(event.time.timestamp())
    if place is not None:
        values |= {
            "lat": f"{place.lat:.7f}",
            "lon": f"{place.lon:.7f}",
            "valid": str(event.position is not None).lower(),
        }
        values |= {"accuracy": place.accuracy_m} if place.accuracy_m is not None else {}
        values |= {"hdop": place.hdop} if place.hdop is not None else {}
    if event.speed_m_s is not None:
        values["speed"] = f"{event.speed_m_s / _KNOT_M_S:.3f}"
    if event.course_deg is not None:
        values["bearing"] = f"{event.course_deg:.1f}"
    if event.battery_percent is not None:
        values["batt"] = f"{event.battery_percent:g}"
    return OtherMessage(received_at=event.received_at.isoformat(), http=f"/?{urlencode(values | _attributes(event))}")


def for_thingsboard(event: TrackingEvent) -> OtherMessage:
    """A message as telemetry of one device on the topic of gateways."""
    place = event.position or event.last_position
    values: dict[str, Any] = _attributes(event)
    if place is not None:
        values |= {"latitude": place.lat, "longitude": place.lon, "valid": event.position is not None}
        values |= {"accuracy_m": place.accuracy_m} if place.accuracy_m is not None else {}
    known = {
        "speed_m_s": event.speed_m_s,
        "course_deg": event.course_deg,
        "battery_percent": event.battery_percent,
    }
    values |= {name: value for name, value in known.items() if value is not None}
    told: dict[str, Any] = {"values": values}
    if event.time is not None:
        told["ts"] = int(event.time.timestamp() * 1000)
    return OtherMessage(
        received_at=event.received_at.isoformat(),
        topic="v1/gateway/telemetry",
        payload={event.device or "unnamed": [told]},
    )


def _attributes(event: TrackingEvent) -> dict[str, Any]:
    """What neither has a field for, under our names."""
    values = {name: value for name in _READINGS if (value := getattr(event, name)) is not None}
    if event.seal is not None:
        seal = {"seal": event.seal.number, "lock": event.seal.lock, "strap": event.seal.strap, "case": event.seal.case}
        values |= {name: value for name, value in seal.items() if value is not None}
    if "seal_state" in event.attributes:
        values["seal_state"] = event.attributes["seal_state"]
    if event.alarms:
        values["alarms"] = ",".join(event.alarms)
    return values
