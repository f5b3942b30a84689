# SPDX-License-Identifier: Apache-2.0
"""The ledger of recommendations: who decided what on which evidence, what was forecast, and whether it came true.

A forecast names a measure, the values between which it will lie, how sure its author is, and the day on which it is looked at. It is
never changed. One that was recorded after its days had begun is shown, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from math import fsum
from typing import Final, Literal

import msgspec

from cocket.errors import SenderError
from cocket.risk.estimate import Estimate, share
from cocket.trials.lessons.card import LONGEST_TEXT, LONGEST_TITLE
from cocket.trials.lessons.measures import MEASURES, Measured, check_measures
from cocket.trials.lessons.texts import checked_text

#: Kind of the document and sealed record of a recommendation.
RECOMMENDATION: Final = "recommendation"

Decision = Literal["open", "accepted", "declined", "withdrawn"]
DECISIONS: Final[tuple[Decision, ...]] = ("accepted", "declined", "withdrawn")

#: What came of a forecast: the figure lies in the forecast range, or outside it, or there is none.
Truth = Literal["came-true", "did-not", "not-measurable"]

#: Documents that one rests on (count).
MOST_EVIDENCE: Final = 20

#: Forecasts that were looked at below which nothing is said of how well they are made (count).
FEW: Final = 10

#: How sure someone may say to be.
LEAST_SURE: Final = 0.5
MOST_SURE: Final = 0.99


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What will be measured if the recommendation is right.

    Attributes:
        measure: Name in `MEASURES`.
        low: At least, in the unit of the measure.
        high: At most.
        confidence: How sure its author is that it will lie there (0.5–0.99).
        since: First day that is measured.
        until: Last day.
        look_on: Day from which it can be looked at; after the last day that is measured.
    """

    measure: str
    low: float
    high: float
    confidence: float
    since: date
    until: date
    look_on: date


class NewRecommendation(msgspec.Struct, frozen=True, kw_only=True):
    """A recommendation as it is made.

    Attributes:
        title: What is recommended.
        text: Why, and what is expected of it.
        evidence: What it rests on: ids of cards, or names of documents of pilots (0..20).
        made: Day on which it was made; today, or earlier where it is recorded afterwards.
        forecast: What will be measured; None where nothing was forecast.
    """

    title: str
    text: str
    evidence: tuple[str, ...] = ()
    made: date
    forecast: Forecast | None = None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision on a recommendation: which, why, by whom and when (UTC)."""

    decision: Decision
    reason: str
    by: str
    at: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a forecast.

    Attributes:
        result: The figure, as it was measured on that day.
        truth: Whether it lies in the range that was forecast.
        is_clear: Whether its whole interval lies on the same side; None where it has none.
        by: Who looked.
        at: When, UTC.
    """

    result: Measured
    truth: Truth
    is_clear: bool | None
    by: str
    at: datetime


class Recommendation(NewRecommendation, frozen=True, kw_only=True, omit_defaults=True):
    """A recommendation as it is kept; also its sealed record.

    Attributes:
        id: Its id.
        by: Who recorded it.
        at: When, UTC.
        decisions: What was decided, oldest first (0..n); the last one holds.
        outcome: What came of its forecast; None while no one looked.
    """

    id: str
    by: str
    at: datetime
    decisions: tuple[Decided, ...] = ()
    outcome: Outcome | None = None

    @property
    def state(self) -> Decision:
        """What holds: the last decision."""
        return self.decisions[-1].decision if self.decisions else "open"

    @property
    def is_in_time(self) -> bool:
        """Whether its forecast was sealed before the days that it speaks of began, so that it counts."""
        return self.forecast is not None and self.at.date() < self.forecast.since


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How well forecasts are made, over all that were looked at and recorded in time.

    Attributes:
        made: Forecasts recorded in time (count).
        late: Forecasts recorded after their days had begun; they count for nothing (count).
        waiting: Of those in time, not looked at yet (count).
        not_measurable: Of those in time, that could not be measured (count).
        judged: Of those in time, that came true or did not (count).
        came_true: Of these, came true (count).
        share: The same as a share, with its interval; None of nothing.
        expected: How sure their authors were, on average; None of nothing.
        brier: Mean squared distance of the confidence from what came (0–1, lower is better); None of nothing.
        verdict: `too-few`, `as-sure-as-right`, `too-sure` or `not-sure-enough`.
    """

    made: int
    late: int
    waiting: int
    not_measurable: int
    judged: int
    came_true: int
    share: Estimate | None
    expected: float | None
    brier: float | None
    verdict: Literal["too-few", "as-sure-as-right", "too-sure", "not-sure-enough"]


def checked_recommendation(new: NewRecommendation, today: date) -> NewRecommendation:
    """A recommendation that can be kept.

    Raises:
        SenderError: It cannot: a text, its day, its evidence or its forecast.
    """
    if new.made > today:
        raise SenderError("The recommendation was made on a day that has not come.", code="advice-day", pointer="made")
    evidence = tuple(dict.fromkeys(checked_text("evidence", one, LONGEST_TITLE, least=1) for one in new.evidence))
    if len(evidence) > MOST_EVIDENCE:
        raise SenderError(f"Name at most {MOST_EVIDENCE} documents.", code="advice-evidence", found=str(len(evidence)))
    if new.forecast is not None:
        _check_forecast(new.forecast, new.made)
    return msgspec.structs.replace(
        new,
        title=checked_text("title", new.title.replace("\n", " "), LONGEST_TITLE, least=3),
        text=checked_text("text", new.text, LONGEST_TEXT, least=3),
        evidence=evidence,
    )


def _check_forecast(one: Forecast, made: date) -> None:
    check_measures((one.measure,), 1)
    is_share = MEASURES[one.measure].unit == "share"
    ends = (one.low, one.high)
    if (
        not all(-1e12 < end < 1e12 for end in ends)
        or one.low > one.high
        or (is_share and not 0 <= one.low <= one.high <= 1)
    ):
        raise SenderError(
            "A forecast is a range, the lower end first; of a share between 0 and 1.", code="forecast-range"
        )
    if is_share and one.low == 0 and one.high == 1:
        raise SenderError("A share between 0 and 1 always comes true: narrow the forecast.", code="forecast-range")
    if not LEAST_SURE <= one.confidence <= MOST_SURE:
        raise SenderError(
            f"Say how sure you are: {LEAST_SURE} to {MOST_SURE}.", code="forecast-confidence", found=str(one.confidence)
        )
    if not made <= one.until or not one.since <= one.until < one.look_on:
        raise SenderError(
            "The days of a forecast end after it was made, and it is looked at after they end.", code="forecast-days"
        )


def decided(known: Recommendation, decision: Decision, reason: str, who: tuple[str, datetime]) -> Recommendation:
    """A recommendation with a decision on it.

    Raises:
        SenderError: There is no such decision, no reason, the same holds already, or it was withdrawn.
    """
    if decision not in DECISIONS:
        raise SenderError(
            "There is no such decision.", code="decision", expected=", ".join(DECISIONS), found=decision[:40]
        )
    if known.state in (decision, "withdrawn"):
        raise SenderError(f"This holds already: {known.state}.", code="decision-same", found=known.state)
    words = checked_text("reason", reason, LONGEST_TEXT, least=3)
    made = Decided(decision=decision, reason=words, by=who[0], at=who[1])
    return msgspec.structs.replace(known, decisions=(*known.decisions, made))


def due_forecast(known: Recommendation, today: date) -> Forecast:
    """The forecast of a recommendation that can be looked at today.

    Raises:
        SenderError: Nothing was forecast, it was looked at already, or its day has not come.
    """
    forecast = known.forecast
    if forecast is None:
        raise SenderError("Nothing was forecast, so nothing can be looked at.", code="forecast-none")
    if known.outcome is not None:
        raise SenderError("This forecast was looked at already; what came of it stands.", code="forecast-judged")
    if today < forecast.look_on:
        raise SenderError(
            f"This forecast is looked at from {forecast.look_on} on.",
            code="forecast-early",
            expected=str(forecast.look_on),
        )
    return forecast


def judged(known: Recommendation, result: Measured, today: date, who: tuple[str, datetime]) -> Recommendation:
    """A recommendation with what came of its forecast, once and for all.

    Raises:
        SenderError: As `due_forecast`.
    """
    forecast = due_forecast(known, today)
    outcome = Outcome(
        result=result, truth=_truth(forecast, result), is_clear=_is_clear(forecast, result), by=who[0], at=who[1]
    )
    return msgspec.structs.replace(known, outcome=outcome)


def _truth(forecast: Forecast, result: Measured) -> Truth:
    if result.value is None:
        return "not-measurable"
    return "came-true" if forecast.low <= result.value <= forecast.high else "did-not"


def _is_clear(forecast: Forecast, result: Measured) -> bool | None:
    if result.value is None or result.low is None or result.high is None:
        return None
    if forecast.low <= result.value <= forecast.high:
        return forecast.low <= result.low and result.high <= forecast.high
    return result.high < forecast.low or result.low > forecast.high


def calibration_of(every: Sequence[Recommendation]) -> Calibration:
    """How well forecasts are made.

    Source: Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78, 1950.
    """
    with_forecast = [one for one in every if one.forecast is not None]
    in_time = [one for one in with_forecast if one.is_in_time]
    looked = [one for one in in_time if one.outcome is not None]
    told = [
        (one.forecast.confidence, one.outcome.truth == "came-true")
        for one in looked
        if one.forecast is not None and one.outcome is not None and one.outcome.truth != "not-measurable"
    ]
    came, number = sum(true for _, true in told), len(told)
    rate = share(came, number)
    expected = fsum(sure for sure, _ in told) / number if number else None
    verdict: Literal["too-few", "as-sure-as-right", "too-sure", "not-sure-enough"] = "too-few"
    if rate is not None and expected is not None and number >= FEW:
        verdict = (
            "too-sure" if rate.high < expected else "not-sure-enough" if rate.low > expected else "as-sure-as-right"
        )
    return Calibration(
        made=len(in_time),
        late=len(with_forecast) - len(in_time),
        waiting=len(in_time) - len(looked),
        not_measurable=len(looked) - number,
        judged=number,
        came_true=came,
        share=rate,
        expected=expected,
        brier=fsum((sure - true) ** 2 for sure, true in told) / number if number else None,
        verdict=verdict,
    )
