# SPDX-License-Identifier: Apache-2.0
"""What pages call notices to and from partners, and the messages that they go in."""

from __future__ import annotations

from typing import Final

from cocket.governance.partner_notices import NoticeKind
from cocket.pipeline.partners.messages import State
from cocket.pipeline.partners.subscribers import Standard
from cocket.pipeline.partners.subscribers import State as SubscriptionState
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

#: Field of a notice → what its page calls it; those that every notice shows apart are left out.
FIELDS: Final[dict[str, str]] = {
    "office": _("Office"),
    "authority": _("Authority"),
    "measure": _("What is asked for"),
    "object": _("What it is to show"),
    "reason": _("Reason"),
    "law": _("Law"),
    "persons": _("Persons"),
    "facts": _("Facts"),
    "enquiries": _("Enquiries so far"),
    "ucrs": _("UCR"),
    "movements": _("Movements"),
    "transport_documents": _("Transport documents"),
    "equipment": _("Containers"),
    "offence": _("Offence"),
    "goods": _("Goods"),
    "hs": _("Commodity code"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "concealment": _("Concealment"),
    "conveyance": _("Conveyance"),
    "origin": _("Origin"),
    "departure": _("Departure"),
    "destination": _("Destination"),
    "seals": _("Seals"),
    "number": _("Number"),
    "type": _("Type"),
    "agency": _("Agency"),
    "holder": _("Holder"),
    "name": _("Name"),
    "version": _("Version"),
    "purpose": _("Purpose"),
}
