# SPDX-License-Identifier: Apache-2.0
"""The routes by which the past is asked what would be otherwise, and forecasts are compared with what happened."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Annotated

import msgspec
from fastapi import FastAPI, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.intake import read_body
from cocket.api.openapi import QUESTION_BODY, described
from cocket.api.rendering import answer
from cocket.gate import FORM_BYTES, Flight, check_words, texts_of
from cocket.trials.whatif import read_question

if TYPE_CHECKING:
    from cocket.pipeline.trials.whatif import WhatIfs

Until = Annotated[date | None, Query(description="Last day that counts, as 2026-11-30; today without.")]


def add_what_if(app: FastAPI, what_ifs: WhatIfs, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/what-if", **described("WhatIfs", "Questions to the past, newest first"))
    def every(principal: Caller) -> Response:
        return answer({"questions": what_ifs.what_ifs(principal)})

    @app.post(
        "/v1/what-if",
        status_code=201,
        **described("WhatIf", "Ask the past what would be otherwise", status=201, body=QUESTION_BODY),
    )
    async def ask(request: Request, principal: Caller) -> Response:
        with flight.request(principal.id) as cargo:
            content = await read_body(request.receive, cargo, FORM_BYTES)
            with suppress(msgspec.DecodeError):  # what is no JSON is refused where it is read
                check_words(texts_of(msgspec.json.decode(content)))
            return answer(await run_in_threadpool(what_ifs.ask, principal, read_question(content)), 201)

    @app.get("/v1/what-if/{question_id}", **described("WhatIfFound", "A question, its answer, and how it compared"))
    def find(principal: Caller, question_id: str) -> Response:
        told, check = what_ifs.what_if(principal, question_id)
        return answer({"question": told, "check": check})

    @app.post(
        "/v1/what-if/{question_id}/check", **described("WhatIfCheck", "Compare a forecast with what happened since")
    )
    def check(principal: Caller, question_id: str, until: Until = None) -> Response:
        return answer(what_ifs.check(principal, question_id, until))
