# SPDX-License-Identifier: Apache-2.0
"""The routes by which overseers read how long what is kept is kept, what is due, and what was destroyed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.openapi import described, json_body
from cocket.api.rendering import answer
from cocket.api.retention_body import LegalHoldBody, hold_of
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.operations.retention import Retention


Within = Annotated[int, Query(ge=0, le=36_500, description="Also what ends within so many days.")]
Day = Annotated[date | None, Query(description="A day, as 2026-12-25.")]


def add_retention(app: FastAPI, retention: Retention, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/retention", **described("RetentionPlan", "What the retention schedule comes to, in counts"))
    def plan(principal: Caller, on: Day = None) -> Response:
        return answer(retention.plan(principal, on=on))

    @app.get("/v1/retention/due", **described("DueList", "What is due, and what something stands against"))
    def due(principal: Caller, within: Within = 0) -> Response:
        return answer(retention.due(principal, within))

    @app.get("/v1/retention/report", **described("DestructionReport", "What was destroyed, and whether that holds"))
    def report(principal: Caller, since: Day = None, until: Day = None) -> Response:
        last = until or datetime.now(UTC).date()
        return answer(retention.report(principal, since or last - timedelta(days=365), last))

    @app.get("/v1/retention/holds", **described("LegalHolds", "Legal holds, those in force first"))
    def holds(principal: Caller) -> Response:
        return answer({"holds": retention.holds(principal)})

    @app.post(
        "/v1/retention/holds",
        status_code=201,
        **described("LegalHold", "Place a legal hold", status=201, body=json_body(LegalHoldBody)),
    )
    async def place(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, LegalHoldBody, "hold-malformed")
        return answer(await run_in_threadpool(retention.place_hold, principal, hold_of(body)), 201)
