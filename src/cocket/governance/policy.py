# SPDX-License-Identifier: Apache-2.0
"""The decision: facts are worked out here, the law is `policy.cedar`.

A decision depends on the roles, the action and eight facts alone, so each is asked of Cedar once and remembered.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import msgspec

from cocket.errors import SettingsError
from cocket.governance.principal import PURPOSES, ROLES, Context, Principal, Resource


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What policy is told of the circumstances; each is explained at the head of `policy.cedar`."""

    own: bool
    in_office: bool
    at_same_office: bool
    concerns_actor: bool
    has_reason: bool
    needs_second: bool
    has_second: bool
    purpose_is_known: bool


class Decision(msgspec.Struct, frozen=True):
    """Whether an act is allowed, and by which rules.

    Attributes:
        allowed: Whether it is.
        reasons: Ids of the rules that decided, sorted (1..n); `nothing-permits` where no rule spoke.
    """

    allowed: bool
    reasons: tuple[str, ...]


def decide(principal: Principal, action: str, resource: Resource, context: Context | None = None) -> Decision:
    """Decide whether this actor may do this, to this, for this purpose. What nothing permits is not allowed.

    Args:
        principal: Who asks.
        action: One of `ACTIONS`; any other is not allowed.
        resource: What it is about.
        context: In which circumstances; None stands for control work without a reason given.

    Returns:
        The decision with its reasons.

    Raises:
        SettingsError: Cedar is not installed, or the policy file is broken; nothing is decided then.
    """
    facts = _facts(principal, resource, context or Context())
    return _decide(tuple(sorted(set(principal.roles))), action, facts)


def _facts(principal: Principal, resource: Resource, context: Context) -> Facts:
    return Facts(
        own=resource.sender is not None and resource.sender in principal.senders,
        in_office=principal.office is None or resource.is_house_wide or principal.office in resource.offices,
        at_same_office=principal.office is not None and principal.office in resource.offices,
        concerns_actor=principal.id in resource.concerns,
        has_reason=bool(context.reason and context.reason.strip()),
        needs_second=context.needs_second,
        has_second=context.second is not None and context.second != principal.id,
        purpose_is_known=context.purpose in PURPOSES,
    )


@lru_cache(maxsize=8192)
def _decide(roles: tuple[str, ...], action: str, facts: Facts) -> Decision:
    cedar, policies, groups = _policy()
    actor = {"uid": {"type": "Actor", "id": "asking"}, "attrs": {}, "parents": [_role(role) for role in roles]}
    request = {
        "principal": {"type": "Actor", "id": "asking"},
        "action": {"type": "Action", "id": action},
        "resource": {"type": "Thing", "id": "asked"},
        "context": msgspec.structs.asdict(facts),
    }
    result = cedar.is_authorized(request, policies, groups.with_added_json_str(json.dumps([actor])))
    if result.diagnostics.errors:
        raise SettingsError("The policy file is broken.", problems=tuple(map(str, result.diagnostics.errors)))
    reasons = tuple(sorted(result.diagnostics.id_annotations_by_reason.values())) or ("nothing-permits",)
    return Decision(result.decision is cedar.Decision.Allow, reasons)


def policy_digest() -> str:
    """SHA-256 of the policies in force, 64 hexadecimal digits: by it anyone sees whether they were changed."""
    return sha256(_text()).hexdigest()


def _text() -> bytes:
    return (files("cocket.governance") / "policy.cedar").read_bytes()


@cache
def _policy() -> tuple[Any, Any, Any]:
    """Cedar, the parsed policy, and the roles with their groups; loaded at the first decision."""
    try:
        import cedarpy  # rooms below import without it
    except ImportError as error:
        raise SettingsError(
            "Decisions need the policy engine Cedar, which is not installed.",
            problems=("the package cedarpy is missing",),
            hint="Install cocket[server].",
        ) from error
    text = _text().decode("utf-8")
    roles = [{"uid": _role(role), "attrs": {}, "parents": [_role(g) for g in groups]} for role, groups in ROLES.items()]
    try:
        return cedarpy, cedarpy.PolicySet.from_str(text), cedarpy.Entities.from_json_str(json.dumps(roles))
    except ValueError as error:
        raise SettingsError("The policy file is broken.", problems=(str(error),)) from error


def _role(name: str) -> dict[str, str]:
    return {"type": "Role", "id": name}
