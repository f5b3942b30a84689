# SPDX-License-Identifier: Apache-2.0
"""The queue as a table for spreadsheets."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest

from cocket.workbench.base.export import COLUMNS, write_csv
from cocket.workbench.base.languages import ENGLISH
from tests.simulators.workbench_country import consignments


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_each_consignment_is_a_row_as_wide_as_the_head() -> None:
    written = rows(write_csv(consignments(), ENGLISH))
    assert written[0] == list(COLUMNS)
    assert len(written) == 1 + len(consignments())
    assert {len(row) for row in written} == {len(COLUMNS)}


def test_a_row_says_advice_and_host_side_by_side_and_reasons_in_words() -> None:
    first = dict(zip(*rows(write_csv(consignments()[:1], ENGLISH)), strict=True))
    assert (first["advice"], first["host_lane"], first["score"]) == ("red", "green", "0.910")
    assert first["reason_1"] == "Value per kg of item 1 is 60 % under what others declare for such goods"


def test_a_consignment_without_advice_has_empty_cells() -> None:
    line = msgspec.structs.replace(consignments()[0], advice=None, order=None, trader=None)
    row = dict(zip(*rows(write_csv([line], ENGLISH)), strict=True))
    assert (row["advice"], row["score"], row["status"], row["trader"], row["reason_1"]) == ("", "", "", "", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_kept_as_text(start: str) -> None:
    line = msgspec.structs.replace(consignments()[0], trader=f"{start}HYPERLINK(1)")
    row = dict(zip(*rows(write_csv([line], ENGLISH)), strict=True))
    assert row["trader"] == f"'{start}HYPERLINK(1)"


def test_a_harmless_cell_is_left_as_it_is() -> None:
    line = msgspec.structs.replace(consignments()[0], trader='A = B, "C"')
    assert dict(zip(*rows(write_csv([line], ENGLISH)), strict=True))["trader"] == 'A = B, "C"'
