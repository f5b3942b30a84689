# SPDX-License-Identifier: Apache-2.0
"""The routes of other agencies that work here as guests, and of the calendar of joint inspections."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.agency_body import (
    AgencyResultBody,
    AppointmentEndBody,
    AppointmentMoveBody,
    AttendanceBody,
    HoldOverrideBody,
    PermitDecisionBody,
    SlotClosingBody,
    SlotsBody,
)
from cocket.api.callers import Caller, read_form
from cocket.api.openapi import described, json_body
from cocket.api.permit_body import HoldBody, hold_of
from cocket.api.rendering import answer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.partners.agencies import Agencies
    from cocket.pipeline.partners.appointments import Appointments

_MALFORMED = "agency-malformed"

Agency = Annotated[str, Query(max_length=100, description="The agency, where the key acts for several.")]
After = Annotated[str, Query(max_length=60, description="Where a further part begins: `after` of the part before.")]
Office = Annotated[str, Query(max_length=20, description="Customs office; all that you may see if not given.")]
Day = Annotated[date | None, Query(description="First day, as 2026-12-25; today if not given.")]
Days = Annotated[int, Query(ge=1, le=14, description="How many days.")]


def add_agencies(app: FastAPI, agencies: Agencies, appointments: Appointments, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""
    _add_consignments(app, agencies, flight)
    _add_appointments(app, appointments, flight)


def _add_consignments(app: FastAPI, agencies: Agencies, flight: Flight) -> None:
    @app.get("/v1/agencies", **described("AgencyList", "Other agencies that work here, each with its scope"))
    def every(principal: Caller) -> Response:
        return answer({"agencies": agencies.agencies(principal)})

    @app.get("/v1/agencies/queue", **described("GuestQueue", "Consignments in your agency's scope, and why each is"))
    def queue(principal: Caller, agency: Agency = "", after: After = "") -> Response:
        return answer(agencies.queue(principal, agency, after))

    @app.get(
        "/v1/agencies/consignments/{consignment_id}", **described("GuestFile", "A consignment in your agency's scope")
    )
    def one(consignment_id: str, principal: Caller, agency: Agency = "") -> Response:
        return answer(agencies.consignment(principal, consignment_id, agency))

    @app.post(
        "/v1/agencies/consignments/{consignment_id}/holds",
        status_code=201,
        **described("HoldSaid", "Hold goods for your agency, or release them", status=201, body=json_body(HoldBody)),
    )
    async def hold(consignment_id: str, request: Request, principal: Caller) -> Response:
        word = hold_of(await read_form(request, flight, HoldBody, _MALFORMED))
        said = await run_in_threadpool(agencies.place_hold, principal, consignment_id, word)
        return answer(said, 201)

    @app.post(
        "/v1/agencies/consignments/{consignment_id}/permits",
        status_code=201,
        **described("PermitDecision", "Accept or refuse a permit", status=201, body=json_body(PermitDecisionBody)),
    )
    async def decide(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PermitDecisionBody, _MALFORMED)
        made = await run_in_threadpool(agencies.decide_permit, principal, consignment_id, body.decision(), body.agency)
        return answer(made, 201)

    @app.post(
        "/v1/agencies/consignments/{consignment_id}/results",
        status_code=201,
        **described("AgencyResult", "Record an examination's result", status=201, body=json_body(AgencyResultBody)),
    )
    async def record(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, AgencyResultBody, _MALFORMED)
        made = await run_in_threadpool(agencies.record_finding, principal, consignment_id, body.finding(), body.agency)
        return answer(made, 201)

    @app.get(
        "/v1/consignments/{consignment_id}/agencies", **described("AgencyWork", "What agencies do on a consignment")
    )
    def work(consignment_id: str, principal: Caller) -> Response:
        return answer(agencies.work(principal, consignment_id))

    @app.post(
        "/v1/consignments/{consignment_id}/agencies/override",
        status_code=202,
        **described("Proposal", "Propose to end an agency's hold", status=202, body=json_body(HoldOverrideBody)),
    )
    async def override(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, HoldOverrideBody, _MALFORMED)
        hold = (body.agency, body.item)
        made = await run_in_threadpool(agencies.override_hold, principal, consignment_id, hold, body.reason)
        return answer(made.proposal, 202)


def _add_appointments(app: FastAPI, appointments: Appointments, flight: Flight) -> None:
    @app.get("/v1/appointments", **described("CalendarDays", "Slots of some days, with the appointments in them"))
    def calendar(principal: Caller, office: Office = "", first: Day = None, days: Days = 7) -> Response:
        return answer(appointments.calendar(principal, office, first, days))

    @app.post(
        "/v1/appointments/slots",
        status_code=201,
        **described("Slots", "Open slots at an office", status=201, body=json_body(SlotsBody)),
    )
    async def open_slots(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, SlotsBody, _MALFORMED)
        return answer({"slots": await run_in_threadpool(appointments.open_slots, principal, body.slots())}, 201)

    @app.post(
        "/v1/appointments/slots/closing",
        **described("Slot", "Close a slot; what stands in it is moved", body=json_body(SlotClosingBody)),
    )
    async def close(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, SlotClosingBody, _MALFORMED)
        return answer(await run_in_threadpool(appointments.close_slot, principal, body.slot, body.reason))

    @app.put(
        "/v1/appointments/slots/attendance",
        **described("Slot", "Say how many consignments your agency can attend", body=json_body(AttendanceBody)),
    )
    async def attend(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, AttendanceBody, _MALFORMED)
        return answer(await run_in_threadpool(appointments.attend, principal, body.slot, body.places, body.agency))

    @app.post(
        "/v1/appointments/{consignment_id}/move",
        **described("Appointment", "Move an appointment", body=json_body(AppointmentMoveBody)),
    )
    async def move(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, AppointmentMoveBody, _MALFORMED)
        made = await run_in_threadpool(
            appointments.move, principal, consignment_id, body.slot, body.reason, body.agency
        )
        return answer(made)

    @app.post(
        "/v1/appointments/{consignment_id}/end",
        **described("Appointment", "Say that it took place, or who did not come", body=json_body(AppointmentEndBody)),
    )
    async def end(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, AppointmentEndBody, _MALFORMED)
        if body.missed:
            made = await run_in_threadpool(appointments.missed, principal, consignment_id, body.missed, body.agency)
        else:
            made = await run_in_threadpool(appointments.attended, principal, consignment_id, body.agency)
        return answer(made)

    @app.get("/v1/own/appointments", **described("OwnAppointments", "What other agencies hold and examine of yours"))
    def own(principal: Caller) -> Response:
        return answer({"appointments": appointments.own_appointments(principal)})
