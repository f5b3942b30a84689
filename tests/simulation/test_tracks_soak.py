# SPDX-License-Identifier: Apache-2.0
"""What the tracking rules are worth in a world they were not tried in, over ten thousand journeys nobody touched."""

from __future__ import annotations

import pytest

from cocket.simulation.tracks import REGIMES, evaluate


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("regime", ["plain", "shifted"])
def test_spoofing_is_found_and_ten_thousand_clean_journeys_are_left_alone(regime: str) -> None:
    result = evaluate(REGIMES[regime], 90_031, clean=10_000, threatened=50)
    print(f"\n{result}")
    recalls = {score.threat: score.recall for score in result.scores}
    assert result.false_alarms_per_1000 <= 1
    assert min(recalls["spoof-jump"], recalls["spoof-drag"]) >= 0.95
    assert result.eta_coverage is not None
    assert 0.75 <= result.eta_coverage <= 0.85
