# SPDX-License-Identifier: Apache-2.0
"""The analysts: a consignment's facts → an assessment with reasons.

In: cases (facts of a declaration and what other rooms saw), the history of what was examined and found, a model.
Out: a score from 0 to 1, higher is worse, the rules that fired and what moved the model. Without a model the rules
speak alone, marked degraded.
Source: Revised Kyoto Convention, General Annex, chapter 6; WTO Trade Facilitation Agreement, article 7.4.
"""

from cocket.risk.assessment import Assessment, Reason, assess, explain
from cocket.risk.facts import Case, Facts, ItemFacts, day_number, facts_of
from cocket.risk.features import FEATURES, Feature, compute
from cocket.risk.history import History, Outcome
from cocket.risk.indicators import INDICATORS, RULES_VERSION, Indicator
from cocket.risk.models import Card, Model, ModelFile, train
from cocket.risk.past import Past, PastCase, Replay, read_past, replay

__all__ = [
    "FEATURES",
    "INDICATORS",
    "RULES_VERSION",
    "Assessment",
    "Card",
    "Case",
    "Facts",
    "Feature",
    "History",
    "Indicator",
    "ItemFacts",
    "Model",
    "ModelFile",
    "Outcome",
    "Past",
    "PastCase",
    "Reason",
    "Replay",
    "assess",
    "compute",
    "day_number",
    "explain",
    "facts_of",
    "read_past",
    "replay",
    "train",
]
