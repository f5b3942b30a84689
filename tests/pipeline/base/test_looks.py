# SPDX-License-Identifier: Apache-2.0
"""What the record of a look says of the decisions on which it rests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from cocket.errors import PolicyError
from cocket.governance import ACTIONS, Principal, policy_digest
from cocket.pipeline import QueueFilter
from cocket.pipeline.base import access as module
from cocket.pipeline.base.access import LOOKS, Access, AccessRecord, SealedDecision
from cocket.stores.base.database import current_connection
from tests.house.source import ROOT
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

ACME = trader("ACME")
NEAR, FAR = officer("officer", "PTA1"), officer("officer", "PTB2")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("looks"))
    made.house.intake.messages.take_many([envelope(declaration(f"R{n}")) for n in range(2)], principal=ACME)
    made.desk()
    yield made
    made.house.close()


def last_look(built: Built) -> AccessRecord:
    return msgspec.json.decode(built.bodies("look")[-1], type=AccessRecord)


def a_dossier(built: Built) -> str:
    return built.house.queries.records.queue(officer("supervisor"), QueueFilter(limit=1)).lines[0].id


def stating(who: Principal, purpose: str, case: str | None = None) -> Principal:
    return msgspec.structs.replace(who, purpose=purpose, case=case)


def test_a_look_seals_roles_action_facts_rules_policy_and_purpose(built: Built) -> None:
    built.house.queries.records.dossier(officer("analyst"), a_dossier(built))
    look = last_look(built)
    assert (look.what, look.roles, look.purpose, look.policy) == ("dossier", ("analyst",), "control", policy_digest())
    assert look.decisions[0] == SealedDecision(
        action="dossier:read", purpose="control", facts=("in_office",), rules=("customs-reads-dossiers",)
    )
    assert "lane:read" in {one.action for one in look.decisions}  # that the advice in it may be seen was decided too


def test_facts_are_those_of_the_object_and_of_whoever_looks(built: Built) -> None:
    consignment = a_dossier(built)
    office = built.house.queries.records.dossier(officer("supervisor"), consignment).summary.office or ""
    built.house.queries.records.dossier(officer("officer", office), consignment)
    assert last_look(built).decisions[0].facts == ("in_office", "at_same_office")
    built.house.queries.records.dossier(officer("officer"), consignment)
    assert last_look(built).decisions[0].facts == ("in_office",)


def test_a_stated_purpose_and_case_are_sealed_and_go_before_the_task(built: Built) -> None:
    built.house.queries.records.queue(stating(officer("analyst"), "audit"), QueueFilter(limit=1))
    look = last_look(built)
    assert (look.purpose, look.case) == ("audit", "")
    assert {one.purpose for one in look.decisions} == {"audit"}
    built.house.queries.records.dossier(stating(officer("analyst"), "investigation", " 2026/17 "), a_dossier(built))
    look = last_look(built)
    assert (look.purpose, look.case) == ("investigation", "2026/17")
    assert "has_case" in look.decisions[0].facts


@pytest.mark.parametrize("purpose", ["investigation", "curiosity", "own-affairs"])
def test_a_purpose_that_policy_refuses_shows_and_seals_nothing(built: Built, purpose: str) -> None:
    consignment, before = a_dossier(built), len(built.bodies("look"))
    with pytest.raises(PolicyError):
        built.house.queries.records.queue(stating(officer("analyst"), purpose), QueueFilter(limit=1))
    with pytest.raises(Exception, match="no such consignment"):
        built.house.queries.records.dossier(stating(officer("analyst"), purpose), consignment)
    assert len(built.bodies("look")) == before


def test_a_purpose_nobody_states_is_sealed_as_that_of_the_task(built: Built) -> None:
    house = built.house
    house.risk.threats.threats(officer("auditor"))
    assert last_look(built).purpose == "oversight"
    house.control.audits.audits(officer("analyst"))
    assert last_look(built).purpose == "audit"
    house.risk.rules.written(officer("analyst"))
    assert last_look(built).purpose == "analysis"


def test_the_decisions_of_a_look_are_those_of_its_own_transaction_and_reader(built: Built) -> None:
    access, one, two = Access(built.stores), officer("analyst"), officer("supervisor")
    with built.stores.database.transaction():
        access.may(one, "place:read")
        access.may(two, "device:read")
        access.may(one, "order:release")
        told = access.look(one, "rules", ()).decisions
        assert [(each.action, each.is_refused) for each in told] == [
            ("rule:read", False), ("place:read", False), ("order:release", True),
        ]  # fmt: skip
    with built.stores.database.transaction():
        assert {told.action for told in access.look(one, "rules", ()).decisions} == {"rule:read"}
    assert current_connection() is None


def test_a_transaction_within_another_notes_for_itself(built: Built) -> None:
    access, who = Access(built.stores), officer("analyst")
    with built.stores.database.transaction() as outer:
        access.may(who, "place:read")
        with built.stores.database.transaction():
            assert {told.action for told in access.look(who, "rules", ()).decisions} == {"rule:read"}
        assert current_connection() is outer
        assert "place:read" in {told.action for told in access.look(who, "rules", ()).decisions}


def test_what_policy_refuses_is_no_look_and_an_unknown_look_is_refused(built: Built) -> None:
    access = Access(built.stores)
    with built.stores.database.transaction():
        with pytest.raises(PolicyError, match="rule:read"):
            access.record(officer("officer"), "rules", ())
        with pytest.raises(PolicyError) as refused:
            access.record(officer("supervisor"), "something new", ())
    assert refused.value.reasons == ("look-unknown",)


def test_looks_of_before_are_read(built: Built) -> None:
    old = b'{"who":"a","roles":["officer"],"what":"dossier","purpose":"control","subjects":["x"]}'
    look = msgspec.json.decode(old, type=AccessRecord)
    assert (look.policy, look.case, look.decisions) == ("", "", ())
    assert msgspec.json.encode(look) == old


def test_every_look_in_the_code_stands_in_the_table() -> None:
    told = set[str]()
    for path in (ROOT / "src" / "cocket" / "pipeline").rglob("*.py"):
        told |= set(re.findall(r'_access\.record\(\s*principal, f?"([^"]+)"', path.read_text("utf-8")))
        told |= set(re.findall(r'continuous\.records\(connection, principal, "([^"]+)"', path.read_text("utf-8")))
    assert len(told) > 40
    for what in told:
        assert module.actions_of(what.partition(" {")[0].removesuffix(":"))
    assert {action for actions in LOOKS.values() for action in actions} <= set(ACTIONS)


def test_without_the_table_a_look_is_found_missing(monkeypatch: pytest.MonkeyPatch, built: Built) -> None:
    fewer: dict[str, Any] = {what: actions for what, actions in LOOKS.items() if what != "queue"}
    monkeypatch.setattr(module, "LOOKS", fewer)
    with pytest.raises(PolicyError):
        built.house.queries.records.queue(officer("supervisor"), QueueFilter(limit=1))
