# SPDX-License-Identifier: Apache-2.0
"""What a table cannot say of events: what belongs together, what a sensor can measure, whether a hash fits.

Source: GS1 EPCIS 2.0 §7.4; GS1 CBV 2.0 §7 and §8; facts re-stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from cocket.findings import Finding, Severity
from cocket.standards.epcis import vocabulary
from cocket.standards.epcis.hashing import Names, event_hash
from cocket.standards.epcis.identifiers import canonical, is_check_digit_right
from cocket.standards.epcis.tables import EVENTS, OLD_EVENT, SHAPE
from cocket.standards.epcis.vocabulary import words
from cocket.standards.json_shape import Fault, escaped, time_of

#: What the codes say.
SENTENCES = {
    "version-unknown": "the edition {found} is not one that is read in this form: {expected}",
    "message-unknown": "this is not an EPCIS document, event or query",
    "type": "the value is not of the type {expected}",
    "missing": "{expected} is missing",
    "unexpected": "there is no field {found} here; custom fields need a prefix",
    "length": "the text is not of a length within {expected}",
    "pattern": "the text does not follow {expected}",
    "code": "the value is not one of {expected}",
    "range": "the number is not within {expected}",
    "count": "there are {found} where {expected} are allowed",
    "repeated": "a value appears twice",
    "order": "{found} must come before {expected}",
    "event-type": "unknown event type {found}; expected one of {expected}",
    "event-id-repeated": "another event in this document has the same id but different content",
    "event-hash": "the id is the hash of different content; the hash of this event is {expected}",
    "master-data-action": "master data of instances are for events that add, not for {found}",
    "time-ahead": "the event happened at {found}, after the document was made at {expected}",
    "time-behind": "the event happened at {found}, more than a year before the document was made",
    "declared-other": "the error is declared on the event {found}, which is not this one, {expected}",
    "measurement-unknown": "{found} is not a known measurement type",
    "unit": "the unit {found} does not measure {expected}",
    "implausible": "the value {found} is not one that a sensor on goods would give",
    "check-digit": "the check digit of {found} is wrong",
    "prefix-unknown": "the prefix {found} is not declared in a context",
    "context-unknown": "the context {found} is not one of GS1; it was not fetched",
    "context-redefines": "the context redefines {found}, a name of the standard",
    "query-parameter": "there is no query parameter {found}",
    "query-value": "the value is not one that {expected} can have",
}
_WARNINGS = frozenset(
    words(
        "event-hash measurement-unknown time-ahead time-behind implausible check-digit prefix-unknown context-unknown"
        " version-unknown"
    )
)
_VALUES = "the value is not valid: {expected} is expected"
_HOSTS = ("ref.gs1.org", "gs1.github.io", "id.gs1.org", "gs1.org", "www.gs1.org")
_PREFIXED = frozenset({*vocabulary.STANDARD_PREFIXES, "epcis", "vtype", "rdf", "owl", "xsd"})
_YEAR = timedelta(days=366)
_CHILDREN = ("childEPCs", "childQuantityList")
_READINGS = ("value", "minValue", "maxValue", "meanValue")


def finding(kind: str, pointer: str, expected: str | None = None, found: str | None = None) -> Finding:
    """One finding.

    Args:
        kind: One of `SENTENCES`, or the name of a value that something is not.
        pointer: Where, as a JSON pointer.
        expected: What would have been right.
        found: What was there.

    Source: GS1 EPCIS 2.0.
    """
    severity: Severity = "warning" if kind in _WARNINGS else "error"
    return Finding(
        code=f"epcis-{kind}",
        severity=severity,
        message=SENTENCES.get(kind, _VALUES),
        location=pointer or None,
        expected=None if expected is None else expected[:200],
        found=None if found is None else found[:200],
    )


class Events:
    """Judges the events of one document, each by itself and against those before.

    Args:
        names: What the names in the document stand for.
        made: When the document was made; None where it does not say.
    """

    def __init__(self, names: Names, made: datetime | None) -> None:
        self._names, self._made = names, made
        self._hashes: dict[str, str] = {}

    def check_document(self, document: Mapping[str, Any], kind: str) -> Iterator[Finding]:
        """What is wrong with the document, its events aside.

        Args:
            document: The document in the form of JSON.
            kind: Its class in the table.

        Source: GS1 EPCIS 2.0 §9, §10.
        """
        yield from self.told(SHAPE.faults(document, kind))
        yield from _check_contexts(document.get("@context"))

    def check(self, event: Any, pointer: str) -> Iterator[Finding]:
        """What is wrong with an event.

        Args:
            event: The event in the form of JSON.
            pointer: Where it stands.

        Source: GS1 EPCIS 2.0 §7.4; GS1 CBV 2.0 §7, §8.
        """
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(kind, str):
            yield finding("missing", f"{pointer}/type", "type")
            return
        if kind not in (*EVENTS, OLD_EVENT) and ":" not in kind:
            yield finding("event-type", f"{pointer}/type", ", ".join(EVENTS), kind)
            return
        faults = [*self.told(SHAPE.faults(event, kind if ":" not in kind else "OtherEvent", pointer))]
        yield from faults
        if any(fault.severity == "error" for fault in faults):
            return
        for told in _check_together(event, kind, pointer):
            is_soft = self._names.is_xml and told.code == "epcis-master-data-action"
            yield structs.replace(told, severity="warning") if is_soft else told
        yield from self._check_times(event, pointer)
        yield from self._check_id(event, pointer)
        yield from _check_digits(event, pointer)
        for place, element in enumerate(event.get("sensorElementList", ())):
            for number, report in enumerate(element["sensorReport"]):
                yield from _check_report(report, f"{pointer}/sensorElementList/{place}/sensorReport/{number}")
        known = self._names.prefixes.keys() | _PREFIXED
        own = event.get("@context")
        if own is None:
            for name in event:
                prefix, colon, rest = name.partition(":")
                if colon and prefix not in known and not rest.startswith("//") and prefix != "urn":
                    yield finding("prefix-unknown", f"{pointer}/{escaped(name)}", found=prefix)
        else:
            yield from _check_contexts(own)

    def told(self, faults: Iterator[Fault]) -> Iterator[Finding]:
        """Findings of faults, those that the schema of XML does not know as warnings."""
        for fault in faults:
            told = finding(fault.kind, fault.pointer, fault.expected, fault.found)
            is_soft = self._names.is_xml and (
                fault.kind in _SOFT
                or bool(_SOFT_MISSING.search(fault.pointer))
                or (fault.pointer == "/creationDate" and time_of(f"{fault.found}Z") is not None)
            )
            yield structs.replace(told, severity="warning") if is_soft else told

    def _check_times(self, event: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
        happened, made = time_of(event["eventTime"]), self._made
        if happened is None or made is None:
            return
        if happened > made:
            yield finding("time-ahead", f"{pointer}/eventTime", made.isoformat(), event["eventTime"])
        elif made - happened > _YEAR:
            yield finding("time-behind", f"{pointer}/eventTime", found=event["eventTime"])

    def _check_id(self, event: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
        name = event.get("eventID")
        if name is None:
            return
        right = event_hash(event, self._names)
        if name.startswith("ni:///sha-256;") and name.lower() != right.lower():
            reason = event.get("errorDeclaration", {}).get("reason", "")
            kind = "declared-other" if vocabulary.REASONS.word_of(reason) == "did_not_occur" else "event-hash"
            yield finding(kind, f"{pointer}/eventID", right, name)
        if "errorDeclaration" not in event and self._hashes.setdefault(name, right) != right:
            yield finding("event-id-repeated", f"{pointer}/eventID", found=name)


def _check_together(event: Mapping[str, Any], kind: str, pointer: str) -> Iterator[Finding]:
    """What must stand beside what in an event of a kind."""
    action = event.get("action")
    if kind == "ObjectEvent" and action != "ADD" and "ilmd" in event:
        yield finding("master-data-action", f"{pointer}/ilmd", found=action)
    if kind in ("AggregationEvent", "AssociationEvent"):
        if "parentID" not in event:
            yield finding("missing", f"{pointer}/parentID", "parentID")
        if action != "DELETE" and not any(event.get(name) for name in _CHILDREN):
            yield finding("missing", pointer, " or ".join(_CHILDREN))
    elif kind == "TransactionEvent" and action != "DELETE" and "epcList" not in event and not event.get("quantityList"):
        yield finding("missing", pointer, "epcList or quantityList")
    elif kind == "TransformationEvent":
        taken = [any(event.get(side + name) for name in ("EPCList", "QuantityList")) for side in ("input", "output")]
        if not all(taken) and not (any(taken) and "transformationID" in event):
            yield finding("missing", pointer, "what goes in and what comes out, or a transformationID with either")


def _check_report(report: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
    unit, measured = report.get("uom"), report.get("type")
    word = vocabulary.MEASUREMENTS.word_of(measured or "")
    if measured is not None and not vocabulary.MEASUREMENTS.allows(measured):
        yield finding("measurement-unknown", f"{pointer}/type", found=measured)
    if word == "Temperature" and unit and unit not in vocabulary.DEGREES:
        yield finding("unit", f"{pointer}/uom", word, unit)
        return
    fits = vocabulary.MEASURES.get(unit or "")
    if fits is not None and word in vocabulary.MEASUREMENTS.words and word not in fits and word != "Dimensionless":
        yield finding("unit", f"{pointer}/uom", word, unit)
    low, high = vocabulary.PLAUSIBLE.get(unit or "", (-vocabulary.BELIEVED, vocabulary.BELIEVED))
    for name in _READINGS:
        value = report.get(name)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and not low <= value <= high:
            yield finding("implausible", f"{pointer}/{name}", found=str(value)[:40])


_IDENTIFIED = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")


def _check_digits(event: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
    places = [(f"{name}/{n}", each) for name in _IDENTIFIED for n, each in enumerate(event.get(name, ()))]
    places += [("parentID", event["parentID"])] if "parentID" in event else []
    places += [(f"{name}/id", event[name]["id"]) for name in ("readPoint", "bizLocation") if name in event]
    for place, value in places:
        if value.startswith("http"):
            link = canonical(value)
            if link is not None and not is_check_digit_right(link):
                yield finding("check-digit", f"{pointer}/{place}", found=value)


def _check_contexts(context: Any) -> Iterator[Finding]:
    for each in context if isinstance(context, list) else [context]:
        if isinstance(each, str):
            if each.partition("://")[2].partition("/")[0] not in _HOSTS:
                yield finding("context-unknown", "/@context", found=each)
        elif isinstance(each, dict):
            for name in each:
                if name in _TERMS:
                    yield finding("context-redefines", f"/@context/{escaped(name)}", found=name)


#: What the schema of the XML binding does not know: a thing listed twice, a certificate that is no URI; nor does it ask
#: for the offset of the time when a document was made.
_SOFT = frozenset({"repeated", "certificate"})
_SOFT_MISSING = re.compile(r"queryResults/queryName$|sensorReport/[0-9]+/type$")

_TERMS = frozenset(
    name for made in SHAPE.classes.values() for name in made.fields if not name.startswith("@")
) - {"type", "id"}  # fmt: skip
