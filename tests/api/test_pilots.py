# SPDX-License-Identifier: Apache-2.0
"""Pilots over HTTP of a real house: planned, looked at, changed, stopped, reported, answered, and refused in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import msgspec
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.trials.pilots.report import read_signed
from tests.houses import Built
from tests.pipeline.trials.test_pilots import TODAY, built, examine, plan, sealed
from tests.simulators.doors import open_door

__all__ = ["built"]

Client = Callable[[str], httpx.Client]


@pytest.fixture
def client(built: Built) -> Iterator[Client]:
    made: list[httpx.Client] = []
    with open_door(build_app(built.house)) as port:

        def of(role: str) -> httpx.Client:
            key = make_key(role)
            built.house.governance.accounts.add_key(key, role, [role], [])
            headers = {"Authorization": f"Bearer {key}"}
            made.append(
                httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=120)
            )
            return made[-1]

        yield of
        for one in made:
            one.close()


def test_a_machine_plans_looks_changes_and_takes_the_report(client: Client, built: Built) -> None:
    ana, place = client("analyst"), "/v1/trials/pilots"
    later = msgspec.to_builtins(plan(first=TODAY + timedelta(days=9)))
    made = ana.post(place, json={"plan": later})
    assert made.status_code == 201, made.text
    assert made.json()["plan"]["title"] == "Score at the counter"
    for bad, says in (
        ({"first": TODAY.isoformat()}, "before its first day"),
        ({"first": "soon"}, "not a plan"),
        ({"surprise": 1}, "surprise"),
        ({"offices": ["XA110000"]}, "at least 6 offices"),
    ):
        refused = ana.post(place, json={"plan": {**later, **bad}})
        assert refused.status_code == 422 and says in refused.text, (bad, refused.text)
    assert ana.post(place, json={"plan": []}).status_code == 422
    early = ana.post(f"{place}/{made.json()['id']}/looks", json={})
    assert early.status_code == 422 and "no whole day" in early.text

    ran = sealed(built)
    examine(built)
    assert ana.get(f"{place}/{ran.id}/report").status_code in (404, 422)
    looked = ana.post(f"{place}/{ran.id}/looks", json={"hours": 3.5})
    assert looked.status_code == 201, looked.text
    assert looked.json()["result"]["periods"] == 5
    assert ana.post(f"{place}/{ran.id}/looks", json={"hours": -1}).status_code == 422
    report = ana.get(f"{place}/{ran.id}/report")
    assert read_signed(report.content).record.protocol.id == ran.id
    wanted = msgspec.to_builtins(plan(board="the head"))
    change = ana.post(f"{place}/{ran.id}/changes", json={"plan": wanted, "reason": "a new head"})
    assert change.status_code == 202, change.text
    assert change.json()["kind"] == "pilot-change", "it waits for a second person"
    assert {one["protocol"]["id"] for one in ana.get(place).json()["pilots"]} == {made.json()["id"], ran.id}
    assert ana.get(f"{place}/{ran.id}").json()["due"] is False
    assert ana.get(f"{place}/nothing").status_code == 404


def test_machines_that_may_not_are_refused(client: Client, built: Built) -> None:
    made, place = sealed(built), "/v1/trials/pilots"
    trader = client("trader")
    for path in (place, f"{place}/{made.id}", f"{place}/{made.id}/report"):
        assert trader.get(path).status_code in (403, 404), path
    for path, body in (
        (place, {"plan": msgspec.to_builtins(plan(first=TODAY + timedelta(days=9)))}),
        (f"{place}/{made.id}/looks", {}),
        (f"{place}/{made.id}/stop", {"reason": "x"}),
    ):
        assert trader.post(path, json=body).status_code in (403, 404), path
    answer = {"pilot": made.id, "useful": "yes", "time": "less", "alone": "no", "words": ""}
    consignment = examine(built)
    assert trader.post(f"/v1/consignments/{consignment}/pilot", json=answer).status_code in (403, 404)
