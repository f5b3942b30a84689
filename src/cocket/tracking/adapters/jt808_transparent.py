# SPDX-License-Identifier: Apache-2.0
"""JT/T 808 message 0x0900: what another part of the vehicle said, passed on by the terminal.

Source: JT/T 808, 0x0900 (the standard leaves the content to makers); contents as restated by tracking platforms.
"""

from __future__ import annotations

from collections.abc import Callable

from cocket.tracking.adapters._bytes import Cursor, bit
from cocket.tracking.adapters._draft import KMH_M_S, Context, Draft
from cocket.tracking.adapters.jt808_message import Message, packed_time, state_and_place
from cocket.tracking.adapters.jt808_vehicle import Item, obd_line, scaled
from cocket.tracking.events import Alarm

#: What happened (0xF0, 0x03), by number.
_ALARMS: dict[int, Alarm] = {
    0x01: "power-restored",
    0x02: "power-cut",
    0x0E: "idle",
    0x1A: "acceleration",
    0x1B: "braking",
    0x1C: "cornering",
    0x1D: "lane-change",
    0x1E: "lane-change",
    0x1F: "lane-change",
    0x23: "fatigue-driving",
    0x25: "overspeed",
    0x26: "accident",
    0x27: "accident",
    0x28: "accident",
    0x31: "door",
    0x32: "door",
}
#: How it was driven (0xF0, 0x15), by number.
_DRIVING: dict[int, Alarm] = {
    51: "acceleration",
    52: "braking",
    53: "cornering",
    54: "lane-change",
    56: "accident",
}
#: What the vehicle measured (0xF0, 0x01), by number.
_MEASURES: dict[int, Item] = {
    0x0102: scaled("odometer", factor=100),
    0x0103: scaled("fuel", 100),
    0x0105: scaled("fuelUsed", 100),
    0x0111: scaled("fuelTemp", offset=-40),
    0x012E: scaled("oilLevel", 10),
    0x014A: scaled("fuelConsumption", 100),
    0x0528: scaled("odometer", factor=100),
    0x052A: scaled("fuel", 100),
    0x052B: scaled("fuel"),
    0x052C: scaled("fuelUsed", 100),
    0x052D: scaled("coolantTemp", offset=-40),
    0x052E: scaled("airTemp", offset=-40),
    0x0530: scaled("power", 1000),
    0x0535: scaled("obdSpeed", 10),
    0x0536: scaled("rpm"),
    0x0537: scaled("fuelConsumption", 100),
    0x0538: scaled("fuelConsumption", 100),
    0x0539: scaled("fuelConsumption", 100),
    0x053D: scaled("intakePressure", 10),
    0x0544: scaled("liquidLevel"),
    0x0546: scaled("odometer", factor=100),
    0x0547: scaled("throttle"),
    0x0548: scaled("throttle"),
}
_VIN = 0xFEEC
#: What may stand before words passed on: their length, and line ends behind them.
_CONTROLS = "".join(map(chr, range(0x21)))


def passed_on(message: Message, context: Context) -> list[Draft]:
    """Read the content by its first byte; a kind that is not known to us gives no event.

    Args:
        message: The message.
        context: What else is known.

    Returns:
        Drafts (0..n).

    Raises:
        UnreadableError: The content ends within a field.
    """
    cursor = Cursor(message.body)
    draft = Draft(context, message.device)
    kind = cursor.u8()
    if kind == 0x40:
        return _words(cursor, draft)
    if kind == 0x41:
        obd_line(cursor.text(cursor.left), draft)
        return [draft]
    reader = _KINDS.get(kind)
    return reader(cursor, draft) if reader else []


def _words(cursor: Cursor, draft: Draft) -> list[Draft]:
    text = cursor.text(cursor.left).strip(_CONTROLS)
    parts = text.split("|")
    if text.startswith("GTSL"):
        draft.put("driverUniqueId", parts[4] if len(parts) > 4 else None)
    else:
        draft.put("data", text)
    return [draft] if draft.attributes else []


def _vehicle(cursor: Cursor, draft: Draft) -> list[Draft]:
    """0xF0: time, whether kept, kind of vehicle, kind of content."""
    draft.at(packed_time(cursor, draft.context))
    if cursor.u8():
        draft.put("archive", True)
    cursor.skip(1)
    kind = cursor.u8()
    reader = _VEHICLE.get(kind)
    if reader is None:
        return []
    reader(cursor, draft)
    if kind in (1, 2, 3):
        lat, lon, is_fix = state_and_place(cursor, draft)
        draft.place(lat, lon, is_fix=is_fix)
    return [draft]


def _measures(cursor: Cursor, draft: Draft) -> None:
    for _ in range(cursor.u8()):
        number, length = cursor.u16(), cursor.u8()
        value = Cursor(cursor.take(length))
        if number == _VIN:
            draft.put("vin", value.text(length))
        elif number in _MEASURES and length:
            _MEASURES[number](value, draft)
        elif length in (1, 2, 4):
            draft.put(f"io{number}", value.number(length))


def _trouble_codes(cursor: Cursor, draft: Draft) -> None:
    codes = []
    for _ in range(cursor.u16()):
        cursor.skip(4)
        for _ in range(cursor.u16()):
            cursor.skip(8)
            codes.append(cursor.text(cursor.u16()))
    draft.put("dtcs", " ".join(codes))


def _happened(cursor: Cursor, draft: Draft) -> None:
    for _ in range(cursor.u8()):
        number, length = cursor.u8(), cursor.u8()
        if number in _ALARMS:
            draft.alarm(_ALARMS[number])
        cursor.skip(length)


def _trip(cursor: Cursor, draft: Draft) -> None:
    is_over = cursor.u8() == 2
    draft.put("tripNumber", cursor.u32())
    cursor.skip(6)
    if is_over:
        cursor.skip(23)
        draft.put("idlingCount", cursor.u16())
        draft.put("idlingTime", cursor.u16())
        draft.put("tripOdometer", cursor.u16() * 100)
        draft.put("tripFuel", cursor.u16() / 100)


def _identity(cursor: Cursor, draft: Draft) -> None:
    if cursor.u8():
        draft.put("vin", cursor.text(17))


def _driving(cursor: Cursor, draft: Draft) -> None:
    number = cursor.i32()
    if number in _DRIVING:
        draft.alarm(_DRIVING[number])
    else:
        draft.put("event", number)


_VEHICLE: dict[int, Callable[[Cursor, Draft], None]] = {
    0x01: _measures,
    0x02: _trouble_codes,
    0x03: _happened,
    0x04: _trip,
    0x0B: _identity,
    0x15: _driving,
}


def _collision(cursor: Cursor, draft: Draft) -> list[Draft]:
    """0xFF: place and speed of a moment around a collision."""
    draft.at(packed_time(cursor, draft.context))
    lat, lon, altitude = cursor.i32() / 1e6, cursor.i32() / 1e6, cursor.i16()
    draft.place(lat, lon, altitude_m=altitude)
    draft.move(cursor.u16() / 10 * KMH_M_S, cursor.u16())
    return [draft]


def _impact(cursor: Cursor, draft: Draft) -> list[Draft]:
    """0xF3: strength of an impact, and when."""
    while cursor.left >= 4:
        number, length = cursor.u16(), cursor.u16()
        value = Cursor(cursor.take(min(length, cursor.left)))
        if number == 0x0002:
            draft.put("collision", value.u16() / 256 / 100)
        elif number == 0x0006:
            draft.at(packed_time(value, draft.context))
    return [draft]


def _placed(cursor: Cursor, draft: Draft) -> None:
    lat, lon, is_fix = state_and_place(cursor, draft)
    draft.place(lat, lon, is_fix=is_fix, altitude_m=cursor.i16())
    draft.move(cursor.u16() / 10 * KMH_M_S, cursor.u16())
    draft.at(packed_time(cursor, draft.context))


def _tags(cursor: Cursor, draft: Draft) -> list[Draft]:
    """0x53: radio tags heard."""
    _placed(cursor, draft)
    cursor.skip(1)
    while cursor.left >= 9:
        tag = f"tag{cursor.u8() + 1}"
        draft.put(f"{tag}Mac", cursor.hex(6))
        draft.put(f"{tag}Rssi", cursor.i8())
        draft.put(f"{tag}Data", cursor.hex(cursor.u8()))
    return [draft]


def _samples(cursor: Cursor, draft: Draft) -> list[Draft]:
    """0x54: place, then what the sensors measured, each sample an event of its own time."""
    _placed(cursor, draft)
    drafts = [draft]
    while cursor.left >= 8:
        sample = Draft(draft.context, draft.device)
        mask = cursor.u16()
        sample.at(packed_time(cursor, draft.context))
        if bit(mask, 0):
            sample.put("lightSensor", cursor.u16())
        if bit(mask, 1):
            sample.put("deviceTemp", cursor.i16() / 10)
            sample.put("humidity", cursor.i16() / 10)
        if bit(mask, 2):
            sample.put("temp3", cursor.i16() / 10)
        cursor.skip(6 if bit(mask, 3) else 0)
        if bit(mask, 4):
            sample.put("airPressure", cursor.u16())
        drafts.append(sample)
    return drafts


_KINDS: dict[int, Callable[[Cursor, Draft], list[Draft]]] = {
    0x53: _tags,
    0x54: _samples,
    0xF0: _vehicle,
    0xF3: _impact,
    0xFF: _collision,
}
