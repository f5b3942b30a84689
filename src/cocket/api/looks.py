# SPDX-License-Identifier: Apache-2.0
"""The routes by which overseers read who accessed what, page by page, and why one access was allowed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import FastAPI, Query
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.openapi import described
from cocket.api.rendering import answer
from cocket.pipeline.governance.look_pages import LookFilter

if TYPE_CHECKING:
    from cocket.pipeline.governance.policies import Policies


Word = Annotated[str, Query(max_length=200)]
Day = Annotated[date | None, Query(description="A day in the time zone of the installation, as 2026-12-25.")]
Below = Annotated[int | None, Query(ge=0, le=10**12, description="`next` of the page before.")]


def add_looks(app: FastAPI, policies: Policies) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/looks", **described("LookPage", "Accesses, the newest first"))
    def every(
        principal: Caller,
        *,
        who: Word = "",
        role: Word = "",
        what: Word = "",
        purpose: Word = "",
        case: Word = "",
        subject: Word = "",
        first: Day = None,
        last: Day = None,
        shown: Literal["", "whole", "part"] = "",
        before: Below = None,
    ) -> Response:
        wanted = LookFilter(
            who=who,
            role=role,
            what=what,
            purpose=purpose,
            case=case,
            subject=subject,
            first=first,
            last=last,
            shown=shown,
        )
        return answer(policies.looks(principal, wanted, before))

    @app.get("/v1/looks/{look_id}", **described("LookExplained", "Why one access was allowed"))
    def one(look_id: str, principal: Caller) -> Response:
        return answer(policies.explain(principal, look_id))
