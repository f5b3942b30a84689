# SPDX-License-Identifier: Apache-2.0
"""Calls to another administration's server: signed, over TLS with a certificate of ours where one is set, answers checked.

An answer that its administration did not sign says nothing but that something stands in the way: it is tried again, and nothing
of it is believed.
"""

from __future__ import annotations

import socket
import ssl
import time
from ipaddress import ip_address
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from cocket import __version__
from cocket.errors import PartnerError, ProofError, SettingsError
from cocket.exchange.signed_http import (
    RECEIPTS,
    HouseKey,
    SignedAnswer,
    SignedRequest,
    joined,
    read_receipts,
    sign_request,
    verify_answer,
    write_receipts,
)

#: Time for a connection, and for the whole answer (seconds); largest answer (bytes).
CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 120.0
MOST_BYTES: Final = 64 * 1024 * 1024

#: A line that was cut is noticed by TCP after so long (seconds): what was sent is not acknowledged, or nobody is there any more.
_CUT_SECONDS: Final = 20

#: By which TCP is asked for that; a system that does not have one goes without.
_LIVENESS: Final = (
    ("SO_KEEPALIVE", socket.SOL_SOCKET, 1),
    ("TCP_KEEPIDLE", socket.IPPROTO_TCP, _CUT_SECONDS // 2),
    ("TCP_KEEPINTVL", socket.IPPROTO_TCP, 2),
    ("TCP_KEEPCNT", socket.IPPROTO_TCP, 5),
    ("TCP_USER_TIMEOUT", socket.IPPROTO_TCP, 1000 * _CUT_SECONDS),
)

_AWAY: Final = "partner-unreachable"


class SignedReply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that its administration signed: status, body, and the receipts that came with it (0..n)."""

    status: int
    body: bytes
    receipts: tuple[bytes, ...]


class HouseClient:
    """Calls to one server.

    Args:
        url: Its address.
        key: By which we sign.
        keys: By which it signs, in base64 (1..n).
        roots: PEM file of the roots that its certificate is judged by; empty for those of the system.
        certificate: PEM files of a certificate of ours and of its key; empty for none.

    Raises:
        SettingsError: A file cannot be used.
    """

    def __init__(
        self, url: str, key: HouseKey, keys: tuple[str, ...], roots: str = "", certificate: tuple[str, str] = ("", "")
    ) -> None:
        self._url, self._key, self._keys = url.rstrip("/"), key, keys
        try:
            context = ssl.create_default_context(cafile=roots or None)
            if certificate[0]:
                context.load_cert_chain(*certificate)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(f"The certificates for partners cannot be used: {error}.") from error
        limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        asked = [(level, getattr(socket, name), value) for name, level, value in _LIVENESS if hasattr(socket, name)]
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(verify=context, trust_env=False, socket_options=asked),
            timeout=limits,
            trust_env=False,
            headers={"User-Agent": f"cocket/{__version__}"},
        )

    def __enter__(self) -> HouseClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def post(self, path: str, body: bytes, receipts: tuple[bytes, ...] = ()) -> SignedReply:
        """Send once.

        Args:
            path: From the address of the server on.
            body: JSON.
            receipts: Receipts that go along.

        Raises:
            PartnerError: Nobody answered, or the answer is not one of that administration to this very request.
        """
        request = sign_request(self._key, self._url + path, body, write_receipts(receipts))
        ends = time.monotonic() + ANSWER_SECONDS
        try:
            with self._client.stream("POST", request.url, content=body, headers=request.headers) as answer:
                content = bytearray()
                for piece in answer.iter_bytes():
                    content += piece
                    if len(content) > MOST_BYTES:
                        raise PartnerError("The partner's answer is too long.", code=_AWAY)
                    if time.monotonic() > ends:
                        raise PartnerError("The partner's answer takes too long.", code=_AWAY)
                status, headers = answer.status_code, joined(answer.headers.raw)
        except httpx.InvalidURL as error:
            raise PartnerError(f"{self._url} is not an address.", code=_AWAY) from error
        except httpx.HTTPError as error:
            raise PartnerError(
                f"The partner's server does not answer: {error or type(error).__name__}.", code=_AWAY
            ) from error
        return self._checked(request, status, headers, bytes(content))

    def _checked(self, request: SignedRequest, status: int, headers: dict[str, str], body: bytes) -> SignedReply:
        if "signature" not in headers:
            raise PartnerError(f"The partner's server answered {status}, unsigned: {_words(body)}", code=_AWAY)
        lowered = SignedRequest(request.method, request.url, {k.lower(): v for k, v in request.headers.items()})
        try:
            verify_answer(SignedAnswer(status, lowered, headers), body, self._keys)
        except ProofError as error:
            raise PartnerError(
                f"The partner's answer is not believed. {error.message}", code="partner-answer"
            ) from error
        return SignedReply(status=status, body=body, receipts=read_receipts(headers.get(RECEIPTS, "")))


def check_partner_url(url: str, *, is_plain_allowed: bool) -> None:
    """See that a server may be called as its address says.

    Raises:
        SettingsError: It would be called without TLS, beyond this machine.
    """
    at = urlsplit(url)
    if at.scheme == "https" or is_plain_allowed or _is_loopback(at.hostname or ""):
        return
    raise SettingsError(
        f"{url} would be called without TLS.",
        code="plain-http",
        hint="Name an address with https:// in the agreement. COCKET_ALLOW_PLAIN_HTTP=true allows calling without TLS.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Error(msgspec.Struct):
    message: str


class _Unsigned(msgspec.Struct):
    error: _Error


def _words(body: bytes) -> str:
    """What an unsigned answer says: the words of an error in our form, else its beginning."""
    try:
        said = msgspec.json.decode(body, type=_Unsigned).error.message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = body[:400].decode("utf-8", "replace")
    text = "".join(one if one.isprintable() else " " for one in said[:400])
    return " ".join(text.split())[:400] or "nothing"
