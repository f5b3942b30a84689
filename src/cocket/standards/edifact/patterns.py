# SPDX-License-Identifier: Apache-2.0
"""Whether a segment is of its table: one look for a whole segment, and an explanation only for those that are not.

Source: ISO 9735-1 §8 (omission and truncation), §10 (numeric values); UN/EDIFACT directories for the formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cocket.findings import Finding
from cocket.standards.edifact.findings import finding
from cocket.standards.edifact.nodes import Node
from cocket.standards.edifact.separators import Separators
from cocket.standards.edifact.tables import Component, Element

_NUMBER = re.compile(r"-?(\d+(?:[.,]\d+)?|[.,]\d+)", re.ASCII)


@cache
def pattern_of(tag: str, elements: tuple[Element, ...], separators: Separators) -> re.Pattern[str]:
    """Matches a segment of its table that has neither releases nor repetitions; others are to be explained.

    Source: the table.
    """
    marks = "".join(re.escape(mark) for mark in separators if mark and mark != separators.decimal)
    other = f"[^{marks}]"
    plus, colon = re.escape(separators.element), re.escape(separators.component)
    text, is_needed = "", False
    for element in reversed(elements):
        is_needed = is_needed or element.is_mandatory
        text = f"{plus}{_composite(element, other, colon)}{text}"
        text = text if is_needed else f"(?:{text})?"
    return re.compile(tag + text)


def _composite(element: Element, other: str, colon: str) -> str:
    text, is_needed = "", False
    first, *others = element.components
    for component in reversed(others):
        is_needed = is_needed or component.is_mandatory
        text = f"{colon}{_value(component, other)}{text}"
        text = text if is_needed else f"(?:{text})?"
    text = f"{_value(first, other)}{text}"
    return text if element.is_mandatory else f"(?:{text})?"


def _value(component: Component, other: str) -> str:
    shortest, longest = component.shortest, component.longest
    if component.kind == "n":
        value = rf"(?![-.,0-9]{{{longest + 3}}})-?[0-9]{{{shortest},{longest}}}(?:[.,][0-9]{{1,{longest}}})?"
    else:
        value = f"{other}{{{shortest},{longest}}}"
    return value if component.is_mandatory else f"(?:{value})?"


def explain(node: Node, elements: tuple[Element, ...], separators: Separators) -> Iterator[Finding]:
    """What is wrong with a segment by its table (0..n).

    Args:
        node: The segment, its values without releases.
        elements: Its table.
        separators: Of the interchange.

    Source: ISO 9735-1 §8, §10; the table.
    """
    spots: list[tuple[Element, int]] = [(element, number) for number, element in enumerate(elements, 1)]
    for element, number in spots:
        values = node.components(number)
        if any(values):
            yield from _explain_element(node, element, number, values)
        elif element.is_mandatory:
            yield _told(node, "edifact-element-missing", f"{number}", expected=element.number)
    for (number, repetition), values in (node.repeats or {}).items():
        most = elements[number - 1].most if number <= len(elements) else 0
        if repetition > most and any(values):
            yield _told(node, "edifact-element-unexpected", f"{number}({repetition})", found=values[0])
        elif any(values):
            yield from _explain_element(node, elements[number - 1], number, values)
    for number in range(len(elements), len(node.values)):
        values = node.components(number + 1)
        if any(values):
            yield _told(node, "edifact-element-unexpected", f"{number + 1}", found=":".join(values))
            break


def _explain_element(node: Node, element: Element, number: int, values: list[str]) -> Iterator[Finding]:
    for place, component in enumerate(element.components, 1):
        where, value = f"{number}.{place}", values[place - 1] if place <= len(values) else ""
        if not value:
            if component.is_mandatory:
                yield _told(node, "edifact-element-missing", where, expected=component.number)
            continue
        yield from _explain_value(node, component, where, value)
    for place in range(len(element.components), len(values)):
        if values[place]:
            yield _told(node, "edifact-element-unexpected", f"{number}.{place + 1}", found=values[place])
            break


def _explain_value(node: Node, component: Component, where: str, value: str) -> Iterator[Finding]:
    form = f"{component.kind}{'..' if component.shortest == 1 != component.longest else ''}{component.longest}"
    length = len(value)
    if component.kind == "n":
        if _NUMBER.fullmatch(value) is None:
            yield _told(node, "edifact-element-format", where, expected=form, found=value)
            return
        length -= sum(value.count(mark) for mark in "-.,")
    if not component.shortest <= length <= component.longest:
        yield _told(node, "edifact-element-length", where, expected=form, found=value, length=str(length))


def _told(node: Node, code: str, where: str, **more: str) -> Finding:
    return finding(code, (node.line, node.column), f"{node.tag} {where}", **more)
