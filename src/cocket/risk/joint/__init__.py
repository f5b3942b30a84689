# SPDX-License-Identifier: Apache-2.0
"""Partners learn from each other's examinations without seeing them: evidence tables, model cards, and whether they help here.

In: our own consignments drawn at random with what was found, and a table of counts from a partner or of several together. Out: our own
table and card to be given, what a table adds to the log-odds of a score, and a paired test of it on our own random draw.
"""

from cocket.risk.joint.again import GivenCounts, card_beside, give_counts, readable_cells
from cocket.risk.joint.compare import Comparison, Shares, compare
from cocket.risk.joint.reason import PARTNER_EVIDENCE, estimated_evidence, partner_evidence
from cocket.risk.joint.table import Cell, EvidenceTable, JointCard, ModelFigures, RandomCase, card_of, table_of
from cocket.risk.joint.weigh import Lifts, Pull, adjust, lifts_of, pull_of, raised

__all__ = [
    "PARTNER_EVIDENCE",
    "Cell",
    "Comparison",
    "EvidenceTable",
    "GivenCounts",
    "JointCard",
    "Lifts",
    "ModelFigures",
    "Pull",
    "RandomCase",
    "Shares",
    "adjust",
    "card_beside",
    "card_of",
    "compare",
    "estimated_evidence",
    "give_counts",
    "lifts_of",
    "partner_evidence",
    "pull_of",
    "raised",
    "readable_cells",
    "table_of",
]  # fmt: skip
