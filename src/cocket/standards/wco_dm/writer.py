# SPDX-License-Identifier: Apache-2.0
"""From the model to a declaration's tree: the mirror of `reader`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cocket.errors import SenderError
from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Amendment,
    Amount,
    Commodity,
    CustomsOffice,
    Declaration,
    DutyTaxFee,
    GoodsLocation,
    GoodsShipment,
    GovernmentAgencyGoodsItem,
    GovernmentProcedure,
    ObligationGuarantee,
    Origin,
    Packaging,
    Party,
    PreviousDocument,
    TransportEquipment,
    TransportMeans,
)
from cocket.standards.wco_dm.tree import (
    Node,
    lay_back,
    put,
    put_amount,
    put_class,
    put_classes,
    put_moment,
    put_quantity,
    put_value,
)

ORIGINAL = "9"

#: A step of a pointer: section, its number, the tag of an element in it.
_STEP = re.compile(r"(?P<section>\d{2}[A-Z])(\[(?P<place>\d{1,5})\])?(/(?P<tag>[A-Z]?\d{3}))?(/|$)", re.ASCII)

#: A charge whose name is no longer than this is a code of additions and deductions; other names have no place here.
_CODE_LENGTH = 3


def declaration_node(document: Declaration) -> Node:
    """The tree of a declaration, extensions back in their places.

    Args:
        document: What to write.

    Returns:
        Tree of the Declaration element.

    Source: WCO Data Model 3.6, Declaration (42A).
    """
    shipment = document.shipment
    node: Node = {}
    put(node, "FunctionCode", document.function_code or ORIGINAL)
    put(node, "FunctionalReferenceID", document.functional_reference)
    put(node, "ID", document.id)
    put_moment(node, "IssueDateTime", document.issued)
    put(node, "TypeCode", document.type_code)
    put(node, "GoodsItemQuantity", document.items_declared)
    put(node, "DeclarationOfficeID", document.office.code)
    put_amount(node, "InvoiceAmount", document.valuation.invoice)
    put(node, "TotalGrossMassMeasure", document.gross_mass_kg_declared)
    put(node, "TotalPackageQuantity", document.packages_declared)
    put_classes(node, "AdditionalDocument", map(_document, (*document.documents, *shipment.documents)))
    put_classes(node, "AdditionalInformation", map(_information, document.information))
    put_class(node, "Agent", _party(document.agent))
    put_class(node, "BorderTransportMeans", _means(shipment.border_transport))
    put_class(node, "Declarant", _party(document.declarant))
    put_class(node, "Exporter", _party(shipment.exporter))
    put_class(node, "GoodsShipment", _shipment(document) or None)
    _put_around(node, document)
    lay_back(node, document.extensions)
    return node


def _put_around(node: Node, document: Declaration) -> None:
    """What stands around the goods: offices, authorisations, securities, changes, the journey out."""
    shipment = document.shipment
    put_moment(node, "AcceptanceDateTime", document.accepted)
    put_class(node, "Submitter", _party(document.submitter))
    put_value(node, "SupervisingOffice", "ID", _code(document.supervising_office))
    put_value(node, "PresentationOffice", "ID", _code(document.presentation_office))
    put_value(node, "ExitOffice", "ID", _code(document.exit_office))
    holders = (_some("ID", each.id) | _some("CategoryCode", each.category_code) for each in document.authorisations)
    put_classes(node, "AuthorisationHolder", holders)
    put_classes(node, "ObligationGuarantee", map(_guarantee, document.guarantees))
    put_classes(node, "Amendment", map(_amendment, document.amendments))
    journey: Node = {}
    put_class(journey, "Carrier", _party(shipment.carrier))
    put_value(journey, "Freight", "PaymentMethodCode", shipment.freight_payment_code)
    put_classes(journey, "Itinerary", _numbered({"RoutingCountryCode": each} for each in shipment.itinerary))
    put_class(node, "Consignment", journey or None)


def _code(office: CustomsOffice | None) -> str | None:
    return None if office is None else office.code


def _guarantee(guarantee: ObligationGuarantee) -> Node:
    node: Node = {}
    put_amount(node, "AmountAmount", guarantee.amount)
    put(node, "ID", guarantee.id)
    put(node, "ReferenceID", guarantee.reference)
    put(node, "SecurityDetailsCode", guarantee.type_code)
    put(node, "AccessCode", guarantee.access_code)
    put_value(node, "GuaranteeOffice", "ID", guarantee.office_code)
    return node


def _amendment(amendment: Amendment) -> Node:
    node = _some("ChangeReasonCode", amendment.reason_code)
    steps = []
    pointer = amendment.pointer or ""
    if _STEP.sub("", pointer):
        raise SenderError("This is not a pointer of the message.", expected="such as 42A/67A[1]/128", found=pointer)
    for step in _STEP.finditer(pointer):
        tag = {"TagID": step["tag"]} if step["tag"] else {}
        place = {"SequenceNumeric": step["place"]} if step["place"] else {}
        steps.append(place | {"DocumentSectionCode": step["section"]} | tag)
    put_classes(node, "Pointer", steps)
    return node


def _roles(parties: tuple[Party, ...]) -> list[Node]:
    return [_some("ID", each.id) | _some("RoleCode", each.function_code) for each in parties]


def _shipment(document: Declaration) -> Node:
    shipment = document.shipment
    node: Node = {}
    put(node, "TransactionNatureCode", shipment.transaction_nature_code)
    put_class(node, "Buyer", _party(shipment.buyer))
    put_class(node, "Consignee", _party(shipment.consignee))
    put_class(node, "Consignment", _consignment(shipment, is_export=document.flow == "export") or None)
    put_class(node, "Consignor", _party(shipment.consignor))
    put_class(node, "CustomsValuation", _valuation(document.valuation.charges) or None)
    put_value(node, "Destination", "CountryCode", shipment.destination_country_code)
    put_value(node, "ExportCountry", "ID", shipment.export_country_code)
    put_classes(node, "GovernmentAgencyGoodsItem", map(_item, shipment.items))
    put_class(node, "Importer", _party(shipment.importer))
    put_classes(node, "PreviousDocument", map(_previous, (*document.previous_documents, *shipment.previous_documents)))
    put_class(node, "Seller", _party(shipment.seller))
    if shipment.trade_terms:
        terms: Node = {}
        put(terms, "ConditionCode", shipment.trade_terms.code)
        put(terms, "LocationID", shipment.trade_terms.place)
        put_class(node, "TradeTerms", terms)
    put_value(node, "UCR", "TraderAssignedReferenceID", _ucr(document))
    warehouse = _some("ID", shipment.warehouse_id) | _some("TypeCode", shipment.warehouse_type_code)
    put_class(node, "Warehouse", warehouse or None)
    put_classes(node, "DomesticDutyTaxParty", _roles(shipment.tax_parties))
    put_classes(node, "AEOMutualRecognitionParty", _roles(shipment.recognised_parties))
    return node


def _ucr(document: Declaration) -> str | None:
    """The UCR of the whole shipment where no extension states it, as one read in another standard does not."""
    extensions = (*document.extensions, *(each for item in document.shipment.items for each in item.extensions))
    if any("UCR[" in extension.path for extension in extensions):
        return None
    return next((name.value for name in document.references if name.kind == "UCR"), None)


def _consignment(shipment: GoodsShipment, *, is_export: bool) -> Node:
    node: Node = {}
    if shipment.is_containerised is not None:
        put(node, "ContainerCode", int(shipment.is_containerised))
    inland = "DepartureTransportMeans" if is_export else "ArrivalTransportMeans"
    put_class(node, inland, _means(shipment.inland_transport))
    put_class(node, "GoodsLocation", _location(shipment.location))
    put_value(node, "LoadingLocation", "ID", shipment.loading_place)
    put_classes(node, "TransportEquipment", _numbered(map(_equipment, shipment.equipment)))
    return node


def _item(item: GovernmentAgencyGoodsItem) -> Node:
    node: Node = {}
    put_amount(node, "CustomsValueAmount", item.customs_value)
    put(node, "SequenceNumeric", item.sequence)
    put_amount(node, "StatisticalValueAmount", item.statistical_value)
    put_classes(node, "AdditionalDocument", map(_document, item.documents))
    put_classes(node, "AdditionalInformation", map(_information, item.information))
    put_class(node, "Commodity", _commodity(item.commodity, item) or None)
    put_class(node, "Consignee", _party(item.consignee))
    put_class(node, "Consignor", _party(item.consignor))
    valuation = _valuation(item.charges)
    put(valuation, "MethodCode", item.valuation_method)
    put_class(node, "CustomsValuation", valuation or None)
    put_value(node, "Destination", "CountryCode", item.destination_country_code)
    put_value(node, "ExportCountry", "ID", item.export_country_code)
    put_classes(node, "GovernmentProcedure", _procedures(item.procedure))
    put_classes(node, "Origin", map(_origin, item.origins))
    put_classes(node, "Packaging", _numbered(map(_packaging, item.packaging)))
    put_classes(node, "PreviousDocument", map(_previous, item.previous_documents))
    put(node, "TransactionNatureCode", item.transaction_nature_code)
    put_value(node, "ValuationAdjustment", "AdditionCode", item.valuation_indicators)
    put_class(node, "Buyer", _party(item.buyer))
    put_class(node, "Seller", _party(item.seller))
    put_classes(node, "DomesticDutyTaxParty", _roles(item.tax_parties))
    put_classes(node, "AEOMutualRecognitionParty", _roles(item.recognised_parties))
    lay_back(node, item.extensions)
    return node


def _commodity(commodity: Commodity, item: GovernmentAgencyGoodsItem) -> Node:
    node: Node = {}
    put(node, "Description", commodity.description)
    codes = [{"ID": each.id} | _some("IdentificationTypeCode", each.type_code) for each in commodity.classifications]
    put_classes(node, "Classification", codes)
    duties = [_duty(each) for each in commodity.duties]
    if item.preference_code or item.quota_id:
        duties = duties or [{}]
        duties[0] |= _some("DutyRegimeCode", item.preference_code) | _some("QuotaOrderID", item.quota_id)
    put_classes(node, "DutyTaxFee", duties)
    measure: Node = {}
    put(measure, "GrossMassMeasure", commodity.gross_mass_kg)
    put(measure, "NetNetWeightMeasure", commodity.net_mass_kg)
    for quantity in commodity.supplementary[:1]:
        put_quantity(measure, "TariffQuantity", quantity.quantity, quantity.unit_code)
    put_class(node, "GoodsMeasure", measure or None)
    price: Node = {}
    put_amount(price, "ItemChargeAmount", commodity.price)
    put_class(node, "InvoiceLine", price or None)
    put_classes(node, "TransportEquipment", _numbered({"ID": each} for each in item.equipment_ids))
    put_classes(node, "DangerousGoods", ({"UNDGID": each} for each in commodity.dangerous_goods))
    return node


def _duty(duty: DutyTaxFee) -> Node:
    node: Node = {}
    if duty.is_specific:
        put_quantity(node, "SpecificTaxBaseQuantity", duty.base, duty.base_unit_code)
    else:
        put(node, "AdValoremTaxBaseAmount", duty.base)
    put(node, "TaxRateNumeric", duty.rate_as_written)
    put(node, "TypeCode", duty.type_code)
    payment: Node = {}
    put(payment, "MethodCode", duty.payment_code)
    put_amount(payment, "PaymentAmount", duty.amount)
    put_amount(payment, "TaxAssessedAmount", duty.assessed)
    put_class(node, "Payment", payment or None)
    return node


def _procedures(procedure: GovernmentProcedure | None) -> list[Node]:
    if procedure is None:
        return []
    main = _some("CurrentCode", procedure.current) | _some("PreviousCode", procedure.previous)
    return [main, *({"CurrentCode": code} for code in procedure.national)]


def _valuation(charges: dict[str, Amount]) -> Node:
    node: Node = {}
    put_amount(node, "FreightChargeAmount", charges.get("freight"))
    deductions = []
    for code, amount in charges.items():
        if len(code) <= _CODE_LENGTH:
            deduction: Node = {"ChargesTypeCode": code}
            put_amount(deduction, "OtherChargeDeductionAmount", amount)
            deductions.append(deduction)
    put_classes(node, "ChargeDeduction", deductions)
    return node


def _document(document: AdditionalDocument) -> Node:
    node: Node = {}
    put(node, "CategoryCode", document.category_code)
    put(node, "ID", document.id)
    put(node, "Name", document.name)
    put(node, "TypeCode", document.type_code)
    put(node, "LPCOExemptionCode", document.status_code)
    put_value(node, "Submitter", "Name", document.issuer)
    write_off: Node = {}
    put_quantity(write_off, "QuantityQuantity", document.quantity, document.quantity_unit)
    put_amount(write_off, "AmountAmount", document.amount)
    put_class(node, "WriteOff", write_off or None)
    return node


def _previous(document: PreviousDocument) -> Node:
    node: Node = {}
    put(node, "CategoryCode", document.category_code)
    put(node, "ID", document.id)
    put(node, "TypeCode", document.type_code)
    put(node, "LineNumeric", document.line)
    return node


def _information(information: AdditionalInformation) -> Node:
    node: Node = {}
    put(node, "StatementCode", information.code)
    put(node, "StatementDescription", information.text)
    put(node, "StatementTypeCode", information.type_code)
    return node


def _packaging(packaging: Packaging) -> Node:
    node: Node = {}
    put(node, "MarksNumbersID", packaging.marks)
    put(node, "QuantityQuantity", packaging.quantity)
    put(node, "TypeCode", packaging.type_code)
    return node


def _origin(origin: Origin) -> Node:
    node: Node = {}
    put(node, "CountryCode", origin.country_code)
    put(node, "RegionID", origin.region)
    put(node, "TypeCode", origin.type_code)
    return node


def _equipment(equipment: TransportEquipment) -> Node:
    node: Node = {"ID": equipment.id}
    put_classes(node, "Seal", _numbered({"ID": seal.id} for seal in equipment.seals))
    return node


def _numbered(nodes: Iterable[Node]) -> list[Node]:
    """Classes with their own number, which the message asks for, counted from 1."""
    return [{"SequenceNumeric": str(place)} | node for place, node in enumerate(nodes, 1)]


def _party(party: Party | None) -> Node | None:
    if party is None:
        return None
    node: Node = {}
    put(node, "Name", party.name)
    put(node, "ID", party.id)
    put(node, "FunctionCode", party.function_code)
    address: Node = {}
    put(address, "CityName", party.city)
    put(address, "CountryCode", party.country_code)
    put(address, "Line", ", ".join(party.address) or None)
    put(address, "PostcodeID", party.postcode)
    put_class(node, "Address", address or None)
    put_value(node, "Contact", "Name", party.contact)
    return node


def _means(means: TransportMeans | None) -> Node | None:
    if means is None:
        return None
    node: Node = {}
    put(node, "Name", means.name)
    put(node, "ID", means.id)
    put(node, "IdentificationTypeCode", means.id_type_code)
    put(node, "RegistrationNationalityCode", means.nationality_code)
    put(node, "ModeCode", means.mode_code)
    return node


def _location(location: GoodsLocation | None) -> Node | None:
    if location is None:
        return None
    node: Node = {}
    put(node, "Name", location.name)
    put(node, "ID", location.id)
    put(node, "TypeCode", location.type_code)
    address = _some("TypeCode", location.qualifier_code) | _some("CountryCode", location.country_code)
    put_class(node, "Address", address or None)
    return node


def _some(name: str, value: str | None) -> Node:
    return {} if value is None else {name: value}
