# SPDX-License-Identifier: Apache-2.0
"""The examiners: assessment → lane and control order → examination → result, which is a label for learning.

In: assessed consignments in the order of the book, what each office has used of its day, a policy and a committed seed.
Out: lanes with their propensity, what to look for, results checked for contradiction, seizures as rows, counts.
Source: Revised Kyoto Convention, General Annex, chapters 3 and 6; WTO Trade Facilitation Agreement, article 7.4.
"""

from cocket.control.allocation import Allocation, Examiner, allocate, verify_allocation
from cocket.control.asking import Asked, Asking, ask
from cocket.control.counting import Hits, ResultCount, count_results, one_an_order, unamended
from cocket.control.draw import Draw, commit_seed, draw_number, verify_draw
from cocket.control.found import (
    Evidence,
    ExaminedItem,
    PackageCount,
    Quantity,
    Sample,
    SeenContainer,
    SeenGoods,
    SeenSeal,
    Seizure,
    declared_goods,
    declared_packages,
    in_unit_of,
    units_beside,
)
from cocket.control.frontier import Point, Ranked, choose_weight, frontier
from cocket.control.intelligence import (
    IntelligenceReport,
    Link,
    check_report,
    link_of,
    links_of_bill,
    links_of_declaration,
)
from cocket.control.kept import Drawing, KeptDraws, RuleDraw
from cocket.control.lapse import Waiting, lapsed
from cocket.control.offences import OFFENCES, OLD, THREATS, Offence, group_of
from cocket.control.offices import Office, OfficeBook, office_of, read_offices, write_offices
from cocket.control.orders import Task, look_for, tasks_of
from cocket.control.proving import Drawn, DrawsProof, RuleDrawn, verify_draws
from cocket.control.results import (
    Confirmed,
    ExaminationResult,
    check_result,
    confirmed,
    label_of,
    more_than,
    questions,
    taught_by,
)
from cocket.control.seizure_report import IDENTIFYING, ReportRow, report_rows
from cocket.control.selection import LANES, Candidate, ControlState, Grounds, OfficeState, Selection, select
from cocket.control.steering import ToldResult, note_results
from cocket.control.terms import Policy, PolicyBook, Terms, read_policy

__all__ = [
    "IDENTIFYING",
    "LANES",
    "OFFENCES",
    "OLD",
    "THREATS",
    "Allocation",
    "Asked",
    "Asking",
    "Candidate",
    "Confirmed",
    "ControlState",
    "Draw",
    "Drawing",
    "Drawn",
    "DrawsProof",
    "Evidence",
    "ExaminationResult",
    "ExaminedItem",
    "Examiner",
    "Grounds",
    "Hits",
    "IntelligenceReport",
    "KeptDraws",
    "Link",
    "Offence",
    "Office",
    "OfficeBook",
    "OfficeState",
    "PackageCount",
    "Point",
    "Policy",
    "PolicyBook",
    "Quantity",
    "Ranked",
    "ReportRow",
    "ResultCount",
    "RuleDraw",
    "RuleDrawn",
    "Sample",
    "SeenContainer",
    "SeenGoods",
    "SeenSeal",
    "Seizure",
    "Selection",
    "Task",
    "Terms",
    "ToldResult",
    "Waiting",
    "allocate",
    "ask",
    "check_report",
    "check_result",
    "choose_weight",
    "commit_seed",
    "confirmed",
    "count_results",
    "declared_goods",
    "declared_packages",
    "draw_number",
    "frontier",
    "group_of",
    "in_unit_of",
    "label_of",
    "lapsed",
    "link_of",
    "links_of_bill",
    "links_of_declaration",
    "look_for",
    "more_than",
    "note_results",
    "office_of",
    "one_an_order",
    "questions",
    "read_offices",
    "read_policy",
    "report_rows",
    "select",
    "tasks_of",
    "taught_by",
    "unamended",
    "units_beside",
    "verify_allocation",
    "verify_draw",
    "verify_draws",
    "write_offices",
]
