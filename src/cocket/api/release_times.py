# SPDX-License-Identifier: Apache-2.0
"""The routes by which officers' systems read release times, and what of them may be published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Query
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.openapi import described
from cocket.api.rendering import answer
from cocket.pipeline.trials.release_times import ReleaseQuestion, question_of

if TYPE_CHECKING:
    from cocket.pipeline.trials.release_times import ReleaseTimes

Day = Annotated[
    str, Query(max_length=10, description="A day of declaration, as 2026-11-01; without, the last 30 days.")
]
By = Annotated[str, Query(max_length=10, description="Group by lane, office, mode, aeo, regime, agency or cause.")]
Hours = Annotated[
    str, Query(max_length=11, description="Hours of an open day, as 08:00-17:00; without, the whole day.")
]
Clocks = Annotated[
    str, Query(max_length=400, description="Seconds by which clocks are fast, as gate=420; without, none.")
]
Only = Annotated[str, Query(max_length=80, description="The one group that is looked at.")]


def _asked(since: Day = "", until: Day = "", by: By = "lane", hours: Hours = "", clocks: Clocks = "") -> dict[str, str]:
    return {"since": since, "until": until, "by": by, "hours": hours, "clocks": clocks}


def _only(lane: Only = "", office: Only = "", mode: Only = "", aeo: Only = "", regime: Only = "") -> dict[str, str]:
    return {"lane": lane, "office": office, "mode": mode, "aeo": aeo, "regime": regime}


Asked = Annotated[dict[str, str], Depends(_asked)]
Picked = Annotated[dict[str, str], Depends(_only)]


def add_release_times(app: FastAPI, times: ReleaseTimes) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/trs", **described("ReleaseView", "Release times of consignments declared on some days, by group"))
    def release_times(principal: Caller, asked: Asked, picked: Picked, agency: Only = "", cause: Only = "") -> Response:
        question: ReleaseQuestion = question_of({**asked, **picked, "agency": agency, "cause": cause})
        return answer(times.release_times(principal, question))

    @app.get("/v1/trs/published", **described("Published", "What of release times may be published (TFA article 7.6)"))
    def published(principal: Caller, asked: Asked) -> Response:
        return answer(times.published_times(principal, question_of(asked)))
