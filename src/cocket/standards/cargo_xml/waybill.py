# SPDX-License-Identifier: Apache-2.0
"""XFWB and XFZB ↔ the one bill of a manifest.

Source: IATA Cargo-XML, XFWB 5.00 and XFZB 4.00, by IATA's mapping of them to ONE Record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal

from msgspec import structs

from cocket.model import Amount, BillOfLading, CustomsNote, Manifest, Party, TransportEquipment, TransportMeans
from cocket.standards.air import trader_number
from cocket.standards.cargo_xml.parts import (
    CUBIC_METRES,
    KILOGRAMS,
    device_at,
    free,
    laid,
    pieces_of,
    put,
    put_all,
    put_device,
    put_measure,
    put_notes,
    put_party,
    take_all,
    take_measure,
    take_notes,
    take_party,
    take_pieces,
)
from cocket.standards.leaves import Leaves

HEADER, BUSINESS, MASTER = (
    "rsm:MessageHeaderDocument[1]/",
    "rsm:BusinessHeaderDocument[1]/",
    "rsm:MasterConsignment[1]/",
)
_HOUSE = f"{MASTER}IncludedHouseConsignment[1]/"
_MASTER_NUMBER = f"{MASTER}TransportContractDocument[1]/ID[1]"

Level = Literal["master", "house", "straight"]
_LEVELS: dict[str, Level] = {"740": "straight", "741": "master", "703": "house"}
_TYPES: dict[str | None, str] = {level: code for code, level in _LEVELS.items()}
_NAMES = {"740": "Air Waybill", "741": "Master Air Waybill", "703": "House Waybill", "122": "Transport Loading Report"}
_NOTIFY = "NI"
_MAIN_CARRIAGE = "Main-Carriage"
_PAID = {"true": "PP", "1": "PP", "false": "CC", "0": "CC"}
_AIR = "4"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

#: What the numbers of parties stand beside, among the notes.
_SUBJECTS = {"consignor": "SHP", "consignee": "CNE", "notify": "NFY", "forwarder": "AGT"}


def read_waybill(leaves: Leaves) -> Manifest:
    """An air waybill as a manifest with one bill.

    Source: XFWB 5.00.
    """
    level = _LEVELS.get(leaves.peek(f"{HEADER}TypeCode[1]") or "")
    if level:
        leaves.take(f"{HEADER}TypeCode[1]")
    bill = _bill(leaves, MASTER, leaves.take(f"{BUSINESS}ID[1]"))
    bill = structs.replace(
        bill,
        level=level,
        goods_description="\n".join(_words(leaves, MASTER)) or None,
    )
    return _manifest(leaves, MASTER, bill)


def write_waybill(manifest: Manifest) -> Leaves:
    """The leaves of an air waybill.

    Source: XFWB 5.00.
    """
    bill = manifest.bills[0]
    leaves = laid(manifest.extensions)
    put(leaves, f"{BUSINESS}ID[1]", bill.id)
    put_header(leaves, manifest, _TYPES.get(bill.level, "740"), "5.00")
    _put_bill(leaves, MASTER, manifest, bill)
    item = f"{MASTER}ApplicableRating[1]/IncludedMasterConsignmentItem[1]"
    if not manifest.extensions:
        put(leaves, f"{item[: item.rindex('/')]}/TypeCode[1]", "F" if bill.goods_description else None)
        _put_item(leaves, item, bill)
    return leaves


def read_house(leaves: Leaves) -> Manifest:
    """A house waybill as a manifest with one bill.

    Source: XFZB 4.00.
    """
    if leaves.peek(f"{HEADER}TypeCode[1]") == _TYPES["house"]:
        leaves.take(f"{HEADER}TypeCode[1]")
    bill = structs.replace(
        _bill(leaves, _HOUSE, leaves.take(f"{BUSINESS}ID[1]")),
        level="house",
        master_id=leaves.take(_MASTER_NUMBER),
        goods_description=leaves.take(f"{_HOUSE}SummaryDescription[1]"),
    )
    return _manifest(leaves, _HOUSE, bill)


def write_house(manifest: Manifest) -> Leaves:
    """The leaves of a house waybill.

    Source: XFZB 4.00.
    """
    bill = manifest.bills[0]
    leaves = laid(manifest.extensions)
    is_new = not manifest.extensions
    put(leaves, f"{BUSINESS}ID[1]", bill.id)
    put(leaves, f"{_HOUSE}ID[1]", bill.id if is_new else None)
    put_header(leaves, manifest, _TYPES["house"], "4.00")
    put(leaves, _MASTER_NUMBER, bill.master_id or manifest.master_id)
    put(leaves, f"{_HOUSE}SummaryDescription[1]", bill.goods_description)
    _put_bill(leaves, _HOUSE, manifest, bill)
    if is_new:
        _put_item(leaves, f"{_HOUSE}IncludedHouseConsignmentItem[1]", structs.replace(bill, goods_description=None))
    return leaves


def put_header(leaves: Leaves, manifest: Manifest, type_code: str, version: str) -> None:
    """Put the header of a message. A message that was read has all of it but what the model took."""
    is_new = not any(leaves.has(f"{HEADER}{name}") for name in ("ID", "PurposeCode", "VersionID"))
    put(leaves, f"{HEADER}TypeCode[1]", type_code)
    put(leaves, f"{HEADER}IssueDateTime[1]", manifest.issued.isoformat() if manifest.issued else None)
    if is_new:
        put(leaves, f"{HEADER}ID[1]", leaves.peek(f"{BUSINESS}ID[1]"))
        put(leaves, f"{HEADER}Name[1]", _NAMES.get(type_code, "Cargo Manifest"))
        put(leaves, f"{HEADER}PurposeCode[1]", "Creation")
        put(leaves, f"{HEADER}VersionID[1]", version)


# The bill --------------------------------------------------------------------------------------------------------------


def _bill(leaves: Leaves, around: str, number: str | None) -> BillOfLading:
    notes = take_notes(leaves, around)
    parties = {part: _numbered(_party(leaves, around, part), notes, part) for part in _SUBJECTS}
    return BillOfLading(
        id=number,
        unique_reference=leaves.take(f"{around}ID[1]") if around == MASTER else None,
        consignor=parties["consignor"],
        consignee=parties["consignee"],
        notify=parties["notify"],
        forwarder=parties["forwarder"],
        loading_place=leaves.take(f"{around}OriginLocation[1]/ID[1]"),
        unloading_place=leaves.take(f"{around}FinalDestinationLocation[1]/ID[1]"),
        packaging=take_pieces(leaves, f"{around}TotalPieceQuantity[1]"),
        gross_mass_kg=take_measure(leaves, f"{around}IncludedTareGrossWeightMeasure[1]", KILOGRAMS),
        volume_m3=take_measure(leaves, f"{around}GrossVolumeMeasure[1]", CUBIC_METRES),
        hs_codes=tuple(dict.fromkeys(_codes(leaves, around))),
        equipment=tuple(_devices(leaves, around)),
        customs_value=leaves.take_amount(f"{around}DeclaredValueForCustomsAmount[1]"),
        freight=_freight(leaves, around),
        freight_payment_code=_PAID.get(leaves.peek(f"{around}TotalChargePrepaidIndicator[1]") or ""),
        information=take_all(leaves, f"{around}HandlingOSIInstructions", "Description"),
        handling_codes=take_all(leaves, f"{around}HandlingSPHInstructions", "DescriptionCode"),
        customs_notes=notes,
    )


def _put_bill(leaves: Leaves, around: str, manifest: Manifest, bill: BillOfLading) -> None:
    is_new = not manifest.extensions
    put(leaves, f"{around}ID[1]", bill.unique_reference if around == MASTER else None)
    put_party(leaves, f"{around}ConsignorParty[1]", bill.consignor)
    put_party(leaves, f"{around}ConsigneeParty[1]", bill.consignee)
    address = "FreightForwarderAddress[1]" if around == MASTER else "PostalStructuredAddress[1]"
    put_party(leaves, f"{around}FreightForwarderParty[1]", bill.forwarder, address)
    if bill.notify is not None:
        place = _notify_place(leaves, around) or free(leaves, f"{around}AssociatedParty")
        put_party(leaves, place, structs.replace(bill.notify, function_code=_NOTIFY))
    put(leaves, f"{around}OriginLocation[1]/ID[1]", bill.loading_place)
    put(leaves, f"{around}FinalDestinationLocation[1]/ID[1]", bill.unloading_place)
    put(leaves, f"{around}TotalPieceQuantity[1]", pieces_of(bill.packaging))
    put_measure(leaves, f"{around}IncludedTareGrossWeightMeasure[1]", bill.gross_mass_kg, KILOGRAMS)
    put_measure(leaves, f"{around}GrossVolumeMeasure[1]", bill.volume_m3, CUBIC_METRES)
    leaves.put_amount(f"{around}DeclaredValueForCustomsAmount[1]", bill.customs_value)
    paid = {"PP": "true", "CC": "false"}.get(bill.freight_payment_code or "")
    put(leaves, f"{around}TotalChargePrepaidIndicator[1]", paid)
    put_all(leaves, f"{around}HandlingOSIInstructions", "Description", bill.information)
    put_all(leaves, f"{around}HandlingSPHInstructions", "DescriptionCode", bill.handling_codes)
    put_notes(leaves, around, (*bill.customs_notes, *(_numbers(bill) if is_new else ())))
    if is_new:
        _put_leg(leaves, f"{around}SpecifiedLogisticsTransportMovement[1]", manifest, bill)


def _party(leaves: Leaves, around: str, part: str) -> Party | None:
    if part != "notify":
        name = {"consignor": "Consignor", "consignee": "Consignee", "forwarder": "FreightForwarder"}[part]
        return take_party(leaves, f"{around}{name}Party[1]")
    place = _notify_place(leaves, around)
    return None if place is None else take_party(leaves, place)


def _notify_place(leaves: Leaves, around: str) -> str | None:
    places = leaves.each(f"{around}AssociatedParty")
    return next((each for each in places if leaves.peek(f"{each}/RoleCode[1]") == _NOTIFY), None)


def _numbered(party: Party | None, notes: tuple[CustomsNote, ...], part: str) -> Party | None:
    """A party with its number, which stands among the notes."""
    number = trader_number(notes, _SUBJECTS[part])
    return structs.replace(party, id=number) if party and number else party


def _numbers(bill: BillOfLading) -> Iterator[CustomsNote]:
    """Notes with the numbers of the parties that no note tells yet."""
    for part, subject in _SUBJECTS.items():
        party: Party | None = getattr(bill, part)
        if party and party.id and trader_number(bill.customs_notes, subject) is None:
            yield CustomsNote(country_code=party.country_code, subject_code=subject, content_code="T", text=party.id)


# Items -----------------------------------------------------------------------------------------------------------------


def _items(leaves: Leaves, around: str) -> Iterator[str]:
    yield from leaves.each(f"{around}IncludedHouseConsignmentItem")
    for rating in leaves.each(f"{around}ApplicableRating"):
        yield from leaves.each(f"{rating}/IncludedMasterConsignmentItem")


def _words(leaves: Leaves, around: str) -> Iterator[str]:
    for item in _items(leaves, around):
        words = leaves.peek(f"{item}/NatureIdentificationTransportCargo[1]/Identification[1]")
        if words:
            yield words


def _codes(leaves: Leaves, around: str) -> Iterator[str]:
    for item in _items(leaves, around):
        for each in leaves.each(f"{item}/TypeCode"):
            code = leaves.peek(each)
            if code and len(code) >= len("010121") and code.isdecimal():
                yield code


def _devices(leaves: Leaves, around: str) -> Iterator[TransportEquipment]:
    places = [f"{around}UtilizedLogisticsTransportEquipment"]
    places += [f"{item}/AssociatedUnitLoadTransportEquipment" for item in _items(leaves, around)]
    found: dict[str, TransportEquipment] = {}
    for name in places:
        for each in leaves.each(name):
            device = device_at(leaves, each)
            if device:
                found.setdefault(device.id, device)
    yield from found.values()


def _put_item(leaves: Leaves, item: str, bill: BillOfLading) -> None:
    """All goods as one item, if anything is told of them."""
    for place, code in enumerate(bill.hs_codes, 1):
        put(leaves, f"{item}/TypeCode[{place}]", code)
    put(leaves, f"{item}/NatureIdentificationTransportCargo[1]/Identification[1]", bill.goods_description)
    for place, device in enumerate(bill.equipment, 1):
        put_device(leaves, f"{item}/AssociatedUnitLoadTransportEquipment[{place}]", device)
    if not any(path.startswith(item) for path, _ in leaves.items()):
        return
    put(leaves, f"{item}/SequenceNumeric[1]", 1)
    put(leaves, f"{item}/PieceQuantity[1]", pieces_of(bill.packaging))
    put_measure(leaves, f"{item}/GrossWeightMeasure[1]", bill.gross_mass_kg, KILOGRAMS)


def _freight(leaves: Leaves, around: str) -> Amount | None:
    """The sum of all charges, where the message has only one; it stays where it is."""
    totals = [
        f"{sums}/GrandTotalAmount[1]"
        for total in leaves.each(f"{around}ApplicableTotalRating")
        for sums in leaves.each(f"{total}/ApplicablePrepaidCollectMonetarySummation")
    ]
    if len(totals) != 1 or (text := leaves.peek(totals[0])) is None:
        return None
    return Leaves({"a": text, "a/@currencyID": leaves.peek(f"{totals[0]}/@currencyID")}).take_amount("a")


# The flight ------------------------------------------------------------------------------------------------------------


def _manifest(leaves: Leaves, around: str, bill: BillOfLading) -> Manifest:
    """The bill in a manifest of its own, with the flight that brings it to its end."""
    leg = next(reversed(list(leaves.each(f"{around}SpecifiedLogisticsTransportMovement"))), None)
    voyage = leaves.peek(f"{leg}/ID[1]") if leg else None
    arrives = _day(leaves.peek(f"{leg}/ArrivalEvent[1]/ScheduledOccurrenceDateTime[1]"))
    mode = leaves.peek(f"{leg}/ModeCode[1]") if leg else None
    return Manifest(
        voyage=voyage,
        arrives=arrives,
        transport=TransportMeans(mode_code=mode or _AIR, voyage=voyage) if leg else TransportMeans(mode_code=_AIR),
        issued=leaves.take_instant(f"{HEADER}IssueDateTime[1]"),
        bills=(bill,),
        extensions=leaves.left(),
    )


def _put_leg(leaves: Leaves, leg: str, manifest: Manifest, bill: BillOfLading) -> None:
    if not manifest.voyage:
        return
    means = manifest.transport
    put(leaves, f"{leg}/StageCode[1]", _MAIN_CARRIAGE)
    put(leaves, f"{leg}/ModeCode[1]", (means and means.mode_code) or _AIR)
    put(leaves, f"{leg}/ID[1]", manifest.voyage)
    put(leaves, f"{leg}/SequenceNumeric[1]", 1)
    arrival = f"{leg}/ArrivalEvent[1]"
    put(
        leaves,
        f"{arrival}/ScheduledOccurrenceDateTime[1]",
        f"{manifest.arrives}T00:00:00" if manifest.arrives else None,
    )
    put(leaves, f"{arrival}/OccurrenceArrivalLocation[1]/ID[1]", bill.unloading_place)


def _day(text: str | None) -> date | None:
    """The day of a date and time; None if it is none."""
    found = _DAY.match(text or "")
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
