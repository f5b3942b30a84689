# SPDX-License-Identifier: Apache-2.0
"""The routes by which a trader sees his own affairs, and lets a broker act for him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.contest_body import MandateBody
from cocket.api.intake import read_body
from cocket.api.openapi import described, json_body
from cocket.api.permit_body import read
from cocket.api.rendering import answer
from cocket.gate import FORM_BYTES, Flight

if TYPE_CHECKING:
    from cocket.pipeline.governance.mandates import Mandates
    from cocket.pipeline.queries.own_affairs import OwnAffairs


def _caller(request: Request) -> Any:
    return request.state.principal


Caller = Annotated[Any, Depends(_caller)]
Before = Annotated[str | None, Query(max_length=40, description="Those received before this one, by its id.")]


def add_own_affairs(app: FastAPI, affairs: OwnAffairs, mandates: Mandates, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/own/messages", **described("OwnMessages", "Your own messages, and what is wrong with them"))
    def messages(principal: Caller, before: Before = None) -> Response:
        return answer(affairs.own_messages(principal, before))

    @app.get(
        "/v1/messages/{message_id}/accesses",
        **described("OwnAccesses", "Who accessed what is kept of your own declaration"),
    )
    def accesses(message_id: str, principal: Caller) -> Response:
        return answer(affairs.own_accesses(principal, message_id))

    @app.get("/v1/own/mandates", **described("Mandates", "Mandates that you gave or were given"))
    def every(principal: Caller) -> Response:
        return answer({"mandates": mandates.own_mandates(principal)})

    @app.post(
        "/v1/own/mandates",
        status_code=201,
        **described("Mandate", "Let a broker act for you", status=201, body=json_body(MandateBody)),
    )
    async def give(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            body = read(await read_body(request.receive, cargo, FORM_BYTES), MandateBody, "mandate-malformed")
        return answer(await run_in_threadpool(mandates.give_mandate, principal, body.mandate()), 201)

    @app.post("/v1/own/mandates/{mandate_id}/revocation", **described("Mandate", "Take a mandate back"))
    def revoke(mandate_id: str, principal: Caller) -> Response:
        return answer(mandates.revoke_mandate(principal, mandate_id))
