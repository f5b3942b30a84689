# SPDX-License-Identifier: Apache-2.0
"""The messages of DCSA: which there are, how each is known by its members, and its table.

Source: DCSA Track and Trace 2.2 and 3.0, Electronic Bill of Lading 3.0 (with issuance, surrender and PINT), Booking 2.0,
Arrival Notice 1.0, IoT Commercial 1.0, Verified Gross Mass 1.0, Operational Vessel Schedules 3.0, Commercial Schedules
1.0, Port Call 2.0, Just-in-Time 2.0: OpenAPI definitions (Apache-2.0); facts re-stated.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from importlib import resources
from typing import Any, Literal
from uuid import UUID

import msgspec

from cocket.standards.json_shape import JsonShape

Content = Literal["events", "paper", "notice", "other"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of message.

    Attributes:
        name: Our name for it, which the document carries.
        version: Edition of its standard.
        shape: Classes of the table, one of which it is; of an array, each of its members.
        content: `events` tells what happened, `paper` is a document of carriage, `notice` many of them.
        is_list: Whether the message is an array.
        has: Members by which it is known: it, or the first member of the array, has all of these.
        inner: A list in it and what one of its members has; None if that does not matter.
        lacks: Members that it does not have, which would make it another.
    """

    name: str
    version: str
    shape: tuple[str, ...]
    content: Content = "other"
    is_list: bool = False
    has: tuple[str, ...] = ()
    inner: tuple[str, tuple[str, ...]] | None = None
    lacks: tuple[str, ...] = ()


MESSAGES = (
    Message(
        name="tnt-events", version="T&T 3.0", shape=("tnt30.GetEventsResponse",), content="events", has=("events",),
        inner=("events", ("eventClassification", "eventRouting", "isRetracted")),
    ),
    Message(
        name="tnt-event-list", version="T&T 2.2", content="events", is_list=True, has=("eventType", "eventClassifierCode"),
        shape=("tnt22.transportEvent", "tnt22.shipmentEvent", "tnt22.equipmentEvent"),
    ),
    Message(
        name="tnt-event", version="T&T 2.2", content="events", has=("eventType", "eventClassifierCode"),
        shape=("tnt22.transportEvent", "tnt22.shipmentEvent", "tnt22.equipmentEvent"),
    ),
    Message(name="iot-event-list", version="IoT 1.0", shape=("iot10.Event",), content="events", is_list=True,
            has=("metadata", "payload")),
    Message(name="iot-event", version="IoT 1.0", shape=("iot10.Event",), content="events", has=("metadata", "payload")),
    Message(name="issuance-request", version="eBL 3.0", shape=("iss30.IssuanceRequest",), content="paper",
            has=("document", "issueTo")),
    Message(name="surrender-request", version="eBL 3.0", shape=("sur30.SurrenderRequestDetails",),
            has=("surrenderRequestReference",)),
    Message(name="transport-document-notification", version="eBL 3.0", shape=("ebl30.TransportDocumentNotification",),
            has=("specversion", "data", "subscriptionReference"), inner=("data", ("transportDocumentStatus",))),
    Message(name="shipping-instructions-notification", version="eBL 3.0",
            shape=("ebl30.ShippingInstructionsNotification",), has=("specversion", "data", "subscriptionReference"),
            inner=("data", ("shippingInstructionsStatus",))),
    Message(name="booking-notification", version="Booking 2.0", shape=("bkg20.BookingNotification",),
            has=("specversion", "data", "subscriptionReference"), inner=("data", ("bookingStatus",))),
    Message(name="transport-document", version="eBL 3.0", shape=("ebl30.TransportDocument",), content="paper",
            has=("consignmentItems", "transportDocumentStatus")),
    Message(name="shipping-instructions-state", version="eBL 3.0", shape=("ebl30.ShippingInstructions",),
            content="paper", has=("transportDocumentTypeCode", "shippingInstructionsStatus")),
    Message(name="shipping-instructions", version="eBL 3.0", shape=("ebl30.CreateShippingInstructions",),
            content="paper", has=("transportDocumentTypeCode",), lacks=("transports", "arrivalNotices")),
    Message(name="booking", version="Booking 2.0", shape=("bkg20.Booking",), content="paper",
            has=("requestedEquipments", "bookingStatus")),
    Message(name="booking-request", version="Booking 2.0", shape=("bkg20.CreateBooking",), content="paper",
            has=("requestedEquipments",)),
    Message(name="booking-request", version="Booking 2.0", shape=("bkg20.CreateBooking",), content="paper",
            has=("serviceContractReference", "receiptTypeAtOrigin")),
    Message(name="arrival-notices", version="Arrival Notice 1.0", shape=("an10.GetArrivalNoticesResponse",),
            content="notice", has=("arrivalNotices",)),
    Message(name="arrival-notice-notifications", version="Arrival Notice 1.0",
            shape=("an10.PostArrivalNoticeNotificationsRequest",), content="notice", has=("arrivalNoticeNotifications",)),
    Message(name="gross-mass-declarations", version="VGM 1.0", shape=("vgm10.GetVGMDeclarationsResponse",),
            has=("VGMDeclarations",)),
    Message(name="port-call-events", version="Port Call 2.0", shape=("pc20.GetEventsResponse",), has=("events",),
            inner=("events", ("portCall", "terminalCall", "portCallService", "isFYI"))),
    Message(name="commercial-service-schedules", version="Commercial Schedules 1.0", shape=("cs10.ServiceSchedule",),
            is_list=True, has=("carrierServiceName", "vesselSchedules"), inner=("vesselSchedules", ("vessel", "servicePartners"))),
    Message(name="service-schedules", version="OVS 3.0", shape=("ovs30.ServiceSchedule",), is_list=True,
            has=("carrierServiceName", "carrierServiceCode")),
    Message(name="commercial-port-schedules", version="Commercial Schedules 1.0", shape=("cs10.PortSchedule",),
            is_list=True, has=("location", "vesselSchedules")),
    Message(name="commercial-routes", version="Commercial Schedules 1.0", shape=("cs10.PointToPoint",), is_list=True,
            has=("placeOfReceipt", "placeOfDelivery", "legs")),
    Message(name="port-call-service", version="JIT 2.0", shape=("jit20.PortCallService",),
            has=("portCallServiceID", "portCallServiceTypeCode")),
    Message(name="terminal-call", version="JIT 2.0", shape=("jit20.TerminalCall",), has=("terminalCallID", "portCallID")),
)  # fmt: skip


def message_of(value: Any) -> Message | None:
    """Which message a JSON value is, by its members; None if it is none.

    Source: the members that DCSA's definitions require or that tell its messages apart.
    """
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return None
    for message in MESSAGES:
        if (
            message.is_list == isinstance(value, list)
            and all(name in first for name in message.has)
            and not any(name in first for name in message.lacks)
            and _has_inside(first, message.inner)
        ):
            return message
    return None


def named_message(name: str) -> Message:
    """The message of a name.

    Raises:
        KeyError: There is none.

    Source: `MESSAGES`.
    """
    return {message.name: message for message in MESSAGES}[name]


def _has_inside(value: dict[str, Any], inner: tuple[str, tuple[str, ...]] | None) -> bool:
    if inner is None:
        return True
    found = value.get(inner[0])
    first = found[0] if isinstance(found, list) and found else found
    return isinstance(first, dict) and any(name in first for name in inner[1])


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 36 and bool(UUID(value))
    except ValueError:
        return False


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(base64.b64decode(value, validate=True) or value == "")
    except ValueError:
        return False


_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@lru_cache(maxsize=1)
def shape() -> JsonShape:
    """The table of all messages.

    Source: DCSA's OpenAPI definitions; facts re-stated.
    """
    text = resources.files("cocket.standards.dcsa").joinpath("tables.txt").read_text("utf-8")
    tests = {
        "uuid": _is_uuid,
        "base64": _is_base64,
        "uri": lambda value: isinstance(value, str) and _URI.fullmatch(value) is not None,
        "email": lambda value: isinstance(value, str) and _EMAIL.fullmatch(value) is not None,
    }
    return JsonShape(text, tests)
