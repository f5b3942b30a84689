# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.gate import RequestError, browser_cookie, browser_token, check_form, session_cookie, session_token


def test_a_session_comes_back_in_the_cookie_it_was_left_in() -> None:
    for is_tls in (False, True):
        cookie = session_cookie("abc", is_tls=is_tls, seconds=60).partition(";")[0]
        assert session_token(f"other=1; {cookie}", is_tls=is_tls) == "abc"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    plain = session_cookie("abc", is_tls=False, seconds=60).split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} < set(plain)
    assert "Secure" not in plain
    tls = session_cookie("abc", is_tls=True, seconds=60)
    assert tls.startswith("__Host-")
    assert tls.endswith("; Secure")


def test_a_session_left_without_tls_counts_for_nothing_with_it() -> None:
    cookie = session_cookie("abc", is_tls=False, seconds=60).partition(";")[0]
    assert session_token(cookie, is_tls=True) is None


@pytest.mark.parametrize(
    "cookie", [None, "", "cocket-session=", "cocket-session=a; cocket-session=b", "x=cocket-session=a"]
)
def test_no_session_or_two_are_no_session(cookie: str | None) -> None:
    assert session_token(cookie, is_tls=False) is None


OURS = [
    {"sec-fetch-site": "same-origin"},
    {"origin": "http://localhost:8461", "host": "localhost:8461"},
]
FOREIGN = [
    {},
    {"host": "localhost:8461"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": "http://evil.test", "host": "localhost:8461"},
    {"origin": "null", "host": "localhost:8461"},
    {"sec-fetch-site": "cross-site", "origin": "http://localhost:8461", "host": "localhost:8461"},
]


@pytest.mark.parametrize("headers", OURS)
def test_a_form_of_ours_counts_within_its_session(headers: dict[str, str]) -> None:
    check_form(headers, "token", "token")
    with pytest.raises(RequestError, match="session"):
        check_form(headers, "other", "token")


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_from_elsewhere_does_not_count_even_with_the_token(headers: dict[str, str]) -> None:
    with pytest.raises(RequestError) as caught:
        check_form(headers, "token", "token")
    assert caught.value.status == 403


def test_each_officer_of_a_shared_browser_has_a_cookie_of_his_own_by_which_it_is_known() -> None:
    for is_tls in (False, True):
        cookies = [browser_cookie(name, f"of-{name}", is_tls=is_tls).partition(";")[0] for name in ("anna", "ben")]
        sent = "; ".join([*cookies, session_cookie("abc", is_tls=is_tls, seconds=60).partition(";")[0]])
        assert browser_token(sent, "anna", is_tls=is_tls) == "of-anna"
        assert browser_token(sent, "ben", is_tls=is_tls) == "of-ben"
        assert browser_token(sent, "cora", is_tls=is_tls) is None
        assert browser_token(f"{sent}; {cookies[0]}", "anna", is_tls=is_tls) is None


def test_the_name_of_an_officer_may_hold_anything() -> None:
    cookie = browser_cookie("a; Path=/\r\n\ud800", "token", is_tls=True)
    assert cookie.startswith("__Host-cocket-browser-")
    assert "\r" not in cookie
