# SPDX-License-Identifier: Apache-2.0
"""The routes by which places are laid down, cells and devices are taken in from tables, and last positions are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.intake import read_body
from cocket.api.journey_body import Moment
from cocket.api.openapi import CELLS_BODY, DEVICES_BODY, described, json_body
from cocket.api.place_body import CorridorBody, GeofenceBody, PlaceActBody, WithdrawalBody
from cocket.api.rendering import answer
from cocket.errors import SettingsError
from cocket.gate import Flight, RequestError

if TYPE_CHECKING:
    from cocket.pipeline.instance import TrackingServices

#: Largest place in JSON (bytes): 5,000 points.
_PLACE_BYTES = 512 * 1024


Retired = Annotated[bool, Query(description="Whether places that are no longer offered are listed too.")]
TableName = Annotated[
    str, Query(min_length=1, max_length=100, description="What the table is called, such as a country.")
]
Check = Annotated[bool, Query(description="Whether the table is read only, and nothing added.")]
Since = Annotated[Moment | None, Query(description="Only devices of which something was received after this.")]


def add_places(app: FastAPI, tracking: TrackingServices, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""
    places, cells, devices = tracking.places, tracking.cells, tracking.devices

    @app.get("/v1/places", **described("Places", "Geofences and corridors"))
    def every(principal: Caller, retired: Retired = False) -> Response:
        fences = places.geofences(principal, with_retired=retired)
        return answer({"geofences": fences, "corridors": places.corridors(principal, with_retired=retired)})

    @app.put(
        "/v1/places/geofences",
        **described("GeofenceView", "Keep a geofence, new or changed", body=json_body(GeofenceBody)),
    )
    async def put_geofence(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, GeofenceBody, "place-malformed", _PLACE_BYTES)
        return answer(await run_in_threadpool(places.put_geofence, principal, body.fence()))

    @app.put(
        "/v1/places/corridors",
        **described("CorridorView", "Keep a corridor, new or changed", body=json_body(CorridorBody)),
    )
    async def put_corridor(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, CorridorBody, "place-malformed", _PLACE_BYTES)
        return answer(await run_in_threadpool(places.put_corridor, principal, body.corridor()))

    @app.post(
        "/v1/places/geofences/acts",
        **described("GeofenceView", "Retire or restore a geofence", body=json_body(PlaceActBody)),
    )
    async def act_on_geofence(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PlaceActBody, "place-malformed", _PLACE_BYTES)
        if body.act == "retire":
            return answer(await run_in_threadpool(places.retire_geofence, principal, body.name, body.reason))
        return answer(await run_in_threadpool(places.restore_geofence, principal, body.name, body.version))

    @app.post(
        "/v1/places/corridors/acts",
        **described("CorridorView", "Retire or restore a corridor", body=json_body(PlaceActBody)),
    )
    async def act_on_corridor(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PlaceActBody, "place-malformed", _PLACE_BYTES)
        if body.act == "retire":
            return answer(await run_in_threadpool(places.retire_corridor, principal, body.name, body.reason))
        return answer(await run_in_threadpool(places.restore_corridor, principal, body.name, body.version))

    @app.get("/v1/positions", **described("Positions", "Where devices were heard last"))
    def positions(principal: Caller, since: Since = None) -> Response:
        return answer(devices.positions(principal, since))

    @app.post(
        "/v1/cells",
        status_code=201,
        **described("CellTableView", "Import a table of network cells", status=201, body=CELLS_BODY),
    )
    async def import_cells(request: Request, principal: Caller, name: TableName) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            return answer(await run_in_threadpool(cells.import_cells, principal, name, content), 201)

    @app.post(
        "/v1/cells/withdrawals",
        **described("CellTableView", "No longer use a table of network cells", body=json_body(WithdrawalBody)),
    )
    async def withdraw_cells(request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, WithdrawalBody, "cells-malformed", _PLACE_BYTES)
        return answer(await run_in_threadpool(cells.withdraw_cells, principal, body.name, body.reason))

    @app.post(
        "/v1/devices",
        **described("DeviceImport", "Add the devices of a table, and say what became of each row", body=DEVICES_BODY),
    )
    async def add_devices(request: Request, principal: Caller, check: Check = False) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo)
            try:
                added = await run_in_threadpool(devices.import_table, principal, content, is_check=check)
            except SettingsError as error:
                raise RequestError(error.message, status=409, code=error.code, hint=error.hint) from error
        return answer(added)
