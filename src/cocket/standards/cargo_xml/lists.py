# SPDX-License-Identifier: Apache-2.0
"""XFHL and XFFM ↔ manifests of many bills: the houses of a master, and the waybills of a flight.

What belongs to one bill is kept with it, by its path within its element.

Source: IATA Cargo-XML, XFHL 3.00 and XFFM 4.00.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec import structs

from cocket.model import BillOfLading, Extension, Manifest, PackageTotals, TransportEquipment, TransportMeans
from cocket.standards.cargo_xml.parts import (
    CUBIC_METRES,
    KILOGRAMS,
    device_at,
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
from cocket.standards.cargo_xml.waybill import BUSINESS, HEADER, MASTER, put_header
from cocket.standards.leaves import Leaves

HOUSES = f"{MASTER}IncludedHouseConsignment"
_MASTER_NUMBER = f"{MASTER}TransportContractDocument[1]/ID[1]"
_NUMBER = "TransportContractDocument[1]/ID[1]"
_FLIGHT = "rsm:LogisticsTransportMovement[1]/"
_ARRIVAL = "rsm:ArrivalEvent"
_DEVICE = "UtilizedUnitLoadTransportEquipment[1]"
_CARGO_MANIFEST, _LOADING_REPORT = "785", "122"
_BULK, _UNIT = "BLK", "ULD"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def read_houses(leaves: Leaves) -> Manifest:
    """The houses of a master as a degroupage.

    Source: XFHL 3.00.
    """
    master = leaves.take(_MASTER_NUMBER)
    bills = tuple(
        structs.replace(_bill(leaves, f"{each}/"), line=leaves.take_whole(f"{each}/SequenceNumeric[1]"), level="house")
        for each in leaves.each(HOUSES)
    )
    totals = PackageTotals(
        bills=leaves.take_whole(f"{MASTER}ConsignmentItemQuantity[1]"),
        packages=leaves.take_whole(f"{MASTER}TotalPieceQuantity[1]"),
        gross_mass_kg=take_measure(leaves, f"{MASTER}IncludedTareGrossWeightMeasure[1]", KILOGRAMS),
    )
    manifest = Manifest(
        kind="degroupage",
        master_id=master,
        issued=leaves.take_instant(f"{HEADER}IssueDateTime[1]"),
        transport=TransportMeans(mode_code="4"),
        departure_place=leaves.take(f"{MASTER}OriginLocation[1]/ID[1]"),
        destination_place=leaves.take(f"{MASTER}FinalDestinationLocation[1]/ID[1]"),
        totals=totals,
        bills=bills,
    )
    return _parted(manifest, leaves, list(leaves.each(HOUSES)))


def write_houses(manifest: Manifest) -> Leaves:
    """The leaves of a list of houses.

    Source: XFHL 3.00.
    """
    places = [f"{HOUSES}[{place}]" for place in range(1, len(manifest.bills) + 1)]
    leaves = _joined(manifest, places)
    is_new = not manifest.extensions
    master = manifest.master_id or next((bill.master_id for bill in manifest.bills if bill.master_id), None)
    put(leaves, f"{BUSINESS}ID[1]", master if is_new else None)
    put_header(leaves, manifest, _CARGO_MANIFEST, "3.00")
    put(leaves, _MASTER_NUMBER, master)
    totals = manifest.totals
    put_measure(leaves, f"{MASTER}IncludedTareGrossWeightMeasure[1]", totals.gross_mass_kg, KILOGRAMS)
    put(leaves, f"{MASTER}ConsignmentItemQuantity[1]", totals.bills)
    put(leaves, f"{MASTER}TotalPieceQuantity[1]", totals.packages)
    put(leaves, f"{MASTER}OriginLocation[1]/ID[1]", manifest.departure_place)
    put(leaves, f"{MASTER}FinalDestinationLocation[1]/ID[1]", manifest.destination_place)
    for place, bill in zip(places, manifest.bills, strict=True):
        put(leaves, f"{place}/SequenceNumeric[1]", bill.line)
        _put_bill(leaves, f"{place}/", bill)
    return leaves


# The flight ------------------------------------------------------------------------------------------------------------


def read_flight(leaves: Leaves) -> Manifest:
    """The waybills of a flight, a bill for each part of one in a device or in bulk.

    Source: XFFM 4.00.
    """
    places = [(arrival, cargo, each) for arrival, cargo, each in consignments(leaves)]
    bills = tuple(_loaded(leaves, arrival, cargo, each) for arrival, cargo, each in places)
    arrivals = list(leaves.each(_ARRIVAL))
    arrived = _moment(leaves, f"{arrivals[-1]}/ArrivalOccurrenceDateTime[1]") if arrivals else (None, None)
    voyage = leaves.take(f"{_FLIGHT}ID[1]")
    manifest = Manifest(
        voyage=voyage,
        departed=_moment(leaves, f"{_FLIGHT}DepartureEvent[1]/DepartureOccurrenceDateTime[1]")[0],
        arrives=arrived[0],
        arrival_time=arrived[1],
        issued=leaves.take_instant(f"{HEADER}IssueDateTime[1]"),
        transport=_aircraft(leaves, voyage),
        departure_place=leaves.take(f"{_FLIGHT}DepartureEvent[1]/OccurrenceDepartureLocation[1]/ID[1]"),
        destination_place=leaves.peek(f"{arrivals[-1]}/OccurrenceArrivalLocation[1]/ID[1]") if arrivals else None,
        totals=PackageTotals(
            packages=leaves.take_whole(f"{_FLIGHT}TotalPieceQuantity[1]"),
            gross_mass_kg=take_measure(leaves, f"{_FLIGHT}TotalGrossWeightMeasure[1]", KILOGRAMS),
        ),
        bills=bills,
    )
    return _parted(manifest, leaves, [each for _, _, each in places])


def write_flight(manifest: Manifest) -> Leaves:
    """The leaves of a manifest of a flight.

    A manifest that was read has the place of each bill among what was left of it; else bills are put together by
    place of unloading and device, each in the order in which it is first met.

    Source: XFFM 4.00.
    """
    is_new = not manifest.extensions
    leaves = laid(manifest.extensions)
    marks = [path for path, _ in leaves.items() if path.startswith(_ARRIVAL) and path.endswith(_NUMBER)]
    places = [_around(path) for path in marks]
    if len(places) != len(manifest.bills):
        places = _grouped(manifest)
    leaves = _joined(manifest, places)
    put(leaves, f"{BUSINESS}ID[1]", _key(manifest) if is_new else None)
    put_header(leaves, manifest, _LOADING_REPORT, "4.00")
    put(leaves, f"{_FLIGHT}ID[1]", manifest.voyage)
    put(leaves, f"{_FLIGHT}TotalPieceQuantity[1]", manifest.totals.packages)
    put_measure(leaves, f"{_FLIGHT}TotalGrossWeightMeasure[1]", manifest.totals.gross_mass_kg, KILOGRAMS)
    departure = f"{_FLIGHT}DepartureEvent[1]/"
    put(leaves, f"{departure}OccurrenceDepartureLocation[1]/ID[1]", manifest.departure_place)
    if is_new:
        _put_journey(leaves, manifest, departure)
    for place, bill in zip(places, manifest.bills, strict=True):
        if is_new:
            _put_load(leaves, place, bill, manifest)
        _put_bill(leaves, f"{place}/", bill)
    return leaves


def consignments(leaves: Leaves) -> Iterator[tuple[str, str, str]]:
    """The paths of arrival, load and consignment, for each consignment of a flight (0..n).

    Source: XFFM 4.00.
    """
    for arrival in leaves.each(_ARRIVAL):
        for cargo in leaves.each(f"{arrival}/AssociatedTransportCargo"):
            for each in leaves.each(f"{cargo}/IncludedMasterConsignment"):
                yield arrival, cargo, each


def _loaded(leaves: Leaves, arrival: str, cargo: str, each: str) -> BillOfLading:
    """A bill with what is told of it beside its element; its number stays, for it marks the place."""
    device = device_at(leaves, f"{cargo}/{_DEVICE}")
    bill = _bill(leaves, f"{each}/", takes_number=False)
    equipment: tuple[TransportEquipment, ...] = () if device is None else (device,)
    return structs.replace(
        bill,
        unloading_place=leaves.peek(f"{arrival}/OccurrenceArrivalLocation[1]/ID[1]"),
        delivery_place=bill.unloading_place,
        equipment=equipment,
    )


def _aircraft(leaves: Leaves, voyage: str | None) -> TransportMeans:
    means = f"{_FLIGHT}UsedLogisticsTransportMeans[1]"
    country = leaves.peek(f"{means}/RegistrationCountry[1]/ID[1]") or ""
    return TransportMeans(
        mode_code="4",
        voyage=voyage,
        name=leaves.peek(f"{means}/Name[1]"),
        nationality_code=country if len(country) == len("DE") else None,
        id=country if len(country) > len("DE") else None,
    )


def _grouped(manifest: Manifest) -> list[str]:
    """The place of each bill, by where it is unloaded and what it is loaded in."""
    ports: dict[str | None, dict[str | None, int]] = {}
    places = []
    for bill in manifest.bills:
        devices = ports.setdefault(bill.unloading_place, {})
        device = bill.equipment[0].id if bill.equipment else None
        number = devices.setdefault(device, 0) + 1
        devices[device] = number
        arrival, cargo = list(ports).index(bill.unloading_place) + 1, list(devices).index(device) + 1
        places.append(f"{_ARRIVAL}[{arrival}]/AssociatedTransportCargo[{cargo}]/IncludedMasterConsignment[{number}]")
    return places


def _put_journey(leaves: Leaves, manifest: Manifest, departure: str) -> None:
    put(leaves, f"{_FLIGHT}StageCode[1]", "Main-Carriage")
    put(leaves, f"{_FLIGHT}ModeCode[1]", "4")
    put(leaves, f"{_FLIGHT}SequenceNumeric[1]", 1)
    put(
        leaves,
        f"{departure}DepartureOccurrenceDateTime[1]",
        f"{manifest.departed}T00:00:00" if manifest.departed else None,
    )
    if manifest.transport:
        put(leaves, f"{_FLIGHT}UsedLogisticsTransportMeans[1]/Name[1]", manifest.transport.name)
    if not manifest.bills:
        put(leaves, f"{_ARRIVAL}[1]/OccurrenceArrivalLocation[1]/ID[1]", manifest.destination_place)


def _put_load(leaves: Leaves, place: str, bill: BillOfLading, manifest: Manifest) -> None:
    """What stands around a bill: where it is unloaded, and what it is loaded in."""
    arrival, cargo = place.split("/", maxsplit=1)[0], "/".join(place.split("/")[:2])
    put(leaves, f"{arrival}/OccurrenceArrivalLocation[1]/ID[1]", bill.unloading_place or manifest.destination_place)
    if manifest.arrives:
        put(
            leaves,
            f"{arrival}/ArrivalOccurrenceDateTime[1]",
            f"{manifest.arrives}T{manifest.arrival_time or '00:00'}:00",
        )
    put(leaves, f"{cargo}/TypeCode[1]", _UNIT if bill.equipment else _BULK)
    if bill.equipment:
        put_device(leaves, f"{cargo}/{_DEVICE}", bill.equipment[0])


def _key(manifest: Manifest) -> str | None:
    """What names a flight: its number, day and place of departure."""
    parts = (manifest.voyage, manifest.departed and f"{manifest.departed:%Y%m%d}", manifest.departure_place)
    return "".join(part for part in parts if part) or None


def _moment(leaves: Leaves, path: str) -> tuple[date | None, str | None]:
    """Day and time of a moment, as written; it stays where it is."""
    found = _TIME.match(leaves.peek(path) or "")
    try:
        return (date.fromisoformat(found[1]), f"{found[2]}:{found[3]}") if found else (None, None)
    except ValueError:
        return None, None


# Bills of a list -------------------------------------------------------------------------------------------------------


def _bill(leaves: Leaves, around: str, *, takes_number: bool = True) -> BillOfLading:
    number = f"{around}{_NUMBER}"
    notes = take_notes(leaves, around)
    return BillOfLading(
        id=leaves.take(number) if takes_number else leaves.peek(number),
        consignor=take_party(leaves, f"{around}ConsignorParty[1]"),
        consignee=take_party(leaves, f"{around}ConsigneeParty[1]"),
        loading_place=leaves.take(f"{around}OriginLocation[1]/ID[1]"),
        unloading_place=leaves.take(f"{around}FinalDestinationLocation[1]/ID[1]"),
        goods_description=leaves.take(f"{around}SummaryDescription[1]"),
        packaging=take_pieces(leaves, f"{around}TotalPieceQuantity[1]"),
        gross_mass_kg=take_measure(leaves, f"{around}GrossWeightMeasure[1]", KILOGRAMS),
        volume_m3=take_measure(leaves, f"{around}GrossVolumeMeasure[1]", CUBIC_METRES),
        hs_codes=_codes(leaves, around),
        information=take_all(leaves, f"{around}HandlingOSIInstructions", "Description"),
        handling_codes=take_all(leaves, f"{around}HandlingSPHInstructions", "DescriptionCode"),
        customs_notes=notes,
    )


def _put_bill(leaves: Leaves, around: str, bill: BillOfLading) -> None:
    put(leaves, f"{around}{_NUMBER}", bill.id)
    put_party(leaves, f"{around}ConsignorParty[1]", bill.consignor)
    put_party(leaves, f"{around}ConsigneeParty[1]", bill.consignee)
    put(leaves, f"{around}OriginLocation[1]/ID[1]", bill.loading_place)
    end = (bill.delivery_place or bill.unloading_place) if around.startswith(_ARRIVAL) else bill.unloading_place
    put(leaves, f"{around}FinalDestinationLocation[1]/ID[1]", end)
    put(leaves, f"{around}SummaryDescription[1]", bill.goods_description)
    put(leaves, f"{around}TotalPieceQuantity[1]", pieces_of(bill.packaging))
    put_measure(leaves, f"{around}GrossWeightMeasure[1]", bill.gross_mass_kg, KILOGRAMS)
    put_measure(leaves, f"{around}GrossVolumeMeasure[1]", bill.volume_m3, CUBIC_METRES)
    put_all(leaves, f"{around}HandlingOSIInstructions", "Description", bill.information)
    put_all(leaves, f"{around}HandlingSPHInstructions", "DescriptionCode", bill.handling_codes)
    put_notes(leaves, around, bill.customs_notes)


def _codes(leaves: Leaves, around: str) -> tuple[str, ...]:
    found: dict[str, Any] = {}
    for item in leaves.each(f"{around}IncludedMasterConsignmentItem"):
        found |= {code: None for each in leaves.each(f"{item}/TypeCode") if (code := leaves.peek(each))}
    return tuple(found)


def _parted(manifest: Manifest, leaves: Leaves, places: list[str]) -> Manifest:
    """A manifest with what nobody took, that of each bill with the bill; the marks of the places stay with the whole."""
    own: dict[str, list[Extension]] = {f"{place}/": [] for place in places}
    whole = []
    for extension in leaves.left():
        around = _around(extension.path) + "/"
        inner = extension.path[len(around) :]
        is_mark = inner == _NUMBER and around.startswith(_ARRIVAL)
        if around in own and inner and not is_mark:
            own[around].append(Extension(inner, extension.value))
        else:
            whole.append(extension)
    bills = tuple(
        structs.replace(bill, extensions=tuple(own[f"{place}/"]))
        for place, bill in zip(places, manifest.bills, strict=True)
    )
    return structs.replace(manifest, bills=bills, extensions=tuple(whole))


def _joined(manifest: Manifest, places: list[str]) -> Leaves:
    """What was left of a manifest and of each of its bills, where it stood."""
    whole = list(manifest.extensions)
    for place, bill in zip(places, manifest.bills, strict=True):
        whole += [Extension(f"{place}/{each.path}", each.value) for each in bill.extensions]
    return laid(whole)


def _around(path: str) -> str:
    """The element of a bill that a path goes into: two steps for houses, three for a flight."""
    steps = path.split("/")
    return "/".join(steps[: 3 if path.startswith(_ARRIVAL) else 2])
