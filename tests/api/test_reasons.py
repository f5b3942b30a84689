# SPDX-License-Identifier: Apache-2.0
"""Reasons over HTTP, from a real house: a trader's card where policy allows, a card for systems of customs, none for a host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cocket.api import build_app
from cocket.gate import make_key
from tests.houses import Built, build, officer
from tests.messages import declaration
from tests.simulators.doors import open_door


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0, contest_after_days=0)
    yield made
    made.house.close()


@pytest.fixture
def get(built: Built) -> Iterator[Any]:
    """Asks with a key of a role, which speaks for `ACME` unless it is said for whom."""
    with open_door(build_app(built.house)) as port, httpx.Client(trust_env=False) as client:

        def ask(path: str, role: str, sender: str = "ACME", **how: Any) -> httpx.Response:
            key = make_key(f"{role}{sender}{len(path)}".lower())
            built.house.governance.accounts.add_key(key, role, [role], [sender])
            method = "POST" if "content" in how else "GET"
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/xml"}
            return client.request(method, f"http://127.0.0.1:{port}{path}", headers=headers, **how)

        yield ask


def test_a_trader_reads_his_card_only_where_the_terms_tell_traders(
    built: Built, get: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.pipeline.control.contests.LOOK_DAYS", 0)
    lodged = get("/v1/messages", "trader", content=declaration("R1")).json()["id"]
    built.desk()
    at = f"/v1/messages/{lodged}/reasons"
    silent = get(at, "trader")
    assert silent.status_code == 404
    (built.settings.home / "control.toml").write_text("tells_traders = true\n")
    card = get(f"{at}?language=fr", "declarant")
    assert card.status_code == 200
    assert (card.json()["id"], card.json()["language"]) == (lodged, "fr")
    assert card.json()["lane"] is None and card.json()["score"] is None and card.json()["similar"] == []
    assert get(at, "forwarder", "OTHER").json() == silent.json()
    assert get(f"{at}?language=xx", "carrier").status_code == 422


def test_customs_reads_the_whole_card_and_neither_trader_nor_host_does(built: Built, get: Any) -> None:
    lodged = get("/v1/messages", "trader", content=declaration("R1")).json()["id"]
    built.desk()
    (consignment,) = built.house.queries.records.message(officer("analyst"), lodged).consignment_ids
    at = f"/v1/consignments/{consignment}/reasons"
    card = get(at, "analyst").json()
    assert card["lane"] in ("blue", "green") and card["rules_version"]
    assert [get(at, role).status_code for role in ("trader", "host")] == [404, 404]
