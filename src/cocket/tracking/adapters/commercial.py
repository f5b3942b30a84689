# SPDX-License-Identifier: Apache-2.0
"""Events that carriers publish of containers: DCSA IoT (door opened) and DCSA reefer (measured, adjusted).

They name the container, not the device on it; the container's number then stands for the device.
Source: DCSA IoT Commercial Events 1.0.0-Beta-1; DCSA Reefer Commercial Events 1.0.0-Beta-1.
"""

from __future__ import annotations

from typing import Any

from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import bad_form
from cocket.tracking.adapters._draft import Context, Draft, finished, iso
from cocket.tracking.adapters._json import child, number, objects, read_json, text
from cocket.tracking.adapters._units import celsius
from cocket.tracking.events import TrackingEvent

NAME = "dcsa"

_DOOR_OPENED = "DRO"
_KINDS = ("IOT", "REEFER")


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one event or a list of them.

    Args:
        payload: JSON: an event of `metadata` and `payload`, or a list of such.
        context: What else is known.

    Returns:
        One event for each of type IOT or REEFER, others passed over. A retraction gives a status event whose attribute
        `retracts` is the id of what was withdrawn.

    Raises:
        SenderError: It is no such JSON, or no event in it is of these types.
    """
    root = read_json(payload)
    events = list(objects(root)) if isinstance(root, list) else [root] if isinstance(root, dict) else []
    taken = [event for event in events if text(child(event, "metadata"), "eventType") in _KINDS]
    if not taken:
        raise bad_form("DCSA events of type IOT or REEFER", ascii(payload[:80]))
    drafts = [_event(event, context) for event in taken]
    return finished(NAME, payload, drafts)


def _event(event: dict[str, Any], context: Context) -> Draft:
    head, body = child(event, "metadata") or {}, child(event, "payload")
    equipment = text(body, "equipmentReference")
    draft = Draft(context, equipment)
    draft.put("eventId", text(head, "eventID"))
    draft.put("type", text(head, "eventType"))
    draft.put("publisher", text(child(head, "publisher"), "carrierCode"))
    draft.put("retracts", text(head, "retractedEventID"))
    if body is None:
        return draft
    draft.fields["equipment"] = equipment
    stamp = text(body, "eventDateTime")
    draft.at(iso(stamp) if stamp else None)
    draft.put("classifier", text(body, "eventClassifierCode"))
    place = child(body, "geoLocation")
    lat, lon = number(place, "latitude"), number(place, "longitude")
    if lat is not None and lon is not None:
        draft.place(lat, lon)
    code = text(body, "iotEventCode")
    draft.put("code", code or text(body, "reeferEventTypeCode"))
    if code == _DOOR_OPENED:
        draft.put("door", True)
        draft.alarm("door")
    for each in objects(body, "relatedDocumentReferences"):
        draft.put(f"document{text(each, 'type') or ''}", text(each, "value"))
    _climate(child(body, "measurements"), "", draft)
    _climate(child(body, "setpoints"), "setpoint", draft)
    return draft


def _climate(values: dict[str, Any] | None, prefix: str, draft: Draft) -> None:
    """Measured values under their own names, set points under `setpoint…`."""
    if values is None:
        return
    unit = text(values, "temperatureUnit")
    inside = celsius(number(values, "temperature"), unit)
    draft.put("setpointTemp" if prefix else "temp1", inside)
    draft.put(f"{prefix}AmbientTemp" if prefix else "ambientTemp", celsius(number(values, "ambientTemperature"), unit))
    draft.put("setpointHumidity" if prefix else "humidity", number(values, "humidity"))
    for name in ("o2", "co2", "airExchange"):
        draft.put(f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name, number(values, name))
    draft.put("setpointAirExchangeUnit" if prefix else "airExchangeUnit", text(values, "airExchangeUnit"))


ADAPTER = Adapter(
    name=NAME,
    title="DCSA IoT and reefer commercial events",
    read=read,
    source="DCSA IoT and Reefer 1.0.0-Beta-1",
)
