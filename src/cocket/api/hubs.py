# SPDX-License-Identifier: Apache-2.0
"""The routes by which lists of hubs are imported, withdrawn and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.intake import read_body
from cocket.api.openapi import HUBS_BODY, described, json_body
from cocket.api.place_body import WithdrawalBody
from cocket.api.rendering import answer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.risk.hubs import HubLists


ListName = Annotated[str, Query(min_length=1, max_length=100, description="What the list is called.")]


def add_hubs(app: FastAPI, hubs: HubLists, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/hubs", **described("HubLists", "Lists of hubs"))
    def every(principal: Caller) -> Response:
        return answer({"lists": hubs.hub_lists(principal)})

    @app.post("/v1/hubs", status_code=201, **described("HubList", "Import a list of hubs", status=201, body=HUBS_BODY))
    async def import_hubs(request: Request, principal: Caller, name: ListName) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            return answer(await run_in_threadpool(hubs.import_hubs, principal, name, content), 201)

    @app.post(
        "/v1/hubs/withdrawals", **described("HubList", "No longer use a list of hubs", body=json_body(WithdrawalBody))
    )
    async def withdraw_hubs(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, WithdrawalBody, "hubs-malformed")
        return answer(await run_in_threadpool(hubs.withdraw_hubs, principal, body.name, body.reason))
