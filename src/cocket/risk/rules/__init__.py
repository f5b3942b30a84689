# SPDX-License-Identifier: Apache-2.0
"""The rule lab: rules that people write, tried on the past, measured, and compared with chance.

In: rules in a safe language (CEL), cases, history, results. Out: what fires, and what each rule is worth, with intervals;
the host's own rules are measured the same way.
Source: Common Expression Language; WTO Trade Facilitation Agreement, article 7.4 (selectivity criteria).
"""

from cocket.risk.estimate import Estimate
from cocket.risk.rules.figures import DEAD_DAYS, Looked, Named, RuleFigures, measure_rules
from cocket.risk.rules.hints import RESERVED, Hint, bind, hints_in_text
from cocket.risk.rules.language import Condition
from cocket.risk.rules.lookback import BackTest, back_test, lanes_as_rules, look_back, read_duties, try_rule
from cocket.risk.rules.rule import LONGEST_DAYS, Asks, Rule, read_rules
from cocket.risk.rules.rulebook import Fired, Rulebook, sentence_places
from cocket.risk.rules.sentences import (
    COMPARISONS,
    FIELDS,
    VALUELESS,
    Form,
    Line,
    problems_of,
    read_form,
    values_of,
    write_cel,
)
from cocket.risk.rules.syntax import UnreadableError
from cocket.risk.rules.view import FUNCTIONS, ITEM_FIELDS, VARIABLES, Seen

__all__ = [
    "COMPARISONS",
    "DEAD_DAYS",
    "FIELDS",
    "FUNCTIONS",
    "ITEM_FIELDS",
    "LONGEST_DAYS",
    "RESERVED",
    "VALUELESS",
    "VARIABLES",
    "Asks",
    "BackTest",
    "Condition",
    "Estimate",
    "Fired",
    "Form",
    "Hint",
    "Line",
    "Looked",
    "Named",
    "Rule",
    "RuleFigures",
    "Rulebook",
    "Seen",
    "UnreadableError",
    "back_test",
    "bind",
    "hints_in_text",
    "lanes_as_rules",
    "look_back",
    "measure_rules",
    "problems_of",
    "read_duties",
    "read_form",
    "read_rules",
    "sentence_places",
    "try_rule",
    "values_of",
    "write_cel",
]
