# SPDX-License-Identifier: Apache-2.0
"""A declaration of value: what the price of goods includes, leaves out, and was influenced by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from cocket.model.declaration import TradeTerms
from cocket.model.party import Amount, Extension, Party, Reference


class ConvertedAmount(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A sum with the rate at which it is converted.

    Attributes:
        amount: The sum in the currency it was agreed in.
        exchange_rate: National currency units for one of that currency; None where not stated.
    """

    amount: Amount
    exchange_rate: Decimal | None = None


class ValuedInvoice(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One invoice of a value declaration, with what is added to its price and taken from it.

    Attributes:
        number: Number of the invoice.
        issued: Its day.
        terms: Terms of delivery; the words stand as place.
        price: Net price actually paid or payable.
        indirect_payments: What the buyer pays or does for the seller beside the price.
        additions: What Article 8 adds, by name (`commissions`, `brokerage`, `royalties`, `transport`, …).
        deductions: What is in the price and not in the value, by name (`transport_after_import`, …).
        other_charges: What the other charges taken off are, in words.
        extensions: What the reader knew no place for (0..n).
    """

    number: str | None = None
    issued: date | None = None
    terms: TradeTerms | None = None
    price: ConvertedAmount | None = None
    indirect_payments: ConvertedAmount | None = None
    additions: dict[str, ConvertedAmount] = {}
    deductions: dict[str, ConvertedAmount] = {}
    other_charges: str | None = None
    extensions: tuple[Extension, ...] = ()


class ValueDeclaration(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="value-declaration"
):
    """Particulars of the customs value (form C71 and its kin). An answer is None where neither yes nor no is given.

    Attributes:
        id: Number of the form; None where the message does not carry it.
        seller: Seller.
        buyer: Buyer.
        declarant: Declarant.
        contract: Number of the contract of sale.
        contract_signed: Its day.
        decision: Number of an earlier decision of customs on these questions.
        decided: Its day.
        is_related: Whether buyer and seller are related (box 7a).
        relation_influenced_price: Whether that influenced the price (7b).
        approximates_test_value: Whether the price comes close to a test value (7c).
        relation_details: More on it.
        has_restrictions: Whether the buyer is restricted in disposing of the goods or using them (8a).
        has_conditions: Whether sale or price depend on a condition whose value cannot be determined (8b).
        conditions_details: More on it.
        has_royalties: Whether royalties or licence fees are a condition of the sale (9a).
        has_resale_proceeds: Whether proceeds of resale go to the seller (9b).
        fees_details: More on it.
        invoices: Invoices (0..n).
        references: Every name by which the consignment may be known (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    id: str | None = None
    seller: Party | None = None
    buyer: Party | None = None
    declarant: Party | None = None
    contract: str | None = None
    contract_signed: date | None = None
    decision: str | None = None
    decided: date | None = None
    is_related: bool | None = None
    relation_influenced_price: bool | None = None
    approximates_test_value: bool | None = None
    relation_details: str | None = None
    has_restrictions: bool | None = None
    has_conditions: bool | None = None
    conditions_details: str | None = None
    has_royalties: bool | None = None
    has_resale_proceeds: bool | None = None
    fees_details: str | None = None
    invoices: tuple[ValuedInvoice, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
