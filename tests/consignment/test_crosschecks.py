# SPDX-License-Identifier: Apache-2.0
"""Every check: a hit, a near miss, and a side that does not say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cocket.consignment import CHECKS, Paper
from cocket.consignment.crosschecks import cross_check
from cocket.consignment.sides import sides, voices
from cocket.findings import Finding, render
from cocket.model import Packaging, Party, Reference
from tests.consignment.making import BOX, OTHER_BOX, bill, box, declaration, item, manifest, paper
from tests.consignment.test_commercial import HITS as COMMERCIAL_HITS


def found(*papers: Paper) -> dict[str, Finding]:
    return {finding.code: finding for finding in cross_check(sides(voices(papers)))}


def against(bill_says: dict[str, Any], **declared: Any) -> dict[str, Finding]:
    return found(paper(manifest(bill(**bill_says)), 0), paper(declaration(**declared), 1))


def importer(**party: Any) -> dict[str, Any]:
    return {"shipment": {"importer": Party(**party)}}


def test_papers_that_agree_have_no_findings() -> None:
    assert against({}) == {}


HITS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("bill-packages-differ", {}, {"packages_declared": 11}),
    ("bill-gross-differs", {}, {"gross_mass_kg_declared": Decimal(1011)}),
    ("equipment-not-on-bill", {"equipment": (box(OTHER_BOX),)}, {}),
    ("equipment-not-declared", {"equipment": (box(BOX, "S1"), box(OTHER_BOX))}, {}),
    ("seal-differs", {"equipment": (box(BOX, "S2"),)}, {}),
    ("consignee-differs", {"consignee": Party(name="Someone Else GmbH")}, {}),
    ("goods-differ", {"goods_description": "AUTO PARTS"}, {}),
    ("hs-not-on-bill", {"hs_codes": ("8708",)}, {}),
    ("declared-not-manifested", {"number": "TSTB0100008"}, {}),
]

NEAR_MISSES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("bill-packages-differ", {"packaging": (Packaging(quantity=4), Packaging(quantity=6))}, {}),
    ("bill-gross-differs", {}, {"gross_mass_kg_declared": Decimal("1010.4")}),
    ("equipment-not-on-bill", {"equipment": (box("tstu 820849-4"),)}, {}),
    ("equipment-not-declared", {"equipment": (box("tstu 820849-4"),)}, {}),
    ("seal-differs", {"equipment": (box(BOX, "s1", "S9"),)}, {}),
    ("consignee-differs", {"consignee": Party(name="Trading ACME Company")}, {}),
    ("consignee-differs", {"consignee": Party(name="TO THE ORDER OF SOME BANK")}, {}),
    ("goods-differ", {"goods_description": "1 x 40' container STC: car, second-hand"}, {}),
    ("hs-not-on-bill", {"hs_codes": ("8703.23",)}, {}),
    ("declared-not-manifested", {"number": "tstb-0100007"}, {}),
]

NOT_SAID: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("bill-packages-differ", {"packaging": ()}, {}),
    ("bill-packages-differ", {}, {"packages_declared": None, "shipment": {"items": (item(packages=None),)}}),
    ("bill-gross-differs", {"gross_mass_kg": None}, {}),
    ("equipment-not-on-bill", {"equipment": ()}, {}),
    ("equipment-not-declared", {}, {"shipment": {"equipment": ()}}),
    ("seal-differs", {"equipment": (box(BOX),)}, {}),
    ("consignee-differs", {"consignee": None}, {}),
    ("consignee-differs", {}, {"shipment": {"importer": None}}),
    ("goods-differ", {"goods_description": None}, {}),
    ("hs-not-on-bill", {"hs_codes": ()}, {}),
    ("declared-not-manifested", {}, {"references": ()}),
]


@pytest.mark.parametrize(("code", "billed", "declared"), HITS)
def test_a_difference_is_found(code: str, billed: dict[str, Any], declared: dict[str, Any]) -> None:
    finding = against(billed, **declared)[code]
    assert finding.severity in ("warning", "info")
    assert "{" not in render(finding)
    assert "–" not in render(finding)


@pytest.mark.parametrize(("code", "billed", "declared"), NEAR_MISSES + NOT_SAID)
def test_a_near_miss_and_a_silence_are_no_difference(
    code: str, billed: dict[str, Any], declared: dict[str, Any]
) -> None:
    assert code not in against(billed, **declared)


@pytest.mark.parametrize("declared", [each[2] for each in HITS + NEAR_MISSES + NOT_SAID])
def test_declarations_alone_are_told_what_all_checks_would_tell_them(declared: dict[str, Any]) -> None:
    for papers in ((paper(declaration(**declared)),), (paper(declaration(**declared)), paper(declaration(), index=2))):
        two = sides(voices(papers))
        assert cross_check(two) == tuple(finding for check in CHECKS for finding in check(two))


def test_a_manifested_bill_is_not_declared_until_it_is() -> None:
    assert "manifested-not-declared" in found(paper(manifest()))
    assert "manifested-not-declared" not in against({})
    assert found() == {}


def test_part_shipments_are_compared_together() -> None:
    half: dict[str, Any] = {"packages_declared": 5, "gross_mass_kg_declared": Decimal(500)}
    first, second = paper(declaration(**half), 1), paper(declaration(**half), 2)
    assert "bill-packages-differ" in found(paper(manifest()), first)
    assert found(paper(manifest()), first, second) == {}
    assert "bill-packages-differ" in found(paper(manifest()), first, second, paper(declaration(**half), 3))


def test_a_bill_reported_twice_counts_once_as_last_reported() -> None:
    corrected = manifest(bill(packaging=(Packaging(quantity=9),)))
    papers = paper(manifest(), 0), paper(corrected, 1)
    assert found(*papers, paper(declaration(packages_declared=9), 2)) == {}


@pytest.mark.parametrize("gone", [{"standing": "superseded"}, {"standing": "refused"}, {"function": "cancellation"}])
def test_a_paper_that_does_not_hold_is_not_compared(gone: dict[str, Any]) -> None:
    assert found(paper(manifest()), paper(declaration(packages_declared=99), 1, **gone), paper(declaration(), 2)) == {}


def test_export_and_import_of_the_same_goods_are_not_added_up() -> None:
    assert found(paper(manifest()), paper(declaration(), 1), paper(declaration(flow="export"), 2)) == {}


def test_a_long_value_is_cut() -> None:
    finding = against({"goods_description": "AUTO PARTS " * 50})["goods-differ"]
    assert finding.expected is not None
    assert len(finding.expected) == 200


def test_a_bill_known_by_its_manifest_is_manifested() -> None:
    names = (Reference("BL", "12"), Reference("MANIFEST", "2026 1", "XA110000"))
    assert "declared-not-manifested" not in against({"number": "12"}, references=names)


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_is_named_after_its_code_and_tells_its_source(check: Any) -> None:
    assert check.__doc__ and "Source:" in check.__doc__
    codes = [code for code, *_ in (*HITS, *COMMERCIAL_HITS)] + ["manifested-not-declared"]
    assert check.__name__.replace("_", "-") in codes
