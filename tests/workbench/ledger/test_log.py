# SPDX-License-Identifier: Apache-2.0
"""The page on the logs: over the simulated house in a real browser, and over a real house."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket.exchange.watch_files import WatchFiles, watch_folder
from cocket.ledger.monitoring import Seen, Watch, look
from cocket.pipeline.ledger.log_views import LogsView, OwnLogView
from cocket.workbench import build_app
from cocket.workbench.ledger.labels import ALARMS
from tests.houses import build, envelope, trader
from tests.ledger.logs import ORIGIN, SIGNER, grown
from tests.ledger.test_monitoring import rewritten
from tests.messages import declaration
from tests.simulators.workbench_house import SimulatedHouse
from tests.simulators.workbench_logs import logs
from tests.workbench.base.test_browser import COMPLAINTS, PHONE
from tests.workbench.conftest import Screen, served

Enter = Callable[..., httpx.Client]
NOW = 1_795_000_000


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def showing(house: SimulatedHouse, view: LogsView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.ledger.logs, "logs", lambda principal: view)


def test_it_says_who_witnessed_our_heads_and_when(enter: Enter, house: SimulatedHouse) -> None:
    page = text_of(enter().get("/log").text)
    assert "by 2 of 3, of whom 2 are enough" in page
    assert "customs.nz.example/witness · 25 Nov 2026 14:04 +07:00 Ed25519, ML-DSA-44" in page
    assert "Missing au" in page
    assert "by 3 of 3, of whom 2 are enough" in page
    assert "https://witness.customs.au.example/ The witness does not answer" in page
    assert ("officer.a", "logs") in house.looks


def test_an_alarm_stands_at_the_top_and_says_what_to_do(enter: Enter) -> None:
    answer = enter().get("/log").text
    page = text_of(answer)
    assert "1 alarm about the log of another administration" in page
    assert page.index("1 alarm about") < page.index("customs.example/log/2026")
    assert "Two histories were signed" in page
    assert "Entry 61 is the first that differs." in page
    assert 'role="alert"' in answer


def test_every_kind_of_alarm_has_its_words(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = logs()
    one = view.foreign[0].alarms[0]
    alarms = tuple(msgspec.structs.replace(one, kind=kind, time=None) for kind in ALARMS)
    foreign = (msgspec.structs.replace(view.foreign[0], alarms=alarms),)
    showing(house, msgspec.structs.replace(view, foreign=foreign), monkeypatch)
    page = text_of(enter().get("/log").text)
    assert f"{len(ALARMS)} alarms about logs" in page
    assert [kind for kind, (meaning, advice) in ALARMS.items() if meaning not in page or advice not in page] == []


def test_what_is_not_there_is_said(enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = LogsView(own=(), asked=(), failure=None, foreign=())
    showing(house, nothing, monkeypatch)
    page = text_of(enter().get("/log").text)
    assert "Nothing is sealed yet" in page
    assert "None is monitored or cosigned here." in page
    alone = OwnLogView(log="customs.example/log", size=5, root="00" * 32)
    own = (alone, OwnLogView(log="customs.example/log/2027"), OwnLogView(log="x", problem="It is of another key."))
    showing(house, LogsView(own=own, asked=(), failure="No such file.", foreign=()), monkeypatch)
    page = text_of(enter().get("/log").text)
    assert "No witness is configured" in page
    assert "not known: the database was restored" in page
    assert "No head is signed yet." in page
    assert "The published log is not valid. Inform the auditor: It is of another key." in page
    assert "Cosignatures are not gathered: No such file." in page


def test_a_name_that_another_administration_chose_is_no_markup(
    enter: Enter, house: SimulatedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = (msgspec.structs.replace(logs().foreign[0], log="<script>alert(1)</script>"),)
    showing(house, LogsView(own=(), asked=(), failure=None, foreign=foreign), monkeypatch)
    page = enter().get("/log").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_it_needs_somebody_signed_in(client: httpx.Client, house: SimulatedHouse) -> None:
    answer = client.get("/log")
    assert answer.headers["location"].startswith("/sign-in")
    assert house.looks == []


def test_it_can_be_read_in_a_browser(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen()
    page = screen.sign_in()
    screen.go("/statistics")
    page.get_by_role("link", name="Its heads, their witnesses, and alarms").click()
    page.wait_for_url("**/log")
    screen.picture("log", full_page=True)
    assert page.evaluate(COMPLAINTS) == []
    page.get_by_role("alert").get_by_role("link").click()
    assert page.url.endswith("/log#others")


def test_on_a_phone_no_name_and_no_path_runs_out_of_the_page(open_screen: Callable[..., Screen]) -> None:
    screen = open_screen(viewport=PHONE)
    page = screen.sign_in()
    screen.go("/log")
    assert (
        page.evaluate("""() => [...document.querySelectorAll("main *")]
        .filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML)""")
        == []
    )


def test_over_a_real_house(tmp_path: Path) -> None:
    built = build(tmp_path)
    built.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    size = built.sign()
    built.house.governance.accounts.put_officer("auditor", "Auditor", "auditor", None, "seal and cord and wax")
    files = WatchFiles(watch_folder(built.settings.home) / "peer.json")
    for folder in (grown([300]), rewritten([350], 17)):
        sight = look(folder.get, files.read() or Seen(vkey=SIGNER.verifier.vkey), files, Watch(), NOW)
        files.write(sight.seen)
        for alarm in sight.alarms:
            files.keep_alarm(sight, alarm, NOW)
    with (
        served(build_app(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        client.post("/sign-in", data={"name": "auditor", "password": "seal and cord and wax"})
        page = text_of(client.get("/log").text)
    files.close()
    built.house.close()
    assert f"Entries {size} Root" in page
    assert "No witness is configured" in page
    assert f"{ORIGIN} read by our monitor · 300 entries" in page
    assert "Entry 17 is the first that differs." in page
