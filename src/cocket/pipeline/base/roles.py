# SPDX-License-Identifier: Apache-2.0
"""Roles: what the processes of an instance are called, and the older names by which what is sealed knows two of them."""

from __future__ import annotations

from typing import Final

ASSESSMENT: Final = "assessment"
LOG: Final = "log"
EVENTS: Final = "events"

#: Every role that a process can have, in the order in which they start.
ROLES: Final = ("api", "feeds", ASSESSMENT, LOG, "workbench", "ingress", "tracker", "archive", EVENTS)

#: Threads that work beside the role `events`, each with a state of its own: they send results to subscriptions of EPCIS, send messages
#: to partner administrations, follow the logs of those, push events of Track and Trace, send notifications of ONE Record, and ask
#: sources by themselves.
SUBSCRIPTIONS: Final = "subscription-sending"
PARTNERS: Final = "partner-sending"
FOLLOWING: Final = "log-following"
EVENT_PUSH: Final = "event-pushing"
NOTIFICATIONS: Final = "notification-sending"
SOURCES: Final = "source-asking"
BESIDE: Final = (SUBSCRIPTIONS, EVENT_PUSH, NOTIFICATIONS, SOURCES, PARTNERS, FOLLOWING)

#: Actor of what the assessment worker seals, role of what it sets aside, and name of how far it has got. The commitments and
#: MACs of every instance are over this name, so that it stays as it is; people are shown the role.
SEALED_ASSESSMENT: Final = "desk"

#: The same of the role that signs the log: actor and role of the leaves that it refuses, and name of its lease.
SEALED_LOG: Final = "book"

_ROLE_OF: Final = {SEALED_ASSESSMENT: ASSESSMENT, SEALED_LOG: LOG}
_SEALED_AS: Final = {role: name for name, role in _ROLE_OF.items()}


def role_of(sealed: str) -> str:
    """The role that is shown for a name in records and rows."""
    return _ROLE_OF.get(sealed, sealed)


def sealed_name(role: str) -> str:
    """The name of a role in records and rows."""
    return _SEALED_AS.get(role, role)
