# SPDX-License-Identifier: Apache-2.0
"""In the house: examinations that find nothing where the champion pointed give chance more, and a frontier is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocket.control import choose_weight
from cocket.errors import PolicyError, SettingsError
from cocket.pipeline import NewResult, QueueFilter
from cocket.risk import replay, train
from tests.houses import build, officer
from tests.pipeline.assessment.test_prior_draws import Clock
from tests.pipeline.risk.test_active_models import HEAD, advice, lodge, turn
from tests.risk.given import past

OFFICER = officer("officer")
TERMS = "random_share = 0.001\nred_share = 0.5\nred_score = 0.0\n"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=100, yellow_per_day=10)
    made.settings.first_history_file.write_bytes(replay(past(300)).snapshot())
    version = made.house.risk.models.register_model(HEAD, train(past()).to_bytes(), "trained")
    made.house.risk.models.promote_model(HEAD, version, "champion", "the first")
    yield made
    made.house.close()


def examine_all(built: Any, result: NewResult | None = None) -> int:
    """Record the same of every open order; how many."""
    lines = [
        line
        for line in built.house.queries.records.queue(OFFICER, QueueFilter(lane="red")).lines
        if line.order is not None
    ]
    for line in lines:
        built.house.control.officer_acts.record_result(
            OFFICER, line.order.id, result or NewResult(depth="full", found=False)
        )
    return len(lines)


@pytest.mark.parametrize(("terms", "more"), [("explore_most = 0.5\n", True), ("", False)])
def test_a_champion_that_points_nowhere_gives_chance_more_from_the_next_week_on(
    built: Any, clock: Clock, terms: str, more: bool
) -> None:
    (built.settings.home / "control.toml").write_text(TERMS + terms)
    desk = built.desk()
    lodge(built, *(f"R{number}" for number in range(40)))
    turn(desk)
    assert {one.lane for one in advice(built)} == {"red"}
    assert examine_all(built) == 40
    turn(desk)
    clock.days = 7
    lodge(built, "S0")
    turn(desk)
    assert examine_all(built) == 1
    turn(desk)
    lodge(built, "S1")
    turn(desk)
    before, after = advice(built)[-2:]
    assert before.chance == 0.001
    assert (after.chance or 0.0) > 0.005 if more else after.chance == 0.001


def test_the_frontier_is_told_of_what_was_examined_each_standing_for_its_like(built: Any) -> None:
    (built.settings.home / "control.toml").write_text(TERMS)
    assert built.house.risk.models.revenue_frontier(HEAD, 0.5).points == ()
    desk = built.desk()
    for name, result in (
        ("A", NewResult(depth="full", found=True, offence="revenue", duty_recovered="700", currency="NZD")),
        ("B", NewResult(depth="full", found=False)),
        ("C", NewResult(depth="full", found=True, offence="revenue")),
    ):
        lodge(built, *(f"{name}{number}" for number in range(3)))
        turn(desk)
        assert examine_all(built, result) == 3
    turn(desk)
    told = built.house.risk.models.revenue_frontier(HEAD, 1.0)
    assert (told.examined, told.found, told.left_out) == (6, 3, 3)  # what C recovered nobody wrote down
    assert {(point.precision, point.revenue) for point in told.points} == {(0.5, 1.0)}
    best = choose_weight(told.points, 0.95)
    assert best is not None and best.weight == 0.0


def test_the_frontier_is_for_those_who_may_know_models(built: Any) -> None:
    with pytest.raises(PolicyError):
        built.house.risk.models.revenue_frontier(OFFICER, 0.5)
    for budget in (0.0, 1.5, float("nan")):
        with pytest.raises(SettingsError, match="budget"):
            built.house.risk.models.revenue_frontier(HEAD, budget)
