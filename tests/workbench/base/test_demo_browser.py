# SPDX-License-Identifier: Apache-2.0
"""The whole demo in a real browser: as a newcomer starts it, signs in, looks, acts, and ends it.

By `scripts/draw_pictures.py` its country is as large as that of `make demo`, and the pictures of it are taken anew.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.simulation.posts import A_WEEK, POSTS, WEEKS
from tests.workbench.base.demos import PATIENCE_S, Demo, running
from tests.workbench.conftest import PICTURES, Screen

Open = Callable[..., Screen]

SIZE = "300" if PICTURES else "240"

#: One of them is not declared: it is among the faults planted in the manifests.
ASSESSED = int(SIZE) - 1 + len(POSTS) * WEEKS * A_WEEK


@pytest.fixture(scope="module")
def demo(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running(tmp_path_factory.mktemp("demo"), SIZE) as demo:
        yield demo


@pytest.fixture
def address(demo: Demo) -> str:
    return demo.address


@pytest.fixture
def password(demo: Demo) -> str:
    return demo.password


def text_of(page: Any, selector: str = "main") -> str:
    return " ".join(page.locator(selector).inner_text().split())


def red_dossier(screen: Screen) -> str:
    """The red consignment that shows most: papers that disagree, and another lane of the host's, if there is such a one."""
    screen.go("/queue?lane=red")
    paths = [line.get_attribute("href") for line in screen.page.locator("[data-line] a.open").all()]
    shown = {path: screen.page.request.get(screen.address + path).text() for path in paths}
    known = [path for path in paths if "The host chose" in shown[path]]
    assert known, "the host knows none of the red consignments"
    return str(max(known, key=lambda path: ("≠" in shown[path], "The host chose Red" not in shown[path])))


def find(screen: Screen, title: str) -> None:
    """Search for what one consignment alone has; a search with one answer opens it."""
    screen.go(f"/search?text={title.removeprefix('B/L ')}")
    if "/search" in screen.page.url:
        screen.page.locator("main a[href^='/consignments/']").first.click()
    screen.page.wait_for_url("**/consignments/*")


def test_the_queue_is_walked_by_keyboard(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    screen.picture("demo-queue")
    assert page.get_by_role("link", name="Cocket", exact=True).is_visible()
    assert page.locator("header.bar .administration").text_content() == "Alphaland Customs"
    titles = page.locator("[data-line] a.open").all_inner_texts()
    assert len(titles) == 25
    walked = []
    for key in "jjk":
        page.keyboard.press(key)
        walked.append(page.evaluate("document.activeElement.textContent.trim()"))
    assert walked == [titles[0], titles[1], titles[0]]
    page.keyboard.press("Enter")
    page.wait_for_url("**/consignments/*")
    assert page.get_by_role("heading", level=1).inner_text() == titles[0]
    page.keyboard.press("n")
    page.get_by_role("heading", level=1).get_by_text(titles[1]).wait_for()


def test_the_queue_says_why_in_whole_sentences(open_screen: Open) -> None:
    page = open_screen().sign_in("anna")
    reasons = page.locator("[data-line] [data-column=reasons] small a").all_inner_texts()
    assert reasons
    assert [reason for reason in reasons if not re.match(r"[A-Z\d]", reason) or "{" in reason] == []
    assert set(page.locator("[data-line] [data-column=reasons] .unknown").all_inner_texts()) <= {"Nothing unusual"}
    values = page.locator("tbody [data-column=value]").all_inner_texts()
    assert all(re.fullmatch(r"[A-Z]{3}\s[\d\s]+\.\d\d|–", value) for value in values), values


def test_a_red_dossier_shows_papers_reasons_and_the_hosts_lane_beside_ours(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    screen.go(red_dossier(screen))
    screen.picture("demo-dossier", full_page=True)
    assert re.match(r"Advice R Red (Drawn at random )?Host [RYBG] \w+ Order Open", text_of(page, ".verdict"))
    assert page.locator(".compare thead a:not(.seal)").all_inner_texts()[-1] in ("SAD", "SAD v2")
    assert page.locator(".compare tbody tr").count() >= 8
    assert page.locator("[aria-labelledby=rests-title] a").count() >= 1
    assert "Advised Red" in text_of(page, ".timeline")
    page.reload()
    assert "anna accessed the dossier" in page.locator(".timeline").text_content()


def test_the_proof_of_a_paper_leads_to_the_signed_head(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    screen.go(red_dossier(screen))
    page.locator(".compare thead a.seal").last.click()
    page.wait_for_url("**/proof")
    assert "the path leads from this leaf to the signed root" in text_of(page)
    assert page.get_by_role("img", name="The path from the leaf to the signed root").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Proof (JSON)").click()
    assert json.loads(Path(download.value.path()).read_bytes())


def test_a_result_stands_in_the_timeline_and_in_the_statistics(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    screen.go(red_dossier(screen))
    page.keyboard.press("e")
    page.wait_for_url("**/result*")
    page.get_by_label("Full Unloaded").check()
    page.get_by_label("Yes").check()
    page.get_by_label("Kind").select_option("undervaluation")
    page.get_by_label("Currency").fill("USD")
    page.get_by_label("Additional duty").fill("6650.00")
    page.get_by_role("button", name="Record and seal").click()
    page.get_by_role("status").get_by_text("Result recorded and sealed.").wait_for()
    assert "anna recorded: Full, irregularity found" in text_of(page, ".timeline")
    assert "Order Done" in text_of(page, ".verdict")
    head = open_screen()
    head.sign_in("sione")
    head.go("/statistics")
    head.page.get_by_text("consignments assessed").wait_for()  # a busy machine says first that it measures
    assert f"{ASSESSED} consignments assessed" in text_of(head.page)
    assert "USD 6 650.00" in text_of(head.page)


def test_a_dossier_shows_duties_with_their_acts_and_what_agencies_miss(demo: Demo, open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    lacking = re.search(r"\((B/L CKT\d+) lacks one\)", demo.said.read_text())
    assert lacking
    find(screen, lacking[1])
    assert "Duties and permits" in text_of(page)
    assert "no such paper is presented" in text_of(page)
    assert "Customs Tariff Act 2019, sch. 1" in page.locator("main").text_content()
    assert "more due for each tenth that the value is too low" in text_of(page)


def test_the_value_doubt_waits_for_a_decision(demo: Demo, open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    find(screen, demo.word("acts.json")["doubt"])
    page.get_by_role("link", name="Declared values").click()
    page.get_by_role("heading", name="Declared values").wait_for()
    assert "Item 1 · Answered" in text_of(page)


def test_the_examined_dossier_shows_the_result_and_the_one_it_replaced(demo: Demo, open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    find(screen, demo.word("acts.json")["result"])
    assert "It was replaced by a later result." in text_of(page)
    assert "record-of-examination.txt" in text_of(page)


def test_intelligence_selects_what_it_names_and_is_shown_by_its_handling(demo: Demo, open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    find(screen, demo.word("acts.json")["intelligence"])
    assert "Intelligence concerns this consignment" in text_of(page)
    assert re.match(r"Advice R Red", text_of(page, ".verdict"))
    screen.go("/intelligence")
    assert "Narcotics" in text_of(page)
    assert "used clothing" not in text_of(page)
    analyst = open_screen()
    analyst.sign_in("mei")
    analyst.go("/intelligence")
    assert "used clothing" in text_of(analyst.page)


def test_a_manifest_shows_what_was_written_off_and_the_planted_faults(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    screen.go("/manifests?show=findings")
    paths = [link.get_attribute("href") for link in page.locator("main a[href*='/manifests/']").all()]
    assert paths
    told = ""
    for path in dict.fromkeys(paths):
        screen.go(path.partition("?")[0] + "?show=findings")
        told += text_of(page)
    assert "Written off" in told
    assert re.search(r"\d+ packages were landed under bill CKT\d+", told)
    assert re.search(r"Nothing of bill CKT\d+ of manifest .+? is declared, \d+ days after arrival", told)


def test_an_audit_is_at_work_and_others_wait(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("anna")
    screen.go("/audits")
    assert "At work" in text_of(page)
    assert text_of(page).count("Proposed") >= 2
    page.locator("main a[href*='/audits/']").first.click()
    page.get_by_role("heading", name="Sample").wait_for()
    assert "The proof of payment is still to come." in text_of(page)


def test_ctrl_c_ends_it_cleanly(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(PATIENCE_S) == 0
    assert not (demo.home / "serving.json").exists()
    assert "Traceback" not in demo.said.read_text()
