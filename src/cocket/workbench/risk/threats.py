# SPDX-License-Identifier: Apache-2.0
"""Threats: what chance does not explain, as far as this reader may know of it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.risk import threat_labels as threat_words

routes = APIRouter()

_USUAL_DAYS: Final = 30
_ROWS_SHOWN: Final = 12


@routes.get("/threats")
def threats(visit: SignedIn, threats: given.Threats, about: str = "all", days: str = "") -> Response:
    """Alerts of the last days, the latest first."""
    period = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else _USUAL_DAYS
    period = period if period in threat_words.PERIODS else _USUAL_DAYS
    about = about if about in threat_words.FILTERS else "all"
    found = threats.threats(visit.principal, days=period)
    lines = [one for one in found.threats if about == "all" or one.is_insider == (about == "insider")]
    return visit.page(
        "risk/threats", said=threat_words, found=found, lines=lines, about=about, days=period, most=_ROWS_SHOWN
    )
