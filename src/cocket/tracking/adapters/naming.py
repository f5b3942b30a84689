# SPDX-License-Identifier: Apache-2.0
"""An event under the names that most open tracking software uses, for `cocket track decode` and for comparing."""

from __future__ import annotations

from typing import Any

from cocket.tracking.events import TrackingEvent

#: Fields that stand among the attributes under these names.
_NAMES = {
    "battery_percent": "batteryLevel",
    "battery_v": "battery",
    "power_v": "power",
    "temperature_c": "temp1",
    "humidity_percent": "humidity",
    "satellites": "satellites",
    "sequence": "index",
    "boot": "boot",
    "light_lux": "light",
    "shock_g": "shock",
    "equipment": "container",
}
_MILLISECONDS = 1000


def named(event: TrackingEvent) -> dict[str, Any]:
    """An event as `{"time","valid","lat","lon","attributes"}`.

    Args:
        event: What an adapter read.

    Returns:
        `time` as ISO 8601 in UTC with milliseconds, or None; `valid` whether `lat` and `lon` (degrees) are a fix, None
        where the event is of no place; `attributes` by name: all that the event says besides, alarms joined by commas.
    """
    place = event.position or event.last_position
    attributes: dict[str, Any] = dict(event.attributes)
    for field, name in _NAMES.items():
        value = getattr(event, field)
        if value is not None:
            attributes[name] = value
    if event.alarms:
        attributes["alarm"] = ",".join(map(_camel, event.alarms))
    if event.door is not None:
        attributes["door"] = event.door == "open"
    if event.seal is not None and event.seal.lock is not None:
        attributes["lock"] = event.seal.lock == "locked"
    if place is not None and place.hdop is not None:
        attributes["hdop"] = place.hdop
    if event.speed_m_s is not None:
        attributes["speed"] = event.speed_m_s
    if event.course_deg is not None:
        attributes["course"] = event.course_deg
    if event.doubts:
        attributes["doubts"] = ",".join(event.doubts)
    time = event.time
    return {
        "time": time.strftime("%Y-%m-%d %H:%M:%S.") + f"{time.microsecond // _MILLISECONDS:03d}Z" if time else None,
        "valid": event.position is not None if place is not None else None,
        "lat": place.lat if place else None,
        "lon": place.lon if place else None,
        "attributes": attributes,
    }


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)
