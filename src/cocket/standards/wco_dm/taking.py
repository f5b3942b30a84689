# SPDX-License-Identifier: Apache-2.0
"""Takers: how what stands under a name in a class becomes a field of the model.

A table of places says for each element of a class which field it is. A text is told by the field's name alone;
anything else by a taker. Only what a message holds is looked at, so that what a class might hold costs nothing.

Source: WCO Data Model 3.6, classes and elements of the declaration (42A).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocket.standards.wco_dm.tree import (
    Node,
    branch,
    branches,
    take,
    take_amount,
    take_decimal,
    take_moment,
    take_whole,
)

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
        elif place is not None:
            place(node, name, fields)
    return fields


def inside(places: Places) -> Taker:
    """The elements of a class that has no struct of its own: its fields are those of the class around it."""

    def taker(node: Node, name: str, fields: Fields) -> None:
        inner = branch(node, name)
        if inner is not None:
            take_fields(inner, places, fields)
            if not inner and node[name] is inner:
                del node[name]

    return taker


def one(field: str, kind: Callable[..., Any], places: Places) -> Taker:
    """A class as a struct."""

    def taker(node: Node, name: str, fields: Fields) -> None:
        inner = branch(node, name)
        if inner is not None:
            fields[field] = kind(**take_fields(inner, places))
            if not inner and node[name] is inner:
                del node[name]

    return taker


def stated(field: str, kind: Callable[..., Any], places: Places) -> Taker:
    """A class as a struct, if anything of it is stated."""

    def taker(node: Node, name: str, fields: Fields) -> None:
        inner = branch(node, name)
        taken = take_fields(inner, places) if inner is not None else None
        if taken:
            fields[field] = kind(**taken)

    return taker


def several(
    field: str, kind: Callable[..., Any], places: Places, *, needs: tuple[str, ...] = (), numbered: bool = False
) -> Taker:
    """All classes of a name as structs, in order.

    Args:
        field: Where they go.
        kind: What each becomes.
        places: What goes where in each.
        needs: Elements without which one of them stays where it is.
        numbered: Whether they carry their own number, which is not kept if it only says their place.
    """

    def taker(node: Node, name: str, fields: Fields) -> None:
        found = branches(node, name, needs)
        if numbered:
            drop_places(found)
        if found:
            fields[field] = tuple([kind(**take_fields(each, places)) for each in found])
            if len(found) == 1 and not found[0] and node[name] is found[0]:
                del node[name]

    return taker


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


def _value(take_value: Callable[[Node, str], Any]) -> Callable[[str], Taker]:
    def for_field(field: str) -> Taker:
        def taker(node: Node, name: str, fields: Fields) -> None:
            value = take_value(node, name)
            if value is not None:
                fields[field] = value

        return taker

    return for_field


whole = _value(take_whole)
decimal = _value(take_decimal)
amount = _value(take_amount)
moment = _value(take_moment)


def _take_mass(node: Node, name: str) -> Any:
    value = node[name]
    is_other = type(value) is dict and value.get("@unitCode", "KGM") != "KGM"
    return None if is_other else take_decimal(node, name)


#: A mass in kilograms, stated or understood; one in another unit is left as it is.
mass_kg = _value(_take_mass)
