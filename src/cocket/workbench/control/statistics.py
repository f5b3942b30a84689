# SPDX-License-Identifier: Apache-2.0
"""The supervisor's page: our advice and the host's lanes over the same time, and what was found."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from starlette.responses import Response

from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.control import labels as examining

routes = APIRouter()


@routes.get("/statistics")
def statistics(visit: SignedIn, officer_acts: given.OfficerActs, records: given.Records, since: str = "") -> Response:
    """Counts since a day; without one, since the day the house chooses."""
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError:
        day = None
    counted = officer_acts.count_results(visit.principal, day)
    return visit.page(
        "control/statistics",
        stats=records.stats(visit.principal, day),
        counted=counted,
        examining=examining,
    )
