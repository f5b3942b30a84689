# SPDX-License-Identifier: Apache-2.0
"""Who somebody is, by a provider of ours over HTTP: what holds is believed, and each fault of it is found out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

pytest.importorskip("joserfc", reason="joserfc is not installed (cocket[server])")

from cocket.errors import PartnerError, ProofError
from cocket.exchange.openid import (
    BUSY,
    DECLINED,
    STALE,
    UNPROVEN,
    UNREACHABLE,
    WEAK,
    Attempt,
    Client,
    Identity,
    OpenIdProvider,
    is_safe,
)
from tests.simulators.provider import CLIENT, SECRET, Fault, Person, Provider, open_provider

BACK = "http://127.0.0.1:1/sign-in/provider/answer"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with open_provider({"amina": Person("s-1", {"name": "Amina N.", "groups": ["red"]})}) as provider:
        yield provider


def asked(provider: Provider, **more: Any) -> OpenIdProvider:
    values = {"client_id": CLIENT, "secret": lambda: SECRET, "redirect_uri": BACK, **more}
    return OpenIdProvider(Client(issuer=provider.issuer, **values))


def answer(address: str, **more: str) -> dict[str, str]:
    """What the browser brings back after the person has signed in."""
    sent = httpx.get(
        address, params={**{k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}, "login": "amina"}
    )
    assert sent.headers["location"].startswith(BACK)
    return {**{k: v[0] for k, v in parse_qs(urlsplit(sent.headers["location"]).query).items()}, **more}


def identified(provider: Provider, asking: OpenIdProvider | None = None) -> Identity:
    asking, attempt = asking or asked(provider), Attempt.begin()
    return asking.identify(attempt, answer(asking.address(attempt)))


def refusal(provider: Provider, asking: OpenIdProvider | None = None) -> tuple[str, str | None]:
    with pytest.raises((ProofError, PartnerError)) as caught:
        identified(provider, asking)
    assert SECRET not in f"{caught.value!r} {caught.value}"
    return caught.value.code, caught.value.found


def test_a_person_is_known_by_issuer_and_subject(provider: Provider) -> None:
    found = identified(provider)
    assert (found.issuer, found.subject, found.claims["groups"]) == (provider.issuer, "s-1", ["red"])


def test_the_code_is_asked_for_with_state_nonce_and_the_hash_of_a_verifier_that_is_not_sent(provider: Provider) -> None:
    attempt = Attempt.begin()
    address = asked(provider, acr=("gold", "silver"), max_age=900).address(attempt)
    query = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
    assert query["code_challenge_method"] == "S256"
    assert (query["response_type"], query["client_id"], query["redirect_uri"]) == ("code", CLIENT, BACK)
    assert (query["acr_values"], query["max_age"]) == ("gold silver", "900")
    secret_parts = {attempt.secret, attempt.verifier, SECRET}
    assert not any(part in address for part in secret_parts)
    assert len({attempt.state, attempt.nonce, attempt.verifier, attempt.challenge, attempt.secret}) == 5
    assert Attempt.begin().state != attempt.state


@pytest.mark.parametrize(
    ("fault", "code", "found"),
    [
        ("iss", UNPROVEN, "iss"),
        ("aud", UNPROVEN, "aud"),
        ("azp", UNPROVEN, "azp"),
        ("nonce", UNPROVEN, "nonce"),
        ("no nonce", UNPROVEN, "nonce"),
        ("at_hash", UNPROVEN, "at_hash"),
        ("alg none", UNPROVEN, "alg"),
        ("hs256", UNPROVEN, "alg"),
        ("other key", UNPROVEN, "signature"),
        ("key of the token", UNPROVEN, "signature"),
        ("unknown kid", UNPROVEN, "kid"),
        ("weak key", UNPROVEN, "kid"),
        ("expired", UNPROVEN, "exp"),
        ("old", UNPROVEN, "iat"),
        ("early", UNPROVEN, "iat"),
        ("no sub", UNPROVEN, "sub"),
        ("long sub", UNPROVEN, "sub"),
        ("no iss", UNPROVEN, "iss of the answer"),
        ("wrong iss", UNPROVEN, "iss of the answer"),
        ("no tokens", UNPROVEN, "tokens"),
        ("not json", UNPROVEN, "description"),
        ("other issuer", UNPROVEN, "issuer"),
        ("plain endpoint", UNPROVEN, "endpoint"),
        ("no S256", UNPROVEN, "code_challenge_methods_supported"),
        ("declined", DECLINED, "access_denied"),
        ("broken", UNREACHABLE, "500"),
        ("redirect", UNREACHABLE, "302"),
        ("huge", UNREACHABLE, None),
    ],
)
def test_each_fault_of_a_provider_is_found_out(provider: Provider, fault: Fault, code: str, found: str | None) -> None:
    provider.fault = fault
    assert refusal(provider) == (code, found)
    provider.fault = ""
    if fault != "weak key":
        assert identified(provider).subject == "s-1"


def test_no_redirect_of_the_provider_is_followed(provider: Provider) -> None:
    provider.fault = "redirect"
    refusal(provider)
    assert "/elsewhere" not in provider.asked


def test_a_key_that_is_new_is_asked_for_once_and_one_that_is_gone_counts_no_more(provider: Provider) -> None:
    asking, before = asked(provider), provider.key
    identified(provider, asking)
    identified(provider, asking)
    assert provider.asked.count("/keys") == 1
    provider.rotate()
    identified(provider, asking)
    assert provider.asked.count("/keys") == 2
    provider.key, after = before, provider.key
    keys = {"keys": [after.as_dict(private=False)]}
    provider.keys = lambda: keys  # type: ignore[method-assign]
    assert refusal(provider, asking) == (UNPROVEN, "kid")


def test_a_code_counts_once(provider: Provider) -> None:
    asking, attempt = asked(provider), Attempt.begin()
    brought = answer(asking.address(attempt))
    asking.identify(attempt, brought)
    with pytest.raises(ProofError) as caught:
        asking.identify(attempt, brought)
    assert (caught.value.code, caught.value.found) == (UNPROVEN, "code")


def test_a_code_that_another_browser_began_is_not_even_redeemed(provider: Provider) -> None:
    asking = asked(provider)
    brought = answer(asking.address(Attempt.begin()))
    for state in (brought["state"], "", "é"):
        with pytest.raises(ProofError) as caught:
            asking.identify(Attempt.begin(), {**brought, "state": state})
        assert caught.value.code == STALE
    assert provider.redeemed == []


def test_the_provider_refuses_a_code_with_another_verifier(provider: Provider) -> None:
    asking, stolen, own = asked(provider), Attempt.begin(), Attempt.begin()
    brought = answer(asking.address(stolen))
    with pytest.raises(ProofError) as caught:  # who stole a code puts his own state to it
        asking.identify(own, {**brought, "state": own.state})
    assert (caught.value.code, caught.value.found) == (UNPROVEN, "code")
    assert provider.redeemed[-1]["code_verifier"] == own.verifier


def test_a_wrong_secret_is_told_as_such_and_a_client_without_one_sends_none(provider: Provider) -> None:
    assert refusal(provider, asked(provider, secret=lambda: "wrong")) == (UNPROVEN, "code")
    provider.has_secret = False
    assert identified(provider, asked(provider, secret=lambda: "")).subject == "s-1"


def test_how_and_when_a_person_signed_in_must_be_as_asked(provider: Provider) -> None:
    strict = asked(provider, acr=("gold",), max_age=900)
    person = provider.people["amina"]
    assert refusal(provider, strict) == (WEAK, "acr")
    person.claims["acr"] = "bronze"
    assert refusal(provider, strict) == (WEAK, "acr")
    person.claims["acr"] = "gold"
    assert identified(provider, strict).subject == "s-1"
    person.claims["auth_time"] = int(time.time()) - 1000
    assert refusal(provider, strict) == (WEAK, "auth_time")
    del person.claims["auth_time"]
    provider.fault = "auth_time missing"
    assert refusal(provider, strict) == (UNPROVEN, "auth_time")
    assert identified(provider).subject == "s-1"


def test_a_provider_that_is_away_is_told_as_such() -> None:
    with open_provider({}) as gone:
        pass
    assert refusal(gone)[0] == UNREACHABLE


def test_a_provider_that_hangs_keeps_few_threads_and_the_next_is_told_at_once(provider: Provider) -> None:
    asking = asked(provider)
    provider.gate.clear()
    waiting = [threading.Thread(target=asking.address, args=(Attempt.begin(),)) for _ in range(8)]
    for one in waiting:
        one.start()
    while len(provider.asked) < len(waiting):
        time.sleep(0.01)
    with pytest.raises(PartnerError) as caught:
        asking.address(Attempt.begin())
    assert caught.value.code == BUSY
    provider.gate.set()
    for one in waiting:
        one.join(30)
    assert asking.address(Attempt.begin()).startswith(provider.issuer)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://id.example/realms/a", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://id.example", False),
        ("http://127.0.0.1.id.example", False),
        ("http://127.0.0.1@id.example", False),
        ("https://user:word@id.example", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("https://[::1", False),
    ],
)
def test_addresses_are_of_https_or_of_this_machine(address: str, expected: bool) -> None:
    assert is_safe(address) is expected


def test_nothing_of_an_attempt_is_shown_by_mistake() -> None:
    attempt = Attempt("held by the browser")
    assert msgspec.structs.astuple(attempt) == ("held by the browser",)
    assert attempt.challenge == Attempt("held by the browser").challenge
