# SPDX-License-Identifier: Apache-2.0
"""Erasing by order: one person alone erases nothing, and what is approved is what was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError, StoreError
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.governance.proposals import Proposal
from cocket.pipeline.base.access import NotFoundError
from cocket.pipeline.operations.legal_holds import LegalHold
from cocket.stores.base.subject_keys import SubjectKeys
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

SIONE, VEA = (Principal(id=name, kind="officer", roles=("supervisor",)) for name in ("sione", "vea"))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    for name in ("sione", "vea"):
        made.house.governance.accounts.put_officer(name, name.title(), "supervisor", None, "seal and cord and wax")
    yield made
    made.house.close()


def lodged(built: Built, name: str, function: bytes = b"9") -> str:
    """Lodge a declaration, or with another function an amendment of it; its consignment."""
    content = re.sub(rb"(FunctionCode>)\d+(<)", rb"\g<1>" + function + rb"\g<2>", declaration(name))
    (answer,) = built.house.intake.messages.take_many([envelope(content)], principal=trader("ACME"))
    built.desk()
    (consignment,) = built.house.queries.records.message(officer("analyst"), answer.id).consignment_ids
    return consignment


def proposed(built: Built, consignment: str) -> Proposal:
    return built.house.governance.retention.propose_order(SIONE, consignment, "order 17/2026").proposal


def is_there(built: Built, consignment: str) -> bool:
    try:
        built.house.queries.records.dossier(officer("supervisor"), consignment)
    except NotFoundError:
        return False
    return True


def test_one_person_alone_erases_nothing_and_another_approves_what_he_read(built: Built) -> None:
    consignment, second = lodged(built, "R1"), built.house.governance.second_person
    one = proposed(built, consignment)
    assert (one.after["dossiers"], one.after["messages"]) == ("1", "1")
    with pytest.raises(PolicyError):
        second.vote(SIONE, one.id, one.digest, make_key)
    with pytest.raises(SenderError, match="still waits"):
        second.apply(SIONE, one.id, make_key)
    assert is_there(built, consignment)
    read = second.proposal(VEA, one.id)  # and that he looked changes nothing of what is erased
    assert consignment in read.proposal.text.before
    built.house.queries.records.dossier(VEA, consignment)
    assert second.vote(VEA, one.id, one.digest, make_key).is_done and not is_there(built, consignment)
    (told,) = [msgspec.json.decode(body) for body in built.bodies("erasure")]
    assert (told["who"], told["reason"]) == ("sione, vea", "order 17/2026")
    assert second.proposal(VEA, one.id).proposal.state == "applied"


def test_what_came_in_meanwhile_voids_the_approval(built: Built) -> None:
    consignment = lodged(built, "R1")
    one = proposed(built, consignment)
    assert lodged(built, "R1", b"13") == consignment
    with pytest.raises(SenderError, match="has changed"):
        built.house.governance.second_person.vote(VEA, one.id, one.digest, make_key)
    assert is_there(built, consignment)


def test_a_hold_placed_meanwhile_keeps_it(built: Built) -> None:
    consignment = lodged(built, "R1")
    one = proposed(built, consignment)
    hold = LegalHold(
        name="KB-1", target="consignment", value=consignment, ground="court", by="", placed=datetime.now(UTC)
    )
    built.house.governance.retention.place_hold(SIONE, hold)
    with pytest.raises(SenderError, match="hold"):
        built.house.governance.second_person.vote(VEA, one.id, one.digest, make_key)
    assert is_there(built, consignment)


def test_what_a_crash_interrupted_is_finished_at_the_next_start(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    consignment, second = lodged(built, "R1"), built.house.governance.second_person
    one = proposed(built, consignment)

    def fail(*_: object) -> None:
        raise StoreError("planted")

    with monkeypatch.context() as patched:
        patched.setattr(SubjectKeys, "destroy", fail)
        with pytest.raises(StoreError):
            second.vote(VEA, one.id, one.digest, make_key)
    assert second.resume(make_key) == ()
    assert second.proposal(VEA, one.id).proposal.state == "applied" and len(built.bodies("erasure")) == 1


def test_whoever_may_not_erase_proposes_nothing(built: Built) -> None:
    consignment = lodged(built, "R1")
    for role in ("officer", "analyst", "auditor"):
        with pytest.raises(PolicyError):
            built.house.governance.retention.propose_order(officer(role), consignment, "order 17/2026")
    with pytest.raises((PolicyError, SenderError)):
        built.house.governance.retention.propose_order(SIONE, consignment, " ")
