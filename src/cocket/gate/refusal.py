# SPDX-License-Identifier: Apache-2.0
"""A request that a door does not take: what is told, as which HTTP status, and how it looks on the wire."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from cocket.errors import SenderError
from cocket.gate.headers import DATA_HEADERS, HSTS


class RequestError(SenderError):
    """A request that is turned away before anything is done with it.

    Args:
        message: One plain sentence for whoever sent it.
        status: HTTP status, 4xx, or 503 if we are too busy.
        code: Stable kebab-case name for programs.
        hint: What to do next; None if nothing helps.
        headers: Further headers of the answer, such as `Retry-After` (0..n).
    """

    code = "request-refused"

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        hint: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status
        self.headers = headers


class _Error(msgspec.Struct, frozen=True):
    code: str
    message: str
    hint: str | None


class _Fault(msgspec.Struct, frozen=True):
    error: _Error


def fault_json(code: str, message: str, hint: str | None = None) -> bytes:
    """The JSON of every fault of every machine door: `{"error":{"code","message","hint"}}`."""
    return msgspec.json.encode(_Fault(_Error(code, message, hint)))


def fault_on_the_wire(refusal: RequestError, *, is_tls: bool = False) -> bytes:
    """A whole HTTP/1.1 answer for a request that never reached an application; the connection ends with it.

    Args:
        refusal: Why.
        is_tls: Whether it goes over TLS of ours.

    Source: RFC 9112 §9.6 (`Connection: close`).
    """
    body = fault_json(refusal.code, refusal.message, refusal.hint)
    lines = [
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        *(f"{name.decode()}: {value.decode()}" for name, value in (*DATA_HEADERS, *((HSTS,) if is_tls else ()))),
        *(f"{name.lower()}: {value}" for name, value in refusal.headers),
        "connection: close",
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
