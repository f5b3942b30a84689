# SPDX-License-Identifier: Apache-2.0
"""What questions between traders and customs are called on the pages."""

from __future__ import annotations

from typing import Final

from cocket.governance.question import Side, State
from cocket.workbench.base.labels import _

STATES: Final[dict[State, str]] = {
    "open": _("Waits for an answer"),
    "answered": _("Answered"),
    "withdrawn": _("Taken back"),
}

SIDES: Final[dict[Side, str]] = {"trader": _("The trader asks"), "customs": _("Customs asks")}

FILTERS: Final[dict[str, str]] = {"open": _("Waiting"), "closed": _("Closed")}
