# SPDX-License-Identifier: Apache-2.0
"""What a host says that chance chose is counted as its draw, apart from ours, and weighted only with a chance that it states."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.cli.commands.risk.figures import lines_of
from cocket.control import ExaminationResult
from cocket.feeds import FolderFeed, destination_of
from cocket.findings import Finding
from cocket.pipeline.consignment.decision_tables import read_row
from cocket.pipeline.consignment.outcomes import chance_beside_host
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.risk.effort_figures import choices_of, host_draws
from cocket.pipeline.risk.given_sheet import take
from cocket.pipeline.risk.monthly_review import MonthFiles, review_month
from cocket.risk import load_model, replay, train
from cocket.risk.rules.month import MonthReview
from cocket.stores.control.orders import StoredAssessment, StoredHostDecision
from tests.houses import Built, build, officer
from tests.pipeline.risk.test_declared_days import FEED, FIRST, HEADINGS, LAST, sad
from tests.pipeline.risk.test_effort_figures import measured, outcome
from tests.risk.given import past

KEY = {"office": "XA1", "year": "2026", "serial": "C", "number": "7"}


def row(**cells: str) -> tuple[Any, list[Finding]]:
    findings: list[Finding] = []
    (told,) = read_row(KEY | {"lane": "red"} | cells, "line 2", findings, random=("RANDOM", "Alea"))
    return told.decision, findings


@pytest.mark.parametrize(
    ("criteria", "is_random"), [("RANDOM", True), ("R-VALUE; alea", True), ("R-VALUE|RANDOMISED", False), ("", None)]
)
def test_a_criterion_that_means_chance_is_known_by_its_mapped_words(criteria: str, is_random: bool | None) -> None:
    assert row(criteria=criteria)[0].is_random is is_random


def test_a_chance_that_cannot_be_is_told_and_not_known_and_the_lane_stays() -> None:
    assert [row(propensity=text)[0].chance for text in ("0.05", "1", "0", "")] == [0.05, 1.0, None, None]
    for text in ("1.5", "-1", "often", "nan"):
        decision, findings = row(propensity=text)
        assert (decision.chance, decision.lane, len(findings)) == (None, "red", 1)


def test_a_draw_of_the_host_is_never_told_as_ours() -> None:
    now = datetime.now(UTC)
    ours = StoredAssessment(
        id=None, consignment=None, message=None, made=now, lane="red", score=0.1, is_random=True, propensity=0.1
    )  # type: ignore[arg-type]
    host = StoredHostDecision(kind="SAD", value="X", lane="green")
    result = ExaminationResult(
        consignment="X", officer="host", examined=now, returned=now, selected="host", depth="full", conclusion="conform"
    )
    assert chance_beside_host(ours, host, result, now) == 0.1
    assert chance_beside_host(ours, host, result, now, is_hosts=True) is None
    rows = [measured(1, host_lane="green", host_random=True, is_random=True, lane="red"), measured(2)]
    (one, _), _ = choices_of(rows, dict([outcome(1, None, found=True), outcome(2, 0.1)]))
    assert (one.is_drawn, one.chance) == (False, 1.0)


def test_without_a_stated_chance_the_draws_of_a_host_are_counted_and_weighted_for_nothing() -> None:
    rows = [measured(number, host_lane="red", host_random=True) for number in range(1, 4)] + [measured(9)]
    told = host_draws(rows, dict([outcome(1, None, found=True), outcome(2, None)]))
    assert told is not None and told.effort is None
    assert (told.drawn, told.examined, told.found, told.unknown) == (3, 2, 1, 2)
    assert host_draws([measured(1)], {}) is None


def write(folder: Path) -> None:
    """A month of a host that draws every second declaration that no rule of its chose, and logs with what chance."""
    folder.mkdir()
    with (
        (folder / "lanes.csv").open("w", newline="") as lanes,
        (folder / "results.csv").open("w", newline="") as results,
    ):
        told, found = csv.writer(lanes), csv.writer(results)
        told.writerow((*HEADINGS, "lane", "criteria", "propensity"))
        found.writerow((*HEADINGS, "examined_on", "depth", "found", "duty_recovered", "currency", "returned"))
        for number in range(300, 380):
            (folder / f"{number}.xml").write_bytes(sad(number, f"09/{13 + (number - 300) // 8}/2026"))
            key, is_rule, is_drawn = ("XA210000", 2026, "C", number), number % 8 == 0, number % 2 == 1
            lane = "red" if is_rule or is_drawn else "green"
            told.writerow(
                (*key, lane, "R-VALUE" if is_rule else "RANDOM" if is_drawn else "", 1 if is_rule else "0.57")
            )
            if lane == "red":
                bad = number % 5 == 0
                amount = ("100.00", "XAD") if bad else ("", "")
                found.writerow(
                    (*key, "2026-11-02", "full", "yes" if bad else "no", *amount, "2026-11-02T10:00:00+00:00")
                )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Built, MonthReview]]:
    folder = tmp_path_factory.mktemp("draws")
    write(folder / "export")
    model = train(past()).to_bytes()
    made = build(folder / "home", red_per_day=10, yellow_per_day=10, random_share=0.0)
    made.settings.first_history_file.write_bytes(replay(past(300)).snapshot())
    version = made.house.risk.models.register_model(officer("supervisor"), model, "trained")
    made.house.risk.models.promote_model(officer("supervisor"), version, "champion", "the first")
    FolderFeed(destination_of(made.house), folder / "export", FEED, "host").once()
    made.desk()
    taken = take([(one.name, one.read_bytes()) for one in sorted((folder / "export").iterdir())], memory={})
    files = MonthFiles(
        name="a", messages=taken.messages, readings=taken.readings, rows=taken.rows, criteria=taken.criteria,
        chances=taken.chances, past=past(300), model=load_model(model),
    )  # fmt: skip
    yield made, review_month(files)
    made.house.close()


def test_the_draws_of_a_host_answer_as_a_review_does_and_stand_apart_from_ours(
    built: tuple[Built, MonthReview],
) -> None:
    made, review = built
    view = made.house.risk.figures.figures(officer("supervisor"), FIRST, LAST)
    assert view.random is None and view.whole.drawn == 0 and view.by_host is not None
    its = view.by_host
    assert (its.drawn, its.examined, its.found, its.unknown) == (40, 40, 8, 0)
    assert its.effort is not None and its.effort.drawn == 40
    assert review.advised is not None and its.effort == review.advised.effort
    terminal = "\n".join(lines_of(view))
    assert (
        "Drawn by the host, on its word, and not by our sealed draw: 40, of them examined 40, irregular 8." in terminal
    )
    assert "Nothing drawn at random yet: draw 50." in terminal


def test_what_a_host_said_of_its_draws_is_sealed_audited_and_said_once(built: tuple[Built, MonthReview]) -> None:
    made, _ = built
    bodies = [msgspec.json.decode(body) for body in made.bodies("host-lane")]
    drawn = [one for one in bodies if one["decision"].get("is_random")]
    assert len(bodies) == 80 and len(drawn) == 40 and {one["decision"]["chance"] for one in drawn} == {0.57}
    audit = RowAudit(made.stores)
    while audit.step() is None:
        pass
    assert audit.differences() == []
    with made.stores.database.transaction() as connection:
        connection.execute("update host_decision set is_random = false where value like '%%/301'")
    view = made.house.risk.figures.figures(officer("supervisor"), FIRST, LAST, again=True)
    assert view.by_host is not None and view.by_host.drawn == 39
    audit = RowAudit(made.stores)
    while audit.step() is None:
        pass
    assert [(one.table, one.column) for one in audit.differences()] != []
