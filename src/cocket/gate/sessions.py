# SPDX-License-Identifier: Apache-2.0
"""Sessions of people: their cookie, the cookie by which a browser is known, and the check that a form is ours."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from cocket.gate.refusal import RequestError

_SESSION: Final = "cocket-session"
_BROWSER: Final = "cocket-browser-"

#: Bound to this host and to TLS by its name. Source: RFC 6265bis §4.1.3.2.
_BOUND: Final = "__Host-"
_SEPARATOR: Final = "; "
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")

#: How long a browser that is not used is known.
_BROWSER_SECONDS: Final = 180 * 24 * 3600


def session_cookie(token: str, *, is_tls: bool, seconds: int) -> str:
    """A `Set-Cookie` value that keeps a session out of reach of scripts and of other sites.

    Args:
        token: The session's token.
        is_tls: Whether the browser came over TLS.
        seconds: How long the browser keeps it; 0 takes it away.

    Source: RFC 6265bis §4.1.2.
    """
    return _cookie(_SESSION, token, is_tls=is_tls, seconds=seconds)


def session_token(cookie: str | None, *, is_tls: bool) -> str | None:
    """The session's token in a `Cookie` field; None if it has none, or two.

    Source: RFC 6265bis §4.2.1.
    """
    return _token(_SESSION, cookie, is_tls=is_tls)


def browser_cookie(officer: str, token: str, *, is_tls: bool) -> str:
    """A `Set-Cookie` value by which the brake on guessing knows a browser again; it opens nothing.

    Args:
        officer: Whose browser it is; each officer of a shared one has a cookie of his own.
        token: The browser's token.
        is_tls: Whether the browser came over TLS.
    """
    return _cookie(_browser(officer), token, is_tls=is_tls, seconds=_BROWSER_SECONDS)


def browser_token(cookie: str | None, officer: str, *, is_tls: bool) -> str | None:
    """The token by which a browser is known for an officer; None if it has none, or two."""
    return _token(_browser(officer), cookie, is_tls=is_tls)


def check_form(headers: Mapping[str, str], given: str, expected: str) -> None:
    """A form counts only if a page of ours sent it, within this session.

    Args:
        headers: Header fields of the request, names in lower case.
        given: Token that came with the form.
        expected: Token of the session.

    Raises:
        RequestError: It comes from another site, or carries another token (403).

    Source: Fetch Metadata Request Headers, `Sec-Fetch-Site`; RFC 6454 §7.
    """
    site = headers.get("sec-fetch-site")
    is_ours = site == "same-origin" if site else urlsplit(headers.get("origin", "")).netloc == headers.get("host")
    if not is_ours:
        raise RequestError("This form was not sent from a page of this workbench.", status=403, code="cross-site")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise RequestError("The form belongs to another session.", status=403, code="csrf", hint="Reload the page.")


def _browser(officer: str) -> str:
    return _BROWSER + sha256(officer.encode("utf-8", "replace")).hexdigest()[:12]


def _cookie(name: str, value: str, *, is_tls: bool, seconds: int) -> str:
    parts = [f"{_name(name, is_tls)}={value}", "Path=/", f"Max-Age={seconds}", "HttpOnly", "SameSite=Strict"]
    return _SEPARATOR.join([*parts, "Secure"] if is_tls else parts)


def _token(name: str, cookie: str | None, *, is_tls: bool) -> str | None:
    pairs = [pair.partition("=") for pair in (cookie or "").split(_SEPARATOR)]
    tokens = [value for found, _, value in pairs if found == _name(name, is_tls)]
    return tokens[0] if len(tokens) == 1 and _TOKEN.fullmatch(tokens[0]) else None


def _name(name: str, is_tls: bool) -> str:
    return _BOUND + name if is_tls else name
