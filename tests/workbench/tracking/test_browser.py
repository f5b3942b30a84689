# SPDX-License-Identifier: Apache-2.0
"""The control room in a real browser: maps with and without WebGL, by keyboard, in both themes, at 360 pixels.

No request leaves the origin, nothing breaks the content policy: `Screen` complains of both. By `scripts/draw_pictures.py`
the same tests take the pictures of the documentation anew.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from cocket.workbench.base.rendering import STATIC
from tests.simulators.workbench_house import SimulatedHouse
from tests.workbench.base.test_browser import COMPLAINTS, PHONE, ROOT
from tests.workbench.conftest import FLAGS, Screen

Open = Callable[..., Screen]

#: A browser that draws WebGL on the processor.
WEBGL = (
    *(flag for flag in FLAGS if flag != "--disable-gpu"),
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
NO_WEBGL = (*FLAGS, "--disable-3d-apis")

JOURNEY = "/tracking/journeys/journey-0"
CORRIDOR = "/tracking/places/change?kind=corridor&name=Coast+to+inland+depot"
DRAFT = "/tracking/journeys/new?consignment=consignment-0"
PATHS = (
    "/tracking", "/tracking?state=all", "/tracking/journeys?state=all", "/tracking/journeys/new", DRAFT, JOURNEY,
    "/tracking/journeys/journey-4", f"{JOURNEY}/leave", f"{JOURNEY}/detour",
    "/tracking/places", "/tracking/places/new?shape=circle", CORRIDOR,
    "/tracking/places/retire?kind=geofence&name=PTA1", "/tracking/devices", "/tracking/devices/issue?device=es-511",
)  # fmt: skip


@pytest.fixture(scope="module")
def browsers() -> Iterator[Callable[[tuple[str, ...]], Any]]:
    """Starts real browsers; both kinds share one driver, for there can be no two."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = os.environ.get("COCKET_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium is installed (Debian: apt-get install chromium)")
    if not (STATIC / "vendor" / "maplibre-gl.mjs").is_file():
        pytest.skip("the pages' scripts are not built (make build)")
    with playwright.sync_playwright() as running:
        yield lambda flags: running.chromium.launch(executable_path=program, args=list(flags))


@pytest.fixture(scope="module")
def chromium(browsers: Callable[[tuple[str, ...]], Any]) -> Iterator[Any]:
    """A real browser with WebGL."""
    browser = browsers(WEBGL)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def plain_chromium(browsers: Callable[[tuple[str, ...]], Any]) -> Iterator[Any]:
    """A real browser without WebGL."""
    browser = browsers(NO_WEBGL)
    yield browser
    browser.close()


def drawn(screen: Screen, path: str) -> str:
    """Open a page, wait for its map, and say how it is drawn."""
    screen.go(path)
    figure = screen.page.wait_for_selector("figure[data-drawn]", timeout=60_000)
    return str(figure.get_attribute("data-drawn"))


def pixels(page: Any) -> list[int]:
    """Red of 32 × 32 points of the map, 0–255; the picture is looked at while it is drawn, for nobody keeps it."""
    found: list[int] = page.evaluate("""() => new Promise((done) => {
      const figure = document.querySelector("figure"), from = figure.querySelector("canvas.maplibregl-canvas");
      const to = document.createElement("canvas");
      to.width = to.height = 32;
      const pen = to.getContext("2d");
      figure.map.zoom(0.01);
      const look = (left) => requestAnimationFrame(() => {
        pen.drawImage(from, 0, 0, 32, 32);
        const data = [...pen.getImageData(0, 0, 32, 32).data];
        if (data.some(Boolean) || left === 0) done(data.filter((_, at) => at % 4 === 0)); else look(left - 1);
      });
      look(60);
    })""")
    return found


def test_the_room_draws_the_world_and_leads_from_a_mark_to_its_page(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    assert drawn(screen, "/tracking") == "gl"
    screen.picture("tracking", full_page=True)
    assert page.locator("[data-waiting]").count() == 0
    assert any("world-50m" in path for path in screen.loaded)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Show all").click()
    box = page.locator(".map-place").bounding_box()
    assert box
    card = page.locator(".map-card")
    for mark in marks(page) * 5:  # what is clicked before it is drawn again is not there
        page.mouse.click(box["x"] + mark[0], box["y"] + mark[1])
        if card.get_by_role("link").count():
            break
        page.wait_for_timeout(200)
    card.get_by_role("link").first.click()
    page.wait_for_url("**/tracking/**")


def test_what_the_map_is_for_is_there_before_the_land(open_screen: Open) -> None:
    """The file of the land is held back: canvas and marks are there, and the land comes when it comes."""
    screen = open_screen()
    page = screen.sign_in("head.c")
    held: list[Any] = []
    page.route("**/world-50m*", lambda route: held.insert(0, route))
    screen.go("/tracking")
    page.wait_for_selector("figure[data-shown='gl'] canvas.maplibregl-canvas", timeout=60_000)
    assert marks(page) and page.locator("figure[data-drawn]").count() == 0
    (sea, at_sea), *_ = Counter(pixels(page)).most_common(1)
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_selector("figure[data-drawn]", timeout=60_000)
    assert pixels(page).count(sea) < at_sea / 2
    assert page.locator("[data-bare]").is_hidden()


def test_a_map_whose_land_cannot_be_loaded_says_so_and_shows_the_rest(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    page.route("**/world-50m*", lambda route: route.fulfill(status=503, body="busy"))
    screen.go("/tracking")
    page.wait_for_selector("figure[data-drawn='gl']", timeout=60_000)
    assert "Coasts and borders cannot be loaded" in page.locator("[data-bare]").inner_text()
    assert marks(page)
    screen.forgive(503)


def marks(page: Any) -> list[list[float]]:
    """Where on the map its marks stand, in pixels."""
    found: list[list[float]] = page.evaluate("""() => {
      const figure = document.querySelector("figure[data-map]"), { width, height } = figure.getBoundingClientRect();
      const [west, south, east, north] = JSON.parse(figure.dataset.bounds);
      const y = (lat) => Math.asinh(Math.tan(lat * Math.PI / 180)), x = (lon) => lon * Math.PI / 180;
      const scale = Math.min((width - 64) / (x(east) - x(west)), (height - 64) / (y(north) - y(south)));
      return JSON.parse(figure.dataset.map).features.filter((one) => ["alert", "device"].includes(one.properties.kind))
        .map(({ geometry: { coordinates: [lon, lat] } }) => [
          width / 2 + (x(lon) - (x(east) + x(west)) / 2) * scale, height / 2 - (y(lat) - (y(north) + y(south)) / 2) * scale]);
    }""")
    return found


def test_an_alert_is_dealt_with_from_the_room(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/tracking")
    screen.go("/tracking")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "The seal was opened without an officer's permission."
    page.get_by_role("button", name="Acknowledge: The seal was opened").click()
    page.get_by_role("status").get_by_text("Acknowledged and sealed.").wait_for()
    page.wait_for_selector("[data-htmx-powered]", state="attached")
    page.get_by_role("link", name="Send a response unit: The seal was opened").click()
    dialog = page.get_by_role("dialog", name="Send a response unit")
    dialog.get_by_label("Which unit").fill("Patrol 4")
    screen.picture("tracking-act")
    dialog.get_by_role("button", name="Record as sent").click()
    page.get_by_role("status").get_by_text("Recorded as sent").wait_for()
    (alert,) = (one for one in house._alerts.values() if one.kind == "seal-opened")
    assert [act.what for act in alert.acts] == ["raised-late", "acknowledged", "dispatched"]


def test_what_changes_comes_by_itself_into_map_and_table(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    drawn(screen, "/tracking")
    assert page.locator("#positions tbody tr").count() == 4
    page.evaluate("""() => {
      const map = document.querySelector("figure").map, show = map.show;
      Object.assign(window, { still: true, shown: 0 });
      map.show = (given) => {
        window.shown = given.features.filter((one) => one.properties.kind === "device").length;
        show(given);
      };
    }""")
    house._discharged["journey-2"] = "officer.a"
    page.locator("#positions").get_by_role("link", name="26XJ0000815T").focus()
    page.evaluate("htmx.ajax('GET', '/tracking/live', { target: '#told', swap: 'outerMorph' })")
    page.wait_for_function("() => window.shown === 3", timeout=10_000)
    assert page.locator("#positions tbody tr").count() == 3
    assert page.evaluate("window.still") is True
    assert page.evaluate("document.activeElement.textContent") == "26XJ0000815T"


def test_a_journey_is_replayed_on_the_map_and_in_all_strips(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    assert drawn(screen, JOURNEY) == "gl"
    screen.picture("journey", full_page=True)
    slider, said = page.get_by_label("Time of the journey"), page.locator(".replay output")
    last = said.inner_text()
    assert "Opened without permission" in last
    slider.press("Home")
    first = said.inner_text()
    assert "Sealed" in first
    slider.press("ArrowRight")
    assert said.inner_text() != first
    assert slider.get_attribute("aria-valuetext") == said.inner_text()
    assert page.locator(".strip .now.shown").count() == page.locator(".strip .now").count() > 4
    page.get_by_role("button", name="Replay").click()
    page.wait_for_function("() => Number(document.querySelector('.replay input').value) > 3")
    page.get_by_role("button", name="Stop").click()
    page.locator(".strip").nth(2).click(position={"x": 5, "y": 10})
    assert said.inner_text() == first
    assert len(set(pixels(page))) > 3


def test_a_dossier_leads_to_a_journey_by_keyboard_and_back(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go("/consignments/consignment-0")
    page.get_by_role("link", name="Activate a journey").press("Enter")
    page.wait_for_url(f"**{DRAFT}")
    assert page.get_by_label("Declaration or manifest").input_value() == "TSTB0100007"
    assert page.get_by_label("Office of departure").input_value() == "PTA1"
    page.get_by_label("Devices that follow it").fill("es-511")
    page.get_by_label("Office of destination").select_option("INB2")
    page.get_by_role("button", name="Activate and seal").press("Enter")
    page.get_by_role("status").get_by_text("The journey is under way").wait_for()
    (plan,) = house.activated
    assert (plan.reference, plan.devices, len(plan.equipment or ())) == ("TSTB0100007", ("es-511",), 2)
    screen.go("/consignments/consignment-0")
    page.get_by_role("link", name="PTA1 → INB2").press("Enter")
    page.wait_for_url(f"**{JOURNEY}")
    page.get_by_role("link", name="Dossier").press("Enter")
    page.wait_for_url("**/consignments/consignment-0")


def test_a_corridor_is_drawn_by_clicks_undone_and_kept(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    assert drawn(screen, "/tracking/places/new?shape=corridor") == "gl"
    place = page.locator(".map-place")
    for x, y in ((120, 120), (240, 180), (330, 240)):
        place.click(position={"x": x, "y": y})
    rows = page.locator("#points tbody tr")
    assert rows.count() == 3
    page.get_by_role("button", name="Undo the last step").click()
    assert rows.count() == 2
    place.click(position={"x": 240, "y": 180})
    page.get_by_text("Click on the map where it should be.").wait_for()
    place.click(position={"x": 400, "y": 90})
    assert rows.count() == 2
    page.get_by_role("button", name="Add a point").click()
    page.get_by_label("Latitude of point 3").fill("-22.5")
    page.get_by_label("Longitude of point 3").fill("17.1")
    page.get_by_label("Name").fill("Northern way")
    screen.picture("place", full_page=True)
    page.get_by_role("button", name="Save and seal").click()
    page.get_by_role("status").get_by_text("Northern way saved as version 1.").wait_for()
    made = house._ways["Northern way"].corridor
    assert len(made.line) == 3
    assert made.line[2] == (17.1, -22.5)
    drawn(screen, "/tracking/places")
    screen.picture("places", full_page=True)


def test_a_change_of_a_place_is_taken_back_by_one_key(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    drawn(screen, CORRIDOR)
    page.get_by_role("button", name="Leave out point 13").click()
    page.get_by_role("button", name="Save and seal").click()
    page.get_by_text("saved as version 2.").wait_for()
    assert len(house._ways["Coast to inland depot"].corridor.line) == 12
    page.keyboard.press("u")
    page.get_by_text("was restored.").wait_for()
    assert len(house._ways["Coast to inland depot"].corridor.line) == 13


def test_without_webgl_the_map_is_drawn_plainer_and_does_the_same(
    plain_chromium: Any, address: str, password: str
) -> None:
    screen = Screen(plain_chromium, address, password)
    try:
        page = screen.sign_in("head.c")
        assert drawn(screen, "/tracking") == "svg"
        assert page.get_by_text("Drawn without WebGL").is_visible()
        page.locator(".drawn .mark.red").click()
        page.locator(".map-card").get_by_role("link", name="The seal was opened").wait_for()
        page.locator(".drawn").focus()
        before = page.locator(".drawn .world").get_attribute("transform")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("+")
        assert page.locator(".drawn .world").get_attribute("transform") != before
        assert drawn(screen, "/tracking/places/new?shape=area") == "svg"
        for x, y in ((100, 100), (200, 100), (150, 200)):
            page.locator(".map-place").click(position={"x": x, "y": y})
        assert page.locator("#points tbody tr").count() == 3
        assert page.locator(".drawn .fence").count() > 0
        assert not any("maplibre" in path for path in screen.loaded)
        assert screen.complaints == []
    finally:
        screen.close()


def test_without_scripts_everything_is_there_but_the_map(open_screen: Open, house: SimulatedHouse) -> None:
    screen = open_screen(java_script_enabled=False)
    page = screen.sign_in("head.c")
    screen.go("/tracking")
    assert page.get_by_text("The map needs scripts; everything on it is in the tables.").is_visible()
    page.get_by_role("link", name="Close: The seal was opened").click()
    page.get_by_label("Explained").check()
    page.get_by_label("In words").fill("Opened by the veterinary service.")
    page.get_by_role("button", name="Close the alert").click()
    assert page.url.endswith("/tracking")
    assert [one.state for one in house._alerts.values() if one.kind == "seal-opened"] == ["closed"]
    screen.go("/tracking/places/new?shape=circle")
    page.get_by_label("Name").fill("North gate")
    page.get_by_label("Latitude of point 1").fill("-22.9")
    page.get_by_label("Longitude of point 1").fill("14.5")
    page.get_by_role("button", name="Save and seal").click()
    assert house._fences["North gate"].fence.centre == (14.5, -22.9)


def test_the_map_follows_the_theme(open_screen: Open) -> None:
    screen = open_screen(color_scheme="dark")
    page = screen.sign_in("head.c")
    drawn(screen, "/tracking")
    screen.picture("tracking-dark", full_page=True)
    dark = mean(pixels(page))
    page.emulate_media(color_scheme="light")
    page.wait_for_timeout(1500)
    assert dark < 90 < 180 < mean(pixels(page))


def test_devices_journeys_and_the_form_have_their_pictures(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    screen.go("/tracking/devices")
    screen.picture("devices", full_page=True)
    page.get_by_role("link", name="Hand out: es-511").click()
    page.get_by_role("dialog", name="Hand out").wait_for()
    screen.go("/tracking/journeys?state=all")
    screen.picture("journeys", full_page=True)
    screen.go("/tracking/journeys/new")
    screen.picture("journey-new", full_page=True)
    assert page.get_by_label("Office of departure").locator("option").count() == 3


def test_an_alert_has_its_picture(open_screen: Open) -> None:
    screen = open_screen()
    page = screen.sign_in("head.c")
    screen.go("/tracking")
    page.get_by_role("link", name="A long stop where none is permitted.").first.click()
    page.wait_for_selector("figure[data-drawn]", timeout=60_000)
    screen.picture("alert", full_page=True)
    assert page.get_by_role("heading", name="Arguments against it").is_visible()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_can_be_used_without_eyes_or_mouse(
    plain_chromium: Any, address: str, password: str, size: str
) -> None:
    engine = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not engine.is_file():
        pytest.skip("axe-core is not installed (make build)")
    how: dict[str, Any] = {"viewport": PHONE, "color_scheme": "dark"} if size == "phone" else {}
    screen = Screen(plain_chromium, address, password, reduced_motion="reduce", **how)
    try:
        page = screen.sign_in("head.c")
        found = {}
        for path in PATHS:
            screen.go(path)
            if page.locator("figure[data-map]").count():
                page.wait_for_selector("figure[data-drawn]", timeout=60_000)
            if size == "phone" and path == "/tracking":
                screen.picture("tracking-small", full_page=True)
            if size == "phone" and path == JOURNEY:
                screen.picture("journey-small", full_page=True)
            page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
            found[path] = page.evaluate(COMPLAINTS) + violations(page, engine)
        assert {path: said for path, said in found.items() if said} == {}
        assert screen.complaints == []
    finally:
        screen.close()


def violations(page: Any, engine: Path) -> list[str]:
    """What axe finds."""
    page.evaluate(engine.read_text())
    found: list[str] = page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id + ' ' + v.nodes[0].html))")
    return found
