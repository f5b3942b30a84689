# SPDX-License-Identifier: Apache-2.0
"""Who may come in and who may act: the session cookie, the token of each form, the origin, and the headers of each answer."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cocket.errors import PolicyError, SenderError
from cocket.workbench.visit import SignInNeeded, Visit

COOKIE: Final = "cocket-session"
_LONGEST_FORM: Final = 64 * 1024
_MOST_FIELDS: Final = 50

HEADERS: Final = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class SecureHeaders:
    """Puts the headers on every answer; pages are not kept by any cache, static files for good."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and mark the answer."""
        is_static = scope["type"] == "http" and scope["path"].startswith("/static/")

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["cache-control"] = "public, max-age=31536000, immutable" if is_static else "no-store"
            await send(message)

        await self._app(scope, receive, marked)


def set_session(response: Response, request: Request, token: str) -> Response:
    """Leave the session's token in the browser, out of reach of scripts and of other sites."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return response


def clear_session(response: Response) -> Response:
    """Take the session's token out of the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def check_origin(headers: Mapping[str, str]) -> None:
    """A form counts only if it was sent from a page of ours.

    Raises:
        PolicyError: The browser says that another site sent it, or does not say.

    Source: Fetch Metadata Request Headers, `Sec-Fetch-Site`; RFC 6454 §7, Origin.
    """
    site = headers.get("sec-fetch-site")
    is_ours = site == "same-origin" if site else urlsplit(headers.get("origin", "")).netloc == headers.get("host")
    if not is_ours:
        raise PolicyError("This form was not sent from a page of ours.", reasons=("same-origin",))


def visitor(request: Request) -> Visit:
    """A visit by anyone, signed in or not."""
    token = request.cookies.get(COOKIE)
    visit = Visit(request, request.app.state.workbench.house.officer_of_session(token) if token else None)
    request.state.visit = visit
    return visit


def signed_in(visit: Annotated[Visit, Depends(visitor)]) -> Visit:
    """A visit by someone signed in.

    Raises:
        SignInNeeded: Nobody is.
    """
    if visit.is_anonymous:
        raise SignInNeeded("Nobody is signed in.")
    return visit


async def entered(request: Request) -> dict[str, str]:
    """What was entered in a form of ours, by field; of a field sent twice the last counts.

    Raises:
        PolicyError: It comes from another site.
        SenderError: It is too large or not a form.
    """
    check_origin(request.headers)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise SenderError("The form is too large.", expected=f"at most {_LONGEST_FORM} bytes")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise SenderError("This is not a form.") from error


class Act:
    """Something a person signed in does: the visit and what was entered."""

    def __init__(
        self,
        visit: Annotated[Visit, Depends(signed_in)],
        fields: Annotated[dict[str, str], Depends(entered)],
    ) -> None:
        given = fields.get("csrf") or visit.request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(given.encode(), visit.officer.csrf.encode()):
            raise PolicyError("The form is not of this session.", reasons=("csrf",))
        self.visit = visit
        self.fields = fields

    def text(self, name: str) -> str:
        """What was entered in a field, without blanks around it; empty if nothing was."""
        return self.fields.get(name, "").strip()


Anyone = Annotated[Visit, Depends(visitor)]
SignedIn = Annotated[Visit, Depends(signed_in)]
Acting = Annotated[Act, Depends()]
Entered = Annotated[dict[str, str], Depends(entered)]
