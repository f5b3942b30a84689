# SPDX-License-Identifier: Apache-2.0
"""The synthetic SAD and manifest files: totals and links as expected, each planted fault under a code of its own."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from cocket.model import Declaration, Manifest, Reading
from tests.corpora import corpora, corpora_folder
from tests.standards.asycuda_samples import read, told, write

_FOLDER = "host", "asycuda-synthetic"

#: The fault each file name tells, and the code under which it must come up; a bill of lading in a manifest is not
#: seen by the reader of a declaration.
CODES = {
    "items": "sad-items-total",
    "weight": "sad-net-over-gross",
    "tax": "sad-tax-amount",
    "hs": "sad-hs-code",
    "cif": "sad-item-cif",
    "total": "manifest-packages-total",
    "checkdigit": "manifest-container-check-digit",
}


def expected() -> dict[str, Any]:
    folder = corpora_folder()
    path = folder.joinpath(*_FOLDER, "expected.json") if folder else None
    return json.loads(path.read_text()) if path and path.is_file() else {}


EXPECTED = expected()
SADS = sorted(EXPECTED.get("sad", {})) or [pytest.param("", marks=pytest.mark.skip("third-party samples are absent"))]
MANIFESTS = sorted(EXPECTED.get("manifest", {})) or [
    pytest.param("", marks=pytest.mark.skip("third-party samples are absent"))
]


def file(kind: str, name: str) -> Path:
    return corpora(*_FOLDER, kind, name)


def declared(name: str) -> tuple[Reading, Declaration, dict[str, Any]]:
    reading = read(file("sad", name).read_bytes())
    assert isinstance(reading.document, Declaration)
    return reading, reading.document, EXPECTED["sad"][name]


@pytest.mark.parametrize("name", SADS)
def test_a_declaration_gives_the_expected_totals(name: str) -> None:
    _, document, wanted = declared(name)
    items = document.shipment.items
    assert len(items) == wanted["items"]
    assert document.shipment.importer is not None
    assert document.shipment.importer.id == wanted["consignee"]
    assert document.valuation.invoice is not None
    assert document.valuation.invoice.value == Decimal(wanted["total_invoice"])
    assert document.valuation.invoice.currency == wanted["currency"]
    assert document.valuation.total_cif is not None
    assert document.valuation.total_cif.value == Decimal(wanted["total_cif"])
    assert document.packages_declared == wanted["packages"]
    assert document.gross_mass_kg_declared == Decimal(wanted["gross"])
    assert [item.commodity.classifications[0].id[:8] for item in items] == wanted["hs"]


@pytest.mark.parametrize("name", SADS)
def test_taxes_add_up_and_their_unit_is_known(name: str) -> None:
    _, document, wanted = declared(name)
    lines = [line for item in document.shipment.items for line in item.commodity.duties]
    total = sum((line.amount.value for line in lines if line.amount), Decimal(0))
    slip = Decimal(500) if wanted["defect"] == "tax" else Decimal(0)
    assert total - slip == Decimal(wanted["total_taxes"])
    if document.valuation.total_duties is not None:
        assert document.valuation.total_duties.value == Decimal(wanted["total_taxes"])
    share = Decimal(100) if wanted["tax_rate_unit"] == "percent" else Decimal(1)
    assert all(line.rate is not None and line.rate * share == line.rate_as_written for line in lines)


@pytest.mark.parametrize("name", SADS)
def test_a_declaration_gives_the_expected_links(name: str) -> None:
    _, document, wanted = declared(name)
    by_kind: dict[str, list[str]] = {}
    for reference in document.references:
        by_kind.setdefault(reference.kind, []).append(reference.value)
    assert by_kind["MANIFEST"] == [wanted["manifest"]]
    assert by_kind["BL"] == [wanted["bol"]]
    assert by_kind.get("EQUIPMENT", []) == wanted["containers"]


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_gives_the_expected_totals(name: str) -> None:
    reading = read(file("manifest", name).read_bytes())
    document, wanted = reading.document, EXPECTED["manifest"][name]
    assert isinstance(document, Manifest)
    if "houses" in wanted:
        assert (len(document.bills), document.master_id) == (wanted["houses"], wanted["master"])
        return
    assert len(document.bills) == wanted["bols"]
    assert document.totals.packages == wanted["packages"]
    assert sum((bill.gross_mass_kg or Decimal(0) for bill in document.bills), Decimal(0)) == Decimal(wanted["gross"])
    assert len({unit.id for bill in document.bills for unit in bill.equipment}) == wanted["containers"]
    assert str(reading.version).endswith("bangladesh" if wanted["dialect"].startswith("Status") else "generic")
    assert document.transport is not None
    assert (document.transport.mode_code == "4") is wanted["air"]


@pytest.mark.parametrize("kind", ["sad", "manifest"])
def test_each_planted_fault_has_a_code_that_no_clean_file_shows(kind: str) -> None:
    corpora(*_FOLDER)
    clean: set[str] = set()
    found: dict[str, set[str]] = {}
    for name, wanted in EXPECTED[kind].items():
        codes = {finding.code for finding in read(file(kind, name).read_bytes()).findings}
        defect = wanted.get("defect")
        if defect in CODES:
            found[defect] = codes
        else:
            clean |= codes
    assert clean == set()
    assert found
    assert {defect for defect, codes in found.items() if CODES[defect] not in codes} == set()


@pytest.mark.parametrize("name", SADS)
def test_a_declaration_is_written_byte_for_byte(name: str) -> None:
    data = file("sad", name).read_bytes()
    assert write(read(data)) == data


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_is_written_as_it_was(name: str) -> None:
    data = file("manifest", name).read_bytes()
    assert etree.canonicalize(write(read(data)).decode()) == etree.canonicalize(data.decode())


@pytest.mark.parametrize("name", ["header-only-jm-masked.xml", "blank-asycuda-template.xml"])
def test_a_file_of_the_field_is_read_and_written_with_all_it_says(name: str) -> None:
    data = corpora("host", "asycuda-mit", name).read_bytes()
    first = read(data)
    again = write(first)
    assert told(again) == told(data)
    assert read(again) == first
