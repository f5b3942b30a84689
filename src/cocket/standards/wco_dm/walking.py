# SPDX-License-Identifier: Apache-2.0
"""One walk through a declaration whose structure is right: what is plain becomes fields at once, the rest a tree.

The tables that say what goes where are made into plans, one for each class by where it stands. A plan knows by its full
name each element that holds a plain value or a class with a plan of its own; these go straight to the model. All other
elements go into the tree of what is left, from which the takers of the same tables take as they do from a whole tree. So
there is one account of what goes where, and what is read is the same either way.

Source: WCO Data Model 3.6, Declaration (42A).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from lxml import etree

from cocket.model import Amount
from cocket.standards.wco_dm.fields import CLASSES, DATE_NAMESPACE, DECLARATION, DECLARATION_NAMESPACE, Class, Field
from cocket.standards.wco_dm.taking import Fields, Inside, Money, One, Places, Several, Taker, Value, take_fields
from cocket.standards.wco_dm.tree import (
    DATE,
    NAMES,
    Left,
    LeftOnes,
    Node,
    add,
    decimal_of,
    moment_of,
    take_moment,
    with_attributes,
)

_NUMBER: Final = "SequenceNumeric"
CURRENCY: Final = "currencyID"
_FORMAT: Final = "formatCode"


class Part(msgspec.Struct, frozen=True):
    """A class that the reader itself makes something of, in a table for the walk alone.

    Attributes:
        field: Where it goes.
        places: What goes where in it.
        make: What is left of it in the tree, and its fields → what goes there.
        is_repeated: Whether there may be several.
    """

    field: str
    places: Places
    make: Callable[[Node, Fields], Any]
    is_repeated: bool = False

    def __call__(self, node: Node, name: str, fields: Fields) -> None:
        """Leave it: the reader finds it in the tree."""


def part(field: str, places: Places, make: Callable[[Node, Fields], Any], *, is_repeated: bool = False) -> Taker:
    """A class that the reader itself makes something of; see `Part`."""
    return Part(field, places, make, is_repeated)


class ValueEntry(NamedTuple):
    """An element with a value that is no text: its field, and what its text says."""

    field: str
    read: Callable[[str], Any]


class MoneyEntry(NamedTuple):
    """A sum of money: its field."""

    field: str


class MomentEntry(NamedTuple):
    """A date or a time: its field."""

    field: str


class PlaceEntry(NamedTuple):
    """The number of a class, which is dropped if it only says its place."""


class Plan:
    """How one class is read where it stands.

    Attributes:
        name: Its element's name.
        entries: What to do with an element, by its name with namespace: a field for a text, a plan for a class.
        field: Where it goes; None for a class whose fields are those of the class around it, and for a mere tree.
        lists: Fields that gather structs (0..n).
    """

    __slots__ = ("around", "entries", "field", "is_repeated", "kind", "lists", "make", "name", "needs", "places")

    def __init__(self, name: str, entries: dict[str, Any], place: Any, lists: tuple[str, ...] = ()) -> None:
        self.name = name
        self.entries = entries
        self.lists = lists
        self.field: str | None = getattr(place, "field", None)
        self.places: Places = getattr(place, "places", {})
        self.kind: Callable[..., Any] | None = getattr(place, "kind", None)
        self.around: Callable[[Node, Fields], None] | None = getattr(place, "around", None)
        self.make: Callable[[Node, Fields], Any] | None = getattr(place, "make", None)
        self.needs = tuple(str(self.places[need]) for need in getattr(place, "needs", ()))
        self.is_repeated = isinstance(place, Several) or (isinstance(place, Part) and place.is_repeated)


#: What has no plan is kept as a tree.
TREE: Final = Plan("", {}, None)


def plan_of(places: Places) -> Plan:
    """The plan of a whole declaration.

    Args:
        places: What goes where in it, classes inside it included.
    """
    entries, lists = _entries(places, DECLARATION)
    return Plan(DECLARATION.name, entries, None, lists)


def _entries(places: Places, around: Class, but: tuple[str, ...] = ()) -> tuple[dict[str, Any], tuple[str, ...]]:
    entries: dict[str, Any] = {}
    lists: list[str] = []
    for name, place in places.items():
        field = around.fields.get(name)
        if field is None or name in but:
            continue
        entry = _entry(name, place, field)
        if entry is not None:
            entries[f"{{{DECLARATION_NAMESPACE}}}{name}"] = entry
        if isinstance(entry, Plan) and entry.field is None:
            lists += entry.lists
        elif isinstance(entry, Plan) and entry.is_repeated:
            lists.append(entry.field or "")
    return entries, tuple(lists)


def _entry(name: str, place: str | Taker, field: Field) -> Any:
    """What the walk does with an element; None if it goes into the tree."""
    is_repeated = isinstance(place, Several) or (isinstance(place, Part) and place.is_repeated)
    if field.most != 1 and not is_repeated:
        return None
    if isinstance(place, str):
        return place if field.block is None else None
    if isinstance(place, Money):
        return MoneyEntry(place.field)
    if isinstance(place, Value) and place.take_value is take_moment:
        return Plan(name, {f"{{{DATE_NAMESPACE}}}{DATE}": MomentEntry(place.field)}, None)
    if isinstance(place, Value):
        return ValueEntry(place.field, place.plain) if place.plain is not None and field.block is None else None
    if not isinstance(place, (One, Several, Inside, Part)) or field.block is None:
        return None
    entries, lists = _entries(place.places, CLASSES[field.block], place.of_around if isinstance(place, One) else ())
    if isinstance(place, Several) and place.numbered:
        entries[f"{{{DECLARATION_NAMESPACE}}}{_NUMBER}"] = PlaceEntry()
    return Plan(name, entries, place, lists)


def walk(element: etree._Element, plan: Plan) -> tuple[Node, Fields] | None:
    """Read a declaration in one walk.

    Args:
        element: The Declaration element, whose structure the schema has accepted.
        plan: Plan of the declaration.

    Returns:
        The tree of what is not plain, with what is left of classes in the model already, and the fields; None for a
        declaration that only a whole tree tells rightly: one with an empty class, or with one that lacks what it needs.
    """
    entries, fields, node, missing = plan.entries, Fields(), Node(), len(element)
    around: list[tuple[Plan, Fields, Node, int]] = []
    elements = element.iter()
    next(elements)
    for child in elements:  # flat, in document order: that is much cheaper than to descend
        entry: Any = entries.get(child.tag)
        kind = entry.__class__
        missing -= 1
        if kind is str:
            text = child.text
            if text and not child.keys() and (text := text.strip()):
                fields[entry] = text
            else:
                _keep(child, node)
        elif kind is Plan:
            size = len(child)
            if not size:
                return None
            around.append((plan, fields, node, missing))
            plan, entries, node, missing = entry, entry.entries, {}, size
            if entry.field is not None:
                fields = {}
            continue
        elif kind is ValueEntry:
            text = child.text
            value = None if not text or child.keys() else entry.read(text.strip())
            if value is None:
                _keep(child, node)
            else:
                fields[entry.field] = value
        elif kind is MoneyEntry:
            number = decimal_of((child.text or "").strip())
            if number is None or child.keys() != [CURRENCY]:
                _keep(child, node)
            else:
                fields[entry.field] = Amount(number, child.get(CURRENCY))
        elif kind is MomentEntry:
            moment = moment_of((child.text or "").strip(), child.get(_FORMAT)) if len(child.keys()) == 1 else None
            if moment is None:
                _keep(child, node)
            else:
                fields[entry.field] = moment
        elif kind is PlaceEntry:
            if child.text != str(len(around[-1][1].get(plan.field or "", ())) + 1) or child.keys():
                _keep(child, node)
        else:
            inner = _keep(child, node)
            if inner is not None:
                around.append((plan, fields, node, missing))
                plan, entries, node, missing = TREE, TREE.entries, inner, len(child)
                continue
        while not missing and around:
            done, taken, left = plan, fields, node
            plan, fields, node, missing = around.pop()
            entries = plan.entries
            if done.field is None:  # a tree is in its place, and the fields of a class without struct are there already
                if left and done is not TREE:
                    node[done.name] = left
            elif not end_class(done, taken, left, fields, node):
                return None
    close_lists(fields, plan.lists)
    return node, fields


def _keep(element: etree._Element, node: Node) -> Node | None:
    """Keep an element in the tree; the node to be filled if it is a class."""
    size = len(element)
    value: Any = {} if size else element.text or ""
    if element.keys():
        value = with_attributes(element, value)
    name = NAMES.get(element.tag) or element.tag
    add(node, name, value)
    return value if size else None


def end_class(plan: Plan, taken: Fields, left: Node, fields: Fields, node: Node) -> bool:
    """Put what was read of a class into the class around it; false if it lacks what it needs."""
    if plan.lists:
        close_lists(taken, plan.lists)
    name, rest = str(plan.field), left
    if plan.kind is None:
        value = plan.make(left, taken) if plan.make is not None else None
    else:
        if left:
            if plan.around is not None:
                plan.around(left, fields)
            take_fields(left, plan.places, taken)
        for need in plan.needs:
            if need not in taken:
                return False
        value = plan.kind(**taken)
        rest = Left(left) if left else left
    if plan.is_repeated:
        there = fields.setdefault(name, [])
        there.append(value)
        if rest:
            ones = node.setdefault(plan.name, LeftOnes())
            ones += [{}] * (len(there) - 1 - len(ones))
            ones.append(rest)
    else:
        fields[name] = value
        if rest:
            node[plan.name] = rest
    return True


def close_lists(fields: Fields, lists: tuple[str, ...]) -> None:
    """End the lists in which structs were gathered."""
    for name in lists:
        if name in fields:
            fields[name] = tuple(fields[name])
