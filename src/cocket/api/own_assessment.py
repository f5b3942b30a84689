# SPDX-License-Identifier: Apache-2.0
"""The routes by which a trader assesses himself, and submits it to customs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.assessment_body import ThemeBody
from cocket.api.callers import Caller
from cocket.api.intake import read_body
from cocket.api.openapi import described, json_body
from cocket.api.permit_body import read
from cocket.api.rendering import answer
from cocket.control.self_assessment import QUESTIONS, SelfAnswer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.credentials.self_assessments import SelfAssessments

#: Longest body (bytes): every question of a theme answered at length, in any letters.
_BYTES = 256 * 1024


Sender = Annotated[str, Query(max_length=100, description="About which of your senders; empty for the only one.")]


def add_own_assessment(app: FastAPI, assessments: SelfAssessments, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/own/assessment", **described("OwnAssessment", "Your own self-assessment, and what is missing"))
    def own(principal: Caller, sender: Sender = "") -> Response:
        return answer(assessments.own_assessment(principal, sender))

    @app.get("/v1/own/assessment/questions", **described("Questions", "The questions, theme by theme"))
    def questions(principal: Caller) -> Response:
        return answer({"questions": QUESTIONS})

    @app.put(
        "/v1/own/assessment",
        **described("OwnAssessment", "Answer the questions of a theme", body=json_body(ThemeBody)),
    )
    async def put(request: Request, principal: Caller, sender: Sender = "") -> Response:
        with flight.request(principal.id) as cargo:
            body = read(await read_body(request.receive, cargo, _BYTES), ThemeBody, "assessment-malformed")
            answers = {name: SelfAnswer(choice=one.choice, words=one.words) for name, one in body.answers.items()}
            return answer(await run_in_threadpool(assessments.answer, principal, body.theme, answers, sender))

    @app.post("/v1/own/assessment/submission", **described("OwnAssessment", "Submit it to customs"))
    def submit(principal: Caller, sender: Sender = "") -> Response:
        return answer(assessments.submit(principal, sender))
