# SPDX-License-Identifier: Apache-2.0
"""The decision: facts are worked out here, the law is a policy, at first that of `policy.cedar`.

A decision depends on the roles, the action and nine facts alone, so each is asked of Cedar once and remembered.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

import msgspec

from cocket.errors import SettingsError
from cocket.governance.policy_bounds import bounds_broken
from cocket.governance.policy_schema import cedar, entities_of, read_schema, request_of
from cocket.governance.principal import (
    ACTIONS,
    PURPOSES,
    ROLES,
    UNKNOWN_PURPOSE,
    Context,
    Principal,
    Resource,
    purpose_by_task,
)

#: Decisions that a policy remembers; there are some thousand kinds in the life of an instance.
_REMEMBERED: Final = 16_384

#: What Cedar adds to a fact that it does not find.
_OF_ACTION: Final = re.compile(r' in context for Action::"[^"]+"')


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What policy is told of the circumstances; each is explained at the head of `policy.cedar`."""

    own: bool
    in_office: bool
    at_same_office: bool
    concerns_actor: bool
    has_reason: bool
    needs_second: bool
    has_second: bool
    has_case: bool
    purpose: str

    def told(self) -> tuple[str, ...]:
        """Names of the facts that are true, in the order of the schema (0..n); the purpose is told apart."""
        return tuple(name for name, value in msgspec.structs.asdict(self).items() if value is True)


class Decision(msgspec.Struct, frozen=True):
    """Whether an act is allowed, and by which rules.

    Attributes:
        allowed: Whether it is.
        reasons: Ids of the rules that decided, sorted (1..n); `nothing-permits` where no rule spoke, `scope-missing` where
            a key is not limited to this.
    """

    allowed: bool
    reasons: tuple[str, ...]


class PolicyRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a policy, as far as others than Cedar need it.

    Attributes:
        id: Its `@id`.
        is_permit: Whether it permits; else it forbids.
        actions: Actions that its scope names; None for every action.
        facts: Facts of the context that its conditions read; None where they read the context as a whole.
        roles: Roles and groups that it names.
        purposes: Purposes that it names.
    """

    id: str
    is_permit: bool
    actions: frozenset[str] | None
    facts: frozenset[str] | None
    roles: frozenset[str]
    purposes: frozenset[str]


class Policy:
    """One policy: read, checked against the schema, and asked.

    Args:
        text: The rules, in Cedar's syntax.

    Attributes:
        text: The rules.
        digest: SHA-256 of the text, 64 hexadecimal digits.
        rules: Every rule, in the order of the text.

    Raises:
        SettingsError: It cannot be read, names a role, action, fact or purpose that there is not, or a rule has no id of its
            own; `problems` says every one.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = sha256(text.encode()).hexdigest()
        self.rules, self._words = _checked(text)
        try:
            self._policies = cedar().PolicySet.from_str(text)
        except ValueError as error:
            raise _broken((str(error),)) from error
        self._decided: dict[tuple[tuple[str, ...], str, Facts], Decision] = {}

    def decide(self, roles: tuple[str, ...], action: str, facts: Facts) -> Decision:
        """The decision of this policy; what nothing permits is not allowed.

        Args:
            roles: Roles of the actor (0..n); one that is none gives no rights.
            action: One of `ACTIONS`; any other is not allowed.
            facts: In which circumstances.

        Raises:
            SettingsError: A rule cannot be worked out; nothing is decided then, for a prohibition that was passed over
                would allow.
        """
        if action not in ACTIONS:
            return Decision(False, ("nothing-permits",))
        asked = (tuple(sorted({role for role in roles if role in ROLES})), action, facts)
        known = self._decided.get(asked)
        if known is None:
            [known] = self.decide_all([asked])
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            self._decided[asked] = known
        return known

    def worded(self) -> Iterator[tuple[PolicyRule, str]]:
        """Each rule with its words as Cedar understands them, without layout and notes."""
        return zip(self.rules, self._words, strict=True)

    def decide_all(self, asked: Sequence[tuple[tuple[str, ...], str, Facts]]) -> list[Decision]:
        """Decisions in the order asked, unremembered; of one actor's roles at a time it is fastest.

        Raises:
            SettingsError: A rule cannot be worked out.
        """
        engine, schema, answers = cedar(), read_schema(), list[Decision]()
        begin = 0
        while begin < len(asked):
            roles, end = asked[begin][0], begin
            while end < len(asked) and asked[end][0] == roles:
                end += 1
            requests = [request_of(action, msgspec.structs.asdict(facts)) for _, action, facts in asked[begin:end]]
            actor = engine.Entities.from_json_str(entities_of(roles), schema)
            answers += [
                _decision(engine, one) for one in engine.is_authorized_batch(requests, self._policies, actor, schema)
            ]
            begin = end
        return answers


def _decision(engine: Any, result: Any) -> Decision:
    diagnostics = result.diagnostics
    if diagnostics.errors or result.decision is engine.Decision.NoDecision:
        problems = tuple(map(str, diagnostics.errors)) or ("the policy engine gave no decision",)
        raise SettingsError("The policy cannot be worked out; nothing is allowed.", problems=problems)
    reasons = tuple(sorted(diagnostics.id_annotations_by_reason.values())) or ("nothing-permits",)
    return Decision(result.decision is engine.Decision.Allow, reasons)


def decide(
    principal: Principal,
    action: str,
    resource: Resource,
    context: Context | None = None,
    policy: Policy | None = None,
) -> Decision:
    """Decide whether this actor may do this, to this, for this purpose. What nothing permits is not allowed.

    Args:
        principal: Who asks.
        action: One of `ACTIONS`; any other is not allowed.
        resource: What it is about.
        context: In which circumstances; None stands for the purpose of the task without a reason given.
        policy: The policy that decides; None for the one that Cocket comes with.

    Returns:
        The decision with its reasons.

    Raises:
        SettingsError: Cedar is not installed, or the policy is broken; nothing is decided then.
    """
    if principal.scopes and not {action, f"{action.partition(':')[0]}:*"} & set(principal.scopes):
        return Decision(allowed=False, reasons=("scope-missing",))
    facts = facts_of(principal, action, resource, context or Context())
    return (policy or shipped_policy()).decide(principal.roles, action, facts)


def facts_of(principal: Principal, action: str, resource: Resource, context: Context) -> Facts:
    """What policy is told: worked out anew for each object and act."""
    purpose = principal.purpose or context.purpose or purpose_by_task(principal.roles, action)
    return Facts(
        own=principal.speaks_for(resource.sender, resource.lodged),
        in_office=principal.office is None or resource.is_house_wide or principal.office in resource.offices,
        at_same_office=principal.office is not None and principal.office in resource.offices,
        concerns_actor=principal.id in resource.concerns,
        has_reason=bool(context.reason and context.reason.strip()),
        needs_second=context.needs_second,
        has_second=context.second is not None and context.second != principal.id,
        has_case=bool(principal.case and principal.case.strip()),
        purpose=purpose if purpose in PURPOSES else UNKNOWN_PURPOSE,
    )


def policy_digest() -> str:
    """SHA-256 of the policy that Cocket comes with, 64 hexadecimal digits: by it anyone sees whether it was changed."""
    return sha256(_text()).hexdigest()


@cache
def shipped_policy() -> Policy:
    """The policy that Cocket comes with; it is in force until another is published.

    Raises:
        SettingsError: Cedar is not installed, or the file is broken.
    """
    return Policy(_text().decode("utf-8"))


def _text() -> bytes:
    return (files("cocket.governance") / "policy.cedar").read_bytes()


def _broken(problems: tuple[str, ...]) -> SettingsError:
    return SettingsError(
        "The policy is broken.", problems=problems, hint="cocket policy show --schema prints every name that there is."
    )


def _checked(text: str) -> tuple[tuple[PolicyRule, ...], tuple[str, ...]]:
    """Every rule of a policy that can be read and names nothing that there is not; and the words of each."""
    problem = bounds_broken(text)
    if problem:
        raise _broken((problem,))
    engine = cedar()
    found = engine.validate_policies(text, read_schema())
    if not found:
        names = found.id_annotations_by_policy_id
        raise _broken(tuple(dict.fromkeys(_problem(one, names.get(one.policy_id)) for one in found.errors)))
    tree = json.loads(engine.policies_to_json_str(text))
    rules = tuple(_rule(key, body) for key, body in tree["staticPolicies"].items())
    problems = [
        f"a rule has no @id: it is the {place}. of the text" for place, one in enumerate(rules, 1) if not one.id
    ]
    twice = [name for name, count in Counter(one.id for one in rules if one.id).items() if count > 1]
    problems += [f"two rules have the id {name}" for name in sorted(twice)]
    problems += ["a template is not a rule: name the principal"] * bool(tree["templates"])
    problems += ["there is no rule"] * (not rules and not tree["templates"])
    if problems:
        raise _broken(tuple(problems))
    return rules, tuple(json.dumps(body, sort_keys=True) for body in tree["staticPolicies"].values())


def _problem(error: Any, name: str | None) -> str:
    """What Cedar says of a rule, by the rule's own id instead of the number that the engine gave it."""
    told = str(error.error).replace(f"for policy `{error.policy_id}`", "").lstrip(" :,")
    told = _OF_ACTION.sub(" in context", told)  # a fact that there is not is told once, not for every action
    return f"rule {name}: {told}" if name else told


def _rule(key: str, body: dict[str, Any]) -> PolicyRule:
    nodes = list(_nodes([body[name] for name in ("principal", "conditions")]))
    named = [node for node in nodes if set(node) == {"type", "id"}]
    scope = body["action"]
    actions = [scope["entity"]] if "entity" in scope else scope.get("entities", [])
    return PolicyRule(
        id=str(body.get("annotations", {}).get("id") or ""),
        is_permit=body["effect"] == "permit",
        actions=None if scope["op"] == "All" else frozenset(one["id"] for one in actions),
        facts=_facts_read(body["conditions"]),
        roles=frozenset(one["id"] for one in named if one["type"] == "Role"),
        purposes=frozenset(one["id"] for one in named if one["type"] == "Purpose"),
    )


def _facts_read(conditions: Any) -> frozenset[str] | None:
    """Facts that conditions read, one by one; None where the context is read in another way."""
    nodes = list(_nodes(conditions))
    whole = sum(node == {"Var": "context"} for node in nodes)
    read = [node["."]["attr"] for node in nodes if "." in node and node["."]["left"] == {"Var": "context"}]
    return frozenset(read) if whole == len(read) else None


def _nodes(tree: Any) -> Any:
    """Every object of a tree of JSON (0..n)."""
    if isinstance(tree, dict):
        yield tree
    for below in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(below)
