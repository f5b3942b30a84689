# SPDX-License-Identifier: Apache-2.0
"""Who is asking when a proxy stands before the door: believed only from proxies that the settings name.

A client can write any `X-Forwarded-For` it likes; each proxy adds on the right who spoke to it. So the chain is read from
the right, as far as trusted proxies wrote it. Source: RFC 7239 §5, §7.4, §8.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

import msgspec

from cocket.gate.client_certificates import SHOWN, is_passed_on, not_believed, passed_on
from cocket.gate.headers import HSTS, Application, Message, Receive, Scope, Send
from cocket.gate.refusal import Asked, Fault, Form, RequestError, as_it_is, refused
from cocket.settings import Settings

_PAIR: Final = re.compile(r"\s*(for|by|proto|host)=(?:\"([^\"]*)\"|([^\s\";,]+))\s*", re.IGNORECASE)
_PORT: Final = re.compile(r":\d{1,5}\Z")
_MOST_HOPS: Final = 20
_HTTPS: Final = "https"


class Hop(msgspec.Struct, frozen=True):
    """What one proxy says of whoever spoke to it.

    Attributes:
        address: From which address; None if it does not say.
        scheme: In which scheme, `http` or `https`; None if it does not say.
    """

    address: str | None
    scheme: str | None


class Proxies:
    """The proxies that are trusted.

    Args:
        networks: Their addresses (0..n).
        header: `x-forwarded-for` or `forwarded`: the field in which they speak. The other is a client's to write.
        pass_certificates: Whether they pass on the certificates that clients show them.
    """

    def __init__(
        self,
        networks: Iterable[IPv4Network | IPv6Network] = (),
        header: str = "x-forwarded-for",
        *,
        pass_certificates: bool = False,
    ) -> None:
        self._networks = tuple(networks)
        self._header = header
        self._pass_certificates = pass_certificates

    def __bool__(self) -> bool:
        return bool(self._networks)

    def trusts(self, address: str) -> bool:
        """Whether an address is a trusted proxy's."""
        if not self._networks:
            return False
        found = plain_address(address)
        return found is not None and any(ip_address(found) in network for network in self._networks)

    def certificates(
        self, peer: str, shown: tuple[bytes, ...], headers: Sequence[tuple[bytes, bytes]]
    ) -> tuple[bytes, ...]:
        """The certificates of whoever asks, in DER, his own first (0..n); one that a proxy shows of itself is not his.

        Args:
            peer: Address at the other end of the connection.
            shown: Certificates that the connection showed.
            headers: Header fields, names in lower case.

        Raises:
            RequestError: They are passed on by somebody who is not trusted with it, or are malformed.
        """
        is_believed = self._pass_certificates and self.trusts(peer)
        if is_passed_on(headers) and not is_believed:
            raise not_believed()
        if is_believed:
            return passed_on(headers)
        return () if self.trusts(peer) else shown

    def origin(self, peer: str, scheme: str, headers: Sequence[tuple[bytes, bytes]]) -> tuple[str, str]:
        """Who asked, and in which scheme.

        Args:
            peer: Address at the other end of the connection.
            scheme: Scheme of the connection.
            headers: Header fields, names in lower case.

        Returns:
            Address and scheme, as the last trusted proxy has them; of the connection itself if its peer is none.
        """
        address = peer
        if not self._networks or not self.trusts(peer):
            return address, scheme
        for hop in reversed(self._hops(headers)[-_MOST_HOPS:]):
            if not self.trusts(address):
                break
            found = plain_address(hop.address or "")
            if found is None:
                break
            address, scheme = found, hop.scheme or scheme
        return address, scheme

    def _hops(self, headers: Sequence[tuple[bytes, bytes]]) -> list[Hop]:
        if self._header == "forwarded":
            return [_hop(element) for element in _list(headers, b"forwarded")]
        addresses, schemes = _list(headers, b"x-forwarded-for"), _list(headers, b"x-forwarded-proto")
        if len(schemes) != len(addresses):  # of one proxy of several: what the nearest one says
            schemes = schemes[-1:] * len(addresses) if schemes else [""] * len(addresses)
        return [Hop(address, _scheme(scheme)) for address, scheme in zip(addresses, schemes, strict=True)]


def proxies_of(settings: Settings) -> Proxies:
    """The proxies that the settings trust."""
    words = settings.trusted_proxies.replace(",", " ").split()
    networks = [ip_network(word, strict=False) for word in words]
    return Proxies(networks, settings.proxy_header, pass_certificates=settings.proxy_client_certificates)


def plain_address(text: str) -> str | None:
    """An address without brackets, port and mapping; None if it is none.

    Source: RFC 7239 §6.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = _PORT.sub("", text)
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def behind(proxies: Proxies, app: Application, form: Form = as_it_is) -> Application:
    """An application that sees who really asked, and whose answers over TLS ask the browser to stay with TLS.

    Args:
        proxies: Those that are trusted.
        app: ASGI application.
        form: How what reaches no application is refused.
    """

    async def seen(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer = (scope.get("client") or ("", 0))[0]
            state = scope.setdefault("state", {})
            try:
                state[SHOWN] = proxies.certificates(peer, state.get(SHOWN, ()), scope["headers"])
            except RequestError as refusal:
                asked = Asked(scope["method"], scope["path"], tuple(scope["headers"]))
                await _send_fault(send, form(refused(refusal), asked))
                return
            address, scheme = proxies.origin(peer, scope["scheme"], scope["headers"])
            scope["client"], scope["scheme"] = (address, 0), scheme

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["scheme"] == _HTTPS:
                message["headers"] = [*message.get("headers", ()), HSTS]
            await send(message)

        await app(scope, receive, marked)

    return seen


async def _send_fault(send: Send, fault: Fault) -> None:
    headers = [
        (b"content-type", fault.media_type.encode("ascii")),
        (b"content-length", str(len(fault.body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        *((name.lower().encode("ascii"), value.encode("ascii")) for name, value in fault.headers),
    ]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": fault.body})


def _list(headers: Sequence[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    """The elements of a field that is a list, over all lines of it."""
    joined = b",".join(value for name, value in headers if name == wanted).decode("latin-1")
    return [part.strip() for part in joined.split(",") if part.strip()]


def _hop(element: str) -> Hop:
    found = {}
    for pair in element.split(";"):
        match = _PAIR.fullmatch(pair)
        if match:
            found[match[1].lower()] = match[2] if match[2] is not None else match[3]
    return Hop(found.get("for"), _scheme(found.get("proto", "")))


def _scheme(text: str) -> str | None:
    return text.lower() if text.lower() in ("http", _HTTPS) else None
