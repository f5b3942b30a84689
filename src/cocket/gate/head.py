# SPDX-License-Identifier: Apache-2.0
"""The head of an HTTP/1.1 request, read strictly: whatever two readers could understand differently is refused.

Deviation: RFC 9112 lets a server mend some of this (bare LF §2.2, folded lines §5.2, lists of one length §6.3) or take
the absolute form (§3.2.2). We mend nothing, because smuggling lives on mending; and we are no proxy.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from cocket.gate.bounds import Bounds
from cocket.gate.refusal import RequestError

#: Methods that some resource of the house may know; which, the resource says.
_METHODS: Final = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"))
_ALLOWED: Final = (("Allow", "GET, HEAD, POST"),)

_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE: Final = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]+) HTTP/(\d)\.(\d)")
_FIELDS: Final = re.compile(rb"(?:" + _TOKEN + rb":[\t\x20-\x7e\x80-\xff]*\r\n)*")
#: No percent sign: no name in the house needs one, and encoded dots, slashes and controls all need it.
_PATH: Final = re.compile(rb"/|(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+/?")
_DOTS: Final = re.compile(rb"/\.\.?(?:[/;]|\Z)")
_QUERY: Final = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%(?!0|1|7[Ff])[0-9A-Fa-f]{2})*")
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
#: Fields that decide how a request is framed, routed or believed; each may stand once at most.
_DECISIVE: Final = re.compile(
    rb"^(host|content-length|transfer-encoding|content-type|content-encoding|expect|upgrade|authorization|cookie|"
    rb"origin|sec-fetch-site|cocket-sender|cocket-profile|client-cert):[ \t]*(.*?)[ \t]*\r$",
    re.IGNORECASE | re.MULTILINE,
)
_LENGTH: Final = re.compile(rb"\d{1,19}")
#: A part of a head that cannot become a good one, whatever follows: controls, a bare LF, a bare CR.
_HOPELESS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r[^\n]")


class Head(msgspec.Struct, frozen=True):
    """What the guard needs to know of a request.

    Attributes:
        length: Bytes of the body; 0 without one, None if it comes in chunks.
        awaits_continue: Whether the sender waits for `100 Continue` before it sends the body.
    """

    length: int | None
    awaits_continue: bool


def read_head(data: bytes, bounds: Bounds) -> Head:
    """Read a whole head and refuse all that is not plain and unambiguous.

    Args:
        data: The head with the empty line that ends it.
        bounds: Limits of this door.

    Returns:
        What frames the body.

    Raises:
        RequestError: It is malformed, too large, or asks for what no door here gives.

    Source: RFC 9112 §3, §5, §6; RFC 9110 §5.6.2, §7.2, §8.6, §10.1.1.
    """
    if len(data) > bounds.head_bytes:
        raise _head_too_large(bounds)
    line, _, fields = data[:-2].partition(b"\r\n")
    version = _check_line(line, bounds)
    if data.count(b"\r\n") - 2 > bounds.fields:
        raise RequestError(f"There are more than {bounds.fields} header fields.", status=431, code="too-many-fields")
    if not _FIELDS.fullmatch(fields):
        raise RequestError("A header field is malformed.", code="header-field")
    decisive: dict[bytes, bytes] = {}
    for name, value in _DECISIVE.findall(fields):
        key = name.lower()
        if key in decisive:
            raise RequestError(f"The header field {key.decode()} appears twice.", code="field-twice")
        decisive[key] = value
    _check_host(decisive, version)
    _check_coding(decisive, bounds)
    return Head(_length(decisive, version, bounds), _awaits_continue(decisive))


def check_begun(data: bytes, seen: int, bounds: Bounds) -> None:
    """Refuse the beginning of a head that cannot become a good one, instead of waiting for its end.

    Args:
        data: All of the head that has come.
        seen: How much of it was checked before (bytes).
        bounds: Limits of this door.

    Raises:
        RequestError: It is too long, or no HTTP/1.1.

    Source: RFC 9112 §2.2.
    """
    if _HOPELESS.search(data, max(0, seen - 1)):
        raise RequestError("This is not HTTP/1.1.", code="not-http")
    if len(data) > bounds.head_bytes:
        raise _head_too_large(bounds)


def _check_line(line: bytes, bounds: Bounds) -> bytes:
    """The minor version, once the request line is found good."""
    match = _REQUEST_LINE.fullmatch(line)
    if not match:
        raise RequestError("The request line is malformed.", code="request-line")
    method, target, major, minor = match.groups()
    if major != b"1" or minor not in b"01":
        raise RequestError("Only HTTP/1.1 is supported.", code="http-version")
    if method not in _METHODS:
        raise RequestError("No resource supports this method.", status=405, code="method", headers=_ALLOWED)
    if len(target) > bounds.target_bytes:
        raise RequestError("The request target is too long.", status=414, code="target-too-long")
    path, _, query = target.partition(b"?")
    if not _PATH.fullmatch(path) or _DOTS.search(path):
        raise RequestError(
            "The path is not one of ours.",
            code="path",
            hint="Paths start with a slash and contain no percent sign, empty step or dot step.",
        )
    if not _QUERY.fullmatch(query):
        raise RequestError("The query is malformed.", code="query", hint="Percent-encode it, without controls.")
    return minor


def _check_host(decisive: dict[bytes, bytes], version: bytes) -> None:
    host = decisive.get(b"host")
    if host is None and version == b"0":
        return
    if host is None or not _HOST.fullmatch(host):
        raise RequestError("Exactly one valid Host field is required.", code="host")


def _check_coding(decisive: dict[bytes, bytes], bounds: Bounds) -> None:
    if decisive.get(b"content-encoding", b"identity").lower() != b"identity":
        raise RequestError(
            "Compressed bodies are not accepted.", status=415, code="content-coding", hint="Send the body as it is."
        )
    kind = decisive.get(b"content-type", b"").lower()
    if kind.startswith(b"multipart/") and not (bounds.takes_files and kind.startswith(b"multipart/form-data;")):
        raise RequestError(
            "Multipart bodies are not accepted.",
            status=415,
            code="multipart",
            hint="Send the message itself as the body.",
        )
    if b"upgrade" in decisive:
        raise RequestError("No other protocol is supported.", code="upgrade")


def _length(decisive: dict[bytes, bytes], version: bytes, bounds: Bounds) -> int | None:
    stated, coding = decisive.get(b"content-length"), decisive.get(b"transfer-encoding")
    if coding is not None:
        if stated is not None or version == b"0" or coding.lower() != b"chunked":
            raise RequestError("The length of the body is ambiguous.", code="transfer-encoding")
        return None
    if stated is None:
        return 0
    if not _LENGTH.fullmatch(stated):
        raise RequestError("Content-Length is not a number.", code="content-length")
    length = int(stated)
    if length > bounds.body_bytes:
        raise too_large(bounds)
    return length


def _awaits_continue(decisive: dict[bytes, bytes]) -> bool:
    expectation = decisive.get(b"expect")
    if expectation is None:
        return False
    if expectation.lower() != b"100-continue":
        raise RequestError("This Expect header is not supported.", status=417, code="expect")
    return True


def _head_too_large(bounds: Bounds) -> RequestError:
    message = f"The head of the request is longer than {bounds.head_bytes} bytes."
    return RequestError(message, status=431, code="head-too-large")


def too_large(bounds: Bounds) -> RequestError:
    """The refusal of a body over the limit."""
    return RequestError(
        f"The body is longer than {bounds.body_bytes} bytes.", status=413, code="too-large", hint="Send less at once."
    )
