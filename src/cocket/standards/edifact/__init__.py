# SPDX-License-Identifier: Apache-2.0
"""UN/EDIFACT: customs, transport and port messages in the syntax of ISO 9735, directories D.95B to D.24A.

In: interchanges with CUSCAR, CUSDEC, CUSRES, CUSREP, GOVCBR, IFTSTA, CODECO, COARRI, BAPLIE. Out: the model with
findings by segment, line and column, and interchanges again.
Source: ISO 9735:1988 and ISO 9735-1; UN/EDIFACT directories D.95B to D.24A.
"""

from cocket.standards.edifact._plugin import EDIFACT, MESSAGES
from cocket.standards.edifact.directory import tables_of
from cocket.standards.edifact.messages import SEGMENTS
from cocket.standards.edifact.scanning import looks_like_edifact
from cocket.standards.edifact.views import bytes_of, parties_of, taken_out, view_of, views_of
from cocket.standards.edifact.writer import write_interchange

__all__ = [
    "EDIFACT",
    "MESSAGES",
    "SEGMENTS",
    "bytes_of",
    "looks_like_edifact",
    "parties_of",
    "tables_of",
    "taken_out",
    "view_of",
    "views_of",
    "write_interchange",
]
