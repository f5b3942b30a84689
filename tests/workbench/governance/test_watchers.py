# SPDX-License-Identifier: Apache-2.0
"""The queue of internal affairs over a real house, by HTTP and in a real browser: found, opened with its evidence, closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cocket.governance import Principal
from cocket.oversight import RULES
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.workbench.base.test_real_instance import text_of, token
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"
CURIOUS = Principal(id="officer.c", kind="officer", roles=("officer",))
FIRST = Principal(id="affairs", kind="officer", roles=("internal-affairs",))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    """A house with a decoy that was marked, confirmed, lodged and opened by an officer."""
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    accounts, watchers = made.house.governance.accounts, made.house.governance.watchers
    accounts.put_officer("officer.c", "Carla Berg", "officer", None, PASSWORD)
    accounts.put_officer("affairs", "Ivo Nord", "internal-affairs", None, PASSWORD)
    watchers.mark_decoy(FIRST, "DECOY1", "file 12")
    watchers.confirm_decoy(Principal(id="other", kind="officer", roles=("internal-affairs",)), "DECOY1", "seen")
    made.house.intake.messages.take_many([envelope(declaration("DECOY1"))], principal=trader("ACME"))
    made.desk()
    (view,) = made.house.queries.records.find(officer("supervisor"), "DECOY1")
    made.house.queries.records.dossier(CURIOUS, view.id)
    yield made
    made.house.close()


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as address:
        yield address


def main_of(page: str) -> str:
    """What the page itself says, without the frame around it."""
    found = re.search(r"<main.*</main>", page, re.DOTALL)
    assert found
    return text_of(found[0])


@contextmanager
def client_of(address: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as client:
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        yield client


def test_everybody_else_is_answered_alike_whether_there_is_a_case_or_not(address: str, built: Built) -> None:
    (case,) = built.house.governance.watchers.find(FIRST).opened
    with client_of(address, "officer.c") as client:
        answers = [
            client.get(f"/watchers{more}")
            for more in ("", f"/{case}", "/019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f", "/decoys")
        ]
        csrf = token(client.get("/parts").text)
        for one in (case, "019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f"):
            answers.append(client.post(f"/watchers/{one}/dismiss", data={"csrf": csrf, "reason": "no"}))
        assert {answer.status_code for answer in answers} == {404}
        assert len({main_of(answer.text) for answer in answers}) == 1
        assert "/watchers" not in client.get("/account").text


def test_staff_are_told_that_accesses_are_watched_and_by_which_rules(address: str) -> None:
    with client_of(address, "officer.c") as client:
        said = text_of(client.get("/account").text)
    assert "Your accesses are watched" in said
    assert f"version {RULES.version}, digest {RULES.digest[:12]}" in said


def test_internal_affairs_begin_at_their_queue_and_are_told_how_much_to_expect(address: str) -> None:
    with client_of(address, "affairs") as client:
        assert client.get("/").headers["location"] == "/watchers"
        page = client.get("/watchers").text
        said = text_of(page)
        assert 'role="search"' not in page and ">Risk<" not in page
        assert "of alerts are true" in said or "is not known" in said
        assert "No case" in said


@pytest.mark.timeout(300)
def test_in_a_browser_a_case_is_found_read_with_its_evidence_and_closed(
    open_screen: Callable[..., Screen], built: Built
) -> None:
    screen = open_screen()
    page = screen.sign_in("affairs", begins="/watchers")
    page.get_by_role("button", name="Look through the last 60 days").click()
    page.get_by_role("link", name=re.compile("Open the evidence")).wait_for()
    screen.picture("watchers", full_page=True)
    page.get_by_role("link", name=re.compile("Open the evidence")).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Opened a decoy"
    assert page.locator("tbody tr").count() == 1
    assert "officer.c" in page.locator("tbody tr").inner_text()
    form = page.locator("form", has=page.get_by_role("button", name="Open", exact=True))
    form.get_by_role("button", name="Open", exact=True).click()
    assert "Give a reason" in page.inner_text("main")
    screen.forgive(422)
    form.get_by_label("Reason").fill("file 13")
    form.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("link", name=re.compile("Open the evidence")).click()
    page.get_by_label("Outcome").select_option("founded")
    page.get_by_label("Reason").fill("he said so himself")
    page.get_by_role("button", name="Close", exact=True).click()
    page.wait_for_url("**/watchers")
    assert "1 of 1 closed cases were founded" in page.inner_text("main")
    assert len(built.bodies("watch-seen")) >= 4
