# SPDX-License-Identifier: Apache-2.0
"""Accesses over HTTP: page by page, narrowed, for overseers alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline import QueueFilter
from cocket.pipeline.governance import look_pages
from tests.houses import Built, build
from tests.simulators.doors import open_door

ANNA = Principal(id="anna", kind="officer", roles=("analyst",))


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Built]:
    monkeypatch.setattr(look_pages, "PAGE", 2)
    made = build(tmp_path)
    for _ in range(3):
        made.house.queries.records.queue(ANNA, QueueFilter(limit=1))
    yield made
    made.house.close()


@pytest.fixture
def ask(built: Built) -> Iterator[Any]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[str, str] = {}

        def asking(path: str, role: str = "auditor") -> httpx.Response:
            if role not in keys:
                keys[role] = make_key(role)
                built.house.governance.accounts.add_key(keys[role], role, [role], [])
            return client.get(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {keys[role]}"})

        yield asking


def test_an_auditors_system_reads_every_access_of_a_person(ask: Any) -> None:
    first = ask("/v1/looks?who=anna").json()
    rest = ask(f"/v1/looks?who=anna&before={first['next']}").json()
    lines = [*first["lines"], *rest["lines"]]
    assert len(lines) == 3 == len({one["id"] for one in lines}) and rest["next"] is None
    assert {one["what"] for one in lines} == {"queue"}
    explained = ask(f"/v1/looks/{lines[0]['id']}").json()
    assert (explained["who"], explained["index"]) == ("anna", lines[0]["index"])
    assert ask(f"/v1/looks/{lines[0]['index']}").json()["id"] == lines[0]["id"]


@pytest.mark.parametrize("query", ["role=king", "purpose=fun", "first=soon", "before=-1", "shown=most"])
def test_a_question_without_sense_is_refused_in_words(ask: Any, query: str) -> None:
    answer = ask(f"/v1/looks?{query}")
    assert answer.status_code in (400, 422) and answer.json()["error"]["message"]


@pytest.mark.parametrize("role", ["trader", "host", "officer", "analyst", "agency"])
def test_everybody_else_is_refused_whether_there_is_such_an_access_or_not(ask: Any, role: str) -> None:
    index = ask("/v1/looks?who=anna").json()["lines"][0]["index"]
    assert [ask(path, role).status_code for path in ("/v1/looks", f"/v1/looks/{index}", "/v1/looks/1")] == [
        403,
        404,
        404,
    ]
