# SPDX-License-Identifier: Apache-2.0
"""Why a shape refuses a message: the schema's faults as findings of ours, one for each place.

Source: XML Schema 1.0; XML Path Language 1.0; WCO Data Model 3.6, Pointer (97A).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml import etree

from cocket.findings import Finding
from cocket.standards.shape import Class, Fault, Field, Shape, Value
from cocket.standards.xml import location_of, place_of, text_of, written_name

_SHOWN = 200
_STEP = re.compile(r"(?P<name>[^/\[]+)(?:\[(?P<place>\d+)\])?")
_SUBJECT = re.compile(r"Element '[^']*'(?:, attribute '(?P<wrong>[^']*)'|: The attribute '(?P<absent>[^']*)')?")
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

_MESSAGES = {
    "element-missing": "{expected} is missing here",
    "element-unexpected": "{found} is not expected here",
    "element-repeated": "{found} may occur {expected} times at most",
    "element-misplaced": "{found} is not in its place",
    "text-unexpected": "there is text between the elements: {found}",
    "content-unexpected": "a single value is expected here, not elements: {found}",
    "value-missing": "there is no value",
    "value-length": "{found} is not as long as {expected} asks for",
    "value-digits": "{found} has more digits than {expected} allows",
    "value-range": "{found} is not within {expected}",
    "value-format": "{found} does not have the format {expected}",
    "code-unknown": "{found} is not one of the codes {expected}",
    "attribute-unexpected": "the attribute {name} is not expected here",
    "attribute-missing": "the attribute {name} is missing",
    "attribute-format": "the attribute {name} does not have the format {expected}",
    "structure": "the structure is not valid: {why}",
}

#: What libxml2's errors on a value mean, the most telling first.
_OF_VALUES = {
    "SCHEMAV_CVC_ENUMERATION_VALID": "code-unknown",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "value-length",
    "SCHEMAV_CVC_MINLENGTH_VALID": "value-length",
    "SCHEMAV_CVC_LENGTH_VALID": "value-length",
    "SCHEMAV_CVC_TOTALDIGITS_VALID": "value-digits",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": "value-digits",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "value-range",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "value-range",
    "SCHEMAV_CVC_PATTERN_VALID": "value-format",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "value-format",
}
_OF_CONTENT = {
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "text-unexpected",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_2": "content-unexpected",
    "SCHEMAV_CVC_TYPE_3_1_2": "content-unexpected",
}
_OF_ATTRIBUTES = {
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "attribute-unexpected",
    "SCHEMAV_CVC_TYPE_3_1_1": "attribute-unexpected",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "attribute-missing",
    **dict.fromkeys(_OF_VALUES, "attribute-format"),
}

#: Endings of the codes that an unknown field causes where it stands.
_OF_THE_UNKNOWN = ("element-unexpected", "attribute-unexpected", "text-unexpected", "content-unexpected")


def explain(shape: Shape, element: etree._Element) -> Iterator[Finding]:
    """Why a shape refuses a message.

    Args:
        shape: The shape.
        element: A root that the shape does not accept, in the message as received.

    Returns:
        Errors in document order (1..n), one for each place. Of the children of an element the first wrong one is told.
    """
    places: dict[tuple[str, str | None], list[Fault]] = {}
    for fault in shape.faults(element):
        subject = _SUBJECT.match(fault.message)
        attribute = (subject["wrong"] or subject["absent"]) if subject else None
        places.setdefault((fault.path, attribute), []).append(fault)
    for (path, attribute), faults in places.items():
        yield _of_place(shape, _follow(element, path), attribute, faults)


def only_unknown(findings: Iterable[Finding]) -> bool:
    """Whether findings say no more than that something is unknown, as a field that was unknown when read is."""
    return all(finding.code.endswith(_OF_THE_UNKNOWN) for finding in findings)


def first(found: Iterable[Finding], limit: int) -> tuple[Finding, ...]:
    """Findings up to a limit. What is past it is not looked for, since each may cost a walk through the message."""
    kept = tuple(islice(found, limit + 1))
    if len(kept) <= limit:
        return kept
    note = Finding(code="findings-left-out", severity="info", message="further findings were left out")
    return (*kept[:limit], note)


def _of_place(shape: Shape, element: etree._Element, attribute: str | None, faults: list[Fault]) -> Finding:
    kinds = [fault.kind for fault in faults]
    value = _value_of(shape, element)
    if "SCHEMAV_CVC_ELT_3_1" in kinds:
        attribute = f"{_XSI}nil"
    if attribute is not None:
        code = next((_OF_ATTRIBUTES[kind] for kind in kinds if kind in _OF_ATTRIBUTES), "attribute-unexpected")
        if attribute.startswith(_XSI):
            code = "attribute-unexpected"
        kind = value.attributes.get(attribute) if value else None
        found, expected = element.get(attribute), _described(kind) if kind else None
        return _finding(shape, code, element, attribute=attribute, found=found, expected=expected)
    content_fault = next((fault for fault in faults if fault.kind == "SCHEMAV_ELEMENT_CONTENT"), None)
    if content_fault and value and "Missing child" in content_fault.message:
        return _finding(
            shape, "element-missing", element, expected=value.inside, found=text_of(element).strip() or None
        )
    if content_fault:
        return _of_children(shape, element, content_fault)
    content = next((_OF_CONTENT[kind] for kind in kinds if kind in _OF_CONTENT), None)
    if content:
        children = ", ".join(etree.QName(child).localname for child in element)
        return _finding(shape, content, element, found=text_of(element).strip() or children)
    fault = next((code for kind, code in _OF_VALUES.items() if kind in kinds), None)
    if fault is None:
        return _finding(shape, "structure", element, why=faults[0].message)
    text = text_of(element)
    if not text.strip():
        fault = "value-missing"
    return _finding(shape, fault, element, expected=_described(value) if value else None, found=text or None)


def _of_children(shape: Shape, element: etree._Element, fault: Fault) -> Finding:
    """What is wrong with the children of a class: something missing, unknown, repeated or misplaced."""
    is_short = "Missing child" in fault.message
    parent = element if is_short else element.getparent()
    chain = _chain(shape, parent) if parent is not None else None
    kind = shape.outline.classes.get(chain[-1].content) if chain else None
    if parent is None or kind is None:
        return _finding(shape, "element-unexpected", element, found=_local(element))
    present = [_own_name(shape, child) for child in parent]
    name = None if is_short else _own_name(shape, element)
    before = list(kind) if name not in kind else list(kind)[: list(kind).index(name)]
    missing = next((each for each in before if kind[each].least and each not in present), None)
    field = kind.get(name or "")
    most = field.most if field else None
    if missing and (is_short or field):
        tag = f"/{_tag(shape, kind[missing], 1)}" if kind[missing].wco_id else ""
        pointer = _pointer(shape, parent)
        return _finding(shape, "element-missing", parent, expected=missing, pointer=pointer and pointer + tag)
    if field is None or name is None:
        return _finding(shape, "element-unexpected", element, found=name)
    if most is not None and present.count(name) > most:
        return _finding(shape, "element-repeated", element, expected=str(most), found=name)
    return _finding(shape, "element-misplaced", element, found=name)


def _finding(
    shape: Shape, code: str, element: etree._Element, *, attribute: str | None = None, **more: str | None
) -> Finding:
    arguments = {"name": attribute.rpartition("}")[2]} if attribute else {}
    if more.get("why"):
        arguments["why"] = (more["why"] or "")[:_SHOWN]
    found = more.get("found")
    return Finding(
        code=f"{shape.outline.code}-{code}",
        severity="error",
        message=_MESSAGES[code],
        pointer=more.get("pointer") or _pointer(shape, element),
        location=location_of(element, attribute),
        expected=more.get("expected"),
        found=None if found is None else found[:_SHOWN],
        arguments=arguments,
    )


def _described(value: Value) -> str:
    """The format of a value in words."""
    if value.codes:
        return ", ".join(value.codes)
    if value.inside:
        return "CCYYMMDD or CCYYMMDDhhmmss with Z or +hh"
    if value.patterns:
        return " or ".join(value.patterns)
    if value.longest is not None:
        least = "" if value.shortest is None else f"{value.shortest} to "
        return f"{least}{value.longest} characters"
    if value.highest is not None:
        return f"{value.lowest or 0} to {value.highest}"
    if value.digits is not None:
        return f"{value.digits} digits, {value.decimals or 0} of them decimals"
    return value.base


# Where something stands -------------------------------------------------------------------------------------------


def _chain(shape: Shape, element: etree._Element) -> list[Field] | None:
    """The fields from the root of the outline down to an element; None if it is not on the table."""
    outline = shape.outline
    names: list[str] = []
    step: etree._Element | None = element
    while step is not None:
        space, _, name = str(step.tag).removeprefix("{").rpartition("}")
        if space == outline.prefixes.get("ds") and names == []:
            pass  # the text of a value stands in an element of its own; it belongs to the field around it
        elif space == outline.prefixes[""] and name in outline.roots:
            break
        elif space != (outline.prefixes[""] if outline.is_qualified else ""):
            return None
        else:
            names.append(name)
        step = step.getparent()
    if step is None:
        return None
    root = _local(step)
    fields = [Field(name=root, content=outline.roots[root], wco_id=outline.wco_ids.get(root))]
    for name in reversed(names):
        kind: Class = outline.classes.get(fields[-1].content, {})
        if name not in kind:
            return None
        fields.append(kind[name])
    return fields


def _value_of(shape: Shape, element: etree._Element) -> Value | None:
    chain = _chain(shape, element)
    if not chain:
        return None
    content = chain[-1].content
    if content.startswith("xs:"):
        return Value(base=content[3:])
    value = shape.outline.values.get(content)
    while value is not None and value.base.startswith("v:") and value == Value(base=value.base):
        value = shape.outline.values[value.base[2:]]  # it adds nothing to what it restricts
    return value


def _pointer(shape: Shape, element: etree._Element) -> str | None:
    """The WCO pointer of an element: sections with their places, the tag of a value last; None without WCO IDs.

    For an element that is not on the table it is that of the nearest one around it that is.
    """
    step: etree._Element | None = element
    chain = _chain(shape, element)
    while chain is None and step is not None:
        step = step.getparent()
        chain = None if step is None else _chain(shape, step)
    if chain is None or step is None or chain[0].wco_id is None:
        return None
    steps = [each for each in (step, *step.iterancestors()) if _in_outline(shape, each)][: len(chain)][::-1]
    pairs = zip(chain[1:], map(place_of, steps[1:]), strict=False)
    return "/".join((chain[0].wco_id, *(_tag(shape, field, place) for field, place in pairs if field.wco_id)))


def _tag(shape: Shape, field: Field, place: int) -> str:
    return f"{field.wco_id}[{place}]" if field.content in shape.outline.classes else field.wco_id or ""


def _in_outline(shape: Shape, element: etree._Element) -> bool:
    return str(element.tag).startswith(f"{{{shape.outline.prefixes['']}}}")


def _follow(element: etree._Element, path: str) -> etree._Element:
    """The element that libxml2 means by a path, where `*` counts all elements and a name those of that name."""
    for step in _STEP.finditer(path.removeprefix("/").partition("/")[2]):
        alike = [child for child in element if step["name"] in ("*", written_name(child))]
        place = int(step["place"] or 1)
        if len(alike) < place:
            break
        element = alike[place - 1]
    return element


def _own_name(shape: Shape, element: etree._Element) -> str:
    """The name by which a table knows an element; where elements have no namespace, one that has is not known."""
    return _local(element) if shape.outline.is_qualified else str(element.tag)


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
