# SPDX-License-Identifier: Apache-2.0
"""Manifests of express carriers ↔ manifests of the model: a bill for each consignment, under the master document.

Source: WCO Immediate Release Guidelines; WCO SAFE Framework, pre-loading data (7+1).
"""

from __future__ import annotations

from typing import Any

from cocket.errors import SenderError
from cocket.model import BillOfLading, CustomsOffice, Document, Manifest, PackageTotals, Packaging
from cocket.standards.json_drawing import inside, number, text
from cocket.standards.json_nouns import (
    day,
    means,
    means_value,
    moment,
    moment_value,
    money,
    money_value,
    party,
    party_value,
    references,
    stated,
    whole,
)


def read_manifest(value: dict[str, Any]) -> Manifest:
    """A message without its consignments as a manifest without bills.

    Args:
        value: The message, right or wrong.

    Source: WCO Immediate Release Guidelines.
    """
    arrival, vessel = moment(value, "arrives"), means(value.get("transport"))
    master = text(value, "masterDocument")
    return Manifest(
        kind="degroupage" if master else "whole",
        office=CustomsOffice(code=text(value, "office")),
        voyage=vessel.voyage if vessel else None,
        departed=day(value, "departed"),
        arrives=arrival.date() if arrival else None,
        arrival_time=f"{arrival:%H:%M}" if arrival else None,
        issued=moment(value, "prepared"),
        carrier=party(value.get("carrier")),
        transport=vessel,
        departure_place=text(value, "departurePlace"),
        destination_place=text(value, "arrivalPlace"),
        totals=PackageTotals(
            bills=whole(value, "consignmentCount"),
            packages=whole(value, "packages"),
            gross_mass_kg=number(value, "grossMass"),
        ),
        master_id=master,
        references=references(("BL", master)),
    )


def write_manifest(document: Document) -> dict[str, Any]:
    """A manifest as a message without its consignments.

    Args:
        document: A manifest.

    Raises:
        SenderError: It is none.

    Source: as `read_manifest`.
    """
    if not isinstance(document, Manifest):
        raise SenderError("An express manifest is a manifest.", found=type(document).__name__)
    masters = {bill.master_id for bill in document.bills}
    return stated(
        lowValueMessage="EXPRESS-MANIFEST",
        prepared=moment_value(document.issued),
        office=document.office.code,
        carrier=party_value(document.carrier),
        masterDocument=document.master_id or (masters.pop() if len(masters) == 1 else None),
        transport=stated(voyage=document.voyage) | means_value(document.transport),
        departurePlace=document.departure_place,
        arrivalPlace=document.destination_place,
        departed=document.departed.isoformat() if document.departed else None,
        consignmentCount=document.totals.bills,
        packages=document.totals.packages,
        grossMass=document.totals.gross_mass_kg,
    )


def read_consignment(value: dict[str, Any]) -> BillOfLading:
    """A consignment as a bill.

    Args:
        value: The consignment, right or wrong.

    Source: as `read_manifest`.
    """
    count = whole(value, "packages")
    return BillOfLading(
        id=text(value, "waybill"),
        level="house",
        type_code=text(value, "category"),
        unique_reference=text(value, "ucr"),
        consignor=party(value.get("shipper")),
        consignee=party(value.get("consignee")),
        notify=party(value.get("notify")),
        loading_place=text(value, "loadingPlace"),
        unloading_place=text(value, "unloadingPlace"),
        delivery_place=text(value, "deliveryPlace"),
        goods_description=text(value, "description"),
        packaging=() if count is None else (Packaging(quantity=count, type_code=text(value, "packageKind")),),
        gross_mass_kg=number(value, "grossMass"),
        volume_m3=number(value, "volume"),
        hs_codes=_texts(value, "hsCodes"),
        customs_value=money(value.get("value")),
        freight=money(value.get("freight")),
        insurance=money(value.get("insurance")),
        information=_texts(value, "remarks"),
    )


def write_consignment(bill: BillOfLading) -> dict[str, Any]:
    """A bill as a consignment.

    Args:
        bill: The bill.

    Source: as `read_manifest`.
    """
    counts = [each.quantity for each in bill.packaging if each.quantity is not None]
    return stated(
        waybill=bill.id,
        ucr=bill.unique_reference,
        category=bill.type_code,
        shipper=party_value(bill.consignor),
        consignee=party_value(bill.consignee),
        notify=party_value(bill.notify),
        description=bill.goods_description,
        hsCodes=list(bill.hs_codes),
        packages=sum(counts) if counts else None,
        packageKind=bill.packaging[0].type_code if len(bill.packaging) == 1 else None,
        grossMass=bill.gross_mass_kg,
        volume=bill.volume_m3,
        value=money_value(bill.customs_value),
        freight=money_value(bill.freight),
        insurance=money_value(bill.insurance),
        loadingPlace=bill.loading_place,
        unloadingPlace=bill.unloading_place,
        deliveryPlace=bill.delivery_place,
        remarks=list(bill.information),
    )


def _texts(value: Any, name: str) -> tuple[str, ...]:
    """The texts of a list; none if it holds anything else."""
    found = inside(value, name)
    if not isinstance(found, list) or not all(isinstance(each, str) and each.strip() for each in found):
        return ()
    return tuple(each.strip() for each in found)
