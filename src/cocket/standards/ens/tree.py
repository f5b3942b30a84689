# SPDX-License-Identifier: Apache-2.0
"""A message as a tree of plain values, from which a reader takes what it knows and into which a writer puts it.

What a reader has not taken is left over and becomes extensions; a writer lays the extensions back into the tree. A
value is only taken if it would be written just as it stood: one written otherwise (`007`, ` GB `) is read, and its
spelling is left over too. So nothing can be lost by being forgotten or by being made tidy.
Source: ICS functional specification (DDNIA ICS): elements hold either elements or one text, and have no attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from lxml import etree

from cocket.model import Extension
from cocket.standards.ens.fields import Field, Group, Message
from cocket.standards.xml import text_of

#: An element by the names of its children; each name has its values in order: texts, nodes, or None once taken. An
#: attribute stands under `@name`, a text beside children or attributes under `text()`.
Node = dict[str, list[Any]]

T = TypeVar("T")

_TEXT = "text()"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_STEP = re.compile(r"(?P<name>(?:@|\{[^}]*\})*[^/\[\]{}]+)(?:\[(?P<place>\d+)\])?(?:/|$)")

_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_MOMENT = re.compile(r"[0-9]{12}")


def tree_of(element: etree._Element, namespace: str = "") -> Node:
    """The tree of an element that holds elements.

    Args:
        element: The element; its children may be anything.
        namespace: Namespace of the message's elements, left out of their names; those of ICS1 have none.

    Returns:
        Its children by name. Attributes for schema processors are no part of the message and are left out.
    """
    node: Node = {}
    own = f"{{{namespace}}}"
    for child in element:
        is_plain = not len(child) and not _attributes(child)
        value: Any = child.text or "" if is_plain else tree_of(child, namespace)
        node.setdefault(child.tag.removeprefix(own), []).append(value)
    node.update(_attributes(element))
    text = text_of(element)
    if text.strip():
        node[_TEXT] = [text]
    return node


def _attributes(element: etree._Element) -> Node:
    named = ((str(name), text) for name, text in element.items())
    return {"@" + name: [text] for name, text in named if not name.startswith(_XSI)}


# Taking ------------------------------------------------------------------------------------------------------------


def take(node: Node, name: str) -> str | None:
    """Take a text without outer white space; None if it is absent or empty, and then an empty one is left."""
    return take_as(node, name, _text, str)


def take_whole(node: Node, name: str) -> int | None:
    """Take a whole number; None, and it is left, if it is no such number of at most nine digits."""
    return take_as(node, name, lambda text: int(text) if _WHOLE.fullmatch(text) else None, str)


def take_decimal(node: Node, name: str) -> Decimal | None:
    """Take a decimal number; None, and it is left, if it is no such number."""
    return take_as(node, name, lambda text: Decimal(text) if _DECIMAL.fullmatch(text) else None, plain)


def take_moment(node: Node, name: str) -> datetime | None:
    """Take a date and time to the minute, of which the message states no offset; None, and it is left, if it is none."""
    return take_as(node, name, moment, minute)


def take_as(node: Node, name: str, read: Callable[[str], T | None], write: Callable[[T], str]) -> T | None:
    """Take the first value of a name in a form of its own.

    Args:
        node: Where it is.
        name: Its name.
        read: Gives the value of a text without outer white space; None if it has none.
        write: Gives the text that such a value would be written as.

    Returns:
        The value; None if there is none. It is gone from the node if it was written as `write` would write it.
    """
    values = node.get(name)
    if values and isinstance(values[0], dict):
        values = values[0].get(_TEXT)
    if not values or not isinstance(values[0], str):
        return None
    value = read(values[0].strip())
    if value is not None and write(value) == values[0]:
        values[0] = None
    return value


def peek(node: Node, name: str) -> str | None:
    """A text without outer white space that is left where it is; None if it is absent or empty."""
    values = node.get(name)
    if values and isinstance(values[0], dict):
        values = values[0].get(_TEXT)
    return _text(values[0].strip()) if values and isinstance(values[0], str) else None


def branch(node: Node, name: str) -> Node:
    """The first group of a name, to take from; an empty one of its own if there is none."""
    values = node.get(name)
    return values[0] if values and isinstance(values[0], dict) else {}


def branches(node: Node, name: str, needs: str | None = None) -> list[Node]:
    """All groups of a name in order, to take from.

    Args:
        node: The group around them.
        name: Their name.
        needs: Element without whose text one of them cannot be taken. Such ones are put behind the others, since only
            the others will be there when the tree is built again.

    Returns:
        Those that can be taken (0..n); an empty element is an empty group.
    """
    groups: list[Node] = []
    others: list[Any] = []
    for value in node.get(name, ()):
        group = {} if value == "" else value
        if isinstance(group, dict) and (needs is None or peek(group, needs)):
            groups.append(group)
        else:
            others.append(value)
    if groups:
        node[name] = [*groups, *others]
    return groups


def left_over(node: Node, group: Group | None = None) -> tuple[Extension, ...]:
    """What nobody has taken.

    Args:
        node: The tree of a group, or what is left of it.
        group: Which group; None for one that no table has.

    Returns:
        One extension a value, in the order in which the message is written (0..n). Its path has a place (1-based) on
        every step.
    """
    extensions: list[Extension] = []
    _gather(node, "", group, extensions)
    return tuple(extensions)


def _gather(node: Node, path: str, group: Group | None, extensions: list[Extension]) -> None:
    known = group.fields if group else {}
    for name in _in_order(node, known):
        inner = known[name].group if name in known else None
        for place, value in enumerate(node[name], 1):
            if isinstance(value, dict):
                _gather(value, f"{path}{name}[{place}]/", inner, extensions)
            elif value is not None:
                step = name if name == _TEXT or name[0] == "@" else f"{name}[{place}]"
                extensions.append(Extension(path + step, value or None))


def _in_order(node: Node, known: dict[str, Field]) -> list[str]:
    """The names in a node as the message has them; those it does not have come last."""
    return [*(name for name in known if name in node), *(name for name in node if name not in known)]


# Putting -----------------------------------------------------------------------------------------------------------


def put(node: Node, name: str, value: str | int | Decimal | datetime | None) -> None:
    """Put a value into a group; None puts nothing."""
    if value is None:
        return
    if isinstance(value, datetime):
        value = minute(value)
    node[name] = [plain(value) if isinstance(value, Decimal) else str(value)]


def put_group(node: Node, name: str, value: Node | None) -> None:
    """Put a group into another; None puts nothing, an empty one is put."""
    if value is not None:
        node[name] = [value]


def put_groups(node: Node, name: str, values: Iterable[Node]) -> None:
    """Put several groups of one name into another, in order."""
    found = list(values)
    if found:
        node[name] = found


def lay_back(node: Node, extensions: Iterable[Extension]) -> None:
    """Put extensions back where they stood.

    Args:
        node: The tree that their paths start from.
        extensions: What a reader had left over (0..n); paths that no such tree can have are passed over.
    """
    for extension in extensions:
        steps = list(_STEP.finditer(extension.path))
        if steps and "".join(step[0] for step in steps) == extension.path:
            _lay(node, steps, extension.value or "")


def _lay(node: Node, steps: list[re.Match[str]], text: str) -> None:
    step, *rest = steps
    name = step["name"]
    if name == _TEXT or name[0] == "@":
        node[name] = [text]
        return
    values = node.setdefault(name, [])
    at = int(step["place"] or 1) - 1
    if at >= len(values):
        at = len(values)
        values.append({} if rest else text)
    elif rest and not isinstance(values[at], dict):
        values[at] = {_TEXT: [values[at]]}
    elif not rest and isinstance(values[at], dict):
        values[at][_TEXT] = [text]
        return
    if rest:
        _lay(values[at], rest, text)
    else:
        values[at] = text


def element_of(node: Node, message: Message) -> etree._Element:
    """The root element of a tree, in the order of the field tables; elements they do not have come last.

    Raises:
        ValueError: A text or a name is one that XML does not allow.
    """
    element = etree.Element(message.tag, nsmap={"ie": message.namespace})
    _fill(element, node, message.group)
    return element


def _fill(element: etree._Element, node: Node, group: Group | None) -> None:
    known = group.fields if group else {}
    for name in _in_order(node, known):
        if name == _TEXT:
            element.text = node[name][0]
        elif name[0] == "@":
            element.set(name[1:], node[name][0])
        else:
            inner = known[name].group if name in known else None
            for value in node[name]:
                child = etree.SubElement(element, name)
                if isinstance(value, dict):
                    _fill(child, value, inner)
                else:
                    child.text = value or None


# Values ------------------------------------------------------------------------------------------------------------


def plain(number: Decimal) -> str:
    """A decimal number without exponent."""
    return format(number, "f")


def moment(text: str) -> datetime | None:
    """A moment of the form `YYYYMMDDHHMM`, without offset since none is stated; None if there is no such moment."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:]))  # noqa: DTZ001
    except ValueError:
        return None


def minute(value: datetime) -> str:
    """A moment as `YYYYMMDDHHMM`; one with an offset in UTC, since the message can state none."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    return f"{value.year:04}{value:%m%d%H%M}"


def _text(text: str) -> str | None:
    return text or None
