# SPDX-License-Identifier: Apache-2.0
"""Sensor data of EPCIS 2.0 events: one event a device and moment, from documents, query results and bare events.

Source: GS1 EPCIS 2.0, §7.3.6–7.3.8 (sensorElement, sensorMetadata, sensorReport); CBV 2.0 measurement types.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import bad_form
from cocket.tracking.adapters._draft import Context, Draft, finished, iso
from cocket.tracking.adapters._json import child, number, objects, read_json, text, truth
from cocket.tracking.adapters._units import celsius, metres_a_second
from cocket.tracking.events import Alarm, TrackingEvent

NAME = "epcis"

_ALARMS: dict[str, Alarm] = {
    "Temperature": "temperature",
    "RelativeHumidity": "humidity",
    "AbsoluteHumidity": "humidity",
    "Illuminance": "light",
    "Acceleration": "shock",
    "Angle": "tilt",
}
_GEO = "geo:"
_STANDARD_GRAVITY = 9.80665


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read the sensor data of one or more EPCIS events.

    Args:
        payload: JSON or JSON-LD.
        context: What else is known.

    Returns:
        An event for each device and moment of each sensor element; for an event without any, one if its read point is a
        place on the earth. None where there is neither.

    Raises:
        SenderError: It holds no EPCIS event.
    """
    root = read_json(payload)
    events = list(_events(root))
    if not events:
        raise bad_form("an EPCIS document, query result or event", ascii(payload[:80]))
    drafts = [draft for event in events for draft in _drafts(event, context)]
    return finished(NAME, payload, drafts)


def _events(root: Any) -> Iterator[dict[str, Any]]:
    if isinstance(root, list):
        yield from (each for each in objects(root) if "eventTime" in each)
    elif isinstance(root, dict) and "eventTime" in root:
        yield root
    else:
        body = child(root, "epcisBody")
        results = child(child(body, "queryResults"), "resultsBody")
        yield from objects(results if results is not None else body, "eventList")


def _drafts(event: dict[str, Any], context: Context) -> Iterator[Draft]:
    point = text(child(event, "readPoint"), "id") or ""
    found = False
    for element in objects(event, "sensorElementList"):
        for draft in _element(element, event, context):
            found = True
            _read_point(point, draft)
            yield draft
    if not found and point.startswith(_GEO):
        draft = _new(event, None, None, context)
        _read_point(point, draft)
        yield draft


def _new(event: dict[str, Any], device: str | None, stamp: str | None, context: Context) -> Draft:
    draft = Draft(context, device)
    stamp = stamp or text(event, "eventTime")
    draft.at(iso(stamp) if stamp else None)
    draft.put("eventId", text(event, "eventID"))
    draft.put("bizStep", text(event, "bizStep"))
    names = event.get("epcList")
    if isinstance(names, list):
        draft.put("epc", next((name for name in names if isinstance(name, str)), None))
    return draft


def _element(element: dict[str, Any], event: dict[str, Any], context: Context) -> Iterator[Draft]:
    head = child(element, "sensorMetadata")
    device = text(head, "deviceID")
    stamp = text(head, "time") or text(head, "endTime")
    drafts: dict[tuple[str | None, str | None], Draft] = {}
    places: dict[tuple[str | None, str | None], dict[str, float]] = {}
    for report in objects(element, "sensorReport"):
        key = (text(report, "deviceID") or device, text(report, "time") or stamp)
        if key not in drafts:
            drafts[key] = _new(event, *key, context)
            start = text(head, "startTime")
            drafts[key].put("startTime", start)
        _report(report, drafts[key], places.setdefault(key, {}))
    for key, draft in drafts.items():
        angles = places[key]
        if "latitude" in angles and "longitude" in angles:
            draft.place(angles["latitude"], angles["longitude"])
        yield draft


def _report(report: dict[str, Any], draft: Draft, places: dict[str, float]) -> None:
    kind = (text(report, "type") or "").removeprefix("gs1:")
    unit, component = text(report, "uom"), text(report, "component")
    value = number(report, "value")
    if value is None:
        value = number(report, "meanValue")
    exception = text(report, "exception")
    if exception and exception.removeprefix("gs1:") == "ALARM_CONDITION" and truth(report, "booleanValue") is not False:
        draft.alarm(_ALARMS.get(kind, "general"))
    elif exception:
        draft.alarm("fault")
    if kind == "Angle" and component in ("latitude", "longitude") and value is not None:
        places[component] = value
        return
    if _typed(kind, value, unit, draft):
        return
    name = _lower(kind) if not component else f"{_lower(kind)}{component.capitalize()}"
    for key in ("value", "minValue", "maxValue", "meanValue"):
        suffix = "" if key == "value" else key.removesuffix("Value").capitalize()
        draft.put(f"{name}{suffix}", number(report, key))
    for key in ("stringValue", "hexBinaryValue", "uriValue"):
        draft.put(name, text(report, key))
    draft.put(name, truth(report, "booleanValue"))
    draft.put(f"{name}Unit", unit)


def _typed(kind: str, value: float | None, unit: str | None, draft: Draft) -> bool:
    """Note a measure that has a field of its own; whether it had."""
    if value is None:
        return False
    if kind == "Temperature" and "temperature_c" not in draft.fields:
        draft.put("temp1", celsius(value, unit))
    elif kind == "RelativeHumidity":
        draft.put("humidity", value)
    elif kind == "Illuminance" and unit in (None, "LUX"):
        draft.put("light_lux", value)
    elif kind == "Speed" and metres_a_second(value, unit) is not None and value >= 0:
        draft.move(metres_a_second(value, unit), None)
    elif kind == "Acceleration" and unit in ("MSK", "K40"):
        draft.put("shock_g", abs(value) / (_STANDARD_GRAVITY if unit == "MSK" else 1))
    else:
        return False
    return True


def _lower(kind: str) -> str:
    plain = kind.rpartition(":")[2] or "value"
    return plain[0].lower() + plain[1:]


def _read_point(point: str, draft: Draft) -> None:
    if not point.startswith(_GEO) or "position" in draft.fields:
        return
    lat, _, rest = point.removeprefix(_GEO).partition(",")
    lon = rest.split(";")[0].split(",")[0]
    try:
        draft.place(float(lat), float(lon))
    except ValueError:
        draft.doubt("position-impossible")


ADAPTER = Adapter(name=NAME, title="EPCIS 2.0 sensor events", read=read, source="GS1 EPCIS 2.0")
