# SPDX-License-Identifier: Apache-2.0
"""The routes of the transit unit: alerts, journeys, on-call lists, the ledger of guarantees, seals, network cells."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.guarantee_body import (
    AnswerBody,
    ClaimBody,
    ConvoyBody,
    EnquiryBody,
    FineActBody,
    FineBody,
    GuaranteeActBody,
    GuaranteeBody,
    HandOverBody,
    OnCallBody,
    SealBody,
    TakeOverBody,
    day_of,
    guarantee_of,
)
from cocket.api.openapi import described, json_body
from cocket.api.rendering import answer
from cocket.errors import ProofError
from cocket.gate import Flight, RequestError
from cocket.pipeline.tracking.hand_overs import TakeOver
from cocket.pipeline.tracking.views import AlertFilter
from cocket.tracking.on_call import Shift

if TYPE_CHECKING:
    from cocket.pipeline.instance import TrackingServices


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
    _add_movements(app, tracking, flight)

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
        body = await read_form(request, flight, GuaranteeBody, "guarantee-malformed")
        return answer(await run_in_threadpool(guarantees.register_guarantee, principal, guarantee_of(body)), 201)

    @app.get("/v1/guarantees/{number}", **described("GuaranteeView", "One guarantee with what it secures"))
    def guarantee(number: str, principal: Caller) -> Response:
        return answer(guarantees.guarantee(principal, number))

    @app.post(
        "/v1/guarantees/{number}/state",
        **described("GuaranteeView", "Suspend, restore or cancel a guarantee", body=json_body(GuaranteeActBody)),
    )
    async def change(number: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, GuaranteeActBody, "guarantee-malformed")
        return answer(await run_in_threadpool(guarantees.change_guarantee, principal, number, body.act, body.reason))

    @app.post(
        "/v1/guarantees/{number}/claim",
        **described("GuaranteeView", "Claim what is due on a journey", body=json_body(ClaimBody)),
    )
    async def claim(number: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, ClaimBody, "guarantee-malformed")
        view = await run_in_threadpool(
            guarantees.claim_guarantee, principal, number, body.journey, Decimal(body.amount), body.reason
        )
        return answer(view)

    @app.get("/v1/journeys", **described("JourneyPage", "Journeys, those with red alerts first"))
    def journeys(
        principal: Caller,
        state: Literal["under-way", "arrived", "discharged", "all"] = "under-way",
        text: Text = None,
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> Response:
        return answer(tracking.journeys.journeys(principal, state, text or "", page))

    @app.get("/v1/on-call", **described("OnCallLists", "On-call lists, and who is on call now"))
    def on_call(principal: Caller) -> Response:
        return answer({"lists": tracking.on_call.on_call_lists(principal)})

    @app.put("/v1/on-call", **described("OnCallView", "Keep an on-call list", body=json_body(OnCallBody)))
    async def keep_on_call(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, OnCallBody, "on-call-malformed")
        shifts = [
            Shift(officer=one.officer, days=tuple(one.days), begins=one.begins, ends=one.ends) for one in body.shifts
        ]
        return answer(await run_in_threadpool(tracking.on_call.keep_on_call_list, principal, body.office, shifts))

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
        body = await read_form(request, flight, SealBody, "seal-malformed")
        until = day_of(body.until, "seal-malformed")
        return answer(
            await run_in_threadpool(tracking.devices.handle_seal, principal, device, body.act, body.note, until)
        )


def _add_movements(app: FastAPI, tracking: TrackingServices, flight: Flight) -> None:
    """Add the routes of hand-overs, enquiries and fines."""
    hand_overs, enquiries = tracking.hand_overs, tracking.enquiries

    @app.get("/v1/hand-overs", **described("HandOvers", "Journeys handed over and taken over"))
    def handed(principal: Caller) -> Response:
        return answer({"hand_overs": hand_overs.hand_overs(principal)})

    @app.post(
        "/v1/journeys/{journey}/hand-over",
        status_code=201,
        **described("HandOver", "Hand a journey over to a partner", status=201, body=json_body(HandOverBody)),
    )
    async def hand_over(journey: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, HandOverBody, "hand-over-malformed")
        made = await run_in_threadpool(hand_overs.hand_over, principal, journey, body.partner, body.place, body.note)
        return answer(made, 201)

    @app.post(
        "/v1/hand-overs",
        status_code=201,
        **described("HandOver", "Take over a journey of a partner", status=201, body=json_body(TakeOverBody)),
    )
    async def take_over(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, TakeOverBody, "hand-over-malformed")
        how = TakeOver(
            departure=body.departure,
            destination=body.destination,
            devices=tuple(body.devices) if body.devices is not None else None,
            corridor=body.corridor,
            places=tuple(body.places),
        )
        return answer(await run_in_threadpool(_proven, hand_overs.take_over, principal, body.document, how), 201)

    @app.post("/v1/hand-overs/{hand_over}/answer", **described("HandOver", "State how far a journey has come here"))
    def state(hand_over: str, principal: Caller) -> Response:
        return answer(hand_overs.answer_hand_over(principal, hand_over))

    @app.post(
        "/v1/hand-overs/answers",
        **described("HandOver", "Record a partner's statement", body=json_body(AnswerBody)),
    )
    async def accept(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, AnswerBody, "hand-over-malformed")
        return answer(await run_in_threadpool(_proven, hand_overs.accept_answer, principal, body.answer))

    @app.put("/v1/journeys/{journey}/convoy", **described("JourneyLine", "Set who leads", body=json_body(ConvoyBody)))
    async def convoy(journey: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, ConvoyBody, "convoy-malformed")
        return answer(await run_in_threadpool(tracking.journeys.join_convoy, principal, journey, body.lead, body.note))

    @app.get("/v1/corridor-reports", **described("ReportOfCorridor", "Speed, delay, halts and alerts on one way"))
    def report(
        principal: Caller,
        departure: Annotated[str, Query(max_length=100)],
        destination: Annotated[str, Query(max_length=100)],
        days: Annotated[int, Query(ge=1, le=366)] = 90,
    ) -> Response:
        return answer(tracking.reports.corridor_report(principal, departure, destination, days))

    @app.get("/v1/enquiries", **described("Enquiries", "Journeys past their time limit, enquiries and fines"))
    def past_limit(principal: Caller) -> Response:
        return answer({"journeys": enquiries.past_limit(principal)})

    @app.post(
        "/v1/journeys/{journey}/enquiry",
        **described("EnquiryView", "Ask after a journey, record the answer, or close", body=json_body(EnquiryBody)),
    )
    async def enquire(journey: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, EnquiryBody, "enquiry-malformed")
        if body.act == "ask":
            return answer(await run_in_threadpool(enquiries.open_enquiry, principal, journey, body.words, body.days))
        if body.act == "answer":
            return answer(await run_in_threadpool(enquiries.answer_enquiry, principal, journey, body.words))
        outcome = body.outcome or ""
        return answer(await run_in_threadpool(enquiries.close_enquiry, principal, journey, outcome, body.words))

    @app.post(
        "/v1/journeys/{journey}/fines",
        status_code=201,
        **described("EnquiryView", "Impose a fine", status=201, body=json_body(FineBody)),
    )
    async def fine(journey: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, FineBody, "fine-malformed")
        made = await run_in_threadpool(
            enquiries.impose_fine, principal, journey, Decimal(body.amount), body.currency, body.reason
        )
        return answer(made, 201)

    @app.post(
        "/v1/journeys/{journey}/fines/{number}",
        **described("EnquiryView", "Record that a fine was paid, or waive it", body=json_body(FineActBody)),
    )
    async def settle(journey: str, number: int, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, FineActBody, "fine-malformed")
        return answer(await run_in_threadpool(enquiries.settle_fine, principal, journey, number, body.state, body.note))


def _proven(act: Callable[..., Any], *given: Any) -> Any:
    """What an act on a signed document gives; one that does not hold is the caller's fault.

    Raises:
        RequestError: The document does not hold.
    """
    try:
        return act(*given)
    except ProofError as error:
        raise RequestError(error.message, status=422, code=error.code) from error
