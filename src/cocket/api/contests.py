# SPDX-License-Identifier: Apache-2.0
"""The routes by which traders contest what came of their own declarations, and officers answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, FileName, ListState, attachment, read_form, take_paper
from cocket.api.contest_body import AnswerBody, ContestBody
from cocket.api.openapi import FILE_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.gate import Flight
from cocket.governance.automated_decisions import STATEMENT
from cocket.languages import language as language_of
from cocket.risk.reasons import LANGUAGES

if TYPE_CHECKING:
    from cocket.pipeline.control.contests import Contests

_MALFORMED = "contest-malformed"


Tag = Annotated[str, Query(description="Language of the sentences.", pattern=f"^({'|'.join(LANGUAGES)})$")]


def add_contests(app: FastAPI, contests: Contests, flight: Flight, most_bytes: int) -> None:
    """Add the routes to an application whose callers have been authenticated.

    Args:
        app: The application.
        contests: The service.
        flight: Requests under way.
        most_bytes: Largest paper that is taken.
    """
    _add_own(app, contests, flight, most_bytes)
    _add_officers(app, contests, flight)


def _add_own(app: FastAPI, contests: Contests, flight: Flight, most_bytes: int) -> None:
    @app.get(
        "/v1/messages/{message_id}/contest",
        **described("OwnCase", "What came of your own declaration, and whether it may be contested"),
    )
    def case(message_id: str, principal: Caller) -> Response:
        return answer(contests.own_case(principal, message_id))

    @app.post(
        "/v1/messages/{message_id}/contest",
        status_code=201,
        **described("OwnContest", "Contest what came of your own declaration", status=201, body=json_body(ContestBody)),
    )
    async def lodge(message_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, ContestBody, _MALFORMED)
        return answer(await run_in_threadpool(contests.lodge, principal, message_id, body.contest()), 201)

    @app.get("/v1/own/contests", **described("OwnContests", "Your own contests"))
    def own(principal: Caller) -> Response:
        return answer({"contests": contests.own_contests(principal)})

    @app.get("/v1/own/contests/{contest_id}", **described("OwnContest", "One contest of your own"))
    def one(contest_id: str, principal: Caller) -> Response:
        return answer(contests.own_contest(principal, contest_id))

    @app.post(
        "/v1/own/contests/{contest_id}/papers",
        status_code=201,
        **described("OwnContest", "Add a paper to your own contest", status=201, body=FILE_BODY),
    )
    async def add_paper(contest_id: str, request: Request, principal: Caller, name: FileName) -> Response:
        return await take_paper(
            request, flight, most_bytes, partial(contests.add_own_paper, principal, contest_id, name)
        )

    @app.post("/v1/own/contests/{contest_id}/withdrawal", **described("OwnContest", "Take your own contest back"))
    def withdraw(contest_id: str, principal: Caller) -> Response:
        return answer(contests.withdraw(principal, contest_id))

    @app.get(
        "/v1/automated-decisions", **described("Statement", "What is decided by machine here, and what you can do")
    )
    def statement(principal: Caller, language: Tag = "en") -> Response:
        said = language_of(language).translate
        parts = [{"title": said(title), "sentences": [said(one) for one in texts]} for title, texts in STATEMENT]
        return answer({"language": language, "parts": parts})


def _add_officers(app: FastAPI, contests: Contests, flight: Flight) -> None:
    @app.get("/v1/contests", **described("ContestList", "Contests that wait for an answer, or closed ones"))
    def every(principal: Caller, state: ListState = "open") -> Response:
        return answer(contests.contests(principal, state))

    @app.get("/v1/contests/{contest_id}", **described("ContestView", "One contest"))
    def one(contest_id: str, principal: Caller) -> Response:
        return answer(contests.contest(principal, contest_id))

    @app.get("/v1/contests/{contest_id}/papers/{record_id}", **described(None, "A paper of a contest"))
    def paper(contest_id: str, record_id: str, principal: Caller) -> Response:
        return attachment(*contests.paper(principal, contest_id, record_id))

    @app.post("/v1/contests/{contest_id}/receipt", **described("ContestView", "Confirm receipt of a contest"))
    def receipt(contest_id: str, principal: Caller) -> Response:
        return answer(contests.acknowledge(principal, contest_id))

    @app.post(
        "/v1/contests/{contest_id}/answer",
        **described("ContestView", "Answer a contest", body=json_body(AnswerBody)),
    )
    async def give(contest_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, AnswerBody, _MALFORMED)
        return answer(await run_in_threadpool(contests.answer, principal, contest_id, body.answer()))
