# SPDX-License-Identifier: Apache-2.0
"""What a rule is, where it stands, and how a message is walked with it.

A rule is a question about one place: is it broken here? Places form the same tree as the message, so that walking
both together names the exact element, and paths are written only where something is wrong.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TypeAlias

import msgspec

from cocket.findings import Finding
from cocket.standards.ens.rules.view import WHITE, Message, Node

#: Whether a rule is broken at a place: the element there, the one around it, the whole message.
Broken: TypeAlias = Callable[[Node, Node, Message], bool]

_SHOWN = 200


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule at one kind of place.

    Attributes:
        code: Error code of the GB import control system, four figures.
        broken: Whether it is broken at a place.
        text: Sentence for the trader and the officer, with places for `arguments`, `{expected}` and `{found}`.
        source: Condition or rule of the EU specification it rests on, else the GB error.
        arguments: Words for the sentence.
        shows: Child whose value is told as found; None for the value of the place itself.
        expected: What would have been right, or how it follows from the message; None if there is no one right value.
    """

    code: str
    broken: Broken
    text: str
    source: str
    arguments: dict[str, str] = {}
    shows: str | None = None
    expected: str | Callable[[Message], str] | None = None

    def finding(self, here: Node, message: Message, where: str) -> Finding:
        """What to tell of a place where the rule is broken.

        Source: the rule's own.
        """
        found = here.text if self.shows is None else here.value(self.shows)
        return Finding(
            code=self.code,
            severity="error",
            message=self.text,
            location=where,
            expected=self.expected(message) if callable(self.expected) else self.expected,
            found=found.strip(WHITE)[:_SHOWN] or None,
            arguments=self.arguments,
        )


def rule(broken: Broken, shows: str | None = None, expected: str | Callable[[Message], str] | None = None) -> Rule:
    """Make a rule of a function `rule_NNNN` (or `rule_NNNN_when`) whose docstring holds the sentence and the source.

    Args:
        broken: The function.
        shows: Child whose value is told as found; None for the value of the place itself.
        expected: What would have been right, as in `Rule`.

    Returns:
        The rule.

    Source: the function's own.
    """
    text, _, source = inspect.cleandoc(broken.__doc__ or broken.__name__).partition("\n\nSource: ")
    return Rule(
        code=broken.__name__.removeprefix("rule_")[:4],
        broken=broken,
        text=text.replace("\n", " "),
        source=source.replace("\n", " ").rstrip("."),
        shows=shows,
        expected=expected,
    )


class Place(msgspec.Struct, frozen=True):
    """A kind of element with the rules that hold there.

    Attributes:
        name: Name of the element.
        rules: Rules that hold at each element of that name.
        below: Places inside it.
    """

    name: str
    rules: tuple[Rule, ...] = ()
    below: tuple[Place, ...] = ()


def broken_rules(place: Place, here: Node, around: Node, message: Message, where: str) -> Iterator[Finding]:
    """Ask all rules of a place and of the places below.

    Args:
        place: Which rules to ask.
        here: The element to ask about.
        around: The element around it; the message itself for its root.
        message: The whole message.
        where: XPath of `here`.

    Returns:
        One finding a broken rule and element (0..n).

    Source: each rule's own.
    """
    for asked in place.rules:
        if asked.broken(here, around, message):
            yield asked.finding(here, message, where)
    children = here.children
    for inner in place.below:
        for count, child in enumerate(children.get(inner.name, ()), 1):
            yield from broken_rules(inner, child, here, message, f"{where}/{inner.name}[{count}]")


def rules_of(place: Place, path: str = "") -> Iterator[tuple[str, Rule]]:
    """All rules of a place and of the places below, each with the path of its elements (`GOOITEGDS/PACGS2`).

    Source: each rule's own.
    """
    for held in place.rules:
        yield path, held
    for inner in place.below:
        yield from rules_of(inner, f"{path}/{inner.name}".lstrip("/"))
