# SPDX-License-Identifier: Apache-2.0
"""Sums, measures, counts, places and times that a message states twice: the first is a field, the other beside it.

A segment with one qualifier comes once where a field has its value, and a sum, mass, volume or count comes once
wherever it is. A message that gives it again with another value contradicts itself. Parties, references, papers, texts
and means of transport may come again, and so may what the model has several of.

Source: UN/EDIFACT directories, data segment clarifications: the qualifier says what the value is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache

from cocket.findings import Finding
from cocket.standards.edifact.fields import (
    ARRIVAL,
    CONSIGNED,
    CONSIGNMENT,
    CONTAINER,
    DECLARATION,
    EQUIPMENT,
    GOODS,
    ITEM,
    MANIFEST,
    MOVEMENT,
    RESPONSE,
    STATUS,
    STOWAGE,
)
from cocket.standards.edifact.findings import finding
from cocket.standards.edifact.nodes import Node
from cocket.standards.edifact.taking import Leaf, Members, Part, Read, looking, steps_of

#: Segments that state one value by their qualifier.
_ONCE = frozenset(("CNT", "DTM", "LOC", "MEA", "MOA"))

#: What reads those that contradict each other even where no field has them, by tag.
_ANYWHERE: dict[str, tuple[Read, ...]] = {
    "CNT": (looking(Leaf("", ("1.2",), "decimal")),),
    "MEA": (looking(Leaf("", ("",), "mass")), looking(Leaf("", ("",), "volume"))),
    "MOA": (looking(Leaf("", ("",), "amount")),),
}

#: How far the same measure in two units may be apart, as part of the first.
_ROUNDED = Decimal("0.01")

_MOVEMENTS = (("", MOVEMENT), ("EQD", EQUIPMENT))
_DECLARATIONS = (("", DECLARATION), ("CST~2", ITEM))
#: Fields of each message by the name of the segment that they are in; the message itself has none.
_TABLES: dict[str, tuple[tuple[str, Members], ...]] = {
    "CUSCAR": (
        ("", (*MANIFEST, ARRIVAL)),
        ("CNI", (*CONSIGNMENT, *GOODS)),
        ("RFF", (*CONSIGNMENT, *GOODS)),
        ("EQD", EQUIPMENT),
    ),
    "CUSDEC": _DECLARATIONS,
    "GOVCBR": _DECLARATIONS,
    "CUSRES": (("", RESPONSE),),
    "CUSREP": _MOVEMENTS,
    "CODECO": (*_MOVEMENTS, ("EQD", CONTAINER[1:])),
    "COARRI": (*_MOVEMENTS, ("EQD", CONTAINER[1:])),
    "IFTSTA": (*_MOVEMENTS, ("CNI", CONSIGNED), ("STS", STATUS)),
    "BAPLIE": (*_MOVEMENTS, ("LOC", STOWAGE)),
}


def stated_twice(name: str, node: Node, of: str = "") -> Iterator[Finding]:
    """A warning for each value of a field that is stated again, and is another one (0..n).

    Args:
        name: Message type.
        node: The message, or a segment with its group.
        of: Name of the segment, such as `CNI`; empty for the message.

    Source: UN/EDIFACT directories, data segment clarifications.
    """
    known = _known(name)
    ahead = [(of, node)]
    while ahead:
        around, each = ahead.pop()
        for key, nodes in (each.kids or {}).items():
            step = key.partition("{")[0]
            if len(nodes) > 1:
                yield from _others(nodes, known.get((around, key)) or _ANYWHERE.get(nodes[0].tag, ()))
            ahead.extend((step, kid) for kid in nodes if kid.kids)


def _others(nodes: list[Node], reads: tuple[Read, ...]) -> Iterator[Finding]:
    first, *others = nodes
    for node in others:
        if any(_is_contradicted(first, node, read) for read in reads):
            yield finding("edifact-stated-twice", (node.line, node.column), node.tag, _said(first), _said(node))


def _is_contradicted(first: Node, node: Node, read: Read) -> bool:
    said, again = read(first), read(node)
    if said is None or again is None or said == again:
        return False
    is_converted = isinstance(said, Decimal) and first.tag == "MEA" and first.get(3, 1) != node.get(3, 1)
    return not is_converted or bool(abs(said - again) > abs(said) * _ROUNDED)


def _said(node: Node) -> str:
    """A segment as it says it, without its tag."""
    return "+".join(":".join(node.components(number)) for number in range(1, len(node.values) + 1))


@cache
def _known(name: str) -> dict[tuple[str, str], tuple[Read, ...]]:
    """What reads the value of each segment that one value comes from, by what it is in and its own name."""
    known: dict[tuple[str, str], tuple[Read, ...]] = {}
    for around, members in _TABLES.get(name, ()):
        for parent, key, read in _values(members, around):
            known[parent, key] = (*known.get((parent, key), ()), read)
    return known


def _values(members: Members, around: str) -> Iterator[tuple[str, str, Read]]:
    for member in members:
        for path in member.paths:
            steps, place = steps_of(path)
            parent = steps[-2] if len(steps) > 1 else around
            is_value = isinstance(member, Leaf) or not (member.is_many or _are_apart(member.members))
            if steps and steps[-1][:3] in _ONCE and is_value:
                rest = f"{place[0]}.{place[1]}" if place else ""
                yield parent.partition("{")[0], steps[-1], looking(member._replace(paths=(rest,)))
            if isinstance(member, Part):
                yield from _values(member.members, steps[-1].partition("{")[0] if steps else around)


def _are_apart(members: Iterable[Leaf | Part]) -> bool:
    """Whether fields have segments of their own, rather than values of one."""
    return any(isinstance(member, Part) or steps_of(member.paths[0])[1] is None for member in members)
