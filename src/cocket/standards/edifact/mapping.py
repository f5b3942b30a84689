# SPDX-License-Identifier: Apache-2.0
"""Between segments and the model by one table for both ways: which field of a struct stands at which path.

Where a table names several paths, the first is the field's own. From another one, or where several of them say
something, a value is only looked at: it stays among the extensions, is laid back where it stood, and is not said a
second time. What no field takes is an extension too, and what these lay back is not overwritten.

Source: the notation is ours; UNTDID 2379 and UNECE Recommendation 20 for the forms of values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from cocket.model import Amount
from cocket.standards.edifact.checks import MOMENTS, instant
from cocket.standards.edifact.nodes import QUALIFIERS, Node, find, safe
from cocket.standards.edifact.tables import Group

Kind = Literal["text", "lines", "decimal", "whole", "moment", "day", "mass", "volume", "amount", "address"]

_NUMBER = re.compile(r"-?(?:\d+(?:[.,]\d+)?|[.,]\d+)", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)

#: Units of mass in kilograms and of volume in cubic metres (Recommendation 20).
_MASS = {"KGM": Decimal(1), "TNE": Decimal(1000), "GRM": Decimal("0.001"), "LBR": Decimal("0.45359237")}
_VOLUME = {"MTQ": Decimal(1), "LTR": Decimal("0.001"), "DMQ": Decimal("0.001")}
_UNITS: dict[str, dict[str, Decimal]] = {"mass": _MASS, "volume": _VOLUME}
_UNIT_WRITTEN = {"mass": "KGM", "volume": "MTQ"}


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


# Reading -------------------------------------------------------------------------------------------------------------


def read_fields(node: Node, members: Members) -> dict[str, Any]:
    """What a segment and its group say of fields.

    Args:
        node: The segment.
        members: The fields.

    Returns:
        Values by field; nothing for what is not there or is not what it should be.

    Source: the notation of this module.
    """
    found: dict[str, Any] = {}
    for member in members:
        value = _read_leaf(node, member) if isinstance(member, Leaf) else _read_part(node, member)
        if value is not None and value != ():
            found[member.field] = value
    return found


def _read_part(node: Node, part: Part) -> Any:
    for path, is_own in _ways(node, part.paths):
        if part.is_many:
            nodes = _all_at(node, path)
            values = tuple(takewhile(_is_there, (_read_struct(_seen(each, is_own), part) for each in nodes)))
            if values:
                return values
            continue
        here = _first_at(node, path)
        value = None if here is None else _read_struct(_seen(here, is_own), part)
        if value is not None:
            return value
    return None


def _ways(node: Node, paths: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """The paths under which there is a segment, and whether a value is taken from it."""
    if len(paths) == 1:
        return ((paths[0], True),)
    found = [path for path in paths if _first_at(node, path) is not None]
    return tuple((path, len(found) == 1 and path == paths[0]) for path in found)


def _seen(node: Node, is_own: bool) -> Node:
    """The segment to take values from if it is a field's own place, else a copy to look at."""
    return node if is_own else node.copy()


def _is_there(value: Any) -> bool:
    """Numbers in paths count from the first: behind one that could not be read, none is."""
    return value is not None


def _read_struct(node: Node, part: Part) -> Any:
    if part.make.__name__ in _WITH_ID and _lacks_id(node, part):
        return None
    fields = read_fields(node, part.members)
    if part.qualifier:
        fields[part.qualifier] = node.get(*QUALIFIERS[node.tag][0])
    if not fields and not part.is_many:
        return None
    node.claim()
    return part.make(**fields)


def _lacks_id(node: Node, part: Part) -> bool:
    paths = (path for leaf in part.members if leaf.field == "id" for path in leaf.paths)
    text = next((text for path in paths if (text := node.get(*(steps_of(path)[1] or (0, 0))))), "")
    return text.strip() != text or not text


#: Structs that are nothing without their number.
_WITH_ID = {"Seal", "TransportEquipment", "Classification"}


def _steps(path: str) -> tuple[list[str], tuple[int, int] | None]:
    *steps, last = path.split("/") if path else [""]
    element, _, component = last.partition(".")
    if element.isdecimal():
        return steps, (int(element), int(component))
    return ([*steps, last] if last else steps), None


_STEPS: dict[str, tuple[list[str], tuple[int, int] | None]] = {}


def steps_of(path: str) -> tuple[list[str], tuple[int, int] | None]:
    """A path taken apart: segments, and the value if it names one.

    Source: the notation of this module.
    """
    found = _STEPS.get(path)
    if found is None:
        found = _STEPS[path] = _steps(path)
    return found


def _first_at(node: Node, path: str) -> Node | None:
    for step in steps_of(path)[0]:
        kids = node.kids
        if kids is None:
            return None
        nodes = kids.get(step) or (node.each(step) if step.endswith("*}") else None)
        if not nodes:
            return None
        node = nodes[0]
    return node


def _all_at(node: Node, path: str) -> list[Node]:
    found = [node]
    for step in steps_of(path)[0]:
        found = [kid for each in found for kid in each.each(step)]
    return found


def _read_leaf(node: Node, leaf: Leaf) -> Any:
    read = _READERS[leaf.kind]
    for path, is_own in _ways(node, leaf.paths):
        here = _first_at(node, path)
        value = None if here is None else read(_seen(here, is_own), steps_of(path)[1], leaf)
        if value is not None:
            return value
    return None


def _text(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> str | None:
    text = node.get(*place) if place else ""
    if text.strip() != text or not text:
        return None
    return node.take(*place)  # type: ignore[misc]  # a text has a place


def _lines(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> str | None:
    if place is None:
        return None
    element, first = place
    texts = [node.get(element, first + n) for n in range(leaf.lines)]
    while texts and not texts[-1]:
        texts.pop()
    if not texts or not all(texts) or any("\n" in text for text in texts):
        return None
    for number in range(len(texts)):
        node.mark(element, first + number)
    return "\n".join(texts)


def _address(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> tuple[str, ...] | None:
    text = _lines(node, place, leaf)
    return tuple(text.split("\n")) if text else None


def _whole(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> int | None:
    text = node.get(*place) if place else ""
    if _WHOLE.fullmatch(text) is None or (len(text) > 1 and text[0] == "0"):
        return None
    node.mark(*place)  # type: ignore[misc]
    return int(text)


def number_of(text: str) -> Decimal | None:
    """A number as EDIFACT writes it, with point or comma; None if it is none.

    Source: ISO 9735-1 §10.
    """
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _decimal(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> Decimal | None:
    value = number_of(node.get(*place)) if place else None
    if value is not None:
        node.mark(*place)  # type: ignore[misc]
    return value


def _measured(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> Decimal | None:
    value = number_of(node.get(3, 2))
    factor = _UNITS[leaf.kind].get(node.get(3, 1))
    if value is None or factor is None:
        return None
    node.mark(3, 1)
    node.mark(3, 2)
    return value if factor == 1 else value * factor


def _moment(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> datetime | date | None:
    text, code = node.get(1, 2), node.get(1, 3)
    moment = instant(text, code) if code in _KEPT else None
    if moment is None:
        return None
    if leaf.kind == "day" and code not in ("101", "102"):
        return moment.date()  # the time of day is left, and with it the whole value
    node.mark(1, 2)
    node.mark(1, 3)
    return moment.date() if leaf.kind == "day" else moment


#: Formats whose values are whole instants or days, so that nothing is lost or made up.
_KEPT = {code for code in MOMENTS if code in ("101", "102", "201", "202", "203", "204")}


def _amount(node: Node, place: tuple[int, int] | None, leaf: Leaf) -> Amount | None:
    value = number_of(node.get(1, 2))
    if value is None:
        return None
    node.mark(1, 2)
    return Amount(value, node.take(1, 3) or None)


_READERS = {
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


# Writing -------------------------------------------------------------------------------------------------------------


class Target(NamedTuple):
    """A segment that is being written.

    Attributes:
        node: The segment.
        group: The group that it begins; None if it begins none.
        kept: What will be laid back in it; None if nothing is.
    """

    node: Node
    group: Group | None
    kept: Node | None = None

    def kid(self, path: str, place: int = 1) -> Target:
        """A segment in it by its path, made if it is not there; the place is that of the last step (1-based)."""
        steps = steps_of(path)[0]
        kept = self.kept
        for number, step in enumerate(steps, 1):
            kept = kept.nth(step, place if number == len(steps) else 1) if kept else None
        return Target(_made(self.node, path, place), _group_at(self.group, path), kept)


def write_fields(target: Target, value: Any, members: Members) -> None:
    """Put the fields of a struct into a segment and its group, each in the first of its places that the message has.

    Args:
        target: The segment.
        value: The struct.
        members: Its fields. One that the message has no place for is not written, nor is one that the extensions say.

    Source: the notation of this module.
    """
    for member in members:
        inner = getattr(value, member.field)
        is_many = isinstance(member, Part) and member.is_many
        path = next((path for path in member.paths if _fits(target.group, path) and (is_many or "*" not in path)), None)
        if path is None or _is_empty(inner) or _is_kept(target.kept, member, inner):
            continue
        if isinstance(member, Leaf):
            _write_leaf(target.node, path, member, inner)
        elif member.is_many:
            _write_many(target, path, member, inner)
        else:
            write_fields(target.kid(path), inner, member.members)


def _is_empty(value: Any) -> bool:
    if isinstance(value, Struct) and not isinstance(value, Amount):
        return all(_is_empty(getattr(value, field)) for field in value.__struct_fields__)
    return value is None or value in ((), "", {})


def _is_kept(kept: Node | None, member: Leaf | Part, value: Any) -> bool:
    """Whether what is laid back says the same already, in one of the other places."""
    if kept is None or len(member.paths) == 1:
        return False
    said = _read_leaf(kept, member) if isinstance(member, Leaf) else _read_part(kept, member)
    return bool(said == value)


def _fits(group: Group | None, path: str) -> bool:
    for step in steps_of(path)[0]:
        slot = group.by_name.get(step.partition("{")[0]) if group else None
        if slot is None:
            return False
        group = slot.opens
    return True


def _group_at(group: Group | None, path: str) -> Group | None:
    for step in steps_of(path)[0]:
        group = group.by_name[step.partition("{")[0]].opens if group else None
    return group


def _write_many(target: Target, path: str, part: Part, values: Iterable[Any]) -> None:
    *around, last = steps_of(path)[0] or [""]
    counts: dict[str, int] = {}
    for value in values:
        key = last
        if key.endswith("*}"):
            key = key.replace("*", safe(str(getattr(value, part.qualifier or "id", None) or "")))
        counts[key] = counts.get(key, 0) + 1
        write_fields(target.kid("/".join([*around, key]), counts[key]), value, part.members)


def _made(node: Node, path: str, place: int) -> Node:
    """The segment of a path, the last of its steps being the one of a number."""
    *around, last = steps_of(path)[0] or [""]
    if not last:
        return node
    way = "/".join([*(f"{step}[1]" for step in around), f"{last}[{place}]"])
    return find(node, way) or node


def _write_leaf(node: Node, path: str, leaf: Leaf, value: Any) -> None:
    steps, place = steps_of(path)
    here = _made(node, "/".join(steps), 1)
    if leaf.kind in ("text", "whole", "decimal"):
        here.put(*(place or (1, 1)), format(value, "f") if isinstance(value, Decimal) else str(value))
    elif leaf.kind in ("lines", "address"):
        element, first = place or (1, 1)
        text = value if isinstance(value, str) else "\n".join(value)
        for number, line in enumerate(_wrapped(text, leaf.lines)):
            here.put(element, first + number, line)
    elif leaf.kind in _UNITS:
        here.put(3, 1, _UNIT_WRITTEN[leaf.kind])
        here.put(3, 2, format(value, "f"))
    elif leaf.kind == "amount":
        here.put(1, 2, format(value.value, "f"))
        here.put(1, 3, value.currency or "")
    else:
        text, code = moment_written(value)
        here.put(1, 2, text)
        here.put(1, 3, code)


def _wrapped(text: str, most: int) -> list[str]:
    lines = text.split("\n")
    return lines if len(lines) <= most else [*lines[: most - 1], " ".join(lines[most - 1 :])]


def moment_written(value: datetime | date) -> tuple[str, str]:
    """A day or time with the code of its format: the shortest that says all.

    Source: UNTDID 2379.
    """
    if not isinstance(value, datetime):
        return f"{value:%Y%m%d}", "102"
    if value.second:
        return f"{value:%Y%m%d%H%M%S}", "204"
    if value.hour or value.minute:
        return f"{value:%Y%m%d%H%M}", "203"
    return f"{value:%Y%m%d}", "102"
