# SPDX-License-Identifier: Apache-2.0
"""What every part of the house needs: the shelves, the one decision about each object, and the record of each look.

Whatever is given out passes `decided`, object by object, with the office and the sender that it belongs to. Lists are
narrowed in the database first, so that pages and counts are right, and then decided line by line like anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cocket.errors import PolicyError, ReasonMissingError, SenderError
from cocket.governance import (
    HOUSE_WIDE,
    Context,
    Decision,
    Facts,
    Policy,
    Principal,
    Resource,
    decide,
    facts_of,
)
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.independence import require_independent
from cocket.pipeline.base.ownership import Belonging, belongings, ids_of, of_dossiers
from cocket.pipeline.base.wiring import Stores
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection, current_connection
from cocket.stores.consignment.rows import Line


class NotFoundError(SenderError):
    """There is no such thing, or the caller may not know that there is (HTTP 404)."""

    code = "not-found"


class SealedDecision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision on which a look rests, as it was made.

    Attributes:
        action: What was asked for.
        purpose: For what.
        facts: Facts that were true, by name; every other fact of that time was false (0..n).
        rules: Ids of the rules that decided (1..n).
        is_refused: Whether it was refused, and a part withheld; else it was allowed.
    """

    action: str
    purpose: str
    facts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    is_refused: bool = False


class AccessRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sealed record of one look: who saw what, for what purpose, and by which decisions.

    Records of before have no policy and no decisions.

    Attributes:
        who: Key or officer.
        roles: In which roles.
        what: What was disclosed, such as `dossier`.
        purpose: For what: as stated, else that of the agreement under which it is, else what the task serves.
        subjects: Ids of what was disclosed (1..n).
        since: When the look began that lasts (UTC), at a page that refreshes itself; None for a look of its own.
        case: Case that was named with the purpose; empty without one.
        emergency: Id of the access in an emergency under which it was; empty for none.
        policy: Digest of the policy that decided; empty in records of before.
        decisions: Decisions on which the look rests, that on what was asked for first, each different one once, and those by which
            a part was withheld (0..n).
        agreement: Name of the agreement under which a partner was given it; empty where it was under none.
        stated: For which authority a partner says that it asks, as it says it itself: no one checked it. Empty where it names none.
    """

    who: str
    roles: tuple[str, ...]
    what: str
    purpose: str
    subjects: tuple[str, ...]
    since: datetime | None = None
    case: str = ""
    emergency: str = ""
    policy: str = ""
    decisions: tuple[SealedDecision, ...] = ()
    agreement: str = ""
    stated: str = ""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One object of which a partner is given something: its ids (1..n), and the one in whose timeline that stands."""

    ids: tuple[str, ...]
    about: UUID


#: What is disclosed of one consignment or message, and so stands in its timeline; a list is a look at none of its lines.
_OF_ONE = {"dossier", "message", "content", "control order", "order", "audit"}

#: What is disclosed → the action by which policy is asked for it; of several, that which was decided.
LOOKS: Final[dict[str, tuple[str, ...]]] = {
    "accountability kit": ("stats:read",),
    "accounts": ("account:read",),
    "advice": ("lane:read",),
    "advice on every": ("stats:read",),
    "agencies": ("appointment:read",),
    "agency consignment": ("guest:read",),
    "agency queue": ("guest:read",),
    "agreements": ("agreement:read", "agreement:read-own"),
    "alert": ("alert:read", "alert:handle"),
    "alerts": ("alert:read",),
    "appointments": ("appointment:read",),
    "audit": ("audit:read",),
    "audits": ("audit:read",),
    "content": ("message:read", "lane:read"),
    "contest": ("contest:read",),
    "contest paper": ("contest:read",),
    "contests": ("contest:read",),
    "continuity": ("continuity:read",),
    "control order": ("lane:read",),
    "corridor report": ("journey:read",),
    "devices": ("device:read",),
    "dossier": ("dossier:read", "result:record"),
    "doubt": ("dossier:read",),
    "draws": ("draw:verify",),
    "efti dataset": ("efti:ask",),
    "efti identifiers": ("efti:ask",),
    "emergencies": ("emergency:read",),
    "duties": ("dossier:read",),
    "fairness": ("stats:read",),
    "figures": ("stats:read",),
    "files given": ("review:run",),
    "guarantee": ("guarantee:read",),
    "guarantees": ("guarantee:read",),
    "hand-overs": ("journey:read",),
    "holds": ("dossier:read", "guest:read", "permit:read"),
    "inbox": ("dossier:search",),
    "intelligence": ("intelligence:read-open", "intelligence:read-restricted", "intelligence:read-closed"),
    "issued-credential": ("standing:read",),
    "journey": ("journey:read",),
    "journey as": ("journey:read",),
    "journeys": ("journey:read",),
    "journeys past their limit": ("journey:read",),
    "legal holds": ("retention:read",),
    "looks": ("look:read",),
    "mandates": ("mandate:give",),
    "manifest": ("dossier:read",),
    "manifests": ("queue:read",),
    "matches": ("list:read",),
    "message": ("message:read",),
    "mirror": ("mirror:read",),
    "movement events": ("message:read", "event:subscribe"),
    "on-call lists": ("alert:read",),
    "order": ("lane:read",),
    "own accesses": ("contest:read-own",),
    "own case": ("contest:read-own", "contest:lodge"),
    "own contest": ("contest:read-own",),
    "own appointments": ("appointment:own",),
    "own contests": ("contest:read-own",),
    "own keys": ("mandate:give",),
    "own question": ("question:read-own", "question:ask"),
    "own questions": ("question:read-own",),
    "own messages": ("contest:read-own",),
    "own quality": ("contest:read-own",),
    "own self-assessment": ("self-assessment:keep",),
    "own standings": ("contest:read-own",),
    "own webhooks": ("webhook:keep-own",),
    "partner exchange": ("mirror:give",),
    "partner notice": ("mirror:give",),
    "partner subscriptions": ("agreement:read",),
    "payment": ("dossier:read", "payment:read-own"),
    "payments": ("payment:take",),
    "permit": ("permit:read",),
    "permits": ("permit:read",),
    "policy trial": ("policy:draft",),
    "picture": ("lane:read",),
    "pilot": ("stats:read",),
    "pilots": ("stats:read", "pilot:plan"),
    "positions": ("device:read",),
    "proof": ("proof:read", "lane:read"),
    "proposal": ("dossier:search",),
    "proposals": ("dossier:search",),
    "readiness": ("lesson:read",),
    "recommendations": ("lesson:read",),
    "use cases": ("lesson:read",),
    "question": ("question:read",),
    "question paper": ("question:read",),
    "questions": ("question:read",),
    "queue": ("queue:read",),
    "reasons": ("lane:read", "reasons:own"),
    "receipt": ("receipt:read",),
    "refusals": ("account:read",),
    "release times": ("stats:read",),
    "retention": ("retention:read",),
    "rule": ("rule:read",),
    "rule trial": ("rule:write",),
    "rules": ("rule:read",),
    "screening": ("list:read", "dossier:read"),
    "search": ("dossier:search",),
    "seizure report": ("result:export",),
    "seizure report with identities": ("result:export-identities",),
    "self-assessment": ("standing:read",),
    "set-aside": ("set-aside:read",),
    "source": ("source:ask",),
    "sources": ("source:read",),
    "standing": ("standing:read",),
    "subject export": ("subject:export",),
    "threats": ("threat:read",),
    "title-book": ("title:follow",),
    "titles": ("title:follow",),
    "trader": ("dossier:search",),
    "value": ("lane:read",),
    "webhooks": ("webhook:keep",),
}

#: Looks that begin with one of these words are of its kind: what follows says of which sort.
_PREFIXES: Final = (
    "advice on every",
    "files given",
    "journey as",
    "seizure report with identities",
    "seizure report",
)

#: What is for whoever is bound to no office, since no office is known of it.
_OF_NO_OFFICE: Final = {"accounts", "refusals", "policy trial", "set-aside"}


def actions_of(what: str) -> tuple[str, ...]:
    """Actions by which policy is asked for what a look discloses (1..n).

    Raises:
        PolicyError: It is no kind of look that there is.
    """
    kind = next((one for one in _PREFIXES if what.startswith(one)), what)
    if kind not in LOOKS:
        raise PolicyError(f"Not allowed: {what} is not known to the table of looks.", reasons=("look-unknown",))
    return LOOKS[kind]


#: Rule of policy that refused → what to do.
_HINTS = {"second-person-needed": "Someone other than the author must do this."}


def decided(
    principal: Principal,
    action: str,
    resource: Resource,
    context: Context | None = None,
    policy: Policy | None = None,
) -> Decision:
    """The decision about one object, or one act on it: every view that leaves the pipeline passes here.

    It is noted with the transaction that is open, if one is, for the record of the look.
    """
    decision = decide(principal, action, resource, context, policy)
    connection = current_connection()
    if connection is not None:
        facts = facts_of(principal, action, resource, context or Context())
        connection.notes[_Noted(principal.id, action, facts)] = decision
    return decision


class _Noted(msgspec.Struct, frozen=True):
    """Under what a decision is noted: who asked, for which action, in which circumstances."""

    who: str
    action: str
    facts: Facts


class Access:
    """The one decision about each object, and the record of each look; every service works with one.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def policy(self) -> Policy:
        """The policy in force."""
        return self._stores.policies.now()

    def require(
        self, principal: Principal, action: str, resource: Resource = HOUSE_WIDE, context: Context | None = None
    ) -> None:
        """Refuse unless policy allows; without a resource it is asked of the house as a whole.

        Raises:
            PolicyError: It does not; reasons name the rules. Or he is the second person of somebody who made his account.
            ReasonMissingError: It does with a reason in words, and none was given.
        """
        decision = decided(principal, action, resource, context, self.policy())
        if not decision.allowed:
            if context is not None and not (context.reason or "").strip():
                with_words = msgspec.structs.replace(context, reason="–")
                if decided(principal, action, resource, with_words, self.policy()).allowed:
                    raise ReasonMissingError(
                        "Give the reason; it is recorded under your name.", reasons=decision.reasons
                    )
            hint = next((_HINTS[reason] for reason in decision.reasons if reason in _HINTS), None)
            raise PolicyError(f"Not allowed: {action}.", reasons=decision.reasons, hint=hint)
        if context is not None and context.second is not None and context.second != principal.id:
            require_independent(self._stores, principal, context.second)

    def may(self, principal: Principal, action: str, resource: Resource = HOUSE_WIDE) -> bool:
        """Whether policy allows; without a resource it is asked of the house as a whole."""
        return decided(principal, action, resource, None, self.policy()).allowed

    def may_for(self, principal: Principal, action: str, resource: Resource, context: Context) -> bool:
        """Whether policy allows it in a context, such as for a purpose."""
        return decided(principal, action, resource, context, self.policy()).allowed

    def senders_alone(self, principal: Principal, action: str) -> tuple[str, ...] | None:
        """The senders of whose messages alone this principal may do this; None where he may to others too.

        What is looked for among these alone takes as long to answer for where another sent it as where nobody did.
        """
        if not principal.senders or self.may(principal, action):
            return None
        return principal.senders

    def may_reasoned(self, principal: Principal, action: str) -> bool:
        """Whether policy allows it of the house as a whole to whoever gives a reason."""
        return decided(principal, action, HOUSE_WIDE, Context(reason="–"), self.policy()).allowed

    def reach(self, principal: Principal) -> tuple[str, ...] | None:
        """Offices whose objects a list of this principal's is narrowed to in the database; None for no bound."""
        return None if principal.office is None else (principal.office,)

    def dossier(
        self, connection: Connection, principal: Principal, consignment_id: str, missing: str = "consignment"
    ) -> tuple[Line, Belonging]:
        """A dossier that this principal may read, and where it belongs.

        Raises:
            NotFoundError: There is none, or none for him, which is the same to whoever asks.
        """
        wanted = parse_id(consignment_id)
        is_looked_for = self.senders_alone(principal, "dossier:read") is None  # a dossier is of no sender
        line = self._stores.consignments.line(connection, wanted) if wanted and is_looked_for else None
        where = belongings(self._stores, connection, [line.id])[line.id] if line else None
        if line is None or where is None or not self.may(principal, "dossier:read", where.papers):
            raise NotFoundError(f"There is no such {missing}.")
        return line, where

    def advised_dossier(
        self, connection: Connection, principal: Principal, consignment_id: str, missing: str = "consignment"
    ) -> tuple[Line, Resource]:
        """A dossier of which this principal may know what was advised and ordered, and where that belongs.

        Raises:
            NotFoundError: There is none, or its advice is for another office.
        """
        line, where = self.dossier(connection, principal, consignment_id, missing)
        if not self.may(principal, "lane:read", where.advice):
            raise NotFoundError(f"There is no such {missing}.")
        return line, where.advice

    def seen(self, connection: Connection, principal: Principal, dossiers: Iterable[str | UUID | None]) -> set[UUID]:
        """Those of these dossiers that this principal may read, each decided by itself."""
        ids = ids_of(None if one is None else str(one) for one in dossiers)
        found = of_dossiers(self._stores, connection, ids)
        return {one for one in ids if self.may(principal, "dossier:read", found.get(one, Resource()))}

    def seen_advice(
        self, connection: Connection, principal: Principal, dossiers: Iterable[str | UUID | None]
    ) -> set[UUID]:
        """Those of these dossiers of which this principal may know what was advised, ordered and found."""
        ids = ids_of(None if one is None else str(one) for one in dossiers)
        found = belongings(self._stores, connection, ids)
        return {one for one in ids if one in found and self.may(principal, "lane:read", found[one].advice)}

    def record(
        self,
        principal: Principal,
        what: str,
        subjects: tuple[str, ...],
        about: UUID | None = None,
    ) -> NewRecord:
        """The record of a look, to be appended in the transaction that reads, before anything is given out.

        Args:
            principal: Who looks.
            what: What is disclosed, one of `LOOKS`.
            subjects: Ids of what is disclosed (0..n).
            about: Id of the one thing whose timeline it stands in; by itself the first subject of what is of one.

        Raises:
            PolicyError: Policy does not allow it, or does not know such a look: nothing is recorded, and so nothing given.
        """
        about = UUID(subjects[0]) if about is None and what in _OF_ONE else about
        return self._stores.sealer.record("look", principal.id, self.look(principal, what, subjects), about=about)

    def look(
        self, principal: Principal, what: str, subjects: tuple[str, ...], since: datetime | None = None
    ) -> AccessRecord:
        """What the record of a look says: the decisions of the transaction that reads, as they were made.

        Raises:
            PolicyError: As for `record`.
        """
        actions, policy = actions_of(what), self.policy()
        notes = getattr(current_connection(), "notes", {})
        noted = {one: rules for one, rules in notes.items() if isinstance(one, _Noted) and one.who == principal.id}
        if not any(one.action in actions and noted[one].allowed for one in noted):
            noted = {**self._asked_for(principal, what, actions), **noted}
        order = sorted(
            noted, key=lambda one: (not noted[one].allowed, one.action not in actions, one.action, one.facts.told())
        )
        decisions = tuple(
            SealedDecision(
                action=one.action,
                purpose=one.facts.purpose,
                facts=one.facts.told(),
                rules=noted[one].reasons,
                is_refused=not noted[one].allowed,
            )
            for one in order
        )
        return AccessRecord(
            who=principal.id,
            roles=tuple(principal.roles),
            what=what,
            purpose=principal.purpose or decisions[0].purpose,
            subjects=subjects,
            since=since,
            case=(principal.case or "").strip(),
            emergency=principal.emergency,
            policy=policy.digest,
            decisions=decisions,
        )

    def given(self, principal: Principal, what: str, subject: Subject, agreement: str, stated: str = "") -> NewRecord:
        """The record of a look by a partner under an agreement: one for each object of which it is given something.

        Args:
            principal: The partner, with the purpose of the exchange.
            what: What is given, one of `LOOKS`.
            subject: What it is of.
            agreement: Name of the agreement.
            stated: For which authority it says that it asks; empty for none.

        Raises:
            PolicyError: As for `record`.
        """
        look = self.look(principal, what, subject.ids)
        look = msgspec.structs.replace(look, agreement=agreement, stated=stated)
        return self._stores.sealer.record("look", principal.id, look, about=subject.about)

    def _asked_for(self, principal: Principal, what: str, actions: tuple[str, ...]) -> dict[_Noted, Decision]:
        """The decision on a look of which no object was decided, such as a list, asked of the house as a whole."""
        about = Resource() if what in _OF_NO_OFFICE else HOUSE_WIDE
        for action in actions:
            decision = decided(principal, action, about, None, self.policy())
            if decision.allowed:
                return {_Noted(principal.id, action, facts_of(principal, action, about, Context())): decision}
        raise PolicyError(f"Not allowed: {actions[0]}.", reasons=decision.reasons)

    def seal(self, connection: Connection, *records: NewRecord) -> range:
        """Append records as the last act of a transaction."""
        return self._stores.leaves.append_records(connection, records)


class Service:
    """What every service works with, and nothing else: the stores, and what decides and records access to them.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._access = Access(stores)
