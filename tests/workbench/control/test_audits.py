# SPDX-License-Identifier: Apache-2.0
"""The pages on audits after release, over a real house with the trade of a small synthetic country."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.control.audit import Period, Plan
from cocket.governance import Principal
from cocket.pipeline import Instance
from cocket.simulation import Parameters, simulate
from cocket.workbench import app as workbench_app
from cocket.workbench import build_app
from cocket.workbench.control.audit_forms import day_of, read_finding
from cocket.workbench.control.audits import routes
from tests.houses import Built, build, envelope, officer
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Screen, served

SECRET = "seal and cord"  # the word that the browser of these tests signs in with
ROOT = Path(__file__).resolve().parents[3]
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30))
NOW = datetime(2026, 12, 1, 7, tzinfo=UTC)
COUNTRY = Parameters(size=90, history_size=0, importers=10, lodged_directly=0.0)
HEAD, OFFICER = officer("supervisor"), officer()
FEED = Principal(id="feed", kind="key", roles=("feed",), senders=("host",))
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    out = tmp_path_factory.mktemp("country")
    simulate(COUNTRY, out)
    return [file.read_bytes() for file in sorted((out / "host" / "sad").glob("*.xml"))]


@pytest.fixture
def built(tmp_path: Path, papers: list[bytes]) -> Iterator[Built]:
    made = build(tmp_path, administration="Alphaland Customs", red_per_day=0, yellow_per_day=6, random_share=0.0)
    made.house.intake.messages.take_many([envelope(paper, sender="host") for paper in papers], principal=FEED)
    made.desk()
    for name, role in (("officer.a", "officer"), ("head.c", "supervisor"), ("auditor.d", "auditor")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, SECRET)
    yield made
    made.house.close()


@pytest.fixture
def audited(built: Built) -> Instance:
    return Instance(built.stores)


@pytest.fixture
def address(audited: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    others = [one for one in workbench_app.ROUTERS if one is not routes]
    monkeypatch.setattr(workbench_app, "ROUTERS", (*others, routes))
    with served(build_app(audited, now=lambda: NOW)) as found:
        yield found


@pytest.fixture
def password() -> str:
    return SECRET


@pytest.fixture
def enter(address: str) -> Iterator[Callable[[str], httpx.Client]]:
    with httpx.Client(base_url=address, headers={"origin": address}) as client:

        def entered(name: str) -> httpx.Client:
            client.cookies.clear()
            assert client.post("/sign-in", data={"name": name, "password": SECRET}).status_code == 303
            return client

        yield entered


def said(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def token(answer: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert found
    return found[1]


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    csrf = token(client.get(path))
    return client.post(path, data={"csrf": csrf, **fields}, follow_redirects=True)


def begun(house: Instance, place: int = 0) -> str:
    audit = house.control.audits.plan_audits(HEAD, PERIOD, 60).proposed[place].id
    house.control.audits.plan_audit(HEAD, audit, Plan(auditor="officer.a", begins=date(2026, 12, 1)))
    house.control.audits.notify_audit(OFFICER, audit)
    house.control.audits.start_audit(OFFICER, audit)
    return audit


def first_line(house: Instance, audit: str) -> str:
    line = house.control.audits.audit(OFFICER, audit).sample[0]
    return f"/audits/{audit}/lines/{line.consignment}/{line.item}"


def test_an_empty_list_says_what_audits_are_for_and_offers_them_to_who_plans(
    enter: Callable[[str], httpx.Client],
) -> None:
    page = enter("head.c").get("/audits")
    assert "No audit is open" in said(page)
    assert 'href="/audits/plan"' in page.text
    assert 'href="/audits/plan"' not in enter("officer.a").get("/audits").text
    assert "No audit is closed yet" in said(enter("officer.a").get("/audits?state=closed"))


def test_audits_are_proposed_and_listed_with_reasons_in_words(enter: Callable[[str], httpx.Client]) -> None:
    client = enter("head.c")
    page = post(client, "/audits/plan", first="2026-11-01", last="2026-11-30", days="60")
    assert "audits proposed and sealed." in said(page)
    assert page.text.count("<tr data-line>") >= 3
    assert "No audit of this trader is on record" in said(page)
    assert "none on record" in said(page)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"first": "x"}, "Enter the date as year-month-day."),
        ({"first": "2026-12-01"}, "The period must end after it begins."),
        ({"days": "-1"}, "Enter the days in figures."),
        ({"days": "many"}, "Enter the days in figures."),
    ],
)
def test_a_plan_that_makes_no_sense_comes_back_with_the_problem_beside_its_field(
    enter: Callable[[str], httpx.Client], fields: dict[str, str], problem: str
) -> None:
    given = {"first": "2026-11-01", "last": "2026-11-30", "days": "60"} | fields
    answer = post(enter("head.c"), "/audits/plan", **given)
    assert (answer.status_code, problem in said(answer)) == (422, True)


def test_an_audit_is_walked_through_its_pages(enter: Callable[[str], httpx.Client], audited: Instance) -> None:
    audit = audited.control.audits.plan_audits(HEAD, PERIOD, 60).proposed[0].id
    here = f"/audits/{audit}"
    assert "Plan" not in said(enter("officer.a").get(here)).split("State")[0]
    client = enter("head.c")
    assert "Planned" in said(post(client, f"{here}/acts/plan", auditor="officer.a", begins="2026-12-02"))
    post(client, f"{here}/acts/notify")
    assert "At work" in said(post(client, f"{here}/acts/start"))
    told = post(client, f"{here}/acts/disclose", reason="freight was left out", currency="xad", duty="1 250.00")
    assert "freight was left out" in said(told)
    assert "XAD 1" in said(told)
    for line in audited.control.audits.audit(OFFICER, audit).sample:
        post(client, f"{here}/lines/{line.consignment}/{line.item}", conclusion="conform")
    ended = post(client, f"{here}/acts/close", result="compliant", follow_up="2028-01-01")
    assert "Compliant" in said(ended)
    assert f"{here}/acts/" not in ended.text
    assert "Closed by head.c" in said(ended)


def test_a_line_is_recorded_and_shown_again_in_its_form(
    enter: Callable[[str], httpx.Client], audited: Instance
) -> None:
    client, audit = enter("officer.a"), begun(audited)
    path = first_line(audited, audit)
    page = post(
        client, path, conclusion="irregular", what1="value", declared1="100", found1="140", what2="origin", found2="XC",
        currency="XAD", duty="41 200.00", penalty="10", note="second set of invoices", is_disclosed="on",
    )  # fmt: skip
    text = said(page)
    assert "Line recorded and sealed." in text
    for expected in (
        "Irregular",
        "Value: 100 ≠ 140",
        "Origin: – ≠ XC",
        "XAD 41 200.00",
        "penalty XAD 10",
        "second set of invoices",
    ):
        assert expected in text.replace("\u202f", " ").replace("\xa0", " ")
    again = client.get(path).text
    for value in (
        'value="41200.00"',
        'value="140"',
        'value="XC"',
        "second set of invoices",
        'name="is_disclosed" checked',
    ):
        assert value in again


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "conclusion"),
        ({"conclusion": "maybe"}, "conclusion"),
        ({"conclusion": "irregular"}, "what1"),
        ({"conclusion": "irregular", "what1": "value"}, "found1"),
        ({"conclusion": "irregular", "found2": "x"}, "what2"),
        ({"conclusion": "irregular", "what1": "value", "found1": "1", "duty": "-5", "currency": "USD"}, "duty"),
        ({"conclusion": "irregular", "what1": "value", "found1": "1", "penalty": "5"}, "currency"),
        ({"conclusion": "not-verified"}, "note"),
        ({"conclusion": "conform", "note": "x" * 4001}, "note"),
    ],
)
def test_a_problem_is_said_beside_its_field(fields: dict[str, str], field: str) -> None:
    finding, problems = read_finding(fields, "c", 1)
    assert finding is None
    assert set(problems) == {field}


def test_what_belongs_to_irregular_lines_is_left_out_of_others() -> None:
    finding, problems = read_finding({"conclusion": "conform", "what1": "value", "found1": "1", "duty": "x"}, "c", 1)
    assert problems == {}
    assert finding is not None
    assert (finding.differences, finding.additional_duty) == ((), None)
    assert (day_of("2026-02-30"), day_of("")) == (None, None)


def test_what_the_house_refuses_is_said_in_its_words(enter: Callable[[str], httpx.Client], audited: Instance) -> None:
    client, audit = enter("head.c"), begun(audited)
    answer = post(client, f"/audits/{audit}/acts/close", result="compliant")
    assert answer.status_code == 422
    assert "lines of the sample have no conclusion" in said(answer)
    assert "cannot plan" in said(post(client, f"/audits/{audit}/acts/plan", auditor="x", begins="2026-12-02"))
    assert "Give a reason" in said(post(client, f"/audits/{audit}/acts/hand-on", reason=" "))


def test_who_may_not_act_is_offered_nothing_and_refused(
    enter: Callable[[str], httpx.Client], audited: Instance
) -> None:
    client, audit = enter("auditor.d"), begun(audited)
    page = client.get(f"/audits/{audit}")
    assert "/acts/" not in page.text
    assert "/lines/" not in page.text
    path = first_line(audited, audit)
    assert post(client, path, conclusion="conform").status_code == 403
    for missing in ("/audits/nonsense", f"/audits/{audit}/acts/burn", f"/audits/{audit}/lines/x/1"):
        assert client.get(missing).status_code == 404


# In a real browser


def test_the_list_and_an_audit_are_walked_by_keyboard(open_screen: Callable[..., Screen], audited: Instance) -> None:
    audit = begun(audited)
    screen = open_screen()
    page = screen.sign_in("officer.a")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/audits")
    screen.picture("audits")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/audits/{audit}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lines/**")
    assert not page.get_by_label("Additional duty").is_visible()
    page.get_by_label("Irregular").check()
    page.get_by_label("What", exact=True).first.select_option("value")
    page.get_by_label("Declared", exact=True).first.fill("12 400.00")
    page.get_by_label("Found", exact=True).first.fill("17 950.00")
    page.get_by_label("Currency").fill("XAD")
    page.get_by_label("Additional duty").fill("1387.50")
    page.get_by_label("Note for the file").fill("A second invoice for royalties was left out.")
    page.evaluate("scrollTo(0, 0)")
    screen.picture("audit-line")
    page.get_by_role("button", name="Record and seal").click()
    page.get_by_role("status").get_by_text("Line recorded and sealed.").wait_for()
    screen.go(f"/audits/{audit}")
    screen.picture("audit", full_page=True)
    assert page.locator(".differs").inner_text().startswith("Irregular")


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
def test_every_page_can_be_used_without_eyes_or_mouse_in_both_directions(
    open_screen: Callable[..., Screen], audited: Instance, viewport: dict[str, int]
) -> None:
    audit = begun(audited)
    paths = ["/audits", "/audits?state=closed", "/audits/plan", f"/audits/{audit}", first_line(audited, audit)]
    paths += [f"/audits/{audit}/acts/{act}" for act in ("plan", "start", "disclose", "hand-on", "close")]
    engine = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    screen = open_screen(viewport=viewport, reduced_motion="reduce")
    page = screen.sign_in("head.c")
    found: dict[str, Any] = {}
    for path in paths:
        screen.go(path)
        page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
        complaints = page.evaluate(COMPLAINTS)
        if engine.is_file():
            page.evaluate(engine.read_text())
            complaints += page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id))")
        page.evaluate("document.documentElement.dir = 'rtl'")
        complaints += page.evaluate(COMPLAINTS)
        if complaints:
            found[path] = complaints
    assert found == {}
