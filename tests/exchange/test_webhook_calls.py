# SPDX-License-Identifier: Apache-2.0
"""Posting where somebody else says: never into the house, never for longer than its time, never after a redirect."""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_address
from pathlib import Path

import pytest

from cocket.errors import CocketError, PartnerError, SenderError
from cocket.exchange.webhook_calls import FORBIDDEN, MOST_KEPT, Answer, Reach, Resolver, WebhookCalls, check_url
from tests.simulators.certificates import make_certificate
from tests.simulators.webhook_receiver import Receiver, receiver

LOOPBACK = Reach(networks=("127.0.0.0/8",), is_plain_allowed=True)


def post(
    url: str, reach: Reach = LOOPBACK, *, resolve: Resolver | None = None, roots: str = "", seconds: float = 2.0
) -> Answer:
    async def once() -> Answer:
        calls = WebhookCalls(reach, roots, resolve, seconds)
        try:
            return await calls.post(url, {"webhook-id": "evt_1"}, b"{}")
        finally:
            await calls.close()

    return asyncio.run(once())


def at(made: Receiver, path: str = "/hook") -> str:
    return f"http://127.0.0.1:{made.port}{path}"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200",
        "168.63.129.16", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_reached_and_public_ones_are(address: str) -> None:
    assert not Reach().may(ip_address(address))
    assert Reach().may(ip_address("93.184.215.14")) and Reach().may(ip_address("2606:4700::1111"))


def test_a_network_that_is_listed_is_reached_and_no_other() -> None:
    reach = Reach(networks=("10.1.0.0/16", "fd12::/16"))
    assert reach.may(ip_address("10.1.2.3")) and reach.may(ip_address("::ffff:10.1.2.3"))
    assert reach.may(ip_address("fd12::1"))
    assert not reach.may(ip_address("10.2.0.1")) and not reach.may(ip_address("127.0.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https://user:word@example.org/", "https://example.org/#part",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://exa mple.org/", "https://example.org:99999/",
        "https://example.org/\r\nx", "javascript:alert(1)", "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(SenderError):
        check_url(url, Reach())


def test_an_address_that_may_be_called_is_kept_as_it_was_given() -> None:
    assert check_url(" https://example.org:8443/hooks?a=1 ", Reach()) == "https://example.org:8443/hooks?a=1"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"])
def test_no_way_of_writing_loopback_reaches_it(host: str) -> None:
    with receiver() as made:
        with pytest.raises(PartnerError) as caught:
            post(f"http://{host}:{made.port}/", Reach(is_plain_allowed=True))
        assert caught.value.code == FORBIDDEN
        assert made.connections == 0


def test_a_name_that_is_public_once_and_inside_a_moment_later_is_connected_to_where_it_was_checked() -> None:
    asked = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with receiver() as made:
        assert post(f"http://rebind.example:{made.port}/", resolve=rebinding).status == 204
        assert asked == ["rebind.example"]
        assert made.taken[0].headers["host"] == f"rebind.example:{made.port}"


def test_a_name_with_one_address_inside_is_not_called_at_all() -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]

    with receiver() as made, pytest.raises(PartnerError) as caught:
        post(f"http://both.example:{made.port}/", Reach(is_plain_allowed=True), resolve=both)
    assert caught.value.code == FORBIDDEN and made.connections == 0


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiver() as inside, receiver() as made:
        told = f"HTTP/1.1 307 x\r\nLocation: {at(inside)}\r\nContent-Length: 0\r\n\r\n".encode()
        made.behave = lambda request: told
        assert post(at(made)).status == 307
        assert inside.taken == []


@pytest.mark.parametrize("manner", ["hang", "slow-body", "reset"])
def test_who_hangs_breaks_off_or_never_ends_is_given_up_in_time(manner: str) -> None:
    with receiver(behave=lambda request: manner) as made:
        began = time.monotonic()
        with pytest.raises(PartnerError):
            post(at(made), seconds=1.0)
        assert time.monotonic() - began < 5


def test_of_an_endless_answer_a_few_hundred_characters_are_kept() -> None:
    with receiver(behave=lambda request: "huge-body") as made:
        answer = post(at(made))
    assert answer.status == 500 and 0 < len(answer.words) <= MOST_KEPT


def test_what_a_receiver_answers_is_shown_without_what_cannot_be_seen() -> None:
    body = "no\r\n\x1b[31mthanks\u202e".encode()
    told = b"HTTP/1.1 400 x\r\nRetry-After: 120\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with receiver(behave=lambda request: told) as made:
        answer = post(at(made))
    assert (answer.status, answer.wait_seconds) == (400, 120.0)
    assert answer.words.isprintable() and answer.words.startswith("no [31mthanks")


def test_only_a_certificate_that_holds_for_the_name_is_believed(tmp_path: Path) -> None:
    pair = make_certificate(tmp_path)

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with receiver(pair) as made:
        url = f"https://localhost:{made.port}/"
        assert post(url, resolve=here, roots=str(pair[0])).status == 204
        for name, roots in (("localhost", ""), ("other.example", str(pair[0]))):
            with pytest.raises(PartnerError, match="certificate"):
                post(f"https://{name}:{made.port}/", resolve=here, roots=roots)
        assert len(made.taken) == 1


def test_nobody_at_the_address_and_an_unknown_name_are_said_in_words() -> None:
    with receiver() as made:
        gone = at(made)
    with pytest.raises(CocketError, match="reached"):
        post(gone)

    async def unknown(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(CocketError, match="name"):
        post("http://nowhere.example/", resolve=unknown)
