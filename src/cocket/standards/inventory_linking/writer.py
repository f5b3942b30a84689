# SPDX-License-Identifier: Apache-2.0
"""From the model to a message of inventory linking."""

from __future__ import annotations

from typing import Any

from lxml import etree

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Movement
from cocket.standards.inventory_linking.places import KINDS, PLACES, QUERIED, Places, movement_places, queried_places
from cocket.standards.leaves import Leaves, element_of
from cocket.standards.shape import Shape

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
    if "kind" not in places:  # the place or the message itself says it
        facts.pop("kind", None)
    leaves = Leaves()
    findings = _put(leaves, places, facts)
    for place, code in enumerate(movement.errors, 1):
        leaves.put(f"error[{place}]/errorCode[1]", code)
    for place, told in enumerate(movement.movements, 1):
        path = f"{QUERIED.get(kind, QUERIED['DUCR'])}/movement[{place}]"
        findings += _put(leaves, movement_places(path), _facts(told))
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
    }
    return {fact: value for fact, value in facts.items() if value is not None}


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
