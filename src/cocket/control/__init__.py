# SPDX-License-Identifier: Apache-2.0
"""The examiners: assessment → lane and control order → examination → result, which is a label for learning.

In: assessed consignments in the order of the book, what each office has used of its day, a policy and a committed seed.
Out: lanes with their propensity, orders that say what to look for, results checked for contradiction.
Source: Revised Kyoto Convention, General Annex, chapters 3 and 6; WTO Trade Facilitation Agreement, article 7.4.
"""

from cocket.control.draw import Draw, commit_seed, draw_number, verify_draw
from cocket.control.orders import ControlOrder, Task, order
from cocket.control.results import Correction, ExaminationResult, check_result, label_of
from cocket.control.selection import LANES, Candidate, ControlState, OfficeState, Policy, Selection, select

__all__ = [
    "LANES",
    "Candidate",
    "ControlOrder",
    "ControlState",
    "Correction",
    "Draw",
    "ExaminationResult",
    "OfficeState",
    "Policy",
    "Selection",
    "Task",
    "check_result",
    "commit_seed",
    "draw_number",
    "label_of",
    "order",
    "select",
    "verify_draw",
]
