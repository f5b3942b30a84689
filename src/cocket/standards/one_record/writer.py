# SPDX-License-Identifier: Apache-2.0
"""Manifests and movements → JSON-LD of ONE Record, as waybills and events without addresses of their own.

A server gives addresses; until then objects stand inside each other.

Source: ONE Record data model 3.3 (2026-07), and IATA's mapping of XFWB, XFZB, XFSU and OCI to it (1.2.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cocket.codes import AirWaybillNumber, UnitLoadDevice
from cocket.errors import SenderError
from cocket.model import Amount, BillOfLading, CustomsNote, Manifest, Movement, Party, TransportEquipment
from cocket.standards.air import trader_number

_CONTEXT = {"cargo": "https://onerecord.iata.org/ns/cargo#", "codes": "https://onerecord.iata.org/ns/code-lists/"}
_TYPES = {"master": "MASTER", "house": "HOUSE", "straight": "DIRECT"}
_ROLES = {"consignor": "SHP", "consignee": "CNE", "notify": "NFY", "forwarder": "AGT"}
_UNITS = "https://vocabulary.uncefact.org/UnitMeasureCode#"
_MOST_PIECES = 10_000


def waybills_of(manifest: Manifest) -> dict[str, Any]:
    """The bills of a manifest as waybills.

    Raises:
        SenderError: A bill has more pieces than are written one by one.

    Source: ONE Record data model, Waybill.
    """
    made = [_waybill(manifest, bill) for bill in manifest.bills]
    return {"@context": _CONTEXT} | (made[0] if len(made) == 1 else {"@graph": made})


def events_of(movement: Movement) -> dict[str, Any]:
    """Movements as events.

    Raises:
        SenderError: One has no code.

    Source: ONE Record data model, StatusUpdateEvent.
    """
    made = [_event(each) for each in movement.movements or (movement,)]
    return {"@context": _CONTEXT} | (made[0] if len(made) == 1 else {"@graph": made})


def _waybill(manifest: Manifest, bill: BillOfLading) -> dict[str, Any]:
    number = AirWaybillNumber.parse(bill.id or "")
    is_house = bill.level == "house"
    prefix, serial = (number.airline, number.canonical[4:]) if number and not is_house else (None, bill.id)
    master = bill.master_id or manifest.master_id
    paid = {"PP": "P", "CC": "C"}.get(bill.freight_payment_code or "")
    return _object(
        "Waybill",
        waybillType={"@id": f"cargo:{_TYPES[bill.level]}"} if bill.level else None,
        waybillPrefix=prefix,
        waybillNumber=serial,
        masterWaybill=_master(master) if is_house and master else None,
        shippingRefNo=bill.unique_reference,
        departureLocation=_place(bill.loading_place),
        arrivalLocation=_place(bill.unloading_place),
        involvedParties=[_party(bill, part, role) for part, role in _ROLES.items() if getattr(bill, part)],
        declaredValueForCustoms=_amount(bill.customs_value),
        weightValuationIndicator={"@id": f"codes:PrepaidCollectIndicator#{paid}"} if paid else None,
        waybillLineItems=[_object("WaybillLineItem", uldReferences=list(map(_device, bill.equipment)))]
        if bill.equipment
        else None,
        shipment=_shipment(bill),
    )


def _master(number: str) -> dict[str, Any]:
    parsed = AirWaybillNumber.parse(number)
    prefix, serial = (parsed.airline, parsed.canonical[4:]) if parsed else (None, number)
    return _object("Waybill", waybillType={"@id": "cargo:MASTER"}, waybillPrefix=prefix, waybillNumber=serial)


def _shipment(bill: BillOfLading) -> dict[str, Any]:
    return _object(
        "Shipment",
        goodsDescription=bill.goods_description,
        totalGrossWeight=_measure(bill.gross_mass_kg, "KGM"),
        totalVolume=_measure(bill.volume_m3, "MTQ"),
        pieces=_pieces(bill),
        textualHandlingInstructions=list(bill.information) or None,
        customsInformation=[_note(each) for each in (*bill.customs_notes, *_numbers(bill))] or None,
    )


def _pieces(bill: BillOfLading) -> list[dict[str, Any]] | None:
    """A piece for each that is counted; the first has what is told of all."""
    counts = [each.quantity for each in bill.packaging]
    known = [count for count in counts if count is not None]
    count = sum(known) if counts and len(known) == len(counts) else 0
    if count > _MOST_PIECES:
        message = "There are too many pieces to write individually."
        raise SenderError(message, code="one-record-pieces", expected=str(_MOST_PIECES), found=str(count))
    products = [_object("Product", hsCode=_code(code)) for code in bill.hs_codes]
    codes = [{"@id": f"codes:SpecialHandlingCode#{code}"} for code in bill.handling_codes]
    if not count and not products and not codes:
        return None
    first = _object("Piece", specialHandlingCodes=codes or None, contentProducts=products or None)
    return [first, *(_object("Piece", skeletonIndicator=True) for _ in range(count - 1))] if count else None


def _party(bill: BillOfLading, part: str, role: str) -> dict[str, Any]:
    party: Party = getattr(bill, part)
    address = _object(
        "Address",
        streetAddressLines=list(party.address) or None,
        textualPostCode=party.postcode,
        cityName=party.city,
        country=_code(party.country_code),
    )
    return _object(
        "Party",
        partyRole={"@id": f"codes:ParticipantIdentifier#{role}"},
        partyDetails=_object(
            "Company",
            name=party.name,
            basedAtLocation=_object("Location", address=address) if len(address) > 1 else None,
            contactPersons=[_object("Person", lastName=party.contact)] if party.contact else None,
        ),
    )


def _numbers(bill: BillOfLading) -> Iterator[CustomsNote]:
    """Notes with the numbers of the parties that no note tells yet."""
    for part, role in _ROLES.items():
        party: Party | None = getattr(bill, part)
        if party and party.id and trader_number(bill.customs_notes, role) is None:
            yield CustomsNote(country_code=party.country_code, subject_code=role, content_code="T", text=party.id)


def _note(note: CustomsNote) -> dict[str, Any]:
    return _object(
        "CustomsInformation",
        country=_code(note.country_code),
        subjectCode=_code(note.subject_code),
        contentCode=_code(note.content_code),
        note=note.text,
    )


def _device(device: TransportEquipment) -> dict[str, Any]:
    parts = UnitLoadDevice.parse(device.id)
    return _object(
        "ULD",
        uldTypeCode=_code(parts.kind if parts else device.type_code),
        uldSerialNumber=parts.serial if parts else device.id,
        ownerCode=_code(parts.owner if parts else None),
        sealNumber=device.seals[0].id if device.seals else None,
        tareWeight=_measure(device.tare_mass_kg, "KGM"),
    )


def _event(movement: Movement) -> dict[str, Any]:
    if not movement.message_code:
        raise SenderError("An event needs a code.", expected="message_code")
    moment = movement.occurred or movement.arrived or movement.departed
    number = next((name for name in movement.references if name.kind in ("HBL", "BL")), None)
    timing = dict(movement.statuses).get("timing")
    waybill = None
    if number is not None:
        waybill = (
            _master(number.value)
            if number.kind == "BL"
            else _object("Waybill", waybillType={"@id": "cargo:HOUSE"}, waybillNumber=number.value)
        )
    location = movement.location
    return _object(
        "StatusUpdateEvent",
        eventCode={"@id": f"codes:StatusCode#{movement.message_code}"},
        eventDate=None
        if moment is None
        else {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": moment.isoformat()},
        eventTimeType={"@id": f"cargo:{timing}"} if timing else None,
        eventLocation=_place(location.id, location.name) if location else None,
        transportMovementReference=_object("TransportMovement", transportIdentifier=movement.transport.voyage)
        if movement.transport and movement.transport.voyage
        else None,
        eventFor=_object("Shipment", waybill=waybill) if waybill else None,
    )


def _place(code: str | None, name: str | None = None) -> dict[str, Any] | None:
    if not code and not name:
        return None
    return _object("Location", locationCodes=[_code(code)] if code else None, locationName=name)


def _code(code: str | None) -> dict[str, Any] | None:
    return None if code is None else _object("CodeListElement", code=code)


def _measure(value: Decimal | None, unit: str) -> dict[str, Any] | None:
    return None if value is None else _object("Value", numericalValue=value, unit={"@id": f"{_UNITS}{unit}"})


def _amount(amount: Amount | None) -> dict[str, Any] | None:
    if amount is None:
        return None
    unit = {"@id": f"codes:CurrencyCode#{amount.currency}"} if amount.currency else None
    return _object("CurrencyValue", numericalValue=amount.value, currencyUnit=unit)


def _object(kind: str, **said: Any) -> dict[str, Any]:
    """An object with what it says; nothing for what is None or an empty list."""
    return {"@type": f"cargo:{kind}"} | {
        f"cargo:{name}": value for name, value in said.items() if value not in (None, [])
    }
