# SPDX-License-Identifier: Apache-2.0
"""The routes by which an officer's system reads why papers are linked, and corrects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.link_body import JoiningBody, PartingBody, UndoingBody
from cocket.api.openapi import described, json_body
from cocket.api.rendering import answer
from cocket.gate import Flight, make_key

if TYPE_CHECKING:
    from cocket.governance import Principal
    from cocket.governance.proposals import Proposal
    from cocket.pipeline.consignment.corrections import LinkCorrections
    from cocket.pipeline.governance.second_person import SecondPerson
    from cocket.pipeline.queries.papers_in_time import PapersQuery


def add_links(app: FastAPI, papers: PapersQuery, links: LinkCorrections, second: SecondPerson, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    def propose(principal: Principal, wanted: Proposal) -> Proposal:
        return second.propose(principal, wanted, make_key).proposal

    @app.get(
        "/v1/consignments/{consignment_id}/papers",
        **described("PapersInTime", "Why each paper is linked, and who said what first"),
    )
    def in_time(consignment_id: str, principal: Caller) -> Response:
        return answer(papers.papers(principal, consignment_id))

    @app.post(
        "/v1/consignments/{consignment_id}/parting",
        status_code=202,
        **described("Proposal", "Say that a paper does not belong", status=202, body=json_body(PartingBody)),
    )
    async def part(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, PartingBody, "parting-malformed")
        wanted = await run_in_threadpool(
            links.parting, principal, consignment_id, body.message_id, body.part, body.reason
        )
        return answer(await run_in_threadpool(propose, principal, wanted), 202)

    @app.post(
        "/v1/consignments/{consignment_id}/joining",
        status_code=202,
        **described("Proposal", "Say that two dossiers are one", status=202, body=json_body(JoiningBody)),
    )
    async def join(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, JoiningBody, "joining-malformed")
        wanted = await run_in_threadpool(links.joining, principal, consignment_id, body.other, body.reason)
        return answer(await run_in_threadpool(propose, principal, wanted), 202)

    @app.post(
        "/v1/consignments/{consignment_id}/undoing",
        status_code=202,
        **described("Proposal", "Take a correction of links back", status=202, body=json_body(UndoingBody)),
    )
    async def undo(consignment_id: str, request: Request, principal: Caller) -> Response:
        body = await read_form(request, flight, UndoingBody, "undoing-malformed")
        wanted = await run_in_threadpool(links.undoing, principal, consignment_id, body.correction, body.reason)
        return answer(await run_in_threadpool(propose, principal, wanted), 202)
