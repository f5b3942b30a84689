# SPDX-License-Identifier: Apache-2.0
"""A journey over HTTP and by the command: begun, permitted, its alert dealt with, its device handed out, ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from cocket.api import build_app
from cocket.cli import app
from cocket.cli.commands.track import journey_acts
from cocket.gate import make_key
from cocket.tracking.adapters.open_e_seal import SealPart
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked
from tests.simulators.doors import open_door


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield found
    found.close()


@pytest.fixture
def ask(lorry: Tracked) -> Iterator[Any]:
    """Asks with a key of a role."""
    with open_door(build_app(lorry.house)) as port, httpx.Client(trust_env=False) as client:
        keys = {role: make_key(role) for role in ("supervisor", "officer", "trader")}
        for role, key in keys.items():
            lorry.house.governance.accounts.add_key(key, role, [role], ["ACME"])

        def asking(method: str, path: str, role: str = "supervisor", **how: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {keys[role]}"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield asking


def plan(lorry: Tracked, **more: Any) -> dict[str, Any]:
    return {
        "reference": "26XX000000000001T1",
        "devices": ["dev-1"],
        "departure": "FROM",
        "destination": "TO",
        "time_limit": lorry.at(600).isoformat(),
        "starts_at": lorry.start.isoformat(),
        "equipment": ["MSKU1234565"],
        "seals": ["S1"],
        "guarantee_amount": "12500",
        "guarantee_currency": "EUR",
        "corridor": "EAST",
        "places": ["PARK"],
        "report_every_s": 300,
        **more,
    }


def test_a_journey_is_begun_permitted_and_ended_over_http(lorry: Tracked, ask: Any) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0)
    assert ask("POST", "/v1/journeys", "trader", json=plan(lorry)).status_code == 403
    for wrong in ({"time_limit": "2026-13-01T00:00Z"}, {"time_limit": "2026-12-01T00:00"}, {"devices": []}, {"x": 1}):
        assert ask("POST", "/v1/journeys", json=plan(lorry, **wrong)).status_code == 422, wrong
    for wrong in ("Infinity", "NaN", "1e999"):
        body = json.dumps(plan(lorry, temperature_c=[2.0, 8.5])).replace("8.5", wrong)
        assert ask("POST", "/v1/journeys", content=body).status_code == 422, wrong
    begun = ask("POST", "/v1/journeys", json=plan(lorry))
    assert begun.status_code == 201, begun.text
    name = begun.json()["id"]
    leave = {"act": "open", "place": "PARK", "since": lorry.at(29).isoformat(), "until": lorry.at(33).isoformat()}
    assert ask("POST", f"/v1/journeys/{name}/leave", "officer", json={**leave, "place": "NOWHERE"}).status_code == 422
    past = ask("POST", f"/v1/journeys/{name}/leave", "officer", json={**leave, "since": lorry.at(-3).isoformat()})
    assert (past.status_code, "begin in the past" in past.text) == (422, True), past.text
    assert ask("POST", f"/v1/journeys/{name}/leave", "officer", json=leave).status_code == 200
    way = {"line": [[31.0, 0.0], [31.5, 0.2], [32.0, 0.0]], "since": leave["since"], "until": leave["until"]}
    assert ask("POST", f"/v1/journeys/{name}/detour", json={**way, "reason": ""}).status_code == 422
    assert ask("POST", f"/v1/journeys/{name}/detour", json={**way, "reason": "bridge closed"}).status_code == 200
    lorry.hear(range(30))
    lorry.hear([30], seal=SealPart(n="S1", lock=0, strap=1, case=1))
    lorry.hear(range(31, 34))
    whole = ask("GET", f"/v1/journeys/{name}").json()
    assert [step["leave"] for step in whole["seal_steps"] if step["sign"] == "opened"] == ["given"]
    assert whole["alerts"] == []
    assert lorry.house.tracking.journeys.journey(SUPERVISOR, name).plan.authorities[0].officer == "officer"
    ended = ask("POST", f"/v1/journeys/{name}/discharge", json={"note": "seals whole"})
    assert (ended.status_code, ended.json()["state"]) == (200, "discharged")


def test_a_journey_whose_seal_is_not_whole_is_discharged_with_irregularity_alone(lorry: Tracked, ask: Any) -> None:
    name = lorry.activate().id
    lorry.hear(range(5))
    lorry.hear([5], seal=SealPart(n="S1", lock=1, strap=0, case=1))
    (alert,) = (one for one in ask("GET", "/v1/alerts").json()["alerts"] if one["kind"] == "seal-tampered")
    closing = {"act": "close", "value": "explained", "note": "cut by the escort"}
    assert ask("POST", f"/v1/alerts/{alert['id']}/acts", json=closing).status_code == 200
    refused = ask("POST", f"/v1/journeys/{name}/discharge", json={"note": "counted"})
    assert (refused.status_code, "seal is not whole" in refused.text) == (422, True), refused.text
    ended = ask("POST", f"/v1/journeys/{name}/discharge", json={"note": "counted", "irregular": True})
    assert (ended.status_code, ended.json()["guarantee"]) == (200, "released")


def test_an_alert_is_dealt_with_over_http(lorry: Tracked, ask: Any) -> None:
    lorry.house.governance.accounts.put_officer("olga", "Olga", "officer", None, "seal and cord and wax")
    lorry.activate()
    lorry.hear(range(5))
    lorry.hear([5], seal=SealPart(n="S1", lock=1, strap=0, case=1))
    (alert,) = (one for one in ask("GET", "/v1/alerts").json()["alerts"] if one["kind"] == "seal-tampered")
    path = f"/v1/alerts/{alert['id']}"
    assert ask("GET", path).json()["kind"] == "seal-tampered"
    assert ask("GET", "/v1/alerts/none").status_code == 404
    assert ask("POST", f"{path}/acts", "trader", json={"act": "acknowledge"}).status_code in (403, 404)
    assert ask("POST", f"{path}/acts", json={"act": "close", "value": "tired", "note": "x"}).status_code == 422
    for body, state in (
        ({"act": "acknowledge"}, "acknowledged"),
        ({"act": "assign", "value": "olga"}, "assigned"),
        ({"act": "dispatch", "value": "unit 7"}, "dispatched"),
        ({"act": "there"}, "dispatched"),
        ({"act": "close", "value": "confirmed", "note": "strap cut by hand"}, "closed"),
    ):
        done = ask("POST", f"{path}/acts", json=body)
        assert (done.status_code, done.json().get("state")) == (200, state), done.text


def test_a_device_changes_hands_over_http(lorry: Tracked, ask: Any) -> None:
    path = "/v1/devices/dev-2/custody"
    assert ask("POST", path, json={"act": "issue"}).status_code == 422
    for body, wanted in (
        ({"act": "issue", "holder": "Nile Carriers"}, "issued"),
        ({"act": "missing", "note": "not returned"}, "missing"),
        ({"act": "recover", "holder": "TO"}, "stock"),
    ):
        done = ask("POST", path, "officer", json=body)
        assert (done.status_code, done.json().get("custody")) == (200, wanted), done.text


def test_a_device_with_a_carrier_or_missing_is_of_its_office_over_http(lorry: Tracked) -> None:
    """Keys of two offices, and one of none."""
    accounts = lorry.house.governance.accounts
    keys = {office: make_key(f"k-{office.lower()}") for office in ("TO", "FROM", "")}
    for office, key in keys.items():
        accounts.add_key(key, f"k-{office.lower()}", ["officer"], [], office=office or None)
    with open_door(build_app(lorry.house)) as port, httpx.Client(trust_env=False) as client:

        def does(office: str, path: str, **body: str) -> int:
            headers = {"Authorization": f"Bearer {keys[office]}"}
            return client.post(
                f"http://127.0.0.1:{port}/v1/devices/dev-2/{path}", headers=headers, json=body
            ).status_code

        assert does("TO", "custody", act="issue", holder="Nile Carriers") == 200
        for state in ("issued", "missing"):
            assert does("FROM", "custody", act="recover", holder="FROM") == 404
            assert does("FROM", "custody", act="missing", note="gone") == 404
            assert does("FROM", "seal", act="arm") == 404
            assert does("FROM", "seal", act="blacklist", note="its key was copied") == 404
            assert does("TO", "seal", act="calibrate") == 422, state
            assert does("TO", "custody", act="missing", note="not returned") == 200
        assert does("", "custody", act="recover", holder="FROM") == 200
        assert does("TO", "custody", act="issue", holder="Nile Carriers") == 404
        assert does("FROM", "seal", act="arm") == 200


def test_the_same_is_done_by_the_command(lorry: Tracked, monkeypatch: pytest.MonkeyPatch) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0)
    name, run = lorry.activate().id, CliRunner().invoke

    @contextmanager
    def opened(_: Any, choose: Any) -> Iterator[Any]:
        yield choose(lorry.house)

    monkeypatch.setattr(journey_acts, "open_service", opened)
    since, until = lorry.at(29).isoformat(), lorry.at(33).isoformat()
    times = ["--since", since, "--until", until]
    past = ["--since", lorry.at(-3).isoformat(), "--until", until]
    done = run(app, ["track", "leave", name, "--act", "open", "--at", "PARK", *past])
    assert done.exit_code != 0
    assert "begin in the past" in str(done.exception)
    done = run(app, ["track", "leave", name, "--act", "open", "--at", "PARK", *times])
    assert done.exit_code == 0, done.output
    assert "open at PARK" in done.output
    done = run(app, ["track", "detour", name, "--corridor", "EAST", *times, "--reason", "bridge closed", "--json"])
    assert done.exit_code == 0, done.output
    known = lorry.house.tracking.journeys.journey(SUPERVISOR, name).plan
    assert (len(known.authorities), len(known.detours)) == (1, 1)
    for words, wanted in ((["--issue", "Nile Carriers"], "issued"), (["--missing", "--note", "lost"], "missing")):
        done = run(app, ["track", "custody", "dev-2", *words])
        assert (done.exit_code, wanted in done.output) == (0, True), done.output
    assert run(app, ["track", "custody", "dev-2"]).exit_code != 0
    assert run(
        app, ["track", "leave", name, "--act", "open", "--at", "PARK", "--since", "06:00", "--until", until]
    ).exit_code
