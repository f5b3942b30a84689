# SPDX-License-Identifier: Apache-2.0
"""From a declaration's tree to the model: tables of what goes where; what no table names is left over.

Nothing here can fail: a value that is not what its place asks for is left over, and the schema has said so already.
"""

from __future__ import annotations

import re
from functools import cache, partial

from lxml import etree

from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Amendment,
    AuthorisationHolder,
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
    ObligationGuarantee,
    Origin,
    Packaging,
    Party,
    PreviousDocument,
    Reference,
    Seal,
    SupplementaryQuantity,
    TradeTerms,
    TransportEquipment,
    TransportMeans,
    ValuationCharges,
)
from cocket.model.declaration import Flow
from cocket.standards.wco_dm.references import document_names, previous_names, stated_names
from cocket.standards.wco_dm.taking import (
    Fields,
    Places,
    Taker,
    amount,
    decimal,
    inside,
    mass_kg,
    moment,
    of_which,
    one,
    several,
    stated,
    take_fields,
    texts,
    value,
    whole,
)
from cocket.standards.wco_dm.tree import (
    Node,
    branch,
    branches,
    left_over,
    take,
    take_amount,
    take_attribute,
    take_decimal,
    tree_of,
)
from cocket.standards.wco_dm.walking import Plan, part, plan_of, walk

#: First digit of the procedure asked for: exports and re-exports. The others bring goods in or keep them.
_EXPORT_PROCEDURES = {"1", "2", "3"}

#: What a message says of containers.
_IN_CONTAINERS = {"0": False, "1": True}

#: A step of a pointer that can be told as text and told back: section, number, tag.
_POINTER_STEP = re.compile(r"\d{2}[A-Z](\[[1-9]\d{0,4}\])?(/[A-Z]?\d{3})?", re.ASCII)
_POINTER_PARTS = ("SequenceNumeric", "DocumentSectionCode", "TagID")


def read_element(element: etree._Element, headers: tuple[Extension, ...] = ()) -> Declaration:
    """A declaration from its element, whose structure the schema has accepted.

    Args:
        element: The Declaration element.
        headers: What the envelope states, to be kept with the extensions (0..n).

    Returns:
        What `read_declaration` gives of its tree, without building the whole of it.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    walked = walk(element, plan())
    return (
        read_declaration(tree_of(element), headers)
        if walked is None
        else read_declaration(walked[0], headers, walked[1])
    )


def read_declaration(node: Node, headers: tuple[Extension, ...] = (), taken: Fields | None = None) -> Declaration:
    """A declaration from its tree, which is used up.

    Args:
        node: Tree of the Declaration element.
        headers: What the envelope states, to be kept with the extensions (0..n).
        taken: Fields that are not in the tree any more, those of the shipment under its name; None for none.

    Returns:
        The declaration; what has no place in the model is in `extensions`, of the item for what stood in an item.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    fields = {} if taken is None else taken
    shipment = fields.pop("shipment", {})
    shipment |= {name: fields.pop(name) for name in _AROUND_FIELDS if name in fields}
    goods = branch(node, "GoodsShipment") or {}
    names = [*stated_names("UCR", *_ucrs(goods)), *stated_names("INVOICE", _peek(branch(goods, "Invoice"), "ID"))]
    take_fields(node, _DECLARATION, fields)
    items = shipment.pop("items", ()) or tuple([_item(each) for each in branches(goods, "GovernmentAgencyGoodsItem")])
    fields["flow"] = flow = _flow(fields.get("type_code"), items)
    take_fields(goods, _EXPORT_SHIPMENT if flow == "export" else _SHIPMENT, take_fields(node, _AROUND, shipment))
    fields["valuation"] = ValuationCharges(invoice=fields.pop("invoice", None), charges=shipment.pop("charges", {}))
    fields["shipment"] = GoodsShipment(items=items, **shipment)
    return Declaration(references=_references(fields, names), extensions=(*headers, *left_over(node)), **fields)


def _references(fields: Fields, names: list[Reference]) -> tuple[Reference, ...]:
    """Every name of the consignment: the declaration's own, then those of its papers, then those of its items."""
    shipment: GoodsShipment = fields["shipment"]
    ucrs = [name for name in names if name.kind == "UCR"]
    found = [
        *stated_names("LRN", fields.get("functional_reference")),
        *stated_names("MRN", fields.get("id")),
        *ucrs,
        *previous_names(shipment.previous_documents),
        *document_names(fields.get("documents", ())),
        *(name for name in names if name.kind != "UCR"),
        *stated_names("EQUIPMENT", *[equipment.id for equipment in shipment.equipment]),
        *[name for item in shipment.items for name in item.references],
    ]
    return tuple(dict.fromkeys(found))


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


def _item(node: Node, taken: Fields | None = None) -> GovernmentAgencyGoodsItem:
    names = [*stated_names("UCR", *_ucrs(node))] if "UCR" in node else []
    fields = take_fields(node, _ITEM, taken)
    names += previous_names(fields.get("previous_documents", ()))
    names += document_names(fields.get("documents", ()))
    names += stated_names("EQUIPMENT", *fields.get("equipment_ids", ()))
    item = GovernmentAgencyGoodsItem(
        references=tuple(dict.fromkeys(names)) if names else (), extensions=left_over(node), **fields
    )
    node.clear()  # what is left is the item's and not the declaration's
    return item


def _ucrs(node: Node) -> tuple[str | None, str | None]:
    """The UCRs of a shipment or item, which stay where they are: which of the two it was must not be lost."""
    ucr = branch(node, "UCR")
    return _peek(ucr, "TraderAssignedReferenceID"), _peek(ucr, "ID")


def _peek(node: Node | None, name: str) -> str | None:
    """A text without taking it."""
    value = node.get(name) if node else None
    text = value.get("") if isinstance(value, dict) else value
    return text.strip() or None if isinstance(text, str) else None


# Takers of this message ----------------------------------------------------------------------------------------------


def _of_the_item(node: Node, fields: Fields) -> None:
    """What a commodity states and is the item's: preference and quota of the first duty line, and the containers."""
    first_fee = branch(node, "DutyTaxFee")
    if first_fee is not None:
        take_fields(first_fee, {"DutyRegimeCode": "preference_code", "QuotaOrderID": "quota_id"}, fields)
    _equipment_ids(node, "TransportEquipment", fields)


def _supplementary(node: Node, name: str, fields: Fields) -> None:
    quantity = take_decimal(node, name)
    if quantity is not None:
        unit = take_attribute(node, name, "@unitCode")
        fields["supplementary"] = (SupplementaryQuantity(quantity=quantity, unit_code=unit),)


def _value_base(node: Node, name: str, fields: Fields) -> None:
    base = take_decimal(node, name)
    if base is not None:
        fields |= {"base": base, "is_specific": False}


def _quantity_base(node: Node, name: str, fields: Fields) -> None:
    """The quantity as base, where no value is stated: that comes first in the message."""
    base = None if "base" in fields or "AdValoremTaxBaseAmount" in fields else take_decimal(node, name)
    if base is not None:
        fields |= {"base": base, "is_specific": True}
        unit = take_attribute(node, name, "@unitCode")
        if unit is not None:
            fields["base_unit_code"] = unit


def _procedure(node: Node, name: str, fields: Fields) -> None:
    """The procedure asked for, which alone has a previous one, and the additional codes around it.

    Of several with a previous one only the first is taken.
    """
    procedures = branches(node, name, needs=("CurrentCode",))
    if not procedures:
        return
    full = [each for each in procedures if "PreviousCode" in each]
    if len(full) <= 1:
        main = full[0] if full else procedures[0]
        additional = [each for each in procedures if each is not main]
    else:
        main, additional = procedures[0], []
    node[name].sort(key=lambda each: each is not main)
    fields["procedure"] = GovernmentProcedure(
        current=take(main, "CurrentCode"),
        previous=take(main, "PreviousCode"),
        national=tuple([take(each, "CurrentCode") or "" for each in additional]),
    )


def _charges(node: Node, name: str, fields: Fields) -> None:
    """Charges by name: `freight`, else the code of the addition or deduction; none of those if one comes twice."""
    inner = branch(node, name)
    if inner is None:
        return
    charges = {}
    freight = take_amount(inner, "FreightChargeAmount")
    if freight is not None:
        charges["freight"] = freight
    named = branches(inner, "ChargeDeduction", needs=("ChargesTypeCode", "OtherChargeDeductionAmount"))
    codes = [_peek(each, "ChargesTypeCode") for each in named]
    for each in named if len(set(codes)) == len(codes) else ():
        sum_ = take_amount(each, "OtherChargeDeductionAmount")
        code = take(each, "ChargesTypeCode") if sum_ is not None else None
        if sum_ is not None and code:
            charges[code] = sum_
    if charges:
        fields["charges"] = charges


def _item_valuation(node: Node, name: str, fields: Fields) -> None:
    _charges(node, name, fields)
    take_fields(branch(node, name) or {}, {"MethodCode": "valuation_method"}, fields)


def _take_containerised(node: Node, name: str) -> bool | None:
    """Whether the goods are in containers: 1 or 0, anything else is left."""
    return take(node, name) == "1" if _peek(node, name) in _IN_CONTAINERS else None


def _unit_quantity(node: Node, name: str, fields: Fields) -> None:
    quantity = take_decimal(node, name)
    if quantity is not None:
        fields |= {"quantity": quantity, "quantity_unit": take_attribute(node, name, "@unitCode")}


def _take_line(node: Node, name: str) -> tuple[str, ...] | None:
    return _lines(take(node, name) or "")


def _lines(text: str) -> tuple[str, ...] | None:
    return (text,) if text else None


def _pointer(node: Node, name: str, fields: Fields) -> None:
    """The steps of a pointer as one text; steps that are not of the usual form are all left where they are."""
    steps = ["/".join(_step(step)) for step in branches(node, name)]
    if steps and all(map(_POINTER_STEP.fullmatch, steps)) and not any("/" in step for step in steps[:-1]):
        del node[name]
        fields["pointer"] = "/".join(steps)


def _step(node: Node) -> list[str]:
    """Section with its number, and the tag if there is one; nothing that is a step if there is more than these."""
    if not all(isinstance(value, str) and name in _POINTER_PARTS for name, value in node.items()):
        return []
    place = node.get("SequenceNumeric", "").strip()
    section = node.get("DocumentSectionCode", "").strip() + (f"[{place}]" if place else "")
    tag = node.get("TagID", "").strip()
    return [section, tag] if tag else [section]


_equipment_ids = texts("equipment_ids", "ID", numbered=True)


# What goes where -----------------------------------------------------------------------------------------------------

_PARTY: Places = {
    "ID": "id",
    "Name": "name",
    "FunctionCode": "function_code",
    "Address": inside(
        {
            "Line": value("address", _take_line, _lines),
            "CityName": "city",
            "PostcodeID": "postcode",
            "CountryCode": "country_code",
        }
    ),
    "Contact": inside({"Name": "contact"}),
}
_MEANS: Places = {
    "ID": "id",
    "IdentificationTypeCode": "id_type_code",
    "Name": "name",
    "ModeCode": "mode_code",
    "RegistrationNationalityCode": "nationality_code",
}


def _party(field: str) -> Taker:
    return one(field, Party, _PARTY)


def _roles(field: str) -> Taker:
    return several(field, Party, {"ID": "id", "RoleCode": "function_code"})


def _office(field: str) -> Taker:
    return stated(field, CustomsOffice, {"ID": "code"})


def _take_office(node: Node, name: str) -> CustomsOffice | None:
    return _office_of(take(node, name) or "")


def _office_of(code: str) -> CustomsOffice | None:
    return CustomsOffice(code=code) if code else None


_DOCUMENTS = several(
    "documents",
    AdditionalDocument,
    {
        "CategoryCode": "category_code",
        "TypeCode": "type_code",
        "ID": "id",
        "Name": "name",
        "LPCOExemptionCode": "status_code",
        "Submitter": inside({"Name": "issuer"}),
        "WriteOff": inside({"QuantityQuantity": _unit_quantity, "AmountAmount": amount("amount")}),
    },
)
_PREVIOUS_DOCUMENTS = several(
    "previous_documents",
    PreviousDocument,
    {"CategoryCode": "category_code", "TypeCode": "type_code", "ID": "id", "LineNumeric": whole("line")},
)
_INFORMATION = several(
    "information",
    AdditionalInformation,
    {"StatementCode": "code", "StatementDescription": "text", "StatementTypeCode": "type_code"},
)

_DECLARATION: Places = {
    "FunctionCode": "function_code",
    "FunctionalReferenceID": "functional_reference",
    "ID": "id",
    "TypeCode": "type_code",
    "DeclarationOfficeID": value("office", _take_office, _office_of),
    "InvoiceAmount": amount("invoice"),
    "IssueDateTime": moment("issued"),
    "AcceptanceDateTime": moment("accepted"),
    "Declarant": _party("declarant"),
    "Agent": _party("agent"),
    "Submitter": _party("submitter"),
    "GoodsItemQuantity": whole("items_declared"),
    "TotalPackageQuantity": whole("packages_declared"),
    "TotalGrossMassMeasure": mass_kg("gross_mass_kg_declared"),
    "SupervisingOffice": _office("supervising_office"),
    "PresentationOffice": _office("presentation_office"),
    "ExitOffice": _office("exit_office"),
    "AuthorisationHolder": several(
        "authorisations", AuthorisationHolder, {"ID": "id", "CategoryCode": "category_code"}
    ),
    "Amendment": several("amendments", Amendment, {"ChangeReasonCode": "reason_code", "Pointer": _pointer}),
    "ObligationGuarantee": several(
        "guarantees",
        ObligationGuarantee,
        {
            "ID": "id",
            "ReferenceID": "reference",
            "SecurityDetailsCode": "type_code",
            "AccessCode": "access_code",
            "GuaranteeOffice": inside({"ID": "office_code"}),
            "AmountAmount": amount("amount"),
        },
    ),
    "AdditionalDocument": _DOCUMENTS,
    "AdditionalInformation": _INFORMATION,
}

#: What stands in the declaration and is the shipment's.
_AROUND: Places = {
    "Exporter": _party("exporter"),
    "BorderTransportMeans": one("border_transport", TransportMeans, _MEANS),
    "Consignment": inside(
        {
            "Carrier": _party("carrier"),
            "Itinerary": texts("itinerary", "RoutingCountryCode", numbered=True),
            "Freight": inside({"PaymentMethodCode": "freight_payment_code"}),
        }
    ),
}
_CONSIGNMENT: Places = {
    "ContainerCode": value("is_containerised", _take_containerised, _IN_CONTAINERS.get),
    "LoadingLocation": inside({"ID": "loading_place"}),
    "GoodsLocation": one(
        "location",
        GoodsLocation,
        {
            "ID": "id",
            "Name": "name",
            "TypeCode": "type_code",
            "Address": inside({"TypeCode": "qualifier_code", "CountryCode": "country_code"}),
        },
    ),
    "TransportEquipment": several(
        "equipment",
        partial(TransportEquipment, id=""),
        {"ID": "id", "Seal": several("seals", partial(Seal, id=""), {"ID": "id"}, needs=("ID",), numbered=True)},
        needs=("ID",),
        numbered=True,
    ),
}
_INLAND = one("inland_transport", TransportMeans, _MEANS)
_PARTIES: Places = {
    "Consignor": _party("consignor"),
    "Consignee": _party("consignee"),
    "Seller": _party("seller"),
    "Buyer": _party("buyer"),
    "DomesticDutyTaxParty": _roles("tax_parties"),
    "AEOMutualRecognitionParty": _roles("recognised_parties"),
    "ExportCountry": inside({"ID": "export_country_code"}),
    "Destination": inside({"CountryCode": "destination_country_code"}),
    "TransactionNatureCode": "transaction_nature_code",
    "PreviousDocument": _PREVIOUS_DOCUMENTS,
}
_SHIPMENT: Places = _PARTIES | {
    "Importer": _party("importer"),
    "CustomsValuation": _charges,
    "TradeTerms": one("trade_terms", TradeTerms, {"ConditionCode": "code", "LocationID": "place"}),
    "Warehouse": inside({"ID": "warehouse_id", "TypeCode": "warehouse_type_code"}),
    "Consignment": inside(_CONSIGNMENT | {"ArrivalTransportMeans": _INLAND}),
}
_EXPORT_SHIPMENT = _SHIPMENT | {"Consignment": inside(_CONSIGNMENT | {"DepartureTransportMeans": _INLAND})}
_COMMODITY: Places = {
    "Description": "description",
    "Classification": several(
        "classifications",
        partial(Classification, id=""),
        {"ID": "id", "IdentificationTypeCode": "type_code"},
        needs=("ID",),
    ),
    "GoodsMeasure": inside(
        {
            "GrossMassMeasure": mass_kg("gross_mass_kg"),
            "NetNetWeightMeasure": mass_kg("net_mass_kg"),
            "TariffQuantity": _supplementary,
        }
    ),
    "InvoiceLine": inside({"ItemChargeAmount": amount("price")}),
    "DangerousGoods": texts("dangerous_goods", "UNDGID"),
    "DutyTaxFee": several(
        "duties",
        DutyTaxFee,
        {
            "TypeCode": "type_code",
            "AdValoremTaxBaseAmount": _value_base,
            "SpecificTaxBaseQuantity": _quantity_base,
            "TaxRateNumeric": decimal("rate_as_written"),
            "Payment": inside(
                {
                    "MethodCode": "payment_code",
                    "PaymentAmount": amount("amount"),
                    "TaxAssessedAmount": amount("assessed"),
                }
            ),
        },
    ),
}
_ITEM: Places = _PARTIES | {
    "SequenceNumeric": whole("sequence"),
    "CustomsValueAmount": amount("customs_value"),
    "StatisticalValueAmount": amount("statistical_value"),
    "AdditionalDocument": _DOCUMENTS,
    "AdditionalInformation": _INFORMATION,
    "Commodity": of_which("commodity", Commodity, _COMMODITY, _of_the_item, ("DutyTaxFee", "TransportEquipment")),
    "CustomsValuation": _item_valuation,
    "GovernmentProcedure": _procedure,
    "Origin": several(
        "origins", Origin, {"CountryCode": "country_code", "TypeCode": "type_code", "RegionID": "region"}
    ),
    "Packaging": several(
        "packaging",
        Packaging,
        {"QuantityQuantity": whole("quantity"), "TypeCode": "type_code", "MarksNumbersID": "marks"},
        numbered=True,
    ),
    "ValuationAdjustment": inside({"AdditionCode": "valuation_indicators"}),
}

#: The table of the walk: beside what is the declaration's, what stands in it and is the shipment's.
_WALK: Places = _DECLARATION | {
    "Exporter": _AROUND["Exporter"],
    "BorderTransportMeans": _AROUND["BorderTransportMeans"],
    "GoodsShipment": part(
        "shipment",
        _SHIPMENT
        | {
            "Consignment": inside(_CONSIGNMENT),  # the means inland depend on what the items say
            "GovernmentAgencyGoodsItem": part(
                "items",
                _ITEM | {"CustomsValuation": inside({"MethodCode": "valuation_method"})},
                _item,
                is_repeated=True,
            ),
        },
        lambda _, fields: fields,
    ),
}
_AROUND_FIELDS = ("exporter", "border_transport")


@cache
def plan() -> Plan:
    """The plan by which a sound declaration is read.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    return plan_of(_WALK)
