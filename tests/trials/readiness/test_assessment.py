# SPDX-License-Identifier: Apache-2.0
"""The self-assessment: what is measured stands beside what is said, there is no total, and the plan goes by the lower."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from cocket.errors import SenderError
from cocket.exchange.tables import write_table
from cocket.languages import languages
from cocket.trials.lessons.measures import MEASURES
from cocket.trials.readiness.assessment import (
    CUTS,
    Answer,
    Readiness,
    checked_answer,
    level_of,
    plan_of,
    standings_of,
)
from cocket.trials.readiness.export import COLUMNS, ReadinessView, rows_of, write_page
from cocket.trials.readiness.questions import AREAS, QUESTIONS, SUBJECTS
from tests.trials.lessons.given import AT, TODAY, cost, measured


def answers(level: int, *names: str) -> Readiness:
    """Every question answered alike, or these alone."""
    made = Answer(level=level, evidence="Order 7 of 2025", on=date(2026, 10, 1), by="sione", at=AT)
    return Readiness(answers={one.id: made for one in QUESTIONS if not names or one.id in names})


def test_there_is_one_question_for_each_subject_and_area_and_what_is_measured_is_of_the_list() -> None:
    assert [(one.subject, one.area) for one in QUESTIONS] == [(one, area) for one in SUBJECTS for area in AREAS]
    assert {one.id for one in QUESTIONS} == {f"{one}-{area}" for one in SUBJECTS for area in AREAS}
    assert {name for one in QUESTIONS for name in one.measures} <= set(MEASURES)
    assert set(CUTS) <= {name for one in QUESTIONS for name in one.measures}


@pytest.mark.parametrize(
    ("measure", "value", "level"),
    [
        ("completeness", 0.49, 0), ("completeness", 0.5, 1), ("completeness", 0.96, 4), ("conflicts", 0.2, 0),
        ("conflicts", 0.05, 2), ("conflicts", 0.0, 4), ("examinations", 0.0, 0), ("examinations", 1.0, 1),
        ("advice-seconds-95", 61.0, 3), ("timeliness", -2.0, 4), ("timeliness", 31.0, 0), ("devices", 900.0, None),
    ],
)  # fmt: skip
def test_a_figure_is_worth_a_level_by_its_cuts(measure: str, value: float, level: int | None) -> None:
    assert level_of(measured(measure, value=value)) == level
    assert level_of(measured(measure, value=None, why="nothing")) is None


def test_the_lowest_figure_counts_and_the_plan_goes_by_the_lower_of_said_and_measured() -> None:
    figures = {
        "completeness": measured("completeness", value=0.96),
        "examinations": measured("examinations", value=10.0),
    }
    (data,) = [one for one in standings_of(answers(4), figures) if one.question == "ai-data"]
    assert (data.said, data.measured, data.gap, data.level) == (4, 1, 3, 1)
    plan = plan_of(standings_of(answers(4), figures), {})
    assert [(one.question, one.why) for one in plan.steps] == [("ai-data", "said-more")]


def test_what_no_one_answered_is_unknown_and_not_nothing() -> None:
    standings = standings_of(Readiness(), {})
    assert {(one.said, one.measured, one.level, one.gap) for one in standings} == {(None, None, None, None)}
    assert {one.why for one in plan_of(standings, {}).steps} == {"unknown"}
    zero = standings_of(answers(0), {})
    assert {one.why for one in plan_of(zero, {}).steps} == {"weak"}


def test_steps_build_on_the_areas_before_them_and_the_lowest_comes_first() -> None:
    known = answers(4)
    for name, level in (("ai-law", 2), ("ai-exit", 0), ("devices-law", 1)):
        known.answers[name] = Answer(level=level, evidence="x", on=TODAY, by="sione", at=AT)
    plan = plan_of(standings_of(known, {}), {})
    assert [(one.place, one.question, one.after) for one in plan.steps] == [
        (1, "devices-law", ()),
        (1, "ai-law", ()),
        (2, "ai-exit", ("ai-law",)),
    ]


def test_costs_are_those_entered_by_currency_and_unknown_ones_are_in_no_sum() -> None:
    costs = {"ai-law": cost("10", "20"), "ai-exit": cost("1", "2"), "devices-law": cost("5", "5", "USD")}
    plan = plan_of(standings_of(answers(1), {}), costs)
    assert [(one.currency, one.low, one.high) for one in plan.costs] == [("EUR", "11", "22"), ("USD", "5", "5")]
    assert plan.unknown == 21
    assert plan_of(standings_of(answers(3), {}), costs).costs == ()


@pytest.mark.parametrize(
    ("question", "level", "evidence", "on"),
    [
        ("ai-moon", 1, "x", TODAY),
        ("ai-law", 5, "x", TODAY),
        ("ai-law", -1, "x", TODAY),
        ("ai-law", 1, " ", TODAY),
        ("ai-law", 1, "<i>x</i>", TODAY),
        ("ai-law", 1, "x", date(2026, 12, 2)),
    ],
)
def test_an_answer_needs_evidence_that_someone_saw(question: str, level: int, evidence: str, on: date) -> None:
    with pytest.raises(SenderError):
        checked_answer(question, level, evidence, on, TODAY)
    assert checked_answer("ai-law", 0, "", TODAY, TODAY) == ""


def test_exports_hold_every_question_and_no_total() -> None:
    figures = {"completeness": measured("completeness", value=0.96, of=80)}
    standings = standings_of(answers(1, "ai-data", "ai-law"), figures)
    view = ReadinessView(
        administration="Alphaland Customs",
        revision=3,
        changed=AT,
        measured=datetime(2026, 12, 1, tzinfo=UTC),
        standings=standings,
        plan=plan_of(standings, {"ai-data": cost()}),
    )
    rows = list(csv.DictReader(io.StringIO(write_table(COLUMNS, rows_of(view)))))
    assert len(rows) == 24
    (data,) = [one for one in rows if one["question"] == "ai-data"]
    assert (data["said"], data["measured"], data["gap"], data["cost_low"], data["currency"]) == (
        "1",
        "4",
        "-3",
        "100",
        "EUR",
    )
    assert [one["said"] for one in rows].count("") == 22
    for language in languages().values():
        page = write_page(view, language).decode()
        assert page.count("<tr>") >= 24
        assert "<script" not in page
    assert "has no total" in write_page(view).decode()
