# SPDX-License-Identifier: Apache-2.0
"""The queue as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from cocket.pipeline.control.views import ConsignmentView
from cocket.pipeline.queries.views import GoodsView
from cocket.workbench.base.export import COLUMNS, Exported, write_csv, write_xlsx
from cocket.workbench.base.languages import ENGLISH
from tests.simulators.workbench_country import consignments

GOODS = GoodsView(
    hs=("87032300", "87033200"), containers=("MSCU1234566",), duty=Decimal("1204.50"), duty_currency="XTS"
)


def with_goods(lines: Iterable[ConsignmentView]) -> list[Exported]:
    return [(line, GOODS) for line in lines]


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_each_consignment_is_a_row_as_wide_as_the_head() -> None:
    written = rows(write_csv(with_goods(consignments()), ENGLISH))
    assert written[0] == list(COLUMNS)
    assert len(written) == 1 + len(consignments())
    assert {len(row) for row in written} == {len(COLUMNS)}


def test_a_row_says_advice_and_host_side_by_side_and_reasons_in_words() -> None:
    first = dict(zip(*rows(write_csv(with_goods(consignments()[:1]), ENGLISH)), strict=True))
    assert (first["advice"], first["host_lane"], first["score"]) == ("red", "green", "0.910")
    assert first["look_for"] == "Value: Declared under what such goods usually cost"
    assert first["because_1"] == "Value per kg of item 1 is 60 % under what others declare for such goods"
    assert (first["at_stake"], first["at_stake_currency"], first["found_in"], first["found_of"]) == (
        "41200.00",
        "XTS",
        "1",
        "3",
    )
    assert (first["hs"], first["containers"], first["duty"]) == ("87032300 87033200", "MSCU1234566", "1204.50")
    assert (first["value"], first["currency"]) == ("41200.00", "USD")
    assert (first["duty_currency"], first["duty_basis"]) == ("XTS", "declared"), (
        "the duty is not of the value's currency"
    )
    computed = msgspec.structs.replace(GOODS, is_computed=True)
    line = dict(zip(*rows(write_csv([(consignments()[0], computed)], ENGLISH)), strict=True))
    assert line["duty_basis"] == "computed"


def test_a_consignment_without_advice_has_empty_cells() -> None:
    line = msgspec.structs.replace(consignments()[0], advice=None, order=None, trader=None)
    row = dict(zip(*rows(write_csv(with_goods([line]), ENGLISH)), strict=True))
    assert (row["advice"], row["score"], row["status"], row["trader"], row["because_1"]) == ("", "", "", "", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_kept_as_text(start: str) -> None:
    line = msgspec.structs.replace(consignments()[0], trader=f"{start}HYPERLINK(1)")
    row = dict(zip(*rows(write_csv(with_goods([line]), ENGLISH)), strict=True))
    assert row["trader"] == f"'{start}HYPERLINK(1)"


def test_a_harmless_cell_is_left_as_it_is() -> None:
    line = msgspec.structs.replace(consignments()[0], trader='A = B, "C"')
    assert dict(zip(*rows(write_csv(with_goods([line]), ENGLISH)), strict=True))["trader"] == 'A = B, "C"'


def test_a_workbook_has_numbers_as_numbers_and_text_as_text() -> None:
    line = msgspec.structs.replace(consignments()[0], trader="=1+1")
    book = zipfile.ZipFile(io.BytesIO(write_xlsx(with_goods([line]), ENGLISH)))
    sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    strings = etree.fromstring(book.read("xl/sharedStrings.xml")).xpath("//*[local-name()='t']/text()")
    cells = {cell.get("r"): cell for cell in sheet.xpath("//*[local-name()='c']")}

    def cell(name: str) -> etree._Element:
        return cells[f"{chr(ord('A') + COLUMNS.index(name))}2"]

    for name, value in (("value", 41200.0), ("duty", 1204.5), ("at_stake", 41200.0), ("equipment", 2.0)):
        assert cell(name).get("t") in (None, "n")
        assert float(cell(name)[0].text or "") == value
    assert float(cell("received_utc")[0].text or "") > 40_000
    assert not sheet.xpath("//*[local-name()='f']")
    assert "=1+1" in strings
    assert sheet.xpath("//*[local-name()='autoFilter']")
