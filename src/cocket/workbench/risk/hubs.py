# SPDX-License-Identifier: Apache-2.0
"""Lists of hubs: which are used, importing one, withdrawing one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.refusals import refusal
from cocket.workbench.base.uploads import UNPROCESSABLE, Upload, refused, uploaded
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.risk import threat_labels as threat_words

routes = APIRouter()

HubFile = Annotated[Upload, Depends(uploaded("list:import"))]


@routes.get("/threats/hubs")
def hubs(visit: SignedIn, hubs: given.HubLists) -> Response:
    """The lists, and the forms to import and withdraw one."""
    return _page(visit, hubs)


@routes.post("/threats/hubs")
async def import_hubs(sent: HubFile, hubs: given.HubLists, name: str = "") -> Response:
    """Import a list, and say what was left out of it."""
    try:
        view = await run_in_threadpool(hubs.import_hubs, sent.visit.principal, name, sent.content)
    except SenderError as error:
        return refused(sent.visit, error)
    return sent.visit.page("risk/hubs_read", list=view)


@routes.post("/threats/hubs/withdraw")
def withdraw(act: Acting, hubs: given.HubLists) -> Response:
    """No longer use a list."""
    general = refusal(act.visit, lambda: hubs.withdraw_hubs(act.visit.principal, act.text("list"), act.text("reason")))
    if not general:
        return act.visit.go("/threats/hubs", Toast("hubs-withdrawn"))
    return _page(act.visit, hubs, general=general, status=UNPROCESSABLE)


def _page(visit: Visit, hubs: given.HubLists, *, general: tuple[str, ...] = (), status: int = 200) -> Response:
    lists = hubs.hub_lists(visit.principal)
    return visit.page("risk/hubs", lists=lists, general=general, status=status, said=threat_words)
