# SPDX-License-Identifier: Apache-2.0
"""Who is on call for alerts, by office: the lists, and keeping one."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from cocket.tracking.on_call import read_shifts, write_shifts
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.refusals import refusal
from cocket.workbench.base.uploads import UNPROCESSABLE
from cocket.workbench.base.visits import Toast, Visit

routes = APIRouter()


@routes.get("/tracking/on-call")
def lists(visit: SignedIn, on_call: given.OnCall) -> Response:
    """The lists that concern the reader, and the form to keep one."""
    return _page(visit, on_call, {"office": visit.officer.office or ""})


@routes.post("/tracking/on-call")
def keep(act: Acting, on_call: given.OnCall) -> Response:
    """Keep a list, or say which line of it is none."""
    principal, office = act.visit.principal, act.text("office")
    general = refusal(
        act.visit, lambda: on_call.keep_on_call_list(principal, office, read_shifts(act.fields.get("shifts", "")))
    )
    if not general:
        return act.visit.go("/tracking/on-call", Toast("on-call-kept"))
    return _page(act.visit, on_call, act.fields, general=general, status=UNPROCESSABLE)


def _page(
    visit: Visit, on_call: given.OnCall, fields: dict[str, str], *, general: tuple[str, ...] = (), status: int = 200
) -> Response:
    views = on_call.on_call_lists(visit.principal)
    written = {view.list.office: write_shifts(view.list.shifts) for view in views}
    return visit.page("tracking/on_call", views=views, written=written, fields=fields, general=general, status=status)
