# SPDX-License-Identifier: Apache-2.0
"""The board of a pilot and an answer of the past in a real browser, at two widths, without a complaint of the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cocket.workbench import build_app
from tests.houses import Built
from tests.pipeline.trials.test_pilots import built as built
from tests.pipeline.trials.test_pilots import examine, sealed
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"


@pytest.fixture
def pilots(built: Built) -> Iterator[str]:
    built.house.governance.accounts.put_officer("ana", "Ana", "analyst", None, PASSWORD)
    with served(build_app(built.house)) as found:
        yield found


@pytest.mark.parametrize("width", [1440, 360])
def test_a_board_is_shown_within_its_window(chromium: Any, pilots: str, built: Built, width: int) -> None:
    made = sealed(built)
    examine(built)
    screen = Screen(chromium, pilots, PASSWORD, viewport={"width": width, "height": 900})
    page = screen.sign_in("ana")
    for path in ("/trials/pilots", "/trials/pilots/new", f"/trials/pilots/{made.id}"):
        screen.go(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.get_by_role("button", name="Look now").click()
    page.get_by_text("Bounds of the planned looks").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width == 1440:
        screen.picture("pilots", full_page=True)
    assert screen.complaints == []


@pytest.mark.parametrize("width", [1440, 360])
def test_an_answer_of_the_past_is_shown_within_its_window(
    chromium: Any, address: str, password: str, width: int
) -> None:
    screen = Screen(chromium, address, password, viewport={"width": width, "height": 900})
    page = screen.sign_in("analyst.b")
    screen.go("/trials/what-if")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("a[href^='/trials/what-if/']").first.click()
    page.get_by_role("heading", name="What the past cannot tell").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width == 1440:
        screen.picture("what-if", full_page=True)
    assert screen.complaints == []
