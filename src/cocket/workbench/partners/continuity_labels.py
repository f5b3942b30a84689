# SPDX-License-Identifier: Apache-2.0
"""What the page of gateways and outages calls things."""

from __future__ import annotations

from typing import Final

from cocket.exchange.gateway_calls import WHYS, Outcome
from cocket.exchange.office_packs import DEPTHS, FOUND
from cocket.pipeline.base.gateway_files import STRANDED, Settled
from cocket.pipeline.base.office_pack_files import Came, ResultOutcome
from cocket.pipeline.base.outage_files import Regime
from cocket.workbench.base.labels import _

__all__ = [
    "CAME",
    "DECIDED",
    "DECISIONS",
    "DEPTHS",
    "FOUND",
    "OUTCOMES",
    "PROCEDURES",
    "REGIMES",
    "RESULTS",
    "STATES",
    "STRANDED",
    "WHYS",
]

STATES: Final[dict[str, str]] = {
    "active": _("Active"),
    "forked": _("Two histories: nothing is taken of it"),
    "ended": _("Ended"),
}

OUTCOMES: Final[dict[Outcome, str]] = {
    "accepted": _("Accepted"),
    "same": _("Known already"),
    "late": _("Accepted late"),
    "refused": _("Refused by checks"),
    "conflict": _("Reference of another message"),
    "held": _("Held back"),
}

DECISIONS: Final[dict[Settled, str]] = {"taken-in": _("Accept it"), "left": _("Leave it as it is")}

DECIDED: Final[dict[Settled, str]] = {"taken-in": _("Accepted"), "left": _("Left as it is")}

PROCEDURES: Final[dict[str, str]] = {
    "import": _("Import"),
    "export": _("Export"),
    "transit": _("Transit"),
    "entry": _("Entry"),
    "other": _("Other"),
}

REGIMES: Final[dict[Regime, str]] = {
    "captured-later": _("Captured now, submitted later"),
    "ends-on-paper": _("Ends on paper, is not submitted later"),
}

RESULTS: Final[dict[ResultOutcome, str]] = {
    "recorded": _("Recorded"),
    "beside": _("Kept beside what stands: the order changed meanwhile"),
    "same": _("Known already: nothing is recorded twice"),
    "other": _("Another result is recorded: compare them"),
    "refused": _("Not recorded"),
}

CAME: Final[dict[Came, str]] = {
    "laptop": _("From the file of a laptop"),
    "slip": _("From a result that a laptop printed"),
    "paper": _("From a paper form"),
}
