# SPDX-License-Identifier: Apache-2.0
"""Posting to an address that somebody else named: only to where it may lead, and for a bounded time.

A server that posts wherever it is told can be made to reach into the network it stands in. So the name is resolved once, every
address that it has is checked, and the connection goes to a checked address, never to what the name says a moment later; no redirect
is followed; the answer is waited for only so long, and no more of it is read than its first lines.

Source: Standard Webhooks 1.0.0, operational considerations; OWASP, server-side request forgery; IANA registries of special-purpose
IPv4 and IPv6 addresses.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
import msgspec

from cocket.errors import PartnerError, SenderError, SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Finds the addresses of a host: (host, port) → addresses as text (0..n).
Resolver = Callable[[str, int], Awaitable[list[str]]]

#: Code of an attempt that never reached anybody because of where the address leads.
FORBIDDEN: Final = "webhook-address"
_AWAY: Final = "webhook-unreachable"

#: Time for a connection, and for the whole attempt, answer and all (seconds).
CONNECT_SECONDS: Final = 5.0
ATTEMPT_SECONDS: Final = 15.0

#: Of an answer no more is read (bytes), and no more is kept (characters).
_MOST_READ: Final = 4096
MOST_KEPT: Final = 200

#: Longest address that is taken (characters).
LONGEST_URL: Final = 500

#: Networks that are public by their registries, and yet inside: what a cloud answers its machines on; relays of 6to4 and Teredo, and
#: prefixes that carry IPv4 addresses through to where nobody checked them.
_INSIDE: Final[tuple[Network, ...]] = tuple(
    ip_network(one)
    for one in ("168.63.129.16/32", "192.88.99.0/24", "2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48")
)

_DNS: Final = ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook-dns")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver answered.

    Attributes:
        status: Status of HTTP.
        words: The beginning of its body, on one line (0..200 characters).
        wait_seconds: How long it asks to be left alone; None where it does not.
    """

    status: int
    words: str = ""
    wait_seconds: float | None = None


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls may lead.

    Attributes:
        networks: Networks inside the house that they may reach (0..n); every other address has to be public.
        is_plain_allowed: Whether they may go without TLS.
    """

    networks: tuple[str, ...] = ()
    is_plain_allowed: bool = False

    def may(self, address: Address) -> bool:
        """Whether a call may be connected to an address."""
        told = _bare(address)
        allowed = [ip_network(one, strict=False) for one in self.networks]
        if any(told.version == one.version and told in one for one in allowed):
            return True
        is_inside = any(told.version == one.version and told in one for one in _INSIDE)
        return told.is_global and not told.is_multicast and not told.is_reserved and not is_inside


def check_url(url: str, reach: Reach) -> str:
    """An address as it may be kept.

    Raises:
        SenderError: It is none that may be called; whether its name leads somewhere is seen at each call.
    """
    text = url.strip()
    try:
        at = urlsplit(text)
        port = at.port
    except ValueError as error:
        raise SenderError("The address is not a URL.", code="webhook-url") from error
    if len(text) > LONGEST_URL or not text.isascii() or not text.isprintable() or re.search(r"[\s\\]", text):
        raise SenderError("The address is too long, or has characters that a URL has not.", code="webhook-url")
    if at.scheme != "https" and not (at.scheme == "http" and reach.is_plain_allowed):
        raise SenderError("The address must start with https://.", code="webhook-url", found=at.scheme or None)
    if not at.hostname or at.username is not None or at.password is not None or at.fragment:
        raise SenderError("The address needs a host, and no user, password or fragment.", code="webhook-url")
    if port == 0:
        raise SenderError("The address is not a URL.", code="webhook-url")
    literal = _literal(at.hostname)
    if literal is not None and not reach.may(literal):
        raise SenderError("The address leads to a network that is not open to webhooks.", code=FORBIDDEN)
    return text


class WebhookCalls:
    """Posts to receivers; belongs to one event loop.

    Args:
        reach: Where calls may lead.
        roots: PEM file of the roots that certificates are judged by; empty for those of the system.
        resolve: Finds addresses; None for the resolver of the system.
        seconds: Time for a whole attempt (seconds).

    Raises:
        SettingsError: The roots cannot be read.
    """

    def __init__(
        self, reach: Reach, roots: str = "", resolve: Resolver | None = None, seconds: float = ATTEMPT_SECONDS
    ) -> None:
        try:
            context = ssl.create_default_context(cafile=roots or None)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(f"The roots for webhooks cannot be read: {roots}.") from error
        self._reach, self._seconds = reach, seconds
        backend = _CheckedAddresses(reach, resolve or _resolve)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=200,
            max_keepalive_connections=50,
            keepalive_expiry=20.0,
            network_backend=backend,
        )

    async def post(self, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        """Post once.

        Raises:
            PartnerError: Nobody answered in time, or the address leads where no call may go (code `webhook-address`).
        """
        return await self._called("POST", url, headers, content)

    async def head(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask once for the head of what is at an address.

        Raises:
            PartnerError: As for `post`.
        """
        return await self._called("HEAD", url, headers, None)

    async def _called(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._call(method, url, headers, content)
        except TimeoutError as error:
            raise PartnerError(f"No answer within {self._seconds:g} seconds.", code=_AWAY) from error
        except ssl.SSLError as error:
            raise PartnerError("The certificate of the receiver does not hold.", code=_AWAY) from error
        except (httpcore.TimeoutException, httpcore.ConnectError) as error:
            told = str(error)
            if "CERTIFICATE" in told or "certificate" in told:
                raise PartnerError("The certificate of the receiver does not hold.", code=_AWAY) from error
            raise PartnerError("The receiver cannot be reached.", code=_AWAY) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            raise PartnerError("The receiver broke off before it answered.", code=_AWAY) from error

    async def _call(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        told: list[tuple[str, str]] = [("host", urlsplit(url).netloc)]
        told += [("content-length", str(len(content)))] if content is not None else []
        told += [("user-agent", "cocket"), *headers.items()]
        limits = {"connect": CONNECT_SECONDS, "read": self._seconds, "write": self._seconds, "pool": self._seconds}
        async with self._pool.stream(
            method, url, headers=told, content=content, extensions={"timeout": limits}
        ) as answer:
            begun = bytearray()
            async for chunk in answer.aiter_stream():
                begun += chunk
                if len(begun) >= _MOST_READ:
                    break
            fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Answer(
                status=answer.status, words=_shown(bytes(begun)), wait_seconds=_wait(fields.get("retry-after"))
            )

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _CheckedAddresses(httpcore.AsyncNetworkBackend):
    """Connects to a checked address of a host; TLS is still for the name."""

    def __init__(self, reach: Reach, resolve: Resolver) -> None:
        self._reach, self._resolve = reach, resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers, once all of them are checked."""
        literal = _literal(host)
        try:
            told = [str(literal)] if literal is not None else await asyncio.wait_for(self._resolve(host, port), timeout)
        except (OSError, UnicodeError) as error:
            raise PartnerError("The name of the receiver is not known.", code=_AWAY) from error
        addresses = [ip_address(one.partition("%")[0]) for one in dict.fromkeys(told)]
        if not addresses:
            raise PartnerError("The name of the receiver is not known.", code=_AWAY)
        if not all(self._reach.may(one) for one in addresses):
            raise PartnerError("The address leads to a network that is not open to webhooks.", code=FORBIDDEN)
        last: Exception | None = None
        for one in addresses[:4]:
            try:
                return await self._inner.connect_tcp(
                    str(one), port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError("no address answers")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refused: nothing outside is reached by a socket of this machine."""
        raise PartnerError("The address leads to a network that is not open to webhooks.", code=FORBIDDEN)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)


async def _resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the resolver of the system, in a thread of its own."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_DNS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return [str(one[4][0]) for one in found]


def _bare(address: Address) -> Address:
    """An IPv4 address that is written as IPv6, as it is."""
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if mapped is not None else address


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _shown(body: bytes) -> str:
    text = "".join(one if one.isprintable() else " " for one in body.decode("utf-8", "replace"))
    return " ".join(text.split())[:MOST_KEPT]


def _wait(told: str | None) -> float | None:
    """Seconds of `Retry-After`; None where it is absent or says nothing sensible."""
    if told is None:
        return None
    if re.fullmatch(r"\d{1,9}", told.strip()):
        return float(told.strip())
    try:
        when = parsedate_to_datetime(told)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
