# SPDX-License-Identifier: Apache-2.0
"""Every rule of the manifest: it finds the fault, it leaves what is nearly one alone, and it is silent otherwise."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from cocket.findings import render
from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.asycuda.manifest.rules import RULES
from cocket.standards.xml import parse_xml
from tests.standards.asycuda_samples import GONE, changed, read, sample

TOTALS = "General_segment/Totals_segment/Total_number_of_"


class Case(NamedTuple):
    """Changes to a clean sample that break a rule, that nearly do, and that leave it nothing to judge."""

    hit: dict[str, Any]
    near: dict[str, Any]
    missing: dict[str, Any]
    expected: str | None = None
    file: str = "awmds-masters-and-houses"


VOYAGE = "General_segment/General_segment_id/Voyage_number"
MASS = "General_segment/Totals_segment/Total_gross_mass"
NAME = "Bol_segment[1]/Traders_segment/Exporter/Exporter_name"

DEPARTURE = "General_segment/General_segment_id/Date_of_departure"

CASES = {
    "asycuda-date-unreadable": Case({DEPARTURE: "2026-11-31"}, {DEPARTURE: "2026-11-30"}, {DEPARTURE: None}),
    "manifest-key-incomplete": Case({VOYAGE: None}, {VOYAGE: "1"}, {"General_segment/Totals_segment": GONE}),
    "manifest-master-missing": Case(
        {"Master_bol/Reference_number": None},
        {"Master_bol/Reference_number": "M"},
        {"Bol_segment": GONE},
        file="awbolds",
    ),
    "manifest-count-not-whole": Case(
        {TOTALS + "bols": "2.5"}, {TOTALS + "bols": "3.00"}, {"General_segment/Totals_segment": GONE}
    ),
    "manifest-bills-total": Case({TOTALS + "bols": "5"}, {TOTALS + "bols": "3.0"}, {TOTALS + "bols": GONE}, "3"),
    "manifest-packages-total": Case(
        {TOTALS + "packages": "47"}, {TOTALS + "packages": "64.0"}, {TOTALS + "packages": None}, "64"
    ),
    "manifest-gross-total": Case({MASS: "3056.00"}, {MASS: "2780.77"}, {MASS: None}, "2780.75"),
    "manifest-containers-total": Case(
        {TOTALS + "containers": "3"}, {TOTALS + "containers": "4"}, {TOTALS + "containers": None}, "2"
    ),
    "manifest-bill-number-missing": Case(
        {"Bol_segment[1]/Bol_id/Bol_reference": None},
        {"Bol_segment[1]/Bol_id/Bol_reference": "0"},
        {"Bol_segment": GONE},
    ),
    "manifest-bill-repeated": Case(
        {"Bol_segment[5]/Bol_id/Bol_reference": "OWNB2600411"},
        {"Bol_segment[5]/Bol_id/Bol_reference": "OWNB260041"},
        {"Bol_segment[1]/Bol_id/Bol_reference": None, "Bol_segment[5]/Bol_id/Bol_reference": None},
    ),
    "manifest-bill-number-length": Case(
        {"Bol_segment[1]/Bol_id/Bol_reference": "B" * 18},
        {"Bol_segment[1]/Bol_id/Bol_reference": "B" * 17},
        {"Bol_segment[1]/Bol_id/Bol_reference": None},
        "17",
    ),
    "manifest-bill-nature": Case(
        {"Bol_segment[1]/Bol_id/Bol_nature": "25"},
        {"Bol_segment[1]/Bol_id/Bol_nature": "24"},
        {"Bol_segment[1]/Bol_id/Bol_nature": None},
    ),
    "manifest-bill-containers": Case(
        {"Bol_segment[1]/Goods_segment/Num_of_ctn_for_this_bol": "2"},
        {"Bol_segment[1]/Goods_segment/Num_of_ctn_for_this_bol": "1.0"},
        {"Bol_segment[1]/Goods_segment/Num_of_ctn_for_this_bol": None},
        "1",
    ),
    "manifest-container-check-digit": Case(
        {"Bol_segment[1]/ctn_segment/Ctn_reference": "CKTU0000010"},
        {"Bol_segment[1]/ctn_segment/Ctn_reference": "cktu 0000011"},
        {"Bol_segment[1]/ctn_segment/Ctn_reference": "ULD AKE 1"},
        "1",
    ),
    "manifest-name-length": Case({NAME: "A" * 36}, {NAME: "A" * 35}, {NAME: None}, "35"),
    "manifest-characters": Case({NAME: "100 % COTTON"}, {NAME: "COTTON & SONS / CO"}, {NAME: None}),
}


def codes(data: bytes) -> set[str]:
    return {finding.code for finding in read(data).findings}


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_the_fault_and_its_place(code: str) -> None:
    case = CASES[code]
    data = changed(sample(case.file), case.hit)
    finding = next(each for each in read(data).findings if each.code == code)
    assert "{" not in render(finding)
    assert parse_xml(data).getroottree().xpath(str(finding.location))
    if case.expected is not None:
        assert finding.expected == case.expected


@pytest.mark.parametrize("code", CASES)
def test_a_rule_leaves_a_near_miss_alone(code: str) -> None:
    assert code not in codes(changed(sample(CASES[code].file), CASES[code].near))


@pytest.mark.parametrize("code", CASES)
def test_a_rule_is_silent_where_there_is_nothing_to_judge(code: str) -> None:
    assert code not in codes(changed(sample(CASES[code].file), CASES[code].missing))


def test_every_rule_is_tried_here() -> None:
    assert set(CASES) == {code_of(rule) for rule, _severity in RULES if (rule, _severity) not in LEGIBILITY}


@pytest.mark.parametrize(
    "name",
    [
        "awappend",
        "awbolds",
        "awmcds-co-loader",
        "awmds-bangladesh",
        "awmds-masters-and-houses",
        "awmds-newer-segments",
    ],
)
def test_a_clean_manifest_has_nothing_found(name: str) -> None:
    assert codes(sample(name)) == set()


def test_a_manifest_that_cannot_be_told_from_others_is_refused() -> None:
    assert read(changed(sample("awmds-bangladesh"), {VOYAGE: None})).outcome == "refused"
    assert read(changed(sample("awbolds"), {"Master_bol/Reference_number": None})).outcome == "refused"
    assert read(changed(sample("awmds-bangladesh"), {MASS: "1"})).outcome == "accepted"


def test_a_slip_in_a_flat_row_is_placed_near_it() -> None:
    data = changed(sample("awmds-bangladesh"), {"Bol_segment[1]/HS_Compliance/Gross_mass[2]": "many"})
    finding = next(each for each in read(data).findings if each.code == "asycuda-number-unreadable")
    assert finding.location == "/Awmds[1]/Bol_segment[1]/HS_Compliance[1]/Gross_mass[2]"


def test_house_numbers_of_a_degroupage_are_unique() -> None:
    twice = changed(sample("awbolds"), {"Bol_segment/Bol_id/Bol_reference": "H1"})
    assert [f.location for f in read(twice).findings if f.code == "manifest-bill-repeated"] == [
        "/Awbolds[1]/Bol_segment[2]/Bol_id[1]/Bol_reference[1]"
    ]


def test_the_form_of_spreadsheet_tools_is_known_and_refused() -> None:
    data = b"<AsycudaWorld_Manifest><Identification_segment/></AsycudaWorld_Manifest>"
    reading = read(data)
    assert (reading.standard, reading.outcome, reading.document) == ("asycuda-awmds", "refused", None)
    [finding] = reading.findings
    assert (finding.code, finding.expected) == ("manifest-unofficial", "Awmds, Awbolds, Awappend, Awmcds")
    assert "use one of" in render(finding)
