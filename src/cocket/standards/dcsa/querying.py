# SPDX-License-Identifier: Apache-2.0
"""Questions for events of Track and Trace: parameters of both editions, and whether an event is asked for.

Source: DCSA Track and Trace 2.2 (`GET /v2/events`), 3.0 beta 1 and 3.0 (`GET /v3/events`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.standards.json_shape import time_of

#: Editions of Track and Trace whose events are given.
Edition = Literal["2.2.0", "3.0.0"]
OLD: Final[Edition] = "2.2.0"
NEW: Final[Edition] = "3.0.0"

#: Parameter → members of an event of which one is compared with it, at whatever depth.
_MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "eventType": ("eventType", "eventTypeCode"),
    "shipmentEventTypeCode": ("shipmentEventTypeCode",),
    "documentTypeCode": ("documentTypeCode",),
    "transportEventTypeCode": ("transportEventTypeCode",),
    "equipmentEventTypeCode": ("equipmentEventTypeCode",),
    "equipmentReference": ("equipmentReference",),
    "transportCallID": ("transportCallID", "transportCallReference"),
    "vesselIMONumber": ("vesselIMONumber",),
    "carrierServiceCode": ("carrierServiceCode",),
    "carrierVoyageNumber": ("carrierVoyageNumber", "carrierImportVoyageNumber", "carrierExportVoyageNumber"),
    "exportVoyageNumber": ("exportVoyageNumber", "carrierExportVoyageNumber"),
    "UNLocationCode": ("UNLocationCode",),
    "eventID": ("eventID",),
}

#: Parameter → codes of documents whose reference is compared with it; empty for any.
_REFERENCES: Final[dict[str, tuple[str, ...]]] = {
    "transportDocumentReference": ("TRD", "BOL", "SWB", "MBL", "HBL"),
    "carrierBookingReference": ("BKG", "CBR"),
    "documentReference": (),
}

#: What the later edition calls a parameter of several values.
_PLURALS: Final = {
    f"{one}s": one
    for one in (
        "eventType",
        "shipmentEventTypeCode",
        "documentTypeCode",
        "transportEventTypeCode",
        "equipmentEventTypeCode",
    )
}

#: Parameter of a time, and members of which the first that is there is compared.
_TIMES: Final[dict[str, tuple[str, ...]]] = {
    "eventCreatedDateTime": ("eventCreatedDateTime", "eventUpdatedDateTime"),
    "eventUpdatedDateTime": ("eventUpdatedDateTime", "eventCreatedDateTime"),
    "eventDateTime": ("eventDateTime",),
}
_WAYS: Final = {
    "": "eq",
    ":gte": "gte",
    ":gt": "gt",
    ":lte": "lte",
    ":lt": "lt",
    ":eq": "eq",
    "Min": "gte",
    "Max": "lt",
}
_MOST: Final = 50


class EventQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What events are asked for; all of it has to hold.

    Attributes:
        members: Parameter → values, of which a member has one (0..n).
        references: Parameter → values, of which a reference to a document of its kind has one (0..n).
        times: Parameter, way of comparing, and time (0..n).
    """

    members: tuple[tuple[str, frozenset[str]], ...] = ()
    references: tuple[tuple[str, frozenset[str]], ...] = ()
    times: tuple[tuple[str, str, datetime], ...] = ()


def read_query(parameters: Iterable[tuple[str, str]]) -> EventQuery:
    """A question by its parameters, but for those of pages.

    Args:
        parameters: Names and values as they stand in the address.

    Raises:
        SenderError: A parameter is not known or its value is none; leaving it out would give more than was asked for.

    Source: DCSA Track and Trace 2.2, 3.0.
    """
    members: dict[str, frozenset[str]] = {}
    references: dict[str, frozenset[str]] = {}
    times: list[tuple[str, str, datetime]] = []
    for name, value in parameters:
        single = _PLURALS.get(name, name)
        values = frozenset(one.strip().upper() for one in value.split(",") if one.strip())
        time = re.fullmatch(r"(event(?:Created|Updated)?DateTime)(:\w{2,3}|Min|Max)?", name)
        if time is not None and (time[2] or "") in _WAYS:
            at = time_of(value.replace(" ", "+"))
            if at is None:
                raise _wrong("This is not a time.", name, value)
            times.append((time[1], _WAYS[time[2] or ""], at))
        elif not values or len(values) > _MOST:
            raise _wrong("This parameter has no value, or too many.", name, value)
        elif single in _MEMBERS:
            members[single] = values
        elif name in _REFERENCES:
            references[name] = values
        else:
            raise _wrong("There is no such parameter here.", name, value)
    return EventQuery(members=tuple(members.items()), references=tuple(references.items()), times=tuple(times))


def events_in(value: Any) -> tuple[dict[str, Any], ...]:
    """Events of a push as they stand in it: one event, a list, or an object with `events` (0..n).

    Source: DCSA Track and Trace 2.2, 3.0.
    """
    listed = value.get("events", [value]) if isinstance(value, dict) else value
    return tuple(one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()


def edition_of(event: Mapping[str, Any]) -> Edition | Literal["IoT 1.0"] | None:
    """By which edition an event is stated, by its members; None where it is none, such as a paper.

    Source: DCSA Track and Trace 2.2, 3.0; IoT Commercial 1.0.
    """
    if "eventClassification" in event or "isRetracted" in event:
        return NEW
    if "eventType" in event:
        return OLD
    return "IoT 1.0" if "metadata" in event and "payload" in event else None


def asks_for(query: EventQuery, event: Mapping[str, Any]) -> bool:
    """Whether an event is asked for.

    Source: DCSA Track and Trace 2.2, 3.0.
    """
    nodes = list(_nodes(event))
    for name, values in query.members:
        if not any(str(one.get(member, "")).upper() in values for one in nodes for member in _MEMBERS[name]):
            return False
    for name, values in query.references:
        if not any(value.upper() in values for value in _references(name, nodes)):
            return False
    return all(_is_then(nodes, *one) for one in query.times)


#: How a reference to a document is spelt: the kind of the document, and its number.
_SPELT: Final = (
    ("documentReferenceType", "documentReferenceValue"),
    ("documentTypeCode", "documentID"),
    ("typeCode", "reference"),
    ("type", "value"),
)


def _references(name: str, nodes: list[Mapping[str, Any]]) -> Iterator[str]:
    kinds = _REFERENCES[name]
    for one in nodes:
        if isinstance(one.get(name), str):
            yield one[name]
        for kind, value in _SPELT:
            if isinstance(one.get(kind), str) and isinstance(one.get(value), str) and (not kinds or one[kind] in kinds):
                yield one[value]


def _is_then(nodes: list[Mapping[str, Any]], name: str, way: str, at: datetime) -> bool:
    told = next((found for member in _TIMES[name] for one in nodes if (found := time_of(one.get(member)))), None)
    if told is None:
        return False
    return {"gte": told >= at, "gt": told > at, "lte": told <= at, "lt": told < at, "eq": told == at}[way]


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            yield one
            waiting += list(one.values())
        elif isinstance(one, list):
            waiting += one


def _wrong(words: str, name: str, value: str) -> SenderError:
    return SenderError(words, code="dcsa-parameter", pointer=name[:80], found=f"{name[:80]}={value[:80]}")
