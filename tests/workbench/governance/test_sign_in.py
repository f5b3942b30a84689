# SPDX-License-Identifier: Apache-2.0
"""Signing in and changing a password on the pages of a real house."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket.workbench import build_app
from tests.houses import Built, build
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"
NEW = "four quiet harbour cranes"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    made.house.governance.accounts.put_officer("anna", "Anna A.", "officer", None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as address:
        yield address


def browser(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"origin": address})


def sign_in(client: httpx.Client, password: str = PASSWORD) -> httpx.Response:
    return client.post("/sign-in", data={"name": "anna", "password": password})


def test_after_too_many_guesses_the_page_says_how_long_to_wait_and_a_known_browser_goes_in(address: str) -> None:
    with browser(address) as known, browser(address) as stranger:
        assert sign_in(known).status_code == 303
        assert [sign_in(stranger, "guess").status_code for _ in range(5)] == [401] * 5
        answer = sign_in(stranger)
        assert answer.status_code == 429
        assert "Too many attempts have failed. Wait" in answer.text
        assert 'value="anna"' in answer.text
        assert 0 < int(answer.headers["retry-after"]) <= 60
        known.cookies.delete("cocket-session")
        answer = sign_in(known)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "6 failed attempts to sign in" in known.get("/queue").text


def change(client: httpx.Client, **fields: str) -> httpx.Response:
    page = client.get("/password").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token
    wanted = {"present": PASSWORD, "wanted": NEW, "again": NEW}
    return client.post("/password", data={**wanted, **fields, "csrf": token[1]})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"again": "another one again"}, "The two new passwords differ."),
        ({"wanted": "short", "again": "short"}, "A password needs 12 characters or more."),
        ({"wanted": "passwordpassword", "again": "passwordpassword"}, "too common"),
        ({"wanted": PASSWORD, "again": PASSWORD}, "The new password is the same as the current one."),
        ({"present": "guess"}, "The current password is wrong."),
    ],
)
def test_a_new_password_that_is_not_taken_is_answered_in_words(address: str, fields: dict[str, str], says: str) -> None:
    with browser(address) as client:
        sign_in(client)
        answer = change(client, **fields)
        assert answer.status_code == 422
        assert says in answer.text
        assert client.get("/queue").status_code == 200


def test_a_new_password_ends_every_other_session_and_this_one_goes_on(address: str) -> None:
    with browser(address) as here, browser(address) as there:
        assert sign_in(here).status_code == sign_in(there).status_code == 303
        answer = change(here)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "Password changed" in here.get("/queue").text
        assert there.get("/queue").status_code == 303
        assert sign_in(there).status_code == 401
        assert sign_in(there, NEW).status_code == 303


def test_the_password_page_is_for_those_signed_in_and_its_form_of_this_session(address: str) -> None:
    with browser(address) as client:
        assert client.get("/password").headers["location"].startswith("/sign-in")
        sign_in(client)
        assert client.post("/password", data={"present": PASSWORD, "csrf": "other"}).status_code == 403


def test_signing_in_again_ends_the_session_before(address: str, built: Built) -> None:
    with browser(address) as client:
        sign_in(client)
        before = client.cookies["cocket-session"]
        assert sign_in(client).status_code == 303
        assert built.house.governance.accounts.officer_of_session(before) is None
        assert client.get("/queue").status_code == 200


def test_who_has_no_session_is_limited_by_address_and_officers_each_for_themselves(built: Built) -> None:
    settings = msgspec.structs.replace(built.house.settings, requests_per_second_per_address=1.0)
    built.house.settings = settings
    with served(build_app(built.house)) as address, browser(address) as client, browser(address) as stranger:
        assert sign_in(client).status_code == 303
        with ThreadPoolExecutor(12) as at_once:  # one after the other, a slow machine is no flood
            statuses = {*at_once.map(lambda _: stranger.get("/sign-in").status_code, range(24))}
        assert statuses == {200, 429}
        assert client.get("/queue").status_code == 200
