# SPDX-License-Identifier: Apache-2.0
"""Administration to administration: a partner's records of a trade held against ours, shipment by shipment and month by month.

In: records of both sides, each made of a declaration. Out: which of them are one shipment, with reasons and a confidence; where they
differ; what has no counterpart though it should have one by now; and the asymmetry of a month.
Source: UN, International Merchandise Trade Statistics 2010, 9 and Compilers Manual, 16 and 17 (mirror statistics); WCO Data Model, UCR.
"""

from cocket.mirror.asymmetry import Asymmetry, Cell, asymmetry_of
from cocket.mirror.differences import CODES, TELLS_OF, Compared, Difference, Exchange, differences_of
from cocket.mirror.matching import BASES, Lone, Match, Matched, Windows, leaving_days, match
from cocket.mirror.records import TradeLine, TradeRecord, blocks_of, named_alike, record_of

__all__ = [
    "BASES",
    "CODES",
    "TELLS_OF",
    "Asymmetry",
    "Cell",
    "Compared",
    "Difference",
    "Exchange",
    "Lone",
    "Match",
    "Matched",
    "TradeLine",
    "TradeRecord",
    "Windows",
    "asymmetry_of",
    "blocks_of",
    "differences_of",
    "leaving_days",
    "match",
    "named_alike",
    "record_of",
]
