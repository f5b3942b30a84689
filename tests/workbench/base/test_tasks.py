# SPDX-License-Identifier: Apache-2.0
"""Ten short tasks in a small instance, by keyboard alone and by fingers alone; `test_day.py` does all of a day over the demo.

A task that takes more presses or taps than is written here has become longer, and fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.some import some
from tests.workbench.conftest import Screen

Open = Callable[..., Screen]

WIDTHS = {1440: 900, 820: 1180, 390: 844}
FIRST = "[data-line] a.open"

#: Most presses of Tab until something is reached (count).
_MOST_TABS = 200


class Press(NamedTuple):
    """Keys, one after the other."""

    keys: str


class Write(NamedTuple):
    """A text that is typed where the focus is."""

    text: str


class Reach(NamedTuple):
    """Something that Tab leads to, and Enter or Space sets off."""

    what: str
    key: str = "Enter"


class Tap(NamedTuple):
    """Something that is tapped or clicked."""

    what: str


class Fill(NamedTuple):
    """A field that is tapped and filled."""

    what: str
    text: str


class See(NamedTuple):
    """What the task is about: it stands on the page."""

    what: str


class At(NamedTuple):
    """Where the task ends: the bar of the pages marks this one."""

    path: str


Step = At | Press | Write | Reach | Tap | Fill | See


class Task(NamedTuple):
    """A task that begins at the queue: by keys, by fingers, and the most presses and taps it may take."""

    keys: tuple[Step, ...]
    taps: tuple[Step, ...]
    most_keys: int
    most_taps: int


DOSSIER = See("header.case")
_REASON = "Examined yesterday under the same manifest."
TASKS = {
    "the worst one, and why": Task((Press("j Enter"), See(".because li")), (Tap(FIRST), See(".because li")), 2, 1),
    "where its papers differ": Task(
        (Press("j Enter"), See(".compare :text('≠')")), (Tap(FIRST), See(".compare :text('≠')")), 2, 1
    ),
    "who looked at it": Task((Press("j Enter"), See(".timeline li")), (Tap(FIRST), See(".timeline li")), 2, 1),
    "its control order to print": Task(
        (Press("j Enter"), DOSSIER, Press("p"), See(".order-sheet .qr")),
        (Tap(FIRST), Tap(".acts a[data-key=p]"), See(".order-sheet .qr")), 3, 2,
    ),
    "the form of its result": Task(
        (Press("j Enter"), DOSSIER, Press("e"), See("form input[name=depth]")),
        (Tap(FIRST), Tap(".acts a[data-key=e]"), See("form input[name=depth]")), 3, 2,
    ),
    "another lane, with a reason": Task(
        (Press("j Enter"), DOSSIER, Press("o"), See("dialog[open] [name=reason]"),
         Reach("dialog[open] input[name=lane]", "Space"), Reach("dialog[open] [name=reason]", ""), Write(_REASON),
         Reach("dialog[open] button.act"), See("[role=status] >> visible=true")),
        (Tap(FIRST), Tap(".acts a[data-key=o]"), Tap("dialog[open] label:has(input[name=lane])"),
         Fill("dialog[open] [name=reason]", _REASON), Tap("dialog[open] button.act"), See("[role=status] >> visible=true")),
        8, 5,
    ),
    "a consignment by its reference": Task(
        (Press("/"), Write("TSTB0100121"), Press("Enter"), See("h1:has-text('TSTB0100121')")),
        (Fill("#find", "TSTB0100121"), Press("Enter"), See("h1:has-text('TSTB0100121')")), 3, 1,
    ),
    "the month's figures": Task((Press("g s"), At("/statistics")), (Tap("a[href='/statistics']"), At("/statistics")), 2, 1),
    "the matches with lists": Task((Press("g l"), At("/screening")), (Tap("a[href='/screening']"), At("/screening")), 2, 2),
    "the alerts of the way": Task((Press("g t"), At("/tracking")), (Tap("a[href='/tracking']"), At("/tracking")), 2, 1),
}  # fmt: skip


class Hands:
    """Does the steps of a task, and counts.

    Attributes:
        presses: Keys pressed, a typed text as one (count).
        taps: Taps or clicks, a filled field as one (count).
    """

    def __init__(self, screen: Screen) -> None:
        self._page = screen.page
        self.presses = self.taps = 0

    def do(self, step: Step) -> None:
        page = self._page
        match step:
            case Press(keys):
                for key in keys.split():
                    page.keyboard.press(key)
                    self.presses += 1
                    page.wait_for_load_state()
            case Write(text):
                page.keyboard.insert_text(text)
                self.presses += 1
            case Reach(what, key):
                page.locator(what).first.wait_for()
                self._reach(what)
                if key:
                    self.do(Press(key))
            case Tap(what):
                self._show(what)
                page.locator(what).locator("visible=true").first.click()
                self.taps += 1
            case Fill(what, text):
                self._show(what)
                page.locator(what).first.fill(text)
                self.taps += 1
            case At(path):
                page.locator(f"html:has(a[href='{path}'][aria-current])").wait_for()
            case See(what):
                page.locator(what).first.wait_for()
                page.wait_for_load_state()

    def _reach(self, what: str) -> None:
        """Press Tab until the focus is there."""
        for _ in range(_MOST_TABS):
            if self._page.evaluate("(what) => document.activeElement.matches(what)", what):
                return
            self._page.keyboard.press("Tab")
            self.presses += 1
        raise AssertionError(f"Tab does not lead to {what}.")

    def _show(self, what: str) -> None:
        """Open the menus that something stands in, from the outer to the inner one."""
        one = self._page.locator(what).first
        one.wait_for(state="attached")
        while not self._page.locator(what).locator("visible=true").count():
            folded = self._page.locator("details:not([open])").filter(has=self._page.locator(what)).first
            folded.locator("> summary").click()
            self.taps += 1


@pytest.mark.parametrize(
    ("width", "language"), some([(width, language) for width in WIDTHS for language in ("en", "fr")], 3)
)
def test_short_tasks_take_no_more_than_they_did(open_screen: Open, width: int, language: str) -> None:
    screen = open_screen(viewport={"width": width, "height": WIDTHS[width]}, locale=language)
    screen.go("/")
    screen.page.locator("[name=name]").fill("head.c")
    screen.page.locator("[name=password]").fill(screen._password)
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url("**/queue")
    longer = {}
    for name, task in TASKS.items():
        for way, steps, most in (("keys", task.keys, task.most_keys), ("taps", task.taps, task.most_taps)):
            screen.go("/queue?state=all")
            hands = Hands(screen)
            for step in steps:
                hands.do(step)
            count = hands.presses if way == "keys" else hands.taps
            if count > most:
                longer[f"{name} by {way}"] = count
    # The map draws without a graphics card here, and its driver says how slow that is.
    screen.complaints[:] = [one for one in screen.complaints if "GL Driver Message" not in one]
    assert longer == {}
