# SPDX-License-Identifier: Apache-2.0
"""A policy as people read it: the words of one rule, and whom a difference would free."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from cocket.governance.policy import Policy
from cocket.governance.policy_difference import PolicyDifference

_RULE: Final = re.compile(r'@id\("([^"]*)"\)\s*((?:permit|forbid)\b[^;]*;)')


def words_of(policy: Policy) -> dict[str, str]:
    """Rule → its words, as they stand in the text."""
    return {match[1]: match[2] for match in _RULE.finditer(policy.text)}


def freed_by(difference: PolicyDifference) -> tuple[str, ...]:
    """Roles that a change would allow something more, sorted (0..n); several that one actor has are named with `+` between."""
    return tuple(sorted({one.role for one in difference.widened if one.role}))


def is_freed(roles: Iterable[str], freed: Iterable[str]) -> bool:
    """Whether an actor of these roles would be allowed more, by one of them or by all together."""
    held = set(roles)
    return any(set(one.split("+")) <= held for one in freed)
