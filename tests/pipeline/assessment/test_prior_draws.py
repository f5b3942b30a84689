# SPDX-License-Identifier: Apache-2.0
"""A declaration is drawn for once: however it is amended, whenever, and whatever seeds have been told by then."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.control import LANES
from cocket.pipeline import Instance
from cocket.pipeline.assessment import advice_steps as advising
from cocket.pipeline.assessment import worker as desk
from cocket.pipeline.control import draws
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.consignment.test_manifests import bill, manifest

AUDITOR = officer("auditor")
TODAY = datetime.now(UTC).date()
NAMES = [f"R{n}" for n in range(12)]


class Clock:
    """What the desk and the tellers of seeds take for now."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.days = 0
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return datetime.now(UTC) + timedelta(days=clock.days)

        for module in (desk, draws):
            patch.setattr(module, "datetime", Shifted)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.3)
    made = dataclasses.replace(made, house=Instance(made.stores))
    yield made
    made.house.close()


def lodge(built: Any, *contents: bytes) -> None:
    """Lodge messages and let a desk that has just been started work them off."""
    answers = built.house.take_many([envelope(content) for content in contents], principal=trader("ACME"))
    assert {answer.outcome for answer in answers} == {"accepted"}
    built.desk()


def amended(name: str, mass: int) -> bytes:
    """The declaration as a new version, with another mass."""
    found = declaration(name, note=str(mass)).replace(b"FunctionCode>9<", b"FunctionCode>13<", 1)
    return re.sub(rb"(<TotalGrossMassMeasure[^>]*>)[^<]*", rb"\g<1>%d.5" % mass, found)


def advice(built: Any) -> dict[str, list[dict[str, Any]]]:
    """Consignment → its advice as sealed, oldest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for body in built.bodies("assessment"):
        told = msgspec.json.decode(body)
        found.setdefault(told["drawn_as"], []).append(told)
    return found


def test_amendments_over_days_with_told_seeds_never_change_a_draw(built: Any, clock: Clock) -> None:
    lodge(built, *map(declaration, NAMES))
    for day in range(1, 4):
        clock.days = day
        assert built.house.disclosed_draws(AUDITOR, TODAY + timedelta(days=day - 1)).verify().faults == ()
        lodge(built, *(amended(name, 4200 + day) for name in NAMES))
    every = advice(built)
    assert (len(every), {len(several) for several in every.values()}) == (len(NAMES), {4})
    for several in every.values():
        assert len({(one["number"], one["chance"], one["draw"]) for one in several}) == 1
        ranks = [LANES.index(one["lane"]) for one in several]
        assert ranks == sorted(ranks)
    drawn = [several for several in every.values() if several[0]["why"] == "random"]
    assert drawn, "no draw fell under its share: the test shows nothing"
    for several in drawn:
        assert {(one["is_random"], one["propensity"]) for one in several} == {(True, several[0]["propensity"])}
    assert {one["why"] for several in drawn for one in several[1:]} == {"given"}
    clock.days = 4
    proofs = [built.house.disclosed_draws(AUDITOR, TODAY + timedelta(days=day)).verify() for day in range(4)]
    assert [(proof.drawn, proof.faults) for proof in proofs] == [(len(NAMES), ()), (0, ()), (0, ()), (0, ())]


def test_a_desk_that_forgets_what_it_drew_draws_anew(built: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    lodge(built, declaration("R1"))
    clock.days = 1
    monkeypatch.setattr(advising, "prior_draws", lambda context, earlier: {})
    lodge(built, amended("R1", 4300))
    ((first, second),) = advice(built).values()
    assert first["number"] != second["number"], "the tests of this file could not fail"


def test_an_amendment_that_names_an_older_dossier_goes_up_in_it_with_its_own_draw(built: Any, clock: Clock) -> None:
    lodge(built, manifest(bill("TSTB0100001")))
    lodge(built, declaration("R1"))
    clock.days = 2
    lodge(built, re.sub(rb"<ID>KESTBET\w+H2</ID>", b"<ID>TSTB0100001</ID>", amended("R1", 4300)))
    ((name, (first, second)),) = advice(built).items()
    assert len(built.bodies("merged")) == 1
    assert first["consignment"] == name != second["consignment"]
    assert (second["number"], second["draw"]) == (first["number"], first["draw"])
    proof = built.house.disclosed_draws(AUDITOR, TODAY).verify()
    assert (proof.drawn, proof.faults) == (1, ())


def test_a_declaration_cancelled_and_lodged_anew_is_another_one_and_drawn_for_anew(built: Any) -> None:
    lodge(built, declaration("R1"))
    lodge(built, declaration("R1", sample="cancellation"))
    lodge(built, declaration("R2"))
    every = advice(built)
    assert len(every) == 2
    assert len({several[0]["number"] for several in every.values()}) == 2


def test_a_desk_that_draws_anew_or_shields_a_case_is_found_out(built: Any, clock: Clock) -> None:
    lodge(built, *map(declaration, NAMES))
    clock.days = 1
    told = built.house.disclosed_draws(AUDITOR, TODAY)
    lodge(built, *(amended(name, 4300) for name in NAMES))
    clock.days = 2
    told = built.house.disclosed_draws(AUDITOR, TODAY)
    assert len(told.drawn) == 2 * len(NAMES)
    first, again = told.drawn[0], next(one for one in told.drawn[1:] if one.drawn_as == told.drawn[0].drawn_as)
    replace = msgspec.structs.replace

    def codes(*drawn: Any) -> list[str]:
        return [fault.code for fault in replace(told, drawn=drawn).verify().faults]

    assert codes(first, again) == []
    assert codes(first, replace(again, number=0.5)) == ["draw-other"]
    assert codes(first, replace(again, chance=0.0)) == ["draw-changed"]
    assert codes(replace(first, why="given")) == ["draw-given"]
