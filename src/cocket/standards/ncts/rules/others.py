# SPDX-License-Identifier: Apache-2.0
"""Conditions and rules on the other messages: invalidation, arrival, control, rejection, incidents, release."""

from __future__ import annotations

from collections.abc import Iterator

from cocket.standards.ncts.rules.sheet import Objection, Priority, Sheet, asked, text_at

_INVALIDATION = "Invalidation"
_INCIDENT = "Consignment/Incident"
_OF_DECLARATION = ("HolderOfTheTransitProcedure", "Consignment")
_NATIONAL = "NTA"


def c0102(sheet: Sheet) -> Iterator[Objection]:
    """An authorisation goes with the simplified procedure at arrival, and with no other.

    Source: DDNTA 6.4.1, condition C0102.
    """
    is_simplified = sheet.text("TransitOperation/simplifiedProcedure") == "1"
    yield from asked(sheet.root, "Authorisation", "R" if is_simplified else "N")


def c0128(sheet: Sheet) -> Iterator[Objection]:
    """Whether goods are let out of the procedure is said by customs, and not to them.

    Source: DDNTA 6.4.1, condition C0128.
    """
    yield from asked(sheet.root.find(_INVALIDATION), "decision", "N" if _is_to_customs(sheet) else "R")


def c0870(sheet: Sheet) -> Iterator[Objection]:
    """When a decision was made is said by customs, and not to them.

    Source: DDNTA 6.4.1, condition C0870.
    """
    yield from asked(sheet.root.find(_INVALIDATION), "decisionDateAndTime", "N" if _is_to_customs(sheet) else "R")


def c0137(sheet: Sheet) -> Iterator[Objection]:
    """A request to customs for invalidation says why.

    Source: DDNTA 6.4.1, condition C0137.
    """
    yield from asked(sheet.root.find(_INVALIDATION), "justification", "R" if _is_to_customs(sheet) else "O")


def c0129(sheet: Sheet) -> Iterator[Objection]:
    """When invalidation was asked for is stated, unless customs began it.

    Source: DDNTA 6.4.1, condition C0129.
    """
    is_customs = sheet.text(f"{_INVALIDATION}/initiatedByCustoms") == "1"
    yield from asked(sheet.root.find(_INVALIDATION), "requestDateAndTime", "N" if is_customs else "R")


def _is_to_customs(sheet: Sheet) -> bool:
    return sheet.text("messageRecipient").startswith(_NATIONAL)


def c0452(sheet: Sheet) -> Iterator[Objection]:
    """A notice of control says which, unless it asks for documents or only announces.

    Source: DDNTA 6.4.1, condition C0452.
    """
    is_other = sheet.text("TransitOperation/notificationType") in ("1", "2")
    yield from asked(sheet.root, "TypeOfControls", "N" if is_other else "R")


def c0455(sheet: Sheet) -> Iterator[Objection]:
    """A request for documents (1) names them; a notice of control (0) may; others do not.

    Source: DDNTA 6.4.1, condition C0455.
    """
    priorities: dict[str, Priority] = {"1": "R", "0": "O"}
    yield from asked(
        sheet.root, "RequestedDocument", priorities.get(sheet.text("TransitOperation/notificationType"), "N")
    )


def c0451(sheet: Sheet) -> Iterator[Objection]:
    """A control of another kind (50) is told in words.

    Source: DDNTA 6.4.1, condition C0451.
    """
    for control in sheet.all("TypeOfControls"):
        yield from asked(control, "text", "R" if text_at(control, "type") == "50" else "O")


def c0492(sheet: Sheet) -> Iterator[Objection]:
    """A rejection for another reason (4) says which.

    Source: DDNTA 6.4.1, condition C0492.
    """
    is_other = sheet.text("TransitOperation/rejectionCode") == "4"
    yield from asked(sheet.root.find("TransitOperation"), "rejectionReason", "R" if is_other else "O")


def c0352(sheet: Sheet) -> Iterator[Objection]:
    """A release of part of the goods (2, 3) says which; one of all does not.

    Source: DDNTA 6.4.1, condition C0352.
    """
    is_part = sheet.text("TransitOperation/releaseIndicator") in ("2", "3")
    yield from asked(sheet.root, "Consignment", "R" if is_part else "N")


def c0353(sheet: Sheet) -> Iterator[Objection]:
    """A house of which part is released (1) names its items; others do not.

    Source: DDNTA 6.4.1, condition C0353.
    """
    for house in sheet.houses:
        yield from asked(house, "ConsignmentItem", "R" if text_at(house, "releaseType") == "1" else "N")


def c0027(sheet: Sheet) -> Iterator[Objection]:
    """An unloading permission holds the declaration, unless it only says that unloading goes on.

    Source: DDNTA 6.4.1, condition C0027.
    """
    priority: Priority = "R" if sheet.root.find("CTLControl") is None else "N"
    for name in _OF_DECLARATION:
        yield from asked(sheet.root, name, priority)
    for name in ("declarationType", "declarationAcceptanceDate"):
        yield from asked(sheet.root.find("TransitOperation"), name, priority)
    yield from asked(sheet.consignment, "grossMass", priority)


def c0240(sheet: Sheet) -> Iterator[Objection]:
    """Seals broken or goods moved to other equipment (2, 4, 7) name the equipment; moved to other means (3, 6, 8) the
    means; other incidents neither.

    Source: DDNTA 6.4.1, condition C0240.
    """
    for incident in sheet.all(_INCIDENT):
        code = text_at(incident, "code")
        is_moved = code in ("3", "6", "8")
        yield from asked(incident, "TransportEquipment", "R" if code in ("2", "4", "7") else "O" if is_moved else "N")
        yield from asked(incident, "Transhipment", "R" if is_moved else "N")


def c0396(sheet: Sheet) -> Iterator[Objection]:
    """After an incident with seals (2, 7) their number is stated.

    Source: DDNTA 6.4.1, condition C0396.
    """
    for incident in sheet.all(_INCIDENT):
        for equipment in incident.findall("TransportEquipment"):
            yield from asked(equipment, "numberOfSeals", "R" if text_at(incident, "code") in ("2", "7") else "O")


def c0040(sheet: Sheet) -> Iterator[Objection]:
    """Goods moved to other means in containers name the equipment.

    Source: DDNTA 6.4.1, condition C0040.
    """
    for incident in sheet.all(_INCIDENT):
        if text_at(incident, "Transhipment/containerIndicator") == "1":
            yield from asked(incident, "TransportEquipment", "R")


def c0460(sheet: Sheet) -> Iterator[Objection]:
    """The place of an incident is named as its qualifier says, and in no other way.

    Source: DDNTA 6.4.1, condition C0460.
    """
    named = {"W": "GNSS", "U": "UNLocode", "Z": "Address"}
    for location in sheet.all(f"{_INCIDENT}/Location"):
        wanted = named.get(text_at(location, "qualifierOfIdentification"))
        for name in named.values() if wanted else ():
            yield from asked(location, name, "R" if name == wanted else "N")
