# SPDX-License-Identifier: Apache-2.0
"""Agreements with partners by page: what was agreed, how it stands, and how both sides kept it."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cocket.errors import PolicyError, SenderError, SettingsError
from cocket.pipeline import NotFoundError
from cocket.pipeline.base.proposals import SUBJECTS
from cocket.pipeline.partners.joint import JointView
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.uploads import UNPROCESSABLE, Upload, refused, uploaded
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance import agreement_labels as words

routes = APIRouter()

File = Annotated[Upload, Depends(uploaded("agreement:keep", None))]

#: Kinds of act that are done here.
_KINDS: Final = SUBJECTS["agreements"]

_HERE: Final = "/administration/agreements"


@routes.get("/administration/agreements")
def every(visit: SignedIn, agreements: given.Agreements, second: given.SecondPerson) -> Response:
    """All agreements, and what waits for a second person."""
    visit.require("agreement:read", None)
    views = agreements.agreements(visit.principal)
    waiting = tuple(one for one in second.waiting(visit.principal) if one.proposal.kind in _KINDS)
    return visit.page("governance/agreements", views=views, waiting=waiting, said=words)


@routes.post("/administration/agreements")
async def propose(sent: File, agreements: given.Agreements, file: str = "") -> Response:
    """Propose an agreement, or another version of one."""
    try:
        put = await run_in_threadpool(agreements.propose_agreement, sent.visit.principal, file, sent.content)
    except (SenderError, SettingsError) as error:
        return refused(sent.visit, error)
    return sent.visit.page("governance/agreement_put", put=put)


@routes.get("/administration/agreements/{name}")
def one(visit: SignedIn, agreements: given.Agreements, joint: given.Joint, name: str) -> Response:
    """One agreement with its versions, and how both sides kept it."""
    return _page(visit, agreements, joint, name)


@routes.post("/administration/agreements/{name}/end")
def end(act: Acting, agreements: given.Agreements, joint: given.Joint, name: str) -> Response:
    """Propose to end an agreement before its last day."""
    try:
        done = agreements.propose_end(act.visit.principal, name, act.text("reason"))
    except NotFoundError:
        raise
    except (SenderError, SettingsError) as error:
        return _page(act.visit, agreements, joint, name, problem=str(error))
    except PolicyError as error:
        if not act.visit.may("agreement:end", None):
            raise
        return _page(act.visit, agreements, joint, name, problem=error.message)
    return act.visit.go(_HERE, Toast("access-given" if done.is_done else "access-proposed"))


def _page(
    visit: Visit, agreements: given.Agreements, joint: given.Joint, name: str, problem: str | None = None
) -> Response:
    view = agreements.agreement(visit.principal, name)
    is_shown = "joint" in view.agreement.exchanges and visit.may("mirror:read", None)
    return visit.page(
        "governance/agreement",
        view=view,
        versions=agreements.versions(visit.principal, name),
        measure=agreements.measure(visit.principal, name),
        evidence=_under(joint.view(visit.principal), name) if is_shown else None,
        problem=problem,
        said=words,
        status=UNPROCESSABLE if problem else 200,
    )


def _under(view: JointView, name: str) -> JointView:
    """What of it came under an agreement."""
    return msgspec.structs.replace(
        view,
        tables=tuple(one for one in view.tables if name in one.table.agreements),
        rounds=tuple(one for one in view.rounds if name in one.agreements),
    )
