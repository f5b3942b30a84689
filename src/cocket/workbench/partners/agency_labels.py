# SPDX-License-Identifier: Apache-2.0
"""What other agencies and joint inspections are called on the pages. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import AGENCY_KINDS, _

#: For what an agency answers.
KINDS: Final = AGENCY_KINDS

#: What an agency says of a permit.
PERMIT_WORDS: Final[dict[str, str]] = {
    "accepted": _("Accepted"),
    "refused": _("Refused"),
    "used-up": _("Used up"),
}

#: What came of an agency's examination.
OUTCOMES: Final[dict[str, str]] = {
    "conforms": _("Conforms"),
    "does-not-conform": _("Does not conform"),
    "treated": _("Treated"),
    "sampled": _("Sample taken"),
    "destroyed": _("Destroyed"),
}

#: How an appointment stands.
APPOINTMENT_STATES: Final[dict[str, str]] = {
    "waiting": _("Waits for a time that suits all"),
    "set": _("Set"),
    "kept": _("Took place"),
    "cancelled": _("Cancelled"),
}
