# SPDX-License-Identifier: Apache-2.0
"""A value indicator, never a value: how a declared value stands among others, what to ask, and the doubt's lawful life.

In: declared values, rates by date, forms of value declaration. Out: nothing unusual, a question with its grounds and
papers, a guarantee to release against, or that nothing can be said; steps of a doubt, in order.
Source: WTO Valuation Agreement; Decision 6.1 of its committee; WCO guidelines on national valuation databases.
"""

from cocket.measures.valuation.additions import Particulars, further_questions, particulars
from cocket.measures.valuation.comparison import Comparisons, ComparisonSet, Practice, weaknesses
from cocket.measures.valuation.declared import DeclaredValue
from cocket.measures.valuation.doubt import (
    Answered,
    AppealDecided,
    Appealed,
    Asked,
    Closed,
    Decided,
    Doubt,
    GroundsTold,
    Guaranteed,
    GuaranteeEnded,
    Proposed,
    SentBack,
    State,
    Step,
    Valued,
    due,
    held,
    state_of,
)
from cocket.measures.valuation.guarantee import Guarantee, guarantee_for
from cocket.measures.valuation.indicator import Indication, indicate, indicate_all, inquiry_of, points_of
from cocket.measures.valuation.inquiry import PAPERS, Inquiry
from cocket.measures.valuation.items import values_of
from cocket.measures.valuation.order import DoubtOrderError, kind_of, open_steps, take

__all__ = [
    "PAPERS",
    "Answered",
    "AppealDecided",
    "Appealed",
    "Asked",
    "Closed",
    "ComparisonSet",
    "Comparisons",
    "Decided",
    "DeclaredValue",
    "Doubt",
    "DoubtOrderError",
    "GroundsTold",
    "Guarantee",
    "GuaranteeEnded",
    "Guaranteed",
    "Indication",
    "Inquiry",
    "Particulars",
    "Practice",
    "Proposed",
    "SentBack",
    "State",
    "Step",
    "Valued",
    "due",
    "further_questions",
    "guarantee_for",
    "held",
    "indicate",
    "indicate_all",
    "inquiry_of",
    "kind_of",
    "open_steps",
    "particulars",
    "points_of",
    "state_of",
    "take",
    "values_of",
    "weaknesses",
]
