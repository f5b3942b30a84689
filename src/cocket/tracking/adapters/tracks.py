# SPDX-License-Identifier: Apache-2.0
"""Recorded tracks for replay: NMEA 0183 of a receiver, GPX, CSV with a header, and JSON (an array, or a line an object).

CSV and JSON are read by the names of their columns, of which the common ones are known (below); what has another name
becomes an attribute: attributes are what was not understood. States of a seal, a door and alarms are read by their names
and words (`_seal_words`), also in camelCase and under `seal`; what looks like one and is not understood is a doubt.
Speed is in m/s unless the name says `kmh`, `kph`, `knots` or `mph`. A time without an offset is UTC.
A column `received` is when the message came in, and then stands for the time of receipt: a replay needs it. Of several
the first counts, and none is part of what the message says.
Source: NMEA 0183 (RMC, GGA, GLL); GPX 1.1; RFC 4180.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from lxml import etree

from cocket.standards.xml import Limits, parse_xml
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import bad_form, xor
from cocket.tracking.adapters._draft import KMH_M_S, KNOT_M_S, MPH_M_S, Context, Draft, finished, iso, moment, unix
from cocket.tracking.adapters._json import flat, objects, read_json
from cocket.tracking.adapters._seal_words import COLUMNS as SEAL_COLUMNS
from cocket.tracking.adapters._seal_words import read_seal, seal_field, snake, suggests_seal
from cocket.tracking.events import SEAL_UNREAD, Scalar, TrackingEvent

NMEA, GPX, CSV, JSON = "nmea", "gpx", "csv", "json"

_COLUMNS = {
    "device": "device deviceid device_id vehicle_id vehicleid mmsi ssvid imei tracker unit",
    "time": "time timestamp datetime event_time eventtime utc t date_time basedatetime",
    "received": "received received_at receivedat server_time",
    "lat": "lat latitude y",
    "lon": "lon lng long longitude x",
    "altitude": "altitude alt ele elevation",
    "accuracy": "accuracy acc accuracy_m",
    "hdop": "hdop",
    "speed": "speed speed_ms speed_m_s speed_mps sog_ms",
    "speed_kmh": "speed_kmh speed_kph speedkmh",
    "speed_knots": "speed_knots speed_kn sog knots",
    "speed_mph": "speed_mph",
    "course": "course course_deg bearing heading cog direction_deg",
    "fix": "fix valid is_fix",
    "sequence": "seq sequence msg_no",
    "boot": "boot boots boot_counter",
    "equipment": "container equipment container_number equipment_reference",
    "batteryLevel": "battery battery_level batterylevel battery_percent",
    "battery": "battery_v battery_voltage",
    "temp1": "temp temperature temp1 temperature_c",
    "humidity": "humidity humidity_percent",
    "shock_g": "shock shock_g",
    "satellites": "satellites sats sat",
    **SEAL_COLUMNS,
}
_KNOWN = {name: field for field, names in _COLUMNS.items() for name in names.split()}
_SPEEDS = {"speed": 1.0, "speed_kmh": KMH_M_S, "speed_knots": KNOT_M_S, "speed_mph": MPH_M_S}
#: Objects within a row whose values are read as if they stood in the row itself, or under the name of the object and theirs.
_NESTED = ("", "position_", "location_", "attributes_", "values_")
_MILLISECONDS_FROM = 10**11
_GPX_LIMITS = Limits(size=64 * 1024 * 1024, elements=2_000_000, children=1_000_000, all_attributes=2_000_000)
_LONGEST_FIELD = 1 << 20
_LONGEST_LIST = 500


def read_json_track(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read a JSON array of objects, one object, or one object a line.

    Args:
        payload: The text, in UTF-8.
        context: What else is known.

    Returns:
        One event an object.

    Raises:
        SenderError: It is neither, or an object has neither a time nor a place.
    """
    start = payload.lstrip()
    if start.startswith(b"{"):
        lines = [_object(line) for line in start.splitlines() if line.strip()]
        rows = [line for line in lines if line is not None]
        if len(rows) < len(lines):
            rows = list(objects([read_json(start)]))
    else:
        rows = list(objects(read_json(start)))
    if not rows:
        raise bad_form("JSON objects of a track", ascii(payload[:80]))
    return _rows(JSON, rows, context)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return value if isinstance(value, dict) else None


def read_csv_track(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read CSV whose first line names the columns.

    Args:
        payload: The text, in UTF-8; separated by commas, semicolons or tabs.
        context: What else is known.

    Returns:
        One event a row.

    Raises:
        SenderError: It is no such table, or has no column of time and place.
    """
    try:
        text = payload.decode("utf-8-sig")
        first = text.partition("\n")[0]
        separator = max(",;\t", key=first.count)
        if separator not in first:
            raise bad_form("CSV with a header", ascii(payload[:80]))
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise bad_form("CSV with a header", ascii(payload[:80])) from error
    return _rows(CSV, [{k: v for k, v in row.items() if k is not None} for row in rows], context)


def _rows(protocol: str, rows: list[dict[str, Any]], context: Context) -> tuple[TrackingEvent, ...]:
    """Events of rows; a row is a message of its own, and has the same event wherever it stands."""
    events: list[TrackingEvent] = []
    for row in rows:
        known, others = _sorted(row)
        if "time" not in known and not ("lat" in known and "lon" in known):
            raise bad_form("a row with a time or a place", str(row)[:100])
        received = _time(known.get("received"))
        own = msgspec.structs.replace(context, received_at=received) if received else context
        said = {name: value for name, value in row.items() if _field(name) != "received"}
        events += finished(protocol, str(said).encode("utf-8", "replace"), [_row(known, others, own)])
    return tuple(events)


def _field(name: object) -> str | None:
    """What a column is known to hold; None if that is not known."""
    plain = snake(name)
    ways = [_KNOWN.get(plain.removeprefix(prefix)) for prefix in _NESTED if plain.startswith(prefix)]
    ways += [seal_field(plain), _KNOWN.get(plain.replace("_", ""))]
    return next((field for field in ways if field is not None), None)


def _sorted(row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    known: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in flat(row):
        field = _field(name)
        if field == "received" and known.get(field):
            continue
        if field is None or (field in known and known[field] is not None):
            others[name] = value
        elif value is not None and value != "":
            known[field] = value
        else:
            known.setdefault(field, None)
    return known, others


def _row(known: dict[str, Any], others: dict[str, Any], context: Context) -> Draft:
    device = known.get("device")
    draft = Draft(context, None if device is None else str(device))
    time = _time(known.get("time"))
    if known.get("time") is not None and time is None:
        draft.doubt("time-impossible")
    draft.at(time)
    lat, lon = _real(known.get("lat")), _real(known.get("lon"))
    if lat is not None and lon is not None:
        accuracy, altitude, hdop = (_real(known.get(name)) for name in ("accuracy", "altitude", "hdop"))
        is_fix = str(known.get("fix")).strip().lower() not in ("false", "0", "no")
        draft.place(lat, lon, is_fix=is_fix, accuracy_m=accuracy, altitude_m=altitude, hdop=hdop)
    speed = next(
        (value * factor for name, factor in _SPEEDS.items() if (value := _real(known.get(name))) is not None), None
    )
    draft.move(speed, _real(known.get("course")))
    for name in ("batteryLevel", "battery", "temp1", "humidity", "shock_g"):
        draft.put(name, _real(known.get(name)))
    for name in ("sequence", "boot", "satellites"):
        value = _real(known.get(name))
        draft.put(name, int(value) if value is not None else None)
    draft.fields |= {"equipment": str(known["equipment"])} if known.get("equipment") is not None else {}
    read_seal(known, draft)
    for name, value in others.items():
        draft.put(name, _scalar(value))
        if suggests_seal(name, value):
            draft.doubt(SEAL_UNREAD)
    return draft


def _scalar(value: Any) -> Scalar | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    if isinstance(value, list | dict):
        return str(value)[:_LONGEST_LIST] if value else None
    return value if isinstance(value, bool | int | float | str) and value != "" else None


def _real(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 1e18 else None


def _time(value: Any) -> datetime | None:
    seconds = _real(value)
    if seconds is not None:
        return unix(seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds)
    return iso(value) if isinstance(value, str) else None


def read_gpx(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read the points of tracks, and of routes and waypoints, of a GPX file.

    Args:
        payload: The XML.
        context: What else is known; without a device, the name of the track stands for it, if it can.

    Returns:
        One event a point.

    Raises:
        SenderError: It is no GPX, or a point has no place.
    """
    root = parse_xml(payload, _GPX_LIMITS)
    if etree.QName(root).localname != "gpx":
        raise bad_form("GPX", etree.QName(root).localname)
    drafts = []
    for point in root.iter("{*}trkpt", "{*}rtept", "{*}wpt"):
        values = {etree.QName(part).localname.lower(): part.text for part in point.iter() if part.text}
        draft = Draft(context, None)
        lat, lon = _real(point.get("lat")), _real(point.get("lon"))
        if lat is None or lon is None:
            raise bad_form("a point with lat and lon")
        draft.place(lat, lon, altitude_m=_real(values.get("ele")), hdop=_real(values.get("hdop")))
        draft.at(iso(values.get("time") or ""))
        draft.move(_real(values.get("speed")), _real(values.get("course")))
        satellites = _real(values.get("sat"))
        draft.put("satellites", int(satellites) if satellites is not None else None)
        draft.put("name", values.get("name"))
        drafts.append(draft)
    return finished(GPX, payload, drafts)


_NMEA = re.compile(rb"\$(?P<talker>[A-Z]{2})(?P<kind>RMC|GGA|GLL),(?P<body>[^*\r\n]*)(?P<check>\*[0-9A-Fa-f]{2})?")


def read_nmea(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read what a satellite receiver wrote: RMC, GGA and GLL; sentences of one moment make one event.

    Args:
        payload: Lines.
        context: What else is known; only RMC has a date, and GGA or GLL alone have no time.

    Returns:
        One event a moment.

    Raises:
        SenderError: None of these sentences is there.
    """
    moments: list[tuple[bytes, Draft]] = []
    for found in _NMEA.finditer(payload):
        parts = found["body"].split(b",")
        clock = parts[4 if found["kind"] == b"GLL" else 0] if len(parts) > 4 else b""
        if not moments or moments[-1][0] != clock or not clock:
            moments.append((clock, Draft(context, None)))
        draft = moments[-1][1]
        check = found["check"]
        if check and xor(found[0][1 : -len(check)]) != int(check[1:], 16):
            draft.doubt("checksum-wrong")
        _SENTENCES[found["kind"]]([part.decode("ascii", "replace") for part in parts], draft)
    if not moments:
        raise bad_form("RMC, GGA or GLL sentences", ascii(payload[:80]))
    return finished(NMEA, payload, [draft for _, draft in moments])


def _angle(value: str, side: str) -> float | None:
    """Degrees from `DDMM.mmm` and a side of the world."""
    raw = _real(value)
    if raw is None or side not in tuple("NSEW"):
        return None
    degrees = raw // 100 + raw % 100 / 60
    return -degrees if side in tuple("SW") else degrees


def _rmc(parts: list[str], draft: Draft) -> None:
    if len(parts) < 9:
        draft.doubt("sentence-unreadable")
        return
    clock, fix, date = parts[0], parts[1], parts[8]
    if len(date) == 6 and len(clock) >= 6 and date.isdigit() and clock[:6].isdigit():
        day, month, year = (int(date[at : at + 2]) for at in (0, 2, 4))
        hour, minute, second = (int(clock[at : at + 2]) for at in (0, 2, 4))
        year = 1900 + year if year >= 80 else 2000 + year  # GPS time begins in 1980; no receiver is older
        draft.at(moment((year, month, day, hour, minute, second)))
    lat, lon = _angle(parts[2], parts[3]), _angle(parts[4], parts[5])
    if lat is not None and lon is not None:
        place = draft.fields.get("position")
        altitude, hdop = (place.altitude_m, place.hdop) if place is not None else (None, None)
        draft.place(lat, lon, is_fix=fix == "A", altitude_m=altitude, hdop=hdop)
    speed = _real(parts[6])
    draft.move(None if speed is None else speed * KNOT_M_S, _real(parts[7]))


def _gga(parts: list[str], draft: Draft) -> None:
    if len(parts) < 9:
        draft.doubt("sentence-unreadable")
        return
    satellites = _real(parts[6])
    draft.put("satellites", int(satellites) if satellites is not None else None)
    lat, lon = _angle(parts[1], parts[2]), _angle(parts[3], parts[4])
    if lat is not None and lon is not None:
        is_fix = parts[5] not in ("", "0", "6", "7", "8")
        draft.place(lat, lon, is_fix=is_fix, hdop=_real(parts[7]), altitude_m=_real(parts[8]))


def _gll(parts: list[str], draft: Draft) -> None:
    if len(parts) < 6:
        draft.doubt("sentence-unreadable")
        return
    lat, lon = _angle(parts[0], parts[1]), _angle(parts[2], parts[3])
    if lat is not None and lon is not None and "position" not in draft.fields:
        draft.place(lat, lon, is_fix=parts[5] == "A")


_SENTENCES = {b"RMC": _rmc, b"GGA": _gga, b"GLL": _gll}


def files() -> Iterator[Adapter]:
    """The adapters of this module."""
    yield Adapter(name=NMEA, title="NMEA 0183 of a satellite receiver", read=read_nmea, source="NMEA 0183")
    yield Adapter(name=GPX, title="GPX tracks", read=read_gpx, source="GPX 1.1")
    yield Adapter(name=CSV, title="CSV tracks with a header", read=read_csv_track, source="RFC 4180")
    yield Adapter(name=JSON, title="JSON tracks, an array or lines", read=read_json_track, source="RFC 8259")
