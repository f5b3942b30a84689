# SPDX-License-Identifier: Apache-2.0
"""What a policy may speak of: the schema, drawn from the roles, actions, facts and purposes of the house."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import Any, Final

from cocket.errors import SettingsError
from cocket.governance.principal import ACTIONS, PURPOSES, ROLES, UNKNOWN_PURPOSE

#: Facts that are true or false; each is explained at the head of `policy.cedar`.
YES_OR_NO: Final = (
    "own",
    "in_office",
    "at_same_office",
    "concerns_actor",
    "has_reason",
    "needs_second",
    "has_second",
    "has_case",
)

#: Values of the fact `purpose`.
STATED: Final = (*PURPOSES, UNKNOWN_PURPOSE)


def schema_text() -> str:
    """The schema that every policy is checked against and every decision is made under, in Cedar's own syntax.

    Roles and purposes are enumerated, so that a misspelt one is an error and not somebody who is never met.

    Source: Cedar policy language 4, schema grammar (`entity … enum`).
    """
    roles = ", ".join(json.dumps(name) for name in _role_names())
    purposes = ", ".join(json.dumps(name) for name in STATED)
    facts = ", ".join([*(f'"{name}": Bool' for name in YES_OR_NO), '"purpose": Purpose'])
    actions = ",\n  ".join(json.dumps(name) for name in ACTIONS)
    return (
        f"entity Role enum [{roles}];\n"
        f"entity Purpose enum [{purposes}];\n"
        "entity Actor in [Role];\n"
        "entity Thing;\n\n"
        f"type Facts = {{ {facts} }};\n\n"
        f"action\n  {actions}\nappliesTo {{ principal: [Actor], resource: [Thing], context: Facts }};\n"
    )


def _role_names() -> tuple[str, ...]:
    return tuple(dict.fromkeys([*ROLES, *(group for groups in ROLES.values() for group in groups)]))


@cache
def cedar() -> ModuleType:
    """The policy engine; loaded at the first decision, for rooms below import without it.

    Raises:
        SettingsError: It is not installed.
    """
    try:
        import cedarpy  # rooms below import without it
    except ImportError as error:
        raise SettingsError(
            "Decisions need the policy engine Cedar, which is not installed.",
            problems=("the package cedarpy is missing",),
            hint="Install cocket[server].",
        ) from error
    return cedarpy


@cache
def read_schema() -> Any:
    """The schema as Cedar reads it."""
    return cedar().Schema.from_str(schema_text())


def entities_of(roles: Sequence[str]) -> str:
    """The actor of a request with his roles and their groups, as Cedar reads entities; a role that is none is left out."""
    groups = dict.fromkeys(name for role in roles if role in ROLES for name in (role, *ROLES[role]))
    parents = [{"type": "Role", "id": name} for name in groups]
    return json.dumps([{"uid": {"type": "Actor", "id": "asking"}, "attrs": {}, "parents": parents}])


def request_of(action: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A request of Cedar's: whoever has the roles given beside it asks for an action in these circumstances."""
    purpose = {"__entity": {"type": "Purpose", "id": facts["purpose"]}}
    return {
        "principal": {"type": "Actor", "id": "asking"},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Thing", "id": "asked"},
        "context": {**{name: facts[name] for name in YES_OR_NO}, "purpose": purpose},
    }
