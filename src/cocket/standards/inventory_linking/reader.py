# SPDX-License-Identifier: Apache-2.0
"""From a message of inventory linking to the model; what has no place there stays as extensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lxml import etree

from cocket.model import GoodsLocation, Movement, Party, Reference, TransportMeans
from cocket.model.party import ReferenceKind
from cocket.standards.inventory_linking.fields import EXPORTS
from cocket.standards.inventory_linking.places import (
    KINDS,
    PLACES,
    QUERIED,
    RELATED,
    Places,
    movement_places,
    queried_places,
)
from cocket.standards.leaves import Leaves, leaves_of
from cocket.standards.shape import Shape

_TIMES = ("arrived", "departed")


def read_movement(element: etree._Element, shape: Shape) -> Movement:
    """A movement from the element of a message.

    Args:
        element: A message of the shape; what is in it may be anything.
        shape: Messages about exports, or about imports.

    Returns:
        The movement; what has no place in the model is in `extensions`.

    Source: UK inventory linking exports API 2.0 and inventory linking imports API 2.0.
    """
    name = etree.QName(element).localname
    leaves = leaves_of(element, shape.outline)
    references = tuple(dict.fromkeys(_related(leaves)))
    queried = next((kind for kind, path in QUERIED.items() if leaves.has(path[: -len("[1]")])), None)
    if name == "inventoryLinkingQueryResponse" and queried:
        facts = _facts(leaves, queried_places(queried)) | {"kind": queried}
        told = tuple(_told(leaves, path) for path in leaves.each(f"{QUERIED[queried]}/movement"))
    else:
        facts, told = _facts(leaves, PLACES[name]), ()
    if shape is not EXPORTS and facts.get("ucr"):
        facts["kind"] = "MUCR"  # an inventory consignment reference is the declaration's master UCR
    return Movement(
        message_name=name,
        errors=_errors(leaves),
        movements=told,
        references=tuple(dict.fromkeys((*_names(facts), *references))),
        **_fields(facts),
        extensions=leaves.left(),
    )


def _facts(leaves: Leaves, places: Places) -> dict[str, Any]:
    """What a message tells, taken from its places."""
    facts: dict[str, Any] = {}
    for fact, path in places.items():
        if fact in _TIMES:
            facts[fact] = leaves.take_instant(path)
        elif fact == "version":
            facts[fact] = leaves.take_whole(path)
        elif fact == "kind":
            facts[fact] = KINDS[leaves.take(path) or ""] if leaves.peek(path) in KINDS else None
        else:
            facts[fact] = leaves.take(path)
    return facts


def _fields(facts: dict[str, Any]) -> dict[str, Any]:
    """The fields of the model that facts give."""
    has_agent = facts.get("agent") or facts.get("agent_role")
    has_means = facts.get("means") or facts.get("mode") or facts.get("nationality")
    return {
        "message_code": facts.get("message"),
        "action_code": facts.get("action"),
        "functional_reference": facts.get("reference"),
        "unique_reference": facts.get("ucr"),
        "unique_reference_kind": facts.get("kind"),
        "unique_reference_part": facts.get("part"),
        "master_reference": facts.get("master"),
        "declaration_id": facts.get("declaration"),
        "declaration_version": facts.get("version"),
        "location": GoodsLocation(id=facts["location"]) if facts.get("location") else None,
        "arrived": facts.get("arrived"),
        "departed": facts.get("departed"),
        "agent": Party(id=facts.get("agent"), function_code=facts.get("agent_role")) if has_agent else None,
        "transport": TransportMeans(
            id=facts.get("means"), mode_code=facts.get("mode"), nationality_code=facts.get("nationality")
        )
        if has_means
        else None,
        "statuses": tuple(
            (fact.removeprefix("status:"), code)
            for fact, code in facts.items()
            if fact.startswith("status:") and code is not None
        ),
    }


def _told(leaves: Leaves, path: str) -> Movement:
    return Movement(**_fields(_facts(leaves, movement_places(path))))


def _errors(leaves: Leaves) -> tuple[str, ...]:
    paths = [f"{each}/errorCode[1]" for each in leaves.each("error")]
    if not all(leaves.peek(path) for path in paths):
        return ()  # their places would shift in writing
    return tuple(leaves.take(path) or "" for path in paths)


def _names(facts: dict[str, Any]) -> Iterator[Reference]:
    """The names of the consignment that the message is about."""
    for fact, kind in (("ucr", facts.get("kind") or "UCR"), ("master", "MUCR"), ("declaration", "MRN")):
        if facts.get(fact):
            yield Reference(cast(ReferenceKind, kind), facts[fact])


def _related(leaves: Leaves) -> Iterator[Reference]:
    """The names of consignments above and below it, and of those counted in a total."""
    for name, kind in RELATED.items():
        for path in leaves.each(name):
            for element, its_kind in (("UCR", kind), ("parentMUCR", "MUCR"), ("declarationID", "MRN")):
                value = leaves.peek(f"{path}/{element}[1]")
                if value:
                    yield Reference(cast(ReferenceKind, its_kind), value)
    for path in leaves.each("entry"):
        value = leaves.peek(f"{path}/ucrBlock[1]/ucr[1]")
        if value:
            kind = KINDS.get(leaves.peek(f"{path}/ucrBlock[1]/ucrType[1]") or "", "UCR")
            yield Reference(cast(ReferenceKind, kind), value)
