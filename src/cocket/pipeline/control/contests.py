# SPDX-License-Identifier: Apache-2.0
"""Contests: traders lodge them on what came of their own declarations, officers who decided nothing answer them in time.

Each step is sealed as it is kept. An answer that upholds a contest changes the result by one that amends it, so that whoever
learns, counts or shows results sees the correction as any other. Policy actions: `contest:lodge`, `contest:read-own`,
`contest:read`, `contest:answer`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.consignment import Entry
from cocket.control import ExaminationResult, ExaminedItem, check_result, unamended
from cocket.errors import SenderError
from cocket.governance import Principal, Resource, disclose
from cocket.governance.contest import (
    LOOK_DAYS,
    OPEN,
    Acknowledged,
    Answer,
    Contest,
    ContestOrderError,
    Effect,
    EffectKind,
    Ground,
    Outcome,
    Paper,
    State,
    acknowledge,
    add_paper,
    answer,
    check_lodging,
    clock_of,
    opens_on,
    with_clock,
    withdraw,
)
from cocket.measures.valuation import Decided, Doubt, Proposed
from cocket.model import Amount, Declaration
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.ids import made_at, new_id, parse_id
from cocket.pipeline.base.ownership import Belonging, belongings, refuse_lost
from cocket.pipeline.base.readings import reading_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.outcomes import read_stored
from cocket.pipeline.control.correspondence import PAGE, Correspondence, counted, overdue_first
from cocket.pipeline.control.results import unreadable, view_of
from cocket.pipeline.control.trader_papers import check_paper
from cocket.pipeline.control.views import ResultView
from cocket.stores import NewRecord
from cocket.stores.base.database import Connection
from cocket.stores.consignment.rows import Line
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.control.orders import StoredResult
from cocket.stores.intake.messages import StoredMessage

#: Kind of the sealed record and case file of a contest.
CONTEST: Final = "contest"

#: Kinds of record by which somebody decided on a consignment; who examined and who released are deciders alike.
_DECISIONS: Final = ("result", "result-beside", "override", "release", "reopen", "take-over")

#: Kind of step → sentence of the timeline.
SENTENCES: Final = {
    "lodged": "the trader contested what came of it",
    "acknowledged": "{by} confirmed receipt of the contest",
    "answered": "{by} answered the contest",
    "withdrawn": "the trader took the contest back",
}


class NewContest(msgspec.Struct, frozen=True, kw_only=True):
    """What a trader lodges: what he holds to be wrong, and why, in words."""

    ground: Ground
    words: str


class NewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How an officer answers a contest.

    Attributes:
        outcome: How it ends.
        grounds: Why, in words for the trader.
        effect: What it changes.
        items: Items whose finding is withdrawn, for `items-withdrawn` (0..n).
    """

    outcome: Outcome
    grounds: str
    effect: EffectKind = "none"
    items: tuple[int, ...] = ()


class OwnResult(msgspec.Struct, frozen=True, kw_only=True):
    """What an examination of a trader's own goods came to: what he may know of it, without who examined or why.

    Attributes:
        at: When it was recorded, UTC.
        depth: How deep the look was.
        found: Whether an irregularity was found.
        offences: Classes of the offences found (0..n).
        items: Items declared otherwise than found (0..n).
        duty: Additional duty and tax; None if none.
    """

    at: datetime
    depth: str
    found: bool
    offences: tuple[str, ...] = ()
    items: tuple[ExaminedItem, ...] = ()
    duty: Amount | None = None


class OwnPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that a trader added, as it is shown to him."""

    name: str
    sha256: str
    type: str
    size: int


class OwnAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer as the trader reads it.

    Attributes:
        at: When it was given, UTC.
        outcome: How it ended.
        grounds: Why, in words.
        effect: What it changed.
        items: Items whose finding was withdrawn (0..n).
    """

    at: datetime
    outcome: Outcome
    grounds: str
    effect: EffectKind
    items: tuple[int, ...]


class OwnContest(msgspec.Struct, frozen=True, kw_only=True):
    """A contest as the trader who lodged it sees it: who works on it is not named, nor the dossier it is about.

    Attributes:
        id: Its id.
        message: The declaration, by our id of the message.
        sender: Who sent that.
        ground: What is held to be wrong.
        words: What was said.
        state: Where it stands.
        lodged: When, UTC.
        law: Law whose clock runs.
        acknowledge_by: Last day to confirm receipt.
        due: Last day to answer.
        is_late: Whether it was lodged after the last day that the law sets.
        is_overdue: Whether a day of these two is past without what was due.
        acknowledged: When receipt was confirmed, UTC; None if it was not.
        papers: Papers that go with it (0..n).
        answer: The answer; None while there is none.
        withdrawn: When it was taken back, UTC; None if it was not.
    """

    id: str
    message: str
    sender: str
    ground: Ground
    words: str
    state: State
    lodged: datetime
    law: str
    acknowledge_by: date
    due: date
    is_late: bool
    is_overdue: bool
    acknowledged: datetime | None
    papers: tuple[OwnPaper, ...]
    answer: OwnAnswer | None
    withdrawn: datetime | None


class OwnCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a trader may ask about one declaration of his own.

    Attributes:
        message: The declaration, by our id of the message.
        opens: Day from which on what came of it may be contested, if no result comes before.
        is_open: Whether it may be contested now.
        result: What an examination came to; None if there is no result, or not yet.
        contests: Contests on it, oldest first (0..n).
    """

    message: str
    opens: date
    is_open: bool
    result: OwnResult | None = None
    contests: tuple[OwnContest, ...] = ()


class ContestView(msgspec.Struct, frozen=True, kw_only=True):
    """A contest as officers see it.

    Attributes:
        id: Its id.
        message: The declaration, by our id of the message.
        consignment: The dossier.
        title: Reference of the dossier; None if it has none.
        office: Its office; None if not known.
        sender: Who sent the declaration.
        by: Key or account that lodged it.
        ground: What is held to be wrong.
        words: What the trader says.
        state: Where it stands.
        lodged: When, UTC.
        law: Law whose clock runs.
        lodge_by: Last day on which it was to be lodged; None where the law sets none.
        is_late: Whether it was lodged after that.
        acknowledge_by: Last day to confirm receipt.
        due: Last day to answer.
        is_overdue: Whether a day of these two is past without what was due.
        deciders: Who decided on the consignment (0..n): they do not answer.
        may_answer: Whether the reader may.
        result: The result that stands; None if there is none here.
        papers: Papers that go with it (0..n).
        acknowledged: That receipt was confirmed; None if it was not.
        answer: The answer; None while there is none.
        withdrawn: When the trader took it back, UTC; None if he did not.
    """

    id: str
    message: str
    consignment: str
    title: str | None
    office: str | None
    sender: str
    by: str
    ground: Ground
    words: str
    state: State
    lodged: datetime
    law: str
    lodge_by: date | None
    is_late: bool
    acknowledge_by: date
    due: date
    is_overdue: bool
    deciders: tuple[str, ...]
    may_answer: bool
    result: ResultView | None
    papers: tuple[Paper, ...]
    acknowledged: Acknowledged | None
    answer: Answer | None
    withdrawn: datetime | None


class ContestList(msgspec.Struct, frozen=True, kw_only=True):
    """Contests of some state.

    Attributes:
        lines: Those overdue first, then those due first; closed ones the last changed first (0..100).
        overdue: How many of them are overdue (count).
        has_more: Whether there are more than are shown.
    """

    lines: tuple[ContestView, ...]
    overdue: int
    has_more: bool


class Contests(Service):
    """Lodging, answering, and showing contests.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._letters = Correspondence(stores, self._access, CONTEST, Contest, contest_names)

    # For traders

    def own_case(self, principal: Principal, message_id: str) -> OwnCase:
        """What came of a declaration of one's own, as far as it may be told, and whether it may be contested. The look is sealed.

        Raises:
            NotFoundError: There is no such declaration of his own.
        """
        with self._stores.database.transaction() as connection:
            message, line = self._own_declaration(connection, principal, message_id, "contest:read-own")
            case = self._own_case(connection, message, line)
            self._access.seal(connection, self._access.record(principal, "own case", (str(message.id),)))
        return case

    def lodge(self, principal: Principal, message_id: str, new: NewContest) -> OwnContest:
        """Contest what came of a declaration of one's own.

        Raises:
            NotFoundError: There is no such declaration of his own.
            ContestOrderError: It is not open yet, says nothing, or the same is contested already.
            SettingsError: No clock is known of the law that the settings name.
        """
        now = _now()
        with self._stores.database.transaction() as connection:
            message, line = self._own_declaration(connection, principal, message_id, "contest:lodge")
            self._stores.case_files.lock(connection, f"{CONTEST} {message.id}")
            case = self._own_case(connection, message, line)
            if not case.is_open:
                raise ContestOrderError(
                    "This cannot be contested yet.",
                    code="contest-early",
                    expected=case.opens.isoformat(),
                    hint="It opens on that day, or as soon as an examination has a result.",
                )
            standing, shared = self._standing(connection, line.id), self.shared_since(connection, message, line)
            if standing is not None and shared is not None and standing[1].returned >= shared:
                standing = None
            contest = Contest(
                id=str(new_id()),
                message=str(message.id),
                consignment=str(line.id),
                office=line.office,
                sender=message.sender,
                by=principal.id,
                ground=new.ground,
                words=new.words.strip(),
                result=standing[0] if standing else None,
                deciders=self._deciders(connection, line.id),
                lodged=now,
                law="",
                lodge_by=None,
                acknowledge_by=now.date(),
                due=now.date(),
            )
            check_lodging(contest, self._letters.found_by(connection, "message", [str(message.id)]))
            clock = clock_of(self._stores.settings.contest_law, new.ground, now.date())
            contest = with_clock(contest, clock, case.result.at.date() if case.result else None)
            self._letters.keep(connection, contest, principal.id)
        return _own_view(contest, now.date())

    def own_contests(self, principal: Principal) -> tuple[OwnContest, ...]:
        """Contests of the senders that this principal speaks for, the last lodged first (0..n).

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        with self._stores.database.transaction() as connection:
            mine = self._letters.own(connection, principal, lambda one: self._is_own(principal, one))
        today = _now().date()
        mine.sort(key=lambda one: (one.lodged, one.id), reverse=True)
        return tuple(_own_view(one, today) for one in mine)

    def own_contest(self, principal: Principal, contest_id: str) -> OwnContest:
        """One contest of one's own.

        Raises:
            NotFoundError: There is no such contest of his own.
        """
        with self._stores.database.transaction() as connection:
            contest = self._own_one(connection, principal, contest_id)
            self._letters.look(connection, principal, "own contest", (contest.id,))
        return _own_view(contest, _now().date())

    def add_own_paper(self, principal: Principal, contest_id: str, name: str, content: bytes) -> OwnContest:
        """Add a paper to a contest of one's own; it is kept encrypted, and its SHA-256 is sealed.

        Args:
            principal: The trader.
            contest_id: The contest, still open.
            name: Name of the file.
            content: Its bytes.

        Raises:
            NotFoundError: There is no such contest of his own.
            ContestOrderError: It is closed, or has as many papers as are taken.
            SenderError: The file cannot be taken as it is; `findings` say why.
            PartnerError: The virus scanner could not be asked.
            StoreError: It could not be kept; nothing of it is left.
        """
        with self._stores.database.transaction() as connection:
            self._own_one(connection, principal, contest_id)
        checked = check_paper(name, content, self._stores.settings)
        with self._stores.database.transaction() as connection:
            contest = self._own_one(connection, principal, contest_id, to_change=True)
            if all(one.sha256 != checked.new.sha256 for one in contest.papers):
                contest = self._letters.add_paper(connection, principal.id, contest, checked, add_paper)
        return _own_view(contest, _now().date())

    def withdraw(self, principal: Principal, contest_id: str) -> OwnContest:
        """Take a contest of one's own back.

        Raises:
            NotFoundError: There is no such contest of his own.
            ContestOrderError: It is closed.
        """
        with self._stores.database.transaction() as connection:
            contest = self._own_one(connection, principal, contest_id, to_change=True)
            self._access.require(principal, "contest:lodge", _of_contest(contest))
            contest = withdraw(contest, _now())
            self._letters.keep(connection, contest, principal.id)
        return _own_view(contest, _now().date())

    # For officers

    def contests(self, principal: Principal, state: Literal["open", "closed"] = "open") -> ContestList:
        """Contests on dossiers that this principal may see.

        Args:
            principal: Who asks.
            state: Those that wait for an answer, or those that are closed.

        Raises:
            PolicyError: The principal may not read contests.
        """
        self._access.require(principal, "contest:read")
        today = _now().date()
        states = OPEN if state == "open" else ("answered", "withdrawn")
        with self._stores.database.transaction() as connection:
            files = self._letters.newest(connection, states, (self._access.reach(principal) or (),), PAGE + 1)
            shown = self._views(connection, principal, files[:PAGE], today)
            self._letters.look(connection, principal, "contests", [one.id for one in shown])
        if state == "open":
            shown = overdue_first(shown)
        return ContestList(
            lines=tuple(disclose(principal, "contest", one) for one in shown),
            overdue=counted(shown)[1],
            has_more=len(files) > PAGE,
        )

    def waiting(self, principal: Principal) -> tuple[int, int]:
        """How many contests wait for an answer that this principal may give, and how many of them are overdue (counts)."""
        if not self._access.may(principal, "contest:answer"):
            return 0, 0
        today = _now().date()
        with self._stores.database.transaction() as connection:
            files = self._letters.newest(connection, OPEN, (self._access.reach(principal) or (),), PAGE)
            lines = self._views(connection, principal, files, today) if files else []
        return counted(one for one in lines if one.may_answer)

    def contest(self, principal: Principal, contest_id: str) -> ContestView:
        """One contest. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            view, _ = self._seen(connection, principal, contest_id)
            self._letters.look(connection, principal, "contest", (view.id,))
        return disclose(principal, "contest", view)

    def paper(self, principal: Principal, contest_id: str, record_id: str) -> tuple[str, bytes]:
        """A paper of a contest: its name and its bytes as they were taken. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may see.
            LostError: It is no longer where it was kept.
            StoreError: It was altered.
        """
        with self._stores.database.transaction() as connection:
            _, (contest, *_) = self._seen(connection, principal, contest_id)
            return self._letters.paper(connection, principal, contest, record_id, "contest paper")

    def acknowledge(self, principal: Principal, contest_id: str) -> ContestView:
        """Confirm receipt of a contest.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal decided on the consignment, or may not answer.
            ContestOrderError: It is closed, or that was done before.
        """
        with self._stores.database.transaction() as connection:
            contest = self._to_answer(connection, principal, contest_id)[0]
            contest = acknowledge(contest, _now(), principal.id)
            self._letters.keep(connection, contest, principal.id)
        return self.contest(principal, contest_id)

    def answer(self, principal: Principal, contest_id: str, new: NewAnswer) -> ContestView:
        """Answer a contest; what the answer changes is changed with it, or nothing is.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal decided on the consignment, or may not answer.
            ContestOrderError: It is closed, or the answer gives no grounds or contradicts itself.
            SenderError: There is no result here that could be changed so.
        """
        now = _now()
        with self._stores.database.transaction() as connection:
            contest, line, deciders = self._to_answer(connection, principal, contest_id)
            told = Answer(
                at=now,
                by=principal.id,
                outcome=new.outcome,
                grounds=new.grounds.strip(),
                effect=Effect(kind=new.effect, items=new.items if new.effect == "items-withdrawn" else ()),
            )
            contest = answer(contest, told, deciders)
            records: list[NewRecord] = []
            if told.effect.kind != "none":
                record = self._correct(connection, principal, line, (contest, told))
                changed = msgspec.structs.replace(told.effect, result=str(record.leaf.record))
                contest = msgspec.structs.replace(contest, answer=msgspec.structs.replace(told, effect=changed))
                records.append(record)
            self._letters.keep(connection, contest, principal.id, *records)
        return self.contest(principal, contest_id)

    # Within

    def _own_declaration(
        self, connection: Connection, principal: Principal, message_id: str, action: str
    ) -> tuple[StoredMessage, Line]:
        """A declaration that this trader sent himself, or may act for, and its dossier; of no other paper.

        Raises:
            NotFoundError: There is none.
        """
        wanted = parse_id(message_id)
        only = self._access.senders_alone(principal, action)
        message = self._stores.messages.get(connection, wanted, only) if wanted else None
        where = Resource(sender=message.sender, lodged=message.received) if message else Resource()
        if message is None or not self._access.may(principal, action, where):
            refuse_lost(self._stores, connection, wanted, lambda one: self._access.may(principal, action, one), only)
            raise NotFoundError("There is no such declaration.")
        dossiers = self._stores.consignments.of_message(connection, message.id)
        line = self._stores.consignments.line(connection, dossiers[0]) if len(dossiers) == 1 else None
        if line is None or not any(isinstance(one, Declaration) for one in reading_of(message).documents):
            raise NotFoundError("There is no such declaration.")
        return message, line

    def _own_case(self, connection: Connection, message: StoredMessage, line: Line) -> OwnCase:
        """How a declaration stands for its trader. It depends on when it came and on results, never on a lane or an order."""
        opens, result = self.opening(connection, message, line)
        today = _now().date()
        is_open = today >= opens
        return OwnCase(
            message=str(message.id),
            opens=opens,
            is_open=is_open,
            result=result if is_open else None,
            contests=tuple(
                _own_view(one, today) for one in self._letters.found_by(connection, "message", [str(message.id)])
            ),
        )

    def opening(self, connection: Connection, message: StoredMessage, line: Line) -> tuple[date, OwnResult | None]:
        """The day from which on what came of a declaration is open to its trader, and what came of it, if he is told of it."""
        examined, result = self._examined(connection, line.id, self.shared_since(connection, message, line))
        return opens_on(message.received.date(), examined, self._stores.settings.contest_after_days), result

    def looks_open(self, connection: Connection, message: StoredMessage, line: Line) -> date:
        """The day from which on a trader sees what tells of looks: who accessed his declaration, and what to check again.

        As `opening`, but never before a week without a result: that officers look at one sooner than at another tells a lane.
        """
        examined, _ = self._examined(connection, line.id, self.shared_since(connection, message, line))
        return opens_on(message.received.date(), examined, self._stores.settings.contest_after_days or LOOK_DAYS)

    def shared_since(self, connection: Connection, message: StoredMessage, line: Line) -> datetime | None:
        """Since when another trader's declaration is part of the dossier of this one too, UTC; None if none is.

        Whoever knows the number of a bill may name it. What came of a dossier from then on may be of the other's goods, so
        neither trader is told of it. A national system that feeds rows tells of the trader's own declaration, and is none.
        """
        parts = self._stores.consignments.messages_of(connection, [line.id]).get(line.id, ())
        others = self._stores.messages.get_many(connection, list({one for one, _ in parts} - {message.id}))
        found = [
            one.received
            for one in others
            if one.sender != message.sender
            and one.door != "feeds"
            and one.outcome == "accepted"
            and any(isinstance(paper, Declaration) for paper in reading_of(one).documents)
        ]
        return min(found, default=None)

    def _examined(
        self, connection: Connection, consignment: UUID, shared: datetime | None
    ) -> tuple[date | None, OwnResult | None]:
        """When the goods were first examined, as far as the trader is told of it, and what stands now.

        Args:
            connection: The transaction.
            consignment: The dossier.
            shared: Since when it is another trader's too; he is told of nothing from then on.
        """

        def is_told(one: ExaminationResult) -> bool:
            return _is_told(one) and (shared is None or one.returned < shared)

        results = self._results(connection, consignment)
        told = [one for one in results.values() if is_told(one)]
        standing = self._standing(connection, consignment)
        host = self._stores.orders.host_decisions(connection, [consignment]).get(consignment)
        if not told and host is not None and host.is_examined and host.is_found:
            when = host.returned or host.decided
            if when is not None and (shared is None or when < shared):
                own = OwnResult(
                    at=when,
                    depth="full",
                    found=True,
                    offences=(host.offence,) if host.offence else (),
                    duty=Amount(host.duty, host.currency) if host.duty else None,
                )
                return when.date(), own
        if not told:
            return None, None
        first = min(each.returned for each in told).date()
        if standing is None or not is_told(standing[1]):
            return first, None
        one = standing[1]
        own = OwnResult(
            at=one.returned,
            depth=one.depth,
            found=bool(one.is_found),
            offences=tuple(one.offences),
            items=one.items,
            duty=one.duty_recovered,
        )
        return first, own

    def _results(self, connection: Connection, consignment: UUID) -> dict[str, ExaminationResult]:
        """Results recorded here, by id, newest first; those that nobody can open are left out."""
        stored = self._stores.orders.results_of(connection, [consignment])
        bodies = {str(one.id): self._stores.leaves.body(connection, one.id) for one in stored}
        return {identity: read_stored(body) for identity, body in bodies.items() if body is not None}

    def _standing(self, connection: Connection, consignment: UUID) -> tuple[str, ExaminationResult] | None:
        """The newest result of an examination that none has taken the place of, and its id; None if there is none here."""
        standing = unamended(self._results(connection, consignment))
        seen = [(identity, one) for identity, one in standing.items() if one.conclusion != "not-examined"]
        return max(seen, key=lambda pair: pair[1].returned, default=None)

    def _deciders(self, connection: Connection, consignment: UUID) -> tuple[str, ...]:
        """Everybody who decided on a consignment: examined, released, set a lane, or decided on a value (0..n)."""
        records = self._stores.leaves.records_about(connection, consignment, _DECISIONS)
        found = {leaf.actor for leaf, _ in records}
        for file in self._stores.case_files.of_consignment(connection, consignment):
            if file.kind == "value-doubt":
                steps = msgspec.json.decode(file.body, type=Doubt).steps
                found |= {step.by for step in steps if isinstance(step, Proposed | Decided)}
        return tuple(sorted(found - {""}))

    def _is_own(self, principal: Principal, contest: Contest) -> bool:
        return self._access.may(principal, "contest:read-own", _of_contest(contest))

    def _own_one(
        self, connection: Connection, principal: Principal, contest_id: str, *, to_change: bool = False
    ) -> Contest:
        contest = self._letters.one(connection, contest_id, to_change=to_change)
        if not self._is_own(principal, contest):
            raise self._letters.missing()
        return contest

    def _seen(
        self, connection: Connection, principal: Principal, contest_id: str, *, to_change: bool = False
    ) -> tuple[ContestView, tuple[Contest, Line, Belonging]]:
        """A contest that this principal may see: one who may see its dossier.

        Raises:
            NotFoundError: There is none.
        """
        contest = self._letters.one(connection, contest_id, to_change=to_change)
        line, where = self._access.dossier(connection, principal, contest.consignment, "contest")
        if not self._access.may(principal, "contest:read", where.papers):
            raise self._letters.missing()
        return self._view(connection, principal, contest, (line, where)), (contest, line, where)

    def _to_answer(
        self, connection: Connection, principal: Principal, contest_id: str
    ) -> tuple[Contest, Line, tuple[str, ...]]:
        _, (contest, line, where) = self._seen(connection, principal, contest_id, to_change=True)
        deciders = self._all_deciders(connection, contest, line)
        about = msgspec.structs.replace(where.papers, concerns=deciders)
        self._access.require(principal, "contest:answer", about)
        return contest, line, deciders

    def _all_deciders(self, connection: Connection, contest: Contest, line: Line) -> tuple[str, ...]:
        """Who decided before the contest was lodged, or since; whoever answered it is no decider of it."""
        answered = contest.answer.by if contest.answer is not None else None
        return tuple(sorted({*contest.deciders, *self._deciders(connection, line.id)} - {answered}))

    def _views(
        self, connection: Connection, principal: Principal, files: Iterable[StoredCaseFile], today: date
    ) -> list[ContestView]:
        contests = [read_body(file, Contest) for file in files]
        lines = self._stores.consignments.lines_of(connection, [UUID(one.consignment) for one in contests])
        where = belongings(self._stores, connection, [line.id for line in lines.values()])
        shown = []
        for one in contests:
            line = lines.get(UUID(one.consignment))
            place = where.get(line.id) if line is not None else None
            if line is None or place is None or not self._access.may(principal, "contest:read", place.papers):
                continue
            shown.append(self._view(connection, principal, one, (line, place)))
        return shown

    def _view(
        self, connection: Connection, principal: Principal, contest: Contest, about: tuple[Line, Belonging]
    ) -> ContestView:
        line, where = about
        deciders = self._all_deciders(connection, contest, line)
        may_know = self._access.may(principal, "lane:read", where.advice)
        standing = self._standing(connection, line.id) if may_know else None
        result = None
        if standing is not None:
            stored = self._stores.orders.result(connection, UUID(standing[0]))
            result = view_of(stored, standing[1]) if stored is not None else None
        concerned = msgspec.structs.replace(where.papers, concerns=deciders)
        return ContestView(
            id=contest.id,
            message=contest.message,
            consignment=str(line.id),
            title=line.title,
            office=line.office,
            sender=contest.sender,
            by=contest.by,
            ground=contest.ground,
            words=contest.words,
            state=contest.state,
            lodged=contest.lodged,
            law=contest.law,
            lodge_by=contest.lodge_by,
            is_late=contest.is_late,
            acknowledge_by=contest.acknowledge_by,
            due=contest.due,
            is_overdue=contest.is_overdue(_now().date()),
            deciders=deciders,
            may_answer=contest.state in OPEN and self._access.may(principal, "contest:answer", concerned),
            result=result,
            papers=contest.papers,
            acknowledged=contest.acknowledged,
            answer=contest.answer,
            withdrawn=contest.withdrawn,
        )

    def _correct(
        self, connection: Connection, principal: Principal, line: Line, told: tuple[Contest, Answer]
    ) -> NewRecord:
        """The record of the result that takes the place of the one contested; its row is kept.

        Raises:
            SenderError: There is no result here that found anything, or none of these items was found to be otherwise.
        """
        contest, given = told
        standing = self._standing(connection, line.id)
        if standing is None or not standing[1].is_found:
            raise unreadable(
                "contest-no-finding",
                "no finding stands here that could be withdrawn; one of the host's is withdrawn in the host system",
                None,
            )
        identity, earlier = standing
        reason = f"{given.grounds} (contest {contest.id})"
        result = corrected(earlier, identity, given.effect, (principal.id, given.at, reason))
        if findings := check_result(result):
            raise SenderError("The result cannot be changed so.", code="result", findings=findings)
        record = self._stores.sealer.record("result", principal.id, result, about=line.id, at=given.at)
        kept = StoredResult(
            id=record.leaf.record,
            consignment=line.id,
            at=given.at,
            is_examined=True,
            is_found=result.is_found,
            duty=result.duty_recovered.value if result.duty_recovered else None,
            currency=result.duty_recovered.currency if result.duty_recovered else None,
        )
        self._stores.orders.add_results(connection, [kept])
        return record


def corrected(
    earlier: ExaminationResult, identity: str, effect: Effect, by: tuple[str, datetime, str]
) -> ExaminationResult:
    """A result without what an answer withdrew of it.

    Args:
        earlier: The result that stands.
        identity: Its id.
        effect: What is withdrawn: all of the finding, or that of some items. A finding of these items alone is withdrawn whole.
        by: Who answered, when (UTC), and why.

    Raises:
        SenderError: None of these items was found to be otherwise than declared.
    """
    officer, at, reason = by
    left = tuple(one for one in earlier.items if one.item not in effect.items)
    fixed = {
        "officer": officer,
        "returned": at,
        "amends": identity,
        "note": reason[:4000],
        "own_id": None,
        "confirmed": (),
    }
    if effect.kind == "items-withdrawn" and len(left) == len(earlier.items):
        raise unreadable("contest-item", "nothing was found on these items: {found}", ", ".join(map(str, effect.items)))
    if effect.kind == "items-withdrawn" and (left or earlier.seizures):
        # What was found of the others stands; what it recovered in all is no longer known.
        return msgspec.structs.replace(earlier, items=left, duty_recovered=None, duty_basis=None, **fixed)
    nothing = {"offences": (), "items": (), "duty_recovered": None, "duty_basis": None, "seizures": ()}
    return msgspec.structs.replace(earlier, conclusion="conform", **nothing, **fixed)


def contest_names(contest: Contest) -> set[tuple[str, str]]:
    """The names by which the file of a contest is found."""
    return {("name", contest.id), ("sender", contest.sender), ("message", contest.message)}


def contest_entries(stores: Stores, connection: Connection, consignment: UUID) -> Iterable[Entry]:
    """Steps of every contest on a dossier as entries of its timeline (0..n)."""
    for file in stores.case_files.of_consignment(connection, consignment):
        if file.kind != CONTEST:
            continue
        seen = ""
        for leaf, body in stores.leaves.records_about(connection, file.id, (CONTEST,)):
            told = msgspec.json.decode(body, type=Contest)
            if told.state == seen:  # a paper was added
                continue
            seen = told.state
            sentence = SENTENCES[seen]
            yield Entry(
                at=leaf.at,
                code=f"contest-{seen}",
                message=sentence,
                arguments={"by": leaf.actor} if "{by}" in sentence else {},
                actor=leaf.actor,
                index=leaf.index,
            )


def _is_told(result: ExaminationResult) -> bool:
    """Whether a trader is told of a result: what was found, and that his goods were opened. That papers or a scan were looked
    at and found in order tells a lane and nothing else.
    """
    return bool(result.is_found) or (result.is_found is False and result.depth in ("partial", "full"))


def _of_contest(contest: Contest) -> Resource:
    """A contest as policy sees it for traders: of the sender of its declaration, and of when that was received."""
    return Resource(sender=contest.sender, lodged=made_at(UUID(contest.message)))


def _own_view(contest: Contest, today: date) -> OwnContest:
    told = contest.answer
    return OwnContest(
        id=contest.id,
        message=contest.message,
        sender=contest.sender,
        ground=contest.ground,
        words=contest.words,
        state=contest.state,
        lodged=contest.lodged,
        law=contest.law,
        acknowledge_by=contest.acknowledge_by,
        due=contest.due,
        is_late=contest.is_late,
        is_overdue=contest.is_overdue(today),
        acknowledged=contest.acknowledged.at if contest.acknowledged else None,
        papers=tuple(
            OwnPaper(name=one.name, sha256=one.sha256, type=one.type, size=one.size) for one in contest.papers
        ),
        answer=OwnAnswer(
            at=told.at,
            outcome=told.outcome,
            grounds=told.grounds,
            effect=told.effect.kind,
            items=told.effect.items,
        )
        if told
        else None,
        withdrawn=contest.withdrawn,
    )


def _now() -> datetime:
    return datetime.now(UTC)
