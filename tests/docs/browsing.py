# SPDX-License-Identifier: Apache-2.0
"""What a page of the documentation says of the browser, done in one.

A paragraph after `<!-- browser: NAME -->` is followed as it is written:

    *Label*           the link, button, entry of a menu or choice of this name is pressed
    *Label*: `text`   the field of this label is filled
    *Password*        is typed, as in the terminal
    **words**         stand on the page
    <kbd>key</kbd>    is pressed
    ![…](….png)       the picture is taken, where pictures are wanted

Each NAME has a window, open at the workbench; one that ends with `.html` is a file of the reader's folder.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.workbench.conftest import FLAGS, PICTURES

_ACT = re.compile(
    r"!\[[^\]]*\]\((?:[^)]*/)?(?P<picture>[\w-]+)\.png\)|\*\*(?P<seen>[^*]+)\*\*|<kbd>(?P<key>[^<]+)</kbd>"
    r"|\*(?P<label>[^*\n]+)\*(?:: `(?P<typed>[^`]+)`)?"
)

#: How long something may be waited for (milliseconds).
PATIENCE_MS = 30_000


def program() -> str | None:
    """The browser; None where there is none."""
    if find_spec("playwright") is None:
        return None
    return os.environ.get("COCKET_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


class Windows:
    """The windows of those whom a page names, each open at its place.

    Args:
        password: What is typed where a page asks for one.
    """

    def __init__(self, password: str) -> None:
        self._password = password
        self._pages: dict[str, Any] = {}
        self._running: Any = None
        self._browser: Any = None

    def follow(self, name: str, address: str, text: str) -> Iterator[str]:
        """Do what a paragraph says.

        Args:
            name: Whose window.
            address: Where a new one opens.
            text: The paragraph.

        Yields:
            What could not be done, once at most: what follows rests on it.
        """
        from playwright.sync_api import Error

        page = self._window(name, address)
        for act in _ACT.finditer(text):
            try:
                self._do(page, act)
            except (Error, LookupError) as error:
                yield f"in the browser of {name}, {act[0]}: {str(error)[:300]}\n{page.url}\n{self._says(page)[:2000]}"
                return

    def _window(self, name: str, address: str) -> Any:
        if self._browser is None:
            from playwright.sync_api import sync_playwright

            self._running = sync_playwright().start()
            self._browser = self._running.chromium.launch(executable_path=program(), args=list(FLAGS))
        if name not in self._pages:
            size = {"width": 1280, "height": 800}
            context = self._browser.new_context(viewport=size, device_scale_factor=1.5 if PICTURES else 1)
            context.set_default_timeout(PATIENCE_MS)
            self._pages[name] = context.new_page()
            self._pages[name].goto(address)
        return self._pages[name]

    def _do(self, page: Any, act: re.Match[str]) -> None:
        if act["picture"]:
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{act['picture']}.png")
        elif act["seen"]:
            page.get_by_text(act["seen"]).filter(visible=True).first.wait_for()
        elif act["key"]:
            page.keyboard.press(act["key"])
        elif act["typed"] or act["label"] == "Password":
            page.get_by_label(act["label"]).fill(act["typed"] or self._password)
        else:
            self._press(page, act["label"])
        page.wait_for_load_state("networkidle")

    def _press(self, page: Any, label: str) -> None:
        whole = re.compile(rf"^\s*{re.escape(label)}…?(\s+\w)?\s*$")  # a key may stand beside it
        choice = page.locator("select:visible option").filter(has_text=whole)
        if choice.count():
            choice.first.locator("xpath=ancestor::select").select_option(label=choice.first.inner_text())
            return
        named = page.get_by_role("button", name=whole).or_(page.get_by_role("link", name=whole))
        menus = page.locator("summary")  # whose whole text it is, or whose first word, as of the menu behind one's name
        menu = menus.filter(has_text=whole).or_(menus.filter(has=page.locator("bdi:first-child", has_text=whole)))
        named.or_(menu).filter(visible=True).first.click()

    def _says(self, page: Any) -> str:
        return " ".join(page.locator("body").inner_text().split())

    def close(self) -> None:
        """Close all windows."""
        if self._browser is not None:
            self._browser.close()
            self._running.stop()
        self._pages.clear()
        self._browser = self._running = None
