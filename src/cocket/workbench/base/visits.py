# SPDX-License-Identifier: Apache-2.0
"""One request of one person: who is there, in which language, and how the answer is given."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cocket.errors import LostError, PartnerError, PolicyError, SenderError, StoreError
from cocket.gate import Buckets, Rate, RequestError
from cocket.governance import CUSTOMS_PURPOSES, HOUSE_WIDE, Context, Policy, Principal, Resource, decide, stating
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.base.notices import Preferences
from cocket.pipeline.governance.refusals import RefusalRecords
from cocket.pipeline.governance.sign_in import Officer, SignInService
from cocket.workbench.base.formats import USUAL, Clock, ClockWish, read_clock, write_clock
from cocket.workbench.base.labels import TOASTS
from cocket.workbench.base.languages import Language, chosen, spoken
from cocket.workbench.base.rendering import Pages

if TYPE_CHECKING:
    from cocket.pipeline import Instance
    from cocket.pipeline.operations.health_service import HealthService
    from cocket.pipeline.queries.inbox import Inbox
    from cocket.settings import Settings

_TOAST: Final = "cocket-toast"
_TOAST_SECONDS: Final = 60

#: Cookie with the language that was chosen in the menu.
LANGUAGE: Final = "cocket-language"

#: Cookie with the purpose and case that its reader states; it ends with the browser.
PURPOSE: Final = "cocket-purpose"

#: Cookie with the time zone and calendar of the account that signed in.
CLOCK: Final = "cocket-clock"
_A_YEAR: Final = 365 * 86_400
_BURST_SECONDS: Final = 8
_ASKED_IN_THE_FORM: Final = "…"

#: Media type of a workbook.
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Workbench(msgspec.Struct, frozen=True):
    """What every page works with.

    Attributes:
        accounts: Who has signed in.
        health: What is not well, said on every page.
        inbox: How much waits for the reader, said on every page.
        settings: The settings.
        pages: Renders the templates.
        languages: Catalogues, by tag.
        now: Tells the present moment, UTC.
        strangers: How often an address may ask without a good session.
        quota: How often an officer may ask.
        policy: Tells the policy in force.
        refusals: Counts what was refused to whoever is signed in.
    """

    accounts: SignInService
    health: HealthService
    inbox: Inbox
    settings: Settings
    pages: Pages
    languages: dict[str, Language]
    now: Callable[[], datetime]
    strangers: Buckets
    quota: Buckets
    policy: Callable[[], Policy]
    refusals: RefusalRecords


def workbench_of(house: Instance, zone: tzinfo, now: Callable[[], datetime]) -> Workbench:
    """The workbench of one house."""
    settings = house.settings
    accounts, health = house.governance.accounts, house.operations.health
    return Workbench(
        accounts,
        health,
        house.queries.inbox,
        settings,
        Pages(zone, now),
        spoken(),
        now,
        _buckets(settings),
        _buckets(settings),
        house.governance.policies.in_force,
        house.governance.refusals,
    )


def _buckets(settings: Settings) -> Buckets:
    per_second = settings.requests_per_second_per_address
    return Buckets(Rate(per_second, _BURST_SECONDS * per_second), time.monotonic)


class Toast(msgspec.Struct, frozen=True):
    """What is said once, on the next page, about the act just done.

    Attributes:
        code: Which sentence of `wording.TOASTS`.
        places: Values for its places.
        undo: Where a form that undoes the act is sent; None if it cannot be undone.
    """

    code: str
    places: dict[str, str] = {}
    undo: str | None = None


class SignInNeededError(PolicyError):
    """Nobody is signed in; the page is shown after signing in."""

    code = "sign-in-needed"


class PasswordNeededError(PolicyError):
    """Who signed in has a password that another person knows, and changes it before anything else."""

    code = "password-needed"


class FactorNeededError(PolicyError):
    """Who signed in has no second factor and a role that asks for one, and adds it before anything else."""

    code = "factor-needed"


class Visit:
    """A request and what is known around it.

    Args:
        request: The request.
        officer: Who is signed in; None if nobody is.
        token: Of the session; None without one.
    """

    def __init__(self, request: Request, officer: Officer | None = None, token: str | None = None) -> None:
        self.request = request
        self.token = token or ""
        self.workbench: Workbench = request.app.state.workbench
        self.language = self._language()
        self.wished = read_clock(self.cookie(CLOCK)) if officer else USUAL
        self._officer = officer

    def _language(self) -> Language:
        """The language chosen in the menu of this browser, else the most wanted that is whole."""
        languages = self.workbench.languages
        kept = languages.get(self.cookie(LANGUAGE))
        whole = {tag: one for tag, one in languages.items() if one.is_whole}
        return kept or chosen(self.request.headers.get("accept-language", ""), whole)

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return self._officer is None

    @property
    def is_trader(self) -> bool:
        """Whether a person of a trader is signed in."""
        return self._officer is not None and self._officer.is_trader

    @property
    def is_outside(self) -> bool:
        """Whether whoever is signed in is not of customs."""
        return self._officer is not None and self._officer.is_outside

    @property
    def officer(self) -> Officer:
        """Who is signed in.

        Raises:
            SignInNeededError: Nobody is.
        """
        if self._officer is None:
            raise SignInNeededError("You are not signed in.")
        return self._officer

    @property
    def principal(self) -> Principal:
        """Who is signed in, as governance knows them, for the purpose that this browser states."""
        return stating(principal_of(self.officer), *self.stated)

    @property
    def stated(self) -> tuple[str, str]:
        """Purpose and case that this browser states for what its reader asks; both empty where it states none."""
        return ("", "") if self.is_outside else read_stated(self.cookie(PURPOSE))

    def may(self, action: str, *office: str | None) -> bool:
        """Whether policy would allow an act, so that what it would refuse is not offered; the house decides again.

        Args:
            action: Such as `lane:override`.
            office: Office of what it is about, None if that is not known; left out where it is about the whole house.
        """
        circumstances = Context(reason=_ASKED_IN_THE_FORM)
        about = Resource(offices=tuple(filter(None, office))) if office else HOUSE_WIDE
        return decide(self.principal, action, about, circumstances, self.workbench.policy()).allowed

    def require(self, action: str, *office: str | None) -> None:
        """Refuse a page that policy would not allow, before anything is worked out for it; arguments are those of `may`.

        Raises:
            PolicyError: It would not.
        """
        if not self.may(action, *office):
            raise PolicyError(f"Not allowed: {action}.", reasons=("nothing-permits",))

    def say(self, sentence: str, **places: object) -> str:
        """A sentence in the reader's language, its places filled in."""
        return self.language.say(sentence, **places)

    @property
    def clock(self) -> Clock:
        """Moments and ages as this reader sees them."""
        return self.workbench.pages.clock(self.language, self.wished)

    def keep(self, response: Response, preferences: Preferences) -> None:
        """Let this browser follow what the account says of language, time zone and calendar."""
        wished = ClockWish(preferences.time_zone or "", preferences.calendar)
        if preferences.language in self.workbench.languages:
            self.set_cookie(response, LANGUAGE, preferences.language, _A_YEAR)
        if wished != USUAL:
            self.set_cookie(response, CLOCK, write_clock(wished), _A_YEAR)
        else:
            self.drop_cookie(response, CLOCK)

    def cookie(self, name: str) -> str:
        """What a cookie of ours holds; empty if the browser has none."""
        return self.request.cookies.get(self._cookie(name), "")

    def set_cookie(
        self,
        response: Response,
        name: str,
        value: str,
        seconds: int | None = None,
        same_site: Literal["strict", "lax"] = "strict",
    ) -> None:
        """Leave a cookie, over TLS bound to this host; without a time it ends with the browser.

        Args:
            response: What carries it.
            name: Its name.
            value: What it holds.
            seconds: How long the browser keeps it.
            same_site: `lax` where it must come with a person whom another site sends here.
        """
        name = self._cookie(name)
        response.set_cookie(name, value, seconds, secure=self.is_tls, httponly=True, samesite=same_site)

    def drop_cookie(self, response: Response, name: str) -> None:
        """Take a cookie away, if the browser has it."""
        if self.cookie(name):
            response.delete_cookie(self._cookie(name), secure=self.is_tls, httponly=True, samesite="strict")

    def _cookie(self, name: str) -> str:
        return f"__Host-{name}" if self.is_tls else name

    @property
    def is_tls(self) -> bool:
        """Whether the reader's browser speaks TLS, to us or to a trusted proxy."""
        return str(self.request.url.scheme) == "https"

    @property
    def address(self) -> str:
        """Address of the reader, for the record."""
        return self.request.client.host if self.request.client else ""

    @property
    def is_part(self) -> bool:
        """Whether htmx asks for a part of a page rather than a browser for the whole."""
        return self.request.headers.get("hx-request") == "true"

    def page(self, template: str, /, *, status: int = 200, **values: Any) -> Response:
        """The page of a template such as `tracking/journey`, with the toast that was left for it."""
        toast = None if self.is_part else read_toast(self.cookie(_TOAST) or None)
        is_staff = self._officer is not None and not self.is_outside
        asks = self.workbench.inbox.asks(self.principal) if is_staff else (0, 0)
        common = {
            "officer": self._officer,
            "stated": self.stated,
            "may": self.may,
            "administration": self.workbench.settings.administration,
            "path": self.request.url.path,
            "languages": self.workbench.languages,
            "toast": toast,
            "unread": sum(asks),
            "to_approve": asks[1],
            "late_advice": self.workbench.health.late_advice() if is_staff else None,
            "troubles": self.workbench.health.troubles()
            if self._officer and self._officer.role == "supervisor"
            else (),
        }
        text = self.workbench.pages.render(file_of(template), self.language, {**common, **values}, self.wished)
        response = HTMLResponse(text, status_code=status)
        if toast:
            self.drop_cookie(response, _TOAST)
        return response

    def go(self, path: str, toast: Toast | None = None) -> Response:
        """Send the reader on to another page of ours, which says the toast."""
        response: Response
        if self.is_part:
            response = Response(headers={"HX-Redirect": path})
        else:
            response = RedirectResponse(path, status_code=303)
        if toast:
            self.leave(response, toast)
        return response

    def leave(self, response: Response, toast: Toast) -> None:
        """Leave a toast for the next page."""
        left = base64.urlsafe_b64encode(msgspec.json.encode(toast)).decode()
        self.set_cookie(response, _TOAST, left, _TOAST_SECONDS)


def status_of(error: Exception) -> int:
    """The HTTP status of an error.

    Returns:
        As the error's family has it: 403 policy, 404 or 400 sender, 410 lost, 503 store or a partner of
        ours, 500 anything we did not foresee.
    """
    if isinstance(error, HTTPException):
        return error.status_code
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, PolicyError):
        return 403
    if isinstance(error, NotFoundError):
        return 404
    if isinstance(error, LostError):
        return 410
    if isinstance(error, SenderError | RequestValidationError):
        return 400
    return 503 if isinstance(error, StoreError | PartnerError) else 500


def principal_of(officer: Officer) -> Principal:
    """A person signed in, as governance knows them."""
    return Principal(
        id=officer.id,
        kind="officer",
        roles=(officer.role,),
        senders=officer.senders,
        office=officer.office,
        clients=tuple(client for client, _ in officer.clients),
        since=officer.clients,
    )


def write_stated(purpose: str, case: str) -> str:
    """A stated purpose and case, as a cookie holds them."""
    return base64.urlsafe_b64encode(msgspec.json.encode((purpose, case))).decode()


def read_stated(left: str) -> tuple[str, str]:
    """Purpose and case of a cookie; both empty where there is none, or it is not one of ours."""
    try:
        purpose, case = msgspec.json.decode(base64.urlsafe_b64decode(left), type=tuple[str, str])
        stating(Principal(id="", kind="officer"), purpose, case)
    except (binascii.Error, ValueError, msgspec.MsgspecError, SenderError):
        return "", ""
    return (purpose, case) if purpose in CUSTOMS_PURPOSES else ("", "")


def hold_toast(let_go: date | None, code: str) -> Toast:
    """What is said once of an agency's word on goods: whether they were let go already, else that it is recorded."""
    return Toast("hold-let-go", {"day": let_go.isoformat()}) if let_go is not None else Toast(code)


def read_toast(left: str | None) -> Toast | None:
    """The toast left in a cookie; None if none was, or if it is not one of ours."""
    try:
        toast = msgspec.json.decode(base64.urlsafe_b64decode(left or ""), type=Toast)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    is_ours = toast.code in TOASTS and (
        toast.undo is None or toast.undo.startswith(("/consignments/", "/tracking/places/", "/orders/"))
    )
    return toast if is_ours else None


def file_of(template: str) -> str:
    """Where a template is: `tracking/journey` in `tracking/templates/journey.html`."""
    topic, _, name = template.partition("/")
    return f"{topic}/templates/{name}.html"


def local(path: str) -> str:
    """The path if it leads to a page of ours, else the first page; never to another host."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else "/"


def consignment_path(consignment_id: str, *more: str) -> str:
    """Address of a dossier, or of something below it."""
    return "/" + "/".join(quote(part, safe="") for part in ("consignments", consignment_id, *more))
