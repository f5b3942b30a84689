# SPDX-License-Identifier: Apache-2.0
"""What the pages of retention call things."""

from __future__ import annotations

from typing import Final

from cocket.governance.retention import State
from cocket.pipeline.operations.legal_holds import TargetKind
from cocket.workbench.base.labels import _

STATES: Final[dict[State, str]] = {
    "no-rule": _("No rule: kept"),
    "not-begun": _("Not begun"),
    "running": _("Running"),
    "suspended": _("Suspended"),
    "held": _("Under a legal hold"),
    "review": _("To be looked at"),
    "due": _("Due"),
}

CLASSES: Final[dict[str, str]] = {
    "consignment": _("Consignments with all their messages"),
    "message": _("Messages of no consignment"),
    "intelligence": _("Intelligence reports"),
    "partner-record": _("Records and notices of partners and sources"),
    "self-assessment": _("Self-assessments"),
    "accesses": _("Records of accesses, by day"),
    "draft": _("Drafts of declarations"),
    "continuity": _("What gateways brought, and packs of offices"),
    "pilot-answer": _("Answers of officers about pilots"),
}

EVENTS: Final[dict[str, str]] = {
    "first-message": _("first message"),
    "last-message": _("last message"),
    "last-act": _("last message or act"),
    "received": _("receipt"),
    "ended": _("end of the report"),
    "given": _("when it was first given"),
    "changed": _("last change"),
    "accessed": _("last access of the day"),
    "pilot-ended": _("end of the pilot"),
}

CONDITIONS: Final[dict[str, str]] = {
    "open-order": _("open control order"),
    "open-doubt": _("open doubt about a value"),
    "open-audit": _("open audit of the trader"),
    "open-journey": _("journey not discharged"),
    "open-payment": _("open payment"),
    "open-match": _("open match with a list"),
    "open-matter": _("something that is open rests on it"),
}

#: Why kinds are of no class, by the name of the reason.
KEPT: Final[dict[str, str]] = {
    "decision": _("Decisions, settings and documents of the administration: they tell of no consignment"),
    "proof": _("Proofs of the log, of copies and of what was destroyed, in counts and digests"),
    "register": _("Registers: their entries end by acts of their own"),
    "account": _("Accounts and duties of staff: by them every act is traced to who did it"),
    "conduct": _("Internal affairs: kept as the law on staff says"),
    "exchanged": _("Traffic between systems, in numbers and digests"),
    "books": _("Statements of banks and audits of traders: kept as the law on revenue says"),
}

ON_END: Final[dict[str, str]] = {"erase": _("then erase"), "review": _("then look at each")}

TARGETS: Final[dict[TargetKind, str]] = {
    "consignment": _("Consignment"),
    "message": _("Message"),
    "report": _("Intelligence report"),
    "party": _("Party, by number or name"),
    "sender": _("Sender"),
    "accesses": _("Accesses of a day or days"),
    "account": _("Account or key, with its accesses"),
    "case": _("Case, as named with accesses"),
    "everything": _("Everything"),
}

KINDS: Final[dict[str, str]] = {"schedule": _("by the schedule"), "order": _("by order")}
