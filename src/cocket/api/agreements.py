# SPDX-License-Identifier: Apache-2.0
"""The routes by which both parties of an agreement read it, and how it was kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query
from starlette.responses import Response

from cocket.api.callers import Caller
from cocket.api.openapi import described
from cocket.api.rendering import answer

if TYPE_CHECKING:
    from cocket.pipeline.queries.agreements import Agreements


Day = Annotated[date | None, Query(description="A day, as 2026-12-25.")]


def add_agreements(app: FastAPI, agreements: Agreements) -> None:
    """Add the routes to an application whose callers have been authenticated."""

    @app.get(
        "/v1/agreements", **described("AgreementList", "Agreements: all for overseers, a partner's own for a partner")
    )
    def every(principal: Caller) -> Response:
        return answer({"agreements": agreements.agreements(principal)})

    @app.get("/v1/agreements/{name}", **described("AgreementView", "One agreement"))
    def one(name: str, principal: Caller) -> Response:
        return answer(agreements.agreement(principal, name))

    @app.get("/v1/agreements/{name}/odrl", **described(None, "The agreement as an ODRL policy (JSON-LD)"))
    def odrl(name: str, principal: Caller) -> Response:
        return answer(agreements.odrl(principal, name))

    @app.get(
        "/v1/agreements/{name}/measure",
        **described("AgreementMeasure", "How both sides kept the agreement, from sealed times"),
    )
    def measure(name: str, principal: Caller, since: Day = None, until: Day = None) -> Response:
        return answer(agreements.measure(principal, name, since, until))
