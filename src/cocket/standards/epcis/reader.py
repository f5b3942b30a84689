# SPDX-License-Identifier: Apache-2.0
"""Documents, single events and queries → the reading.

Source: GS1 EPCIS 2.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cocket.findings import Finding, Gathered
from cocket.model import Movement, Reading
from cocket.model.message import Function
from cocket.standards.epcis.checks import Events, finding
from cocket.standards.epcis.events import extensions_of, named, read_event
from cocket.standards.epcis.hashing import names_of
from cocket.standards.epcis.queries import check_poll, check_query, looks_like_query
from cocket.standards.epcis.tables import EVENTS, OLD_EVENT
from cocket.standards.json_shape import time_of
from cocket.standards.kind import Options

#: Name of the one profile.
NAME = "epcis"

#: Where the events stand in each kind of document.
BODIES = {
    "EPCISDocument": ("epcisBody",),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody"),
}
OTHERS = ("EPCISMasterDataDocument", "EPCISCaptureJob", "EPCISException")

#: What a query is called, which has no name of its own in JSON.
QUERY = "EPCISQuery"


def kind_of(value: Any) -> str | None:
    """What a JSON value is in EPCIS, by its looks; None if it is nothing of it.

    Source: GS1 EPCIS 2.0 §10, §12.8.
    """
    if not isinstance(value, dict):
        return None
    kind = value.get("type")
    if isinstance(kind, str):
        is_event = "eventTime" in value and "eventTimeZoneOffset" in value
        known = (*BODIES, *OTHERS, *EVENTS, OLD_EVENT)
        return kind if kind in known else "event" if is_event else None
    if "epcisBody" in value:
        return "EPCISDocument"
    return QUERY if looks_like_query(value) else None


def read_form(value: dict[str, Any], standard: str, options: Options, before: Iterable[Finding] = ()) -> Reading:
    """Read and check a document, an event or a query.

    Args:
        value: It in the form of JSON.
        standard: Name of the standard, which tells XML from JSON.
        options: How to read.
        before: What is wrong with what the form of JSON does not have, such as the order of elements (0..n).

    Returns:
        The reading. A refused message is read too, as far as it goes.

    Source: GS1 EPCIS 2.0.
    """
    told = Gathered(options.limit)
    told.extend(before)
    document = _read(value)
    for each in _check(value, is_xml=standard != NAME):
        told.add(each)
    version = value.get("schemaVersion")
    reference = _reference(value, document)
    return Reading(
        standard=standard,
        version=version if isinstance(version, str) else "2.0",
        profile=NAME,
        outcome="refused" if told.has_error else "accepted",
        document=document,
        findings=told.result(),
        function=_function(value),
        reference=reference,
    )


def events_in(value: dict[str, Any]) -> list[Any] | None:
    """The list of events of a document; None if it has none or is a single event.

    Source: GS1 EPCIS 2.0 §10.
    """
    inner: Any = value
    for name in BODIES.get(str(value.get("type")), ("epcisBody",)):
        inner = inner.get(name) if isinstance(inner, dict) else None
    events = inner.get("eventList") if isinstance(inner, dict) else None
    return events if isinstance(events, list) and all(isinstance(each, dict) for each in events) else None


def _read(value: dict[str, Any]) -> Movement:
    events = events_in(value)
    if events is None:
        if kind_of(value) in (*EVENTS, OLD_EVENT, "event"):
            return read_event(value)
        rest = {name: each for name, each in value.items() if name != "type" or not isinstance(each, str)}
        kind = value.get("type")
        return Movement(message_name=kind if isinstance(kind, str) else QUERY, extensions=extensions_of(rest))
    movements = tuple(map(read_event, events))
    rest = {name: each for name, each in value.items() if name != "type"}
    emptied: dict[str, Any] = rest
    for name in BODIES.get(str(value.get("type")), ("epcisBody",)):
        emptied[name] = dict(emptied[name])
        emptied = emptied[name]
    del emptied["eventList"]
    return Movement(
        message_name=value.get("type") if isinstance(value.get("type"), str) else None,
        movements=movements,
        references=named(each for movement in movements for each in movement.references),
        extensions=extensions_of(rest),
    )


def _check(value: dict[str, Any], *, is_xml: bool) -> Iterator[Finding]:
    yield from _check_version(value, is_xml=is_xml)
    kind = kind_of(value)
    if kind == QUERY:
        yield from check_query(value)
        return
    judge = Events(names_of(value, is_xml=is_xml), time_of(value.get("creationDate")))
    if kind in (*EVENTS, OLD_EVENT, "event"):
        yield from judge.check_document(value, "Contextless")
        yield from judge.check(value, "")
        return
    yield from judge.check_document(value, str(kind))
    yield from check_poll(value)
    steps = BODIES.get(str(kind), ("epcisBody",))
    inner: Any = value
    for name in steps:
        inner = inner.get(name) if isinstance(inner, dict) else None
    events = inner.get("eventList") if isinstance(inner, dict) else None
    for number, event in enumerate(events if isinstance(events, list) else ()):
        yield from judge.check(event, f"/{'/'.join(steps)}/eventList/{number}")


def _check_version(value: dict[str, Any], *, is_xml: bool) -> Iterator[Finding]:
    version = value.get("schemaVersion")
    known = ("1", "2") if is_xml else ("2",)
    if isinstance(version, str) and version.partition(".")[0] not in known:
        yield finding("version-unknown", "/schemaVersion", " or ".join(f"{each}.x" for each in known), version)


def _function(value: dict[str, Any]) -> Function:
    """A message whose events are all declared wrong takes them back; any other tells something new."""
    events = events_in(value)
    events = [value] if events is None else events
    return "cancellation" if events and all("errorDeclaration" in each for each in events) else "original"


def _reference(value: dict[str, Any], document: Movement) -> str | None:
    name = value.get("instanceIdentifier")
    if isinstance(name, str) and name.strip():
        return name.strip()
    if len(document.movements) == 1:
        return document.movements[0].functional_reference
    return document.functional_reference
