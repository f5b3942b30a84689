# SPDX-License-Identifier: Apache-2.0
"""Bills of lading, shipping instructions, bookings and arrival notices → transport documents of the model.

Source: DCSA Electronic Bill of Lading 3.0, Booking 2.0, Arrival Notice 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from cocket.model import BillOfLading, Manifest, Packaging, Party, Reference, TransportEquipment, TransportMeans
from cocket.standards.dcsa.drawing import named, reference
from cocket.standards.dcsa.events import KINDS, seals_of
from cocket.standards.json_drawing import inside, number, objects, text

#: Kilograms of the units of mass that DCSA has.
_KILOGRAMS = {"KGM": Decimal(1), "LBR": Decimal("0.45359237"), "GRM": Decimal("0.001"), "TNE": Decimal(1000)}
#: Functions of parties where they stand in a list.
_FUNCTIONS = {"OS": "shipper", "CN": "consignee", "N1": "notify", "DDR": "shipper", "NP": "notify"}


def read_papers(papers: Iterable[dict[str, Any]]) -> Manifest:
    """Papers as the bills of a manifest.

    The names of a manifest are names of each of its bills: several papers that happen to come together have none in
    common, only those of each bill.

    Args:
        papers: The papers, right or wrong.

    Source: DCSA Electronic Bill of Lading 3.0, Booking 2.0, Arrival Notice 1.0.
    """
    listed = list(papers)
    first = listed[0] if listed else {}
    return Manifest(
        transport=_transport(first),
        voyage=None if (means := _transport(first)) is None else means.voyage,
        bills=tuple(map(_bill, listed)),
        references=named(_references(first)) if len(listed) == 1 else (),
    )


def _bill(paper: dict[str, Any]) -> BillOfLading:
    parties = _parties(paper)
    carrier = text(paper, "carrierCode")
    items = list(objects(paper, "consignmentItems")) + list(_commodities(paper))
    return BillOfLading(
        id=text(paper, "transportDocumentReference"),
        unique_reference=text(paper, "carrierBookingReference"),
        type_code=text(paper, "transportDocumentTypeCode"),
        consignor=parties.get("shipper"),
        consignee=parties.get("consignee"),
        notify=parties.get("notify"),
        carrier=Party(id=carrier) if carrier else parties.get("carrier"),
        loading_place=_place(paper, "portOfLoading", "POL"),
        unloading_place=_place(paper, "portOfDischarge", "POD"),
        delivery_place=_place(paper, "placeOfDelivery", "PDE"),
        goods_description="\n".join(_descriptions(items)) or None,
        packaging=tuple(_packages(items)),
        gross_mass_kg=_mass(items),
        hs_codes=tuple(dict.fromkeys(code for item in items for code in _codes(item))),
        equipment=tuple(_equipment(paper, items)),
        freight_payment_code=text(paper, "freightPaymentTermCode"),
    )


def _parties(paper: dict[str, Any]) -> dict[str, Party]:
    """Parties by their part; DCSA names them in an object, in an arrival notice in a list with a function."""
    found: dict[str, Party] = {}
    given = paper.get("documentParties")
    if isinstance(given, dict):
        for part in ("shipper", "consignee"):
            if isinstance(given.get(part), dict):
                found[part] = _party(given[part])
        issuing = given.get("issuingParty")
        if isinstance(issuing, dict):
            found["carrier"] = _party(issuing)
        for each in objects(given, "notifyParties"):
            found.setdefault("notify", _party(each))
    for each in objects(paper, "documentParties"):
        role = _FUNCTIONS.get(text(each, "partyFunction") or "")
        if role:
            found.setdefault(role, _party(each, text(each, "partyFunction")))
    return found


def _party(party: dict[str, Any], function: str | None = None) -> Party:
    address = party.get("address")
    lines = [text(address, name) for name in ("street", "streetNumber", "floor", "POBox", "stateRegion")]
    identity = next(objects(party, "identifyingCodes"), None)
    contact = next(objects(party, "partyContactDetails"), None)
    return Party(
        id=text(identity, "partyCode"),
        name=text(party, "partyName"),
        address=tuple(line for line in lines if line),
        city=text(address, "city"),
        postcode=text(address, "postCode") or text(address, "postalCode"),
        country_code=text(address, "countryCode"),
        contact=text(contact, "name"),
        function_code=function,
    )


def _place(paper: dict[str, Any], name: str, code: str) -> str | None:
    for around in ("transports", "transport"):
        found = text(paper, around, name, "UNLocationCode")
        if found:
            return found
    if found := text(paper, name, "UNLocationCode"):
        return found
    for each in objects(paper, "shipmentLocations"):
        if text(each, "locationTypeCode") == code:
            return text(each, "location", "UNLocationCode")
    return None


def _transport(paper: dict[str, Any]) -> TransportMeans | None:
    voyage = next(objects(paper, "transports", "vesselVoyages"), None)
    leg = next(objects(paper, "transport", "legs"), None)
    voyage = voyage or inside(leg, "vesselVoyage")
    vessel = paper.get("vessel")
    made = TransportMeans(
        id=text(voyage, "vesselIMONumber") or text(vessel, "vesselIMONumber"),
        name=text(voyage, "vesselName") or text(vessel, "name"),
        voyage=text(voyage, "carrierExportVoyageNumber")
        or text(voyage, "carrierImportVoyageNumber")
        or text(paper, "carrierExportVoyageNumber"),
    )
    return made if made != TransportMeans() else None


def _commodities(paper: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in (*objects(paper, "requestedEquipments"), *objects(paper, "confirmedEquipments")):
        yield from objects(each, "commodities")


def _descriptions(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    for item in items:
        lines = item.get("descriptionOfGoods")
        yield from (line for line in (lines if isinstance(lines, list) else [lines]) if isinstance(line, str) and line)
        if kind := text(item, "commodityType"):
            yield kind


def _codes(item: dict[str, Any]) -> Iterator[str]:
    codes = item.get("HSCodes")
    yield from (code for code in (codes if isinstance(codes, list) else ()) if isinstance(code, str))


def _packages(items: Iterable[dict[str, Any]]) -> Iterator[Packaging]:
    for item in items:
        for each in [
            *(inside(cargo, "outerPackaging") for cargo in objects(item, "cargoItems")),
            item.get("outerPackaging"),
        ]:
            count = number(each, "numberOfPackages")
            if isinstance(each, dict):
                yield Packaging(
                    quantity=None if count is None or count != count.to_integral_value() else int(count),
                    type_code=text(each, "packageCode"),
                    type_name=text(each, "description"),
                )


def _mass(items: Iterable[dict[str, Any]]) -> Decimal | None:
    """Gross mass of all items; None if one of them does not say, or in a unit that is not known."""
    total, weights = Decimal(0), list[Any]()
    for item in items:
        weights += [inside(cargo, "cargoGrossWeight") for cargo in objects(item, "cargoItems")] or [
            item.get("cargoGrossWeight")
        ]
    for each in weights:
        value, factor = number(each, "value"), _KILOGRAMS.get(text(each, "unit") or "")
        if value is None or factor is None:
            return None
        total += value * factor
    return total if weights else None


def _equipment(paper: dict[str, Any], items: Iterable[dict[str, Any]]) -> Iterator[TransportEquipment]:
    found = dict[str, TransportEquipment]()
    for each in objects(paper, "utilizedTransportEquipments"):
        name = text(each, "equipment", "equipmentReference") or text(each, "equipmentReference")
        if name:
            found[name] = TransportEquipment(
                id=name,
                type_code=text(each, "equipment", "ISOEquipmentCode") or text(each, "ISOEquipmentCode"),
                seals=tuple(seals_of(each)),
            )
    for item in items:
        for cargo in objects(item, "cargoItems"):
            if name := text(cargo, "equipmentReference"):
                found.setdefault(name, TransportEquipment(id=name))
    names = paper.get("equipmentReferences")
    for name in names if isinstance(names, list) else ():
        if isinstance(name, str) and name.strip():
            found.setdefault(name.strip(), TransportEquipment(id=name.strip()))
    yield from found.values()


def _references(paper: dict[str, Any]) -> Iterator[Reference]:
    yield from reference("BL", text(paper, "transportDocumentReference"))
    for name in ("carrierBookingReference", "carrierBookingRequestReference", "shippingInstructionsReference"):
        yield from reference("DOCUMENT", text(paper, name))
    for each in objects(paper, "houseBillOfLadings"):
        yield from reference("HBL", text(each, "houseBillOfLadingReference"))
    items = list(objects(paper, "consignmentItems"))
    for item in items:
        yield from reference("DOCUMENT", text(item, "carrierBookingReference"))
    for around in (paper, *items):
        for each in (*objects(around, "references"), *objects(around, "customsReferences")):
            values = each.get("values")
            for value in [each.get("value"), *(values if isinstance(values, list) else ())]:
                if isinstance(value, str):
                    yield from reference(KINDS.get(text(each, "type") or "", "DOCUMENT"), value.strip())
    yield from (Reference("EQUIPMENT", equipment.id) for equipment in _equipment(paper, items))
