# SPDX-License-Identifier: Apache-2.0
"""The SAD file as tables: every element with its box, and where each attribute of the model stands in it.

Source: public SAD files, 31 seen, of which 27 distinct (element names, order, boxes, padding, both forms of empty);
UNCTAD SAD XML message description for meanings. Spelling is part of the format: `Suppplementary`, `Deffered`,
`coeficient`, `adjustement`, `guaranted`, `suppliert`.
"""

from __future__ import annotations

from cocket.model import (
    AdditionalDocument,
    Declaration,
    DutyTaxFee,
    GovernmentAgencyGoodsItem,
    PreviousDocument,
    SupplementaryQuantity,
    TransportEquipment,
)
from cocket.standards.asycuda.codecs import (
    AMOUNT,
    COUNT,
    DATE,
    FLAG,
    NATION,
    NATIONAL,
    NUMBER,
    PARTY,
    PARTY_WITH_CONTACT,
    TEXT,
)
from cocket.standards.asycuda.mapping import Codec, Entry, Record, Table
from cocket.standards.asycuda.outline import Outline
from cocket.standards.asycuda.sad.codecs import (
    CHARGE_NAMES,
    CHARGES,
    COUNTRY,
    EARLIER,
    FLOW,
    GUARANTEES,
    HS_CODE,
    ITEM_NUMBERS,
    JOINED,
    KIND,
    LICENCE,
    MANIFEST_NUMBER,
    NATURE,
    ORIGINS,
    PACKAGES,
    PREVIOUS_DOCUMENTS,
    PROCEDURE,
    REGISTRATION,
    REMARKS,
    SEAL_MARKS,
    SELLER,
    WRITTEN_OFF,
    is_attached,
)
from cocket.standards.asycuda.sad.taxes import TaxLine

_COST_BLOCK = """
{indent}{name}                        -
{indent}  Amount_national_currency    {box}  number
{indent}  Amount_foreign_currency     {box}  number
{indent}  Currency_code               {box}  text
{indent}  Currency_name               -   text
{indent}  Currency_rate               {rate}  number
"""


def _costs(indent: str, *names: str, box: str = "-", rate: str = "-") -> str:
    """The same five elements, as each sum of money has them."""
    return "".join(_COST_BLOCK.format(indent=indent, name=name, box=box, rate=rate) for name in names)


SAD_OUTLINE = Outline(
    "ASYCUDA",
    """
Export_release                            -
  Date_of_exit                            -    date
  Time_of_exit                            -    other
  Actual_office_of_exit_code              -    text
  Actual_office_of_exit_name              -    text
  Exit_reference                          -    text
  Comments                                -    text
Assessment_notice                         -
  Item_tax_total                          -    *14
  Registration_year                       -    number ?
  Assessment_year                         -    number ?
  Total_item_taxes                        -    number ?
  Statement_number                        -    text ?
  Statement_date                          -    date ?
  Statement_serial                        -    text ?
  Items_taxes                             -    number ?
  Global_taxes                            -    number ?
Global_taxes                              -
  Global_tax_item                         -    *8
Property                                  -
  Sad_flow                                1    text
  Forms                                   3
    Number_of_the_form                    3    number
    Total_number_of_forms                 3    number
  Nbers                                   -
    Number_of_loading_lists               4    number
    Total_number_of_items                 5    number
    Total_number_of_packages              6    number
  Place_of_declaration                    54   text
  Date_of_declaration                     54   date
  Selected_page                           -    number
Identification                            -
  Office_segment                          A
    Customs_clearance_office_code         A    text
    Customs_Clearance_office_name         A    text
  Type                                    1
    Type_of_declaration                   1    text
    Declaration_gen_procedure_code        1    text
    Type_of_transit_document              1    text
  Manifest_reference_number               -    text
  Registration                            A
    Serial_number                         A    text
    Number                                A    number
    Date                                  A    date
  Assessment                              B
    Serial_number                         B    text
    Number                                B    number
    Date                                  B    date
  receipt                                 B
    Serial_number                         B    text
    Number                                B    number
    Date                                  B    date
Traders                                   -
  Exporter                                2
    Exporter_code                         2    text
    Exporter_name                         2    text
  Consignee                               8
    Consignee_code                        8    text
    Consignee_name                        8    text
  Financial                               9
    Financial_code                        9    text
    Financial_name                        9    text
Declarant                                 14
  Declarant_code                          14   text
  Declarant_name                          14   text
  Declarant_representative                14   text
  Reference                               7
    Year                                  7    number ?
    Number                                7    text
General_information                       -
  Country                                 -
    Country_first_destination             10   text
    Trading_country                       11   text
    Export                                15
      Export_country_code                 15   text
      Export_country_name                 15   text
      Export_country_region               15   text
    Destination                           17
      Destination_country_code            17   text
      Destination_country_name            17   text
      Destination_country_region          17   text
    Country_of_origin_name                16   text
  Value_details                           12   number
  CAP                                     13   text
  Additional_information                  -    text
  Comments_free_text                      -    text
Transport                                 -
  Means_of_transport                      -
    Departure_arrival_information         18
      Identity                            18   text
      Nationality                         18   text
    Border_information                    21
      Identity                            21   text
      Nationality                         21   text
      Mode                                25   text
    Inland_mode_of_transport              26   text
  Container_flag                          19   flag
  Single_waybill_flag                     -    flag ?
  Delivery_terms                          20
    Code                                  20   text
    Place                                 20   text
    Situation                             20   text
  Border_office                           29
    Code                                  29   text
    Name                                  29   text
  Place_of_loading                        27
    Code                                  27   text
    Name                                  27   text
    Country                               27   text
  Location_of_goods                       30   text
Financial                                 -
  Financial_transaction                   24
    code1                                 24   text
    code2                                 24   text
  Bank                                    28
    Code                                  28   text
    Name                                  28   text
    Branch                                28   text
    Reference                             28   text
  Terms                                   28
    Code                                  28   text
    Description                           28   text
  Total_invoice                           -    number
  Deffered_payment_reference              48   text
  Mode_of_payment                         -    text
  Amounts                                 B
    Total_manual_taxes                    B    number
    Global_taxes                          B    number
    Totals_taxes                          B    number
  Guarantee                               52
    Name                                  52   text
    Amount                                52   number
    Date                                  52   date
    Excluded_country                      52
      Code                                52   text
      Name                                52   text
Warehouse                                 49
  Identification                          49   text
  Delay                                   49   number
Transit                                   -
  Principal                               50
    Code                                  50   text
    Name                                  50   text
    Representative                        50   text
  Signature                               50
    Place                                 50   text
    Date                                  50   date
  Destination                             53
    Office                                53   text
    Country                               53   text
  Seals                                   D
    Number                                D    number
    Identity                              D    text
  Result_of_control                       D/J  text
  Time_limit                              D    other
  Officer_name                            D    text
Valuation                                 -
  Calculation_working_mode                -    number
  Weight                                  -
    Gross_weight                          -    number
  Total_cost                              -    number
  Total_CIF                               -    number
"""
    + _costs("  ", "Gs_Invoice", box="22", rate="23")
    + _costs("  ", "Gs_external_freight", "Gs_internal_freight", "Gs_insurance", "Gs_other_cost", "Gs_deduction")
    + """
  Total                                   22
    Total_invoice                         22   number
    Total_weight                          -    number
Container                                 31   *
  Item_Number                             31   number
  Container_identity                      31   text
  Container_type                          31   text
  Empty_full_indicator                    31   text
  Gross_weight                            31   number
  Goods_description                       31   text
  Packages_type                           31   text
  Packages_number                         31   number
  Packages_weight                         31   number
Prev_decl                                 40   *
  Prev_decl_office_code                   40   text
  Prev_decl_reg_year                      40   text
  Prev_decl_reg_serial                    40   text
  Prev_decl_reg_number                    40   text
  Prev_decl_item_number                   40   number
  Prev_decl_HS_code                       40   text
  Prev_decl_HS_prec                       40   text
  Prev_decl_country_origin                40   text
  Prev_decl_number_packages               40   number
  Prev_decl_weight                        40   number
  Prev_decl_supp_quantity                 40   number
  Prev_decl_ref_value                     40   number
  Prev_decl_current_item                  40   number
  Prev_decl_number_packages_written_off   40   number
  Prev_decl_weight_written_off            40   number
  Prev_decl_supp_quantity_written_off     40   number
  Prev_decl_ref_value_written_off         40   number
Item                                      32   *
  Attached_documents                      44   *
    Attached_document_code                44   text
    Attached_document_name                44   text
    Attached_document_reference           44   text
    Attached_document_from_rule           44   text
    Attached_document_date                44   date
  Packages                                31
    Number_of_packages                    31   number
    Marks1_of_packages                    31   text
    Marks2_of_packages                    31   text
    Kind_of_packages_code                 31   text
    Kind_of_packages_name                 31   text
  IncoTerms                               20
    Code                                  20   text
    Place                                 20   text
  Tarification                            -
    Tarification_data                     -    text
    HScode                                33
      Commodity_code                      33   text
      Precision_1                         33   text
      Precision_2                         33   text
      Precision_3                         33   text
      Precision_4                         33   text
    Preference_code                       36   text
    Extended_customs_procedure            37   text
    National_customs_procedure            37   text
    Quota_code                            39   text
    Quota                                 39   * ?
      QuotaCode                           39   text
      QuotaId                             39   text
      QuotaItem                           39
        ItmNbr                            39   text
    Supplementary_unit                    41   *3
      Suppplementary_unit_code            41   text
      Suppplementary_unit_name            41   text
      Suppplementary_unit_quantity        41   number
    Item_price                            42   number
    Valuation_method_code                 43   text
    Value_item                            -    text
    Attached_doc_item                     44   text
    A.I._code                             44   text
    AI_code                               44   text ?
  Goods_description                       31
    Country_of_origin_code                34   text
    Country_of_origin_region              34   text
    Description_of_goods                  31   text
    Commercial_Description                31   text
  Previous_doc                            40
    Summary_declaration                   40   text
    Summary_declaration_sl                40   text
    Previous_document_reference           40   text
    Previous_warehouse_code               40   text
  Licence_number                          44   text
  Amount_deducted_from_licence            44   number
  Quantity_deducted_from_licence          44   number
  Free_text_1                             44   text
  Free_text_2                             44   text
  Suppliers_link                          -    *
    Suppliers_link_code                   -    number
  write_off_unit                          -    ?
    write_off_unit_code                   -    text
    write_off_unit_qty                    -    number
  Taxation                                47
    Item_taxes_amount                     47   number
    Item_taxes_guaranted_amount           47   number
    Item_taxes_mode_of_payment            47   text
    Counter_of_normal_mode_of_payment     47   number
    Displayed_item_taxes_amount           47   number
    Taxation_line                         47   *8
      Duty_tax_code                       47   text
      Duty_tax_Base                       47   number
      Duty_tax_rate                       47   number
      Duty_tax_amount                     47   number
      Duty_tax_MP                         47   text
      Duty_tax_Type_of_calculation        47   text
  Valuation_item                          -
    Weight_itm                            -
      Gross_weight_itm                    35   number
      Net_weight_itm                      38   number
    Total_cost_itm                        -    number
    Total_CIF_itm                         -    number
    Rate_of_adjustement                   45   number
    Statistical_value                     46   number
    Alpha_coeficient_of_apportionment     -    number
"""
    + _costs("    ", "Item_Invoice", box="42")
    + _costs(
        "    ", "item_external_freight", "item_internal_freight", "item_insurance", "item_other_cost", "item_deduction"
    )
    + """
    Market_valuer                         -
      Rate                                -    number
      Currency_code                       -    text
      Currency_amount                     -    number
      Basis_description                   -    text
      Basis_amount                        -    number
Supplier_documents                        -    ?
  Invoice_supplier_name                   -    text
  Invoice_supplier_country                -    text
  Invoice_supplier_city                   -    text
  Invoice_supplier_street                 -    text
  Invoice_supplier_telephone              -    text
  Invoice_supplier_fax                    -    text
  Invoice_supplier_zip_code               -    text
  Invoice_suppliert_email_address         -    text
Suppliers_documents                       -    *
  Suppliers_document_itmlink              -    text
  Suppliers_document_code                 -    text
  Suppliers_document_name                 -    text
  Suppliers_document_country              -    text
  Suppliers_document_city                 -    text
  Suppliers_document_street               -    text
  Suppliers_document_telephone            -    text
  Suppliers_document_fax                  -    text
  Suppliers_document_zip_code             -    text
  Suppliers_document_invoice_nbr          -    text
  Suppliers_document_invoice_amt          -    number
  Suppliers_document_type_code            -    text
  Suppliers_document_date                 -    date
SW_scans_general_segment                  -    * ?
  Document_reference_date                 -    date
  Document_reference                      -    text
  Document_type_code                      -    text
  Document_type_name                      -    text
  Document_id                             -    number
SW_scans_items                            -    * ?
  Item_number                             -    number
  Document_reference_date                 -    date
  Document_reference                      -    text
  Document_type_code                      -    text
  Document_type_name                      -    text
  Document_id                             -    number
""",
)


def _map(attribute: str, codec: Codec, *paths: str, under: str = "") -> Entry:
    return Entry(attribute, codec, tuple(under + path for path in paths))


EQUIPMENT = Record(
    TransportEquipment,
    _map("id", TEXT, "Container_identity"),
    _map("type_code", TEXT, "Container_type"),
    _map("fullness_code", TEXT, "Empty_full_indicator"),
    _map("gross_mass_kg", NUMBER, "Gross_weight"),
    _map("packages", COUNT, "Packages_number"),
    _map("goods_description", TEXT, "Goods_description"),
    _map("item_numbers", ITEM_NUMBERS, "Item_Number"),
)

PREVIOUS = Record(
    PreviousDocument,
    _map(
        "id",
        EARLIER,
        "Prev_decl_office_code",
        "Prev_decl_reg_year",
        "Prev_decl_reg_serial",
        "Prev_decl_reg_number",
    ),
    _map("line", COUNT, "Prev_decl_item_number"),
    _map("item_number", COUNT, "Prev_decl_current_item"),
    _map("commodity_code", JOINED, "Prev_decl_HS_code", "Prev_decl_HS_prec"),
    _map("origin_country_code", NATION, "Prev_decl_country_origin"),
    *(
        _map(f"{part}.{attribute}", codec, f"Prev_decl_{name}{ending}")
        for part, ending in (("available", ""), ("written_off", WRITTEN_OFF))
        for attribute, codec, name in (
            ("packages", COUNT, "number_packages"),
            ("mass_kg", NUMBER, "weight"),
            ("supplementary", NUMBER, "supp_quantity"),
            ("value", NATIONAL, "ref_value"),
        )
    ),
)

SUPPLIER_DOCUMENT = Record(
    AdditionalDocument,
    _map("type_code", TEXT, "Suppliers_document_type_code"),
    _map("id", TEXT, "Suppliers_document_invoice_nbr"),
    _map("issuer", TEXT, "Suppliers_document_name"),
    _map("issued", DATE, "Suppliers_document_date"),
    _map("amount", NATIONAL, "Suppliers_document_invoice_amt"),
)

ATTACHED_DOCUMENT = Record(
    AdditionalDocument,
    _map("type_code", TEXT, "Attached_document_code"),
    _map("name", TEXT, "Attached_document_name"),
    _map("id", TEXT, "Attached_document_reference"),
    _map("issued", DATE, "Attached_document_date"),
)

SUPPLEMENTARY = Record(
    SupplementaryQuantity,
    _map("quantity", NUMBER, "Suppplementary_unit_quantity"),
    _map("unit_code", TEXT, "Suppplementary_unit_code"),
    _map("unit_name", TEXT, "Suppplementary_unit_name"),
)

TAX_LINE = TaxLine(
    DutyTaxFee,
    _map("type_code", TEXT, "Duty_tax_code"),
    _map("base", NUMBER, "Duty_tax_Base"),
    _map("rate_as_written", NUMBER, "Duty_tax_rate"),
    _map("amount", NATIONAL, "Duty_tax_amount"),
    _map("payment_code", TEXT, "Duty_tax_MP"),
)

ITEM = Record(
    GovernmentAgencyGoodsItem,
    _map("commodity.description", TEXT, "Goods_description/Description_of_goods"),
    _map("commodity.commercial_description", TEXT, "Goods_description/Commercial_Description"),
    _map(
        "commodity.classifications",
        HS_CODE,
        "Commodity_code",
        "Precision_1",
        "Precision_2",
        "Precision_3",
        "Precision_4",
        under="Tarification/HScode/",
    ),
    _map("commodity.gross_mass_kg", NUMBER, "Valuation_item/Weight_itm/Gross_weight_itm"),
    _map("commodity.net_mass_kg", NUMBER, "Valuation_item/Weight_itm/Net_weight_itm"),
    _map("commodity.price", AMOUNT, "Amount_foreign_currency", "Currency_code", under="Valuation_item/Item_Invoice/"),
    _map(
        "packaging",
        PACKAGES,
        "Number_of_packages",
        "Kind_of_packages_code",
        "Kind_of_packages_name",
        "Marks1_of_packages",
        "Marks2_of_packages",
        under="Packages/",
    ),
    _map("origins", ORIGINS, "Country_of_origin_code", "Country_of_origin_region", under="Goods_description/"),
    _map("procedure", PROCEDURE, "Extended_customs_procedure", "National_customs_procedure", under="Tarification/"),
    _map("customs_value", NATIONAL, "Valuation_item/Total_CIF_itm"),
    _map("statistical_value", NATIONAL, "Valuation_item/Statistical_value"),
    _map(
        "charges",
        CHARGES,
        *(f"Valuation_item/item_{name}/Amount_national_currency" for name in CHARGE_NAMES),
    ),
    _map("preference_code", TEXT, "Tarification/Preference_code"),
    _map("quota_id", TEXT, "Tarification/Quota_code"),
    _map("valuation_method", TEXT, "Tarification/Valuation_method_code"),
    _map("documents", LICENCE, "Licence_number", "Amount_deducted_from_licence", "Quantity_deducted_from_licence"),
    _map(
        "previous_documents",
        PREVIOUS_DOCUMENTS,
        "Summary_declaration",
        "Summary_declaration_sl",
        "Previous_document_reference",
        under="Previous_doc/",
    ),
    _map("information", REMARKS, "Free_text_1", "Free_text_2"),
    tables=(
        Table("documents", "Attached_documents", ATTACHED_DOCUMENT, is_attached),
        Table("commodity.supplementary", "Tarification/Supplementary_unit", SUPPLEMENTARY),
        Table("commodity.duties", "Taxation/Taxation_line", TAX_LINE),
    ),
)

TRANSIT = (
    _map("transit.principal", PARTY_WITH_CONTACT, "Code", "Name", "Representative", under="Transit/Principal/"),
    _map("transit.signed_place", TEXT, "Transit/Signature/Place"),
    _map("transit.signed", DATE, "Transit/Signature/Date"),
    _map("transit.destination_office", TEXT, "Transit/Destination/Office"),
    _map("transit.destination_country_code", NATION, "Transit/Destination/Country"),
    _map("transit.seals_declared", COUNT, "Transit/Seals/Number"),
    _map("transit.seals", SEAL_MARKS, "Transit/Seals/Identity"),
    _map("transit.control_result", TEXT, "Transit/Result_of_control"),
    _map("transit.time_limit", TEXT, "Transit/Time_limit"),
    _map("transit.officer", TEXT, "Transit/Officer_name"),
)

PAYMENT = (
    _map("payment.payer", PARTY, "Financial_code", "Financial_name", under="Traders/Financial/"),
    _map("payment.terms_code", TEXT, "Financial/Terms/Code"),
    _map("payment.terms", TEXT, "Financial/Terms/Description"),
    _map("payment.bank_code", TEXT, "Financial/Bank/Code"),
    _map("payment.bank_name", TEXT, "Financial/Bank/Name"),
    _map("payment.bank_branch", TEXT, "Financial/Bank/Branch"),
    _map("payment.bank_reference", TEXT, "Financial/Bank/Reference"),
    _map("payment.method", TEXT, "Financial/Mode_of_payment"),
    _map("payment.deferred_reference", TEXT, "Financial/Deffered_payment_reference"),
    _map("payment.manual_duties", NATIONAL, "Financial/Amounts/Total_manual_taxes"),
    _map("payment.global_duties", NATIONAL, "Financial/Amounts/Global_taxes"),
)

EXPORT_RELEASE = (
    _map("export_release.exited", DATE, "Export_release/Date_of_exit"),
    _map("export_release.exit_time", TEXT, "Export_release/Time_of_exit"),
    _map("export_release.office_code", TEXT, "Export_release/Actual_office_of_exit_code"),
    _map("export_release.office_name", TEXT, "Export_release/Actual_office_of_exit_name"),
    _map("export_release.reference", TEXT, "Export_release/Exit_reference"),
    _map("export_release.comments", TEXT, "Export_release/Comments"),
)

DECLARATION = Record(
    Declaration,
    _map("functional_reference", TEXT, "Declarant/Reference/Number"),
    _map("flow", FLOW, "Property/Sad_flow"),
    _map("type_code", KIND, "Type_of_declaration", "Declaration_gen_procedure_code", under="Identification/Type/"),
    _map("references", MANIFEST_NUMBER, "Identification/Manifest_reference_number"),
    _map("office.code", TEXT, "Identification/Office_segment/Customs_clearance_office_code"),
    _map("office.name", TEXT, "Identification/Office_segment/Customs_Clearance_office_name"),
    _map("status.registration", REGISTRATION, "Serial_number", "Number", "Date", under="Identification/Registration/"),
    _map("status.assessed", DATE, "Identification/Assessment/Date"),
    _map("status.paid", DATE, "Identification/receipt/Date"),
    _map(
        "declarant",
        PARTY_WITH_CONTACT,
        "Declarant_code",
        "Declarant_name",
        "Declarant_representative",
        under="Declarant/",
    ),
    _map("items_declared", COUNT, "Property/Nbers/Total_number_of_items"),
    _map("packages_declared", COUNT, "Property/Nbers/Total_number_of_packages"),
    _map("gross_mass_kg_declared", NUMBER, "Valuation/Total/Total_weight"),
    _map("shipment.exporter", PARTY, "Exporter_code", "Exporter_name", under="Traders/Exporter/"),
    _map("shipment.importer", PARTY, "Consignee_code", "Consignee_name", under="Traders/Consignee/"),
    _map(
        "shipment.seller",
        SELLER,
        "Invoice_supplier_name",
        "Invoice_supplier_street",
        "Invoice_supplier_city",
        "Invoice_supplier_zip_code",
        "Invoice_supplier_country",
        under="Supplier_documents/",
    ),
    _map(
        "shipment.export_country_code",
        COUNTRY,
        "Export_country_code",
        "Export_country_region",
        under="General_information/Country/Export/",
    ),
    _map(
        "shipment.destination_country_code",
        COUNTRY,
        "Destination_country_code",
        "Destination_country_region",
        under="General_information/Country/Destination/",
    ),
    _map("shipment.border_transport.id", TEXT, "Transport/Means_of_transport/Border_information/Identity"),
    _map(
        "shipment.border_transport.nationality_code",
        NATION,
        "Transport/Means_of_transport/Border_information/Nationality",
    ),
    _map("shipment.border_transport.mode_code", TEXT, "Transport/Means_of_transport/Border_information/Mode"),
    _map("shipment.inland_transport.id", TEXT, "Transport/Means_of_transport/Departure_arrival_information/Identity"),
    _map(
        "shipment.inland_transport.nationality_code",
        NATION,
        "Transport/Means_of_transport/Departure_arrival_information/Nationality",
    ),
    _map("shipment.inland_transport.mode_code", TEXT, "Transport/Means_of_transport/Inland_mode_of_transport"),
    _map("shipment.loading_place", TEXT, "Transport/Place_of_loading/Code"),
    _map("shipment.location.id", TEXT, "Transport/Location_of_goods"),
    _map("shipment.trade_terms.code", TEXT, "Transport/Delivery_terms/Code"),
    _map("shipment.trade_terms.place", TEXT, "Transport/Delivery_terms/Place"),
    _map("shipment.is_containerised", FLAG, "Transport/Container_flag"),
    _map("shipment.warehouse_id", TEXT, "Warehouse/Identification"),
    _map("shipment.warehouse_days", COUNT, "Warehouse/Delay"),
    _map("shipment.transaction_nature_code", NATURE, "code1", "code2", under="Financial/Financial_transaction/"),
    *TRANSIT,
    _map("guarantees", GUARANTEES, "Name", "Amount", "Date", "Excluded_country/Code", under="Financial/Guarantee/"),
    *PAYMENT,
    *EXPORT_RELEASE,
    _map("valuation.invoice", AMOUNT, "Amount_foreign_currency", "Currency_code", under="Valuation/Gs_Invoice/"),
    _map("valuation.invoice_national", NATIONAL, "Valuation/Gs_Invoice/Amount_national_currency"),
    _map("valuation.exchange_rate", NUMBER, "Valuation/Gs_Invoice/Currency_rate"),
    _map(
        "valuation.charges",
        CHARGES,
        *(f"Valuation/Gs_{name}/Amount_national_currency" for name in CHARGE_NAMES),
    ),
    _map("valuation.total_cost", NATIONAL, "Valuation/Total_cost"),
    _map("valuation.total_cif", NATIONAL, "Valuation/Total_CIF"),
    _map("valuation.total_duties", NATIONAL, "Financial/Amounts/Totals_taxes"),
    _map(
        "information",
        REMARKS,
        "General_information/Additional_information",
        "General_information/Comments_free_text",
    ),
    tables=(
        Table("shipment.equipment", "Container", EQUIPMENT),
        Table("shipment.previous_documents", "Prev_decl", PREVIOUS),
        Table("documents", "Suppliers_documents", SUPPLIER_DOCUMENT),
    ),
    apart=("Item",),
)

#: WCO pointer of boxes that have a counterpart in the WCO Data Model; `{item}` and `{row}` are 1-based positions.
POINTERS = {
    "Identification/Office_segment/Customs_clearance_office_code": "42A/065",
    "Property/Nbers/Total_number_of_items": "42A/228",
    "Property/Nbers/Total_number_of_packages": "42A/146",
    "Valuation/Total/Total_weight": "42A/131",
    "Valuation/Total/Total_invoice": "42A/109",
    "Valuation/Gs_Invoice/Amount_foreign_currency": "42A/109",
    "Valuation/Gs_Invoice/Currency_rate": "42A/40A[1]/118",
    "Container/Container_identity": "42A/67A[1]/28A[1]/31B[{row}]/159",
    "Item/Packages/Number_of_packages": "42A/67A[1]/68A[{item}]/93A[1]/144",
    "Item/Tarification/HScode/Commodity_code": "42A/67A[1]/68A[{item}]/23A[1]/21A[1]/145",
    "Item/Valuation_item/Weight_itm/Gross_weight_itm": "42A/67A[1]/68A[{item}]/23A[1]/65A[1]/126",
    "Item/Valuation_item/Weight_itm/Net_weight_itm": "42A/67A[1]/68A[{item}]/23A[1]/65A[1]/128",
    "Item/Valuation_item/Item_Invoice/Amount_foreign_currency": "42A/67A[1]/68A[{item}]/23A[1]/79A[1]/112",
    "Item/Valuation_item/Total_CIF_itm": "42A/67A[1]/68A[{item}]/108",
    "Item/Valuation_item/Statistical_value": "42A/67A[1]/68A[{item}]/114",
    "Item/Taxation/Taxation_line/Duty_tax_Base": "42A/67A[1]/68A[{item}]/23A[1]/50A[{row}]/116",
    "Item/Taxation/Taxation_line/Duty_tax_rate": "42A/67A[1]/68A[{item}]/23A[1]/50A[{row}]/115",
    "Item/Taxation/Taxation_line/Duty_tax_amount": "42A/67A[1]/68A[{item}]/23A[1]/50A[{row}]/94A[1]/120",
}
