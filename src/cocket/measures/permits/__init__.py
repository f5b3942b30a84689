# SPDX-License-Identifier: Apache-2.0
"""Permits (LPCO): which goods need which, which were presented, and what is written off them.

In: items of a declaration, a permit matrix as data, permits as their agencies gave them. Out: a verdict for each item
and requirement with its findings, the colour of each agency, and what a declaration takes off permits.
Source: WCO Data Model 3.x, LPCO: AdditionalDocument 02A, LPCOExemptionCode 360, WriteOff 22C.
"""

from cocket.measures.permits.colour import Colour, Coloured, Hold, colour_of, colours, worst
from cocket.measures.permits.item import Item, Paper, items_of
from cocket.measures.permits.match import ItemVerdicts, Matching, Verdict, match
from cocket.measures.permits.matrix import Matrix, Need, Requirement, check_matrix, matrix_of, required
from cocket.measures.permits.permit import (
    Permit,
    PermitName,
    Status,
    Taken,
    check_permit,
    number_key,
    overlapping,
    permits_of,
)
from cocket.measures.permits.present import Presentation, Presented, numbers_of, present
from cocket.measures.permits.reading import Form, form_of, read_matrix, read_permits
from cocket.measures.permits.scope import Scope, Within, within
from cocket.measures.permits.write_off import Claim, Draw, Settled, Standing, Use, settle, without

__all__ = [
    "Claim",
    "Colour",
    "Coloured",
    "Draw",
    "Form",
    "Hold",
    "Item",
    "ItemVerdicts",
    "Matching",
    "Matrix",
    "Need",
    "Paper",
    "Permit",
    "PermitName",
    "Presentation",
    "Presented",
    "Requirement",
    "Scope",
    "Settled",
    "Standing",
    "Status",
    "Taken",
    "Use",
    "Verdict",
    "Within",
    "check_matrix",
    "check_permit",
    "colour_of",
    "colours",
    "form_of",
    "items_of",
    "match",
    "matrix_of",
    "number_key",
    "numbers_of",
    "overlapping",
    "permits_of",
    "present",
    "read_matrix",
    "read_permits",
    "required",
    "settle",
    "within",
    "without",
    "worst",
]
