# SPDX-License-Identifier: Apache-2.0
"""The bodies by which readiness is answered, use cases are written, and recommendations are made and decided on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cocket.trials.lessons.card import LONGEST_TEXT, LONGEST_TITLE, MOST_MEASURES, Cost, NewCard
from cocket.trials.lessons.recommendations import MOST_EVIDENCE, Forecast, NewRecommendation

Title = Annotated[str, Field(max_length=LONGEST_TITLE)]
Words = Annotated[str, Field(max_length=LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE)]
Level = Annotated[int, Field(ge=0, le=4)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$", description="A decimal number as text.")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CostBody(_Body):
    """What something costs: a range, its currency, and from where that is known."""

    low: Amount
    high: Amount
    currency: Currency
    basis: Title = ""

    def cost(self) -> Cost:
        """The cost that it describes."""
        return Cost(low=Decimal(self.low), high=Decimal(self.high), currency=self.currency, basis=self.basis)


class StepCostBody(_Body):
    """What a step costs; null where that is not known any more."""

    cost: CostBody | None


class ReadinessAnswerBody(_Body):
    """An answer: a level, what it rests on, and the day on which that was seen (today if none is named)."""

    level: Level
    evidence: Words = ""
    on: Annotated[date, Field(strict=False)] | None = None


class UseCaseBody(_Body):
    """A use case without figures: these are measured when it is kept."""

    title: Title
    problem: Words
    data: Words
    method: Words
    lesson: Words
    recommendation: Words
    failed: Words = ""
    risk: Words = ""
    status: Literal["planned", "pilot", "in-use", "stopped"] = "pilot"
    begins: Annotated[date, Field(strict=False)]
    ends: Annotated[date, Field(strict=False)] | None = None
    measures: list[Name] = Field(max_length=MOST_MEASURES)
    cost: CostBody | None = None
    decided_by: Title = ""
    trial: Title = ""

    def card(self) -> NewCard:
        """The card that it describes."""
        fields = self.model_dump(exclude={"measures", "cost"})
        cost = self.cost.cost() if self.cost is not None else None
        return NewCard(**fields, measures=tuple(self.measures), cost=cost)


class LessonReasonBody(_Body):
    """Why something is to be given to the outside."""

    reason: Annotated[str, Field(min_length=1, max_length=400)]


class ForecastBody(_Body):
    """What will be measured: a measure, a range, how sure one is, the days, and the day on which it is looked at."""

    measure: Name
    low: Annotated[float, Field(allow_inf_nan=False)]
    high: Annotated[float, Field(allow_inf_nan=False)]
    confidence: Annotated[float, Field(allow_inf_nan=False)]
    since: Annotated[date, Field(strict=False)]
    until: Annotated[date, Field(strict=False)]
    look_on: Annotated[date, Field(strict=False)]


class RecommendationBody(_Body):
    """A recommendation, what it rests on, the day on which it was made, and its forecast."""

    title: Title
    text: Words
    evidence: list[Name] = Field([], max_length=MOST_EVIDENCE)
    made: Annotated[date, Field(strict=False)]
    forecast: ForecastBody | None = None

    def recommendation(self) -> NewRecommendation:
        """The recommendation that it describes."""
        forecast = Forecast(**self.forecast.model_dump()) if self.forecast is not None else None
        return NewRecommendation(
            title=self.title, text=self.text, evidence=tuple(self.evidence), made=self.made, forecast=forecast
        )


class DecisionBody(_Body):
    """A decision on a recommendation, and why."""

    decision: Literal["accepted", "declined", "withdrawn"]
    reason: Words


#: Every body of this file.
LESSON_BODIES = (
    CostBody, StepCostBody, ReadinessAnswerBody, UseCaseBody, LessonReasonBody, ForecastBody, RecommendationBody, DecisionBody,
)  # fmt: skip
