# SPDX-License-Identifier: Apache-2.0
"""The routes of the transit unit: alerts, the ledger of guarantees, tables of network cells."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.guarantee_body import ClaimBody, GuaranteeActBody, GuaranteeBody, SealBody, day_of, guarantee_of
from cocket.api.intake import read_body
from cocket.api.openapi import described, json_body
from cocket.api.permit_body import read as read_json
from cocket.api.rendering import answer
from cocket.gate import FORM_BYTES, Flight
from cocket.pipeline.tracking.views import AlertFilter

if TYPE_CHECKING:
    from cocket.pipeline.instance import TrackingServices


def _caller(request: Request) -> Any:
    return request.state.principal


Caller = Annotated[Any, Depends(_caller)]
Text = Annotated[str | None, Query(max_length=100, description="Words to find.")]


class AlertsAsked(BaseModel):
    """Which alerts; see `AlertFilter`."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["to-do", "all", "withdrawn", "open", "acknowledged", "assigned", "dispatched", "closed"] = "to-do"
    severity: Literal["red", "amber"] | None = None
    kind: str | None = Field(None, max_length=50)
    journey: str | None = Field(None, max_length=50, description="Id of a journey.")
    text: str | None = Field(None, max_length=100, description="Words to find.")
    overdue: bool = Field(False, description="Whether only those whose response is late.")
    order: Literal["newest", "stake"] = "newest"
    offset: int = Field(0, ge=0, le=1_000_000, description="How many to leave out.")
    limit: int = Field(50, ge=1, le=200, description="How many to give at most.")


def add_tracking(app: FastAPI, tracking: TrackingServices, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""
    guarantees = tracking.guarantees

    @app.get("/v1/alerts", **described("AlertQueue", "Alerts of the way, and how many there are in all"))
    def alerts(principal: Caller, asked: Annotated[AlertsAsked, Query()]) -> Response:
        fields = asked.model_dump()
        wanted = AlertFilter(is_overdue=fields.pop("overdue"), **fields)
        return answer(tracking.alerts.alerts(principal, wanted))

    @app.get("/v1/guarantees", **described("GuaranteeList", "Guarantees of transit, with sums"))
    def find(principal: Caller, text: Text = None) -> Response:
        return answer(guarantees.guarantees(principal, text or ""))

    @app.post(
        "/v1/guarantees",
        status_code=201,
        **described("GuaranteeView", "Register a guarantee", status=201, body=json_body(GuaranteeBody)),
    )
    async def register(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
        body = read_json(content, GuaranteeBody, "guarantee-malformed")
        return answer(await run_in_threadpool(guarantees.register_guarantee, principal, guarantee_of(body)), 201)

    @app.get("/v1/guarantees/{number}", **described("GuaranteeView", "One guarantee with what it secures"))
    def guarantee(number: str, principal: Caller) -> Response:
        return answer(guarantees.guarantee(principal, number))

    @app.post(
        "/v1/guarantees/{number}/state",
        **described("GuaranteeView", "Suspend, restore or cancel a guarantee", body=json_body(GuaranteeActBody)),
    )
    async def change(number: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
        body = read_json(content, GuaranteeActBody, "guarantee-malformed")
        return answer(await run_in_threadpool(guarantees.change_guarantee, principal, number, body.act, body.reason))

    @app.post(
        "/v1/guarantees/{number}/claim",
        **described("GuaranteeView", "Claim what is due on a journey", body=json_body(ClaimBody)),
    )
    async def claim(number: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
        body = read_json(content, ClaimBody, "guarantee-malformed")
        view = await run_in_threadpool(
            guarantees.claim_guarantee, principal, number, body.journey, Decimal(body.amount), body.reason
        )
        return answer(view)

    @app.get("/v1/cells", **described("CellTables", "Tables of network cells"))
    def cells(principal: Caller) -> Response:
        return answer({"tables": tracking.cells.cell_tables(principal)})

    @app.get("/v1/devices", **described("Devices", "The stock of devices and seals"))
    def devices(principal: Caller) -> Response:
        return answer({"devices": tracking.devices.devices(principal)})

    @app.post(
        "/v1/devices/{device}/seal",
        **described("StockDevice", "Ask a seal to arm or disarm, or say what it is fit for", body=json_body(SealBody)),
    )
    async def handle(device: str, request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
        body = read_json(content, SealBody, "seal-malformed")
        until = day_of(body.until, "seal-malformed")
        return answer(
            await run_in_threadpool(tracking.devices.handle_seal, principal, device, body.act, body.note, until)
        )
