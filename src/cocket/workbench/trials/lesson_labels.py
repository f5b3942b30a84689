# SPDX-License-Identifier: Apache-2.0
"""What the pages of readiness, use cases and recommendations call things."""

from __future__ import annotations

from typing import Final

from cocket.trials.lessons.card import TEXTS
from cocket.trials.lessons.measures import LABELS, MEASURES
from cocket.trials.lessons.year import DECISION_WORDS, STATUS_WORDS, TRUTH_WORDS, VERDICT_WORDS
from cocket.trials.readiness.export import WHY_WORDS
from cocket.trials.readiness.questions import AREAS, LEVELS, QUESTIONS, SUBJECTS
from cocket.workbench.base.labels import _

STATUSES: Final = STATUS_WORDS
TRUTHS: Final = TRUTH_WORDS
VERDICTS: Final = VERDICT_WORDS
DECISIONS: Final = DECISION_WORDS
WHYS: Final = WHY_WORDS

#: Decisions that can be made.
TO_DECIDE: Final = {name: text for name, text in DECISION_WORDS.items() if name != "open"}

#: Level → the level in words, with its number.
LEVEL_OPTIONS: Final = {str(level): text for level, text in enumerate(LEVELS)}

#: Measures as options.
MEASURE_OPTIONS: Final = LABELS

#: Texts of a use case, with what is to be written there.
FIELDS: Final[dict[str, tuple[str, str]]] = {
    "problem": (_("Problem"), _("What it is to solve.")),
    "data": (_("Data"), _("On which data it works.")),
    "method": (_("Method"), _("How it works, in plain words.")),
    "lesson": (_("Lesson"), _("What was learned.")),
    "recommendation": (_("Recommendation"), _("What you advise others to do.")),
    "failed": (_("What did not work"), _("Needed where the use was stopped.")),
    "risk": (_("Risk"), _("What may go wrong.")),
}

#: Questions in their order, by id.
BY_ID: Final = {one.id: one for one in QUESTIONS}

__all__ = [
    "AREAS", "BY_ID", "DECISIONS", "FIELDS", "LEVELS", "LEVEL_OPTIONS", "MEASURES", "MEASURE_OPTIONS", "QUESTIONS", "STATUSES", "SUBJECTS",
    "TEXTS", "TO_DECIDE", "TRUTHS", "VERDICTS", "WHYS",
]  # fmt: skip
