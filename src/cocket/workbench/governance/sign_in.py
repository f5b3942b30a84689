# SPDX-License-Identifier: Apache-2.0
"""Signing in and out, and changing one's own password."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from cocket.gate import browser_cookie, browser_token, check_form, session_cookie
from cocket.pipeline.governance.passwords import LONGEST, SHORTEST, WeakPasswordError
from cocket.pipeline.governance.sign_in import SignedIn
from cocket.pipeline.governance.sign_in_limits import SignInDelayedError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, Anyone, Entered
from cocket.workbench.base.guard import SignedIn as SignedInVisit
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import LANGUAGE, Toast, Visit, local

routes = APIRouter()

_NO_SESSION: Final = ""  # nobody is signed in yet, so the form has no token: its origin alone is checked
_A_YEAR: Final = 365 * 86_400
_UNAUTHORISED, _UNPROCESSABLE, _TOO_MANY = 401, 422, 429

#: Why an attempt was not looked at, by the code of the refusal.
_WAITS: Final = {
    "sign-in-wait": _("Too many attempts have failed. Wait {seconds} seconds and try again."),
    "sign-in-busy": _("Too many people are signing in at the moment. Try again in {seconds} seconds."),
}
_WEAK: Final = {
    "password-short": _("A password needs {least} characters or more."),
    "password-long": _("A password has at most {most} characters."),
    "password-signs": _("A password must consist of printable characters."),
    "password-common": _("This password is too common. Choose another, such as four unusual words."),
    "password-same": _("The new password is the same as the current one."),
}


@routes.get("/sign-in")
def show(visit: Anyone) -> Response:
    """The form; who is signed in already goes on."""
    onward = local(visit.request.query_params.get("next", "/"))
    if not visit.is_anonymous:
        return visit.go(onward)
    return visit.page("governance/sign_in", next=onward, name="", problem=None)


@routes.post("/sign-in")
def sign_in(visit: Anyone, accounts: given.Accounts, reviews: given.Reviews, fields: Entered) -> Response:
    """Take name and password; a wrong name and a wrong password are answered alike."""
    check_form(visit.request.headers, _NO_SESSION, _NO_SESSION)
    name, onward = fields.get("name", "").strip(), local(fields.get("next", "/"))
    browser = browser_token(visit.request.headers.get("cookie"), name, is_tls=visit.is_tls)
    try:
        signed = accounts.sign_in(name, fields.get("password", ""), visit.address, browser)
    except SignInDelayedError as refusal:
        return _wait(visit, "governance/sign_in", refusal, next=onward, name=name)
    if signed is None:
        problem = _("Name and password do not match.")
        return visit.page(
            "governance/sign_in", status=_UNAUTHORISED, next=onward, name=name, problem=visit.say(problem)
        )
    if not visit.is_anonymous:
        accounts.sign_out(visit.token)
        reviews.forget(visit.token)
    toast = Toast("failed-attempts", {"count": str(signed.failed)}) if signed.failed else None
    return _with_session(visit, visit.go(onward, toast), name, signed)


@routes.post("/sign-out")
def sign_out(act: Acting, accounts: given.Accounts, reviews: given.Reviews) -> Response:
    """End the session here and in the house."""
    visit = act.visit
    accounts.sign_out(visit.token)
    reviews.forget(visit.token)
    response = visit.go("/sign-in", Toast("signed-out"))
    response.headers["clear-site-data"] = '"cache"'
    response.headers.append("set-cookie", session_cookie("", is_tls=visit.is_tls, seconds=0))
    return response


@routes.post("/language")
def choose_language(act: Acting) -> Response:
    """Keep the language of this browser, and show the page again; what is not a language of ours forgets it."""
    visit, tag = act.visit, act.text("language")
    response = visit.go(local(act.fields.get("next", "/")))
    if tag in visit.workbench.languages:
        response.set_cookie(LANGUAGE, tag, _A_YEAR, secure=visit.is_tls, httponly=True, samesite="strict")
    else:
        response.delete_cookie(LANGUAGE, secure=visit.is_tls, httponly=True, samesite="strict")
    return response


@routes.get("/password")
def password_form(visit: SignedInVisit) -> Response:
    """The form for a new password of one's own."""
    return visit.page("governance/password", problem=None, shortest=SHORTEST)


@routes.post("/password")
def change_password(act: Acting, accounts: given.Accounts) -> Response:
    """Take a new password; every other session of the officer ends."""
    visit, fields = act.visit, act.fields
    wanted = fields.get("wanted", "")
    if wanted != fields.get("again", ""):
        return _problem(visit, visit.say(_("The two new passwords differ.")))
    try:
        signed = accounts.change_password(visit.officer, fields.get("present", ""), wanted, visit.address)
    except WeakPasswordError as weak:
        return _problem(visit, visit.say(_WEAK[weak.code], least=SHORTEST, most=LONGEST))
    except SignInDelayedError as refusal:
        return _wait(visit, "governance/password", refusal, shortest=SHORTEST)
    if signed is None:
        return _problem(visit, visit.say(_("The current password is wrong.")))
    return _with_session(visit, visit.go("/", Toast("password-changed")), visit.officer.id, signed)


def _problem(visit: Visit, problem: str) -> Response:
    return visit.page("governance/password", status=_UNPROCESSABLE, problem=problem, shortest=SHORTEST)


def _wait(visit: Visit, page: str, refusal: SignInDelayedError, **values: object) -> Response:
    problem = visit.say(_WAITS[refusal.code], seconds=refusal.seconds)
    response = visit.page(page, status=_TOO_MANY, problem=problem, **values)
    response.headers["retry-after"] = str(refusal.seconds)
    return response


def _with_session(visit: Visit, response: Response, officer: str, signed: SignedIn) -> Response:
    seconds = round(visit.workbench.settings.session_hours * 3600)
    response.headers.append("set-cookie", session_cookie(signed.token, is_tls=visit.is_tls, seconds=seconds))
    response.headers.append("set-cookie", browser_cookie(officer, signed.browser, is_tls=visit.is_tls))
    return response
