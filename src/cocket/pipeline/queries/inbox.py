# SPDX-License-Identifier: Apache-2.0
"""An officer's inbox: what is due with him by time left, what was assigned to him, who mentions him, what he put off; and
which case comes next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.governance import Principal, Resource
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.proposals import Waiting
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.partner_notices import open_requests, overdue_requests
from cocket.pipeline.control.contests import Contests
from cocket.pipeline.control.desk_notes import notices_of, shown_first, snoozed_by
from cocket.pipeline.control.questions import Questions
from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.governance.second_person import SecondPerson
from cocket.pipeline.queries.emergencies import Emergencies
from cocket.pipeline.queries.lines import disclosed_lines
from cocket.pipeline.queries.records import RecordQueries
from cocket.pipeline.queries.views import QueueFilter
from cocket.stores.base.database import Connection
from cocket.stores.consignment.queue_lines import LineFilter, QueueLines

#: Open orders of an officer that the inbox looks at, and cases among which the next is looked for (count).
_MOST: Final = 100

#: One in so many cases that an officer takes up is one that chance drew, while there are such.
EVERY: Final = 5

#: Band of what chance drew in the order of work.
_RANDOM: Final = 5

ItemKind = Literal["due", "assigned", "mention", "snoozed"]


class InboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an inbox.

    Attributes:
        kind: `due`: an open order with him; `assigned`, `mention`: a notice; `snoozed`: a case he put off.
        line: The consignment.
        at: When it was opened, told, or until when it is put off, UTC.
        due: By when the order must be dealt with, UTC; None for no end.
        by: Who assigned it or mentions him; None for the others.
        notice: Id of the notice; None where it is none.
    """

    kind: ItemKind
    line: ConsignmentView
    at: datetime
    due: datetime | None = None
    by: str | None = None
    notice: str | None = None


class AlertCalled(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that an officer is called for.

    Attributes:
        notice: Id of the notice.
        reference: Declaration or manifest of its journey; empty if none is known.
        path: Page of ours that shows it.
        at: When he was called, UTC.
    """

    notice: str
    reference: str
    path: str
    at: datetime


class InboxView(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's inbox.

    Attributes:
        items: Lines about consignments, those with least time left first, then the newest (0..n).
        alerts: Alerts he is called for (0..n).
        waiting: Acts that wait for a second person, and this officer may approve, refuse or withdraw, last changed first (0..n).
        contests: Contests that he may answer (count).
        overdue: Of these the overdue ones (count).
        questions: Questions of traders that he may answer (count).
        late_questions: Of these the overdue ones (count).
        emergencies: Accesses in an emergency that he may judge (count).
        requests: Requests for assistance of partner administrations that he may answer (count).
        late_requests: Of these the overdue ones (count).
    """

    items: tuple[InboxItem, ...]
    alerts: tuple[AlertCalled, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    contests: int = 0
    overdue: int = 0
    questions: int = 0
    late_questions: int = 0
    emergencies: int = 0
    requests: int = 0
    late_requests: int = 0


class Inbox(Service):
    """What waits for one officer.

    Args:
        stores: The stores of this process.
        records: Gives out lines of the queue.
        second: Acts that wait for a second person.
        asked: Contests and questions of traders that wait for an answer.
    """

    def __init__(
        self, stores: Stores, records: RecordQueries, second: SecondPerson, asked: tuple[Contests, Questions]
    ) -> None:
        super().__init__(stores)
        self._records = records
        self._second = second
        self._contests, self._questions = asked
        self._emergencies = Emergencies(stores, records)

    def asks(self, principal: Principal) -> tuple[int, int]:
        """How much in the inbox asks something of this officer: notices and contests, and acts that he may approve (counts)."""
        with self._stores.database.transaction() as connection:
            notices = len(notices_of(self._stores, connection, principal.id))
        told = notices + self._contests.waiting(principal)[0] + self._questions.waiting(principal)[0]
        told += self._requests(principal)[0]
        return told + self._emergencies.to_review(principal), self._second.asks(principal)

    def inbox(self, principal: Principal) -> InboxView:
        """What waits for this officer; a case that he may no longer see is left out.

        Raises:
            PolicyError: The principal has no queue.
        """
        self._access.require(principal, "dossier:search")
        now = datetime.now(UTC)
        mine = LineFilter(offices=self._access.reach(principal), examiner=principal.id, sort="time", limit=_MOST)
        with self._stores.database.transaction() as connection:
            asleep = snoozed_by(self._stores, connection, principal.id, now)
            every = notices_of(self._stores, connection, principal.id)
            notices = [(notice, one, UUID(one.consignment)) for notice, one in every if one.consignment is not None]
            with_him = [line.id for line, _ in QueueLines().lines(connection, mine)]
            about = [consignment for _, _, consignment in notices]
            shown = self._lines(connection, principal, (*with_him, *about, *asleep))
            told_now = {notice for notice, one in every if one.consignment is None}
            told_now |= {notice for notice, _, consignment in notices if consignment in shown}
            firsts = shown_first(self._stores, connection, principal.id, told_now)
            look = self._access.record(principal, "inbox", tuple(map(str, shown)))
            self._access.seal(connection, look, *firsts)
        due = [
            InboxItem(kind="due", line=line, at=line.order.created or line.received, due=line.order.due)
            for one in with_him
            if one not in asleep and (line := shown.get(one)) and line.order
        ]
        told = [
            InboxItem(
                kind="mention" if one.kind == "mention" else "assigned",
                line=shown[consignment],
                at=one.at,
                by=one.by,
                notice=notice,
            )
            for notice, one, consignment in notices
            if consignment in shown
        ]
        later = [
            InboxItem(kind="snoozed", line=shown[one], at=put_off.until)
            for one, put_off in sorted(asleep.items(), key=lambda pair: pair[1].until)
            if one in shown
        ]
        called = [
            AlertCalled(notice=notice, reference=one.reference, path=one.path, at=one.at)
            for notice, one in every
            if one.kind == "alert"
        ]
        contests, overdue = self._contests.waiting(principal)
        questions, late = self._questions.waiting(principal)
        requests, late_requests = self._requests(principal)
        return InboxView(
            items=(*due, *told, *later),
            alerts=tuple(called),
            waiting=self._second.waiting(principal),
            contests=contests,
            overdue=overdue,
            questions=questions,
            late_questions=late,
            emergencies=self._emergencies.to_review(principal),
            requests=requests,
            late_requests=late_requests,
        )

    def next_case(self, principal: Principal, taken: int, after: str | None = None) -> ConsignmentView | None:
        """The case to take up next: one's own first, then those of nobody, in the order of work; none that one put off.

        Args:
            principal: Who asks.
            taken: How many cases he has taken up so; each `EVERY`th is one that chance drew, while there are such.
            after: The case that he comes from, which is not given again; None for none.

        Returns:
            None where there is nothing to do.

        Raises:
            PolicyError: The principal has no queue.
        """
        queue = self._records.queue(principal, QueueFilter(limit=_MOST))
        with self._stores.database.transaction() as connection:
            asleep = snoozed_by(self._stores, connection, principal.id, datetime.now(UTC))
        free = [
            line
            for line in queue.lines
            if line.order is not None
            and line.order.status == "open"
            and line.order.examiner in (None, principal.id)
            and UUID(line.id) not in asleep
            and line.id != after
        ]
        mine = [line for line in free if line.order and line.order.examiner == principal.id]
        drawn = [line for line in mine or free if line.band == _RANDOM]
        if drawn and taken % EVERY == EVERY - 1:
            return drawn[0]
        return next(iter(mine or free), None)

    def _requests(self, principal: Principal) -> tuple[int, int]:
        """How many requests of partners wait for an answer that this principal may give, and how many of them are overdue (counts)."""
        if not self._access.may(principal, "mirror:run", Resource()):
            return 0, 0
        with self._stores.database.transaction() as connection:
            every = [one for one in open_requests(self._stores, connection) if one.direction == "in"]
            late = [one for one in overdue_requests(self._stores, connection) if one.direction == "in"] if every else []
        return len(every), len(late)

    def _lines(self, connection: Connection, principal: Principal, ids: Iterable[UUID]) -> dict[UUID, ConsignmentView]:
        """Lines of dossiers that this principal may see, by the id under which they were asked for."""
        lines = self._stores.consignments.lines_of(connection, list(dict.fromkeys(ids)))
        views = disclosed_lines(self._stores, self._access, connection, principal, list(lines.values()))
        shown = {view.id: view for view in views}
        return {asked: shown[str(line.id)] for asked, line in lines.items() if str(line.id) in shown}
