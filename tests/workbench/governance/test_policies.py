# SPDX-License-Identifier: Apache-2.0
"""A policy on the pages, in a real browser: drafted, compared, tried, approved by another, and an access explained."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.governance import Principal, shipped_policy
from cocket.pipeline import QueueFilter
from cocket.pipeline.base import policies as in_force_module
from cocket.pipeline.governance import look_pages
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"
PEOPLE = (
    ("ann", "analyst", None),
    ("sue", "supervisor", None),
    ("olga", "officer", None),
    ("sam", "supervisor", "PTA1"),
)

TEXT = shipped_policy().text
RULES = """permit (principal, action == Action::"rule:read", resource)
when { principal in Role::"analyst" || principal in Role::"supervisor" || principal in Role::"auditor" };"""
NARROW = TEXT.replace(RULES, RULES.replace('principal in Role::"analyst" || ', ""))


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    monkeypatch.setattr(in_force_module, "KNOWN_FOR", 0.0)
    made = build(tmp_path, administration="Alphaland Customs")
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(3)], principal=trader("ACME"))
    made.desk()
    for name, role, office in PEOPLE:
        made.house.governance.accounts.put_officer(name, name.title(), role, office, PASSWORD)
    for _ in range(3):
        made.house.risk.rules.written(officer("analyst"))
        made.house.queries.records.queue(officer("supervisor"), QueueFilter(limit=3))
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as address:
        yield address


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def enter(address: str) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []

    def entered(name: str) -> httpx.Client:
        client = httpx.Client(base_url=address, headers={"origin": address}, timeout=60)
        clients.append(client)
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        return client

    yield entered
    for client in clients:
        client.close()


def test_a_draft_goes_from_the_form_into_force(built: Built, open_screen: Callable[..., Screen]) -> None:
    ann = open_screen()
    ann.sign_in("ann")
    ann.go("/policies")
    ann.page.get_by_label("Name of the draft").fill("rules")
    ann.page.get_by_label("Rules (Cedar)").fill(NARROW)
    ann.page.get_by_role("button", name="Check and keep the draft").click()
    ann.page.wait_for_url("**/policies/drafts/rules")
    told = ann.page.locator("main").inner_text()
    assert "Allowed by the policy in force alone" in told
    assert "rule:read" in told
    assert "Allowed by the draft alone" not in told
    assert ann.page.get_by_role("button", name="Propose to a second person").count() == 0
    ann.page.get_by_label("From").fill("")
    ann.page.get_by_role("button", name="Try it").click()
    ann.page.wait_for_selector("text=accesses tried")
    ann.picture("policy-draft", full_page=True)
    told = ann.page.locator("#trial ~ table").inner_text()
    assert "rule:read" in told
    assert "test-analyst" not in told  # who looked at what is not for analysts
    ann.page.get_by_label("Reason").fill("Rules are for supervisors.")
    ann.page.get_by_role("button", name="Propose to a second person").click()
    ann.page.wait_for_url("**/waiting")

    sue = open_screen()
    sue.sign_in("sue")
    sue.go("/waiting")
    sue.page.get_by_role("link", name="Put the policy rules in force").click()
    assert "Rights narrowed" in sue.page.locator("main").inner_text()
    sue.page.get_by_role("button", name="Approve").click()
    sue.page.wait_for_url("**/waiting")
    sue.go("/policies")
    assert "Version 1" in sue.page.locator("main").inner_text()
    sue.picture("policies", full_page=True)
    ann.go("/queue")
    assert ann.page.locator("a[href='/rules']").count() == 0


def test_a_broken_draft_is_shown_again_with_what_is_wrong(enter: Callable[[str], httpx.Client]) -> None:
    ann = enter("ann")
    page = ann.get("/policies").text
    broken = TEXT.replace('Role::"auditor"', 'Role::"auditr"')
    answer = ann.post("/policies/drafts", data={"csrf": token(page), "name": "one", "text": broken})
    assert answer.status_code == 422
    assert "auditr" in text_of(answer.text)
    assert "The policy is broken" in text_of(answer.text)
    assert ann.get("/policies/drafts/one").status_code == 404


def test_lines_of_a_browser_are_those_of_the_file(enter: Callable[[str], httpx.Client], built: Built) -> None:
    ann = enter("ann")
    fields = {"csrf": token(ann.get("/policies").text), "name": "one", "text": NARROW.replace("\n", "\r\n")}
    assert ann.post("/policies/drafts", data=fields).status_code == 303
    assert built.house.governance.policies.policy(officer("analyst"), "one").text == NARROW


def test_an_access_is_explained_on_a_page(enter: Callable[[str], httpx.Client], built: Built) -> None:
    sue = enter("sue")
    built.house.queries.records.queue(officer("analyst"), QueueFilter(limit=1))
    line = built.house.governance.policies.looks(officer("supervisor")).lines[0]
    assert f"/policies/looks/{line.id}" in sue.get("/policies/looks").text
    told = text_of(sue.get(f"/policies/looks/{line.id}").text)
    for words in (
        "queue:read allowed",
        "in_office",
        "customs-reads-queue-and-figures-of-its-office",
        "purpose = control",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("name", "statuses"),
    [("ann", (200, 403, 403)), ("sue", (200, 200, 404)), ("olga", (403, 403, 403)), ("sam", (200, 403, 403))],
)
def test_who_sees_policies_and_accesses(
    enter: Callable[[str], httpx.Client], name: str, statuses: tuple[int, int, int]
) -> None:
    client = enter(name)
    absent = "/policies/looks/01a21032-dbd8-7236-9320-ac0953c99041"
    found = tuple(client.get(path).status_code for path in ("/policies", "/policies/looks", absent))
    assert found == statuses
    assert ("Name of the draft" in client.get("/policies").text) is (name in ("ann", "sue"))


def test_a_day_that_is_none_is_refused(enter: Callable[[str], httpx.Client], built: Built) -> None:
    built.house.governance.policies.put_draft(officer("analyst"), "one", NARROW)
    ann = enter("ann")
    fields = {"csrf": token(ann.get("/policies").text), "first": "yesterday"}
    assert ann.post("/policies/drafts/one/try", data=fields).status_code == 400


def test_accesses_are_narrowed_in_the_form_and_a_wrong_question_keeps_what_was_entered(
    enter: Callable[[str], httpx.Client], built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_pages, "PAGE", 2)
    sue, anna = enter("sue"), Principal(id="anna", kind="officer", roles=("analyst",))
    for _ in range(3):
        built.house.queries.records.queue(anna, QueueFilter(limit=1))
    page = sue.get("/policies/looks?who=anna&purpose=control").text
    assert text_of(page).count("anna") == 2 and 'value="anna"' in page
    further = re.search(r'href="(/policies/looks\?[^"]*before=\d+)"', page)
    assert further and "who=anna" in further[1]
    older = text_of(sue.get(html.unescape(further[1])).text)
    assert older.count("anna") == 1 and "Older accesses" not in older
    assert "No access is so." in text_of(sue.get("/policies/looks?who=no-such-person").text)
    for query in ("role=king", "purpose=fun", "first=soon", "first=2026-12-24&last=2026-12-01", "shown=most"):
        wrong = sue.get(f"/policies/looks?who=anna&{query}")
        assert wrong.status_code == 422 and 'role="alert"' in wrong.text and 'value="anna"' in wrong.text, query


def test_the_page_of_accesses_has_no_faults(chromium: Any, address: str, built: Built) -> None:
    screen = Screen(chromium, address, PASSWORD)
    try:
        screen.sign_in("sue")
        screen.go("/policies/looks")
        screen.page.get_by_text("Narrow the list").click()
        screen.page.get_by_label("Officer or key").fill("ann")
        screen.page.get_by_role("button", name="Show").click()
        screen.page.wait_for_url("**who=ann**")
        screen.page.set_viewport_size({"width": 390, "height": 800})
        wide = screen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390 and screen.complaints == []
    finally:
        screen.close()
