# SPDX-License-Identifier: Apache-2.0
"""Rules on what the goods are said to be worth."""

from __future__ import annotations

import math

from cocket.risk.facts import Case
from cocket.risk.features import Measurements
from cocket.risk.indicators.rule import Arguments

#: Under 65 % of what peers declare, and further out than they themselves scatter.
_GAP, _POSITION = math.log(0.65), -2.0


def value_under_peers(case: Case, measured: Measurements) -> Arguments | None:
    """Value per kg of item {item} is {percent} % under what others declare for such goods.

    Others are recent declarations of the same HS subheading and origin, or of the subheading alone where few are
    known. A doubt about value is a reason to ask, not a finding.

    Source: WTO Committee on Customs Valuation, Decision 6.1 (reasons to doubt the truth or accuracy of a declared
    value); Agreement on Customs Valuation, article 17.
    """
    gap, position = measured["price_gap"], measured["price_position"]
    if gap is None or position is None or gap > _GAP or position > _POSITION:
        return None
    return {"item": measured.item("price_gap"), "percent": f"{100 * (1 - math.exp(gap)):.0f}"}
