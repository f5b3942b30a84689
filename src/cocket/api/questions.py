# SPDX-License-Identifier: Apache-2.0
"""The routes by which traders and officers ask each other, answer, and send papers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, FileName, ListState, attachment, read_form, take_paper
from cocket.api.openapi import FILE_BODY, described, json_body
from cocket.api.question_body import MessageQuestionBody, QuestionBody, ReplyBody
from cocket.api.rendering import answer
from cocket.gate import Flight
from cocket.pipeline.control.questions import NewQuestion

if TYPE_CHECKING:
    from cocket.pipeline.control.questions import Questions

_MALFORMED = "question-malformed"


def add_questions(app: FastAPI, questions: Questions, flight: Flight, most_bytes: int) -> None:
    """Add the routes to an application whose callers have been authenticated.

    Args:
        app: The application.
        questions: The service.
        flight: Requests under way.
        most_bytes: Largest paper that is taken.
    """
    _add_own(app, questions, flight, most_bytes)
    _add_officers(app, questions, flight, most_bytes)


def _add_own(app: FastAPI, questions: Questions, flight: Flight, most_bytes: int) -> None:
    @app.get("/v1/own/questions", **described("OwnQuestions", "Your questions to customs, and those of customs to you"))
    def own(principal: Caller) -> Response:
        return answer({"questions": questions.own_questions(principal)})

    @app.post(
        "/v1/own/questions",
        status_code=201,
        **described("OwnQuestion", "Ask customs", status=201, body=json_body(QuestionBody)),
    )
    async def ask(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, QuestionBody, _MALFORMED)
        new = NewQuestion(words=body.words, message=body.message, sender=body.sender)
        return answer(await run_in_threadpool(questions.ask, principal, new), 201)

    @app.get("/v1/own/questions/{question_id}", **described("OwnQuestion", "One question of yours, or to you"))
    def one(question_id: str, principal: Caller) -> Response:
        return answer(questions.own_question(principal, question_id))

    @app.post(
        "/v1/own/questions/{question_id}/papers",
        status_code=201,
        **described("OwnQuestion", "Add a paper to a question", status=201, body=FILE_BODY),
    )
    async def add_paper(question_id: str, request: Request, principal: Caller, name: FileName) -> Response:
        return await take_paper(
            request, flight, most_bytes, partial(questions.add_own_paper, principal, question_id, name)
        )

    @app.get("/v1/own/questions/{question_id}/papers/{record_id}", **described(None, "A paper of a question"))
    def paper(question_id: str, record_id: str, principal: Caller) -> Response:
        return attachment(*questions.own_paper(principal, question_id, record_id))

    @app.post(
        "/v1/own/questions/{question_id}/answer",
        **described("OwnQuestion", "Answer what customs asks", body=json_body(ReplyBody)),
    )
    async def give(question_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, ReplyBody, _MALFORMED)
        return answer(await run_in_threadpool(questions.answer_own, principal, question_id, body.words))

    @app.post("/v1/own/questions/{question_id}/withdrawal", **described("OwnQuestion", "Take your question back"))
    def withdraw(question_id: str, principal: Caller) -> Response:
        return answer(questions.withdraw_own(principal, question_id))


def _add_officers(app: FastAPI, questions: Questions, flight: Flight, most_bytes: int) -> None:
    @app.get("/v1/questions", **described("QuestionList", "Questions that wait for an answer, or closed ones"))
    def every(principal: Caller, state: ListState = "open") -> Response:
        return answer(questions.questions(principal, state))

    @app.post(
        "/v1/questions",
        status_code=201,
        **described("QuestionView", "Ask the sender of a message", status=201, body=json_body(MessageQuestionBody)),
    )
    async def ask(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, MessageQuestionBody, _MALFORMED)
        new = NewQuestion(words=body.words, message=body.message)
        return answer(await run_in_threadpool(questions.ask_trader, principal, new), 201)

    @app.get("/v1/questions/{question_id}", **described("QuestionView", "One question"))
    def one(question_id: str, principal: Caller) -> Response:
        return answer(questions.question(principal, question_id))

    @app.get("/v1/questions/{question_id}/papers/{record_id}", **described(None, "A paper of a question"))
    def paper(question_id: str, record_id: str, principal: Caller) -> Response:
        return attachment(*questions.paper(principal, question_id, record_id))

    @app.post(
        "/v1/questions/{question_id}/papers",
        status_code=201,
        **described("QuestionView", "Add a paper of customs to a question", status=201, body=FILE_BODY),
    )
    async def add_paper(question_id: str, request: Request, principal: Caller, name: FileName) -> Response:
        return await take_paper(request, flight, most_bytes, partial(questions.add_paper, principal, question_id, name))

    @app.post(
        "/v1/questions/{question_id}/answer",
        **described("QuestionView", "Answer a trader's question", body=json_body(ReplyBody)),
    )
    async def give(question_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, ReplyBody, _MALFORMED)
        return answer(await run_in_threadpool(questions.answer, principal, question_id, body.words))

    @app.post("/v1/questions/{question_id}/withdrawal", **described("QuestionView", "Take back what customs asks"))
    def withdraw(question_id: str, principal: Caller) -> Response:
        return answer(questions.withdraw(principal, question_id))
