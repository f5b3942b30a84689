# SPDX-License-Identifier: Apache-2.0
"""`POST /v1/messages`: a message of any standard in, its answer out. The hot path: raw ASGI, nothing built twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import msgspec

from cocket.findings import describe
from cocket.gate import Cargo, Flight, RequestError
from cocket.gate.headers import Receive, Scope
from cocket.model import Envelope
from cocket.pipeline.intake.messages import Answer

if TYPE_CHECKING:
    from cocket.governance import Principal
    from cocket.pipeline.intake.machine_access import MachineAccess

PATH: Final = "/v1/messages"
LONGEST_WAIT: Final = 10.0

#: Outcome → HTTP status.
STATUS: Final = {"accepted": 202, "refused": 422, "conflict": 409}
_UNREADABLE: Final = 400
_encode = msgspec.json.Encoder().encode

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE: Final = re.compile(rf'({_TOKEN}/{_TOKEN})((?:[ \t]*;[ \t]*{_TOKEN}=(?:{_TOKEN}|"[^"\\]*"))*)')
_CHARSET: Final = re.compile(rf';[ \t]*charset="?({_TOKEN})"?', re.IGNORECASE)
#: Media types of messages: XML, JSON, EDIFACT, bytes of any standard, and what certificates are sent as.
TAKEN: Final = (
    "application/xml",
    "text/xml",
    "application/octet-stream",
    "text/plain",
    "text/csv",
    "application/json",
    "application/ld+json",
    "application/edifact",
    "application/vc",
    "application/vp",
    "application/dc+sd-jwt",
)
_TAKEN: Final = frozenset(TAKEN)
_DECLARED: Final = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_SAME: Final = {"utf8": "utf-8", "utf-16le": "utf-16", "utf-16be": "utf-16", "latin1": "iso-8859-1"}
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16"), (b"\xff\xfe", "utf-16"))


class Intake:
    """Takes messages in for the house.

    Args:
        messages: What takes messages.
        flight: What is in flight in this process.
    """

    def __init__(self, messages: MachineAccess, flight: Flight) -> None:
        self._messages = messages
        self._flight = flight

    async def take(self, scope: Scope, receive: Receive, principal: Principal) -> tuple[int, bytes, str]:
        """Take one message in.

        Args:
            scope: ASGI scope of a POST.
            receive: ASGI receive.
            principal: Whose key it came with.

        Returns:
            Status, JSON body, and our id of the message.

        Raises:
            CocketError: It could not be taken; nothing was acknowledged.
        """
        headers = dict(scope["headers"])
        wait = asked_wait(scope["query_string"])
        with self._flight.request(principal.id) as cargo:
            envelope = await read_envelope(headers, receive, principal, cargo)
            answer = await self._messages.take(envelope, principal=principal, wait_for_lane=wait)
        return _status(answer), answer_json(answer), answer.id


async def read_envelope(headers: dict[bytes, bytes], receive: Receive, principal: Principal, cargo: Cargo) -> Envelope:
    """Read a message with what its head says about it.

    Args:
        headers: Header fields, names in lower case.
        receive: ASGI receive.
        principal: Whose key it came with.
        cargo: Counts the bytes in.

    Raises:
        RequestError: The type, the sender or the encoding does not fit.
    """
    stated = headers.get(b"content-type", b"").decode("latin-1")
    charset = _check_type(stated)
    sender = _sender(principal, headers.get(b"cocket-sender"))
    content = await read_body(receive, cargo)
    if charset:
        _check_charset(charset, content)
    profile = headers.get(b"cocket-profile")
    return Envelope(
        sender=sender,
        actor=principal.id,
        door="api",
        content=content,
        received=datetime.now(UTC),
        content_type=stated or None,
        profile=profile.decode("latin-1") if profile else None,
    )


async def read_body(receive: Receive, cargo: Cargo, most: int | None = None) -> bytes:
    """Read a whole body.

    Args:
        receive: ASGI receive.
        cargo: Counts the bytes in.
        most: Largest body taken (bytes); None leaves it to the gate.

    Raises:
        RequestError: It is too large, there is no room for it now, or its sender went away.
    """
    pieces = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestError("The client closed the connection.", code="gone")
        piece = message.get("body", b"")
        cargo.add(len(piece))
        if most is not None and cargo.size > most:
            raise RequestError(f"The body is longer than {most} bytes.", status=413, code="too-large")
        pieces.append(piece)
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def asked_wait(query: bytes) -> float:
    """How long the caller wants to wait for the lane (seconds, 0 to 10).

    Raises:
        RequestError: It is no such number.
    """
    if not query:
        return 0.0
    text = dict(parse_qsl(query.decode("ascii"))).get("wait", "0")
    try:
        wait = float(text)
    except ValueError:
        wait = -1.0
    if not 0 <= wait <= LONGEST_WAIT:
        raise RequestError(f"wait must be between 0 and {LONGEST_WAIT:g} seconds.", code="wait")
    return wait


def answer_json(answer: Answer) -> bytes:
    """The answer as it goes over the wire: id, outcome, findings, receipt, and the lane if it is told."""
    body = {
        "id": answer.id,
        "outcome": answer.outcome,
        "findings": [describe(finding) for finding in answer.findings],
        "receipt": answer.receipt,
    }
    if answer.lane is not None:
        body["lane"] = answer.lane
    return _encode(body)


def _status(answer: Answer) -> int:
    """422 for a message that was read and refused; 400 if its reader never got as far as a standard."""
    return _UNREADABLE if answer.is_unreadable else STATUS[answer.outcome]


def _sender(principal: Principal, asked: bytes | None) -> str:
    if asked is None:
        if len(principal.senders) == 1:
            return principal.senders[0]
        raise RequestError(
            "This key may send for several senders, or for none.",
            code="sender-missing",
            hint="Name one in the header field Cocket-Sender.",
        )
    sender = asked.decode("latin-1")
    if sender not in principal.senders:
        raise RequestError("This key may not send for that sender.", status=403, code="sender-not-granted")
    return sender


def _check_type(stated: str) -> str | None:
    """The stated charset in lower case; None if none is stated."""
    if not stated or stated in _TAKEN:
        return None
    match = _MEDIA_TYPE.fullmatch(stated)
    if not match or match[1].lower() not in _TAKEN:
        raise RequestError(
            "This content type is not supported.",
            status=415,
            code="media-type",
            hint=f"Send one of {', '.join(TAKEN)}.",
        )
    charsets = {name.lower() for name in _CHARSET.findall(match[2])}
    if len(charsets) > 1:
        raise RequestError("More than one charset is given.", status=415, code="charset")
    return charsets.pop() if charsets else None


def _check_charset(stated: str, content: bytes) -> None:
    """A charset stated beside the message must be the one that the message states itself.

    Source: RFC 7303 §3, which lets the outer one win; a message that says two things is not evidence of either.
    """
    if _SAME.get(stated, stated) != _own_charset(content):
        raise RequestError(
            "The charset parameter does not match the message.",
            status=415,
            code="charset",
            hint="Leave the charset parameter out; the message declares its own encoding.",
        )


def _own_charset(content: bytes) -> str:
    """The encoding a message states: by its mark, else its XML declaration, else UTF-8.

    Source: XML 1.0 (5th edition) §4.3.3, appendix F.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    declared = _DECLARED.match(content[:200])
    return declared[1].decode("ascii").lower() if declared else "utf-8"
