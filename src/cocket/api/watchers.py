# SPDX-License-Identifier: Apache-2.0
"""The routes of internal affairs; whoever else asks is answered as where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.api.callers import Caller, read_form
from cocket.api.openapi import described, json_body
from cocket.api.rendering import answer
from cocket.gate import Flight

if TYPE_CHECKING:
    from cocket.pipeline.governance.watch_views import WatchCaseView
    from cocket.pipeline.governance.watchers import Watchers


class WatchActBody(BaseModel):
    """What is done with a case."""

    model_config = ConfigDict(extra="forbid", title="WatchAct")

    act: Literal["open", "dismiss", "close"]
    reason: str = Field(min_length=1, max_length=2000, description="Why; it is sealed.")
    outcome: Literal["founded", "unfounded", "unproven"] | None = Field(
        default=None, description="What came of it; needed to close a case."
    )


State = Annotated[
    Literal["waiting", "open", "closed", "dismissed"] | None,
    Query(description="Of this state alone; those that wait or are open if absent."),
]


def add_watchers(app: FastAPI, watchers: Watchers, flight: Flight) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/watchers", **described("WatchList", "Cases of the watchers, for internal affairs alone"))
    def cases(principal: Caller, state: State = None) -> Response:
        return answer(watchers.cases(principal, state=state))

    @app.get("/v1/watchers/{case_id}", **described("WatchCaseView", "One case of the watchers"))
    def case(principal: Caller, case_id: str) -> Response:
        return answer(watchers.case(principal, case_id))

    @app.post(
        "/v1/watchers/{case_id}/acts",
        **described("WatchCaseView", "Open, dismiss or close a case", body=json_body(WatchActBody)),
    )
    async def act(request: Request, principal: Caller, case_id: str) -> Response:
        body = await read_form(request, flight, WatchActBody, "watch-act-malformed")
        return answer(await run_in_threadpool(_done, watchers, principal, case_id, body))


def _done(watchers: Watchers, principal: Any, case_id: str, body: WatchActBody) -> WatchCaseView:
    if body.act == "close":
        return watchers.close_case(principal, case_id, body.outcome or "unproven", body.reason)
    do = watchers.open_case if body.act == "open" else watchers.dismiss_case
    return do(principal, case_id, body.reason)
