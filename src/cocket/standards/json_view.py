# SPDX-License-Identifier: Apache-2.0
"""A JSON message as a tree of elements, so that a conversion can put each of its values to the trial; and back.

A member is an element of its name, each entry of its list one of the same name; what kind of value stands there is in
attributes that only say how to read. A name that XML has no way to write is in such an attribute too.

Source: the notation of this module; RFC 8259.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from cocket.errors import SenderError

#: Attributes that say how to read begin with this; the account of a conversion passes them over.
_KEY = "formatCode"
_NAME, _LIST, _EMPTY = f"{_KEY}.name", f"{_KEY}.list", f"{_KEY}.empty"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ROOT, _ENTRY = "JSON", "entry"


def elements_of_json(value: Any) -> etree._Element:
    """A JSON value as elements.

    Args:
        value: What `cocket.standards.json` parsed.

    Returns:
        The root, its tag `JSON`.

    Raises:
        SenderError: A text in it is one that no element can hold.

    Source: the notation of this module.
    """
    root = etree.Element(_ROOT)
    try:
        _fill(root, value)
    except ValueError as error:  # lxml's word for a character that XML has no way to write
        raise SenderError("The message contains text that XML does not allow.", found=str(error)[:200]) from error
    return root


def json_of_elements(root: etree._Element) -> Any:
    """The JSON value of elements, some of whose texts may have been changed.

    Source: the notation of this module.
    """
    return _value(root)


def taken_from(value: Any, pointer: str) -> list[str]:
    """Take a value out of another, and the objects and lists around it that it leaves empty.

    Args:
        value: What `cocket.standards.json` parsed, which is changed.
        pointer: Where the value stands, as a JSON pointer.

    Returns:
        The texts and numbers that are gone (0..n); nothing if nothing stands there.

    Source: RFC 6901 §4.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    way: list[tuple[Any, Any]] = []
    for step in steps:
        key: Any = int(step) if isinstance(value, list) and step.isdecimal() else step
        if not (isinstance(value, dict) and key in value) and not (isinstance(value, list) and _has(value, key)):
            return []
        way.append((value, key))
        value = value[key]
    for around, key in reversed(way):
        del around[key]
        if around:
            break
    return list(_texts(value))


def _has(values: list[Any], place: Any) -> bool:
    return isinstance(place, int) and place < len(values)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif value is not None:
        yield str(value).strip()


def _fill(element: etree._Element, value: Any) -> None:
    if isinstance(value, dict):
        element.set(_KEY, "object")
        for name, each in value.items():
            _put(element, name, each)
    elif isinstance(value, list):
        element.set(_KEY, "list")
        for each in value:
            _fill(etree.SubElement(element, _ENTRY), each)
    elif isinstance(value, str):
        element.text = value
    elif value is None or isinstance(value, bool):
        element.set(_KEY, "null" if value is None else "flag")
        element.text = None if value is None else str(value).lower()
    else:
        element.set(_KEY, "number")
        element.text = f"{value}"


def _put(element: etree._Element, name: str, value: Any) -> None:
    """A member; of a list each entry is an element, and an empty one is marked."""
    is_list = isinstance(value, list)
    for each in (value or [None]) if is_list else [value]:
        child = etree.SubElement(element, name if _PLAIN.fullmatch(name) else "member")
        if child.tag != name:
            child.set(_NAME, name)
        if is_list:
            child.set(_LIST if value else _EMPTY, "1")
        _fill(child, each)


def _value(element: etree._Element) -> Any:
    kind, text = element.get(_KEY), element.text or ""
    if kind == "object":
        return _object(element)
    if kind == "list":
        return [_value(child) for child in element]
    if kind == "null":
        return None
    if kind == "flag" and text in ("true", "false"):
        return text == "true"
    if kind == "number":
        try:
            return int(text) if text.lstrip("-").isdecimal() and len(text) < 40 else Decimal(text)
        except InvalidOperation:
            return text
    return text


def _object(element: etree._Element) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for child in element:
        name = child.get(_NAME, str(child.tag))
        if child.get(_EMPTY):
            made[name] = []
        elif child.get(_LIST):
            made.setdefault(name, []).append(_value(child))
        else:
            made[name] = _value(child)
    return made
