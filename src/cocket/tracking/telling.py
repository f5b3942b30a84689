# SPDX-License-Identifier: Apache-2.0
"""A journey as events for others: EPCIS 2.0 for all that happened, DCSA IoT for doors and seals that were opened.

Gives movements of the model, which `cocket.standards` writes as `epcis` and `dcsa`. Nobody's leave, no alert and no
guarantee is told: those are the administration's own.
Source: GS1 EPCIS 2.0 §7.4 and CBV 2.0 §7.1 (business steps), §7.2 (dispositions); DCSA IoT Commercial 1.0 (`DETC`, `DRO`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from cocket.codes import EquipmentNumber
from cocket.model import Extension, Movement, TransportEquipment
from cocket.tracking.admission import when
from cocket.tracking.case import Case, Fix
from cocket.tracking.events import Position
from cocket.tracking.geometry import Fence
from cocket.tracking.journey import Journey
from cocket.tracking.seals import Turn, follow

#: Most fixes that are told of one device; they are chosen evenly.
MOST_FIXES = 500

#: State of a seal → CBV disposition of what it shuts; states that say nothing of that are left out.
_DISPOSITIONS = {
    "sealed": "container_closed",
    "unsealed": "container_open",
    "open": "container_open",
    "breached": "container_open",
    "tampered": "damaged",
}

_READINGS = (
    ("temperature_c", "Temperature", "CEL"),
    ("humidity_percent", "RelativeHumidity", "A93"),
    ("light_lux", "Illuminance", "LUX"),
)


def epcis_of(journey: Journey, cases: Iterable[tuple[str, Case]], arrived: datetime | None, now: datetime) -> Movement:
    """A journey as an EPCIS document: departure, places with readings, what its seals went through, arrival.

    Args:
        journey: The journey.
        cases: Its devices, each as the rules look at it (0..n).
        arrived: When it arrived; None if not yet.
        now: When this is told (UTC).

    Returns:
        A document of events in order of time.

    Source: GS1 EPCIS 2.0 §7.4.2 (ObjectEvent).
    """
    events = [_event(journey, journey.starts_at, "departing", _of(journey.departure), [_disposition("in_transit")])]
    for device, case in cases:
        events += _places(journey, device, case)
        events += [_seal(journey, device, turn) for turn in follow(case.seal_events, journey)]
    if arrived is not None:
        events.append(_event(journey, arrived, "arriving", _of(journey.destination)))
    ordered = sorted(events, key=lambda event: event.occurred or now)
    return Movement(message_name="EPCISDocument", occurred=now, movements=tuple(ordered))


def dcsa_of(journey: Journey, cases: Iterable[tuple[str, Case]]) -> tuple[Movement, ...]:
    """Doors and seals of a journey's containers that were opened, as events of DCSA IoT (0..n), in order of time.

    Source: DCSA IoT Commercial 1.0.
    """
    events = []
    for device, case in cases:
        doors = [event for event in case.events if event.door == "open"]
        opened = [turn.event for turn in follow(case.seal_events, journey) if turn.sign in ("opened", "parted")]
        last: datetime | None = None
        for event in sorted({one.id: one for one in (*doors, *opened)}.values(), key=when):
            if last is None or (when(event) - last).total_seconds() > _SAME_OPENING_S:
                events.append(_iot(journey, device, (event.id, event.equipment, when(event))))
            last = when(event)
    return tuple(sorted(events, key=lambda event: event.functional_reference or ""))


#: Messages of an open door nearer than this to each other tell of one opening.
_SAME_OPENING_S = 1800.0


def _iot(journey: Journey, device: str, told: tuple[str, str | None, datetime]) -> Movement:
    name, equipment, at = told
    boxes = (equipment,) if equipment else journey.equipment
    return Movement(
        message_name="IOT",
        message_code="DETC",
        functional_reference=f"{at:%Y%m%dT%H%M%SZ}-{name[:12]}",
        occurred=at,
        equipment=tuple(TransportEquipment(id=box) for box in boxes[:1]),
        statuses=(("classifier", "ACT"), ("iot", "DRO")),
    )


def _event(
    journey: Journey, at: datetime, step: str, point: str | None, more: Iterable[tuple[str, Any]] = ()
) -> Movement:
    """An observation of the journey's containers."""
    rest: dict[str, Any] = {
        "epcList": _things(journey),
        "bizTransactionList": [{"bizTransaction": f"urn:uuid:{journey.id}"}],
        **({"readPoint": {"id": point}} if point else {}),
        **dict(more),
    }
    return Movement(
        message_name="ObjectEvent",
        action_code="OBSERVE",
        message_code=step,
        occurred=at,
        extensions=tuple(
            Extension(f"/{name}", msgspec.json.encode(value).decode()) for name, value in sorted(rest.items())
        ),
    )


def _places(journey: Journey, device: str, case: Case) -> Iterator[Movement]:
    step = max(1, -(-len(case.fixes) // MOST_FIXES))
    for fix in case.fixes[::step]:
        reports = _reports(fix)
        sensors = [_sensors(device, fix, reports)] if reports else []
        more = [("sensorElementList", sensors)] if sensors else []
        yield _event(journey, when(fix.event), "transporting", _geo(fix.place), more)


def _reports(fix: Fix) -> list[dict[str, Any]]:
    return [
        {"type": kind, "value": value, "uom": unit}
        for field, kind, unit in _READINGS
        if (value := getattr(fix.event, field)) is not None
    ]


def _sensors(device: str, fix: Fix, reports: list[dict[str, Any]]) -> dict[str, Any]:
    time = when(fix.event).isoformat().replace("+00:00", "Z")
    return {"sensorMetadata": {"time": time, "deviceID": _urn("device", device)}, "sensorReport": reports}


def _seal(journey: Journey, device: str, turn: Turn) -> Movement:
    """A change of a seal: the container is looked at, and its state is told."""
    place = turn.event.position
    disposition = _DISPOSITIONS.get(turn.after)
    step = "inspecting" if turn.leave == "given" else "sensor_reporting"
    time = when(turn.event).isoformat().replace("+00:00", "Z")
    word = f"seal {turn.number or 'of unknown number'} {turn.sign}"
    report: dict[str, Any] = {"type": "urn:cocket:measurement:seal", "stringValue": word}
    if turn.alert is not None:
        report["exception"] = "ALARM_CONDITION"
    element = {
        "sensorMetadata": {"time": time, "deviceID": _urn("device", device)},
        "sensorReport": [report],
    }
    more: list[tuple[str, Any]] = [("sensorElementList", [element])]
    if disposition is not None:
        more.append(_disposition(disposition))
    return _event(journey, when(turn.event), step, _geo(place) if place else None, more)


def _disposition(word: str) -> tuple[str, Any]:
    return "disposition", word


def _things(journey: Journey) -> list[str]:
    """The containers as EPC URNs where they have a number of ISO 6346, else under names of our own."""
    names = []
    for number in journey.equipment:
        known = EquipmentNumber.parse(number)
        names.append(f"urn:epc:id:bic:{known.canonical}" if known is not None else _urn("equipment", number))
    return names or [f"urn:uuid:{journey.id}"]


def _urn(kind: str, name: str) -> str:
    return f"urn:cocket:{kind}:{quote(name, safe='')}"


def _of(fence: Fence) -> str:
    return _urn("office", fence.name)


def _geo(place: Position) -> str:
    return f"geo:{place.lat:.7f},{place.lon:.7f}"
