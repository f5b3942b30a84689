# SPDX-License-Identifier: Apache-2.0
"""Between segments and the model by one table for both ways: which field of a struct stands at which path.

Where a table names several paths, the first is the field's own. From another one, or where several of them say
something, a value is only looked at: it stays among the extensions, is laid back where it stood, and is not said a
second time. What no field takes is an extension too, and what these lay back is not overwritten.

Source: the notation is ours; UNTDID 2379 and UNECE Recommendation 20 for the forms of values.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import Struct

from cocket.model import Amount
from cocket.standards.edifact.nodes import Node, find, safe
from cocket.standards.edifact.tables import Group
from cocket.standards.edifact.taking import UNIT_WRITTEN, UNITS, Leaf, Members, Part, looking, steps_of

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
        if _is_empty(inner) or _is_kept(target.kept, member, inner):
            continue
        path = _place_of(target, member)
        if path is None:
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
    """Whether what is laid back says the same already."""
    return kept is not None and bool(looking(member)(kept) == value)


def _place_of(target: Target, member: Leaf | Part) -> str | None:
    """Where a field is written: where what is laid back says another value of it, else in the first place there is."""
    is_many = isinstance(member, Part) and member.is_many
    fitting = [path for path in member.paths if _fits(target.group, path)]
    if target.kept is not None:
        for path in fitting:
            if looking(member._replace(paths=(path,)))(target.kept) not in (None, ()):
                return path if is_many else _named(path, target.kept)
    return next((path for path in fitting if is_many or "*" not in path), None)


def _named(path: str, kept: Node) -> str:
    """A path with the name of the first segment there is in the place of one that may have any, such as `EQD{CN *}`."""
    if "*" not in path:
        return path
    steps = list[str]()
    for step in path.split("/"):
        key = next((key for key in kept.kids or () if key.startswith(step[:-2])), step) if step.endswith("*}") else step
        steps.append(key)
        kept = kept.first(key) or kept
    return "/".join(steps)


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
        _put(here, *(place or (1, 1)), format(value, "f") if isinstance(value, Decimal) else str(value))
    elif leaf.kind in ("lines", "address"):
        element, first = place or (1, 1)
        text = value if isinstance(value, str) else "\n".join(value)
        for number in range(leaf.lines):
            here.mark(element, first + number)  # a line that there is no more is not laid back
        for number, line in enumerate(_wrapped(text, leaf.lines)):
            _put(here, element, first + number, line)
    elif leaf.kind in UNITS:
        _put(here, 3, 1, UNIT_WRITTEN[leaf.kind])
        _put(here, 3, 2, format(value, "f"))
    elif leaf.kind == "amount":
        _put(here, 1, 2, format(value.value, "f"))
        _put(here, 1, 3, value.currency or "")
    else:
        text, code = moment_written(value)
        _put(here, 1, 2, text)
        _put(here, 1, 3, code)


def _put(node: Node, element: int, component: int, text: str) -> None:
    """Set a value that is not overwritten by what is laid back."""
    node.put(element, component, text)
    node.mark(element, component)


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
