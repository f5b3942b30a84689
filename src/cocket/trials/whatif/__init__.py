# SPDX-License-Identifier: Apache-2.0
"""Another way of choosing, tried on the past: what it would have examined and found, as far as the past can tell.

In: logged cases with the chance of examination, and another policy. Out: lanes run again, estimates with intervals, a frontier.
Source: Horvitz and Thompson, JASA 47, 1952; Dudík, Langford and Li, ICML 2011 (doubly robust); Wang, Agarwal and Dudík, ICML 2017.
"""

from cocket.trials.whatif.estimates import (
    LEAST_EFFECTIVE,
    Logged,
    Said,
    Told,
    TooLittleError,
    estimate,
    less,
)
from cocket.trials.whatif.lanes import Changes, Past, Placed, replay
from cocket.trials.whatif.limits import SENTENCES, Limit
from cocket.trials.whatif.question import Question, Scanners, change_of, question_of, read_question

__all__ = [
    "LEAST_EFFECTIVE",
    "SENTENCES",
    "Changes",
    "Limit",
    "Logged",
    "Past",
    "Placed",
    "Question",
    "Said",
    "Scanners",
    "Told",
    "TooLittleError",
    "change_of",
    "estimate",
    "less",
    "question_of",
    "read_question",
    "replay",
]
