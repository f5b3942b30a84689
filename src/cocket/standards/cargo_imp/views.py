# SPDX-License-Identifier: Apache-2.0
"""A message as a tree of elements, so that a conversion can put each of its values to the trial; and back.

A line is an element, each of its values an element in it; what stands between values is in an attribute that only says
how to read. Lines of one bill of several stand in an element of their own.

Source: the lines of `lines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from cocket.errors import SenderError
from cocket.standards.cargo_imp.lines import WAYBILL, message_of

_BETWEEN, _BEHIND = "formatCode", "formatCode.behind"
_TAG = re.compile(r"([A-Z]{3})(?=/|$)")
_NUMBERED = re.compile(r"([A-Z]{1,3})(\d[\d.]*)")
_ENDS = re.compile(r"([A-Z]{3})([A-Z]{3})")
_HEAD = re.compile(r"(\d{3}-?\d{8})([A-Z]{3})([A-Z]{3})")
_QUANTITY = re.compile(r"[TPSDM]\d+(?:[A-Z]{1,2}[\d.]+)*")
_PART = re.compile(r"([A-Z]{1,2})([\d.]+)")


def view_of_text(data: bytes) -> etree._Element:
    """A message as elements.

    Args:
        data: The message.

    Returns:
        The root, its tag the name of the message.

    Raises:
        UnreadableError: It cannot be read.
        SenderError: It has a sign that no element can hold.

    Source: the notation of this module.
    """
    message = message_of(data)
    root = etree.Element(message.name)
    root.set(f"{_BETWEEN}.end", "\r\n" if "\r\n" in message.text else "\n")
    around, is_parted = root, message.name != "FWB"
    try:
        for number, line in enumerate(message.text.splitlines()):
            tag = _TAG.match(line)
            is_first = (tag and tag[1] == "HBS") if message.name == "FHL" else _HEAD.match(line) is not None
            if is_parted and is_first:
                around = etree.SubElement(root, "bill")
            element = etree.SubElement(around, tag[1] if tag else "line")
            _fill(element, line, is_named=number >= message.head, name=message.name)
    except ValueError as error:  # lxml's word for a character that XML has no way to write
        raise SenderError("The message contains text that XML does not allow.", found=str(error)) from error
    return root


def text_of_view(root: etree._Element) -> bytes:
    """The message of a tree.

    Source: the notation of this module.
    """
    lines = [
        "".join(f"{value.get(_BETWEEN, '')}{value.text or ''}" for value in element) + element.get(_BEHIND, "")
        for element in root.iter()
        if element.get(_BEHIND) is not None
    ]
    end = root.get(f"{_BETWEEN}.end", "\r\n")
    return (end.join(lines) + end).encode("latin-1", "replace")


def _fill(element: etree._Element, line: str, *, is_named: bool, name: str) -> None:
    between, end = "", 0
    for start, stop in _values(line, name) if is_named else ():
        value = etree.SubElement(element, "v")
        value.set(_BETWEEN, line[end:start])
        value.text = line[start:stop]
        end = stop
    element.set(_BEHIND, between + line[end:])


def _values(line: str, name: str) -> Iterator[tuple[int, int]]:
    """Where the values of a line begin and end."""
    tag = _TAG.match(line)
    is_place = tag is not None and name == "FFM" and tag[1] not in ("ULD", "OSI", "OCI", "DIM", "COR", "SCI", "SPH")
    start = tag.end() if tag and not is_place else 0
    for part in re.finditer(r"[^/]+", line[start:]):
        text, at = part[0], start + part.start()
        head = _HEAD.match(text)
        if head is not None and WAYBILL.fullmatch(text):
            yield from ((at + head.start(n), at + head.end(n)) for n in (1, 2, 3))
        elif _QUANTITY.fullmatch(text):
            yield from ((at + each.start(2), at + each.end(2)) for each in _PART.finditer(text))
        elif (found := _NUMBERED.fullmatch(text)) or (tag and tag[1] == "HBS" and (found := _ENDS.fullmatch(text))):
            groups = (2,) if found.re is _NUMBERED else (1, 2)
            yield from ((at + found.start(n), at + found.end(n)) for n in groups)
        elif text.strip():
            yield at, at + len(text)
