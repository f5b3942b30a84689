# SPDX-License-Identifier: Apache-2.0
"""Recommendations: what a forecast must be, when it is looked at, and how well forecasts are made."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from cocket.errors import SenderError
from cocket.trials.lessons.recommendations import (
    Recommendation,
    calibration_of,
    checked_recommendation,
    decided,
    judged,
)
from tests.trials.lessons.given import AT, TODAY, forecast, measured, new_recommendation, recommendation

WHO = ("vea", AT)
LOOK = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("instead", "code"),
    [
        ({"made": date(2026, 12, 2)}, "advice-day"),
        ({"title": ""}, "text-length"),
        ({"evidence": tuple(f"card-{n}" for n in range(21))}, "advice-evidence"),
        ({"forecast": forecast(measure="profit")}, "measure-unknown"),
        ({"forecast": forecast(low=0.5, high=0.4)}, "forecast-range"),
        ({"forecast": forecast(low=0.0, high=1.0)}, "forecast-range"),
        ({"forecast": forecast(low=0.0, high=1.2)}, "forecast-range"),
        ({"forecast": forecast(low=float("nan"))}, "forecast-range"),
        ({"forecast": forecast(confidence=1.0)}, "forecast-confidence"),
        ({"forecast": forecast(confidence=0.4)}, "forecast-confidence"),
        ({"forecast": forecast(look_on=date(2026, 8, 31))}, "forecast-days"),
        ({"forecast": forecast(since=date(2026, 9, 1))}, "forecast-days"),
        ({"made": date(2026, 10, 1)}, "forecast-days"),
    ],
)
def test_a_recommendation_that_cannot_be_held_to_anything_is_refused(instead: dict[str, Any], code: str) -> None:
    with pytest.raises(SenderError) as raised:
        checked_recommendation(new_recommendation(**instead), TODAY)
    assert raised.value.code == code
    assert checked_recommendation(new_recommendation(), TODAY).forecast == forecast()


def test_a_forecast_is_looked_at_on_its_day_once_and_never_before() -> None:
    known, found = recommendation(), measured("random-hit-rate", value=0.05, low=0.045, high=0.06)
    with pytest.raises(SenderError, match="from 2026-09-01 on"):
        judged(known, found, date(2026, 8, 31), WHO)
    told = judged(known, found, LOOK, WHO)
    assert told.outcome is not None
    assert (told.outcome.truth, told.outcome.is_clear) == ("came-true", True)
    with pytest.raises(SenderError, match="already"):
        judged(told, found, LOOK, WHO)
    with pytest.raises(SenderError, match="Nothing was forecast"):
        judged(recommendation(forecast=None), found, LOOK, WHO)


@pytest.mark.parametrize(
    ("value", "low", "high", "truth", "is_clear"),
    [
        (0.05, 0.03, 0.06, "came-true", False),
        (0.04, 0.04, 0.04, "came-true", True),
        (0.09, 0.085, 0.1, "did-not", True),
        (0.09, 0.07, 0.1, "did-not", False),
        (0.09, None, None, "did-not", None),
        (None, None, None, "not-measurable", None),
    ],
)
def test_an_outcome_says_how_clear_it_is(
    value: float | None, low: float | None, high: float | None, truth: str, is_clear: bool | None
) -> None:
    found = measured("random-hit-rate", value=value, low=low, high=high, why="" if value is not None else "no-draw")
    told = judged(recommendation(), found, LOOK, WHO).outcome
    assert told is not None
    assert (told.truth, told.is_clear) == (truth, is_clear)


def test_decisions_stand_beside_one_another_and_need_a_reason() -> None:
    known = recommendation()
    assert known.state == "open"
    once = decided(known, "accepted", "The draw is large enough.", WHO)
    twice = decided(once, "declined", "The budget was cut.", ("sione", AT))
    assert [one.decision for one in twice.decisions] == ["accepted", "declined"]
    assert twice.state == "declined"
    for wrong, reason in (("declined", "Again."), ("perhaps", "So so."), ("accepted", "")):
        with pytest.raises(SenderError):
            decided(twice, wrong, reason, WHO)  # type: ignore[arg-type]
    gone = decided(twice, "withdrawn", "Made in error.", WHO)
    with pytest.raises(SenderError):
        decided(gone, "accepted", "After all.", WHO)


def _of(confidence: float, value: float | None, **more: Any) -> Recommendation:
    known = recommendation(forecast=forecast(confidence=confidence), **more)
    found = measured("random-hit-rate", value=value, why="" if value is not None else "no-draw")
    return judged(known, found, LOOK, WHO)


def test_forecasts_that_come_true_less_often_than_expected_are_called_too_sure() -> None:
    wrong, right = _of(0.9, 0.5), _of(0.9, 0.05)
    told = calibration_of([wrong] * 6 + [right] * 4)
    assert (told.judged, told.came_true, told.verdict) == (10, 4, "too-sure")
    assert told.expected == pytest.approx(0.9)
    assert told.brier == pytest.approx((4 * 0.01 + 6 * 0.81) / 10)
    assert calibration_of([right] * 9 + [wrong]).verdict == "as-sure-as-right"
    assert calibration_of([_of(0.5, 0.05)] * 20).verdict == "not-sure-enough"
    assert calibration_of([right] * 9).verdict == "too-few"


def test_what_was_recorded_after_its_days_had_begun_counts_for_nothing() -> None:
    late = _of(0.9, 0.05, at=datetime(2026, 6, 1, 1, tzinfo=UTC))
    in_time = _of(0.9, 0.05, at=datetime(2026, 5, 31, 23, tzinfo=UTC))
    told = calibration_of([late] * 20 + [in_time, _of(0.9, None), recommendation(), recommendation(forecast=None)])
    assert (told.late, told.made, told.judged, told.not_measurable, told.waiting) == (20, 3, 1, 1, 1)
    assert told.verdict == "too-few"
    assert calibration_of([]).brier is None


def test_a_kept_recommendation_reads_as_it_was_written() -> None:
    told = decided(_of(0.9, 0.05), "accepted", "It was right.", WHO)
    assert msgspec.json.decode(msgspec.json.encode(told), type=Recommendation) == told
