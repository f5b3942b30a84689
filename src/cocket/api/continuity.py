# SPDX-License-Identifier: Apache-2.0
"""The routes of gateways, packs and outages: what a gateway brings, what an office takes along and hands in, and what is read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, attachment, read_form, take_paper
from cocket.api.intake import read_body
from cocket.api.office_pack_body import PackBody, PaperResultBody
from cocket.api.openapi import FILE_BODY, PRIVATE_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.exchange.gateway_calls import PATH, read_batch
from cocket.gate import FILE_BYTES, UPLOAD_BYTES, Flight
from cocket.pipeline.base.office_pack_files import pack_line

if TYPE_CHECKING:
    from cocket.pipeline.partners.gateways import Gateways
    from cocket.pipeline.partners.office_packs import OfficePacks
    from cocket.pipeline.partners.outages import Outages

_MALFORMED = "office-pack-malformed"


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


def add_office_packs(app: FastAPI, packs: OfficePacks, flight: Flight) -> None:
    """Add the routes of packs to an application whose callers have been authenticated."""

    @app.get(
        "/v1/office-packs", **described("OfficePackList", "Packs that were given out, and how many results are back")
    )
    def every(principal: Caller) -> Response:
        return answer({"packs": [pack_line(one) for one in packs.packs(principal)]})

    @app.post(
        "/v1/office-packs",
        **described(None, "The signed and encrypted pack of an office, as a file", body=json_body(PackBody)),
    )
    async def make(request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, PackBody, _MALFORMED)
        content = await run_in_threadpool(packs.make_pack, principal, told.office, told.hours, told.passphrase)
        return attachment(f"{told.office.strip().upper()}.pack", content)

    @app.get(
        "/v1/office-packs/{pack_id}",
        **described("PackStanding", "What came for each order of a pack, by gateway, by laptop and on paper"),
    )
    def one(pack_id: str, principal: Caller) -> Response:
        return answer(packs.pack(principal, pack_id))

    @app.post(
        "/v1/office-packs/results",
        **described("PackResults", "Accept the results of a laptop, each once", body=PRIVATE_BODY),
    )
    async def results(request: Request, principal: Caller) -> Response:
        return await take_paper(
            request, flight, UPLOAD_BYTES, lambda content: {"results": packs.take_in(principal, content)}, 200
        )

    @app.post(
        "/v1/office-packs/photos",
        **described("PhotoTaken", "Accept a photo or a scan of paper forms and printed results", body=FILE_BODY),
    )
    async def photo(request: Request, principal: Caller) -> Response:
        return await take_paper(request, flight, FILE_BYTES, lambda content: packs.take_photo(principal, content), 200)

    @app.post(
        "/v1/office-packs/paper-results",
        **described("PackResult", "Enter what stands on a paper form, once", body=json_body(PaperResultBody)),
    )
    async def paper(request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, PaperResultBody, _MALFORMED)
        return answer(await run_in_threadpool(packs.take_paper, principal, told.code, told.result()))
