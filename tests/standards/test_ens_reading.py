# SPDX-License-Identifier: Apache-2.0
"""What of an entry summary declaration comes into the model, and what stays beside it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from cocket.errors import UnreadableError
from cocket.model import Extension, Party, Reference, Seal, TransportMeans
from cocket.standards import Options, Source, Standard
from cocket.standards.ens import ENS, ENS_RESPONSE
from cocket.standards.xml import parse_xml
from tests.standards.ens_messages import ANSWERS, DECLARATIONS, changed, declaration_of, own, read

SOAP = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body>',
    "</s:Body></s:Envelope>",
)


def enveloped(*messages: bytes) -> bytes:
    """Messages in one SOAP envelope."""
    inner = [message.decode().partition("?>")[2] for message in messages]
    return (SOAP[0] + "".join(inner) + SOAP[1]).encode()


@pytest.mark.parametrize("name", DECLARATIONS)
def test_our_declarations_are_accepted_in_both_profiles(name: str) -> None:
    for profile in ENS.profiles:
        reading = read(own(name), profile)
        assert (reading.outcome, reading.findings, reading.profile) == ("accepted", (), profile)


def test_declarations_and_answers_are_told_apart() -> None:
    for name in (*DECLARATIONS, *ANSWERS):
        source = Source(own(name), parse_xml(own(name)))
        assert ENS.recognises(source) is (name in DECLARATIONS)
        assert ENS_RESPONSE.recognises(source) is (name in ANSWERS)


def test_the_head_of_a_declaration_is_read() -> None:
    document = declaration_of(own("sea"))
    assert document.flow == "cargo-report"
    assert document.functional_reference == "SEA2603040000017"
    assert document.id is None
    assert document.issued == datetime(2026, 3, 4, 9, 14)
    assert document.office.code == "GB000051"
    assert document.declarant == Party(id="GB527614938000")
    assert (document.items_declared, document.packages_declared) == (2, 45)
    assert document.gross_mass_kg_declared == Decimal("15250.500")


def test_the_shipment_is_read() -> None:
    shipment = declaration_of(own("sea")).shipment
    assert shipment.consignor == Party(
        name="UVA HILL TEA EXPORTS",
        address=("41 PASSARA ROAD",),
        postcode="90000",
        city="BADULLA",
        country_code="LK",
    )
    assert shipment.consignee == Party(id="GB527614938000")
    assert shipment.carrier == Party(id="GB713926041000")
    assert shipment.border_transport == TransportMeans(id="9074729", mode_code="1", voyage="017W")
    assert shipment.loading_place == "LKCMB"
    assert shipment.itinerary == ("LK", "EG", "GB")
    assert shipment.freight_payment_code == "D"


def test_items_are_read_with_packages_documents_and_codes() -> None:
    first, second = declaration_of(own("sea")).shipment.items
    assert (first.sequence, first.commodity.description) == (1, "BLACK TEA IN PAPER SACKS")
    assert [(code.id, code.type_code) for code in first.commodity.classifications] == [("09024000", "HS")]
    assert first.commodity.gross_mass_kg == Decimal("15000.500")
    assert [(each.type_code, each.id) for each in first.documents] == [
        ("N705", "CMBFXT2600417"),
        ("N714", "UVA-H-0099"),
    ]
    assert [(each.type_code, each.quantity, each.marks) for each in first.packaging] == [("5M", 40, "UVA 1-40")]
    assert [(each.type_code, each.quantity) for each in second.packaging] == [("NE", 5)], "unpacked goods are pieces"


def test_parties_and_mentions_of_an_item_are_read() -> None:
    first, second = declaration_of(own("air-to-order")).shipment.items
    assert [each.code for each in first.information] == ["10600"]
    assert first.consignor is not None
    assert second.consignor is not None
    assert (first.consignor.name, second.consignor.name) == ("LALITPUR WEAVERS", "PATAN FELT HOUSE")
    assert declaration_of(own("air-to-order")).agent == Party(id="GB527614938000")
    assert declaration_of(own("amendment")).shipment.items[0].commodity.dangerous_goods == ("1263",)


def test_seals_are_on_the_one_container_or_stay_beside() -> None:
    (container,) = declaration_of(own("sea")).shipment.equipment
    assert (container.id, container.item_numbers) == ("CSQU3054383", (1, 2))
    assert container.seals == (Seal(id="SLK0081734"),)
    amendment = declaration_of(own("amendment"))
    assert [each.seals for each in amendment.shipment.equipment] == [(), ()]
    assert Extension("SEAID529[2]/SeaIdSEAID530[1]", "LV0002") in amendment.extensions


def test_an_amendment_is_known_by_its_mrn() -> None:
    reading = read(own("amendment"))
    assert (reading.function, reading.version) == ("amendment", "IE313")
    assert reading.reference == "26GB0A1B2C3D4E5F67"
    assert read(own("sea")).function == "original"
    assert read(own("sea")).reference == "SEA2603040000017"


def test_every_name_of_the_consignment_is_a_reference() -> None:
    assert declaration_of(own("sea")).references == (
        Reference("LRN", "SEA2603040000017"),
        Reference("UCR", "6GB527614938000-0017"),
        Reference("BL", "CMBFXT2600417"),
        Reference("HBL", "UVA-H-0099"),
        Reference("EQUIPMENT", "CSQU3054383"),
    )
    assert declaration_of(own("amendment")).references[:2] == (
        Reference("MRN", "26GB0A1B2C3D4E5F67"),
        Reference("UCR", "LV-ORDER-551"),
    )


def test_what_has_no_place_in_the_model_stays_beside_it() -> None:
    document = declaration_of(own("air-to-order"))
    beside = {each.path: each.value for each in document.extensions}
    assert beside["CUSOFFLON[1]/RefNumCOL1[1]"] == "GB000121"
    assert beside["HEAHEA[1]/DecPlaHEA394[1]"] == "HEATHROW"
    assert document.shipment.items[1].extensions == (Extension("MetOfPayGDI12[1]", "A"),)


def test_the_parties_to_notify_and_the_arrival_are_read() -> None:
    shipment = declaration_of(own("air-to-order")).shipment
    assert shipment.expected_arrival == datetime(2026, 4, 12, 9, 10)
    assert shipment.items[1].notify == Party(id="GB527614938000")


def test_a_value_spelled_otherwise_is_read_and_its_spelling_kept() -> None:
    document = declaration_of(changed("sea", (">45<", ">0045<"), (">017W<", "> 017W <"), (">15250.500<", ">+15250.5<")))
    assert document.packages_declared == 45
    assert document.gross_mass_kg_declared == Decimal("15250.5")
    assert document.shipment.border_transport is not None
    assert document.shipment.border_transport.voyage == "017W"
    spellings = {each.value for each in document.extensions if each.path.startswith("HEAHEA")}
    assert {"0045", " 017W ", "+15250.5"} <= spellings


def test_an_empty_trader_is_there_and_an_absent_one_is_not() -> None:
    document = declaration_of(
        changed("sea", ("<TRACONCE1>\n    <TINCE159>GB527614938000</TINCE159>\n  ", "<TRACONCE1>"))
    )
    assert document.shipment.consignee == Party()
    assert document.agent is None


def test_a_number_that_is_none_is_none_and_kept() -> None:
    reading = read(changed("sea", (">45<", ">many<")))
    assert reading.outcome == "refused"
    document = declaration_of(changed("sea", (">45<", ">many<")))
    assert document.packages_declared is None
    assert Extension("HEAHEA[1]/TotNumOfPacHEA306[1]", "many") in document.extensions


def test_a_day_that_no_year_has_is_none_and_a_warning() -> None:
    reading = read(changed("sea", (">202603040914<", ">202602290914<")))
    assert [(each.code, each.severity, each.location, each.found) for each in reading.findings] == [
        ("ens-date-impossible", "warning", "/ie:CC315A[1]/HEAHEA[1]/DecDatTimHEA114[1]", "202602290914")
    ]
    assert reading.outcome == "accepted"


def test_a_message_in_an_envelope_is_read_and_its_findings_lead_through_it() -> None:
    assert read(enveloped(own("sea"))).outcome == "accepted"
    assert declaration_of(enveloped(own("sea"))) == declaration_of(own("sea"))
    around = "/s:Envelope[1]/s:Body[1]/ie:CC315A[1]"
    (structure,) = read(enveloped(changed("sea", (">5M<", "><")))).findings
    assert structure.location == f"{around}/GOOITEGDS[1]/PACGS2[1]/KinOfPacGS23[1]"
    rules = read(enveloped(changed("sea", (">45<", ">44<")))).findings
    assert rules
    assert all((finding.location or "").startswith(around) for finding in rules)


def test_two_messages_in_one_envelope_are_refused() -> None:
    reading = read(enveloped(own("sea"), own("sea")))
    assert reading.outcome == "refused"
    assert [(each.code, each.location) for each in reading.findings] == [
        ("ens-message-repeated", "/s:Envelope[1]/s:Body[1]/ie:CC315A[2]")
    ]


def test_an_envelope_without_a_message_is_not_ours() -> None:
    data = "".join(SOAP).encode()
    assert not ENS.recognises(Source(data, parse_xml(data)))
    assert not ENS_RESPONSE.recognises(Source(data, parse_xml(data)))


@pytest.mark.parametrize("standard", [ENS, ENS_RESPONSE], ids=lambda one: one.name)
def test_what_is_no_message_of_this_system_is_an_error_of_ours(standard: Standard) -> None:
    for source in (Source(b"<a/>", parse_xml(b"<a/>")), Source(b"{}", None)):
        with pytest.raises(UnreadableError):
            standard.read(source, Options())
