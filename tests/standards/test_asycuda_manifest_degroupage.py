# SPDX-License-Identifier: Apache-2.0
"""A degroupage against the manifest that has its master: each rule with a hit, a near miss and a missing field."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cocket.findings import render
from cocket.model import Manifest
from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.manifest import check_degroupage, check_notice
from cocket.standards.asycuda.manifest.degroupage import RULES, same_number
from tests.standards.asycuda_samples import GONE, changed, read, sample

WHOLE = "awmds-masters-and-houses"
MASTER = "Bol_segment[Bol_id/Bol_reference='OWNM2600412']/Goods_segment/"
#: The sample's master has one package for 18 of its houses, which rules on a manifest let pass.
CLEAN = {MASTER + "Number_of_packages": "18"}


def document(name: str, changes: dict[str, Any]) -> Manifest:
    read_from = read(changed(sample(name), changes)).document
    assert isinstance(read_from, Manifest)
    return read_from


def codes(manifest: dict[str, Any], degroupage: dict[str, Any]) -> list[str]:
    findings = check_degroupage(document(WHOLE, CLEAN | manifest), document("awbolds", degroupage))
    assert not any("{" in render(finding) for finding in findings)
    return [finding.code for finding in findings]


HOUSE = "Bol_segment[1]/"
NUMBER = HOUSE + "Bol_id/Bol_reference"
#: Changes to the degroupage: a fault, nearly one, and nothing to judge by.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "degroupage-manifest-differs": (
        {"Master_bol/Voyage_number": "OS115E"},
        {"Master_bol/Voyage_number": "os114e"},
        {"Master_bol/Voyage_number": None},
    ),
    "degroupage-master-unknown": (
        {"Master_bol/Reference_number": "OWNM2600413"},
        {"Master_bol/Reference_number": "ownm-2600412"},
        {"Bol_segment": GONE},
    ),
    "degroupage-packages": (
        {HOUSE + "Goods_segment/Number_of_packages": "13"},
        {HOUSE + "Goods_segment/Number_of_packages": "12.0"},
        {HOUSE + "Goods_segment/Number_of_packages": None},
    ),
    "degroupage-gross": (
        {HOUSE + "Goods_segment/Gross_mass": "180.5"},
        {HOUSE + "Goods_segment/Gross_mass": "180.01"},
        {HOUSE + "Goods_segment/Gross_mass": None},
    ),
    "degroupage-house-repeated": ({NUMBER: "OWNB2600411"}, {NUMBER: "OWNB26004110"}, {NUMBER: None}),
}


def test_every_rule_is_tried_here() -> None:
    assert set(CASES) == {code_of(rule) for rule, _ in RULES}


def test_a_degroupage_that_fits_its_master_has_nothing_found() -> None:
    assert codes({}, {}) == []


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_the_fault_alone(code: str) -> None:
    assert codes({}, CASES[code][0]) == [code]


@pytest.mark.parametrize("code", CASES)
def test_a_rule_leaves_a_near_miss_and_a_missing_field_alone(code: str) -> None:
    assert code not in codes({}, CASES[code][1])
    assert code not in codes({}, CASES[code][2])


def test_office_voyage_and_day_are_each_compared() -> None:
    two = {"Master_bol/Customs_office_code": "XA999", "Master_bol/Date_of_departure": "2026-03-13"}
    assert codes({}, two) == ["degroupage-manifest-differs"] * 2


def test_houses_that_the_manifest_has_under_the_same_master_are_the_same_houses() -> None:
    assert "degroupage-house-repeated" not in codes({}, {})
    moved = {"Bol_segment[Bol_id/Master_bol_ref_number]/Bol_id/Master_bol_ref_number": "ANOTHER"}
    assert codes(moved, {}).count("degroupage-house-repeated") == 2


def test_a_house_that_stands_twice_in_the_degroupage_is_found_once() -> None:
    [*_, finding] = check_degroupage(
        document(WHOLE, CLEAN), document("awbolds", {"Bol_segment/Bol_id/Bol_reference": "H1"})
    )
    assert finding.location == "/Awbolds[1]/Bol_segment[2]/Bol_id[1]/Bol_reference[1]"


def test_numbers_are_compared_as_the_host_keeps_them() -> None:
    assert same_number("abc-12 3") == "ABC123"
    assert same_number("A" * 17 + "B") == "A" * 17
    assert same_number(None) is None
    assert same_number(" - ") is None


def test_a_manifest_is_late_from_the_first_minute_within_the_notice() -> None:
    manifest = document(WHOLE, {})  # arrives 27 March at 06:40
    assert check_notice(manifest, datetime(2026, 3, 26, 6, 40)) == ()
    [finding] = check_notice(manifest, datetime(2026, 3, 26, 6, 41))
    assert (finding.code, finding.expected) == ("manifest-late", "2026-03-26 06:40")
    assert "24 hours" in render(finding)
    assert check_notice(manifest, datetime(2026, 3, 26, 6, 41), hours=12) == ()


def test_without_a_time_the_whole_day_of_arrival_counts_and_without_a_day_nothing_does() -> None:
    key = "General_segment/General_segment_id/"
    late = datetime(2026, 3, 26, 23, 59)
    assert check_notice(document(WHOLE, {key + "Time_of_arrival": None}), late) == ()
    assert check_notice(document(WHOLE, {key + "Time_of_arrival": "soon"}), late) == ()
    assert check_notice(document(WHOLE, {key + "Date_of_arrival": None}), late) == ()
    assert check_notice(document(WHOLE, {}), late) != ()
