# SPDX-License-Identifier: Apache-2.0
"""One paper of a dossier, and what it says in a form in which papers can be held against each other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cocket.codes import EquipmentNumber
from cocket.consignment.references import names_of_bill, names_of_declaration, names_of_notice, parts_in
from cocket.model import (
    Amount,
    BillOfLading,
    Declaration,
    Document,
    GovernmentAgencyGoodsItem,
    Manifest,
    Party,
    Reading,
    Reference,
    Response,
    TransportEquipment,
)
from cocket.model.message import Function

PaperStanding = Literal["accepted", "refused", "superseded"]


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
    def speaks(self) -> bool:
        """Whether what it says holds today: accepted, not superseded, and no cancellation."""
        return self.standing == "accepted" and self.function != "cancellation"

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


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What one paper says of the goods, or several of one kind together; None or empty where they do not say.

    Attributes:
        goods: Descriptions of the goods, without repeats (0..n).
        packages: Packages (count).
        gross_mass_kg: Gross mass.
        origins: Countries of origin, sorted (0..n).
        hs_codes: Commodity codes as written, sorted (0..n).
        consignee: Who gets the goods.
        consignor: Who sends them.
        equipment: Containers in canonical form, sorted (0..n).
        seals: Seals as `container seal`, sorted (0..n).
        value: Invoice value, or the customs value of a bill.
    """

    goods: tuple[str, ...] = ()
    packages: int | None = None
    gross_mass_kg: Decimal | None = None
    origins: tuple[str, ...] = ()
    hs_codes: tuple[str, ...] = ()
    consignee: Party | None = None
    consignor: Party | None = None
    equipment: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    value: Amount | None = None


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
    return _of_bill(paper.bill) if paper.bill else Statement()


def together(statements: Iterable[Statement]) -> Statement:
    """What several papers of one kind say together: quantities summed, lists joined.

    Args:
        statements: What each says (1..n).

    Returns:
        The whole. A quantity is None unless every one states it; a value also unless all are in one currency. Parties
        are those of the first.
    """
    parts = tuple(statements)
    return Statement(
        goods=_once(text for part in parts for text in part.goods),
        packages=_sum_of_counts(part.packages for part in parts),
        gross_mass_kg=_sum(part.gross_mass_kg for part in parts),
        origins=_all(part.origins for part in parts),
        hs_codes=_all(part.hs_codes for part in parts),
        consignee=parts[0].consignee,
        consignor=parts[0].consignor,
        equipment=_all(part.equipment for part in parts),
        seals=_all(part.seals for part in parts),
        value=_sum_of_money(part.value for part in parts),
    )


def equipment_name(number: str) -> str:
    """A container number as numbers are compared: canonical, or letters and digits alone if it has not the shape."""
    parsed = EquipmentNumber.parse(number)
    return parsed.canonical if parsed else "".join(filter(str.isalnum, number.upper()))


def _of_declaration(declaration: Declaration) -> Statement:
    shipment, items = declaration.shipment, declaration.shipment.items
    equipment = [unit.id for unit in shipment.equipment] + [number for item in items for number in item.equipment_ids]
    packages, mass = declaration.packages_declared, declaration.gross_mass_kg_declared
    return Statement(
        goods=_once(item.commodity.description or item.commodity.commercial_description for item in items),
        packages=_sum_of_counts(_packages(item) for item in items) if packages is None else packages,
        gross_mass_kg=_sum(item.commodity.gross_mass_kg for item in items) if mass is None else mass,
        origins=_all(tuple(o.country_code for o in item.origins if o.country_code) for item in items),
        hs_codes=_all(tuple(c.id for c in item.commodity.classifications[:1]) for item in items),
        consignee=shipment.consignee or shipment.importer,
        consignor=shipment.consignor or shipment.exporter,
        equipment=_all((equipment_name(number),) for number in equipment),
        seals=_seals(shipment.equipment),
        value=declaration.valuation.invoice or _sum_of_money(item.commodity.price for item in items),
    )


def _of_bill(bill: BillOfLading) -> Statement:
    return Statement(
        goods=_once((bill.goods_description,)),
        packages=_sum_of_counts(packaging.quantity for packaging in bill.packaging),
        gross_mass_kg=bill.gross_mass_kg,
        hs_codes=tuple(sorted(set(bill.hs_codes))),
        consignee=bill.consignee,
        consignor=bill.consignor,
        equipment=_all((equipment_name(unit.id),) for unit in bill.equipment),
        seals=_seals(bill.equipment),
        value=bill.customs_value,
    )


def _packages(item: GovernmentAgencyGoodsItem) -> int | None:
    return _sum_of_counts(packaging.quantity for packaging in item.packaging)


def _seals(equipment: Iterable[TransportEquipment]) -> tuple[str, ...]:
    return _all(tuple(f"{equipment_name(unit.id)} {seal.id.upper()}" for seal in unit.seals) for unit in equipment)


def _once(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _all(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({entry for entries in lists for entry in entries}))


def _sum_of_counts(counts: Iterable[int | None]) -> int | None:
    known = tuple(counts)
    return sum(count for count in known if count is not None) if known and None not in known else None


def _sum(quantities: Iterable[Decimal | None]) -> Decimal | None:
    known = tuple(quantities)
    return sum((q for q in known if q is not None), Decimal()) if known and None not in known else None


def _sum_of_money(amounts: Iterable[Amount | None]) -> Amount | None:
    known = tuple(amounts)
    currencies = {amount.currency for amount in known if amount}
    total = _sum(amount.value if amount else None for amount in known)
    return Amount(total, currencies.pop()) if total is not None and len(currencies) == 1 else None
