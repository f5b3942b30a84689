# SPDX-License-Identifier: Apache-2.0
"""Transit declarations from and to other standards, with the account of what is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocket import standards
from cocket.errors import SenderError
from cocket.model import Declaration
from cocket.standards import Conversion, ConvertOptions, convert
from cocket.standards.xml import parse_xml
from tests.standards.ncts_messages import Element

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def converted(path: str, to: str, *, partial: bool = True) -> Conversion:
    return convert((SAMPLES / path).read_bytes(), to, ConvertOptions(partial=partial))


def told(root: Element, path: str) -> list[str | None]:
    return [each.text for each in root.findall(path)]


def test_a_transit_declaration_becomes_one_of_the_data_model() -> None:
    outcome = converted("ncts/declaration.xml", "wco-dm", partial=False)
    assert (outcome.outcome, outcome.values) == ("accepted", outcome.recovered + len(outcome.lost))
    document = standards.read(outcome.message or b"").document
    assert isinstance(document, Declaration)
    assert document.functional_reference == "LRN-2026-000017"
    assert [item.commodity.description for item in document.shipment.items] == [
        "Woven fabrics of carded wool",
        "Paints in aqueous medium",
        "Parts of looms",
    ]
    assert [each.id for each in document.shipment.equipment] == ["CSQU3054383"]


def test_a_transit_declaration_becomes_a_single_administrative_document() -> None:
    outcome = converted("ncts/declaration.xml", "asycuda-sad", partial=False)
    document = standards.read(outcome.message or b"").document
    assert isinstance(document, Declaration)
    assert document.transit is not None
    assert document.transit.destination_office == "CH002531"
    lost = {each.path.rpartition("/")[2]: each.reason for each in outcome.lost}
    assert lost["messageSender[1]"] == "it is specific to its standard: the model has no place for it"


def test_what_another_standard_does_not_say_is_told_as_missing_and_not_invented() -> None:
    outcome = converted("asycuda-sad/transit-gammastan.xml", "ncts")
    assert outcome.outcome == "refused"
    assert ("convert-missing", "messageSender") in [(each.code, each.expected) for each in outcome.findings]
    root = parse_xml(outcome.message or b"")
    assert root.find("messageSender") is None
    assert told(root, "TransitOperation/declarationType") == []  # the host's own kind is none of transit


def test_goods_of_another_standard_are_one_house_with_its_mass() -> None:
    root = parse_xml(converted("wco-dm/import.xml", "ncts").message or b"")
    assert len(root.findall("Consignment/HouseConsignment")) == 1
    masses = told(root, "Consignment/HouseConsignment/ConsignmentItem/Commodity/GoodsMeasure/grossMass")
    assert told(root, "Consignment/HouseConsignment/grossMass") == [str(sum(float(mass or 0) for mass in masses))]
    assert told(root, "Consignment/HouseConsignment/ConsignmentItem/goodsItemNumber") == ["1", "2"]
    assert told(root, "Consignment/TransportEquipment/containerIdentificationNumber") == ["CSQU3054383"]
    codes = told(root, "Consignment/HouseConsignment/ConsignmentItem/Commodity/CommodityCode/*")
    assert all(code and len(code) in (2, 6) for code in codes)


def test_a_message_written_anew_keeps_everything() -> None:
    outcome = converted("ncts/declaration.xml", "ncts", partial=False)
    assert (outcome.outcome, outcome.lost) == ("accepted", ())


@pytest.mark.parametrize("name", ["mrn-allocated", "arrival"])
def test_an_answer_or_arrival_is_no_declaration(name: str) -> None:
    with pytest.raises(SenderError):
        converted(f"ncts/{name}.xml", "wco-dm")
