# SPDX-License-Identifier: Apache-2.0
"""Consignments of eFTI: what is read, what is said of it, and cutting to subsets."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from cocket.errors import UnreadableError
from cocket.model import Manifest
from cocket.standards import read
from cocket.standards.efti import cut_to_subsets
from cocket.standards.efti.subsets import every_subset
from tests.corpora import efti_reference

ROAD = (Path(__file__).parents[1] / "samples" / "efti" / "road.xml").read_bytes()
COMMON = "{http://efti.eu/v1/consignment/common}"


def manifest(content: bytes = ROAD) -> Manifest:
    document = read(content).document
    assert isinstance(document, Manifest)
    return document


def codes(content: bytes) -> list[str]:
    return [one.code for one in read(content).findings]


def test_a_consignment_is_a_manifest_with_one_transport_document() -> None:
    told = manifest()
    (bill,) = told.bills
    assert (bill.id, bill.gross_mass_kg, bill.packaging[0].quantity) == ("CMR260000417", Decimal(2100), 12)
    assert [one.id for one in bill.equipment] == ["TRL901", "CSQU3054383"]
    assert [one.id for each in bill.equipment for one in each.seals] == ["SL778801", "SL778802"]
    assert (bill.consignee and bill.consignee.id, bill.hs_codes) == ("XA990000000042", ("844621",))
    assert told.transport is not None
    assert (told.transport.id, told.transport.mode_code, told.transport.nationality_code) == ("BET4711", "3", "XB")
    assert (bill.loading_place, bill.unloading_place) == ("XBBET", "XAALP")
    assert "UN 1263" in bill.information
    assert codes(ROAD) == []


@pytest.mark.parametrize(
    ("before", "after", "code", "mass"),
    [
        (b' unitId="KGM"', b"", "efti-unit-assumed", Decimal(2100)),
        (b'unitId="KGM"', b'unitId="TNE"', None, Decimal(2100000)),
        (b'unitId="KGM"', b'unitId="XXX"', "efti-unit", None),
        (b">2100<", b">heavy<", "efti-number", None),
        (b">2100<", b">-1<", "efti-number", None),
        (b">2100<", b">1e400000<", "efti-number", None),
    ],
)
def test_a_mass_is_in_kilograms_or_not_known(
    before: bytes, after: bytes, code: str | None, mass: Decimal | None
) -> None:
    assert before in ROAD
    content = ROAD.replace(before, after)
    assert codes(content) == ([code] if code else [])
    assert manifest(content).bills[0].gross_mass_kg == mass


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"<numberOfPackages>12<", b"<numberOfPackages>13<", "efti-packages"),
        (b"<numberOfPackages>12<", b"<numberOfPackages>1.5<", "efti-number"),
        (b"202603091430", b"20261399", "efti-date"),
        (b"<information>", b"<colour>red</colour><information>", "efti-unknown"),
        (
            b"<mainCarriageTransportMovement>",
            b"<mainCarriageTransportMovement/><mainCarriageTransportMovement>",
            "efti-several-movements",
        ),
    ],
)
def test_what_is_wrong_is_said(before: bytes, after: bytes, code: str) -> None:
    assert before in ROAD
    assert code in codes(ROAD.replace(before, after, 1))


def test_an_empty_consignment_is_read_and_said_to_be_empty() -> None:
    assert codes(b'<consignment xmlns="http://efti.eu/v1/consignment/common"/>') == ["efti-empty"]


def test_a_data_set_is_cut_to_what_subsets_need_and_to_nothing_for_one_that_there_is_not() -> None:
    few = etree.fromstring(cut_to_subsets(ROAD, ["identifier"]))
    assert {etree.QName(one).localname for one in few} == {
        "carrierAcceptanceDateTime",
        "mainCarriageTransportMovement",
        "usedTransportEquipment",
    }
    assert few.find(f".//{COMMON}affixedSeal") is None
    assert len(etree.fromstring(cut_to_subsets(ROAD, ["EU99"]))) == 0
    assert len(etree.fromstring(cut_to_subsets(ROAD, []))) == 0
    with pytest.raises(UnreadableError):
        cut_to_subsets(b"<consignment/>", ["identifier"])


def test_a_country_stands_for_its_subsets_and_several_are_joined() -> None:
    def names(*subsets: str) -> set[str]:
        return {str(one.tag) for one in etree.fromstring(cut_to_subsets(ROAD, subsets)).iter()}

    german = [one for one in every_subset() if one.startswith("DE")]
    assert len(german) > 1
    assert names("DE") == names(*german)
    assert names("AT01", "AT02") == names("AT01") | names("AT02")


def test_the_table_of_subsets_is_that_of_the_schema_and_its_sample_is_cut_alike() -> None:
    folder = efti_reference() / "schema" / "xsd"
    root = etree.parse(folder / "consignment-common.xsd").getroot()
    ids = {one.get("id") for one in root.iter("{*}subset")}
    assert every_subset() == ids
    content = (folder / "examples" / "consignment-common.xml").read_bytes()
    schema = etree.XMLSchema(etree.parse(folder / "consignment-common.xsd"))
    schema.assertValid(etree.fromstring(content))
    whole = etree.fromstring(cut_to_subsets(content, sorted(ids)))
    assert len(list(whole.iter())) == len(list(etree.fromstring(content).iter(etree.Element)))
    assert read(content).standard == "efti"
