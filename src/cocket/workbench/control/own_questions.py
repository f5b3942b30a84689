# SPDX-License-Identifier: Apache-2.0
"""A trader's questions to customs, and those of customs to him: asked, answered and taken back, with papers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
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


@routes.get("/own/questions")
def every(visit: SignedIn, questions: given.Questions, message: str = "") -> Response:
    """One's questions and those of customs, the last asked first, and the form to ask."""
    return _list(visit, questions, {"message": message[:40]})


@routes.post("/own/questions")
def ask(sheet: SentSheet, questions: given.Questions) -> Response:
    """Ask, with papers if there are any: where one is not taken the question is kept without it, and its page says why."""
    visit = sheet.visit
    new = NewQuestion(
        words=sheet.text("words"), message=sheet.text("message") or None, sender=sheet.text("sender") or None
    )
    try:
        asked = questions.ask(visit.principal, new)
    except NotFoundError:
        raise
    except SenderError as error:
        return _list(visit, questions, sheet.fields, problems=full_sentences(visit, error), status=UNPROCESSABLE)
    for name, content in sheet.files:
        try:
            questions.add_own_paper(visit.principal, asked.id, name, content)
        except SenderError as error:
            return _page(visit, questions, asked.id, problems=full_sentences(visit, error), status=UNPROCESSABLE)
    return visit.go(_path(asked.id), Toast("own-question"))


@routes.get("/own/questions/{question_id}")
def one(visit: SignedIn, questions: given.Questions, question_id: str) -> Response:
    """One question with its papers and answer, and what may be done with it."""
    return _page(visit, questions, question_id)


@routes.get("/own/questions/{question_id}/papers/{record_id}")
def paper(visit: SignedIn, questions: given.Questions, question_id: str, record_id: str) -> Response:
    """A paper, to be saved and not shown in the browser."""
    return attachment(*questions.own_paper(visit.principal, question_id, record_id))


@routes.post("/own/questions/{question_id}/papers")
def add_paper(sheet: SentSheet, questions: given.Questions, question_id: str) -> Response:
    """Add a paper."""
    visit = sheet.visit
    return stepped(
        visit,
        lambda: questions.add_own_paper(visit.principal, question_id, *sheet.one_file()),
        (_path(question_id), "own-paper"),
        partial(_page, visit, questions, question_id),
    )


@routes.post("/own/questions/{question_id}/answer")
def answer(act: Acting, questions: given.Questions, question_id: str) -> Response:
    """Answer what customs asks."""
    visit = act.visit
    return stepped(
        visit,
        lambda: questions.answer_own(visit.principal, question_id, act.text("words")),
        (_path(question_id), "own-question-answer"),
        partial(_page, visit, questions, question_id),
    )


@routes.post("/own/questions/{question_id}/withdrawal")
def withdraw(act: Acting, questions: given.Questions, question_id: str) -> Response:
    """Take one's own question back."""
    visit = act.visit
    return stepped(
        visit,
        lambda: questions.withdraw_own(visit.principal, question_id),
        (_path(question_id), "own-question-back"),
        partial(_page, visit, questions, question_id),
    )


def _list(visit: Visit, questions: given.Questions, fields: Mapping[str, str], **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    return visit.page(
        "control/own_questions",
        found=questions.own_questions(visit.principal),
        said=question_words,
        choices={one: one for one in visit.principal.by_right},
        fields=fields,
        **how,
    )


def _page(visit: Visit, questions: given.Questions, question_id: str, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    question = questions.own_question(visit.principal, question_id)
    return visit.page("control/own_question", question=question, said=question_words, **how)


def _path(question_id: str) -> str:
    return f"/own/questions/{quote(question_id, safe='')}"
