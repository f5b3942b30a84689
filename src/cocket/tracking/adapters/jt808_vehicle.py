# SPDX-License-Identifier: Apache-2.0
"""Items of JT/T 808 reports by which vehicles, cameras and sensors tell what the standard has no item for.

Source: makers' items as restated by tracking platforms; SAE J1979 for what vehicles measure.
"""

from __future__ import annotations

from collections.abc import Callable

from cocket.tracking.adapters._bytes import Cursor, bit
from cocket.tracking.adapters._draft import Draft
from cocket.tracking.events import Alarm, Cell

Item = Callable[[Cursor, Draft], None]

_SENSOR_MAKER = ("AOVX", "AL300", "GL100")

#: Fields of a line `$OBD-RT,…` in order; the instant and the mean consumption share a name, and the mean comes last.
_OBD_LINE = (
    *("power", "rpm", "obdSpeed", "throttle", "engineLoad", "coolantTemp", "fuelConsumption", "fuelConsumption"),
    *("tripOdometer", "obdOdometer", "tripFuelUsed", "fuelUsed"),
)

#: Alarms of cameras (item 0xE8), by number.
_CAMERA_ALARMS: dict[int, Alarm] = {
    0x0001: "fault",
    0x0400: "acceleration",
    0x0412: "acceleration",
    0x0401: "braking",
    0x0413: "braking",
    0x0402: "cornering",
    0x0414: "cornering",
    0x0403: "overspeed",
    0x0405: "accident",
    0x0416: "accident",
    0x0417: "accident",
    0x0406: "vibration",
    0x0407: "tow",
    0x0408: "geofence-enter",
    0x0409: "geofence-exit",
    0x040C: "door",
    0x0415: "lane-change",
    0x0C01: "sos",
    0x0C02: "low-power",
    0x0C05: "general",
    0x0C0E: "power-cut",
    0x0C0F: "low-battery",
    0x0C10: "power-off",
    0x0C12: "tampering",
}


def scaled(name: str, divisor: int = 1, *, offset: int = 0, factor: int = 1) -> Item:
    """An item that is one unsigned number over its whole length."""

    def item(value: Cursor, draft: Draft) -> None:
        raw = value.number(value.left) * factor
        draft.put(name, (raw if divisor == 1 else raw / divisor) + offset)

    return item


def _text(name: str, *, comma: str = ",") -> Item:
    def item(value: Cursor, draft: Draft) -> None:
        draft.put(name, value.text(value.left).replace(",", comma))

    return item


def _charge_of_two(value: Cursor, draft: Draft) -> None:
    value.skip(1)
    draft.put("batteryLevel", value.u8())


#: Items of a vehicle's own diagnosis, which follow an item 0x80.
OBD_ITEMS: dict[int, Item] = {
    0x01: scaled("odometer", factor=100),
    0x02: scaled("fuel", 10),
    0x03: scaled("obdSpeed", 10),
    0x56: _charge_of_two,
    0x61: scaled("power", 100),
    0x69: scaled("battery", 100),
    0x80: scaled("obdSpeed"),
    0x81: scaled("rpm"),
    0x82: scaled("power", 10),
    0x83: scaled("engineLoad"),
    0x84: scaled("coolantTemp", offset=-40),
    0x85: scaled("fuelConsumption"),
    0x86: scaled("intakeTemp", offset=-40),
    0x87: scaled("intakeFlow"),
    0x88: scaled("intakePressure"),
    0x89: scaled("throttle"),
    0x8B: _text("vin"),
    0x8C: scaled("obdOdometer", factor=100),
    0x8D: scaled("tripOdometer", factor=1000),
    0x8E: scaled("fuel"),
    0xA0: _text("dtcs", comma=" "),
    0xCC: _text("iccid"),
}

#: Measures of vehicles in item 0xF3, each with a two-byte number and a length.
_MEASURES: dict[int, Item] = {
    0x0002: scaled("obdSpeed", 10),
    0x0003: scaled("rpm"),
    0x0004: scaled("power", 1000),
    0x0005: scaled("obdOdometer", factor=100),
    0x0007: scaled("fuelConsumption", 10),
    0x0008: scaled("engineLoad", 10),
    0x0009: scaled("coolantTemp", offset=-40),
    0x000B: scaled("intakePressure"),
    0x000C: scaled("intakeTemp", offset=-40),
    0x000D: scaled("intakeFlow"),
    0x0050: _text("vin"),
    0x0052: _text("calid"),
    0x0100: scaled("tripOdometer", 10),
    0x0102: scaled("tripFuel", 10),
    0x0112: scaled("hardAccelerationCount"),
    0x0113: scaled("hardDecelerationCount"),
    0x0114: scaled("hardCorneringCount"),
}


def obd_line(text: str, draft: Draft) -> None:
    """Read a line `$OBD-RT,…`; empty fields are unknown."""
    for name, value in zip(_OBD_LINE, text.strip().split(",")[1:], strict=False):
        try:
            draft.put(name, float(value) if value else None)
        except ValueError:
            draft.doubt("obd-unread")


def _is_sensor_maker(draft: Draft) -> bool:
    known = (draft.context.model or "", str(draft.attributes.get("versionFw", "")))
    return any(text.startswith(_SENSOR_MAKER) for text in known)


def _behaviour(value: Cursor, draft: Draft) -> None:
    """0x57: driving, and bit 16 of the second word for a door."""
    draft.alarms_of(value.u16(), {8: "acceleration", 9: "braking", 10: "cornering"})
    value.skip(2)
    draft.alarms_of(value.u32(), {16: "door"})


def _driver_watch(name: str) -> Item:
    def item(value: Cursor, draft: Draft) -> None:
        length = value.left
        value.skip(5)
        draft.put(name, value.u8())
        if length >= 47:
            draft.put("alarmLabel", value.data[-16:].hex())

    return item


def _driving(value: Cursor, draft: Draft) -> None:
    value.skip(5)
    alarms: dict[int, Alarm] = {1: "acceleration", 2: "braking", 3: "cornering", 0x16: "accident"}
    alarm = alarms.get(value.u8())
    if alarm:
        draft.alarm(alarm)


def _engine(value: Cursor, draft: Draft) -> None:
    draft.put("battery", value.u16() / 10)
    draft.put("rpm", value.u16())
    draft.put("obdSpeed", value.u8())
    draft.put("throttle", value.u8() * 100 // 255)
    draft.put("engineLoad", value.u8() * 100 // 255)
    draft.put("coolantTemp", value.u8() - 40)
    value.skip(2)
    draft.put("fuelConsumption", value.u16() / 100)
    value.skip(8)
    draft.put("fuelUsed", value.u16() / 100)


def _camera(value: Cursor, draft: Draft) -> None:
    """0xE8: three bytes of a lock's state, or a numbered block of a camera."""
    if value.left == 3:
        draft.put("lockStatus", value.u24())
        return
    number = value.u16()
    if number in _CAMERA_ALARMS:
        draft.alarm(_CAMERA_ALARMS[number])
    elif number in (0x0C03, 0x0C04):
        draft.put("ignition", number == 0x0C03)
    elif number == 0x2002:
        value.skip(1)
        draft.put("uploadMode", value.u8())
        draft.put("buffered", value.u8() == 1)
    elif number == 0x2003:
        value.skip(1)
        draft.put("charge", value.u8() == 1)
        steps = value.u8()
        draft.put("batteryLevel", steps * 100 // 6 if 1 <= steps <= 6 else None)
        draft.put("battery", value.u16() / 100)
        draft.put("rssi", value.u8())
        draft.put("power", value.u16() / 100)
    elif number == 0x2005:
        value.skip(1)
        _numbered(value, draft, _CAMERA_STATES)


def _numbered(value: Cursor, draft: Draft, table: dict[int, Item]) -> None:
    """Parts with a two-byte number and a one-byte length."""
    while value.left >= 3:
        number, length = value.u16(), value.u8()
        part = Cursor(value.take(length))
        item = table.get(number)
        if item is not None and length:
            item(part, draft)


def _iccid(value: Cursor, draft: Draft) -> None:
    draft.put("iccid", value.hex(10)[:19])


def _is_charging(value: Cursor, draft: Draft) -> None:
    draft.put("charge", value.u8() == 0)


_CAMERA_STATES: dict[int, Item] = {
    0x0001: scaled("battery", 100),
    0x0002: scaled("dataUsage"),
    0x0003: scaled("batteryLevel"),
    0x0004: _is_charging,
    0x0005: _iccid,
    0x0007: scaled("hdop", 10),
    0x2001: scaled("power", 10),
}


def _surroundings(value: Cursor, draft: Draft) -> None:
    """0xEA: sensors outside the device."""
    if value.left <= 2:
        return
    value.skip(1)
    while value.left >= 2:
        number, length = value.u8(), value.u8()
        part = Cursor(value.take(min(length, value.left)))
        if number == 0x11:
            draft.put("externalAlarms", part.u16())
            draft.put("alarmThresholdType", part.u8())
        elif number == 0x13:
            draft.put("externalIlluminance", part.u16())
        elif number == 0x14:
            draft.put("externalAirPressure", part.u16())
        elif number == 0x15:
            draft.put("externalHumidity", part.u16() / 10)
        elif number == 0x16:
            draft.put("externalTemp", part.u16() / 10 - 50)


def _eb(value: Cursor, draft: Draft) -> None:
    """0xEB: cells, the device's time zone in words, or parts with a two-byte length and number."""
    if value.left >= 8 and int.from_bytes(value.data[:2], "big") > 200 and (value.left - 3) % 5 == 0:
        mcc, mnc = value.u16(), value.u8()
        while value.left:
            draft.cells.append(Cell(mcc=mcc, mnc=mnc, area=value.u16(), cell=value.u16()))
            value.skip(1)
        return
    if all(0x20 <= byte < 0x7F for byte in value.data):
        draft.put("timezone", value.text(value.left))
        return
    while value.left >= 4:
        length = value.u16()
        part = Cursor(value.take(length))
        item = _PARTS.get(part.u16())
        if item is not None:
            item(part, draft)


def _fuel_text(value: Cursor, draft: Draft) -> None:
    try:
        draft.put("fuel2", float(value.text(6)))
    except ValueError:
        draft.doubt("fuel-unread")


def _fuel_word(value: Cursor, draft: Draft) -> None:
    draft.put("fuel1", value.u16() / 10)


def _volts(value: Cursor, draft: Draft) -> None:
    if value.left == 4:
        draft.put("power", value.u32() / 1000)
    else:
        draft.put("battery", value.u16() / 1000)


def _supply_alarm(value: Cursor, draft: Draft) -> None:
    state = value.u32()
    if not bit(state, 0):
        draft.alarm("power-off")
    if not bit(state, 12):
        draft.alarm("removing")


def _motion_alarm(value: Cursor, draft: Draft) -> None:
    state = value.u32()
    if not bit(state, 6):
        draft.alarm("vibration")
    motion = state >> 23 & 3
    if motion in (0, 1):
        draft.put("motion", motion == 0)


def _battery_alarm(value: Cursor, draft: Draft) -> None:
    number = value.u8()
    if number in (3, 4):
        draft.alarm("low-battery")
    draft.put("batteryAlarm", number)


def _hotspots(value: Cursor, draft: Draft) -> None:
    value.skip(1)
    words = value.text(value.left).split(",")
    for number, (mac, signal) in enumerate(zip(words[::2], words[1::2], strict=False), start=1):
        draft.put(f"wifi{number}", f"{mac},{signal}")


def _cell(value: Cursor, draft: Draft) -> None:
    draft.cells.append(Cell(mcc=value.u16(), mnc=value.u8(), area=value.u16(), cell=value.u32()))


def _card_of_net(value: Cursor, draft: Draft) -> None:
    draft.put("iccid", value.hex(10).rstrip("f"))


_PARTS: dict[int, Item] = {
    0x0001: _fuel_word,
    0x0023: _fuel_text,
    0x002D: _volts,
    0x0089: _supply_alarm,
    0x00A8: scaled("batteryLevel"),
    0x00B2: _card_of_net,
    0x00B9: _hotspots,
    0x00C5: _motion_alarm,
    0x00C6: _battery_alarm,
    0x00CE: scaled("power", 100),
    0x00D8: _cell,
    0x00E1: scaled("batteryLevel"),
}


def _f3(value: Cursor, draft: Draft) -> None:
    """0xF3: radio tags nearby, or measures of the vehicle."""
    if not _is_sensor_maker(draft):
        _numbered(value, draft, _MEASURES)
        return
    mask = value.u8()
    number = 0
    while value.left:
        number += 1
        tag = f"tag{number}"
        draft.put(f"{tag}Mac", value.hex(6))
        draft.put(f"{tag}Rssi", value.i8())
        if bit(mask, 0):
            draft.put(f"{tag}Name", value.text(10))
        value.skip(2 if bit(mask, 1) else 0)
        if bit(mask, 2):
            draft.put(f"{tag}Battery", value.u16() / 1000)
        if bit(mask, 3):
            draft.put(f"{tag}Temp", value.i16() / 10)
        if bit(mask, 4):
            draft.put(f"{tag}Humidity", value.i16() / 10)
        value.skip((6 if bit(mask, 5) else 0) + (2 if bit(mask, 6) else 0) + (2 if bit(mask, 7) else 0))


def _f6(value: Cursor, draft: Draft) -> None:
    """0xF6: air pressure, an IMEI, or what the sensors measured."""
    if not _is_sensor_maker(draft) and value.left in (2, 8):
        if value.left == 2:
            draft.put("airPressure", value.u16())
        else:
            draft.put("imei", value.hex(8)[1:])
        return
    event = value.u8()
    draft.put("event", event)
    if event == 2:
        draft.put("motion", True)
    mask = value.u8()
    if bit(mask, 0):
        draft.put("lightSensor", value.u16())
    if bit(mask, 1):
        draft.put("temp1", value.i16() / 10)
    if bit(mask, 2):
        draft.put("humidity", value.i16() / 10)
    if bit(mask, 3):
        draft.put("gSensor", f"[{value.i16()},{value.i16()},{value.i16()}]")
    value.skip(10 if bit(mask, 4) else 0)
    if bit(mask, 5):
        draft.put("airPressure", value.u16())


def _f7(value: Cursor, draft: Draft) -> None:
    if value.left == 2:
        draft.put("humidity", value.u16() / 10)
        return
    draft.put("battery", value.u32() / 1000)
    if value.left and value.u8() in (2, 3):
        draft.put("charge", True)
    if value.left:
        draft.put("batteryLevel", value.u8())


#: No cargo is warmer than this; a greater number in 0xF8 counts a wearer's steps.
_HOTTEST_C = 150
_WATCHES = ("C5", "C5L")


def _f8(value: Cursor, draft: Draft) -> None:
    if _is_sensor_maker(draft):
        value.skip(9)
        draft.put("iccid", value.hex(10))
        return
    raw = value.u16()
    celsius = raw / 10 - 50
    if draft.context.model in _WATCHES or celsius > _HOTTEST_C:
        draft.put("steps", raw)
    else:
        draft.put("temp2", celsius)


def _f9(value: Cursor, draft: Draft) -> None:
    if value.left == 2:
        return
    mask = value.u16()
    value.skip((4 if bit(mask, 0) else 0) + (4 if bit(mask, 1) else 0))
    if bit(mask, 2):
        draft.put("hdop", value.u16() / 10)
    value.skip((6 if bit(mask, 3) else 0) + (8 if bit(mask, 5) else 0))
    if bit(mask, 6):
        draft.put("temp3", value.i16() / 10)


#: Items by number.
VEHICLE_ITEMS: dict[int, Item] = {
    0x57: _behaviour,
    0x64: _driver_watch("adasAlarm"),
    0x65: _driver_watch("dmsAlarm"),
    0x70: _driving,
    0x91: _engine,
    0xE8: _camera,
    0xEA: _surroundings,
    0xEB: _eb,
    0xF2: _text("versionFw"),
    0xF3: _f3,
    0xF6: _f6,
    0xF7: _f7,
    0xF8: _f8,
    0xF9: _f9,
}
