# SPDX-License-Identifier: Apache-2.0
"""Documents that stand beside or before a declaration."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from cocket.model.party import Amount


class AdditionalDocument(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A licence, certificate, invoice or other paper presented (WCO 02A).

    Attributes:
        category_code: Category of the type code where the standard parts it (UK "C" of "C514"); None otherwise.
        type_code: Kind of document, national or UNCL 1001 code.
        id: Its number.
        name: Its name in words.
        status_code: National status of the paper (attached, waived, …).
        issued: Day of issue.
        issuer: Who issued it.
        quantity: Quantity written off, in `quantity_unit`.
        quantity_unit: UNECE or national unit of `quantity`.
        amount: Value written off.
    """

    category_code: str | None = None
    type_code: str | None = None
    id: str | None = None
    name: str | None = None
    status_code: str | None = None
    issued: date | None = None
    issuer: str | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None
    amount: Amount | None = None


class StockQuantity(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Goods of an earlier declaration by all the measures in which stock is kept.

    Attributes:
        packages: Packages (count).
        mass_kg: Mass.
        supplementary: Quantity in the supplementary unit.
        value: Value.
    """

    packages: int | None = None
    mass_kg: Decimal | None = None
    supplementary: Decimal | None = None
    value: Amount | None = None


class PreviousDocument(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The paper this one follows: a manifest line, a transit, a warehouse entry, a DUCR (WCO 99A).

    Attributes:
        category_code: Category code of the standard.
        type_code: Kind of document, national or UNCL 1001 code (UK: DCR is a DUCR, MCR a MUCR).
        id: Its number.
        line: Line in it (1-based); None where not stated.
        item_number: Item of this declaration that follows it (1-based); None where it is for the whole.
        commodity_code: Classification the goods had in it.
        origin_country_code: Country of origin they had in it.
        available: What it still held of them before this declaration.
        written_off: What this declaration takes off.
    """

    category_code: str | None = None
    type_code: str | None = None
    id: str | None = None
    line: int | None = None
    item_number: int | None = None
    commodity_code: str | None = None
    origin_country_code: str | None = None
    available: StockQuantity | None = None
    written_off: StockQuantity | None = None


class AdditionalInformation(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A coded or free statement by the declarant (WCO 03A).

    Attributes:
        code: Statement code.
        text: Statement in words.
        type_code: Kind of statement.
    """

    code: str | None = None
    text: str | None = None
    type_code: str | None = None
