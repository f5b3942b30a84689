# SPDX-License-Identifier: Apache-2.0
"""A JSON-LD message as objects with their types and properties, by names of the ontology.

Of JSON-LD what ONE Record uses is read: contexts with prefixes, terms and a vocabulary, in any object; `@graph`, `@id`,
`@type`, `@value`, lists and sets. Nothing is fetched: a context that is only an address counts as ONE Record's own. A
name without prefix that no context explains is none in JSON-LD; senders use them, so names of the ontology are taken.

Source: JSON-LD 1.1 §3, §4; ONE Record API 2.2, JSON-LD serialisation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cocket.standards.json_shape import escaped

_SPACE = re.compile(r"https?://onerecord\.iata\.org/(?:ns/)?(?P<space>[A-Za-z-]+)(?:/[\d.]+)?[#/](?P<name>.+)")
_OWN = "https://onerecord.iata.org/ns/cargo#"
_PREFIXES = {"cargo": _OWN, "api": "https://onerecord.iata.org/ns/api#"}
_HINT = "onerecord.iata.org"


class Thing:
    """An object of the message.

    Attributes:
        id: Its address; None for one inside another.
        types: Names of its classes (0..n); those of the API begin with `api:`.
        values: What it says, by names of properties: things, references and literals in order.
        pointer: Where it stands, as a JSON pointer.
        bare: Names of members that no context explains (0..n).
    """

    __slots__ = ("bare", "id", "pointer", "types", "values")

    def __init__(self, pointer: str) -> None:
        self.id: str | None = None
        self.types: tuple[str, ...] = ()
        self.values: dict[str, list[Any]] = {}
        self.pointer = pointer
        self.bare: list[str] = []


class Ref:
    """The address of something that the message may have elsewhere, or of a code.

    Attributes:
        id: The address.
    """

    __slots__ = ("id",)

    def __init__(self, address: str) -> None:
        self.id = address


class Graph:
    """The objects of a message.

    Args:
        value: The message.
    """

    def __init__(self, value: Any) -> None:
        self.things: list[Thing] = []
        self.top: list[Thing] = []
        self._by_id: dict[str, Thing] = {}
        self._all: dict[tuple[str, ...], list[Thing]] = {}
        self._links: dict[tuple[str, str], dict[int, Thing]] = {}
        self._names: dict[int, tuple[dict[str, Any], dict[str, tuple[str, bool]]]] = {}  # by context, which is kept
        for number, each in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(each, dict):
                self._top(each, {}, "" if number is None else f"/{number}")

    def _top(self, value: dict[str, Any], context: dict[str, Any], pointer: str) -> None:
        context = _extended(context, value.get("@context"))
        inner = value.get("@graph")
        if isinstance(inner, (list, dict)):
            for number, each in enumerate(inner if isinstance(inner, list) else [inner]):
                if isinstance(each, dict):
                    self._top(
                        each, context, f"{pointer}/@graph/{number}" if isinstance(inner, list) else f"{pointer}/@graph"
                    )
        if any(name not in ("@context", "@graph", "@id") for name in value):
            self.top.append(self._thing(value, context, pointer))

    def _thing(self, value: dict[str, Any], context: dict[str, Any], pointer: str) -> Thing:
        context = _extended(context, value.get("@context")) if "@context" in value and pointer else context
        made = Thing(pointer)
        self.things.append(made)
        for member, inner in value.items():
            if member == "@id":
                made.id = inner.strip() if isinstance(inner, str) else None
            elif member == "@type":
                types = inner if isinstance(inner, list) else [inner]
                made.types = tuple(self._named(each, context)[0] for each in types if isinstance(each, str))
            elif member[:1] != "@":
                name, is_known = self._named(member, context)
                if not is_known:
                    made.bare.append(member)
                found = list(self._values(inner, context, f"{pointer}/{escaped(member)}"))
                made.values.setdefault(name, []).extend(found)
        if made.id is not None and (made.id not in self._by_id or len(self._by_id[made.id].values) < len(made.values)):
            self._by_id[made.id] = made
        return made

    def _named(self, name: str, context: dict[str, Any]) -> tuple[str, bool]:
        _, names = self._names.setdefault(id(context), (context, {}))
        found = names.get(name)
        if found is None:
            found = names[name] = _named(name, context)
        return found

    def _values(self, value: Any, context: dict[str, Any], pointer: str) -> Iterator[Any]:
        if isinstance(value, list):
            for number, each in enumerate(value):
                yield from self._values(each, context, f"{pointer}/{number}")
        elif not isinstance(value, dict):
            if value is not None:
                yield value
        elif "@value" in value:
            yield value["@value"]
        elif "@list" in value or "@set" in value:
            name = "@list" if "@list" in value else "@set"
            yield from self._values(value[name], context, f"{pointer}/{name}")
        elif set(value) == {"@id"}:
            yield Ref(_address(value["@id"], context))
        else:
            yield self._thing(value, context, pointer)

    def of(self, value: Any) -> Thing | None:
        """The object that a value is or names; None if the message does not have it.

        Source: JSON-LD 1.1 §3.3.
        """
        if isinstance(value, Thing):
            full = self._by_id.get(value.id or "")
            return value if full is None or value.values else full
        return self._by_id.get(value.id) if isinstance(value, Ref) else None

    def all(self, *types: str) -> list[Thing]:
        """The objects of some types, each address once (0..n).

        Source: JSON-LD 1.1 §3.5.
        """
        if types not in self._all:
            found: dict[str, Thing] = {}
            for each in self.things:
                if any(name in types for name in each.types):
                    whole = self.of(each) or each
                    found.setdefault(whole.id or f"at {whole.pointer}", whole)
            self._all[types] = list(found.values())
        return self._all[types]

    def naming(self, thing: Thing, kind: str, name: str) -> Thing | None:
        """The first object of a type that names this one in a property; None if none does.

        Source: JSON-LD 1.1 §3.
        """
        links = self._links.get((kind, name))
        if links is None:
            links = self._links[kind, name] = {}
            for each in self.all(kind):
                for named in self.each(each, name):
                    links.setdefault(id(named), each)
        return links.get(id(thing))

    def inside(self, thing: Thing | None, *path: str) -> Thing | None:
        """The first object at a path; None if there is none.

        Source: JSON-LD 1.1 §3.
        """
        for name in path:
            thing = next(self.each(thing, name), None)
        return thing

    def each(self, thing: Thing | None, name: str) -> Iterator[Thing]:
        """The objects that a property names (0..n).

        Source: JSON-LD 1.1 §3.
        """
        for value in thing.values.get(name, ()) if thing else ():
            found = self.of(value)
            if found is not None:
                yield found


def is_one_record(value: Any) -> bool:
    """Whether a JSON value is of ONE Record, by its context or its type.

    Source: ONE Record API 2.2, JSON-LD serialisation.
    """
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return False
    return any(_HINT in text for name in ("@context", "@type") for text in _texts(first.get(name), 3))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value[:50]:
            yield from _texts(each, depth - 1)


def _extended(context: dict[str, Any], given: Any) -> dict[str, Any]:
    """A context with another laid on it; an address alone stands for ONE Record's own vocabulary."""
    if given is None:
        return context
    made = dict(context)
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, str):
            made.setdefault("@vocab", _OWN)
        elif isinstance(each, dict):
            made |= {name: term.get("@id") if isinstance(term, dict) else term for name, term in each.items()}
    return made


def _address(text: Any, context: dict[str, Any]) -> str:
    prefix, stroke, name = text.partition(":") if isinstance(text, str) else ("", "", "")
    space = context.get(prefix) or _PREFIXES.get(prefix)
    return f"{space}{name}" if stroke and isinstance(space, str) and name[:2] != "//" else str(text).strip()


def _named(name: str, context: dict[str, Any]) -> tuple[str, bool]:
    """The name of the ontology for a member, and whether a context explains it."""
    term = context.get(name)
    if isinstance(term, str) and term != name:
        return _named(term, {**context, name: None})
    is_known = True
    if ":" in name:
        address = _address(name, context)
        is_known = "://" in address
    else:
        vocabulary = context.get("@vocab")
        is_known = isinstance(vocabulary, str)
        address = f"{vocabulary}{name}" if is_known else f"{_OWN}{name}"
    found = _SPACE.fullmatch(address)
    if found is None:
        return address, is_known
    space = found["space"].lower()
    return (found["name"] if space == "cargo" else f"{space}:{found['name']}"), is_known
