# SPDX-License-Identifier: Apache-2.0
"""Signing in at an OpenID provider over the pages of a real house, by HTTP and in a real browser."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("joserfc", reason="joserfc is not installed (cocket[server])")

from cocket.workbench import build_app
from tests.houses import Built, build
from tests.pipeline.governance.test_provider_sign_in import PASSWORD, settings_for
from tests.simulators.provider import SECRET, Person, Provider, open_provider
from tests.workbench.conftest import said, served

OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    claims = {"name": "Amina N.", "preferred_username": "amina", "groups": ["officers"]}
    with open_provider({"amina": Person("s-1", claims), "brian": Person("s-2", {"groups": []})}) as provider:
        yield provider


@pytest.fixture
def free() -> int:
    """A port of this machine that is free."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def built(provider: Provider, tmp_path: Path, free: int) -> Iterator[Built]:
    made = build(tmp_path / "home", **settings_for(provider, tmp_path, f"http://localhost:{free}"))
    made.house.governance.accounts.put_officer("otieno", "K. Otieno", "officer", None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built, free: int) -> Iterator[str]:
    with served(build_app(built.house), free):
        yield f"http://localhost:{free}"


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address}) as client:
        yield client


def begun(client: httpx.Client, onward: str = "/statistics") -> str:
    """Where the browser is sent."""
    answer = client.get("/sign-in/provider", params={"next": onward}, headers=OURS)
    assert answer.status_code == 303
    return answer.headers["location"]


def brought(
    client: httpx.Client, provider: Provider, name: str = "amina", onward: str = "/statistics"
) -> httpx.Response:
    """The page that answers what the provider sends the browser back with."""
    sent = httpx.get(f"{begun(client, onward)}&login={name}")
    return client.get(sent.headers["location"], headers={"sec-fetch-site": "cross-site"})


def test_the_page_offers_the_provider_and_its_answer_opens_a_session(client: httpx.Client, provider: Provider) -> None:
    page = client.get("/sign-in?next=/statistics")
    assert 'href="/sign-in/provider?next=/statistics"' in page.text
    assert "Sign in at the ministry" in said(page)
    answer = brought(client, provider)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/statistics">' in answer.text
    cookies = answer.headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith("cocket-session="))
    assert "HttpOnly" in session
    assert "SameSite=Strict" in session
    assert any(one.startswith('cocket-provider=""') for one in cookies)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get("/account").status_code == 200
    assert "You sign in at the ministry" in said(client.get("/account"))
    assert "Change password" not in client.get("/account").text
    assert client.get("/password").headers["location"] == "/account"


def test_the_cookie_of_the_attempt_is_for_ten_minutes_and_out_of_reach_of_scripts(client: httpx.Client) -> None:
    answer = client.get("/sign-in/provider", headers=OURS)
    (cookie,) = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "Max-Age=600", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert cookie.partition("=")[2].partition(".")[0] not in answer.headers["location"]


@pytest.mark.parametrize("site", [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "none"}])
def test_no_other_site_begins_a_sign_in(client: httpx.Client, provider: Provider, site: dict[str, str]) -> None:
    answer = client.get("/sign-in/provider?next=/statistics", headers=site)
    assert answer.headers["location"] == "/sign-in?next=%2Fstatistics"
    assert "set-cookie" not in answer.headers
    assert provider.asked == []


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_to_another_host(client: httpx.Client, provider: Provider, onward: str) -> None:
    assert 'content="0;url=/"' in brought(client, provider, onward=onward).text


def test_who_signed_in_already_goes_on_and_an_answer_without_an_attempt_lets_nobody_in(
    client: httpx.Client, provider: Provider, address: str
) -> None:
    sent = httpx.get(f"{begun(client)}&login=amina").headers["location"]
    with httpx.Client(base_url=address) as other:
        answer = other.get(sent)
        assert answer.status_code == 401
        assert "begun in another browser, or too long ago" in said(answer)
        assert "cocket-session" not in other.cookies
    assert provider.redeemed == []
    assert client.get(sent).status_code == 200
    assert client.get("/sign-in/provider?next=/account", headers=OURS).headers["location"] == "/account"
    assert client.get(sent).status_code == 401  # the attempt is over
    assert len(provider.redeemed) == 1


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        (
            "nonce",
            401,
            "What the ministry answered does not prove who you are. Tell whoever runs this installation: nonce.",
        ),
        ("declined", 401, "the ministry did not let you in."),
        ("broken", 503, "the ministry cannot be reached at the moment."),
    ],
)
def test_what_goes_wrong_is_said_in_words_and_passwords_go_on(
    client: httpx.Client, provider: Provider, fault: Any, status: int, says: str
) -> None:
    address = begun(client)
    provider.fault = fault
    sent = httpx.get(f"{address}&login=amina").headers["location"]
    answer = client.get(sent)
    assert answer.status_code == status
    assert says in said(answer)
    assert SECRET not in answer.text
    assert "cocket-session" not in client.cookies
    assert client.get("/account").status_code == 303
    assert client.post("/sign-in", data={"name": "otieno", "password": PASSWORD}).status_code == 303


def test_a_provider_that_is_away_is_told_before_anybody_is_sent_there(client: httpx.Client, provider: Provider) -> None:
    provider.fault = "broken"
    answer = client.get("/sign-in/provider", headers=OURS)
    assert answer.status_code == 503
    assert "the ministry cannot be reached at the moment. Who has a password here" in said(answer)
    assert client.get("/sign-in").status_code == 200


def test_who_has_no_role_is_told_whom_to_ask(client: httpx.Client, provider: Provider) -> None:
    answer = brought(client, provider, "brian")
    assert answer.status_code == 401
    assert "None of your groups at the ministry has a role here." in said(answer)
    del provider.people["brian"].claims["groups"]
    assert "does not say which groups you are in" in said(brought(client, provider, "brian"))


def test_the_provider_itself_says_who_was_signed_out(client: httpx.Client, provider: Provider, address: str) -> None:
    brought(client, provider)
    assert client.get("/account").status_code == 200
    wrong = httpx.post(f"{address}/sign-in/provider/sign-out", data={"logout_token": "x"})
    assert wrong.status_code == 400
    assert wrong.json()["error"] == "invalid_request"
    assert client.get("/account").status_code == 200
    told = httpx.post(f"{address}/sign-in/provider/sign-out", data={"logout_token": provider.sign_out_token("amina")})
    assert told.status_code == 200
    assert told.headers["cache-control"] == "no-store"
    assert client.get("/account").status_code == 303


def test_an_installation_without_a_provider_has_no_such_way_in(tmp_path: Path) -> None:
    made = build(tmp_path)
    try:
        with served(build_app(made.house)) as address, httpx.Client(base_url=address) as client:
            assert "/sign-in/provider" not in client.get("/sign-in").text
            assert client.get("/sign-in/provider", headers=OURS).headers["location"].startswith("/sign-in?")
            assert client.get("/sign-in/provider/answer?code=x&state=y").headers["location"] == "/sign-in"
            assert client.post("/sign-in/provider/sign-out", data={"logout_token": "x"}).status_code == 404
    finally:
        made.house.close()


def test_in_a_browser_an_officer_signs_in_at_the_provider_and_works_on(
    chromium: Any, address: str, provider: Provider, built: Built
) -> None:
    context = chromium.new_context()
    context.set_default_timeout(120_000)
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: said.type in ("error", "warning") and complaints.append(said.text))
        page.goto(f"{address}/account")
        page.get_by_role("link", name="Sign in at the ministry").click()
        page.wait_for_url(f"{provider.issuer}/authorize**")
        page.get_by_label("Login").fill("amina")
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{address}/account")
        assert page.get_by_role("heading", level=1).inner_text() == "My account"
        assert "sso.amina" in page.inner_text("main")
        assert {one["name"] for one in context.cookies(address)} >= {"cocket-session"}
        assert not any(one["name"] == "cocket-provider" for one in context.cookies(address))
        page.get_by_role("button", name=re.compile("Keep time zone")).click()
        page.wait_for_url(f"{address}/account")
        assert complaints == []
    finally:
        context.close()
