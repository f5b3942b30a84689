# SPDX-License-Identifier: Apache-2.0
"""UN/CEFACT smart containers: what a container tells, in the terms of the Buy-Ship-Pay reference data model.

The model gives terms, not one message. Read here is an event, or a list of events, whose keys are those terms in any
case, with or without the prefix `unece:`, each value bare or as `{"content": …, "unitCode": …}`, as the JSON naming rules
have it.
Source: UN/CEFACT Smart Container BRS (2019); Buy-Ship-Pay reference data model; SealConditionCode; Rec. 20 unit codes.
"""

from __future__ import annotations

from typing import Any

from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import bad_form
from cocket.tracking.adapters._draft import Context, Draft, finished, iso
from cocket.tracking.adapters._json import read_json
from cocket.tracking.adapters._units import celsius, metres_a_second
from cocket.tracking.events import SealCondition, TrackingEvent

NAME = "smart-container"

_EQUIPMENT = ("utilizedtransportequipment", "logisticstransportequipment", "transportequipment", "equipment")
_TIMES = ("occurrencedatetime", "occurencedatetime", "actualoccurrencedatetime", "measurementdatetime", "eventdatetime")
_PLACES = ("physicalgeographicalcoordinate", "geographicalcoordinate", "geographiccoordinate")
_READINGS = ("sensorreading", "measurement", "applicablemeasurement", "sensormeasurement")
_CONDITIONS: tuple[SealCondition, ...] = ("1", "2", "3", "4", "5")
_DOORS = {"open": True, "opened": True, "closed": False}


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one event or a list of them.

    Args:
        payload: JSON.
        context: What else is known.

    Returns:
        One event each; more where an event has several seals, one a seal.

    Raises:
        SenderError: It is no JSON of such terms: none of equipment, place and time is there.
    """
    root = _plain(read_json(payload))
    events = root if isinstance(root, list) else root.get("event", root) if isinstance(root, dict) else None
    events = events if isinstance(events, list) else [events]
    drafts = [draft for event in events if isinstance(event, dict) for draft in _event(event, context)]
    if not drafts:
        raise bad_form("a smart container event", ascii(payload[:80]))
    return finished(NAME, payload, drafts)


def _plain(value: Any) -> Any:
    """Keys in small letters without prefixes."""
    if isinstance(value, dict):
        return {key.rpartition(":")[2].lower(): _plain(each) for key, each in value.items() if isinstance(key, str)}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _event(event: dict[str, Any], context: Context) -> list[Draft]:
    equipment = _first(event, _EQUIPMENT)
    place = _place(event)
    stamp = _scalar(next((event[name] for name in _TIMES if name in event), None))[0]
    if equipment is None and place is None and stamp is None:
        return []
    name = _identifier(equipment)
    device = _identifier(_first(event, ("sensor", "device", "trackingdevice"))) or _text(event.get("deviceid")) or name
    drafts = []
    seals: list[dict[str, Any] | None] = [*_many(equipment, ("affixedseal", "seal"))]
    for seal in seals or [None]:
        draft = Draft(context, device)
        draft.fields |= {"equipment": name} if name else {}
        draft.at(iso(stamp) if isinstance(stamp, str) else None)
        draft.put("type", _text(event.get("typecode")))
        if place is not None:
            draft.place(*place)
        _seal(seal, draft)
        for reading in _many(event, _READINGS):
            _reading(reading, draft)
        door = _text(event.get("doorstatuscode") or event.get("doorstatus"))
        draft.put("door", _DOORS.get(door.lower()) if door else None)
        drafts.append(draft)
    return drafts


def _seal(seal: dict[str, Any] | None, draft: Draft) -> None:
    if seal is None:
        return
    code = _text(seal.get("sealconditioncode") or seal.get("conditioncode"))
    condition = code if code in _CONDITIONS else None
    if code is not None and condition is None:
        draft.doubt("seal-condition-unknown")
    draft.seal(number=_identifier(seal), condition=condition)
    if condition == "4":
        draft.alarm("tampering")


def _reading(reading: dict[str, Any], draft: Draft) -> None:
    kind = _text(reading.get("typecode") or reading.get("type") or reading.get("name")) or "value"
    found = next((reading[name] for name in ("valuemeasure", "measuredvalue", "value") if name in reading), None)
    value, unit = _scalar(found)
    unit = unit or _text(reading.get("unitcode"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        draft.put(kind, value if isinstance(value, str | bool) else None)
        return
    plain = kind.lower()
    if "temperature" in plain or unit in ("CEL", "FAH", "KEL"):
        draft.put("temp1", celsius(value, unit))
    elif "humidity" in plain:
        draft.put("humidity", value)
    elif "speed" in plain:
        draft.move(metres_a_second(value, unit), None)
    elif unit == "LUX":
        draft.put("light_lux", value)
    elif unit == "K40":
        draft.put("shock_g", value)
    elif "battery" in plain:
        draft.put("batteryLevel" if unit == "P1" else "battery", value)
    else:
        draft.put(kind, value)


def _place(event: dict[str, Any]) -> tuple[float, float] | None:
    holder = _first(event, ("occurrencelocation", "location", "relatedlocation")) or event
    coordinate = _first(holder, _PLACES) or (holder if "latitude" in holder or "latitudemeasure" in holder else None)
    if coordinate is None:
        return None
    angles = []
    for name, minus in (("latitude", "S"), ("longitude", "W")):
        value, _ = _scalar(coordinate.get(f"{name}measure", coordinate.get(name)))
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        turned = _text(coordinate.get(f"{name}directionindicator")) == minus
        angles.append(float(-abs(value) if turned else value))
    return angles[0], angles[1]


def _first(value: Any, names: tuple[str, ...]) -> dict[str, Any] | None:
    return next(iter(_many(value, names)), None)


def _many(value: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    if not isinstance(value, dict):
        return []
    found = next((value[name] for name in names if name in value), None)
    many = found if isinstance(found, list) else [found]
    return [each for each in many if isinstance(each, dict)]


def _scalar(value: Any) -> tuple[Any, str | None]:
    """A value and its unit, bare or wrapped."""
    if isinstance(value, dict):
        unit = value.get("unitcode")
        return value.get("content", value.get("@value")), unit if isinstance(unit, str) else None
    return value, None


def _text(value: Any) -> str | None:
    found = _scalar(value)[0]
    return found or None if isinstance(found, str) else None


def _identifier(value: dict[str, Any] | None) -> str | None:
    if value is None:
        return None
    return _text(value.get("identifier") or value.get("id") or value.get("identification"))


ADAPTER = Adapter(
    name=NAME,
    title="UN/CEFACT smart container events",
    read=read,
    source="UN/CEFACT Smart Container BRS, Buy-Ship-Pay",
)
