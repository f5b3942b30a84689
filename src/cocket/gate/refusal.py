# SPDX-License-Identifier: Apache-2.0
"""A request that a door does not take: what is told, as which HTTP status, and how it looks on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

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


class _Told(msgspec.Struct, frozen=True):
    error: _Error


def fault_json(code: str, message: str, hint: str | None = None) -> bytes:
    """The JSON of every fault of every machine door: `{"error":{"code","message","hint"}}`."""
    return msgspec.json.encode(_Told(_Error(code, message, hint)))


class Fault(msgspec.Struct, frozen=True):
    """An answer that says what went wrong.

    Attributes:
        status: HTTP status.
        body: JSON.
        headers: Further header fields (0..n).
        media_type: Of the body.
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


class Asked(msgspec.Struct, frozen=True):
    """What came of a request, as far as it decides the form in which it is refused.

    Attributes:
        method: Its method; empty where it cannot be read.
        path: Its path, without the query; likewise.
        fields: Header fields, names in lower case (0..n).
    """

    method: str = ""
    path: str = ""
    fields: tuple[tuple[bytes, bytes], ...] = ()

    def field(self, name: bytes) -> str:
        """The first value of a header field; empty without one."""
        return next((value.decode("latin-1").strip() for one, value in self.fields if one == name), "")


#: How a door puts a fault: as the standard does whose address was asked, else as it is.
Form = Callable[[Fault, Asked], Fault]

_LINE: Final = re.compile(rb"([A-Z]{1,10}) ([\x21-\x3e\x40-\x7e]{1,16384})[ ?]")
_FIELD: Final = re.compile(rb"^([A-Za-z-]{1,40}):[ \t]*([\x20-\x7e]{0,200})\r?$", re.MULTILINE)


def asked_by(head: bytes) -> Asked:
    """What can be read of a head that may have been refused itself; nothing is done on the strength of it but choosing a form."""
    line, fields = _LINE.match(head), _FIELD.findall(head)
    method, path = (one.decode("ascii") for one in line.groups()) if line else ("", "")
    return Asked(method, path, tuple((name.lower(), value) for name, value in fields))


def as_it_is(fault: Fault, asked: Asked) -> Fault:
    """The form of a door that speaks for no standard."""
    return fault


def refused(refusal: RequestError) -> Fault:
    """The fault that tells a refusal."""
    return Fault(refusal.status, fault_json(refusal.code, refusal.message, refusal.hint), refusal.headers)


def fault_on_the_wire(fault: Fault, *, is_tls: bool = False) -> bytes:
    """A whole HTTP/1.1 answer for a request that never reached an application; the connection ends with it.

    Args:
        fault: What is told.
        is_tls: Whether it goes over TLS of ours.

    Source: RFC 9112 §9.6 (`Connection: close`).
    """
    lines = [
        f"HTTP/1.1 {fault.status} {HTTPStatus(fault.status).phrase}",
        f"content-type: {fault.media_type}",
        f"content-length: {len(fault.body)}",
        "cache-control: no-store",
        *(f"{name.decode()}: {value.decode()}" for name, value in (*DATA_HEADERS, *((HSTS,) if is_tls else ()))),
        *(f"{name.lower()}: {value}" for name, value in fault.headers),
        "connection: close",
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + fault.body
