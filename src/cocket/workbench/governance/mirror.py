# SPDX-License-Identifier: Apache-2.0
"""A month of trade with a partner administration by page: what both sides declared, and what has no counterpart."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.governance import mirror_labels as words

routes = APIRouter()


@routes.get("/administration/mirror")
def asymmetry(visit: SignedIn, mirror: given.Mirror, country: str = "", month: str = "") -> Response:
    """Exchanges with partners, and the month that is asked for."""
    exchanges = mirror.exchanges(visit.principal)
    report, problem = None, None
    if country or month:
        try:
            report = mirror.report(visit.principal, country, _month(month))
        except (AgreementOverError, SenderError) as error:
            problem = error.message
    return visit.page(
        "governance/mirror",
        exchanges=exchanges,
        countries=sorted({one.country for one in exchanges}),
        report=report,
        problem=problem,
        asked=(country, month),
        said=words,
        status=UNPROCESSABLE if problem else 200,
    )


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise SenderError("Enter a month, as 2026-11.", code="mirror-month", found=text[:20]) from error
