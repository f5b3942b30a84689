# SPDX-License-Identifier: Apache-2.0
"""What was learned: use cases as cards, recommendations with forecasts that can be checked, and the report of a year.

In: what people write, and figures of the fixed list of measures that the pipeline works out from what the house holds. Out: cards and
recommendations that can be kept, what came of forecasts and how well they are made, the report of a year, and shared cards.
"""

from cocket.trials.lessons.card import Card, Cost, NewCard, checked_card, checked_cost
from cocket.trials.lessons.measures import MEASURES, Measured, Span, masked
from cocket.trials.lessons.recommendations import NewRecommendation, Recommendation, calibration_of, decided, judged
from cocket.trials.lessons.sharing import CardFile, TakenCard, read_file, shared_card, write_file
from cocket.trials.lessons.year import YearReport, year_report

__all__ = [
    "MEASURES", "Card", "CardFile", "Cost", "Measured", "NewCard", "NewRecommendation", "Recommendation", "Span", "TakenCard",
    "YearReport", "calibration_of", "checked_card", "checked_cost", "decided", "judged", "masked", "read_file", "shared_card",
    "write_file", "year_report",
]  # fmt: skip
