# SPDX-License-Identifier: Apache-2.0
"""The event hash: one name for an event, the same whoever writes it and in whichever binding.

The event is brought into a canonical order and spelling, joined to one text and hashed; the result is a `ni` URI that
can stand as its `eventID`. When it was recorded, its own id and an error declaration are no part of it.

Source: GS1 CBV 2.0 §8.9 (event hash); RFC 6920 (ni URI).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from cocket.standards.epcis import vocabulary
from cocket.standards.epcis.identifiers import canonical
from cocket.standards.epcis.vocabulary import STANDARD_PREFIXES, Vocabulary, words
from cocket.standards.json_shape import time_of

Order = dict[str, "Order | None"]

_QUANTITY: Order = {"quantityElement": dict.fromkeys(("epcClass", "quantity", "uom"))}
_EPCS: Order = {"epc": None}
_METADATA: Order = dict.fromkeys(
    words("time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules")
)
_REPORT: Order = dict.fromkeys(
    words(
        "type exception deviceID deviceMetadata rawData dataProcessingMethod time microorganism chemicalSubstance value"
        " component stringValue booleanValue hexBinaryValue uriValue minValue maxValue meanValue sDev percRank percValue"
        " uom coordinateReferenceSystem"
    )
)

#: Fields in canonical order, each with the order within it. All others follow, sorted by their text.
_ORDER: Order = {
    "eventTime": None,
    "eventTimeZoneOffset": None,
    "certificationInfo": None,
    "parentID": None,
    "epcList": _EPCS,
    "inputEPCList": _EPCS,
    "childEPCs": _EPCS,
    "quantityList": _QUANTITY,
    "childQuantityList": _QUANTITY,
    "inputQuantityList": _QUANTITY,
    "outputEPCList": _EPCS,
    "outputQuantityList": _QUANTITY,
    "action": None,
    "transformationID": None,
    "bizStep": None,
    "disposition": None,
    "persistentDisposition": {"set": None, "unset": None},
    "readPoint": {"id": None},
    "bizLocation": {"id": None},
    "sensorElementList": {"sensorElement": {"sensorMetadata": _METADATA, "sensorReport": _REPORT}},
}

#: Pairs of a type and a name, in the order of their texts; they stand among the other fields.
_PAIRS = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}

#: Name of what a list holds, where JSON leaves it out.
_ITEMS = {
    "epcList": "epc",
    "inputEPCList": "epc",
    "childEPCs": "epc",
    "outputEPCList": "epc",
    "quantityList": "quantityElement",
    "childQuantityList": "quantityElement",
    "inputQuantityList": "quantityElement",
    "outputQuantityList": "quantityElement",
    "sensorElementList": "sensorElement",
}

_LEFT_OUT = frozenset({"recordTime", "eventID", "id", "type", "errorDeclaration", "@context", "rdfs:comment"})

_WORDS: dict[str, Vocabulary] = {
    "bizStep": vocabulary.STEPS,
    "disposition": vocabulary.DISPOSITIONS,
    "set": vocabulary.DISPOSITIONS,
    "unset": vocabulary.DISPOSITIONS,
    "component": vocabulary.COMPONENTS,
    "exception": vocabulary.ALERTS,
}
_TYPES = {
    "bizTransactionList": vocabulary.TRANSACTIONS,
    "sourceList": vocabulary.ENDS,
    "destinationList": vocabulary.ENDS,
    "sensorReport": vocabulary.MEASUREMENTS,
}

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*")
_TIMES = frozenset({"eventTime", "time", "startTime", "endTime"})


#: Prefixes that stand for their namespace in values of XML too; others are part of the value there.
_IN_XML_VALUES = ("gs1", "cbv")


class Names(msgspec.Struct, frozen=True):
    """What the names in a document stand for.

    Attributes:
        prefixes: Namespaces of the prefixes.
        ignored: Names, as `{namespace}local`, of extension fields that a repository puts in and that are left out.
        is_xml: Whether it came as XML, where a value that looks as if it had a prefix is a value.
    """

    prefixes: dict[str, str]
    ignored: frozenset[str] = frozenset()
    is_xml: bool = False


def names_of(document: Mapping[str, Any], *, is_xml: bool = False) -> Names:
    """What the names in a document stand for, by its contexts; remote contexts are not fetched.

    Args:
        document: The document in the form of JSON.
        is_xml: Whether it came as XML.

    Source: JSON-LD 1.1 §3.1; GS1 CBV 2.0 §8.9 (ignored fields).
    """
    prefixes = STANDARD_PREFIXES | prefixes_of(document.get("@context"))
    canon = _Canon(Names(prefixes))
    ignored = [
        canon.name(each)
        for name, value in document.items()
        if name.endswith(":ignoreFields") and isinstance(value, dict)
        for each in value
    ]
    return Names(prefixes, frozenset(ignored), is_xml)


def event_hash(event: Mapping[str, Any], names: Names) -> str:
    """The hash of an event as a URI.

    Args:
        event: The event in the form of JSON.
        names: What the names in its document stand for.

    Returns:
        `ni:///sha-256;<64 hexadecimal digits>?ver=CBV2.0`.

    Source: GS1 CBV 2.0 §8.9.3; RFC 6920.
    """
    digest = hashlib.sha256(event_text(event, names).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def event_text(event: Mapping[str, Any], names: Names) -> str:
    """The canonical text of an event, which is hashed.

    Args:
        event: The event in the form of JSON.
        names: What the names in its document stand for.

    Source: GS1 CBV 2.0 §8.9.2.
    """
    own = prefixes_of(event.get("@context"))
    if own:
        names = msgspec.structs.replace(names, prefixes=names.prefixes | own)
    return _Canon(names).event(event)


def prefixes_of(*contexts: Any) -> dict[str, str]:
    """The namespaces that JSON-LD contexts give to prefixes, later ones over earlier; remote contexts are not fetched.

    Source: JSON-LD 1.1 §3.1; the EPCIS 2.0 context, which has `gs1`, `cbv` and some more.
    """
    found: dict[str, str] = {}
    for context in contexts:
        for each in context if isinstance(context, list) else [context]:
            if isinstance(each, dict):
                found.update((name, space) for name, space in each.items() if isinstance(space, str))
    return found


class _Canon:
    """Writes canonical text with the prefixes of one document."""

    def __init__(self, names: Names) -> None:
        self._prefixes, self._ignored = names.prefixes, names.ignored
        spaces = self._prefixes.items()
        self._in_values = {n: s for n, s in spaces if n in _IN_XML_VALUES} if names.is_xml else self._prefixes

    def event(self, event: Mapping[str, Any]) -> str:
        """A whole event."""
        text = f"eventType={event.get('type', '')}"
        for name, order in _ORDER.items():
            if name in event:
                text += self._field(name, event[name], order)
        rest = [_leftover(self, event)]
        rest += [
            self._pairs(name, each) if name in _PAIRS else self._free(name, each)
            for name, each in event.items()
            if name not in _ORDER and name not in _LEFT_OUT
        ]
        return text + "".join(sorted(rest))

    def _field(self, name: str, value: Any, order: Order | None) -> str:
        """A field of the standard, once for each of its values in the order of their texts."""
        if order is None or not isinstance(value, (dict, list)):
            values = value if isinstance(value, list) else [value]
            return "".join(sorted(self.leaf(name, each) for each in values))
        if name in _ITEMS:
            inside = order[_ITEMS[name]]
            body = self._field(_ITEMS[name], value, inside)
            return f"{name}{body}" if body else ""
        parts = sorted(self._group(name, each, order) for each in (value if isinstance(value, list) else [value]))
        return "".join(parts)

    def _group(self, name: str, value: Any, order: Order) -> str:
        if not isinstance(value, dict):
            return self.leaf(name, value)
        body = "".join(
            self.leaf(each, value[each], name) if inside is None and not isinstance(value[each], list)
            else self._field(each, value[each], inside)
            for each, inside in order.items()
            if each in value
        )  # fmt: skip
        free = sorted(self._free(each, inner) for each, inner in value.items() if each not in order and ":" in each)
        body += "".join(free)
        return f"{name}{body}" if body else ""

    def _pairs(self, name: str, value: Any) -> str:
        inside = _PAIRS[name]
        entries = [
            (self.leaf("type", each["type"], name) if "type" in each else "")
            + self.leaf(inside, each.get(inside), name)
            for each in (value if isinstance(value, list) else ())
            if isinstance(each, dict)
        ]
        return f"{name}{''.join(sorted(entries))}" if entries else ""

    def _free(self, name: str, value: Any) -> str:
        """An extension field: its name with its namespace in braces, what is in it in the order of the texts."""
        full = self.name(name)
        if full in self._ignored or name == "rdfs:comment":
            return ""
        if isinstance(value, list):
            return "".join(sorted(self._free(name, each) for each in value))
        if isinstance(value, dict):
            own = self._spelled(value["#text"]) if "#text" in value else ""
            parts = sorted(self._free(each, inner) for each, inner in value.items() if each != "#text")
            return full + (f"={own}" if own else "") + "".join(parts)
        text = self._spelled(value)
        return f"{full}={text}" if text else full

    def leaf(self, name: str, value: Any, around: str = "") -> str:
        """One value under its name."""
        if value is None:
            return ""
        if name in _TIMES and isinstance(value, str):
            text = _utc(value)
        else:
            known = _TYPES.get(around) if name == "type" else _WORDS.get(name)
            text = self._spelled(known.full(value) if known is not None and isinstance(value, str) else value)
        return f"{name}={text}" if text else ""

    def _spelled(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str):
            return _plain(Decimal(value))
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return _plain(Decimal(text))
        prefix, colon, rest = text.partition(":")
        if colon and prefix in self._in_values and not rest.startswith("//"):
            text = self._in_values[prefix] + rest
        for each in (vocabulary.STEPS, vocabulary.DISPOSITIONS, vocabulary.TRANSACTIONS, vocabulary.ENDS):
            if each.urn and text.startswith(each.urn):
                text = each.web + text.removeprefix(each.urn)
        return canonical(text) or text

    def name(self, name: str) -> str:
        """A name with its namespace in braces; an attribute of XML as an element."""
        name = name.removeprefix("@")
        prefix, colon, rest = name.partition(":")
        return f"{{{self._prefixes[prefix]}}}{rest}" if colon and prefix in self._prefixes else name


def _leftover(canon: _Canon, event: Mapping[str, Any]) -> str:
    """The one field of a sensor report that has no place in the canonical order; it follows after all that have."""
    elements = event.get("sensorElementList")
    found = []
    for element in elements if isinstance(elements, list) else ():
        reports = element.get("sensorReport") if isinstance(element, dict) else None
        rules = [
            "sensorReport" + canon.leaf("bizRules", report["bizRules"])
            for report in (reports if isinstance(reports, list) else ())
            if isinstance(report, dict) and report.get("bizRules")
        ]
        if rules:
            found.append("sensorElement" + "".join(sorted(rules)))
    return "sensorElementList" + "".join(sorted(found)) if found else ""


def _plain(number: Decimal) -> str:
    """A number without leading and trailing zeros, in double precision, as it is where JSON is read anywhere else."""
    double = float(number)
    if double in (float("inf"), float("-inf")):
        return str(number)
    return str(int(double)) if double.is_integer() else repr(double)


def _utc(value: str) -> str:
    """A time in UTC, rounded half up to thousandths of a second."""
    time = time_of(value.strip())
    if time is None:
        return value.strip()
    thousandths = int((Decimal(time.microsecond) / 1000).quantize(Decimal(1), ROUND_HALF_UP))
    try:
        time = time.replace(microsecond=0).astimezone(UTC) + timedelta(milliseconds=thousandths)
    except OverflowError:
        return value.strip()
    return time.strftime("%Y-%m-%dT%H:%M:%S.").zfill(20) + f"{time.microsecond // 1000:03d}Z"
