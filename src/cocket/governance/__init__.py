# SPDX-License-Identifier: Apache-2.0
"""May this actor do this, to this, for this purpose; and what of the answer may he see.

In: principal, action, resource, context. Out: a decision with the rules that made it, or the fields disclosed.
The law is `policy.cedar`: what nothing permits is not allowed, and a forbid beats every permit.
Source: Cedar policy language 4; WCO SAFE Framework and national customs law on confidentiality.
"""

from cocket.governance.disclosure import FIELDS, disclose, disclosed
from cocket.governance.policy import Decision, decide, policy_digest
from cocket.governance.principal import ACTIONS, HOUSE_WIDE, PURPOSES, ROLES, Context, Principal, Resource

__all__ = [
    "ACTIONS",
    "FIELDS",
    "HOUSE_WIDE",
    "PURPOSES",
    "ROLES",
    "Context",
    "Decision",
    "Principal",
    "Resource",
    "decide",
    "disclose",
    "disclosed",
    "policy_digest",
]
