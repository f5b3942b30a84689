# SPDX-License-Identifier: Apache-2.0
"""Which HS subheadings a description of goods speaks for, what speaks for them, and what to ask.

In: a description of goods, and examples of descriptions with their codes. Out: subheadings in order, each with the
nearest examples; the question that would decide between the first two; whether a declared code fits the words.
Source: WCO Harmonized System, General Rules for the Interpretation, rules 1 and 6.
"""

from cocket.risk.classify.classifier import Classifier, Evidence, Suggestion
from cocket.risk.classify.deciding import Fit, Question, fit_of, question_between
from cocket.risk.classify.encoder import Encoder, read_encoder
from cocket.risk.classify.examples import Example, builtin_examples, read_examples

__all__ = [
    "Classifier",
    "Encoder",
    "Evidence",
    "Example",
    "Fit",
    "Question",
    "Suggestion",
    "builtin_examples",
    "fit_of",
    "question_between",
    "read_encoder",
    "read_examples",
]
