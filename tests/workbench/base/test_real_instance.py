# SPDX-License-Identifier: Apache-2.0
"""The pages over the real house: what the simulated one promises holds there too."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from cocket import ledger
from cocket.pipeline import public_keys
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, administration="Alphaland Customs")
    contents = [declaration(f"R{number}") for number in range(3)]
    made.house.intake.messages.take_many([envelope(content) for content in contents], principal=trader("ACME"))
    made.desk()
    made.sign()
    for role in ("officer", "auditor"):
        made.house.governance.accounts.put_officer(role, role.title(), role, None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def client(built: Built) -> Iterator[httpx.Client]:
    with (
        served(build_app(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}) as client,
    ):
        answer = client.post("/sign-in", data={"name": "officer", "password": PASSWORD})
        assert answer.headers["location"] == "/"
        yield client


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def link(page: str, pattern: str) -> str:
    found = re.search(f'(?:href|action)="({pattern})"', page)
    assert found, pattern
    return html.unescape(found[1])


def token(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def dossier_of(client: httpx.Client) -> tuple[str, str]:
    path = link(client.get("/queue").text, r"/consignments/[\w-]+")
    return path, client.get(path).text


def override(client: httpx.Client, path: str, page: str) -> str:
    """Set red, which calls for an order; the dossier afterwards."""
    fields = {"csrf": token(page), "lane": "red", "reason": "seen in the yard"}
    return client.post(f"{path}/override", data=fields, follow_redirects=True).text


def kinds(built: Built) -> list[str]:
    with built.stores.database.transaction() as connection:
        return [row[0] for row in connection.execute("select kind from leaf order by idx")]


def test_the_queue_shows_what_was_lodged_and_the_look_is_sealed(client: httpx.Client, built: Built) -> None:
    before = kinds(built).count("look")
    page = client.get("/queue")
    assert page.text.count("<tr data-line>") == 3
    assert "Alphaland Customs" in page.text
    assert kinds(built).count("look") == before + 1


def test_an_override_a_release_and_its_undo_are_sealed_acts(client: httpx.Client, built: Built) -> None:
    path, page = dossier_of(client)
    page = override(client, path, page)
    assert "Lane set to Red." in page
    assert "seen in the yard" in page
    release = link(page, rf"{path}/orders/[\w-]+/release")
    page = client.post(release, data={"csrf": token(page), "reason": "escorted"}, follow_redirects=True).text
    assert "Released." in page
    page = client.post(
        link(page, rf"{path}/orders/[\w-]+/reopen"), data={"csrf": token(page)}, follow_redirects=True
    ).text
    assert "Open again." in page
    assert {"override", "release", "reopen"} <= set(kinds(built))
    assert "Officer" in page
    assert "seen in the yard" in text_of(page)


def test_what_an_insider_forged_is_not_shown_and_the_page_says_so(client: httpx.Client, built: Built) -> None:
    path, page = dossier_of(client)
    assert "seen in the yard" in override(client, path, page)
    forged = "update override set lane = 'green', reason = 'an old friend'"
    with built.stores.database.transaction() as connection:
        connection.execute(forged)
        connection.execute("update control_order set status = 'released'")
    page = client.get(path).text
    assert "an old friend" not in page
    assert 'data-differs="override"' in page
    assert 'data-differs="control_order"' in page
    assert "does not agree with its sealed record" in text_of(page)
    assert "seen in the yard" in text_of(page), "the page says what was sealed"
    assert "does not agree with its sealed record" in client.get("/queue").text
    with built.stores.database.transaction() as connection:
        connection.execute("update officer set role = 'auditor'")
    assert client.get("/queue", follow_redirects=False).status_code in (302, 303, 401)


def test_a_result_is_recorded_and_shown(client: httpx.Client, built: Built) -> None:
    path, page = dossier_of(client)
    page = override(client, path, page)
    order = link(page, rf"{path}/orders/[\w-]+/result")
    fields = {
        "csrf": token(page),
        "depth": "full",
        "found": "yes",
        "offence": "revenue",
        "duty": "1250.00",
        "currency": "USD",
    }
    shown = client.post(order, data=fields, follow_redirects=True)
    assert shown.status_code == 200
    assert "Irregularity found · Full Revenue: value, code, origin or quantity · USD 1 250.00" in text_of(shown.text)
    assert "result" in kinds(built)


def test_a_message_its_content_and_its_proof_can_be_opened(client: httpx.Client, built: Built) -> None:
    _, page = dossier_of(client)
    message = link(page, r"/messages/[\w-]+")
    content = client.get(f"{message}/content.bin").content
    assert content in [declaration(f"R{number}") for number in range(3)]
    assert "wco-dm" in text_of(client.get(message).text)
    assert "the path leads from this leaf to the signed root" in client.get(f"{message}/proof").text
    proof = ledger.read_proof(client.get(f"{message}/proof.json").content)
    assert isinstance(proof, ledger.InclusionProof)
    assert ledger.verify_inclusion_proof(proof, public_keys(built.settings)["log"], None, content).holds
    receipt = ledger.read_proof(msgspec.json.encode(client.get(f"{message}/receipt.json").json()))
    assert isinstance(receipt, ledger.Receipt)
    assert ledger.verify_receipt(receipt, [public_keys(built.settings)["receipts"]], content).holds


def test_statistics_search_and_export_answer(client: httpx.Client) -> None:
    assert "3 consignments assessed" in text_of(client.get("/statistics").text)
    assert len(client.get("/queue.csv?state=all").text.splitlines()) == 4
    _, page = dossier_of(client)
    title = text_of(re.search(r"<h1>(.*?)</h1>", page)[1])  # type: ignore[index]
    found = client.get("/search", params={"text": title.split(" ", 1)[1]})
    assert found.headers["location"].startswith(("/consignments/", "/queue"))


def test_an_auditor_sees_and_does_not_act(client: httpx.Client) -> None:
    client.cookies.clear()
    client.post("/sign-in", data={"name": "auditor", "password": PASSWORD})
    path, page = dossier_of(client)
    assert "Override…" not in page
    fields = {"csrf": token(page), "lane": "green", "reason": "because"}
    assert client.post(f"{path}/override", data=fields).status_code == 403


def test_what_is_not_there_or_not_an_id_is_not_found(client: httpx.Client) -> None:
    for path in (
        "/consignments/nonsense",
        "/messages/00000000-0000-7000-8000-000000000000",
        "/messages/nonsense/proof",
    ):
        assert client.get(path).status_code == 404


def test_cartons_against_a_declared_area_are_refused_beside_the_field_and_nothing_is_lost(
    client: httpx.Client, built: Built
) -> None:
    path, page = dossier_of(client)
    page = override(client, path, page)
    order = link(page, rf"{path}/orders/[\w-]+/result")
    fields = {
        "csrf": token(page),
        "depth": "full",
        "found": "yes",
        "offence": "quantity",
        "item-1-quantity": "34 cartons",
    }
    answer = client.post(order, data=fields)
    assert answer.status_code == 422
    said = text_of(answer.text)
    assert "item 1 is declared in MTK, which cannot be compared with CARTONS" in said
    assert 'id="item-1-quantity-problem"' in answer.text and 'value="34 cartons"' in answer.text
    assert "result" not in kinds(built)
    assert client.post(order, data=fields | {"item-1-quantity": "9,400.5"}).status_code == 303
    assert "9400.5 MTK" in text_of(client.get(path).text)
