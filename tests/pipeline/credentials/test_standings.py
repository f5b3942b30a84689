# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.control.standing import Standing
from cocket.errors import PolicyError, SenderError
from cocket.pipeline import Instance, NotFoundError
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

ACME, HEAD = trader("ACME"), officer("supervisor")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.0)
    made = dataclasses.replace(made, house=Instance(made.stores))
    yield made
    made.house.close()


def importer_of(built: Any) -> str:
    """The number of the importer whom our sample declarations name."""
    from cocket.control.standing import parties_of
    from cocket.standards import read

    document = read(declaration("R0")).document
    number = parties_of(document).importer  # type: ignore[arg-type]
    assert number
    return number


def held(built: Any, **changes: object) -> Standing:
    standing = Standing(
        scheme="AEO-C", number="7", trader=importer_of(built), scopes=("import",), valid_from=date(2020, 1, 1)
    )
    return msgspec.structs.replace(standing, **changes)


def trusted(built: Any, name: str) -> list[dict[str, str]]:
    """Lodge a handful, and what their advice says of a standing: chance takes one in twelve, and heeds none."""
    answers = built.house.take_many([envelope(declaration(f"{name}-{n}")) for n in range(8)], principal=ACME)
    built.desk()
    said = []
    for answer in answers:
        (consignment,) = built.house.message(officer("analyst"), answer.id).consignment_ids
        advice = built.house.dossier(officer("analyst"), consignment).summary.advice
        assert advice is not None
        said += [reason.arguments for reason in advice.reasons if reason.code == "trusted-trader"]
    return said


def test_a_valid_standing_weighs_and_the_advice_says_so(built: Any) -> None:
    assert trusted(built, "R1") == []
    built.house.take_standings(HEAD, [held(built)])
    said, *_ = trusted(built, "R2")
    assert said["standing"] == "AEO-C 7"
    assert float(said["after"]) == pytest.approx(float(said["before"]) / 2, abs=0.1)


@pytest.mark.parametrize(
    "changes",
    [{"valid_to": date(2020, 2, 1)}, {"status": "suspended"}, {"scopes": ("export",)}, {"offices": ("ELSEWHERE",)}],
)
def test_a_standing_that_does_not_hold_here_and_now_weighs_nothing(built: Any, changes: dict[str, object]) -> None:
    built.house.take_standings(HEAD, [held(built, **changes)])
    assert trusted(built, "R1") == []


def test_a_suspension_counts_from_the_next_assessment_and_no_register_lifts_it(built: Any) -> None:
    built.house.take_standings(HEAD, [held(built)])
    shown = built.house.suspend_standing(HEAD, "AEO-C/7", "books refused")
    assert (shown.status, shown.suspended_by, shown.reason) == ("suspended", "test-supervisor", "books refused")
    assert trusted(built, "R1") == []
    report = built.house.take_standings(HEAD, [held(built)])
    assert (report.new, report.changed, report.unchanged) == (0, 0, 1)
    assert trusted(built, "R2") == []
    assert built.house.restore_standing(HEAD, "7").status == "valid"
    assert trusted(built, "R3") != []


def test_a_register_taken_in_again_changes_what_changed_and_names_what_it_lacks(built: Any) -> None:
    first = [held(built), held(built, number="8")]
    assert built.house.take_standings(HEAD, first).new == 2
    report = built.house.take_standings(HEAD, [held(built, status="withdrawn")])
    assert (report.new, report.changed, report.unchanged, report.absent) == (0, 1, 0, ("AEO-C/8",))
    shown = built.house.standings(officer(), importer_of(built))
    assert [(one.number, one.status) for one in shown] == [("7", "withdrawn"), ("8", "valid")]


def test_every_change_and_every_look_is_sealed(built: Any) -> None:
    built.house.take_standings(HEAD, [held(built)])
    built.house.suspend_standing(HEAD, "7", "books refused")
    built.house.standings(officer())
    with built.stores.database.transaction() as connection:
        kinds = [row[0] for row in connection.execute("select kind from leaf order by idx")]
    assert kinds == ["standing", "standing", "look"]


def test_only_a_supervisor_sets_standings_and_no_trader_sees_them(built: Any) -> None:
    for principal in (ACME, officer(), officer("analyst"), officer("auditor")):
        with pytest.raises(PolicyError):
            built.house.take_standings(principal, [held(built)])
        with pytest.raises(PolicyError):
            built.house.suspend_standing(principal, "7", "x")
    with pytest.raises(PolicyError):
        built.house.standings(ACME)


def test_a_name_that_is_none_or_not_the_only_one_is_told(built: Any) -> None:
    built.house.take_standings(HEAD, [held(built), held(built, scheme="AEO-S", scopes=("security",))])
    for name in ("9", "AEO-X/7", "7"):
        with pytest.raises(NotFoundError):
            built.house.suspend_standing(HEAD, name, "x")
    with pytest.raises(SenderError):
        built.house.suspend_standing(HEAD, "AEO-S/7", "  ")
