# SPDX-License-Identifier: Apache-2.0
"""Parts of an event of Track and Trace, so that an agreement can say which of them are given to a partner.

What is in no part is given to nobody: a member that a later edition adds is left out until it has a place here.

Source: DCSA Track and Trace 2.2, 3.0 beta 1 and 3.0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

#: Part → members of an event, each as a path of one or two names.
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "event": (
        "eventID",
        "eventType",
        "eventTypeCode",
        "eventClassifierCode",
        "eventDateTime",
        "eventCreatedDateTime",
        "eventUpdatedDateTime",
        "shipmentEventTypeCode",
        "transportEventTypeCode",
        "equipmentEventTypeCode",
        "retractedEventID",
        "isRetracted",
        "eventClassification.eventTypeCode",
        "eventClassification.eventClassifierCode",
        "eventClassification.shipmentEventTypeCode",
        "eventClassification.transportEventTypeCode",
        "eventClassification.equipmentEventTypeCode",
        "eventClassification.iotEventTypeCode",
        "eventClassification.reeferEventTypeCode",
    ),
    "equipment": (
        "equipmentReference",
        "ISOEquipmentCode",
        "emptyIndicatorCode",
        "equipmentDetails.equipmentReference",
        "equipmentDetails.ISOEquipmentCode",
        "equipmentDetails.emptyIndicatorCode",
        "equipmentDetails.movementType",
    ),
    "seals": ("seals", "equipmentDetails.seals"),
    "transport": ("transportCallID", "transportCall", "transportDetails.transportCall"),
    "place": ("eventLocation",),
    "documents": (
        "documentID",
        "documentTypeCode",
        "documentReferences",
        "references",
        "shipmentDetails.documentReference",
        "shipmentDetails.additionalDocumentReferences",
        "shipmentDetails.documentReferenceReplacements",
        "shipmentDetails.shipmentReferences",
        "shipmentDetails.shipmentReferenceReplacements",
    ),
    "parties": ("eventRouting",),
    "readings": ("iotEventCode", "iotDetails", "reeferDetails"),
    "reason": (
        "reason",
        "delayReasonCode",
        "changeRemark",
        "vesselScheduleChangeRemark",
        "shipmentDetails.reason",
        "transportDetails.delayReasonCodes",
        "transportDetails.changeRemark",
    ),
}


def only(parts: Collection[str], event: Mapping[str, Any]) -> dict[str, Any]:
    """An event with some of its parts alone.

    Args:
        parts: Names in `PARTS` (0..n); others give nothing.
        event: The event as it was pushed; of 3.0 beta 1 its payload and metadata are put together.

    Source: DCSA Track and Trace 2.2, 3.0 beta 1 and 3.0.
    """
    payload, metadata = event.get("payload"), event.get("metadata")
    if isinstance(payload, dict) and isinstance(metadata, dict):
        event = payload | metadata
    given: dict[str, Any] = {}
    for part in parts:
        for path in PARTS.get(part, ()):
            name, _, inner = path.partition(".")
            value = event.get(name)
            if not inner:
                if value is not None:
                    given[name] = value
            elif isinstance(value, dict) and value.get(inner) is not None:
                given.setdefault(name, {})[inner] = value[inner]
    return given
