# SPDX-License-Identifier: Apache-2.0
"""Questions between traders and customs, with papers: asked and answered by either side, each step sealed as it is kept.

A question about a message belongs to the offices of its dossier, one about a sender as such to the whole house. A trader sees what
is asked of him or by him, never who at customs asks or answers. Policy actions: `question:ask`, `question:read-own`,
`question:read`, `question:answer`; officers ask by `query:raise`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from cocket.errors import SenderError
from cocket.governance import HOUSE_WIDE, Principal, Resource, disclose
from cocket.governance.contest import Paper
from cocket.governance.question import (
    Question,
    Reply,
    SentPaper,
    Side,
    State,
    add_paper,
    check_asking,
    due_on,
    reply,
    take_back,
)
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.document_files import read_body
from cocket.pipeline.base.ids import made_at, new_id, parse_id
from cocket.pipeline.base.ownership import belongings, of_messages
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.consignment.marks import value_of
from cocket.pipeline.control.correspondence import PAGE, Correspondence, counted, overdue_first
from cocket.pipeline.control.trader_papers import check_paper
from cocket.stores.base.database import Connection
from cocket.stores.control.case_files import StoredCaseFile
from cocket.stores.intake.messages import StoredMessage

#: Kind of the sealed record and case file of a question.
QUESTION: Final = "question"


class NewQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question to ask.

    Attributes:
        words: What is asked.
        message: Message that it is about, by our id; None for the sender as such.
        sender: Sender that asks, where it is about no message; None where the one that there is.
    """

    words: str
    message: str | None = None
    sender: str | None = None


class OwnQuestionPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper of a question as its trader sees it; by `record` he fetches it."""

    record: str
    is_own: bool
    name: str
    sha256: str
    type: str
    size: int


class OwnQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question as its trader sees it: nobody of customs is named.

    Attributes:
        id: Its id.
        sender: Sender that asks or is asked.
        message: Message that it is about, by our id; None for the sender as such.
        is_own: Whether the trader asks; else customs does.
        words: What is asked.
        state: Where it stands.
        asked: When, UTC.
        due: Last day to answer.
        is_overdue: Whether that is past without an answer.
        papers: Papers of both sides (0..20).
        answered: When it was answered, UTC; None if it was not.
        answer: The answer, in words; None while there is none.
        withdrawn: When it was taken back, UTC; None if it was not.
    """

    id: str
    sender: str
    message: str | None
    is_own: bool
    words: str
    state: State
    asked: datetime
    due: date
    is_overdue: bool
    papers: tuple[OwnQuestionPaper, ...]
    answered: datetime | None
    answer: str | None
    withdrawn: datetime | None


class QuestionView(msgspec.Struct, frozen=True, kw_only=True):
    """A question as officers see it.

    Attributes:
        id: Its id.
        sender: Sender that asks or is asked.
        message: Message that it is about, by our id; None for the sender as such.
        consignment: Dossier of that; None without one.
        office: Office of the dossier; None if not known.
        asks: The side that asks.
        by: Key or account that asks.
        words: What is asked.
        state: Where it stands.
        asked: When, UTC.
        due: Last day to answer.
        is_overdue: Whether that is past without an answer.
        papers: Papers of both sides (0..20).
        answer: The answer; None while there is none.
        withdrawn: When it was taken back, UTC; None if it was not.
        may_answer: Whether the reader may answer, or take back what customs asks.
    """

    id: str
    sender: str
    message: str | None
    consignment: str | None
    office: str | None
    asks: Side
    by: str
    words: str
    state: State
    asked: datetime
    due: date
    is_overdue: bool
    papers: tuple[SentPaper, ...]
    answer: Reply | None
    withdrawn: datetime | None
    may_answer: bool


class QuestionList(msgspec.Struct, frozen=True, kw_only=True):
    """Questions of some state.

    Attributes:
        lines: Those overdue first, then those due first; closed ones the last changed first (0..100).
        overdue: How many of them are overdue (count).
        has_more: Whether there are more than are shown.
    """

    lines: tuple[QuestionView, ...]
    overdue: int
    has_more: bool


class Questions(Service):
    """Asking, answering, and showing questions.

    Args:
        stores: The stores of this process.
    """

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._letters = Correspondence(stores, self._access, QUESTION, Question, question_names)

    # For traders

    def ask(self, principal: Principal, new: NewQuestion) -> OwnQuestion:
        """Ask customs a question about a message of one's own, or about one's affairs.

        Raises:
            NotFoundError: There is no such message of his own.
            PolicyError: The principal speaks for no such sender.
            SenderError: It names no sender, and there are several.
            QuestionOrderError: It says nothing, or too many wait.
        """
        now = _now()
        with self._stores.database.transaction() as connection:
            if new.message is not None:
                message = self._own_message(connection, principal, new.message)
                sender, about = message.sender, self._dossier_of(connection, message.id)
            else:
                message, about = None, (None, None)
                sender = (new.sender or "").strip() or (principal.by_right[0] if len(principal.by_right) == 1 else "")
                if not sender:
                    raise SenderError("Name the sender that you ask for.", code="question-sender")
                self._access.require(principal, "question:ask", Resource(sender=sender))
            self._stores.case_files.lock(connection, f"{QUESTION} {sender}")
            question = Question(
                id=str(new_id()),
                sender=sender,
                message=str(message.id) if message is not None else None,
                consignment=about[0],
                office=about[1],
                asks="trader",
                by=principal.id,
                words=new.words.strip(),
                asked=now,
                due=due_on("trader", now.date()),
            )
            mine = [one for one in self._letters.found_by(connection, "sender", [sender]) if one.asks == "trader"]
            check_asking(question, sum(one.state == "open" for one in mine))
            self._letters.keep(connection, question, principal.id)
        return _own_view(question, now.date())

    def own_questions(self, principal: Principal) -> tuple[OwnQuestion, ...]:
        """Questions of and to the senders that this principal speaks for, the last asked first (0..n). The look is sealed.

        Raises:
            PolicyError: The principal speaks for no trader.
        """
        with self._stores.database.transaction() as connection:
            mine = self._letters.own(connection, principal, lambda one: self._is_own(principal, one))
        mine.sort(key=lambda one: (one.asked, one.id), reverse=True)
        return tuple(_own_view(one, _now().date()) for one in mine)

    def own_question(self, principal: Principal, question_id: str) -> OwnQuestion:
        """One question of one's own, or to oneself. The look is sealed.

        Raises:
            NotFoundError: There is no such question.
        """
        with self._stores.database.transaction() as connection:
            question = self._own_one(connection, principal, question_id)
            self._letters.look(connection, principal, "own question", (question.id,))
        return _own_view(question, _now().date())

    def add_own_paper(self, principal: Principal, question_id: str, name: str, content: bytes) -> OwnQuestion:
        """Add a paper of the trader's to a question; it is kept encrypted, and its SHA-256 is sealed.

        Raises:
            NotFoundError: There is no such question.
            QuestionOrderError: It is closed, or has as many papers as are taken.
            SenderError: The paper is not taken as it is; `findings` say why.
            PartnerError: The virus scanner could not be asked.
        """
        with self._stores.database.transaction() as connection:
            self._own_one(connection, principal, question_id, "question:ask")
        checked = check_paper(name, content, self._stores.settings)
        with self._stores.database.transaction() as connection:
            question = self._own_one(connection, principal, question_id, "question:ask", to_change=True)
            question = self._letters.add_paper(connection, principal.id, question, checked, _adding("trader"))
        return _own_view(question, _now().date())

    def own_paper(self, principal: Principal, question_id: str, record_id: str) -> tuple[str, bytes]:
        """A paper of a question of one's own, or to oneself: its name and its bytes as they were taken. The look is sealed.

        Raises:
            NotFoundError: There is no such paper.
            LostError: It is no longer where it was kept.
            StoreError: It was altered.
        """
        with self._stores.database.transaction() as connection:
            question = self._own_one(connection, principal, question_id)
            return self._letters.paper(connection, principal, question, record_id, "own question")

    def answer_own(self, principal: Principal, question_id: str, words: str) -> OwnQuestion:
        """Answer what customs asks.

        Raises:
            NotFoundError: There is no such question.
            QuestionOrderError: It is closed, one's own, or the answer says nothing.
        """
        with self._stores.database.transaction() as connection:
            question = self._own_one(connection, principal, question_id, "question:ask", to_change=True)
            given = Reply(at=_now(), by=principal.id, words=words.strip())
            question = reply(question, given, "trader")
            self._letters.keep(connection, question, principal.id)
        return _own_view(question, _now().date())

    def withdraw_own(self, principal: Principal, question_id: str) -> OwnQuestion:
        """Take a question of one's own back.

        Raises:
            NotFoundError: There is no such question.
            QuestionOrderError: It is closed, or one of customs.
        """
        with self._stores.database.transaction() as connection:
            question = self._own_one(connection, principal, question_id, "question:ask", to_change=True)
            question = take_back(question, _now(), "trader")
            self._letters.keep(connection, question, principal.id)
        return _own_view(question, _now().date())

    # For officers

    def questions(self, principal: Principal, state: Literal["open", "closed"] = "open") -> QuestionList:
        """Questions that this principal may see; the look is sealed.

        Args:
            principal: Who asks.
            state: Those that wait for an answer of either side, or those that are closed.

        Raises:
            PolicyError: The principal may not read questions.
        """
        self._access.require(principal, "question:read")
        states: tuple[State, ...] = ("open",) if state == "open" else ("answered", "withdrawn")
        today = _now().date()
        with self._stores.database.transaction() as connection:
            files = self._newest(connection, principal, states, PAGE + 1)
            shown = self._views(connection, principal, files, today)
            has_more, shown = len(shown) > PAGE, shown[:PAGE]
            self._letters.look(connection, principal, "questions", [one.id for one in shown])
        if state == "open":
            shown = overdue_first(shown)
        return QuestionList(
            lines=tuple(disclose(principal, "question", one) for one in shown),
            overdue=counted(shown)[1],
            has_more=has_more,
        )

    def waiting(self, principal: Principal) -> tuple[int, int]:
        """Questions of traders that this principal may answer, and how many of them are overdue (counts)."""
        if not self._access.may(principal, "question:answer"):
            return 0, 0
        with self._stores.database.transaction() as connection:
            files = self._newest(connection, principal, ("open",), PAGE)
            lines = self._views(connection, principal, files, _now().date()) if files else []
        return counted(one for one in lines if one.asks == "trader" and one.may_answer)

    def question(self, principal: Principal, question_id: str) -> QuestionView:
        """One question. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may see.
        """
        with self._stores.database.transaction() as connection:
            question, where = self._seen(connection, principal, question_id)
            self._letters.look(connection, principal, "question", (question.id,))
        return disclose(principal, "question", self._view(principal, question, (where, _now().date())))

    def ask_trader(self, principal: Principal, new: NewQuestion) -> QuestionView:
        """Ask the sender of a message for papers, or for what is missing.

        Raises:
            NotFoundError: There is no such message that this principal may see.
            PolicyError: The principal may not ask.
            QuestionOrderError: It says nothing.
        """
        now, wanted = _now(), parse_id(new.message or "")
        with self._stores.database.transaction() as connection:
            only = self._access.senders_alone(principal, "message:read")
            message = self._stores.messages.get(connection, wanted, only) if wanted else None
            where = of_messages(self._stores, connection, [message])[message.id] if message else None
            if message is None or where is None or not self._access.may(principal, "message:read", where):
                raise NotFoundError("There is no such message.")
            self._access.require(principal, "query:raise", where)
            about = self._dossier_of(connection, message.id)
            question = Question(
                id=str(new_id()),
                sender=message.sender,
                message=str(message.id),
                consignment=about[0],
                office=about[1],
                asks="customs",
                by=principal.id,
                words=new.words.strip(),
                asked=now,
                due=due_on("customs", now.date()),
            )
            check_asking(question, 0)
            self._letters.keep(connection, question, principal.id)
        return self.question(principal, question.id)

    def add_paper(self, principal: Principal, question_id: str, name: str, content: bytes) -> QuestionView:
        """Add a paper of customs to a question.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not answer.
            QuestionOrderError: It is closed, or has as many papers as are taken.
            SenderError: The paper is not taken as it is; `findings` say why.
            PartnerError: The virus scanner could not be asked.
        """
        with self._stores.database.transaction() as connection:
            self._to_answer(connection, principal, question_id)
        checked = check_paper(name, content, self._stores.settings)
        with self._stores.database.transaction() as connection:
            question = self._to_answer(connection, principal, question_id)
            self._letters.add_paper(connection, principal.id, question, checked, _adding("customs"))
        return self.question(principal, question_id)

    def answer(self, principal: Principal, question_id: str, words: str) -> QuestionView:
        """Answer a trader's question.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not answer.
            QuestionOrderError: It is closed, one of customs, or the answer says nothing.
        """
        with self._stores.database.transaction() as connection:
            question = self._to_answer(connection, principal, question_id)
            question = reply(question, Reply(at=_now(), by=principal.id, words=words.strip()), "customs")
            self._letters.keep(connection, question, principal.id)
        return self.question(principal, question_id)

    def withdraw(self, principal: Principal, question_id: str) -> QuestionView:
        """Take back what customs asks.

        Raises:
            NotFoundError: There is none that this principal may see.
            PolicyError: The principal may not.
            QuestionOrderError: It is closed, or a trader's.
        """
        with self._stores.database.transaction() as connection:
            question = take_back(self._to_answer(connection, principal, question_id), _now(), "customs")
            self._letters.keep(connection, question, principal.id)
        return self.question(principal, question_id)

    def paper(self, principal: Principal, question_id: str, record_id: str) -> tuple[str, bytes]:
        """A paper of a question: its name and its bytes as they were taken. The look is sealed.

        Raises:
            NotFoundError: There is none that this principal may see.
            LostError: It is no longer where it was kept.
            StoreError: It was altered.
        """
        with self._stores.database.transaction() as connection:
            question, _ = self._seen(connection, principal, question_id)
            return self._letters.paper(connection, principal, question, record_id, "question paper")

    # Within

    def _own_message(self, connection: Connection, principal: Principal, message_id: str) -> StoredMessage:
        wanted = parse_id(message_id)
        only = self._access.senders_alone(principal, "question:ask")
        message = self._stores.messages.get(connection, wanted, only) if wanted else None
        where = Resource(sender=message.sender, lodged=message.received) if message else Resource()
        if message is None or not self._access.may(principal, "question:ask", where):
            raise NotFoundError("There is no such message.")
        return message

    def _dossier_of(self, connection: Connection, message: UUID) -> tuple[str | None, str | None]:
        """Dossier and office of a message that is part of one dossier; None for others."""
        dossiers = self._stores.consignments.of_message(connection, message)
        line = self._stores.consignments.line(connection, dossiers[0]) if len(dossiers) == 1 else None
        return (str(line.id), line.office) if line is not None else (None, None)

    def _is_own(self, principal: Principal, question: Question, action: str = "question:read-own") -> bool:
        lodged = made_at(UUID(question.message)) if question.message else question.asked
        return self._access.may(principal, action, Resource(sender=question.sender, lodged=lodged))

    def _own_one(
        self,
        connection: Connection,
        principal: Principal,
        question_id: str,
        action: str = "question:read-own",
        *,
        to_change: bool = False,
    ) -> Question:
        question = self._letters.one(connection, question_id, to_change=to_change)
        if not self._is_own(principal, question, action):
            raise self._letters.missing()
        return question

    def _seen(
        self, connection: Connection, principal: Principal, question_id: str, *, to_change: bool = False
    ) -> tuple[Question, Resource]:
        """A question that this principal may see, and where it belongs.

        Raises:
            NotFoundError: There is none.
        """
        question = self._letters.one(connection, question_id, to_change=to_change)
        where = self._places(connection, [question])[question.id]
        if not self._access.may(principal, "question:read", where):
            raise self._letters.missing()
        return question, where

    def _to_answer(self, connection: Connection, principal: Principal, question_id: str) -> Question:
        question, where = self._seen(connection, principal, question_id, to_change=True)
        self._access.require(principal, "question:answer", where)
        return question

    def _places(self, connection: Connection, questions: Iterable[Question]) -> dict[str, Resource]:
        """Where questions belong, by id: with their dossiers, else to the whole house."""
        every = list(questions)
        found = belongings(self._stores, connection, [UUID(one.consignment) for one in every if one.consignment])
        places: dict[str, Resource] = {}
        for one in every:
            if one.consignment is None:
                places[one.id] = HOUSE_WIDE
            elif (belonging := found.get(UUID(one.consignment))) is not None:
                places[one.id] = belonging.papers
            else:  # its dossier went into another, or is gone
                places[one.id] = Resource(offices=(one.office,) if one.office else ())
        return places

    def _newest(
        self, connection: Connection, principal: Principal, states: Iterable[State], most: int
    ) -> list[StoredCaseFile]:
        """Files of some states, the last changed first: of every office, and of the principal's own beside, which others' do not
        push out.
        """
        return self._letters.newest(connection, states, ((), self._access.reach(principal) or ()), most)

    def _views(
        self, connection: Connection, principal: Principal, files: Iterable[StoredCaseFile], today: date
    ) -> list[QuestionView]:
        questions = [read_body(file, Question) for file in files]
        places = self._places(connection, questions)
        return [
            self._view(principal, one, (places[one.id], today))
            for one in questions
            if self._access.may(principal, "question:read", places[one.id])
        ]

    def _view(self, principal: Principal, question: Question, where: tuple[Resource, date]) -> QuestionView:
        return QuestionView(
            id=question.id,
            sender=question.sender,
            message=question.message,
            consignment=question.consignment,
            office=question.office,
            asks=question.asks,
            by=question.by,
            words=question.words,
            state=question.state,
            asked=question.asked,
            due=question.due,
            is_overdue=question.is_overdue(where[1]),
            papers=question.papers,
            answer=question.answer,
            withdrawn=question.withdrawn,
            may_answer=question.state == "open" and self._access.may(principal, "question:answer", where[0]),
        )


def question_names(question: Question) -> set[tuple[str, str]]:
    """The names by which the file of a question is found; by `trader` whoever asks what is held about him."""
    names = {("name", question.id), ("sender", question.sender), ("trader", value_of(question.sender))}
    return names | ({("message", question.message)} if question.message else set())


def _adding(side: Side) -> Callable[[Question, Paper], Question]:
    """What adds a paper of a side to a question."""
    return lambda question, paper: add_paper(question, SentPaper(side=side, **msgspec.structs.asdict(paper)))


def _own_view(question: Question, today: date) -> OwnQuestion:
    return OwnQuestion(
        id=question.id,
        sender=question.sender,
        message=question.message,
        is_own=question.asks == "trader",
        words=question.words,
        state=question.state,
        asked=question.asked,
        due=question.due,
        is_overdue=question.is_overdue(today),
        papers=tuple(
            OwnQuestionPaper(
                record=one.record,
                is_own=one.side == "trader",
                name=one.name,
                sha256=one.sha256,
                type=one.type,
                size=one.size,
            )
            for one in question.papers
        ),
        answered=question.answer.at if question.answer is not None else None,
        answer=question.answer.words if question.answer is not None else None,
        withdrawn=question.withdrawn,
    )


def _now() -> datetime:
    return datetime.now(UTC)
