# SPDX-License-Identifier: Apache-2.0
"""Why the structure of a message was refused: the message and our tables walked together, one finding a place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from cocket.findings import Finding
from cocket.standards.ens.envelope import location_of
from cocket.standards.ens.fields import Field, Group, Message, Type
from cocket.standards.xml import text_of

_SHOWN = 200
_SPACE = " \t\r\n"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

#: Attributes for schema processors that change nothing about the message.
_HARMLESS = (f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation")

_GAP = re.compile("[ \t\r\n]+")
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")

_MESSAGES = {
    "ens-element-missing": "{expected} ({meaning}) is missing here",
    "ens-element-unexpected": "{found} is not expected here",
    "ens-element-repeated": "{found} ({meaning}) may occur {expected} only",
    "ens-element-misplaced": "{found} ({meaning}) is not in its place, which is {expected}",
    "ens-text-unexpected": "there is text between the elements: {found}",
    "ens-content-unexpected": "a single value is expected here ({meaning}), not elements: {found}",
    "ens-attribute-unexpected": "the attribute {name} is not expected here",
    "ens-value-missing": "there is no value ({meaning}); its format is {expected}",
    "ens-value-length": "{found} ({meaning}) is not as long as {expected} allows",
    "ens-value-digits": "{found} ({meaning}) has more digits than {expected} allows",
    "ens-value-format": "{found} ({meaning}) does not have the format {expected}",
    "ens-code-unknown": "{found} ({meaning}) is not one of the codes {expected}",
    "ens-structure": "the structure of the message is not valid",
}

#: Faults that an unknown field causes where it stands.
OF_THE_UNKNOWN = ("ens-element-unexpected", "ens-attribute-unexpected", "ens-content-unexpected", "ens-text-unexpected")


def explain(root: etree._Element, message: Message, *, is_new: bool) -> Iterator[Finding]:
    """Why a message is refused.

    Args:
        root: The message's root element, which its schema does not accept, in what was received.
        message: What message it is.
        is_new: Whether the new variant is meant.

    Returns:
        Errors in document order (1..n).

    Source: ICS functional specification (DDNIA ICS), as in `fields`.
    """
    is_explained = False
    for finding in _of_group(root, message.group, is_new=is_new):
        is_explained = True
        yield finding
    if not is_explained:
        yield _finding("ens-structure", root)


def _of_group(element: etree._Element, group: Group, *, is_new: bool) -> Iterator[Finding]:
    """What is wrong with a group: its attributes, its text, its children, and what is in them."""
    yield from _of_attributes(element)
    text = text_of(element).strip(_SPACE)
    if text:
        yield _finding("ens-text-unexpected", element, found=text)
    names = list(group.fields)
    ranks = [names.index(child.tag) for child in element if child.tag in group.fields]
    kept = _longest_in_order(ranks)
    counts = dict.fromkeys(names, 0)
    place = -1
    for child in element:
        field = group.fields.get(child.tag)
        if field is None:
            yield _finding("ens-element-unexpected", child, found=_shown_name(child))
            continue
        place += 1
        counts[field.name] += 1
        if field.most is not None and counts[field.name] > field.most:
            yield _finding("ens-element-repeated", child, field, expected=_times(field.most), found=field.name)
        elif place not in kept:
            before = max((ranks[each] for each in kept if ranks[each] <= ranks[place]), default=None)
            where = "first" if before is None else f"after {names[before]}"
            yield _finding("ens-element-misplaced", child, field, expected=where, found=field.name)
        else:
            yield from _of_child(child, field, is_new=is_new)
    for field in group.fields.values():
        if counts[field.name] < (field.least_new if is_new else field.least):
            yield _finding("ens-element-missing", element, field, expected=field.name)


def _of_child(element: etree._Element, field: Field, *, is_new: bool) -> Iterator[Finding]:
    if field.group:
        yield from _of_group(element, field.group, is_new=is_new)
        return
    yield from _of_attributes(element)
    if len(element):
        names = ", ".join(_shown_name(child) for child in element)
        yield _finding("ens-content-unexpected", element, field, found=names)
    elif field.type:
        code = _fault_of(element.text or "", field.type)
        if code:
            expected = ", ".join(field.type.codes) or field.type.format
            yield _finding(code, element, field, expected=expected, found=element.text)


def _of_attributes(element: etree._Element) -> Iterator[Finding]:
    for name in element.attrib:
        if name not in _HARMLESS:
            local = str(name).rpartition("}")[2]
            yield _finding("ens-attribute-unexpected", element, found=element.get(name), name=local)


def _fault_of(text: str, kind: Type) -> str | None:
    """What is wrong with a value, as a code; None if nothing is."""
    value = text if kind.base == "string" else _GAP.sub(" ", text).strip(_SPACE)
    if kind.digits:
        return _fault_of_number(value, kind.digits)
    if not value and kind.shortest:
        return "ens-value-missing"
    if kind.codes:
        return None if value in kind.codes else "ens-code-unknown"
    if not kind.shortest <= len(value) <= kind.longest:
        return "ens-value-length"
    if kind.pattern and not re.fullmatch(kind.pattern, value):
        return "ens-value-format"
    return None


def _fault_of_number(value: str, digits: tuple[int, int]) -> str | None:
    """The same for a number, whose leading and trailing zeros do not count."""
    if not value:
        return "ens-value-missing"
    if not _NUMBER.fullmatch(value):
        return "ens-value-format"
    whole, _, part = format(abs(Decimal(value)), "f").partition(".")
    whole, part = whole.lstrip("0"), part.rstrip("0")
    return "ens-value-digits" if len(part) > digits[1] or len(whole) + len(part) > digits[0] else None


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


def _finding(
    code: str,
    element: etree._Element,
    field: Field | None = None,
    *,
    expected: str | None = None,
    found: str | None = None,
    **arguments: str,
) -> Finding:
    if field:
        arguments["meaning"] = field.meaning
    return Finding(
        code=code,
        severity="error",
        message=_MESSAGES[code],
        location=location_of(element),
        expected=expected,
        found=found[:_SHOWN] if found else None,
        arguments={name: value[:_SHOWN] for name, value in arguments.items()},
    )


def _times(most: int) -> str:
    return "once" if most == 1 else f"{most} times"


def _shown_name(element: etree._Element) -> str:
    """The name of a stray element; with its namespace, if it has one, since that is then what is wrong."""
    return str(element.tag)
