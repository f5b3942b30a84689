# SPDX-License-Identifier: Apache-2.0
"""Lists for screening, imported from a file; and their matches by name, each once, however many lines name it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import SenderError, SettingsError
from cocket.gate import make_key
from cocket.workbench.base import given
from cocket.workbench.base.guard import SignedIn
from cocket.workbench.base.uploads import MOST_SHOWN, Upload, refused, uploaded

routes = APIRouter()

List = Annotated[Upload, Depends(uploaded("list:import"))]


@routes.get("/screening/names")
def names(visit: SignedIn, lists: given.ScreeningLists) -> Response:
    """Every name with an open match, most consignments first."""
    return visit.page("screening/names", found=lists.names(visit.principal))


@routes.get("/administration/lists")
def lists(visit: SignedIn, lists: given.ScreeningLists) -> Response:
    """Lists for screening: those that are here, and the form for another."""
    return visit.page("screening/lists", lists=lists.lists(visit.principal))


@routes.post("/administration/lists")
async def import_list(
    sent: List, lists: given.ScreeningLists, second: given.SecondPerson, file: str = "", name: str = ""
) -> Response:
    """Import a list, in place of an earlier one of its name, or propose it."""
    called, who = (name or file.rpartition(".")[0] or file).strip(), sent.visit.principal
    try:
        wanted, view = await run_in_threadpool(lists.proposed_list, who, called, sent.content)
        done = await run_in_threadpool(second.propose, who, wanted, make_key, (file or called, sent.content))
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    return sent.visit.page("screening/list_imported", view=view, is_done=done.is_done, most=MOST_SHOWN)
