# SPDX-License-Identifier: Apache-2.0
"""Sources by page: the registry, and asking them from a dossier."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import SenderError, SettingsError
from cocket.pipeline.partners.sources import AskFor
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.uploads import Upload, refused, uploaded
from cocket.workbench.base.visits import Toast, consignment_path
from cocket.workbench.partners import labels as words

routes = APIRouter()

File = Annotated[Upload, Depends(uploaded("source:keep", None))]

_HERE: Final = "/administration/sources"


@routes.get("/administration/sources")
def every(visit: SignedIn, sources: given.Sources, efti: given.Efti, following: given.Following) -> Response:
    """All sources with whether each would be asked today, how asking them by themselves goes, and what our eFTI gate was asked."""
    visit.require("source:read", None)
    asking = following.view(visit.principal)
    return visit.page(
        "partners/sources",
        states=sources.sources(visit.principal),
        gate=efti.held(visit.principal),
        asking=asking,
        work={one.source: one for one in asking.work},
        said=words,
    )


@routes.post("/administration/sources")
async def put(sent: File, sources: given.Sources) -> Response:
    """Put a source in force, or another version of one."""
    try:
        made = await run_in_threadpool(sources.put, sent.visit.principal, sent.content)
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    return sent.visit.page("partners/source_put", source=made)


@routes.post("/administration/sources/{source_id}/state")
def set_state(act: Acting, sources: given.Sources, source_id: str) -> Response:
    """Stop asking a source, or ask it again."""
    sources.set_enabled(act.visit.principal, source_id, is_enabled=act.text("enabled") == "yes")
    return act.visit.go(_HERE, Toast("source-kept"))


@routes.post("/consignments/{consignment_id}/sources")
def ask(act: Acting, sources: given.Sources, consignment_id: str) -> Response:
    """Ask sources for a consignment, for the purpose that is chosen."""
    wanted = AskFor(purpose=act.text("purpose"), source=act.text("source"), case=act.text("case"))
    found = sources.ask(act.visit.principal, consignment_id, wanted)
    came = sum(bool(one.pull.digest) for one in found)
    toast = Toast("source-asked", {"asked": str(len(found)), "came": str(came)})
    return act.visit.go(f"{consignment_path(consignment_id)}#sources", toast)


@routes.post("/consignments/{consignment_id}/sources/{pull_id}/doubt")
def doubt(act: Acting, sources: given.Sources, consignment_id: str, pull_id: str) -> Response:
    """Tell a source in which fields it differs from what was declared."""
    wanted = AskFor(purpose=act.text("purpose"))
    sources.doubt(act.visit.principal, consignment_id, pull_id, wanted)
    return act.visit.go(f"{consignment_path(consignment_id)}#sources", Toast("source-told"))
