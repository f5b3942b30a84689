# SPDX-License-Identifier: Apache-2.0
"""Cargo reports: manifests and the transport documents on them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.model.declaration import CustomsOffice, GoodsLocation
from cocket.model.goods import Packaging
from cocket.model.party import Amount, Extension, Party, Reference
from cocket.model.transport import Seal, TransportEquipment, TransportMeans


class PackageTotals(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What the sender counted on a manifest.

    Attributes:
        bills: Transport documents (count).
        packages: Packages (count).
        equipment: Containers (count).
        gross_mass_kg: Gross mass.
    """

    bills: int | None = None
    packages: int | None = None
    equipment: int | None = None
    gross_mass_kg: Decimal | None = None


class CustomsNote(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One line of other customs, security and regulatory control information (OCI) on an air waybill.

    Which codes there are is a list of IATA's; states add their own. A line may belong to the one before it.

    Attributes:
        country_code: ISO 3166 alpha-2 of the state that asks for it; None where not stated.
        subject_code: Whom or what it is about (SHP shipper, CNE consignee, ISS security status, HWB house waybill, …).
        content_code: What is told (T trader number, M movement reference, U UCR, RA regulated agent, SM screening, …).
        text: What it says.
    """

    country_code: str | None = None
    subject_code: str | None = None
    content_code: str | None = None
    text: str | None = None


class BillOfLading(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One transport document on a manifest: a consignment in the WCO's sense (28A) with its contract.

    Attributes:
        id: Number of the document.
        line: Line on the manifest (1-based).
        level: `master` covers houses, `house` stands under `master_id`, `straight` stands alone; None where not stated.
        master_id: Master this house stands under.
        nature_code: 22 export, 23 import, 24 transit, 28 transhipment.
        type_code: National type code.
        unique_reference: The carrier's own unique reference; None where not stated.
        consignor: Consignor or exporter.
        consignee: Consignee; its id is often absent.
        notify: Party to notify.
        carrier: Carrier of this document, where it differs.
        forwarder: Forwarder or agent of the carrier who made it out; None where not stated.
        loading_place: UN/LOCODE of loading.
        unloading_place: UN/LOCODE of unloading.
        delivery_place: UN/LOCODE where the carrier hands the goods over, where it is another.
        goods_description: Words on the goods.
        packaging: Packages (0..n).
        gross_mass_kg: Gross mass.
        volume_m3: Volume in cubic metres.
        hs_codes: Classification codes where the manifest states them (0..n).
        equipment: Containers with seals (0..n).
        seals: Seals on goods that are in no container (0..n).
        customs_value: Value for customs.
        freight: Freight charge.
        freight_payment_code: Whether freight is prepaid or collected, as written (national lists differ).
        insurance: Cost of insurance.
        location: Where the goods are put.
        information: Remarks (0..n), in order.
        handling_codes: Codes of special handling and of the security status by air (SPX, SCO, PER, …) (0..n).
        customs_notes: Lines of customs and security information by air (0..n), in order.
        extensions: What the reader knew no place for (0..n).
    """

    id: str | None = None
    line: int | None = None
    level: Literal["master", "house", "straight"] | None = None
    master_id: str | None = None
    nature_code: str | None = None
    type_code: str | None = None
    unique_reference: str | None = None
    consignor: Party | None = None
    consignee: Party | None = None
    notify: Party | None = None
    carrier: Party | None = None
    forwarder: Party | None = None
    loading_place: str | None = None
    unloading_place: str | None = None
    delivery_place: str | None = None
    goods_description: str | None = None
    packaging: tuple[Packaging, ...] = ()
    gross_mass_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    hs_codes: tuple[str, ...] = ()
    equipment: tuple[TransportEquipment, ...] = ()
    seals: tuple[Seal, ...] = ()
    customs_value: Amount | None = None
    freight: Amount | None = None
    freight_payment_code: str | None = None
    insurance: Amount | None = None
    location: GoodsLocation | None = None
    information: tuple[str, ...] = ()
    handling_codes: tuple[str, ...] = ()
    customs_notes: tuple[CustomsNote, ...] = ()
    extensions: tuple[Extension, ...] = ()


class Manifest(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="manifest"):
    """A cargo manifest or a degroupage of one of its bills.

    Attributes:
        kind: `degroupage` takes one master bill apart, `append` adds bills to a manifest handed in before, `co-loader`
            has the bills of one carrier of several that share the voyage.
        office: Customs office it is for.
        voyage: Voyage or flight number.
        departed: Day of departure; with office and voyage the key of the manifest.
        arrives: Day of arrival.
        arrival_time: Time of arrival as written ("HH:MM", local).
        registration: Host's registration number as "year number"; None before registration.
        issued: When the sender says it was made.
        carrier: Carrier.
        transport: Vessel or aircraft.
        departure_place: UN/LOCODE of departure.
        destination_place: UN/LOCODE of destination.
        totals: What the sender counted.
        master_id: Master bill that a degroupage takes apart; None for a whole manifest.
        bills: Transport documents in order (0..n).
        references: Names of the whole manifest (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    kind: Literal["whole", "degroupage", "append", "co-loader"] = "whole"
    office: CustomsOffice = CustomsOffice()
    voyage: str | None = None
    departed: date | None = None
    arrives: date | None = None
    arrival_time: str | None = None
    registration: str | None = None
    issued: datetime | None = None
    carrier: Party | None = None
    transport: TransportMeans | None = None
    departure_place: str | None = None
    destination_place: str | None = None
    totals: PackageTotals = PackageTotals()
    master_id: str | None = None
    bills: tuple[BillOfLading, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
