# SPDX-License-Identifier: Apache-2.0
"""Navigil trackers: little-endian reports under a head of 20 bytes.

Their clock counts leap seconds; 25 of them are taken off, as platforms that read these devices do.
Source: Navigil reports, as restated by tracking platforms.
"""

from __future__ import annotations

from collections.abc import Callable

from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import Cursor, bad_form, bit
from cocket.tracking.adapters._draft import KMH_M_S, Context, Draft, finished, unix
from cocket.tracking.events import TrackingEvent

NAME = "navigil"

_LEAP_SECONDS = 25
_DECIMETRE = 0.1


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one report.

    Args:
        payload: The whole report.
        context: What else is known.

    Returns:
        One event; none for messages that are no report.

    Raises:
        SenderError: It is no message of this family.
    """
    cursor = Cursor(payload)
    if len(payload) < 20 or cursor.u8() != 1:
        raise bad_form("a Navigil message", payload[:2].hex())
    cursor.skip(1)
    sequence, kind = _u16(cursor), _u16(cursor)
    cursor.skip(6)
    draft = Draft(context, str(_u32(cursor)))
    stamp = _u32(cursor)
    reader = _REPORTS.get(kind)
    if reader is None:
        return ()
    draft.put("sequence", sequence)
    _time(stamp, draft)
    reader(cursor, draft)
    return finished(NAME, payload, [draft])


def _u16(cursor: Cursor) -> int:
    return cursor.number(2, little=True)


def _u32(cursor: Cursor) -> int:
    return cursor.number(4, little=True)


def _degrees(cursor: Cursor) -> float:
    return cursor.number(4, signed=True, little=True) / 1e7


def _time(stamp: int, draft: Draft) -> None:
    if stamp:
        draft.at(unix(stamp - _LEAP_SECONDS))


def _has_fix(flags: int) -> bool:
    return bit(flags, 7) and bit(flags, 6)


def _unit(cursor: Cursor, draft: Draft) -> None:
    cursor.skip(2)
    draft.put("flags", _u16(cursor))
    lat, lon, altitude = _degrees(cursor), _degrees(cursor), _u16(cursor)
    draft.place(lat, lon, altitude_m=altitude)
    draft.put("satellites", _u16(cursor))
    draft.put("satVisible", _u16(cursor))
    draft.put("gpsAntennaState", _u16(cursor))
    draft.move(_u16(cursor) * _DECIMETRE, _u16(cursor))
    draft.put("odometer", _u32(cursor))
    draft.put("distance", _u32(cursor))
    draft.put("battery", _u16(cursor) / 1000)
    draft.put("charge", _u16(cursor))
    _time(_u32(cursor), draft)


def _tg2(cursor: Cursor, draft: Draft) -> None:
    cursor.skip(4)
    _time(_u32(cursor), draft)
    lat, lon, altitude = _degrees(cursor), _degrees(cursor), _u16(cursor)
    draft.place(lat, lon, altitude_m=altitude)
    draft.put("satellites", cursor.u8())
    draft.put("satVisible", cursor.u8())
    draft.move(_u16(cursor) * _DECIMETRE, _u16(cursor))
    draft.put("odometer", _u32(cursor))
    for name in ("maximumSpeed", "minimumSpeed", "io1", "io2", "io3"):
        draft.put(name, _u16(cursor))
    draft.put("battery", _u16(cursor) / 1000)


def _short(cursor: Cursor, draft: Draft) -> None:
    lat, lon = (cursor.number(3, signed=True, little=True) / 50_000 for _ in range(2))
    draft.move(cursor.u8() * KMH_M_S, cursor.u8() * 2)
    draft.place(lat, lon, is_fix=_has_fix(cursor.u8()))


def _second(cursor: Cursor, draft: Draft) -> None:
    lat, lon = _degrees(cursor), _degrees(cursor)
    cursor.skip(1)
    draft.move(cursor.u8() * KMH_M_S, None)
    draft.place(lat, lon, is_fix=_has_fix(cursor.u8()))
    draft.put("satellites", cursor.u8())
    draft.put("odometer", _u32(cursor))


def _snapshot(cursor: Cursor, draft: Draft) -> None:
    cursor.skip(4)
    is_fix = bit(_u32(cursor), 10)
    _time(_u32(cursor), draft)
    lat, lon, altitude = _degrees(cursor), _degrees(cursor), _u16(cursor)
    draft.place(lat, lon, is_fix=is_fix, altitude_m=altitude)
    draft.put("satellites", cursor.u8())
    draft.put("satVisible", cursor.u8())
    draft.move(_u16(cursor) * _DECIMETRE, _u16(cursor) / 10)
    draft.put("maximumSpeed", cursor.u8())
    draft.put("minimumSpeed", cursor.u8())
    draft.put("odometer", _u32(cursor))
    draft.put("io1", cursor.u8())
    draft.put("io2", cursor.u8())
    draft.put("battery", _u16(cursor) / 1000)


def _tracking(cursor: Cursor, draft: Draft) -> None:
    cursor.skip(1)
    is_fix = bit(cursor.u8(), 0)
    cursor.skip(2)
    draft.place(_degrees(cursor), _degrees(cursor), is_fix=is_fix)
    draft.move(cursor.u8() * KMH_M_S, cursor.u8() * 2)
    draft.put("satellites", cursor.u8())
    draft.put("battery", _u16(cursor) / 1000)
    draft.put("odometer", _u32(cursor))


_REPORTS: dict[int, Callable[[Cursor, Draft], None]] = {
    8: _unit,
    12: _tg2,
    13: _short,
    15: _second,
    17: _snapshot,
    18: _tracking,
}

ADAPTER = Adapter(name=NAME, title="Navigil trackers", read=read, source="Navigil reports")
