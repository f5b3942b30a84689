# SPDX-License-Identifier: Apache-2.0
"""The inbox and what officers do together, through the pages: in a real browser, by keyboard, and as plain forms."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cocket.pipeline import Instance
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.some import some
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Screen, said, served
from tests.workbench.consignment.test_traders import WIDER

SECRET = "seal and cord"
ROOT = Path(__file__).resolve().parents[3]
SHOTS = os.environ.get("SHOTS")
AXE = """axe.run().then((run) => run.violations.map((one) =>
  `${one.id}: ${one.nodes.slice(0, 2).map((node) => node.html.slice(0, 90)).join(" ")}`))"""
HEAD = officer("supervisor")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5, red_hours=6.0)
    made.house.intake.messages.take_many(
        [envelope(declaration(f"R{number}")) for number in range(24)], principal=trader("ACME")
    )
    made.desk()
    for name, role in (("anna.a", "officer"), ("head.h", "supervisor")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, SECRET)
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(Instance(built.stores))) as found:
        yield found


@pytest.fixture
def password() -> str:
    return SECRET


@contextlib.contextmanager
def entered(address: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address}, follow_redirects=True) as client:
        client.post("/sign-in", data={"name": name, "password": SECRET})
        yield client


def token(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


def test_an_order_is_assigned_from_the_queue_found_in_the_inbox_and_taken_back(address: str) -> None:
    with entered(address, "head.h") as head, entered(address, "anna.a") as anna:
        queue = head.get("/queue")
        orders = re.findall(r'class="choose" type="checkbox" name="order" value="([^"]+)"', queue.text)[:2]
        assert len(orders) == 2
        form = head.get("/orders/assign", params=[("order", one) for one in orders])
        assert "Assign 2 orders" in said(form)
        asked = {"csrf": token(form), "orders": " ".join(orders), "back": "", "reason": ""}
        nobody = head.post("/orders/assign", data={**asked, "examiner": ""})
        assert (nobody.status_code, "Choose an examiner." in said(nobody)) == (422, True)
        done = head.post("/orders/assign", data={**asked, "examiner": "anna.a"})
        assert "2 assigned to anna.a." in said(done)
        assert "Inbox, 2 notices" in said(anna.get("/queue"))
        assert said(anna.get("/inbox")).count("by head.h") == 2
        undo = re.search(r'<form method="post" action="(/orders/take-back[^"]+)"', done.text)
        assert undo
        assert "2 taken back." in said(head.post(undo[1].replace("&amp;", "&"), data={"csrf": token(done)}))
        refused = anna.get("/orders/assign", params={"order": orders[0]})
        assert refused.status_code == 403


def test_a_comment_that_is_refused_keeps_what_was_written(address: str) -> None:
    with entered(address, "anna.a") as anna:
        page = anna.get("/next")
        here = page.url.path
        kept = anna.post(f"{here}/comments", data={"csrf": token(page), "text": "ask @nobody about <the> seal"})
        assert kept.status_code == 422
        assert "No officer who may see this consignment is called @nobody" in said(kept)
        assert "ask @nobody about &lt;the&gt; seal</textarea>" in kept.text
        told = anna.post(f"{here}/comments", data={"csrf": token(page), "text": "ask @head.h about <the> seal"})
        assert "ask @head.h about &lt;the&gt; seal" in told.text
    with entered(address, "head.h") as head:
        assert "Mentions you 1" in said(head.get("/inbox"))


def test_a_view_is_saved_shown_and_removed(address: str) -> None:
    with entered(address, "anna.a") as anna:
        page = anna.get("/queue?lane=red&sort=time")
        saved = anna.post("/queue/views", data={"csrf": token(page), "name": "due red", "lane": "red", "sort": "time"})
        assert '<a href="/queue?lane=red&amp;sort=time"><bdi>due red</bdi></a>' in saved.text
        remove = re.search(r'action="(/queue/views/[^"]+/remove)"', saved.text)
        assert remove
        assert "due red" not in anna.post(remove[1], data={"csrf": token(page)}).text
        assert anna.post("/queue/views", data={"csrf": token(page), "name": ""}).status_code == 422


def test_a_red_order_has_the_end_that_the_setting_gives_it(built: Built, address: str) -> None:
    with entered(address, "anna.a") as anna:
        assert re.search(r"\b5 h|\b6 h|5:5\d", said(anna.get("/queue?lane=red"))), said(anna.get("/queue?lane=red"))[
            :2000
        ]


#: Pages of an ordinary day, with whoever opens them.
DAY = (
    ("head.h", "/queue"), ("head.h", "/inbox"), ("head.h", "/review"), ("head.h", "/rules"), ("head.h", "/rules/desk"),
    ("head.h", "/administration"), ("head.h", "/administration/access"), ("head.h", "/administration/settings"),
    ("head.h", "/statistics"), ("head.h", "/account"), ("head.h", "/search?text=goods"), ("head.h", "/screening"),
    ("head.h", "/threats"), ("anna.a", "/pocket"), ("anna.a", "/inbox"), ("anna.a", "TRADER"),
)  # fmt: skip


@pytest.mark.parametrize("width", some([1440, 1280, 820, 390], 3))
def test_the_pages_of_a_day_are_used_without_eyes_mouse_or_a_wide_screen(
    open_screen: Callable[..., Screen], width: int
) -> None:
    engine = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    found: dict[str, list[str]] = {}
    for name in ("head.h", "anna.a"):
        screen = open_screen(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        page = screen.sign_in(name)
        line = page.locator("tr[data-line] a.open").first.get_attribute("href")
        for path in (path for who, path in DAY if who == name):
            screen.go(str(line) if path == "TRADER" else path)
            if path == "TRADER":
                trader = page.locator("a[href^='/traders/']").first
                assert trader.count(), "the dossier leads to no trader"
                screen.go(str(trader.get_attribute("href")))
            page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
            said = page.evaluate(COMPLAINTS)
            if engine.is_file():
                page.evaluate(engine.read_text())
                said += page.evaluate(AXE)
            if said:
                found[f"{path} of {name}"] = said
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/{width}-{path.strip('/').replace('/', '-').partition('?')[0]}-{name}.png"
                )
    assert found == {}


def test_the_bar_is_walked_by_keyboard_and_fits_1280_pixels(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(viewport={"width": 1280, "height": 800})
    page = screen.sign_in("head.h")
    middles = page.evaluate(
        """[...document.querySelectorAll('.bar > *')].map((e) => {
          const at = e.getBoundingClientRect(); return Math.round((at.top + at.bottom) / 40); })"""
    )
    assert max(middles) - min(middles) <= 1 and page.evaluate(
        "document.querySelector('.bar').scrollWidth <= innerWidth"
    )
    page.get_by_text("Risk", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="Rules").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Rules"
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="Rules").is_visible()
    assert page.evaluate("document.activeElement.textContent") == "Risk"
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/rules")


def test_the_day_goes_by_keyboard(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(viewport={"width": 1440, "height": 900})
    page = screen.sign_in("head.h")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator(".choose:checked").count() == 2
    page.keyboard.press("a")
    page.wait_for_url("**/orders/assign?**")
    page.get_by_label("Examiner").select_option("anna.a")
    page.get_by_role("button", name="Assign", exact=True).click()
    page.wait_for_url("**/queue")
    assert "2 assigned to anna.a." in page.locator(".toast").inner_text()
    page.keyboard.press("u")
    page.wait_for_selector("text=2 taken back.")
    page.keyboard.press("n")
    page.wait_for_url("**/consignments/**")
    page.keyboard.press("z")
    page.get_by_role("button", name="Put off").click()
    page.wait_for_url("**/inbox")
    assert "Take up again" in page.inner_text("main")
    assert page.evaluate(COMPLAINTS) == []
    screen.go("/next")
    screen.go("/inbox")
    screen.picture("inbox")


#: The lines as a busy day has them: long suspicions, two long facts each, and five bands.
CROWDED = """() => {
  const cell = (line) => line.querySelector('[data-column="reasons"]');
  const lines = [...document.querySelectorAll("tr[data-line]")];
  for (const line of lines) cell(line).innerHTML = '<span class="name">Quantity: '
    + '442 packages more are declared than the other paper has</span>'
    + '<small><a href="#x">21 046.78 kg gross are declared, the bill of lading has 10 523.39 kg</a> · '
    + '<a href="#y">Examinations of this trader since 7 Jul 2026: 8 of 14 irregular</a></small>';
  const band = document.querySelector("tr.band");
  for (const place of [1, 2, 3, 4]) lines[place].before(band.cloneNode(true));
}"""


@pytest.mark.parametrize(("width", "height", "least"), [(1440, 900, 15), (820, 1180, 10)])
def test_as_many_lines_of_the_queue_are_seen_at_once_as_the_design_asks(
    open_screen: Callable[..., Screen], width: int, height: int, least: int
) -> None:
    screen = open_screen(viewport={"width": width, "height": height})
    page = screen.sign_in("head.h")
    page.evaluate(CROWDED)
    seen = page.evaluate(
        "[...document.querySelectorAll('tr[data-line]')].filter((e) => e.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert seen >= least, seen


def test_the_first_line_on_a_phone_stands_within_200_px(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(viewport={"width": 390, "height": 844})
    page = screen.sign_in("head.h")
    page.evaluate(CROWDED)
    band = page.evaluate("document.querySelector('tr.band').getBoundingClientRect().height")
    assert band <= 30, band
    top = page.evaluate("document.querySelector('tr[data-line]').getBoundingClientRect().top")
    assert top <= 200, top
    assert page.evaluate(WIDER) == []
