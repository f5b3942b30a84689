# SPDX-License-Identifier: Apache-2.0
"""The HTTP door put together: who is asking, is it too much, which route, and what if it fails."""

from __future__ import annotations

import asyncio
import contextlib
import socket as sockets
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

from starlette.concurrency import run_in_threadpool

from cocket.api.admin import build_admin
from cocket.api.dcsa import is_callback
from cocket.api.errors import fault_of, plain_fault
from cocket.api.exchange import SIGNED, admitted
from cocket.api.intake import PATH, Intake
from cocket.api.measures import house_metrics
from cocket.api.otlp import Pusher
from cocket.api.rest import build_rest
from cocket.api.token_body import TOKEN_PATH, client_of, read_ahead
from cocket.errors import CocketError
from cocket.gate import (
    DATA_HEADERS,
    SHOWN,
    Asked,
    Buckets,
    Counting,
    Door,
    Fault,
    Flight,
    Form,
    Meter,
    Rate,
    behind,
    bounds_of,
    presented_client,
    presented_key,
    proxies_of,
    serve,
    start_log,
    tls_of,
    unauthenticated,
    with_headers,
)
from cocket.gate.headers import Application, Message, Receive, Scope, Send
from cocket.governance import stating
from cocket.pipeline.governance.sign_in_limits import network_of

if TYPE_CHECKING:
    from cocket.governance import Principal
    from cocket.pipeline import Instance
    from cocket.settings import Settings

_PROTECTED: Final = "/v1/"
_BURST_SECONDS: Final = 2
_IN_FLIGHT_OF_A_KEY: Final = 1024
#: Bodies held at once, as a multiple of the largest one.
_ROOM_FOR: Final = 12
_MOST_KEYS_KNOWN: Final = 10_000
#: How long a key that was good is taken to be still good, on top of the house's own memory.
_KEY_SECONDS: Final = 2.0

#: Headers by which a request states for what it asks, and in which case.
_PURPOSE: Final = b"cocket-purpose"
_CASE: Final = b"cocket-case"


class Api:
    """The HTTP door as an ASGI application.

    Args:
        house: The pipeline.
        meter: Counts requests.
    """

    def __init__(self, house: Instance, meter: Meter) -> None:
        settings = house.settings
        flight = Flight(_IN_FLIGHT_OF_A_KEY, _ROOM_FOR * settings.max_message_bytes)
        self.rest = build_rest(house, flight)
        self.form: Form = self.rest.state.form
        self._messages = house.intake.messages
        self._exchange, self._flight = house.partners.exchange, flight
        self._callbacks = house.partners.event_callbacks
        self._refusals = house.governance.refusals
        self._meter = meter
        self._intake = Intake(house.intake.messages, flight)
        self._quota = _buckets(settings.requests_per_second)
        self._strangers = _buckets(settings.requests_per_second_per_address)
        self._known: dict[bytes, tuple[float, Principal]] = {}
        self._asked: dict[bytes, asyncio.Future[Principal | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        told = _Told(send)
        is_lodging = scope["path"] == PATH
        try:
            is_signed, is_called = scope["path"].startswith(SIGNED), is_callback(scope)
            if not is_signed and not is_called and scope["path"].startswith(_PROTECTED):
                known, receive = await self._admit(scope, receive)
                scope["state"]["principal"] = _stating(known, scope)
            answering = (
                self._signed if is_signed else self._called if is_called else self._lodge if is_lodging else self.rest
            )
            await answering(scope, receive, told)
        except Exception as error:  # noqa: BLE001 - the last door: no error may pass it unsaid
            who = scope["state"].get("principal") if isinstance(error, CocketError) else None
            if who is not None:
                await run_in_threadpool(
                    self._refusals.note_refusal, who.id, scope["method"], scope["path"], cast(CocketError, error)
                )
            if not told.status:
                asked = Asked(scope["method"], scope["path"], tuple(scope["headers"]))
                await _send_fault(told, self.form(fault_of(error), asked))
        self._meter.answered(PATH if is_lodging else _route(scope), told.status)

    async def _signed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a partner administration, which has no key: it signs each request.

        Raises:
            RequestError: The signature does not hold (401), or its address sends too much without one that does (429).
        """
        address = network_of(scope["client"][0] if scope.get("client") else "")
        with self._flight.request(f"partner {address}") as cargo:
            try:
                who, body = await admitted(self._exchange, scope, receive, cargo)
            except CocketError:
                self._strangers.take(address)
                raise
            self._quota.take(f"partner {who.key}")
            scope["state"]["signed"] = who, body
            await self.rest(scope, receive, send)

    async def _called(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a carrier that calls an address of ours, which it has no key for: its notifications are signed.

        Raises:
            NotFoundError: There is no such address.
            RequestError: Its network asks for addresses too often that are not there (429).
        """
        address = network_of(scope["client"][0] if scope.get("client") else "")
        try:
            called = await run_in_threadpool(self._callbacks.called, scope["path"].rpartition("/")[2])
        except CocketError:
            self._strangers.take(address)
            raise
        self._quota.take(f"callback {called.callback.id}")
        scope["state"]["called"], scope["state"]["principal"] = called, called.principal
        await self.rest(scope, receive, send)

    async def _lodge(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _send_fault(send, plain_fault(405, (("Allow", "POST"),)))
            return
        started = time.perf_counter()
        status, body, message_id = await self._intake.take(scope, receive, scope["state"]["principal"])
        await _send_json(send, status, body, ((b"location", f"{PATH}/{message_id}".encode("ascii")),))
        self._meter.taken_in(time.perf_counter() - started)

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[Principal, Receive]:
        """Whose key it is, if it is good and not over its quota; and how the body is received from then on.

        Raises:
            RequestError: It is not (401), or it is (429), or its address sends too much without a good one (429).
        """
        field = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        presented = presented_key(field)
        if presented is None and scope["path"] == TOKEN_PATH:
            presented = presented_client(field)
        shown = scope["state"].get(SHOWN, ())
        principal = None
        if presented:
            principal = await self._principal(presented, shown)
        elif field is None and shown and scope["path"] == TOKEN_PATH and scope["method"] == "POST":
            body, receive = await read_ahead(receive)
            if (name := client_of(body)) is not None:
                principal = await run_in_threadpool(self._messages.principal_of_certificate, name, shown)
        if principal is None:
            self._strangers.take(network_of(scope["client"][0] if scope.get("client") else ""))
            raise unauthenticated()
        self._quota.take(principal.id)
        scope["state"]["presented"] = presented or ""
        return principal, receive

    async def _principal(self, presented: str, shown: tuple[bytes, ...]) -> Principal | None:
        """Look a key up: from memory if it was good a moment ago, else beside the loop, where the house may wait."""
        digest = sha256(b"\0".join((presented.encode(), *shown))).digest()
        at, principal = self._known.get(digest, (-_KEY_SECONDS, None))
        if time.monotonic() - at < _KEY_SECONDS:
            return principal
        asked = self._asked.get(digest)
        if asked is None:  # one asks for all who came meanwhile: 64 connections of one key are one look
            asked = self._asked[digest] = asyncio.ensure_future(
                run_in_threadpool(self._messages.principal_of_key, presented, shown)
            )
            asked.add_done_callback(partial(self._answered, digest))
        return await asyncio.shield(asked)

    def _answered(self, digest: bytes, asked: asyncio.Future[Principal | None]) -> None:
        del self._asked[digest]
        if asked.cancelled() or asked.exception() is not None or (principal := asked.result()) is None:
            return
        if len(self._known) >= _MOST_KEYS_KNOWN:
            self._known.clear()
        self._known[digest] = (time.monotonic(), principal)


def _stating(principal: Principal, scope: Scope) -> Principal:
    """Who asks, for the purpose and in the case that the request states.

    Raises:
        SenderError: There is no such purpose (422).
    """
    given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in (_PURPOSE, _CASE)}
    return stating(principal, given.get(_PURPOSE, "").strip(), given.get(_CASE, "")) if given else principal


class _Told:
    """Passes an answer on and remembers its status; 0 until one is sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def build_app(house: Instance, meter: Meter | None = None) -> Application:
    """The HTTP door of a house, to be served by `cocket.gate.serve`."""
    return _door_app(Api(house, meter or Meter()), house.settings)


def run(
    house: Instance,
    socket: sockets.socket,
    admin_socket: sockets.socket | None = None,
    *,
    started: Callable[[], None] | None = None,
    counting: Counting | None = None,
) -> None:
    """Serve the HTTP door, and beside it metrics and API documents, until SIGTERM.

    Args:
        house: The pipeline.
        socket: Where callers connect, from `cocket.gate.listen`.
        admin_socket: Where the operator looks, on loopback only; None leaves it out.
        started: Called once requests are taken.
        counting: What this process counts with; None where it is the only one.
    """
    start_log()
    counts = counting or Counting(Meter())
    api = Api(house, counts.meter)
    settings = house.settings
    doors = [
        Door(
            _door_app(api, settings),
            socket,
            bounds_of(settings),
            tls_of(settings, asks_clients=True),
            proxies_of(settings),
            api.form,
        )
    ]
    with contextlib.ExitStack() as stack:
        if admin_socket is not None:
            doors.append(
                Door(
                    build_admin(api.rest, lambda: counts.text(house_metrics(house.operations.health.health()))),
                    admin_socket,
                    bounds_of(house.settings, body_bytes=0),
                )
            )
            if settings.otlp_endpoint:
                pusher = Pusher(
                    settings.otlp_endpoint,
                    settings.log_origin,
                    lambda: [*counts.metrics(), *house_metrics(house.operations.health.health())],
                )
                stack.callback(pusher.close)
        serve(*doors, started=started)


def _door_app(api: Api, settings: Settings) -> Application:
    return behind(proxies_of(settings), with_headers(api, DATA_HEADERS), api.form)


def _buckets(per_second: float) -> Buckets:
    return Buckets(Rate(per_second, max(1.0, _BURST_SECONDS * per_second)), time.monotonic)


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "none")


async def _send_fault(send: Send, fault: Fault) -> None:
    extra = tuple((name.lower().encode("ascii"), value.encode("ascii")) for name, value in fault.headers)
    await _send_json(send, fault.status, fault.body, extra, fault.media_type)


async def _send_json(
    send: Send, status: int, body: bytes, extra: tuple[tuple[bytes, bytes], ...], kind: str = "application/json"
) -> None:
    headers = [(b"content-type", kind.encode("ascii")), (b"content-length", str(len(body)).encode("ascii")), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
