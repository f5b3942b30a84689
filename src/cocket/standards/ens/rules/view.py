# SPDX-License-Identifier: Apache-2.0
"""The message as the rules see it: each element by the names of its children.

A rule asks small questions: is there a TIN, what does the mode of transport say, how many packages are there in all.
The tree is walked once to answer them; no rule searches it again. Where an element that the schema allows once stands
more than once, the first one that has a value speaks.
Source: the questions are those of the GB entry summary rules; numbers are read as IEEE 754 doubles, as there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from math import nan

import msgspec
from lxml import etree

#: White space of XML; a value may stand in it.
WHITE = " \t\r\n"

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")
_CHILDLESS: dict[str, list[Node]] = {}


class Node(msgspec.Struct):
    """An element, seen by the names of its children.

    Attributes:
        text: Its own text as it stands, white space kept; empty if there is none.
        children: Name of a child → all children of that name, in order (1..n).
    """

    text: str
    children: dict[str, list[Node]]

    def has(self, name: str) -> bool:
        """Whether there is such a child, be it empty."""
        return name in self.children

    def all(self, name: str) -> Sequence[Node]:
        """All children of a name, in order (0..n)."""
        return self.children.get(name, ())

    def value(self, name: str) -> str:
        """Text of the first child of a name as it stands; empty if there is none."""
        found = self.children.get(name)
        return found[0].text if found else ""

    def trimmed(self, name: str) -> str:
        """Text of the first child of a name without white space around it; empty if there is none."""
        return self.value(name).strip(WHITE)

    def number(self, name: str) -> float:
        """Number in the first child of a name; NaN if there is none."""
        return number(self.value(name))

    def trimmed_values(self, name: str) -> list[str]:
        """Texts of all children of a name without white space around them (0..n)."""
        return [child.text.strip(WHITE) for child in self.all(name)]

    def total(self, name: str) -> float:
        """Sum over all children of a name; 0 if there are none, NaN if one is no number."""
        return total(number(child.text) for child in self.all(name))

    def together(self, name: str) -> Node:
        """All children of a name as if they were one: its children are theirs, in order."""
        members = self.all(name)
        if len(members) == 1:
            return members[0]
        children: dict[str, list[Node]] = {}
        for member in members:
            for key, nodes in member.children.items():
                children.setdefault(key, []).extend(nodes)
        return Node("", children)


class Message(Node, dict=True):
    """The root element, with what many rules ask about the message as a whole."""

    @cached_property
    def header(self) -> Node:
        """What stands in the header; without children if there is no header."""
        return self.together("HEAHEA")

    @cached_property
    def items(self) -> Node:
        """What stands in all goods items together."""
        return self.together("GOOITEGDS")

    @cached_property
    def packages(self) -> Node:
        """What stands in all packages of all goods items together."""
        return self.items.together("PACGS2")

    @cached_property
    def marks_of_counted_packages(self) -> frozenset[str]:
        """Marks and numbers, without white space around them, that stand with a number of packages above zero."""
        return frozenset(
            package.trimmed("MarNumOfPacGSL21")
            for package in self.items.all("PACGS2")
            if package.has("MarNumOfPacGSL21") and (whole(package.value("NumOfPacGS24")) or 0) > 0
        )

    @cached_property
    def mode(self) -> float:
        """Mode of transport at the border by its number; NaN if there is none."""
        return self.header.number("TraModAtBorHEA76")

    @cached_property
    def circumstance(self) -> str:
        """Specific circumstance indicator: C road, D rail, E authorised economic operator; empty if there is none."""
        return self.header.trimmed("SpeCirIndHEA1")


def view(root: etree._Element) -> Message:
    """Look at a message by the names of its elements.

    Args:
        root: The root element, parsed without comments (`cocket.standards.xml`).

    Returns:
        The message.
    """
    return Message(root.text or "", _children(root))


def number(text: str) -> float:
    """A decimal number in white space; NaN if it is none."""
    text = text.strip(WHITE)
    return float(text) if _DECIMAL.fullmatch(text) else nan


def whole(text: str) -> int | None:
    """A whole number in white space; None if it is none or beyond 32 bits."""
    text = text.strip(WHITE)
    value = int(text) if _WHOLE.fullmatch(text) else None
    return value if value is not None and -(2**31) <= value < 2**31 else None


def total(numbers: Iterable[float]) -> float:
    """Sum from left to right.

    Deviation: not `sum`, which has compensated for rounding since Python 3.12; the tolerance of rule 8686 was set for
    plain addition.
    """
    result = 0.0
    for value in numbers:
        result += value
    return result


def _children(element: etree._Element) -> dict[str, list[Node]]:
    children: dict[str, list[Node]] = {}
    for child in element:
        node = Node(child.text or "", _children(child) if len(child) else _CHILDLESS)
        tag = child.tag
        if tag in children:
            children[tag].append(node)
        else:
            children[tag] = [node]
    return children
