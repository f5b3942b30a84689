# SPDX-License-Identifier: Apache-2.0
"""Contests over HTTP, from a real house: lodged and followed by the trader, answered by somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.api.openapi import openapi_of
from cocket.api.rest import build_rest
from cocket.gate import Flight, make_key
from tests.houses import Built, build, officer
from tests.messages import declaration
from tests.pipeline.control.test_contests import examined, picture
from tests.simulators.doors import open_door

PLEA = {"ground": "value", "words": "The price is that of the contract."}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.0)
    yield made
    made.house.close()


@pytest.fixture
def ask(built: Built) -> Iterator[Any]:
    """Asks with a key of a role that speaks for a sender."""
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:
        keys: dict[tuple[str, str], str] = {}

        def asking(method: str, path: str, role: str = "trader", sender: str = "ACME", **how: Any) -> httpx.Response:
            if (role, sender) not in keys:
                keys[role, sender] = make_key(f"{role}{sender}".lower())
                built.house.governance.accounts.add_key(keys[role, sender], role, [role], [sender])
            headers = {"Authorization": f"Bearer {keys[role, sender]}", **how.pop("headers", {})}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def lodged(built: Built, ask: Any) -> str:
    sent = ask("POST", "/v1/messages", content=declaration("R1"), headers={"Content-Type": "application/xml"})
    built.desk()
    return str(sent.json()["id"])


def test_a_trader_contests_adds_a_paper_and_reads_the_answer(built: Built, ask: Any) -> None:
    message = lodged(built, ask)
    at = f"/v1/messages/{message}/contest"
    early = ask("POST", at, json=PLEA)
    assert (early.status_code, early.json()["error"]["code"]) == (422, "contest-early")
    assert ask("GET", at).json()["is_open"] is False
    examined(built, message)
    case = ask("GET", at).json()
    assert (case["is_open"], case["result"]["offences"]) == (True, ["undervaluation"])
    made = ask("POST", at, json=PLEA)
    assert made.status_code == 201, made.text
    own = f"/v1/own/contests/{made.json()['id']}"
    added = ask("POST", f"{own}/papers?name=contract.png", content=picture())
    assert (added.status_code, [one["name"] for one in added.json()["papers"]]) == (201, ["contract.png"])
    there = f"/v1/contests/{made.json()['id']}"
    seen = ask("GET", there, "officer", "").json()
    assert (seen["deciders"], seen["may_answer"]) == (["examiner"], True)
    paper = ask("GET", f"{there}/papers/{seen['papers'][0]['record']}", "auditor", "")
    assert paper.content == picture() and "contract.png" in paper.headers["content-disposition"]
    assert ask("POST", f"{there}/receipt", "officer", "").json()["state"] == "acknowledged"
    answer = {"outcome": "upheld", "grounds": "The contract bears it out.", "effect": "finding-withdrawn"}
    assert ask("POST", f"{there}/answer", "auditor", "", json=answer).status_code == 404
    assert ask("POST", f"{there}/answer", "officer", "", json=answer).json()["answer"]["effect"]["result"]
    told = ask("GET", own).json()
    assert (told["state"], told["answer"]["grounds"], told["answer"]["effect"]) == (
        "answered", answer["grounds"], "finding-withdrawn",
    )  # fmt: skip
    assert ask("GET", "/v1/own/contests").json()["contests"] == [told]
    assert ask("GET", "/v1/contests?state=closed", "analyst", "").json()["lines"][0]["id"] == told["id"]
    again = ask("POST", f"{there}/answer", "officer", "", json=answer)
    assert [one["code"] for one in again.json()["findings"]] == ["contest-closed"]


def named_by_another(built: Built, ask: Any, message: str) -> str:
    """A declaration of another trader that names the same house bill, and goods of his own."""
    content = declaration("R1").replace(b">R1<", b">R9<")
    sent = ask("POST", "/v1/messages", "trader", "OTHER", content=content, headers={"Content-Type": "application/xml"})
    assert sent.status_code == 202, sent.text
    built.desk()
    identity = str(sent.json()["id"])
    records = built.house.queries.records
    assert (
        records.message(officer("analyst"), identity).consignment_ids
        == records.message(officer("analyst"), message).consignment_ids
    )
    return identity


def test_who_names_anothers_bill_is_not_told_what_came_of_the_others_goods(built: Built, ask: Any) -> None:
    message = lodged(built, ask)
    examined(built, message)
    before = ask("GET", f"/v1/messages/{message}/contest").json()
    looks = ask("GET", f"/v1/messages/{message}/accesses").json()
    stranger = named_by_another(built, ask, message)
    told = ask("GET", f"/v1/messages/{stranger}/contest", "trader", "OTHER").json()
    assert (told["is_open"], told["result"]) == (False, None)
    assert ask("POST", f"/v1/messages/{stranger}/contest", "trader", "OTHER", json=PLEA).status_code == 422
    assert ask("GET", f"/v1/messages/{stranger}/accesses", "trader", "OTHER").json()["accesses"] == []
    assert ask("GET", f"/v1/messages/{message}/contest").json() == before
    assert before["result"] is not None
    assert ask("GET", f"/v1/messages/{message}/accesses").json()["accesses"] == looks["accesses"]


def test_what_is_found_once_two_traders_declared_is_told_to_neither(built: Built, ask: Any) -> None:
    message = lodged(built, ask)
    stranger = named_by_another(built, ask, message)
    examined(built, message)
    for one, sender in ((message, "ACME"), (stranger, "OTHER")):
        told = ask("GET", f"/v1/messages/{one}/contest", "trader", sender).json()
        assert (told["is_open"], told["result"]) == (False, None), sender


def test_what_is_not_ones_own_is_not_found_and_a_body_says_what_it_must(built: Built, ask: Any) -> None:
    message = lodged(built, ask)
    examined(built, message)
    at = f"/v1/messages/{message}/contest"
    own = f"/v1/own/contests/{ask('POST', at, json=PLEA).json()['id']}"
    for method, path, body in (
        ("GET", at, None),
        ("POST", at, PLEA),
        ("GET", own, None),
        ("POST", f"{own}/withdrawal", None),
    ):
        assert ask(method, path, "trader", "OTHER", json=body).status_code == 404, path
        assert ask(method, path, "officer", "", json=body).status_code == 404, path
    bad: tuple[dict[str, Any], ...] = (
        {"ground": "lane", "words": "x"},
        {"ground": "value", "words": ""},
        {**PLEA, "more": 1},
    )
    for wrong in bad:
        assert (ask("POST", at, json=wrong).status_code, ask("POST", at, json=wrong).json()["error"]["code"]) == (
            422, "contest-malformed",
        )  # fmt: skip
    assert ask("GET", "/v1/contests").status_code == 403
    assert ask("POST", f"{own}/withdrawal").json()["state"] == "withdrawn"


def test_the_statement_on_automated_decisions_is_said_in_each_language(built: Built, ask: Any) -> None:
    said = {
        tag: ask("GET", f"/v1/automated-decisions?language={tag}").json()["parts"] for tag in ("en", "fr", "es", "ar")
    }
    assert said["en"][0]["title"] == "What a machine does" and len(said["en"]) == 5
    assert {tag for tag, parts in said.items() if parts == said["en"]} == {"en"}
    assert ask("GET", "/v1/automated-decisions?language=xx").status_code == 422


def test_the_description_of_the_interface_names_every_route_and_part(built: Built) -> None:
    described = openapi_of(build_rest(built.house, Flight(1, 1024)))
    assert {"OwnCase", "OwnContest", "ContestView", "ContestList", "OwnContests"} <= described["components"][
        "schemas"
    ].keys()
    wanted = {path for path in described["paths"] if "contest" in path}
    assert len(wanted) == 10
