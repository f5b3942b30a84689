# SPDX-License-Identifier: Apache-2.0
"""The table of procedures in the reference says what the program does."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from cocket.measures.tariff.procedures import USUAL, procedure_of
from tests.measures.making import duties, measure, percent

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "measures" / "tariff.md"
COLUMNS = ("duties", "remedies", "excise", "vat", "fees")

#: First words of a row → codes asked for and before that it is about.
ROWS = {
    "4 home use": ("4000", "4400", "6100"),
    "42, 63": ("4200", "6300"),
    "45 tax": ("4500",),
    "49 special": ("4900",),
    "5 inward": ("5100", "7100", "8000"),
    "53 temporary": ("5300",),
    "6121 after": ("6121",),
    "6123 returned": ("6123",),
    "ATA carnet": ("ATA",),
    "DRAWBACK": ("DRAWBACK",),
    "REFUND": ("REFUND",),
    "1, 2, 3": ("1000", "2100", "3151"),
}


def table() -> dict[str, list[str]]:
    """First words of each row → what it says of each column; `as duties` is what it says of the first."""
    lines = PAGE.read_text(encoding="utf-8").split("\n| procedure | duties", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: [row[1] if cell == "as duties" else cell for cell in row[1:]] for row in rows}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_says_what_a_procedure_does_to_each_kind_of_charge(row: str) -> None:
    (cells,) = (cells for name, cells in table().items() if name.startswith(row))
    for code in ROWS[row]:
        found = procedure_of(code)
        assert found is not None
        for column, cell in zip(COLUMNS, cells, strict=True):
            assert cell.replace("not due", "not-due").startswith(getattr(found, column)), (code, column, cell)


def test_every_row_of_the_table_is_held() -> None:
    assert len(table()) == len(ROWS)


EXAMPLES = PAGE.parents[2] / "how-to" / "measures" / "ask-what-a-procedure-does.md"


def block(name: str) -> str:
    """A file that the page of examples shows, by the line above it."""
    after = EXAMPLES.read_text(encoding="utf-8").split(f"`{name}`:\n", 1)[1]
    return after.split("```", 1)[1].split("\n", 1)[1].split("```", 1)[0]


def rows() -> list[list[str]]:
    """The rows of its table of examples: what, the question, what is due, suspended, the security, repaid."""
    lines = EXAMPLES.read_text(encoding="utf-8").split("\n| procedure | question", 1)[1].splitlines()[2:]
    taken = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in taken]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_example_of_a_procedure_comes_to_what_the_page_says(row: list[str], tmp_path: Path) -> None:
    for name in ("xa.csv", "xa.toml"):
        (tmp_path / name).write_text(block(name))
    _, question, *expected = row
    whole = {"code": "0102.29.10", "date": "2026-03-01", "value": 1000, "currency": "XDC", "additional_codes": []}
    result = CliRunner().invoke(
        app,
        ["measures", "duty", "--tariff", str(tmp_path / "xa.csv"), "--map", str(tmp_path / "xa.toml"), "-"],
        input=json.dumps({**whole, **json.loads(question.strip("`"))}),
    )
    told = json.loads(result.stdout)
    found = [told[name] or "0" for name in ("total", "suspended", "security", "repaid")]
    assert [Decimal(one) for one in found] == [Decimal(one) for one in expected], told


def test_the_page_has_an_example_of_every_kind_of_procedure() -> None:
    asked = {json.loads(row[1].strip("`")).get("procedure", "4000") for row in rows()}
    for one in USUAL:
        assert any(code.startswith(one.code) for code in asked), one.code


@pytest.mark.parametrize("code", ["4O00", "9999", "40000", "4000 C", "ATAX", "REFUND1", "٤٠٠٠"])
def test_a_procedure_that_is_not_understood_has_no_total_and_is_named(code: str) -> None:
    found = duties(measure("duty", percent(10)), procedure=code)
    assert (found.total, found.at_least, found.at_most) == (None, None, None)
    assert [(one.code, one.found) for one in found.findings] == [("procedure-not-understood", code)]


@pytest.mark.parametrize("code", ["4000C07", "4000 C07", "40 00 C07 F15", "40-00-C07"])
def test_additional_procedures_are_said_to_change_nothing(code: str) -> None:
    found = duties(measure("duty", percent(10)), procedure=code)
    assert str(found.total) == "100.00"
    assert "additional-procedure-ignored" in {one.code for one in found.assumed}
