# SPDX-License-Identifier: Apache-2.0
"""Permits and agencies' words over HTTP, from a real house: each agency speaks for itself, and sees its own alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.api.openapi import openapi_of
from cocket.api.rest import build_rest
from cocket.gate import Flight, make_key
from cocket.model import HostDecision, Reference
from cocket.pipeline import QueueFilter
from cocket.pipeline.consignment.outcomes import HostRow
from tests.houses import Built, build, officer, put_permit_issuers, put_permit_matrix
from tests.messages import declaration
from tests.simulators.doors import open_door

LICENCE = Path(__file__).parents[1] / "samples" / "asycuda-licence" / "two-goods.xml"
PERMIT = {"agency": "Trade", "type": "C400", "number": "xalic 77", "holder": "XA42", "quantity": "4000", "unit": "KGM"}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    put_permit_issuers(made, ("Trade", "C400"), ("Trade", "licence"), ("Food", "C400"))
    yield made
    made.house.close()


@pytest.fixture
def ask(built: Built) -> Iterator[Any]:
    """Asks with a key of a role and for whom it speaks; a method other than GET sends JSON."""
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(method: str, path: str, role: str = "agency", sender: str = "Trade", **how: Any) -> httpx.Response:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}{sender}".lower())
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], [sender])
            headers = {"Authorization": f"Bearer {keys[role, sender]}"}
            if "content" in how:
                headers["Content-Type"] = "application/xml"
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def test_an_agency_registers_finds_and_suspends_its_own_permits(ask: Any) -> None:
    made = ask("POST", "/v1/permits", json=PERMIT)
    assert made.status_code == 201, made.text
    where = f"/v1/permits/{made.json()['id']}"
    assert ask("GET", where).json()["permit"]["quantity"] == "4000"
    for text in ("alic", "XA4", ""):
        assert ask("GET", f"/v1/permits?text={text}").json()["total"] == 1, text
    assert ask("GET", "/v1/permits?text=A42").json()["total"] == 0, "the holder's number is found by its beginning"
    assert ask("GET", "/v1/permits?status=suspended").json() == {"lines": [], "total": 0}
    changed = ask("POST", f"{where}/status", json={"status": "suspended", "reason": "forged seal"})
    assert (changed.status_code, changed.json()["permit"]["status"]) == (200, "suspended")
    assert [one["id"] for one in ask("GET", "/v1/permits?status=suspended").json()["lines"]] == [made.json()["id"]]


def test_another_agency_meets_nothing_of_a_permit_and_a_trader_no_register(ask: Any) -> None:
    where = f"/v1/permits/{ask('POST', '/v1/permits', json=PERMIT).json()['id']}"
    nothing = ask("GET", "/v1/permits/01a21032-dbd8-7236-9320-ac0953c99041", sender="Food")
    assert nothing.status_code == 404
    assert ask("GET", where, sender="Food").json() == nothing.json()
    assert ask("POST", f"{where}/status", sender="Food", json={"status": "valid", "reason": "x"}).status_code == 404
    assert ask("GET", "/v1/permits", sender="Food").json() == {"lines": [], "total": 0}
    assert ask("POST", "/v1/permits", sender="Food", json=PERMIT).status_code == 403
    assert ask("GET", "/v1/permits", "trader").status_code == 403
    assert ask("GET", where, "analyst").status_code == 200


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"quantity": "a lot"}, "quantity"),
        ({"valid_to": "2027-02-31"}, "valid_to"),
        ({"number": ""}, "number"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_malformed_permit_is_refused_with_the_field_and_one_that_cannot_be_with_findings(
    ask: Any, change: dict[str, str], where: str
) -> None:
    refused = ask("POST", "/v1/permits", json=PERMIT | change)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "permit-malformed")
    assert where in refused.json()["error"]["message"]
    unit = {name: text for name, text in PERMIT.items() if name != "unit"}
    impossible = ask("POST", "/v1/permits", json=unit)
    assert (impossible.status_code, impossible.json()["findings"][0]["code"]) == (422, "permit-unit")


def test_a_lodged_licence_becomes_a_permit_a_line(ask: Any) -> None:
    lodged = ask("POST", "/v1/messages", content=LICENCE.read_bytes(), sender="Trade", role="declarant")
    body = {"message": lodged.json()["id"], "agency": "Trade", "type": "licence", "number": "L7"}
    made = ask("POST", "/v1/permits/licences", json=body)
    assert made.status_code == 201, made.text
    assert [one["permit"]["line"] for one in made.json()["permits"]] == [1, 2]
    missing = ask("POST", "/v1/permits/licences", json=body | {"message": "01a21032-dbd8-7236-9320-ac0953c99041"})
    assert missing.status_code == 404


def test_an_agency_holds_goods_and_meets_its_own_word_alone(built: Built, ask: Any) -> None:
    assert ask("POST", "/v1/messages", "trader", "ACME", content=declaration("R1")).status_code == 202
    built.desk()
    line = built.house.queries.records.queue(officer("supervisor"), QueueFilter(state="all")).lines[0]
    where = f"/v1/consignments/{line.id}/holds"
    put_permit_matrix(built, "Trade", "Food")
    assert ask("GET", where).status_code == 404, "an agency that said nothing of it"
    word = {"agency": "Trade", "is_held": True, "reason": "sample taken"}
    placed = ask("POST", where, json=word)
    assert (placed.status_code, placed.json()["let_go"], placed.json()["note"]) == (201, None, ""), placed.text
    food = ask("POST", where, sender="Food", json=word | {"agency": "Food"})
    assert [one["agency"] for one in food.json()["holds"]] == ["Food"]
    assert [one["agency"] for one in ask("GET", where).json()["holds"]] == ["Trade"]
    assert [one["agency"] for one in ask("GET", where, "analyst").json()["holds"]] == ["Trade", "Food"]
    assert ask("POST", where, "analyst", json=word).status_code == 404
    assert ask("POST", where, sender="SPYAG", json=word | {"agency": "SPYAG"}).status_code == 404, (
        "nothing asks for its permit"
    )
    assert ask("POST", where, json=word | {"item": 77}).status_code == 422
    host = built.house.control.host_decisions
    names = dict(built.house.queries.records.dossier(officer("supervisor"), line.id).references)
    decided = datetime(2026, 3, 1, tzinfo=UTC)
    row = HostRow(reference=Reference("UCR", names["UCR"]), decision=HostDecision(lane="green", decided=decided))
    assert host.take_host_rows([row]) == 1
    placed = ask("POST", where, json=word)
    assert placed.json()["let_go"] == "2026-03-01" and "let go already, on 2026-03-01" in placed.json()["note"]
    looks = [json.loads(one) for one in built.bodies("look")]
    assert {one["purpose"] for one in looks if one["what"] == "holds" and "agency" in one["roles"]} == {"control"}
    assert ask("POST", where, json={"agency": "Trade", "is_held": False}).status_code == 422, "without a reason"


def test_the_description_names_every_route_of_permits(built: Built) -> None:
    document = openapi_of(build_rest(built.house, Flight(1, 1024)))
    paths = {
        path: set(acts) for path, acts in document["paths"].items() if "permit" in path or path.endswith("}/holds")
    }
    assert paths == {
        "/v1/permits": {"get", "post"},
        "/v1/permits/licences": {"post"},
        "/v1/permits/{permit_id}": {"get"},
        "/v1/permits/{permit_id}/status": {"post"},
        "/v1/consignments/{consignment_id}/holds": {"get", "post"},
        "/v1/agencies/consignments/{consignment_id}/holds": {"post"},
        "/v1/agencies/consignments/{consignment_id}/permits": {"post"},
    }
    assert {"PermitView", "PermitList", "Permits", "Holds", "Hold"} <= document["components"]["schemas"].keys()
