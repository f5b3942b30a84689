# SPDX-License-Identifier: Apache-2.0
"""For what a person looks: stated on the page, sealed with each look until the browser is closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from cocket.pipeline.base.access import AccessRecord
from cocket.workbench import build_app
from cocket.workbench.base.visits import read_stated, write_stated
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("purposes"))
    made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    made.desk()
    made.house.governance.accounts.put_officer("supervisor", "Supervisor", "supervisor", None, PASSWORD)
    yield made
    made.house.close()


@pytest.fixture
def client(built: Built) -> Iterator[httpx.Client]:
    with (
        served(build_app(built.house)) as address,
        httpx.Client(base_url=address, headers={"origin": address}, timeout=30) as client,
    ):
        assert client.post("/sign-in", data={"name": "supervisor", "password": PASSWORD}).status_code == 303
        yield client


def state(client: httpx.Client, purpose: str, case: str = "") -> httpx.Response:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/parts").text)
    assert found
    fields = {"csrf": found[1], "purpose": purpose, "case": case, "next": "/queue"}
    return client.post("/purpose", data=fields)


def last_look(built: Built) -> AccessRecord:
    return msgspec.json.decode(built.bodies("look")[-1], type=AccessRecord)


def test_looks_are_sealed_with_the_purpose_and_case_that_a_person_states(client: httpx.Client, built: Built) -> None:
    client.get("/queue")
    assert last_look(built).purpose == "control"
    assert state(client, "investigation", "2026/17").headers["location"] == "/queue"
    page = client.get("/queue").text
    assert (last_look(built).purpose, last_look(built).case) == ("investigation", "2026/17")
    assert '<option value="investigation" selected>' in page
    assert re.search(r'class="stated">investigation · <bdi>2026/17', page)
    dossier = re.search(r'href="(/consignments/[\w-]+)"', page)
    assert dossier
    client.get(dossier[1])
    assert "accessed the dossier for investigation" in client.get(dossier[1]).text
    state(client, "")
    client.get("/queue")
    assert (last_look(built).purpose, last_look(built).case) == ("control", "")


def test_what_is_for_oversight_is_not_shown_for_control(client: httpx.Client) -> None:
    assert client.get("/administration").status_code == 200
    state(client, "control")
    assert client.get("/administration").status_code == 403
    assert 'href="/administration"' not in client.get("/queue").text
    state(client, "oversight")
    assert client.get("/administration").status_code == 200


@pytest.mark.parametrize(
    ("purpose", "case"), [("curiosity", ""), ("investigation", ""), ("audit", "x" * 81), ("audit", "a\u200bb")]
)
def test_what_is_no_purpose_or_no_case_is_refused(client: httpx.Client, purpose: str, case: str) -> None:
    assert state(client, purpose, case).status_code == 400
    assert "cocket-purpose" not in client.cookies


def test_signing_out_forgets_the_purpose(client: httpx.Client) -> None:
    state(client, "audit")
    assert "cocket-purpose" in client.cookies
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/parts").text)
    assert found
    client.post("/sign-out", data={"csrf": found[1]})
    assert "cocket-purpose" not in client.cookies


@pytest.mark.parametrize(
    "left", ["", "nonsense", write_stated("own-affairs", ""), write_stated("x", ""), write_stated("audit", "y" * 90)]
)
def test_a_cookie_that_is_none_of_ours_states_nothing(left: Any) -> None:
    assert read_stated(left) == ("", "")
    assert read_stated(write_stated("audit", "7")) == ("audit", "7")
