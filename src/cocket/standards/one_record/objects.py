# SPDX-License-Identifier: Apache-2.0
"""Logistics objects as a server keeps them: their type, their address, changes to them, and what else the API has as objects.

Names of the API are written whole, without a context, so that no reader has to resolve one.

Source: ONE Record API 2.3: logistics objects, change requests, action requests, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from cocket.errors import SenderError

API: Final = "https://onerecord.iata.org/ns/api#"
CARGO: Final = "https://onerecord.iata.org/ns/cargo#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

#: Classes that say of an object only that it is one of many kinds.
_GENERAL: Final = frozenset({"LogisticsObject", "LogisticsAgent", "Organization", "Actor", "PhysicalLogisticsObject"})

#: Operations of one change (count).
MOST_OPERATIONS: Final = 500


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of a change: whether it adds, on which subject, by which property, and values with their types (1..n)."""

    is_added: bool
    subject: str
    property: str
    values: tuple[tuple[str, str], ...]


def require_object(value: Any) -> dict[str, Any]:
    """A body as one logistics object.

    Raises:
        SenderError: It is none, has a graph of several, or no class of the data model.

    Source: ONE Record API 2.3, create a logistics object.
    """
    if not isinstance(value, dict) or "@graph" in value:
        raise SenderError("The body is not one object of ONE Record.", code="one-record-object")
    if type_of(value) is None:
        raise SenderError("The object has no class of the data model.", code="one-record-object", expected="@type")
    return value


def type_of(value: Mapping[str, Any]) -> str | None:
    """The most specific class of an object, as an IRI; None where it has none of the data model.

    Source: ONE Record API 2.3, header `Type`.
    """
    told = value.get("@type")
    named = [
        expanded(one, value.get("@context"))
        for one in (told if isinstance(told, list) else [told])
        if isinstance(one, str)
    ]
    known = [one for one in named if one.startswith(CARGO) and len(one) > len(CARGO)]
    return next((one for one in known if one.removeprefix(CARGO) not in _GENERAL), known[0] if known else None)


def expanded(name: str, context: Any) -> str:
    """A name as an IRI by a context; as it is where no context explains it.

    Source: JSON-LD 1.1 §3.1, §4.1.
    """
    spaces: dict[str, str] = {"cargo": CARGO, "api": API, "xsd": XSD}
    vocabulary = CARGO
    for each in context if isinstance(context, list) else [context]:
        if isinstance(each, dict):
            spaces |= {key: one for key, one in each.items() if isinstance(one, str) and key[:1] != "@"}
            told = each.get("@vocab")
            vocabulary = told if isinstance(told, str) else vocabulary
    if name[:1] == "@":
        return name
    prefix, colon, rest = name.partition(":")
    if not colon:
        return f"{vocabulary}{name}"
    return f"{spaces[prefix]}{rest}" if prefix in spaces and not rest.startswith("//") else name


def member(value: Mapping[str, Any], name: str) -> Any:
    """What an object says by a property of the API or the data model, in whichever spelling; None where it does not.

    Source: JSON-LD 1.1 §3.
    """
    return next((each for key, each in value.items() if expanded(key, value.get("@context")) == name), None)


def text_of(value: Any) -> str:
    """A literal or a reference as text; the first of several, empty for none.

    Source: JSON-LD 1.1 §4.2.
    """
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value", value.get("@id", ""))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def texts_of(value: Any) -> tuple[str, ...]:
    """Literals or references as texts, in order (0..n).

    Source: JSON-LD 1.1 §4.2.
    """
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(text for one in listed if (text := text_of(one)))


def short(name: str) -> str:
    """The last word of an IRI of the API, or of a name with a prefix.

    Source: ONE Record API 2.3, ontology.
    """
    return name.rsplit("#", 1)[-1].rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def operations_of(change: Mapping[str, Any]) -> tuple[Operation, ...]:
    """The operations of a change (1..500).

    Raises:
        SenderError: One is not whole, or there are none or too many.

    Source: ONE Record API 2.3, change request.
    """
    context = change.get("@context")
    listed = member(change, f"{API}hasOperation")
    listed = listed if isinstance(listed, list) else [listed]
    found = []
    for one in listed[: MOST_OPERATIONS + 1]:
        told = {**one, "@context": context} if isinstance(one, dict) else {}
        op, subject = short(text_of(member(told, f"{API}op"))), text_of(member(told, f"{API}s"))
        name, objects = text_of(member(told, f"{API}p")), member(told, f"{API}o")
        values = []
        for each in objects if isinstance(objects, list) else [objects]:
            inner = {**each, "@context": context} if isinstance(each, dict) else {}
            value = member(inner, f"{API}hasValue")
            if value is not None:
                values.append((text_of(member(inner, f"{API}hasDatatype")), text_of(value)))
        if op not in ("ADD", "DELETE") or not subject or "://" not in name or not values:
            raise SenderError(
                "An operation of the change is not whole.", code="one-record-change", expected="op, s, p, o"
            )
        found.append(Operation(is_added=op == "ADD", subject=subject, property=name, values=tuple(values)))
    if not found or len(found) > MOST_OPERATIONS:
        raise SenderError(
            "A change has operations, and not too many.", code="one-record-change", expected=f"1 to {MOST_OPERATIONS}"
        )
    return tuple(found)


def changed(value: Mapping[str, Any], address: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """An object after a change.

    Args:
        value: The object as it was written.
        address: Its address, by which operations name it; objects inside it are named as `named_inside` names them.
        operations: What is added and deleted, in order.

    Raises:
        SenderError: A value that is deleted is not there, or an operation names a subject that there is not.

    Source: ONE Record API 2.3, change request.
    """
    made: dict[str, Any] = named_inside(deepcopy(dict(value)))
    context = made.get("@context")
    nodes = {one["@id"]: one for one in _nodes(made) if str(one.get("@id", "")).startswith("_:")}
    nodes[address] = made
    new: dict[str, dict[str, Any]] = {}
    for one in operations:
        node = nodes.get(one.subject)
        if node is None:
            if not one.subject.startswith("_:") or not one.is_added:
                raise SenderError(
                    "The change names what is not in the object.", code="one-record-change", found=one.subject[:200]
                )
            node = new[one.subject] = nodes[one.subject] = {"@id": one.subject}
        key = next((key for key in node if expanded(key, context) == one.property), one.property)
        held = node.get(key, [])
        held = list(held) if isinstance(held, list) else [held]
        for datatype, text in one.values:
            if one.is_added:
                held.append(_added(datatype, text, nodes, new))
                continue
            place = next((number for number, each in enumerate(held) if _is(each, text)), None)
            if place is None:
                raise SenderError(
                    "The change deletes a value that is not there.", code="one-record-change", found=text[:200]
                )
            del held[place]
        if held:
            node[key] = held if len(held) > 1 else held[0]
        else:
            node.pop(key, None)
    reachable = {id(one) for one in _nodes(made)}
    if loose := [name for name, one in new.items() if id(one) not in reachable]:
        raise SenderError(
            "The change adds an object that nothing names.", code="one-record-change", found=loose[0][:200]
        )
    for inner in _nodes(made):
        if str(inner.get("@id", "")).startswith("_:"):
            del inner["@id"]
    return made


def named_inside(value: dict[str, Any]) -> dict[str, Any]:
    """An object in which every object inside it that has no address has a name, `_:n1` and so on in their order.

    Source: JSON-LD 1.1 §3.5 (blank node identifiers).
    """
    number = 0
    for one in _nodes(value):
        if one is not value and "@id" not in one and "@value" not in one:
            number += 1
            one["@id"] = f"_:n{number}"
    return value


def shown(value: Mapping[str, Any], address: str, revision: tuple[int, int]) -> dict[str, Any]:
    """An object as it is given: under its address, with its revision and the latest.

    Source: ONE Record API 2.3, get a logistics object.
    """
    made = named_inside(deepcopy(dict(value)))
    context = made.pop("@context", None)
    numbers = {f"{API}hasRevision": _whole(revision[0]), f"{API}hasLatestRevision": _whole(revision[1])}
    rest = {key: one for key, one in made.items() if expanded(key, context) not in numbers and key != "@id"}
    return {**({"@context": context} if context is not None else {}), "@id": address, **rest, **numbers}


def embedded(value: dict[str, Any], of_link: Callable[[str], dict[str, Any] | None]) -> dict[str, Any]:
    """An object in which those that it links to stand in place of their links, one step deep.

    Args:
        value: The object as it is given.
        of_link: Gives the object at an address, None for one that there is not or that may not be seen.

    Source: ONE Record API 2.3, parameter `embedded`.
    """
    for one in list(_nodes(value)):
        for key, inner in one.items():
            if isinstance(inner, dict) and set(inner) == {"@id"}:
                one[key] = of_link(str(inner["@id"])) or inner
            elif isinstance(inner, list):
                one[key] = [
                    (of_link(str(each["@id"])) or each) if isinstance(each, dict) and set(each) == {"@id"} else each
                    for each in inner
                ]
    return value


def error_of(status: int, title: str, message: str, resource: str) -> dict[str, Any]:
    """An error as the API states it.

    Source: ONE Record API 2.3, `Error`.
    """
    return {
        "@id": f"urn:cocket:error:{status}",
        "@type": f"{API}Error",
        f"{API}hasTitle": title,
        f"{API}hasSeverity": {"@id": f"{API}ERROR"},
        f"{API}hasErrorDetail": [
            {
                "@type": f"{API}ErrorDetail",
                f"{API}hasCode": str(status),
                f"{API}hasMessage": message,
                f"{API}hasResource": {"@type": f"{XSD}anyURI", "@value": resource},
            }
        ],
    }


def time_value(at: datetime) -> dict[str, str]:
    """A time as a literal.

    Source: XML Schema 1.1 part 2, dateTime.
    """
    return {"@type": f"{XSD}dateTime", "@value": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"}


def _whole(number: int) -> dict[str, str]:
    return {"@type": f"{XSD}positiveInteger", "@value": str(number)}


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a value, itself first, without contexts and literals."""
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            if "@value" in one:
                continue
            yield one
            waiting += [inner for key, inner in one.items() if key != "@context"]
        elif isinstance(one, list):
            waiting += one


def _is(held: Any, text: str) -> bool:
    """Whether a value is the one that a text names."""
    found = text_of(held)
    return found == text or (isinstance(held, bool) and found == text.lower())


def _added(datatype: str, text: str, nodes: Mapping[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> Any:
    if text.startswith("_:"):
        node = nodes.get(text)
        if node is None:
            raise SenderError("The change names what is not in the object.", code="one-record-change", found=text[:200])
        if text in new and datatype and "@type" not in node:
            node["@type"] = datatype
        return node
    if "://" in text and not datatype.startswith(XSD):
        return {"@id": text}
    return {"@type": datatype, "@value": text} if datatype else text
