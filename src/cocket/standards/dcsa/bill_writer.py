# SPDX-License-Identifier: Apache-2.0
"""A transport document of the model → the draft of one of DCSA.

What is written from another paper is a draft, whatever that paper was: nobody has issued it.

Source: DCSA Electronic Bill of Lading 3.0.
"""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import Any

from cocket.model import BillOfLading, Manifest, Packaging, Party, TransportEquipment
from cocket.standards.dcsa.events import SEAL_SOURCES

#: Kinds of transport document: UNCL 1001 and DCSA's own codes.
_TYPES = {"704": "BOL", "705": "BOL", "706": "BOL", "707": "BOL", "710": "SWB", "BOL": "BOL", "SWB": "SWB"}
_PAYMENTS = {"PRE": "PRE", "P": "PRE", "PP": "PRE", "COL": "COL", "C": "COL", "CC": "COL"}
_WIDTH = 35


def write_bill(manifest: Manifest, bill: BillOfLading) -> dict[str, Any]:
    """One transport document as a draft.

    Args:
        manifest: The manifest it is on, for ship, voyage and days.
        bill: The transport document.

    Returns:
        The message; what the model does not know is not in it.

    Source: DCSA Electronic Bill of Lading 3.0, TransportDocument.
    """
    carrier = bill.carrier or manifest.carrier
    means = manifest.transport
    voyage = {
        "vesselName": (means.name or means.id) if means else None,
        "carrierExportVoyageNumber": manifest.voyage or (means.voyage if means else None),
    }
    transports = {
        "plannedDepartureDate": manifest.departed.isoformat() if manifest.departed else None,
        "plannedArrivalDate": manifest.arrives.isoformat() if manifest.arrives else None,
        "portOfLoading": _place(bill.loading_place or manifest.departure_place),
        "portOfDischarge": _place(bill.unloading_place or manifest.destination_place),
        "placeOfDelivery": _place(bill.delivery_place),
        "vesselVoyages": _listed(_said(voyage)),
    }
    parties = {
        "shipper": _party(bill.consignor),
        "consignee": _party(bill.consignee),
        "issuingParty": _party(carrier),
        "notifyParties": _listed(_party(bill.notify)),
    }
    written = {
        "transportDocumentReference": bill.id,
        "transportDocumentStatus": "DRAFT",
        "transportDocumentTypeCode": _TYPES.get(bill.type_code or ""),
        "freightPaymentTermCode": _PAYMENTS.get((bill.freight_payment_code or "").upper()),
        "carrierCode": carrier.id if carrier and carrier.id and len(carrier.id) <= 4 else None,
        "transports": _said(transports),
        "documentParties": _said(parties),
        "utilizedTransportEquipments": [_box(each) for each in bill.equipment],
    }
    return _said(written) | {"consignmentItems": [_item(bill)]}


def _item(bill: BillOfLading) -> dict[str, Any]:
    lines = (bill.goods_description or "").splitlines()
    return _said(
        {
            "carrierBookingReference": bill.unique_reference,
            "descriptionOfGoods": [part for line in lines for part in textwrap.wrap(line, _WIDTH)],
            "HSCodes": list(bill.hs_codes),
            "cargoItems": _cargo(bill),
        }
    )


def _cargo(bill: BillOfLading) -> list[dict[str, Any]]:
    """An item for each kind of packages; the mass is that of all, and stands with the first."""
    box = bill.equipment[0].id if len(bill.equipment) == 1 else None
    made = [
        _said({"equipmentReference": box, "cargoGrossWeight": mass, "outerPackaging": _packages(each)})
        for each, mass in zip(bill.packaging, [_mass(bill.gross_mass_kg), *[None] * len(bill.packaging)], strict=False)
    ]
    alone = _said({"equipmentReference": box, "cargoGrossWeight": _mass(bill.gross_mass_kg)})
    return made or _listed(alone)


def _packages(packaging: Packaging) -> dict[str, Any]:
    return _said(
        {
            "packageCode": packaging.type_code,
            "numberOfPackages": packaging.quantity,
            "description": packaging.type_name,
        }
    )


def _mass(value: Decimal | None) -> dict[str, Any] | None:
    return None if value is None else {"value": value, "unit": "KGM"}


def _box(equipment: TransportEquipment) -> dict[str, Any]:
    codes = {code: source for source, code in SEAL_SOURCES.items()}
    seals = [_said({"number": seal.id, "source": codes.get(seal.party_code or "")}) for seal in equipment.seals]
    named = _said({"equipmentReference": equipment.id, "ISOEquipmentCode": equipment.type_code})
    return _said({"equipment": named, "seals": seals})


def _party(party: Party | None) -> dict[str, Any] | None:
    if party is None:
        return None
    address = {
        "street": ", ".join(party.address),
        "city": party.city,
        "postCode": party.postcode,
        "countryCode": party.country_code,
    }
    return _said(
        {
            "partyName": party.name,
            "address": _said(address),
            "identifyingCodes": [{"codeListProvider": "ZZZ", "partyCode": party.id}] if party.id else [],
            "partyContactDetails": [{"name": party.contact}] if party.contact else [],
        }
    )


def _place(place: str | None) -> dict[str, Any] | None:
    return {"UNLocationCode": place} if place else None


def _listed(value: Any) -> list[Any]:
    return [value] if value else []


def _said(members: dict[str, Any]) -> dict[str, Any]:
    """The members that say something."""
    return {name: value for name, value in members.items() if value}
