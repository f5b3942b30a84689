# SPDX-License-Identifier: Apache-2.0
"""A message of any syntax as a tree of elements, so that a conversion can put each of its values to the trial; and back.

Source: XML 1.0; the notations of `json_view` and of the `views` of EDIFACT, Cargo-IMP and ONE Record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lxml import etree

from cocket.standards._front import source_of
from cocket.standards.cargo_imp import looks_like_cargo_imp, parted, text_of_view, view_of_text
from cocket.standards.edifact import bytes_of, looks_like_edifact, view_of, views_of
from cocket.standards.json import looks_like_json
from cocket.standards.json_view import elements_of_json, json_of_elements
from cocket.standards.kind import Source
from cocket.standards.one_record import json_of_view, view_of_json
from cocket.standards.xml import Limits

#: Forms that list documents: the member with the list, and the one that counts it.
_LISTED = {"postal-item": ("items", "itemCount"), "low-value": ("declarations", "declarationCount")}

_ONE_RECORD = b"onerecord.iata.org"


class _View(NamedTuple):
    """How messages of one syntax are known, become elements, and are made of these again."""

    knows: Callable[[bytes], bool]
    there: Callable[[bytes], etree._Element]
    back: Callable[[etree._Element], bytes]


_VIEWS = (
    _View(looks_like_cargo_imp, view_of_text, text_of_view),
    _View(looks_like_edifact, view_of, bytes_of),
    _View(lambda data: looks_like_json(data) and _ONE_RECORD in data, view_of_json, json_of_view),
)


def elements_of_source(source: Source) -> etree._Element:
    """A message as elements; those of XML are its own, and changing them changes it.

    Args:
        source: The message.

    Raises:
        SenderError: It has a text that no element can hold.
        UnreadableError: It is of no syntax that is known.

    Source: `_VIEWS`.
    """
    root: etree._Element | None = source.root
    if root is not None:
        return root
    view = _view_of(source)
    return elements_of_json(source.value) if view is None else view.there(source.data)


def messages_of(source: Source, standard: str) -> list[Source]:
    """Each of the messages that came in the same bytes, as if it had come alone.

    Args:
        source: All of them.
        standard: Name of the standard they were recognised as.

    Returns:
        The messages in order, those that `Reading.further` tells of among them (1..n).

    Raises:
        SenderError: One has a text that no element can hold.
        UnreadableError: They cannot be read on.

    Source: ISO 9735-1 §7: an interchange has messages; IATA Cargo-IMP 34, message identification; the forms of this
        house that list documents.
    """
    if source.root is None and looks_like_edifact(source.data):
        first, *others = views_of(source.data)
        return [Source(bytes_of(each), None) for each in (first, *others)] if others else [source]
    if source.root is None and looks_like_cargo_imp(source.data):
        return [Source(each, None) for each in parted(source.data)]
    entries, count = _LISTED.get(standard, ("", ""))
    listed = source.value.get(entries) if isinstance(source.value, dict) else None
    if not isinstance(listed, list) or len(listed) < 2:
        return [source]
    rest = {name: each for name, each in source.value.items() if name != count}
    return [Source(b"", None, value={**rest, entries: [each]}) for each in listed]


def source_again(source: Source, root: etree._Element) -> Source:
    """A message as its elements are now.

    Args:
        source: The message as it was.
        root: Its elements, changed since.

    Raises:
        UnreadableError: They make no message any more.

    Source: `_VIEWS`.
    """
    if source.root is not None:
        return source
    view = _view_of(source)
    return Source(b"", None, value=json_of_elements(root)) if view is None else source_of(view.back(root))


def elements_of(written: bytes, limits: Limits | None = None) -> etree._Element:
    """Bytes as elements: what values are counted by.

    Args:
        written: A message of any syntax.
        limits: What it may measure at most; None for the usual limits of its syntax.

    Raises:
        UnreadableError: It is of no syntax that is known.

    Source: `_VIEWS`.
    """
    return elements_of_source(source_of(written, limits=limits))


def _view_of(source: Source) -> _View | None:
    return next((view for view in _VIEWS if view.knows(source.data)), None)
