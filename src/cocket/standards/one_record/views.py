# SPDX-License-Identifier: Apache-2.0
"""A message as a tree of elements, so that a conversion can put each of its values to the trial; and back.

A member is an element by the end of its name, a member of a list stands in it as `each`. What is no value (types, the
context, the address before a code) is in attributes that only say how to read.

Source: JSON-LD 1.1; the notation of this module.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from cocket.errors import SenderError
from cocket.standards.json import parse_json, write_json

_NAME, _KIND, _KEPT, _BEFORE = "formatCode", "formatCode.kind", "formatCode.kept", "formatCode.before"
_ODD = re.compile(r"[^A-Za-z0-9_.-]")
_CODED = re.compile(r"(.*[#/])([^#/]+)")


def view_of_json(data: bytes) -> etree._Element:
    """A message as elements.

    Args:
        data: The message.

    Raises:
        UnreadableError: It is no JSON.
        SenderError: It has a text that no element can hold.

    Source: the notation of this module.
    """
    root = etree.Element("OneRecord")
    try:
        _fill(root, parse_json(data))
    except ValueError as error:  # lxml's word for a character that XML has no way to write
        raise SenderError("The message contains text that XML does not allow.", found=str(error)) from error
    return root


def json_of_view(root: etree._Element) -> bytes:
    """The message of a tree.

    Source: the notation of this module.
    """
    return write_json(_value(root))


def _fill(element: etree._Element, value: Any, name: str = "") -> None:
    if isinstance(value, dict):
        element.set(_KIND, "object")
        for member, inner in value.items():
            child = etree.SubElement(element, _tag(member))
            child.set(_NAME, member)
            if member in ("@context", "@type"):
                child.set(_KIND, "kept")
                child.set(_KEPT, write_json(inner).decode())
            else:
                _fill(child, inner, member)
    elif isinstance(value, list):
        element.set(_KIND, "list")
        for inner in value:
            _fill(etree.SubElement(element, "each"), inner, name)
    elif isinstance(value, str):
        coded = _CODED.fullmatch(value) if name == "@id" else None
        element.set(_KIND, "text")
        element.set(_BEFORE, coded[1] if coded else "")
        element.text = coded[2] if coded else value
    else:
        element.set(_KIND, "other")
        element.text = write_json(value).decode()


def _value(element: etree._Element) -> Any:
    kind = element.get(_KIND)
    if kind == "object":
        return {child.get(_NAME, ""): _value(child) for child in element}
    if kind == "list":
        return [_value(child) for child in element]
    if kind == "kept":
        return parse_json(f"[{element.get(_KEPT)}]".encode())[0]
    text = element.text or ""
    if kind == "text":
        return f"{element.get(_BEFORE, '')}{text}"
    try:
        return parse_json(f"[{text}]".encode())[0]
    except SenderError:  # a number or a flag that was changed into none
        return text


def _tag(member: str) -> str:
    name = _ODD.sub("_", re.split(r"[#/:]", member.lstrip("@"))[-1])
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"
