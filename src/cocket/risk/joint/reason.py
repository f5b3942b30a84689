# SPDX-License-Identifier: Apache-2.0
"""What an officer is told where a table of partners moved a score."""

from __future__ import annotations

import math
from typing import Final

from cocket.risk.assessment import Reason
from cocket.risk.joint.weigh import log_odds

#: Code of the reason.
PARTNER_EVIDENCE: Final = "partner-evidence"


def partner_evidence(who: str, cell: tuple[str, str], lift: float, scores: tuple[float, float]) -> Reason:
    """Random examinations of {who} found something in goods of chapter {chapter} from {origin} at {times} times the usual odds: the score of {before} % was counted as {after} %.

    How far that is taken was measured on the random draw of this administration, and two persons turned it on.

    Args:
        who: Whose examinations they were, in words or by countries.
        cell: Chapter and origin.
        lift: What the table tells of them (ln of the odds).
        scores: Before and after (0–1).

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (selectivity criteria); Revised Kyoto Convention, General Annex, standard 6.7.
    """  # noqa: E501 - the first paragraph is one sentence, and its own key
    before, after = scores
    return Reason(
        code=PARTNER_EVIDENCE,
        message=_first_paragraph(partner_evidence.__doc__),
        arguments={
            "who": who,
            "chapter": cell[0] or "–",
            "origin": cell[1] or "–",
            "times": f"{math.exp(lift):.1f}",
            "before": f"{100 * before:.1f}",
            "after": f"{100 * after:.1f}",
        },
        weight=log_odds(after) - log_odds(before),
        source="WTO Trade Facilitation Agreement, article 7.4.4",
    )


def _first_paragraph(doc: str | None) -> str:
    return " ".join((doc or "").split("\n\n", 1)[0].split()).removesuffix(".")
