# SPDX-License-Identifier: Apache-2.0
"""Header fields that tell a browser what our answers may not be used for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

#: For pages: everything from ourselves, no inline script or style, in nobody's frame.
PAGE_HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)

#: For answers to machines: if a browser opens one, nothing in it runs.
DATA_HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
)


#: For answers over TLS: the browser stays with it. Source: RFC 6797 §6.1.
HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def with_headers(app: Application, fields: tuple[tuple[bytes, bytes], ...]) -> Application:
    """An application whose every answer carries these fields, unless it says otherwise itself, and is kept by no cache
    unless it says so.

    Args:
        app: ASGI application.
        fields: Names in lower case, and values.
    """

    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                if not any(name == b"cache-control" for name, _ in given):
                    given.append((b"cache-control", b"no-store"))
                own = {name for name, _ in given}
                message["headers"] = [*given, *(field for field in fields if field[0] not in own)]
            await send(message)

        await app(scope, receive, mark)

    return marked
