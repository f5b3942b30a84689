# SPDX-License-Identifier: Apache-2.0
"""JT/T 808: the protocol of Chinese vehicle terminals, spoken by many locks, padlocks, cameras and trackers.

Its clock is China's (UTC+8) by the standard; an owner whose devices keep another says so in `Context.utc_offset`.
Source: JT/T 808-2011, -2013, -2019; Jointech 0x55xx lock reports and makers' items as restated by tracking platforms.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from cocket.errors import UnreadableError
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import Cursor, bit, xor
from cocket.tracking.adapters._draft import KMH_M_S, Context, Draft, finished
from cocket.tracking.adapters.jt600 import binary_place
from cocket.tracking.adapters.jt808_items import read_items
from cocket.tracking.adapters.jt808_lock import lock_command
from cocket.tracking.adapters.jt808_message import (
    ESCAPES,
    SHORT_SERIAL,
    Message,
    packed_time,
    state_and_place,
    take_apart,
)
from cocket.tracking.adapters.jt808_transparent import passed_on
from cocket.tracking.events import Alarm, Cell, TrackingEvent
from cocket.tracking.framing import Frame

NAME = "jt808"


#: Alarm bits of a report. Bits 15–18 and 26 are read as trackers and locks use them, which have no driver; JT/T 808 left
#: them free in 2013, or gave them to a driver's hours (18) and a stolen vehicle (26).
_ALARMS: dict[int, Alarm] = {
    0: "sos",
    1: "overspeed",
    2: "fatigue-driving",
    4: "fault",
    5: "gps-antenna-cut",
    6: "gps-antenna-cut",
    7: "low-battery",
    8: "power-off",
    9: "fault",
    10: "fault",
    11: "fault",
    15: "vibration",
    16: "tampering",
    17: "tampering",
    18: "low-battery",
    19: "parking",
    20: "geofence",
    26: "general",
    28: "movement",
    29: "accident",
    30: "accident",
}
_PADLOCKS = ("G-360P", "G-508P")
_PADLOCK_ALARMS: dict[int, Alarm] = {0: "removing", 4: "removing", 1: "tampering"}
_SENSORS = ("AL300", "GL100", "AOVX")
_SENSOR_ALARMS: dict[int, Alarm] = {16: "movement"}
_SENSOR_MARK = b"AOVX_"


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one message.

    Args:
        payload: A whole frame.
        context: What else is known.

    Returns:
        Events (0..n); none for registration, authentication, heartbeats without state and the like.

    Raises:
        SenderError: It is no message of JT/T 808.
    """
    if payload[:1] == b"(":
        draft = Draft(context, None)
        draft.kind = "command"
        draft.put("result", payload.decode("ascii", "replace"))
        return () if b"BASE,2" in payload else finished(NAME, payload, [draft])
    message = take_apart(payload)
    handler = _HANDLERS.get(message.kind)
    drafts = handler(message, context) if handler else []
    for draft in drafts:
        draft.kind = "command" if message.kind in _ANSWERS else None
        draft.put("sequence", message.serial)
        if not message.is_checked:
            draft.doubt("checksum-wrong")
    return finished(NAME, payload, drafts)


def _height_and_way(cursor: Cursor, draft: Draft) -> float:
    """Speed and course go to the draft; altitude in metres comes back."""
    altitude = cursor.i16()
    draft.move(cursor.u16() / 10 * KMH_M_S, cursor.u16())
    return float(altitude)


def report(body: bytes, message: Message, context: Context) -> Draft:
    """One location report (0x0200), alone or in a batch."""
    draft = Draft(context, message.device)
    cursor = Cursor(body)
    draft.alarms_of(cursor.u32(), _alarm_bits(body, context))
    lat, lon, is_fix = state_and_place(cursor, draft)
    altitude = _height_and_way(cursor, draft)
    draft.place(lat, lon, is_fix=is_fix, altitude_m=altitude)
    draft.at(packed_time(cursor, context))
    if cursor.left == 18:
        cursor.skip(4)
        draft.put("odometer", cursor.u32() * 1000)
        draft.put("battery", cursor.u16() / 10)
        cursor.skip(4)
        draft.put("rssi", cursor.u8())
    else:
        read_items(cursor, draft)
    return draft


def _alarm_bits(body: bytes, context: Context) -> dict[int, Alarm]:
    model = context.model or ""
    if model in _PADLOCKS:
        return _PADLOCK_ALARMS
    return _SENSOR_ALARMS if model.startswith(_SENSORS) or _SENSOR_MARK in body else _ALARMS


def _report(message: Message, context: Context) -> list[Draft]:
    return [report(message.body, message, context)]


def _batch(message: Message, context: Context) -> list[Draft]:
    """0x0704: reports kept while there was no network; 0x0210: the same with short lengths, or a bare battery."""
    cursor = Cursor(message.body)
    is_short = message.kind == 0x0210
    if is_short and cursor.left == 7:
        draft = Draft(context, message.device)
        draft.put("batteryLevel", cursor.u8())
        draft.at(packed_time(cursor, context))
        return [draft]
    kept = False
    if not is_short:
        cursor.skip(2)
        kept = cursor.u8() > 0
    drafts: list[Draft] = []
    while cursor.left > 2:
        length = cursor.u8() if is_short else cursor.u16()
        if length > cursor.left and drafts:
            drafts[-1].doubt("message-cut-short")
            break
        drafts.append(report(cursor.take(length), message, context))
        if kept:
            drafts[-1].put("archive", True)
    return drafts


def _lock_report(message: Message, context: Context) -> list[Draft]:
    """0x5501, and 0x5502 where the lock has no fix: Jointech's own report."""
    draft = Draft(context, message.device)
    cursor = Cursor(message.body)
    is_fix = binary_place(cursor, draft)
    if message.kind == 0x5502 and is_fix and "position" in draft.fields:
        draft.fields["last_position"] = draft.fields.pop("position")
    draft.put("rssi", cursor.u8())
    draft.put("satellites", cursor.u8())
    draft.put("odometer", cursor.u32() * 1000)
    battery = cursor.u8()
    if battery <= 100:
        draft.put("batteryLevel", battery)
    elif battery in (0xAA, 0xAB):
        draft.put("charge", True)
    cell, area = cursor.u32(), cursor.u16()
    if cell and area:
        draft.cells.append(Cell(cell=cell, area=area))
    product, status, alarms = cursor.u8(), cursor.u16(), cursor.u16()
    draft.put("product", product)
    draft.put("status", status)
    if product in (1, 2):
        draft.alarms_of(alarms, {0: "low-power"})
    elif product == 3:
        draft.put("blocked", bit(status, 5))
        draft.alarms_of(alarms, _PRODUCT_3_ALARMS)
    _lock_items(cursor, draft)
    return [draft]


_PRODUCT_3_ALARMS: dict[int, Alarm] = {
    0: "overspeed",
    1: "low-power",
    2: "vibration",
    3: "low-battery",
    5: "geofence-enter",
    6: "geofence-exit",
}


def _lock_items(cursor: Cursor, draft: Draft) -> None:
    while cursor.left >= 2:
        number, length = cursor.u8(), cursor.u8()
        if length > cursor.left:
            draft.doubt("message-cut-short")
            return
        value = Cursor(cursor.take(length))
        try:
            if number == 0x02:
                draft.put("altitude", value.i16())
            elif number == 0x0B:
                lock_command(value, draft)
            elif number == 0x0C:
                draft.put("tilt", f"[{value.i16()},{value.i16()},{value.i16()}]")
            elif number == 0x10:
                draft.put("wakeSource", value.u8())
            elif number == 0xFC:
                draft.put("geofence", value.u8())
        except UnreadableError:
            draft.doubt(f"item-{number:02x}-unread")


def _alive(message: Message, context: Context) -> list[Draft]:
    """0x0002: a heartbeat, with battery, signal and state where a maker put them."""
    if len(message.body) < 3:
        return []
    draft = Draft(context, message.device)
    cursor = Cursor(message.body)
    for name in ("batteryLevel", "rssi", "status"):
        draft.put(name, cursor.u8())
    return [draft]


def _shaken(message: Message, context: Context) -> list[Draft]:
    """0x2070: acceleration over some seconds, as triples of signed numbers."""
    draft = Draft(context, message.device)
    cursor = Cursor(message.body)
    triples = []
    while cursor.left >= 12:
        time = packed_time(cursor, context)
        if time is not None and "time" not in draft.fields:
            draft.at(time)
        triples.append([_sign_and_size(cursor.u16()) for _ in range(3)])
    draft.put("gSensor", msgspec.json.encode(triples).decode())
    return [draft]


def _sign_and_size(raw: int) -> int:
    return -(raw & 0x7FFF) if bit(raw, 15) else raw


def _told(message: Message, context: Context) -> list[Draft]:
    """Answers in words: 0x1300 in UTF-16, 0x6006 in GBK, 0x0701 in ASCII with a length."""
    draft = Draft(context, message.device)
    cursor = Cursor(message.body)
    if message.kind == 0x1300:
        cursor.skip(2)
        text = cursor.text(cursor.left, "utf-16-be")
    elif message.kind == 0x6006:
        cursor.skip(1)
        text = cursor.text(cursor.left, "gbk")
    else:
        text = cursor.text(cursor.u32())
    draft.put("result", text)
    return [draft]


def _driver(message: Message, context: Context) -> list[Draft]:
    """0x0702: a driver's card was put in or taken out."""
    draft = Draft(context, message.device)
    cursor = Cursor(message.body)
    draft.put("cardStatus", cursor.u8())
    draft.at(packed_time(cursor, context))
    if cursor.left:
        draft.put("cardResult", cursor.u8())
        draft.put("driver", cursor.text(cursor.u8(), "gbk"))
        draft.put("cardCode", cursor.text(20))
        draft.put("cardAgency", cursor.text(cursor.u8(), "gbk"))
        draft.put("cardValidity", cursor.hex(4))
    return [draft]


def _properties(message: Message, context: Context) -> list[Draft]:
    """0x0107: what the terminal is."""
    draft = Draft(context, message.device)
    cursor = Cursor(message.body)
    cursor.skip(34)
    draft.put("iccid", cursor.hex(10))
    return [draft]


_HANDLERS: dict[int, Callable[[Message, Context], list[Draft]]] = {
    0x0002: _alive,
    0x0107: _properties,
    0x0200: _report,
    0x0210: _batch,
    0x0701: _told,
    0x0702: _driver,
    0x0704: _batch,
    0x0900: passed_on,
    0x1300: _told,
    0x2070: _shaken,
    0x5501: _lock_report,
    0x5502: _lock_report,
    0x6006: _told,
}
_ANSWERS = {0x0701, 0x1300, 0x6006}


class Jt808Framing:
    """Messages between two marks; each is answered with 0x8001, registration with 0x8100, lock reports with 0x4401."""

    longest = 16384

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole messages off the front; bytes before the first mark are noise.

        Raises:
            UnreadableError: A message has no head, or no end within `longest` bytes.
        """
        frames: list[Frame] = []
        while True:
            start = next((at for at, byte in enumerate(buffer) if byte in (0x7E, 0xE7)), None)
            if start is None:
                return tuple(frames), b""
            end = buffer.find(buffer[start : start + 1], start + 1)
            if end < 0:
                if len(buffer) - start > self.longest:
                    raise UnreadableError("A message without an end.", code="frame-too-long")
                return tuple(frames), buffer[start:]
            if end == start + 1:  # one mark ends a message and another begins the next
                buffer = buffer[end:]
                continue
            frames.append(self._frame(buffer[start : end + 1]))
            buffer = buffer[end + 1 :]

    def _frame(self, payload: bytes) -> Frame:
        message = take_apart(payload)
        secret = message.body if message.kind == 0x0102 else None
        return Frame(payload=payload, device=message.device, secret=secret, is_kept=message.kind in _HANDLERS)

    def reply_for(self, frame: Frame) -> bytes | None:
        """The platform's answer."""
        message = take_apart(frame.payload)
        if message.kind in SHORT_SERIAL:
            if not message.wants_answer:
                return None
            return _built(message, 0x4401, message.kind.to_bytes(2, "big") + b"\0", serial=b"\x01")
        number = message.serial.to_bytes(2, "big")
        if message.kind == 0x0100:
            return _built(message, 0x8100, number + b"\0" + message.device.encode())
        if message.kind == 0x0001:
            return None
        return _built(message, 0x8001, number + message.kind.to_bytes(2, "big") + b"\0")


def _built(message: Message, kind: int, body: bytes, serial: bytes = b"\0\0") -> bytes:
    edition = 0x4000 if len(message.head) == 11 else 0
    plain = kind.to_bytes(2, "big") + (len(body) | edition).to_bytes(2, "big") + message.head + serial + body
    plain += bytes([xor(plain)])
    mark = bytes([message.mark])
    undo = {value: key for key, value in ESCAPES[message.mark].items()}
    return mark + b"".join(undo.get(bytes([byte]), bytes([byte])) for byte in plain) + mark


ADAPTER = Adapter(
    name=NAME,
    title="JT/T 808 terminals, locks, padlocks and trackers",
    read=read,
    framing=Jt808Framing(),
    source="JT/T 808-2011, -2013, -2019",
)
