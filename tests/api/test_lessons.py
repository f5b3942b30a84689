# SPDX-License-Identifier: Apache-2.0
"""Readiness, use cases and recommendations over HTTP of a real house: who is answered, and what is refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from tests.houses import Built
from tests.pipeline.trials.test_lessons import SIONE, furnished
from tests.simulators.doors import open_door

Ask = Callable[..., httpx.Response]

CARD = {
    "title": "Chance beside rules",
    **dict.fromkeys(("problem", "data", "method", "lesson", "recommendation"), "Words."),
    "begins": "2026-03-01",
    "measures": ["messages", "random-hit-rate"],
    "cost": {"low": "10.00", "high": "20.00", "currency": "EUR"},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = furnished(tmp_path_factory.mktemp("lessons"))
    made.house.credentials.certificates.rotate_issuer_key(SIONE)
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def ask(built: Built) -> Iterator[Ask]:
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False, timeout=60) as client:
        keys: dict[str, str] = {}

        def asking(method: str, path: str, role: str = "supervisor", **how: object) -> httpx.Response:
            if role not in keys:
                keys[role] = make_key(role)
                built.house.governance.accounts.add_key(keys[role], role, [role], ["ACME"])
            headers = {"Authorization": f"Bearer {keys[role]}"}
            return client.request(method, f"http://127.0.0.1:{port}/v1/{path}", headers=headers, **how)  # type: ignore[arg-type]

        yield asking


def test_a_use_case_is_kept_changed_shared_and_taken_in_by_machines(built: Built, ask: Ask) -> None:
    made = ask("POST", "use-cases", json=CARD)
    assert made.status_code == 201, made.text
    told = made.json()
    assert [one["measure"] for one in told["results"]] == ["messages", "random-hit-rate"]
    assert told["results"][0]["value"] == 0.0
    assert told["results"][1]["why"] == "no-draw"
    changed = ask("PUT", f"use-cases/{told['id']}", json={**CARD, "status": "in-use"}).json()
    assert (changed["id"], changed["revision"]) == (told["id"], 2)
    assert ask("GET", f"use-cases/{told['id']}", "auditor").json()["card"]["status"] == "in-use"
    assert len(ask("GET", "use-cases", "analyst").json()["cards"]) == 1
    assert ask("GET", f"use-cases/{told['id']}/file").status_code == 404
    proposal = ask("POST", f"use-cases/{told['id']}/share", json={"reason": "Asked for."})
    assert (proposal.status_code, proposal.json()["state"]) == (202, "open")
    body = proposal.json()
    built.house.governance.second_person.vote(SIONE, body["id"], body["digest"], lambda name: name)
    file = ask("GET", f"use-cases/{told['id']}/file")
    assert file.json()["signature"]
    taken = ask("POST", "use-cases/taken", content=file.content)
    assert taken.status_code == 201, taken.text
    assert taken.json()["why"] == "Its origin is not recognised here, so its signature cannot be checked."
    assert ask("GET", f"use-cases/taken/{taken.json()['id']}").json()["card"]["title"] == CARD["title"]
    assert "properties" in json.dumps(ask("GET", "use-cases/schema").json())


def test_answers_and_costs_are_put_and_read(ask: Ask) -> None:
    assert ask("PUT", "readiness/answers/ai-law", json={"level": 3, "evidence": "Order 7"}).json()["revision"] == 1
    cost = {"low": "1", "high": "2.50", "currency": "EUR"}
    assert ask("PUT", "readiness/costs/ai-data", "analyst", json={"cost": cost}).status_code == 200
    view = ask("GET", "readiness", "auditor").json()
    assert next(one for one in view["standings"] if one["question"] == "ai-law")["said"] == 3
    assert view["plan"]["costs"] == [{"currency": "EUR", "low": "1.00", "high": "2.50"}]
    assert ask("PUT", "readiness/costs/ai-data", json={"cost": None}).json()["costs"] == {}


def test_a_year_is_read_and_published_by_two(built: Built, ask: Ask) -> None:
    year = datetime.now(UTC).year
    assert ask("GET", f"use-cases/years/{year}", "analyst").json()["year"] == year
    assert ask("GET", f"use-cases/years/{year}/published").status_code == 404
    body = ask("POST", f"use-cases/years/{year}", json={"reason": "For the council."}).json()
    built.house.governance.second_person.vote(SIONE, body["id"], body["digest"], lambda name: name)
    assert ask("GET", f"use-cases/years/{year}/published", "auditor").json()["year"] == year
    for wrong in ("1900", "9999", "-1", "x"):
        assert ask("GET", f"use-cases/years/{wrong}").status_code in (400, 422), wrong


def test_a_recommendation_is_made_decided_and_judged(ask: Ask) -> None:
    today = datetime.now(UTC).date()
    days = {"since": today - timedelta(days=9), "until": today - timedelta(days=1), "look_on": today}
    forecast = {
        "measure": "messages",
        "low": 0,
        "high": 5,
        "confidence": 0.9,
        **{name: str(day) for name, day in days.items()},
    }
    new = {"title": "Go on", "text": "It works.", "made": str(today - timedelta(days=10)), "forecast": forecast}
    made = ask("POST", "recommendations", json=new)
    assert made.status_code == 201, made.text
    here = f"recommendations/{made.json()['id']}"
    decision = {"decision": "accepted", "reason": "It costs nothing."}
    assert ask("POST", f"{here}/decisions", json=decision).json()["decisions"][0]["decision"] == "accepted"
    assert ask("POST", f"{here}/outcome").json()["outcome"]["truth"] == "came-true"
    assert ask("POST", f"{here}/outcome").status_code == 422
    assert ask("GET", here, "auditor").status_code == 200
    assert ask("GET", "recommendations", "auditor").json()["calibration"]["late"] == 1


@pytest.mark.parametrize("role", ["trader", "host", "feed", "agency", "officer"])
def test_what_was_learned_is_no_affair_of_others(ask: Ask, role: str) -> None:
    for path in ("readiness", "use-cases", "use-cases/years/2026", "recommendations"):
        assert ask("GET", path, role).status_code in (403, 404), path
    for method, path, body in (
        ("POST", "use-cases", CARD),
        ("PUT", "readiness/answers/ai-law", {"level": 0}),
        ("POST", "use-cases/years/2026", {"reason": "Why not."}),
    ):
        assert ask(method, path, role, json=body).status_code in (403, 404), path
    assert ask("POST", "use-cases/taken", role, content=b"{}").status_code in (400, 403, 404)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "use-cases", {}),
        ("POST", "use-cases", {**CARD, "results": []}),
        ("POST", "use-cases", {**CARD, "measures": ["profit"]}),
        ("POST", "use-cases", {**CARD, "cost": {"low": "1e9", "high": "2", "currency": "EUR"}}),
        ("POST", "use-cases", {**CARD, "lesson": "<script>"}),
        ("POST", "use-cases", {**CARD, "begins": "soon"}),
        ("PUT", "readiness/answers/ai-law", {"level": 5}),
        ("PUT", "readiness/answers/ai-law", {"level": "3"}),
        ("PUT", "readiness/answers/ai-moon", {"level": 1, "evidence": "x"}),
        ("PUT", "readiness/costs/ai-law", {"cost": {"low": "2", "high": "1", "currency": "EUR"}}),
        ("POST", "recommendations", {"title": "x"}),
        ("POST", "recommendations/none/decisions", {"decision": "perhaps", "reason": "x"}),
    ],
)
def test_what_is_malformed_is_refused_in_words(ask: Ask, method: str, path: str, body: object) -> None:
    answer = ask(method, path, json=body)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["error"]["message"]


def test_a_file_that_is_too_large_is_refused(ask: Ask, built: Built) -> None:
    assert ask("POST", "use-cases/taken", content=b" " * (65 << 10)).status_code == 413
    assert ask("POST", "use-cases/taken", content=b"{}").status_code in (400, 422)
