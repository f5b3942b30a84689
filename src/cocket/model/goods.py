# SPDX-License-Identifier: Apache-2.0
"""Goods: items, classification, packages, origin, procedure, duties as declared."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cocket.model.document import AdditionalDocument, AdditionalInformation, PreviousDocument
from cocket.model.party import Amount, Extension, Party, Reference


class Classification(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A code that classifies a commodity (WCO 21A).

    Attributes:
        id: The code as written, outer white space removed.
        type_code: Which list it is from (`HS`, `TSP` 8-digit nomenclature, `TRC` TARIC, `GN` national, …).
    """

    id: str
    type_code: str | None = None


class SupplementaryQuantity(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A quantity in a unit the tariff asks for.

    Attributes:
        quantity: Number of units.
        unit_code: UNECE Recommendation 20 or national unit; None where not stated.
        unit_name: The unit in words.
    """

    quantity: Decimal
    unit_code: str | None = None
    unit_name: str | None = None


class DutyTaxFee(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One line of duty or tax as declared or computed by the host (WCO 50A).

    Attributes:
        type_code: National tax code (VAT, A00, …).
        base: What the rate applies to, value or quantity as the host wrote it.
        rate: As a fraction of the base (0.2 is 20 %), or amount per unit if `is_specific`; None where ambiguous.
        rate_as_written: The rate before its unit was settled.
        is_specific: Whether the rate is an amount per unit; None where not known.
        amount: What is due.
        payment_code: Method of payment as written; in ASYCUDA 1 paid, 0 not collected now.
        base_unit_code: Unit of the base where it is a quantity; None where not stated.
        assessed: What was computed before reliefs; None where not stated.
    """

    type_code: str | None = None
    base: Decimal | None = None
    rate: Decimal | None = None
    rate_as_written: Decimal | None = None
    is_specific: bool | None = None
    amount: Amount | None = None
    payment_code: str | None = None
    base_unit_code: str | None = None
    assessed: Amount | None = None


class Packaging(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Packages of one kind (WCO 93A).

    Attributes:
        quantity: Number of packages (count).
        type_code: UNECE Recommendation 21 or national kind.
        type_name: The kind in words.
        marks: Shipping marks.
    """

    quantity: int | None = None
    type_code: str | None = None
    type_name: str | None = None
    marks: str | None = None


class Origin(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A country of origin (WCO 92A).

    Attributes:
        country_code: ISO 3166 alpha-2 (or as written where it is not one).
        type_code: Kind of origin (1 non-preferential, 2 preferential in EU practice).
        region: Region in words or code.
    """

    country_code: str | None = None
    type_code: str | None = None
    region: str | None = None


class GovernmentProcedure(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The customs procedure asked for (WCO 70A).

    Attributes:
        current: Two digits asked for.
        previous: Two digits before.
        national: National or additional codes (0..n).
    """

    current: str | None = None
    previous: str | None = None
    national: tuple[str, ...] = ()


class Commodity(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What the goods are (WCO 23A).

    Attributes:
        description: The declarant's words.
        commercial_description: Trade name, where stated apart.
        classifications: Codes (0..n), the tariff's own first.
        gross_mass_kg: Gross mass (126).
        net_mass_kg: Net mass (128).
        supplementary: Quantities in further units (0..n).
        duties: Duty and tax lines (0..n).
        price: Item price on the invoice.
        dangerous_goods: UN numbers of dangerous goods (12C), four digits (0..n).
    """

    description: str | None = None
    commercial_description: str | None = None
    classifications: tuple[Classification, ...] = ()
    gross_mass_kg: Decimal | None = None
    net_mass_kg: Decimal | None = None
    supplementary: tuple[SupplementaryQuantity, ...] = ()
    duties: tuple[DutyTaxFee, ...] = ()
    price: Amount | None = None
    dangerous_goods: tuple[str, ...] = ()


class GovernmentAgencyGoodsItem(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One goods item of a declaration (WCO 68A).

    Attributes:
        sequence: Item number as written (1-based).
        commodity: What it is.
        packaging: Packages (0..n).
        origins: Countries of origin (0..n).
        procedure: Customs procedure; None where not stated.
        customs_value: Value for customs, in the declaration's national currency unless said.
        statistical_value: Statistical value.
        charges: Freight, insurance and other elements by name (`external_freight`, `insurance`, …), national currency.
        preference_code: Preference claimed.
        quota_id: Tariff quota asked for.
        valuation_method: Method 1–6 of the Valuation Agreement, as coded.
        documents: Papers (0..n).
        previous_documents: Papers before (0..n).
        information: Statements (0..n).
        equipment_ids: Containers that carry it (0..n).
        references: Names of this item's consignment (0..n).
        export_country_code: Country it was sent from, where stated per item.
        destination_country_code: Country it goes to, where stated per item.
        consignor: Where stated per item.
        consignee: Where stated per item.
        notify: Party to be told of the arrival, where stated per item.
        transaction_nature_code: Nature of transaction, where stated per item.
        valuation_indicators: Whether relations, conditions or royalties bear on the price (39B), as coded.
        buyer: Where stated per item.
        seller: Where stated per item.
        tax_parties: Parties that answer for domestic taxes (55B), their role as function code (0..n).
        recognised_parties: Parties of the supply chain with mutually recognised status (16C), role as function code.
        extensions: What the reader knew no place for (0..n).
    """

    sequence: int | None = None
    commodity: Commodity = Commodity()
    packaging: tuple[Packaging, ...] = ()
    origins: tuple[Origin, ...] = ()
    procedure: GovernmentProcedure | None = None
    customs_value: Amount | None = None
    statistical_value: Amount | None = None
    charges: dict[str, Amount] = {}
    preference_code: str | None = None
    quota_id: str | None = None
    valuation_method: str | None = None
    documents: tuple[AdditionalDocument, ...] = ()
    previous_documents: tuple[PreviousDocument, ...] = ()
    information: tuple[AdditionalInformation, ...] = ()
    equipment_ids: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    export_country_code: str | None = None
    destination_country_code: str | None = None
    consignor: Party | None = None
    consignee: Party | None = None
    notify: Party | None = None
    transaction_nature_code: str | None = None
    valuation_indicators: str | None = None
    buyer: Party | None = None
    seller: Party | None = None
    tax_parties: tuple[Party, ...] = ()
    recognised_parties: tuple[Party, ...] = ()
    extensions: tuple[Extension, ...] = ()
