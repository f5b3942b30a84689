# SPDX-License-Identifier: Apache-2.0
"""Questions of traders for officers: the list with what is overdue, one with its papers, the answer; and asking a trader for papers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline import NotFoundError
from cocket.pipeline.control.questions import NewQuestion
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.refusals import full_sentences, stepped
from cocket.workbench.base.uploads import UNPROCESSABLE, SentSheet, attachment
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.control import question_labels as question_words

routes = APIRouter()


@routes.get("/questions")
def every(visit: SignedIn, questions: given.Questions, state: str = "open") -> Response:
    """The list, overdue ones first."""
    wanted: Literal["open", "closed"] = "closed" if state == "closed" else "open"
    found = questions.questions(visit.principal, wanted)
    return visit.page("control/questions", said=question_words, found=found, state=wanted)


@routes.get("/questions/new")
def form(visit: SignedIn, message: str = "") -> Response:
    """The form to ask the sender of a message."""
    visit.require("query:raise", visit.officer.office)
    return visit.page("control/question_ask", fields={"message": message[:40]}, problems=())


@routes.post("/questions/new")
def ask(act: Acting, questions: given.Questions) -> Response:
    """Ask the sender of a message."""
    visit = act.visit
    new = NewQuestion(words=act.text("words"), message=act.text("message"))
    try:
        asked = questions.ask_trader(visit.principal, new)
    except NotFoundError:
        raise
    except SenderError as error:
        problems = full_sentences(visit, error)
        return visit.page("control/question_ask", fields=act.fields, problems=problems, status=UNPROCESSABLE)
    return visit.go(_path(asked.id), Toast("own-question"))


@routes.get("/questions/{question_id}")
def one(visit: SignedIn, questions: given.Questions, question_id: str) -> Response:
    """One question with its papers, and the form of the answer for whoever may give it."""
    return _page(visit, questions, question_id)


@routes.get("/questions/{question_id}/papers/{record_id}")
def paper(visit: SignedIn, questions: given.Questions, question_id: str, record_id: str) -> Response:
    """A paper as it came, to be saved and not shown in the browser."""
    return attachment(*questions.paper(visit.principal, question_id, record_id))


@routes.post("/questions/{question_id}/papers")
def add_paper(sheet: SentSheet, questions: given.Questions, question_id: str) -> Response:
    """Add a paper of customs."""
    visit = sheet.visit
    return stepped(
        visit,
        lambda: questions.add_paper(visit.principal, question_id, *sheet.one_file()),
        (_path(question_id), "own-paper"),
        partial(_page, visit, questions, question_id),
    )


@routes.post("/questions/{question_id}/answer")
def answer(act: Acting, questions: given.Questions, question_id: str) -> Response:
    """Answer a trader's question."""
    visit = act.visit
    return stepped(
        visit,
        lambda: questions.answer(visit.principal, question_id, act.text("words")),
        (_path(question_id), "own-question-answer"),
        partial(_page, visit, questions, question_id, fields=act.fields),
    )


@routes.post("/questions/{question_id}/withdrawal")
def withdraw(act: Acting, questions: given.Questions, question_id: str) -> Response:
    """Take back what customs asks."""
    visit = act.visit
    return stepped(
        visit,
        lambda: questions.withdraw(visit.principal, question_id),
        (_path(question_id), "own-question-back"),
        partial(_page, visit, questions, question_id),
    )


def _page(
    visit: Visit, questions: given.Questions, question_id: str, fields: Mapping[str, str] | None = None, **more: Any
) -> Response:
    how = {"problems": (), "status": 200, **more}
    question = questions.question(visit.principal, question_id)
    return visit.page("control/question", question=question, said=question_words, fields=fields or {}, **how)


def _path(question_id: str) -> str:
    return f"/questions/{quote(question_id, safe='')}"
