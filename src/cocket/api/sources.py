# SPDX-License-Identifier: Apache-2.0
"""The routes by which the registry of sources is kept, and sources are asked for a dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.intake import read_body
from cocket.api.openapi import TOML_BODY, described, json_body
from cocket.api.rendering import answer
from cocket.api.source_body import SourceDoubtBody, SourceQuestionBody, SourceStateBody
from cocket.gate import FORM_BYTES, Flight
from cocket.pipeline.partners.sources import AskFor

if TYPE_CHECKING:
    from cocket.pipeline.partners.sources import Sources

_MALFORMED = "source-malformed"


def add_sources(app: FastAPI, sources: Sources, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/sources", **described("SourceList", "Sources, and whether each would be asked today"))
    def every(principal: Caller) -> Response:
        return answer({"sources": sources.sources(principal)})

    @app.post(
        "/v1/sources",
        status_code=201,
        **described("Source", "Put a source in force, under an agreement", status=201, body=TOML_BODY),
    )
    async def put(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
        return answer(await run_in_threadpool(sources.put, principal, content), 201)

    @app.post(
        "/v1/sources/{source_id}/state",
        **described("Source", "Stop asking a source, or ask it again", body=json_body(SourceStateBody)),
    )
    async def set_state(source_id: str, request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, SourceStateBody, _MALFORMED)

        def act() -> object:
            return sources.set_enabled(principal, source_id, is_enabled=told.is_enabled)

        return answer(await run_in_threadpool(act))

    @app.post(
        "/v1/sources/{source_id}/pulls",
        status_code=201,
        **described(
            "PullList", "Ask one source for an identifier of no dossier", status=201, body=json_body(SourceQuestionBody)
        ),
    )
    async def ask_alone(source_id: str, request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, SourceQuestionBody, _MALFORMED)
        found = await run_in_threadpool(sources.ask_alone, principal, told.wanted(source_id))
        return answer({"pulls": found}, 201)

    @app.get(
        "/v1/consignments/{consignment_id}/source-pulls",
        **described("PullList", "What was pulled from sources for a consignment, beside what was declared"),
    )
    def pulls(consignment_id: str, principal: Caller) -> Response:
        return answer({"pulls": sources.pulls(principal, consignment_id)})

    @app.get(
        "/v1/consignments/{consignment_id}/sources",
        **described("OfferedSources", "Sources that could be asked for a consignment today, and by what"),
    )
    def offered(consignment_id: str, principal: Caller) -> Response:
        found = sources.offered(principal, consignment_id)
        return answer(
            {"sources": [{"source": one.id, "title": one.title, "identifiers": names} for one, names in found]}
        )

    @app.post(
        "/v1/consignments/{consignment_id}/source-pulls",
        status_code=201,
        **described("PullList", "Ask sources for a consignment", status=201, body=json_body(SourceQuestionBody)),
    )
    async def ask(consignment_id: str, request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, SourceQuestionBody, _MALFORMED)
        found = await run_in_threadpool(sources.ask, principal, consignment_id, told.wanted())
        return answer({"pulls": found}, 201)

    @app.post(
        "/v1/consignments/{consignment_id}/source-pulls/{pull_id}/doubt",
        status_code=201,
        **described(
            "SourceDoubt",
            "Tell a ONE Record source in which fields it differs from what was declared",
            status=201,
            body=json_body(SourceDoubtBody),
        ),
    )
    async def doubt(consignment_id: str, pull_id: str, request: Request, principal: Caller) -> Response:
        told = await read_form(request, flight, SourceDoubtBody, _MALFORMED)
        wanted = AskFor(purpose=told.purpose, case=told.case)
        return answer(await run_in_threadpool(sources.doubt, principal, consignment_id, pull_id, wanted), 201)
