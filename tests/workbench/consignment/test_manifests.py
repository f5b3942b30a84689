# SPDX-License-Identifier: Apache-2.0
"""The manifests and the write-off view, over a house with papers of the synthetic country's kind."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.pipeline import Instance
from cocket.pipeline.consignment.manifest_views import BillLine
from cocket.workbench import app as workbench_app
from cocket.workbench import build_app
from cocket.workbench.consignment.manifests import Bar, address_of, bar_of_bill, read_show, routes
from tests.houses import Built, build, envelope
from tests.pipeline.consignment.test_manifests import CARGO, HOST, sad
from tests.workbench.base.test_browser import COMPLAINTS
from tests.workbench.conftest import Screen, served

SECRET = "seal and cord"  # the word that the browser of these tests signs in with
NUMBERS = ("TSTB0100001", "TSTB0100002", "TSTB0100003", "TSTB0100004")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"), administration="Port Alpha Customs")
    declarations = (("1", 10), ("2", 10), ("2", 10), ("3", 6), ("9", 3))
    contents = [CARGO, *(sad(n, f"TSTB010000{name}", packages) for n, (name, packages) in enumerate(declarations, 1))]
    made.house.intake.messages.take_many([envelope(content, sender="HOST") for content in contents], principal=HOST)
    made.desk()
    for name, office in (("officer.a", None), ("far.b", "XA999999")):
        made.house.governance.accounts.put_officer(name, name.title(), "officer", office, SECRET)
    yield made
    made.house.close()


@pytest.fixture
def address(built: Built, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    routers = [one for one in workbench_app.ROUTERS if one is not routes]
    monkeypatch.setattr(workbench_app, "ROUTERS", (*routers, routes))
    with served(build_app(Instance(built.stores))) as found:
        yield found


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address}) as entered:
        entered.post("/sign-in", data={"name": "officer.a", "password": SECRET})
        yield entered


@pytest.fixture
def password() -> str:
    return SECRET


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def first(client: httpx.Client) -> str:
    found = re.search(r'href="(/manifests/[\w-]+)', client.get("/manifests").text)
    assert found
    return found[1]


def bills_on(page: str) -> list[str]:
    table = page.partition('id="bills"')[2].partition("</table>")[0]
    return list(dict.fromkeys(re.findall(r"<bdi>(TSTB\d+)</bdi></a>", table)))


def looks(built: Built) -> int:
    with built.stores.database.transaction() as connection:
        row = connection.execute("select count(*) from leaf where kind = 'look'").fetchone()
        assert row is not None
        return int(row[0])


def test_the_list_counts_bills_open_overdue_and_over(client: httpx.Client) -> None:
    page = text_of(client.get("/manifests").text)
    assert "4 bills 3 declared 2 open 2 overdue 1 over 3 findings" in page
    assert "2026-01-12" in page


def test_the_write_off_shows_every_bill_with_its_balance(client: httpx.Client) -> None:
    page = client.get(first(client)).text
    assert bills_on(page) == list(NUMBERS)
    said = text_of(page)
    assert "together write off 20 packages from bill TSTB0100002" in said
    assert "names a bill that is not here" in said
    assert "do not tell what the goods are" in said


@pytest.mark.parametrize(
    ("show", "shown"), [("open", "34"), ("overdue", "34"), ("over", "2"), ("findings", "24"), ("x", "1234")]
)
def test_bills_are_filtered(client: httpx.Client, show: str, shown: str) -> None:
    page = client.get(f"{first(client)}?show={show}").text
    assert [number[-1] for number in bills_on(page)] == list(shown)


def test_each_page_shown_is_a_look_on_record(built: Built, client: httpx.Client) -> None:
    path, before = first(client), looks(built)
    client.get(path)
    assert looks(built) == before + 1


def test_each_bill_leads_to_its_dossier(client: httpx.Client) -> None:
    found = re.search(r'class="open" href="(/consignments/[\w-]+)"><bdi>TSTB0100002', client.get(first(client)).text)
    assert found
    assert "TSTB0100002" in client.get(found[1]).text


def test_who_is_not_signed_in_is_sent_to_the_sign_in(address: str) -> None:
    assert httpx.get(f"{address}/manifests").headers["location"].startswith("/sign-in")


def test_an_officer_of_another_office_finds_nothing(client: httpx.Client, address: str) -> None:
    path = first(client)
    with httpx.Client(base_url=address, headers={"origin": address}) as other:
        other.post("/sign-in", data={"name": "far.b", "password": SECRET})
        assert "No manifest yet" in other.get("/manifests").text
        assert other.get(path).status_code == 404


def test_what_is_no_manifest_is_nothing_here(client: httpx.Client) -> None:
    assert client.get("/manifests/nonsense").status_code == 404


def line(**fields: Any) -> BillLine:
    whole: dict[str, Any] = dict.fromkeys(BillLine.__struct_fields__)
    whole |= {"number": "B", "equipment": (), "uses": (), "findings": (), "packages_written": 0, "mass_written_kg": "0"}
    return BillLine(**{**whole, **fields})


@pytest.mark.parametrize(
    ("fields", "bar"),
    [
        ({"packages_left": 10}, Bar(0.0, 0.0)),
        ({"packages_written": 5, "packages_left": 5}, Bar(50.0, 0.0)),
        ({"packages_written": 20, "packages_left": -10}, Bar(50.0, 50.0)),
        ({"packages_written": 3, "packages_left": -3}, Bar(0.0, 100.0)),
        ({"mass_written_kg": "25.5", "mass_left_kg": "76.5"}, Bar(25.0, 0.0)),
        ({"packages_left": 0}, Bar(0.0, 0.0)),
        ({}, None),
    ],
)
def test_the_bar_of_a_bill(fields: dict[str, Any], bar: Bar | None) -> None:
    assert bar_of_bill(line(**fields)) == bar


def test_addresses_and_filters_go_both_ways() -> None:
    assert address_of(None) == "/manifests"
    assert address_of("a/b", "open", 100) == "/manifests/a%2Fb?show=open&offset=100"
    assert read_show({"show": "nonsense", "offset": "-3"}, 9) == read_show({}, 9)
    assert read_show({"show": "over", "offset": "7"}, 9).offset == 7


Open = Callable[..., Screen]


def test_in_a_browser_it_is_walked_by_keyboard_and_nothing_is_hard_to_use(open_screen: Open) -> None:
    for size in ({"width": 1280, "height": 800}, {"width": 360, "height": 740}):
        screen = open_screen(viewport=size)
        page = screen.sign_in()
        screen.go("/manifests")
        assert page.evaluate(COMPLAINTS) == []
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/manifests/*")
        assert page.evaluate(COMPLAINTS) == []
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.textContent.trim()") == "TSTB0100002"
        if size["width"] > 1000:
            screen.picture("manifest", full_page=True)


def test_axe_finds_nothing(open_screen: Open) -> None:
    engine = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
    if not engine.is_file():
        pytest.skip("axe-core is not installed (make build)")
    screen = open_screen(reduced_motion="reduce")
    page = screen.sign_in()
    screen.go("/manifests")
    for path in ("/manifests", page.locator("a.open").first.get_attribute("href")):
        screen.go(str(path))
        page.evaluate("document.querySelectorAll('main details').forEach((e) => { e.open = true; })")
        page.evaluate(engine.read_text())
        assert page.evaluate("axe.run().then((run) => run.violations.map((v) => v.id))") == []


def test_it_works_without_scripts(open_screen: Open) -> None:
    screen = open_screen(java_script_enabled=False)
    page = screen.sign_in()
    screen.go("/manifests")
    page.locator("a.open").first.click()
    overdue = page.get_by_role("link", name="Overdue")
    where = overdue.get_attribute("href")
    overdue.click()
    page.wait_for_url(lambda url: url.endswith(str(where)))
    assert page.locator("#bills a.open").all_inner_texts() == ["TSTB0100003", "TSTB0100004"]
