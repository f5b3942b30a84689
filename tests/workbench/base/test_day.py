# SPDX-License-Identifier: Apache-2.0
"""The tasks of an ordinary day over the whole demo, by keyboard alone and by fingers alone: presses, taps, pages, seconds.

Each task is written once, and done by both kinds of hands, in two languages, at the widths of a desk, a tablet and a telephone.
Where it ends, and on the way, the page has to be in the reader's language, no wider than its window, and axe has to find nothing.
A task that takes more than is written here has become longer, and fails. With `COCKET_DAY` set to a file, each run adds its rows
there as CSV: `scripts/draw_day.py` makes `docs/reference/operations/day.md` of these.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from PIL import Image

from cocket.languages import Language
from scripts import messages
from tests.house.source import ROOT
from tests.workbench.base.demos import Demo, running
from tests.workbench.conftest import Screen

#: A file to which what was counted is added; nothing is kept if it is not set.
KEPT = os.environ.get("COCKET_DAY")

SIZE = "240"
WIDTHS = {1440: 900, 820: 1180, 390: 844}
LANGUAGES = ("en", "fr")

#: Most taps that a task of one person may take (count).
MOST_TAPS = 10

#: Most presses of Tab until something is reached (count).
_MOST_TABS = 200

#: How much wider than its window a page may be: the sheet of an order in French is, on a telephone (pixels).
_AS_WIDE = 4

#: Milliseconds.
_PATIENCE = 60_000

AXE = """axe.run().then((run) => run.violations.map((one) =>
  `${one.id}: ${one.nodes.slice(0, 2).map((node) => node.html.slice(0, 120)).join(" ")}`))"""

#: What stands on the page and what it is read out as, but what is marked as of another language.
TEXTS = """() => {
  const texts = [], own = document.documentElement.lang;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const near = walker.currentNode.parentElement;
    const text = walker.currentNode.data.replace(/\\s+/g, " ").trim();
    if (text && near.closest("[lang]").lang === own && !near.closest("script, style, code, textarea, bdi")) texts.push(text);
  }
  for (const one of document.querySelectorAll("[aria-label], [placeholder]"))
    texts.push(one.getAttribute("aria-label") ?? one.placeholder);
  return texts;
}"""


@cache
def english() -> frozenset[str]:
    """Sentences of ours that French says otherwise."""
    french = Language("fr")
    return frozenset(one.one for one in messages.sentences() if " " in one.one and french.translate(one.one) != one.one)


class Hands:
    """Does what a task says, counts, and looks at every page where the task says what it is about.

    Attributes:
        count: Presses of keys, a typed text as one; or taps, a filled field as one.
        pages: Pages that were opened (count).
        faults: What is wrong with pages that were looked at (0..n).
    """

    way = ""

    def __init__(self, screen: Screen, language: str, looked: set[str]) -> None:
        self.page = screen.page
        self.address = screen.address
        self.count = self.pages = 0
        self.faults: list[str] = []
        self._language, self._looked = language, looked
        self._at = self.page.url.partition("#")[0]
        self.page.on("framenavigated", self._opened)

    def open(self, what: str, keys: str = "") -> None:
        """Follow a link or press a button; `keys` where there are some."""
        raise NotImplementedError

    def tick(self, what: str) -> None:
        """Choose one of a few, or tick a box."""
        raise NotImplementedError

    def write(self, what: str, text: str, keys: str = "") -> None:
        """Fill a field."""
        raise NotImplementedError

    def choose(self, what: str, value: str) -> None:
        """Choose of a list."""
        raise NotImplementedError

    def send(self) -> None:
        """Send the field where the focus is."""
        self.count += 1
        self.page.keyboard.press("Enter")

    def see(self, what: str) -> Any:
        """Wait for what the task is about, and look at the page that it stands on."""
        shown = self.page.locator(what).filter(visible=True).first
        shown.wait_for(timeout=_PATIENCE)
        self.page.wait_for_load_state()
        self._look()
        return shown

    def loaded(self, does: Callable[[], None]) -> Path:
        """The file that something brings."""
        with self.page.expect_download() as coming:
            does()
        return Path(coming.value.path())

    def attach(self, what: str, file: Path) -> None:
        """Give a file to what asks for one."""
        with self.page.expect_file_chooser() as asked:
            self.open(what)
        asked.value.set_files(file)

    def _look(self) -> None:
        """Look at a page, once for each of its kind and for each of its sheets."""
        page, at = self.page, re.sub(r"[0-9a-f-]{30,}", "…", self.page.url.removeprefix(self.address).partition("?")[0])
        kind = f"{at} {page.locator('dialog[open]').count()}"
        if kind in self._looked:
            return
        self._looked.add(kind)
        lang = page.evaluate("document.documentElement.lang")
        if lang != self._language:
            self.faults.append(f"{at} is in {lang}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > _AS_WIDE:
            self.faults.append(f"{at} is {wide} pixels too wide")
        if self._language == "fr" and (said := english().intersection(page.evaluate(TEXTS))):
            self.faults.append(f"{at} says in English: {sorted(said)}")
        page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text())
        self.faults += [f"{at} {one}" for one in page.evaluate(AXE)]

    def _opened(self, frame: Any) -> None:
        if frame == self.page.main_frame:
            before, self._at = self._at, frame.url.partition("#")[0]
            self.pages += "#" not in frame.url or self._at != before


class Fingers(Hands):
    """Taps and clicks alone; a field that is filled is one."""

    way = "taps"

    def open(self, what: str, keys: str = "") -> None:
        self._unfold(what)
        self._first(what).click()
        self.count += 1

    def tick(self, what: str) -> None:
        self.page.locator(what).first.locator("xpath=ancestor::label").click()
        self.count += 1

    def write(self, what: str, text: str, keys: str = "") -> None:
        self._unfold(what)
        self._first(what).fill(text)
        self.count += 1

    def choose(self, what: str, value: str) -> None:
        self._first(what).select_option(value)
        self.count += 1

    def _first(self, what: str) -> Any:
        return self.page.locator(what).filter(visible=True).first

    def _unfold(self, what: str) -> None:
        """Open the menus that something stands in, from the outer to the inner one."""
        self.page.locator(what).first.wait_for(state="attached")
        while not self.page.locator(what).filter(visible=True).count():
            folded = self.page.locator("details:not([open])").filter(has=self.page.locator(what)).first
            folded.locator("> summary").click()
            self.count += 1


class Keys(Hands):
    """Keys alone: those that a page has, else Tab until the focus is there. A text that is typed is one."""

    way = "keys"

    def open(self, what: str, keys: str = "") -> None:
        if keys:
            for key in keys.split():
                self._press(key)
        else:
            self._reach(what)
            self._press("Enter")

    def tick(self, what: str) -> None:
        name = self.page.locator(what).first.get_attribute("name")
        self._reach(f"input[name={name!r}]")
        while not self._is_at(what):
            self._press("ArrowDown")
        if not self.page.locator(what).first.is_checked():
            self._press("Space")

    def write(self, what: str, text: str, keys: str = "") -> None:
        self.open(what, keys) if keys else self._reach(what)
        assert self._is_at(what), what
        self.count += 1
        if self.page.locator(what).first.get_attribute("type") == "date":
            self._write_day(what, text)
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(text)

    def _write_day(self, what: str, text: str) -> None:
        """Type a day in whichever order the browser has its fields."""
        year, month, day = text.split("-")
        for typed in (day + month + year, month + day + year):
            self.page.keyboard.type(typed)
            if self.page.locator(what).first.input_value() == text:
                return
            self.page.keyboard.press("ArrowLeft")
            self.page.keyboard.press("ArrowLeft")
        raise AssertionError(f"{what} does not take {text}")

    def choose(self, what: str, value: str) -> None:
        self._reach(what)
        label = self.page.locator(f"{what} option[value={value!r}]").inner_text()
        self.count += 1
        self.page.keyboard.type(label)
        assert self.page.locator(what).first.input_value() == value, label

    def _press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1
        self.page.wait_for_load_state()

    def _is_at(self, what: str) -> bool:
        return bool(self.page.evaluate("(what) => document.activeElement.matches(what)", what))

    def _reach(self, what: str) -> None:
        """Press Tab until the focus is there: over the skip link, and through what is folded."""
        self.page.locator(what).first.wait_for(state="attached")
        if not self.page.locator(what).filter(visible=True).count():
            folds = self.page.locator("details:not([open])").filter(has=self.page.locator(what)).first
            folds.evaluate("(one) => { one.querySelector('summary').dataset.leads = 'yes'; }")
            self._reach("summary[data-leads]")
            self._press("Enter")
            return self._reach(what)
        starts = self.page.evaluate("document.activeElement === document.body")
        if starts and self.page.locator(f"main :is({what})").count() and self.page.locator("a.skip").count():
            self._press("Tab")
            self._press("Enter")
        for _ in range(_MOST_TABS):
            if self._is_at(what):
                return None
            self._press("Tab")
        raise AssertionError(f"Tab does not lead to {what} on {self.page.url}.")


# The demo, and the day in it -----------------------------------------------------------------------------------------


class Day:
    """What stands in the demo for tasks to be about, and windows of its people.

    Attributes:
        worst: Address of the first line of the queue.
        conflict: Address of one whose papers disagree about what is worth money.
        overridden: Address of another, which is given another lane.
        drawn: Address of one that chance selected.
        plain: References of consignments that nothing is suspected of, each asked about once (0..n).
        code: Short name of the rule that is written.
        order: The order that is examined with a pocket.
        counted: What is counted of it, one package less than declared: far less would be asked about.
        photo: A photograph.
        looked: Kinds of pages that were looked at.
    """

    def __init__(self, demo: Demo, chromium: Any, folder: Path) -> None:
        self.photo = folder / "doors.jpg"
        Image.new("RGB", (640, 480), "teal").save(self.photo)
        self.code = self.order = self.counted = ""
        self._demo = demo
        self._chromium = chromium
        self._screens: dict[str, Screen] = {}
        self.looked: set[str] = set()
        with self.client("anna") as anna:
            queue = anna.get("/queue").text
            paths = re.findall(r'class="open" href="([^"]+)"', queue)
            shown = {path: anna.get(path).text for path in paths}
            self.worst = paths[0]
            self.conflict = next(path for path in paths if "≠" in shown[path] and 'id="money"' in shown[path])
            self.overridden = next(path for path in paths if "≠" in shown[path] and path != self.conflict)
            self.drawn = next(path for path in paths if 'class="drawn"' in shown[path])
            green = anna.get("/queue?lane=green").text
            self.plain = [re.sub("<[^>]+>", "", one) for one in re.findall(r'class="open"[^>]*>(.*?)</a>', green)]

    @contextlib.contextmanager
    def client(self, name: str) -> Iterator[httpx.Client]:
        """A browser without eyes, signed in."""
        with httpx.Client(base_url=self._demo.address, headers={"origin": self._demo.address}, timeout=120) as client:
            client.post("/sign-in", data={"name": name, "password": self._demo.password})
            yield client

    def begin(self, language: str, width: int) -> None:
        """Shut the windows, and open further ones in a language and at a width."""
        self.close()
        self.looked.clear()
        self._language, self._width = language, width

    def screen(self, name: str) -> Screen:
        """The window of somebody, signed in."""
        if name not in self._screens:
            size = {"width": self._width, "height": WIDTHS[self._width]}
            screen = Screen(
                self._chromium, self._demo.address, self._demo.password, viewport=size, locale=self._language
            )
            screen.page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes'; };")
            screen.go("/")
            screen.page.locator("[name=name]").fill(name)
            screen.page.locator("[name=password]").fill(self._demo.password)
            screen.page.keyboard.press("Enter")
            screen.page.wait_for_url("**/queue")
            self._screens[name] = screen
        return self._screens[name]

    def away(self) -> Any:
        """A window without a network, as that of whoever was given a file."""
        size = {"width": self._width, "height": WIDTHS[self._width]}
        return self._chromium.new_context(offline=True, viewport=size, locale=self._language).new_page()

    def examiner(self) -> str:
        """An examiner who has an order that no other task is about; `order` names it, `counted` what is counted of it."""
        kept = {
            path.partition("?")[0].rpartition("/")[2]
            for path in (self.worst, self.conflict, self.overridden, self.drawn)
        }
        for name in ("tevita", "henrik", "lupe"):
            with self.client(name) as client:
                orders = client.get("/pocket/orders.json").json()["orders"]
            for order in orders:
                if order["consignment"] not in kept and (order["packages"] or 0) > 1:
                    self.order, self.counted = order["id"], str(order["packages"] - 1)
                    return name
        raise AssertionError("No examiner has an order left.")

    def pocket(self, name: str) -> Screen:
        """The pocket of an examiner, its orders on the device, then without a network."""
        screen = self.screen(name)
        screen.go("/pocket")
        screen.page.wait_for_selector("html[data-ready]", state="attached")
        screen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        while not screen.page.evaluate("caches.match('/pocket').then((kept) => Boolean(kept))"):
            screen.page.wait_for_timeout(50)
        screen.page.context.set_offline(True)
        screen.page.reload()
        screen.page.wait_for_selector("html[data-ready]", state="attached")
        screen.page.locator(f"a.job[href='#order/{self.order}']").wait_for()
        return screen

    def close(self) -> None:
        for screen in self._screens.values():
            screen.close()
        self._screens.clear()


def find(hands: Hands, text: str) -> None:
    """Search for something."""
    hands.write("#find", text, "/")
    hands.send()


def line(hands: Hands, path: str) -> None:
    """Open a line of the queue: by keys from one to the next until it is reached."""
    what = f'[data-line] a.open[href="{path}"]'
    if isinstance(hands, Keys):
        while not hands._is_at(what):
            hands._press("j")
        hands._press("Enter")
    else:
        hands.open(what)


def see_worst(day: Day, hands: Hands) -> None:
    line(hands, day.worst)
    hands.see(".because li")


def see_conflict(day: Day, hands: Hands) -> None:
    line(hands, day.conflict)
    hands.see(".compare .unequal-row")
    hands.see("#money .sum")


def see_why_drawn(day: Day, hands: Hands) -> None:
    line(hands, day.drawn)
    hands.see(".drawn")
    hands.open(".drawn a")
    hands.see(".holds")


def override(day: Day, hands: Hands) -> None:
    line(hands, day.overridden)
    hands.see("header.case")
    hands.open(".acts a[data-key=o]", "o")
    hands.see("dialog[open] [name=reason]")
    hands.tick("dialog[open] input[name=lane]")
    hands.write("dialog[open] [name=reason]", "Examined yesterday under the same manifest.")
    hands.open("dialog[open] button.act")
    hands.see(".toast")


def ask_about_a_value(day: Day, hands: Hands) -> None:
    find(hands, day.plain.pop().removeprefix("B/L "))
    hands.see("header.case")
    hands.open(".acts a[href$='/values']")
    hands.see("#item-1")
    hands.open("a[href$='/ask']")
    hands.see("[name=question]")
    hands.write("[name=to]", "BALTINE AND SONS 2")
    hands.write("[name=question]", "How was the price agreed?")
    hands.write("[name=answer_by]", str(date.today() + timedelta(days=200)))
    hands.open("main form button.act")
    hands.see("#done-title")


def find_container(day: Day, hands: Hands) -> None:
    find(hands, "CKTU3094884")
    hands.see("#named a.open")


def find_trader(day: Day, hands: Hands) -> None:
    find(hands, "BALTINE")
    hands.see("#traders a.open")
    hands.open("#traders a.open", "j Enter")
    hands.see("#prices-title")


def find_goods(day: Day, hands: Hands) -> None:
    find(hands, "8703")
    hands.see("#goods a.open")


def see_figures(day: Day, hands: Hands) -> None:
    hands.open("a[data-go=s]", "g s")
    hands.see("#effort-title")


def write_rule(day: Day, hands: Hands) -> None:
    hands.open("a[data-go=r]", "g r")
    hands.see("a[href='/rules/desk']")
    hands.open("a[href='/rules/desk']")
    hands.see("[name=value-0]")
    hands.write("[name=value-0]", "87")
    hands.write("[name=code]", day.code)
    hands.write("[name=says]", "{importer} brings vehicles")
    hands.write("[name=source]", "Experience")
    hands.write("[name=expires]", (date.today() + timedelta(days=13)).isoformat())
    hands.open("button[value=shadow]")
    hands.see("form[action$='/publish'] [name=urgent]")
    hands.write("form[action$='/publish'] [name=urgent]", "A warning of a neighbour.")
    hands.open("form[action$='/publish'] button")
    hands.see(".toast")


def publish_rule(day: Day, hands: Hands) -> None:
    hands.open("a[data-go=i]", "g i")
    hands.see(f"a.open:has-text('{day.code}')")
    hands.open(f"a.open:has-text('{day.code}')")
    hands.see("#changes")
    hands.open("form[action$='/approve'] button")
    hands.see(".toast")


def judge_match(day: Day, hands: Hands) -> None:
    hands.open("a[data-go=l]", "g l")
    hands.see("main nav.lanes")
    for state in ("cleared", "confirmed"):  # once all are judged, the same is done to one that was
        if not hands.page.locator("[data-line]").count():
            hands.page.goto(f"{hands.address}/screening?state={state}")
    hands.see("[data-line] a.open")
    hands.open("[data-line] a.open", "j Enter")
    hands.see(".match [name=ground]")
    hands.write(".match [name=ground]", "Another day of birth in the passport.")
    hands.open(".match form button")
    hands.see(".toast")


def see_dead_zone(day: Day, hands: Hands) -> None:
    hands.open("a[data-go=t]", "g t")
    hands.see(".alerts li.red a.open")
    hands.open(".alerts li.red a.open", "j Enter")
    hands.see("#evidence-title")
    hands.open("nav.trail a[href^='/tracking/journeys/']")
    hands.see(".strip .late")


def check_receipt(day: Day, hands: Hands) -> None:
    line(hands, day.worst)
    hands.see(".compare thead a.seal")
    hands.open(".compare thead a.seal")
    hands.see("figure.path")
    kept = hands.loaded(lambda: hands.open("a[href$='/receipt.html']"))
    hands.page = day.away()
    hands.page.goto(kept.rename(kept.with_suffix(".html")).as_uri())
    hands.open("#run")
    hands.see("#verdict.passed")
    hands.page.context.close()


def see_who_looked(day: Day, hands: Hands) -> None:
    line(hands, day.worst)
    hands.see(".timeline")
    hands.open(".timeline .many summary")
    hands.see(".timeline details [data-code=looked] .says")


def export(day: Day, hands: Hands) -> None:
    file = hands.loaded(lambda: hands.open("a[href^='/queue.xlsx']"))
    assert file.read_bytes().startswith(b"PK")
    hands.see("#lines")


def print_order(day: Day, hands: Hands) -> None:
    line(hands, day.worst)
    hands.see("header.case")
    hands.open(".acts a[data-key=p]", "p")
    hands.see(".order-sheet .qr")
    hands.open(".trail form[action$='/order'] button", "p")
    hands.see("html[data-printed]")


def examine_offline(day: Day, hands: Hands) -> None:
    hands.open(f"a.job[href='#order/{day.order}']")
    hands.see("#counted")
    hands.write("#counted", day.counted)
    hands.open("a[href^='#photos/']")
    hands.page.locator("#take").wait_for(state="attached")
    hands.attach(".dock .act", day.photo)
    hands.see("li.photo .st")
    hands.open("header.top a")
    hands.see("#counted")
    hands.open(".dock .act")
    hands.see("#offence")
    hands.choose("#offence", "quantity")
    hands.tick("input[name=depth][value=partial]")
    hands.open(".dock .act")
    hands.see("[data-key$=' waits']")
    hands.page.context.set_offline(False)
    hands.see("[data-key$=' sent']")


class Task(NamedTuple):
    """A task that begins at the queue, or with a pocket that has no network.

    Attributes:
        who: Who does it; nobody where it is an examiner with an order left.
        does: What is done.
        most_keys: Most presses that it may take (count).
        most_taps: Most taps that it may take (count).
        from_width: Least width at which the page offers it: the queue gives no file to a telephone (pixels).
    """

    who: str
    does: Callable[[Day, Hands], None]
    most_keys: int
    most_taps: int
    from_width: int = 0


TASKS = {
    "the worst one, and why": Task("anna", see_worst, 2, 1),
    "papers that conflict, and the money of it": Task("anna", see_conflict, 20, 1),
    "why one was drawn": Task("anna", see_why_drawn, 30, 2),
    "another lane, with a reason": Task("anna", override, 40, 5),
    "a doubt about a value": Task("anna", ask_about_a_value, 60, 8),
    "a container": Task("anna", find_container, 3, 2),
    "a trader": Task("anna", find_trader, 5, 3),
    "goods by their code": Task("anna", find_goods, 3, 2),
    "the month's figures": Task("sione", see_figures, 2, 1),
    "a rule, from the idea to a colleague": Task("mei", write_rule, 100, 10),
    "a colleague's rule, published": Task("sione", publish_rule, 60, 4),
    "a match with a list, judged": Task("mei", judge_match, 20, 5),
    "a seal that was opened in a dead zone": Task("anna", see_dead_zone, 10, 3),
    "a receipt, checked without a network": Task("anna", check_receipt, 60, 4),
    "who looked at a dossier": Task("anna", see_who_looked, 60, 2),
    "the queue as a file": Task("anna", export, 40, 1, from_width=820),
    "a control order, printed": Task("anna", print_order, 4, 3),
    "a partial result with a photo, without a network, then synced": Task("", examine_offline, 60, 10),
}


@pytest.fixture(scope="module")
def day(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    with running(folder, SIZE) as demo:
        found = Day(demo, chromium, folder)
        yield found
        found.close()


def done(day: Day, task: Task, kind: type[Hands], language: str) -> tuple[Hands, float]:
    """A task that was done, and the seconds it took."""
    if task.who:
        screen = day.screen(task.who)
        screen.go("/queue")
    else:
        screen = day.pocket(day.examiner())
    hands, started = kind(screen, language, day.looked), time.perf_counter()
    task.does(day, hands)
    took = time.perf_counter() - started
    screen.complaints[:] = [one for one in screen.complaints if not FORGIVEN.search(one)]
    hands.faults += screen.complaints
    screen.complaints.clear()
    return hands, took


#: The map draws without a graphics card here, and its driver says how slow that is; and a pocket has no network.
FORGIVEN = re.compile("GL Driver Message|ERR_INTERNET_DISCONNECTED")


@pytest.mark.soak  # a demo of its own, and minutes for each width and language
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_tasks_of_a_day_take_no_more_than_they_did(day: Day, width: int, language: str) -> None:
    day.begin(language, width)
    longer, faults, rows = {}, {}, []
    for kind in (Keys, Fingers):
        day.code = f"vehicles-{language}-{width}-{kind.way}"
        for name, task in TASKS.items():
            if width < task.from_width:
                continue
            hands, seconds = done(day, task, kind, language)
            rows.append((name, language, width, kind.way, hands.count, hands.pages, f"{seconds:.2f}"))
            if hands.count > (task.most_keys if kind is Keys else task.most_taps):
                longer[f"{name}, {kind.way}"] = hands.count
            if hands.faults:
                faults[f"{name}, {kind.way}"] = hands.faults
    if KEPT:
        with Path(KEPT).open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    assert (longer, faults) == ({}, {})
