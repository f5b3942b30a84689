# SPDX-License-Identifier: Apache-2.0
"""Break-glass: opening, using, ending and judging accesses in an emergency.

What is opened is one consignment, read as somebody of no office reads it, with the roles of whoever opened it. Every other
decision goes on as before, so that no act is allowed by it and nothing else is seen. Each look under it is marked in the log.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.consignment.references import is_ending, search_keys
from cocket.errors import PolicyError, SenderError
from cocket.governance import Context, Principal, Resource
from cocket.governance.emergencies import LONGEST, SHORTEST, Emergency, ended, judged
from cocket.governance.principal import LONGEST_CASE
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.ids import new_id, parse_id
from cocket.pipeline.base.notices import Notice, tell
from cocket.pipeline.base.ownership import of_dossiers
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.governance.emergency_files import (
    ENDED,
    OPENED,
    REVIEWED,
    emergency_kept,
    emergency_of,
    every_emergency,
)
from cocket.pipeline.queries.records import RecordQueries
from cocket.pipeline.queries.views import DossierView
from cocket.stores.base.database import Connection

#: Where accesses in an emergency are opened, shown and judged.
WHERE: Final = "/emergencies"

#: Accesses that are shown (count).
MOST_SHOWN: Final = 200


class EmergencyView(msgspec.Struct, frozen=True, kw_only=True):
    """One access in an emergency, as a reader may see it.

    Attributes:
        emergency: It.
        is_open: Whether it still lets in.
        is_overdue: Whether it should have been judged by now.
        is_own: Whether the reader opened it.
        may_review: Whether the reader may judge it.
    """

    emergency: Emergency
    is_open: bool
    is_overdue: bool
    is_own: bool
    may_review: bool


class Emergencies(Service):
    """Accesses in an emergency.

    Args:
        stores: The stores of this process.
        records: Gives consignments out.
    """

    def __init__(self, stores: Stores, records: RecordQueries) -> None:
        super().__init__(stores)
        self._records = records

    def open_emergency(self, principal: Principal, reference: str, reason: str, case: str) -> Emergency:
        """Open one consignment to an officer for a short time; sealed, and told to every supervisor at once.

        Args:
            principal: Who opens it.
            reference: Exactly one consignment's: a UCR, MRN, transport document, container …
            reason: Why, in words.
            case: Case of the administration.

        Raises:
            PolicyError: The principal may not, is a machine, or this house has no such access.
            NotFoundError: There is no such consignment.
            SenderError: Reason or case are missing, several consignments have this reference, the principal may see it anyway, has
                it open, or has opened as many today as one person may.
        """
        reason, case = reason.strip(), case.strip()
        settings = self._stores.settings
        self._require_person(principal)
        self._access.require(principal, "emergency:open", context=Context(reason=reason or "–"))
        if not SHORTEST <= len(reason) <= LONGEST or not 0 < len(case) <= LONGEST_CASE or not case.isprintable():
            raise SenderError(
                "Give the reason in 10 to 400 characters, and the case in at most 80.", code="emergency-words"
            )
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            self._stores.case_files.lock(connection, OPENED)
            mine = [one for one in every_emergency(self._stores, connection) if one.by == principal.id]
            today = sum(one.opened.date() == now.date() for one in mine)
            if today >= settings.emergency_per_day:
                raise SenderError(
                    "You have opened as many consignments today as one person may.",
                    code="emergency-limit",
                    found=str(today),
                    hint="Ask a colleague of the office that it belongs to, or a supervisor.",
                )
            line = self._one(connection, reference)
            where = of_dossiers(self._stores, connection, [line]).get(line, Resource())
            if self._access.may(principal, "dossier:read", where):
                raise SenderError("You may see this consignment without that.", code="emergency-needless")
            if any(one.consignment == str(line) and one.is_open(now) for one in mine):
                raise SenderError("You have this consignment open already.", code="emergency-open")
            opened = Emergency(
                id=str(new_id()),
                consignment=str(line),
                reference=reference.strip(),
                by=principal.id,
                office=principal.office,
                reason=reason,
                case=case,
                opened=now,
                until=now + timedelta(minutes=settings.emergency_minutes),
            )
            for name in self._supervisors(connection, where, principal.id):
                path = f"{WHERE}/{opened.id}"
                notice = Notice(
                    officer=name, kind="emergency", by=principal.id, at=now, reference=opened.reference, path=path
                )
                tell(self._stores, connection, notice)
            self._access.seal(connection, *emergency_kept(self._stores, connection, opened, (OPENED, principal.id)))
        return opened

    def dossier(self, principal: Principal, identity: str) -> tuple[Emergency, DossierView]:
        """The consignment that was opened; the look is sealed and marked.

        Raises:
            NotFoundError: The principal has opened nothing of that id, or it is over.
        """
        one = self._in_use(principal, identity)
        return one, self._records.dossier(_elevated(principal, one), one.consignment)

    def content(self, principal: Principal, identity: str, message_id: str) -> bytes:
        """A paper of the consignment that was opened, as received; the look is sealed and marked.

        Raises:
            NotFoundError: The principal has opened nothing of that id, it is over, or the paper is of another consignment.
        """
        one = self._in_use(principal, identity)
        message = parse_id(message_id)
        with self._stores.database.transaction() as connection:
            dossiers = self._stores.consignments.of_message(connection, message) if message else ()
        if message is None or one.consignment not in map(str, dossiers):
            raise NotFoundError("There is no such message.")
        return self._records.content(_elevated(principal, one), str(message))

    def end_emergency(self, principal: Principal, identity: str) -> Emergency:
        """End an access before its time. Sealed.

        Raises:
            NotFoundError: The principal has opened nothing of that id.
            SenderError: It is over.
        """
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            one = emergency_of(self._stores, connection, identity, to_change=True)
            if one is None or one.by != principal.id:
                raise NotFoundError("There is no such access.")
            after = ended(one, now)
            self._access.seal(connection, *emergency_kept(self._stores, connection, after, (ENDED, principal.id)))
        return after

    def review_emergency(self, principal: Principal, identity: str, words: str, *, is_justified: bool) -> Emergency:
        """Judge an access of another person. Sealed.

        Raises:
            NotFoundError: There is none that the principal may know of.
            PolicyError: He may not judge it: it is his own, or he is no supervisor of where it belongs.
            SenderError: It was judged before, or he says nothing of it.
        """
        self._require_person(principal)
        now = datetime.now(UTC)
        with self._stores.database.transaction() as connection:
            one = emergency_of(self._stores, connection, identity, to_change=True)
            if one is None or not self._shown(connection, principal, one):
                raise NotFoundError("There is no such access.")
            where = self._where(connection, one)
            second = Context(needs_second=True, second=one.by, reason=words.strip() or None)
            self._access.require(principal, "emergency:review", where, second)
            after = judged(one, principal.id, words, now, is_justified=is_justified)
            self._access.seal(connection, *emergency_kept(self._stores, connection, after, (REVIEWED, principal.id)))
        return after

    def emergencies(self, principal: Principal) -> tuple[EmergencyView, ...]:
        """One's own accesses, and those of others that one may know of, the last opened first (0..200); the look is sealed.

        Raises:
            PolicyError: The principal may neither open nor know of any.
        """
        may_open = self._access.may_reasoned(principal, "emergency:open")
        if not may_open and not self._access.may(principal, "emergency:read"):
            self._access.require(principal, "emergency:read")
        with self._stores.database.transaction() as connection:
            found = [
                one for one in every_emergency(self._stores, connection) if self._shown(connection, principal, one)
            ]
            views = tuple(self._view(connection, principal, one) for one in found[:MOST_SHOWN])
            if any(not one.is_own for one in views):
                ids = tuple(one.emergency.id for one in views)
                self._access.seal(connection, self._access.record(principal, "emergencies", ids))
        return views

    def emergency(self, principal: Principal, identity: str) -> EmergencyView:
        """One access: one's own, or one of another that one may know of; a look at that is sealed.

        Raises:
            NotFoundError: There is none that the principal may know of.
        """
        with self._stores.database.transaction() as connection:
            one = emergency_of(self._stores, connection, identity)
            if one is None or not self._shown(connection, principal, one):
                raise NotFoundError("There is no such access.")
            view = self._view(connection, principal, one)
            if not view.is_own:
                self._access.seal(connection, self._access.record(principal, "emergencies", (one.id,)))
        return view

    def to_review(self, principal: Principal) -> int:
        """How many accesses this principal may judge (count)."""
        if not self._access.may(principal, "emergency:read"):
            return 0
        with self._stores.database.transaction() as connection:
            waiting = [one for one in every_emergency(self._stores, connection) if one.reviewed is None]
            return sum(self._may_review(connection, principal, one) for one in waiting)

    def _view(self, connection: Connection, principal: Principal, one: Emergency) -> EmergencyView:
        now = datetime.now(UTC)
        return EmergencyView(
            emergency=one,
            is_open=one.is_open(now),
            is_overdue=one.is_overdue(now, self._stores.settings.emergency_review_hours),
            is_own=one.by == principal.id,
            may_review=one.reviewed is None and self._may_review(connection, principal, one),
        )

    def _may_review(self, connection: Connection, principal: Principal, one: Emergency) -> bool:
        second = Context(needs_second=True, second=one.by, reason="–")
        try:
            self._access.require(principal, "emergency:review", self._where(connection, one), second)
        except PolicyError:
            return False
        return principal.kind == "officer"

    def _shown(self, connection: Connection, principal: Principal, one: Emergency) -> bool:
        if one.by == principal.id:
            return True
        return self._access.may(principal, "emergency:read", self._where(connection, one))

    def _where(self, connection: Connection, one: Emergency) -> Resource:
        identity = UUID(one.consignment)
        return of_dossiers(self._stores, connection, [identity]).get(identity, Resource())

    def _in_use(self, principal: Principal, identity: str) -> Emergency:
        """An open access of this person, whom policy still lets have such."""
        self._require_person(principal)
        with self._stores.database.transaction() as connection:
            one = emergency_of(self._stores, connection, identity)
        if one is None or one.by != principal.id or not one.is_open(datetime.now(UTC)):
            raise NotFoundError("There is no such access, or it is over.")
        self._access.require(principal, "emergency:open", context=Context(reason=one.reason))
        return one

    def _require_person(self, principal: Principal) -> None:
        if principal.kind != "officer" or not self._stores.settings.emergency_minutes:
            raise PolicyError("Not allowed: emergency:open.", reasons=("nothing-permits",))

    def _one(self, connection: Connection, reference: str) -> UUID:
        keys = search_keys(reference.strip()) if reference.strip() else []
        named, endings = [key.pair for key in keys], [key.pair for key in keys if is_ending(key)]
        lines = self._stores.consignments.find(connection, named, endings, offices=None) if keys else []
        if not lines:
            raise NotFoundError("There is no consignment of that reference.")
        if len({line.id for line in lines}) > 1:
            raise SenderError(
                "Several consignments have this reference; give one that only one of them has.",
                code="emergency-several",
            )
        return lines[0].id

    def _supervisors(self, connection: Connection, where: Resource, by: str) -> tuple[str, ...]:
        """Supervisors who are told: those of the offices that it belongs to, of the officer's own, and those of no office."""
        people = self._stores.people.supervisors(connection)
        own = self._stores.people.officer(connection, by)
        offices = {*where.offices, own.office if own else None, None}
        return tuple(one.id for one in people if one.id != by and one.office in offices)


def _elevated(principal: Principal, one: Emergency) -> Principal:
    """Who reads under an access: the same person and roles, bound to no office, in the case that he named."""
    return msgspec.structs.replace(principal, office=None, case=one.case, emergency=one.id)
