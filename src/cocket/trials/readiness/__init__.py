# SPDX-License-Identifier: Apache-2.0
"""A self-assessment for artificial intelligence, ledgers, devices and sharing: what is said beside what is measured.

In: answers with evidence and date, costs that the administration enters, figures that the pipeline works out. Out: how each of 24
questions stands, without a total, and a plan of steps with their order and known costs; as a page or a table.
"""

from cocket.trials.readiness.assessment import READINESS, Answer, Plan, Readiness, Standing, Step, plan_of, standings_of
from cocket.trials.readiness.export import ReadinessView, rows_of, write_page
from cocket.trials.readiness.questions import AREAS, LEVELS, QUESTIONS, SUBJECTS

__all__ = [
    "AREAS", "LEVELS", "QUESTIONS", "READINESS", "SUBJECTS", "Answer", "Plan", "Readiness", "ReadinessView", "Standing", "Step",
    "plan_of", "rows_of", "standings_of", "write_page",
]  # fmt: skip
