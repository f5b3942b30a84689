# SPDX-License-Identifier: Apache-2.0
"""From one kind of paper to another that carries the same thing: a bill ↔ the declaration of its goods, and so on.

Nothing is invented on the way: a paper that asks for more than the other says is left incomplete, and one that says
more is left behind; the conversion tells both.

Source: WCO Data Model 3.6, the classes that declaration, cargo report and value declaration share; UNCL 1001 for
transport documents; UNCTAD manifest message description for natures of bills.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar, cast

import msgspec
from msgspec import structs

from cocket.errors import SenderError
from cocket.model import (
    AdditionalDocument,
    BillOfLading,
    Classification,
    Commodity,
    ConvertedAmount,
    Declaration,
    Document,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Manifest,
    Movement,
    PackageTotals,
    Reference,
    Response,
    TransportEquipment,
    ValueDeclaration,
    ValuedInvoice,
)
from cocket.model.declaration import Flow

Kind = Literal[
    "declaration",
    "entry-summary",
    "manifest",
    "air-waybill",
    "house-waybill",
    "house-list",
    "air-record",
    "value-declaration",
    "licence",
    "release-order",
    "response",
    "entry-response",
    "movement",
    "arrival-notice",
    "certificate",
    "invoice",
    "packing-list",
]

#: What the messages of each standard carry; None if no other standard's do.
CARRIES: dict[str, Kind | None] = {
    "asycuda-sad": "declaration",
    "asycuda-awmds": "manifest",
    "asycuda-c71": "value-declaration",
    "asycuda-licence": "licence",
    "asycuda-release": "release-order",
    "wco-dm": "declaration",
    "wco-res": "response",
    "wco-b2sw": "arrival-notice",
    "inventory-linking": "movement",
    "ens": "entry-summary",
    "ens-response": "entry-response",
    "ics2": "entry-summary",
    "ncts": "declaration",
    "certificate": "certificate",
    **dict.fromkeys(("cargo-xml-xfwb", "cargo-imp-fwb"), "air-waybill"),
    **dict.fromkeys(("cargo-xml-xfhl", "cargo-imp-fhl"), "house-list"),
    **dict.fromkeys(("cargo-xml-xffm", "cargo-imp-ffm"), "manifest"),
    "cargo-xml-xfzb": "house-waybill",
    "one-record": "air-record",
    **dict.fromkeys(("cargo-xml-xfsu", "cargo-xml-xfnm", "cargo-imp-fsu")),
    "ubl-invoice": "invoice",
    "cii": "invoice",
    "ubl-packing": "packing-list",
    "uncefact": "manifest",
    "dcsa": "manifest",
    "edifact-cuscar": "manifest",
    "edifact-cusdec": "declaration",
    **dict.fromkeys(("postal-item", "low-value"), "declaration"),
    **dict.fromkeys(("postal-list", "express-manifest", "fal-cargo"), "manifest"),
    **dict.fromkeys(("fal-general", "fal-stores", "fal-effects", "fal-crew", "fal-passengers", "fal-dangerous-goods")),
    **dict.fromkeys(("edifact-cusres", "edifact-cusrep", "edifact-govcbr", "edifact-iftsta")),
    **dict.fromkeys(("edifact-codeco", "edifact-coarri", "edifact-baplie", "epcis", "epcis-xml", "efti")),
}

_HARMONISED_SYSTEM = "HS"

#: Transport document by mode of transport (Recommendation 19 → UNCL 1001), for a document on its own or a master, and
#: for a house document.
_PAPERS = {"1": ("705", "714"), "2": ("720", "720"), "3": ("730", "730"), "4": ("740", "703"), "8": ("705", "714")}
_HOUSE_PAPERS = ("703", "714")

_FLOW_OF_NATURE: dict[str | None, Flow] = {"22": "export", "23": "import", "24": "transit"}
_NATURE_OF_FLOW: dict[Flow, str] = {"export": "22", "import": "23", "transit": "24", "cargo-report": "23"}


T = TypeVar("T")


class Carried(msgspec.Struct, frozen=True):
    """A document on its way to another kind of paper.

    Attributes:
        document: What is to be written.
        rows: For each item, bill or invoice of it those of the source that it was made from (0-based); None if they
            are the same, one for one.
    """

    document: Document
    rows: tuple[tuple[int, ...], ...] | None = None


def is_same(document: Document, bill: str | None) -> Carried:
    """The same kind of paper: nothing changes, but that a manifest may be narrowed to one bill.

    Raises:
        SenderError: It is an answer about such a paper, tells of its movement, or there is no bill of that name.

    Source: WCO Data Model 3.6: a Response is no Declaration.
    """
    if isinstance(document, Response | Movement):
        raise other_thing(document, "message that can be converted")
    if bill is None or not isinstance(document, Manifest):
        return Carried(document)
    places = [place for place, each in enumerate(document.bills) if each.id == bill]
    if not places:
        raise SenderError("There is no such bill on the manifest.", code="convert-no-bill", found=bill)
    bills = tuple(document.bills[place] for place in places)
    return Carried(structs.replace(document, bills=bills), tuple((place,) for place in places))


def declaration_to_entry_summary(document: Document, _: str | None) -> Carried:
    """Goods declared for a procedure, as the entry summary of the same goods.

    Args:
        document: A declaration.

    Returns:
        The same declaration, as a cargo report.

    Raises:
        SenderError: It declares goods that leave.

    Source: Commission Delegated Regulation (EU) 2015/2446, Annex B, column F1a beside H1: the elements both have.
    """
    declaration = _declared(document)
    if declaration.flow == "export":
        raise SenderError("Exported goods have no entry summary.", code="convert-other-thing", found="export")
    return Carried(structs.replace(declaration, flow="cargo-report"))


def entry_summary_to_declaration(document: Document, _: str | None) -> Carried:
    """An entry summary, as the beginning of a declaration of the same goods: the procedure is for the declarant to say.

    Source: as `declaration_to_entry_summary`, the other way.
    """
    return Carried(_declared(document))


# Declaration → manifest ----------------------------------------------------------------------------------------------


def declaration_to_manifest(document: Document, _: str | None) -> Carried:
    """Declared goods, as the bills they travel under: items under the same transport document are one bill.

    Args:
        document: A declaration or entry summary.

    Returns:
        A manifest with a bill for each transport document; masses of items of one bill are summed.

    Source: WCO Data Model 3.6, Consignment (28A); UNCTAD manifest message description, bill nature.
    """
    declaration = _declared(document)
    shipment = declaration.shipment
    groups: dict[tuple[str | None, str | None], list[int]] = {}
    whole = _papers_named(declaration.references)
    for place, item in enumerate(shipment.items):
        named = _papers_named(item.references)
        groups.setdefault(named if any(named) else whole, []).append(place)
    bills = tuple(
        _bill(declaration, line, named, tuple(shipment.items[place] for place in places))
        for line, (named, places) in enumerate(groups.items(), 1)
    )
    means = shipment.border_transport
    manifest = Manifest(
        office=declaration.office,
        voyage=means.voyage if means else None,
        arrives=shipment.expected_arrival.date() if shipment.expected_arrival else None,
        arrival_time=f"{shipment.expected_arrival:%H:%M}" if shipment.expected_arrival else None,
        transport=means,
        carrier=shipment.carrier,
        totals=PackageTotals(packages=declaration.packages_declared, gross_mass_kg=declaration.gross_mass_kg_declared),
        bills=bills,
    )
    return Carried(manifest, tuple(map(tuple, groups.values())))


def _papers_named(references: Iterable[Reference]) -> tuple[str | None, str | None]:
    """Numbers of the master or only, and of the house transport document; None for one that is not named."""
    names = {name.kind: name.value for name in references if name.kind in ("BL", "HBL")}
    return names.get("BL"), names.get("HBL")


def _bill(
    declaration: Declaration,
    line: int,
    named: tuple[str | None, str | None],
    items: tuple[GovernmentAgencyGoodsItem, ...],
) -> BillOfLading:
    shipment = declaration.shipment
    master, house = named
    masses = [item.commodity.gross_mass_kg for item in items]
    words = [item.commodity.description for item in items if item.commodity.description]
    codes = [code.id for item in items for code in item.commodity.classifications[:1]]
    is_all = len(items) == len(shipment.items)
    return BillOfLading(
        id=house or master,
        line=line,
        level="house" if house and master else None,
        master_id=master if house else None,
        nature_code=_NATURE_OF_FLOW.get(declaration.flow),
        consignor=_one(item.consignor for item in items) or shipment.consignor or shipment.exporter,
        consignee=_one(item.consignee for item in items) or shipment.consignee or shipment.importer,
        notify=shipment.notify,
        loading_place=shipment.loading_place,
        unloading_place=shipment.unloading_place,
        goods_description="; ".join(words) or None,
        packaging=tuple(packaging for item in items for packaging in item.packaging),
        gross_mass_kg=sum((mass for mass in masses if mass is not None), Decimal()) if None not in masses else None,
        hs_codes=tuple(dict.fromkeys(codes)),
        equipment=tuple(each for each in shipment.equipment if is_all or _carries(each, items)),
        location=shipment.location if is_all else None,
    )


def _carries(equipment: TransportEquipment, items: tuple[GovernmentAgencyGoodsItem, ...]) -> bool:
    named = any(equipment.id in item.equipment_ids for item in items)
    return named or any(item.sequence in equipment.item_numbers for item in items)


def _one(values: Iterable[T | None]) -> T | None:
    """The value that all have; None if they differ."""
    found = list(values)
    return found[0] if found and all(value == found[0] for value in found) else None


# Manifest → declaration ----------------------------------------------------------------------------------------------


def manifest_to_declaration(document: Document, bill: str | None) -> Carried:
    """One bill of a manifest, as the beginning of a declaration of its goods.

    Args:
        document: A manifest.
        bill: Number of the bill; None if there is only one.

    Returns:
        A declaration with one item.

    Raises:
        SenderError: There are several bills and none is named, or none of that name.

    Source: WCO Data Model 3.6, Consignment (28A); UNCL 1001 for the type of the transport document.
    """
    return _from_bills(document, bill, takes_several=False)


def manifest_to_entry_summary(document: Document, bill: str | None) -> Carried:
    """Bills of a manifest, as one entry summary with an item for each; all of them if none is named.

    Source: ICS functional specification, IE315: items may be under transport documents of their own.
    """
    return _from_bills(document, bill, takes_several=True)


def _from_bills(document: Document, named: str | None, *, takes_several: bool) -> Carried:
    places = bills_meant(document, named, takes_several=takes_several)
    document = cast(Manifest, document)
    bills = [document.bills[place] for place in places]
    shipment = _shipment(document, bills)
    items = shipment.items
    flow: Flow = "cargo-report" if takes_several else _FLOW_OF_NATURE.get(bills[0].nature_code, "other")
    names = dict.fromkeys(name for item in items for name in item.references)
    is_whole = len(bills) == len(document.bills)
    declaration = Declaration(
        flow=flow,
        office=document.office,
        packages_declared=document.totals.packages if is_whole else None,
        gross_mass_kg_declared=document.totals.gross_mass_kg if is_whole else None,
        shipment=shipment,
        references=tuple(names),
    )
    return Carried(declaration, tuple((place,) for place in places))


def bills_meant(document: Document, named: str | None, *, takes_several: bool) -> list[int]:
    """The places of the bills of a manifest that are meant (1..n, 0-based).

    Args:
        document: A manifest.
        named: Number of the bill; None if all are meant, or the only one.
        takes_several: Whether there may be several.

    Raises:
        SenderError: It is no manifest, has no such bill, or several and none is named.

    Source: nothing outside: a paper of one consignment is of one bill.
    """
    if not isinstance(document, Manifest):
        raise other_thing(document, "manifest")
    places = [place for place, each in enumerate(document.bills) if named in (None, each.id)]
    if not places:
        raise SenderError("There is no such bill on the manifest.", code="convert-no-bill", found=named)
    if len(places) > 1 and not takes_several:
        numbers = ", ".join(each.id or "?" for each in document.bills[:20])
        raise SenderError(
            f"The target has one bill, but the manifest has {len(places)}.",
            code="convert-several-bills",
            expected=numbers,
            hint="Choose one with --bill.",
        )
    return places


def _shipment(manifest: Manifest, bills: list[BillOfLading]) -> GoodsShipment:
    """The goods of bills, an item for each; what all bills have is said once."""
    means = manifest.transport
    if means and manifest.voyage and not means.voyage:
        means = structs.replace(means, voyage=manifest.voyage)
    mode = means.mode_code if means else None
    is_one = len(bills) == 1
    return GoodsShipment(
        consignor=bills[0].consignor if is_one else None,
        consignee=bills[0].consignee if is_one else None,
        notify=_one(each.notify for each in bills),
        border_transport=means,
        carrier=manifest.carrier,
        loading_place=_one(each.loading_place for each in bills),
        unloading_place=_one(each.unloading_place for each in bills),
        expected_arrival=_arrival(manifest),
        location=_one(each.location for each in bills),
        equipment=_equipment(bills),
        items=tuple(_item(each, place, mode, not is_one) for place, each in enumerate(bills, 1)),
    )


def _arrival(manifest: Manifest) -> datetime | None:
    """When the means arrives; None unless day and time are both stated, the time so that it can be read."""
    if manifest.arrives is None or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", manifest.arrival_time or ""):
        return None
    return datetime.fromisoformat(f"{manifest.arrives}T{manifest.arrival_time}")


def _item(bill: BillOfLading, sequence: int, mode: str | None, is_one_of_several: bool) -> GovernmentAgencyGoodsItem:
    own, house = _PAPERS.get(mode or "", (None, None))
    papers = [(bill.id, house if bill.level == "house" else own), (bill.master_id, own)]
    documents = tuple(
        AdditionalDocument(category_code="N" if code else None, type_code=code, id=number)
        for number, code in papers
        if number
    )
    references = [Reference("HBL" if bill.level == "house" else "BL", bill.id)] if bill.id else []
    references += [Reference("BL", bill.master_id)] if bill.master_id else []
    return GovernmentAgencyGoodsItem(
        sequence=sequence,
        commodity=Commodity(
            description=bill.goods_description,
            classifications=tuple(Classification(id=code, type_code=_HARMONISED_SYSTEM) for code in bill.hs_codes),
            gross_mass_kg=bill.gross_mass_kg,
        ),
        packaging=bill.packaging,
        documents=documents,
        customs_value=bill.customs_value,
        equipment_ids=tuple(each.id for each in bill.equipment),
        references=tuple(references),
        consignor=bill.consignor if is_one_of_several else None,
        consignee=bill.consignee if is_one_of_several else None,
    )


def _equipment(bills: list[BillOfLading]) -> tuple[TransportEquipment, ...]:
    """The containers of all bills, each once, with the items it carries."""
    found: dict[str, TransportEquipment] = {}
    for sequence, bill in enumerate(bills, 1):
        for each in bill.equipment:
            before = found.get(each.id)
            numbers = (*before.item_numbers, sequence) if before else (sequence,)
            found[each.id] = structs.replace(before or each, item_numbers=numbers)
    return tuple(found.values())


# Declaration → value declaration -------------------------------------------------------------------------------------


def declaration_to_value_declaration(document: Document, _: str | None) -> Carried:
    """What a declaration says of seller, buyer and price, as the beginning of a value declaration.

    An exporter is not taken for the seller, nor an importer for the buyer; what bears on the price is not guessed.

    Source: WTO Valuation Agreement, Articles 1 and 8, as form C71 asks for them.
    """
    declaration = _declared(document)
    shipment, valuation = declaration.shipment, declaration.valuation
    number = next((name.value for name in declaration.references if name.kind == "INVOICE"), None)
    price = None
    if valuation.invoice:
        price = ConvertedAmount(amount=valuation.invoice, exchange_rate=valuation.exchange_rate)
    invoice = ValuedInvoice(number=number, terms=shipment.trade_terms, price=price)
    return Carried(
        ValueDeclaration(
            seller=shipment.seller,
            buyer=shipment.buyer,
            declarant=declaration.declarant,
            invoices=() if invoice == ValuedInvoice() else (invoice,),
        ),
        rows=(),
    )


def _declared(document: Document) -> Declaration:
    if not isinstance(document, Declaration):
        raise other_thing(document, "declaration")
    return document


def other_thing(document: Document, expected: str) -> SenderError:
    """The refusal of a document that is no paper of the kind expected.

    Source: nothing outside.
    """
    found = type(document).__name__
    return SenderError(f"This is not a valid {expected}.", code="convert-other-thing", expected=expected, found=found)


#: The ways between kinds of paper, and what goes over each, in words.
PASSAGES: dict[tuple[Kind, Kind], tuple[Callable[[Document, str | None], Carried], str]] = {
    ("declaration", "entry-summary"): (
        declaration_to_entry_summary,
        "the goods, their parties and transport; only for imports",
    ),
    ("entry-summary", "declaration"): (
        entry_summary_to_declaration,
        "the goods, their parties and transport; not procedure, value or origin",
    ),
    ("declaration", "manifest"): (declaration_to_manifest, "a bill for each transport document"),
    ("entry-summary", "manifest"): (declaration_to_manifest, "a bill for each transport document"),
    ("manifest", "declaration"): (manifest_to_declaration, "one bill as one item"),
    ("manifest", "entry-summary"): (manifest_to_entry_summary, "an item for each bill"),
    ("declaration", "value-declaration"): (
        declaration_to_value_declaration,
        "seller, buyer, declarant, terms and price",
    ),
}
