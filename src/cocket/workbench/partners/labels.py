# SPDX-License-Identifier: Apache-2.0
"""What the pages of sources call things."""

from __future__ import annotations

from typing import Final

from cocket.pipeline.partners.pulls import Outcome
from cocket.workbench.base.labels import _

OUTCOMES: Final[dict[Outcome, str]] = {
    "came": _("Came"),
    "same": _("The same as before"),
    "changed": _("The source now says something else"),
    "nothing": _("Nothing there"),
    "pending": _("No answer yet"),
    "refused": _("Refused by the source"),
    "failed": _("Could not be asked"),
    "malformed": _("Answered in another form than its standard"),
}

#: Outcomes that a reader should not miss.
ALARMS: Final = ("changed",)

TYPES: Final[dict[str, str]] = {
    "equipment": _("Equipment"),
    "means": _("Means of transport"),
    "transport-document": _("Transport document"),
    "ucr": _("UCR"),
    "mrn": _("MRN"),
    "booking": _("Booking"),
    "product": _("Product"),
    "epc": _("EPC"),
    "logistics-object": _("Logistics object"),
    "url": _("Address"),
}

KINDS: Final[dict[str, str]] = {
    "efti": _("eFTI gate"),
    "efti-platform": _("eFTI platform of this gate"),
    "one-record": _("ONE Record"),
    "epcis": _("EPCIS"),
    "dcsa": _("DCSA Track & Trace"),
    "https": _("Documents by address"),
    "untp": _("Link resolver"),
}

FIELDS: Final[dict[str, str]] = {
    "identifiers": _("identifiers"),
    "documents": _("documents"),
    "events": _("events"),
    "subscriptions": _("notices of changes"),
    "follow-up": _("messages to the source"),
}

#: What our eFTI gate is asked for.
REQUESTS: Final[dict[str, str]] = {
    "identifiers": _("Identifiers"),
    "dataset": _("A dataset"),
    "follow-up": _("To hand on a message"),
}

#: What a source told, and what was done about it.
NOTICES: Final[dict[str, str]] = {
    "waiting": _("To be asked for"),
    "pulled": _("Asked for"),
    "noted": _("Noted"),
}
