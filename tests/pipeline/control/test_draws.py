# SPDX-License-Identifier: Apache-2.0
"""Draws of a real house made again from the seed that is told when the day is over."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.control import commit_seed, draw_number
from cocket.errors import PolicyError, ProofError
from cocket.pipeline import Instance, NotFoundError
from cocket.pipeline.control import draws
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

AUDITOR = officer("auditor")
TODAY = datetime.now(UTC).date()


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.3)
    made = dataclasses.replace(made, house=Instance(made.stores))
    made.house.governance.accounts.put_officer("ana", "Ana", "officer", None, "seal and cord")
    names = [envelope(declaration(f"R{n}")) for n in range(30)]
    made.house.intake.messages.take_many(names, principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


def tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(UTC) + timedelta(days=1)

    monkeypatch.setattr(draws, "datetime", Later)


def test_no_seed_is_told_before_its_day_is_over_nor_to_an_officer_nor_of_a_day_without_one(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PolicyError, match="when its day is over"):
        built.house.control.draws.disclosed_draws(AUDITOR, TODAY)
    with pytest.raises(PolicyError, match="when its day is over"):
        built.house.control.draws.disclosed_draws(AUDITOR, TODAY + timedelta(days=1))
    tomorrow(monkeypatch)
    with pytest.raises(PolicyError):
        built.house.control.draws.disclosed_draws(officer("officer"), TODAY)
    with pytest.raises(NotFoundError):
        built.house.control.draws.disclosed_draws(AUDITOR, TODAY - timedelta(days=9))


def test_everything_drawn_on_a_day_follows_from_its_seed(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(monkeypatch)
    told = built.house.control.draws.disclosed_draws(AUDITOR, TODAY)
    proof = told.verify()
    assert (proof.drawn, proof.faults) == (30, ())
    assert 0 < proof.random < 30
    assert proof.allocations == len(built.bodies("allocation")) > 0
    assert b'"what":"draws"' in built.bodies("look")[-1]


def test_whoever_is_bound_to_an_office_is_told_its_draws_and_can_draw_each_again(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = [declaration(f"S{n}").replace(b"XAPRT001", b"XBPRT002") for n in range(6)]
    built.house.intake.messages.take_many([envelope(content) for content in elsewhere], principal=trader("ACME"))
    built.desk()
    tomorrow(monkeypatch)
    told = {
        office: built.house.control.draws.disclosed_draws(officer("auditor", office), TODAY)
        for office in ("XAPRT001", "XBPRT002")
    }
    assert {office: len(one.drawn) for office, one in told.items()} == {"XAPRT001": 30, "XBPRT002": 6}
    assert [one.verify().faults for one in told.values()] == [(), ()]
    assert not {one.consignment for one in told["XAPRT001"].drawn} & {one.consignment for one in told["XBPRT002"].drawn}
    assert built.house.control.draws.disclosed_draws(officer("auditor", "XCPRT003"), TODAY).drawn == ()


def test_whatever_was_changed_is_named(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(monkeypatch)
    told = built.house.control.draws.disclosed_draws(AUDITOR, TODAY)
    replace = msgspec.structs.replace
    drawn = next(one for one in told.drawn if one.number < one.chance)
    spared = next(one for one in told.drawn if one.number >= one.chance)

    def codes(**changes: Any) -> list[str]:
        return [fault.code for fault in replace(told, **changes).verify().faults]

    assert codes(drawn=(replace(drawn, number=drawn.number / 2),)) == ["draw-other"]
    assert codes(drawn=(replace(drawn, lane="green", why="none"),)) == ["draw-passed-over"]
    assert codes(drawn=(replace(spared, lane="red", why="random"),)) == ["draw-false"]
    assert codes(drawn=(replace(drawn, lane="yellow", why="full"), replace(drawn, lane="green", why="given"))) == []
    allocation = replace(told.allocations[0], roster=("ana", "ben"), examiner="ben", stand_by=("ana",))
    other = replace(allocation, examiner="ana", stand_by=("ben",))
    assert sorted([codes(allocations=(allocation,)), codes(allocations=(other,))]) == [[], ["allocation-other"]]
    with pytest.raises(ProofError):
        replace(told, seed="00" * 32).verify()


@pytest.fixture
def proven(built: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[draws.DisclosedDraws, list[str]]:
    """Draws with their evidence, and the keys by which a stranger checks it."""
    built.sign()
    tomorrow(monkeypatch)
    keys = built.house.queries.records.public_keys()
    told = built.house.control.draws.disclosed_draws(AUDITOR, TODAY, with_evidence=True)
    monkeypatch.undo()
    return told, [*filter(None, keys.values())]


def outcomes(told: draws.DisclosedDraws, keys: list[str]) -> dict[str, str]:
    return {check.name: check.outcome for check in told.verify_evidence(keys).checks}


def test_a_file_of_draws_proves_each_of_them_and_that_there_are_no_others(proven: Any) -> None:
    told, keys = proven
    assert len(told.drawn) == 30 and len(told.evidence) > 30
    told = msgspec.json.decode(msgspec.json.encode(told), type=draws.DisclosedDraws)
    assert outcomes(told, keys) == dict.fromkeys(("records", "commitment", "draws", "completeness"), "passed")
    without_receipts = [key for key in keys if "/receipts+" not in key]
    assert outcomes(told, without_receipts)["completeness"] == "not-checked"
    assert outcomes(told, [])["records"] == "failed"


def test_a_file_of_draws_proves_them_although_the_log_mixes_the_entries_of_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.3, head_step=8)
    built = dataclasses.replace(built, house=Instance(built.stores))
    built.desk()  # commits to the seed
    built.sign()
    names = [envelope(declaration(f"R{n}")) for n in range(30)]
    built.house.intake.messages.take_many(names, principal=trader("ACME"))
    built.desk()
    built.sign()
    tomorrow(monkeypatch)
    keys = [*filter(None, built.house.queries.records.public_keys().values())]
    in_the_order_of_the_book = built.house.control.draws.disclosed_draws(AUDITOR, TODAY).drawn
    told = built.house.control.draws.disclosed_draws(AUDITOR, TODAY, with_evidence=True)
    built.house.close()
    assert len(told.drawn) == 30 and told.drawn != in_the_order_of_the_book
    assert outcomes(told, keys) == dict.fromkeys(("records", "commitment", "draws", "completeness"), "passed")
    assert told.leaf == told.evidence[0].proof.index
    assert told.verify().faults == ()
    last = told.evidence[-1]
    assert outcomes(msgspec.structs.replace(told, evidence=(*told.evidence, last)), keys)["records"] == "failed"


def test_a_seed_that_stands_behind_a_draw_is_not_shown_to_be_older(proven: Any) -> None:
    told, keys = proven
    replace = msgspec.structs.replace
    first, drawn = told.evidence[0], told.evidence[1]
    later = replace(first, proof=replace(first.proof, index=drawn.proof.index + 1))
    forged = replace(told, leaf=drawn.proof.index + 1, evidence=(later, *told.evidence[1:]))
    check = next(one for one in forged.verify_evidence(keys).checks if one.name == "commitment")
    assert check.outcome == "failed" and "a draw, stands before" in check.reason


def test_whatever_is_forged_in_a_file_of_draws_fails(proven: Any) -> None:
    told, keys = proven
    replace = msgspec.structs.replace
    good = dict.fromkeys(("records", "commitment", "draws", "completeness"), "passed")

    def failed(forged: draws.DisclosedDraws) -> set[str]:
        found = outcomes(forged, keys)
        return {name for name in found if found[name] == "failed"}

    assert outcomes(told, keys) == good
    assert failed(replace(told, evidence=())) == {"records"}
    # Another seed with a commitment, numbers and lanes that agree with it: what passed as proof until now.
    seed = bytes(32)
    drawn = tuple(
        replace(one, number=number, lane="red" if number < one.chance else "green", why="none", drawn_as=None)
        for one in told.drawn
        if (number := draw_number(seed, one.consignment)) is not None
    )
    drawn = tuple(replace(one, why="random") if one.lane == "red" else one for one in drawn)
    forged = replace(told, seed=seed.hex(), commitment=commit_seed(seed), drawn=drawn, allocations=(), rules=())
    assert forged.verify().faults == ()
    assert failed(forged) == {"commitment", "draws", "completeness"}
    assert failed(replace(told, drawn=told.drawn[1:])) == {"draws"}
    assert failed(replace(told, drawn=told.drawn[1:], evidence=(told.evidence[0], *told.evidence[2:]))) >= {
        "completeness"
    }
    assert failed(replace(told, day=TODAY - timedelta(days=1))) == {"commitment"}
    assert failed(replace(told, sealed=told.sealed - timedelta(days=1))) == {"commitment"}
    assert failed(replace(told, leaf=told.leaf + 1)) == {"commitment"}
    assert failed(replace(told, evidence=told.evidence[::-1])) >= {"records", "commitment"}
    changed = replace(told.evidence[1], body=told.evidence[1].body.replace('"lane":"', '"lane":" ', 1))
    assert failed(replace(told, evidence=(told.evidence[0], changed, *told.evidence[2:]))) >= {"records"}
    assert failed(replace(told, signature=bytes(64))) == {"completeness"}
    assert failed(replace(told, statement=None)) == {"completeness"}


def test_evidence_is_not_for_readers_bound_to_an_office(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    built.sign()
    tomorrow(monkeypatch)
    with pytest.raises(PolicyError, match="other offices"):
        built.house.control.draws.disclosed_draws(officer("auditor", "XAPRT001"), TODAY, with_evidence=True)


def test_what_no_head_covers_yet_is_not_shown_as_proven(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(monkeypatch)
    with pytest.raises(ProofError, match="No signed head"):
        built.house.control.draws.disclosed_draws(AUDITOR, TODAY, with_evidence=True)
