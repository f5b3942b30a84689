# SPDX-License-Identifier: Apache-2.0
"""The file room: papers of one consignment find each other and are held against each other.

In: readings, as they were taken in. Out: claims with link keys, linking decisions, and the dossier with its papers side
by side, cross-check findings and timeline. All of it follows from the messages alone, in whatever order they come.
Source: WCO Data Model, UCR 35B and Consignment 28A; why it links as it does is told in `docs/explanation/consignment/dossier.md`.
"""

from cocket.consignment.crosschecks import CHECKS
from cocket.consignment.declaration_day import BASES, DayBasis, DeclarationDay, Period, declaration_day, period_of
from cocket.consignment.dossier import Dossier, Entry, FiledPaper, Summary, derive, summarise
from cocket.consignment.link import Holder, LinkDecision, link
from cocket.consignment.paper import Paper, narrow, part_of
from cocket.consignment.references import (
    Claim,
    LinkKey,
    consignments_of,
    is_ending,
    keys,
    search_keys,
)
from cocket.consignment.sides import Cell, Row

__all__ = [
    "BASES",
    "CHECKS",
    "Cell",
    "Claim",
    "DayBasis",
    "DeclarationDay",
    "Dossier",
    "Entry",
    "FiledPaper",
    "Holder",
    "LinkDecision",
    "LinkKey",
    "Paper",
    "Period",
    "Row",
    "Summary",
    "consignments_of",
    "declaration_day",
    "derive",
    "is_ending",
    "keys",
    "link",
    "narrow",
    "part_of",
    "period_of",
    "search_keys",
    "summarise",
]
