# SPDX-License-Identifier: Apache-2.0
"""Additional items of a JT/T 808 location report: a number, a length, and what the maker put there.

The standard gives 0x01–0x31 and leaves 0xE1–0xFF to makers, who have taken most others as well. Where two makers use
one number, the length or the content tells them apart; what fits none is left unread and told as a doubt.
Source: JT/T 808-2013 and -2019, table of additional items; makers' items as restated by tracking platforms.
"""

from __future__ import annotations

from collections.abc import Callable

from cocket.errors import UnreadableError
from cocket.tracking.adapters._bytes import Cursor, bit
from cocket.tracking.adapters._draft import Draft
from cocket.tracking.adapters.jt808_lock import LOCK_ITEMS
from cocket.tracking.adapters.jt808_vehicle import OBD_ITEMS, VEHICLE_ITEMS, obd_line
from cocket.tracking.events import Cell

Item = Callable[[Cursor, Draft], None]

_UNKNOWN = 0xFF
_OBD_FOLLOWS = 0x80


def read_items(cursor: Cursor, draft: Draft) -> None:
    """Read items to the end of a body.

    Args:
        cursor: Where the first item begins.
        draft: Where values go.
    """
    table = ITEMS
    while cursor.left >= 2:
        number, length = cursor.u8(), cursor.u8()
        if length > cursor.left:
            draft.doubt("message-cut-short")
            return
        value = Cursor(cursor.take(length))
        if number == _OBD_FOLLOWS and length == 1:
            table = OBD_ITEMS
        item = table.get(number)
        if item is None or not length:
            continue
        try:
            item(value, draft)
        except UnreadableError:
            draft.doubt(f"item-{number:02x}-unread")


def number_of(name: str, divisor: int = 1) -> Item:
    """An item that is one unsigned number over its whole length, in parts of `divisor`."""

    def item(value: Cursor, draft: Draft) -> None:
        raw = value.number(value.left)
        draft.put(name, raw if divisor == 1 else raw / divisor)

    return item


def text_of(name: str) -> Item:
    """An item that is text over its whole length."""

    def item(value: Cursor, draft: Draft) -> None:
        draft.put(name, value.text(value.left))

    return item


def battery_level(value: Cursor, draft: Draft) -> None:
    """Charge in percent, where 255 says that it is being charged."""
    level = value.u8()
    if level == _UNKNOWN:
        draft.put("charge", True)
    else:
        draft.put("batteryLevel", level)


def _odometer(value: Cursor, draft: Draft) -> None:
    draft.put("odometer", value.u32() * 100)


def _fuel(value: Cursor, draft: Draft) -> None:
    raw = value.u16()
    draft.put("fuel", raw & 0x7FFF if bit(raw, 15) else raw / 10)


def _voltages(value: Cursor, draft: Draft) -> None:
    draft.put("adc1", value.u16() / 100)
    draft.put("adc2", value.u16() / 100)


def _temperatures(value: Cursor, draft: Draft) -> None:
    if value.left not in (2, 16):
        return
    for number in range(1, value.left // 2 + 1):
        raw = value.u16()
        if raw != 0xFFFF:
            draft.put(f"temp{number}", (-(raw & 0x7FFF) if bit(raw, 15) else raw) / 10)


def _battery_tenths(value: Cursor, draft: Draft) -> None:
    draft.put("batteryLevel", value.u8() * 10)


def _tyres(value: Cursor, draft: Draft) -> None:
    while value.left >= 8:
        tyre = f"tire{value.u8()}"
        draft.put(f"{tyre}SensorId", value.hex(3))
        draft.put(f"{tyre}Pressure", (value.u16() & 0x3FF) / 40)
        draft.put(f"{tyre}Temp", value.u8() - 50)
        draft.put(f"{tyre}Status", value.u8())


def _e1(value: Cursor, draft: Draft) -> None:
    if value.left == 1:
        battery_level(value, draft)
    elif value.left == 2:
        draft.put("power", value.u16() / 10)
    elif value.left >= 12 and (value.left - 4) % 8 == 0:
        mcc, mnc = value.u16(), value.u16()
        while value.left:
            area, cell, signal = value.u24(), value.u32(), value.u8()
            draft.cells.append(Cell(mcc=mcc, mnc=mnc, area=area, cell=cell))
            draft.put("rssi", signal)
    elif value.left == 4:
        draft.put("driverUniqueId", str(value.u32()))


def _e3(value: Cursor, draft: Draft) -> None:
    if value.left < 4:
        return
    value.skip(1)
    draft.put("batteryLevel", value.u8())
    draft.put("battery", value.u16() / 100)


def _e4(value: Cursor, draft: Draft) -> None:
    if value.u8() == 0:
        draft.put("charge", True)
    draft.put("batteryLevel", value.u8())


def _e5(value: Cursor, draft: Draft) -> None:
    if value.left == 1:
        draft.put("motion", value.u8() == 1)


def _e6(value: Cursor, draft: Draft) -> None:
    if value.data.startswith(b"$OBD-RT"):
        obd_line(value.text(value.left), draft)
    elif value.left and value.left % 11 == 0:
        while value.left:
            number = value.u8()
            value.skip(6)
            draft.put(f"temp{number}", _whole_and_255th(value))
            humidity = _whole_and_255th(value)
            draft.put("humidity" if number == 1 else f"humidity{number}", humidity)


def _whole_and_255th(value: Cursor) -> float:
    """A signed whole part, and a fraction in parts of 255."""
    whole, part = value.i8(), value.u8()
    return (-1 if whole < 0 else 1) * (abs(whole) + part / 255)


def _e7(value: Cursor, draft: Draft) -> None:
    if value.left == 8:
        alarms = value.u16()
        draft.alarms_of(alarms, {0: "vibration", 1: "sos", 2: "sos", 3: "sos"})


def _wifi(value: Cursor, draft: Draft) -> None:
    if value.left % 7 == 0:
        for number in range(1, value.left // 7 + 1):
            draft.put(f"wifi{number}", f"{value.take(6).hex(':')},{value.i8()}")


def _ee(value: Cursor, draft: Draft) -> None:
    if value.left == 6:
        draft.put("rssi", value.u8())
        draft.put("power", value.u16() / 1000)
        draft.put("battery", value.u16() / 1000)
        draft.put("satellites", value.u8())


def _f0(value: Cursor, draft: Draft) -> None:
    if value.left % 13:
        return
    while value.left:
        mcc, mnc, cell, area, _ = value.u16(), value.u16(), value.u32(), value.u32(), value.u8()
        draft.cells.append(Cell(mcc=mcc, mnc=mnc, area=area, cell=cell))


def _fe(value: Cursor, draft: Draft) -> None:
    if value.left == 1:
        draft.put("batteryLevel", value.u8())
    elif value.left == 2:
        draft.put("power", value.u16() / 10)
    elif value.left == 4:
        draft.put("odometer", value.u32())
    elif value.u8() == 0x7C:
        while value.left >= 2:
            kind, length = value.u8(), value.u8()
            part = Cursor(value.take(length))
            if kind == 1:
                alarms = part.u32()
                draft.alarms_of(
                    alarms, {0: "acceleration", 1: "braking", 2: "cornering", 3: "accident", 4: "tampering"}
                )


def _d5(value: Cursor, draft: Draft) -> None:
    if value.left == 2:
        draft.put("battery", value.u16() / 100)
    else:
        LOCK_ITEMS[0xD5](value, draft)


#: Items by number; those of locks and vehicles stand in their own modules.
ITEMS: dict[int, Item] = {
    **VEHICLE_ITEMS,
    **LOCK_ITEMS,
    0x01: _odometer,
    0x02: _fuel,
    0x06: number_of("batteryLevel"),
    0x14: number_of("videoAlarm"),
    0x25: number_of("input"),
    0x2B: _voltages,
    0x30: number_of("rssi"),
    0x31: number_of("satellites"),
    0x51: _temperatures,
    0x56: _battery_tenths,
    0x68: number_of("batteryLevel", 100),
    0x69: number_of("battery", 100),
    0x6A: number_of("rssi"),
    0x71: text_of("iccid"),
    0x77: _tyres,
    0x82: number_of("power", 10),
    0x94: text_of("vin"),
    0xA7: _voltages,
    0xAC: number_of("odometer"),
    0xBC: text_of("driver"),
    0xBD: text_of("driverUniqueId"),
    0xCC: text_of("iccid"),
    0xD3: number_of("power", 10),
    0xD4: _e1,
    0xD5: _d5,
    0xE1: _e1,
    0xE2: number_of("fuel", 10),
    0xE3: _e3,
    0xE4: _e4,
    0xE5: _e5,
    0xE6: _e6,
    0xE7: _e7,
    0xE9: _e1,
    0xEC: _wifi,
    0xED: text_of("card"),
    0xEE: _ee,
    0xF0: _f0,
    0xF1: number_of("power", 1000),
    0xF4: _wifi,
    0xF5: number_of("illuminance"),
    0xFE: _fe,
}
