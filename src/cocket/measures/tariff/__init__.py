# SPDX-License-Identifier: Apache-2.0
"""Dated national tariffs: which rates apply to an item on a day, and what they come to.

In: a tariff, and what is known of an item. Out: duties line by line, each with its rate and legal act, and by name
whatever could not be computed.
Source: national tariff laws; TARIC and UK tariff measures; Japan Customs tariff schedule.
"""

from cocket.measures.tariff.asking import Asked, answer, no_answer, read_declaration, read_question
from cocket.measures.tariff.batch import Batch
from cocket.measures.tariff.book import Condition, Line, Measure, Tariff
from cocket.measures.tariff.charges import Charge, graph_of
from cocket.measures.tariff.checking import check_tariff
from cocket.measures.tariff.declared import Compared, compare, goods_of, recompute, states_duties
from cocket.measures.tariff.duty import Calculator, Duties, DutyLine, NotComputable, OpenCase
from cocket.measures.tariff.duty_words import DUTY_NAMES, DutyWords, drawn
from cocket.measures.tariff.files import read_rates, read_tariff, write_tariff
from cocket.measures.tariff.formula import Formula, Missing
from cocket.measures.tariff.goods import Assumption, Goods, Rates
from cocket.measures.tariff.kinds import Kind, Rounding
from cocket.measures.tariff.loading import Loaded, load_tariff
from cocket.measures.tariff.national import (
    charges_in,
    countries,
    national,
    read_charges,
    with_national,
    write_charges,
)
from cocket.measures.tariff.notation import read_rate
from cocket.measures.tariff.picture import Picture, definition_words, mermaid, picture_of, svg
from cocket.measures.tariff.procedures import USUAL, Procedure, Relief
from cocket.measures.tariff.stake import Stake, at_stake
from cocket.measures.tariff.wording import wording

__all__ = [
    "DUTY_NAMES",
    "USUAL",
    "Asked",
    "Assumption",
    "Batch",
    "Calculator",
    "Charge",
    "Compared",
    "Condition",
    "Duties",
    "DutyLine",
    "DutyWords",
    "Formula",
    "Goods",
    "Kind",
    "Line",
    "Loaded",
    "Measure",
    "Missing",
    "NotComputable",
    "OpenCase",
    "Picture",
    "Procedure",
    "Rates",
    "Relief",
    "Rounding",
    "Stake",
    "Tariff",
    "answer",
    "at_stake",
    "charges_in",
    "check_tariff",
    "compare",
    "countries",
    "definition_words",
    "drawn",
    "goods_of",
    "graph_of",
    "load_tariff",
    "mermaid",
    "national",
    "no_answer",
    "picture_of",
    "read_charges",
    "read_declaration",
    "read_question",
    "read_rate",
    "read_rates",
    "read_tariff",
    "recompute",
    "states_duties",
    "svg",
    "with_national",
    "wording",
    "write_charges",
    "write_tariff",
]
