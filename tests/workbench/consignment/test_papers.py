# SPDX-License-Identifier: Apache-2.0
"""Papers in time as a page and over HTTP, from a real house: read, corrected, taken back."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cocket.api import build_app as build_api
from cocket.gate import make_key
from cocket.workbench import build_app
from tests.houses import Built, build
from tests.pipeline.consignment.test_link_corrections import BILL, dossier_of, lodged, naming, worked
from tests.pipeline.consignment.test_numbers_end import flight
from tests.simulators.doors import open_door
from tests.workbench.conftest import served

SECRET = "seal and cord"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path / "home")
    for name, role in (("head.a", "supervisor"), ("aud.b", "auditor")):
        made.house.governance.accounts.put_officer(name, name.title(), role, None, SECRET)
    yield made
    made.house.close()


@pytest.fixture
def two(built: Built) -> tuple[str, str, str]:
    """A dossier of two declarations on one bill: its id, and their messages."""
    lodged(built, flight(b"2026-03-12", number=BILL + b"H2"), "CARRIER")
    mine, strange = lodged(built, naming("A-1", BILL)), lodged(built, naming("B-1", BILL))
    return dossier_of(built, mine), mine, strange


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as found:
        yield found


@contextmanager
def entered(address: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers={"origin": address}) as client:
        client.post("/sign-in", data={"name": name, "password": SECRET})
        yield client


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_page_tells_who_said_what_first_and_why_and_parts_a_paper(
    built: Built, address: str, two: tuple[str, str, str]
) -> None:
    dossier, mine, strange = two
    path = f"/consignments/{dossier}/papers"
    with entered(address, "head.a") as client:
        page = client.get(path)
        said = text_of(page.text)
        assert page.status_code == 200
        assert (
            "transport document number KESTBET26000417H2 · fair · but these differ: goods, consignor" in said
        )  # a flight of others
        assert "officers found 0 false" in said
        assert re.search(r"\d of \d papers of an import", said)
        assert "Entry summary: not here" in said or "Invoice: not here" in said
        token = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
        given = {"csrf": token, "paper": f"{strange} 0"}
        refused = client.post(f"{path}/part", data=given)
        assert refused.status_code == 422
        assert "Give a reason" in refused.text
        assert f'value="{strange} 0" selected' in refused.text
        client.post(f"{path}/part", data={**given, "reason": "Another importer's goods."})
        worked(built)
        assert dossier_of(built, strange) != dossier == dossier_of(built, mine)
        said = text_of(client.get(path).text)
        assert "A paper does not belong: BL KESTBET26000417H2" in said
        assert "an officer or an amendment says that it is false" in said
        correction = re.findall(r'name="correction" value="([^"]+)"', client.get(path).text)[0]
        client.post(f"{path}/undo", data={"csrf": token, "correction": correction, "reason": "Right after all."})
        worked(built)
        assert dossier_of(built, strange) == dossier
        assert "taken back by head.a" in text_of(client.get(path).text)


def test_whoever_may_not_correct_has_no_form_and_is_refused(address: str, two: tuple[str, str, str]) -> None:
    dossier, _, strange = two
    path = f"/consignments/{dossier}/papers"
    with entered(address, "aud.b") as client:
        page = client.get(path)
        assert page.status_code == 200
        assert "does not belong" not in text_of(page.text)
        token = re.findall(r'name="csrf" value="([^"]+)"', client.get("/account").text)[0]
        answer = client.post(f"{path}/part", data={"csrf": token, "paper": f"{strange} 0", "reason": "why not"})
        assert answer.status_code == 403


def test_an_officers_system_reads_and_corrects_links_and_a_trader_has_none(
    built: Built, two: tuple[str, str, str]
) -> None:
    dossier, mine, strange = two
    with open_door(build_api(built.house)) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        heads = {}
        for role in ("supervisor", "trader"):
            key = make_key(role)
            built.house.governance.accounts.add_key(key, role, [role], ["ACME"])
            heads[role] = {"Authorization": f"Bearer {key}"}
        at = f"/v1/consignments/{dossier}"
        found = client.get(f"{at}/papers", headers=heads["supervisor"]).json()
        assert {one["sort"] for one in found["links"]} == {"transport-document"}
        assert [one["sort"] for one in found["said"]].count("import-declaration") == 2
        for method, path in (("GET", "papers"), ("POST", "parting"), ("POST", "joining"), ("POST", "undoing")):
            body = {"message_id": mine, "other": mine, "correction": mine, "reason": "why"}
            body = {name: body[name] for name in _NAMES.get(path, ())}
            assert client.request(method, f"{at}/{path}", headers=heads["trader"], json=body or None).status_code == 404
        given = {"message_id": strange, "reason": "Another importer's goods."}
        parted = client.post(f"{at}/parting", headers=heads["supervisor"], json=given)
        assert (parted.status_code, parted.json()["state"]) == (202, "applied")
        worked(built)
        apart = dossier_of(built, strange)
        assert apart != dossier
        joined = client.post(
            f"{at}/joining", headers=heads["supervisor"], json={"other": apart, "reason": "One after all."}
        )
        assert joined.status_code == 202
        worked(built)
        assert dossier_of(built, strange) == dossier
        corrections = client.get(f"{at}/papers", headers=heads["supervisor"]).json()["corrections"]
        assert [one["kind"] for one in corrections] == ["part", "join"]
        wrong = client.post(f"{at}/parting", headers=heads["supervisor"], json={"message_id": "x", "reason": "why"})
        assert wrong.status_code == 422


_NAMES = {"parting": ("message_id", "reason"), "joining": ("other", "reason"), "undoing": ("correction", "reason")}
