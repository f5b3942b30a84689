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

PURPOSES: Final[dict[str, str]] = {
    "control": _("control"),
    "release": _("release"),
    "audit": _("audit"),
    "analysis": _("analysis"),
    "oversight": _("oversight"),
    "own-affairs": _("own affairs"),
    "host-exchange": _("exchange with the host system"),
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
