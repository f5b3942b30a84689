# SPDX-License-Identifier: Apache-2.0
"""The routes by which officers' systems read how good the data of senders is, and a sender how good his own is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.openapi import described
from cocket.api.rendering import answer

if TYPE_CHECKING:
    from cocket.pipeline.queries.quality import DataQuality


Days = Annotated[int, Query(ge=1, le=366, description="Days back; 30 if not given.")]


def add_quality(app: FastAPI, quality: DataQuality) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get("/v1/quality", **described("Quality", "How good the data of each sender is, field by field"))
    def senders(principal: Caller, days: Days = 30) -> Response:
        return answer(quality.senders(principal, days))

    @app.get("/v1/own/quality", **described("OwnQuality", "How good your own data is: findings, and field by field"))
    def own(principal: Caller, days: Days = 30) -> Response:
        return answer(quality.own(principal, days))
