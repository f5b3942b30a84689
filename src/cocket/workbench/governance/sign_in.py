# SPDX-License-Identifier: Apache-2.0
"""Signing in and out, and changing one's own password."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final, get_args
from urllib.parse import quote
from zoneinfo import available_timezones

from fastapi import APIRouter
from starlette.responses import JSONResponse, RedirectResponse, Response

from cocket.errors import CocketError, PartnerError, PolicyError, ProofError, SenderError, SettingsError
from cocket.exchange.openid import BUSY, DECLINED, STALE, UNPROVEN, UNREACHABLE, WEAK, Attempt
from cocket.gate import browser_cookie, browser_token, check_form, session_cookie
from cocket.governance import CUSTOMS_PURPOSES, Principal, stating
from cocket.oversight import RULES
from cocket.pipeline.base.notices import KINDS, Channel
from cocket.pipeline.governance.factors import STEP_MINUTES, UNKNOWN, USED, WRONG, SecondFactorNeededError
from cocket.pipeline.governance.passkeys import CLONED, Site, site_of
from cocket.pipeline.governance.passwords import LONGEST, SHORTEST, WeakPasswordError
from cocket.pipeline.governance.preferences import OwnAccount
from cocket.pipeline.governance.provider_sign_in import ANSWER, DISABLED, NO_GROUPS, NO_ROLE, SIGN_OUT_ADDRESS
from cocket.pipeline.governance.second_factors import LOCKED
from cocket.pipeline.governance.second_factors import STALE as STEP_STALE
from cocket.pipeline.governance.sign_in import PASSWORD_EXPIRED, Factor, SignedIn
from cocket.pipeline.governance.sign_in_limits import SignInDelayedError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Acting, Anyone, Entered
from cocket.workbench.base.guard import SignedIn as SignedInVisit
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import LANGUAGE, PURPOSE, Toast, Visit, local, principal_of, write_stated
from cocket.workbench.governance.labels import CALENDARS, CHANNELS, NOTICES

routes = APIRouter()

_NO_SESSION: Final = ""  # nobody is signed in yet, so the form has no token: its origin alone is checked
_BAD_REQUEST, _UNAUTHORISED, _UNPROCESSABLE, _TOO_MANY, _UNAVAILABLE = 400, 401, 422, 429, 503

#: Why an attempt was not looked at, by the code of the refusal.
_WAITS: Final = {
    "sign-in-wait": _("Too many attempts have failed. Wait {seconds} seconds and try again."),
    "sign-in-busy": _("Too many people are signing in at the moment. Try again in {seconds} seconds."),
}
_EXPIRED: Final = _("Your temporary password has expired. Ask for a new one.")
_WEAK: Final = {
    "password-short": _("A password needs {least} characters or more."),
    "password-long": _("A password has at most {most} characters."),
    "password-signs": _("A password must consist of printable characters."),
    "password-common": _("This password is too common. Choose another, such as four unusual words."),
    "password-same": _("The new password is the same as the current one."),
}


#: Cookie of a sign-in of which the second step is to come: the first step, and where it leads.
STEP: Final = "cocket-step"

#: Hosts that are numbers, to which no passkey can be bound.
_NUMBERS: Final = re.compile(r"[0-9.]+|.*:.*")

#: Why a second step did not lead in, by the code of the error.
SECOND_STEP: Final = {
    WRONG: _("This is not right. Try again."),
    USED: _("This code was used already. Wait for the next one."),
    UNKNOWN: _("Your account has no such second factor."),
    CLONED: _("This passkey was copied, so it is not accepted. Tell whoever manages the accounts here."),
    STEP_STALE: _("That took too long, or was begun in another window. Begin again."),
    LOCKED: _("Too many codes were wrong. Whoever manages the accounts here has to remove your second factors first."),
}

#: Cookie of a sign-in under way at the OpenID provider: the secret of the attempt, and where it leads.
_ATTEMPT: Final = "cocket-provider"
_ATTEMPT_SECONDS: Final = 600

#: Why the provider's way in did not lead in, by the code of the error.
_TURNED_AWAY: Final = {
    UNREACHABLE: _("{provider} cannot be reached at the moment. Who has a password here can sign in with it."),
    BUSY: _("Too many people are signing in at {provider} at the moment. Try again in a minute."),
    DECLINED: _("{provider} did not let you in."),
    STALE: _("This sign-in was begun in another browser, or too long ago. Begin again."),
    UNPROVEN: _("What {provider} answered does not prove who you are. Tell whoever runs this installation: {code}."),
    WEAK: _("{provider} says that you signed in too long ago, or not in the way that is asked for here: {code}."),
    NO_GROUPS: _(
        "{provider} does not say which groups you are in, so you have no role here. Tell whoever manages your account there."
    ),
    NO_ROLE: _("None of your groups at {provider} has a role here. Tell whoever manages your account there."),
    DISABLED: _("Your account here is disabled, or was changed at this moment."),
}
_SETTINGS: Final = _(
    "The sign-in at {provider} is not set up rightly here. Tell whoever runs this installation: {code}."
)


@routes.get("/sign-in")
def show(visit: Anyone) -> Response:
    """The form; who is signed in already goes on."""
    onward = local(visit.request.query_params.get("next", "/"))
    if not visit.is_anonymous:
        return visit.go(onward)
    return visit.page("governance/sign_in", next=onward, name="", problem=None, provider=_provider(visit))


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
        return _wait(visit, "governance/sign_in", refusal, next=onward, name=name, provider=_provider(visit))
    except SecondFactorNeededError as needed:
        response = visit.go("/sign-in/second")
        kept = f"{needed.step}.{urlsafe_b64encode(onward.encode()).decode()}"
        visit.set_cookie(response, STEP, kept, round(STEP_MINUTES * 60))
        return response
    except PolicyError as error:
        if error.code != PASSWORD_EXPIRED:
            raise
        return _begin_again(visit, onward, visit.say(_EXPIRED))
    if signed is None:
        problem = _("Name and password do not match.")
        return visit.page(
            "governance/sign_in",
            status=_UNAUTHORISED,
            next=onward,
            name=name,
            problem=visit.say(problem),
            provider=_provider(visit),
        )
    _leave(visit, accounts, reviews)
    return _entered(visit, (name, signed), onward, own)


@routes.get("/sign-in/second")
def show_second(visit: Anyone, factors: given.SecondFactors) -> Response:
    """What is asked for after the password; without a first step, or when that is over, the sign-in."""
    step, onward = _step(visit)
    shown = factors.second_step(step, site_of_visit(visit))
    if shown is None:
        return _begin_again(visit, onward, visit.say(SECOND_STEP[STEP_STALE]) if step else None)
    return visit.page("governance/second_step", step=shown, problem=None)


@routes.post("/sign-in/second")
def take_second(
    visit: Anyone,
    factors: given.SecondFactors,
    own: given.OwnAccount,
    reviews: given.Reviews,
    fields: Entered,
) -> Response:
    """Take a code, or what the browser answers with a passkey."""
    check_form(visit.request.headers, _NO_SESSION, _NO_SESSION)
    step, onward = _step(visit)
    site = site_of_visit(visit)
    shown = factors.second_step(step, site)
    if shown is None:
        return _begin_again(visit, onward, visit.say(SECOND_STEP[STEP_STALE]))
    brought: tuple[Factor, str] = (
        ("passkey", fields["answer"]) if fields.get("answer") else ("code", fields.get("code", ""))
    )
    browser = browser_token(visit.request.headers.get("cookie"), shown.officer, is_tls=visit.is_tls)
    try:
        name, signed = factors.finish_second(step, brought, site, (visit.address, browser))
    except SignInDelayedError as refusal:
        return _wait(visit, "governance/second_step", refusal, step=shown)
    except PolicyError as error:
        return _begin_again(visit, onward, visit.say(SECOND_STEP.get(error.code, SECOND_STEP[STEP_STALE])))
    except ProofError as error:
        problem = visit.say(SECOND_STEP.get(error.code, SECOND_STEP[WRONG]))
        return visit.page("governance/second_step", step=shown, problem=problem, status=_UNAUTHORISED)
    _leave(visit, visit.workbench.accounts, reviews)
    response = _entered(visit, (name, signed), onward, own)
    visit.drop_cookie(response, STEP)
    return response


@routes.get("/sign-in/provider")
def go_to_provider(visit: Anyone, provider: given.ProviderSignIn) -> Response:
    """Send the browser to the OpenID provider; from a page of ours alone, so that no other site signs anybody in."""
    onward = local(visit.request.query_params.get("next", "/"))
    if not visit.is_anonymous:
        return visit.go(onward)
    if not _provider(visit) or visit.request.headers.get("sec-fetch-site") != "same-origin":
        return visit.go(f"/sign-in?next={quote(onward, safe='')}")
    attempt = Attempt.begin()
    try:
        address = provider.begin(attempt)
    except (PartnerError, ProofError, SettingsError) as error:
        return _turned_away(visit, error, onward)
    response = RedirectResponse(address, status_code=303)
    kept = f"{attempt.secret}.{urlsafe_b64encode(onward.encode()).decode()}"
    visit.set_cookie(response, _ATTEMPT, kept, _ATTEMPT_SECONDS, same_site="lax")
    return response


@routes.get(ANSWER)
def take_answer(visit: Anyone, provider: given.ProviderSignIn, own: given.OwnAccount) -> Response:
    """Take what the provider sent the browser back with.

    The session's cookie goes to pages of ours alone, and the browser counts a redirect as part of what the provider began:
    so the answer is a page of ours that leads on.
    """
    secret, _, kept = visit.cookie(_ATTEMPT).partition(".")
    try:
        onward = local(urlsafe_b64decode(kept).decode())
    except ValueError:
        onward = "/"
    if not _provider(visit):
        return visit.go("/sign-in")
    try:
        if not secret:
            raise ProofError("The sign-in was not begun in this browser, or too long ago.", code=STALE)
        name, signed = provider.finish(Attempt(secret), dict(visit.request.query_params), visit.address)
    except (PartnerError, PolicyError, ProofError, SettingsError) as error:
        return _turned_away(visit, error, onward)
    response = _with_session(visit, visit.page("governance/signed_in", onward=onward), name, signed)
    visit.drop_cookie(response, _ATTEMPT)
    if signed.failed:
        visit.leave(response, Toast("failed-attempts", {"count": str(signed.failed)}))
    visit.keep(response, own.preferences(Principal(id=name, kind="officer", roles=())))
    return response


@routes.post(SIGN_OUT_ADDRESS)
def take_sign_out(visit: Anyone, provider: given.ProviderSignIn, fields: Entered) -> Response:
    """Take from the provider itself that a person was signed out there; his sessions here end.

    Source: OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8.
    """
    if not _provider(visit):
        return Response(status_code=404)
    try:
        provider.sign_out(fields.get("logout_token", ""))
    except PartnerError:
        return JSONResponse({"error": "temporarily_unavailable"}, status_code=_UNAVAILABLE)
    except (ProofError, SettingsError) as error:
        said = {"error": "invalid_request", "error_description": error.found or error.code}
        return JSONResponse(said, status_code=_BAD_REQUEST)
    return Response(status_code=200)


@routes.post("/sign-out")
def sign_out(act: Acting, accounts: given.Accounts, reviews: given.Reviews) -> Response:
    """End the session here and in the house."""
    visit = act.visit
    accounts.sign_out(visit.token)
    reviews.forget(visit.token)
    response = visit.go("/sign-in", Toast("signed-out"))
    visit.drop_cookie(response, PURPOSE)
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


@routes.post("/purpose")
def state_purpose(act: Acting) -> Response:
    """Keep in this browser, until it is closed, for what its reader looks; what policy allows for it is decided look by look."""
    visit, purpose, case = act.visit, act.text("purpose"), act.text("case")
    stating(visit.principal, purpose, case)
    if purpose == "investigation" and not case:
        raise SenderError(_("An investigation names its case."), code="case-missing")
    response = visit.go(local(act.fields.get("next", "/")), Toast("purpose-stated" if purpose else "purpose-by-task"))
    if purpose in CUSTOMS_PURPOSES:
        visit.set_cookie(response, PURPOSE, write_stated(purpose, case))
    else:
        visit.drop_cookie(response, PURPOSE)
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
    """The form for a new password of one's own; the account's page for who has none here."""
    if visit.officer.is_external:
        return visit.go("/account")
    return visit.page("governance/password", problem=None, shortest=SHORTEST)


@routes.post("/password")
def change_password(act: Acting, accounts: given.Accounts) -> Response:
    """Take a new password; every other session of the officer ends."""
    visit, fields = act.visit, act.fields
    if visit.officer.is_external:
        return visit.go("/account")
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


def site_of_visit(visit: Visit) -> Site | None:
    """For whom passkeys are good here: the address that the settings name, else this machine; None where there is neither."""
    url = visit.request.url
    address = visit.workbench.settings.workbench_url or (
        f"{url.scheme}://{url.netloc}" if url.hostname == "localhost" else ""
    )
    site = site_of(address)
    return site if site.host and not _NUMBERS.fullmatch(site.host) else None


def _step(visit: Visit) -> tuple[str, str]:
    """The first step that this browser brings, empty without one; and where it leads."""
    step, _, kept = visit.cookie(STEP).partition(".")
    try:
        return step, local(urlsafe_b64decode(kept).decode())
    except ValueError:
        return step, "/"


def _begin_again(visit: Visit, onward: str, problem: str | None) -> Response:
    response = visit.page(
        "governance/sign_in",
        next=onward,
        name="",
        problem=problem,
        provider=_provider(visit),
        status=_UNAUTHORISED if problem else 200,
    )
    visit.drop_cookie(response, STEP)
    return response


def _leave(visit: Visit, accounts: given.Accounts, reviews: given.Reviews) -> None:
    """End the session with which somebody came who signs in anew."""
    if not visit.is_anonymous:
        accounts.sign_out(visit.token)
        reviews.forget(visit.token)


def _entered(visit: Visit, entered: tuple[str, SignedIn], onward: str, own: OwnAccount) -> Response:
    """Lead on whoever was let in, with the session and what the account says of language and clock."""
    name, signed = entered
    toast = Toast("failed-attempts", {"count": str(signed.failed)}) if signed.failed else None
    response = _with_session(visit, visit.go(onward, toast), name, signed)
    if (officer := visit.workbench.accounts.officer_of_session(signed.token)) is not None:
        visit.keep(response, own.preferences(principal_of(officer)))
    return response


def _provider(visit: Visit) -> str:
    """What the OpenID provider is called; empty where there is none."""
    return visit.workbench.settings.openid_shown


def _turned_away(visit: Visit, error: CocketError, onward: str) -> Response:
    """The sign-in page, which says why the provider's way in did not lead in; nobody else is the worse for it."""
    sentence = _TURNED_AWAY.get(error.code, _TURNED_AWAY[UNPROVEN])
    if isinstance(error, SettingsError):
        sentence = _SETTINGS
    problem = visit.say(sentence, provider=_provider(visit), code=error.found or error.code)
    response = visit.page(
        "governance/sign_in",
        status=_UNAVAILABLE if error.code in (UNREACHABLE, BUSY) or isinstance(error, SettingsError) else _UNAUTHORISED,
        next=onward,
        name="",
        problem=problem,
        provider=_provider(visit),
    )
    visit.drop_cookie(response, _ATTEMPT)
    return response


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
        provider=_provider(visit),
        watched=RULES,
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
