# SPDX-License-Identifier: Apache-2.0
"""Signing in and out, and changing one's own password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args
from zoneinfo import available_timezones

from fastapi import APIRouter
from starlette.responses import Response

from cocket.errors import SenderError
from cocket.gate import browser_cookie, browser_token, check_form, session_cookie
from cocket.pipeline.base.notices import KINDS, Channel
from cocket.pipeline.governance.passwords import LONGEST, SHORTEST, WeakPasswordError
from cocket.pipeline.governance.preferences import OwnAccount
from cocket.pipeline.governance.sign_in import SignedIn
from cocket.pipeline.governance.sign_in_limits import SignInDelayedError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, Anyone, Entered
from cocket.workbench.base.guard import SignedIn as SignedInVisit
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import LANGUAGE, Toast, Visit, local, principal_of
from cocket.workbench.governance.labels import CALENDARS, CHANNELS, NOTICES

routes = APIRouter()

_NO_SESSION: Final = ""  # nobody is signed in yet, so the form has no token: its origin alone is checked
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
def sign_in(
    visit: Anyone, accounts: given.Accounts, own: given.OwnAccount, reviews: given.Reviews, fields: Entered
) -> Response:
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
    response = _with_session(visit, visit.go(onward, toast), name, signed)
    if (officer := accounts.officer_of_session(signed.token)) is not None:
        visit.keep(response, own.preferences(principal_of(officer)))
    return response


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
def choose_language(act: Acting, own: given.OwnAccount) -> Response:
    """Keep the language with the account, and show the page again; what is not a language of ours forgets it."""
    visit, tag = act.visit, act.text("language")
    told = own.set_language(visit.principal, tag if tag in visit.workbench.languages else None)
    response = visit.go(local(act.fields.get("next", "/")))
    if told.language is None:
        visit.drop_cookie(response, LANGUAGE)
    visit.keep(response, told)
    return response


@routes.get("/account")
def account(visit: SignedInVisit, own: given.OwnAccount) -> Response:
    """One's own account: language, time zone and calendar, and how one is reached."""
    return _account(visit, own)


@routes.post("/account/clock")
def set_clock(act: Acting, own: given.OwnAccount) -> Response:
    """Choose time zone and calendar."""
    visit = act.visit
    try:
        told = own.set_clock(visit.principal, act.text("time_zone") or None, act.text("calendar"))
    except SenderError as error:
        return _account(visit, own, problems={"time_zone": error.message}, entered=act.fields)
    response = visit.go("/account", Toast("account-kept"))
    visit.keep(response, told)
    return response


@routes.post("/account/notices")
def set_notices(act: Acting, own: given.OwnAccount) -> Response:
    """Choose which notices are sent, and where."""
    visit = act.visit
    by_email, by_webhook, by_sms = ({kind for kind in KINDS if act.text(f"{way}-{kind}")} for way in get_args(Channel))
    try:
        own.set_notices(visit.principal, act.text("email"), by_email, by_webhook, (act.text("phone"), by_sms))
    except SenderError as error:
        field = "phone" if error.code.startswith("phone") else "email"
        return _account(visit, own, problems={field: error.message}, entered=act.fields)
    return visit.go("/account", Toast("account-kept"))


@routes.post("/account/test")
def send_test(act: Acting, own: given.OwnAccount) -> Response:
    """Send a notice to oneself."""
    asked = act.text("channel")
    channel: Channel = "webhook" if asked == "webhook" else "sms" if asked == "sms" else "email"
    try:
        own.send_test(act.visit.principal, channel)
    except SenderError as error:
        return _account(act.visit, own, problems={"phone" if channel == "sms" else "email": error.message})
    return act.visit.go("/account", Toast("test-notice"))


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


def _account(
    visit: Visit,
    own: OwnAccount,
    problems: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    return visit.page(
        "governance/account",
        view=own.mine(visit.principal),
        zones=sorted(available_timezones()),
        calendars=CALENDARS,
        kinds=NOTICES,
        channels=CHANNELS,
        usual_zone=visit.workbench.settings.time_zone,
        problems=problems or {},
        entered=entered,
        status=_UNPROCESSABLE if problems else 200,
    )


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
