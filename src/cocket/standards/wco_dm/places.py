# SPDX-License-Identifier: Apache-2.0
"""Where something stands in a message: as a WCO pointer for customs systems, as an XPath for people with an editor.

Source: WCO Data Model 3.6, Pointer (97A); XML Path Language 1.0.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from cocket.standards.wco_dm.fields import CLASSES, DECLARATION, DECLARATION_NAMESPACE, Class, Field

_STEP = re.compile(r"(?P<name>[^/\[]+)(?:\[(?P<place>\d+)\])?")
_IN_NAMESPACE = f"{{{DECLARATION_NAMESPACE}}}"
_DECLARATION = f"{_IN_NAMESPACE}Declaration"


def location_of(element: etree._Element, attribute: str | None = None) -> str:
    """The absolute XPath of an element, with a predicate on every step and the prefixes of the message.

    Args:
        element: The element, in the message as received.
        attribute: Name of one of its attributes, as `{namespace}name` if it has one; None means the element itself.

    Returns:
        Such as `/md:MetaData[1]/Declaration[1]/TypeCode[1]`.

    Source: XML Path Language 1.0 §2.
    """
    steps = [] if attribute is None else [_attribute_step(element, attribute)]
    step: etree._Element | None = element
    while step is not None:
        steps.append(f"{_written_name(step)}[{_place(step)}]")
        step = step.getparent()
    return "/" + "/".join(reversed(steps))


def pointer_of(element: etree._Element) -> str | None:
    """The WCO pointer of an element inside a Declaration.

    Args:
        element: The element, in the message as received.

    Returns:
        Sections from the declaration with their places, the element's tag last; that of the nearest class around it
        for an element the message does not have; None outside a declaration.

    Source: WCO Data Model 3.6, Pointer (97A): sequence number (006), document section code (375), tag (381).
    """
    chain = _chain(element)
    if chain is None:
        return None
    pointer, kind = DECLARATION.wco_id, DECLARATION
    for step in chain:
        field = field_of(step, kind)
        if field is None:
            break
        pointer += "/" + (f"{field.wco_id}[{_place(step)}]" if field.block else field.wco_id)
        if field.block is None:
            break
        kind = CLASSES[field.block]
    return pointer


def class_of(element: etree._Element) -> Class | None:
    """The class an element is of; None if it holds a value, or is unknown."""
    kind: Class | None = DECLARATION
    for step in _chain(element) or ():
        field = field_of(step, kind) if kind else None
        kind = CLASSES[field.block] if field and field.block else None
    return kind


def known_field(element: etree._Element) -> Field | None:
    """The row of the field tables that an element belongs to; None for the declaration itself and what is unknown.

    A `DateTimeString` belongs to the row of the date around it.
    """
    parent = element.getparent()
    if parent is None or not _chain(element):
        return None
    kind = class_of(parent)
    return field_of(element, kind) if kind else known_field(parent)


def field_of(element: etree._Element, kind: Class) -> Field | None:
    """The row of a class that a child element belongs to; None if the class has no such child."""
    return kind.fields.get(_local_name(element)) if element.tag.startswith(_IN_NAMESPACE) else None


def find(declaration: etree._Element, path: str) -> etree._Element | None:
    """The element at a path of names and places below a declaration, such as `GoodsShipment[1]/UCR[1]/ID[1]`."""
    element: etree._Element | None = declaration
    for step in _STEP.finditer(path):
        if element is None:
            return None
        named = element.iterchildren(f"{_IN_NAMESPACE}{step['name']}")
        element = next(islice(named, int(step["place"] or 1) - 1, None), None)
    return element


def follow(declaration: etree._Element, path: str) -> etree._Element:
    """The element that libxml2 means by a path, where `*` counts all elements and a name those of that name.

    Args:
        declaration: The element that was validated, which the first step names.
        path: Such as `/*/*[3]/ds:DateTimeString`.

    Returns:
        The element; the last one found if the path leads on, as it does to attributes.
    """
    element = declaration
    for step in _STEP.finditer(path.removeprefix("/").partition("/")[2]):
        name = step["name"]
        alike = [child for child in element if name in ("*", _written_name(child))]
        place = int(step["place"] or 1)
        if len(alike) < place:
            break
        element = alike[place - 1]
    return element


def _chain(element: etree._Element) -> list[etree._Element] | None:
    """The elements from below the outermost Declaration down to this one; None if it is in no Declaration."""
    steps = [element, *element.iterancestors()]
    top = max((place for place, step in enumerate(steps) if step.tag == _DECLARATION), default=None)
    return None if top is None else steps[:top][::-1]


def _attribute_step(element: etree._Element, attribute: str) -> str:
    namespace, _, name = attribute.removeprefix("{").rpartition("}")
    prefix = next((prefix for prefix, uri in element.nsmap.items() if prefix and uri == namespace), "xml")
    return f"@{prefix}:{name}" if namespace else f"@{name}"


def _place(element: etree._Element) -> int:
    return 1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))


def _written_name(element: etree._Element) -> str:
    """The name with the prefix it has in the message."""
    name = _local_name(element)
    return f"{element.prefix}:{name}" if element.prefix else name


def _local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
