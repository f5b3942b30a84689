# SPDX-License-Identifier: Apache-2.0
"""Low-value declarations ↔ declarations of the model.

Source: Commission Delegated Regulation (EU) 2015/2446, Annex B, column H7.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cocket.errors import SenderError
from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    Document,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    Origin,
    Packaging,
    Party,
    PreviousDocument,
    SupplementaryQuantity,
    ValuationCharges,
)
from cocket.standards.json_drawing import inside, number, objects, text
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
    whole,
)

#: Kind of declaration, written before its additional type.
_KIND = "H7"
_TRANSPORT_COSTS = "external_freight"


def read_declaration(value: dict[str, Any]) -> Declaration:
    """A message with one declaration, as one of the model.

    Args:
        value: The message, right or wrong.

    Source: Delegated Regulation (EU) 2015/2446, Annex B, column H7.
    """
    told = next(objects(value, "declarations"), {})
    lrn, mrn, ucr = text(told, "lrn"), text(told, "mrn"), text(told, "ucr")
    paper, master = text(told, "transportDocument", "id"), text(told, "masterDocument", "id")
    sender = text(value, "sender")
    costs = money(told.get("transportCosts"))
    return Declaration(
        function_code=function_code(value),
        functional_reference=lrn,
        id=mrn,
        type_code=" ".join(filter(None, (_KIND, text(told, "additionalType")))),
        flow="import",
        office=CustomsOffice(code=text(value, "office")),
        issued=moment(value, "prepared"),
        submitter=Party(id=sender) if sender else None,
        declarant=party(told.get("declarant")),
        agent=party(told.get("representative")),
        gross_mass_kg_declared=number(told, "grossMass"),
        shipment=_shipment(told),
        valuation=ValuationCharges(charges={_TRANSPORT_COSTS: costs} if costs else {}),
        documents=tuple(_paper(each) for each in objects(told, "documents")),
        previous_documents=tuple(
            PreviousDocument(type_code=text(each, "type"), id=text(each, "id"))
            for each in objects(told, "previousDocuments")
        ),
        information=tuple(
            AdditionalInformation(code=text(each, "code"), text=text(each, "text"))
            for each in objects(told, "information")
        ),
        references=references(
            ("LRN", lrn), ("MRN", mrn), ("UCR", ucr), ("HBL" if master else "BL", paper), ("BL", master)
        ),
    )


def _shipment(told: dict[str, Any]) -> GoodsShipment:
    exporter = party(told.get("exporter"))
    place = GoodsLocation(
        id=text(told, "location", "id"),
        type_code=text(told, "location", "type"),
        qualifier_code=text(told, "location", "qualifier"),
        country_code=text(told, "location", "country"),
    )
    return GoodsShipment(
        exporter=exporter,
        importer=party(told.get("importer")),
        export_country_code=text(told, "exportCountry") or (exporter.country_code if exporter else None),
        border_transport=means(told.get("transport")),
        location=None if place == GoodsLocation() else place,
        tax_parties=tuple(
            Party(id=text(each, "id"), function_code=text(each, "role")) for each in objects(told, "fiscalReferences")
        ),
        documents=tuple(_paper(told[name]) for name in ("transportDocument", "masterDocument") if name in told),
        items=tuple(_item(each) for each in objects(told, "items")),
    )


def _paper(value: Any) -> AdditionalDocument:
    return AdditionalDocument(type_code=text(value, "type"), id=text(value, "id"))


def _item(value: dict[str, Any]) -> GovernmentAgencyGoodsItem:
    code, origin = text(value, "hsCode"), text(value, "origin")
    count, units = whole(value, "packages"), number(value, "supplementaryUnits")
    codes = inside(value, "procedures")
    listed = isinstance(codes, list) and all(isinstance(each, str) and each.strip() for each in codes)
    return GovernmentAgencyGoodsItem(
        sequence=whole(value, "number"),
        commodity=Commodity(
            description=text(value, "description"),
            classifications=(Classification(id=code, type_code="HS"),) if code else (),
            gross_mass_kg=number(value, "grossMass"),
            supplementary=() if units is None else (SupplementaryQuantity(quantity=units),),
        ),
        packaging=() if count is None else (Packaging(quantity=count, type_code=text(value, "packageKind")),),
        origins=(Origin(country_code=origin),) if origin else (),
        procedure=GovernmentProcedure(national=tuple(each.strip() for each in codes)) if listed and codes else None,
        customs_value=money(value.get("intrinsicValue")),
        documents=tuple(_paper(each) for each in objects(value, "documents")),
    )


def write_declaration(document: Document) -> dict[str, Any]:
    """A declaration as a message with one.

    Args:
        document: A declaration.

    Raises:
        SenderError: It is none.

    Source: as `read_declaration`.
    """
    if not isinstance(document, Declaration):
        raise SenderError("A low-value declaration is a declaration.", found=type(document).__name__)
    shipment = document.shipment
    kind, _, additional = (document.type_code or "").partition(" ")
    told = stated(
        lrn=document.functional_reference,
        mrn=document.id,
        additionalType=additional if kind == _KIND and additional else None,
        ucr=next(named(document.references, "UCR", "DUCR"), None),
        **_transport_papers(document),
        previousDocuments=[stated(type=each.type_code, id=each.id) for each in document.previous_documents],
        documents=[_paper_value(each) for each in document.documents],
        information=[stated(code=each.code, text=each.text) for each in document.information],
        exporter=party_value(shipment.exporter or shipment.consignor),
        importer=party_value(shipment.importer or shipment.consignee),
        declarant=party_value(document.declarant),
        representative=party_value(document.agent),
        fiscalReferences=[stated(role=each.function_code, id=each.id) for each in shipment.tax_parties],
        transport=means_value(shipment.border_transport),
        location=_location(shipment.location),
        exportCountry=shipment.export_country_code if _says_more(shipment) else None,
        transportCosts=money_value(document.valuation.charges.get(_TRANSPORT_COSTS)),
        grossMass=_mass(document),
        items=[_item_value(each) for each in shipment.items],
    )
    return stated(
        lowValueMessage=_KIND,
        id=document.functional_reference,
        function=function_name(document),
        prepared=moment_value(document.issued),
        sender=document.submitter.id if document.submitter else None,
        office=document.office.code,
        declarations=[told] if told else [],
    )


def _mass(document: Declaration) -> Decimal | None:
    """The mass declared of the whole, or else that of all goods together, where each states its own."""
    masses = [item.commodity.gross_mass_kg for item in document.shipment.items]
    stated_ones = [mass for mass in masses if mass is not None]
    if document.gross_mass_kg_declared is not None or len(stated_ones) < len(masses) or not masses:
        return document.gross_mass_kg_declared
    return sum(stated_ones, Decimal())


def _says_more(shipment: GoodsShipment) -> bool:
    """Whether the country of export is another than the exporter's."""
    exporter = shipment.exporter.country_code if shipment.exporter else None
    return shipment.export_country_code != exporter


def _transport_papers(document: Declaration) -> dict[str, Any]:
    """The transport document of the goods, and the master that it stands under."""
    names = [*document.references, *(name for item in document.shipment.items for name in item.references)]
    own = next(named(tuple(names), "HBL", "BL"), None)
    master = next((name for name in named(tuple(names), "BL") if name != own), None)
    kinds = {each.id: each.type_code for each in document.shipment.documents}
    return stated(
        transportDocument=stated(type=kinds.get(own), id=own),
        masterDocument=stated(type=kinds.get(master) if master else None, id=master),
    )


def _paper_value(paper: AdditionalDocument) -> dict[str, Any]:
    joined = f"{paper.category_code or ''}{paper.type_code or ''}"
    return stated(type=joined or None, id=paper.id)


def _location(place: GoodsLocation | None) -> dict[str, Any]:
    found = place or GoodsLocation()
    return stated(id=found.id, type=found.type_code, qualifier=found.qualifier_code, country=found.country_code)


def _item_value(item: GovernmentAgencyGoodsItem) -> dict[str, Any]:
    goods = item.commodity
    counts = [each.quantity for each in item.packaging if each.quantity is not None]
    return stated(
        number=item.sequence,
        procedures=list(item.procedure.national) if item.procedure else [],
        description=goods.description,
        hsCode=goods.classifications[0].id if goods.classifications else None,
        intrinsicValue=money_value(item.customs_value or goods.price),
        grossMass=goods.gross_mass_kg,
        packages=sum(counts) if counts else None,
        packageKind=item.packaging[0].type_code if len(item.packaging) == 1 else None,
        supplementaryUnits=goods.supplementary[0].quantity if goods.supplementary else None,
        origin=item.origins[0].country_code if item.origins else None,
        documents=[_paper_value(each) for each in item.documents],
    )
