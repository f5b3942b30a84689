# SPDX-License-Identifier: Apache-2.0
"""The routes by which a journey is begun, changed and ended, its alerts are dealt with, and its devices change hands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.journey_body import AlertActBody, CustodyBody, DetourBody, DischargeBody, JourneyBody, LeaveBody
from cocket.api.openapi import described, json_body
from cocket.api.rendering import answer
from cocket.gate import Flight, RequestError
from cocket.pipeline.tracking.views import AlertView, CloseReason, StockDevice

if TYPE_CHECKING:
    from cocket.pipeline.instance import TrackingServices


def add_journeys(app: FastAPI, tracking: TrackingServices, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""
    service = tracking.journeys

    @app.get("/v1/alerts/{alert}", **described("AlertView", "One alert, what it rests on, and what was done about it"))
    def alert(alert: str, principal: Caller) -> Response:
        return answer(tracking.alerts.alert(principal, alert))

    @app.post(
        "/v1/alerts/{alert}/acts",
        **described(
            "AlertView", "Acknowledge, assign, send a unit, record it there, close", body=json_body(AlertActBody)
        ),
    )
    async def act(alert: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, AlertActBody, "alert-malformed")
        return answer(await run_in_threadpool(_act_of(tracking, body), principal, alert))

    @app.post(
        "/v1/journeys",
        status_code=201,
        **described("JourneyLine", "Activate a journey", status=201, body=json_body(JourneyBody)),
    )
    async def activate(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, JourneyBody, "journey-malformed")
        return answer(await run_in_threadpool(service.activate_journey, principal, body.plan(principal.id)), 201)

    @app.get("/v1/journeys/{journey}", **described("JourneyView", "One journey in full"))
    def journey(journey: str, principal: Caller) -> Response:
        return answer(service.journey(principal, journey))

    @app.post(
        "/v1/journeys/{journey}/leave",
        **described("JourneyLine", "Give permission to touch a seal", body=json_body(LeaveBody)),
    )
    async def leave(journey: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, LeaveBody, "leave-malformed")
        given = body.given_by(principal.id)
        return answer(await run_in_threadpool(service.give_leave, principal, journey, given))

    @app.post(
        "/v1/journeys/{journey}/detour",
        **described("JourneyLine", "Allow another way for a time", body=json_body(DetourBody)),
    )
    async def detour(journey: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, DetourBody, "detour-malformed")
        return answer(await run_in_threadpool(service.allow_detour, principal, journey, body.detour(), body.reason))

    @app.post(
        "/v1/journeys/{journey}/discharge",
        **described("JourneyLine", "Discharge a journey, and release its guarantee", body=json_body(DischargeBody)),
    )
    async def discharge(journey: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, DischargeBody, "discharge-malformed")
        discharged = partial(service.discharge_journey, principal, journey, body.note, is_irregular=body.irregular)
        return answer(await run_in_threadpool(discharged))

    @app.post(
        "/v1/devices/{device}/custody",
        **described("StockDevice", "Hand a device out, take it back, report it missing", body=json_body(CustodyBody)),
    )
    async def custody(device: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, CustodyBody, "custody-malformed")
        return answer(await run_in_threadpool(_hand, tracking, principal, device, body))


def _act_of(tracking: TrackingServices, body: AlertActBody) -> Callable[[Any, str], AlertView]:
    """What is called for an act.

    Raises:
        RequestError: The reason for closing is none.
    """
    alerts = tracking.alerts
    if body.act == "close" and body.value not in get_args(CloseReason):
        raise RequestError(
            f"value must be one of {', '.join(get_args(CloseReason))}.", status=422, code="alert-malformed"
        )
    reason: Any = body.value
    acts: dict[str, Callable[[Any, str], AlertView]] = {
        "acknowledge": lambda who, alert: alerts.acknowledge(who, alert, body.note),
        "assign": lambda who, alert: alerts.assign(who, alert, body.value, body.note),
        "dispatch": lambda who, alert: alerts.dispatch_unit(who, alert, body.value, body.note),
        "there": lambda who, alert: alerts.report_there(who, alert, body.note),
        "close": lambda who, alert: alerts.close_alert(who, alert, reason, body.note),
    }
    return acts[body.act]


def _hand(tracking: TrackingServices, principal: Any, device: str, body: CustodyBody) -> StockDevice:
    if body.act == "missing":
        return tracking.devices.report_missing(principal, device, body.note)
    hand = tracking.devices.issue_device if body.act == "issue" else tracking.devices.recover_device
    return hand(principal, device, body.holder, body.note)
