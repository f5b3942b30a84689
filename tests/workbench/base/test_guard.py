# SPDX-License-Identifier: Apache-2.0
"""Who may come in and who may act."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import httpx
import pytest

from tests.simulators.workbench_house import PASSWORD, SimulatedHouse

Enter = Callable[..., httpx.Client]

PAGES = (
    "/", "/queue", "/queue.csv", "/queue/next", "/search?text=x", "/consignments/consignment-0",
    "/consignments/consignment-0/override", "/consignments/consignment-0/orders/order-0/result",
    "/consignments/consignment-0/orders/order-0/release", "/messages/consignment-0-sad",
    "/messages/consignment-0-sad/content", "/messages/consignment-0-sad/content.bin", "/messages/consignment-0-sad/proof",
    "/messages/consignment-0-sad/receipt.json", "/messages/consignment-0-sad/proof.json", "/statistics", "/parts",
    "/tracking", "/tracking/live", "/tracking/journeys", "/tracking/journeys/new", "/tracking/journeys/journey-0",
    "/tracking/journeys/journey-0/fixes.csv", "/tracking/journeys/journey-0/events.json", "/tracking/places",
    "/tracking/places/new", "/tracking/devices", "/tracking/devices/issue?device=es-511",
)  # fmt: skip
ACTS = (
    "/consignments/consignment-0/override", "/consignments/consignment-0/orders/order-0/result",
    "/consignments/consignment-0/orders/order-0/release", "/consignments/consignment-0/orders/order-0/reopen", "/sign-out",
    "/tracking/alerts/x/acknowledge", "/tracking/journeys/new", "/tracking/journeys/journey-0/leave",
    "/tracking/places/new", "/tracking/places/restore", "/tracking/devices/revoke",
)  # fmt: skip
OVERRIDE = ACTS[0]
GOOD = {"csrf": "csrf-officer.a", "lane": "green", "reason": "seen before"}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_needs_somebody_signed_in(client: httpx.Client, house: SimulatedHouse, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert house.looks == []


@pytest.mark.parametrize("path", PAGES[1:])
def test_the_same_pages_are_there_for_somebody_signed_in(enter: Enter, path: str) -> None:
    assert enter().get(path).status_code in (200, 303)


@pytest.mark.parametrize("path", ACTS)
def test_every_act_needs_somebody_signed_in(client: httpx.Client, path: str) -> None:
    answer = client.post(path, data=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_the_sign_in_leads_back_to_the_page_that_was_asked_for(client: httpx.Client) -> None:
    answer = client.get("/queue?lane=red")
    assert answer.headers["location"] == "/sign-in?next=%2Fqueue%3Flane%3Dred"
    signed = client.post("/sign-in", data={"name": "officer.a", "password": PASSWORD, "next": "/queue?lane=red"})
    assert signed.headers["location"] == "/queue?lane=red"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/\nx", ""])
def test_the_sign_in_never_leads_to_another_host(client: httpx.Client, elsewhere: str) -> None:
    signed = client.post("/sign-in", data={"name": "officer.a", "password": PASSWORD, "next": elsewhere})
    assert signed.headers["location"] == "/"


def test_a_wrong_password_and_a_wrong_name_are_told_alike(client: httpx.Client) -> None:
    answers = [client.post("/sign-in", data={"name": name, "password": "wrong"}) for name in ("officer.a", "officer.x")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].text.replace("officer.a", "") == answers[1].text.replace("officer.x", "")
    assert "wrong" not in answers[0].text


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: httpx.Client) -> None:
    cookie = client.post("/sign-in", data={"name": "officer.a", "password": PASSWORD}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_signing_out_ends_the_session_in_the_house_too(enter: Enter) -> None:
    client = enter()
    token = client.cookies["cocket-session"]
    assert client.post("/sign-out", data={"csrf": "csrf-officer.a"}).headers["location"] == "/sign-in"
    client.cookies.set("cocket-session", token)
    assert client.get("/queue").status_code == 303


def test_an_act_from_a_page_of_ours_counts(enter: Enter) -> None:
    assert enter().post(OVERRIDE, data=GOOD).status_code == 303


@pytest.mark.parametrize("token", ["", "csrf-head.c", "csrf-officer.A"])
def test_an_act_without_the_token_of_the_session_is_refused(enter: Enter, house: SimulatedHouse, token: str) -> None:
    answer = enter().post(OVERRIDE, data={**GOOD, "csrf": token})
    assert answer.status_code == 403
    assert house.queries.records.queue(house.people["officer.a"], _all()).lines[0].advice.override is None  # type: ignore[union-attr]


def test_the_token_may_come_in_a_header_as_htmx_sends_it(enter: Enter) -> None:
    fields = {"lane": "green", "reason": "seen before"}
    assert enter().post(OVERRIDE, data=fields, headers={"x-csrf-token": "csrf-officer.a"}).status_code == 303
    assert enter().post(OVERRIDE, data=fields, headers={"x-csrf-token": "other"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_an_act_from_another_site_is_refused(enter: Enter, headers: dict[str, str]) -> None:
    assert enter().post(OVERRIDE, data=GOOD, headers=headers).status_code == 403


def test_a_sign_in_from_another_site_is_refused(client: httpx.Client) -> None:
    fields = {"name": "officer.a", "password": PASSWORD}
    assert client.post("/sign-in", data=fields, headers={"origin": "https://evil.example"}).status_code == 403


def test_a_form_too_large_or_no_form_is_refused(enter: Enter) -> None:
    client = enter()
    assert client.post(OVERRIDE, data={**GOOD, "reason": "x" * 70_000}).status_code == 413
    assert client.post(OVERRIDE, content=b"reason=\xff\xfe").status_code == 400
    assert client.post(OVERRIDE, content=b"&".join(b"a=1" for _ in range(1200))).status_code == 400


@pytest.mark.parametrize("character", ["\0", "\x0c", "\x1b", "\x85"], ids=ascii)
def test_words_with_a_character_that_cannot_be_seen_are_refused_and_lines_are_not(
    enter: Enter, house: SimulatedHouse, character: str
) -> None:
    client = enter()
    answer = client.post(OVERRIDE, data={**GOOD, "reason": f"seen{character}before"})
    named = f"The field “Reason” contains U+{ord(character):04X}, a character that cannot be seen, at place 5."
    assert (answer.status_code, named in answer.text) == (422, True)
    assert house.queries.records.queue(house.people["officer.a"], _all()).lines[0].advice.override is None  # type: ignore[union-attr]
    form = answer.text.partition(f'<form method="post" action="{OVERRIDE}"')[2].partition("</form>")[0]
    entered = {
        name: html.unescape(text) for name, text in re.findall(r'<input [^>]*name="(\w+)"[^>]* value="([^"]*)"', form)
    }
    entered["reason"] = html.unescape(re.findall(r'<textarea [^>]*name="reason"[^>]*>([^<]*)', form)[0])
    assert entered["reason"] == "seenbefore"
    assert client.post(OVERRIDE, data=entered).status_code == 303, "what was entered is still there, to be sent again"
    assert client.post(OVERRIDE, data={**GOOD, "reason": "seen\r\n\tbefore"}).status_code == 303


def test_a_form_of_another_site_is_not_shown_again(enter: Enter) -> None:
    """Else another site could put words of its own into a form of ours, to be sent by a press."""
    client = enter()
    fields = {**GOOD, "reason": "theirs\u202e"}
    for answer in (
        client.post(OVERRIDE, data=fields, headers={"origin": "https://evil.example"}),
        client.post(OVERRIDE, data={**fields, "csrf": "another"}),
        client.post("/sign-in", data={"name": "officer.a\0", "password": PASSWORD}),
    ):
        assert (answer.status_code, "cannot be seen, at place" in answer.text) == (422, True)
        assert "Send again" not in answer.text and "theirs" not in answer.text and PASSWORD not in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/queue", "/nothing", "/static/workbench.css"])
def test_every_answer_carries_the_headers_of_a_page(enter: Enter, path: str) -> None:
    headers = enter().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_pages_are_kept_by_no_cache_and_files_for_good(enter: Enter) -> None:
    client = enter()
    assert client.get("/queue").headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/workbench.css").headers["cache-control"]


def test_who_may_not_act_is_not_offered_the_act_and_refused_if_it_is_tried(enter: Enter) -> None:
    client = enter("auditor.d")
    dossier = client.get("/consignments/consignment-0").text
    assert "Override" not in dossier.split("<dialog")[0]
    answer = client.post(OVERRIDE, data={**GOOD, "csrf": "csrf-auditor.d"})
    assert answer.status_code == 403
    assert "Access denied" in answer.text


def test_the_office_of_an_officer_bounds_what_is_offered(enter: Enter) -> None:
    assert "Override" not in enter().get("/consignments/consignment-11").text.split("<dialog")[0]
    assert "Override" in enter("head.c").get("/consignments/consignment-11").text.split("<dialog")[0]


def _all():  # type: ignore[no-untyped-def]
    from cocket.pipeline import QueueFilter

    return QueueFilter(state="all")
