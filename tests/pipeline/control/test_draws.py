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
    made.house.put_officer("ana", "Ana", "officer", None, "seal and cord")
    names = [envelope(declaration(f"R{n}")) for n in range(30)]
    made.house.take_many(names, principal=trader("ACME"))
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
        built.house.disclosed_draws(AUDITOR, TODAY)
    with pytest.raises(PolicyError, match="when its day is over"):
        built.house.disclosed_draws(AUDITOR, TODAY + timedelta(days=1))
    tomorrow(monkeypatch)
    with pytest.raises(PolicyError):
        built.house.disclosed_draws(officer("officer"), TODAY)
    with pytest.raises(NotFoundError):
        built.house.disclosed_draws(AUDITOR, TODAY - timedelta(days=9))


def test_everything_drawn_on_a_day_follows_from_its_seed(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(monkeypatch)
    told = built.house.disclosed_draws(AUDITOR, TODAY)
    proof = told.verify()
    assert (proof.drawn, proof.faults) == (30, ())
    assert 0 < proof.random < 30
    assert proof.allocations == len(built.bodies("allocation")) > 0
    assert b'"what":"draws"' in built.bodies("look")[-1]


def test_whoever_is_bound_to_an_office_is_told_its_draws_and_can_draw_each_again(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = [declaration(f"S{n}").replace(b"XAPRT001", b"XBPRT002") for n in range(6)]
    built.house.take_many([envelope(content) for content in elsewhere], principal=trader("ACME"))
    built.desk()
    tomorrow(monkeypatch)
    told = {
        office: built.house.disclosed_draws(officer("auditor", office), TODAY) for office in ("XAPRT001", "XBPRT002")
    }
    assert {office: len(one.drawn) for office, one in told.items()} == {"XAPRT001": 30, "XBPRT002": 6}
    assert [one.verify().faults for one in told.values()] == [(), ()]
    assert not {one.consignment for one in told["XAPRT001"].drawn} & {one.consignment for one in told["XBPRT002"].drawn}
    assert built.house.disclosed_draws(officer("auditor", "XCPRT003"), TODAY).drawn == ()


def test_whatever_was_changed_is_named(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow(monkeypatch)
    told = built.house.disclosed_draws(AUDITOR, TODAY)
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
