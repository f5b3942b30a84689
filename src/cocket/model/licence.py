# SPDX-License-Identifier: Apache-2.0
"""A licence to import or export: who may bring what, how much of it, and until when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from cocket.model.party import Extension, Party, Reference


class LicenceContact(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How a party to a licence can be reached.

    Attributes:
        telephone: Telephone.
        mobile: Mobile telephone.
        email: Electronic mail.
    """

    telephone: str | None = None
    mobile: str | None = None
    email: str | None = None


class LicenceItem(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One kind of goods under a licence.

    Attributes:
        description: Words on the goods.
        commodity_code: Classification code, as written.
        origin_country_code: Country of origin, ISO 3166 alpha-2.
        quantity_requested: Quantity asked for, in `unit_code`.
        quantity_approved: Quantity approved or to be approved, in `unit_code`; None before a decision.
        unit_code: UNECE Recommendation 20 or national unit.
        extensions: What the reader knew no place for (0..n).
    """

    description: str | None = None
    commodity_code: str | None = None
    origin_country_code: str | None = None
    quantity_requested: Decimal | None = None
    quantity_approved: Decimal | None = None
    unit_code: str | None = None
    extensions: tuple[Extension, ...] = ()


class Licence(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="licence"):
    """A licence or permit (LPCO), asked for or granted.

    Attributes:
        id: Number of the licence; None where the message does not carry it.
        holder: Who may import: number, name, and the person to ask.
        holder_contact: How the holder can be reached.
        owner_id: Number of the owner of the goods, where it is another than the holder.
        exporter: Who sends the goods.
        exporter_contact: How the exporter can be reached.
        applied: Day of application.
        expires: Last day of validity.
        arrives: Day the goods are to arrive.
        imported: Day they are to be imported.
        items: Goods (0..n).
        references: Every name by which the consignment may be known (0..n).
        extensions: What the reader knew no place for (0..n).
    """

    id: str | None = None
    holder: Party | None = None
    holder_contact: LicenceContact | None = None
    owner_id: str | None = None
    exporter: Party | None = None
    exporter_contact: LicenceContact | None = None
    applied: date | None = None
    expires: date | None = None
    arrives: date | None = None
    imported: date | None = None
    items: tuple[LicenceItem, ...] = ()
    references: tuple[Reference, ...] = ()
    extensions: tuple[Extension, ...] = ()
