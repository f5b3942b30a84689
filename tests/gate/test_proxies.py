# SPDX-License-Identifier: Apache-2.0
"""Who asked, as trusted proxies have it and nobody else."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import Any

import pytest

from cocket.errors import SettingsError
from cocket.gate import Proxies, behind, proxies_of
from cocket.settings import Settings, read_settings

OURS = Proxies([ip_network("10.0.0.5"), ip_network("10.1.0.0/24"), ip_network("::1")])
RFC7239 = Proxies([ip_network("10.0.0.5"), ip_network("10.1.0.0/24")], "forwarded")


def fields(**given: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]


@pytest.mark.parametrize(
    ("peer", "given", "expected"),
    [
        ("10.0.0.5", {}, ("10.0.0.5", "http")),
        ("10.0.0.5", {"x_forwarded_for": "198.51.100.4"}, ("198.51.100.4", "http")),
        ("10.0.0.5", {"x_forwarded_for": "198.51.100.4", "x_forwarded_proto": "https"}, ("198.51.100.4", "https")),
        ("10.0.0.5", {"x_forwarded_for": "203.0.113.1, 198.51.100.4"}, ("198.51.100.4", "http")),
        ("10.0.0.5", {"x_forwarded_for": "203.0.113.1, 198.51.100.4, 10.1.0.7"}, ("198.51.100.4", "http")),
        ("10.0.0.5", {"x_forwarded_for": "198.51.100.4:5123"}, ("198.51.100.4", "http")),
        ("10.0.0.5", {"x_forwarded_for": "[2001:db8::1]:443"}, ("2001:db8::1", "http")),
        ("10.0.0.5", {"x_forwarded_for": "198.51.100.4, unknown"}, ("10.0.0.5", "http")),
        ("10.0.0.5", {"x_forwarded_for": "x" * 5000}, ("10.0.0.5", "http")),
        ("10.0.0.5", {"x_forwarded_proto": "https"}, ("10.0.0.5", "http")),
        ("10.0.0.5", {"x_forwarded_for": "a", "x_forwarded_proto": "gopher"}, ("10.0.0.5", "http")),
        ("10.0.0.5", {"forwarded": "for=203.0.113.1;proto=https"}, ("10.0.0.5", "http")),
        ("::ffff:10.0.0.5", {"x_forwarded_for": "198.51.100.4"}, ("198.51.100.4", "http")),
        ("10.0.0.6", {"x_forwarded_for": "203.0.113.1", "x_forwarded_proto": "https"}, ("10.0.0.6", "http")),
        ("", {"x_forwarded_for": "203.0.113.1"}, ("", "http")),
    ],
)
def test_the_chain_is_read_from_the_right_as_far_as_trusted_proxies_wrote_it(
    peer: str, given: dict[str, str], expected: tuple[str, str]
) -> None:
    assert OURS.origin(peer, "http", fields(**given)) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("for=198.51.100.4;proto=https;by=10.0.0.5", ("198.51.100.4", "https")),
        ('for=203.0.113.1, For="[2001:db8::1]:99"; Proto=HTTPS', ("2001:db8::1", "https")),
        ("for=203.0.113.1;proto=https, for=198.51.100.4", ("198.51.100.4", "http")),
        ("for=203.0.113.1, for=198.51.100.4;proto=https, for=10.1.0.3;proto=http", ("198.51.100.4", "https")),
        ("for=_hidden", ("10.0.0.5", "http")),
        ('for="', ("10.0.0.5", "http")),
    ],
)
def test_the_standard_field_is_read_alike(given: str, expected: tuple[str, str]) -> None:
    headers = [*fields(forwarded=given), (b"x-forwarded-for", b"203.0.113.9")]
    assert RFC7239.origin("10.0.0.5", "http", headers) == expected


def test_several_lines_of_a_field_are_one_list() -> None:
    headers = [(b"x-forwarded-for", b"203.0.113.1"), (b"x-forwarded-for", b"198.51.100.4")]
    assert OURS.origin("10.0.0.5", "http", headers)[0] == "198.51.100.4"


def asked(proxies: Proxies, peer: str, **given: str) -> tuple[str, str, dict[bytes, bytes]]:
    """Address and scheme as the application sees them, and the header fields of its answer."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend((scope["client"][0], scope["scheme"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        seen.append(dict(message["headers"]))

    scope = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": fields(**given)}
    asyncio.run(behind(proxies, app)(scope, None, send))  # type: ignore[arg-type]
    return seen[0], seen[1], seen[2]


def test_an_answer_over_tls_asks_the_browser_to_stay_with_it_and_no_other_does() -> None:
    wanted = b"strict-transport-security"
    assert wanted in asked(OURS, "10.0.0.5", x_forwarded_for="198.51.100.4", x_forwarded_proto="https")[2]
    assert wanted not in asked(OURS, "10.0.0.5", x_forwarded_for="198.51.100.4")[2]
    assert wanted not in asked(OURS, "198.51.100.4", x_forwarded_for="1.2.3.4", x_forwarded_proto="https")[2]


def test_settings_name_proxies_by_address_or_network_and_nothing_else() -> None:
    proxies = proxies_of(Settings(trusted_proxies="10.0.0.5, 10.1.0.0/24 2001:db8::/32"))
    assert all(proxies.trusts(one) for one in ("10.0.0.5", "10.1.0.200", "2001:db8::9"))
    assert not any(proxies.trusts(one) for one in ("10.0.0.6", "10.2.0.1", "", "proxy", "2001:db9::1"))
    with pytest.raises(SettingsError) as caught:
        read_settings({"COCKET_TRUSTED_PROXIES": "proxy.example 10.0.0.0/99", "COCKET_PROXY_HEADER": "via"})
    assert len(caught.value.problems) == 3
