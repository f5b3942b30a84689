# SPDX-License-Identifier: Apache-2.0
"""Who acts for a trader: his mandates and keys; and what machines decide here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.governance.automated_decisions import STATEMENT
from cocket.pipeline import NotFoundError
from cocket.pipeline.governance.mandates import NewMandate
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.refusals import sentences
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance import own_labels as own_words

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_HERE: Final = "/own/mandates"


@routes.get("/own/mandates")
def mandates(visit: SignedIn, mandates: given.Mandates) -> Response:
    """Mandates that one gave or was given, and the form to give one."""
    return _page(visit, mandates)


@routes.post("/own/mandates")
def give(act: Acting, mandates: given.Mandates) -> Response:
    """Let another sender act for one's own."""
    visit = act.visit
    problems: tuple[str, ...]
    try:
        until = date.fromisoformat(act.text("until"))
        mandates.give_mandate(
            visit.principal, NewMandate(client=act.text("client"), agent=act.text("agent"), until=until)
        )
    except ValueError:
        problems = (visit.say(_("Enter the last day.")),)
    except SenderError as error:
        problems = sentences(visit, error)
    else:
        return visit.go(_HERE, Toast("own-mandate"))
    return _page(visit, mandates, fields=act.fields, problems=problems, status=_UNPROCESSABLE)


@routes.post("/own/mandates/{mandate_id}/revocation")
def revoke(act: Acting, mandates: given.Mandates, mandate_id: str) -> Response:
    """Take one back."""
    try:
        mandates.revoke_mandate(act.visit.principal, mandate_id)
    except NotFoundError:
        raise
    except SenderError as error:
        return _page(act.visit, mandates, problems=sentences(act.visit, error), status=_UNPROCESSABLE)
    return act.visit.go(_HERE, Toast("own-mandate-back"))


@routes.get("/own/keys")
def keys(visit: SignedIn, keys: given.OwnKeys) -> Response:
    """Keys that send for one's own senders."""
    return visit.page("governance/own_keys", found=keys.own_keys(visit.principal))


@routes.get("/own/standing")
def standing(visit: SignedIn, standings: given.Standings) -> Response:
    """One's own authorisations, as their registers say them."""
    return visit.page("governance/own_standings", found=standings.own_standings(visit.principal), said=own_words)


@routes.get("/own/decisions")
def decisions(visit: SignedIn) -> Response:
    """What is decided by machine here, and what one can do."""
    return visit.page("governance/own_decisions", statement=STATEMENT)


def _page(visit: Visit, mandates: given.Mandates, *, fields: Mapping[str, str] | None = None, **more: Any) -> Response:
    how = {"problems": (), "status": 200, **more}
    own = visit.principal.by_right
    return visit.page(
        "governance/own_mandates",
        found=mandates.own_mandates(visit.principal),
        own=own,
        today=visit.workbench.now().date(),
        choices={one: one for one in own},
        fields=fields or {},
        **how,
    )
