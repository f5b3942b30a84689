# SPDX-License-Identifier: Apache-2.0
"""The workbench in a real browser: by keyboard, in both themes and directions, at 360 pixels, and alone on its host.

By `scripts/draw_pictures.py` the same tests take the pictures of the documentation anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.pipeline.control.views import HostResultView
from cocket.workbench import build_app
from tests.house.access_house import PASSWORD as HOUSE_PASSWORD
from tests.simulators.workbench_country import NOW
from tests.simulators.workbench_house import PASSWORD, SimulatedHouse
from tests.workbench.conftest import Screen, served
from tests.workbench.walked import furnish_all, pages_of

Open = Callable[..., Screen]

ROOT = Path(__file__).resolve().parents[3]
FIRST = "/consignments/consignment-0"
PHONE = {"width": 360, "height": 740}
PATHS = (
    "/queue", "/queue?state=done", FIRST, f"{FIRST}/orders/order-0/result", f"{FIRST}/override",
    "/messages/consignment-3-wco/content", "/messages/consignment-0-sad/proof", "/messages/consignment-0-sad-2/proof",
    "/statistics", "/parts", "/intelligence", "/intelligence/new", "/intelligence/report-0/end",
)  # fmt: skip

#: What makes a page hard to use without eyes or mouse; each line is one complaint.
COMPLAINTS = """() => {
  const said = [];
  const shown = (e) => e.checkVisibility();
  const name = (e) => (e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || e.title || "").trim();
  for (const e of document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary"))
    if (shown(e) && !name(e)) said.push("no name: " + e.outerHTML.slice(0, 90));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) said.push("id twice: " + id);
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
    for (const id of (e.getAttribute("aria-labelledby") || e.getAttribute("aria-describedby")).split(" "))
      if (id && shown(e) && !document.getElementById(id)) said.push("names what is not there: " + id);
  if (document.querySelectorAll("h1").length !== 1) said.push("headings of level one: " + document.querySelectorAll("h1").length);
  let level = 1;
  for (const e of document.querySelectorAll("main :is(h1, h2, h3, h4)")) {
    const here = Number(e.tagName[1]);
    if (here > level + 1) said.push("level left out before " + e.textContent);
    level = here;
  }
  if (document.querySelectorAll("main").length !== 1) said.push("no single main part");
  for (const e of document.querySelectorAll("[tabindex]"))
    if (e.tabIndex > 0) said.push("order of focus forced: " + e.outerHTML.slice(0, 90));
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) said.push("wider than the window by " + wide);
  return said;
}"""


#: Whether the first of some elements is seen where it stands, cut off by nothing.
SEEN = """(which) => {
  const box = document.querySelector(which).getBoundingClientRect();
  return [box.left + 2, box.right - 2].every((x) => document.elementFromPoint(x, box.top + 8)?.closest(which));
}"""


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def opened(page: Any) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url)


def test_sign_in(open_screen: Open) -> None:
    screen = open_screen()
    screen.go("/")
    screen.picture("sign-in")
    page = screen.sign_in()
    assert page.get_by_role("heading", level=1).inner_text() == "Open consignments"


def test_the_queue_is_walked_by_keyboard(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.picture("queue")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert focused(page) == "B/L TSTB0100031"
    page.keyboard.press("k")
    assert focused(page) == "B/L TSTB0100007"
    page.keyboard.press("k")
    assert focused(page) == "B/L TSTB0100007"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{FIRST}")
    page.keyboard.press("n")
    page.wait_for_url("**/consignments/consignment-1")
    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/queue")
    page.keyboard.press("/")
    page.keyboard.type("TSTB0100121")
    page.keyboard.press("Enter")
    page.wait_for_url("**/consignments/consignment-9")


def test_lines_with_an_open_order_are_walked_one_by_one(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go("/queue?state=all")
    walked = []
    for _ in range(3):
        page.keyboard.press("j")
        walked.append(focused(page))
    assert walked == ["B/L TSTB0100007", "B/L TSTB0100031", "SAD PTA1/2026/I/4417"]


def test_keys_typed_into_a_field_do_nothing_else(open_screen: Open) -> None:
    page = open_screen().sign_in()
    page.keyboard.press("/")
    page.keyboard.type("jeno?")
    assert page.locator("#find").input_value() == "jeno?"
    assert opened(page) == "/queue"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused(page) == "B/L TSTB0100007"


def test_the_help_shows_all_keys_and_single_keys_can_be_turned_off(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    assert dialog.is_visible()
    screen.picture("keyboard")
    dialog.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('.open')") is False


def test_a_lane_is_shown_without_loading_the_page_again(open_screen: Open) -> None:
    page = open_screen().sign_in()
    page.evaluate("window.still = true")
    page.get_by_role("navigation", name="Lanes").get_by_role("link", name="Yellow").click()
    page.wait_for_url("**/queue?lane=yellow")
    page.get_by_text("ACME TRADING").first.wait_for(state="detached")
    assert page.get_by_text("TALL PALM HARDWARE").is_visible()
    assert page.evaluate("window.still") is True
    page.go_back()
    page.get_by_text("ACME TRADING").first.wait_for()


def test_filters_answer_at_once(open_screen: Open) -> None:
    page = open_screen().sign_in("head.c")
    page.get_by_label("Words in these lines").fill("tyres")
    page.get_by_label("Words in these lines").press("Enter")
    page.wait_for_url("**text=tyres*")
    page.wait_for_function("document.querySelectorAll('[data-line]').length === 1")
    assert page.get_by_text("tyres, retreaded").is_visible()
    page.get_by_label("State").select_option("done")
    page.get_by_text("No line contains these words").wait_for()


def test_lines_are_sorted_by_the_server_and_columns_picked_in_place(open_screen: Open) -> None:
    page = open_screen().sign_in()
    page.get_by_role("link", name="At stake, chance").click()
    page.wait_for_url("**sort=stake**")
    assert page.locator("th[data-column=stake]").get_attribute("aria-sort") == "descending"
    assert page.locator("tr.band").count() == 0
    page.get_by_text("Columns").click()
    page.get_by_role("checkbox", name="Goods").uncheck()
    assert not page.locator("tbody [data-column=goods]").first.is_visible()
    page.reload()
    assert not page.locator("tbody [data-column=goods]").first.is_visible()


def test_the_queue_stands_in_bands_and_a_printed_dossier_opens_what_is_folded(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    assert "Chance × money at stake" in page.locator("tr.band th").all_inner_texts()[0]
    screen.go(FIRST)
    folded = page.locator("main details:not([open])").count()
    assert folded > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("main details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details:not([open])").count() == folded


def test_an_order_is_printed_on_one_sheet_of_a4(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(f"{FIRST}/order")
    screen.picture("order", full_page=True)
    assert page.locator(".qr svg").is_visible()
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") == 1


def test_an_order_is_no_wider_than_a_phone_in_any_of_its_languages(open_screen: Open, house: SimulatedHouse) -> None:
    whole = house.sheet
    long = "Colour television receivers, refrigerators, polyethyleneterephthalate"

    def with_long_words(*given: Any, **more: Any) -> Any:
        sheet = whole(*given, **more)
        item = msgspec.structs.replace(sheet.items[0], goods=long, packages=12_345, gross_mass_kg="91717.31")
        return msgspec.structs.replace(sheet, items=(item,), packages=(12_345, 13_595), gross_mass_kg=("91717.31",) * 2)

    house.sheet = with_long_words  # type: ignore[method-assign]
    screen = open_screen(viewport=PHONE, locale="fr-FR")
    screen.go("/sign-in")
    screen.page.locator("[name=name]").fill("officer.a")
    screen.page.locator("[type=password]").fill(PASSWORD)
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url("**/queue")
    screen.go(f"{FIRST}/order")
    assert screen.page.get_by_text("Constaté").first.is_visible()
    assert screen.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_dossier_shows_papers_before_the_score(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(FIRST)
    screen.picture("dossier", full_page=True)
    regions = page.locator("main section h2").all_inner_texts()
    expected = ["What to look for", "At stake", "Time left", "Do", "Cargo", "Documents side by side"]
    assert regions == [*expected, "Money of this suspicion", "What the suspicion rests on", "Comments", "Timeline"]
    rows = page.locator(".compare tbody tr")
    before = rows.count()
    page.get_by_label("Only these").check()
    assert [row.is_visible() for row in rows.all()].count(True) == 3 < before
    assert page.locator(".because li").count() == 2
    page.locator(".because a").first.click()
    page.wait_for_url("**/messages/**")


def test_a_result_is_recorded(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(FIRST)
    page.keyboard.press("e")
    page.wait_for_url("**/result")
    page.get_by_label("Full Unloaded").check()
    assert not page.get_by_label("Additional duty").is_visible()
    page.get_by_label("Yes").check()
    page.get_by_label("Kind", exact=True).select_option("undervaluation")
    page.get_by_label("Currency", exact=True).fill("USD")
    page.get_by_label("Additional duty").fill("6650.00")
    page.get_by_label("Note for the file").fill("Three of the cars are five years younger than declared.")
    screen.picture("result", full_page=True)
    page.get_by_role("button", name="Record and seal").click()
    page.get_by_role("status").get_by_text("Result recorded and sealed.").wait_for()
    assert [result.duty_recovered for _, result in house.recorded] == ["6650.00"]
    assert page.get_by_text("Irregularity found", exact=True).is_visible()
    assert page.get_by_text("officer.a recorded: Full, irregularity found").is_visible()


def test_what_was_found_item_by_item_is_entered_without_leaving_the_form(
    open_screen: Open, house: SimulatedHouse
) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(f"{FIRST}/orders/order-0/result")
    page.get_by_label("Full Unloaded").check()
    assert not page.get_by_text("Item 1 differs").is_visible()
    assert not page.get_by_text("Sample to the laboratory").is_visible()
    page.get_by_label("Yes").check()
    page.get_by_label("Kind", exact=True).select_option("narcotics")
    page.get_by_text("Item 1 differs").press("Enter")
    page.get_by_label("Quantity found, item 1").fill("9")
    page.get_by_text("Seizure", exact=True).press("Enter")
    page.get_by_label("Goods seized").fill("resin")
    page.get_by_label("Quantity seized").fill("4.2 KGM")
    page.get_by_label("How it was detected").select_option("dog")
    screen.picture("result-found", full_page=True)
    page.get_by_role("button", name="Record and seal").click()
    page.get_by_role("status").get_by_text("Result recorded and sealed.").wait_for()
    ((_, result),) = house.recorded
    assert ([one.differences for one in result.items], [one.goods for one in result.seizures]) == (
        [("quantity",)],
        ["resin"],
    )


def test_a_report_of_intelligence_is_entered_and_read(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("analyst.b")
    page.get_by_text("Risk", exact=True).click()
    page.get_by_role("link", name="Intelligence").click()
    page.get_by_role("link", name="Enter a report").click()
    page.get_by_label("What it says").fill(
        "Pistols in the blocks of used engines, loaded at the back of the container."
    )
    page.get_by_label("What it warns of").select_option("weapons")
    page.get_by_label("How reliable is the source?").select_option("B")
    page.get_by_label("How credible is the information?").select_option("2")
    page.get_by_label("Restricted").check()
    page.get_by_label("Routes").fill("XJ")
    page.get_by_label("Goods", exact=True).fill("8407\n870899")
    page.get_by_label("Last day of validity").fill(str(date.today() + timedelta(days=21)))
    page.get_by_role("button", name="Enter and seal").click()
    page.get_by_role("status").get_by_text("Report entered and sealed.").wait_for()
    screen.picture("intelligence")
    assert page.get_by_role("heading", name="Weapons and strategic goods").is_visible()


def test_an_override_needs_a_reason(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(FIRST)
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="Override the lane")
    dialog.wait_for()
    dialog.get_by_label("Green").check()
    dialog.get_by_role("button", name="Set the lane").click()
    dialog.get_by_text("Give a reason; it is recorded").wait_for()
    screen.picture("override")
    assert dialog.get_by_label("Green").is_checked()
    assert page.evaluate("document.activeElement.name") == "reason"
    dialog.get_by_label("Reason").fill("Examined\u202e yesterday")
    dialog.get_by_role("button", name="Set the lane").click()
    dialog.get_by_text("This field contains U+202E, a character that cannot be seen, at place 9.").wait_for()
    assert dialog.get_by_label("Reason").input_value() == "Examined\u202e yesterday"
    dialog.get_by_label("Reason").fill("Examined yesterday under the same manifest.")
    dialog.get_by_role("button", name="Set the lane").click()
    page.get_by_role("status").get_by_text("Lane set to Green.").wait_for()
    assert house._lines["consignment-0"].advice.override == "green"  # type: ignore[union-attr]
    screen.forgive(422)


def test_a_release_is_taken_back(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(FIRST)
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Release without examination")
    dialog.get_by_label("Reason").fill("Escorted by the port authority.")
    dialog.get_by_role("button", name="Release").click()
    page.get_by_role("status").get_by_text("Released.").wait_for()
    page.wait_for_timeout(300)
    screen.picture("release")
    assert house._lines["consignment-0"].order.status == "released"  # type: ignore[union-attr]
    page.keyboard.press("u")
    page.get_by_role("status").get_by_text("Open again.").wait_for()
    assert house._lines["consignment-0"].order.status == "open"  # type: ignore[union-attr]


def test_a_dialog_is_left_without_doing_anything(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(FIRST)
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="Override the lane")
    dialog.wait_for()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.keyboard.press("o")
    dialog.get_by_role("link", name="Back").click()
    assert not dialog.is_visible()
    assert opened(page) == FIRST


def test_a_message_opens_its_content_when_asked(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go("/messages/consignment-3-wco")
    page.get_by_role("link", name="Open the content").click()
    page.get_by_text("DeclarationOfficeID").first.wait_for()
    screen.picture("message")


def test_a_proof_is_a_picture(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go("/messages/consignment-0-sad/proof")
    screen.picture("proof", full_page=True)
    assert page.get_by_role("img", name="The path from the leaf to the signed root").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Proof (JSON)").click()
    assert download.value.suggested_filename == "consignment-0-sad.proof.json"


def test_statistics(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/statistics")
    screen.picture("statistics")
    assert page.get_by_text("Lanes over the same period").is_visible()


def test_parts_and_troubles_have_their_pictures(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go("/parts")
    screen.picture("parts", full_page=True)
    assert page.locator(".frame").count() == 4
    screen.go("/consignments/unknown")
    screen.picture("trouble")
    assert page.get_by_role("heading", level=1).inner_text() == "Not found"
    screen.forgive(404)


def test_the_dark_theme_follows_the_system(open_screen: Open) -> None:
    light, dark = open_screen(color_scheme="light"), open_screen(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert light.sign_in().evaluate(ground) == "rgb(245, 245, 242)"
    assert dark.sign_in().evaluate(ground) == "rgb(19, 20, 22)"
    dark.go(FIRST)
    dark.picture("dossier-dark")


def test_print_is_light_and_without_what_can_be_pressed(open_screen: Open) -> None:
    screen = open_screen(color_scheme="dark")
    page = screen.sign_in()
    screen.go(FIRST)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 31, 33)"
    assert not page.get_by_role("link", name="Examine").is_visible()
    assert page.get_by_role("heading", name="Documents side by side").is_visible()


def test_right_to_left_is_a_switch(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go(FIRST)
    where = (
        "[document.querySelector('.cargo'), document.querySelector('.reasons')].map((e) => e.getBoundingClientRect().x)"
    )
    cargo, reasons = page.evaluate(where)
    assert cargo < reasons
    page.context.set_extra_http_headers({"accept-language": "ar"})
    screen.go(FIRST)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    cargo, reasons = page.evaluate(where)
    assert cargo > reasons
    assert page.evaluate(COMPLAINTS) == []
    screen.picture("dossier-rtl")


def test_figures_in_a_field_keep_their_order_from_right_to_left(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go("/parts")
    field = page.locator("[dir=rtl] input[inputmode=decimal]").first
    assert field.evaluate("(one) => getComputedStyle(one).direction") == "ltr"
    assert field.evaluate("(one) => getComputedStyle(one).textAlign") == "end"


def test_a_phone_shows_lines_as_cards(open_screen: Open) -> None:
    screen = open_screen(viewport=PHONE)
    page = screen.sign_in()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert not page.locator("#lines thead").is_visible()
    widths = [page.locator(f"tbody [data-column={name}]").first.bounding_box()["width"] for name in ("reasons", "age")]
    assert min(widths) > 280
    for kind in (".xlsx", ".csv"):  # seen without swiping
        assert page.evaluate(SEEN, f".tools a[href^='/queue{kind}']")
    assert not page.evaluate(SEEN, ".queue-filters select[name='state']")
    page.locator(".queue-filters").evaluate("(one) => one.scrollTo(120, 0)")
    assert page.evaluate(SEEN, ".queue-filters select[name='state']")
    page.locator(".queue-filters").evaluate("(one) => one.scrollTo(0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    screen.picture("queue-small")


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_what_a_host_found_leaves_the_facts_of_a_line_to_be_read(
    open_screen: Open, house: SimulatedHouse, width: int
) -> None:
    line = house._lines["consignment-0"]
    assert line.advice and line.advice.because
    reported = HostResultView(outcome="irregularity found", depth="partial", returned=NOW)
    advice = msgspec.structs.replace(line.advice, host_result=reported)
    house._lines["consignment-0"] = msgspec.structs.replace(line, advice=advice)
    screen = open_screen(viewport={"width": width, "height": 900})
    page = screen.sign_in()
    texts = page.locator("tr[data-line]").first.locator("[data-column=reasons] small")
    assert [text.locator("a").count() for text in texts.all()] == [1, len(line.advice.because)]
    assert page.evaluate(SEEN, "tr[data-line] [data-column=reasons] strong")
    assert page.evaluate(SEEN, "tr[data-line] [data-column=reasons] small + small a")
    cut = "(one) => one.scrollHeight > one.clientHeight + 1"
    assert not texts.first.evaluate(cut) and (width > 390 or not texts.last.evaluate(cut))


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
def test_every_page_can_be_used_without_eyes_or_mouse(open_screen: Open, viewport: dict[str, int]) -> None:
    screen = open_screen(viewport=viewport)
    screen.go("/sign-in")
    found = {"/sign-in": screen.page.evaluate(COMPLAINTS)}
    screen.sign_in("head.c")
    for path in PATHS:
        screen.go(path)
        screen.page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
        found[path] = screen.page.evaluate(COMPLAINTS)
    assert {path: said for path, said in found.items() if said} == {}


def test_the_complaints_of_a_bad_page_are_heard(open_screen: Open) -> None:
    page = open_screen().sign_in()
    page.evaluate("document.querySelector('main').innerHTML = '<h3 id=find>x</h3><button tabindex=5></button>'")
    said = " ".join(page.evaluate(COMPLAINTS))
    for complaint in ("no name", "id twice: find", "level one: 0", "level left out", "focus forced"):
        assert complaint in said


def test_axe_finds_nothing(open_screen: Open) -> None:
    engine = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not engine.is_file():
        pytest.skip("axe-core is not installed (make build)")
    screen = open_screen(reduced_motion="reduce")
    screen.sign_in("head.c")
    found = {}
    for path in PATHS:
        screen.go(path)
        screen.page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
        screen.page.evaluate(engine.read_text())
        violations = screen.page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id))")
        if violations:
            found[path] = violations
    assert found == {}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The workbench over a real house with something on every page, and who opens which."""
    found = furnish_all(tmp_path_factory.mktemp("walked") / "home")
    with served(build_app(found.house)) as address:
        yield address, pages_of(found, address)
    found.tracked.close()
    found.house.close()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("language", "width"),
    [
        ("en", 1440),
        pytest.param("en", 820, marks=pytest.mark.soak),
        pytest.param("fr", 1440, marks=pytest.mark.soak),
        pytest.param("fr", 390, marks=pytest.mark.soak),
        ("ar", 390),
    ],
)
def test_pages_of_traders_and_about_them_can_be_used_without_eyes_or_mouse(
    walked: tuple[str, dict[str, list[str]]], chromium: Any, language: str, width: int
) -> None:
    """In each language and width: no page passes its window, and axe finds nothing."""
    engine = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    found = {}
    for who, paths in walked[1].items():
        screen = Screen(chromium, walked[0], HOUSE_PASSWORD, viewport={"width": width, "height": 900})
        page = screen.sign_in(who, {"tina": "/own", "pat": "/agency"}.get(who, "/queue"))
        page.context.set_extra_http_headers({"accept-language": language})
        for path in paths:
            screen.go(path)
            assert opened(page) == path and page.locator(f"html[lang={language}]").count() == 1
            if (language, width) == ("en", 1440):
                if path.endswith("/papers"):
                    screen.picture("papers", full_page=True)
                elif path == "/quality":
                    screen.picture("quality", full_page=True)
                elif path.startswith("/administration/mirror"):
                    screen.picture("mirror", full_page=True)
                elif path == "/trials/readiness":
                    screen.picture("readiness")
                elif path == "/trials/use-cases":
                    screen.picture("use-cases")
                elif path == "/trials/recommendations":
                    screen.picture("recommendations")
            page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
            said = page.evaluate(COMPLAINTS)
            if engine.is_file():
                page.evaluate(engine.read_text())
                said += page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id))")
            if said:
                found[path] = said
        assert screen.complaints == []
        screen.close()
    assert found == {}


def test_the_first_load_is_small(open_screen: Open) -> None:
    screen = open_screen()
    screen.sign_in("head.c")
    screen.loaded.clear()
    screen.go("/queue")
    screen.page.wait_for_load_state("networkidle")
    assert any("htmx" in path for path in screen.loaded)
    assert sum(screen.loaded.values()) <= 200 * 1024, screen.loaded


def test_the_queue_works_without_scripts(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen(java_script_enabled=False)
    page = screen.sign_in()
    page.get_by_role("link", name="B/L TSTB0100007").click()
    page.get_by_role("link", name="Override…").click()
    page.get_by_label("Blue").check()
    page.get_by_label("Reason").fill("Audit is enough.")
    page.get_by_role("button", name="Set the lane").click()
    page.get_by_text("Lane set to Blue.").wait_for()
    assert house._lines["consignment-0"].advice.override == "blue"  # type: ignore[union-attr]


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_lanes_of_the_queue_stand_in_one_row_above_it(open_screen: Open, width: int) -> None:
    screen = open_screen(viewport={"width": width, "height": 900})
    screen.sign_in()
    screen.go("/queue")
    tops, ends = screen.page.evaluate(
        """[new Set([...document.querySelectorAll(".queue-head .lanes a")].map((e) => e.offsetTop)).size,
        [document.querySelector(".queue-head .lanes a:last-child"), document.querySelector(".queue-head .tools > *")]
        .map((e) => e.getBoundingClientRect()).map((r) => [r.left, r.right])]"""
    )
    assert tops == 1 and ends[0][1] < ends[1][0]
