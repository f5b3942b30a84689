# SPDX-License-Identifier: Apache-2.0
"""The file room: papers of one consignment find each other and are held against each other.

In: readings, as they were taken in. Out: claims with link keys, linking decisions, and the dossier with its papers side
by side, cross-check findings and timeline. All of it follows from the messages alone, in whatever order they come.
Source: WCO Data Model, UCR 35B and Consignment 28A; why it links as it does is told in `docs/explanation/consignment/dossier.md`.
"""

from cocket.consignment.crosschecks import CHECKS
from cocket.consignment.declaration_day import BASES, DayBasis, DeclarationDay, Period, declaration_day, period_of
from cocket.consignment.dossier import Dossier, Entry, FiledPaper, Summary, derive, summarise
from cocket.consignment.filed import (
    Confidence,
    Correction,
    FiledClaim,
    LinkReason,
    LinkSort,
    confidence_of,
    corrected,
    groups,
    link_reasons,
    sort_of,
    standing,
    uses_in,
)
from cocket.consignment.link import Filing, Holder, LinkDecision, link
from cocket.consignment.paper import Paper, narrow, part_of
from cocket.consignment.references import (
    Claim,
    LinkKey,
    consignments_of,
    is_ending,
    keys,
    search_keys,
)
from cocket.consignment.side_by_side import Cell, Row
from cocket.consignment.uses import Use

__all__ = [
    "BASES",
    "CHECKS",
    "Cell",
    "Claim",
    "Confidence",
    "Correction",
    "DayBasis",
    "DeclarationDay",
    "Dossier",
    "Entry",
    "FiledClaim",
    "FiledPaper",
    "Filing",
    "Holder",
    "LinkDecision",
    "LinkKey",
    "LinkReason",
    "LinkSort",
    "Paper",
    "Period",
    "Row",
    "Summary",
    "Use",
    "confidence_of",
    "consignments_of",
    "corrected",
    "declaration_day",
    "derive",
    "groups",
    "is_ending",
    "keys",
    "link",
    "link_reasons",
    "narrow",
    "part_of",
    "period_of",
    "search_keys",
    "sort_of",
    "standing",
    "summarise",
    "uses_in",
]
