# SPDX-License-Identifier: Apache-2.0
"""Takers: how what stands under a name in a class becomes a field of the model.

A table of places says for each element of a class which field it is. A text is told by the field's name alone;
anything else by a taker. Only what a message holds is looked at, so that what a class might hold costs nothing.

Source: WCO Data Model 3.6, classes and elements of the declaration (42A).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from cocket.standards.wco_dm.tree import (
    Left,
    LeftOnes,
    Node,
    branch,
    branches,
    decimal_of,
    take,
    take_amount,
    take_decimal,
    take_moment,
    take_whole,
    whole_of,
)

_LEFT = (Left, LeftOnes)

#: Fields of a struct on their way to its constructor.
Fields = dict[str, Any]

#: Takes what stands under a name out of a class, and puts it among the fields. What it cannot take it leaves.
Taker = Callable[[Node, str, Fields], None]

#: Element → field that holds its text, or the taker that knows.
Places = dict[str, "str | Taker"]


def take_fields(node: Node, places: Places, fields: Fields | None = None) -> Fields:
    """Take out of a class what its table of places knows.

    Args:
        node: The class, from which is taken.
        places: What goes where.
        fields: Fields to add to; None begins with none.

    Returns:
        The fields, only those that were stated.
    """
    fields = {} if fields is None else fields
    for name in tuple(node):
        place = places.get(name)
        if isinstance(place, str):
            value = node[name]
            text = value.strip() if type(value) is str else None
            if text:
                fields[place] = text
                del node[name]
            elif text is None and (text := take(node, name)) is not None:
                fields[place] = text
        elif place is not None and type(node[name]) not in _LEFT:
            place(node, name, fields)
    return fields


class Inside(msgspec.Struct, frozen=True):
    """The elements of a class that has no struct of its own: its fields are those of the class around it."""

    places: Places

    def __call__(self, node: Node, name: str, fields: Fields) -> None:
        """Take them."""
        inner = branch(node, name)
        if inner is not None:
            take_fields(inner, self.places, fields)
            if not inner and node[name] is inner:
                del node[name]


class One(msgspec.Struct, frozen=True):
    """A class as a struct.

    Attributes:
        field: Where it goes.
        kind: What it becomes.
        places: What goes where in it.
        around: Takes out of it first what belongs to the class around it; None if nothing does.
        of_around: Elements that `around` looks at (0..n).
    """

    field: str
    kind: Callable[..., Any]
    places: Places
    around: Callable[[Node, Fields], None] | None = None
    of_around: tuple[str, ...] = ()

    def __call__(self, node: Node, name: str, fields: Fields) -> None:
        """Take it."""
        inner = branch(node, name)
        if inner is not None:
            if self.around is not None:
                self.around(inner, fields)
            fields[self.field] = self.kind(**take_fields(inner, self.places))
            if not inner and node[name] is inner:
                del node[name]


def stated(field: str, kind: Callable[..., Any], places: Places) -> Taker:
    """A class as a struct, if anything of it is stated."""

    def taker(node: Node, name: str, fields: Fields) -> None:
        inner = branch(node, name)
        taken = take_fields(inner, places) if inner is not None else None
        if taken:
            fields[field] = kind(**taken)

    return taker


class Several(msgspec.Struct, frozen=True):
    """All classes of a name as structs, in order.

    Attributes:
        field: Where they go.
        kind: What each becomes.
        places: What goes where in each.
        needs: Elements without which one of them stays where it is.
        numbered: Whether they carry their own number, which is not kept if it only says their place.
    """

    field: str
    kind: Callable[..., Any]
    places: Places
    needs: tuple[str, ...] = ()
    numbered: bool = False

    def __call__(self, node: Node, name: str, fields: Fields) -> None:
        """Take them."""
        found = branches(node, name, self.needs)
        if self.numbered:
            drop_places(found)
        if found:
            kind, places = self.kind, self.places
            fields[self.field] = tuple([kind(**take_fields(each, places)) for each in found])
            if len(found) == 1 and not found[0] and node[name] is found[0]:
                del node[name]


def texts(field: str, element: str, *, numbered: bool = False) -> Taker:
    """The one element that matters of all classes of a name, in order."""

    def taker(node: Node, name: str, fields: Fields) -> None:
        found = branches(node, name, (element,))
        if numbered:
            drop_places(found)
        if found:
            fields[field] = tuple([take(each, element) or "" for each in found])

    return taker


def drop_places(classes: list[Node]) -> None:
    """Do away with the numbers of classes that only say their place."""
    for place, each in enumerate(classes, 1):
        if each.get("SequenceNumeric") == str(place):
            del each["SequenceNumeric"]


class Value(msgspec.Struct, frozen=True):
    """An element as a value that is no text.

    Attributes:
        field: Where it goes.
        take_value: Takes it out of the class; None, and it is left, if it is no such value.
        plain: What the text of an element without attributes says, without outer white space; None if it is no such
            value. None in its place if only `take_value` can tell.
    """

    field: str
    take_value: Callable[[Node, str], Any]
    plain: Callable[[str], Any] | None = None

    def __call__(self, node: Node, name: str, fields: Fields) -> None:
        """Take it."""
        taken = self.take_value(node, name)
        if taken is not None:
            fields[self.field] = taken


class Money(msgspec.Struct, frozen=True):
    """A sum of money with its currency."""

    field: str

    def __call__(self, node: Node, name: str, fields: Fields) -> None:
        """Take it."""
        sum_ = take_amount(node, name)
        if sum_ is not None:
            fields[self.field] = sum_


def inside(places: Places) -> Taker:
    """The elements of a class that has no struct of its own."""
    return Inside(places)


def one(field: str, kind: Callable[..., Any], places: Places) -> Taker:
    """A class as a struct."""
    return One(field, kind, places)


def of_which(
    field: str, kind: Callable[..., Any], places: Places, around: Callable[[Node, Fields], None], names: tuple[str, ...]
) -> Taker:
    """A class as a struct, of which something belongs to the class around it; see `One`."""
    return One(field, kind, places, around, names)


def several(
    field: str, kind: Callable[..., Any], places: Places, *, needs: tuple[str, ...] = (), numbered: bool = False
) -> Taker:
    """All classes of a name as structs, in order; see `Several`."""
    return Several(field, kind, places, needs, numbered)


def value(field: str, take_value: Callable[[Node, str], Any], plain: Callable[[str], Any]) -> Taker:
    """An element as a value that is no text; see `Value`."""
    return Value(field, take_value, plain)


def amount(field: str) -> Taker:
    """A sum of money with its currency."""
    return Money(field)


def whole(field: str) -> Taker:
    """A whole number."""
    return Value(field, take_whole, whole_of)


def decimal(field: str) -> Taker:
    """A decimal number."""
    return Value(field, take_decimal, decimal_of)


def moment(field: str) -> Taker:
    """A date or a time."""
    return Value(field, take_moment)


def mass_kg(field: str) -> Taker:
    """A mass in kilograms, stated or understood; one in another unit is left as it is."""
    return Value(field, _take_mass, decimal_of)


def _take_mass(node: Node, name: str) -> Any:
    value = node[name]
    is_other = type(value) is dict and value.get("@unitCode", "KGM") != "KGM"
    return None if is_other else take_decimal(node, name)
