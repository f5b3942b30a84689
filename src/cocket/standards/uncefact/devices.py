# SPDX-License-Identifier: Apache-2.0
"""Notifications of smart containers → movements.

Source: UN/CEFACT Smart Containers, IoT Device Notification, JSON schema D23B.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cocket.model import GoodsLocation, Movement, Reference, TransportEquipment
from cocket.standards.uncefact.drawing import moment, objects, text

_NAME = "device-notification"


def read_notification(value: dict[str, Any]) -> Movement:
    """A notification as a movement of movements, one for each event that a device tells.

    Args:
        value: The message, right or wrong.

    Source: UN/CEFACT D23B.
    """
    told = tuple(each for unit in objects(value, "specifiedLogisticsTransportEquipment") for each in _events(unit))
    papers = [
        Reference("BL", number)
        for consignment in objects(value, "specifiedConsignment")
        if (number := text(consignment, "transportContractReferencedDocument", "id"))
    ]
    boxes = [name for movement in told for name in movement.references]
    return Movement(
        message_name=_NAME,
        functional_reference=text(value, "exchangedDocument", "id"),
        message_code=text(value, "exchangedDocument", "typeCode"),
        movements=told,
        references=tuple(dict.fromkeys((*papers, *boxes))),
    )


def _events(unit: dict[str, Any]) -> Iterator[Movement]:
    """What the devices of one container tell; a container of which none tells anything is a movement all the same."""
    name = text(unit, "id") or text(unit, "reportingIOTDeviceCommunicationPairing", "targetEntityId")
    equipment = (TransportEquipment(id=name, type_code=text(unit, "characteristicCode")),) if name else ()
    names = (Reference("EQUIPMENT", name),) if name else ()
    statuses = tuple(
        ("event", code) for each in objects(unit, "relatedCommunicationEvent") if (code := text(each, "typeCode"))
    )
    events = list(objects(unit, "reportingIOTDeviceEvent")) or [{}]
    for event in events:
        yield Movement(
            message_name=_NAME,
            occurred=moment(event, "actualOccurrenceDateTime")
            or moment(unit, "relatedCommunicationEvent", "occurrenceDateTime"),
            location=_location(event),
            equipment=equipment,
            statuses=statuses,
            references=names,
        )


def _location(event: dict[str, Any]) -> GoodsLocation | None:
    code, name = text(event, "occurrenceLogisticsLocation", "id"), text(event, "occurrenceLogisticsLocation", "name")
    return GoodsLocation(id=code, name=name) if code or name else None
