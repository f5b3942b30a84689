# SPDX-License-Identifier: Apache-2.0
"""Questions between traders and customs, over a real house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.governance.question import MOST_OPEN, QuestionOrderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.control import questions as module
from cocket.pipeline.control.questions import NewQuestion
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.control.test_trader_papers import PDF

ACME, BETA = trader("ACME"), trader("BETA")
EXAMINER = Principal(id="examiner", kind="officer", roles=("officer",))
WHY = NewQuestion(words="Which permit is missing?")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    yield made
    made.house.close()


def lodged(built: Built) -> str:
    (answer,) = built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=ACME)
    built.desk()
    return str(answer.id)


def codes(error: pytest.ExceptionInfo[SenderError]) -> list[str]:
    return [one.code for one in error.value.findings]


def test_a_trader_asks_with_a_paper_and_reads_the_answer_of_nobody_by_name(built: Built) -> None:
    service, message = built.house.control.questions, lodged(built)
    asked = service.ask(ACME, msgspec.structs.replace(WHY, message=message))
    assert (asked.sender, asked.state, asked.is_own, asked.is_overdue) == ("ACME", "open", True, False)
    with_paper = service.add_own_paper(ACME, asked.id, "C:\\x\\permit.pdf", PDF)
    assert service.add_own_paper(ACME, asked.id, "permit.pdf", PDF) == with_paper
    assert [(one.name, one.type, one.is_own) for one in with_paper.papers] == [("permit.pdf", "application/pdf", True)]
    assert service.waiting(EXAMINER) == (1, 0) and service.waiting(officer("analyst")) == (0, 0)
    view = service.question(EXAMINER, asked.id)
    assert view.may_answer and view.consignment is not None and view.by == "key-1"
    assert service.paper(EXAMINER, asked.id, view.papers[0].record) == ("permit.pdf", PDF)
    service.add_paper(EXAMINER, asked.id, "list.txt", b"CITES, food\n")
    with pytest.raises(QuestionOrderError) as empty:
        service.answer(EXAMINER, asked.id, "  ")
    assert codes(empty) == ["question-words"]
    service.answer(EXAMINER, asked.id, "That of wildlife.")
    told = service.own_question(ACME, asked.id)
    assert (told.state, told.answer) == ("answered", "That of wildlife.")
    assert "examiner" not in msgspec.json.encode(told).decode()
    theirs = next(one for one in told.papers if not one.is_own)
    assert service.own_paper(ACME, asked.id, theirs.record) == ("list.txt", b"CITES, food\n")
    for late in (
        lambda: service.add_own_paper(ACME, asked.id, "b.txt", b"b"),
        lambda: service.withdraw_own(ACME, asked.id),
        lambda: service.answer(EXAMINER, asked.id, "again"),
    ):
        with pytest.raises(QuestionOrderError) as closed:
            late()
        assert codes(closed) == ["question-closed"]
    states = [msgspec.json.decode(body)["answer"] is not None for body in built.bodies("question")]
    assert states == [False, False, False, True]
    assert b"permit.pdf" not in b"".join(path.read_bytes() for path in built.settings.blobs_folder.rglob("*.original"))


def test_customs_asks_the_trader_who_answers_with_papers(built: Built) -> None:
    service, message = built.house.control.questions, lodged(built)
    asked = service.ask_trader(officer("analyst"), NewQuestion(words="Send the invoice, please.", message=message))
    assert (asked.asks, asked.sender, service.waiting(EXAMINER)) == ("customs", "ACME", (0, 0))
    (mine,) = service.own_questions(ACME)
    assert (mine.is_own, mine.words) == (False, "Send the invoice, please.")
    assert "test-analyst" not in msgspec.json.encode(mine).decode()
    service.add_own_paper(ACME, mine.id, "invoice.pdf", PDF)
    with pytest.raises(QuestionOrderError) as own:
        service.answer(EXAMINER, mine.id, "I answer myself.")
    assert codes(own) == ["question-own"]
    assert service.answer_own(ACME, mine.id, "Here it is.").state == "answered"
    again = service.ask_trader(EXAMINER, NewQuestion(words="And the contract?", message=message))
    with pytest.raises(QuestionOrderError) as other:
        service.withdraw_own(ACME, again.id)
    assert codes(other) == ["question-other"]
    assert service.withdraw(EXAMINER, again.id).state == "withdrawn"


def test_what_is_overdue_is_said_and_comes_first(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    service = built.house.control.questions
    first = service.ask(ACME, WHY)
    later = datetime.now(UTC) + timedelta(days=15)
    monkeypatch.setattr(module, "_now", lambda: later)
    second = service.ask(BETA, WHY)
    found = service.questions(EXAMINER)
    assert ([one.id for one in found.lines], found.overdue) == ([first.id, second.id], 1)
    assert service.waiting(EXAMINER) == (2, 1) and service.own_question(ACME, first.id).is_overdue


def test_nobody_reads_or_answers_what_is_not_his(built: Built) -> None:
    service, message = built.house.control.questions, lodged(built)
    asked = service.ask(ACME, msgspec.structs.replace(WHY, message=message))
    service.add_own_paper(ACME, asked.id, "a.txt", b"a")
    record = service.own_question(ACME, asked.id).papers[0].record
    for stranger in (
        lambda: service.own_question(BETA, asked.id),
        lambda: service.own_paper(BETA, asked.id, record),
        lambda: service.own_paper(ACME, asked.id, asked.id),
        lambda: service.add_own_paper(BETA, asked.id, "a.txt", b"a"),
        lambda: service.answer_own(BETA, asked.id, "x"),
        lambda: service.withdraw_own(BETA, asked.id),
        lambda: service.ask(BETA, msgspec.structs.replace(WHY, message=message)),
        lambda: service.question(officer(office="XZNOWHERE"), asked.id),
        lambda: service.ask_trader(EXAMINER, msgspec.structs.replace(WHY, message="none")),
    ):
        with pytest.raises(NotFoundError):
            stranger()
    with pytest.raises(PolicyError):
        service.answer(officer("auditor"), asked.id, "x")
    with pytest.raises(PolicyError):
        service.questions(ACME)
    with pytest.raises(PolicyError):
        service.ask(BETA, msgspec.structs.replace(WHY, sender="ACME"))
    with pytest.raises(SenderError, match="Name the sender"):
        service.ask(trader("ACME", "BETA"), WHY)
    assert service.own_questions(BETA) == ()


def test_one_sender_does_not_fill_the_list(built: Built) -> None:
    service = built.house.control.questions
    for _ in range(MOST_OPEN):
        service.ask(ACME, WHY)
    with pytest.raises(QuestionOrderError) as many:
        service.ask(ACME, WHY)
    assert codes(many) == ["question-many"]
    service.ask(BETA, WHY)


def test_a_closed_question_about_no_message_is_erased_and_its_paper_with_it(built: Built) -> None:
    service = built.house.control.questions
    asked = service.ask(ACME, WHY)
    service.add_own_paper(ACME, asked.id, "a.txt", b"a")
    export, _ = built.house.governance.subjects.export(officer("supervisor"), "ACME", "he asked for it")
    assert [one.kind for one in export.records] == ["Question, and its answer"] * 2
    service.withdraw_own(ACME, asked.id)
    from cocket.pipeline.base.ids import parse_id
    from cocket.stores.operations.erasures import Erasures

    with built.stores.database.transaction() as connection:
        remains = Erasures()._report(connection, parse_id(asked.id))  # type: ignore[arg-type]
    assert remains is not None and len(remains.records) == 4 and len(remains.files) == 1
