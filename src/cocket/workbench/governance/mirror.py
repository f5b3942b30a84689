# SPDX-License-Identifier: Apache-2.0
"""A month of trade with a partner administration by page: what both sides declared, and which shipments differ or have no counterpart."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.mirror.records import TradeFlow
from cocket.pipeline.base.partner_agreements import AgreementOverError
from cocket.pipeline.queries.mirror import MirrorFilter, Side, Wanted
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.governance import mirror_labels as words

routes = APIRouter()


@routes.get("/administration/mirror")
def asymmetry(
    visit: SignedIn,
    mirror: given.Mirror,
    country: str = "",
    month: str = "",
    side: str = "",
    state: str = "",
    flow: str = "",
    offset: str = "0",
) -> Response:
    """Exchanges with partners, and the month that is asked for, or its shipments in one state."""
    exchanges = mirror.exchanges(visit.principal)
    report, listed, problem = None, None, None
    if country or month:
        try:
            day = _month(month)
            if side or state:
                listed = mirror.shipments(visit.principal, country, day, _wanted(side, state, flow, offset))
            else:
                report = mirror.report(visit.principal, country, day)
        except (AgreementOverError, SenderError) as error:
            problem = error.message
    return visit.page(
        "governance/mirror",
        exchanges=exchanges,
        countries=sorted({one.country for one in exchanges}),
        report=report,
        listed=listed,
        problem=problem,
        asked=(country, month),
        address=_address,
        said=words,
        status=UNPROCESSABLE if problem else 200,
    )


def _wanted(side: str, state: str, flow: str, offset: str) -> MirrorFilter:
    for text, known in ((side, get_args(Side)), (state, get_args(Wanted)), (flow, ("", *get_args(TradeFlow)))):
        if text not in known:
            raise SenderError("There is no such list of shipments.", code="mirror-list", found=text[:20])
    start = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 8 else 0
    told: dict[str, Any] = {"side": side, "state": state, "flow": flow or None}
    return MirrorFilter(**told, offset=start)


def _address(country: str, month: date, wanted: MirrorFilter | None = None, **changes: Any) -> str:
    """The address of a month, or of a list of its shipments."""
    told = {"country": country, "month": f"{month:%Y-%m}"}
    if wanted is not None or changes:
        fields = {**msgspec.structs.asdict(wanted or MirrorFilter()), **changes}
        told |= {name: str(fields[name]) for name in ("side", "state", "flow") if fields[name]}
        told |= {"offset": str(fields["offset"])} if fields["offset"] else {}
    return f"/administration/mirror?{urlencode(told)}"


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise SenderError("Enter a month, as 2026-11.", code="mirror-month", found=text[:20]) from error
