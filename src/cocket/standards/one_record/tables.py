# SPDX-License-Identifier: Apache-2.0
"""The ontology as a table: classes, what they inherit, their properties.

In `tables.txt` a block is a class, behind `<` those above it; a line is a property with how often it may be said and what
it says: a class, a literal, or a code. `Name = A B` is a class of which only these individuals are.

Source: ONE Record data model 3.3 (2026-07), IATA-1R-DM-Ontology (MIT); facts re-stated.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import msgspec


class Property(msgspec.Struct, frozen=True):
    """What a class may say.

    Attributes:
        least: Fewest times (count).
        most: Most times (count); None if there is no limit.
        content: Name of a class, or `string`, `boolean`, `integer`, `number`, `time`, `duration`, `code`.
    """

    least: int
    most: int | None
    content: str


class Kind(msgspec.Struct, frozen=True):
    """A class.

    Attributes:
        above: It and all above it.
        properties: What it may say, by name, that of those above it too.
        individuals: The only ones there are (0..n); empty if it is no such class.
        needed: Names of properties that it must say (0..n).
    """

    above: frozenset[str]
    properties: dict[str, Property]
    individuals: frozenset[str]
    needed: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def ontology() -> dict[str, Kind]:
    """The classes by name.

    Source: ONE Record data model 3.3 (2026-07).
    """
    text = resources.files(__package__).joinpath("tables.txt").read_text("utf-8")
    own: dict[str, tuple[list[str], dict[str, Property], frozenset[str]]] = {}
    for block in text.strip().split("\n\n"):
        head, *lines = block.splitlines()
        name, _, individuals = head.partition(" = ")
        name, _, above = name.partition(" < ")
        own[name] = (above.split(), dict(map(_property, lines)), frozenset(individuals.split()))
    return {name: _whole(name, own) for name in own}


def _property(line: str) -> tuple[str, Property]:
    name, times, content = line.split()
    least, _, most = times.partition("..")
    return name, Property(int(least), None if most == "n" else int(most), content)


def _whole(name: str, own: dict[str, tuple[list[str], dict[str, Property], frozenset[str]]]) -> Kind:
    above, properties, individuals = own[name]
    names, inherited = {name}, dict[str, Property]()
    for each in above:
        if each in own:
            kind = _whole(each, own)
            names |= kind.above
            inherited |= kind.properties
    said = inherited | properties
    needed = tuple(name for name, each in said.items() if each.least)
    return Kind(frozenset(names), said, individuals, needed)


@lru_cache(maxsize=1)
def properties() -> frozenset[str]:
    """The names of all properties.

    Source: ONE Record data model 3.3 (2026-07).
    """
    return frozenset(name for kind in ontology().values() for name in kind.properties)
