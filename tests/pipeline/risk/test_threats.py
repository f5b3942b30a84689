# SPDX-License-Identifier: Apache-2.0
"""Threats over a real house: what its book of looks tells, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PolicyError
from cocket.governance import Principal
from cocket.pipeline import QueueFilter
from cocket.pipeline.risk import threat_log as threat_log_module
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")
CURIOUS = Principal(id="officer.c", kind="officer", roles=("officer",))
AUDITOR, HEAD, ANALYST = officer("auditor"), officer("supervisor"), officer("analyst")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=0, yellow_per_day=0, random_share=0.0)
    made.house.take_many([envelope(declaration(f"R{n}")) for n in range(40)], principal=ACME)
    made.desk()
    made.house.put_officer("officer.c", "Officer C.", "officer", "PTA1", "seal and cord")
    yield made
    made.house.close()


def dossiers(built: Built) -> list[str]:
    return [line.id for line in built.house.queue(HEAD, QueueFilter(limit=50)).lines]


def browse(built: Built, who: Principal = CURIOUS) -> list[str]:
    seen = dossiers(built)
    for consignment in seen:
        built.house.dossier(who, consignment)
    return seen


def test_an_officer_who_browses_in_bulk_is_told_to_the_auditor_with_every_dossier(built: Built) -> None:
    seen = browse(built)
    (one,) = built.house.threats(AUDITOR).threats
    assert (one.kind, one.who, one.is_insider) == ("bulk-browse", ("officer.c",), True)
    assert {row.consignment for row in one.rows} == set(seen)
    assert {row.what for row in one.rows} == {"view"}
    assert all(row.title for row in one.rows)


def test_an_insiders_threat_is_shown_to_nobody_it_is_about_nor_to_his_own_supervisor(built: Built) -> None:
    browse(built)
    own, other = officer("supervisor", "PTA1"), officer("supervisor", "PTB2")
    assert [len(built.house.threats(who).threats) for who in (HEAD, other, own, ANALYST)] == [1, 1, 0, 0]
    with pytest.raises(PolicyError):
        built.house.threats(CURIOUS)
    himself = Principal(id="officer.c", kind="officer", roles=("auditor",))
    assert built.house.threats(himself).threats == ()


def test_a_look_at_threats_is_sealed(built: Built) -> None:
    browse(built)
    before = len(built.bodies("look"))
    built.house.threats(AUDITOR)
    look = msgspec.json.decode(built.bodies("look")[before])
    assert (look["who"], look["what"], look["purpose"]) == ("test-auditor", "threats", "oversight")


def test_a_few_looks_are_no_threat_and_what_was_looked_through_is_counted(built: Built) -> None:
    for consignment in dossiers(built)[:3]:
        built.house.dossier(CURIOUS, consignment)
    found = built.house.threats(AUDITOR)
    assert (found.threats, found.declarations, found.is_cut) == ((), 40, False)
    assert found.acts == 40 + 3


def test_what_lies_before_the_stretch_is_left_out(built: Built) -> None:
    browse(built)
    found = built.house.threats(AUDITOR, days=1, now=datetime.now(UTC) + timedelta(days=3))
    assert (found.threats, found.declarations, found.acts) == ((), 0, 0)


def test_more_than_is_looked_through_at_once_is_cut_and_said(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threat_log_module, "MOST_LEAVES", 30)
    found = built.house.threats(AUDITOR)
    assert found.is_cut
    assert found.declarations == 0


def test_lanes_overridden_reach_the_detectors_with_the_lane_before(built: Built) -> None:
    built.house.override(HEAD, dossiers(built)[0], "red", "seal broken")
    with built.stores.database.transaction() as connection:
        kept = threat_log_module.instance_log(built.stores, connection, datetime.now(UTC) - timedelta(days=1))
    (act,) = [one for one in kept.log.acts if one.kind == "override"]
    assert (act.actor, act.becomes) == ("test-supervisor", "red")
    assert act.was in ("green", "blue")
    one = kept.log.declared[0]
    assert (one.reference, one.version, bool(one.importer), bool(one.hs), one.lane is not None) == (
        "R0",
        0,
        True,
        True,
        True,
    ), one


def test_a_rule_ended_and_published_again_within_hours_is_told(built: Built) -> None:
    sealer, begin = built.stores.sealer, datetime.now(UTC) - timedelta(hours=9)
    steps = (("published", "test-supervisor", 0), ("ended", "analyst.x", 2), ("published", "test-supervisor", 6))
    with built.stores.database.transaction() as connection:
        for state, actor, hour in steps:
            body = {"rule": {"code": "R-7"}, "state": state, "author": "analyst.y"}
            record = sealer.record("rule", actor, body, at=begin + timedelta(hours=hour))
            built.stores.leaves.append_records(connection, [record])
    (one,) = built.house.threats(AUDITOR).threats
    assert (one.kind, one.who, len(one.rows)) == ("rule-off-window", ("analyst.x", "test-supervisor"), 2)
    assert built.house.threats(HEAD).threats == ()
