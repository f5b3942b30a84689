# SPDX-License-Identifier: Apache-2.0
"""Dated national tariffs: which rates apply to an item on a day, and what they come to.

In: a tariff, and what is known of an item. Out: duties line by line, each with its rate and legal act, and by name
whatever could not be computed.
Source: national tariff laws; TARIC and UK tariff measures; Japan Customs tariff schedule.
"""

from cocket.measures.tariff.book import Condition, Kind, Line, Measure, Rounding, Tariff
from cocket.measures.tariff.duty import Calculator, Duties, DutyLine, NotComputable
from cocket.measures.tariff.formula import Formula, Missing
from cocket.measures.tariff.goods import Goods, Rates
from cocket.measures.tariff.procedures import USUAL, Procedure
from cocket.measures.tariff.stake import Stake, at_stake
from cocket.measures.tariff.wording import wording

__all__ = [
    "USUAL",
    "Calculator",
    "Condition",
    "Duties",
    "DutyLine",
    "Formula",
    "Goods",
    "Kind",
    "Line",
    "Measure",
    "Missing",
    "NotComputable",
    "Procedure",
    "Rates",
    "Rounding",
    "Stake",
    "Tariff",
    "at_stake",
    "wording",
]
