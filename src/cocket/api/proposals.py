# SPDX-License-Identifier: Apache-2.0
"""The routes by which an officer's system reads what waits for a second person, and refuses it.

A key is not a second person: it approves nothing, so there is no route for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.openapi import described, json_body
from cocket.api.proposal_body import RefusalBody
from cocket.api.rendering import answer
from cocket.gate import Flight, make_key

if TYPE_CHECKING:
    from cocket.pipeline.governance.second_person import SecondPerson


def add_proposals(app: FastAPI, second: SecondPerson, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/proposals", **described("Proposals", "What waits for a second person"))
    def every(principal: Caller) -> Response:
        return answer({"proposals": tuple(one.proposal for one in second.waiting(principal))})

    @app.get(
        "/v1/proposals/{proposal_id}",
        **described("WholeProposal", "One proposal with its text, whatever became of it"),
    )
    def one(proposal_id: str, principal: Caller) -> Response:
        return answer(second.proposal(principal, proposal_id).proposal)

    @app.post(
        "/v1/proposals/{proposal_id}/refusal",
        **described("Proposal", "Refuse what another proposed", body=json_body(RefusalBody)),
    )
    async def refuse(proposal_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, RefusalBody, "refusal-malformed")
        done = await run_in_threadpool(second.vote, principal, proposal_id, body.digest, make_key, refusal=body.reason)
        return answer(done.proposal)
