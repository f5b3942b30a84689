# SPDX-License-Identifier: Apache-2.0
"""May this actor do this, to this, for this purpose; and what of the answer may he see.

In: principal, action, resource, context. Out: a decision with the rules that made it, or the fields disclosed.
The law is `policy.cedar`: what nothing permits is not allowed, and a forbid beats every permit.
Source: Cedar policy language 4; WCO SAFE Framework and national customs law on confidentiality.
"""

from cocket.governance.disclosure import FIELDS, disclose, disclosed, exchanged
from cocket.governance.policy import Decision, Facts, Policy, decide, facts_of, policy_digest, shipped_policy
from cocket.governance.policy_difference import PolicyChange, PolicyDifference, compare_policies
from cocket.governance.policy_schema import schema_text
from cocket.governance.principal import (
    ACTIONS,
    CUSTOMS_PURPOSES,
    GUESTS,
    HOUSE_WIDE,
    MACHINES,
    OUTSIDE,
    PURPOSES,
    ROLES,
    STAFF,
    TRADERS,
    Context,
    Principal,
    Resource,
    purpose_by_task,
    stating,
)

__all__ = [
    "ACTIONS",
    "CUSTOMS_PURPOSES",
    "FIELDS",
    "GUESTS",
    "HOUSE_WIDE",
    "MACHINES",
    "OUTSIDE",
    "PURPOSES",
    "ROLES",
    "STAFF",
    "TRADERS",
    "Context",
    "Decision",
    "Facts",
    "Policy",
    "PolicyChange",
    "PolicyDifference",
    "Principal",
    "Resource",
    "compare_policies",
    "decide",
    "disclose",
    "disclosed",
    "exchanged",
    "facts_of",
    "policy_digest",
    "purpose_by_task",
    "schema_text",
    "shipped_policy",
    "stating",
]
