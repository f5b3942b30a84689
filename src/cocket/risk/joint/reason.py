# SPDX-License-Identifier: Apache-2.0
"""What an officer is told where a table of partners moved a score."""

from __future__ import annotations

import math
from typing import Final

from cocket.risk.assessment import Reason
from cocket.risk.joint.weigh import log_odds

#: Code of the reason.
PARTNER_EVIDENCE: Final = "partner-evidence"


def partner_evidence(
    who: str, cell: tuple[str, str], counts: tuple[int, int], lift: float, scores: tuple[float, float]
) -> Reason:
    """Random examinations of {who} found something in {found} of {examined} consignments of chapter {chapter} from {origin}, which beside the rest of its table is {times} times the usual odds: the score of {before} % was counted as {after} %.

    How far that is taken was measured on the random draw of this administration, and two persons turned it on. Few examinations are
    held towards what was found in the chapter and from the origin, so that the odds are not those of the two counts alone.

    Args:
        who: Whose examinations they were, in words or by countries.
        cell: Chapter and origin, which the table has.
        counts: Consignments of them that were examined, and in how many something was found (count).
        lift: What the table tells of them (ln of the odds).
        scores: Before and after (0–1).

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (selectivity criteria); Revised Kyoto Convention, General Annex, standard 6.7.
    """  # noqa: E501 - the first paragraph is one sentence, and its own key
    more = {"examined": str(counts[0]), "found": str(counts[1])}
    return _reason(partner_evidence.__doc__, _arguments(who, cell, lift, scores) | more, scores)


def estimated_evidence(who: str, cell: tuple[str, str], lift: float, scores: tuple[float, float]) -> Reason:
    """Random examinations of {who} tell nothing of chapter {chapter} from {origin} together: from what they found in the chapter and from the origin apart, {times} times the usual odds are estimated, and the score of {before} % was counted as {after} %.

    How far that is taken was measured on the random draw of this administration, and two persons turned it on.

    Args:
        who: Whose examinations they were, in words or by countries.
        cell: Chapter and origin, of which the table has no count.
        lift: What is estimated of them (ln of the odds).
        scores: Before and after (0–1).

    Source: WTO Trade Facilitation Agreement, article 7.4.4 (selectivity criteria); Revised Kyoto Convention, General Annex, standard 6.7.
    """  # noqa: E501 - the first paragraph is one sentence, and its own key
    return _reason(estimated_evidence.__doc__, _arguments(who, cell, lift, scores), scores)


def _arguments(who: str, cell: tuple[str, str], lift: float, scores: tuple[float, float]) -> dict[str, str]:
    return {
        "who": who,
        "chapter": cell[0] or "–",
        "origin": cell[1] or "–",
        "times": f"{math.exp(lift):.1f}",
        "before": f"{100 * scores[0]:.1f}",
        "after": f"{100 * scores[1]:.1f}",
    }


def _reason(doc: str | None, arguments: dict[str, str], scores: tuple[float, float]) -> Reason:
    return Reason(
        code=PARTNER_EVIDENCE,
        message=_first_paragraph(doc),
        arguments=arguments,
        weight=log_odds(scores[1]) - log_odds(scores[0]),
        source="WTO Trade Facilitation Agreement, article 7.4.4",
    )


def _first_paragraph(doc: str | None) -> str:
    return " ".join((doc or "").split("\n\n", 1)[0].split()).removesuffix(".")
