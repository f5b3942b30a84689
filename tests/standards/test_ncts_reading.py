# SPDX-License-Identifier: Apache-2.0
"""What is read from transit messages, and that nothing of them is lost on the way back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from lxml import etree
from msgspec import structs

from cocket.errors import SenderError
from cocket.model import Amount, Declaration, Movement, Reading, Reference, Response, Seal, TransportEquipment
from cocket.standards import Options, Source
from cocket.standards.leaves import leaves_of
from cocket.standards.ncts import NCTS
from cocket.standards.ncts.tables import MESSAGES, Edition, shape_of
from cocket.standards.xml import parse_xml
from tests.standards.ncts_messages import Element, made, of_edition_before

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "ncts"
PROFILES: dict[Edition, str] = {"6": "ncts", "5.1": "ncts-5.1"}


def read(data: bytes, profile: str | None = None) -> Reading:
    return NCTS.read(Source(data, parse_xml(data)), Options(profile=profile))


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.xml").read_bytes()


def declaration(name: str = "declaration") -> Declaration:
    document = read(sample(name)).document
    assert isinstance(document, Declaration)
    return document


def answer(name: str) -> Response:
    document = read(sample(name)).document
    assert isinstance(document, Response)
    return document


def movement(name: str) -> Movement:
    document = read(sample(name)).document
    assert isinstance(document, Movement)
    return document


# Declarations --------------------------------------------------------------------------------------------------------


def test_a_declaration_has_its_journey() -> None:
    document = declaration()
    assert document.transit is not None
    assert (document.flow, document.type_code, document.office.code) == ("transit", "T1", "GB000060")
    assert document.transit.destination_office == "CH002531"
    assert document.transit.transit_offices == ("FR001260", "CH001252")
    assert document.transit.time_limit == "2026-03-12"
    assert document.transit.principal is not None
    assert (document.transit.principal.id, document.transit.principal.contact) == ("GB000000000011", "Ann Example")
    assert document.shipment.itinerary == ("GB", "FR", "CH")
    assert document.issued == datetime(2026, 3, 4, 10, 20, 30)


def test_a_container_has_its_seals_and_goods_and_those_of_the_vehicle_are_apart() -> None:
    document = declaration()
    assert document.shipment.equipment == (
        TransportEquipment(id="CSQU3054383", seals=(Seal(id="GB-EX-0001"), Seal(id="GB-EX-0002")), item_numbers=(1, 2)),
    )
    assert document.transit is not None
    assert document.transit.seals == (Seal(id="GB-EX-0003"),)
    assert [item.equipment_ids for item in document.shipment.items] == [("CSQU3054383",), ("CSQU3054383",), ()]


def test_every_reference_of_a_guarantee_is_seen() -> None:
    first, second = declaration().guarantees
    assert (first.type_code, first.reference, first.access_code) == ("1", "25GB0000010000HX6", "A1B2")
    assert first.amount == Amount(Decimal("12500.00"), "GBP")
    assert (second.type_code, second.reference) == ("1", "25GB0000010000JK4")


def test_items_have_the_parties_and_names_of_their_house() -> None:
    wool, paint, parts = declaration().shipment.items
    assert wool.consignee == paint.consignee
    assert wool.consignee is not None
    assert (wool.consignee.name, parts.consignee and parts.consignee.id) == ("Muster AG", "CHE123456789")
    assert Reference("HBL", "HOUSE-0001") in paint.references
    assert parts.references == ()
    assert (wool.commodity.gross_mass_kg, wool.commodity.net_mass_kg) == (Decimal("4000.5"), Decimal(3900))
    assert paint.commodity.dangerous_goods == ("1263",)


def test_a_declaration_is_found_by_all_its_names() -> None:
    assert set(declaration().references) == {
        Reference("LRN", "LRN-2026-000017"),
        Reference("UCR", "6GB000000000011-T17"),
        Reference("EQUIPMENT", "CSQU3054383"),
        Reference("BL", "CMR-2026-8812"),
        Reference("HBL", "HOUSE-0001"),
        Reference("MRN", "26GB000060100TEMP7"),
        Reference("MRN", "26GB0000601001NTB3"),
    }


@pytest.mark.parametrize(
    ("name", "function", "reference", "code"),
    [
        ("declaration", "original", "LRN-2026-000017", "9"),
        ("amendment", "amendment", "26GB0000601001NTJ3", "13"),
        ("presentation", "amendment", "LRN-2026-000018", "6"),
        ("invalidation-request", "cancellation", "LRN-2026-000017", "1"),
    ],
)
def test_a_message_says_what_it_is_to_an_earlier_one(name: str, function: str, reference: str, code: str) -> None:
    reading = read(sample(name))
    assert isinstance(reading.document, Declaration)
    assert (reading.function, reading.reference, reading.document.function_code) == (function, reference, code)


def test_a_consignee_of_an_item_is_read_where_edition_five_lets_it_stand() -> None:
    reading = read(of_edition_before(), "ncts-5.1")
    assert isinstance(reading.document, Declaration)
    *_, parts = reading.document.shipment.items
    assert (reading.outcome, parts.consignee and parts.consignee.id) == ("accepted", "CHE123456789")
    assert read(NCTS.write(reading.document), "ncts-5.1").document == reading.document


# Answers and movements -----------------------------------------------------------------------------------------------


def test_an_allocated_mrn_is_told_with_the_reference_it_is_for() -> None:
    document = answer("mrn-allocated")
    assert (document.function_code, document.declaration_reference) == ("IE028", "LRN-2026-000017")
    assert document.declaration_id == "26GB0000601001NTJ3"
    assert document.declaration_accepted == datetime(2026, 3, 4)


def test_a_rejection_has_its_errors_with_place_and_value() -> None:
    document = answer("rejection")
    first, second = document.errors
    assert (first.type_code, first.code, first.found) == ("12", "CL017", "XX")
    assert (first.location or "").endswith("Packaging[1]/typeOfPackages")
    assert (second.type_code, second.code) == ("13", "C0001")
    assert document.declaration_rejected == document.statuses[0].effective is not None


def test_a_rejected_amendment_does_not_reject_the_declaration() -> None:
    data = sample("rejection").replace(b"RejectionType>015<", b"RejectionType>013<")
    document = read(data).document
    assert isinstance(document, Response)
    assert document.declaration_rejected is None


def test_an_invalid_guarantee_is_told_by_its_number() -> None:
    errors = [(error.code, error.found) for error in answer("guarantee-not-valid").errors]
    assert errors == [("G02", "25GB0000010000HX6"), ("G09", "25GB0000010000HX6"), ("G12", "25GB0000010000JK4")]


def test_a_release_holds_the_declaration() -> None:
    document = answer("release")
    assert document.correction is not None
    assert document.statuses[0].released == datetime(2026, 3, 4)
    assert len(document.correction.shipment.items) == 3
    assert document.correction.shipment.items[0].commodity.classifications[0].id == "51111100"


def test_controls_and_papers_asked_for_are_told() -> None:
    document = answer("control-decision")
    assert [(each.code, each.text) for each in document.information] == [("10", None), ("50", "Sample of the paint")]
    assert (document.documents[0].type_code, document.documents[0].name) == ("N380", "Invoice for item 2")


def test_a_claim_is_a_sum_to_be_paid() -> None:
    assert answer("recovery").payments[0].amount == Amount(Decimal("310.40"), "GBP")


def test_an_arrival_says_when_and_where() -> None:
    document = movement("arrival")
    assert document.location is not None
    assert (document.declaration_id, document.location.id) == ("26GB0000601001NTJ3", "CHBSL")
    assert document.arrived == datetime(2026, 3, 6, 9, 15)
    assert document.statuses == (("simplified-procedure", "1"),)


def test_unloading_remarks_tell_of_seals() -> None:
    document = movement("unloading-remarks")
    assert dict(document.statuses) == {"conform": "0", "unloading-completion": "1", "state-of-seals": "0"}
    assert document.equipment == (TransportEquipment(id="CSQU3054383", seals=(Seal(id="GB-EX-0001"),)),)


# Writing -------------------------------------------------------------------------------------------------------------


def texts(root: Element, edition: Edition) -> Counter[str]:
    return Counter((text or "").strip() for _, text in leaves_of(root, shape_of(edition).outline).items())


@pytest.mark.parametrize("edition", PROFILES)
def test_every_message_is_written_as_it_was_read(edition: Edition) -> None:
    dice = Random(11)
    for message in MESSAGES:
        for _ in range(3):
            root = parse_xml(etree.tostring(made(edition, message, dice)))
            first = read(etree.tostring(root), PROFILES[edition])
            assert first.document is not None
            written = NCTS.write(first.document)
            assert texts(parse_xml(written), edition) == texts(root, edition), message
            assert read(written, PROFILES[edition]).document == first.document, message


def test_a_container_named_twice_is_written_twice() -> None:
    text = sample("declaration").decode()
    start, end = text.index("<TransportEquipment>"), text.index("</TransportEquipment>") + len("</TransportEquipment>")
    again = text[start:end].replace("<sequenceNumber>1<", "<sequenceNumber>7<", 1)
    first = read((text[:end] + again + text[end:]).encode())
    assert isinstance(first.document, Declaration)
    assert first.document.shipment.equipment[0] == first.document.shipment.equipment[1]
    written = NCTS.write(first.document)
    assert written.count(b"CSQU3054383") == 2
    assert read(written).document == first.document


def test_what_is_changed_in_the_model_is_written_changed() -> None:
    document = declaration()
    assert document.transit is not None
    transit = structs.replace(
        document.transit, transit_offices=("FR001260", "CH009999"), seals=(*document.transit.seals, Seal(id="NEW-1"))
    )
    wool, *others = document.shipment.items
    items = (
        structs.replace(wool, consignor=None, commodity=structs.replace(wool.commodity, description="Felt")),
        *others,
    )
    shipment = structs.replace(document.shipment, items=items, equipment=())
    root = parse_xml(NCTS.write(structs.replace(document, transit=transit, shipment=shipment)))
    offices = root.findall("CustomsOfficeOfTransitDeclared/referenceNumber")
    assert [each.text for each in offices] == ["FR001260", "CH009999"]
    assert root.findtext("Consignment/HouseConsignment/ConsignmentItem/Commodity/descriptionOfGoods") == "Felt"
    assert [each.text for each in root.iter("containerIdentificationNumber")] == []
    assert [each.text for each in root.iter("identifier")] == ["NEW-1", "GB-EX-0003"]


@pytest.mark.parametrize("document", [Response(function_code="IE328"), Movement(message_name="EAL")])
def test_a_message_of_another_system_is_not_written(document: Response | Movement) -> None:
    with pytest.raises(SenderError, match="not a transit message"):
        NCTS.write(document)


def test_a_declaration_that_lacks_what_is_asked_for_is_not_written() -> None:
    with pytest.raises(SenderError) as caught:
        NCTS.write(Declaration(flow="transit", type_code="T1"))
    assert any(finding.expected == "messageSender" for finding in caught.value.findings)


def test_a_text_that_xml_cannot_hold_is_not_written() -> None:
    with pytest.raises(SenderError, match="XML does not allow"):
        NCTS.write(structs.replace(declaration(), functional_reference="\0"))
