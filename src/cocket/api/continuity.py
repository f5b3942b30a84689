# SPDX-License-Identifier: Apache-2.0
"""The routes of gateways and outages: what a gateway brings, and what officers' systems read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.intake import read_body
from cocket.api.openapi import PRIVATE_BODY, described
from cocket.api.rendering import answer
from cocket.exchange.gateway_calls import PATH, read_batch
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.partners.gateways import Gateways
    from cocket.pipeline.partners.outages import Outages


def add_continuity(app: FastAPI, gateways: Gateways, outages: Outages, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.post(PATH, **described("BatchTaken", "Bring what a gateway stored while the line was down", body=PRIVATE_BODY))
    async def bring(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            batch = await run_in_threadpool(read_batch, content)
            taken = await run_in_threadpool(gateways.bring, principal, batch)
        return answer(taken)

    @app.get("/v1/gateways", **described("Gateways", "Gateways of offices, and how far their entries have come"))
    def every(principal: Caller) -> Response:
        return answer({"gateways": gateways.gateways(principal)})

    @app.get("/v1/gateways/held", **described("HeldEntries", "Entries of gateways that wait for an officer"))
    def held(principal: Caller) -> Response:
        return answer({"held": gateways.held_entries(principal)})

    @app.get("/v1/outages", **described("Outages", "Outages, each with its window and regimes"))
    def register(principal: Caller) -> Response:
        return answer({"outages": outages.outages(principal)})
