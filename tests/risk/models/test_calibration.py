# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from random import Random

import pytest

from cocket.risk.models.calibration import chance, fit_scale


def cases(n: int, slope: float, level: float, seed: int = 1) -> tuple[list[float], list[bool]]:
    dice = Random(seed)
    raw = [dice.gauss(-2.0, 1.5) for _ in range(n)]
    return raw, [dice.random() < chance(x, (slope, level)) for x in raw]


def test_a_scale_is_found_again() -> None:
    slope, level = fit_scale(*cases(20_000, 0.6, -1.0), [None] * 20_000)
    assert slope == pytest.approx(0.6, abs=0.05)
    assert level == pytest.approx(-1.0, abs=0.12)


def test_the_mean_chance_is_the_found_rate_of_all_though_rules_picked_most() -> None:
    raw, found = cases(40_000, 1.0, 0.0)
    dice = Random(2)
    propensities = [1.0 if x > 0 else 0.03 for x in raw]
    seen = [n for n, p in enumerate(propensities) if dice.random() < p]
    scale = fit_scale([raw[n] for n in seen], [found[n] for n in seen], [propensities[n] for n in seen])
    blind = fit_scale([raw[n] for n in seen], [found[n] for n in seen], [None] * len(seen))
    truth = sum(found) / len(found)
    assert sum(chance(x, scale) for x in raw) / len(raw) == pytest.approx(truth, rel=0.15)
    assert blind != scale


def test_no_cases_leave_the_scale_as_it_is() -> None:
    assert fit_scale([], [], []) == (1.0, 0.0)


@pytest.mark.parametrize("found", [True, False])
def test_cases_of_one_kind_only_give_a_chance_short_of_certainty(found: bool) -> None:
    scale = fit_scale([-1.0, 0.0, 1.0], [found] * 3, [None] * 3)
    assert scale[0] > 0
    assert 0.0 < chance(0.0, scale) < 1.0
