# SPDX-License-Identifier: Apache-2.0
"""Why a lane was advised: a card in words and numbers, in every language there is a catalogue for.

In: an advice as it was sealed, the model that made it, past cases with their results. Out: a card for an officer, an
analyst, or, where policy allows, a trader.
Source: WTO Trade Facilitation Agreement, article 7.4; Lundberg et al., Nature Machine Intelligence 2, 2020.
"""

from cocket.risk.reasons.card import Audience, Line, ReasonsCard, Sealed, make_card
from cocket.risk.reasons.similar import PastResult, Similar, SimilarCases
from cocket.risk.reasons.words import LANGUAGES, Language, say

__all__ = [
    "LANGUAGES",
    "Audience",
    "Language",
    "Line",
    "PastResult",
    "ReasonsCard",
    "Sealed",
    "Similar",
    "SimilarCases",
    "make_card",
    "say",
]
