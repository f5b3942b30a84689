# SPDX-License-Identifier: Apache-2.0
"""Express manifests in rows: the same manifest as in JSON, whole and in parts, and what is told of bad tables."""

from __future__ import annotations

import csv
import io
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from cocket import standards
from cocket.model import Manifest
from cocket.standards import STANDARDS, ConvertOptions, convert
from cocket.standards.low_value import RowParts, looks_like_rows, value_of_rows
from cocket.standards.streaming import stream
from tests.contracts.standard import survives_mutations

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "express-manifest" / "flight.csv"
EXPRESS = next(standard for standard in STANDARDS if standard.name == "express-manifest")


def table(change: Any = lambda rows: None, mark: str = ",") -> bytes:
    """The sample with its rows changed: the header, and a list of cells by column."""
    header, *rows = csv.reader(io.StringIO(SAMPLE.read_text("utf-8")))
    named = [dict(zip(header, row, strict=True)) for row in rows]
    change(named)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(named[0]), delimiter=mark)
    writer.writeheader()
    writer.writerows(named)
    return out.getvalue().encode()


def test_rows_are_the_manifest_that_the_same_is_in_json() -> None:
    found = standards.read(SAMPLE.read_bytes())
    assert (found.standard, found.outcome, found.findings) == ("express-manifest", "accepted", ())
    assert found.reference == "ZX-20261121-ZZ418" and isinstance(found.document, Manifest)
    cloth, papers = found.document.bills
    assert cloth.consignor is not None and cloth.consignor.address == ("4 Weavers Row", 'Yard "B"')
    assert (cloth.goods_description, cloth.hs_codes) == ("Woven cotton table cloth, white", ("630251", "630259"))
    assert papers.information == ("keep dry", "by hand") and papers.customs_value is None
    written = standards.write(found.document, "express-manifest")
    assert json.loads(written) == json.loads(json.dumps(value_of_rows(SAMPLE.read_bytes()), default=float))
    assert standards.read(written).document == found.document


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_cells_may_be_parted_as_tables_are_in_other_countries(mark: str) -> None:
    assert standards.read(b"\xef\xbb\xbf" + table(mark=mark)).document == standards.read(SAMPLE.read_bytes()).document


@pytest.mark.parametrize("size", [1, 17, 4096])
def test_rows_are_read_in_parts_however_the_bytes_are_cut(size: int) -> None:
    data = SAMPLE.read_bytes().replace(b"keep dry", "\u00fcber Land".encode())
    parts = RowParts(data[start : start + size] for start in range(0, len(data), size))
    consignments = list(parts)
    assert parts.rest | {"consignments": consignments} == value_of_rows(data)
    streamed = stream(BytesIO(data))
    bills = tuple(part.document for part in streamed)
    whole = standards.read(data)
    assert isinstance(whole.document, Manifest) and bills == whole.document.bills
    assert streamed.reading.findings == whole.findings and streamed.reading.reference == whole.reference


def test_a_column_that_the_form_does_not_have_is_kept() -> None:
    found = standards.read(table(lambda rows: [row.update({"shipper.loyalty": "gold"}) for row in rows]))
    assert [each.code for each in found.findings] == ["low-value-unexpected"] * 2
    assert b'"loyalty":"gold"' in standards.write(found.document, "express-manifest")  # type: ignore[arg-type]


def test_a_bad_cell_is_told_by_its_consignment() -> None:
    def spoil(rows: list[dict[str, str]]) -> None:
        rows[1].update({"grossMass": "1,5", "packages": "", "consignee.country": "XBB"})

    found = standards.read(table(spoil))
    assert {(each.code, each.location) for each in found.findings} == {
        ("low-value-type", "/consignments/1/grossMass"),
        ("low-value-missing", "/consignments/1/packages"),
        ("low-value-country", "/consignments/1/consignee/country"),
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (table() + b"only,two\n", "csv-row"),
        (table().replace(b"waybill,", b"category,", 1), "csv-header"),
        (table().replace(b"shipper.name", b"waybill.part", 1), "csv-header"),
        (table().replace(b"keep dry", b"\xff"), "csv-encoding"),
        (table().replace(b"B. Reader", b'"B." Reader'), "csv-not-well-formed"),
        (table() + b'"' + b"x" * 200_000, "csv-not-well-formed"),
    ],
)
def test_what_is_no_table_says_why(data: bytes, code: str) -> None:
    assert looks_like_rows(data)
    found = standards.read(data)
    assert (found.outcome, [each.code for each in found.findings]) == ("refused", [code])


def test_a_table_without_rows_has_no_consignments() -> None:
    found = standards.read(SAMPLE.read_bytes().splitlines(keepends=True)[0])
    assert ("low-value-missing", "/consignments") in {(each.code, each.location) for each in found.findings}


def test_rows_become_a_cargo_report() -> None:
    done = convert(SAMPLE.read_bytes(), "edifact-cuscar", ConvertOptions(partial=True))
    assert done.message is not None and b"ZX0000912" in done.message
    assert done.values == done.recovered + len(done.lost) and done.recovered > 30


def test_two_thousand_mutations_of_a_table_raise_only_errors_of_ours() -> None:
    survives_mutations(EXPRESS, [SAMPLE.read_bytes()], 2000, seed=3)
