# SPDX-License-Identifier: Apache-2.0
"""The papers of a sale: what was invoiced, and how it was packed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.model.declaration import TradeTerms
from cocket.model.document import AdditionalDocument
from cocket.model.goods import Classification, Packaging
from cocket.model.party import Amount, Extension, Party, Reference
from cocket.model.transport import TransportEquipment, TransportMeans


class AllowanceCharge(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Something added to a price or taken off it: freight, packing, insurance, a discount.

    Attributes:
        is_charge: Whether it is added; False for an allowance, which is taken off. None where not stated.
        amount: How much.
        reason_code: Why, as coded (UNCL 5189 for allowances, 7161 for charges); None where not stated.
        reason: Why, in words; None where not stated.
    """

    is_charge: bool | None = None
    amount: Amount | None = None
    reason_code: str | None = None
    reason: str | None = None


class InvoiceLine(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One line of an invoice.

    Attributes:
        id: Its number on the invoice, as written.
        description: The goods in words.
        name: What the seller calls them, where stated apart.
        seller_item_id: The seller's number of the article; None where not stated.
        classifications: Codes (0..n), the tariff's among them, each with its list.
        origin_country_code: Country of origin, ISO 3166 alpha-2.
        quantity: How much is invoiced, in `quantity_unit`.
        quantity_unit: UNECE Recommendation 20 unit; None where not stated.
        unit_price: Price of `price_quantity` units.
        price_quantity: How many units the price is for; None means one.
        amount: What the line comes to, charges and allowances of the line included, tax not.
        charges: Charges and allowances of the line (0..n).
        packages: Packages (count).
        gross_mass_kg: Gross mass.
        net_mass_kg: Net mass.
        order: Number of the buyer's order; None where not stated.
        order_line: Line of that order; None where not stated.
        parent: Id of the line that it is a part of; None for a line of its own.
        role: `GROUP` for one that sums up its parts, `INFORMATION` for one that only tells, `DETAIL` for one that is
            billed, as written; None where not stated, which means that it is billed.
        extensions: What the reader knew no place for (0..n).
    """

    id: str | None = None
    description: str | None = None
    name: str | None = None
    seller_item_id: str | None = None
    classifications: tuple[Classification, ...] = ()
    origin_country_code: str | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None
    unit_price: Amount | None = None
    price_quantity: Decimal | None = None
    amount: Amount | None = None
    charges: tuple[AllowanceCharge, ...] = ()
    packages: int | None = None
    gross_mass_kg: Decimal | None = None
    net_mass_kg: Decimal | None = None
    order: str | None = None
    order_line: str | None = None
    parent: str | None = None
    role: str | None = None
    extensions: tuple[Extension, ...] = ()

    @property
    def is_billed(self) -> bool:
        """Whether the line adds to what the invoice comes to; one that sums up others, or only tells, does not.

        Source: Factur-X 1.0.7, EXTENDED, BT-X-8 and BR-FXEXT-CO-10.
        """
        return self.role in (None, "DETAIL")


class InvoiceTotals(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What an invoice comes to; each None where not stated.

    Attributes:
        lines: Sum of the amounts of the lines.
        charges: Sum of the charges on the whole.
        allowances: Sum of the allowances on the whole.
        without_tax: Lines with charges, less allowances.
        tax: Tax on it.
        with_tax: With the tax.
        prepaid: What was paid before.
        rounding: What was added to round the sum to be paid.
        payable: What is left to be paid.
    """

    lines: Amount | None = None
    charges: Amount | None = None
    allowances: Amount | None = None
    without_tax: Amount | None = None
    tax: Amount | None = None
    with_tax: Amount | None = None
    prepaid: Amount | None = None
    rounding: Amount | None = None
    payable: Amount | None = None


class CommercialInvoice(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="commercial-invoice"
):
    """An invoice for goods sold, or a credit note on one.

    An amount whose currency is None is in that of the invoice.

    Attributes:
        kind: Whether it asks for money or gives it back.
        number: Its number, unique to its seller.
        type_code: UNCL 1001 code (380 commercial, 325 pro forma, 381 credit note, …).
        issued: Day of issue.
        due: Day by which it is to be paid; None where not stated.
        currency: ISO 4217 letters.
        seller: Seller.
        buyer: Buyer.
        consignor: Who sends the goods, where stated apart.
        consignee: Who gets the goods, where stated apart.
        carrier: Carrier; None where not stated.
        terms: Delivery terms.
        order: Number of the buyer's order; None where not stated.
        contract: Number of the contract of sale; None where not stated.
        despatch_advice: Number of the despatch advice; None where not stated.
        transport_document: Number of the bill of lading or waybill; None where not stated.
        documents: Further papers it refers to (0..n).
        equipment: Containers, with seals (0..n).
        gross_mass_kg: Gross mass of the whole.
        net_mass_kg: Net mass of the whole.
        packages: Packages of the whole (count).
        charges: Charges and allowances on the whole (0..n).
        totals: What it comes to.
        lines: Lines in order (0..n).
        references: Every name by which the consignment may be known (0..n), drawn from the above.
        extensions: What the reader knew no place for (0..n).
    """

    kind: Literal["invoice", "credit-note"] = "invoice"
    number: str | None = None
    type_code: str | None = None
    issued: date | None = None
    due: date | None = None
    currency: str | None = None
    seller: Party | None = None
    buyer: Party | None = None
    consignor: Party | None = None
    consignee: Party | None = None
    carrier: Party | None = None
    terms: TradeTerms | None = None
    order: str | None = None
    contract: str | None = None
    despatch_advice: str | None = None
    transport_document: str | None = None
    documents: tuple[AdditionalDocument, ...] = ()
    equipment: tuple[TransportEquipment, ...] = ()
    gross_mass_kg: Decimal | None = None
    net_mass_kg: Decimal | None = None
    packages: int | None = None
    charges: tuple[AllowanceCharge, ...] = ()
    totals: InvoiceTotals = InvoiceTotals()
    lines: tuple[InvoiceLine, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()


class PackingLine(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Goods of one kind on a packing list.

    Attributes:
        id: Its number on the list, as written.
        description: The goods in words.
        name: What the seller calls them, where stated apart.
        seller_item_id: The seller's number of the article; None where not stated.
        classifications: Codes (0..n), each with its list.
        origin_country_code: Country of origin, ISO 3166 alpha-2.
        quantity: How much, in `quantity_unit`.
        quantity_unit: UNECE Recommendation 20 unit; None where not stated.
        gross_mass_kg: Gross mass.
        net_mass_kg: Net mass.
        volume_m3: Volume in cubic metres.
        packaging: Packages that hold them (0..n).
        order: Number of the buyer's order; None where not stated.
        order_line: Line of that order; None where not stated.
        extensions: What the reader knew no place for (0..n).
    """

    id: str | None = None
    description: str | None = None
    name: str | None = None
    seller_item_id: str | None = None
    classifications: tuple[Classification, ...] = ()
    origin_country_code: str | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None
    gross_mass_kg: Decimal | None = None
    net_mass_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    packaging: tuple[Packaging, ...] = ()
    order: str | None = None
    order_line: str | None = None
    extensions: tuple[Extension, ...] = ()


class HandlingUnit(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What is handled as one: a pallet, a crate, a roll container.

    Attributes:
        id: Its number, often an SSCC.
        type_code: UNECE Recommendation 21 kind; None where not stated.
        packages: Packages in it (count).
        marks: Shipping marks.
        packaging: Packages in it by kind (0..n).
        equipment: Containers that it is in (0..n).
        lines: Goods in it (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    id: str | None = None
    type_code: str | None = None
    packages: int | None = None
    marks: str | None = None
    packaging: tuple[Packaging, ...] = ()
    equipment: tuple[TransportEquipment, ...] = ()
    lines: tuple[PackingLine, ...] = ()
    extensions: tuple[Extension, ...] = ()


class PackingList(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="packing-list"):
    """How goods are packed: a packing list, or a despatch advice, which announces the same.

    Attributes:
        kind: Which of the two it is.
        number: Its number.
        type_code: Type of despatch advice as coded; None for a packing list.
        issued: Day of issue.
        consignor: Who sends the goods.
        consignee: Who gets them.
        buyer: Buyer, where stated apart.
        seller: Seller, where stated apart.
        carrier: Carrier; None where not stated.
        transport: Means of transport; None where not stated.
        order: Number of the buyer's order; None where not stated.
        transport_document: Number of the bill of lading or waybill; None where not stated.
        documents: Papers it refers to, the invoice among them (0..n).
        packages: Packages of the whole (count).
        gross_mass_kg: Gross mass of the whole.
        net_mass_kg: Net mass of the whole.
        volume_m3: Volume of the whole in cubic metres.
        lines: Goods in order (0..n), those in handling units not repeated.
        units: Handling units in order (0..n).
        references: Every name by which the consignment may be known (0..n), drawn from the above.
        extensions: What the reader knew no place for (0..n).
    """

    kind: Literal["packing-list", "despatch-advice"] = "packing-list"
    number: str | None = None
    type_code: str | None = None
    issued: date | None = None
    consignor: Party | None = None
    consignee: Party | None = None
    buyer: Party | None = None
    seller: Party | None = None
    carrier: Party | None = None
    transport: TransportMeans | None = None
    order: str | None = None
    transport_document: str | None = None
    documents: tuple[AdditionalDocument, ...] = ()
    packages: int | None = None
    gross_mass_kg: Decimal | None = None
    net_mass_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    lines: tuple[PackingLine, ...] = ()
    units: tuple[HandlingUnit, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
