# SPDX-License-Identifier: Apache-2.0
"""Release times in a real browser: the picture of the documentation, at two widths, without a complaint of the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cocket.workbench import build_app
from tests.houses import Built
from tests.pipeline.trials.test_release_times import built as built
from tests.workbench.conftest import Screen, served

PASSWORD = "seal and cord and wax"


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    built.house.governance.accounts.put_officer("sione", "Sione", "supervisor", None, PASSWORD)
    with served(build_app(built.house)) as found:
        yield found


@pytest.mark.parametrize("width", [1440, 360])
def test_release_times_are_shown_within_their_window(chromium: Any, address: str, width: int) -> None:
    screen = Screen(chromium, address, PASSWORD, viewport={"width": width, "height": 900})
    page = screen.sign_in("sione")
    for path in ("/trials/release", "/trials/release/published"):
        screen.go(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    screen.go("/trials/release?segment=lodgement-release")
    if width == 1440:
        screen.picture("release-times", full_page=True)
    assert page.get_by_role("heading", name="Where time is lost").is_visible()
    assert screen.complaints == []
