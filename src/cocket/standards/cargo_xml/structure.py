# SPDX-License-Identifier: Apache-2.0
"""Whether a message has the elements of its table, and whether they hold what they say.

An element that the table does not have is told and kept, not refused: editions add elements, and so do states.

Source: the tables of `fields`; XML Schema part 2 for numbers, times and flags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from cocket.findings import Finding
from cocket.standards.air import finding
from cocket.standards.cargo_xml.fields import DATA
from cocket.standards.shape import Class, Field, Outline
from cocket.standards.xml import location_of

_CODE = "cargo-xml"
#: Elements that no edition has which are told one by one.
_MOST_UNKNOWN = 100
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_COUNT = re.compile(r"\+?0*\d{1,9}(\.0*)?", re.ASCII)
_TIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[-+]([01]\d):[0-5]\d)?)?",
    re.ASCII,
)
_FLAGS = ("true", "false", "1", "0")
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)

_KINDS = {
    "count": (_COUNT, "number", "a whole number"),
    "number": (_NUMBER, "number", "a number"),
    "measure": (_NUMBER, "number", "a number"),
    "amount": (_NUMBER, "number", "a number"),
    "time": (_TIME, "time", "a date with time, as 2026-11-26T10:00:00Z"),
    "country": (_COUNTRY, "country", "a country in two letters"),
}


def check_structure(root: etree._Element, outline: Outline) -> Iterator[Finding]:
    """What is wrong with the elements of a message (0..n), in their order.

    Args:
        root: Its root element.
        outline: Its table.

    Source: the tables of `fields`.
    """
    kind = next(iter(outline.roots.values()))
    yield from _class(root, outline.classes[kind], _Names(outline))


class _Names:
    """Elements of an outline by their tags, and its classes."""

    def __init__(self, outline: Outline) -> None:
        self.classes = outline.classes
        self._message = f"{{{outline.prefixes['rsm']}}}"
        self._known: dict[str, str] = {}
        self.unknown = 0

    def name_of(self, tag: str) -> str | None:
        """The name of an element as the table has it; None if its namespace is another."""
        name = self._known.get(tag)
        if name is None:
            space, _, local = tag.rpartition("}")
            name = local if space[1:] == DATA else f"rsm:{local}" if f"{space}}}" == self._message else ""
            self._known[tag] = name
        return name or None


def _class(element: etree._Element, kind: Class, names: _Names) -> Iterator[Finding]:
    counts: dict[str, int] = {}
    for child in element:
        name = names.name_of(str(child.tag))
        field = kind.get(name) if name else None
        if field is None:
            names.unknown += 1
            if names.unknown > _MOST_UNKNOWN:
                continue
            message = "no edition has an element {found} here; it is preserved"
            yield finding(f"{_CODE}-unknown", "warning", message, location_of(child), found=_local(child))
            continue
        counts[field.name] = count = counts.get(field.name, 0) + 1
        if field.most is not None and count == field.most + 1:
            message = "at most {expected} of these are allowed"
            yield finding(f"{_CODE}-repeated", "error", message, location_of(child), expected=str(field.most))
        inner = names.classes.get(field.content)
        if inner is not None:
            yield from _class(child, inner, names)
        else:
            yield from _value(child, field)
    for field in kind.values():
        if field.least and not counts.get(field.name):
            name = field.name.removeprefix("rsm:")
            message = "the element {expected} is missing"
            yield finding(f"{_CODE}-missing", "error", message, location_of(element), expected=name)


def _value(element: etree._Element, field: Field) -> Iterator[Finding]:
    text = (element.text or "").strip()
    if not text:
        if field.least:
            message = "the element {expected} is empty"
            yield finding(f"{_CODE}-missing", "error", message, location_of(element), expected=field.name)
        return
    if field.content == "flag":
        if text not in _FLAGS:
            message = "{found} is neither true nor false"
            yield finding(f"{_CODE}-flag", "error", message, location_of(element), expected="true, false", found=text)
        return
    known = _KINDS.get(field.content)
    if known is not None and not known[0].fullmatch(text):
        yield finding(
            f"{_CODE}-{known[1]}",
            "error",
            "{found} is not {expected}",
            location_of(element),
            expected=known[2],
            found=text,
        )


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
