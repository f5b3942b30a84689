# SPDX-License-Identifier: Apache-2.0
"""Cases of the watchers at the door for machines: internal affairs read and act, everybody else finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.governance import Principal
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.doors import open_door

FIRST = Principal(id="affairs", kind="officer", roles=("internal-affairs",))
NOTHING = "019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    watchers = made.house.governance.watchers
    made.house.governance.accounts.put_officer("officer.c", "Carla Berg", "officer", None, "seal and cord and wax")
    watchers.mark_decoy(FIRST, "DECOY1", "file 12")
    watchers.confirm_decoy(Principal(id="other", kind="officer", roles=("internal-affairs",)), "DECOY1", "seen")
    made.house.intake.messages.take_many([envelope(declaration("DECOY1"))], principal=trader("ACME"))
    made.desk()
    (view,) = made.house.queries.records.find(officer("supervisor"), "DECOY1")
    made.house.queries.records.dossier(Principal(id="officer.c", kind="officer", roles=("officer",)), view.id)
    yield made
    made.house.close()


def test_a_case_is_read_opened_and_closed_and_nobody_else_learns_of_it(built: Built) -> None:
    (case,) = built.house.governance.watchers.find(FIRST).opened
    keys = {}
    for role in ("internal-affairs", "supervisor"):
        key = make_key(role)
        built.house.governance.accounts.add_key(key, role, [role], (), None)
        keys[role] = {"authorization": f"Bearer {key}"}
    with open_door(build_app(built.house)) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        mine, other = keys["internal-affairs"], keys["supervisor"]
        (listed,) = client.get("/v1/watchers", headers=mine).json()["cases"]
        assert (listed["file"]["id"], listed["file"]["about"]) == (case, "officer.c")
        refused = [client.get(f"/v1/watchers/{one}", headers=other) for one in (case, NOTHING)]
        refused += [
            client.post(f"/v1/watchers/{one}/acts", headers=other, json={"act": "dismiss", "reason": "no"})
            for one in (case, NOTHING)
        ]
        assert [(one.status_code, one.json()) for one in refused] == [(404, refused[0].json())] * 4
        act = {"act": "open", "reason": "file 13"}
        assert client.post(f"/v1/watchers/{case}/acts", headers=mine, json=act).json()["file"]["state"] == "open"
        act = {"act": "close", "reason": "he said so", "outcome": "founded"}
        assert client.post(f"/v1/watchers/{case}/acts", headers=mine, json=act).json()["file"]["outcome"] == "founded"
        assert client.get("/v1/watchers", headers=mine).json()["cases"] == []
