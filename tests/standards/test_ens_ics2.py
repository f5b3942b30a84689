# SPDX-License-Identifier: Apache-2.0
"""Messages of ICS2: what is read of them, and that nothing is lost of the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    Declaration,
    Extension,
    Party,
    Reading,
    Reference,
    Response,
    ResponseError,
    ResponseStatus,
    Seal,
)
from cocket.standards import Options, Source
from cocket.standards.ens import ICS2
from cocket.standards.xml import parse_xml

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "ics2"
NAMES = ("house-filing", "registered", "not-valid", "do-not-load", "information-requested")


def own(name: str) -> bytes:
    """One of our samples."""
    return (SAMPLES / f"{name}.xml").read_bytes()


def read(data: bytes) -> Reading:
    """Read bytes as this standard."""
    source = Source(data, parse_xml(data))
    assert ICS2.recognises(source)
    return ICS2.read(source, Options())


def filing(data: bytes) -> Declaration:
    """What is read from a filing."""
    document = read(data).document
    assert isinstance(document, Declaration)
    return document


def answer(name: str) -> Response:
    """What is read from an answer."""
    document = read(own(name)).document
    assert isinstance(document, Response)
    return document


@pytest.mark.parametrize("name", NAMES)
def test_each_reading_says_that_it_did_not_judge_the_structure(name: str) -> None:
    reading = read(own(name))
    assert reading.outcome == "accepted"
    assert [(each.code, each.severity) for each in reading.findings] == [("ics2-structure-not-judged", "info")]


def test_other_roots_and_namespaces_are_not_ours() -> None:
    for root in (
        "<IE3F15/>",
        "<IE3F15 xmlns='urn:other'/>",
        "<IE3F99 xmlns='urn:wco:datamodel:eu:ics2:2'/>",
        "<IE3R02 xmlns='urn:wco:datamodel:eu:ics2:2'/>",
    ):
        assert not ICS2.recognises(Source(root.encode(), parse_xml(root.encode()))), root


def test_a_house_filing_is_read() -> None:
    document = filing(own("house-filing"))
    assert (document.functional_reference, document.type_code, document.flow) == (
        "HOUSE-2026-0041",
        "F15",
        "cargo-report",
    )
    assert document.issued == datetime(2026, 6, 1, 8, 15, tzinfo=UTC)
    assert document.gross_mass_kg_declared == Decimal("812.5")
    assert document.agent == Party(
        id="NL004412873",
        name="KADE EXPEDITIE",
        address=("WAALHAVEN", "11"),
        city="ROTTERDAM",
        postcode="3089 JH",
        country_code="NL",
    )
    shipment = document.shipment
    assert shipment.carrier == Party(id="DE5551204")
    assert shipment.consignor == Party(name="UVA HILL TEA EXPORTS", city="BADULLA", country_code="LK")
    assert shipment.buyer == Party(name="THEEHUIS DE KRAAN", city="DELFT", country_code="NL")
    assert shipment.is_containerised is True
    (container,) = shipment.equipment
    assert (container.id, container.type_code, container.seals) == ("CSQU3054383", "22G1", (Seal(id="SLK0081734"),))


def test_a_goods_item_is_read() -> None:
    (item,) = filing(own("house-filing")).shipment.items
    assert (item.sequence, item.commodity.description) == (1, "Green tea in tins")
    assert [(each.id, each.type_code) for each in item.commodity.classifications] == [("09021000", "HS")]
    assert item.commodity.gross_mass_kg == Decimal("812.5")
    assert [(each.quantity, each.type_code, each.marks) for each in item.packaging] == [(65, "CT", "DK 1-65")]
    assert item.equipment_ids == ("CSQU3054383",)


def test_a_filing_links_house_master_and_container() -> None:
    assert filing(own("house-filing")).references == (
        Reference("LRN", "HOUSE-2026-0041"),
        Reference("UCR", "6NL004412873-118"),
        Reference("BL", "CMBRTM2600990"),
        Reference("HBL", "KADE-H-118"),
        Reference("EQUIPMENT", "CSQU3054383"),
    )


def test_what_has_no_place_stays_beside() -> None:
    beside = filing(own("house-filing")).extensions
    assert Extension("addressedMemberState[1]/country[1]", "NL") in beside
    assert Extension("representative[1]/communication[1]/identifier[1]", "desk@kade.example") in beside


def test_items_of_several_houses_keep_their_parties_and_names() -> None:
    house = (
        "<consignmentHouseLevel><goodsItem><goodsItemNumber>1</goodsItemNumber></goodsItem>"
        "<consignor><name>{0}</name></consignor>"
        "<transportDocumentHouseLevel><documentNumber>H-{0}</documentNumber></transportDocumentHouseLevel>"
        "</consignmentHouseLevel>"
    )
    data = (
        '<IE3F20 xmlns="urn:wco:datamodel:eu:ics2:3"><LRN>1</LRN><documentIssueDate>2026-06-01</documentIssueDate>'
        f"<consignmentMasterLevel>{house.format('A')}{house.format('B')}<consignor><name>M</name></consignor>"
        "</consignmentMasterLevel><declarant/></IE3F20>"
    )
    shipment = filing(data.encode()).shipment
    assert shipment.consignor == Party(name="M")
    assert [(each.consignor, each.references) for each in shipment.items] == [
        (Party(name="A"), (Reference("HBL", "H-A"),)),
        (Party(name="B"), (Reference("HBL", "H-B"),)),
    ]


def test_an_amendment_and_an_invalidation_say_what_they_are() -> None:
    body = '<{0} xmlns="urn:wco:datamodel:eu:ics2:2"><MRN>26NLA1B2C3D4E5F6G7</MRN></{0}>'
    for name, function in (("IE3A10", "amendment"), ("IE3Q04", "cancellation")):
        reading = read(body.format(name).encode())
        assert (reading.function, reading.reference, reading.outcome) == (function, "26NLA1B2C3D4E5F6G7", "accepted")


def test_a_filing_without_its_head_is_refused() -> None:
    reading = read(b'<IE3F10 xmlns="urn:wco:datamodel:eu:ics2:2"><LRN>1</LRN></IE3F10>')
    assert reading.outcome == "refused"
    missing = [each.expected for each in reading.findings if each.code == "ics2-element-missing"]
    assert missing == ["documentIssueDate", "consignmentMasterLevel", "declarant"]


def test_a_registration_gives_the_mrn() -> None:
    registered = answer("registered")
    assert registered.function_code == "IE3R01"
    assert (registered.declaration_reference, registered.declaration_id) == ("HOUSE-2026-0041", "26NLA1B2C3D4E5F6G7")
    assert registered.declaration_accepted == datetime(2026, 6, 1, 8, 15, 9, tzinfo=UTC)
    assert Reference("BL", "CMBRTM2600990") in registered.references


def test_errors_name_their_place() -> None:
    assert answer("not-valid").errors == (
        ResponseError(
            code="40013",
            description="The code is not in the list.",
            location="IE3F15/consignmentMasterLevel/consignmentHouseLevel/goodsItem[1]/packaging/typeOfPackages",
        ),
    )


def test_do_not_load_is_a_status_with_its_containers() -> None:
    banned = answer("do-not-load")
    assert banned.statuses == (ResponseStatus(code="DNL"),)
    assert [each.id for each in banned.equipment] == ["CSQU3054383"]
    assert Reference("HBL", "KADE-H-118") in banned.references


def test_a_request_for_information_says_what_is_asked_for() -> None:
    request = answer("information-requested")
    assert request.functional_reference == "RFI-77-1"
    assert request.statuses == (ResponseStatus(code="RFI", text="RFI-77-1"),)
    assert request.documents == (AdditionalDocument(type_code="N380", id="INV-5512"),)
    assert request.information == (AdditionalInformation(code="10", text="Send the invoice.", type_code="1"),)
