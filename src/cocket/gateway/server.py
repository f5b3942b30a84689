# SPDX-License-Identifier: Apache-2.0
"""The door of a gateway: the same `POST /v1/messages` as the house's, answered by the house or, while the line is down, from here."""

from __future__ import annotations

import asyncio
import re
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec

from cocket.errors import CocketError, StoreError
from cocket.exchange.gateway_calls import LONGEST_MESSAGE, not_accepted
from cocket.findings import Finding, describe
from cocket.gate import RequestError, fault_json, presented_key, unauthenticated
from cocket.gate.headers import Receive, Scope, Send
from cocket.gateway.forwarding import House
from cocket.gateway.spool import NewEntry, Spool, StoredEntry

_PATH: Final = "/v1/messages"
_PROVISIONAL: Final = re.compile(r"/v1/provisional/([1-9][0-9]{0,15})")
_FIELD: Final = re.compile(r"[\x20-\x7e]{0,200}")

#: What came of an entry → status, as the house would have answered.
_STATUS: Final = {"accepted": 202, "same": 202, "late": 202, "refused": 422, "conflict": 409, "held": 202}

#: Answers of the house that are about the message, and are given again while the line is down.
_KEPT: Final = frozenset((202, 400, 409, 422))

#: Days for which a key is good while the line is down, since the house accepted it last.
KEY_DAYS: Final = 7.0

Answered = tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]


class GatewayDoor:
    """The door as an ASGI application.

    Args:
        spool: The gateway's file.
        house: The house.
        key_days: Days for which a key is good while the line is down, since the house accepted it last.
    """

    def __init__(self, spool: Spool, house: House, key_days: float = KEY_DAYS) -> None:
        self._spool = spool
        self._house = house
        self._days = key_days
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        try:
            status, body, more = await self._answer(scope, receive)
        except RequestError as error:
            named = tuple((name.lower().encode(), value.encode()) for name, value in error.headers)
            status, body, more = error.status, fault_json(error.code, error.message, error.hint), named
        except StoreError as error:
            body = fault_json(error.code, error.message, "Send it again later; it was not accepted.")
            status, more = 503, ((b"retry-after", b"5"),)
        except CocketError as error:
            status, body, more = 503, fault_json(error.code, error.message, error.hint), ((b"retry-after", b"30"),)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answered:
        path, method = scope["path"], scope["method"]
        headers = dict(scope["headers"])
        if path in ("/healthz", "/readyz") and method in ("GET", "HEAD"):
            return await asyncio.to_thread(self._health, is_asked=path == "/readyz")
        if path == "/keys" and method in ("GET", "HEAD"):
            return 200, msgspec.json.encode({"gateway": self._spool.identity.vkey}), ()
        found = _PROVISIONAL.fullmatch(path)
        if found and method == "GET":
            return await asyncio.to_thread(self._standing_of, int(found[1]), _presented(headers))
        if path != _PATH:
            raise RequestError("A gateway has no such page.", status=404, code="not-found")
        if method != "POST":
            raise RequestError("Only POST.", status=405, code="method-not-allowed", headers=(("Allow", "POST"),))
        body = await _read(receive)
        return await self._take(headers, scope["query_string"], body)

    async def _take(self, headers: dict[bytes, bytes], query: bytes, body: bytes) -> Answered:
        presented = _presented(headers)
        sender, media = _field(headers, b"cocket-sender"), _field(headers, b"content-type")
        profile = _field(headers, b"cocket-profile")
        stopped = await asyncio.to_thread(self._spool.stopped)
        if stopped:
            raise RequestError(
                stopped,
                status=503,
                code="gateway-stopped",
                hint="Nothing was accepted here. While the line is up, send it to customs directly; else wait until the office has "
                "corrected this, or has another gateway.",
                headers=(("Retry-After", "600"),),
            )
        key = await asyncio.to_thread(self._spool.key_seen, presented, self._days)
        of = (key or "", sender, sha256(body).hexdigest())
        if key is not None:
            known = await asyncio.to_thread(self._spool.entry_of, *of)
            if known is not None:
                return _answer_of(known)
        if self._house.is_up and not await asyncio.to_thread(self._spool.has_waiting):
            passed = await self._pass_on(headers, query, body, presented)
            if passed is not None:
                return passed
            key = await asyncio.to_thread(self._spool.key_seen, presented, self._days)
        if key is None:
            raise RequestError(
                "The line to customs is down, and this gateway does not know the key yet; nothing was accepted.",
                status=503,
                code="key-not-known",
                hint=f"A key is good here once customs accepted it through this gateway within {self._days:g} days.",
                headers=(("Retry-After", "30"),),
            )
        earlier = await asyncio.to_thread(self._spool.answer_of, *of)
        if earlier is not None:
            return earlier[0], earlier[1], ()
        if len(body) > LONGEST_MESSAGE:
            raise RequestError(
                f"While the line is down a message has at most {LONGEST_MESSAGE} bytes.", status=413, code="too-large"
            )
        new = NewEntry(key=key, sender=sender, media=media, profile=profile, body=body)
        return _answer_of(await asyncio.wrap_future(self._spool.store(new)))

    async def _pass_on(self, headers: dict[bytes, bytes], query: bytes, body: bytes, presented: str) -> Answered | None:
        """The answer of the house; None where it gave none."""
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(35.0, connect=5.0))
        named = (
            b"authorization",
            b"content-type",
            b"cocket-sender",
            b"cocket-profile",
            b"cocket-purpose",
            b"cocket-case",
        )
        address = f"{self._house.address}{_PATH}" + (f"?{query.decode('latin-1')}" if query else "")
        try:
            answer = await self._client.post(
                address, content=body, headers=[(name, headers[name]) for name in named if name in headers]
            )
        except httpx.HTTPError:
            self._house.is_up = False
            return None
        status, content = answer.status_code, answer.content
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._house.is_up = False
            return None
        await asyncio.to_thread(self._keep, presented, _field(headers, b"cocket-sender"), body, (status, content))
        given = [(name, answer.headers.get(name)) for name in ("location", "retry-after")]
        more = tuple((name.encode(), value.encode("latin-1")) for name, value in given if value is not None)
        return status, content, more

    def _keep(self, presented: str, sender: str, body: bytes, answer: tuple[int, bytes]) -> None:
        """Keep what the house said of a key and of a message; where that cannot be kept the sender is answered all the same."""
        parts = presented.split("_")
        if len(parts) != 3 or parts[0] != "cocket":
            return  # a token: it is no key, and is not good while the line is down
        status, content = answer
        try:
            if status == HTTPStatus.UNAUTHORIZED:
                self._spool.note_key(presented, None)
            elif status in _KEPT:
                self._spool.note_key(presented, parts[1])
                of = (parts[1], sender, sha256(body).hexdigest())
                self._spool.keep_answer(of, status, _without_lane(content))
        except StoreError:
            return

    def _health(self, *, is_asked: bool) -> Answered:
        if not is_asked:
            return 200, b'"ok"', ()
        standing = self._spool.standing()
        body = {"line": "up" if self._house.is_up else "down", **msgspec.to_builtins(standing)}
        return 503 if standing.stopped else 200, msgspec.json.encode(body), ()

    def _standing_of(self, sequence: int, presented: str) -> Answered:
        key = self._spool.key_seen(presented, self._days)
        known = self._spool.entry_at(sequence, key) if key is not None else None
        if known is None:
            raise RequestError("Not found, or this key may not see it.", status=404, code="not-found")
        _, body, more = _answer_of(known)
        return 200, body, more


def _answer_of(known: StoredEntry) -> Answered:
    sequence = known.receipt.entry.sequence
    where = ((b"location", f"/v1/provisional/{sequence}".encode()),)
    made = known.outcome
    provisional = msgspec.to_builtins(known.receipt)
    body: dict[str, Any]
    if made is not None and made.outcome == "held":
        told = not_accepted(made.reason)
        held = Finding(code="gateway-held", severity="error", message=told)
        provisional["says"] = told
        body = {"id": "", "outcome": "held", "sequence": sequence, "reason": made.reason, "says": told}
        body |= {"findings": [describe(held)], "provisional": provisional}
        return _STATUS["held"], msgspec.json.encode(body), where
    if made is None:
        body = {
            "outcome": "provisional",
            "sequence": sequence,
            "provisional": provisional,
            "findings": [],
        }
        return 202, msgspec.json.encode(body), where
    body = {"id": made.message, "outcome": made.outcome, "sequence": sequence, "findings": made.findings}
    if made.receipt is not None:
        body["receipt"] = made.receipt
    if made.reason:
        body["reason"] = made.reason
    if made.held_by:
        body["held_by"] = [{"agency": agency, "law": law} for agency, law in made.held_by]
    return _STATUS[made.outcome], msgspec.json.encode({**body, "provisional": provisional}), where


def _without_lane(content: bytes) -> bytes:
    """An answer without the lane, which is told to whoever may know it, at the moment when he asks."""
    try:
        answer = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return content
    if isinstance(answer, dict) and answer.pop("lane", None) is not None:
        return msgspec.json.encode(answer)
    return content


def _presented(headers: dict[bytes, bytes]) -> str:
    presented = presented_key(headers.get(b"authorization"))
    if presented is None:
        raise unauthenticated()
    return presented


def _field(headers: dict[bytes, bytes], name: bytes) -> str:
    value = headers.get(name, b"").decode("latin-1")
    if not _FIELD.fullmatch(value):
        raise RequestError(
            f"The header field {name.decode()} is not plain text of at most 200 characters.", code="header"
        )
    return value


async def _read(receive: Receive) -> bytes:
    pieces = []
    has_more = True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            raise RequestError("The client closed the connection.", code="gone")
        pieces.append(message.get("body", b""))
        has_more = message.get("more_body", False)
    return b"".join(pieces)
