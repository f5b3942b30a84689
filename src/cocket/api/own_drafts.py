# SPDX-License-Identifier: Apache-2.0
"""The routes by which a trader fills in a declaration, from nothing or from an invoice, and lodges it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, FileName, take_paper
from cocket.api.intake import STATUS, answer_json, read_body
from cocket.api.openapi import DRAFT_BODY, FILE_BODY, described
from cocket.api.rendering import answer
from cocket.consignment.hand_drafts import Draft
from cocket.errors import UnreadableError
from cocket.gate import Flight, RequestError, check_words, texts_of
from cocket.pipeline.intake.drafts import LONGEST
from cocket.standards.json import refuse_repeated_names

if TYPE_CHECKING:
    from cocket.pipeline.intake.drafts import Drafts


Version = Annotated[int, Query(ge=1, le=2_000_000_000, description="The version of the draft that it is about.")]


def add_own_drafts(app: FastAPI, drafts: Drafts, flight: Flight, most_bytes: int) -> None:
    """Add the routes to an application whose callers have been authenticated.

    Args:
        app: The application.
        drafts: The service.
        flight: Requests under way.
        most_bytes: Largest file that is read.
    """

    @app.get("/v1/own/drafts", **described("Drafts", "Your own declarations that are not sent yet"))
    def every(principal: Caller) -> Response:
        return answer({"drafts": drafts.own_drafts(principal)})

    @app.post(
        "/v1/own/drafts",
        status_code=201,
        **described("DraftView", "Begin a declaration", status=201, body=DRAFT_BODY),
    )
    async def begin(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            draft = read_draft(await read_body(request.receive, cargo, LONGEST))
            return answer(await run_in_threadpool(drafts.begin, principal, draft), 201)

    @app.get(
        "/v1/own/drafts/{draft_id}",
        **described("DraftView", "One draft, with what stands against it and what it is estimated to cost"),
    )
    def one(draft_id: str, principal: Caller) -> Response:
        return answer(drafts.own_draft(principal, draft_id))

    @app.put("/v1/own/drafts/{draft_id}", **described("DraftView", "Change a draft", body=DRAFT_BODY))
    async def change(draft_id: str, request: Request, principal: Caller, version: Version) -> Response:
        with flight.request(principal.id) as cargo:
            draft = read_draft(await read_body(request.receive, cargo, LONGEST))
            return answer(await run_in_threadpool(drafts.change, principal, draft_id, version, draft))

    @app.post(
        "/v1/own/drafts/{draft_id}/files",
        **described("DraftView", "Fill a draft from an invoice, or from a table of lines", body=FILE_BODY),
    )
    async def read(draft_id: str, request: Request, principal: Caller, name: FileName, version: Version) -> Response:
        act = partial(drafts.read_file, principal, draft_id, version, name)
        return await take_paper(request, flight, most_bytes, act, 200)

    @app.post(
        "/v1/own/drafts/{draft_id}/disposal", status_code=204, **described(None, "Throw a draft away", status=204)
    )
    def discard(draft_id: str, principal: Caller) -> Response:
        drafts.discard(principal, draft_id)
        return Response(status_code=204)

    @app.post(
        "/v1/own/drafts/{draft_id}/lodgement",
        status_code=202,
        **described("Answer", "Send a draft as a message", status=202),
    )
    def lodge(draft_id: str, principal: Caller, version: Version) -> Response:
        told = drafts.lodge(principal, draft_id, version)
        return Response(answer_json(told), STATUS[told.outcome], media_type="application/json")


def read_draft(body: bytes) -> Draft:
    """The draft that a body says; fields that are left out are empty.

    Raises:
        RequestError: It is malformed, or has words with a character that cannot be seen (422); the text says where.
    """
    try:
        draft = msgspec.json.decode(body, type=Draft)
        refuse_repeated_names(body)
    except (msgspec.DecodeError, UnreadableError) as error:
        raise RequestError(f"{error}.".replace("..", "."), status=422, code="draft-malformed") from error
    check_words(texts_of(msgspec.to_builtins(draft)))
    return draft
