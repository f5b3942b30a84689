# SPDX-License-Identifier: Apache-2.0
"""Jointech locks and trackers: the binary `$` and the bracketed `(…)` messages (JT600, JT700, JT701, JT703, JT707).

A lock sends its place and state in binary and its openings in text (`P45`); sensors and sub-locks speak through it
(`WLNET`). The binary form writes place and time in packed decimal, degrees and minutes.
Source: Jointech, The Protocol of JT701 Product (state bits, P45, WLNET 5) as restated by tracking platforms.
"""

from __future__ import annotations

import re
from datetime import datetime

from cocket.errors import UnreadableError
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import Cursor, bad_form, bit, digits
from cocket.tracking.adapters._draft import KMH_M_S, KNOT_M_S, MPH_M_S, Context, Draft, finished, moment
from cocket.tracking.events import Alarm, Cell, TrackingEvent
from cocket.tracking.framing import Frame

NAME = "jt600"

#: State of a lock: bits that are alarms. 5 asks for an answer, 6, 7 and 13 are states.
_LOCK_ALARMS: dict[int, Alarm] = {
    1: "geofence-enter",
    2: "geofence-exit",
    3: "rope-cut",
    4: "vibration",
    8: "unlock",
    9: "tampering",
    10: "tampering",
    11: "low-battery",
    12: "tampering",
    14: "fault",
}
_CHARGING = 0xFF

#: Events of a sub-lock behind a gateway (WLNET 5, sensor type 4).
_SUBLOCK_ALARMS: dict[int, Alarm] = {
    1: "unlock",
    2: "tampering",
    3: "unlock",
    4: "rope-cut",
    8: "removing",
    9: "unlock",
}

_ESCAPES = {0x15: 0x28, 0x14: 0x29, 0x11: 0x2C, 0x00: 0x3D}


def binary_place(cursor: Cursor, draft: Draft) -> bool:
    """Read time, place, speed and course as Jointech packs them (17 bytes).

    Args:
        cursor: Where they stand.
        draft: Where they go.

    Returns:
        Whether the device says that it has a fix.
    """
    draft.at(_day_first(cursor.hex(6), draft.context))
    lat, place = _packed_degrees(cursor.hex(4)), cursor.hex(5)
    lon, flags = _packed_degrees(place[:9]), int(place[9], 16)
    knots, course = cursor.u8(), cursor.u8() * 2
    is_fix = bit(flags, 0)
    if lat is None or lon is None:
        draft.doubt("position-impossible")
    else:
        draft.place(lat if bit(flags, 1) else -lat, lon if bit(flags, 2) else -lon, is_fix=is_fix)
    draft.move(knots * KNOT_M_S, course)
    return is_fix


def _day_first(packed: str, context: Context) -> datetime | None:
    day, month, year, *clock = (digits(packed[at : at + 2]) for at in range(0, 12, 2))
    parts = (year, month, day, *clock)
    return moment(parts) if context.utc_offset is None else moment(parts, context.utc_offset)


def _packed_degrees(packed: str) -> float | None:
    """Degrees from `DDMMmmmm` or `DDDMMmmmm`; None if a digit is none."""
    value = digits(packed)
    return None if value is None else value // 1_000_000 + value % 1_000_000 / 10_000 / 60


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one message.

    Args:
        payload: A whole message, from `$` or `(` on, as it stood in the stream.
        context: What else is known.

    Returns:
        Events (0..n).

    Raises:
        SenderError: It is none of this family.
    """
    if payload.startswith(b"$"):
        return _binary(payload, context)
    if payload.startswith(b"("):
        if b",WLNET,5," in payload[:40]:
            return finished(NAME, payload, [_sublock(payload, context)])
        return _text(_unescaped(payload), payload, context)
    raise bad_form("one of Jointech, which begins with $ or (", payload[:1])


def _is_long(payload: bytes) -> bool:
    return payload[8] == 0


def _binary(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    if len(payload) < 10:
        raise bad_form("long enough for its head", len(payload))
    is_long = _is_long(payload)
    cursor = Cursor(payload)
    cursor.skip(1)
    device = cursor.hex(5).lstrip("0") or "0"
    edition = cursor.u8() if is_long else 0
    kind = cursor.u8() >> 4
    length = cursor.u16()
    drafts: list[Draft] = []
    while cursor.left >= 17:
        draft = Draft(context, device)
        binary_place(cursor, draft)
        if len(payload) < length + 10:
            draft.doubt("message-cut-short")
        if is_long:
            _lock_state(cursor, draft, edition)
        else:
            _TAILS.get(kind, _no_tail)(cursor, draft)
        if cursor.left and (is_long or kind):
            draft.put("sequence", payload[-1])
        drafts.append(draft)
        if kind not in _TAILS and not is_long:
            break
    return finished(NAME, payload, drafts)


def _lock_state(cursor: Cursor, draft: Draft, edition: int) -> None:
    draft.put("odometer", cursor.u32() * 1000)
    draft.put("satellites", cursor.u8())
    vehicle = cursor.u32()
    draft.put("vehicleId", vehicle or None)
    status = cursor.u16()
    draft.alarms_of(status, _LOCK_ALARMS)
    draft.put("status", status)
    draft.put("blocked", bit(status, 7))
    draft.seal(
        lock="locked" if bit(status, 7) else "unlocked",
        strap="cut" if bit(status, 3) else "intact" if bit(status, 6) else None,
        case="opened" if bit(status, 12) else "closed" if bit(status, 13) else None,
    )
    if not bit(status, 6):
        draft.put("ropeInserted", False)
    battery = cursor.u8()
    if battery == _CHARGING:
        draft.put("charge", True)
    else:
        draft.put("batteryLevel", battery)
    _cell(cursor, draft)
    if edition >= 0x17 and cursor.left > 1:
        draft.put("geofence", cursor.u8() or None)
        cursor.skip(max(cursor.left - 1, 0))


def _cell(cursor: Cursor, draft: Draft) -> None:
    cell, area, signal = cursor.u16(), cursor.u16(), cursor.u8()
    if cell and area:
        draft.cells.append(Cell(cell=cell, area=area))
    draft.put("rssi", signal)


def _tracker_1(cursor: Cursor, draft: Draft) -> None:
    draft.put("satellites", cursor.u8())
    draft.put("powerLevel", cursor.u8())
    cursor.skip(1)
    draft.put("altitude", cursor.u16())
    _cell(cursor, draft)


def _tracker_2(cursor: Cursor, draft: Draft) -> None:
    fuel = cursor.u8() << 8
    first, second, third, _ = (cursor.u8() for _ in range(4))
    draft.put("ignition", bit(first, 0))
    draft.put("door", bit(first, 6))
    draft.put("charge", bit(second, 0))
    draft.put("blocked", bit(second, 1))
    draft.alarms_of(second, {2: "sos", 3: "gps-antenna-cut", 4: "overspeed"})
    draft.alarms_of(third, {2: "fatigue-driving", 3: "tow"})
    draft.put("odometer", cursor.u32() * 1000)
    draft.put("fuel", fuel + cursor.u8())


def _tracker_3(cursor: Cursor, draft: Draft) -> None:
    packed = int.from_bytes(cursor.take(10), "big")
    for number, shift in ((1, 68), (2, 56), (3, 44)):
        draft.put(f"fuel{number}", packed >> shift & 0xFFF)
    draft.put("odometer", (packed >> 24 & 0xFFFFF) * 1000)
    status = packed & 0xFFFFFF
    draft.put("ignition", bit(status, 0))
    draft.put("status", status)


def _no_tail(cursor: Cursor, draft: Draft) -> None:
    """A kind of tracker whose further bytes are not known to us."""
    draft.put("unread", cursor.rest().hex() or None)


_TAILS = {1: _tracker_1, 2: _tracker_2, 3: _tracker_3}


def _sublock(payload: bytes, context: Context) -> Draft:
    head, _, _ = payload.partition(b",WLNET,5,")
    device = head[1:].split(b",")[0].decode("ascii", "replace")
    commas = [at for at, byte in enumerate(payload[:80]) if byte == 0x2C]
    if len(commas) < 6:
        raise bad_form("a WLNET 5 message with six heads")
    cursor = Cursor(_unescaped(payload[commas[5] + 1 :]))
    draft = Draft(context, device)
    binary_place(cursor, draft)
    sensed = _day_first(cursor.hex(6), context)
    if sensed is not None:
        draft.put("sensorTime", sensed.isoformat())
    draft.put("sensorId", cursor.hex(5))
    draft.put("sequence", cursor.u8())
    draft.put("sensorBattery", cursor.u16() / 100)
    draft.put("sensorBatteryLevel", cursor.u8())
    draft.put("sensorRssi", -cursor.u8())
    kind = cursor.u8()
    if kind == 1:
        raw = cursor.u16()
        if raw != 0xFFFF:
            tenths = raw & 0xFFF
            draft.put("temp1", (-tenths if raw >> 12 else tenths) / 10)
        humidity = cursor.u8()
        draft.put("humidity", humidity if humidity <= 100 else None)
    elif kind == 4:
        events, state = cursor.u16(), cursor.u16()
        draft.alarms_of(events, _SUBLOCK_ALARMS)
        draft.put("event", events)
        draft.seal(
            number=str(draft.attributes["sensorId"]).upper(),
            lock="locked" if bit(state, 0) else "unlocked",
            strap="cut" if bit(events, 4) else None,
            case="opened" if bit(events, 2) else None,
        )
        draft.put("lockCount", cursor.u16())
    return draft


_COORDINATES = r"(?P<lat>\d+\.\d+),(?P<ns>[NS]),(?P<lon>\d+\.\d+),(?P<ew>[EW])"
_DATE = r"(?P<date>\d{6}),(?P<time>\d{6})"
_P45 = re.compile(
    rf"\((?P<id>\d+),P45,{_DATE},{_COORDINATES},(?P<fix>[AV]),(?P<speed>\d+(?:\.\d+)?),(?P<course>\d+),"
    r"(?P<source>\d+),(?P<unlock>\d+),(?P<card>\d+),(?P<password>\d+),(?P<wrong>\d+),(?P<index>\d+).*\)",
    re.DOTALL,
)
_U = re.compile(
    rf"\((?P<id>\d+),(?P<kind>U\d\d),(?:(?P<event>\d+),)?{_DATE},(?P<fix>[TF]),{_COORDINATES},"
    r"(?P<speed>\d+\.?\d*),(?P<course>\d+),(?P<satellites>\d+),(?P<battery>\d+)%,(?P<status>[01]+),(?P<cell>\d+),"
    r"(?P<area>\d+),(?P<signal>\d+),(?P<odometer>\d+),(?P<index>\d+).*\)",
    re.DOTALL,
)
_W01 = re.compile(
    r"\((?P<id>\d+),W01,(?P<lond>\d{3})(?P<lonm>\d\d\.\d{4}),(?P<ew>[EW]),(?P<latd>\d\d)(?P<latm>\d\d\.\d{4}),(?P<ns>[NS]),"
    r"(?P<fix>[AV]),(?P<date>\d{6}),(?P<time>\d{6}),(?P<speed>\d+),(?P<course>\d+),(?P<power>\d+),(?P<gps>\d+),"
    r"(?P<signal>\d+),(?P<alert>\d+),?.*\)",
    re.DOTALL,
)
_SHAPE = re.compile(r"\(\d+,.*\)", re.DOTALL)
_FIXED = "AT"


def _text(plain: bytes, payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    sentence = plain.decode("ascii", "replace").rstrip("\r\n")
    for pattern, fill in ((_P45, _opening), (_U, _report), (_W01, _alert)):
        match = pattern.fullmatch(sentence)
        if match:
            draft = Draft(context, match["id"])
            draft.at(_day_first(match["date"] + match["time"], context))
            fill(match, draft)
            return finished(NAME, payload, [draft])
    if not _SHAPE.fullmatch(sentence):
        raise bad_form("a bracketed message of Jointech", sentence[:80])
    return ()


def _placed(match: re.Match[str], draft: Draft, lat: float, lon: float) -> None:
    lat, lon = (-lat if match["ns"] == "S" else lat), (-lon if match["ew"] == "W" else lon)
    draft.place(lat, lon, is_fix=match["fix"] in _FIXED)


def _opening(match: re.Match[str], draft: Draft) -> None:
    """An act at the lock: card, password or command, and whether it opened."""
    _placed(match, draft, float(match["lat"]), float(match["lon"]))
    draft.move(float(match["speed"]) * KMH_M_S, float(match["course"]))
    source, unlock = int(match["source"]), int(match["unlock"])
    draft.put("eventSource", source)
    draft.put("unlockVerification", unlock)
    draft.put("wrongPasswords", int(match["wrong"]))
    draft.put("sequence", int(match["index"]))
    card = match["card"] if match["card"].strip("0") else None
    draft.put("driverUniqueId", card)
    opened = 0 < unlock < 99 or (source == 4 and match["password"] != "0")
    draft.seal(lock="unlocked" if opened else None, opened_by=card)
    if opened:
        draft.alarm("unlock")


def _report(match: re.Match[str], draft: Draft) -> None:
    _placed(match, draft, float(match["lat"]), float(match["lon"]))
    draft.move(float(match["speed"]) * MPH_M_S, float(match["course"]))
    draft.put("satellites", int(match["satellites"]))
    draft.put("batteryLevel", int(match["battery"]))
    draft.put("status", int(match["status"], 2))
    draft.put("event", int(match["event"]) if match["event"] else None)
    draft.cells.append(Cell(cell=int(match["cell"]), area=int(match["area"])))
    draft.put("rssi", int(match["signal"]))
    draft.put("odometer", int(match["odometer"]) * 1000)
    draft.put("sequence", int(match["index"]))


def _alert(match: re.Match[str], draft: Draft) -> None:
    lat = int(match["latd"]) + float(match["latm"]) / 60
    lon = int(match["lond"]) + float(match["lonm"]) / 60
    _placed(match, draft, lat, lon)
    draft.move(float(match["speed"]) * KMH_M_S, float(match["course"]))
    draft.put("powerLevel", int(match["power"]))
    draft.put("gps", int(match["gps"]))
    draft.put("rssi", int(match["signal"]))
    draft.put("alertType", int(match["alert"]))


def _unescaped(data: bytes) -> bytes:
    """Bytes of a bracketed message with `=`-escapes undone."""
    if b"=" not in data:
        return data
    plain, at = bytearray(), 0
    while at < len(data):
        if data[at] == 0x3D and at + 1 < len(data) and data[at + 1] in _ESCAPES:
            plain.append(_ESCAPES[data[at + 1]])
            at += 2
        else:
            plain.append(data[at])
            at += 1
    return bytes(plain)


class Jt600Framing:
    """`$` messages by their length, `(` messages up to the closing bracket, which is escaped within."""

    longest = 2048

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole messages off the front.

        Raises:
            UnreadableError: What stands there begins with neither sign, or has no end within `longest` bytes.
        """
        frames: list[Frame] = []
        while buffer:
            end = self._end(buffer)
            if end is None or end > len(buffer):
                if len(buffer) > self.longest:
                    raise UnreadableError("A message without an end.", code="frame-too-long")
                break
            frames.append(self._frame(buffer[:end]))
            buffer = buffer[end:]
        return tuple(frames), buffer

    def _end(self, buffer: bytes) -> int | None:
        if buffer[0] == 0x24:
            if len(buffer) < 10:
                return None
            at = 8 if _is_long(buffer) else 7
            return int.from_bytes(buffer[at : at + 2], "big") + 10
        if buffer[0] == 0x28:
            closing = buffer.find(b")")
            return None if closing < 0 else closing + 1
        if buffer[0] in b"\r\n":
            return 1
        raise bad_form("the beginning of a Jointech message", buffer[:4].hex())

    def _frame(self, payload: bytes) -> Frame:
        if payload[:1] == b"$":
            return Frame(payload=payload, device=payload[1:6].hex().lstrip("0") or "0")
        device = payload[1:].split(b",")[0].decode("ascii", "replace")
        return Frame(
            payload=payload, device=device if payload[:1] == b"(" else None, is_kept=b",@JT" not in payload[:24]
        )

    def reply_for(self, frame: Frame) -> bytes | None:
        """`(P69,0,n)` to openings and to lock messages that ask for it, `(S20)` and `(S39)` to reports."""
        payload = frame.payload
        if payload[:1] == b"$" and len(payload) > 39 and _is_long(payload) and payload[37] & 0x20:
            return b"(P35)" if payload[6] < 0x19 else b"(P69,0,%d)" % payload[-1]
        kind = payload.split(b",")[1:2]
        if kind == [b"P45"]:
            match = _P45.fullmatch(payload.decode("ascii", "replace"))
            return f"(P69,0,{match['index']})".encode() if match else None
        return {b"U01": b"(S39)", b"U02": b"(S39)", b"U03": b"(S39)", b"U06": b"(S20)"}.get(kind[0] if kind else b"")


ADAPTER = Adapter(
    name=NAME,
    title="Jointech locks and trackers (JT600, JT701, JT703, JT707)",
    read=read,
    framing=Jt600Framing(),
    source="Jointech JT701 protocol 3.6",
)
