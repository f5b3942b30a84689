# SPDX-License-Identifier: Apache-2.0
"""Queries: which parameters there are and what each can have as its value.

Source: GS1 EPCIS 2.0 §8.2.7 (SimpleEventQuery, SimpleMasterDataQuery) and §12.8 (REST); facts re-stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from cocket.findings import Finding
from cocket.standards.epcis import vocabulary
from cocket.standards.epcis.checks import finding
from cocket.standards.epcis.identifiers import is_uri
from cocket.standards.epcis.tables import EVENTS, OLD_EVENT
from cocket.standards.json_shape import Test, escaped, time_of


def _is_time(value: Any) -> bool:
    return time_of(value) is not None


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        try:
            return Decimal(value).is_finite()
        except InvalidOperation:
            return False
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and str(value).isdigit() and Decimal(value) > 0


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and bool(value) and all(map(test, value))


def _one_of(*words: str) -> Test:
    return lambda value: isinstance(value, str) and value in words


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_uri_or_pattern(value: Any) -> bool:
    return is_uri(value)


def _is_any(value: Any) -> bool:
    return value is not None


def _is_scalar(value: Any) -> bool:
    return _is_number(value) or _is_time(value)


_SPACED = r"(?:[^_\s]*[:#][^\s]+)"

#: Patterns of names, in order; the first that fits decides.
_PARAMETERS: tuple[tuple[str, Test], ...] = (
    (r"eventType", _list_of(lambda v: v in (*EVENTS, OLD_EVENT) or (isinstance(v, str) and ":" in v))),
    (r"(?:GE|LT)_(?:eventTime|recordTime|time|startTime|endTime|errorDeclarationTime|errorDeclaration_Time)", _is_time),
    (r"EQ_action", _list_of(_one_of("ADD", "OBSERVE", "DELETE"))),
    (r"EQ_bizStep", _list_of(vocabulary.STEPS.allows)),
    (r"EQ_(?:disposition|persistentDisposition_(?:set|unset))", _list_of(vocabulary.DISPOSITIONS.allows)),
    (r"EQ_errorReason", _list_of(vocabulary.REASONS.allows)),
    (r"EQ_type", _list_of(vocabulary.MEASUREMENTS.allows)),
    (r"EQ_exception", _list_of(vocabulary.ALERTS.allows)),
    (r"EQ_component", _list_of(vocabulary.COMPONENTS.allows)),
    (r"(?:EQ|WD)_(?:readPoint|bizLocation)", _list_of(is_uri)),
    (r"MATCH_(?:epc|parentID|inputEPC|outputEPC|anyEPC)", _list_of(_is_uri_or_pattern)),
    (r"MATCH_(?:epcClass|inputEPCClass|outputEPCClass|anyEPCClass)", _list_of(_is_uri_or_pattern)),
    (r"EQ_(?:eventID|correctiveEventID|transformationID)", _list_of(is_uri)),
    ((r"EQ_(?:deviceID|deviceMetadata|dataProcessingMethod|microorganism|chemicalSubstance|bizRules|rawData|uriValue"
     r"|coordinateReferenceSystem)"), _list_of(is_uri)),
    (r"EQ_(?:stringValue|hexBinaryValue)", _list_of(_is_text)),
    (r"EQ_booleanValue", lambda value: value in (True, False, "true", "false")),
    (r"EQ_quantity", lambda value: _is_number(value) or _list_of(_is_number)(value)),
    (r"(?:GT|GE|LT|LE)_quantity", _is_number),
    (r"(?:EQ|GT|GE|LT|LE)_(?:value|minValue|maxValue|meanValue|sDev|percRank|percValue)(?:_[A-Za-z0-9]+)?", _is_number),
    (r"EQ_(?:bizTransaction|source|destination)_\S+", _list_of(_is_text)),
    ((rf"EQ_(?:INNER_)?(?:ILMD_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_|readPoint_|bizLocation_|ERROR_DECLARATION_"
     rf"|INNER_)*{_SPACED}"), _is_any),
    (rf"(?:GT|GE|LT|LE)_(?:[A-Za-z_]+_)?{_SPACED}", _is_scalar),
    (rf"EXISTS_(?:[A-Za-z_]+_)?{_SPACED}", lambda value: True),
    (r"EXISTS_(?:errorDeclaration|sensorElementList|ilmd)", lambda value: True),
    (r"(?:HASATTR|EQATTR)_\S+", _is_any),
    (r"orderBy|nextPageToken|attributeNames|includeAttributes|includeChildren|vocabularyName|EQ_name|WD_name", _is_any),
    (r"orderDirection", _one_of("ASC", "DESC")),
    (r"eventCountLimit|maxEventCount|perPage|maxElementCount", _is_count),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), test) for pattern, test in _PARAMETERS)


#: Members that a document or an event has, and no query.
_NO_QUERY = frozenset({"type", "eventID", "eventClassifierCode"})


def looks_like_query(value: Any) -> bool:
    """Whether a JSON value is a query by its parameters; an event of DCSA has a type too, and says what no query asks.

    Source: GS1 EPCIS 2.0 §8.2.7.1, §12.8: no parameter is called `eventID` or `eventClassifierCode`.
    """
    if not isinstance(value, dict) or not value or not _NO_QUERY.isdisjoint(value):
        return False
    context = str(value.get("@context", ""))
    return "query-schema" in context or "eventType" in value or any(name[:3] in ("EQ_", "GE_", "LT_") for name in value)


def check_query(query: Mapping[str, Any], pointer: str = "") -> Iterator[Finding]:
    """What is wrong with the parameters of a query.

    Args:
        query: Values by name.
        pointer: Where they stand.

    Source: GS1 EPCIS 2.0 §8.2.7.
    """
    for name, value in query.items():
        if name == "@context":
            continue
        test = next((test for pattern, test in _COMPILED if pattern.fullmatch(name)), None)
        place = f"{pointer}/{escaped(name)}"
        if test is None:
            yield finding("query-parameter", place, found=name)
        elif not test(value):
            yield finding("query-value", place, name, str(value))


def check_poll(document: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with the parameters of a query in XML.

    Args:
        document: The query document in the form of JSON.

    Source: GS1 EPCIS 2.0 §11.2.
    """
    body = document.get("epcisBody")
    for name in ("Poll", "Subscribe"):
        call = body.get(name) if isinstance(body, dict) else None
        params = call.get("params") if isinstance(call, dict) else None
        listed = params.get("param", []) if isinstance(params, dict) else []
        for number, each in enumerate(listed if isinstance(listed, list) else [listed]):
            place = f"/epcisBody/{name}/params/{number}"
            if not isinstance(each, dict) or not isinstance(each.get("name"), str):
                yield finding("missing", f"{place}/name", "name")
            elif "value" not in each:
                yield finding("missing", f"{place}/value", "value")
            else:
                yield from check_query({each["name"]: _listed(each["value"])}, place)


def _listed(value: Any) -> Any:
    """A value of XML as JSON has it: an array of strings is a list."""
    if isinstance(value, dict) and value.keys() <= {"string", "item"} and value:
        inner = next(iter(value.values()))
        return inner if isinstance(inner, list) else [inner]
    return value
