# SPDX-License-Identifier: Apache-2.0
"""A trader assesses himself on pages, without scripts, and an officer reads what was submitted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cocket.control.self_assessment import QUESTIONS, THEMES, questions_of
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import PASSWORD
from tests.workbench.base.test_real_instance import token as token_of
from tests.workbench.conftest import Screen, said, served

#: Number of the importer of the sample, whom the account acts for.
IMPORTER = "XA990000000042"
PEOPLE = {"tina": ("trader", (IMPORTER,)), "ann": ("analyst", ())}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("assess") / "home", second_person_for="")
    made.house.intake.messages.take_many([envelope(declaration("R1"), IMPORTER)], principal=trader(IMPORTER))
    made.desk()
    for name, (role, senders) in PEOPLE.items():
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD, senders=senders)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as where:
        yield where


@pytest.fixture(scope="module")
def clients(address: str) -> Iterator[dict[str, httpx.Client]]:
    made = {}
    for name in PEOPLE:
        made[name] = httpx.Client(base_url=address, headers={"origin": address}, timeout=120)
        assert made[name].post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    yield made
    for client in made.values():
        client.close()


def test_it_is_answered_by_theme_saved_submitted_and_read_by_an_officer(clients: dict[str, httpx.Client]) -> None:
    tina, ann = clients["tina"], clients["ann"]
    page = tina.get("/own/assessment")
    csrf = str(token_of(page.text))
    assert f"{len(QUESTIONS)} questions have no whole answer yet." in said(page)
    assert "Messages received 1" in said(page)
    early = tina.post("/own/assessment/submission", data={"csrf": csrf})
    assert early.status_code == 422 and "Answer all questions before you submit." in said(early)
    for theme in THEMES:
        fields = {f"{one.id}.choice": "in-part" for one in questions_of(theme)}
        fields |= {f"{one.id}.words": f"Half of {one.id} is done." for one in questions_of(theme)}
        assert tina.post(f"/own/assessment/{theme}", data={"csrf": csrf, **fields, "act": "next"}).status_code == 303
    assert "Half of security-cargo is done." in tina.get("/own/assessment/security").text
    assert "it is not with customs yet" in said(tina.get("/own/assessment"))
    assert "Half of security-cargo" not in ann.get(f"/traders/{IMPORTER}").text
    assert tina.post("/own/assessment/submission", data={"csrf": csrf}).status_code == 303
    shown = ann.get(f"/traders/{IMPORTER}")
    assert "Half of security-cargo is done." in said(shown) and "As the trader submitted it" in said(shown)
    saved = tina.get("/own/assessment/summary.json")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert len(saved.json()["assessment"]["answers"]) == len(QUESTIONS)
    paper = tina.get("/own/assessment/summary.html")
    assert paper.headers["content-disposition"].startswith("attachment") and "Half of records-kept" in paper.text


def test_it_is_nobody_elses(clients: dict[str, httpx.Client]) -> None:
    tina = clients["tina"]
    for path in ("/own/assessment", "/own/assessment/solvency", "/own/assessment/summary.json"):
        assert tina.get(f"{path}?sender=OTHER").status_code == 404
        assert clients["ann"].get(path).status_code == 404
    assert tina.get("/own/assessment/astrology").status_code == 404


def test_it_is_answered_on_a_phone_in_a_real_browser(
    clients: dict[str, httpx.Client], chromium: Any, address: str
) -> None:
    screen = Screen(chromium, address, PASSWORD, viewport={"width": 390, "height": 800})
    try:
        window = screen.sign_in("tina", "/own")
        screen.go("/own/assessment/solvency")
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        window.get_by_label("In words, question 1").fill("Filed each June.")
        window.get_by_role("button", name="Save, next theme").press("Enter")
        window.wait_for_url("**/own/assessment/competence**")
        window.set_viewport_size({"width": 1280, "height": 800})
        screen.go("/own/assessment")
        screen.picture("assess-yourself")
        assert screen.complaints == []
    finally:
        screen.close()
