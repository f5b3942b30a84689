# SPDX-License-Identifier: Apache-2.0
"""Pre-loading information: complete or not, in each standard of air cargo."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from cocket import standards
from cocket.model import BillOfLading, Packaging, Party
from cocket.standards import Options
from cocket.standards.placi import check_placi

SAMPLES = Path(__file__).resolve().parents[1] / "samples"

WHOLE = BillOfLading(
    id="LSC26110042",
    level="house",
    consignor=Party(name="A", address=("1 STREET",), city="DALLAS", country_code="US"),
    consignee=Party(name="B", address=("2 STREET",), city="PORT ALPHA", country_code="NZ"),
    goods_description="STAINLESS STEEL FORCEPS",
    packaging=(Packaging(quantity=3),),
    gross_mass_kg=Decimal("36.4"),
)


def said(bill: BillOfLading) -> list[str | None]:
    return [finding.expected or finding.code for finding in check_placi(bill, "/")]


def test_a_house_with_all_elements_is_complete() -> None:
    assert said(WHOLE) == []


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"id": None}, "number of the house or direct waybill"),
        ({"packaging": ()}, "pieces"),
        ({"packaging": (Packaging(quantity=0),)}, "pieces"),
        ({"gross_mass_kg": None}, "gross mass"),
        ({"gross_mass_kg": Decimal()}, "gross mass"),
        ({"goods_description": None}, "description of the goods"),
        ({"goods_description": "Consolidation"}, "placi-vague"),
        ({"goods_description": "SAID TO CONTAIN: 12"}, "placi-vague"),
        ({"consignor": structs.replace(WHOLE.consignor, name=None)}, "name of the consignor"),
        ({"consignor": structs.replace(WHOLE.consignor, country_code=None)}, "country of the consignor"),
        ({"consignee": structs.replace(WHOLE.consignee, address=())}, "address of the consignee"),
    ],
)
def test_a_missing_element_is_told(change: dict[str, Any], element: str) -> None:
    assert said(structs.replace(WHOLE, **change)) == [element]


def test_words_that_name_goods_are_not_vague() -> None:
    assert said(structs.replace(WHOLE, goods_description="Parts of looms")) == []


def test_a_party_that_is_absent_lacks_name_and_address() -> None:
    assert said(structs.replace(WHOLE, consignee=None)) == ["name of the consignee", "address of the consignee"]


def test_a_master_of_a_consolidation_is_filed_by_its_houses() -> None:
    assert said(BillOfLading(level="master")) == ["placi-consolidation"]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("cargo-xml-xfwb/direct.xml", "accepted"),
        ("cargo-xml-xfwb/consolidation-in-pounds.xml", "accepted"),
        ("cargo-xml-xfzb/house.xml", "accepted"),
        ("cargo-xml-xfhl/houses.xml", "refused"),
        ("cargo-imp-fwb/direct-17.txt", "accepted"),
        ("cargo-imp-fhl/house-4.txt", "accepted"),
        ("cargo-imp-fhl/houses-5.txt", "refused"),
        ("one-record/direct-waybill.json", "accepted"),
        ("one-record/consolidation-graph.json", "refused"),
    ],
)
def test_the_profile_judges_a_message_of_each_standard(name: str, outcome: str) -> None:
    data = (SAMPLES / name).read_bytes()
    assert standards.read(data).outcome == "accepted"
    found = standards.read(data, Options(profile="placi"))
    assert (found.profile, found.outcome) == ("placi", outcome)
