# SPDX-License-Identifier: Apache-2.0
"""The workbench over a simulated house: as an application, and behind the real guard for a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import html
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.gate import Bounds, Door, listen
from cocket.gate.serving import serve_until
from cocket.pipeline import Instance
from cocket.pipeline.base import kept
from cocket.workbench import build_app
from tests.simulators.workbench_country import NOW
from tests.simulators.workbench_house import PASSWORD, SimulatedHouse

#: The folder into which pictures of the documentation are taken (`scripts/draw_pictures.py`); none are if it is not set.
PICTURES = os.environ.get("COCKET_SCREENSHOTS")

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


#: Signs an officer in; the browser that he then has.
Enter = Callable[..., httpx.Client]


def said(answer: httpx.Response) -> str:
    """What a page says, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@pytest.fixture
def house() -> SimulatedHouse | Instance:
    """The house behind the pages; a module may have a real one in its place."""
    return SimulatedHouse()


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """Pages wait for their figures, however busy the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "PATIENCE", 60.0)
        yield


@pytest.fixture
def address(house: SimulatedHouse | Instance) -> Iterator[str]:
    """The workbench over the house: the simulated one at its own hour, a real one at the present."""
    now = (lambda: NOW) if isinstance(house, SimulatedHouse) else None
    with served(build_app(house, now=now)) as address:  # type: ignore[arg-type]
        yield address


@pytest.fixture
def password() -> str:
    """The one password of everybody in the house."""
    return PASSWORD


@contextlib.contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """An application behind the guard of the doors, on a port of this machine; 0 takes a free one."""
    socket = listen("127.0.0.1", port)
    door = Door(app, socket, Bounds(takes_files=True))
    started, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    serving = threading.Thread(target=loop.run_until_complete, args=(serve_until(stop, door, started=started.set),))
    serving.start()
    assert started.wait(60)
    try:
        yield "http://{}:{}".format(*socket.getsockname())
    finally:
        loop.call_soon_threadsafe(stop.set)
        serving.join(30)
        loop.close()


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A browser without eyes, not signed in; each form it sends comes from a page of ours."""
    with httpx.Client(base_url=address, headers={"origin": address}) as client:
        yield client


@pytest.fixture
def enter(client: httpx.Client) -> Enter:
    """Signs somebody in, in place of whoever was."""

    def entered(name: str = "officer.a") -> httpx.Client:
        client.cookies.clear()
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303
        return client

    return entered


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A real browser, gone with its event loop after each module; tests that need one are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = os.environ.get("COCKET_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium is installed (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


class Screen:
    """One window of the browser, which watches what no page of ours may do.

    Attributes:
        page: The page.
        complaints: Errors in the console, and requests to any other host (0..n).
        loaded: Bytes of bodies received, by path.
    """

    def __init__(self, chromium: Any, address: str, password: str, **settings: Any) -> None:
        self.address = address
        self._password = password
        self.complaints: list[str] = []
        self.loaded: dict[str, int] = {}
        scale = 1.5 if PICTURES else 1
        size = {"width": 1280, "height": 800}
        self._runs_scripts = settings.get("java_script_enabled", True)
        self._context = chromium.new_context(**{"viewport": size, "device_scale_factor": scale, **settings})
        self._context.set_default_timeout(120_000)
        self.page = self._context.new_page()
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._check_host)
        self.page.on("response", self._count)

    def sign_in(self, name: str = "officer.a", begins: str = "/queue") -> Any:
        """Sign in, and wait for the page on which this person begins."""
        self.go("/")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(self._password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"**{begins}")
        self._settle()
        return self.page

    def go(self, path: str) -> None:
        """Open a page and wait until it answers to keys."""
        self.page.goto(self.address + path)
        self._settle()

    def picture(self, name: str, **how: Any) -> None:
        """Keep a picture for the documentation, if pictures are wanted."""
        if PICTURES:
            if how.get("full_page"):
                self.page.evaluate("scrollTo(0, 0)")  # else the bar stands in the middle of it
            self.page.screenshot(path=Path(PICTURES) / f"{name}.png", **how)

    def forgive(self, status: int) -> None:
        """Take back the one complaint of the console about an answer that was meant to have this status."""
        expected = next(complaint for complaint in self.complaints if f"status of {status}" in complaint)
        self.complaints.remove(expected)

    def close(self) -> None:
        self._context.close()

    def _settle(self) -> None:
        if self._runs_scripts and self.page.locator("[hx-get]").count():
            self.page.wait_for_selector("[data-htmx-powered]", state="attached")

    def _check_host(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.complaints.append(f"asked another host: {request.url}")

    def _count(self, response: Any) -> None:
        try:
            self.loaded[response.url.removeprefix(self.address)] = len(response.body())
        except Exception:  # a redirect has no body
            return


@pytest.fixture
def open_screen(chromium: Any, address: str, password: str) -> Iterator[Callable[..., Screen]]:
    """Opens windows, and at the end asks each what it has to complain about."""
    screens: list[Screen] = []

    def opened(**settings: Any) -> Screen:
        screens.append(Screen(chromium, address, password, **settings))
        return screens[-1]

    yield opened
    complaints = [complaint for screen in screens for complaint in screen.complaints]
    for screen in screens:
        screen.close()
    assert complaints == []
