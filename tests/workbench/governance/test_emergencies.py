# SPDX-License-Identifier: Apache-2.0
"""Accesses in an emergency by page: opened, read without a form for an act, ended, and judged by another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"
PEOPLE = (("ben", "officer", "XB999999"), ("head", "supervisor", None), ("ana", "analyst", None))
FIELDS = {"reference": "R1", "reason": "goods burn at the quay", "case": "2026-17"}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name, role, office in PEOPLE:
        made.house.governance.accounts.put_officer(name, name.title(), role, office, PASSWORD)
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


@pytest.fixture
def enter(built: Built) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []
    with served(build_app(built.house)) as address:

        def entered(name: str) -> httpx.Client:
            client = httpx.Client(base_url=address, headers={"origin": address})
            clients.append(client)
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).headers["location"] == "/"
            return client

        yield entered
        for client in clients:
            client.close()


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data={"csrf": token(client.get("/inbox").text), **fields})


def test_it_is_opened_read_ended_and_judged(built: Built, enter: Any) -> None:
    ben, head = enter("ben"), enter("head")
    (wanted,) = built.house.queries.records.find(officer("supervisor"), "R1")
    assert ben.get(f"/consignments/{wanted.id}").status_code == 404
    opened = post(ben, "/emergencies", **FIELDS)
    assert opened.status_code == 303
    here = opened.headers["location"]
    page = ben.get(here)
    said = text_of(page.text)
    assert "You read this in an emergency, until" in said and "Opened until" in said
    assert set(re.findall(r'<form method="post" action="(/[^"]*)"', page.text)) == {
        here.replace("consignment", "end"), "/purpose", "/language", "/sign-out"
    }  # fmt: skip
    paper = re.search(r'href="(/emergencies/[^"]+/messages/[^"]+)"', page.text)
    assert paper is not None and ben.get(paper[1]).content == declaration("R1")
    assert ben.get(f"/consignments/{wanted.id}").status_code == 404
    assert head.get(here).status_code == 404
    assert "1 access in an emergency waits for your review" in text_of(head.get("/inbox").text)
    one = here.removesuffix("/consignment")
    refused = post(head, f"{one}/review", words="it burned")
    assert refused.status_code == 422 and "Choose whether it was justified" in text_of(refused.text)
    assert post(ben, f"{one}/end").status_code == 303
    assert ben.get(here).status_code == 404
    assert post(head, f"{one}/review", words="it burned", verdict="justified").status_code == 303
    shown = text_of(ben.get(one).text)
    assert "Justified" in shown and "it burned" in shown
    timeline = text_of(head.get(f"/consignments/{wanted.id}").text)
    assert "ben opened it in an emergency, case 2026-17: goods burn at the quay" in timeline


def test_the_pages_are_walked_in_a_browser_at_the_width_of_a_phone_too(built: Built, chromium: Any) -> None:
    with served(build_app(built.house)) as address:
        ben, head = Screen(chromium, address, PASSWORD), Screen(chromium, address, PASSWORD)
        try:
            page = ben.sign_in("ben")
            ben.go("/emergencies")
            page.locator("#reference").fill("R1")
            page.get_by_label("Why you must see it now").fill("goods burn at the quay")
            page.locator("#case").fill("2026-17")
            page.get_by_role("button", name="Open it for 60 minutes").click()
            page.get_by_text("You read this in an emergency, until").first.wait_for()
            ben.go("/emergencies")
            ben.picture("emergencies", full_page=True)
            other = head.sign_in("head")
            other.set_viewport_size({"width": 390, "height": 844})
            head.go("/emergencies")
            other.get_by_role("link", name="R1").first.click()
            other.get_by_label("Was it justified").select_option("unjustified")
            other.locator("#words").fill("no fire there")
            other.get_by_role("button", name="Record the review").click()
            other.get_by_text("Not justified").first.wait_for()
            assert other.evaluate("document.documentElement.scrollWidth") <= 390
            assert ben.complaints + head.complaints == []
        finally:
            ben.close()
            head.close()


def test_what_is_missing_is_said_and_nothing_is_lost(enter: Any) -> None:
    ben = enter("ben")
    for wrong, said in (
        ({"reference": "NOTHING"}, "no consignment of that reference"),
        ({"case": ""}, "Give the reason in at most 400 characters"),
        ({"reason": ""}, "Give the reason"),
    ):
        answer = post(ben, "/emergencies", **{**FIELDS, **wrong})
        assert answer.status_code == 422, answer.text
        assert (said in text_of(answer.text) and 'value="2026-17"' in answer.text) or "case" in wrong


def test_who_may_neither_open_nor_know_of_any_has_no_such_page(enter: Any) -> None:
    ana = enter("ana")
    assert ana.get("/emergencies").status_code == 403
    assert "/emergencies" not in ana.get("/queue").text
