# SPDX-License-Identifier: Apache-2.0
"""The routes by which a partner administration gives records of its trade, and reads what the months come to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.intake import read_body, read_envelope
from cocket.api.openapi import MESSAGE_BODY, PRIVATE_BODY, described
from cocket.api.rendering import answer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.queries.mirror import Mirror
    from cocket.pipeline.queries.private_runs import PrivateRuns


Country = Annotated[str, Query(pattern="^[A-Z]{2}$", description="The partner's country, ISO 3166 alpha-2.")]
Month = Annotated[date, Query(description="Any day of the month, as 2026-11-01.")]


def add_mirror(app: FastAPI, mirror: Mirror, runs: PrivateRuns, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.post(
        "/v1/mirror",
        status_code=201,
        **described(
            "MirrorExchange", "Give declarations as records of trade, under an agreement", status=201, body=MESSAGE_BODY
        ),
    )
    async def give(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            envelope = await read_envelope(dict(request.scope["headers"]), request.receive, principal, cargo)
            made = await run_in_threadpool(mirror.give_records, principal, envelope.content)
        return answer(made, 201)

    @app.post(
        "/v1/mirror/private",
        **described(
            "PrivateReply", "Match consignments in private: bring an opening, get the reply", body=PRIVATE_BODY
        ),
    )
    async def answered(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            _, reply = await run_in_threadpool(runs.answer_run, principal, content)
        return Response(reply, media_type="application/json")

    @app.post(
        "/v1/mirror/private/closings",
        **described("PrivateClosed", "Bring the closing: both sides know what they have in common", body=PRIVATE_BODY),
    )
    async def closed(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            run = await run_in_threadpool(runs.close_run, principal, content)
        return answer({"session": run.session, "common": len(run.common)})

    @app.get("/v1/mirror", **described("MirrorExchanges", "Every exchange of records with partners"))
    def exchanges(principal: Caller) -> Response:
        return answer({"exchanges": mirror.exchanges(principal)})

    @app.get("/v1/mirror/report", **described("MirrorReport", "A month of trade with a partner, from both sides"))
    def report(principal: Caller, country: Country, month: Month) -> Response:
        return answer(mirror.report(principal, country, month))
