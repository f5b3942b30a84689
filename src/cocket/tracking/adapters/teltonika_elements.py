# SPDX-License-Identifier: Apache-2.0
"""IO elements of Teltonika records: what a number stands for, and in which parts.

The meaning of many numbers depends on the model. Numbers that mean the same in all are named here; those of the FMB
line only where the owner told such a model; all others keep their number (`io9`), so that nothing is named wrongly.
Source: Teltonika AVL ID lists (FMB, FMC, FMM), BLE beacon and EYE sensor elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cocket.tracking.adapters._bytes import Cursor, bit
from cocket.tracking.adapters._draft import Draft
from cocket.tracking.events import Alarm, Cell

Element = Callable[[Cursor, Draft], None]

_FMB = re.compile(r"FM[B-Z]...|MTB100|MSP500")
_FMB_6 = re.compile(r"FM.6..")


def _scaled(name: str, divisor: int = 1, *, signed: bool = False) -> Element:
    def element(value: Cursor, draft: Draft) -> None:
        raw = value.number(value.left, signed=signed)
        draft.put(name, raw if divisor == 1 else raw / divisor)

    return element


def _truth(name: str) -> Element:
    def element(value: Cursor, draft: Draft) -> None:
        draft.put(name, value.number(value.left) > 0)

    return element


def _alarm(alarm: Alarm) -> Element:
    def element(value: Cursor, draft: Draft) -> None:
        if value.number(value.left):
            draft.alarm(alarm)

    return element


def _driver(value: Cursor, draft: Draft) -> None:
    number = value.number(value.left, little=True)
    draft.put("driverUniqueId", f"{number:016X}" if number else None)


def _driving(value: Cursor, draft: Draft) -> None:
    alarms: dict[int, Alarm] = {1: "acceleration", 2: "braking", 3: "cornering"}
    alarm = alarms.get(value.u8())
    if alarm:
        draft.alarm(alarm)


def _fence(value: Cursor, draft: Draft) -> None:
    draft.alarm("geofence-enter" if value.u8() else "geofence-exit")


_COMMON: dict[int, Element] = {
    **{number: _truth(f"in{number}") for number in (1, 2, 3, 4)},
    16: _scaled("odometer"),
    17: _scaled("axisX", signed=True),
    18: _scaled("axisY", signed=True),
    19: _scaled("axisZ", signed=True),
    21: _scaled("rssi"),
    **{24 + number: _scaled(f"bleTemp{number}", 100, signed=True) for number in (1, 2, 3, 4)},
    66: _scaled("power", 1000),
    67: _scaled("battery", 1000),
    78: _driver,
    179: _truth("out1"),
    180: _truth("out2"),
    181: _scaled("pdop", 10),
    182: _scaled("hdop", 10),
    199: _scaled("tripOdometer"),
    236: _alarm("general"),
    239: _truth("ignition"),
    240: _truth("motion"),
    241: _scaled("operator"),
    253: _driving,
}

_FMB_ELEMENTS: dict[int, Element] = {
    9: _scaled("adc1", 1000),
    10: _scaled("adc2", 1000),
    11: _scaled("iccid"),
    12: _scaled("fuelUsed", 1000),
    13: _scaled("fuelConsumption", 100),
    30: _scaled("faultCount"),
    31: _scaled("engineLoad"),
    32: _scaled("coolantTemp", signed=True),
    36: _scaled("rpm"),
    43: _scaled("milDistance"),
    68: _scaled("batteryCurrent", 1000),
    **{71 + number: _scaled(f"temp{number}", 10, signed=True) for number in (1, 2, 3, 4)},
    113: _scaled("batteryLevel"),
    115: _scaled("engineTemp", 10, signed=True),
    175: _fence,
    200: _scaled("sleepMode"),
    205: _scaled("cid2g"),
    206: _scaled("lac"),
    246: _alarm("tow"),
    247: _alarm("accident"),
    249: _alarm("jamming"),
    251: _alarm("idle"),
    252: _alarm("power-cut"),
    636: _scaled("cid4g"),
    662: _truth("door"),
    **{10643 + number: _scaled(f"tempProbe{number}", 100, signed=True) for number in range(1, 7)},
    **{10799 + number: _scaled(f"eyeTemp{number}", 100, signed=True) for number in (1, 2, 3, 4)},
    **{10831 + number: _scaled(f"eyeRoll{number}", signed=True) for number in (1, 2, 3, 4)},
}

_FMB_VEHICLE: dict[int, Element] = {
    81: _scaled("obdSpeed"),
    82: _scaled("throttle"),
    83: _scaled("fuelUsed", 10),
    84: _scaled("fuel", 10),
    85: _scaled("rpm"),
    87: _scaled("obdOdometer"),
    89: _scaled("fuelLevel"),
    107: _scaled("fuelUsed", 10),
    110: _scaled("fuelConsumption", 10),
}

#: Elements of GH3000 records (codec 7).
GH3000: dict[int, Element] = {
    1: _scaled("batteryLevel"),
    2: _truth("usbConnected"),
    5: _scaled("uptime"),
    20: _scaled("hdop", 10),
    21: _scaled("vdop", 10),
    22: _scaled("pdop", 10),
    67: _scaled("battery", 1000),
    221: _scaled("button"),
    222: _alarm("sos"),
    240: _truth("motion"),
    244: _truth("roaming"),
}


def elements_of(model: str | None) -> dict[int, Element]:
    """The elements whose numbers are certain for a model."""
    if model is None or not _FMB.fullmatch(model):
        return _COMMON
    if _FMB_6.fullmatch(model):
        return _COMMON | _FMB_ELEMENTS
    return _COMMON | _FMB_ELEMENTS | _FMB_VEHICLE


def put_element(number: int, value: Cursor, draft: Draft, table: dict[int, Element]) -> None:
    """Note one element, under its name or its number."""
    element = table.get(number)
    if element is not None:
        element(value, draft)
    else:
        draft.put(f"io{number}", value.number(value.left, signed=value.left == 8))


def close_cells(draft: Draft) -> None:
    """Make one cell of its numbers, which come as elements of their own."""
    area = draft.attributes.pop("lac", None)
    cell = draft.attributes.pop("cid2g", None) or draft.attributes.pop("cid4g", None)
    draft.attributes.pop("cid4g", None)
    if isinstance(area, int) and isinstance(cell, int) and cell:
        operator = draft.attributes.get("operator")
        known = isinstance(operator, int) and 10_000 <= operator <= 999_999
        mcc, mnc = (int(str(operator)[:3]), int(str(operator)[3:])) if known else (None, None)
        draft.cells.append(Cell(mcc=mcc, mnc=mnc, area=area, cell=cell))


def put_long(number: int, data: bytes, draft: Draft) -> None:
    """Note one element of any length (codec 8 extended)."""
    value = Cursor(data)
    if number in (256, 325):
        draft.put("vin", value.text(len(data)))
    elif number == 281:
        draft.put("dtcs", value.text(len(data)).replace(",", " "))
    elif number == 385 and data:
        _beacons(value, draft)
    elif number in (548, 10828, 10829, 10831, 11317) and data:
        _tags(value, draft)
    else:
        draft.put(f"io{number}", data.hex())


def _beacons(value: Cursor, draft: Draft) -> None:
    value.skip(1)
    number = 0
    while value.left:
        number += 1
        beacon = f"beacon{number}"
        flags = value.u8()
        if flags >> 4:
            draft.put(f"{beacon}Uuid", value.hex(16))
            draft.put(f"{beacon}Major", value.u16())
            draft.put(f"{beacon}Minor", value.u16())
        else:
            draft.put(f"{beacon}Namespace", value.hex(10))
            draft.put(f"{beacon}Instance", value.hex(6))
        draft.put(f"{beacon}Rssi", value.i8())
        if bit(flags, 1):
            draft.put(f"{beacon}Battery", value.u16() / 100)
        if bit(flags, 2):
            draft.put(f"{beacon}Temp", value.u16())


_TAG_PARTS: dict[int, tuple[str, bool]] = {
    0: ("Rssi", True),
    6: ("Temp", True),
    7: ("Humidity", False),
    10: ("MotionCount", False),
    11: ("Pitch", True),
    12: ("AngleRoll", True),
    13: ("LowBattery", False),
    14: ("Battery", False),
}


def _tags(value: Cursor, draft: Draft) -> None:
    value.skip(1)
    number = 0
    while value.left:
        number += 1
        parts = Cursor(value.take(value.u8()))
        while parts.left >= 2:
            kind, length = parts.u8(), parts.u8()
            _tag_part(f"tag{number}", kind, Cursor(parts.take(length)), draft)


def _tag_part(tag: str, kind: int, part: Cursor, draft: Draft) -> None:
    if kind in _TAG_PARTS:
        name, signed = _TAG_PARTS[kind]
        draft.put(f"{tag}{name}", part.number(part.left, signed=signed))
    elif kind in (1, 15):
        draft.put(f"{tag}{'Id' if kind == 1 else 'Mac'}", part.hex(part.left))
    elif kind == 2 and part.left:
        flags = part.u8()
        if bit(flags, 6):
            draft.put(f"{tag}LowBattery", True)
        if bit(flags, 7):
            draft.put(f"{tag}Voltage", part.u8() * 10 + 2000)
    elif kind == 5:
        draft.put(f"{tag}Name", part.text(part.left, "utf-8"))
    elif kind in (8, 9):
        draft.put(f"{tag}{'Magnet' if kind == 8 else 'Motion'}", part.u8() > 0)
