# SPDX-License-Identifier: Apache-2.0
"""The workbench as an ASGI application: pages, static files, and plain words when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from cocket.errors import (
    OF_ANOTHER_VERSION,
    ArchiveAwayError,
    CocketError,
    LostError,
    PolicyError,
    RowDiffersError,
    SenderError,
    StoreError,
)
from cocket.gate import (
    PAGE_HEADERS,
    RequestError,
    UnseenError,
    behind,
    check_form,
    proxies_of,
    with_headers,
    with_unseen,
    without_unseen,
)
from cocket.gate.headers import Application
from cocket.pipeline.base.kept import StillMeasuringError
from cocket.workbench.base.guard import visitor
from cocket.workbench.base.labels import ARCHIVE_AWAY, NOT_DONE, TROUBLES
from cocket.workbench.base.rendering import STATIC
from cocket.workbench.base.visits import (
    FactorNeededError,
    PasswordNeededError,
    SignInNeededError,
    Toast,
    Visit,
    status_of,
    workbench_of,
)
from cocket.workbench.routes import ROUTERS

if TYPE_CHECKING:
    from cocket.pipeline import Instance


#: What a form asked for and could not be done.
_BAD_REQUEST: Final = 400
_NOT_FOUND: Final = 404


class _KeptFiles(StaticFiles):
    """Files whose address changes with their content: a browser may keep them for good."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        response = super().file_response(*given, **named)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def build_app(house: Instance, *, now: Callable[[], datetime] | None = None) -> Application:
    """The workbench over one house.

    Args:
        house: The pipeline; what it does not disclose, the pages do not have.
        now: Tells the present moment, UTC; None takes the system's clock.
    """
    app = FastAPI(title="Cocket workbench", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.instance = house
    app.state.workbench = workbench_of(house, ZoneInfo(house.settings.time_zone), now or _system_clock)
    for routes in ROUTERS:
        app.include_router(routes)
    app.mount("/static", _KeptFiles(directory=STATIC), name="static")
    app.add_exception_handler(CocketError, _answer)
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    app.add_exception_handler(Exception, _answer)
    return behind(proxies_of(house.settings), with_headers(app, PAGE_HEADERS))


def _answer(request: Request, error: Exception) -> Response:
    """The page that says what went wrong, or the sign-in."""
    visit = _visit(request)
    if isinstance(error, SignInNeededError):
        return visit.go(_sign_in_path(request))
    if isinstance(error, PasswordNeededError):
        return visit.go("/password", Toast("password-temporary"))
    if isinstance(error, FactorNeededError):
        return visit.go("/account/second-factor", Toast("factor-needed"))
    if isinstance(error, StillMeasuringError):
        return _wait(visit, error)
    if not visit.is_anonymous and isinstance(error, CocketError):
        visit.workbench.refusals.note_refusal(visit.officer.id, request.method, request.url.path, error)
    if isinstance(error, UnseenError):
        return _unseen(visit, error)
    status = _NOT_FOUND if visit.is_outside and _is_hidden(error) else status_of(error)
    is_told = isinstance(error, SenderError | PolicyError | RowDiffersError | LostError | ArchiveAwayError)
    is_of_another_version = isinstance(error, StoreError) and error.code in OF_ANOTHER_VERSION
    is_said = status != _NOT_FOUND and (is_told or is_of_another_version)
    says = error.message if isinstance(error, CocketError) and is_said else None
    known = TROUBLES.get(status, TROUBLES[500 if status >= 500 else 400])
    if status == _BAD_REQUEST and isinstance(error, SenderError) and request.method == "POST":
        known = NOT_DONE  # what was asked for stands in a form, and not in the address
    if isinstance(error, ArchiveAwayError):
        known = ARCHIVE_AWAY
    name = "base/trouble_part" if visit.is_part else "base/trouble"
    response = visit.page(name, status=status, number=status, trouble=known, says=says)
    response.headers.update(dict(getattr(error, "headers", None) or ()))
    return response


def _visit(request: Request) -> Visit:
    """Who asked, also for an address that no page has, so that its answer is that of a page that is not shown."""
    known: Visit | None = getattr(request.state, "visit", None)
    if known is None:
        with suppress(CocketError):  # what went wrong first is what is told
            visitor(request)
        known = getattr(request.state, "visit", None)
    return known or Visit(request)


def _is_hidden(error: Exception) -> bool:
    """Whether it would tell a person of a trader what there is beside his own."""
    return isinstance(error, PolicyError) or (isinstance(error, HTTPException) and error.status_code in (404, 405))


def _wait(visit: Visit, error: StillMeasuringError) -> Response:
    """The page that says that figures are being measured, and asks for them again by itself."""
    asked = visit.request.url.remove_query_params("again")  # it is being done
    onward = asked.path + (f"?{asked.query}" if asked.query else "")
    return visit.page("base/measuring", status=202, since=error.since, onward=onward)


#: Fields that are never shown again: by name, and by parts of it.
_NOT_SHOWN: Final = ("csrf", "code", "token")
_SECRET: Final = ("password", "secret")


def _unseen(visit: Visit, error: UnseenError) -> Response:
    """The page that says where a character is that cannot be seen, with what was entered, to be sent again without it.

    A form of another site or session is not shown again, nor one with a file, which would have to be chosen anew.
    """
    request, fields = visit.request, error.fields
    shown = {
        without_unseen(name): without_unseen(text)
        for name, text in fields.items()
        if name not in _NOT_SHOWN and not any(one in name for one in _SECRET)
    }
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    try:
        if not visit.is_anonymous:
            token = fields.get("csrf") or request.headers.get("x-csrf-token", "")
            check_form(request.headers, token, visit.officer.csrf)
        is_ours = not visit.is_anonymous
    except RequestError:
        is_ours = False
    is_kept = is_ours and is_form and len(shown) >= len(fields.keys() - {"csrf"})
    return visit.page(
        "base/unseen_part" if visit.is_part else "base/unseen",
        status=status_of(error),
        error=error,
        seen=with_unseen(error.text) if without_unseen(error.field) in shown and is_ours else "",
        entered=shown if is_ours else {},
        onward=(request.url.path + (f"?{request.url.query}" if request.url.query else "")) if is_kept else "",
    )


def _sign_in_path(request: Request) -> str:
    """The sign-in, which leads back to the page that was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    is_page = request.method == "GET" and request.headers.get("hx-request") != "true" and asked != "/"
    return f"/sign-in?next={quote(asked, safe='')}" if is_page else "/sign-in"


def _system_clock() -> datetime:
    return datetime.now(UTC)
