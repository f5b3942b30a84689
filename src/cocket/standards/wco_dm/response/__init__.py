# SPDX-License-Identifier: Apache-2.0
"""WCO Data Model responses (RES): what customs answers to a declaration, and the life it leads by these answers.

In: one or several Responses, alone or in MetaData. Out: a `Response` with findings, and back; the answer to a checked
declaration; the next state of its life.
Source: WCO Data Model 3.6, Response (07B); UK customs declarations API 3.0, DMS notifications.
"""

from cocket.standards.wco_dm.response._plugin import WCO_RES, accepts
from cocket.standards.wco_dm.response.answering import AgencyHold, Decision, pointers_of, response_to
from cocket.standards.wco_dm.response.lifecycle import NOTICES, Lifecycle, Notice, Status, advance, replay

__all__ = [
    "NOTICES",
    "WCO_RES",
    "AgencyHold",
    "Decision",
    "Lifecycle",
    "Notice",
    "Status",
    "accepts",
    "advance",
    "pointers_of",
    "replay",
    "response_to",
]
