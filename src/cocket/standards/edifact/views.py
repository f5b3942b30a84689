# SPDX-License-Identifier: Apache-2.0
"""A message as a tree of elements, so that a conversion can put each of its values to the trial; and back.

A segment is an element by its tag, its values are `v2.1` and so on in it, segments of its group stand behind them.
What names a segment (its qualifier, its place) is not a value: it is in an attribute that only says how to read.

Source: the notation of `nodes`; ISO 9735-1 §8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from cocket.errors import SenderError
from cocket.findings import Gathered
from cocket.model import Document
from cocket.standards.edifact.messages import Message, Reader
from cocket.standards.edifact.nodes import QUALIFIERS, Node, made_of
from cocket.standards.edifact.tables import built_in
from cocket.standards.edifact.writer import assembled

_KEY = "formatCode"
_AT = f"{_KEY}.at"
_FAULT = re.compile(r"[A-Z]{3} (\d+)(?:\.(\d+))? (\d+:\d+)")
_VALUE = re.compile(r"v(\d+)\.(\d+)")
_ODD = re.compile(r"[^A-Za-z0-9.]")

#: Segments and values of the envelope that are counted, or say what the message is.
_COUNTS = frozenset(("UNT",))
_IDENTITY = {"UNH": {1, 2}, "UNB": {1}}
#: A container's number names the segment, and is a value all the same.
_NAMING_VALUES = {("EQD", 2, 1)}


def parties_of(document: Document) -> tuple[str | None, str | None]:
    """Who an interchange says it is from, and for whom; None where the document tells nothing of an interchange.

    Args:
        document: What was read of one of its messages.

    Source: ISO 9735-1 §7, UNB: 0004 of S002, 0010 of S003.
    """
    told = {each.path: each.value for each in getattr(document, "extensions", ())}
    return told.get("UNB[1]/2.1"), told.get("UNB[1]/3.1")


def view_of(data: bytes) -> etree._Element:
    """The first message of an interchange as elements.

    Args:
        data: The interchange.

    Returns:
        The root, its tag `EDIFACT`.

    Raises:
        UnreadableError: It cannot be read.
        SenderError: It has no message that is known, or a text that no element can hold.

    Source: the notation of this module.
    """
    root = next(views_of(data), None)
    if root is None:
        raise SenderError("There is no supported message.")
    return root


def views_of(data: bytes) -> Iterator[etree._Element]:
    """Each message of one or more interchanges as elements, with the header of its interchange (0..n).

    Args:
        data: The interchanges.

    Raises:
        UnreadableError: It cannot be read on.
        SenderError: It has a text that no element can hold.

    Source: the notation of this module.
    """
    for message in Reader([data], built_in(), Gathered()):
        if isinstance(message, Message):
            root = etree.Element("EDIFACT")
            root.set(_KEY, f"{message.name} {message.release}")
            try:
                _fill(root, message.root)
            except ValueError as error:  # lxml's word for a character that XML has no way to write
                raise SenderError("The message contains text that XML does not allow.", found=str(error)) from error
            yield root


def _fill(element: etree._Element, node: Node) -> None:
    for key, nodes in (node.kids or {}).items():
        for kid in nodes:
            if kid.tag in _COUNTS:
                continue
            name = _ODD.sub(".", key.partition("{")[0])
            inner = etree.SubElement(element, name if name[:1].isalpha() else f"S{name}")
            inner.set(_KEY, key)
            inner.set(_AT, f"{kid.line}:{kid.column}")
            identity = _IDENTITY.get(kid.tag, set())
            for number in range(1, len(kid.values) + 1):
                for place, text in enumerate(kid.components(number), 1):
                    is_name = (number, place) in QUALIFIERS.get(kid.tag, ())
                    if not text or (is_name and (kid.tag, number, place) not in _NAMING_VALUES):
                        continue
                    if number in identity:
                        inner.set(f"{_KEY}.{number}.{place}", text)
                    else:
                        etree.SubElement(inner, f"v{number}.{place}").text = text
            _fill(inner, kid)


def bytes_of(root: etree._Element) -> bytes:
    """The interchange of such elements, values as they are now.

    Args:
        root: What `view_of` gave.

    Raises:
        SenderError: The character set does not have its texts.

    Source: the notation of this module.
    """
    name, _, release = root.get(_KEY, "").partition(" ")
    structure = built_in().structure(name, release)
    if structure is None:
        raise SenderError(f"There is no release {release} of {name}.", found=release)
    tree = Node("", [])
    _gather(tree, root)
    return assembled([(tree, structure)])


def taken_out(root: etree._Element, location: str) -> list[str]:
    """Take the value out that a finding is about; if it names its segment, the segment goes, and its group with it.

    Args:
        root: What `view_of` gave.
        location: Of the finding, such as `FTX 4.1 14:1`.

    Returns:
        The texts that go (0..n).

    Source: the notation of this module and of findings.
    """
    found = _FAULT.fullmatch(location)
    segment = None if found is None else next((e for e in root.iter("*") if e.get(_AT) == found[3]), None)
    parent = None if segment is None else segment.getparent()
    if found is None or segment is None or parent is None:
        return []
    number, place = int(found[1]), int(found[2] or 1)
    if (number, place) in QUALIFIERS.get(str(segment.get(_KEY))[:3], ()):
        texts = [str(each.text) for each in segment.iter() if each.text]
        parent.remove(segment)
        return texts
    values = [each for each in segment if each.tag == f"v{number}.{place}"]
    for each in values:
        segment.remove(each)
    return [str(each.text) for each in values if each.text]


def _gather(node: Node, element: etree._Element) -> None:
    for child in element:
        value = _VALUE.fullmatch(str(child.tag))
        if value is not None:
            node.put(int(value[1]), int(value[2]), child.text or "")
            continue
        key = child.get(_KEY, "")
        kid = made_of(key)
        if kid is None:
            continue
        for attribute, text in child.items():
            _, *place = str(attribute).split(".")
            if place and attribute != _AT:
                kid.put(int(place[0]), int(place[1]), str(text))
        node.kids = {} if node.kids is None else node.kids
        node.kids.setdefault(key, []).append(kid)
        _gather(kid, child)
