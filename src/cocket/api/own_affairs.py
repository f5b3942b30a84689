# SPDX-License-Identifier: Apache-2.0
"""The routes by which a trader sees his own affairs, and lets a broker act for him."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.contest_body import MandateBody
from cocket.api.openapi import described, json_body
from cocket.api.rendering import answer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.credentials.standings import Standings
    from cocket.pipeline.governance.mandates import Mandates
    from cocket.pipeline.governance.own_keys import OwnKeys
    from cocket.pipeline.queries.own_affairs import OwnAffairs


Text = Annotated[str, Query(max_length=100, description="Part of your own reference.")]
Before = Annotated[str | None, Query(max_length=40, description="Those received before this one, by its id.")]


def add_own_affairs(
    app: FastAPI, affairs: OwnAffairs, acting: tuple[Mandates, OwnKeys], standings: Standings, flight: Flight
) -> None:
    """Add the routes to an application whose callers have been authenticated."""
    mandates, keys = acting

    @app.get("/v1/own/messages", **described("OwnMessages", "Your own messages, and what is wrong with them"))
    def messages(principal: Caller, before: Before = None, text: Text = "") -> Response:
        return answer(affairs.own_messages(principal, before, text))

    @app.get(
        "/v1/messages/{message_id}/accesses",
        **described("OwnAccesses", "Who accessed what is kept of your own declaration"),
    )
    def accesses(message_id: str, principal: Caller) -> Response:
        return answer(affairs.own_accesses(principal, message_id))

    @app.get("/v1/own/keys", **described("OwnKeys", "Keys that send for you, and when each was last used"))
    def every_key(principal: Caller) -> Response:
        return answer({"keys": keys.own_keys(principal)})

    @app.get("/v1/own/standings", **described("OwnStandings", "Your own authorisations, as their registers say them"))
    def every_standing(principal: Caller) -> Response:
        return answer({"standings": standings.own_standings(principal)})

    @app.get("/v1/own/mandates", **described("Mandates", "Mandates that you gave or were given"))
    def every(principal: Caller) -> Response:
        return answer({"mandates": mandates.own_mandates(principal)})

    @app.post(
        "/v1/own/mandates",
        status_code=201,
        **described("Mandate", "Let a broker act for you", status=201, body=json_body(MandateBody)),
    )
    async def give(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, MandateBody, "mandate-malformed")
        return answer(await run_in_threadpool(mandates.give_mandate, principal, body.mandate()), 201)

    @app.post("/v1/own/mandates/{mandate_id}/revocation", **described("Mandate", "Take a mandate back"))
    def revoke(mandate_id: str, principal: Caller) -> Response:
        return answer(mandates.revoke_mandate(principal, mandate_id))
