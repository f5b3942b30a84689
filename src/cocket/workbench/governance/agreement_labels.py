# SPDX-License-Identifier: Apache-2.0
"""What the pages of agreements call things."""

from __future__ import annotations

from typing import Final

from cocket.governance.agreements import Standing
from cocket.governance.agreements.agreement import Measure, Side
from cocket.pipeline.partners.joint import Stage
from cocket.risk.joint.compare import Verdict
from cocket.workbench.base import labels
from cocket.workbench.base.labels import _

STANDINGS: Final[dict[Standing, str]] = {
    "not-begun": _("Not begun"),
    "in-force": _("In force"),
    "expired": _("Expired"),
    "ended": _("Ended before its last day"),
}

#: For what another agency answers.
AGENCY_KINDS: Final = labels.AGENCY_KINDS

SIDES: Final[dict[Side, str]] = {"us": _("This administration"), "them": _("The other party")}

MEASURES: Final[dict[Measure, str]] = {
    "advice": _("advises on what the other declares"),
    "correction": _("corrects what was refused"),
    "take-over": _("says that it takes over a journey"),
    "doubt-answer": _("answers a question about a value"),
}

EXCHANGES: Final[dict[str, str]] = {
    "guest": _("Other agency"),
    "efti": _("eFTI"),
    "assistance": _("Requests for assistance"),
    "certificate": _("Certificates"),
    "events": _("Events as they happen"),
    "joint": _("Evidence of examinations"),
    "journey-hand-over": _("Journeys handed over"),
    "mirror": _("Records of trade"),
    "model-card": _("Models and their evidence"),
    "private-join": _("Identifiers matched in private"),
    "seizure": _("Notices of seizures"),
    "seizure-report": _("Seizures and offences"),
    "sources": _("Data at the source"),
    "track-and-trace": _("Events of containers and ships"),
    "transit": _("Movements under transit"),
    "trusted-trader": _("Authorised economic operators"),
}

PURPOSES: Final = labels.PARTNER_PURPOSES

#: Field that an agreement names → what its pages call it; of other exchanges the name of the field is shown.
FIELDS: Final[dict[str, str]] = {
    **labels.NOTICE_FIELDS,
    "kind": _("Kind"),
    "reference": _("Reference"),
    "day": _("Day"),
    "state": _("State"),
    "about": _("About"),
    "due": _("Due"),
    "answer": _("Answer"),
    "since": _("First day"),
    "until": _("Last day"),
    "country": _("Country"),
    "lines": _("Lines"),
    "exporter": _("Exporter"),
    "importer": _("Importer"),
    "mode": _("Mode of transport"),
    "terms": _("Delivery terms"),
    "freight": _("Freight"),
    "packages": _("Packages"),
    "value": _("Value"),
    "price": _("Price"),
    "evidence": _("Evidence"),
    "documents": _("Documents"),
    "events": _("Events"),
    "net_kg": _("Net mass"),
    "gross_kg": _("Gross mass"),
    "quantities": _("Quantities"),
    "invoices": _("Invoices"),
}

#: What an agreement says of signed messages → what its pages call it.
SIGNED: Final[dict[str, str]] = {
    "url": _("Address"),
    "keys": _("Keys"),
    "receipts": _("Receipt keys"),
    "certificates": _("Certificates"),
    "log": _("Log"),
    "log_url": _("Address of the log"),
}

VERDICTS: Final[dict[Verdict, str]] = {
    "helps": _("helps here"),
    "not-shown": _("not shown to help here"),
    "harms": _("does not help here"),
    "too-few": _("too few random examinations to tell"),
}

STAGES: Final[dict[Stage, str]] = {
    "known": _("begun"),
    "open": _("our key was given"),
    "masked": _("our masked counts were given"),
    "done": _("summed"),
    "stopped": _("stopped"),
}
