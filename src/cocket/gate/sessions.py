# SPDX-License-Identifier: Apache-2.0
"""Sessions of people: the cookie, the check that a form is ours, and the brake on guessing passwords."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from cocket.gate.limits import Buckets, Rate
from cocket.gate.refusal import RequestError

_PLAIN_COOKIE: Final = "cocket-session"
#: Bound to this host and to TLS by its name. Source: RFC 6265bis §4.1.3.2.
_TLS_COOKIE: Final = "__Host-cocket-session"
_SEPARATOR: Final = "; "


def session_cookie(token: str, *, is_tls: bool, seconds: int) -> str:
    """A `Set-Cookie` value that keeps a session out of reach of scripts and of other sites.

    Args:
        token: The session's token.
        is_tls: Whether the browser came over TLS.
        seconds: How long the browser keeps it; 0 takes it away.

    Source: RFC 6265bis §4.1.2.
    """
    parts = [f"{_name(is_tls)}={token}", "Path=/", f"Max-Age={seconds}", "HttpOnly", "SameSite=Strict"]
    return _SEPARATOR.join([*parts, "Secure"] if is_tls else parts)


def session_token(cookie: str | None, *, is_tls: bool) -> str | None:
    """The session's token in a `Cookie` field; None if it has none, or two.

    Source: RFC 6265bis §4.2.1.
    """
    pairs = [pair.partition("=") for pair in (cookie or "").split(_SEPARATOR)]
    tokens = [value for name, _, value in pairs if name == _name(is_tls)]
    return tokens[0] if len(tokens) == 1 and tokens[0] else None


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
        raise RequestError("This form was not sent from a page of ours.", status=403, code="cross-site")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise RequestError("The form is not of this session.", status=403, code="csrf", hint="Load the page again.")


class SignInBrake:
    """Slows down whoever guesses: five failures at once for a name and twenty for an address, then one a minute.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._names = Buckets(Rate(1 / 60, 5), clock)
        self._addresses = Buckets(Rate(1 / 60, 20), clock)

    def check(self, name: str, address: str) -> None:
        """Before looking at a password.

        Raises:
            RequestError: Too many have failed (429); good passwords wait as well, so that guessing learns nothing.
        """
        self._names.check(name)
        self._addresses.check(address)

    def failed(self, name: str, address: str) -> None:
        """After a wrong name or password."""
        self._names.take(name)
        self._addresses.take(address)


def _name(is_tls: bool) -> str:
    return _TLS_COOKIE if is_tls else _PLAIN_COOKIE
