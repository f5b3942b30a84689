# SPDX-License-Identifier: Apache-2.0
"""The page of threats, over a real house in which one officer browsed in bulk and one declaration was amended many times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cocket.governance import Principal
from cocket.pipeline import Instance, QueueFilter
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.workbench_house import PASSWORD
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Enter, Screen, said

CURIOUS = Principal(id="officer.c", kind="officer", roles=("officer",))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"), red_per_day=0, yellow_per_day=0, random_share=0.0)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(40)], principal=trader("ACME"))
    made.desk()
    people = (("officer.c", "officer", "PTA1"), ("head.c", "supervisor", None), ("own.head", "supervisor", "PTA1"))
    for name, role, office in (*people, ("auditor.d", "auditor", None), ("analyst.b", "analyst", None)):
        made.house.governance.accounts.put_officer(name, name.title(), role, office, PASSWORD)
    for line in made.house.queries.records.queue(officer("supervisor"), QueueFilter(limit=50)).lines:
        made.house.queries.records.dossier(CURIOUS, line.id)
    yield made
    made.house.close()


@pytest.fixture
def house(built: Built) -> Instance:
    return built.house


def test_an_auditor_reads_who_why_and_when_and_opens_the_dossiers(enter: Enter) -> None:
    client = enter("auditor.d")
    page = client.get("/threats")
    told = said(page)
    assert "Browsing in bulk" in told
    assert "officer.c" in told
    assert "40 consignments outside their cases accessed in bulk" in told
    assert "40 rows" in told
    assert "and 28 more" in told
    link = re.search(r'<a href="(/consignments/[^"]+)"', page.text)
    assert link
    assert client.get(link[1]).status_code == 200


def test_who_may_not_know_of_an_alert_is_told_that_there_is_nothing(enter: Enter) -> None:
    for name in ("analyst.b", "own.head"):
        told = said(enter(name).get("/threats"))
        assert "Nothing beyond what chance explains" in told
        assert "officer.c" not in told
    assert "Browsing in bulk" in said(enter("head.c").get("/threats"))


def test_an_officer_has_no_such_page_and_no_way_to_it(enter: Enter) -> None:
    client = enter("officer.c")
    assert client.get("/threats").status_code == 403
    assert 'href="/threats"' not in client.get("/queue").text


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("?about=insider", True),
        ("?about=trade", False),
        ("?about=x&days=x", True),
        ("?days=7", True),
        ("?days=٧", True),
    ],
)
def test_filters_narrow_the_page_and_a_wrong_one_is_passed_over(enter: Enter, query: str, is_there: bool) -> None:
    assert ("Browsing in bulk" in said(enter("auditor.d").get(f"/threats{query}"))) is is_there


def test_in_a_browser_nothing_is_hard_to_use(open_screen: Callable[..., Screen]) -> None:
    for size in ({"width": 1280, "height": 800}, {"width": 360, "height": 740}):
        screen = open_screen(viewport=size)
        page = screen.sign_in("auditor.d")
        screen.go("/threats")
        page.locator("main details summary").first.click()
        assert page.evaluate(COMPLAINTS) == []
        if size["width"] > 1000:
            screen.picture("threats")


def test_axe_finds_nothing(open_screen: Callable[..., Screen]) -> None:
    engine = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
    if not engine.is_file():
        pytest.skip("axe-core is not installed (make build)")
    screen = open_screen(reduced_motion="reduce")
    page = screen.sign_in("auditor.d")
    screen.go("/threats")
    page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
    page.evaluate(engine.read_text())
    assert page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id))") == []
