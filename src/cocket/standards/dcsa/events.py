# SPDX-License-Identifier: Apache-2.0
"""Events ↔ movements: what happened to a container, a ship or a paper.

Source: DCSA Track and Trace 2.2 and 3.0; IoT Commercial 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cocket.errors import SenderError
from cocket.model import Movement, Party, Reference, Seal, TransportEquipment, TransportMeans
from cocket.model.declaration import GoodsLocation
from cocket.model.party import ReferenceKind
from cocket.standards.dcsa.drawing import named, reference
from cocket.standards.json_drawing import objects, text
from cocket.standards.json_shape import time_of

#: Kinds of papers and references by DCSA's codes; others are documents.
KINDS: dict[str, ReferenceKind] = {
    "TRD": "BL", "BOL": "BL", "SWB": "BL", "MBL": "BL", "HBL": "HBL", "PO": "ORDER", "CUS": "UCR", "UCR": "UCR", "DUE": "MRN",
    "EQ": "EQUIPMENT", "INV": "INVOICE",
}  # fmt: skip
#: Who affixed a seal: DCSA's codes and UNCL 9303, as the model has them.
SEAL_SOURCES = {"CAR": "CA", "SHI": "SH", "CUS": "CU", "VET": "AC"}
CLASSIFIER, IOT = "classifier", "iot"
_TYPES = ("shipment", "transport", "equipment", "iot", "reefer")


def read_event(event: dict[str, Any]) -> Movement:
    """An event of any of the standards as a movement.

    Args:
        event: The event, right or wrong.

    Source: DCSA Track and Trace 2.2 and 3.0; IoT Commercial 1.0.
    """
    if isinstance(event.get("payload"), dict) and isinstance(event.get("metadata"), dict):
        event = event["payload"] | event["metadata"]
    kinds = event.get("eventClassification")
    kinds = kinds if isinstance(kinds, dict) else event
    kind = text(kinds, "eventTypeCode") or text(event, "eventType")
    classifier, iot = (
        text(kinds, "eventClassifierCode"),
        text(event, "iotDetails", "iotEventCode") or text(event, "iotEventCode"),
    )
    routing = text(event, "eventRouting", "originatingParty", "partyCode")
    return Movement(
        message_name=kind,
        message_code=next((code for each in _TYPES if (code := text(kinds, f"{each}EventTypeCode"))), None),
        functional_reference=text(event, "eventID"),
        occurred=time_of(event.get("eventDateTime")),
        location=_location(event),
        transport=_transport(event),
        equipment=tuple(_equipment(event)),
        submitter=None if routing is None else Party(id=routing),
        statuses=tuple((name, code) for name, code in ((CLASSIFIER, classifier), (IOT, iot)) if code),
        references=named(_references(event)),
    )


def write_event(movement: Movement) -> dict[str, Any]:
    """A movement as an event of Track and Trace 3.0.

    Args:
        movement: What to write; it needs a kind, a code, a reference and a time.

    Raises:
        SenderError: One of these is missing, or it names what an event has no room for.

    Source: DCSA Track and Trace 3.0.
    """
    kind, at = movement.message_name, movement.occurred
    if kind is None or kind.lower() not in _TYPES or at is None or not movement.functional_reference:
        raise SenderError(
            "An event needs a kind, a time and a reference.", expected="message_name, occurred", found=kind
        )
    statuses = dict(movement.statuses)
    event: dict[str, Any] = {
        "eventID": movement.functional_reference,
        "eventDateTime": at.isoformat(),
        "eventClassification": {
            "eventTypeCode": kind,
            "eventClassifierCode": statuses.get(CLASSIFIER, "ACT"),
            f"{kind.lower()}EventTypeCode": movement.message_code,
        },
    }
    if movement.submitter is not None and movement.submitter.id:
        event["eventRouting"] = {"originatingParty": {"partyCode": movement.submitter.id}}
    if movement.location is not None:
        place = {"UNLocationCode": movement.location.id, "locationName": movement.location.name}
        event["eventLocation"] = {name: value for name, value in place.items() if value}
    for each in movement.equipment:
        event["equipmentDetails"] = _equipment_details(each)
    if movement.transport is not None:
        event["transportDetails"] = {"transportCall": _call(movement.transport)}
    if IOT in statuses:
        event["iotDetails"] = {"iotEventCode": statuses[IOT]}
    papers = [each for each in movement.references if each.kind != "EQUIPMENT"]
    if papers:
        codes: dict[str, str] = {"BL": "TRD", "HBL": "HBL", "DOCUMENT": "BKG"}
        listed = [{"typeCode": codes.get(each.kind, "CUS"), "reference": each.value} for each in papers]
        event["shipmentDetails"] = {"documentReference": listed[0]} | (
            {"additionalDocumentReferences": listed[1:]} if listed[1:] else {}
        )
    return event


def _equipment_details(equipment: TransportEquipment) -> dict[str, Any]:
    found = {
        "equipmentReference": equipment.id,
        "ISOEquipmentCode": equipment.type_code,
        "emptyIndicatorCode": equipment.fullness_code,
    }
    made: dict[str, Any] = {name: value for name, value in found.items() if value}
    if equipment.seals:
        codes = {code: source for source, code in SEAL_SOURCES.items()}
        made["seals"] = [
            {"number": seal.id} | ({"source": codes.get(seal.party_code, seal.party_code)} if seal.party_code else {})
            for seal in equipment.seals
        ]
    return made


def _call(transport: TransportMeans) -> dict[str, Any]:
    vessel = {"vesselIMONumber": transport.id, "vesselName": transport.name, "vesselFlag": transport.nationality_code}
    call: dict[str, Any] = {"vesselTransport": {name: value for name, value in vessel.items() if value}}
    if transport.voyage:
        call["exportVoyageNumberOrReference"] = {"carrierVoyageNumber": transport.voyage}
    return call


def _location(event: dict[str, Any]) -> GoodsLocation | None:
    call = event.get("transportCall")
    for place in (event.get("eventLocation"), event, call, call.get("location") if isinstance(call, dict) else None):
        code, name = text(place, "UNLocationCode"), text(place, "locationName")
        if code or name:
            return GoodsLocation(id=code, name=name)
    return None


def _transport(event: dict[str, Any]) -> TransportMeans | None:
    call = event.get("transportCall")
    details = event.get("transportDetails")
    call = details.get("transportCall") if isinstance(details, dict) else call
    if not isinstance(call, dict):
        return None
    vessel = call.get("vesselTransport") or call.get("vessel")
    voyage = text(call, "exportVoyageNumberOrReference", "carrierVoyageNumber")
    made = TransportMeans(
        id=text(vessel, "vesselIMONumber"),
        name=text(vessel, "vesselName"),
        nationality_code=text(vessel, "vesselFlag"),
        voyage=voyage or text(call, "exportVoyageNumber") or text(call, "carrierVoyageNumber"),
    )
    return made if made != TransportMeans() else None


def _equipment(event: dict[str, Any]) -> Iterator[TransportEquipment]:
    details = event.get("equipmentDetails")
    details = details if isinstance(details, dict) else event
    name = text(details, "equipmentReference")
    if name:
        yield TransportEquipment(
            id=name,
            type_code=text(details, "ISOEquipmentCode"),
            fullness_code=text(details, "emptyIndicatorCode"),
            seals=tuple(seals_of(details)),
        )


def seals_of(value: Any) -> Iterator[Seal]:
    """The seals that an object lists (0..n).

    Source: DCSA Track and Trace 2.2 (sealNumber, sealSource); eBL 3.0 (number, source).
    """
    for each in objects(value, "seals"):
        found = text(each, "number") or text(each, "sealNumber")
        if found:
            source = text(each, "source") or text(each, "sealSource")
            yield Seal(id=found, party_code=SEAL_SOURCES.get(source or "", source))


def _references(event: dict[str, Any]) -> Iterator[Reference]:
    for each in _equipment(event):
        yield Reference("EQUIPMENT", each.id)
    papers: list[Any] = (
        [event.get("shipmentDetails", {}).get("documentReference")]
        if isinstance(event.get("shipmentDetails"), dict)
        else []
    )
    papers += objects(event, "shipmentDetails", "additionalDocumentReferences")
    papers += [
        *objects(event, "documentReferences"),
        *objects(event, "references"),
        *objects(event, "relatedDocumentReferences"),
    ]
    for each in papers:
        kind = (
            text(each, "typeCode")
            or text(each, "documentReferenceType")
            or text(each, "referenceType")
            or text(each, "type")
        )
        value = (
            text(each, "reference")
            or text(each, "documentReferenceValue")
            or text(each, "referenceValue")
            or text(each, "value")
        )
        yield from reference(KINDS.get(kind or "", "DOCUMENT"), value)
    yield from reference(KINDS.get(text(event, "documentTypeCode") or "", "DOCUMENT"), text(event, "documentID"))
