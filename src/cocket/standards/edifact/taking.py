# SPDX-License-Identifier: Apache-2.0
"""From segments to the model by one table: what reads each field is made ready once, and takes what it reads.

Source: the notation is ours; UNTDID 2379 and UNECE Recommendation 20 for the forms of values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

from cocket.model import Amount
from cocket.standards.edifact.checks import MOMENTS, instant
from cocket.standards.edifact.nodes import QUALIFIERS, Node, bit_of

Kind = Literal["text", "lines", "decimal", "whole", "moment", "day", "mass", "volume", "amount", "address"]

_NUMBER = re.compile(r"-?(?:\d+(?:[.,]\d+)?|[.,]\d+)", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)

#: Units of mass in kilograms and of volume in cubic metres (Recommendation 20).
_MASS = {"KGM": Decimal(1), "TNE": Decimal(1000), "GRM": Decimal("0.001"), "LBR": Decimal("0.45359237")}
_VOLUME = {"MTQ": Decimal(1), "LTR": Decimal("0.001"), "DMQ": Decimal("0.001")}
UNITS: dict[str, dict[str, Decimal]] = {"mass": _MASS, "volume": _VOLUME}
UNIT_WRITTEN = {"mass": "KGM", "volume": "MTQ"}


class Leaf(NamedTuple):
    """A field that is one value.

    Attributes:
        field: Name of the field.
        paths: Where it may stand, its own place first, such as `DTM{137}` or `BGM/2.1`.
        kind: How it is written; dates, masses and amounts are whole segments, and their paths have no element.
        lines: How many components it may fill (`lines` only).
    """

    field: str
    paths: tuple[str, ...]
    kind: Kind = "text"
    lines: int = 5


class Part(NamedTuple):
    """A field that is a struct of its own, or several of them.

    Attributes:
        field: Name of the field.
        paths: The segments it may stand in, such as `NAD{CN}`; the empty path is the segment around it.
        make: Type of the struct.
        members: Its fields, with paths that begin at its segment.
        is_many: Whether the field holds a tuple of them; written is the first path, with numbers.
        qualifier: Field of the struct that holds the qualifier, for a path that ends with `{*}`.
    """

    field: str
    paths: tuple[str, ...]
    make: type
    members: tuple[Leaf | Part, ...]
    is_many: bool = False
    qualifier: str | None = None


Members = Iterable[Leaf | Part]

#: Element and component of a value; None for what is a whole segment.
Place = tuple[int, int] | None
#: What reads one field of a segment and its group; None or nothing where it is not there.
Read = Callable[[Node], Any]


# Reading -------------------------------------------------------------------------------------------------------------


def reader_of(members: Members, *, is_taking: bool = True) -> Callable[[Node], dict[str, Any]]:
    """Makes ready once what reads fields of a segment and its group, for many of them.

    Args:
        members: The fields.
        is_taking: Whether values are taken from where they stand; False only looks at them.

    Returns:
        Given a segment, values by field; nothing for what is not there or is not what it should be.

    Source: the notation of this module.
    """
    plan = tuple(
        (member.field, _leaf(member, is_taking) if isinstance(member, Leaf) else _part(member, is_taking))
        for member in members
    )

    def read(node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field, of in plan:
            value = of(node)
            if value is not None and value != ():
                found[field] = value
        return found

    return read


def _leaf(leaf: Leaf, is_taking: bool) -> Read:
    def at(path: str, is_own: bool) -> Read:
        return _READERS[leaf.kind](steps_of(path)[1], leaf, is_own and is_taking)

    return _along([tuple(steps_of(path)[0]) for path in leaf.paths], leaf.paths, at)


def _along(ways: list[tuple[str, ...]], paths: tuple[str, ...], at: Callable[[str, bool], Read]) -> Read:
    """Reads along the paths in their order, and takes from the own one only if it is the only one there.

    Args:
        ways: What is still to go of each path, segment by segment.
        paths: The paths.
        at: Makes what reads at the end of a path, given the path and whether values may be taken there.
    """
    if len({way[:1] for way in ways}) == 1 and ways[0] and not ways[0][0].endswith("*}"):
        return _within(ways[0][0], _along([way[1:] for way in ways], paths, at))
    if len(paths) == 1:
        read = at(paths[0], True)
        return read if not ways[0] else lambda node: None if (here := _first_of(node, ways[0])) is None else read(here)
    return _choosing(ways, at(paths[0], True), [at(path, False) for path in paths])


def _within(step: str, read: Read) -> Read:
    """Reads in the first segment of a name."""

    def within(node: Node) -> Any:
        kids = node.kids
        nodes = kids.get(step) if kids else None
        return read(nodes[0]) if nodes else None

    return within


def _choosing(ways: list[tuple[str, ...]], take: Read, looks: list[Read]) -> Read:
    """Takes from the first way if it is the only one that leads to a segment, else looks along all that do."""
    known = list(zip(ways, looks, strict=True))
    starts = frozenset(step for way in ways for step in way[:1])
    may_miss = all(ways) and not any(step.endswith("*}") for step in starts)

    def choose(node: Node) -> Any:
        if may_miss and starts.isdisjoint(node.kids or ()):
            return None
        there = [(here, way, look) for way, look in known if (here := _first_of(node, way)) is not None]
        if len(there) == 1 and there[0][1] is ways[0]:
            return take(there[0][0])
        for here, _, look in there:
            value = look(here)
            if value is not None:
                return value
        return None

    return choose


def _part(part: Part, is_taking: bool) -> Read:
    if not part.is_many:
        ways = [tuple(steps_of(path)[0]) for path in part.paths]
        return _along(ways, part.paths, lambda _, is_own: _struct(part, is_own and is_taking))
    if len(part.paths) == 1:
        return _many(tuple(steps_of(part.paths[0])[0]), _struct(part, is_taking))
    take, look = (
        [_many(tuple(steps_of(path)[0]), _struct(part, own)) for path in part.paths] for own in (is_taking, False)
    )
    ways = [tuple(steps_of(path)[0]) for path in part.paths]

    def read(node: Node) -> Any:
        there = [place for place, way in enumerate(ways) if _first_of(node, way) is not None]
        for place in there:
            values = (take if there == [0] else look)[place](node)
            if values:
                return values
        return None

    return read


def _many(way: tuple[str, ...], read: Read) -> Read:
    """Reads all at the end of a way.

    Numbers in paths count from the first: behind one that could not be read, none is.
    """

    def many(node: Node) -> tuple[Any, ...]:
        nodes = [node]
        for step in way:
            nodes = [kid for each in nodes for kid in each.each(step)] if len(nodes) != 1 else nodes[0].each(step)
        values = []
        for each in nodes:
            value = read(each)
            if value is None:
                break
            values.append(value)
        return tuple(values)

    return many


def _struct(part: Part, is_taking: bool) -> Read:
    fields_of, make, qualifier = reader_of(part.members, is_taking=is_taking), part.make, part.qualifier
    numbers: tuple[tuple[int, int], ...] | None = None
    if make.__name__ in _WITH_ID:
        leaves = [each for each in part.members if isinstance(each, Leaf) and each.field == "id"]
        numbers = tuple(steps_of(path)[1] or (0, 0) for leaf in leaves for path in leaf.paths)

    def read(node: Node) -> Any:
        if numbers is not None and _lacks_id(node, numbers):
            return None
        fields = fields_of(node)
        if qualifier:
            fields[qualifier] = node.get(*QUALIFIERS[node.tag][0])
        if not fields and not part.is_many:
            return None
        if is_taking:
            node.used |= 1
        return make(**fields)

    return read


def _lacks_id(node: Node, places: tuple[tuple[int, int], ...]) -> bool:
    text = next((text for place in places if (text := node.get(*place))), "")
    return not text or text.strip() != text


#: Structs that are nothing without their number.
_WITH_ID = {"Seal", "TransportEquipment", "Classification"}


@cache
def steps_of(path: str) -> tuple[list[str], tuple[int, int] | None]:
    """A path taken apart: segments, and the value if it names one.

    Source: the notation of this module.
    """
    *steps, last = path.split("/") if path else [""]
    element, _, component = last.partition(".")
    if element.isdecimal():
        return steps, (int(element), int(component))
    return ([*steps, last] if last else steps), None


def _first_of(node: Node, way: tuple[str, ...]) -> Node | None:
    for step in way:
        kids = node.kids
        if kids is None:
            return None
        nodes = kids.get(step) or (node.each(step) if step.endswith("*}") else None)
        if not nodes:
            return None
        node = nodes[0]
    return node


# Each kind of value: given its place and its field, what reads it, and marks it as taken if it is to be.


def _text(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    element, component = place or (0, 0)
    bit = bit_of(element, component) if is_taking else 0

    def read(node: Node) -> str | None:
        text = node.get(element, component)
        if not text or text.strip() != text:
            return None
        node.used |= bit
        return text

    return read


def _lines(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    element, first = place or (0, 0)
    bits = [bit_of(element, first + number) if is_taking else 0 for number in range(leaf.lines)]

    def read(node: Node) -> str | None:
        texts = node.components(element)[first - 1 : first - 1 + leaf.lines] if element else []
        while texts and not texts[-1]:
            texts.pop()
        if not texts or not all(texts):
            return None
        text = "\n".join(texts)
        if text.count("\n") != len(texts) - 1:
            return None
        for bit in bits[: len(texts)]:
            node.used |= bit
        return text

    return read


def _address(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    lines = _lines(place, leaf, is_taking)

    def read(node: Node) -> tuple[str, ...] | None:
        text = lines(node)
        return tuple(text.split("\n")) if text else None

    return read


def _whole(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    element, component = place or (0, 0)
    bit = bit_of(element, component) if is_taking else 0

    def read(node: Node) -> int | None:
        text = node.get(element, component)
        if _WHOLE.fullmatch(text) is None or (len(text) > 1 and text[0] == "0"):
            return None
        node.used |= bit
        return int(text)

    return read


def number_of(text: str) -> Decimal | None:
    """A number as EDIFACT writes it, with point or comma; None if it is none.

    Source: ISO 9735-1 §10.
    """
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _decimal(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    element, component = place or (0, 0)
    bit = bit_of(element, component) if is_taking else 0

    def read(node: Node) -> Decimal | None:
        value = number_of(node.get(element, component))
        if value is not None:
            node.used |= bit
        return value

    return read


def _measured(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    factors, bits = UNITS[leaf.kind], bit_of(3, 1) | bit_of(3, 2) if is_taking else 0

    def read(node: Node) -> Decimal | None:
        factor = factors.get(node.get(3, 1))
        value = None if factor is None else number_of(node.get(3, 2))
        if value is None or factor is None:
            return None
        node.used |= bits
        return value if factor == 1 else value * factor

    return read


def _moment(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    is_day, bits = leaf.kind == "day", bit_of(1, 2) | bit_of(1, 3) if is_taking else 0

    def read(node: Node) -> datetime | date | None:
        text, code = node.get(1, 2), node.get(1, 3)
        moment = instant(text, code) if code in _KEPT else None
        if moment is None:
            return None
        if is_day and code not in ("101", "102"):
            return moment.date()  # the time of day is left, and with it the whole value
        node.used |= bits
        return moment.date() if is_day else moment

    return read


#: Formats whose values are whole instants or days, so that nothing is lost or made up.
_KEPT = {code for code in MOMENTS if code in ("101", "102", "201", "202", "203", "204")}


def _amount(place: Place, leaf: Leaf, is_taking: bool) -> Read:
    number, currency = (bit_of(1, 2), bit_of(1, 3)) if is_taking else (0, 0)

    def read(node: Node) -> Amount | None:
        value = number_of(node.get(1, 2))
        if value is None:
            return None
        code = node.get(1, 3)
        node.used |= number | currency if code else number
        return Amount(value, code or None)

    return read


_READERS: dict[Kind, Callable[[Place, Leaf, bool], Read]] = {
    "text": _text,
    "lines": _lines,
    "address": _address,
    "whole": _whole,
    "decimal": _decimal,
    "mass": _measured,
    "volume": _measured,
    "moment": _moment,
    "day": _moment,
    "amount": _amount,
}


@cache
def looking(member: Leaf | Part) -> Read:
    """Makes ready once what reads one field without taking it.

    Source: the notation of this module.
    """
    return _leaf(member, False) if isinstance(member, Leaf) else _part(member, False)
