# SPDX-License-Identifier: Apache-2.0
"""Queries answered: which events a query asks for, and the document that gives them.

In: parameters of a query, events in the form of JSON. Out: whether an event is asked for, and an `EPCISQueryDocument`. A
parameter that is not worked out here is refused by name: leaving it out would give more than was asked for.

Source: GS1 EPCIS 2.0 §8.2.7.1 (SimpleEventQuery), §12.8 (REST).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cocket.errors import SenderError
from cocket.model import Movement
from cocket.standards.epcis import vocabulary
from cocket.standards.epcis.events import restored, time_text, write_event
from cocket.standards.epcis.hashing import event_hash, names_of
from cocket.standards.epcis.identifiers import canonical
from cocket.standards.epcis.queries import check_query
from cocket.standards.epcis.tables import EVENTS, OLD_EVENT
from cocket.standards.epcis.vocabulary import Vocabulary
from cocket.standards.epcis.xml_form import CONTEXT
from cocket.standards.json_shape import time_of

_Test = Callable[[Mapping[str, Any], Any], bool]

#: Parameters that say how an answer is given, not which events are asked for.
HOW: Final = frozenset({"orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"})

_TIMES: Final = frozenset({"eventTime", "recordTime", "errorDeclarationTime", "errorDeclaration_Time"})
_NUMBERS: Final = frozenset({"eventCountLimit", "maxEventCount", "perPage"})
_SINGLE: Final = frozenset({"orderBy", "orderDirection", "nextPageToken"})


def query_from(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The query that the parameters of an address state.

    Args:
        pairs: Names and values in order; several values of a list are divided by `|`.

    Raises:
        SenderError: A name comes twice.

    Source: GS1 EPCIS 2.0 §12.8, OpenAPI of the REST bindings (`pipeDelimited`).
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise SenderError("A parameter is given twice.", code="epcis-query", found=name[:100])
        is_plain = name in _NUMBERS or name in _SINGLE or name[:3] in ("GE_", "LT_", "GT_", "LE_")
        found[name] = value if is_plain or name.startswith("EXISTS_") else value.split("|")
    return found


def require_query(query: Mapping[str, Any]) -> None:
    """See that a query is sound, and that all of it is worked out here.

    Raises:
        SenderError: A parameter is not of the standard, has a value that it cannot have, or is not supported; `findings` say which.

    Source: GS1 EPCIS 2.0 §8.2.7.1.
    """
    wrong = tuple(check_query(query))
    if wrong:
        raise SenderError("The query is not valid.", code="epcis-query", findings=wrong)
    for name in query:
        if name not in HOW and name != "@context" and _test_of(name) is None:
            raise SenderError(
                "This parameter of a query is not supported.",
                code="epcis-query-unsupported",
                found=name[:100],
                hint="docs/reference/partners/epcis.md lists the parameters that are.",
            )
    if str(query.get("orderBy", "eventTime")) not in ("eventTime", "recordTime"):
        raise SenderError(
            "Events are ordered by eventTime or recordTime alone.",
            code="epcis-query-unsupported",
            found=str(query["orderBy"])[:100],
        )
    if "eventCountLimit" in query and "maxEventCount" in query:
        raise SenderError("eventCountLimit and maxEventCount exclude each other.", code="epcis-query")


def asks_for(query: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether a sound query asks for an event.

    Args:
        query: Values by name (`require_query` has passed it).
        event: The event in the form of JSON, with its `recordTime` where one is asked about.

    Source: GS1 EPCIS 2.0 §8.2.7.1: all parameters must hold; of the values of one, any.
    """
    for name, value in query.items():
        if name in HOW or name == "@context":
            continue
        test = _test_of(name)
        if test is None or not test(event, value):
            return False
    return True


def ordered(query: Mapping[str, Any], events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events in the order that a query asks for, and no more than it asks for.

    Raises:
        SenderError: There are more than `maxEventCount`.

    Source: GS1 EPCIS 2.0 §8.2.7.1: descending unless told otherwise.
    """
    found = list(events)
    if "orderBy" in query:
        field, is_up = str(query["orderBy"]), query.get("orderDirection") == "ASC"
        dated = [(time_of(one.get(field)), one) for one in found]
        known = [(at, one) for at, one in dated if at is not None]
        known.sort(key=lambda each: each[0], reverse=not is_up)
        found = [one for _, one in known] + [one for at, one in dated if at is None]
    most = query.get("maxEventCount")
    if most is not None and len(found) > int(most):
        raise SenderError(
            "More events fit than maxEventCount lets be given.", code="epcis-query-large", expected=str(most)
        )
    limit = query.get("eventCountLimit")
    return found if limit is None else found[: int(limit)]


def events_of(document: Movement, recorded: datetime) -> list[dict[str, Any]]:
    """The events of a document as they are given out, each whole by itself.

    Args:
        document: What was read: a document with its events, or one event.
        recorded: When it was taken in, UTC.

    Returns:
        Events in the form of JSON (0..n): `recordTime` is ours; an event without `eventID` has its event hash as one; what its
        document said in `@context` beyond the standard's own goes with it.

    Source: GS1 EPCIS 2.0 §7.4.1 (recordTime, eventID), §10.1; GS1 CBV 2.0 §8.9 (event hash).
    """
    whole = restored(document.extensions) if document.movements else {}
    names = names_of({**whole, "type": document.message_name})
    further = [one for one in _contexts(whole.get("@context")) if one != CONTEXT]
    found = []
    is_event = document.message_name in (*EVENTS, OLD_EVENT) or document.occurred is not None
    for each in document.movements or ((document,) if is_event else ()):
        event = write_event(each)
        if "eventID" not in event:
            event["eventID"] = event_hash(event, names)
        own = [one for one in _contexts(event.pop("@context", None)) if one != CONTEXT]
        context = [*further, *(one for one in own if one not in further)]
        event["recordTime"] = time_text(recorded)
        found.append({"@context": context, **event} if context else event)
    return found


def query_document(
    events: Sequence[Mapping[str, Any]], name: str, now: datetime, subscription: str = ""
) -> dict[str, Any]:
    """The document in which events are given.

    Args:
        events: Events in the form of JSON (0..n).
        name: Name of the query.
        now: When it is made, UTC.
        subscription: Id of the subscription that it is sent for; empty for none.

    Source: GS1 EPCIS 2.0 §10.1, §8.2.7.
    """
    results: dict[str, Any] = {"queryName": name}
    if subscription:
        results["subscriptionID"] = subscription
    results["resultsBody"] = {"eventList": list(events)}
    return {
        "@context": [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": time_text(now.replace(microsecond=0)),
        "epcisBody": {"queryResults": results},
    }


def _contexts(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


# What each parameter asks of an event


def _strings(event: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        value = event.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                yield each


def _classes(event: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        listed = event.get(name)
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and isinstance(each.get("epcClass"), str):
                yield each["epcClass"]


def fits_pattern(asked: str, found: str) -> bool:
    """Whether an identifier is the one that is asked for, in whichever spelling, or fits a pattern whose last parts are stars.

    Source: GS1 EPCIS 2.0 §8.2.7.1.1; EPC Tag Data Standard 2.0 §8 (idpat).
    """
    if asked == found:
        return True
    if asked.startswith("urn:epc:idpat:"):
        name, _, key = asked.removeprefix("urn:epc:idpat:").partition(":")
        mine, _, theirs = found.removeprefix("urn:epc:id:").partition(":")
        if not found.startswith("urn:epc:id:") or mine != name:
            return False
        parts, others = key.split("."), theirs.split(".")
        fixed = [part for part in parts if part != "*"]
        if parts[: len(fixed)] != fixed:
            return False
        if len(others) > len(parts):  # the last part is a serial, which may hold points
            others = [*others[: len(parts) - 1], ".".join(others[len(parts) - 1 :])]
        return len(parts) == len(others) and parts[: len(fixed)] == others[: len(fixed)]
    one = canonical(asked)
    return one is not None and one == canonical(found)


def _matching(*names: str, classes: tuple[str, ...] = ()) -> _Test:
    def test(event: Mapping[str, Any], asked: Any) -> bool:
        held = [*_strings(event, *names), *_classes(event, *classes)]
        return any(fits_pattern(str(one), each) for one in _contexts(asked) for each in held)

    return test


def _word(name: str, words: Vocabulary, *inside: str) -> _Test:
    def test(event: Mapping[str, Any], asked: Any) -> bool:
        held: Any = event
        for step in inside:
            held = held.get(step) if isinstance(held, dict) else None
        values = _strings(held if isinstance(held, dict) else {}, name)
        wanted = {words.full(str(one)) for one in _contexts(asked)}
        return any(words.full(each) in wanted for each in values)

    return test


def _plain(name: str, *inside: str) -> _Test:
    def test(event: Mapping[str, Any], asked: Any) -> bool:
        held: Any = event
        for step in inside:
            held = held.get(step) if isinstance(held, dict) else None
        return any(each in _contexts(asked) for each in _strings(held if isinstance(held, dict) else {}, name))

    return test


def _place(name: str) -> _Test:
    def test(event: Mapping[str, Any], asked: Any) -> bool:
        place = event.get(name)
        held = place.get("id") if isinstance(place, dict) else None
        return isinstance(held, str) and any(fits_pattern(str(one), held) for one in _contexts(asked))

    return test


def _time(name: str, *, is_from: bool) -> _Test:
    def test(event: Mapping[str, Any], asked: Any) -> bool:
        held: Any = event
        if name.startswith("errorDeclaration"):
            held = event.get("errorDeclaration")
        at = time_of(held.get("declarationTime" if held is not event else name)) if isinstance(held, dict) else None
        limit = time_of(asked)
        if at is None or limit is None:
            return False
        return at >= limit if is_from else at < limit

    return test


def _listed(field: str, kind: str) -> _Test:
    """A transaction, source or destination of a type: the parameter ends in the type."""

    def test(event: Mapping[str, Any], asked: Any) -> bool:
        inner = field.removesuffix("List")
        values = event.get(field)
        for each in values if isinstance(values, list) else ():
            if not isinstance(each, dict) or not isinstance(each.get(inner), str):
                continue
            said = each.get("type")
            words = vocabulary.TRANSACTIONS
            same = said == kind or (
                isinstance(said, str) and field == "bizTransactionList" and words.full(said) == words.full(kind)
            )
            if (same or _tail(said) == kind) and each[inner] in _contexts(asked):
                return True
        return False

    return test


def _tail(said: Any) -> str | None:
    """The bare word at the end of a vocabulary's address."""
    return said.rsplit("-", 1)[-1].rsplit(":", 1)[-1] if isinstance(said, str) else None


def _quantity(sign: str) -> _Test:
    def test(event: Mapping[str, Any], asked: Any) -> bool:
        held = event.get("quantity")
        if isinstance(held, bool) or not isinstance(held, (int, float, Decimal)):
            return False
        number = Decimal(str(held))
        for one in _contexts(asked):
            try:
                limit = Decimal(str(one))
            except InvalidOperation:
                continue
            if {
                "EQ": number == limit, "GT": number > limit, "GE": number >= limit, "LT": number < limit, "LE": number <= limit,
            }[sign]:  # fmt: skip
                return True
        return False

    return test


_EPCS: Final = ("epcList", "childEPCs")
_FIXED: Final[dict[str, _Test]] = {
    "eventType": lambda event, asked: event.get("type") in _contexts(asked),
    "EQ_action": _plain("action"),
    "EQ_bizStep": _word("bizStep", vocabulary.STEPS),
    "EQ_disposition": _word("disposition", vocabulary.DISPOSITIONS),
    "EQ_persistentDisposition_set": _word("set", vocabulary.DISPOSITIONS, "persistentDisposition"),
    "EQ_persistentDisposition_unset": _word("unset", vocabulary.DISPOSITIONS, "persistentDisposition"),
    "EQ_readPoint": _place("readPoint"),
    "EQ_bizLocation": _place("bizLocation"),
    "EQ_eventID": _plain("eventID"),
    "EQ_transformationID": _plain("transformationID"),
    "EQ_errorReason": _word("reason", vocabulary.REASONS, "errorDeclaration"),
    "EQ_correctiveEventID": _plain("correctiveEventIDs", "errorDeclaration"),
    "EXISTS_errorDeclaration": lambda event, _: isinstance(event.get("errorDeclaration"), dict),
    "EXISTS_sensorElementList": lambda event, _: bool(event.get("sensorElementList")),
    "EXISTS_ilmd": lambda event, _: bool(event.get("ilmd")),
    "MATCH_epc": _matching(*_EPCS),
    "MATCH_parentID": _matching("parentID"),
    "MATCH_inputEPC": _matching("inputEPCList"),
    "MATCH_outputEPC": _matching("outputEPCList"),
    "MATCH_anyEPC": _matching(*_EPCS, "parentID", "inputEPCList", "outputEPCList"),
    "MATCH_epcClass": _matching("epcClass", classes=("quantityList", "childQuantityList")),
    "MATCH_inputEPCClass": _matching(classes=("inputQuantityList",)),
    "MATCH_outputEPCClass": _matching(classes=("outputQuantityList",)),
    "MATCH_anyEPCClass": _matching(
        "epcClass", classes=("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
    ),
    **{f"GE_{name}": _time(name, is_from=True) for name in _TIMES},
    **{f"LT_{name}": _time(name, is_from=False) for name in _TIMES},
    **{f"{sign}_quantity": _quantity(sign) for sign in ("EQ", "GT", "GE", "LT", "LE")},
}

#: Parameters that are worked out, for the documentation; those that end in `_` go on with a type.
SUPPORTED: Final = tuple(sorted((*_FIXED, *HOW, "EQ_bizTransaction_", "EQ_source_", "EQ_destination_")))


def _test_of(name: str) -> _Test | None:
    for field in ("bizTransaction", "source", "destination"):
        if name.startswith(f"EQ_{field}_"):
            return _listed(f"{field}List", name.removeprefix(f"EQ_{field}_"))
    return _FIXED.get(name)
