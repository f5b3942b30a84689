# SPDX-License-Identifier: Apache-2.0
"""Accesses in an emergency: opening one consignment of another office, reading it, ending that, and judging it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.pipeline.base.access import NotFoundError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit

routes = APIRouter()

_UNPROCESSABLE: Final = 422
_HERE: Final = "/emergencies"
_VERDICTS: Final = {"justified": _("Justified"), "unjustified": _("Not justified")}
_NOTHING: Final = _("There is no consignment of that reference.")


@routes.get("/emergencies")
def emergencies(visit: SignedIn, emergencies: given.Emergencies) -> Response:
    """One's own accesses, and those of others that one may know of; and the form that opens one."""
    return _list(visit, emergencies, {})


@routes.post("/emergencies")
def open_one(act: Acting, emergencies: given.Emergencies) -> Response:
    """Open one consignment for a short time."""
    try:
        opened = emergencies.open_emergency(
            act.visit.principal, act.text("reference"), act.text("reason"), act.text("case")
        )
    except NotFoundError:
        return _list(act.visit, emergencies, act.fields, _NOTHING)
    except SenderError as error:
        return _list(act.visit, emergencies, act.fields, error.message)
    until = act.visit.clock.moment(opened.until)
    return act.visit.go(f"{_HERE}/{opened.id}/consignment", Toast("emergency-opened", {"until": until}))


@routes.get("/emergencies/{emergency_id}")
def one(visit: SignedIn, emergencies: given.Emergencies, emergency_id: str) -> Response:
    """One access, and the form of its review."""
    return _one(visit, emergencies, emergency_id)


@routes.get("/emergencies/{emergency_id}/consignment")
def consignment(visit: SignedIn, emergencies: given.Emergencies, emergency_id: str) -> Response:
    """The consignment that was opened, to be read."""
    one, dossier = emergencies.dossier(visit.principal, emergency_id)
    return visit.page("governance/emergency_consignment", one=one, dossier=dossier)


@routes.get("/emergencies/{emergency_id}/messages/{message_id}")
def message(visit: SignedIn, emergencies: given.Emergencies, emergency_id: str, message_id: str) -> Response:
    """A paper of it, as received."""
    content = emergencies.content(visit.principal, emergency_id, message_id)
    headers = {"content-disposition": "attachment"}
    return Response(content, headers=headers, media_type="application/octet-stream")


@routes.post("/emergencies/{emergency_id}/end")
def end(act: Acting, emergencies: given.Emergencies, emergency_id: str) -> Response:
    """End it before its time."""
    emergencies.end_emergency(act.visit.principal, emergency_id)
    return act.visit.go(_HERE, Toast("emergency-ended"))


@routes.post("/emergencies/{emergency_id}/review")
def review(act: Acting, emergencies: given.Emergencies, emergency_id: str) -> Response:
    """Judge it."""
    visit, words, verdict = act.visit, act.text("words"), act.text("verdict")
    try:
        if verdict not in _VERDICTS:
            raise SenderError(_("Choose whether it was justified."), code="emergency-verdict")
        emergencies.review_emergency(visit.principal, emergency_id, words, is_justified=verdict == "justified")
    except NotFoundError:
        raise
    except SenderError as error:
        return _one(visit, emergencies, emergency_id, error.message, words)
    return visit.go(_HERE, Toast("emergency-reviewed"))


def _list(
    visit: Visit, emergencies: given.Emergencies, fields: Mapping[str, str], problem: str | None = None
) -> Response:
    settings = visit.workbench.settings
    return visit.page(
        "governance/emergencies",
        found=emergencies.emergencies(visit.principal),
        fields=fields,
        problem=problem,
        minutes=settings.emergency_minutes,
        status=_UNPROCESSABLE if problem else 200,
    )


def _one(
    visit: Visit, emergencies: given.Emergencies, emergency_id: str, problem: str | None = None, words: str = ""
) -> Response:
    view = emergencies.emergency(visit.principal, emergency_id)
    status = _UNPROCESSABLE if problem else 200
    given_values = {"problem": problem, "entered": words, "verdicts": _VERDICTS}
    return visit.page("governance/emergency", view=view, status=status, **given_values)
