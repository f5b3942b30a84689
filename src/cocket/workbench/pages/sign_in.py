# SPDX-License-Identifier: Apache-2.0
"""Signing in and out."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.gate import check_form, session_cookie
from cocket.workbench.guard import Acting, Anyone, Entered
from cocket.workbench.visit import Toast, Visit, local
from cocket.workbench.wording import _

routes = APIRouter()

_NO_SESSION: Final = ""  # nobody is signed in yet, so the form has no token: its origin alone is checked
_UNAUTHORISED: Final = 401


@routes.get("/sign-in")
def show(visit: Anyone) -> Response:
    """The form; who is signed in already goes on."""
    onward = local(visit.request.query_params.get("next", "/"))
    if not visit.is_anonymous:
        return visit.go(onward)
    return visit.page("sign_in", next=onward, name="", problem=None)


@routes.post("/sign-in")
def sign_in(visit: Anyone, fields: Entered) -> Response:
    """Take name and password; a wrong name and a wrong password are told alike."""
    check_form(visit.request.headers, _NO_SESSION, _NO_SESSION)
    name, onward = fields.get("name", "").strip(), local(fields.get("next", "/"))
    address = visit.request.client.host if visit.request.client else ""
    visit.workbench.brake.check(name, address)
    token = visit.house.sign_in(name, fields.get("password", ""), address)
    if token is None:
        visit.workbench.brake.failed(name, address)
        problem = _("Name and password do not match.")
        return visit.page("sign_in", status=_UNAUTHORISED, next=onward, name=name, problem=problem)
    seconds = round(visit.house.settings.session_hours * 3600)
    return _with_session(visit, visit.go(onward), token, seconds)


@routes.post("/sign-out")
def sign_out(act: Acting) -> Response:
    """End the session here and in the house."""
    visit = act.visit
    visit.house.sign_out(visit.token)
    return _with_session(visit, visit.go("/sign-in", Toast("signed-out")), "", 0)


def _with_session(visit: Visit, response: Response, token: str, seconds: int) -> Response:
    is_tls = visit.request.url.scheme == "https"
    response.headers.append("set-cookie", session_cookie(token, is_tls=is_tls, seconds=seconds))
    return response
