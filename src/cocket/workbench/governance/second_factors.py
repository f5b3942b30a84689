# SPDX-License-Identifier: Apache-2.0
"""One's own second factors: passkeys and authenticator apps, added and removed with the password."""

from __future__ import annotations

from typing import Any, Final

import segno
from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from cocket.errors import ProofError, SenderError
from cocket.pipeline.governance.second_factors import NewFactor
from cocket.pipeline.governance.sign_in_limits import SignInDelayedError
from cocket.workbench.base import given
from cocket.workbench.base.guard import Act, Acting, SignedIn
from cocket.workbench.base.labels import _
from cocket.workbench.base.visits import Toast, Visit
from cocket.workbench.governance.sign_in import SECOND_STEP, site_of_visit

routes = APIRouter()

_HERE: Final = "/account/second-factor"
_UNPROCESSABLE, _TOO_MANY = 422, 429

_NO_SITE: Final = _("Passkeys work only at the address that the installation names in its settings (workbench_url).")
_WRONG: Final = _("The password is wrong.")


@routes.get(_HERE)
def show(visit: SignedIn, factors: given.SecondFactors) -> Response:
    """One's second factors, and the forms that add and remove them."""
    if visit.officer.is_external:
        return visit.go("/account")
    return _page(visit, factors)


@routes.post(f"{_HERE}/app")
def begin_app(act: Acting, factors: given.SecondFactors, accounts: given.Accounts) -> Response:
    """Begin to add an authenticator app; shows its picture."""
    refused = _without_password(act, factors, accounts)
    return refused or _app(act.visit, factors.begin_app(act.visit.officer))


@routes.post(f"{_HERE}/app/confirm")
def add_app(act: Acting, factors: given.SecondFactors) -> Response:
    """Add the app, once it shows the right code."""
    visit, setup, name = act.visit, act.text("setup"), act.text("label")
    try:
        factors.add_app(visit.officer, setup, name, act.text("code"))
    except ProofError as error:
        return _again(visit, factors, setup, name, visit.say(SECOND_STEP[error.code]))
    except SenderError as error:
        return _again(visit, factors, setup, name, visit.say(error.message))
    return visit.go(_HERE, Toast("factor-added"))


@routes.post(f"{_HERE}/passkey")
def begin_passkey(act: Acting, factors: given.SecondFactors, accounts: given.Accounts) -> Response:
    """Begin to add a passkey; the page asks the browser for it."""
    site = site_of_visit(act.visit)
    if site is None:
        return _page(act.visit, factors, act.visit.say(_NO_SITE))
    refused = _without_password(act, factors, accounts)
    return refused or act.visit.page(
        "governance/factor_passkey", new=factors.begin_passkey(act.visit.officer, site), label="", problem=None
    )


@routes.post(f"{_HERE}/passkey/confirm")
def add_passkey(act: Acting, factors: given.SecondFactors) -> Response:
    """Add the passkey that the browser made."""
    visit, site = act.visit, site_of_visit(act.visit)
    if site is None:
        return _page(visit, factors, visit.say(_NO_SITE))
    try:
        factors.add_passkey(visit.officer, act.text("setup"), act.text("label"), act.text("answer"), site)
    except ProofError as error:
        return _page(visit, factors, visit.say(SECOND_STEP[error.code]))
    except SenderError as error:
        return _page(visit, factors, visit.say(error.message))
    return visit.go(_HERE, Toast("factor-added"))


@routes.post(f"{_HERE}/remove")
def remove(act: Acting, factors: given.SecondFactors, accounts: given.Accounts) -> Response:
    """Remove one of one's own."""
    if (refused := _without_password(act, factors, accounts)) is not None:
        return refused
    try:
        factors.remove(act.visit.officer, act.text("factor"))
    except SenderError as error:
        return _page(act.visit, factors, act.visit.say(error.message))
    return act.visit.go(_HERE, Toast("factor-removed"))


def _without_password(act: Act, factors: given.SecondFactors, accounts: given.Accounts) -> Response | None:
    """What refuses who does not give the password of the account; None where it was right."""
    visit = act.visit
    if visit.officer.is_external:
        return visit.go("/account")
    try:
        is_right = accounts.confirm_password(visit.officer, act.fields.get("present", ""), visit.address)
    except SignInDelayedError as refusal:
        says = _("Too many attempts have failed. Wait {seconds} seconds and try again.")
        response = _page(visit, factors, visit.say(says, seconds=refusal.seconds), status=_TOO_MANY)
        response.headers["retry-after"] = str(refusal.seconds)
        return response
    return None if is_right else _page(visit, factors, visit.say(_WRONG))


def _page(
    visit: Visit, factors: given.SecondFactors, problem: str | None = None, status: int | None = None
) -> Response:
    return visit.page(
        "governance/second_factor",
        mine=factors.own_factors(visit.officer),
        can_sign=site_of_visit(visit) is not None,
        problem=problem,
        status=status or (_UNPROCESSABLE if problem else 200),
    )


def _app(visit: Visit, new: NewFactor, label: str = "", problem: str | None = None) -> Response:
    code: Any = segno.make(new.address, error="m", boost_error=False, micro=False)
    return visit.page(
        "governance/factor_app",
        new=new,
        code=Markup(code.svg_inline(scale=1, border=2, omitsize=True)),  # noqa: S704  our own drawing, of an address
        label=label,
        problem=problem,
        status=_UNPROCESSABLE if problem else 200,
    )


def _again(visit: Visit, factors: given.SecondFactors, setup: str, label: str, problem: str) -> Response:
    """The picture again, with what was not right; the overview where that was begun too long ago."""
    new = factors.again(visit.officer, setup)
    return _app(visit, new, label, problem) if new is not None else _page(visit, factors, problem)
