# SPDX-License-Identifier: Apache-2.0
"""What contests are called on the pages. Every text here is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.workbench.base.labels import _

GROUNDS: Final[dict[str, str]] = {
    "finding": _("That anything was found"),
    "value": _("The value that was found"),
    "classification": _("The goods code that was found"),
    "origin": _("The origin that was found"),
    "quantity": _("The quantity that was found"),
    "delay": _("How long it took"),
    "data": _("What is kept about me"),
    "automation": _("That a program decided and no person"),
}

STATES: Final[dict[str, str]] = {
    "lodged": _("Receipt not confirmed yet"),
    "acknowledged": _("Receipt confirmed"),
    "answered": _("Answered"),
    "withdrawn": _("Taken back"),
}

OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    "upheld": (_("Upheld"), _("The trader is right.")),
    "upheld-in-part": (_("Upheld in part"), _("The trader is right in some of it.")),
    "not-upheld": (_("Not upheld"), _("What was decided stands.")),
    "explained": (_("Explained"), _("Nothing was wrong; the trader learns why.")),
}

EFFECTS: Final[dict[str, tuple[str, str]]] = {
    "none": (_("No result changes"), ""),
    "finding-withdrawn": (_("The finding is withdrawn"), _("Nothing was wrong with the goods after all.")),
    "items-withdrawn": (_("The finding on some items is withdrawn"), _("Name the items below.")),
}

#: What an answer changed, as the trader reads it.
CHANGED: Final[dict[str, str]] = {
    "none": _("No result was changed."),
    "finding-withdrawn": _("The finding was withdrawn. It no longer counts against you."),
    "items-withdrawn": _("What was found on some items was withdrawn. It no longer counts against you."),
}

FILTERS: Final[dict[str, str]] = {"open": _("Waiting"), "closed": _("Closed")}
