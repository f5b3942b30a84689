# SPDX-License-Identifier: Apache-2.0
"""CSV that leaves the house: quoted, computed by no spreadsheet, and read back as it was written."""

from __future__ import annotations

import ast
import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.exchange.tables import Cell, guarded, unguarded, write_table
from tests.corpora import corpora
from tests.house.source import package_files

#: The writers of invented data, which no officer opens in a spreadsheet, and of tables for tests of the simulation; and
#: of charges, which refuses a cell that begins a formula: tests/measures/test_tariff_national.py.
NOT_EXPORTS = {
    "simulation/country.py",
    "simulation/law.py",
    "simulation/release.py",
    "simulation/tracks/attack_folders.py",
    "measures/tariff/charge_files.py",
    "cli/demonstration/country.py",
    "cli/demonstration/acts.py",
    "workbench/measures/payments.py",
}


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def read_back(text: str) -> list[list[str]]:
    return [[unguarded(cell) for cell in row] for row in cells(text)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "\u2212"])
@pytest.mark.parametrize("before", ["", " ", "\xa0", "\ufeff", "\u200b", "\u3000", "\x1f"])
def test_text_that_begins_a_formula_is_guarded(start: str, before: str) -> None:
    assert guarded(f"{before}{start}1+1").startswith("'")


@pytest.mark.parametrize("start", "\t\r\n")
def test_text_that_begins_with_a_tab_or_a_line_break_is_guarded(start: str) -> None:
    assert guarded(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("text", ["", " ", "a=1", "A - B", "1-2", '"=1+1"', "'twas", "|cmd", "%0A-1", "12", "été"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert guarded(text) == text


def test_every_cell_is_quoted_and_a_number_is_known_by_its_type() -> None:
    row: list[Cell] = [-1, -5.5, Decimal("-5.00"), 1e21, Decimal("1E+3"), "-1", None, date(2026, 11, 2), True]
    moment = datetime(2026, 11, 2, tzinfo=UTC)
    written = write_table("abcdefghij", [[*row, moment]])
    assert written.splitlines()[1] == (
        '"-1","-5.5","-5.00","1000000000000000000000","1000","\'-1","","2026-11-02","True","2026-11-02T00:00:00+00:00"'
    )


@pytest.mark.parametrize("figure", [float("nan"), float("-inf"), Decimal("-Infinity")])
def test_what_is_no_finite_number_is_text(figure: Cell) -> None:
    (_, (cell,)) = cells(write_table("a", [[figure]]))
    assert not cell.startswith("-")


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4), max_size=5))
def test_what_is_written_is_read_back_the_same(rows: list[list[str]]) -> None:
    rows = [[*row, *[""] * (4 - len(row))] for row in rows]
    assert read_back(write_table("abcd", rows))[1:] == rows


@given(st.text(st.sampled_from("'=+-@\t\r\n \"a,;＝\ufeff")))
def test_guarding_is_undone_exactly_and_leaves_no_formula(text: str) -> None:
    cell = guarded(text)
    assert unguarded(cell) == text
    assert cell.lstrip(" \ufeff\t\r\n")[:1] not in tuple("=+-@＝") or cell == ""


def test_hostile_cells_are_harmless_and_read_back_the_same() -> None:
    manifest = corpora("hostile", "csv-injection", "manifest.jsonl")
    cases = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    assert len(cases) > 30
    for case in cases:
        text = case["text"]
        cell: Cell = Decimal(text) if case["expect"] == "accept" else text
        (_, (written,)) = cells(write_table("a", [[cell]]))
        assert unguarded(written) == text
        if case["expect"] == "accept":
            assert written == text
        else:
            assert written.lstrip(" \xa0\ufeff\t\r\n")[:1] not in tuple("=+-@＝＋－＠"), case["id"]


def test_nothing_else_writes_csv() -> None:
    """One writer for all that leaves the house."""
    found = {
        file.path
        for file in package_files()
        for node in ast.walk(ast.parse(file.text))
        if isinstance(node, ast.Attribute)
        and node.attr in ("writer", "DictWriter")
        and ast.unparse(node.value) == "csv"
    }
    assert found == {"exchange/tables.py"} | NOT_EXPORTS
