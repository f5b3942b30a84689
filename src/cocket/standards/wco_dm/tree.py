# SPDX-License-Identifier: Apache-2.0
"""A declaration as a tree of plain values, from which a reader takes what it knows and into which a writer puts it.

What a reader has not taken is left over, and becomes extensions; a writer lays the extensions back into the tree. So
nothing can be lost by being forgotten. The tree knows no order: the field tables give it when XML is written.

Source: WCO Data Model 3.6, Declaration (42A); UNTDID 2379 for dates (102, 304); XML Schema part 2 for numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from lxml import etree

from cocket.model import Amount, Extension
from cocket.standards.wco_dm.fields import CLASSES, DATE_NAMESPACE, DECLARATION, DECLARATION_NAMESPACE, Class

#: A class: element name → text, node, or list of them where it is repeated; `@name` → attribute. An element with a
#: text and attributes is a node with its text under the empty name.
Node = dict[str, Any]


class Left(dict[str, Any]):
    """What is left of a class that is in the model already: nothing is to be taken from it, and nothing of it is lost."""


class LeftOnes(list[Any]):
    """The same of several classes of one name, each in its place."""


_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
DATE = "DateTimeString"
NAMES = {f"{{{DECLARATION_NAMESPACE}}}{name}": name for parent in CLASSES.values() for name in parent.fields}
NAMES[f"{{{DATE_NAMESPACE}}}{DATE}"] = DATE
_PREFIXES: Any = {None: DECLARATION_NAMESPACE, "ds": DATE_NAMESPACE}

_AMOUNT = ("", "@currencyID")
_DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_WHOLE = re.compile(r"[-+]?\d{1,9}(\.0*)?", re.ASCII)
_DIGITS = 9
_STEP = re.compile(r"(?P<name>(?:\{[^}]*\})?[^/\[\]{}]+)\[(?P<place>\d+)\]|@(?P<attribute>.+)")


def tree_of(element: etree._Element) -> Node:
    """The tree of a class.

    Args:
        element: Element of the class; its children may be anything.

    Returns:
        Its children by name; names of other namespaces in full, as `{namespace}name`.
    """
    root: Node = {}
    node, missing = root, len(element)  # the class being filled, and how many of its children are still to come
    around: list[tuple[Node, int]] = []
    name_of = NAMES.get
    elements = element.iter()
    next(elements)
    for child in elements:  # flat, in document order: that is much cheaper than to descend
        name = name_of(child.tag) or child.tag
        size = len(child)
        value: Any = {} if size else child.text or ""
        if child.keys():
            value = with_attributes(child, value)
        add(node, name, value)
        missing -= 1
        if size:
            around.append((node, missing))
            node, missing = value, size
        while not missing and around:
            node, missing = around.pop()
    return root


def with_attributes(element: etree._Element, value: Any) -> Any:
    """A value of a tree with its attributes; those for schema processors are no part of the message."""
    attributes = {"@" + str(name): text for name, text in element.items() if not str(name).startswith(_XSI)}
    if not attributes:
        return value
    return attributes | (value if isinstance(value, dict) else {"": value})


def add(node: Node, name: str, value: Any) -> None:
    """Put a value, or one more, under a name."""
    there = node.get(name)
    if there is None:
        node[name] = value
    elif isinstance(there, list):
        there.append(value)
    else:
        node[name] = [there, value]


# Taking ------------------------------------------------------------------------------------------------------------


def take(node: Node, name: str) -> str | None:
    """Take a text out of a class.

    Returns:
        The text without outer white space; None if it is absent or empty, and then an empty one is left in its place.
        Attributes of the text, and repeats of the element, are left too.
    """
    value = node.get(name)
    if value is None:
        return None
    if type(value) is not str:
        return _take_from(value)
    text = value.strip()
    if not text:
        return None
    del node[name]
    return text


def _take_from(value: Any) -> str | None:
    """The text of the first of several, or of one with attributes."""
    if isinstance(value, dict):
        text = value.get("", "").strip()
        if text:
            del value[""]
        return text or None
    first = value[0]
    if isinstance(first, dict):
        return _take_from(first)
    text = first.strip()
    if text:
        value[0] = {}
    return text or None


def branch(node: Node, name: str) -> Node | None:
    """The class of a name inside another, to take from; the first if there are several; None if there is none."""
    value = node.get(name)
    if value is None or type(value) is dict:
        return value
    found = branches(node, name)
    return found[0] if found else None


def branches(node: Node, name: str, needs: tuple[str, ...] = ()) -> list[Node]:
    """All classes of a name inside another, in order, to take from.

    Args:
        node: The class around them.
        name: Their name.
        needs: Elements without which one of them cannot be taken. Such ones are put behind the others, since only
            the others will be there when the tree is built again.

    Returns:
        Those that can be taken (0..n).
    """
    if name not in node:
        return []
    value = node[name]
    if type(value) is dict and not needs:
        return [value]
    values = [{} if each == "" else each for each in (value if isinstance(value, list) else [value])]
    node[name] = values
    classes: list[Node] = []
    others: list[Any] = []
    for each in values:
        can_be_taken = isinstance(each, dict) and all(each.get(need) for need in needs)
        (classes if can_be_taken else others).append(each)
    node[name] = classes + others
    return classes


def take_whole(node: Node, name: str) -> int | None:
    """Take a whole number; None, and it is left where it is, if it is no such number of at most nine digits."""
    number = _take_number(node, name, _WHOLE)
    return None if number is None else int(number)


def take_decimal(node: Node, name: str) -> Decimal | None:
    """Take a decimal number; None, and it is left where it is, if it is no such number."""
    return _take_number(node, name, _DECIMAL)


def _take_number(node: Node, name: str, shape: re.Pattern[str]) -> Decimal | None:
    value = node.get(name)
    if value is None:
        return None
    if type(value) is str:
        text = value.strip()
        if shape.fullmatch(text) is None:
            return None
        del node[name]
        return Decimal(text)
    if shape.fullmatch(_peek(value).strip()) is None:
        return None
    return Decimal(take(node, name) or 0)


def _peek(value: Any) -> str:
    first = value[0] if isinstance(value, list) else value
    return str(first.get("", "")) if isinstance(first, dict) else str(first)


def whole_of(text: str) -> int | None:
    """The whole number that a text without outer white space says; None if it says none of at most nine digits."""
    if len(text) <= _DIGITS and text.isdecimal() and text.isascii():
        return int(text)
    return None if _WHOLE.fullmatch(text) is None else int(Decimal(text))


def decimal_of(text: str) -> Decimal | None:
    """The decimal number that a text without outer white space says; None if it says none."""
    return None if _DECIMAL.fullmatch(text) is None else Decimal(text)


def take_attribute(node: Node, name: str, attribute: str) -> str | None:
    """Take an attribute of the first element of a name; None if it is absent."""
    value = node.get(name)
    if isinstance(value, list):
        value = value[0]
    return value.pop(attribute, None) if isinstance(value, dict) else None


def take_amount(node: Node, name: str) -> Amount | None:
    """Take a sum of money with its currency; None if it is absent or no number."""
    value = node.get(name)
    if value is None:
        return None
    if type(value) is dict and len(value) == len(_AMOUNT) and "@currencyID" in value:
        text = str(value.get("", "")).strip()
        if _DECIMAL.fullmatch(text) is None:
            return None
        del node[name]
        return Amount(Decimal(text), value["@currencyID"])
    number = take_decimal(node, name)
    return None if number is None else Amount(number, take_attribute(node, name, "@currencyID"))


def take_moment(node: Node, name: str) -> datetime | None:
    """Take a date or a time: a day is its first instant, without offset, since the message gives none.

    Returns:
        The instant with the stated offset; None, and it is left where it is, if it is not one or contradicts its
        format code.
    """
    around = branch(node, name)
    value = around.get(DATE) if around else None
    if not isinstance(value, dict):
        return None
    moment = moment_of(value.get("", "").strip(), value.get("@formatCode"))
    if moment is not None:
        del node[name]
    return moment


def moment_of(text: str, code: str | None) -> datetime | None:
    """The instant of a text; None if it is none, or not in the format its code names."""
    try:
        return _moment(text, code)
    except ValueError:
        return None


def _moment(text: str, code: str | None) -> datetime:
    """The instant of a text; `ValueError` if it is none, or not in the format its code names."""
    if not text.isascii() or not text[:8].isdigit():
        raise ValueError(text)
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    if code == "102" and len(text) == len("20240131"):
        return datetime(year, month, day)  # noqa: DTZ001 - the message states no offset
    if code != "304" or len(text) not in (15, 17) or not text[8:14].isdigit():
        raise ValueError(text)
    offset = UTC if text[14:] == "Z" else timezone(timedelta(hours=int(text[14:])))
    return datetime(year, month, day, int(text[8:10]), int(text[10:12]), int(text[12:14]), tzinfo=offset)


def left_over(node: Node) -> tuple[Extension, ...]:
    """What nobody has taken.

    Args:
        node: The tree, or what is left of it.

    Returns:
        One extension a value, in the order of the message (0..n). Its path has a place (1-based) on every step.
    """
    extensions: list[Extension] = []
    _gather(node, "", extensions)
    return tuple(extensions)


def _gather(node: Node, path: str, extensions: list[Extension]) -> None:
    for name, value in node.items():
        if not name:
            extensions.append(Extension(path[:-1], value or None))
        elif name[0] == "@":
            extensions.append(Extension(path + name, value))
        else:
            for place, each in enumerate(value if isinstance(value, list) else (value,), 1):
                if isinstance(each, str):
                    extensions.append(Extension(f"{path}{name}[{place}]", each or None))
                elif each:
                    _gather(each, f"{path}{name}[{place}]/", extensions)


# Putting -----------------------------------------------------------------------------------------------------------


def put(node: Node, name: str, value: str | int | Decimal | None) -> None:
    """Put a value into a class; None puts nothing."""
    if value is not None:
        node[name] = format(value, "f") if isinstance(value, Decimal) else str(value)


def put_amount(node: Node, name: str, amount: Amount | None) -> None:
    """Put a sum of money into a class; None puts nothing."""
    if amount is not None:
        value = format(amount.value, "f")
        node[name] = {"": value, "@currencyID": amount.currency} if amount.currency else value


def put_quantity(node: Node, name: str, quantity: Decimal | None, unit: str | None) -> None:
    """Put a quantity with its unit into a class; None puts nothing."""
    if quantity is not None:
        value = format(quantity, "f")
        node[name] = {"": value, "@unitCode": unit} if unit else value


def put_class(node: Node, name: str, value: Node | None) -> None:
    """Put a class into another; None puts nothing, an empty one is put."""
    if value is not None:
        node[name] = value


def put_classes(node: Node, name: str, values: Iterable[Node]) -> None:
    """Put several classes of one name into another, in order."""
    found = list(values)
    if found:
        node[name] = found


def put_value(node: Node, name: str, element: str, value: str | None) -> None:
    """Put a class that has a single value into another; None puts nothing."""
    if value is not None:
        node[name] = {element: value}


def put_moment(node: Node, name: str, moment: datetime | None) -> None:
    """Put a date or a time into a class; without an offset it is a day, which is all that can be said then."""
    if moment is None:
        return
    if (moment.utcoffset() or timedelta()) % timedelta(hours=1):
        moment = moment.astimezone(UTC)  # the message has room for whole hours only
    if moment.tzinfo is None:
        text, code = moment.strftime("%Y%m%d"), "102"
    else:
        offset = moment.strftime("%z")
        zone = "Z" if offset == "+0000" else offset[:3]
        text, code = moment.strftime("%Y%m%d%H%M%S") + zone, "304"
    node[name] = {DATE: {"": text, "@formatCode": code}}


def lay_back(node: Node, extensions: tuple[Extension, ...]) -> None:
    """Put extensions back where they stood.

    Args:
        node: The tree that their paths start from.
        extensions: What a reader had left over (0..n); headers of an envelope and paths of other standards are
            passed over.
    """
    for extension in extensions:
        if extension.path.startswith("/"):
            continue
        steps = [_STEP.fullmatch(step) for step in _steps(extension.path)]
        if steps and all(steps):
            _lay(node, [step for step in steps if step], extension.value or "")


def _steps(path: str) -> list[str]:
    """The steps of a path; a namespace has slashes of its own."""
    return re.findall(r"(?:\{[^}]*\}|[^/{])+", path)


def _lay(node: Node, steps: list[re.Match[str]], text: str) -> None:
    step, *rest = steps
    if step["attribute"]:
        node["@" + step["attribute"]] = text
        return
    values = _values(node, step["name"])
    at = int(step["place"]) - 1
    if at >= len(values):
        at = len(values)
        values.append("")
    if rest:
        if not isinstance(values[at], dict):
            values[at] = {"": values[at]} if values[at] else {}
        _lay(values[at], rest, text)
    elif isinstance(values[at], dict):
        values[at][""] = text
    else:
        values[at] = text


def _values(node: Node, name: str) -> list[Any]:
    value = node.get(name, [])
    if not isinstance(value, list):
        value = [value]
    node[name] = value
    return value


# XML ---------------------------------------------------------------------------------------------------------------


def element_of(node: Node) -> etree._Element:
    """The Declaration element of a tree, in the order of the field tables; elements they do not have come last."""
    element = etree.Element(f"{{{DECLARATION_NAMESPACE}}}Declaration", nsmap=_PREFIXES)
    _fill(element, node, DECLARATION)
    return element


def _fill(element: etree._Element, node: Node, kind: Class | None) -> None:
    known = kind.fields if kind else {}
    for name in (*(name for name in known if name in node), *(name for name in node if name not in known)):
        if name == "":
            element.text = node[name]
        elif name[0] == "@":
            element.set(name[1:], node[name])
        else:
            block = known[name].block if name in known else None
            values = node[name]
            for value in values if isinstance(values, list) else [values]:
                child = etree.SubElement(element, _tag(name))
                if isinstance(value, dict):
                    _fill(child, value, CLASSES[block] if block else None)
                else:
                    child.text = value or None


def _tag(name: str) -> str:
    if name[0] == "{":
        return name
    return f"{{{DATE_NAMESPACE if name == DATE else DECLARATION_NAMESPACE}}}{name}"
