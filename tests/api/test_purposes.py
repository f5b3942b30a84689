# SPDX-License-Identifier: Apache-2.0
"""For what a machine asks: stated in a header, sealed with the access, refused where it does not fit."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import msgspec
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.pipeline.base.access import AccessRecord
from tests.houses import Built, build, envelope, trader
from tests.messages import declaration
from tests.simulators.doors import open_door


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, dict[str, httpx.Client], str]]:
    made = build(tmp_path_factory.mktemp("purposes"))
    taken = made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    clients = {}
    with open_door(build_app(made.house)) as port:
        for role in ("trader", "analyst"):
            key, senders = make_key(role), ("ACME",) if role == "trader" else ()
            made.house.governance.accounts.add_key(key, role, [role], senders)
            headers = {"authorization": f"Bearer {key}"}
            clients[role] = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30)
        yield made, clients, f"/v1/messages/{taken[0].id}"
    made.house.close()


def test_a_stated_purpose_and_case_are_sealed(house: tuple[Built, dict[str, httpx.Client], str]) -> None:
    built, clients, path = house
    stated = {"Cocket-Purpose": "investigation", "Cocket-Case": "2026/17"}
    assert clients["analyst"].get(path, headers=stated).status_code == 200
    look = msgspec.json.decode(built.bodies("look")[-1], type=AccessRecord)
    assert (look.what, look.purpose, look.case) == ("message", "investigation", "2026/17")
    assert clients["analyst"].get(path).status_code == 200  # what one request states is not kept for the next
    assert msgspec.json.decode(built.bodies("look")[-1], type=AccessRecord).purpose == "control"
    assert clients["trader"].get(path).status_code == 200
    assert msgspec.json.decode(built.bodies("look")[-1], type=AccessRecord).purpose == "own-affairs"


@pytest.mark.parametrize(
    ("role", "purpose", "case", "status"),
    [
        ("analyst", "curiosity", "", 422),
        ("analyst", "audit", "x" * 81, 422),
        ("analyst", "investigation", "", 404),
        ("analyst", "own-affairs", "", 404),
        ("trader", "control", "", 404),
    ],
)
def test_a_purpose_that_does_not_fit_is_refused(
    house: tuple[Built, dict[str, httpx.Client], str], role: str, purpose: str, case: str, status: int
) -> None:
    built, clients, path = house
    before = len(built.bodies("look"))
    stated = {"Cocket-Purpose": purpose, "Cocket-Case": case}
    refused = clients[role].get(path, headers=stated)
    assert refused.status_code == status
    if status == 404:  # the same as for what is not there
        absent = clients[role].get(path[:-12] + "000000000000", headers=stated)
        assert (refused.status_code, refused.json()) == (absent.status_code, absent.json())
    assert len(built.bodies("look")) == before
