# SPDX-License-Identifier: Apache-2.0
"""A question between a trader and customs, with papers: asked by one side, answered by the other, in a time that is known.

It may be about one message, or about a sender as such. It decides nothing and changes nothing; what is to be decided has its own way.

Source: WTO Trade Facilitation Agreement, article 1.3 (enquiries answered within a reasonable time, which each member sets); Revised
Kyoto Convention, General Annex, standards 9.4 and 9.6. The days are this program's own, where the law says no figure.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

import msgspec

from cocket.findings import Finding
from cocket.governance.correspondence import StepError, last_day, step_finding, with_paper, word_findings

Side = Literal["trader", "customs"]

State = Literal["open", "answered", "withdrawn"]

#: Days within which a side answers what it is asked.
ANSWER_DAYS: Final[dict[Side, int]] = {"customs": 10, "trader": 30}

#: Longest question or answer (characters).
MOST_WORDS: Final = 4000

#: Questions of one sender that wait for customs at most (count).
MOST_OPEN: Final = 50


class SentPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that goes with a question or its answer.

    Attributes:
        record: Id of the sealed record that names it.
        side: Who sent it.
        name: Name of the file, as it is given out.
        sha256: SHA-256 of its bytes, 64 hexadecimal digits.
        type: Media type, by its content.
        size: Its size (bytes).
    """

    record: str
    side: Side
    name: str
    sha256: str
    type: str
    size: int


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: when, UTC, by whom, and in which words."""

    at: datetime
    by: str
    words: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question as it stands; its body is also the sealed record of each step.

    Attributes:
        id: Its id.
        sender: Sender that asks or is asked.
        message: Message that it is about, by our id; None for the sender as such.
        consignment: Dossier of that; None without one. It is never shown to the trader.
        office: Office of the dossier; None if not known.
        asks: The side that asks.
        by: Key or account that asks.
        words: What is asked.
        asked: When, UTC.
        due: Last day to answer.
        papers: Papers of both sides (0..20).
        answer: The answer; None while there is none.
        withdrawn: When it was taken back, UTC; None if it was not.
    """

    id: str
    sender: str
    message: str | None
    consignment: str | None
    office: str | None
    asks: Side
    by: str
    words: str
    asked: datetime
    due: date
    papers: tuple[SentPaper, ...] = ()
    answer: Reply | None = None
    withdrawn: datetime | None = None

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.answer is not None:
            return "answered"
        return "withdrawn" if self.withdrawn is not None else "open"

    def is_overdue(self, day: date) -> bool:
        """Whether on a day the time to answer is past."""
        return self.state == "open" and day > self.due


class QuestionOrderError(StepError):
    """A step of a question that may not be taken now, or not as it is; `findings` (1..n) say why."""

    code = "question-order"


def other(side: Side) -> Side:
    """The side that a question of this side waits for."""
    return "customs" if side == "trader" else "trader"


def due_on(asks: Side, day: date) -> date:
    """The last day to answer a question that was asked on a day; on a weekend it is the Monday after."""
    return last_day(day, ANSWER_DAYS[other(asks)])


def check_asking(question: Question, open_ones: int) -> None:
    """See that a question says something, and that not too many of the same sender wait.

    Raises:
        QuestionOrderError: It may not be asked so.
    """
    problems = _words(question.words)
    if question.asks == "trader" and open_ones >= MOST_OPEN:
        problems.append(step_finding("question-many", "at most {most} questions wait for an answer at once", MOST_OPEN))
    QuestionOrderError.refuse(problems)


def add_paper(question: Question, paper: SentPaper) -> Question:
    """The question with one more paper; the same bytes count once.

    Raises:
        QuestionOrderError: It is closed, or has as many as are taken.
    """
    _must_be_open(question)
    return with_paper(question, paper, "question", QuestionOrderError)


def reply(question: Question, given: Reply, side: Side) -> Question:
    """The question with its answer.

    Raises:
        QuestionOrderError: It is closed, the answer says nothing, or it is one of the side that asks.
    """
    _must_be_open(question)
    problems = _words(given.words)
    if side == question.asks:
        problems.append(step_finding("question-own", "the side that asks does not answer"))
    QuestionOrderError.refuse(problems)
    return msgspec.structs.replace(question, answer=given)


def take_back(question: Question, at: datetime, side: Side) -> Question:
    """The question taken back by the side that asks.

    Raises:
        QuestionOrderError: It is closed, or of the other side.
    """
    _must_be_open(question)
    if side != question.asks:
        QuestionOrderError.refuse([step_finding("question-other", "only the side that asks takes a question back")])
    return msgspec.structs.replace(question, withdrawn=at)


def _must_be_open(question: Question) -> None:
    if question.state != "open":
        QuestionOrderError.refuse([step_finding("question-closed", "this question is closed")])


def _words(words: str) -> list[Finding]:
    return word_findings(words, MOST_WORDS, "question", step_finding("question-words", "write what you ask or answer"))
