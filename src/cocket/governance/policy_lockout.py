# SPDX-License-Identifier: Apache-2.0
"""What a policy would take from everybody: whether an instance would go on working under it, and could put it right again."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Final

from cocket.governance.policy import Facts, Policy
from cocket.governance.principal import ACTIONS, PURPOSES, ROLES, purpose_by_task

#: Acts without which nothing comes in, or nobody can bring another policy in force.
ESSENTIAL: Final = ("message:lodge", "policy:draft", "policy:publish")


@lru_cache(maxsize=16)
def nobody_may(policy: Policy, actions: tuple[str, ...] = ACTIONS) -> tuple[str, ...]:
    """Acts that a policy allows to no role.

    Each is asked of every role for every purpose that it could have, where all else speaks for it: of one's own, with a reason, a
    case and a second person, at the office and without one.

    Args:
        policy: The policy.
        actions: Which acts are looked at.

    Returns:
        Acts in their order (0..n).
    """
    found = []
    for action in actions:
        asked = [
            ((role,), action, _best(purpose, at_office, needs_second))
            for role, at_office, needs_second in product(ROLES, (True, False), (True, False))
            for purpose in ((purpose_by_task((role,), action),) if action not in ESSENTIAL else PURPOSES)
        ]
        if not any(one.allowed for one in policy.decide_all(asked)):
            found.append(action)
    return tuple(found)


def _best(purpose: str, at_office: bool, needs_second: bool) -> Facts:
    return Facts(
        own=True,
        in_office=True,
        at_same_office=at_office,
        concerns_actor=False,
        has_reason=True,
        needs_second=needs_second,
        has_second=True,
        has_case=True,
        purpose=purpose,
    )
