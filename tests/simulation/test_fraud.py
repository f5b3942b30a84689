# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from random import Random

import pytest

from cocket.simulation.fraud import HABITS, HONEST, ROUTES, Traces, chances_of_schemes, draw_traces, p_bayes
from cocket.simulation.people import SCHEMES

PLAIN = Traces(price=0.0, package=0.0, is_text_odd=False, route="direct", is_paper_other=False, has_preference=False)


def test_every_scheme_has_habits_and_every_habit_is_a_set_of_chances() -> None:
    assert set(HABITS) == set(SCHEMES)
    for habit in (HONEST, *HABITS.values()):
        assert sum(habit.route) == pytest.approx(1.0)
        assert len(habit.route) == len(ROUTES)
        assert all(0 < chance < 1 for chance in (habit.text, habit.paper, habit.preference))


def test_chances_of_schemes_sum_to_one_and_what_cannot_hide_is_not_misclassified() -> None:
    for own in SCHEMES:
        assert sum(chances_of_schemes(own, True).values()) == pytest.approx(1.0)
        bound = chances_of_schemes(own, False)
        assert sum(bound.values()) == pytest.approx(1.0)
        assert "misclassification" not in bound


def test_a_plain_declaration_clears_and_a_trace_of_the_own_scheme_accuses() -> None:
    chances = chances_of_schemes("undervaluation", True)
    assert p_bayes(0.04, chances, PLAIN) < 0.04
    cheap = Traces(
        price=-0.8, package=0.0, is_text_odd=False, route="direct", is_paper_other=False, has_preference=False
    )
    assert p_bayes(0.04, chances, cheap) > 0.04


def test_the_best_score_is_a_true_chance() -> None:
    dice, prior = Random(3), 0.2
    chances = chances_of_schemes("short-declaration", True)
    scored = []
    for _ in range(20_000):
        is_fraud = dice.random() < prior
        scheme = dice.choices(list(chances), list(chances.values()))[0] if is_fraud else None
        scored.append((p_bayes(prior, chances, draw_traces(dice, scheme)), is_fraud))
    scored.sort()
    for start in range(0, len(scored), 4000):
        part = scored[start : start + 4000]
        mean, share = (sum(column) / len(part) for column in zip(*part, strict=True))
        assert share == pytest.approx(mean, abs=4 * (max(mean, 0.01) / len(part)) ** 0.5)


def test_no_scheme_is_told_by_one_trace_alone() -> None:
    for scheme in SCHEMES:
        assert p_bayes(0.04, {scheme: 1.0}, PLAIN) > 0.0005
