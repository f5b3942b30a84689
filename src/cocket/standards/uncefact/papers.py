# SPDX-License-Identifier: Apache-2.0
"""Bills of lading and consignments at the border ↔ transport documents of the model.

Source: UN/CEFACT Maritime Bill of Lading and Cross-Border Management Consignment, JSON schemas D23B.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cocket.model import BillOfLading, Manifest, Packaging, Party, Reference, Seal, TransportEquipment, TransportMeans
from cocket.standards.uncefact.drawing import CUBIC_METRES, KILOGRAMS, inside, measure, number, objects, text, texts

#: Types of bills of lading (UNCL 1001, DCSA), which all are the one type of this message.
_BILLS = frozenset({"704", "705", "706", "BOL"})
_MOVEMENTS = ("mainCarriageLogisticsTransportMovement", "borderCrossingLogisticsTransportMovement")


def read_papers(value: dict[str, Any]) -> Manifest:
    """A message as a manifest with a bill for each consignment, houses after their master.

    Args:
        value: The message, right or wrong.

    Source: UN/CEFACT D23B.
    """
    paper = value.get("exchangedDocument")
    consignments = list(objects(value, "specifiedConsignment"))
    number_of = text(paper, "id") if len(consignments) == 1 else None
    bills = tuple(bill for each in consignments for bill in _bills(each, number_of, text(paper, "typeCode")))
    transport = _transport(consignments[0]) if consignments else None
    declared = text(value, "exchangedDeclaration", "id")
    return Manifest(
        transport=transport,
        voyage=transport.voyage if transport else None,
        carrier=bills[0].carrier if bills else None,
        bills=bills,
        references=tuple(dict.fromkeys(_references(consignments[0], declared))) if len(consignments) == 1 else (),
    )


def _bills(consignment: dict[str, Any], number_of: str | None, kind: str | None) -> Iterator[BillOfLading]:
    houses = list(objects(consignment, "includedReferencedConsignment"))
    paper = text(consignment, "transportContractReferencedDocument", "id")
    own = number_of or paper or text(consignment, "id")
    yield _bill(consignment, own, kind, "master" if houses else None)
    for house in houses:
        numbered = text(house, "transportContractReferencedDocument", "id") or text(house, "id")
        yield _bill(house, numbered, None, "house", own)


def _bill(
    consignment: dict[str, Any], number_of: str | None, kind: str | None, level: Any, master: str | None = None
) -> BillOfLading:
    items = [
        *objects(consignment, "includedConsignmentItem"),
        *objects(consignment, "includedReferencedConsignmentItem"),
    ]
    words = [*texts(consignment, "summaryDescription")] or [word for item in items for word in _words(item)]
    return BillOfLading(
        id=number_of,
        level=level,
        master_id=master,
        type_code=kind or text(consignment, "transportContractReferencedDocument", "typeCode"),
        unique_reference=text(consignment, "carrierAssignedId"),
        consignor=_party(consignment.get("consignor")),
        consignee=_party(consignment.get("consignee")),
        notify=_party(next(objects(consignment, "notified"), None)),
        carrier=_party(consignment.get("carrier")),
        loading_place=_event_place(consignment, "loadingEvent")
        or text(consignment, "loadingBaseportLogisticsLocation", "id"),
        unloading_place=_event_place(consignment, "unloadingEvent")
        or text(consignment, "unloadingBaseportLogisticsLocation", "id"),
        delivery_place=text(consignment, "consigneeReceiptLogisticsLocation", "id"),
        goods_description="\n".join(words) or None,
        packaging=tuple(packaging for item in items for packaging in _packages(item)),
        gross_mass_kg=_gross(consignment, items),
        volume_m3=measure(consignment, CUBIC_METRES, "grossVolume"),
        hs_codes=tuple(
            code for item in items if (code := text(item, "typeCode") or text(item, "natureIdCargo", "typeCode"))
        ),
        equipment=tuple(_equipment(consignment)),
    )


def _words(item: dict[str, Any]) -> Iterator[str]:
    for cargo in objects(item, "natureIdCargo"):
        yield from texts(cargo, "id")
    yield from texts(item, "information")


def _packages(item: dict[str, Any]) -> Iterator[Packaging]:
    marks = text(item, "physicalLogisticsShippingMarks", "marking")
    for each in objects(item, "transportLogisticsPackage"):
        count = number(each, "itemQuantity")
        yield Packaging(
            quantity=int(count) if count is not None and count == count.to_integral_value() else None,
            type_code=text(each, "typeCode"),
            marks=text(each, "physicalLogisticsShippingMarks", "marking") or marks,
        )


def _gross(consignment: dict[str, Any], items: list[dict[str, Any]]) -> Decimal | None:
    """Gross mass of the whole; else that of its items, if all of them say."""
    whole = measure(consignment, KILOGRAMS, "grossWeight")
    if whole is not None:
        return whole
    masses = [measure(item, KILOGRAMS, "grossWeight") for item in items]
    return sum((mass for mass in masses if mass is not None), Decimal()) if masses and None not in masses else None


def _equipment(consignment: dict[str, Any]) -> Iterator[TransportEquipment]:
    for each in objects(consignment, "utilizedLogisticsTransportEquipment"):
        if name := text(each, "id"):
            yield TransportEquipment(
                id=name,
                type_code=text(each, "characteristicCode"),
                fullness_code=text(each, "usedCapacityCode"),
                seals=tuple(
                    Seal(id=number_of, party_code=text(seal, "sealingPartyRoleCode"))
                    for seal in objects(each, "affixedLogisticsSeal")
                    if (number_of := text(seal, "id"))
                ),
                gross_mass_kg=measure(each, KILOGRAMS, "grossWeight"),
                tare_mass_kg=measure(each, KILOGRAMS, "tareWeight"),
            )


def _party(value: Any) -> Party | None:
    if not isinstance(value, dict):
        return None
    address = value.get("postalTradeAddress")
    made = Party(
        id=text(value, "id") or text(value, "specifiedTaxRegistration", "id"),
        name=text(value, "name"),
        address=tuple(texts(address, "streetName")),
        city=text(address, "cityName"),
        postcode=text(address, "postcodeCode"),
        country_code=text(address, "countryId"),
        contact=text(value, "definedTradeContact", "personName"),
    )
    return made if made != Party() else None


def _event_place(consignment: dict[str, Any], event: str) -> str | None:
    return text(consignment, _MOVEMENTS[0], event, "occurrenceLogisticsLocation", "id")


def _transport(consignment: dict[str, Any]) -> TransportMeans | None:
    movement = next((each for name in _MOVEMENTS if (each := inside(consignment, name))), None)
    made = TransportMeans(
        id=text(movement, "usedLogisticsTransportMeans", "id"),
        name=text(movement, "usedLogisticsTransportMeans", "name"),
        mode_code=text(movement, "modeCode"),
        voyage=text(movement, "id"),
    )
    return made if made != TransportMeans() else None


def _references(consignment: dict[str, Any], declared: str | None) -> Iterator[Reference]:
    """Names of the whole beside those of its bill."""
    if declared:
        yield Reference("LRN", declared)
    for name in ("consignorAssignedId", "freightForwarderAssignedId", "consigneeAssignedId"):
        if number_of := text(consignment, name):
            yield Reference("DOCUMENT", number_of)
    for contract in texts(consignment, "contractId"):
        yield Reference("DOCUMENT", contract)


# Writing ---------------------------------------------------------------------------------------------------------------


def write_bill(manifest: Manifest, bill: BillOfLading) -> dict[str, Any]:
    """One transport document as a bill of lading.

    Args:
        manifest: The manifest it is on, for ship and voyage.
        bill: The transport document.

    Returns:
        The message; what the model does not know is not in it.

    Source: UN/CEFACT Maritime Bill of Lading, D23B.
    """
    movement = {
        "id": _content(manifest.voyage),
        "loadingEvent": _at(bill.loading_place or manifest.departure_place),
        "unloadingEvent": _at(bill.unloading_place or manifest.destination_place),
        "usedLogisticsTransportMeans": _means(manifest.transport),
    }
    consignment = {
        "carrierAssignedId": _content(bill.unique_reference),
        "grossWeight": _listed(_sized(bill.gross_mass_kg, "KGM")),
        "grossVolume": _listed(_sized(bill.volume_m3, "MTQ")),
        "summaryDescription": [{"content": line} for line in (bill.goods_description or "").splitlines() if line],
        "consignor": _written_party(bill.consignor),
        "consignee": _written_party(bill.consignee),
        "carrier": _written_party(bill.carrier or manifest.carrier),
        "notified": _listed(_written_party(bill.notify)),
        "consigneeReceiptLogisticsLocation": _place(bill.delivery_place),
        "includedConsignmentItem": _items(bill),
        "utilizedLogisticsTransportEquipment": [_box(each) for each in bill.equipment],
        "mainCarriageLogisticsTransportMovement": _listed(_said(movement)),
    }
    kind = "706" if bill.type_code in _BILLS else bill.type_code
    paper = {"id": _content(bill.id), "typeCode": _content(kind)}
    return {"exchangedDocument": _said(paper), "specifiedConsignment": [_said(consignment)]}


def _items(bill: BillOfLading) -> list[dict[str, Any]]:
    """Items of a bill: one for each kind of packages, or for its codes."""
    packages = [
        _said(
            {
                "itemQuantity": _sized(None if each.quantity is None else Decimal(each.quantity), "H87"),
                "typeCode": _listed(_content(each.type_code)),
                "physicalLogisticsShippingMarks": _listed(
                    {"marking": [{"content": each.marks}]} if each.marks else None
                ),
            }
        )
        for each in bill.packaging
    ]
    cargo: list[dict[str, Any]] = [{"typeCode": {"content": code}} for code in bill.hs_codes]
    if not cargo:
        return [{"transportLogisticsPackage": packages}] if packages else []
    if packages:
        cargo[0]["transportLogisticsPackage"] = packages
    return cargo


def _box(equipment: TransportEquipment) -> dict[str, Any]:
    seals = [
        _said({"id": [{"content": seal.id}], "sealingPartyRoleCode": _content(seal.party_code)})
        for seal in equipment.seals
    ]
    return _said(
        {
            "id": _content(equipment.id),
            "characteristicCode": _content(equipment.type_code),
            "grossWeight": _sized(equipment.gross_mass_kg, "KGM"),
            "tareWeight": _sized(equipment.tare_mass_kg, "KGM"),
            "affixedLogisticsSeal": seals,
        }
    )


def _written_party(party: Party | None) -> dict[str, Any] | None:
    if party is None:
        return None
    address = {
        "postcodeCode": _listed(_content(party.postcode)),
        "streetName": [{"content": line} for line in party.address],
        "cityName": _listed(_content(party.city)),
        "countryId": _content(party.country_code),
    }
    return _said(
        {
            "id": _listed(_content(party.id)),
            "name": _listed(_content(party.name)),
            "definedTradeContact": _listed({"personName": [{"content": party.contact}]} if party.contact else None),
            "postalTradeAddress": _said(address),
        }
    )


def _means(transport: TransportMeans | None) -> dict[str, Any]:
    return _said({"id": _listed(_content(transport.id)), "name": _content(transport.name)}) if transport else {}


def _at(place: str | None) -> dict[str, Any] | None:
    return {"occurrenceLogisticsLocation": _place(place)} if place else None


def _place(place: str | None) -> dict[str, Any] | None:
    return {"id": [{"content": place}]} if place else None


def _content(value: str | None) -> dict[str, Any] | None:
    return {"content": value} if value else None


def _sized(value: Decimal | None, unit: str) -> dict[str, Any] | None:
    return None if value is None else {"content": f"{value:f}", "unitCode": unit}


def _listed(value: Any) -> list[Any]:
    return [value] if value else []


def _said(members: dict[str, Any]) -> dict[str, Any]:
    """The members that say something."""
    return {name: value for name, value in members.items() if value}
