# SPDX-License-Identifier: Apache-2.0
"""From a declaration's tree to the model: each function takes what one class has; what stays is left over.

Nothing here can fail: a value that is not what its place asks for is left over, and the schema has said so already.
"""

from __future__ import annotations

from decimal import Decimal

from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Amount,
    Classification,
    Commodity,
    CustomsOffice,
    Declaration,
    DutyTaxFee,
    Extension,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    Origin,
    Packaging,
    Party,
    PreviousDocument,
    Seal,
    SupplementaryQuantity,
    TradeTerms,
    TransportEquipment,
    TransportMeans,
    ValuationCharges,
)
from cocket.model.declaration import Flow
from cocket.standards.wco_dm.references import document_names, previous_names, stated_names
from cocket.standards.wco_dm.tree import (
    Node,
    branch,
    branches,
    left_over,
    take,
    take_amount,
    take_attribute,
    take_decimal,
    take_moment,
    take_whole,
)

#: First digit of the procedure asked for: exports and re-exports. The others bring goods in or keep them.
_EXPORT_PROCEDURES = {"1", "2", "3"}


def read_declaration(node: Node, headers: tuple[Extension, ...] = ()) -> Declaration:
    """A declaration from its tree, which is used up.

    Args:
        node: Tree of the Declaration element.
        headers: What the envelope states, to be kept with the extensions (0..n).

    Returns:
        The declaration; what has no place in the model is in `extensions`, of the item for what stood in an item.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    type_code, mrn, lrn = take(node, "TypeCode"), take(node, "ID"), take(node, "FunctionalReferenceID")
    shipment_node = branch(node, "GoodsShipment") or {}
    items = tuple(_item(each) for each in branches(shipment_node, "GovernmentAgencyGoodsItem"))
    flow = _flow(type_code, items)
    shipment = _shipment(node, shipment_node, items, flow)
    documents = _documents(node)
    names = [
        *stated_names("LRN", lrn),
        *stated_names("MRN", mrn),
        *stated_names("UCR", *_ucrs(shipment_node)),
        *previous_names(shipment.previous_documents),
        *document_names(documents),
        *stated_names("INVOICE", _peek(branch(shipment_node, "Invoice"), "ID")),
        *stated_names("EQUIPMENT", *(equipment.id for equipment in shipment.equipment)),
        *(name for item in items for name in item.references),
    ]
    return Declaration(
        function_code=take(node, "FunctionCode"),
        functional_reference=lrn,
        id=mrn,
        type_code=type_code,
        flow=flow,
        office=CustomsOffice(code=take(node, "DeclarationOfficeID")),
        issued=take_moment(node, "IssueDateTime"),
        declarant=_party(branch(node, "Declarant")),
        agent=_party(branch(node, "Agent")),
        items_declared=take_whole(node, "GoodsItemQuantity"),
        packages_declared=take_whole(node, "TotalPackageQuantity"),
        gross_mass_kg_declared=_mass_kg(node, "TotalGrossMassMeasure"),
        shipment=shipment,
        valuation=ValuationCharges(
            invoice=take_amount(node, "InvoiceAmount"),
            charges=_charges(branch(shipment_node, "CustomsValuation")),
        ),
        documents=documents,
        information=_information(node),
        references=tuple(dict.fromkeys(names)),
        extensions=(*headers, *left_over(node)),
    )


def _flow(type_code: str | None, items: tuple[GovernmentAgencyGoodsItem, ...]) -> Flow:
    """What a declaration is for. `CO`, trade with special territories, goes both ways: there the procedure tells."""
    kind = (type_code or "")[:2]
    if kind == "IM":
        return "import"
    if kind == "EX":
        return "export"
    if kind == "CO" and type_code != "COR":
        asked = {(item.procedure.current or "")[:1] for item in items if item.procedure}
        return "export" if not asked or asked & _EXPORT_PROCEDURES else "import"
    return "other"


def _shipment(declaration: Node, node: Node, items: tuple[GovernmentAgencyGoodsItem, ...], flow: Flow) -> GoodsShipment:
    consignment = branch(node, "Consignment") or {}
    inland = "DepartureTransportMeans" if flow == "export" else "ArrivalTransportMeans"
    return GoodsShipment(
        exporter=_party(branch(declaration, "Exporter")),
        importer=_party(branch(node, "Importer")),
        consignor=_party(branch(node, "Consignor")),
        consignee=_party(branch(node, "Consignee")),
        seller=_party(branch(node, "Seller")),
        buyer=_party(branch(node, "Buyer")),
        export_country_code=take(branch(node, "ExportCountry") or {}, "ID"),
        destination_country_code=take(branch(node, "Destination") or {}, "CountryCode"),
        border_transport=_means(branch(declaration, "BorderTransportMeans")),
        inland_transport=_means(branch(consignment, inland)),
        loading_place=take(branch(consignment, "LoadingLocation") or {}, "ID"),
        location=_location(branch(consignment, "GoodsLocation")),
        trade_terms=_trade_terms(branch(node, "TradeTerms")),
        equipment=_equipment(consignment),
        is_containerised=_containerised(consignment),
        items=items,
        previous_documents=_previous_documents(node),
        warehouse_id=take(branch(node, "Warehouse") or {}, "ID"),
        transaction_nature_code=take(node, "TransactionNatureCode"),
    )


def _item(node: Node) -> GovernmentAgencyGoodsItem:
    commodity_node = branch(node, "Commodity") or {}
    valuation = branch(node, "CustomsValuation") or {}
    first_fee = branch(commodity_node, "DutyTaxFee") or {}
    documents, previous = _documents(node), _previous_documents(node)
    equipment_ids = _equipment_ids(commodity_node)
    names = [
        *stated_names("UCR", *_ucrs(node)),
        *previous_names(previous),
        *document_names(documents),
        *stated_names("EQUIPMENT", *equipment_ids),
    ]
    return GovernmentAgencyGoodsItem(
        sequence=take_whole(node, "SequenceNumeric"),
        preference_code=take(first_fee, "DutyRegimeCode"),
        quota_id=take(first_fee, "QuotaOrderID"),
        commodity=_commodity(commodity_node),
        packaging=_packaging(node),
        origins=_origins(node),
        procedure=_procedure(node),
        customs_value=take_amount(node, "CustomsValueAmount"),
        statistical_value=take_amount(node, "StatisticalValueAmount"),
        charges=_charges(valuation),
        valuation_method=take(valuation, "MethodCode"),
        documents=documents,
        previous_documents=previous,
        information=_information(node),
        equipment_ids=equipment_ids,
        references=tuple(dict.fromkeys(names)),
        export_country_code=take(branch(node, "ExportCountry") or {}, "ID"),
        destination_country_code=take(branch(node, "Destination") or {}, "CountryCode"),
        consignor=_party(branch(node, "Consignor")),
        consignee=_party(branch(node, "Consignee")),
        extensions=_left_of(node),
    )


def _left_of(item: Node) -> tuple[Extension, ...]:
    """What is left of an item, which is the item's and not the declaration's."""
    extensions = left_over(item)
    item.clear()
    return extensions


def _commodity(node: Node) -> Commodity:
    measure = branch(node, "GoodsMeasure") or {}
    return Commodity(
        description=take(node, "Description"),
        classifications=tuple(
            Classification(id=take(each, "ID") or "", type_code=take(each, "IdentificationTypeCode"))
            for each in branches(node, "Classification", needs=("ID",))
        ),
        gross_mass_kg=_mass_kg(measure, "GrossMassMeasure"),
        net_mass_kg=_mass_kg(measure, "NetNetWeightMeasure"),
        supplementary=_supplementary(measure),
        duties=tuple(_duty(each) for each in branches(node, "DutyTaxFee")),
        price=take_amount(branch(node, "InvoiceLine") or {}, "ItemChargeAmount"),
    )


def _supplementary(measure: Node) -> tuple[SupplementaryQuantity, ...]:
    quantity = take_decimal(measure, "TariffQuantity")
    if quantity is None:
        return ()
    return (SupplementaryQuantity(quantity=quantity, unit_code=take_attribute(measure, "TariffQuantity", "@unitCode")),)


def _duty(node: Node) -> DutyTaxFee:
    payment = branch(node, "Payment") or {}
    base, is_specific = take_decimal(node, "AdValoremTaxBaseAmount"), False
    if base is None:
        base, is_specific = take_decimal(node, "SpecificTaxBaseQuantity"), True
    return DutyTaxFee(
        type_code=take(node, "TypeCode"),
        base=base,
        rate_as_written=take_decimal(node, "TaxRateNumeric"),
        is_specific=None if base is None else is_specific,
        amount=take_amount(payment, "PaymentAmount"),
        payment_code=take(payment, "MethodCode"),
    )


def _procedure(node: Node) -> GovernmentProcedure | None:
    """The procedure asked for, which alone has a previous one, and the additional codes around it.

    Of several with a previous one only the first is taken.
    """
    procedures = branches(node, "GovernmentProcedure", needs=("CurrentCode",))
    if not procedures:
        return None
    full = [each for each in procedures if "PreviousCode" in each]
    if len(full) <= 1:
        main = full[0] if full else procedures[0]
        additional = [each for each in procedures if each is not main]
    else:
        main, additional = procedures[0], []
    node["GovernmentProcedure"].sort(key=lambda each: each is not main)
    return GovernmentProcedure(
        current=take(main, "CurrentCode"),
        previous=take(main, "PreviousCode"),
        national=tuple(take(each, "CurrentCode") or "" for each in additional),
    )


def _charges(node: Node | None) -> dict[str, Amount]:
    """Charges by name: `freight`, else the code of the addition or deduction; none of those if one comes twice."""
    charges: dict[str, Amount] = {}
    if node is None:
        return charges
    freight = take_amount(node, "FreightChargeAmount")
    if freight is not None:
        charges["freight"] = freight
    named = branches(node, "ChargeDeduction", needs=("ChargesTypeCode", "OtherChargeDeductionAmount"))
    codes = [_peek(each, "ChargesTypeCode") for each in named]
    if len(set(codes)) == len(codes):
        for each in named:
            amount = take_amount(each, "OtherChargeDeductionAmount")
            code = take(each, "ChargesTypeCode") if amount is not None else None
            if amount is not None and code:
                charges[code] = amount
    return charges


def _documents(node: Node) -> tuple[AdditionalDocument, ...]:
    return tuple(map(_document, branches(node, "AdditionalDocument")))


def _document(node: Node) -> AdditionalDocument:
    write_off = branch(node, "WriteOff") or {}
    quantity = take_decimal(write_off, "QuantityQuantity")
    unit = take_attribute(write_off, "QuantityQuantity", "@unitCode") if quantity is not None else None
    return AdditionalDocument(
        category_code=take(node, "CategoryCode"),
        type_code=take(node, "TypeCode"),
        id=take(node, "ID"),
        name=take(node, "Name"),
        status_code=take(node, "LPCOExemptionCode"),
        issuer=take(branch(node, "Submitter") or {}, "Name"),
        quantity=quantity,
        quantity_unit=unit,
        amount=take_amount(write_off, "AmountAmount"),
    )


def _previous_documents(node: Node) -> tuple[PreviousDocument, ...]:
    return tuple(
        PreviousDocument(
            category_code=take(each, "CategoryCode"),
            type_code=take(each, "TypeCode"),
            id=take(each, "ID"),
            line=take_whole(each, "LineNumeric"),
        )
        for each in branches(node, "PreviousDocument")
    )


def _information(node: Node) -> tuple[AdditionalInformation, ...]:
    return tuple(
        AdditionalInformation(
            code=take(each, "StatementCode"),
            text=take(each, "StatementDescription"),
            type_code=take(each, "StatementTypeCode"),
        )
        for each in branches(node, "AdditionalInformation")
    )


def _packaging(node: Node) -> tuple[Packaging, ...]:
    return tuple(
        Packaging(
            quantity=take_whole(each, "QuantityQuantity"),
            type_code=take(each, "TypeCode"),
            marks=take(each, "MarksNumbersID"),
        )
        for each in _numbered(node, "Packaging")
    )


def _origins(node: Node) -> tuple[Origin, ...]:
    return tuple(
        Origin(country_code=take(each, "CountryCode"), type_code=take(each, "TypeCode"), region=take(each, "RegionID"))
        for each in branches(node, "Origin")
    )


def _equipment(consignment: Node) -> tuple[TransportEquipment, ...]:
    return tuple(
        TransportEquipment(
            id=take(each, "ID") or "",
            seals=tuple(Seal(id=take(seal, "ID") or "") for seal in _numbered(each, "Seal", needs=("ID",))),
        )
        for each in _numbered(consignment, "TransportEquipment", needs=("ID",))
    )


def _equipment_ids(commodity: Node) -> tuple[str, ...]:
    return tuple(take(each, "ID") or "" for each in _numbered(commodity, "TransportEquipment", needs=("ID",)))


def _numbered(node: Node, name: str, needs: tuple[str, ...] = ()) -> list[Node]:
    """Classes that carry their own number; a number that only says their place is not kept."""
    found = branches(node, name, needs)
    for place, each in enumerate(found, 1):
        if each.get("SequenceNumeric") == str(place):
            del each["SequenceNumeric"]
    return found


def _party(node: Node | None) -> Party | None:
    if node is None:
        return None
    address = branch(node, "Address") or {}
    line = take(address, "Line")
    return Party(
        id=take(node, "ID"),
        name=take(node, "Name"),
        address=(line,) if line else (),
        city=take(address, "CityName"),
        postcode=take(address, "PostcodeID"),
        country_code=take(address, "CountryCode"),
        contact=take(branch(node, "Contact") or {}, "Name"),
        function_code=take(node, "FunctionCode"),
    )


def _means(node: Node | None) -> TransportMeans | None:
    if node is None:
        return None
    return TransportMeans(
        id=take(node, "ID"),
        id_type_code=take(node, "IdentificationTypeCode"),
        name=take(node, "Name"),
        mode_code=take(node, "ModeCode"),
        nationality_code=take(node, "RegistrationNationalityCode"),
    )


def _location(node: Node | None) -> GoodsLocation | None:
    if node is None:
        return None
    return GoodsLocation(
        id=take(node, "ID"),
        name=take(node, "Name"),
        type_code=take(node, "TypeCode"),
        country_code=take(branch(node, "Address") or {}, "CountryCode"),
    )


def _trade_terms(node: Node | None) -> TradeTerms | None:
    if node is None:
        return None
    return TradeTerms(code=take(node, "ConditionCode"), place=take(node, "LocationID"))


def _containerised(consignment: Node) -> bool | None:
    """Whether the goods are in containers: 1 or 0, anything else is left."""
    code = _peek(consignment, "ContainerCode")
    return take(consignment, "ContainerCode") == "1" if code in ("0", "1") else None


def _mass_kg(node: Node, name: str) -> Decimal | None:
    """A mass in kilograms, stated or understood; one in another unit is left as it is."""
    value = node.get(name)
    is_other = isinstance(value, dict) and value.get("@unitCode", "KGM") != "KGM"
    return None if is_other else take_decimal(node, name)


def _ucrs(node: Node) -> tuple[str | None, str | None]:
    """The UCRs of a shipment or item, which stay where they are: which of the two it was must not be lost."""
    ucr = branch(node, "UCR")
    return _peek(ucr, "TraderAssignedReferenceID"), _peek(ucr, "ID")


def _peek(node: Node | None, name: str) -> str | None:
    """A text without taking it."""
    value = node.get(name) if node else None
    text = value.get("") if isinstance(value, dict) else value
    return text.strip() or None if isinstance(text, str) else None
