# SPDX-License-Identifier: Apache-2.0
"""FSU and FSA ↔ movements: what happened to a consignment.

A line has its status first, then, as far as the status asks for them, flight, day with time, place or two, quantity, and
names: they are known by their forms. A day has no year, so it becomes no time; it is told among the statuses as written.

Source: IATA Cargo-IMP 34, FSU/9–15 and FSA; code list 1.18 of statuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from cocket.codes import AirWaybillNumber, UnitLoadDevice
from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Extension, Movement, Reference, TransportEquipment, TransportMeans
from cocket.model.declaration import GoodsLocation
from cocket.standards.air import MONTHS, check_number, finding
from cocket.standards.cargo_imp.lines import WAYBILL, Line, Message, quantity_of
from cocket.standards.cargo_imp.reading import WHOLE

#: Statuses, and the lines that may stand behind one.
STATUSES = frozenset(
    [
        "BKD",
        "DOC",
        "FOH",
        "FIW",
        "FOW",
        "RCS",
        "MAN",
        "PRE",
        "DEP",
        "ARR",
        "RCF",
        "TRM",
        "TFD",
        "RCT",
        "CRC",
        "TGC",
        "CCD",
        "NFD",
        "AWR",
        "AWD",
        "DLV",
        "DDL",
        "DPU",
        "DIS",
    ]
)
FURTHER = frozenset(["OCI", "ULD", "OSI"])

_CODE = "cargo-imp"
_STATUS, _DAY = "status", "day"
_FLIGHT = re.compile(r"(?=.*[A-Z])[A-Z0-9]{2}\d{3,4}[A-Z]?", re.ASCII)
_WHEN = re.compile(rf"(0[1-9]|[12]\d|3[01])({'|'.join(MONTHS)})(([01]\d|2[0-3])[0-5]\d)?(-[NPE])?", re.ASCII)
_PLACES = re.compile(r"([A-Z]{3})([A-Z]{3})?", re.ASCII)


def read_status(message: Message) -> Movement:
    """The statuses of a consignment as movements.

    Source: IATA Cargo-IMP 34, FSU.
    """
    lines = message.lines
    head = WAYBILL.fullmatch(lines[0].text) if lines and not lines[0].tag else None
    number = AirWaybillNumber.parse(head["number"]) if head else None
    own = (Reference("BL", number.canonical),) if number else ()
    starts = [place for place, line in enumerate(lines) if is_status(line)]
    ends = [*starts[1:], len(lines)]
    movements = tuple(_status(lines[start:end]) for start, end in zip(starts, ends, strict=False))
    first = movements[0] if len(movements) == 1 else Movement()
    names = (*own, *(name for each in movements for name in each.references))
    return Movement(
        message_name=message.name,
        message_code=first.message_code,
        loading_place=head["origin"] if head else None,
        unloading_place=head["end"] if head else None,
        movements=movements,
        references=tuple(dict.fromkeys(names)),
        extensions=(Extension(WHOLE, message.text),),
    )


def is_status(line: Line) -> bool:
    """Whether a line begins with a status: any tag that is not of the lines behind one.

    Source: IATA Cargo-IMP 34, FSU.
    """
    return bool(line.tag) and line.tag not in FURTHER and not line.is_further


def _status(lines: tuple[Line, ...]) -> Movement:
    first = lines[0]
    parts = [part.strip() for part in first.text.split("/")]
    flight = next((part for part in parts if _FLIGHT.fullmatch(part)), None)
    when = next((part for part in parts if _WHEN.fullmatch(part)), None)
    places = next((found for part in parts if (found := _PLACES.fullmatch(part))), None)
    devices = tuple(_devices(lines))
    return Movement(
        message_code=first.tag,
        location=GoodsLocation(id=places[1]) if places else None,
        loading_place=places[1] if places and places[2] else None,
        unloading_place=places[2] if places else None,
        transport=TransportMeans(mode_code="4", voyage=flight) if flight else None,
        equipment=devices,
        statuses=((_STATUS, first.tag), *(((_DAY, when),) if when else ())),
        references=(*_noted(lines), *(Reference("EQUIPMENT", device.id) for device in devices)),
    )


def _devices(lines: tuple[Line, ...]) -> Iterator[TransportEquipment]:
    for line in lines:
        for part in line.text.split("/") if line.tag == "ULD" else ():
            device = UnitLoadDevice.parse(part)
            if device:
                yield TransportEquipment(id=device.canonical, type_code=device.kind)


def _noted(lines: tuple[Line, ...]) -> Iterator[Reference]:
    """Numbers of customs among the notes: a UCR, a movement reference."""
    for line in lines:
        parts = line.text.split("/", 3) if line.tag == "OCI" else []
        if len(parts) == len(("country", "subject", "content", "text")) and parts[3].strip():
            if parts[2] == "U":
                yield Reference("UCR", parts[3].strip())
            elif parts[2] == "M":
                yield Reference("MRN", parts[3].strip())


def check_status(message: Message) -> Iterator[Finding]:
    """What is wrong with a status message beyond its lines (0..n).

    Source: IATA Cargo-IMP 34, FSU.
    """
    first = message.lines[0] if message.lines else None
    where = f"{first.number}:1" if first else f"{message.head}:1"
    head = WAYBILL.fullmatch(first.text) if first and not first.tag else None
    if head is None:
        said = "the line is not a waybill number with two places and a quantity"
        expected, found = "999-99999999AAABBB/T9K9", first.text if first else None
        yield finding(f"{_CODE}-waybill-missing", "error", said, where, expected=expected, found=found)
    else:
        yield from check_number(_CODE, head["number"], where)
        if quantity_of(head["rest"] or "") is None:
            said = "pieces and mass are not readable"
            yield finding(f"{_CODE}-quantity-missing", "error", said, where, expected="T9K9.9")
    if not any(is_status(line) for line in message.lines):
        yield finding(f"{_CODE}-missing", "error", "the {expected} is missing", where, expected="status")


def write_status(movement: Movement) -> str:
    """A status message, FSU/14.

    Raises:
        SenderError: It names no waybill, or a movement has no status.

    Source: IATA Cargo-IMP 34, FSU.
    """
    number = next((name.value for name in movement.references if name.kind == "BL"), None)
    parsed = AirWaybillNumber.parse(number or "")
    told = movement.movements or (movement,)
    if parsed is None or not all(each.message_code in STATUSES for each in told):
        raise SenderError("A status message needs a waybill and statuses.", expected="references, message_code")
    lines = ["FSU/14", f"{parsed.canonical}{movement.loading_place or ''}{movement.unloading_place or ''}"]
    for each in told:
        parts = [each.message_code or "", each.transport.voyage if each.transport else None, _when(each), _where(each)]
        lines.append("/".join(part for part in parts if part))
        lines += [f"ULD/{device.id}" for device in each.equipment]
    return "\r\n".join(lines) + "\r\n"


def _when(movement: Movement) -> str | None:
    moment: datetime | None = movement.occurred or movement.arrived or movement.departed
    if moment is None:
        return dict(movement.statuses).get(_DAY)
    return f"{moment:%d}{MONTHS[moment.month - 1]}{moment:%H%M}"


def _where(movement: Movement) -> str | None:
    if movement.loading_place and movement.unloading_place:
        return f"{movement.loading_place}{movement.unloading_place}"
    return movement.location.id if movement.location else None
