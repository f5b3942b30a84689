# SPDX-License-Identifier: Apache-2.0
"""The rule lab: rules that people write, tried on the past, measured, and compared with chance.

In: rules in a safe language (CEL), cases, history, results. Out: what fires, and what each rule is worth, with intervals;
the host's own rules are measured the same way.
Source: Common Expression Language; WTO Trade Facilitation Agreement, article 7.4 (selectivity criteria).
"""

from cocket.risk.estimate import Estimate
from cocket.risk.rules.figures import DEAD_DAYS, Looked, Named, RuleFigures, measure_rules
from cocket.risk.rules.language import Condition
from cocket.risk.rules.lookback import BackTest, back_test, lanes_as_rules, look_back, read_duties
from cocket.risk.rules.rule import LONGEST_DAYS, Asks, Rule, read_rules
from cocket.risk.rules.rulebook import Fired, Rulebook, sentence_places
from cocket.risk.rules.view import FUNCTIONS, ITEM_FIELDS, VARIABLES, Seen

__all__ = [
    "DEAD_DAYS",
    "FUNCTIONS",
    "ITEM_FIELDS",
    "LONGEST_DAYS",
    "VARIABLES",
    "Asks",
    "BackTest",
    "Condition",
    "Estimate",
    "Fired",
    "Looked",
    "Named",
    "Rule",
    "RuleFigures",
    "Rulebook",
    "Seen",
    "back_test",
    "lanes_as_rules",
    "look_back",
    "measure_rules",
    "read_duties",
    "read_rules",
    "sentence_places",
]
