# SPDX-License-Identifier: Apache-2.0
"""The messages of UN/CEFACT in JSON: which there are, how each is known by its members, and what is wrong with one.

Source: UN/CEFACT JSON schemas D23B: Maritime Bill of Lading, Cross-Border Management Consignment View, Smart Containers
IoT Device Notification; ISO 6346. Facts re-stated: what the reference data model has and a message forbids is not told
apart from what is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from cocket.codes import EquipmentNumber
from cocket.findings import Finding, Severity
from cocket.standards.json_shape import JsonShape, escaped
from cocket.standards.uncefact.drawing import is_decimal, text

BILL, CONSIGNMENT, NOTIFICATION = "bill-of-lading", "cross-border-consignment", "device-notification"

_SENTENCES = {
    "type": "the value is not of the type {expected}",
    "missing": "{expected} is missing",
    "code": "the value is not one of {expected}",
    "count": "there are {found} where {expected} are allowed",
    "decimal": "{found} is not a number in this format: digits in a string",
    "member-unknown": "the message has no member {found} here; it is preserved",
    "number-missing": "the document has no number",
    "equipment-number": "{found} is not a container number: its check digit is wrong",
    "message-unknown": "this is not a known UN/CEFACT message",
}
_WARNINGS = frozenset({"member-unknown", "equipment-number"})


def message_of(value: Any) -> str | None:
    """Which message a JSON value is, by its members; None if it is none.

    Source: the members that the schemas have and no other standard of this room.
    """
    if not isinstance(value, dict):
        return None
    if "exchangedDeclaration" in value:
        return CONSIGNMENT
    if "specifiedLogisticsTransportEquipment" in value:
        return NOTIFICATION
    return BILL if "exchangedDocument" in value and "specifiedConsignment" in value else None


def check(value: dict[str, Any], message: str) -> Iterator[Finding]:
    """What is wrong with a message.

    Args:
        value: The message.
        message: Which it is.

    Source: UN/CEFACT D23B.
    """
    for fault in shape().faults(value, message):
        yield finding(fault.kind, fault.pointer, fault.expected, fault.found)
    yield from _unknown(value, message, "")
    if message == BILL and text(value, "exchangedDocument", "id") is None:
        yield finding("number-missing", "/exchangedDocument/id")
    yield from _numbers(value, "", "")


def finding(kind: str, pointer: str, expected: str | None = None, found: str | None = None) -> Finding:
    """One finding.

    Source: UN/CEFACT D23B.
    """
    severity: Severity = "warning" if kind in _WARNINGS else "error"
    return Finding(
        code=f"uncefact-{kind}",
        severity=severity,
        message=_SENTENCES[kind],
        location=pointer or None,
        expected=None if expected is None else expected[:200],
        found=None if found is None else found[:200],
    )


@lru_cache(maxsize=1)
def shape() -> JsonShape:
    """The table of all messages.

    Source: UN/CEFACT JSON schemas D23B; facts re-stated.
    """
    table = resources.files("cocket.standards.uncefact").joinpath("tables.txt").read_text("utf-8")
    return JsonShape(table, {"decimal": is_decimal})


def _unknown(value: Any, name: str, pointer: str) -> Iterator[Finding]:
    """Members that the table does not have, at every depth."""
    kind = shape().classes[name]
    for member, each in value.items() if isinstance(value, dict) else ():
        place = f"{pointer}/{escaped(member)}"
        if member not in kind.fields:
            yield finding("member-unknown", place, found=member)
            continue
        for inner, at in ((each, place),) if not isinstance(each, list) else _placed(each, place):
            content = kind.fields[member].class_name
            if content is not None:
                yield from _unknown(inner, content, at)


def _placed(values: list[Any], pointer: str) -> Iterator[tuple[Any, str]]:
    return ((each, f"{pointer}/{number}") for number, each in enumerate(values))


def _numbers(value: Any, name: str, pointer: str) -> Iterator[Finding]:
    """Containers and places by their numbers, wherever they stand."""
    if isinstance(value, list):
        for each, at in _placed(value, pointer):
            yield from _numbers(each, name, at)
    elif isinstance(value, dict):
        if name.endswith("TransportEquipment") and (number := text(value, "id")):
            parsed = EquipmentNumber.parse(number)
            if parsed is None or not parsed.check_digit_ok:
                yield finding("equipment-number", f"{pointer}/id", found=number)
        for member, each in value.items():
            yield from _numbers(each, member, f"{pointer}/{escaped(member)}")
