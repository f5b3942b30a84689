# SPDX-License-Identifier: Apache-2.0
"""`POST /v1/device-messages`: messages of a device in one request, answered 202 once all are durable.

An ASGI application behind the guard of `gate`. The device authenticates by its name and key (HTTP Basic); what it
sends is bound to its topic as on the other doors. Source: RFC 7617 for Basic, RFC 9110 for the answers.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from typing import Any, Final

import msgspec

from cocket.errors import CocketError, StoreError
from cocket.gate import Cargo, Flight, RequestError, fault_json
from cocket.gate.headers import Receive, Scope, Send
from cocket.ingress.bounds import DeviceBounds
from cocket.ingress.intake import Intake
from cocket.pipeline.tracking.device_register import Admission, DeviceRegister

PATH: Final = "/v1/device-messages"

#: Largest body, and how much of all bodies is held at once (bytes).
BODY_BYTES: Final = 1024 * 1024
_ALL_BYTES: Final = 32 * BODY_BYTES

_AT_ONCE: Final = 4
_MOST_MESSAGES: Final = 10_000
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_LINES: Final = frozenset(("application/x-ndjson", "application/jsonl"))
_ONE: Final = frozenset(("application/octet-stream", "application/cbor", "application/cose"))


class _Answer:
    """A request that waits for its messages; its receiver at the intake."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def kept(self, tokens: list[Any]) -> None:
        """Some of them are durable."""
        self._left -= len(tokens)
        if not self._left and not self.done.done():
            self.done.set_result(None)

    def has_room(self) -> None:
        """A request does not wait for room; it is told to come again."""


class DeviceRequests:
    """The application.

    Args:
        intake: Keeps the messages.
        register: Knows the devices.
        bounds: Limits.
    """

    def __init__(self, intake: Intake, register: DeviceRegister, bounds: DeviceBounds) -> None:
        self._intake = intake
        self._register = register
        self._bounds = bounds
        self._flight = Flight(_AT_ONCE, _ALL_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
        try:
            status, body = 202, await self._take(scope, receive)
        except RequestError as error:
            status, body = error.status, fault_json(error.code, error.message, error.hint)
            headers += [(name.lower().encode(), value.encode()) for name, value in error.headers]
        except CocketError as error:
            status = 503 if isinstance(error, StoreError) else 400
            body = fault_json(error.code, error.message, error.hint)
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _take(self, scope: Scope, receive: Receive) -> bytes:
        if scope["path"] != PATH:
            raise RequestError("Not found.", status=404, code="not-found")
        if scope["method"] != "POST":
            raise RequestError("Only POST is supported.", status=405, code="method", headers=(("Allow", "POST"),))
        headers = dict(scope["headers"])
        admission = await self._admission(headers.get(b"authorization"))
        with self._flight.request(admission.source.device) as cargo:
            payloads = split_body(headers.get(b"content-type", b""), await _body(receive, cargo))
            await self._keep(admission, payloads)
        return json.dumps({"kept": len(payloads)}).encode()

    async def _admission(self, authorization: bytes | None) -> Admission:
        device, key = basic(authorization)
        admission = await asyncio.to_thread(self._register.by_key, device, key)
        if admission is None:
            raise _unknown()
        return admission

    async def _keep(self, admission: Admission, payloads: list[bytes]) -> None:
        """Have all of it kept.

        Raises:
            RequestError: A message is too large, or the device too fast.
            StoreError: It is not durable in time. It may become so: sending it again is right.
        """
        if any(len(payload) > self._bounds.payload_bytes for payload in payloads):
            raise RequestError(
                f"A message is longer than {self._bounds.payload_bytes} bytes.", status=413, code="too-large"
            )
        device, answer = admission.source.device, _Answer(len(payloads))
        if self._intake.is_full(answer):
            self._intake.leave(answer)
            raise RequestError(
                "Too many messages are waiting.", status=503, code="overloaded", headers=(("Retry-After", "1"),)
            )
        now = asyncio.get_running_loop().time()
        if wait := self._intake.pace.due(device, now):
            raise RequestError(
                "This device sends too many messages.",
                status=429,
                code="over-quota",
                headers=(("Retry-After", str(max(1, round(wait)))),),
            )
        for payload in payloads:
            self._intake.put(admission.source, payload, answer, 0)
            self._intake.pace.take(device, now)
        try:
            await asyncio.wait_for(answer.done, self._bounds.answer_seconds)
        except TimeoutError as error:
            raise StoreError("The message could not be stored in time.", hint="Send it again.") from error


def basic(authorization: bytes | None) -> tuple[str, str]:
    """Name and key of a device, as `Authorization: Basic …` has them.

    Raises:
        RequestError: There are none (401).
    """
    scheme, _, encoded = (authorization or b"").partition(b" ")
    try:
        name, colon, key = base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _unknown() from error
    if scheme.lower() != b"basic" or not colon:
        raise _unknown()
    return name, key


def split_body(content_type: bytes, body: bytes) -> list[bytes]:
    """The messages of a body (1..n), byte for byte as they stand in it.

    Args:
        content_type: `application/x-ndjson` for a message a line, `application/json` for an array of messages or one,
            `application/octet-stream` or `application/cbor` for one.
        body: The body.

    Raises:
        RequestError: The type is none of these (415), or there is no message, or too many.
    """
    kind = content_type.partition(b";")[0].strip().lower().decode("latin-1")
    if kind in _LINES:
        payloads = [line.strip(b"\r") for line in body.split(b"\n") if line.strip()]
    elif kind == "application/json":
        payloads = _array(body) if body.lstrip()[:1] == b"[" else [body]
    elif kind in _ONE:
        payloads = [body]
    else:
        raise RequestError(
            "This content type is not supported.",
            status=415,
            code="media-type",
            hint="Send application/x-ndjson, application/json, application/cbor or application/octet-stream.",
        )
    if not payloads or not body:
        raise RequestError("There is no message.", status=400, code="empty")
    if len(payloads) > _MOST_MESSAGES:
        raise RequestError(f"{len(payloads)} messages are too many for one request.", status=413, code="too-many")
    return payloads


def _array(body: bytes) -> list[bytes]:
    try:
        return [bytes(one) for one in _ARRAY.decode(body)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise RequestError("This is not a JSON array.", status=400, code="unreadable") from error


async def _body(receive: Receive, cargo: Cargo) -> bytes:
    pieces, more = [], True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestError("The client closed the connection.", code="gone")
        pieces.append(message.get("body", b""))
        cargo.add(len(pieces[-1]))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _unknown() -> RequestError:
    return RequestError(
        "A device's name and key are required.",
        status=401,
        code="unauthenticated",
        headers=(("WWW-Authenticate", 'Basic realm="cocket devices"'),),
    )
