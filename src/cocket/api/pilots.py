# SPDX-License-Identifier: Apache-2.0
"""The routes by which an analyst's system plans pilots, looks at them, and reads their reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.openapi import described, json_body
from cocket.api.pilot_body import PilotAnswerBody, PilotLookBody, PilotStopBody, PlanBody, PlanChangeBody
from cocket.api.rendering import answer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.trials.pilots import Pilots


def add_pilots(app: FastAPI, pilots: Pilots, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/trials/pilots", **described("PilotList", "All pilots, with how each stands"))
    def every(principal: Caller) -> Response:
        return answer({"pilots": pilots.pilots(principal)})

    @app.post(
        "/v1/trials/pilots",
        status_code=201,
        **described("PilotProtocol", "Seal a plan before its first day", status=201, body=json_body(PlanBody)),
    )
    async def seal(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PlanBody, "pilot-malformed")
        return answer(await run_in_threadpool(pilots.plan, principal, body.read()), 201)

    @app.get("/v1/trials/pilots/{pilot_id}", **described("PilotView", "A pilot with all that was sealed of it"))
    def one(pilot_id: str, principal: Caller) -> Response:
        return answer(pilots.pilot(principal, pilot_id))

    @app.post(
        "/v1/trials/pilots/{pilot_id}/looks",
        status_code=201,
        **described("PilotLook", "Look at a pilot; the look is sealed", status=201, body=json_body(PilotLookBody)),
    )
    async def look(pilot_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PilotLookBody, "look-malformed")
        return answer(await run_in_threadpool(pilots.look, principal, pilot_id, body.hours), 201)

    @app.post(
        "/v1/trials/pilots/{pilot_id}/changes",
        status_code=202,
        **described("Proposal", "Change a plan, or propose it", status=202, body=json_body(PlanChangeBody)),
    )
    async def change(pilot_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PlanChangeBody, "pilot-malformed")
        given = await run_in_threadpool(pilots.propose_change, principal, pilot_id, body.read(), body.reason)
        return answer(given.proposal, 202)

    @app.post(
        "/v1/trials/pilots/{pilot_id}/stop",
        status_code=202,
        **described("Proposal", "Stop a pilot, or propose it", status=202, body=json_body(PilotStopBody)),
    )
    async def stop(pilot_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PilotStopBody, "stop-malformed")
        given = await run_in_threadpool(pilots.propose_stop, principal, pilot_id, body.reason)
        return answer(given.proposal, 202)

    @app.get("/v1/trials/pilots/{pilot_id}/report", **described("SignedReport", "The signed report of a pilot"))
    def report(pilot_id: str, principal: Caller) -> Response:
        return answer(pilots.report(principal, pilot_id))

    @app.post(
        "/v1/consignments/{consignment_id}/pilot",
        status_code=201,
        **described("Answer", "Answer three questions of a pilot", status=201, body=json_body(PilotAnswerBody)),
    )
    async def answer_questions(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PilotAnswerBody, "answer-malformed")
        return answer(await run_in_threadpool(pilots.answer, principal, consignment_id, body.read()), 201)
