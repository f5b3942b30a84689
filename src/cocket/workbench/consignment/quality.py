# SPDX-License-Identifier: Apache-2.0
"""How good the data of each sender is, field by field."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from cocket.consignment.quality import QUALITY_FIELDS
from cocket.pipeline.base.kept import PATIENCE
from cocket.pipeline.queries.quality import DAYS, OFFERED
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn

routes = APIRouter()


@routes.get("/quality")
def quality(visit: SignedIn, quality: given.Quality, days: str = "") -> Response:
    """The scorecard of every sender."""
    wanted = int(days) if days.isdecimal() and len(days) < 4 else DAYS
    return visit.page(
        "consignment/quality",
        shown=quality.senders(visit.principal, wanted, patience=PATIENCE),
        offered=OFFERED,
        wanted=wanted,
        labels=[label for _, label in QUALITY_FIELDS],
    )
