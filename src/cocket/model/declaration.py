# SPDX-License-Identifier: Apache-2.0
"""A goods declaration, whatever the paper it came on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.model.document import AdditionalDocument, AdditionalInformation, PreviousDocument
from cocket.model.goods import GovernmentAgencyGoodsItem
from cocket.model.party import Amount, Extension, Party, Reference
from cocket.model.transport import TransportEquipment, TransportMeans
from cocket.model.undertaking import ExportRelease, ObligationGuarantee, Payment, Transit

Flow = Literal["import", "export", "transit", "cargo-report", "other"]


class CustomsOffice(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A customs office.

    Attributes:
        code: National or common code.
        name: Name in words.
    """

    code: str | None = None
    name: str | None = None


class AuthorisationHolder(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """An authorisation that the declaration relies on (WCO 17C).

    Attributes:
        id: Number of the party that holds it.
        category_code: Kind of authorisation as coded.
    """

    id: str | None = None
    category_code: str | None = None


class Amendment(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One change that a request asks for (WCO 06A).

    Attributes:
        reason_code: Why, as coded.
        pointer: What is changed, as a WCO pointer such as `42A/67A[1]/68A[1]/23A/65A/128`; None where not stated.
    """

    reason_code: str | None = None
    pointer: str | None = None


class TradeTerms(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Delivery terms (WCO 22B).

    Attributes:
        code: Incoterms code.
        place: Named place.
    """

    code: str | None = None
    place: str | None = None


class GoodsLocation(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Where the goods can be seen (WCO 64A).

    Attributes:
        id: Code of the place.
        name: In words.
        type_code: Kind of place.
        qualifier_code: How the place is named: by a UN/LOCODE, an authorisation, an address, …
        country_code: ISO 3166 alpha-2.
    """

    id: str | None = None
    name: str | None = None
    type_code: str | None = None
    qualifier_code: str | None = None
    country_code: str | None = None


class ValuationCharges(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Totals from which the customs value is made.

    Attributes:
        invoice: Invoice in the invoice's currency.
        invoice_national: The same in national currency.
        exchange_rate: National currency units for one of the invoice's.
        charges: Freight, insurance and other elements by name, national currency.
        total_cost: Sum of the charges.
        total_cif: Customs value of the whole.
        total_duties: All duties and taxes as declared or computed.
    """

    invoice: Amount | None = None
    invoice_national: Amount | None = None
    exchange_rate: Decimal | None = None
    charges: dict[str, Amount] = {}
    total_cost: Amount | None = None
    total_cif: Amount | None = None
    total_duties: Amount | None = None


class HostStatus(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How far the host system had got with the declaration when it wrote it.

    Attributes:
        registration: Registration number with serial and date as "serial number date"; None while only stored.
        registered: Day of registration.
        assessed: Day of assessment.
        paid: Day of the receipt.
    """

    registration: str | None = None
    registered: date | None = None
    assessed: date | None = None
    paid: date | None = None


class GoodsShipment(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The goods of a declaration with the parties and transport around them (WCO 67A, 28A).

    Attributes:
        exporter: Exporter (57A) or consignor.
        importer: Importer (74A).
        consignor: Where stated apart from the exporter.
        consignee: Where stated apart from the importer.
        seller: Seller; None where not stated.
        buyer: Buyer; None where not stated.
        notify: Party to be told of the arrival; None where not stated.
        export_country_code: Country of dispatch or export.
        destination_country_code: Country of destination.
        border_transport: Means at the border.
        inland_transport: Means on arrival or departure.
        loading_place: UN/LOCODE or code of the place of loading.
        unloading_place: UN/LOCODE or code of the place of unloading.
        expected_arrival: When the goods are expected at the first office of entry, offset kept.
        location: Where the goods are.
        trade_terms: Delivery terms.
        equipment: Containers and other equipment (0..n).
        is_containerised: As declared; None where not stated.
        items: Goods items in order (0..n).
        documents: Papers for the whole (0..n).
        previous_documents: Papers before, for the whole (0..n).
        warehouse_id: Warehouse; None where not stated.
        warehouse_days: Days the goods may stay in it (count).
        transaction_nature_code: Nature of transaction.
        warehouse_type_code: Kind of warehouse; None where not stated.
        carrier: Carrier of the whole (18A); None where not stated.
        itinerary: Countries passed through, ISO 3166 alpha-2, in order (0..n).
        freight_payment_code: How freight is paid, as coded.
        tax_parties: Parties that answer for domestic taxes (55B), their role as function code (0..n).
        recognised_parties: Parties of the supply chain with mutually recognised status (16C), role as function code.
    """

    exporter: Party | None = None
    importer: Party | None = None
    consignor: Party | None = None
    consignee: Party | None = None
    seller: Party | None = None
    buyer: Party | None = None
    notify: Party | None = None
    export_country_code: str | None = None
    destination_country_code: str | None = None
    border_transport: TransportMeans | None = None
    inland_transport: TransportMeans | None = None
    loading_place: str | None = None
    unloading_place: str | None = None
    expected_arrival: datetime | None = None
    location: GoodsLocation | None = None
    trade_terms: TradeTerms | None = None
    equipment: tuple[TransportEquipment, ...] = ()
    is_containerised: bool | None = None
    items: tuple[GovernmentAgencyGoodsItem, ...] = ()
    documents: tuple[AdditionalDocument, ...] = ()
    previous_documents: tuple[PreviousDocument, ...] = ()
    warehouse_id: str | None = None
    warehouse_days: int | None = None
    transaction_nature_code: str | None = None
    warehouse_type_code: str | None = None
    carrier: Party | None = None
    itinerary: tuple[str, ...] = ()
    freight_payment_code: str | None = None
    tax_parties: tuple[Party, ...] = ()
    recognised_parties: tuple[Party, ...] = ()


class Declaration(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="declaration"):
    """A goods declaration (WCO 42A).

    Attributes:
        function_code: UNCL 1225 function as written (9 original, 13 request for change, 1 cancellation, …).
        functional_reference: The sender's own reference (D026, LRN).
        id: Number given by customs (MRN or host registration); None before registration.
        type_code: Kind of declaration as written (IMA, EXD; SAD "IM 4").
        flow: What it is for.
        office: Office of declaration.
        issued: When the sender says it was made, offset kept.
        declarant: Who declares (57B).
        agent: Representative (05A).
        items_declared: Number of items the sender counted.
        packages_declared: Number of packages the sender counted.
        gross_mass_kg_declared: Gross mass the sender summed.
        shipment: The goods.
        valuation: Totals of value.
        status: Where the host stood; None for a message that came from no host.
        transit: Journey under customs control; None where nothing is said of one.
        guarantees: Securities for duties (0..n).
        payment: How goods and duties are paid.
        export_release: That the goods have left; None while nothing is said of it.
        accepted: When it is to count as accepted, as the sender says, offset kept; None where not stated.
        submitter: Who sent it (17B), where stated apart from declarant and representative.
        supervising_office: Office that supervises the procedure (97B).
        presentation_office: Office to which the goods are presented (15C).
        exit_office: Office by which they leave (56A).
        authorisations: Authorisations relied on (0..n).
        amendments: Changes asked for (0..n).
        documents: Papers for the whole declaration (0..n).
        previous_documents: Papers before (0..n).
        information: Statements (0..n).
        references: Every name by which this consignment may be known, without repeats (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    function_code: str | None = None
    functional_reference: str | None = None
    id: str | None = None
    type_code: str | None = None
    flow: Flow = "other"
    office: CustomsOffice = CustomsOffice()
    issued: datetime | None = None
    declarant: Party | None = None
    agent: Party | None = None
    items_declared: int | None = None
    packages_declared: int | None = None
    gross_mass_kg_declared: Decimal | None = None
    shipment: GoodsShipment = GoodsShipment()
    valuation: ValuationCharges = ValuationCharges()
    status: HostStatus | None = None
    transit: Transit | None = None
    guarantees: tuple[ObligationGuarantee, ...] = ()
    payment: Payment | None = None
    export_release: ExportRelease | None = None
    accepted: datetime | None = None
    submitter: Party | None = None
    supervising_office: CustomsOffice | None = None
    presentation_office: CustomsOffice | None = None
    exit_office: CustomsOffice | None = None
    authorisations: tuple[AuthorisationHolder, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    documents: tuple[AdditionalDocument, ...] = ()
    previous_documents: tuple[PreviousDocument, ...] = ()
    information: tuple[AdditionalInformation, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
