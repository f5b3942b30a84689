# SPDX-License-Identifier: Apache-2.0
"""A declaration filled in by hand on pages, without scripts: from nothing or from an invoice to a receipt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cocket.workbench import build_app
from cocket.workbench.intake.own_lodge import PAGE
from tests.consignment.hand_drafts.invoices import goods, ubl
from tests.houses import Built, build
from tests.workbench.base.test_real_instance import PASSWORD
from tests.workbench.base.test_real_instance import token as token_of
from tests.workbench.conftest import Screen, said, served

PEOPLE = {"tina": ("trader", ("ACME",)), "bela": ("declarant", ("BETA", "GAMMA")), "head": ("supervisor", ())}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("lodge") / "home", second_person_for="")
    for name, (role, senders) in PEOPLE.items():
        made.house.governance.accounts.put_officer(name, name.title(), role, None, PASSWORD, senders=senders)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as where:
        yield where


@pytest.fixture(scope="module")
def clients(address: str) -> Iterator[dict[str, httpx.Client]]:
    made = {}
    for name in PEOPLE:
        made[name] = httpx.Client(base_url=address, headers={"origin": address}, timeout=120)
        assert made[name].post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def tina(clients: dict[str, httpx.Client]) -> httpx.Client:
    return clients["tina"]


def token(page: httpx.Response) -> str:
    return str(token_of(page.text))


def begin(client: httpx.Client, **more: str) -> str:
    """Begin a declaration; the address of its form."""
    answer = client.post("/own/lodge", data={"csrf": token(client.get("/own/lodge")), "flow": "import", **more})
    assert answer.status_code == 303, said(answer)
    return str(answer.headers["location"])


def fields(page: httpx.Response) -> dict[str, str]:
    """What stands in the fields of a page."""
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page.text))
    return {name: value for name, value in found.items() if not name.endswith(".remove")} | {"csrf": token(page)}


FILLED = {
    "reference": "PAGE-1", "office": "XAPRT001", "importer.name": "Kontor Nord", "lines[1].description": "Brass fittings",
    "lines[1].code": "7412.20", "lines[1].origin": "DE", "lines[1].amount": "1 204,50", "lines[1].currency": "EUR",
    "charges[1].kind": "freight", "charges[1].amount": "70", "charges[1].currency": "EUR", "documents[1].type": "380",
    "documents[1].number": "R/2026-0815",
}  # fmt: skip


def test_a_declaration_is_filled_in_checked_sent_and_its_receipt_saved(built: Built, tina: httpx.Client) -> None:
    path = begin(tina)
    page = tina.get(path)
    assert "Give the commodity code." in said(page) and "Name the importer." in said(page)
    assert 'id="lines[1].code-problem"' in page.text
    saved = tina.post(path, data={**fields(page), **FILLED, "act": "save"})
    assert saved.status_code == 303
    page = tina.get(path)
    assert fields(page)["lines[1].amount"] == "1204.50" and "Nothing keeps it from being sent." in said(page)
    assert fields(page)["documents[1].number"] == "R/2026-0815"
    sent = tina.post(path, data={**fields(page), "charges[1].kind": "freight", "act": "lodge"})
    assert sent.status_code == 200 and "Your declaration was received and sealed." in said(sent)
    where = re.search(r'href="(/own/lodge/receipts/[^"]+)"', sent.text)
    assert where is not None
    receipt = tina.get(where[1])
    assert receipt.headers["content-disposition"].startswith("attachment") and receipt.json()
    assert "PAGE-1" in said(tina.get("/own")) and tina.get(path).status_code == 404


def test_what_cannot_be_read_stays_in_its_field_with_what_is_wrong(tina: httpx.Client) -> None:
    path = begin(tina)
    page = tina.get(path)
    given = {**fields(page), **FILLED, "lines[1].amount": "1,204", "gross_mass": "twelve", "act": "lodge"}
    answer = tina.post(path, data=given)
    assert answer.status_code == 422 and "The declaration cannot be sent yet" in said(answer)
    assert fields(answer)["lines[1].amount"] == "1,204" and fields(answer)["gross_mass"] == "twelve"
    assert "1,204 is not a number such as 1234.50." in said(answer)
    assert fields(tina.get(path))["gross_mass"] == "twelve"


def test_an_invoice_of_100_lines_is_filled_in_over_pages_and_saved_page_by_page(tina: httpx.Client) -> None:
    path = begin(tina)
    page = tina.get(path)
    headers = {"x-csrf-token": token(page), "content-type": "application/octet-stream"}
    read = tina.post(
        f"{path}/file?file=bill.xml&version={fields(page)['version']}", content=ubl(goods(100)), headers=headers
    )
    assert read.status_code == 200 and "the form has 100 goods lines now" in said(read), said(read)
    assert "The seller is entered as exporter." in said(read)
    last = tina.get(f"{path}?page=5")
    assert "lines[100].amount" in fields(last) and "lines[80].amount" not in fields(last)
    assert "Sums of the invoice" in said(last) and "declared" in said(last)
    done = tina.post(
        path, data={**fields(last), "lines[100].description": "Changed here", "lines[99].remove": "1", "act": "page:1"}
    )
    assert done.headers["location"] == path
    again = fields(tina.get(f"{path}?page=5"))
    assert again["lines[99].description"] == "Changed here" and "lines[100].amount" not in again
    assert fields(tina.get(path))["lines[1].description"] == "Brass fitting no. 1"


def test_lines_are_added_at_the_end(tina: httpx.Client) -> None:
    path = begin(tina)
    answer = tina.post(path, data={**fields(tina.get(path)), "act": "add", "more": str(PAGE)})
    assert answer.headers["location"] == f"{path}?page=2"
    assert f"lines[{PAGE + 1}].code" in fields(tina.get(f"{path}?page=2"))


def test_a_form_left_open_loses_nothing_when_another_was_saved(tina: httpx.Client) -> None:
    path = begin(tina)
    first, second = fields(tina.get(path)), fields(tina.get(path))
    assert tina.post(path, data={**first, "office": "ONE", "act": "save"}).status_code == 303
    late = tina.post(path, data={**second, "office": "TWO", "act": "save"})
    assert late.status_code == 422 and "changed in another place" in said(late)
    assert fields(late)["office"] == "TWO" and fields(tina.get(path))["office"] == "ONE"
    assert tina.post(path, data={**fields(late), "act": "save"}).status_code == 303
    assert fields(tina.get(path))["office"] == "TWO"


def test_a_file_that_is_no_invoice_is_refused_in_words(tina: httpx.Client) -> None:
    path = begin(tina)
    page = tina.get(path)
    headers = {"x-csrf-token": token(page)}
    at = f"{path}/file?file=a.pdf&version={fields(page)['version']}"
    refused = tina.post(at, content=b"%PDF-1.7 nothing", headers=headers)
    assert refused.status_code == 422 and "carries no invoice as a file" in said(refused)
    assert tina.post(at, content=b"%PDF-1.7", headers={}).status_code == 403


def test_a_code_is_found_by_the_words_and_entered(tina: httpx.Client) -> None:
    path = begin(tina)
    page = tina.get(path)
    go = tina.post(path, data={**fields(page), "lines[1].description": "roasted coffee beans", "act": "codes:1"})
    found = tina.get(go.headers["location"])
    assert "090121" in said(found) and "not a ruling" in said(found)
    assert tina.post(f"{path}/codes", data={"csrf": token(found), "line": "1", "code": "090121"}).status_code == 303
    assert fields(tina.get(path))["lines[1].code"] == "090121"


def test_it_is_thrown_away(tina: httpx.Client) -> None:
    path = begin(tina)
    assert tina.post(f"{path}/disposal", data={"csrf": token(tina.get(path))}).headers["location"] == "/own/lodge"
    assert tina.get(path).status_code == 404


def test_who_acts_for_several_says_for_whom_and_nobody_sees_anothers(
    clients: dict[str, httpx.Client], tina: httpx.Client
) -> None:
    bela = clients["bela"]
    path = begin(bela, sender="GAMMA")
    assert "For GAMMA" in said(bela.get(path))
    refused = bela.post("/own/lodge", data={"csrf": token(bela.get("/own/lodge")), "flow": "import", "sender": "ACME"})
    assert refused.status_code == 404
    for method, at in (("GET", path), ("GET", f"{path}/codes"), ("POST", path), ("POST", f"{path}/disposal")):
        data = {"csrf": token(tina.get("/own/lodge"))} if method == "POST" else None
        assert tina.request(method, at, data=data).status_code == 404
    assert clients["head"].get(path).status_code == 404 == clients["head"].get("/own/lodge").status_code


def test_an_invoice_is_read_and_the_form_used_on_a_phone_in_a_real_browser(
    tina: httpx.Client, chromium: Any, address: str
) -> None:
    path = begin(tina)
    page = tina.get(path)
    assert tina.post(path, data={**fields(page), **FILLED, "reference": "2026-0815", "act": "save"}).status_code == 303
    charges = [
        {"is_charge": "true", "amount": "70.00", "code": "FC", "reason": "By sea"},
        {"is_charge": "false", "amount": "40.00", "reason": "Autumn rebate"},
    ]
    screen = Screen(chromium, address, PASSWORD, viewport={"width": 390, "height": 800})
    try:
        window = screen.sign_in("tina", "/own")
        screen.go(path)
        given = {"name": "R-2026-0815.xml", "mimeType": "application/xml", "buffer": ubl(goods(3), charges=charges)}
        window.get_by_label("Invoice or table of lines").set_input_files(given)
        window.get_by_role("button", name="Read it").click()
        window.get_by_role("link", name="Open the form").click()
        assert window.get_by_text("A discount of 40.00 EUR on the whole").is_visible()
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        window.set_viewport_size({"width": 1280, "height": 900})
        screen.picture("lodge-by-hand")
        window.get_by_label("Your reference").fill("2026-0816")
        window.get_by_role("button", name="Save and check").press("Enter")
        window.wait_for_url(f"**{path}")
        assert window.get_by_label("Your reference").input_value() == "2026-0816"
        assert screen.complaints == []
    finally:
        screen.close()
