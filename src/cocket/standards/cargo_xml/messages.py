# SPDX-License-Identifier: Apache-2.0
"""XFSU ↔ movements, XFNM ↔ the answer to a message.

What a status or an answer tells is looked at and stays where it is; a document that was changed since is refused.

Source: IATA Cargo-XML, XFSU 6.00 and XFNM 3.00; IATA Cargo-IMP, code list 1.18 of statuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cocket.errors import SenderError
from cocket.model import Movement, Party, Reference, Response, TransportEquipment, TransportMeans
from cocket.model.declaration import GoodsLocation
from cocket.model.response import ResponseError, ResponseStatus
from cocket.standards.cargo_xml.parts import device_at, laid, put, put_device
from cocket.standards.cargo_xml.waybill import BUSINESS, HEADER, MASTER
from cocket.standards.leaves import Leaves

_CONTRACT = f"{MASTER}TransportContractDocument[1]/"
_STATUSES = f"{MASTER}ReportedStatus"
_HOUSE = "703"
_ARRIVALS, _DEPARTURES = ("ARR", "RCF"), ("DEP",)
_PART = "AssociatedStatusConsignment[1]/"
_TRAVEL = f"{_PART}SpecifiedLogisticsTransportMovement[1]/"
_CARGO_XML_STATUS = "status"

#: Names that the notes of a status give the consignment, by what they tell.
NOTED = {"U": "UCR", "M": "MRN"}


def read_status(leaves: Leaves) -> Movement:
    """Statuses of a consignment as movements.

    Source: XFSU 6.00.
    """
    movements = tuple(_status(leaves, f"{each}/") for each in leaves.each(_STATUSES))
    first = movements[0] if len(movements) == 1 else Movement()
    references = [*_numbers(leaves), *(name for each in movements for name in each.references)]
    return Movement(
        message_name="StatusMessage",
        message_code=first.message_code,
        functional_reference=leaves.peek(f"{HEADER}ID[1]"),
        occurred=first.occurred,
        loading_place=leaves.peek(f"{MASTER}OriginLocation[1]/ID[1]"),
        unloading_place=leaves.peek(f"{MASTER}FinalDestinationLocation[1]/ID[1]"),
        movements=movements,
        references=tuple(dict.fromkeys(references)),
        extensions=leaves.left(),
    )


def write_status(movement: Movement) -> Leaves:
    """The leaves of a status message.

    Raises:
        SenderError: It names no waybill, or no status.

    Source: XFSU 6.00.
    """
    leaves = laid(movement.extensions)
    if movement.extensions:
        return leaves
    number = next((name for name in movement.references if name.kind in ("HBL", "BL")), None)
    told = movement.movements or (movement,)
    if number is None or not all(each.message_code for each in told):
        raise SenderError("A status message needs a waybill and a status.", expected="references, message_code")
    put(leaves, f"{HEADER}ID[1]", movement.functional_reference)
    put(leaves, f"{HEADER}Name[1]", "Status Message")
    put(leaves, f"{HEADER}PurposeCode[1]", "Creation")
    put(leaves, f"{HEADER}VersionID[1]", "6.00")
    put(leaves, f"{HEADER}IssueDateTime[1]", movement.occurred.isoformat() if movement.occurred else None)
    put(leaves, f"{BUSINESS}ID[1]", number.value)
    put(leaves, f"{_CONTRACT}ID[1]", number.value)
    put(leaves, f"{_CONTRACT}TypeCode[1]", _HOUSE if number.kind == "HBL" else "740")
    put(leaves, f"{MASTER}OriginLocation[1]/ID[1]", movement.loading_place)
    put(leaves, f"{MASTER}FinalDestinationLocation[1]/ID[1]", movement.unloading_place)
    for place, each in enumerate(told, 1):
        _put_status(leaves, f"{_STATUSES}[{place}]/", each)
    return leaves


def _status(leaves: Leaves, around: str) -> Movement:
    code = leaves.peek(f"{around}ReasonCode[1]")
    travel = f"{around}{_TRAVEL}"
    flight = leaves.peek(f"{travel}ID[1]")
    told = _instant(leaves, f"{travel}SpecifiedEvent[1]/OccurrenceDateTime[1]")
    arrived = _instant(leaves, f"{travel}ArrivalEvent[1]/ArrivalOccurrenceDateTime[1]")
    departed = _instant(leaves, f"{travel}DepartureEvent[1]/DepartureOccurrenceDateTime[1]")
    place = leaves.peek(f"{travel}SpecifiedLocation[1]/ID[1]")
    name = leaves.peek(f"{travel}SpecifiedLocation[1]/Name[1]")
    carrier = leaves.peek(f"{travel}CarrierParty[1]/PrimaryID[1]")
    return Movement(
        message_code=code,
        occurred=told,
        arrived=arrived or (told if code in _ARRIVALS else None),
        departed=departed or (told if code in _DEPARTURES else None),
        location=GoodsLocation(id=place, name=name) if place or name else None,
        transport=TransportMeans(mode_code="4", voyage=flight) if flight else None,
        submitter=Party(id=carrier) if carrier else None,
        equipment=tuple(_devices(leaves, around)),
        statuses=((_CARGO_XML_STATUS, code),) if code else (),
        references=tuple(dict.fromkeys(_named(leaves, around))),
    )


def _put_status(leaves: Leaves, around: str, movement: Movement) -> None:
    travel = f"{around}{_TRAVEL}"
    moment = movement.occurred or movement.arrived or movement.departed
    put(leaves, f"{around}ReasonCode[1]", movement.message_code)
    put(leaves, f"{travel}ID[1]", movement.transport.voyage if movement.transport else None)
    put(leaves, f"{travel}CarrierParty[1]/PrimaryID[1]", movement.submitter.id if movement.submitter else None)
    put(leaves, f"{travel}SpecifiedLocation[1]/ID[1]", movement.location.id if movement.location else None)
    put(leaves, f"{travel}SpecifiedLocation[1]/Name[1]", movement.location.name if movement.location else None)
    put(leaves, f"{travel}SpecifiedEvent[1]/OccurrenceDateTime[1]", moment.isoformat() if moment else None)
    put(leaves, f"{travel}SpecifiedEvent[1]/DateTimeTypeCode[1]", "A" if moment else None)
    for place, device in enumerate(movement.equipment, 1):
        put_device(leaves, f"{around}{_PART}UtilizedUnitLoadTransportEquipment[{place}]", device)


def _devices(leaves: Leaves, around: str) -> Iterator[TransportEquipment]:
    for part in leaves.each(f"{around}AssociatedStatusConsignment"):
        for each in leaves.each(f"{part}/UtilizedUnitLoadTransportEquipment"):
            device = device_at(leaves, each)
            if device:
                yield device


def _numbers(leaves: Leaves) -> Iterator[Reference]:
    number = leaves.peek(f"{_CONTRACT}ID[1]")
    if number:
        yield Reference("HBL" if leaves.peek(f"{_CONTRACT}TypeCode[1]") == _HOUSE else "BL", number)


def _named(leaves: Leaves, around: str) -> Iterator[Reference]:
    """House waybills, devices and numbers of customs that a status names."""
    for part in leaves.each(f"{around}AssociatedStatusConsignment"):
        for each in leaves.each(f"{part}/IncludedHouseConsignment"):
            if number := leaves.peek(f"{each}/TransportContractDocument[1]/ID[1]"):
                yield Reference("HBL", number)
        for each in leaves.each(f"{part}/IncludedCustomsNote"):
            kind = NOTED.get(leaves.peek(f"{each}/ContentCode[1]") or "")
            if kind and (text := leaves.peek(f"{each}/Content[1]")):
                yield Reference("UCR" if kind == "UCR" else "MRN", text)
    for device in _devices(leaves, around):
        yield Reference("EQUIPMENT", device.id)


def _instant(leaves: Leaves, path: str) -> datetime | None:
    text = leaves.peek(path)
    return None if text is None else Leaves({path: text}).take_instant(path)


# Answers ---------------------------------------------------------------------------------------------------------------

_FAULTS = "rsm:ResponseStatus"
_KINDS = {"740": "BL", "741": "BL", "703": "HBL"}


def read_response(leaves: Leaves) -> Response:
    """An answer of the one who got a message: acknowledged, processed, rejected, and why.

    Source: XFNM 3.00.
    """
    number, kind = leaves.peek(f"{BUSINESS}ID[1]"), leaves.peek(f"{BUSINESS}TypeCode[1]") or ""
    status = leaves.peek(f"{BUSINESS}StatusCode[1]")
    waybill = (number or "").partition("_")[0]  # some systems add the number of the message behind the waybill's
    name = _KINDS.get(kind)
    return Response(
        function_code=status,
        functional_reference=leaves.peek(f"{HEADER}ID[1]"),
        issued=_instant(leaves, f"{HEADER}IssueDateTime[1]"),
        declaration_reference=leaves.peek(f"{HEADER}ConversationID[1]") or number,
        statuses=(ResponseStatus(code=status),) if status else (),
        errors=tuple(
            ResponseError(
                code=leaves.peek(f"{each}/ReasonCode[1]"),
                type_code=leaves.peek(f"{each}/ConditionCode[1]"),
                description=leaves.peek(f"{each}/Reason[1]"),
                found=leaves.peek(f"{each}/Information[1]"),
            )
            for each in leaves.each(_FAULTS)
        ),
        references=(Reference("HBL" if name == "HBL" else "BL", waybill),) if name and waybill else (),
        extensions=leaves.left(),
    )


def write_response(response: Response) -> Leaves:
    """The leaves of an answer.

    Source: XFNM 3.00.
    """
    leaves = laid(response.extensions)
    if response.extensions:
        return leaves
    number = next((name for name in response.references if name.kind in ("HBL", "BL")), None)
    put(leaves, f"{HEADER}ID[1]", response.functional_reference)
    put(leaves, f"{HEADER}Name[1]", "Application acknowledgement and error report")
    put(leaves, f"{HEADER}TypeCode[1]", "294")
    put(leaves, f"{HEADER}IssueDateTime[1]", response.issued.isoformat() if response.issued else None)
    put(leaves, f"{HEADER}PurposeCode[1]", "Response")
    put(leaves, f"{HEADER}VersionID[1]", "3.00")
    put(leaves, f"{HEADER}ConversationID[1]", response.declaration_reference)
    put(leaves, f"{BUSINESS}ID[1]", number.value if number else response.declaration_reference)
    put(leaves, f"{BUSINESS}TypeCode[1]", (_HOUSE if number.kind == "HBL" else "740") if number else None)
    put(leaves, f"{BUSINESS}StatusCode[1]", response.function_code)
    for place, each in enumerate(response.errors, 1):
        put(leaves, f"{_FAULTS}[{place}]/ConditionCode[1]", each.type_code or "Error")
        put(leaves, f"{_FAULTS}[{place}]/ReasonCode[1]", each.code)
        put(leaves, f"{_FAULTS}[{place}]/Reason[1]", each.description)
        put(leaves, f"{_FAULTS}[{place}]/Information[1]", each.found)
    return leaves
