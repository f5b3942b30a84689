# SPDX-License-Identifier: Apache-2.0
"""Asking a source over HTTP: only where it may lead, for a bounded time, and for a bounded answer.

Addresses are judged as those of webhooks are (`webhook_calls`): the name is resolved once, every address of it is checked, and the
connection goes to a checked one. No redirect is followed and no proxy of the environment used. What fails for a moment (no
connection, 429, 502–504) is tried again after a pause; a request that changes something at the source is sent once.

Source: OWASP, server-side request forgery; RFC 9110 §9.2.2 (idempotent methods), §10.2.3 (Retry-After).
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
import msgspec

from cocket.errors import PartnerError, SettingsError
from cocket.exchange.webhook_calls import Reach

#: Codes of what goes wrong.
FORBIDDEN: Final = "source-address"
UNREACHABLE: Final = "source-unreachable"
TOO_MUCH: Final = "source-too-much"
REFUSED: Final = "source-refused"

#: Finds the addresses of a host: (host, port) → addresses as text (0..n).
Resolver = Callable[[str, int], list[str]]

#: Answers after which the same is asked again.
_AGAIN: Final = frozenset({429, 502, 503, 504})
_PAUSES: Final = (0.5, 2.0)
_LONGEST_PAUSE: Final = 10.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long one question may take, its repetitions included (seconds), and how much may come (bytes)."""

    seconds: float = 30.0
    most_bytes: int = 32 << 20


class SourceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a source answered: status, header fields (names in lower case), and the whole body."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in lower case; empty where none is stated."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class SourceClient:
    """Asks one source; not for several threads at once.

    Args:
        base_url: Address below which everything that is asked lies, such as `https://gate.example/v1`.
        reach: Where calls may lead.
        headers: Header fields of every request, such as `authorization`.
        roots: PEM file of the roots that its certificate is judged by; empty for those of the system.
        certificate: PEM file of our certificate with its key, for mutual TLS; empty for none.
        limits: Most time and bytes.
        resolve: Finds addresses; None for the resolver of the system.
        pause: Waits between two attempts; None for the clock.

    Raises:
        PartnerError: The address is none that may be called.
        SettingsError: A file of certificates cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        reach: Reach,
        headers: Mapping[str, str] | None = None,
        *,
        roots: str = "",
        certificate: str = "",
        limits: Limits | None = None,
        resolve: Resolver | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._origin = urlsplit(self.base_url)
        if self._origin.scheme != "https" and not (self._origin.scheme == "http" and reach.is_plain_allowed):
            raise PartnerError("The address of the source must start with https://.", code=FORBIDDEN)
        try:
            context = ssl.create_default_context(cafile=roots or None)
            if certificate:
                context.load_cert_chain(certificate)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"Certificates for the source cannot be read: {certificate or roots}.", hint="They are PEM files."
            ) from error
        self._limits, self._headers = limits or Limits(), dict(headers or {})
        self._pause = pause or time.sleep
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=4, network_backend=_CheckedAddresses(reach, resolve or _resolve)
        )

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> SourceAnswer:
        """Ask for something; tried again where it fails for a moment.

        Args:
            path: Below the base address, with its query; or an address as the source gave it, which must lie on the same host.
            headers: Further header fields.

        Raises:
            PartnerError: It was not answered, or not as far as it could be read; `code` says why.
        """
        return self._ask("GET", path, headers, b"", attempts=1 + len(_PAUSES))

    def send(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str], *, is_repeatable: bool = False
    ) -> SourceAnswer:
        """Send something; once, unless `is_repeatable` says that to send it again changes nothing.

        Raises:
            PartnerError: As for `get`.
        """
        return self._ask(method, path, headers, content, attempts=1 + len(_PAUSES) if is_repeatable else 1)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def __enter__(self) -> SourceClient:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self.close()

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None, content: bytes, *, attempts: int
    ) -> SourceAnswer:
        url, until = self._url(path), time.monotonic() + self._limits.seconds
        for attempt in range(attempts):
            is_last = attempt == attempts - 1
            pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
            try:
                answer = self._once((method, url), headers or {}, content, until)
            except PartnerError as error:
                if is_last or error.code != UNREACHABLE or time.monotonic() + pause > until:
                    raise
            else:
                if answer.status not in _AGAIN or is_last:
                    return answer
                pause = _wait(answer, pause)
                if time.monotonic() + pause > until:
                    return answer
            self._pause(pause)
        raise AssertionError  # every way out is above

    def _url(self, path: str) -> str:
        url = path if "://" in path else f"{self.base_url}/{path.lstrip('/')}"
        at = urlsplit(url)
        if (at.scheme, at.netloc) != (self._origin.scheme, self._origin.netloc):
            raise PartnerError("The source names an address of another host; it was not called.", code=FORBIDDEN)
        if not url.isascii() or not url.isprintable() or " " in url:
            raise PartnerError("The source names an address that is not a URL.", code=FORBIDDEN)
        return url

    def _once(self, what: tuple[str, str], headers: Mapping[str, str], content: bytes, until: float) -> SourceAnswer:
        method, url = what
        given = {"user-agent": "cocket", **self._headers, **{name.lower(): one for name, one in headers.items()}}
        told = [("host", urlsplit(url).netloc), *given.items()]
        if content or method != "GET":
            told.append(("content-length", str(len(content))))
        left = max(0.1, until - time.monotonic())
        timeouts = {"connect": min(5.0, left), "read": left, "write": left, "pool": left}
        with (
            _said(),
            self._pool.stream(method, url, headers=told, content=content, extensions={"timeout": timeouts}) as answer,
        ):
            body = bytearray()
            for chunk in answer.iter_stream():
                body += chunk
                if len(body) > self._limits.most_bytes:
                    raise PartnerError(
                        f"The source sends more than {self._limits.most_bytes} bytes.", code=TOO_MUCH, found=url[:200]
                    )
                if time.monotonic() > until:
                    raise PartnerError(
                        f"The source did not answer within {self._limits.seconds:g} seconds.", code=UNREACHABLE
                    )
            fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return SourceAnswer(status=answer.status, headers=fields, content=bytes(body))


def must_answer(answer: SourceAnswer, *good: int) -> SourceAnswer:
    """An answer with one of these statuses.

    Raises:
        PartnerError: It has another; what the source says of it is not repeated beyond its status.
    """
    if answer.status not in good:
        raise PartnerError(f"The source answered {answer.status}.", code=REFUSED, found=str(answer.status))
    return answer


@contextmanager
def _said() -> Iterator[None]:
    """Failures of the network in words."""
    try:
        yield
    except ssl.SSLError as error:
        raise PartnerError("The certificate of the source does not hold.", code=UNREACHABLE) from error
    except (httpcore.TimeoutException, httpcore.NetworkError) as error:
        told = str(error).lower()
        if "certificate" in told or "ssl" in told:
            raise PartnerError("The certificate of the source does not hold.", code=UNREACHABLE) from error
        raise PartnerError("The source cannot be reached.", code=UNREACHABLE) from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
        raise PartnerError("The source broke off before it had answered.", code=UNREACHABLE) from error


class _CheckedAddresses(httpcore.NetworkBackend):
    """Connects to a checked address of a host; TLS is still for the name."""

    def __init__(self, reach: Reach, resolve: Resolver) -> None:
        self._reach, self._resolve = reach, resolve
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers, once all of them are checked."""
        try:
            addresses = [ip_address(one.partition("%")[0]) for one in dict.fromkeys(self._resolve(host, port))]
        except (OSError, UnicodeError, ValueError) as error:
            raise PartnerError("The name of the source is not known.", code=UNREACHABLE) from error
        if not addresses:
            raise PartnerError("The name of the source is not known.", code=UNREACHABLE)
        if not all(self._reach.may(one) for one in addresses):
            raise PartnerError("The address of the source leads to a network that is not open to it.", code=FORBIDDEN)
        last: Exception | None = None
        for one in addresses[:4]:
            try:
                return self._inner.connect_tcp(
                    str(one), port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError("no address answers")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refused: nothing outside is reached by a socket of this machine."""
        raise PartnerError("The address of the source leads to a network that is not open to it.", code=FORBIDDEN)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._inner.sleep(seconds)


def _resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the resolver of the system; a literal is its own."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)]


def _wait(answer: SourceAnswer, usual: float) -> float:
    """How long to wait: what the source asks for in seconds, within bounds, else the usual pause."""
    told = answer.headers.get("retry-after", "").strip()
    return min(float(told), _LONGEST_PAUSE) if told.isdigit() and len(told) < 6 else usual
