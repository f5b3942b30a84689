# SPDX-License-Identifier: Apache-2.0
"""Where something stands in a declaration, as a WCO pointer for customs systems.

Source: WCO Data Model 3.6, Pointer (97A).
"""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from cocket.standards.wco_dm.fields import CLASSES, DECLARATION, DECLARATION_NAMESPACE, Class, Field
from cocket.standards.xml import location_of, place_of, written_name

__all__ = ["class_of", "field_of", "find", "follow", "known_field", "location_of", "pointer_of"]

_STEP = re.compile(r"(?P<name>[^/\[]+)(?:\[(?P<place>\d+)\])?")
_IN_NAMESPACE = f"{{{DECLARATION_NAMESPACE}}}"
_DECLARATION = f"{_IN_NAMESPACE}Declaration"


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
        pointer += "/" + (f"{field.wco_id}[{place_of(step)}]" if field.block else field.wco_id)
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
        alike = [child for child in element if name in ("*", written_name(child))]
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


def _local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
