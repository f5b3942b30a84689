# SPDX-License-Identifier: Apache-2.0
"""Second factors over the pages of a real house, by HTTP and in a real browser with an authenticator of its own."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pyotp
import pytest

from cocket.pipeline.governance.factors import FACTORS, SecondFactors
from cocket.workbench import build_app
from tests.houses import Built, build
from tests.simulators.authenticator import Authenticator
from tests.workbench.conftest import said, served

PASSWORD = "seal and cord and wax"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name, role in (("anna", "officer"), ("head", "supervisor"), ("vera", "supervisor")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address}) as client:
        yield client


def sign_in(client: httpx.Client, name: str = "anna", onward: str = "/account") -> httpx.Response:
    client.cookies.clear()
    return client.post("/sign-in", data={"name": name, "password": PASSWORD, "next": onward})


def token(client: httpx.Client, path: str = "/account/second-factor") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def send(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data={"csrf": token(client), **fields})


def field(answer: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found is not None
    return html.unescape(found[1])


def options(answer: httpx.Response) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]+)"', answer.text)
    assert found is not None
    read: dict[str, Any] = json.loads(html.unescape(found[1]))
    return read


def add_app(client: httpx.Client, label: str = "my telephone") -> str:
    page = send(client, "/account/second-factor/app", present=PASSWORD)
    assert page.status_code == 200
    secret = re.search(r'id="secret"><bdi>([A-Z2-7]+)', page.text)
    assert secret is not None
    assert "<svg" in page.text
    done = send(
        client,
        "/account/second-factor/app/confirm",
        setup=field(page, "setup"),
        label=label,
        code=pyotp.TOTP(secret[1]).now(),
    )
    assert done.headers["location"] == "/account/second-factor"
    return secret[1]


def next_code(secret: str) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30))


def test_after_the_password_a_code_is_asked_for_and_leads_on(client: httpx.Client) -> None:
    sign_in(client)
    secret = add_app(client)
    page = client.get("/account/second-factor")
    assert "my telephone" in said(page)
    assert "Added and sealed" in said(page)
    asked = sign_in(client)
    assert asked.headers["location"] == "/sign-in/second"
    assert "cocket-session" not in client.cookies
    (cookie,) = asked.headers.get_list("set-cookie")
    assert {"HttpOnly", "Max-Age=300", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert client.get("/account").headers["location"].startswith("/sign-in")
    assert "Code of the authenticator app" in said(client.get("/sign-in/second"))
    wrong = client.post("/sign-in/second", data={"code": "000000"})
    assert wrong.status_code == 401
    assert "This is not right" in said(wrong)
    code = next_code(secret)
    done = client.post("/sign-in/second", data={"code": code})
    assert done.headers["location"] == "/account"
    assert "cocket-step" not in client.cookies
    assert "1 failed attempts" in said(client.get("/account"))
    sign_in(client)
    again = client.post("/sign-in/second", data={"code": code})
    assert "This code was used already" in said(again)


def test_without_a_first_step_or_from_another_site_nothing_is_looked_at(client: httpx.Client) -> None:
    assert client.get("/sign-in/second").status_code == 200
    assert "Sign in" in said(client.get("/sign-in/second"))
    over = client.post("/sign-in/second", data={"code": "123456"})
    assert over.status_code == 401
    assert "Begin again" in said(over)
    sign_in(client)
    add_app(client)
    sign_in(client)
    other = client.post("/sign-in/second", data={"code": "123456"}, headers={"origin": "https://evil.example"})
    assert other.status_code == 403


def test_factors_are_added_and_removed_with_the_password_alone(client: httpx.Client, built: Built) -> None:
    sign_in(client)
    for path in ("app", "passkey"):
        refused = send(client, f"/account/second-factor/{path}", present="wrong")
        assert refused.status_code == 422
        assert "The password is wrong." in said(refused)
    add_app(client)
    (record,) = built.bodies(FACTORS)
    (app,) = msgspec.json.decode(record, type=SecondFactors).apps
    assert send(client, "/account/second-factor/remove", factor=app.id, present="wrong").status_code == 422
    gone = send(client, "/account/second-factor/remove", factor=app.id, present=PASSWORD)
    assert gone.headers["location"] == "/account/second-factor"
    assert sign_in(client).headers["location"] == "/account"


def test_a_passkey_is_made_and_used_over_the_pages(client: httpx.Client, address: str) -> None:
    sign_in(client)
    key = Authenticator(address, "localhost", counter=1)
    page = send(client, "/account/second-factor/passkey", present=PASSWORD)
    done = send(
        client,
        "/account/second-factor/passkey/confirm",
        setup=field(page, "setup"),
        label="stick",
        answer=key.made(options(page)),
    )
    assert done.headers["location"] == "/account/second-factor"
    sign_in(client)
    asked = options(client.get("/sign-in/second"))
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "localhost"
    assert "Code of the authenticator app" not in said(client.get("/sign-in/second"))
    key.origin = "http://localhost.evil.example"
    assert client.post("/sign-in/second", data={"answer": key.used(asked)}).status_code == 401
    key.origin, key.counter = address, 2
    assert client.post("/sign-in/second", data={"answer": key.used(asked)}).headers["location"] == "/account"


def test_at_an_address_that_is_a_number_no_passkey_is_offered(client: httpx.Client, address: str) -> None:
    numeric = address.replace("localhost", "127.0.0.1")
    with httpx.Client(base_url=numeric, headers={"origin": numeric}) as other:
        sign_in(other)
        assert "Passkeys work only at the address" in said(other.get("/account/second-factor"))
        refused = send(other, "/account/second-factor/passkey", present=PASSWORD)
        assert refused.status_code == 422
    sign_in(client)
    key = Authenticator(address, "localhost", counter=1)
    page = send(client, "/account/second-factor/passkey", present=PASSWORD)
    made = {"setup": field(page, "setup"), "label": "stick", "answer": key.made(options(page))}
    send(client, "/account/second-factor/passkey/confirm", **made)
    with httpx.Client(base_url=numeric, headers={"origin": numeric}) as other:
        sign_in(other)
        assert "Your passkeys do not work at this address" in said(other.get("/sign-in/second"))


def test_lost_factors_are_removed_by_two_people_with_a_reason(client: httpx.Client, built: Built) -> None:
    sign_in(client)
    add_app(client)
    sign_in(client, "head")
    page = client.get("/administration/access")
    assert "1 second factor" in said(page)
    without = client.post("/administration/access/factor", data={"csrf": token(client), "name": "anna", "why": " "})
    assert without.status_code == 422
    asked = {"csrf": token(client), "name": "anna", "why": "came in person"}
    assert client.post("/administration/access/factor", data=asked).headers["location"] == "/administration/access"
    assert sign_in(client).headers["location"] == "/sign-in/second"  # it waits for the second person
    sign_in(client, "vera")
    inbox = client.get("/inbox?kind=second")
    assert "Remove the lost second factors of anna" in said(inbox)
    assert "came in person" in said(inbox)
    path = re.search(r'action="(/waiting/[^"]+/approve)"', inbox.text)
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', inbox.text)
    assert path is not None and digest is not None
    assert client.post(path[1], data={"csrf": token(client), "digest": digest[1]}).status_code == 303
    last = msgspec.json.decode(built.bodies(FACTORS)[-1], type=SecondFactors)
    assert (last.count, last.reset_by, last.reason) == (0, "head, vera", "came in person")
    assert sign_in(client).headers["location"] == "/account"


def test_a_role_that_asks_for_one_is_led_to_add_it_first(tmp_path: Path) -> None:
    made = build(tmp_path, second_factor_for="officer")
    made.house.governance.accounts.put_officer("anna", "Anna A.", "officer", None, PASSWORD)
    try:
        with served(build_app(made.house)) as address:
            here = address.replace("127.0.0.1", "localhost")
            with httpx.Client(base_url=here, headers={"origin": here}) as client:
                sign_in(client)
                assert client.get("/queue").headers["location"] == "/account/second-factor"
                assert "Your role needs a second factor" in said(client.get("/account/second-factor"))
                assert client.get("/password").status_code == 200
                add_app(client)
                assert client.get("/queue").status_code == 200
    finally:
        made.house.close()


def test_in_a_browser_a_passkey_is_made_and_leads_in_with_user_verification(
    chromium: Any, address: str, built: Built
) -> None:
    context = chromium.new_context()
    context.set_default_timeout(120_000)
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda told: told.type in ("error", "warning") and complaints.append(told.text))
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        kind = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        authenticator = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": kind})["authenticatorId"]
        signed_in(page, address)
        page.goto(f"{address}/account")
        page.get_by_role("link", name="Second factor").click()
        page.locator("#present-passkey").fill(PASSWORD)
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_label("Name of this passkey").fill("this computer")
        page.get_by_role("button", name="Make the passkey").click()
        page.wait_for_url(f"{address}/account/second-factor")
        assert "this computer" in page.inner_text("main")
        context.clear_cookies()

        signed_in(page, address, "**/sign-in/second")
        cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
        page.get_by_role("button", name="Use a passkey").click()
        page.get_by_text("The passkey was not used.").wait_for()
        assert page.url == f"{address}/sign-in/second"
        cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(f"{address}/queue")
        assert complaints == []
        last = msgspec.json.decode(built.bodies(FACTORS)[-1], type=SecondFactors)
        assert last.passkeys[0].counter == 2
    finally:
        context.close()


def signed_in(page: Any, address: str, arrives: str = "**/queue") -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(arrives)
