# SPDX-License-Identifier: Apache-2.0
"""Where each message has what the model knows.

Source: OASIS UBL 2.1–2.4; UN/CEFACT Cross Industry Invoice D16B and D22B.
"""

from __future__ import annotations

from typing import Any

from cocket.model import (
    AdditionalDocument,
    AllowanceCharge,
    Classification,
    HandlingUnit,
    InvoiceLine,
    InvoiceTotals,
    Packaging,
    PackingLine,
    Party,
    Seal,
    TradeTerms,
    TransportEquipment,
    TransportMeans,
)
from cocket.standards.invoice.places import Group, Many, One, Rows, Texts

Places = tuple[Any, ...]

# UBL -------------------------------------------------------------------------------------------------------------------

_ADDRESS = "cac:PostalAddress[1]/"
UBL_PARTY: Places = (
    One(
        "id",
        "cac:PartyIdentification[1]/cbc:ID[1]",
        also=("cac:PartyTaxScheme[1]/cbc:CompanyID[1]", "cac:PartyLegalEntity[1]/cbc:CompanyID[1]"),
    ),
    One("name", "cac:PartyName[1]/cbc:Name[1]", also=("cac:PartyLegalEntity[1]/cbc:RegistrationName[1]",)),
    Texts(
        "address",
        (f"{_ADDRESS}cbc:StreetName[1]", f"{_ADDRESS}cbc:AdditionalStreetName[1]"),
        f"{_ADDRESS}cac:AddressLine",
        "/cbc:Line[1]",
    ),
    One("city", f"{_ADDRESS}cbc:CityName[1]"),
    One("postcode", f"{_ADDRESS}cbc:PostalZone[1]"),
    One("country_code", f"{_ADDRESS}cac:Country[1]/cbc:IdentificationCode[1]"),
    One("contact", "cac:Contact[1]/cbc:Name[1]"),
)
_UBL_EQUIPMENT: Places = (
    One("id", "cbc:ID[1]"),
    One("type_code", "cbc:SizeTypeCode[1]"),
    One("fullness_code", "cbc:FullnessIndicationCode[1]"),
    Many(
        "seals",
        Seal,
        "cac:TransportEquipmentSeal",
        (One("id", "cbc:ID[1]"), One("party_code", "cbc:SealIssuerTypeCode[1]")),
        needs="id",
    ),
    One("gross_mass_kg", "cbc:GrossWeightMeasure[1]", "mass"),
    One("tare_mass_kg", "cbc:TareWeightMeasure[1]", "mass"),
)
_UBL_CHARGE: Places = (
    One("is_charge", "cbc:ChargeIndicator[1]", "flag"),
    One("amount", "cbc:Amount[1]", "amount"),
    One("reason_code", "cbc:AllowanceChargeReasonCode[1]"),
    One("reason", "cbc:AllowanceChargeReason[1]"),
)
_UBL_DOCUMENT: Places = (
    One("id", "cbc:ID[1]"),
    One("type_code", "cbc:DocumentTypeCode[1]"),
    One("name", "cbc:DocumentType[1]"),
    One("issued", "cbc:IssueDate[1]", "day"),
)
_UBL_TOTALS: Places = (
    One("lines", "cac:LegalMonetaryTotal[1]/cbc:LineExtensionAmount[1]", "amount"),
    One("charges", "cac:LegalMonetaryTotal[1]/cbc:ChargeTotalAmount[1]", "amount"),
    One("allowances", "cac:LegalMonetaryTotal[1]/cbc:AllowanceTotalAmount[1]", "amount"),
    One("without_tax", "cac:LegalMonetaryTotal[1]/cbc:TaxExclusiveAmount[1]", "amount"),
    One("tax", "cac:TaxTotal[1]/cbc:TaxAmount[1]", "amount"),
    One("with_tax", "cac:LegalMonetaryTotal[1]/cbc:TaxInclusiveAmount[1]", "amount"),
    One("prepaid", "cac:LegalMonetaryTotal[1]/cbc:PrepaidAmount[1]", "amount"),
    One("rounding", "cac:LegalMonetaryTotal[1]/cbc:PayableRoundingAmount[1]", "amount"),
    One("payable", "cac:LegalMonetaryTotal[1]/cbc:PayableAmount[1]", "amount"),
)


def _ubl_item(at: str = "cac:Item[1]/") -> Places:
    """What the goods are: the same in every line."""
    return (
        One("name", f"{at}cbc:Name[1]"),
        One("seller_item_id", f"{at}cac:SellersItemIdentification[1]/cbc:ID[1]"),
        Many(
            "classifications",
            Classification,
            f"{at}cac:CommodityClassification",
            (One("id", "cbc:ItemClassificationCode[1]"), One("type_code", "cbc:ItemClassificationCode[1]/@listID")),
            needs="id",
        ),
        One("origin_country_code", f"{at}cac:OriginCountry[1]/cbc:IdentificationCode[1]"),
        One("order", "cac:OrderLineReference[1]/cac:OrderReference[1]/cbc:ID[1]"),
        One("order_line", "cac:OrderLineReference[1]/cbc:LineID[1]"),
    )


def _ubl_line(quantity: str) -> Places:
    return (
        One("id", "cbc:ID[1]"),
        One("description", "cac:Item[1]/cbc:Description[1]"),
        *_ubl_item(),
        One("quantity", f"cbc:{quantity}[1]", "decimal"),
        One("quantity_unit", f"cbc:{quantity}[1]/@unitCode"),
        One("unit_price", "cac:Price[1]/cbc:PriceAmount[1]", "amount"),
        One("price_quantity", "cac:Price[1]/cbc:BaseQuantity[1]", "decimal"),
        One("amount", "cbc:LineExtensionAmount[1]", "amount"),
        Many("charges", AllowanceCharge, "cac:AllowanceCharge", _UBL_CHARGE),
        One("packages", "cac:Delivery[1]/cac:Shipment[1]/cbc:TotalTransportHandlingUnitQuantity[1]", "whole"),
        One("gross_mass_kg", "cac:Delivery[1]/cac:Shipment[1]/cbc:GrossWeightMeasure[1]", "mass"),
        One("net_mass_kg", "cac:Delivery[1]/cac:Shipment[1]/cbc:NetWeightMeasure[1]", "mass"),
    )


_SHIPMENT = "cac:Delivery[1]/cac:Shipment[1]/"
_UBL_SALE: Places = (
    One("number", "cbc:ID[1]"),
    One("issued", "cbc:IssueDate[1]", "day"),
    One("currency", "cbc:DocumentCurrencyCode[1]"),
    One("order", "cac:OrderReference[1]/cbc:ID[1]"),
    One("despatch_advice", "cac:DespatchDocumentReference[1]/cbc:ID[1]"),
    One("contract", "cac:ContractDocumentReference[1]/cbc:ID[1]"),
    Many("documents", AdditionalDocument, "cac:AdditionalDocumentReference", _UBL_DOCUMENT, needs="id"),
    Group("seller", Party, "cac:AccountingSupplierParty[1]/cac:Party[1]/", UBL_PARTY),
    Group("buyer", Party, "cac:AccountingCustomerParty[1]/cac:Party[1]/", UBL_PARTY),
    Group("consignee", Party, "cac:Delivery[1]/cac:DeliveryParty[1]/", UBL_PARTY),
    Group("consignor", Party, "cac:Delivery[1]/cac:Despatch[1]/cac:DespatchParty[1]/", UBL_PARTY),
    Group("carrier", Party, "cac:Delivery[1]/cac:CarrierParty[1]/", UBL_PARTY),
    Group(
        "terms",
        TradeTerms,
        "cac:DeliveryTerms[1]/",
        (
            One("code", "cbc:ID[1]"),
            One(
                "place",
                "cac:DeliveryLocation[1]/cbc:Name[1]",
                also=("cac:DeliveryLocation[1]/cbc:ID[1]", "cac:DeliveryLocation[1]/cbc:Description[1]"),
            ),
        ),
        also="cac:Delivery[1]/cac:DeliveryTerms[1]/",
    ),
    One("transport_document", f"{_SHIPMENT}cac:Consignment[1]/cac:TransportContract[1]/cbc:ID[1]"),
    Many(
        "equipment",
        TransportEquipment,
        f"{_SHIPMENT}cac:TransportHandlingUnit[1]/cac:TransportEquipment",
        _UBL_EQUIPMENT,
        needs="id",
    ),
    One("gross_mass_kg", f"{_SHIPMENT}cbc:GrossWeightMeasure[1]", "mass"),
    One("net_mass_kg", f"{_SHIPMENT}cbc:NetWeightMeasure[1]", "mass"),
    One("packages", f"{_SHIPMENT}cbc:TotalTransportHandlingUnitQuantity[1]", "whole"),
    Many("charges", AllowanceCharge, "cac:AllowanceCharge", _UBL_CHARGE),
    Group("totals", InvoiceTotals, "", _UBL_TOTALS),
)

_PACKAGE: Places = (
    One("quantity", "cbc:Quantity[1]", "whole"),
    One("type_code", "cbc:PackagingTypeCode[1]"),
    One("type_name", "cbc:PackagingType[1]"),
)
_GOODS: Places = (
    One("id", "cbc:ID[1]"),
    One("description", "cbc:Description[1]", also=("cac:Item[1]/cbc:Description[1]",)),
    *_ubl_item(),
    One("quantity", "cbc:Quantity[1]", "decimal"),
    One("quantity_unit", "cbc:Quantity[1]/@unitCode"),
    One("gross_mass_kg", "cbc:GrossWeightMeasure[1]", "mass"),
    One("net_mass_kg", "cbc:NetWeightMeasure[1]", "mass"),
    One("volume_m3", "cbc:GrossVolumeMeasure[1]", "volume"),
    Many("packaging", Packaging, "cac:ContainingPackage", _PACKAGE),
)
_UNIT: Places = (
    Rows("lines", PackingLine, "cac:GoodsItem", _GOODS),
    One("id", "cbc:ID[1]"),
    One("type_code", "cbc:TransportHandlingUnitTypeCode[1]"),
    One("packages", "cbc:TotalPackageQuantity[1]", "whole"),
    One("marks", "cbc:ShippingMarks[1]"),
    Many("packaging", Packaging, "cac:ActualPackage", _PACKAGE),
    Many("equipment", TransportEquipment, "cac:TransportEquipment", _UBL_EQUIPMENT, needs="id"),
)
_STAGE = "cac:Shipment[1]/cac:ShipmentStage[1]/"
_SHIPPED: Places = (
    Rows("units", HandlingUnit, "cac:Shipment[1]/cac:TransportHandlingUnit", _UNIT),
    One("number", "cbc:ID[1]"),
    One("issued", "cbc:IssueDate[1]", "day"),
    One("packages", "cac:Shipment[1]/cbc:TotalTransportHandlingUnitQuantity[1]", "whole"),
    One("gross_mass_kg", "cac:Shipment[1]/cbc:GrossWeightMeasure[1]", "mass"),
    One("net_mass_kg", "cac:Shipment[1]/cbc:NetWeightMeasure[1]", "mass"),
    One("volume_m3", "cac:Shipment[1]/cbc:GrossVolumeMeasure[1]", "volume"),
    One("transport_document", "cac:Shipment[1]/cac:Consignment[1]/cac:TransportContract[1]/cbc:ID[1]"),
    Group(
        "transport",
        TransportMeans,
        _STAGE,
        (
            One("mode_code", "cbc:TransportModeCode[1]"),
            One("voyage", "cac:TransportMeans[1]/cbc:JourneyID[1]"),
            One("id", "cac:TransportMeans[1]/cac:MaritimeTransport[1]/cbc:VesselID[1]"),
            One("name", "cac:TransportMeans[1]/cac:MaritimeTransport[1]/cbc:VesselName[1]"),
        ),
    ),
)

UBL: dict[str, Places] = {
    "Invoice": (
        Rows("lines", InvoiceLine, "cac:InvoiceLine", _ubl_line("InvoicedQuantity")),
        One("type_code", "cbc:InvoiceTypeCode[1]"),
        One("due", "cbc:DueDate[1]", "day"),
        *_UBL_SALE,
    ),
    "CreditNote": (
        Rows("lines", InvoiceLine, "cac:CreditNoteLine", _ubl_line("CreditedQuantity")),
        One("type_code", "cbc:CreditNoteTypeCode[1]"),
        One("due", "cbc:DueDate[1]", "day"),
        *_UBL_SALE,
    ),
    "PackingList": (
        Rows("lines", PackingLine, "cac:Shipment[1]/cac:GoodsItem", _GOODS),
        *_SHIPPED,
        Many("documents", AdditionalDocument, "cac:DocumentReference", _UBL_DOCUMENT, needs="id"),
        Group("consignor", Party, "cac:ConsignorParty[1]/", UBL_PARTY),
        Group(
            "consignee",
            Party,
            "cac:Shipment[1]/cac:Delivery[1]/cac:DeliveryParty[1]/",
            UBL_PARTY,
            also="cac:Shipment[1]/cac:Consignment[1]/cac:ConsigneeParty[1]/",
        ),
        Group("carrier", Party, "cac:CarrierParty[1]/", UBL_PARTY),
    ),
    "DespatchAdvice": (
        Rows(
            "lines",
            PackingLine,
            "cac:DespatchLine",
            (
                One("id", "cbc:ID[1]"),
                One("description", "cac:Item[1]/cbc:Description[1]"),
                *_ubl_item(),
                One("quantity", "cbc:DeliveredQuantity[1]", "decimal"),
                One("quantity_unit", "cbc:DeliveredQuantity[1]/@unitCode"),
                One("gross_mass_kg", "cac:Shipment[1]/cbc:GrossWeightMeasure[1]", "mass"),
                One("net_mass_kg", "cac:Shipment[1]/cbc:NetWeightMeasure[1]", "mass"),
                One("volume_m3", "cac:Shipment[1]/cbc:GrossVolumeMeasure[1]", "volume"),
            ),
        ),
        *_SHIPPED,
        One("type_code", "cbc:DespatchAdviceTypeCode[1]"),
        One("order", "cac:OrderReference[1]/cbc:ID[1]"),
        Many("documents", AdditionalDocument, "cac:AdditionalDocumentReference", _UBL_DOCUMENT, needs="id"),
        Group("consignor", Party, "cac:DespatchSupplierParty[1]/cac:Party[1]/", UBL_PARTY),
        Group("consignee", Party, "cac:DeliveryCustomerParty[1]/cac:Party[1]/", UBL_PARTY),
        Group("buyer", Party, "cac:BuyerCustomerParty[1]/cac:Party[1]/", UBL_PARTY),
        Group("seller", Party, "cac:SellerSupplierParty[1]/cac:Party[1]/", UBL_PARTY),
        Group("carrier", Party, "cac:Shipment[1]/cac:Delivery[1]/cac:CarrierParty[1]/", UBL_PARTY),
    ),
}

#: Elements that a class must have and the model does not know, with the value of another that they repeat.
UBL_REPEATED = {
    "cac:Consignment[1]/cbc:ID[1]": "cac:Consignment[1]/cac:TransportContract[1]/cbc:ID[1]",
}

# CII -------------------------------------------------------------------------------------------------------------------

_POSTAL = "ram:PostalTradeAddress[1]/"
CII_PARTY: Places = (
    One("id", "ram:ID[1]", also=("ram:GlobalID[1]", "ram:SpecifiedTaxRegistration[1]/ram:ID[1]")),
    One("name", "ram:Name[1]", also=("ram:SpecifiedLegalOrganization[1]/ram:TradingBusinessName[1]",)),
    Texts("address", (f"{_POSTAL}ram:LineOne[1]", f"{_POSTAL}ram:LineTwo[1]", f"{_POSTAL}ram:LineThree[1]")),
    One("city", f"{_POSTAL}ram:CityName[1]"),
    One("postcode", f"{_POSTAL}ram:PostcodeCode[1]"),
    One("country_code", f"{_POSTAL}ram:CountryID[1]"),
    One("contact", "ram:DefinedTradeContact[1]/ram:PersonName[1]"),
)
_CII_CHARGE: Places = (
    One("is_charge", "ram:ChargeIndicator[1]/udt:Indicator[1]", "flag"),
    One("amount", "ram:ActualAmount[1]", "amount"),
    One("reason_code", "ram:ReasonCode[1]"),
    One("reason", "ram:Reason[1]"),
)
_PRODUCT = "ram:SpecifiedTradeProduct[1]/"
_LINE_AGREEMENT = "ram:SpecifiedLineTradeAgreement[1]/"
_LINE_DELIVERY = "ram:SpecifiedLineTradeDelivery[1]/"
_LINE_SETTLEMENT = "ram:SpecifiedLineTradeSettlement[1]/"
_CII_LINE: Places = (
    One("id", "ram:AssociatedDocumentLineDocument[1]/ram:LineID[1]"),
    One("parent", "ram:AssociatedDocumentLineDocument[1]/ram:ParentLineID[1]"),
    One("role", "ram:AssociatedDocumentLineDocument[1]/ram:LineStatusReasonCode[1]"),
    One("description", f"{_PRODUCT}ram:Description[1]"),
    One("name", f"{_PRODUCT}ram:Name[1]"),
    One("seller_item_id", f"{_PRODUCT}ram:SellerAssignedID[1]"),
    Many(
        "classifications",
        Classification,
        f"{_PRODUCT}ram:DesignatedProductClassification",
        (One("id", "ram:ClassCode[1]"), One("type_code", "ram:ClassCode[1]/@listID")),
        needs="id",
    ),
    One("origin_country_code", f"{_PRODUCT}ram:OriginTradeCountry[1]/ram:ID[1]"),
    One("order", f"{_LINE_AGREEMENT}ram:BuyerOrderReferencedDocument[1]/ram:IssuerAssignedID[1]"),
    One("order_line", f"{_LINE_AGREEMENT}ram:BuyerOrderReferencedDocument[1]/ram:LineID[1]"),
    One("unit_price", f"{_LINE_AGREEMENT}ram:NetPriceProductTradePrice[1]/ram:ChargeAmount[1]", "amount"),
    One("price_quantity", f"{_LINE_AGREEMENT}ram:NetPriceProductTradePrice[1]/ram:BasisQuantity[1]", "decimal"),
    One("quantity", f"{_LINE_DELIVERY}ram:BilledQuantity[1]", "decimal"),
    One("quantity_unit", f"{_LINE_DELIVERY}ram:BilledQuantity[1]/@unitCode"),
    One("packages", f"{_LINE_DELIVERY}ram:PackageQuantity[1]", "whole"),
    One("gross_mass_kg", f"{_LINE_DELIVERY}ram:GrossWeightMeasure[1]", "mass"),
    One("net_mass_kg", f"{_LINE_DELIVERY}ram:NetWeightMeasure[1]", "mass"),
    One(
        "amount",
        f"{_LINE_SETTLEMENT}ram:SpecifiedTradeSettlementLineMonetarySummation[1]/ram:LineTotalAmount[1]",
        "amount",
    ),
    Many("charges", AllowanceCharge, f"{_LINE_SETTLEMENT}ram:SpecifiedTradeAllowanceCharge", _CII_CHARGE),
)
_DEAL = "SupplyChainTradeTransaction[1]/"
_AGREEMENT = f"{_DEAL}ram:ApplicableHeaderTradeAgreement[1]/"
_DELIVERY = f"{_DEAL}ram:ApplicableHeaderTradeDelivery[1]/"
_CONSIGNMENT = f"{_DELIVERY}ram:RelatedSupplyChainConsignment[1]/"
_SETTLEMENT = f"{_DEAL}ram:ApplicableHeaderTradeSettlement[1]/"
_SUMS = f"{_SETTLEMENT}ram:SpecifiedTradeSettlementHeaderMonetarySummation[1]/"

CII: Places = (
    Rows("lines", InvoiceLine, f"{_DEAL}ram:IncludedSupplyChainTradeLineItem", _CII_LINE),
    One("number", "ExchangedDocument[1]/ram:ID[1]"),
    One("type_code", "ExchangedDocument[1]/ram:TypeCode[1]"),
    One("issued", "ExchangedDocument[1]/ram:IssueDateTime[1]/udt:DateTimeString[1]", "coded-day"),
    Group("seller", Party, f"{_AGREEMENT}ram:SellerTradeParty[1]/", CII_PARTY),
    Group("buyer", Party, f"{_AGREEMENT}ram:BuyerTradeParty[1]/", CII_PARTY),
    Group(
        "terms",
        TradeTerms,
        f"{_AGREEMENT}ram:ApplicableTradeDeliveryTerms[1]/",
        (
            One("code", "ram:DeliveryTypeCode[1]"),
            One("place", "ram:RelevantTradeLocation[1]/ram:Name[1]", also=("ram:RelevantTradeLocation[1]/ram:ID[1]",)),
        ),
    ),
    One("order", f"{_AGREEMENT}ram:BuyerOrderReferencedDocument[1]/ram:IssuerAssignedID[1]"),
    One("contract", f"{_AGREEMENT}ram:ContractReferencedDocument[1]/ram:IssuerAssignedID[1]"),
    Many(
        "documents",
        AdditionalDocument,
        f"{_AGREEMENT}ram:AdditionalReferencedDocument",
        (
            One("id", "ram:IssuerAssignedID[1]"),
            One("type_code", "ram:TypeCode[1]"),
            One("name", "ram:Name[1]"),
            One("issued", "ram:FormattedIssueDateTime[1]/qdt:DateTimeString[1]", "coded-day"),
        ),
        needs="id",
    ),
    One("gross_mass_kg", f"{_CONSIGNMENT}ram:GrossWeightMeasure[1]", "mass"),
    One("net_mass_kg", f"{_CONSIGNMENT}ram:NetWeightMeasure[1]", "mass"),
    One("packages", f"{_CONSIGNMENT}ram:PackageQuantity[1]", "whole"),
    Group("carrier", Party, f"{_CONSIGNMENT}ram:CarrierTradeParty[1]/", CII_PARTY),
    One("transport_document", f"{_CONSIGNMENT}ram:TransportContractReferencedDocument[1]/ram:IssuerAssignedID[1]"),
    Many(
        "equipment",
        TransportEquipment,
        f"{_CONSIGNMENT}ram:UtilizedLogisticsTransportEquipment",
        (
            One("id", "ram:ID[1]"),
            One("type_code", "ram:CharacteristicCode[1]"),
            One("fullness_code", "ram:UsedCapacityCode[1]"),
            Many("seals", Seal, "ram:AffixedLogisticsSeal", (One("id", "ram:ID[1]"),), needs="id"),
        ),
        needs="id",
    ),
    Group("consignee", Party, f"{_DELIVERY}ram:ShipToTradeParty[1]/", CII_PARTY),
    Group("consignor", Party, f"{_DELIVERY}ram:ShipFromTradeParty[1]/", CII_PARTY),
    One("despatch_advice", f"{_DELIVERY}ram:DespatchAdviceReferencedDocument[1]/ram:IssuerAssignedID[1]"),
    One("currency", f"{_SETTLEMENT}ram:InvoiceCurrencyCode[1]"),
    One(
        "due",
        f"{_SETTLEMENT}ram:SpecifiedTradePaymentTerms[1]/ram:DueDateDateTime[1]/udt:DateTimeString[1]",
        "coded-day",
    ),
    Many("charges", AllowanceCharge, f"{_SETTLEMENT}ram:SpecifiedTradeAllowanceCharge", _CII_CHARGE),
    Group(
        "totals",
        InvoiceTotals,
        _SUMS,
        (
            One("lines", "ram:LineTotalAmount[1]", "amount"),
            One("charges", "ram:ChargeTotalAmount[1]", "amount"),
            One("allowances", "ram:AllowanceTotalAmount[1]", "amount"),
            One("without_tax", "ram:TaxBasisTotalAmount[1]", "amount"),
            One("tax", "ram:TaxTotalAmount[1]", "amount"),
            One("with_tax", "ram:GrandTotalAmount[1]", "amount"),
            One("prepaid", "ram:TotalPrepaidAmount[1]", "amount"),
            One("rounding", "ram:RoundingAmount[1]", "amount"),
            One("payable", "ram:DuePayableAmount[1]", "amount"),
        ),
    ),
)

#: Elements that a message must have even if it has nothing to say in them.
CII_FRAME = (
    "ExchangedDocumentContext",
    f"{_DEAL}ram:ApplicableHeaderTradeAgreement",
    f"{_DEAL}ram:ApplicableHeaderTradeDelivery",
    f"{_DEAL}ram:ApplicableHeaderTradeSettlement",
)

#: Types of document that give money back (UNCL 1001).
CREDIT_TYPES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
