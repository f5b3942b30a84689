# SPDX-License-Identifier: Apache-2.0
"""What DCSA's definitions ask for in words: what stands beside what, codes that a pattern leaves open, numbers that are
right.

Source: DCSA Track and Trace 3.0 and 2.2, Operational Vessel Schedules 3.0, descriptions of the attributes; ISO 6346;
IMO resolution A.1117(30) (ship identification number); UNECE Recommendation 16.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cocket.codes import EquipmentNumber, ShipNumber
from cocket.findings import Finding, Severity
from cocket.standards.dcsa.messages import Message, shape
from cocket.standards.json_shape import escaped

SENTENCES = {
    "type": "the value is not of the type {expected}",
    "missing": "{expected} is missing",
    "unexpected": "there is no field {found} here",
    "length": "the text is not of a length within {expected}",
    "pattern": "the text does not follow {expected}",
    "code": "the value is not one of {expected}",
    "range": "the number is not within {expected}",
    "count": "there are {found} where {expected} are allowed",
    "repeated": "a value appears twice",
    "empty": "the required content is missing: {expected}",
    "event-type": "{found} is not a kind of event; expected one of {expected}",
    "event-detail": "an event of kind {found} has {expected}",
    "location": "{found} is not a UN/LOCODE",
    "equipment": "{found} is not a container number: its check digit or form is wrong",
    "vessel": "{found} is not an IMO number: its check digit is wrong",
    "message-unknown": "this is not a known DCSA message",
    "member-unknown": "the standard has no member {found} here; it is preserved",
}
_WARNINGS = frozenset({"equipment", "vessel", "member-unknown"})
_VALUES = "the value is not valid: {expected} is expected"

#: Kinds of events of Track and Trace 3.0: the code of their kind, and what must stand beside.
_KINDS = {
    "SHIPMENT": ("shipmentEventTypeCode", "shipmentDetails"),
    "TRANSPORT": ("transportEventTypeCode", "transportDetails"),
    "EQUIPMENT": ("equipmentEventTypeCode", "equipmentDetails"),
    "IOT": ("iotEventTypeCode", "iotDetails"),
    "REEFER": ("reeferEventTypeCode", "reeferDetails"),
}
_ALWAYS = ("eventID", "eventDateTime", "eventClassification")
_CLASSIFIERS = ("ACT", "EST", "PLN")
#: Lists without which an array has nothing to say.
_POINT = {"service-schedules": "vesselSchedules"}


def finding(kind: str, pointer: str, expected: str | None = None, found: str | None = None) -> Finding:
    """One finding.

    Args:
        kind: One of `SENTENCES`, or the name of a value that something is not.
        pointer: Where, as a JSON pointer.
        expected: What would have been right.
        found: What was there.

    Source: DCSA's definitions.
    """
    severity: Severity = "warning" if kind in _WARNINGS else "error"
    return Finding(
        code=f"dcsa-{kind}",
        severity=severity,
        message=SENTENCES.get(kind, _VALUES),
        location=pointer or None,
        expected=None if expected is None else expected[:200],
        found=None if found is None else found[:200],
    )


def check(value: Any, message: Message) -> Iterator[Finding]:
    """What is wrong with a message.

    Args:
        value: The message.
        message: Which it is.

    Source: DCSA's definitions.
    """
    parts = list(enumerate(value)) if message.is_list else [(None, value)]
    for number, part in parts:
        pointer = "" if number is None else f"/{number}"
        name = _class_of(part, message)
        for fault in shape().faults(part, name, pointer):
            yield finding(fault.kind, fault.pointer, fault.expected, fault.found)
        point = _POINT.get(message.name)
        if point is not None and isinstance(part, dict) and point not in part:
            yield finding("empty", f"{pointer}/{point}", point)
        if isinstance(part, dict):
            yield from _unknown(part, name, pointer)
            yield from _check_numbers(part, pointer)
    if message.name == "tnt-events" and isinstance(value.get("events"), list):
        for number, event in enumerate(value["events"]):
            yield from _check_event(event, f"/events/{number}")


def _class_of(part: Any, message: Message) -> str:
    """The class that a part is to be: of several, the one of its event type."""
    if len(message.shape) > 1 and isinstance(part, dict):
        wanted = str(part.get("eventType")).lower()
        return next((name for name in message.shape if wanted in name.lower()), message.shape[0])
    return message.shape[0]


def _unknown(part: dict[str, Any], name: str, pointer: str) -> Iterator[Finding]:
    made = shape().classes[name]
    if not made.is_closed and not made.also:
        for member in part:
            if member not in made.fields:
                yield finding("member-unknown", f"{pointer}/{escaped(member)}", found=member)


def _check_event(event: Any, pointer: str) -> Iterator[Finding]:
    """The rules of an event of Track and Trace 3.0."""
    if not isinstance(event, dict):
        return
    if event.get("isRetracted") is True and isinstance(event.get("eventID"), str):
        return  # nothing else of it counts
    for name in _ALWAYS:
        if name not in event:
            yield finding("missing", f"{pointer}/{name}", name)
    kinds = event.get("eventClassification")
    if not isinstance(kinds, dict):
        return
    place = f"{pointer}/eventClassification"
    kind = kinds.get("eventTypeCode")
    if not isinstance(kind, str) or kind not in _KINDS:
        yield finding("event-type", f"{place}/eventTypeCode", ", ".join(_KINDS), None if kind is None else str(kind))
        return
    code, detail = _KINDS[kind]
    if code not in kinds:
        yield finding("event-detail", f"{place}/{code}", code, kind)
    if detail not in event:
        yield finding("event-detail", f"{pointer}/{detail}", detail, kind)
    classifier = kinds.get("eventClassifierCode")
    if classifier is not None and classifier not in _CLASSIFIERS:
        yield finding("code", f"{place}/eventClassifierCode", ", ".join(_CLASSIFIERS), str(classifier))


def _check_numbers(part: Any, pointer: str) -> Iterator[Finding]:
    """Locations, containers and ships by their numbers, wherever they stand."""
    pairs: Any = part.items() if isinstance(part, dict) else enumerate(part)
    for name, each in pairs:
        place = f"{pointer}/{escaped(str(name))}"
        if isinstance(each, (dict, list)):
            yield from _check_numbers(each, place)
        elif not isinstance(each, str):
            continue
        elif name == "UNLocationCode" and not (
            len(each) == 5 and each.isalnum() and each.isupper() and each[:2].isalpha()
        ):
            yield finding("location", place, found=each)
        elif name == "equipmentReference" and not _is_container(each):
            yield finding("equipment", place, found=each)
        elif name == "vesselIMONumber" and not _is_ship(each):
            yield finding("vessel", place, found=each)


def _is_container(text: str) -> bool:
    number = EquipmentNumber.parse(text)
    return number is not None and number.check_digit_ok


def _is_ship(text: str) -> bool:
    number = ShipNumber.parse(text)
    return number is not None and number.value == text and number.check_digit_ok
