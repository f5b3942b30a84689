# SPDX-License-Identifier: Apache-2.0
"""What waits for a second person over HTTP: read and refused with a key, never approved with one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.errors import PolicyError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from tests.houses import Built, build
from tests.simulators.doors import open_door

SIONE = Principal(id="sione", kind="officer", roles=("supervisor",))
WANTED = Proposal(kind="account", subject="ben", after={"roles": "officer"})


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name in ("sione", "vea"):
        made.house.governance.accounts.put_officer(name, name.title(), "supervisor", None, "seal and cord and wax")
    yield made
    made.house.close()


@pytest.fixture
def ask(built: Built) -> Iterator[Any]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[str, str] = {}

        def asking(method: str, path: str, role: str = "supervisor", **how: Any) -> httpx.Response:
            if role not in keys:
                keys[role] = make_key(role)
                built.house.governance.accounts.add_key(keys[role], role, [role], [])
            headers = {"Authorization": f"Bearer {keys[role]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def test_a_key_reads_what_waits_and_refuses_it_with_the_digest_it_read(built: Built, ask: Any) -> None:
    one = built.house.governance.second_person.propose(SIONE, WANTED, make_key).proposal
    here = f"/v1/proposals/{one.id}"
    (listed,) = ask("GET", "/v1/proposals").json()["proposals"]
    assert ask("GET", here).json() == listed | {"text": None} and (listed["state"], listed["digest"]) == (
        "open",
        one.digest,
    )
    older = ask("POST", f"{here}/refusal", json={"digest": "0" * 64, "reason": "too wide"})
    assert older.status_code == 422 and older.json()["error"]["code"] == "proposal-digest"
    done = ask("POST", f"{here}/refusal", json={"digest": one.digest, "reason": "too wide"})
    assert (done.status_code, done.json()["state"], done.json()["outcome"]) == (200, "refused", "too wide")
    assert ask("GET", "/v1/proposals").json() == {"proposals": []}


def test_no_key_approves_or_carries_out(built: Built, ask: Any) -> None:
    second = built.house.governance.second_person
    one = second.propose(SIONE, WANTED, make_key).proposal
    for step in ("approve", "approval", "apply"):
        assert ask("POST", f"/v1/proposals/{one.id}/{step}", json={"digest": one.digest}).status_code == 404
    key = Principal(id="supervisor", kind="key", roles=("supervisor",))
    with pytest.raises(PolicyError, match="not a second person"):
        second.vote(key, one.id, one.digest, make_key)
    with pytest.raises(PolicyError, match="not a second person"):
        second.apply(key, one.id, make_key)
    assert second.proposal(SIONE, one.id).proposal.state == "open"


def test_other_roles_meet_nothing_of_it(built: Built, ask: Any) -> None:
    one = built.house.governance.second_person.propose(SIONE, WANTED, make_key).proposal
    assert ask("GET", "/v1/proposals", "trader").status_code == 403
    assert ask("GET", "/v1/proposals", "officer").json() == {"proposals": []}
    for role in ("trader", "officer", "auditor"):
        assert ask("GET", f"/v1/proposals/{one.id}", role).status_code == 404
        refusal = {"digest": one.digest, "reason": "no"}
        assert ask("POST", f"/v1/proposals/{one.id}/refusal", role, json=refusal).status_code == 404
