# SPDX-License-Identifier: Apache-2.0
"""One paper of a dossier, and what it says of the goods."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Literal

import msgspec

from cocket.consignment.commercial import of_invoice, of_packing_list
from cocket.consignment.references import names_of_bill, names_of_declaration, names_of_notice, parts_in
from cocket.consignment.statement import (
    Statement,
    by_unit,
    equipment_name,
    every_of,
    once,
    seals_of,
    sum_of,
    sum_of_counts,
    sum_of_money,
)
from cocket.consignment.uses import is_likely
from cocket.model import (
    BillOfLading,
    CommercialInvoice,
    Declaration,
    Document,
    GovernmentAgencyGoodsItem,
    Manifest,
    Movement,
    PackingList,
    Reading,
    Reference,
    ReleaseOrder,
    Response,
)
from cocket.model.message import Function

__all__ = ["Paper", "PaperStanding", "equipment_name", "narrow", "part_of", "statement"]

PaperStanding = Literal["accepted", "refused", "superseded"]

#: What the moment of a paper is: stated by itself, or when it came.
Basis = Literal["stated", "received"]


def moment_of(document: Document | None, received: datetime) -> tuple[datetime, bool, Basis]:
    """When a paper was said: the day that it states of itself, else when it came.

    Args:
        document: What was read; None if nothing was.
        received: When it came, UTC.

    Returns:
        The moment, offset kept where one is stated, else UTC; whether it means a day; what it is. A day that cannot be, as
        `is_likely` judges it, is not stated.
    """
    stated = _stated(document)
    if isinstance(stated, datetime):
        at, is_day = stated if stated.tzinfo is not None else stated.replace(tzinfo=UTC), False
    elif stated is not None:
        at, is_day = datetime.combine(stated, time(tzinfo=UTC)), True
    if stated is None or not is_likely(at.date(), received.date()):
        return received, False, "received"
    return at, is_day, "stated"


def _stated(document: Document | None) -> date | datetime | None:
    match document:
        case Declaration():
            status = document.status
            return document.issued or document.accepted or (status.registered if status else None)
        case Movement():
            return document.occurred or document.arrived or document.departed
        case Manifest() | CommercialInvoice() | PackingList() | Response() | ReleaseOrder():
            return document.issued
    return None


def said_at(document: Document | None, received: datetime) -> datetime:
    """When a manifest was made, as its sender states it (UTC where no offset is stated); else when the paper came.

    Args:
        document: What was read; None if nothing was.
        received: When it came, UTC.
    """
    issued = document.issued if isinstance(document, Manifest) else None
    if issued is None:
        return received
    return issued if issued.tzinfo is not None else issued.replace(tzinfo=UTC)


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One message as far as it speaks of this consignment.

    Attributes:
        message_id: Our id of the message.
        index: Its leaf index.
        version: 1 for the first of its reference, counting up with each amendment.
        standing: `refused`, `superseded` by a later version, or `accepted`.
        received: When it came, UTC.
        sender: Who sent it.
        standard: Name of its standard; None if none was recognised.
        function: Whether it is new, changes or cancels an earlier one.
        document: What was read, a manifest narrowed to the one bill meant (`narrow`); None if nothing was read.
        part: Which part of its message it is, as in `Claim.part`; 0 for a message that is no manifest.
    """

    message_id: str
    index: int
    version: int = 1
    standing: PaperStanding = "accepted"
    received: datetime
    sender: str
    standard: str | None = None
    function: Function = "original"
    document: Document | None = None
    part: int = 0

    @property
    def declaration(self) -> Declaration | None:
        """The declaration, if it is one."""
        return self.document if isinstance(self.document, Declaration) else None

    @property
    def bill(self) -> BillOfLading | None:
        """The transport document, if it is one."""
        return self.document.bills[0] if isinstance(self.document, Manifest) and self.document.bills else None

    @property
    def invoice(self) -> CommercialInvoice | None:
        """The invoice or credit note, if it is one."""
        return self.document if isinstance(self.document, CommercialInvoice) else None

    @property
    def packing_list(self) -> PackingList | None:
        """The packing list or despatch advice, if it is one."""
        return self.document if isinstance(self.document, PackingList) else None

    @property
    def speaks(self) -> bool:
        """Whether what it says holds today: accepted, not superseded, and no cancellation."""
        return self.standing == "accepted" and self.function != "cancellation"

    @property
    def said(self) -> tuple[datetime, int, int]:
        """Its place among papers that say the same field: who said it first, by the day that each states, else by receipt."""
        return moment_of(self.document, self.received)[0], self.index, self.part

    @property
    def order(self) -> tuple[datetime, bool, int]:
        """Its place among papers on one manifest: what was said later replaces what was said before, whichever came first."""
        return (said_at(self.document, self.received), self.function != "original", self.index)

    @property
    def names(self) -> tuple[Reference, ...]:
        """Every name on it, as written (0..n)."""
        if isinstance(self.document, Declaration):
            return names_of_declaration(self.document)
        if isinstance(self.document, Manifest) and self.bill:
            return names_of_bill(self.document, self.bill)
        return names_of_notice(self.document) if self.document else ()

    @property
    def office(self) -> str | None:
        """Code of the customs office that it names; None if it names none."""
        return self.document.office.code if isinstance(self.document, Declaration | Manifest | Response) else None


def narrow(manifest: Manifest, part: int) -> Manifest:
    """A manifest with one of its bills alone, which is all that this bill's dossier is told.

    Args:
        manifest: The whole manifest.
        part: Place of the bill in it (1-based).

    Returns:
        The same manifest, other bills left out.
    """
    return msgspec.structs.replace(manifest, bills=manifest.bills[part - 1 : part])


def part_of(reading: Reading, part: int) -> Reading:
    """What a message says in one of its parts, a manifest narrowed to the bill meant.

    Args:
        reading: The whole message, with further ones that came in the same bytes.
        part: As in `Claim.part`; 0 is the first message whole.

    Returns:
        The reading of that part without further messages; without a document if there is no such part.
    """
    if part == 0:
        return reading
    for first, count, one in parts_in(reading):
        if first <= part < first + count:
            document = narrow(one.document, part - first + 1) if isinstance(one.document, Manifest) else one.document
            return msgspec.structs.replace(one, document=document, further=())
    return msgspec.structs.replace(reading, document=None, further=())


def statement(paper: Paper) -> Statement:
    """What one paper says of the goods.

    Args:
        paper: Any paper; one that could not be read says nothing.
    """
    if paper.declaration:
        return _of_declaration(paper.declaration)
    if paper.invoice:
        return of_invoice(paper.invoice)
    if paper.packing_list:
        return of_packing_list(paper.packing_list)
    return _of_bill(paper.bill) if paper.bill else Statement()


def _of_declaration(declaration: Declaration) -> Statement:
    shipment, items = declaration.shipment, declaration.shipment.items
    equipment = [unit.id for unit in shipment.equipment] + [number for item in items for number in item.equipment_ids]
    packages, mass = declaration.packages_declared, declaration.gross_mass_kg_declared
    return Statement(
        goods=once(item.commodity.description or item.commodity.commercial_description for item in items),
        packages=sum_of_counts(_packages(item) for item in items) if packages is None else packages,
        gross_mass_kg=sum_of(item.commodity.gross_mass_kg for item in items) if mass is None else mass,
        origins=every_of(tuple(o.country_code for o in item.origins if o.country_code) for item in items),
        hs_codes=every_of(tuple(c.id for c in item.commodity.classifications[:1]) for item in items),
        consignee=shipment.consignee or shipment.importer,
        consignor=shipment.consignor or shipment.exporter,
        equipment=every_of((equipment_name(number),) for number in equipment),
        seals=seals_of(shipment.equipment),
        value=declaration.valuation.invoice or sum_of_money(item.commodity.price for item in items),
        quantities=by_unit(
            (each.unit_code, each.quantity)
            for item in items
            for each in item.commodity.supplementary
            if each.unit_code is not None
        ),
    )


def _of_bill(bill: BillOfLading) -> Statement:
    return Statement(
        goods=once((bill.goods_description,)),
        packages=sum_of_counts(packaging.quantity for packaging in bill.packaging),
        gross_mass_kg=bill.gross_mass_kg,
        hs_codes=tuple(sorted(set(bill.hs_codes))),
        consignee=bill.consignee,
        consignor=bill.consignor,
        equipment=every_of((equipment_name(unit.id),) for unit in bill.equipment),
        seals=seals_of(bill.equipment),
        value=bill.customs_value,
    )


def _packages(item: GovernmentAgencyGoodsItem) -> int | None:
    return sum_of_counts(packaging.quantity for packaging in item.packaging)
