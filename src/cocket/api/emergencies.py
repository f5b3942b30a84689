# SPDX-License-Identifier: Apache-2.0
"""The route by which an overseer's system reads accesses in an emergency. A key opens none and judges none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.openapi import described
from cocket.api.rendering import answer

if TYPE_CHECKING:
    from cocket.pipeline.queries.emergencies import Emergencies


def add_emergencies(app: FastAPI, emergencies: Emergencies) -> None:
    """Add the route to an application whose callers have been authenticated."""

    @app.get("/v1/emergencies", **described("EmergencyList", "Accesses in an emergency"))
    def every(principal: Caller) -> Response:
        return answer({"emergencies": emergencies.emergencies(principal)})
