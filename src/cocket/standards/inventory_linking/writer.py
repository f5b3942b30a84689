# SPDX-License-Identifier: Apache-2.0
"""From the model to a message of inventory linking."""

from __future__ import annotations

from typing import Any, Final

from lxml import etree
from msgspec import structs

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Movement
from cocket.standards.inventory_linking.fields import EXPORTS
from cocket.standards.inventory_linking.places import KINDS, PLACES, QUERIED, Places, movement_places, queried_places
from cocket.standards.leaves import Leaves, element_of
from cocket.standards.shape import Shape

#: Fields of a movement that facts are made of, or that are written or gathered apart from them.
_TOLD: Final = frozenset(
    [
        "message_name",
        "message_code",
        "action_code",
        "functional_reference",
        "unique_reference",
        "unique_reference_kind",
        "unique_reference_part",
        "master_reference",
        "declaration_id",
        "declaration_version",
        "location",
        "arrived",
        "departed",
        "agent",
        "transport",
        "submitter",
        "statuses",
        "errors",
        "movements",
        "references",
        "extensions",
    ]
)
#: The same within its place, its agent, its means of transport and its sender.
_TOLD_INSIDE: Final = {
    "location": frozenset(("id",)),
    "agent": frozenset(("id", "function_code")),
    "transport": frozenset(("id", "mode_code", "nationality_code")),
    "submitter": frozenset(("id",)),
}

_CODES = {kind: code for code, kind in KINDS.items()}


def movement_element(movement: Movement, shape: Shape) -> etree._Element:
    """The element of a message.

    Args:
        movement: What to write; its `message_name` is one of the shape's.
        shape: Messages about exports, or about imports.

    Returns:
        The element, its children in the order of the message.

    Raises:
        SenderError: It holds what this message has no room for; `findings` say what.
        ValueError: A text is one that XML does not allow.

    Source: UK inventory linking exports API 2.0 and inventory linking imports API 2.0.
    """
    name = movement.message_name or ""
    is_answer, kind = name == "inventoryLinkingQueryResponse", movement.unique_reference_kind or ""
    places = queried_places(kind) if is_answer and kind in QUERIED else PLACES[name]
    facts = _facts(movement)
    is_said = is_answer or (shape is not EXPORTS and facts.get("kind") == _CODES["MUCR"])
    if "kind" not in places and is_said:  # the place or the message itself says it
        facts.pop("kind", None)
    leaves = Leaves()
    findings = _put(leaves, places, facts)
    for place, code in enumerate(movement.errors, 1):
        leaves.put(f"error[{place}]/errorCode[1]", code)
    for place, told in enumerate(movement.movements, 1):
        path = f"{QUERIED.get(kind, QUERIED['DUCR'])}/movement[{place}]"
        inner = {"errors": told.errors, "movements": told.movements, "extensions": told.extensions}
        findings += _put(
            leaves, movement_places(path), _facts(told) | {key: each for key, each in inner.items() if each}
        )
    if findings:
        raise SenderError("This movement has content that the message does not support.", findings=tuple(findings))
    leaves.lay_back(movement.extensions)
    return element_of(leaves, shape.outline, name)


def _facts(movement: Movement) -> dict[str, Any]:
    """What a movement tells, by fact; nothing for what it does not tell."""
    location, agent, transport = movement.location, movement.agent, movement.transport
    facts = {
        "message": movement.message_code,
        "action": movement.action_code,
        "reference": movement.functional_reference,
        "ucr": movement.unique_reference,
        "kind": _CODES.get(movement.unique_reference_kind or "", movement.unique_reference_kind),
        "part": movement.unique_reference_part,
        "master": movement.master_reference,
        "declaration": movement.declaration_id,
        "version": movement.declaration_version,
        "location": location.id if location else None,
        "arrived": movement.arrived,
        "departed": movement.departed,
        "agent": agent.id if agent else None,
        "agent_role": agent.function_code if agent else None,
        "means": transport.id if transport else None,
        "mode": transport.mode_code if transport else None,
        "nationality": transport.nationality_code if transport else None,
        "submitter": movement.submitter.id if movement.submitter else None,
        **{f"status:{kind}": code for kind, code in movement.statuses},
        **_others(movement),
    }
    return {fact: value for fact, value in facts.items() if value is not None}


def _others(movement: Movement) -> dict[str, Any]:
    """What a movement tells that no message of this standard has a place for, by its field."""
    others = {name: value for name, value in structs.asdict(movement).items() if name not in _TOLD}
    for field, known in _TOLD_INSIDE.items():
        inner = getattr(movement, field)
        if inner is not None:
            more = structs.asdict(inner).items()
            others |= {f"{field}.{name}": value for name, value in more if name not in known}
    return {name: value for name, value in others.items() if value not in (None, "", (), {})}


def _put(leaves: Leaves, places: Places, facts: dict[str, Any]) -> list[Finding]:
    """Put facts into their places.

    Returns:
        An error for each fact that has none (0..n).
    """
    findings = []
    for fact, value in facts.items():
        if fact not in places:
            findings.append(
                Finding(
                    code="inventory-no-room",
                    severity="error",
                    message="this message does not support {name}",
                    found=str(value)[:200],
                    arguments={"name": fact},
                )
            )
        elif fact in ("arrived", "departed"):
            leaves.put_instant(places[fact], value)
        else:
            leaves.put(places[fact], value)
    return findings
