# SPDX-License-Identifier: Apache-2.0
"""The routes of learning with partner administrations: letters taken in, tables tested, and proposed to move scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.intake import read_body
from cocket.api.joint_body import JointEndBody, JointTermsBody, JointUseBody
from cocket.api.openapi import SIGNED_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.partners.joint import JointLearning
    from cocket.pipeline.risk.joint_deed import JointDeed

_MALFORMED = "joint-malformed"


def add_joint(app: FastAPI, joint: JointLearning, tables: JointDeed, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/joint", **described("JointView", "Evidence tables of partners, sums, what was given, what is in use"))
    def view(principal: Caller) -> Response:
        return answer(joint.view(principal))

    @app.post(
        "/v1/joint/letters",
        status_code=201,
        **described("LetterTaken", "Import a letter of a partner, under an agreement", status=201, body=SIGNED_BODY),
    )
    async def take(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            return answer(await run_in_threadpool(joint.take_letter, principal, content), 201)

    @app.post(
        "/v1/joint/tables/{table}/comparison",
        **described("JointCompared", "Test a table on our own random draw", body=json_body(JointTermsBody)),
    )
    async def compare(table: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, JointTermsBody, _MALFORMED)
        return answer(await run_in_threadpool(tables.compare_table, principal, table, body.budget, body.weight))

    @app.post(
        "/v1/joint/tables/{table}/use",
        status_code=202,
        **described("WholeProposal", "Propose that a table moves scores", status=202, body=json_body(JointUseBody)),
    )
    async def use(table: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, JointUseBody, _MALFORMED)
        given = await run_in_threadpool(joint.propose_use, principal, table, body.reason, body.budget, body.weight)
        return answer(given.proposal, 202)

    @app.post(
        "/v1/joint/tables/{table}/end",
        status_code=202,
        **described("WholeProposal", "Propose that it moves scores no more", status=202, body=json_body(JointEndBody)),
    )
    async def end(table: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, JointEndBody, _MALFORMED)
        given = await run_in_threadpool(joint.propose_end, principal, table, body.reason)
        return answer(given.proposal, 202)
