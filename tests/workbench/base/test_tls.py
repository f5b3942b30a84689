# SPDX-License-Identifier: Apache-2.0
"""The workbench over TLS of its own and behind a real proxy, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.gate import tls_of
from cocket.settings import Settings
from cocket.workbench import build_app
from tests.houses import Built, build
from tests.simulators.certificates import make_certificate
from tests.simulators.doors import open_door
from tests.simulators.proxy import nginx

PASSWORD = "seal and cord and wax"
PROXIES = "127.0.0.1"


def house(home: Path, **given: Any) -> Built:
    made = build(home, **given)
    made.house.governance.accounts.put_officer("anna", "Anna A.", "officer", None, PASSWORD)
    return made


@pytest.fixture
def own(tmp_path: Path) -> Iterator[str]:
    """Address of a workbench with a certificate of its own."""
    made = house(tmp_path / "house")
    certificate, key = make_certificate(tmp_path)
    tls = tls_of(Settings(tls_certificate=str(certificate), tls_certificate_key=str(key)))
    with open_door(build_app(made.house), tls=tls) as port:
        yield f"https://localhost:{port}"
    made.house.close()


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[tuple[str, int, Built]]:
    """Address of a proxy, the port behind it, and the house."""
    made = house(tmp_path / "house", trusted_proxies=PROXIES)
    with open_door(build_app(made.house)) as port, nginx(tmp_path, port) as address:
        yield address, port, made
    made.house.close()


def sign_in(client: httpx.Client, password: str = PASSWORD, **headers: str) -> httpx.Response:
    fields = {"name": "anna", "password": password}
    return client.post("/sign-in", data=fields, headers={"origin": str(client.base_url).rstrip("/"), **headers})


def check_cookies(answer: httpx.Response) -> None:
    assert answer.status_code == 303, answer.text
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-cocket-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_over_tls_of_our_own_every_cookie_is_secure_and_bound_to_this_host(own: str) -> None:
    with httpx.Client(base_url=own, verify=False) as client:
        check_cookies(sign_in(client))
        assert client.get("/queue").status_code == 200


def test_behind_a_trusted_proxy_with_tls_they_are_so_too(proxied: tuple[str, int, Built]) -> None:
    with httpx.Client(base_url=proxied[0], verify=False) as client:
        check_cookies(sign_in(client))
        assert client.get("/queue").status_code == 200


def test_on_loopback_without_tls_a_plain_cookie_serves_and_nothing_is_asked_of_the_browser(tmp_path: Path) -> None:
    made = house(tmp_path)
    with open_door(build_app(made.house)) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        answer = sign_in(client, **{"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.1"})
        assert answer.headers["set-cookie"].startswith("cocket-session=")
        assert "Secure" not in answer.headers["set-cookie"]
        assert "strict-transport-security" not in answer.headers
        assert client.get("/queue").status_code == 200
    made.house.close()


def addresses(made: Built) -> set[str]:
    return {one.address for one in made.house.governance.accounts.sign_in_failures(1)}


def test_what_a_client_says_of_itself_is_not_believed_through_the_proxy_nor_around_it(
    proxied: tuple[str, int, Built],
) -> None:
    """The client lies to nginx, which adds whom it sees; and to the door itself from an address that is no proxy's."""
    address, port, made = proxied
    lie = {"x-forwarded-for": "198.51.100.1", "forwarded": "for=198.51.100.2"}
    source = httpx.HTTPTransport(verify=False, local_address="127.0.0.7")
    with httpx.Client(base_url=address, transport=source) as client:
        assert sign_in(client, "guess", **lie).status_code == 401
    assert addresses(made) == {"127.0.0.7"}
    around = httpx.HTTPTransport(local_address="127.0.0.8")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=around) as client:
        assert sign_in(client, "guess", **lie).status_code == 401
    assert addresses(made) == {"127.0.0.7", "127.0.0.8"}


def test_offices_behind_one_proxy_are_counted_each_for_itself(proxied: tuple[str, int, Built]) -> None:
    address, _, made = proxied
    made.house.governance.accounts.put_officer("ben", "Ben", "officer", None, PASSWORD)
    guesser = httpx.HTTPTransport(verify=False, local_address="127.0.0.7")
    with httpx.Client(base_url=address, transport=guesser) as client:
        assert [sign_in(client, "guess").status_code for _ in range(7)] == [401] * 5 + [429] * 2
    colleague = httpx.HTTPTransport(verify=False, local_address="127.0.0.8")
    with httpx.Client(base_url=address, transport=colleague) as client:
        assert sign_in(client).status_code == 303


@pytest.mark.parametrize("where", ["own", "proxied"])
def test_a_real_browser_signs_in_acts_and_signs_out_over_tls(
    chromium: Any, request: pytest.FixtureRequest, where: str
) -> None:
    found = request.getfixturevalue(where)
    address = found if isinstance(found, str) else found[0]
    context = chromium.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(address + "/")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/queue")
    cookies = {one["name"]: one for one in context.cookies()}
    session = cookies["__Host-cocket-session"]
    assert (session["secure"], session["httpOnly"], session["sameSite"]) == (True, True, "Strict")
    assert all(name.startswith("__Host-") for name in cookies)
    page.goto(address + "/password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("four quiet harbour cranes")
    page.get_by_label("New password again").fill("four quiet harbour cranes")
    page.get_by_role("button", name="Change password").click()
    page.get_by_text("Password changed").wait_for()
    page.locator("details.officer summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Signed out.").wait_for()
    assert "__Host-cocket-session" not in {one["name"] for one in context.cookies()}
    context.close()


def test_a_form_from_another_site_is_refused_behind_the_proxy(
    proxied: tuple[str, int, Built],
) -> None:
    with httpx.Client(base_url=proxied[0], verify=False) as client:
        assert sign_in(client, origin="https://evil.example").status_code == 403
