# SPDX-License-Identifier: Apache-2.0
"""A belief taken apart is the same belief: its parts sum to it, and it is what the desk believed."""

from __future__ import annotations

import numpy as np
import pytest

from cocket.risk import History, Past, Sitting, assess
from cocket.risk.assessment import Basis
from cocket.risk.models import belief_parts
from cocket.risk.models.belief_parts import BeliefParts
from cocket.risk.models.layered_v1 import LayeredModel
from cocket.risk.trail import CLEAN, FOUND
from tests.risk.models.test_following import mixed, model  # noqa: F401  (a fixture)


def bases(model: LayeredModel, whole: Past) -> list[tuple[Basis, float]]:  # noqa: F811
    """What each assessment rests on, with the log-odds its first stage told."""
    history, found, again = History(), [], []
    waiting = sorted(whole.outcomes.values(), key=lambda outcome: outcome.returned)
    for number, each in enumerate(whole.cases):
        while waiting and waiting[0].returned <= each.case.facts.day:
            history.learn(waiting.pop(0))
        seen: dict[str, Basis] = {}
        (one,) = assess([each.case], history, model, sitting=Sitting(takes=True, seen=seen))
        history.count(each.case.facts)
        found.append((seen[each.case.facts.id], float(one.features["evidence"] or 0.0)))
        if number % 50 == 0:
            again.append(each.case)
    for case in again:
        seen = {}
        (one,) = assess([case], history, model, sitting=Sitting(again={case.facts.id}, seen=seen))
        found.append((seen[case.facts.id], float(one.features["evidence"] or 0.0)))
    return found


def parts_of(model: LayeredModel, basis: Basis) -> BeliefParts:  # noqa: F811
    assert basis.place is not None
    return model.parts(basis.seen, basis.place)


def test_parts_sum_to_what_the_desk_believed(model: LayeredModel) -> None:  # noqa: F811
    named: set[str] = set()
    for basis, told in bases(model, mixed(600)):
        parts = parts_of(model, basis)
        assert parts.whole == pytest.approx(told, abs=1e-9)
        assert parts.base + sum(parts.weights.values()) == pytest.approx(parts.whole, abs=1e-9)
        named |= set(parts.weights)
    assert {FOUND, CLEAN, "past:price", "own:price", "own:package"} <= named


def test_finds_raise_and_clean_results_lower(model: LayeredModel) -> None:  # noqa: F811
    weights = [parts_of(model, basis).weights for basis, _ in bases(model, mixed(600))]
    found = [one[FOUND] for one in weights if FOUND in one]
    clean = [one[CLEAN] for one in weights if CLEAN in one]
    assert np.mean(found) > 0.1
    assert np.mean(clean) < -0.01


def test_a_long_past_is_cut_at_its_latest_rows(model: LayeredModel, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    basis, told = max(bases(model, mixed(600)), key=lambda one: one[0].seen.rows)
    monkeypatch.setattr(belief_parts, "MOST_ROWS", 10)
    parts = parts_of(model, basis)
    assert basis.seen.rows > 10
    assert parts.base + sum(parts.weights.values()) == pytest.approx(parts.whole, abs=1e-9)
    assert parts.whole == pytest.approx(told, abs=1.5)
