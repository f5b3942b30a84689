# SPDX-License-Identifier: Apache-2.0
"""What a trader sees of his own affairs: his messages with what is wrong with them, and who accessed what is kept of them.

Nothing here depends on a lane. Who accessed a declaration is shown from the day on which what came of it is open to its trader
(`governance.contest`), since that officers look at one sooner than at another tells a lane. Of any other paper of his, such as an eFTI
dataset, the trader is shown what partners were given of it under agreements, from the same day on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.consignment.uses import as_given
from cocket.findings import Finding
from cocket.governance import Principal, Resource
from cocket.governance.agreements import Agreement
from cocket.governance.contest import LOOK_DAYS, opens_on
from cocket.model import Declaration
from cocket.pipeline.base.access import AccessRecord, NotFoundError, Service
from cocket.pipeline.base.destroyed_accesses import destroyed_accesses
from cocket.pipeline.base.ids import parse_id
from cocket.pipeline.base.partner_agreements import newest_agreements
from cocket.pipeline.base.partner_looks import GIVEN, NOTICE
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.contests import Contests
from cocket.pipeline.intake.messages import findings_of
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.intake.messages import StoredMessage

#: Messages of one list (count).
PAGE: Final = 25

#: Purposes that a trader is told of. Every other is left out, and that there are any is not said: an investigation that its
#: subject hears of is none.
SHOWN: Final = ("control", "release", "host-exchange")

Agency = Literal["customs", "host", "agency", "trader", "partner"]

#: What a partner can be given under an agreement, as a trader is told of it; `other` for what has no word of its own.
GivenKind = Literal["", "efti-dataset", "efti-identifiers", "events", "records", "other"]

_GIVEN: Final[dict[str, GivenKind]] = {
    "efti dataset": "efti-dataset",
    "efti identifiers": "efti-identifiers",
    "movement events": "events",
    GIVEN: "records",
}

_CUSTOMS: Final = frozenset({"analyst", "officer", "supervisor", "auditor"})
_HOST: Final = frozenset({"host", "feed"})


class OwnMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a trader's own.

    Attributes:
        id: Our id of it; by it receipt, proof and content are asked for.
        sender: Who sent it.
        received: When, UTC.
        standard: Standard it was read as; None if unreadable.
        reference: The sender's reference; None if it has none.
        function: Original, amendment or cancellation.
        outcome: Accepted, refused or conflict.
        findings: What is wrong with it, in words (0..n).
        opens: Day from which on what came of it may be contested; None for what is no accepted declaration.
        is_open: Whether that day has come.
    """

    id: str
    sender: str
    received: datetime
    standard: str | None
    reference: str | None
    function: str
    outcome: str
    findings: tuple[Finding, ...] = ()
    opens: date | None = None
    is_open: bool = False


class OwnMessages(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of a trader's own.

    Attributes:
        messages: The last received first (0..25).
        next: What `before` gives the following ones; None if there are no more.
    """

    messages: tuple[OwnMessage, ...]
    next: str | None = None


class OwnAccess(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody accessed what is kept of a declaration, on one day at least once.

    Attributes:
        day: Day, UTC.
        agency: Of which kind of agency; `partner`: an administration abroad that was given a record of it.
        purpose: For what.
        partner: That administration; empty for others.
        given: What was given under an agreement; empty where it was an access under none.
        agreement: What that agreement is called; empty for none.
    """

    day: date
    agency: Agency
    purpose: str
    partner: str = ""
    given: GivenKind = ""
    agreement: str = ""


class OwnAccesses(msgspec.Struct, frozen=True, kw_only=True):
    """Who accessed what is kept of a declaration; or what partners were given of another paper.

    Attributes:
        message: The declaration or paper, by our id of the message.
        opens: Day from which on this is shown.
        accesses: By day, agency, purpose and what was given, the latest first (0..n); empty before.
        is_given_only: Whether it is no declaration, so that only what partners were given of it under agreements is among them.
        destroyed_until: Day (UTC) up to which records of accesses were destroyed under the retention schedule since the declaration
            came, so that nothing is known of accesses up to it: not that there were none. None where none were. It is that of the
            whole installation; what a hold keeps of those days is not shown, since that would tell of the hold.
        destroyed_under: Laws by which (0..n).
    """

    message: str
    opens: date
    accesses: tuple[OwnAccess, ...] = ()
    is_given_only: bool = False
    destroyed_until: date | None = None
    destroyed_under: tuple[str, ...] = ()


class OwnAffairs(Service):
    """Giving a trader what is his.

    Args:
        stores: The stores of this process.
        contests: Say from when on what came of a declaration is open to its trader.
    """

    def __init__(self, stores: Stores, contests: Contests) -> None:
        super().__init__(stores)
        self._contests = contests

    def own_messages(self, principal: Principal, before: str | None = None, text: str = "") -> OwnMessages:
        """Messages of the senders that this principal speaks for, the last received first; of a client none from before the mandate
        began. The look is sealed.

        Args:
            principal: The trader.
            before: Those that came before this one, by our id; None for the latest.
            text: Part of the sender's reference, in small or capital letters; empty for every one.

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        last = parse_id(before) if before else None
        with self._stores.database.transaction() as connection:
            stored = self._own(connection, principal, (last, text.strip()), PAGE + 1)
            shown = [self._view(connection, one) for one in stored[:PAGE]]
            if shown:
                subjects = tuple(one.id for one in shown)
                self._access.seal(connection, self._access.record(principal, "own messages", subjects))
        return OwnMessages(messages=tuple(shown), next=shown[-1].id if len(stored) > PAGE else None)

    def _own(
        self, connection: Connection, principal: Principal, wanted: tuple[UUID | None, str], limit: int
    ) -> list[StoredMessage]:
        """Messages of one's own, the last received first (0..limit)."""
        mine = [
            one
            for one in sorted(set(principal.senders))
            if self._access.may(principal, "contest:read-own", Resource(sender=one))
        ]
        if not mine:
            self._access.require(principal, "contest:read-own")
        begins = {one: dict(principal.since).get(one) for one in mine}
        return self._stores.messages.of_senders(connection, begins, wanted, limit) if mine else []

    def opens(self, principal: Principal, message_id: str) -> date | None:
        """First day on which what came of a declaration of one's own is told; None for other papers, and until it has a dossier.

        Raises:
            NotFoundError: There is no such message of his own.
        """
        with self._stores.database.transaction() as connection:
            message = self._own_message(connection, principal, message_id)
            line = self._line(connection, message) if message.outcome == "accepted" else None
            return self._contests.opening(connection, message, line)[0] if line is not None else None

    def own_accesses(self, principal: Principal, message_id: str) -> OwnAccesses:
        """Who accessed what is kept of a declaration of one's own, by agency and purpose, and what partners were given of it under which
        agreement; of another paper of one's own the latter alone. The look is sealed.

        Raises:
            NotFoundError: There is no such paper of his own that was accepted.
        """
        with self._stores.database.transaction() as connection:
            message = self._own_message(connection, principal, message_id)
            line = self._line(connection, message)
            opens, looks = (
                self._looks(connection, message) if line is None else self._all_looks(connection, message, line)
            )
            is_open = _now().date() >= opens
            gone = destroyed_accesses(self._stores, connection, message.received)
            names = {look.agreement for _, look in looks if look.agreement} if is_open else set()
            agreements = newest_agreements(self._stores, connection) if names else {}
            self._access.seal(connection, self._access.record(principal, "own accesses", (str(message.id),)))
        found = {one for at, look in looks if (one := _access(at, look, agreements)) is not None} if is_open else set()
        kept = [one for one in found if gone is None or one.day > gone.until]
        order = sorted(kept, key=lambda one: (one.day, one.agency, one.purpose, one.given, one.agreement), reverse=True)
        return OwnAccesses(
            message=str(message.id),
            opens=opens,
            accesses=tuple(order),
            is_given_only=line is None,
            destroyed_until=gone.until if gone is not None else None,
            destroyed_under=gone.laws if gone is not None else (),
        )

    def _all_looks(
        self, connection: Connection, message: StoredMessage, line: Line
    ) -> tuple[date, list[tuple[datetime, AccessRecord]]]:
        """From when on looks at a declaration are shown, and those at it and at its dossier (0..n)."""
        shared = self._contests.shared_since(connection, message, line)
        looks = [
            (at, look)
            for about in (line.id, message.id)
            for at, look in self._looks_at(connection, about)
            if about == message.id or shared is None or at < shared
        ]
        return self._contests.looks_open(connection, message, line), looks

    def _looks(
        self, connection: Connection, message: StoredMessage
    ) -> tuple[date, list[tuple[datetime, AccessRecord]]]:
        """From when on looks at a paper that is no declaration are shown, and those by which a partner was given it (0..n).

        Raises:
            NotFoundError: It was not accepted, or is a declaration that lies in several dossiers or in none.
        """
        if message.outcome != "accepted" or _is_declaration(message):
            raise NotFoundError("There is no such declaration.")
        opens = opens_on(message.received.date(), None, self._stores.settings.contest_after_days or LOOK_DAYS)
        looks = [
            (at, look)
            for about in (message.id, *self._stores.consignments.of_message(connection, message.id))
            for at, look in self._looks_at(connection, about)
            if look.agreement and str(message.id) in look.subjects
        ]
        return opens, looks

    def _looks_at(self, connection: Connection, about: UUID) -> list[tuple[datetime, AccessRecord]]:
        return [
            (leaf.at, msgspec.json.decode(body, type=AccessRecord))
            for leaf, body in self._stores.leaves.records_about(connection, about, ("look",))
        ]

    def _own_message(self, connection: Connection, principal: Principal, message_id: str) -> StoredMessage:
        wanted = parse_id(message_id)
        only = self._access.senders_alone(principal, "contest:read-own")
        message = self._stores.messages.get(connection, wanted, only) if wanted else None
        where = Resource(sender=message.sender, lodged=message.received) if message else Resource()
        if message is None or not self._access.may(principal, "contest:read-own", where):
            raise NotFoundError("There is no such declaration.")
        return message

    def _view(self, connection: Connection, message: StoredMessage) -> OwnMessage:
        line = self._line(connection, message) if message.outcome == "accepted" else None
        opens = self._contests.opening(connection, message, line)[0] if line is not None else None
        return OwnMessage(
            id=str(message.id),
            sender=message.sender,
            received=message.received,
            standard=message.standard,
            reference=as_given(message.reference),
            function=message.function,
            outcome=message.outcome,
            findings=findings_of(message),
            opens=opens,
            is_open=opens is not None and _now().date() >= opens,
        )

    def _line(self, connection: Connection, message: StoredMessage) -> Line | None:
        """The dossier of a declaration that came alone; None for other papers."""
        if not _is_declaration(message):
            return None
        dossiers = self._stores.consignments.of_message(connection, message.id)
        return self._stores.consignments.line(connection, dossiers[0]) if len(dossiers) == 1 else None


def _is_declaration(message: StoredMessage) -> bool:
    return any(isinstance(one, Declaration) for one in reading_of(message).documents)


def _access(at: datetime, look: AccessRecord, agreements: Mapping[str, Agreement]) -> OwnAccess | None:
    """What a trader is told of a look; None where he is told of none, as of notices to partners: they may be of an inquiry."""
    if look.purpose not in SHOWN or look.what == NOTICE:
        return None
    under = agreements.get(look.agreement)
    partner = ""
    if look.what == GIVEN:
        partner = under.other if under is not None else look.who.partition(":")[2]
    roles = set(look.roles)
    agency: Agency = "customs" if roles & _CUSTOMS else "host" if roles & _HOST else "trader"
    if partner:
        agency = "partner"
    elif look.agreement or (agency == "trader" and "agency" in roles):
        agency = "agency"
    return OwnAccess(
        day=at.astimezone(UTC).date(),
        agency=agency,
        purpose=look.purpose,
        partner=partner,
        given=_GIVEN.get(look.what, "other") if look.agreement else "",
        agreement=under.title if under is not None else look.agreement,
    )


def _now() -> datetime:
    return datetime.now(UTC)
