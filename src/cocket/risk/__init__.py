# SPDX-License-Identifier: Apache-2.0
"""The analysts: a consignment's facts → an assessment with reasons.

In: cases (facts of a declaration and what other rooms saw), the history of what was examined and found, a model.
Out: a score from 0 to 1, higher is worse, the rules that fired and what moved the model. Without a model the rules
speak alone, marked degraded.
Source: Revised Kyoto Convention, General Annex, chapter 6; WTO Trade Facilitation Agreement, article 7.4.
"""

from cocket.risk.assessment import Assessment, Reason, Sitting, assess, explain
from cocket.risk.facts import Case, Facts, ItemFacts, day_number, facts_of
from cocket.risk.features import FEATURES, Feature
from cocket.risk.history import Corrected, History, Outcome
from cocket.risk.indicators import INDICATORS, RULES_VERSION, Indicator
from cocket.risk.models import load_model, train
from cocket.risk.past import Past, PastCase, read_past, replay
from cocket.risk.scores import Score

__all__ = [
    "FEATURES",
    "INDICATORS",
    "RULES_VERSION",
    "Assessment",
    "Case",
    "Corrected",
    "Facts",
    "Feature",
    "History",
    "Indicator",
    "ItemFacts",
    "Outcome",
    "Past",
    "PastCase",
    "Reason",
    "Score",
    "Sitting",
    "assess",
    "day_number",
    "explain",
    "facts_of",
    "load_model",
    "read_past",
    "replay",
    "train",
]
