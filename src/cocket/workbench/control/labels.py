# SPDX-License-Identifier: Apache-2.0
"""What the forms for results and intelligence call things. Every text is looked up in the catalogue before it is shown."""

from __future__ import annotations

from typing import Final

from cocket.control import ExaminedItem, SeenGoods
from cocket.workbench.base.labels import DEPTHS as _DEPTHS
from cocket.workbench.base.labels import _
from cocket.workbench.base.offence_labels import OFFENCES, OFFERED, OLD_OFFENCES

FOUND: Final[dict[str, tuple[str, str]]] = {
    "yes": (_("Yes"), ""),
    "no": (_("No"), ""),
    "pending": (_("Not known yet"), _("a sample is at the laboratory")),
}

#: What of an item may be otherwise: name → label, how it is written.
DIFFERENCES: Final[dict[str, tuple[str, str]]] = {
    "value": (_("Value"), _("Such as 41200.00 USD; the declared currency if none is given.")),
    "classification": (_("Code"), ""),
    "origin": (_("Origin"), _("Two-letter country code.")),
    "quantity": (_("Quantity"), _("Such as 47 NMB; the declared unit if none is given.")),
    "description": (_("Goods"), ""),
}

CONCEALMENTS: Final[dict[str, str]] = {
    "none": _("Not hidden"),
    "goods": _("In other goods"),
    "packing": _("In the packing"),
    "container": _("In the walls, floor or door of the container"),
    "vehicle": _("In the vehicle"),
    "vessel": _("In the vessel"),
    "aircraft": _("In the aircraft"),
    "baggage": _("In baggage"),
    "person": _("On or in a person"),
    "mail": _("In mail"),
    "other": _("Elsewhere"),
}

DETECTIONS: Final[dict[str, str]] = {
    "profile": _("Risk profile"),
    "random": _("Random selection"),
    "intelligence": _("Intelligence"),
    "tip": _("Tip"),
    "scanner": _("Scanner"),
    "dog": _("Dog"),
    "documents": _("Documents"),
    "search": _("Search by hand"),
    "other-agency": _("Another agency"),
    "other": _("Otherwise"),
}

CONVEYANCES: Final[dict[str, str]] = {
    "vessel": _("Vessel"),
    "aircraft": _("Aircraft"),
    "road": _("Road vehicle"),
    "rail": _("Rail"),
    "mail": _("Mail"),
    "express": _("Express parcel"),
    "pedestrian": _("On foot"),
    "other": _("Other"),
}

SELECTIONS: Final[dict[str, str]] = {
    "score": _("Score"),
    "random": _("Random share"),
    "rule": _("Rule"),
    "intelligence": _("Intelligence"),
    "full": _("A stricter lane was full"),
    "audit": _("Audit"),
    "override": _("Officer's override"),
    "none": _("No reason for a stricter lane"),
    "host": _("Set by the host"),
    "unknown": _("Not recorded"),
}

DEPTHS: Final[dict[str, str]] = {depth: name for depth, (name, _meaning) in _DEPTHS.items()}

SOURCE_GRADES: Final[dict[str, str]] = {
    "A": _("A – completely reliable"),
    "B": _("B – usually reliable"),
    "C": _("C – fairly reliable"),
    "D": _("D – not usually reliable"),
    "E": _("E – unreliable"),
    "F": _("F – cannot be judged"),
}

INFORMATION_GRADES: Final[dict[str, str]] = {
    "1": _("1 – confirmed by other sources"),
    "2": _("2 – probably true"),
    "3": _("3 – possibly true"),
    "4": _("4 – doubtful"),
    "5": _("5 – improbable"),
    "6": _("6 – cannot be judged"),
}

HANDLINGS: Final[dict[str, tuple[str, str]]] = {
    "open": (_("Open"), _("everyone in customs may read it")),
    "restricted": (_("Restricted"), _("analysts, supervisors and auditors")),
    "closed": (_("Closed"), _("supervisors and auditors, and you")),
}

#: Kind of link → label, how it is written.
LINKS: Final[dict[str, tuple[str, str]]] = {
    "PARTY": (_("Parties"), _("Number or name, one per line.")),
    "EQUIPMENT": (_("Containers"), _("One per line.")),
    "ROUTE": (_("Routes"), _("A country (XJ), a place (XJABC) or from and to (XJ-XA), one per line.")),
    "COMMODITY": (_("Goods"), _("The first 2, 4, 6 or 8 digits of the code, or all of it; one per line.")),
}

REPORT_STATES: Final[dict[str, str]] = {"active": _("Active"), "ended": _("Ended"), "expired": _("Expired")}


def offered(chosen: str) -> dict[str, str]:
    """Classes that a form offers; one of before only where it stands already."""
    return {**OFFERED, chosen: OFFENCES[chosen]} if chosen in OLD_OFFENCES else OFFERED


def declared_text(item: ExaminedItem) -> dict[str, str | None]:
    """What was declared of an item, as a person writes it; None where it was not declared."""
    return _text_of(item.declared)


def found_text(item: ExaminedItem) -> dict[str, str | None]:
    """What was found of an item, as a person writes it; None where it is as declared."""
    return _text_of(item.found)


def _text_of(said: SeenGoods) -> dict[str, str | None]:
    return {
        "value": f"{said.value.value:f} {said.value.currency or ''}".strip() if said.value else None,
        "classification": said.classification,
        "origin": said.origin,
        "quantity": f"{said.quantity.value:f} {said.quantity.unit or ''}".strip() if said.quantity else None,
        "description": said.description,
    }
