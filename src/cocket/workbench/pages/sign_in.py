# SPDX-License-Identifier: Apache-2.0
"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from cocket.workbench.guard import COOKIE, Acting, Anyone, Entered, clear_session, set_session
from cocket.workbench.visit import Toast, local

routes = APIRouter()


@routes.get("/sign-in")
def show(visit: Anyone, next: str = "/") -> Response:
    """The form; who is signed in already goes on."""
    if not visit.is_anonymous:
        return visit.go(local(next))
    return visit.page("sign_in", next=local(next), name="", problem=None)


@routes.post("/sign-in")
def sign_in(visit: Anyone, fields: Entered) -> Response:
    """Take name and password; a wrong name and a wrong password are told alike."""
    name, onward = fields.get("name", "").strip(), local(fields.get("next", "/"))
    client = visit.request.client
    token = visit.house.sign_in(name, fields.get("password", ""), client.host if client else "")
    if token is None:
        return visit.page("sign_in", status=401, next=onward, name=name, problem="Name and password do not match.")
    return set_session(visit.go(onward), visit.request, token)


@routes.post("/sign-out")
def sign_out(act: Acting) -> Response:
    """End the session here and in the house."""
    act.visit.house.sign_out(act.visit.request.cookies[COOKIE])
    return clear_session(act.visit.go("/sign-in", Toast("signed-out")))
