# SPDX-License-Identifier: Apache-2.0
"""What pages call notices to and from partners, and the messages that they go in."""

from __future__ import annotations

import re
from typing import Final

from cocket.governance.partner_notices import NoticeKind
from cocket.pipeline.partners.messages import State
from cocket.pipeline.partners.subscribers import Standard
from cocket.pipeline.partners.subscribers import State as SubscriptionState
from cocket.workbench.base import labels
from cocket.workbench.base.labels import _

KINDS: Final[dict[NoticeKind, str]] = {
    "assistance": _("Request for assistance"),
    "certificate": _("Certificate"),
    "model-card": _("Model and its evidence"),
    "seizure": _("Seizure"),
    "transit": _("Movement under transit"),
    "trusted-trader": _("Authorised economic operator"),
}

#: What is exchanged in a message, notices and all else.
EXCHANGES: Final[dict[str, str]] = {
    **{str(kind): words for kind, words in KINDS.items()},
    "mirror": _("Records of trade"),
    "private-join": _("Identifiers matched in private"),
}

STATES: Final[dict[str, str]] = {
    "asked": _("asked"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "answered": _("answered"),
    "valid": _("valid"),
    "suspended": _("suspended"),
    "withdrawn": _("withdrawn"),
    "expired": _("expired"),
    "unknown": _("not known there"),
    "given": _("given"),
    "made": _("made"),
    "departed": _("departed"),
    "passed": _("passed"),
    "arrived": _("arrived"),
    "not-arrived": _("not arrived"),
    "in-force": _("in force"),
}

MESSAGES: Final[dict[State, str]] = {
    "waiting": _("waits to be sent"),
    "taken": _("taken, not answered yet"),
    "answered": _("answered"),
    "done": _("answered, receipts exchanged"),
    "refused": _("refused"),
    "given-up": _("given up"),
}

#: What is counted of a message of a match in private: its opening has names of the side that tells it, its closing those of both.
COUNTED: Final[dict[str, str]] = {
    "own-names": _("{number} of our names put in"),
    "in-common": _("{number} names in common"),
}

#: Standard of a subscription to events → its name, which is the same in every language.
STANDARDS: Final[dict[Standard, str]] = {
    "dcsa": "DCSA Track and Trace",
    "epcis": "EPCIS",
    "one-record": "ONE Record",
}

#: How a subscription stands.
SUBSCRIPTIONS: Final[dict[SubscriptionState, str]] = {
    "active": _("active"),
    "asked": _("waits for the holder's answer"),
    "disabled": _("disabled"),
    "ended": _("ended"),
}

#: For what a message is, of the purposes that agreements name.
PURPOSES: Final = labels.PARTNER_PURPOSES


def is_key(by: str) -> bool:
    """Whether what is named is a key that signed a message, by the form of its id (RFC 7638), and not a person."""
    return _KEY_ID.fullmatch(by) is not None


_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}")

#: Field of a notice → what its page calls it; those that every notice shows apart are left out.
FIELDS: Final = labels.NOTICE_FIELDS
