# SPDX-License-Identifier: Apache-2.0
"""Cards, figures and recommendations for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cocket.trials.lessons.card import Card, Cost, NewCard
from cocket.trials.lessons.measures import Measured
from cocket.trials.lessons.recommendations import Forecast, NewRecommendation, Recommendation

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
TODAY = date(2026, 12, 1)


def new_card(**instead: Any) -> NewCard:
    """A card as it is written."""
    given = {
        "title": "Chance beside rules",
        "problem": "No one knew what the rules miss.",
        "data": "Declarations of imports, and results.",
        "method": "Two of a hundred examinations are drawn by chance.",
        "lesson": "Officers accept it once they see the draw.",
        "recommendation": "Begin with two of a hundred.",
        "begins": date(2026, 1, 1),
        "measures": ("random-hit-rate", "finds"),
    }
    return NewCard(**(given | instead))


def measured(measure: str = "finds", **instead: Any) -> Measured:
    """A figure."""
    given: dict[str, Any] = {"since": date(2026, 1, 1), "until": date(2026, 11, 19), "at": AT, "value": 40.0}
    return Measured(measure=measure, **(given | instead))


def card(*results: Measured, **instead: Any) -> Card:
    """A card as it is kept."""
    new = new_card(measures=tuple(one.measure for one in results) or ("finds",), **instead)
    fields = {name: getattr(new, name) for name in NewCard.__struct_fields__}
    return Card(**fields, id="card-1", revision=2, results=results or (measured(),), by="sione", at=AT)


def cost(low: str = "100", high: str = "200", currency: str = "EUR") -> Cost:
    """A cost."""
    return Cost(low=Decimal(low), high=Decimal(high), currency=currency)


def forecast(**instead: Any) -> Forecast:
    """A forecast of a share."""
    given: dict[str, Any] = {
        "measure": "random-hit-rate",
        "low": 0.04,
        "high": 0.08,
        "confidence": 0.8,
        "since": date(2026, 6, 1),
        "until": date(2026, 8, 31),
        "look_on": date(2026, 9, 1),
    }
    return Forecast(**(given | instead))


def new_recommendation(**instead: Any) -> NewRecommendation:
    """A recommendation as it is made."""
    given: dict[str, Any] = {
        "title": "Draw three of a hundred",
        "text": "Two are too few to see a change within a quarter.",
        "made": date(2026, 5, 20),
        "forecast": forecast(),
    }
    return NewRecommendation(**(given | instead))


def recommendation(at: datetime = datetime(2026, 5, 20, 9, tzinfo=UTC), **instead: Any) -> Recommendation:
    """A recommendation as it is kept, recorded in time."""
    new = new_recommendation(**instead)
    fields = {name: getattr(new, name) for name in NewRecommendation.__struct_fields__}
    return Recommendation(**fields, id="advice-1", by="anna", at=at)
