# SPDX-License-Identifier: Apache-2.0
"""Why a declaration was refused: the schema's faults as findings of ours, one for each place.

The schema stops at the first wrong child of a class and says one thing twice; so what is wrong with the children is
found again from the field tables, and of several faults of one value the most telling is kept.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import count

from lxml import etree

from cocket.findings import Finding
from cocket.standards.wco_dm.fields import ATTRIBUTES, Class, Field
from cocket.standards.wco_dm.places import class_of, field_of, follow, known_field, location_of, pointer_of
from cocket.standards.wco_dm.schema import Fault, faults
from cocket.standards.xml import text_of

_SHOWN = 200
_SPACE = " \t\r\n"
_SUBJECT = re.compile(r"Element '[^']*'(?:, attribute '(?P<attribute>[^']*)'|: The attribute '(?P<absent>[^']*)')?")
_PROCESSING = "{http://www.w3.org/2001/XMLSchema-instance}"

_MESSAGES = {
    "wco-element-missing": "{expected} is missing here",
    "wco-element-unexpected": "{found} is not expected here",
    "wco-element-repeated": "{found} may occur {expected} only",
    "wco-element-misplaced": "{found} is not in its place, which is {expected}",
    "wco-text-unexpected": "there is text between the elements: {found}",
    "wco-content-unexpected": "a single value is expected here, not elements: {found}",
    "wco-value-missing": "there is no value; its format is {expected}",
    "wco-value-length": "{found} is not as long as {expected} allows",
    "wco-value-digits": "{found} has more digits than {expected} allows",
    "wco-value-format": "{found} does not have the format {expected}",
    "wco-code-unknown": "{found} is not one of the codes {expected}",
    "wco-attribute-unexpected": "the attribute {name} is not expected here",
    "wco-attribute-missing": "the attribute {name} is missing; its format is {expected}",
    "wco-attribute-format": "the attribute {name} is {found}, which does not have the format {expected}",
    "wco-structure": "the structure is not valid: {why}",
}

#: What libxml2's errors on a value mean, the most telling first.
_VALUE_FAULTS = {
    "SCHEMAV_CVC_ENUMERATION_VALID": "wco-code-unknown",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "wco-value-length",
    "SCHEMAV_CVC_LENGTH_VALID": "wco-value-length",
    "SCHEMAV_CVC_TOTALDIGITS_VALID": "wco-value-digits",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": "wco-value-digits",
    "SCHEMAV_CVC_PATTERN_VALID": "wco-value-format",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "wco-value-format",
}
_CONTENT_FAULTS = {
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "wco-text-unexpected",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "wco-content-unexpected",
    "SCHEMAV_CVC_TYPE_3_1_2": "wco-content-unexpected",
}
_ATTRIBUTE_FAULTS = {
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "wco-attribute-unexpected",
    "SCHEMAV_CVC_TYPE_3_1_1": "wco-attribute-unexpected",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "wco-attribute-missing",
    **dict.fromkeys(_VALUE_FAULTS, "wco-attribute-format"),
}


def explain(declaration: etree._Element) -> Iterator[Finding]:
    """Why the schema refuses a declaration. Each finding costs a walk through the message, so take no more than wanted.

    Args:
        declaration: A Declaration element that the schema does not accept, in the message as received.

    Returns:
        Errors in document order (1..n), at most one for each element or attribute, except a class whose children are
        wrong in several ways.

    Source: WCO Data Model 3.6, DEC; Response (RES) for the shape of pointers.
    """
    explained: set[etree._Element] = set()
    for element, attribute, found in _by_place(declaration, faults(declaration)):
        content = [fault for fault in found if fault.kind == "SCHEMAV_ELEMENT_CONTENT"]
        parent = element if content and "Missing child" in content[0].message else element.getparent()
        kind = class_of(parent) if content and parent is not None else None
        if parent is None or kind is None:
            yield _of_place(element, attribute, found)
        elif parent not in explained:
            explained.add(parent)
            yield from _of_children(parent, kind)


def _by_place(
    declaration: etree._Element, found: Iterable[Fault]
) -> Iterator[tuple[etree._Element, str | None, list[Fault]]]:
    """Faults gathered by element and attribute, in the order of their first."""
    places: dict[tuple[str, str | None], list[Fault]] = {}
    for fault in found:
        subject = _SUBJECT.match(fault.message)
        attribute = (subject["attribute"] or subject["absent"]) if subject else None
        places.setdefault((fault.path, attribute), []).append(fault)
    for (path, subject_attribute), faults_there in places.items():
        yield follow(declaration, path), subject_attribute, faults_there


def _of_place(element: etree._Element, attribute: str | None, found: list[Fault]) -> Finding:
    """What is wrong with one value, one attribute or the content of one element."""
    kinds = [fault.kind for fault in found]
    if "SCHEMAV_CVC_ELT_3_1" in kinds:
        attribute = f"{_PROCESSING}nil"
    if attribute is not None:
        codes = [_ATTRIBUTE_FAULTS[kind] for kind in kinds if kind in _ATTRIBUTE_FAULTS]
        is_known = bool(codes) and not attribute.startswith(_PROCESSING)
        return _of_attribute(codes[0] if is_known else "wco-attribute-unexpected", element, attribute)
    if "SCHEMAV_ELEMENT_CONTENT" in kinds:  # inside a date, the one value that is an element
        if "Missing child" in found[0].message:
            return _finding("wco-element-missing", element, expected="DateTimeString")
        return _finding("wco-element-unexpected", element, expected="DateTimeString", found=_name(element))
    content = next((_CONTENT_FAULTS[kind] for kind in kinds if kind in _CONTENT_FAULTS), None)
    if content:
        children = ", ".join(etree.QName(child).localname for child in element)
        text = text_of(element).strip(_SPACE) if content == "wco-text-unexpected" else children
        return _finding(content, element, found=text)
    return _of_value(element, found)


def _of_value(element: etree._Element, found: list[Fault]) -> Finding:
    kinds = [fault.kind for fault in found]
    code = next((code for kind, code in _VALUE_FAULTS.items() if kind in kinds), None)
    field = known_field(element)
    if code is None or field is None:
        return _finding("wco-structure", element, why=found[0].message)
    value = text_of(element)
    if not value.strip():
        return _finding("wco-value-missing", element, expected=_format(field))
    return _finding(code, element, expected=_format(field), found=value)


def _of_attribute(code: str, element: etree._Element, attribute: str) -> Finding:
    field = known_field(element)
    expected = ATTRIBUTES[field.term].get(attribute) if field and field.term else None
    return _finding(
        code, element, attribute=attribute, expected=expected, found=element.get(attribute), name=_local(attribute)
    )


def _of_children(parent: etree._Element, kind: Class) -> Iterator[Finding]:
    """What is wrong with the children of a class: unknown, repeated, misplaced, missing."""
    names = list(kind.fields)
    fields = [field_of(child, kind) for child in parent]
    ranks = [names.index(field.name) for field in fields if field]
    kept = _longest_in_order(ranks)
    known = count()
    counts = dict.fromkeys(names, 0)
    for child, field in zip(parent, fields, strict=True):
        if field is None:
            yield _finding("wco-element-unexpected", child, found=_name(child))
            continue
        place = next(known)
        counts[field.name] += 1
        if field.most is not None and counts[field.name] > field.most:
            yield _finding("wco-element-repeated", child, expected=_times(field.most), found=field.name)
        elif place not in kept:
            before = max((ranks[each] for each in kept if ranks[each] <= ranks[place]), default=None)
            expected = "first" if before is None else f"after {names[before]}"
            yield _finding("wco-element-misplaced", child, expected=expected, found=field.name)
    for field in kind.fields.values():
        if counts[field.name] < field.least:
            yield _missing(parent, field)


def _longest_in_order(ranks: list[int]) -> set[int]:
    """The places of the most elements that can stay as they are: the longest run of ranks that never falls."""
    tails: list[int] = []  # tails[n]: place of the lowest rank that ends a run of n + 1
    before: list[int | None] = []
    for place, rank in enumerate(ranks):
        length = bisect_right(tails, rank, key=lambda tail: ranks[tail])
        before.append(tails[length - 1] if length else None)
        tails[length : length + 1] = [place]
    kept: set[int] = set()
    last = tails[-1] if tails else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept


def _missing(parent: etree._Element, field: Field) -> Finding:
    tag = f"{field.wco_id}[1]" if field.block else field.wco_id
    return Finding(
        code="wco-element-missing",
        severity="error",
        message=_MESSAGES["wco-element-missing"],
        pointer=f"{pointer_of(parent)}/{tag}",
        location=location_of(parent),
        expected=field.name,
    )


def _finding(
    code: str,
    element: etree._Element,
    *,
    attribute: str | None = None,
    expected: str | None = None,
    found: str | None = None,
    **arguments: str,
) -> Finding:
    return Finding(
        code=code,
        severity="error",
        message=_MESSAGES[code],
        pointer=pointer_of(element),
        location=location_of(element, attribute),
        expected=expected,
        found=None if found is None else found[:_SHOWN],
        arguments={name: value[:_SHOWN] for name, value in arguments.items()},
    )


def _format(field: Field) -> str:
    if field.codes:
        return ", ".join(field.codes)
    return "CCYYMMDD or CCYYMMDDhhmmss with Z or +hh" if field.term == "DateTime" else field.format or ""


def _times(most: int) -> str:
    return "once" if most == 1 else f"{most} times"


def _name(element: etree._Element) -> str:
    """The name of a stray element; with its namespace if that is what is wrong."""
    name = etree.QName(element)
    return name.localname if name.namespace == etree.QName(element.getparent()).namespace else name.text


def _local(attribute: str) -> str:
    return attribute.rpartition("}")[2]
