# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cocket import standards
from cocket.feeds import read_mapping
from cocket.feeds.papers import PaperMaker
from cocket.model import Declaration, Manifest
from cocket.standards import Options, write

OURS = """
profile = "asycuda:alphaland"
[declarations]
table = "general"
key = ["ID"]
[declarations.columns]
"Identification/Office_segment/Customs_clearance_office_code" = "OFFICE"
"Identification/Registration/Serial_number" = { value = "C" }
"Identification/Registration/Number" = "NBR"
"Identification/Registration/Date" = "DAT"
"Declarant/Declarant_code" = "DEC"
"Declarant/Reference/Number" = "REF"
"Traders/Consignee/Consignee_name" = ["NAM", "ADR"]
"Property/Sad_flow" = { columns = "FLOW", codes = { "1" = "I", "2" = "E" } }
"Transport/Container_flag" = "CTF"
[declarations.rows.Item]
table = "item"
key = ["ID", "ITM"]
[declarations.rows.Item.columns]
"Tarification/HScode/Commodity_code" = "HS"
"Valuation_item/Weight_itm/Gross_weight_itm" = "GRS"
"Valuation_item/Weight_itm/Net_weight_itm" = "NET"
[declarations.rows."Item/Taxation/Taxation_line"]
table = "tax"
key = ["ID", "ITM"]
order = ["NBR"]
columns = { Duty_tax_code = "COD", Duty_tax_amount = "AMT" }
"""

GENERAL: dict[str, Any] = {
    "ID": 1, "OFFICE": "XA110000", "NBR": 7, "DAT": date(2026, 3, 9), "DEC": "9000", "REF": "R-1",
    "NAM": "A TRADER", "ADR": "1 ROAD\r\nTOWN", "FLOW": "1", "CTF": False, "RLS_DAT": None, "WEIRD COL#": "kept",
}  # fmt: skip


def item(number: Any, hs: str, **more: Any) -> dict[str, Any]:
    return {"ID": 1, "ITM": number, "HS": hs, "GRS": Decimal("10.50"), "NET": 9.25, **more}


def maker(tmp_path: Path, text: str = OURS) -> PaperMaker:
    file = tmp_path / "ours.toml"
    file.write_text(text, "utf-8")
    mapping = read_mapping(file)
    return PaperMaker(mapping, mapping.streams[0])


def made(
    tmp_path: Path, rows: dict[str, list[dict[str, Any]]], text: str = OURS
) -> tuple[Declaration, bytes, list[Any]]:
    content, findings = maker(tmp_path, text).make(rows)
    document = standards.read(content).document
    assert isinstance(document, Declaration)
    return document, content, findings


def test_rows_become_the_declaration_that_a_file_would_be(tmp_path: Path) -> None:
    tax = [
        {"ID": 1, "ITM": 1, "NBR": 2, "COD": "TVS", "AMT": 20},
        {"ID": 1, "ITM": 1, "NBR": 1, "COD": "DOG", "AMT": 5},
    ]
    rows = {"": [GENERAL], "Item": [item(1, "87032100")], "Item/Taxation/Taxation_line": tax}
    declaration, _, findings = made(tmp_path, rows)
    assert not findings
    assert declaration.id == "XA110000/2026/C/7"
    assert declaration.status and declaration.status.registered == date(2026, 3, 9)
    assert (declaration.flow, declaration.shipment.is_containerised) == ("import", False)
    importer = declaration.shipment.importer
    assert importer and (importer.name, importer.address) == ("A TRADER", ("1 ROAD", "TOWN"))
    commodity = declaration.shipment.items[0].commodity
    assert (commodity.gross_mass_kg, commodity.net_mass_kg) == (Decimal("10.50"), Decimal("9.25"))
    assert [tax.type_code for tax in commodity.duties] == ["DOG", "TVS"]


def test_a_column_that_no_element_takes_survives_reading_and_writing(tmp_path: Path) -> None:
    declaration, content, _ = made(tmp_path, {"": [GENERAL], "Item": [item(1, "87032100", EXTRA="e")]})
    of_all = {extension.path: extension.value for extension in declaration.extensions}
    of_item = {extension.path: extension.value for extension in declaration.shipment.items[0].extensions}
    assert (of_all["Host_columns/ID"], of_all["Host_columns/WEIRD_x0020_COL_x0023_"]) == ("1", "kept")
    assert (of_item["Host_columns/EXTRA"], of_item["Host_columns/ITM"]) == ("e", "1")
    assert "Host_columns/RLS_DAT" not in of_all
    assert write(declaration, "asycuda-sad") == content


def test_a_general_part_repeated_on_the_row_of_each_item_is_one_declaration(tmp_path: Path) -> None:
    flat = OURS.replace('table = "item"', 'table = "general"')
    wide = [GENERAL | item(number, hs) for number, hs in ((2, "09011100"), (1, "87032100"), (10, "22030000"))]
    declaration, _, findings = made(tmp_path, {"": wide, "Item": wide}, flat)
    assert not findings
    codes = [one.commodity.classifications[0].id for one in declaration.shipment.items]
    assert codes == ["87032100", "09011100", "22030000"]
    kept = [e.path for e in declaration.extensions if e.path.startswith("Host_columns")]
    assert "Host_columns/WEIRD_x0020_COL_x0023_" in kept
    assert [e.value for e in declaration.shipment.items[2].extensions] == ["10"]


def test_a_general_part_repeated_with_a_difference_is_told_and_nothing_unmapped_is_lost(tmp_path: Path) -> None:
    flat = OURS.replace('table = "item"', 'table = "general"')
    wide = [GENERAL | item(1, "87032100") | {"NOTE": "a"}, GENERAL | item(2, "09011100") | {"REF": "R-2", "NOTE": "b"}]
    declaration, _, findings = made(tmp_path, {"": wide, "Item": wide}, flat)
    assert [(f.code, f.expected, f.found) for f in findings] == [("host-row-differs", "R-1", "R-2")]
    assert declaration.functional_reference == "R-1"
    notes = [e.value for one in declaration.shipment.items for e in one.extensions if e.path == "Host_columns/NOTE"]
    assert notes == ["a", "b"]


def test_the_same_item_told_twice_is_one_item_and_keeps_what_differs_unmapped(tmp_path: Path) -> None:
    twice = [item(1, "87032100", NOTE="a"), item(1, "87032100", NOTE="b")]
    declaration, _, _ = made(tmp_path, {"": [GENERAL], "Item": twice})
    (one,) = declaration.shipment.items
    assert [e.value for e in one.extensions if "NOTE" in e.path] == ["a", "b"]


def test_rows_find_each_other_though_their_keys_have_different_types(tmp_path: Path) -> None:
    tax = [{"ID": "1", "ITM": Decimal("1.0"), "NBR": 1, "COD": "DOG", "AMT": 5}]
    rows = {"": [GENERAL], "Item": [item("1", "87032100")], "Item/Taxation/Taxation_line": tax}
    declaration, _, _ = made(tmp_path, rows)
    assert len(declaration.shipment.items[0].commodity.duties) == 1


def test_a_row_that_belongs_to_no_item_is_told(tmp_path: Path) -> None:
    tax = [{"ID": 1, "ITM": number, "NBR": 1, "COD": "DOG", "AMT": 5} for number in (1, 9)]
    rows = {"": [GENERAL], "Item": [item(1, "87032100")], "Item/Taxation/Taxation_line": tax}
    declaration, _, findings = made(tmp_path, rows)
    assert [(finding.code, finding.arguments) for finding in findings] == [
        ("host-row-orphan", {"row": "tax 1/9", "table": "item"})
    ]
    assert len(declaration.shipment.items[0].commodity.duties) == 1


def test_rows_that_nothing_puts_in_order_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    text = OURS.replace('order = ["NBR"]\n', "")
    tax = [{"ID": 1, "ITM": 1, "COD": code, "AMT": 5} for code in ("VAT", "DOG", "EXC")]
    ways = [
        made(tmp_path, {"": [GENERAL], "Item": [item(1, "87032100")], "Item/Taxation/Taxation_line": rows}, text)[1]
        for rows in (tax, tax[::-1])
    ]
    assert ways[0] == ways[1]


def test_what_xml_cannot_hold_is_spelled_out(tmp_path: Path) -> None:
    declaration, _, _ = made(tmp_path, {"": [GENERAL | {"NAM": "A\x0bB\x00"}], "Item": [item(1, "87032100")]})
    importer = declaration.shipment.importer
    assert importer and importer.name == "A\\x0bB\\x00"


@pytest.mark.parametrize("value", [None, "", "   "])
def test_nothing_is_absent_and_not_empty(tmp_path: Path, value: str | None) -> None:
    declaration, _, _ = made(tmp_path, {"": [GENERAL | {"REF": value}], "Item": [item(1, "87032100", NET=value)]})
    assert declaration.functional_reference is None
    assert declaration.shipment.items[0].commodity.net_mass_kg is None


def test_zero_is_not_absent(tmp_path: Path) -> None:
    declaration, _, _ = made(tmp_path, {"": [GENERAL], "Item": [item(1, "87032100", NET=0)]})
    assert declaration.shipment.items[0].commodity.net_mass_kg == 0


def test_texts_are_read_by_the_habits_of_the_mapping(tmp_path: Path) -> None:
    text = 'dates = ["%d.%m.%Y"]\ndecimal = ","\n' + OURS
    rows = {"": [GENERAL | {"DAT": "05.03.2026"}], "Item": [item(1, "87032100", GRS="1.234,5")]}
    declaration, _, _ = made(tmp_path, rows, text)
    assert declaration.status and declaration.status.registered == date(2026, 3, 5)
    assert declaration.shipment.items[0].commodity.gross_mass_kg == Decimal("1234.5")


def test_a_date_in_doubt_stays_in_doubt_and_is_told_by_the_reader(tmp_path: Path) -> None:
    text = OURS.replace("asycuda:alphaland", "asycuda:generic")
    content, _ = maker(tmp_path, text).make({"": [GENERAL | {"DAT": "05/03/2026"}], "Item": [item(1, "87032100")]})
    reading = standards.read(content, Options(profile="asycuda:generic"))
    assert isinstance(reading.document, Declaration)
    assert reading.document.status and reading.document.status.registered is None
    assert any("date" in finding.code for finding in reading.findings)


def test_a_time_in_a_column_of_dates_is_its_day(tmp_path: Path) -> None:
    declaration, _, _ = made(
        tmp_path, {"": [GENERAL | {"DAT": datetime(2026, 3, 9, 23, 5)}], "Item": [item(1, "8703")]}
    )
    assert declaration.status and declaration.status.registered == date(2026, 3, 9)


def test_a_manifest_is_made_of_its_bills_and_their_containers() -> None:
    mapping = read_mapping()
    key = {"KEY_CUO": "XA110000", "KEY_VOY_NBR": "V1", "KEY_DEP_DAT": date(2026, 1, 5)}
    bills = [key | {"KEY_LIN_NBR": n, "BOL_REF": f"BILL000{n}", "GRS_MAS": Decimal(5)} for n in (2, 1)]
    units = [key | {"KEY_LIN_NBR": 2, "KEY_CTN_NBR": 1, "CTN_REF": "CKTU9680239"}]
    rows = {"": [key | {"TOT_BOL_NBR": 2}], "Bol_segment": bills, "Bol_segment/ctn_segment": units}
    content, _ = PaperMaker(mapping, mapping.streams[0]).make(rows)
    document = standards.read(content).document
    assert isinstance(document, Manifest)
    assert document.departed == date(2026, 1, 5)
    assert [(bill.id, len(bill.equipment)) for bill in document.bills] == [("BILL0001", 0), ("BILL0002", 1)]
