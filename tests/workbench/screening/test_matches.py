# SPDX-License-Identifier: Apache-2.0
"""The pages of screening over a real house whose exporter is on a list."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cocket.pipeline import Instance, QueueFilter
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.workbench_house import PASSWORD
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Enter, Screen, said

LIST = b"id,name,kind,countries,programme\n7,BETANYA LOOMS TRADING COMPANY,organisation,XA,Loom measures 2025\n"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    made.house.screening.lists.import_list(officer("analyst"), "own", LIST)
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(3)], principal=trader("ACME"))
    made.desk()
    for name, role, office in (
        ("officer.a", "officer", None),
        ("analyst.b", "analyst", None),
        ("far", "analyst", "FAR1"),
    ):
        made.house.governance.accounts.put_officer(name, name.title(), role, office, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def house(built: Built) -> Instance:
    return built.house


def first(built: Built) -> str:
    return built.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0].id


def form(page: httpx.Response) -> dict[str, str]:
    hidden = r'<input type="hidden" name="(\w+)" value="([^"]*)"'
    return {name: html.unescape(value) for name, value in re.findall(hidden, page.text) if value}


def test_a_match_is_listed_explained_and_its_look_sealed(built: Built, enter: Enter) -> None:
    client = enter("officer.a")
    told = said(client.get("/screening"))
    assert "To be judged 3" in told and "BETANYA LOOMS TRADING COMPANY" in told and "own/7" in told
    shown = client.get(f"/screening/{first(built)}")
    told = said(shown)
    assert "betania sounds like betanya" in told.lower()
    assert "The listed name also has trading" in told and "Loom measures 2025" in told
    assert "Only analysts and supervisors judge matches" in told and "<textarea" not in shown.text
    looks = [body for body in built.bodies("look") if b'"what":"screening"' in body or b'"what":"matches"' in body]
    assert len(looks) == 2
    assert client.get(f"/consignments/{first(built)}").text.count(f"/screening/{first(built)}") == 1


def test_an_analyst_clears_with_a_ground_and_it_holds_for_the_name_everywhere(built: Built, enter: Enter) -> None:
    client = enter("analyst.b")
    at = f"/screening/{first(built)}"
    fields = form(client.get(at))
    assert client.post(f"{at}/clear", data=fields | {"ground": " "}).status_code == 422
    assert built.bodies("screening-clearance") == []
    answer = client.post(f"{at}/clear", data=fields | {"ground": "another register number"})
    assert answer.status_code == 303
    assert "Cleared by analyst.b: another register number" in said(client.get(at))
    assert "To be judged 0" in said(client.get("/screening"))
    assert "Cleared 3" in said(client.get("/screening?state=cleared"))
    assert client.post(f"{at}/confirm", data=fields | {"ground": "it is, after all"}).status_code == 303
    told = said(client.get(at))
    assert "Confirmed by analyst.b: it is, after all" in told and "Cleared by" not in told
    assert "Confirmed 3" in said(client.get("/screening?state=confirmed"))


def test_who_may_not_judge_or_see_is_refused(built: Built, enter: Enter) -> None:
    fields = form(enter("analyst.b").get(f"/screening/{first(built)}"))
    client = enter("officer.a")
    own = form(client.get("/queue"))
    refused = client.post(f"/screening/{first(built)}/clear", data=fields | own | {"ground": "known"})
    assert refused.status_code == 403
    far = enter("far")
    assert far.get(f"/screening/{first(built)}").status_code == 404
    assert "To be judged 0" in said(far.get("/screening"))
    assert far.get("/screening?state=x&page=x").status_code == 200
    assert built.bodies("screening-clearance") == []


def test_a_form_that_names_no_match_changes_nothing(built: Built, enter: Enter) -> None:
    client = enter("analyst.b")
    fields = form(client.get(f"/screening/{first(built)}"))
    for wrong in ({"subject": "x"}, {"entry": "8"}, {"list": "other"}):
        at = f"/screening/{first(built)}/clear"
        assert client.post(at, data=fields | wrong | {"ground": "known"}).status_code == 404
    assert built.bodies("screening-clearance") == []


def test_the_pages_are_in_the_language_of_the_reader(built: Built, enter: Enter) -> None:
    client = enter("analyst.b")
    french = {"accept-language": "fr-FR,en;q=0.5"}
    told = said(client.get("/screening", headers=french))
    assert "Filtrage" in told and "À juger 3" in told and "exportateur" in told
    told = said(client.get(f"/screening/{first(built)}", headers=french))
    assert "se prononce comme" in told and "C'est quelqu'un d'autre : écarter" in told


def test_in_a_browser_it_is_done_by_keys_and_nothing_is_hard_to_use(
    built: Built, open_screen: Callable[..., Screen]
) -> None:
    for size in ({"width": 1280, "height": 800}, {"width": 360, "height": 740}):
        screen = open_screen(viewport=size)
        page = screen.sign_in("analyst.b")
        page.keyboard.press("g")
        page.keyboard.press("l")
        page.wait_for_url("**/screening")
        assert page.evaluate(COMPLAINTS) == []
        if size["width"] > 1000:
            screen.picture("screening")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/screening/*")
        assert page.evaluate(COMPLAINTS) == []
        if size["width"] > 1000:
            screen.picture("screening-match", full_page=True)
    page.get_by_label("Ground").fill("another register number")
    page.get_by_role("button", name="It is someone else: clear").click()
    page.get_by_text("Cleared by analyst.b: another register number").wait_for()


def test_axe_finds_nothing(built: Built, open_screen: Callable[..., Screen]) -> None:
    engine = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
    if not engine.is_file():
        pytest.skip("axe-core is not installed (make build)")
    screen = open_screen(reduced_motion="reduce")
    page = screen.sign_in("analyst.b")
    for path in ("/screening", f"/screening/{first(built)}", "/screening?state=cleared"):
        screen.go(path)
        page.evaluate(engine.read_text())
        assert page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id))") == []
