# SPDX-License-Identifier: Apache-2.0
"""OsmAnd and its kin: telephones and gateways that report by an HTTP query, or by JSON.

Speed in a query is in knots, as the applications write it; in JSON it is in m/s, and negative numbers mean unknown.
What further parameters and `extras` say of a seal, a door, light and alarms is read by the names and words of recorded
tracks (`_seal_words`); all others are attributes.
Source: OsmAnd live tracking parameters; Background Geolocation location objects.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import bad_form
from cocket.tracking.adapters._draft import KNOT_M_S, Context, Draft, finished, iso, unix
from cocket.tracking.adapters._json import child, flat, number, read_json, text, truth
from cocket.tracking.adapters._seal_words import read_named
from cocket.tracking.events import Cell, TrackingEvent

NAME = "osmand"

_SECONDS_END = 2**31


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one request.

    Args:
        payload: A request line's target (`/?id=…`), a body of form fields, or a body of JSON; JSON may follow the
            target or headers.
        context: What else is known.

    Returns:
        One event.

    Raises:
        SenderError: It is none of these, or names no device where the door gave none.
    """
    start = payload.find(b"{")
    if start >= 0 and b"?" not in payload[:start]:
        draft = _location(read_json(payload[start:]), context)
    else:
        draft = _query(payload, context)
    return finished(NAME, payload, [draft])


def _query(payload: bytes, context: Context) -> Draft:
    try:
        line = payload.decode("utf-8").strip()
        if line.startswith(("GET ", "POST ")):
            line = line.split(" ")[1]
        query = urlsplit(line).query if "?" in line else line
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=200)
    except (UnicodeDecodeError, ValueError, IndexError) as error:
        raise bad_form("a query such as ?id=1&lat=1&lon=1", ascii(payload[:80])) from error
    values = dict(pairs)
    if not pairs:
        raise bad_form("a query such as ?id=1&lat=1&lon=1", ascii(payload[:80]))
    device = values.get("id") or values.get("deviceid") or context.device
    if device is None:
        raise bad_form("a query that names its device by id", ascii(payload[:80]))
    draft = Draft(context, device)
    for name, value in read_named([pair for pair in pairs if pair[0] not in _TAKEN], draft):
        _further(name, value, draft)
    draft.at(_stamp(values.get("timestamp"), draft))
    _whereabouts(values, draft)
    speed = _real(values.get("speed"), draft)
    course = _real(values.get("bearing", values.get("heading")), draft)
    draft.move(None if speed is None else speed * KNOT_M_S, course)
    draft.put("batteryLevel", _real(values.get("batt"), draft))
    return draft


_TAKEN = {
    *("id", "deviceid", "timestamp", "lat", "lon", "location", "valid", "speed"),
    *("bearing", "heading", "altitude", "accuracy", "hdop", "batt"),
}


def _further(name: str, value: str, draft: Draft) -> None:
    if name == "cell":
        parts = value.split(",")
        try:
            mcc, mnc, area, cell, *signal = (int(part) for part in parts[:5])
        except ValueError:
            draft.doubt("cell-unread")
        else:
            draft.cells.append(Cell(mcc=mcc, mnc=mnc, area=area, cell=cell, signal_dbm=signal[0] if signal else None))
    elif name == "wifi":
        count = sum(key.startswith("wifi") for key in draft.attributes) + 1
        draft.put(f"wifi{count}", value)
    elif value in ("true", "false"):
        draft.put(name, value == "true")
    else:
        try:
            draft.put(name, value if name == "driverUniqueId" else float(value))
        except ValueError:
            draft.put(name, value)


def _whereabouts(values: dict[str, str], draft: Draft) -> None:
    lat, lon = values.get("lat"), values.get("lon")
    if "location" in values:
        lat, _, lon = values["location"].partition(",")
    north, east = _real(lat, draft), _real(lon, draft)
    hdop = _real(values.get("hdop"), draft)
    if north is None or east is None:
        return
    draft.place(
        north,
        east,
        is_fix=values.get("valid", "true") in ("true", "1", ""),
        accuracy_m=_real(values.get("accuracy"), draft),
        altitude_m=_real(values.get("altitude"), draft),
        hdop=hdop or None,  # 0 is what is written where it is not known
    )


def _real(value: str | None, draft: Draft) -> float | None:
    if value is None or not value.strip():
        return None
    try:
        return float(value)
    except ValueError:
        draft.doubt("number-unread")
        return None


def _stamp(value: str | None, draft: Draft) -> Any:
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        time = iso(value.replace(" ", "T", 1))
    else:
        time = unix(seconds if seconds < _SECONDS_END else seconds / 1000)
    if time is None:
        draft.doubt("time-impossible")
    return time


def _location(root: Any, context: Context) -> Draft:
    location = child(root, "location")
    device = text(root, "device_id") or context.device
    if location is None or device is None:
        raise bad_form("JSON with location and device_id")
    draft = Draft(context, device)
    stamp = text(location, "timestamp")
    draft.at(_stamp(stamp, draft))
    place = child(location, "coords")
    if place is not None:
        lat, lon = number(place, "latitude"), number(place, "longitude")
        if lat is not None and lon is not None:
            draft.place(lat, lon, accuracy_m=_positive(place, "accuracy"), altitude_m=number(place, "altitude"))
        draft.move(_positive(place, "speed"), _positive(place, "heading"))
    battery = child(location, "battery")
    if battery is not None:
        level = _positive(battery, "level")
        draft.put("batteryLevel", None if level is None else int(level * 100))
        if truth(battery, "is_charging"):
            draft.put("charge", True)
    activity = child(location, "activity")
    draft.put("activity", text(activity, "type") if activity is not None else None)
    draft.put("event", text(location, "event"))
    draft.put("motion", truth(location, "is_moving"))
    draft.put("odometer", number(location, "odometer"))
    draft.put("mock", truth(location, "mock"))
    alarm = text(location, "alarm")
    draft.put("alarmText", alarm)
    extras = child(location, "extras")
    for name, value in read_named([("alarm", alarm), *flat(extras or {})], draft):
        if isinstance(value, bool | int | float | str):
            draft.put(name, value)
    return draft


def _positive(place: Any, name: str) -> float | None:
    value = number(place, name)
    return value if value is not None and value >= 0 else None


ADAPTER = Adapter(
    name=NAME,
    title="OsmAnd and other telephones, by HTTP",
    read=read,
    source="OsmAnd live tracking; Background Geolocation",
)
