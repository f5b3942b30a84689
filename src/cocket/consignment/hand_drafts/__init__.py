# SPDX-License-Identifier: Apache-2.0
"""A declaration that a person fills in by hand, from nothing or from an invoice, until it is lodged.

In: what was typed, or an invoice. Out: a draft, what was assumed or left out of it, and the declaration that it says. A draft
keeps every text as it was typed, so that nothing is lost that cannot be read yet.
Source: WCO Data Model 3.6, Declaration (42A); EN 16931-1 for invoices; WTO Valuation Agreement, Articles 1 and 8.
"""

from cocket.consignment.hand_drafts.checks import check_draft
from cocket.consignment.hand_drafts.declared import declaration_of, field_of
from cocket.consignment.hand_drafts.draft import (
    CHARGES,
    MOST_LINES,
    Draft,
    DraftCharge,
    DraftDocument,
    DraftLine,
    DraftParty,
    DraftSource,
    SourceSum,
    read_number,
    typed_number,
)
from cocket.consignment.hand_drafts.invoiced import draft_of_invoice

__all__ = [
    "CHARGES",
    "MOST_LINES",
    "Draft",
    "DraftCharge",
    "DraftDocument",
    "DraftLine",
    "DraftParty",
    "DraftSource",
    "SourceSum",
    "check_draft",
    "declaration_of",
    "draft_of_invoice",
    "field_of",
    "read_number",
    "typed_number",
]
