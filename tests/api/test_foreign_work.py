# SPDX-License-Identifier: Apache-2.0
"""A message of another trader costs the same work as one that is not there, so that time tells nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.pipeline.base.ids import new_id
from cocket.stores.base.database import CheckedCursor
from tests.houses import Built, build, officer
from tests.messages import declaration
from tests.simulators.doors import open_door

ROUTES = ["", "/receipt", "/proof", "/content", "/reasons", "/contest", "/accesses", "/payment"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("foreign") / "home")
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def client(built: Built) -> Iterator[httpx.Client]:
    with (
        open_door(build_app(built.house)) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as one,
    ):
        yield one


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is asked of the database."""
    seen: list[str] = []
    execute: Any = CheckedCursor.execute

    def watched(self: Any, query: Any, *given: Any, **more: Any) -> Any:
        done = execute(self, query, *given, **more)
        seen.append(str(query))
        return done

    monkeypatch.setattr(CheckedCursor, "execute", watched)
    return seen


def answered(asked: list[str], client: httpx.Client, path: str, headers: dict[str, str]) -> httpx.Response:
    """The answer, and in `asked` what it alone asked: once more where a connection was opened for it meanwhile."""
    for _ in range(5):
        asked.clear()
        answer = client.get(path, headers=headers)
        if not any("alembic_version" in one for one in asked):
            break
    return answer


@pytest.mark.parametrize("route", ROUTES)
def test_anothers_message_is_asked_for_as_one_that_is_not_there(
    built: Built, client: httpx.Client, asked: list[str], route: str
) -> None:
    keys = {}
    for sender in ("ACME", "OTHER"):
        keys[sender] = make_key(f"{sender}{route.replace('/', '-')}".lower())
        built.house.governance.accounts.add_key(keys[sender], sender, ["trader"], [sender])
    theirs = {"Authorization": f"Bearer {keys['ACME']}", "Content-Type": "application/xml"}
    foreign = client.post("/v1/messages", content=declaration(f"F{route}"), headers=theirs).json()["id"]
    built.desk()
    mine = {"Authorization": f"Bearer {keys['OTHER']}"}
    client.get(f"/v1/messages/{new_id()}{route}", headers=mine)  # the key is known from now on
    told = []
    for identity in (UUID(foreign), new_id()):
        answer = answered(asked, client, f"/v1/messages/{identity}{route}", mine)
        assert answer.status_code == 404
        told.append((answer.text.replace(str(identity), "ID"), list(asked)))
    assert told[0] == told[1]
    assert told[0][1], "nothing was asked at all"


@pytest.mark.parametrize("route", ["", "/timeline", "/assessment", "/reasons"])
def test_a_consignment_is_not_even_looked_for_by_a_trader(
    built: Built, client: httpx.Client, asked: list[str], route: str
) -> None:
    key = make_key(f"dossier{route.replace('/', '-')}")
    built.house.governance.accounts.add_key(key, "other", ["trader"], ["OTHER"])
    headers = {"Authorization": f"Bearer {key}"}
    lodged = make_key(f"lodging{route.replace('/', '-')}")
    built.house.governance.accounts.add_key(lodged, "acme", ["trader"], ["ACME"])
    theirs = {"Authorization": f"Bearer {lodged}", "Content-Type": "application/xml"}
    message = client.post("/v1/messages", content=declaration(f"D{route}"), headers=theirs).json()["id"]
    built.desk()
    (dossier,) = built.house.queries.records.message(officer("analyst"), message).consignment_ids
    client.get(f"/v1/consignments/{new_id()}{route}", headers=headers)
    told = []
    for identity in (dossier, str(new_id())):
        answer = answered(asked, client, f"/v1/consignments/{identity}{route}", headers)
        assert answer.status_code in (403, 404)
        told.append((answer.status_code, answer.text.replace(identity, "ID"), list(asked)))
    assert told[0] == told[1]
