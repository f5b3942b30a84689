# SPDX-License-Identifier: Apache-2.0
"""The customs value of goods, built from the price that was paid: never from the prices of others.

In: invoice lines, terms of delivery, costs, additions and deductions, rates by date. Out: a value for each line, step by
step with its article, or by name what must be stated first.
Source: WTO Valuation Agreement, articles 1, 8 and 9; Incoterms 2010 and 2020.
"""

from cocket.measures.customs_value.building import (
    BuiltValue,
    PricedLine,
    ValuedItem,
    ValueQuestion,
    ValueStep,
    build_values,
    question_of,
    valued_items,
)

__all__ = [
    "BuiltValue",
    "PricedLine",
    "ValueQuestion",
    "ValueStep",
    "ValuedItem",
    "build_values",
    "question_of",
    "valued_items",
]
