# SPDX-License-Identifier: Apache-2.0
"""Postal items declared to customs ↔ declarations: one for each item, named by its S10 identifier.

Source: UPU Convention Regulations, forms CN 22 and CN 23; WCO Data Model, information package DIP UPU.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import structs

from cocket.codes import PostalItemId
from cocket.errors import SenderError
from cocket.model import (
    AdditionalDocument,
    Amount,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    Document,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    Origin,
    Party,
    SupplementaryQuantity,
    TransportMeans,
    ValuationCharges,
)
from cocket.model.declaration import Flow
from cocket.standards.json_drawing import number, objects, text
from cocket.standards.json_nouns import (
    function_code,
    function_name,
    means,
    means_value,
    moment,
    moment_value,
    money,
    money_value,
    named,
    party,
    party_value,
    references,
    stated,
)

#: Mode of transport of Recommendation 19 for mail.
_POST = "5"
#: Role of the seller who collects the tax under the import one-stop shop.
_VENDOR = "FR5"
#: Recommendation 20: one.
_PIECES = "C62"
#: What posts and customs add to a price, by the member of the item.
_CHARGES = (("postage", "postage"), ("insuredValue", "insured_value"))
_FLOWS: dict[str, Flow] = {"import": "import", "export": "export", "transit": "transit"}


def read_item(value: dict[str, Any]) -> Declaration:
    """A message with one item as a declaration.

    Args:
        value: The message, right or wrong.

    Source: UPU Convention Regulations, forms CN 22 and CN 23.
    """
    item = next(objects(value, "items"), {})
    name = text(item, "itemId")
    shipper, addressee = party(item.get("sender")), party(item.get("addressee"))
    vendor, papers = text(item, "ioss"), tuple(objects(item, "documents"))
    invoices = [text(each, "id") for each in papers if each.get("type") == "invoice"]
    return Declaration(
        function_code=function_code(value),
        functional_reference=name,
        type_code=text(item, "form"),
        flow=_FLOWS.get(text(value, "flow") or "", "other"),
        office=CustomsOffice(code=text(value, "office")),
        issued=moment(value, "prepared"),
        submitter=Party(id=code) if (code := text(value, "sender")) else None,
        gross_mass_kg_declared=number(item, "grossMass"),
        shipment=GoodsShipment(
            exporter=shipper,
            importer=addressee,
            export_country_code=shipper.country_code if shipper else None,
            destination_country_code=addressee.country_code if addressee else None,
            border_transport=_means(value),
            transaction_nature_code=text(item, "category"),
            tax_parties=(Party(id=vendor, function_code=_VENDOR),) if vendor else (),
            documents=tuple(AdditionalDocument(type_code=text(each, "type"), id=text(each, "id")) for each in papers),
            items=tuple(_goods(place, each) for place, each in enumerate(objects(item, "contents"), 1)),
        ),
        valuation=ValuationCharges(
            invoice=money(item.get("value")),
            charges={kind: amount for member, kind in _CHARGES if (amount := money(item.get(member)))},
        ),
        references=references(("LRN", name), ("BL", name), *(("INVOICE", number) for number in invoices)),
    )


def write_item(document: Document) -> dict[str, Any]:
    """A declaration as a message with one item.

    Args:
        document: A declaration.

    Raises:
        SenderError: It is none.

    Source: UPU Convention Regulations, forms CN 22 and CN 23.
    """
    if not isinstance(document, Declaration):
        raise SenderError("A postal item is a declaration.", found=type(document).__name__)
    shipment, charges = document.shipment, document.valuation.charges
    vendors = [each.id for each in shipment.tax_parties if each.function_code == _VENDOR]
    item = stated(
        itemId=_name_of(document),
        form=document.type_code if document.type_code in ("CN22", "CN23") else None,
        category=shipment.transaction_nature_code,
        grossMass=document.gross_mass_kg_declared,
        value=money_value(document.valuation.invoice),
        sender=party_value(shipment.exporter or shipment.consignor),
        addressee=party_value(shipment.importer or shipment.consignee),
        ioss=vendors[0] if vendors else None,
        documents=[stated(type=each.type_code, id=each.id) for each in shipment.documents],
        contents=[_content(each) for each in shipment.items],
        **{member: money_value(charges.get(kind)) for member, kind in _CHARGES},
    )
    return stated(
        postalMessage="CUSITM",
        id=document.functional_reference,
        function=function_name(document),
        flow=_FLOWS.get(document.flow),
        prepared=moment_value(document.issued),
        sender=document.submitter.id if document.submitter else None,
        office=document.office.code,
        transport=_transport(shipment.border_transport),
        items=[item],
    )


def _name_of(document: Declaration) -> str | None:
    """The item's identifier: the transport document that has the shape of one, else the first, else the reference."""
    papers = [*named(document.references, "BL", "HBL")]
    papers += [name for item in document.shipment.items for name in named(item.references, "BL", "HBL")]
    postal = [name for name in papers if PostalItemId.parse(name)]
    return next(iter([*postal, *papers]), document.functional_reference)


def _means(value: dict[str, Any]) -> TransportMeans:
    """What carries the mail; by post, where nothing else is said."""
    found = means(value.get("transport")) or TransportMeans()
    return found if found.mode_code else structs.replace(found, mode_code=_POST)


def _transport(found: TransportMeans | None) -> dict[str, Any]:
    is_by_post = found is not None and found.mode_code == _POST
    return means_value(structs.replace(found, mode_code=None) if found and is_by_post else found)


def _goods(sequence: int, value: dict[str, Any]) -> GovernmentAgencyGoodsItem:
    count, code, origin = number(value, "quantity"), text(value, "hsCode"), text(value, "origin")
    return GovernmentAgencyGoodsItem(
        sequence=sequence,
        commodity=Commodity(
            description=text(value, "description"),
            classifications=(Classification(id=code, type_code="HS"),) if code else (),
            net_mass_kg=number(value, "netMass"),
            supplementary=() if count is None else (SupplementaryQuantity(quantity=count, unit_code=_PIECES),),
            price=money(value.get("value")),
        ),
        origins=(Origin(country_code=origin),) if origin else (),
    )


def _content(item: GovernmentAgencyGoodsItem) -> dict[str, Any]:
    goods = item.commodity
    counts: list[Decimal] = [each.quantity for each in goods.supplementary if each.unit_code == _PIECES]
    price: Amount | None = goods.price or item.customs_value
    return stated(
        description=goods.description,
        quantity=counts[0] if counts else None,
        netMass=goods.net_mass_kg,
        value=money_value(price),
        hsCode=goods.classifications[0].id if goods.classifications else None,
        origin=item.origins[0].country_code if item.origins else None,
    )
