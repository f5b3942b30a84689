# SPDX-License-Identifier: Apache-2.0
"""Places, corridors, cells, devices in bulk and last positions over HTTP, in a real house."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.pipeline.tracking.device_register import DeviceRegister
from tests.houses import officer
from tests.pipeline.tracking.tracked import Tracked, tracked
from tests.simulators.doors import open_door
from tests.tracking.test_cells import CSV


@pytest.fixture(scope="module")
def lorry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracked]:
    found = tracked(tmp_path_factory.mktemp("places") / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield found
    found.close()


@pytest.fixture(scope="module")
def ask(lorry: Tracked) -> Iterator[Any]:
    """Asks with a key of a role, and of an office where one is named."""
    with open_door(build_app(lorry.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[tuple[str, str | None], str] = {}

        def asking(
            method: str, path: str, role: str = "supervisor", office: str | None = None, **how: Any
        ) -> httpx.Response:
            if (role, office) not in keys:
                name = role if office is None else f"{role}-{office.lower()}"
                keys[role, office] = make_key(name)
                lorry.house.governance.accounts.add_key(keys[role, office], name, [role], ["ACME"], office=office)
            headers = {"Authorization": f"Bearer {keys[role, office]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


CIRCLE: dict[str, Any] = {
    "name": "KEMBA",
    "title": "Mombasa",
    "purpose": "port",
    "centre": [39.65, -4.06],
    "radius_m": 3000,
}
RING: dict[str, Any] = {"name": "KEMBA", "ring": [[39.6, -4.0], [39.7, -4.0], [39.7, -4.1]]}
WAY: dict[str, Any] = {"name": "NORTH", "line": [[39.65, -4.06], [36.82, -1.29]], "half_width_m": 4000}


def test_a_geofence_is_put_changed_retired_and_restored_over_http(lorry: Tracked, ask: Any) -> None:
    path = "/v1/places/geofences"
    for role in ("trader", "officer"):
        assert ask("PUT", path, role, json=CIRCLE).status_code == 403
    assert ask("GET", "/v1/places", "trader").status_code == 403
    first = ask("PUT", path, "analyst", json=CIRCLE)
    assert (first.status_code, first.json()["version"], first.json()["changed_by"]) == (200, 1, "analyst")
    assert first.json()["fence"]["title"] == "Mombasa"
    assert ask("PUT", path, json=RING).json()["version"] == 2
    known = {one["fence"]["name"]: one for one in ask("GET", "/v1/places", "officer").json()["geofences"]}
    assert known["KEMBA"]["fence"]["ring"] == RING["ring"]
    act = f"{path}/acts"
    assert ask("POST", act, json={"act": "retire", "name": "KEMBA"}).status_code == 422
    assert ask("POST", act, json={"act": "retire", "name": "NOWHERE", "reason": "gone"}).status_code == 404
    assert ask("POST", act, "officer", json={"act": "retire", "name": "KEMBA", "reason": "gone"}).status_code == 403
    gone = ask("POST", act, json={"act": "retire", "name": "KEMBA", "reason": "closed"})
    assert (gone.status_code, gone.json()["is_retired"]) == (200, True)
    names = [one["fence"]["name"] for one in ask("GET", "/v1/places").json()["geofences"]]
    assert "KEMBA" not in names
    assert "KEMBA" in [one["fence"]["name"] for one in ask("GET", "/v1/places?retired=true").json()["geofences"]]
    back = ask("POST", act, json={"act": "restore", "name": "KEMBA", "version": 1}).json()
    assert (back["version"], back["is_retired"], back["fence"]["radius_m"]) == (4, False, 3000)
    changes = [json.loads(one) for one in lorry.built.bodies("place")]
    told = [(one["act"], one["version"], one["reason"]) for one in changes if one["name"] == "KEMBA"]
    assert told == [("put", 1, ""), ("put", 2, ""), ("retired", 3, "closed"), ("restored", 4, "")]


WRONG: list[dict[str, Any]] = [
    {"radius_m": -1},
    {"radius_m": 2e6},
    {"radius_m": 0},
    {"centre": [39.65]},
    {"centre": [39.65, -94.06]},
    {"centre": [190.0, 0.0]},
    {"purpose": "bar"},
    {"name": ""},
    {"title": "x" * 101},
    {"ring": RING["ring"]},
    {"colour": "red"},
]


def test_what_is_no_geofence_is_refused(ask: Any) -> None:
    for wrong in WRONG:
        body = CIRCLE | {"name": "NONE"} | wrong
        assert ask("PUT", "/v1/places/geofences", json=body).status_code == 422, wrong
    assert "NONE" not in [one["fence"]["name"] for one in ask("GET", "/v1/places").json()["geofences"]]


def test_a_number_that_is_none_is_refused(ask: Any) -> None:
    for path, body, number in [
        (*one, number) for one in (("geofences", CIRCLE), ("corridors", WAY)) for number in ("NaN", "Infinity", "1e999")
    ]:
        spoilt = json.dumps(body).replace("3000", number).replace("4000", number)
        assert ask("PUT", f"/v1/places/{path}", content=spoilt.encode()).status_code == 422


def test_a_corridor_is_put_retired_and_restored_over_http(ask: Any) -> None:
    path = "/v1/places/corridors"
    made = ask("PUT", path, "analyst", json=WAY)
    assert made.status_code == 200
    assert made.json()["length_m"] == pytest.approx(440_000, rel=0.01)
    for wrong in ({"line": [[39.65, -4.06]]}, {"line": [[39.65, -4.06]] * 2}, {"half_width_m": 0}):
        assert ask("PUT", path, json=WAY | wrong).status_code == 422
    act = {"name": "NORTH", "reason": "closed"}
    assert ask("POST", f"{path}/acts", json={**act, "act": "retire"}).json()["is_retired"]
    assert "NORTH" not in [one["corridor"]["name"] for one in ask("GET", "/v1/places").json()["corridors"]]
    assert ask("POST", f"{path}/acts", json={**act, "act": "restore"}).json()["version"] == 3


def test_last_positions_are_read_and_each_look_is_sealed(lorry: Tracked, ask: Any) -> None:
    lorry.activate()
    lorry.hear(range(3))
    assert ask("GET", "/v1/positions", "trader").status_code == 403
    looks = len(lorry.built.bodies("look"))
    seen = ask("GET", "/v1/positions", "officer").json()
    (one,) = seen["positions"]
    assert (one["device"], one["reference"], one["seal"]) == ("dev-1", "26XX000000000001T1", "sealed")
    assert len(lorry.built.bodies("look")) == looks + 1
    newer = ask("GET", "/v1/positions", params={"since": seen["at"]}).json()
    assert newer["positions"] == []
    assert ask("GET", "/v1/positions?since=yesterday").status_code == 422
    assert ask("GET", "/v1/positions", office="KEELSEWHERE").json()["positions"] == []


def test_a_table_of_cells_is_imported_and_withdrawn_over_http(ask: Any) -> None:
    assert ask("POST", "/v1/cells?name=Kenya", "officer", content=CSV).status_code == 403
    assert ask("POST", "/v1/cells", content=CSV).status_code == 422
    assert ask("POST", "/v1/cells?name=Kenya", content=b"no table").status_code == 400
    made = ask("POST", "/v1/cells?name=Kenya", "analyst", content=gzip.compress(CSV))
    assert (made.status_code, made.json()["cells"], made.json()["countries"]) == (201, 5, [639])
    assert [one["name"] for one in ask("GET", "/v1/cells").json()["tables"]] == ["Kenya"]
    path = "/v1/cells/withdrawals"
    assert ask("POST", path, json={"name": "Kenya", "reason": " "}).status_code == 422
    assert ask("POST", path, json={"name": "Uganda", "reason": "old"}).status_code == 404
    assert ask("POST", path, json={"name": "Kenya", "reason": "old"}).json()["is_withdrawn"]


def test_a_list_of_hubs_is_imported_and_withdrawn_over_http(ask: Any) -> None:
    content = b'identity,value,kind\naddress,"12 Meridian Tower, Port",business-centre\nnone,x,\n'
    assert ask("POST", "/v1/hubs?name=centres", "officer", content=content).status_code == 403
    assert ask("POST", "/v1/hubs", content=content).status_code == 422
    assert ask("POST", "/v1/hubs?name=centres", content=b"no table").status_code == 400
    made = ask("POST", "/v1/hubs?name=centres", "analyst", content=content)
    assert (made.status_code, len(made.json()["hubs"]), made.json()["left_out_lines"]) == (201, 1, 1)
    assert [one["name"] for one in ask("GET", "/v1/hubs", "officer").json()["lists"]] == ["centres"]
    path = "/v1/hubs/withdrawals"
    assert ask("POST", path, json={"name": "centres", "reason": " "}).status_code == 422
    assert ask("POST", path, json={"name": "brokers", "reason": "old"}).status_code == 404
    assert ask("POST", path, json={"name": "centres", "reason": "old"}).json()["is_withdrawn"]


TABLE = (
    b"device,adapter,identity,authenticates\n"
    b"seal-1,open-e-seal,,\n"
    b"lock-1,jt808,13800000007,nothing\n"
    b"dev-1,open-e-seal,,key\n"
    b"seal-2,none,,\n"
    b"\n"
    b",open-e-seal,,\n"
)


def test_devices_are_added_in_bulk_with_an_answer_for_each_line(lorry: Tracked, ask: Any) -> None:
    for role, office in (("officer", None), ("analyst", None), ("supervisor", "TO")):
        assert ask("POST", "/v1/devices", role, office, content=TABLE).status_code == 403
    looked = ask("POST", "/v1/devices?check=true", content=TABLE).json()
    assert (looked["added"], [one["outcome"] for one in looked["rows"]][:2]) == (0, ["recognised", "recognised"])
    before = len(lorry.built.bodies("device"))
    made = ask("POST", "/v1/devices", content=TABLE)
    assert made.status_code == 200
    rows = made.json()["rows"]
    assert [(one["line"], one["device"], one["outcome"], one["problem"]) for one in rows] == [
        (2, "seal-1", "added", ""),
        (3, "lock-1", "added", ""),
        (4, "dev-1", "not recognised", "known"),
        (5, "seal-2", "not recognised", "adapter"),
        (7, "", "not recognised", "name-missing"),
    ]
    assert made.json()["added"] == 2
    assert rows[1]["key"] is None
    assert rows[3]["message"] == "there is no such adapter: none"
    assert DeviceRegister(lorry.built.stores).by_key("seal-1", rows[0]["key"]) is not None
    assert {"seal-1", "lock-1"} <= {one["id"] for one in ask("GET", "/v1/devices").json()["devices"]}
    assert len(lorry.built.bodies("device")) == before + 2
    again = ask("POST", "/v1/devices", content=TABLE).json()
    assert (again["added"], {one["problem"] for one in again["rows"]}) == (0, {"known", "adapter", "name-missing"})
    assert ask("POST", "/v1/devices", content=b"a,b\n1,2\n").status_code == 422


def test_a_table_with_a_name_that_was_taken_meanwhile_adds_nothing(
    lorry: Tracked, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = b"device,adapter\nseal-8,open-e-seal\nseal-9,open-e-seal\n"
    stock = lorry.house.tracking.devices
    rows = stock.check_table(officer("supervisor"), table)
    assert ask("POST", "/v1/devices", content=table.replace(b"seal-8", b"seal-7")).json()["added"] == 2
    monkeypatch.setattr(stock, "check_table", lambda *_: rows)
    assert ask("POST", "/v1/devices", content=table).status_code == 409
    assert "seal-8" not in {one["id"] for one in ask("GET", "/v1/devices").json()["devices"]}
