# SPDX-License-Identifier: Apache-2.0
"""A host's database: the files of a synthetic country taken apart into tables with the host's own column names.

The lists here are written beside the mapping that the house ships, not from it: what they say alike is what is tested.
A table is a list of rows, each a value by column; it can be put into a real PostgreSQL, or written as CSV.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from lxml import etree
from psycopg import sql

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]

_GENERAL = (
    ("SAD_FLW", "Property/Sad_flow", str),
    ("SAD_ITM_TOT", "Property/Nbers/Total_number_of_items", int),
    ("SAD_PCK_TOT", "Property/Nbers/Total_number_of_packages", int),
    ("IDE_CUO_COD", "Identification/Office_segment/Customs_clearance_office_code", str),
    ("IDE_CUO_NAM", "Identification/Office_segment/Customs_Clearance_office_name", str),
    ("IDE_TYP_SAD", "Identification/Type/Type_of_declaration", str),
    ("IDE_TYP_PRC", "Identification/Type/Declaration_gen_procedure_code", str),
    ("IDE_MAN_NBR", "Identification/Manifest_reference_number", str),
    ("IDE_REG_SER", "Identification/Registration/Serial_number", str),
    ("IDE_REG_NBR", "Identification/Registration/Number", int),
    ("IDE_REG_DAT", "Identification/Registration/Date", date),
    ("IDE_AST_DAT", "Identification/Assessment/Date", date),
    ("CMP_EXP_NAM", "Traders/Exporter/Exporter_name", "first"),
    ("CMP_EXP_ADR", "Traders/Exporter/Exporter_name", "rest"),
    ("CMP_CON_COD", "Traders/Consignee/Consignee_code", str),
    ("CMP_CON_NAM", "Traders/Consignee/Consignee_name", "first"),
    ("CMP_CON_ADR", "Traders/Consignee/Consignee_name", "rest"),
    ("DEC_COD", "Declarant/Declarant_code", str),
    ("DEC_NAM", "Declarant/Declarant_name", str),
    ("DEC_REF_NBR", "Declarant/Reference/Number", str),
    ("GEN_CTY_EXP", "General_information/Country/Export/Export_country_code", str),
    ("GEN_CTY_DES", "General_information/Country/Destination/Destination_country_code", str),
    ("TPT_BRD_IDE", "Transport/Means_of_transport/Border_information/Identity", str),
    ("TPT_BRD_NAT", "Transport/Means_of_transport/Border_information/Nationality", str),
    ("TPT_BRD_MOD", "Transport/Means_of_transport/Border_information/Mode", int),
    ("TPT_CTF", "Transport/Container_flag", bool),
    ("TPT_DLV_COD", "Transport/Delivery_terms/Code", str),
    ("TPT_DLV_PLC", "Transport/Delivery_terms/Place", str),
    ("TPT_LOD_COD", "Transport/Place_of_loading/Code", str),
    ("TPT_LOC_COD", "Transport/Location_of_goods", str),
    ("FIN_TR1", "Financial/Financial_transaction/code1", str),
    ("FIN_TR2", "Financial/Financial_transaction/code2", str),
    ("FIN_AMT_TAX", "Financial/Amounts/Totals_taxes", Decimal),
    ("VGS_TOT_CST", "Valuation/Total_cost", Decimal),
    ("VGS_TOT_CIF", "Valuation/Total_CIF", Decimal),
    ("VGS_INV_AMT_NMU", "Valuation/Gs_Invoice/Amount_national_currency", Decimal),
    ("VGS_INV_AMT_FCX", "Valuation/Gs_Invoice/Amount_foreign_currency", Decimal),
    ("VGS_INV_CUR_COD", "Valuation/Gs_Invoice/Currency_code", str),
    ("VGS_INV_CUR_RAT", "Valuation/Gs_Invoice/Currency_rate", Decimal),
    ("VGS_EFR_AMT_NMU", "Valuation/Gs_external_freight/Amount_national_currency", Decimal),
    ("VGS_INS_AMT_NMU", "Valuation/Gs_insurance/Amount_national_currency", Decimal),
    ("VGS_TOT_WGT", "Valuation/Total/Total_weight", Decimal),
)
_ITEM = (
    ("PCK_NBR", "Packages/Number_of_packages", int),
    ("PCK_MRK1", "Packages/Marks1_of_packages", str),
    ("PCK_TYP_COD", "Packages/Kind_of_packages_code", str),
    ("TAR_HSC_NB1", "Tarification/HScode/Commodity_code", str),
    ("TAR_HSC_NB2", "Tarification/HScode/Precision_1", str),
    ("TAR_PRF", "Tarification/Preference_code", str),
    ("TAR_PRC_EXT", "Tarification/Extended_customs_procedure", str),
    ("TAR_PRC_NAT", "Tarification/National_customs_procedure", str),
    ("TAR_VMC", "Tarification/Valuation_method_code", str),
    ("GDS_ORG_CTY", "Goods_description/Country_of_origin_code", str),
    ("GDS_DSC", "Goods_description/Description_of_goods", str),
    ("GDS_DS3", "Goods_description/Commercial_Description", str),
    ("PRV_SUM_DEC", "Previous_doc/Summary_declaration", str),
    ("VIT_WGT_GRS", "Valuation_item/Weight_itm/Gross_weight_itm", Decimal),
    ("VIT_WGT_NET", "Valuation_item/Weight_itm/Net_weight_itm", Decimal),
    ("VIT_CIF", "Valuation_item/Total_CIF_itm", Decimal),
    ("VIT_STV", "Valuation_item/Statistical_value", Decimal),
    ("VIT_INV_AMT_FCX", "Valuation_item/Item_Invoice/Amount_foreign_currency", Decimal),
    ("VIT_INV_CUR_COD", "Valuation_item/Item_Invoice/Currency_code", str),
    ("VIT_EFR_AMT_NMU", "Valuation_item/item_external_freight/Amount_national_currency", Decimal),
    ("VIT_INS_AMT_NMU", "Valuation_item/item_insurance/Amount_national_currency", Decimal),
)
_DOCUMENT = (
    ("ATD_COD", "Attached_document_code", str),
    ("ATD_NAM", "Attached_document_name", str),
    ("ATD_REF", "Attached_document_reference", str),
)
_UNIT = (
    ("TAR_SUP_COD", "Suppplementary_unit_code", str),
    ("TAR_SUP_NAM", "Suppplementary_unit_name", str),
    ("TAR_SUP_QTY", "Suppplementary_unit_quantity", Decimal),
)
_TAX = (
    ("TAX_LIN_COD", "Duty_tax_code", str),
    ("TAX_LIN_BSE", "Duty_tax_Base", Decimal),
    ("TAX_LIN_RAT", "Duty_tax_rate", Decimal),
    ("TAX_LIN_AMT", "Duty_tax_amount", Decimal),
    ("TAX_LIN_MOP", "Duty_tax_MP", str),
)
_CONTAINER = (
    ("CTN_ITM_NBR", "Item_Number", int),
    ("CTN_IDE", "Container_identity", str),
    ("CTN_TYP", "Container_type", str),
    ("CTN_FUL", "Empty_full_indicator", str),
    ("CTN_WGT", "Gross_weight", Decimal),
    ("CTN_DSC", "Goods_description", str),
    ("CTN_PCK_NBR", "Packages_number", int),
)
_MANIFEST = (
    ("KEY_CUO", "General_segment/General_segment_id/Customs_office_code", str),
    ("KEY_VOY_NBR", "General_segment/General_segment_id/Voyage_number", str),
    ("KEY_DEP_DAT", "General_segment/General_segment_id/Date_of_departure", date),
    ("CAR_ARR_DAT", "General_segment/General_segment_id/Date_of_arrival", date),
    ("CAR_ARR_TIM", "General_segment/General_segment_id/Time_of_arrival", str),
    ("TOT_BOL_NBR", "General_segment/Totals_segment/Total_number_of_bols", int),
    ("TOT_PCK_NBR", "General_segment/Totals_segment/Total_number_of_packages", int),
    ("TOT_CTN_NBR", "General_segment/Totals_segment/Total_number_of_containers", int),
    ("TOT_GRS_MAS", "General_segment/Totals_segment/Total_gross_mass", Decimal),
    ("CAR_COD", "General_segment/Transport_information/Carrier/Carrier_code", str),
    ("CAR_NAM", "General_segment/Transport_information/Carrier/Carrier_name", str),
    ("CAR_ADR", "General_segment/Transport_information/Carrier/Carrier_address", str),
    ("TPT_MOD", "General_segment/Transport_information/Mode_of_transport_code", str),
    ("TPT_IDE", "General_segment/Transport_information/Identity_of_transporter", str),
    ("TPT_NAT", "General_segment/Transport_information/Nationality_of_transporter_code", str),
    ("PLC_DEP_COD", "General_segment/Load_unload_place/Place_of_departure_code", str),
    ("PLC_DST_COD", "General_segment/Load_unload_place/Place_of_destination_code", str),
)
_BILL = (
    ("BOL_REF", "Bol_id/Bol_reference", str),
    ("KEY_LIN_NBR", "Bol_id/Line_number", int),
    ("BOL_NAT", "Bol_id/Bol_nature", str),
    ("BOL_TYP_COD", "Bol_id/Bol_type_code", str),
    ("BOL_CON_CGO", "Consolidated_Cargo", str),
    ("PLC_LOD_COD", "Load_unload_place/Place_of_loading_code", str),
    ("PLC_UNL_COD", "Load_unload_place/Place_of_unloading_code", str),
    ("EXP_NAM", "Traders_segment/Exporter/Exporter_name", str),
    ("EXP_ADR", "Traders_segment/Exporter/Exporter_address", str),
    ("NOT_NAM", "Traders_segment/Notify/Notify_name", str),
    ("NOT_ADR", "Traders_segment/Notify/Notify_address", str),
    ("CON_NAM", "Traders_segment/Consignee/Consignee_name", str),
    ("CON_ADR", "Traders_segment/Consignee/Consignee_address", str),
    ("PCK_NBR", "Goods_segment/Number_of_packages", int),
    ("PCK_TYP_COD", "Goods_segment/Package_type_code", str),
    ("GRS_MAS", "Goods_segment/Gross_mass", Decimal),
    ("SHP_MRK", "Goods_segment/Shipping_marks", str),
    ("GDS_DSC", "Goods_segment/Goods_description", str),
    ("VAL_FRT", "Value_segment/Freight_segment/Freight_value", Decimal),
    ("VAL_FRT_CUR", "Value_segment/Freight_segment/Freight_currency", str),
)
_BILL_CONTAINER = (
    ("CTN_REF", "Ctn_reference", str),
    ("CTN_PCK_NBR", "Number_of_packages", int),
    ("CTN_TYP", "Type_of_container", str),
    ("CTN_FUL", "Empty_Full", str),
    ("CTN_MRK1", "Marks1", str),
    ("CTN_SEA_PTY", "Sealing_Party", str),
    ("CTN_GRS_MAS", "Gross_weight", Decimal),
)

_MANIFEST_KEY = ("KEY_CUO", "KEY_VOY_NBR", "KEY_DEP_DAT")
_LANES = {"red": "PTY_RED", "yellow": "PTY_YEL", "blue": "PTY_BLU", "green": "PTY_GRE"}


def take_apart(host: Path) -> Tables:
    """The tables of the country whose host files are in a folder."""
    tables: Tables = {}
    lanes = {_key(row): row for row in _csv(host / "selectivity.csv")}
    results = {_key(row): row for row in _csv(host / "results.csv")}
    for number, file in enumerate(sorted((host / "sad").glob("*.xml")), start=1001):
        _take_declaration(tables, etree.parse(file).getroot(), number, lanes, results)
    for file in sorted((host / "manifest").glob("*.xml")):
        _take_manifest(tables, etree.parse(file).getroot())
    return tables


def fill_database(url: str, tables: Tables, schema: str = "public", *, is_upper: bool = False) -> None:
    """Put the tables into a database, with the types a database has for them.

    Args:
        url: The database.
        tables: The tables.
        schema: Schema to put them in; made if it is missing.
        is_upper: Whether names are kept in capitals, as other databases do; else in small letters.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        for name, rows in tables.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            types = {column: _type(row.get(column) for row in rows) for column in columns}
            spelled = [sql.Identifier(column if is_upper else column.lower()) for column in columns]
            table = sql.Identifier(schema, name if is_upper else name.lower())
            connection.execute(
                sql.SQL("create table {} ({})").format(
                    table,
                    sql.SQL(", ").join(
                        sql.SQL("{} {}").format(one, sql.SQL(types[column]))  # type: ignore[arg-type]  # ours
                        for one, column in zip(spelled, columns, strict=True)
                    ),
                )
            )
            with connection.cursor() as cursor:
                cursor.executemany(
                    sql.SQL("insert into {} values ({})").format(
                        table, sql.SQL(", ").join([sql.Placeholder()] * len(columns))
                    ),
                    [[row.get(column) for column in columns] for row in rows],
                )


def write_csv(folder: Path, tables: Tables) -> list[Path]:
    """Write each table as a CSV file; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, rows in tables.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        files.append(folder / f"{name}.csv")
        with files[-1].open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows({column: _text(value) for column, value in row.items()} for row in rows)
    return files


def repeat_general(tables: Tables) -> Rows:
    """One wide table, as reports have it: the general part again on the row of each item."""
    general = {row["INSTANCEID"]: row for row in tables["SAD_GENERAL_SEGMENT"]}
    return [general[item["INSTANCEID"]] | item for item in tables["SAD_ITEM"]]


def _take_declaration(tables: Tables, root: Any, number: int, lanes: dict[Any, Any], results: dict[Any, Any]) -> None:
    key = {"INSTANCEID": number}
    general = key | _cells(root, _GENERAL) | {"RLS_FLG": "released", "IDE_CUO_OLD": None}
    name = (general["IDE_CUO_COD"], general["IDE_REG_DAT"].year, general["IDE_REG_SER"], general["IDE_REG_NBR"])
    _put(tables, "SAD_GENERAL_SEGMENT", general | _lane(lanes[name]))
    for place, element in enumerate(_filled(root, "Container"), start=1):
        _put(tables, "SAD_CONTAINER", key | {"KEY_CTN_NBR": place} | _cells(element, _CONTAINER))
    for place, item in enumerate(_filled(root, "Item"), start=1):
        within = key | {"KEY_ITM_NBR": place}
        _put(tables, "SAD_ITEM", within | _cells(item, _ITEM))
        for table, column, path, cells in (
            ("SAD_ATTACHED_DOCUMENT", "KEY_ATD_NBR", "Attached_documents", _DOCUMENT),
            ("SAD_SUPPLEMENTARY_UNIT", "KEY_SUP_NBR", "Tarification/Supplementary_unit", _UNIT),
            ("SAD_TAX", "KEY_TAX_NBR", "Taxation/Taxation_line", _TAX),
        ):
            for row, element in enumerate(_filled(item, path), start=1):
                _put(tables, table, within | {column: row} | _cells(element, cells))
    if result := results.get(name):
        _take_result(tables, key, result)


def _take_result(tables: Tables, key: dict[str, Any], result: dict[str, str]) -> None:
    act = {"ACT_TYP": result["depth"], "ACT_RET_DAT": datetime.fromisoformat(result["returned"])}
    _put(tables, "INSP_ACT_TAB", key | act)
    if result["found"]:
        amount = Decimal(result["duty_recovered"])
        line = {"FRD_COD": result["offence"] or None, "AMT": amount, "CUR_COD": result["currency"] or None}
        _put(tables, "INSP_ACT_EXAM", key | line)


def _take_manifest(tables: Tables, root: Any) -> None:
    general = _cells(root, _MANIFEST)
    _put(tables, "GEN_TAB", general)
    key = {column: general[column] for column in _MANIFEST_KEY}
    for element in _filled(root, "Bol_segment"):
        bill = key | _cells(element, _BILL)
        _put(tables, "BOL_TAB", bill)
        for place, container in enumerate(_filled(element, "ctn_segment"), start=1):
            within = key | {"KEY_LIN_NBR": bill["KEY_LIN_NBR"], "KEY_CTN_NBR": place}
            _put(tables, "BOL_CTN_TAB", within | _cells(container, _BILL_CONTAINER))


def _lane(row: dict[str, str]) -> dict[str, Any]:
    flags = {column: int(row["lane"] == lane) for lane, column in _LANES.items()}
    now = (row["override"] or row["lane"]).capitalize()
    decided = datetime.fromisoformat(row["decided"])
    return {**flags, "PTY_COL_DSC": now, "PTY_COL_RSN": row["override_reason"] or None, "PTY_DAT": decided}


def _cells(element: Any, cells: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    return {column: _value(element.findtext(path), kind) for column, path, kind in cells}


def _value(text: str | None, kind: Any) -> Any:
    text = (text or "").strip()
    if not text:
        return None
    if kind is date:
        pattern = "%m/%d/%Y" if "/" in text else "%Y-%m-%d"
        return datetime.strptime(text, pattern).date()
    if kind is bool:
        return text == "true"
    if kind in ("first", "rest"):
        first, _, rest = text.partition("\n")
        return (first if kind == "first" else rest) or None
    return kind(text)


def _filled(element: Any, path: str) -> list[Any]:
    """Rows of a padded table that hold something."""
    return [row for row in element.findall(path) if any((one.text or "").strip() for one in row.iter())]


def _put(tables: Tables, name: str, row: dict[str, Any]) -> None:
    tables.setdefault(name, []).append(row)


def _csv(file: Path) -> Rows:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _key(row: dict[str, str]) -> tuple[str, int, str, int]:
    return row["office"], int(row["year"]), row["serial"], int(row["number"])


def _type(values: Iterable[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    for kind, name in (
        (datetime, "timestamptz"),
        (date, "date"),
        (Decimal, "numeric"),
        (bool, "boolean"),
        (int, "bigint"),
    ):
        if kinds == {kind}:
            return name
    return "text"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
