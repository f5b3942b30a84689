# SPDX-License-Identifier: Apache-2.0
"""Tzone trackers and cold-chain loggers: blocks of place, network, state, and radio tags, by hardware number.

Source: Tzone AVL and TT-series protocols, as restated by tracking platforms.
"""

from __future__ import annotations

from datetime import datetime

from cocket.errors import UnreadableError
from cocket.tracking.adapters._adapter import Adapter
from cocket.tracking.adapters._bytes import Cursor, bad_form, bit, digits
from cocket.tracking.adapters._draft import KMH_M_S, KNOT_M_S, Context, Draft, finished, moment
from cocket.tracking.events import Alarm, Cell, TrackingEvent
from cocket.tracking.framing import Frame

NAME = "tzone"

_PROTOCOL = 0x2424
_HEAD = b"TZ"
#: Hardware without a block of place, and with tags of its own form.
_LOGGER = 0x406

_ALARMS: dict[int, Alarm] = {
    0x01: "sos",
    0x10: "low-battery",
    0x11: "overspeed",
    0x14: "braking",
    0x15: "acceleration",
    0x30: "parking",
    0x42: "geofence-exit",
    0x43: "geofence-enter",
    0xA0: "temperature",
    0xA3: "vibration",
    0xB0: "power-on",
    0xB1: "power-off",
}


def read(payload: bytes, context: Context) -> tuple[TrackingEvent, ...]:
    """Read one packet.

    Args:
        payload: From `TZ` to the line end.
        context: What else is known.

    Returns:
        One event.

    Raises:
        SenderError: It is no such packet.
    """
    if payload[:2] != _HEAD or payload[-2:] != b"\r\n":
        raise bad_form("a packet from TZ to its line end", payload[:4].hex())
    cursor = Cursor(payload[:-6])  # without number, check and line end
    cursor.skip(4)
    if cursor.u16() != _PROTOCOL:
        return ()
    hardware = cursor.u16()
    firmware = cursor.hex(4)
    draft = Draft(context, cursor.hex(8)[1:])
    draft.put("versionHw", hardware)
    draft.put("versionFw", firmware)
    draft.put("sequence", int.from_bytes(payload[-6:-4], "big"))
    draft.at(_clock(cursor, context))
    try:
        if hardware != _LOGGER:
            _place(_block(cursor), draft, hardware)
        _network(_block(cursor), draft, hardware)
        _state(_block(cursor), draft, hardware)
        if hardware == 0x10B:
            _cards(cursor, draft)
        elif hardware in (0x153, 0x406):
            _tags(_block(cursor), draft, hardware)
        elif hardware == 0x40A:
            _hotspots(_block(cursor), draft)
    except UnreadableError:
        draft.doubt("message-cut-short")
    return finished(NAME, payload, [draft])


def _block(cursor: Cursor) -> Cursor:
    """The next block; an absent one is empty."""
    return Cursor(cursor.take(cursor.u16())) if cursor.left >= 2 else Cursor(b"")


def _clock(cursor: Cursor, context: Context) -> datetime | None:
    parts = tuple(cursor.u8() for _ in range(6))
    return moment(parts) if context.utc_offset is None else moment(parts, context.utc_offset)


def _place(block: Cursor, draft: Draft, hardware: int) -> None:
    if block.left < 19:
        return
    if hardware == 0x40A:
        state = block.u8()
        draft.at(_clock(block, draft.context))
        lat, lon = block.u32() / 1e6, block.u32() / 1e6
        course, speed = block.u16(), block.u16() / 10
        draft.place(lat if bit(state, 0) else -lat, -lon if bit(state, 1) else lon)
        draft.move(speed * KNOT_M_S, course)
    elif block.left >= 22 and hardware == 0x413:
        _place_413(block, draft)
    elif block.left >= 22:
        draft.put("satellites", block.u8())
        minutes = 600_000 if hardware in (0x10A, 0x10B) else 6_000_000
        lat, lon = block.u32() / minutes, block.u32() / minutes
        draft.at(_clock(block, draft.context))
        speed = block.u16() / 100
        draft.put("odometer", block.u24())
        flags = block.u16()
        draft.move(speed * KNOT_M_S, flags & 0x1FF)
        draft.place(lat if bit(flags, 10) else -lat, -lon if bit(flags, 9) else lon, is_fix=bit(flags, 11))


def _place_413(block: Cursor, draft: Draft) -> None:
    block.skip(1)
    draft.at(_clock(block, draft.context))
    lat, lon = block.u32() / 6e6, block.u32() / 6e6
    hdop, altitude, course, speed = block.u16() / 10, block.u16(), block.u16(), block.u16() / 10
    if block.left:
        draft.put("satellites", block.u8())
    draft.place(lat, lon, hdop=hdop, altitude_m=altitude)
    draft.move(speed * KMH_M_S, course)


def _network(block: Cursor, draft: Draft, hardware: int) -> None:
    if not block.left:
        return
    if hardware in (0x10A, 0x10B, 0x406):
        area, cell = block.u16(), block.u16()
        if area and cell:
            draft.cells.append(Cell(area=area, cell=cell))
        return
    if hardware not in (0x407, 0x40A):
        return
    for _ in range(block.u8()):
        info = block.u8()
        part = Cursor(block.take(info & 0x1F)) if hardware == 0x40A else block
        mcc, mnc = digits(part.hex(2)), digits(part.hex(2))
        area, cell = part.u16(), part.u32()
        signal = None
        if hardware == 0x40A and info >> 5 == 0 and part.left:
            signal = -part.u8()
        elif hardware == 0x40A and info >> 5 == 6 and part.left >= 8:
            part.skip(7)
            signal = -part.u8()
        mnc = None if mnc is None else mnc % 1000
        draft.cells.append(Cell(mcc=mcc, mnc=mnc, area=area, cell=cell, signal_dbm=signal))


def _state(block: Cursor, draft: Draft, hardware: int) -> None:
    if block.left < 8:
        return
    alarm = _ALARMS.get(block.u8())
    if alarm:
        draft.alarm(alarm)
    draft.put("terminalInfo", block.u8())
    if hardware == 0x153:
        draft.put("input", block.u8())
    elif hardware not in (_LOGGER, 0x407, 0x40A):
        outputs, inputs = block.u8(), block.u8()
        draft.put("out1", bit(outputs, 0))
        draft.put("out2", bit(outputs, 1))
        draft.put("in1", bit(inputs, 4))
        if bit(inputs, 0):
            draft.alarm("sos")
    draft.put("rssi", block.u8())
    draft.put("gsmStatus", block.u8())
    draft.put("battery", block.u16() / 100)
    if hardware in (0x407, 0x40A):
        draft.put("temp1", _celsius(block.u16()))
        humidity = block.u16()
        draft.put("humidity", None if bit(humidity, 15) else (humidity & 0x7FFF) / 10)
        if hardware == 0x407 and block.left:
            draft.put("lightSensor", block.u8() == 0)
        return
    draft.put("power", block.u16() / 100)
    for name in ("adc1", "adc2"):
        draft.put(name, block.u16() if block.left >= 2 else None)
    draft.put("temp1", _celsius(block.u16()) if block.left >= 2 else None)


def _celsius(raw: int) -> float | None:
    """Tenths of a degree with a sign in bit 14; None where bit 15 says that there is no probe."""
    if bit(raw, 15):
        return None
    return (-(raw & 0x3FFF) if bit(raw, 14) else raw & 0x3FFF) / 10


def _cards(cursor: Cursor, draft: Draft) -> None:
    """Cards in four blocks, then temperature, lock and passengers."""
    number = 0
    for _ in range(4):
        block = _block(cursor)
        for _ in range(block.u8() if block.left else 0):
            length = block.u8()
            packed = block.hex((length + 1) // 2)
            number += 1
            draft.put(f"card{number}", packed[1:] if length % 2 else packed)
    _block(cursor)
    lock = _block(cursor)
    draft.put("lockBlock", lock.hex(lock.left) or None)
    passengers = _block(cursor)
    if passengers.left >= 6:
        draft.put("passengersOn", passengers.u24())
        draft.put("passengersOff", passengers.u24())


def _tags(block: Cursor, draft: Draft, hardware: int) -> None:
    if not block.left:
        return
    kind = block.u8()
    if hardware != _LOGGER:
        draft.put("card", block.take(block.left).decode("utf-8", "replace") if kind == 1 else None)
        draft.put("tags", block.hex(block.left) or None)
        return
    count, length = block.u8(), block.u8()
    for number in range(1, count + 1):
        tag = Cursor(block.take(length))
        draft.put(f"tag{number}Id", tag.hex(4))
        draft.put(f"tag{number}Status", tag.u8())
        draft.put(f"tag{number}Battery", tag.u16() / 1000)
        draft.put(f"temp{number}", _celsius(tag.u16()))
        humidity = tag.u8()
        draft.put(f"tag{number}Humidity", humidity if humidity <= 100 else None)
        draft.put(f"tag{number}Rssi", tag.u8())


def _hotspots(block: Cursor, draft: Draft) -> None:
    for number in range(1, block.left // 7 + 1):
        draft.put(f"wifi{number}", f"{block.take(6).hex(':')},{-block.u8()}")


class TzoneFraming:
    """Packets by their length; each is answered by its number."""

    longest = 4096

    def split(self, buffer: bytes) -> tuple[tuple[Frame, ...], bytes]:
        """Take whole packets off the front.

        Raises:
            UnreadableError: What stands there does not begin with `TZ`, or is longer than `longest`.
        """
        frames = []
        while len(buffer) >= 4:
            length = int.from_bytes(buffer[2:4], "big") + 6
            if buffer[:2] != _HEAD or length > self.longest or length < 26:
                raise bad_form("a packet from TZ on", buffer[:4].hex())
            if len(buffer) < length:
                break
            payload = buffer[:length]
            frames.append(Frame(payload=payload, device=payload[12:20].hex()[1:]))
            buffer = buffer[length:]
        return tuple(frames), buffer

    def reply_for(self, frame: Frame) -> bytes | None:
        """`@ACK,n#` with the packet's number."""
        return b"@ACK,%d#" % int.from_bytes(frame.payload[-6:-4], "big")


ADAPTER = Adapter(
    name=NAME,
    title="Tzone trackers and cold-chain loggers",
    read=read,
    framing=TzoneFraming(),
    source="Tzone AVL and TT protocols",
)
