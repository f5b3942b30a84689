# SPDX-License-Identifier: Apache-2.0
"""The pages of contests for officers, over a real house."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.workbench import build_app
from tests.houses import Built, build
from tests.pipeline.control.test_contests import ACME, EXAMINER, WRONG, contested, examined, lodged, picture
from tests.workbench.base.test_real_instance import PASSWORD, token
from tests.workbench.conftest import Screen, said, served

Sign = Callable[[str], httpx.Client]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.0)
    for name, role in (("examiner", "officer"), ("colleague", "officer"), ("analyst", "analyst")):
        made.house.governance.accounts.put_officer(name, name, role, None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def sign(built: Built) -> Iterator[Sign]:
    """Signs an officer in."""
    with served(build_app(built.house)) as address:
        clients: list[httpx.Client] = []

        def signing(name: str) -> httpx.Client:
            client = httpx.Client(base_url=address, headers={"origin": address}, follow_redirects=True)
            clients.append(client)
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 200
            return client

        yield signing
        for client in clients:
            client.close()


def test_a_colleague_finds_it_in_the_inbox_confirms_and_answers(built: Built, sign: Sign) -> None:
    _, consignment, contest = contested(built)
    built.house.control.contests.add_own_paper(ACME, contest, "contract.png", picture())
    client = sign("colleague")
    assert "1 contest waits for an answer that you may give" in said(client.get("/inbox"))
    assert contest in client.get("/contests").text
    here = f"/contests/{contest}"
    page = client.get(here)
    assert WRONG.words in said(page) and "examiner" in said(page) and "They do not answer." in said(page)
    paper = client.get(f"{here}/papers/{built.house.control.contests.contest(EXAMINER, contest).papers[0].record}")
    assert paper.content == picture() and paper.headers["content-disposition"].startswith("attachment")
    csrf = token(page.text)
    assert "Receipt confirmed" in said(client.post(f"{here}/receipt", data={"csrf": csrf}))
    again = client.post(f"{here}/receipt", data={"csrf": csrf})
    assert (again.status_code, "Receipt has been confirmed already." in said(again)) == (422, True)
    fields = {"csrf": csrf, "outcome": "upheld", "grounds": "", "effect": "items-withdrawn", "items": "1 2"}
    empty = client.post(f"{here}/answer", data=fields)
    assert empty.status_code == 422 and "Give the grounds; the trader reads them." in said(empty)
    assert 'value="1 2"' in empty.text
    odd = client.post(f"{here}/answer", data={**fields, "items": "one", "grounds": "x"})
    assert odd.status_code == 422 and "Enter the numbers of items in figures." in said(odd)
    assert client.post(f"{here}/answer", data={**fields, "outcome": ""}).status_code == 422
    done = client.post(f"{here}/answer", data={**fields, "grounds": "The contract bears it out."})
    assert "Answered and sealed" in said(done) and "The contract bears it out." in said(done)
    assert built.house.queries.records.dossier(EXAMINER, consignment).results[0].found is False
    assert "No contest waits for an answer" in said(client.get("/contests"))
    assert contest in client.get("/contests?state=closed").text
    assert "contest" not in said(client.get("/inbox")).replace("Contests", "")


def test_the_page_of_a_contest_in_a_browser(built: Built, chromium: Any) -> None:
    contest = contested(built)[2]
    built.house.control.contests.add_own_paper(ACME, contest, "contract.png", picture())
    with served(build_app(built.house)) as address:
        screen = Screen(chromium, address, PASSWORD)
        page = screen.sign_in("colleague")
        screen.go(f"/contests/{contest}")
        screen.picture("contest")
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("input[value=upheld]").focus()
        page.keyboard.press("Space")
        page.get_by_label("Grounds").fill("The contract bears it out.")
        page.locator("input[value=finding-withdrawn]").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Record and seal").press("Enter")
        page.get_by_text("Answered and sealed").wait_for()
        screen.go("/contests?state=closed")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert screen.complaints == []
        screen.close()


def test_whoever_decided_is_told_that_another_answers(built: Built, sign: Sign) -> None:
    contest = contested(built)[2]
    client = sign("examiner")
    page = client.get(f"/contests/{contest}")
    assert "You decided on these goods. Another officer answers." in said(page)
    assert f"/contests/{contest}/answer" not in page.text
    fields = {"csrf": token(page.text), "outcome": "explained", "grounds": "x"}
    assert client.post(f"/contests/{contest}/answer", data=fields).status_code == 403
    assert "There is nothing for you to do here" in said(sign("analyst").get(f"/contests/{contest}"))


def test_what_is_overdue_says_so(built: Built, sign: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    from cocket.pipeline.control import contests as module

    contest = contested(built)[2]
    monkeypatch.setattr(module, "_now", lambda: datetime.now(UTC) + timedelta(days=60))
    client = sign("colleague")
    assert "1 contest is overdue" in said(client.get("/contests"))
    assert "overdue" in said(client.get(f"/contests/{contest}"))
    assert "1 overdue" in said(client.get("/inbox"))


def test_goods_without_a_finding_offer_nothing_to_withdraw(built: Built, sign: Sign) -> None:
    from cocket.pipeline import NewResult

    message = lodged(built)
    examined(built, message, NewResult(depth="full", found=False))
    contest = built.house.control.contests.lodge(ACME, message, WRONG).id
    page = sign("colleague").get(f"/contests/{contest}")
    assert "Nothing found" in said(page) or "nothing found" in said(page)
    assert 'name="effect"' not in page.text
