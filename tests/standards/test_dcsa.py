# SPDX-License-Identifier: Apache-2.0
"""DCSA: events and papers as the model has them, and each public sample's verdict."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from cocket import standards
from cocket.consignment.references import consignments_of
from cocket.errors import SenderError
from cocket.model import Manifest, Movement, Reference, Seal, TransportEquipment, TransportMeans
from cocket.model.declaration import GoodsLocation
from tests.corpora import corpora

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "dcsa"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_bytes())


def read(value: Any) -> Any:
    return standards.read(json.dumps(value).encode())


def test_one_event_without_an_array_around_it_is_read_as_in_one() -> None:
    for event in sample("transport-events-2.2"):
        alone = read(event)
        assert (alone.standard, alone.version, alone.outcome) == ("dcsa", "T&T 2.2", "accepted")
        assert alone.document.movements == read([event]).document.movements
        assert standards.read(standards.write(alone.document, "dcsa")).document == alone.document
        nameless = read({name: value for name, value in event.items() if name != "eventID"})
        assert nameless.standard == "dcsa"


def test_an_event_of_a_container_reaches_the_model() -> None:
    found = read(sample("transport-events-2.2"))
    assert (found.outcome, found.version) == ("accepted", "T&T 2.2")
    loaded, issued = found.document.movements
    assert (loaded.message_name, loaded.message_code) == ("EQUIPMENT", "LOAD")
    assert loaded.location == GoodsLocation(id="KEMBA")
    assert loaded.equipment[0] == TransportEquipment(
        id="CSQU3054383", type_code="22G1", fullness_code="LADEN", seals=(Seal(id="SEAL000417", party_code="CU"),)
    )
    assert loaded.transport == TransportMeans(id="9321483", name="Alpha Star", nationality_code="PA", voyage="417E")
    assert issued.references == (Reference("BL", "ALPB2026001"),)
    assert Reference("EQUIPMENT", "CSQU3054383") in found.document.references


def test_an_opened_door_is_told_in_both_editions() -> None:
    for name in ("equipment-events", "iot-event"):
        door = read(sample(name)).document.movements[-1]
        assert door.message_name == "IOT" and ("iot", "DRO") in door.statuses
        assert door.equipment[0].id == "CSQU3054383"


def test_a_bill_of_lading_reaches_the_model() -> None:
    found = read(sample("transport-document"))
    assert found.outcome == "accepted" and found.reference == "ALPB2026001"
    assert isinstance(found.document, Manifest)
    (bill,) = found.document.bills
    assert (bill.loading_place, bill.unloading_place) == ("KEMBA", "GBFXT")
    assert bill.gross_mass_kg == Decimal("12000.5") and bill.hs_codes == ("090240",)
    assert bill.consignor is not None and (bill.consignor.id, bill.consignor.name) == ("P051", "Tea Growers Ltd")
    assert bill.notify is not None and bill.notify.city == "Alphaport"
    assert bill.packaging[0].quantity == 400 and bill.equipment[0].seals == (Seal(id="SEAL000417", party_code="CU"),)
    assert {Reference("BL", "ALPB2026001"), Reference("ORDER", "PO55")} <= set(found.document.references)


def test_a_booking_and_an_arrival_notice_reach_the_model() -> None:
    booked = read(sample("booking-request")).document.bills[0]
    assert (booked.loading_place, booked.unloading_place, booked.goods_description) == ("KEMBA", "GBFXT", "Tea")
    notice = read(sample("arrival-notice")).document.bills[0]
    assert notice.consignee is not None and notice.consignee.name == "Leaf Import"
    assert notice.id == "ALPB2026001" and notice.equipment[0].id == "CSQU3054383"


def test_all_of_them_reach_one_dossier() -> None:
    paths = [
        SAMPLES / f"{name}.json" for name in ("transport-document", "arrival-notice", "equipment-events", "iot-event")
    ]
    paths += [
        SAMPLES.parent / "epcis" / "container-journey.json",
        SAMPLES.parent / "epcis-xml" / "container-journey.xml",
    ]
    claims = [consignments_of(standards.read(path.read_bytes()), "alpha") for path in paths]
    shared = set.intersection(*({(key.kind, key.value) for each in claim for key in each.keys} for claim in claims))
    assert ("EQUIPMENT", "CSQU3054383") in shared
    bills = [{key.value for each in claim for key in each.keys if key.kind == "BL"} for claim in claims]
    assert bills == [{"ALPB2026001"}] * 3 + [set()] + [{"ALPB2026001"}] * 2


def test_notices_that_come_together_are_not_joined() -> None:
    value = sample("arrival-notice")
    other = json.loads(
        json.dumps(value["arrivalNotices"][0]).replace("CSQU3054383", "MSKU1234565").replace("ALPB2026001", "X77777")
    )
    value["arrivalNotices"].append(other)
    one, two = consignments_of(read(value), "alpha")
    assert not {key.value for key in one.keys} & {key.value for key in two.keys}


def test_a_mass_in_a_unit_that_is_not_known_is_no_mass() -> None:
    value = sample("transport-document")
    value["consignmentItems"][0]["cargoItems"][0]["cargoGrossWeight"]["unit"] = "XXX"
    found = read(value)
    assert found.outcome == "refused" and found.document.bills[0].gross_mass_kg is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda e: e["eventClassification"].__setitem__("eventTypeCode", "PARTY"), "dcsa-event-type"),
        (lambda e: e["eventClassification"].__delitem__("equipmentEventTypeCode"), "dcsa-event-detail"),
        (lambda e: e.__delitem__("equipmentDetails"), "dcsa-event-detail"),
        (lambda e: e.__delitem__("eventID"), "dcsa-missing"),
        (lambda e: e.__setitem__("eventDateTime", "yesterday"), "dcsa-type"),
        (lambda e: e["eventLocation"].__setitem__("UNLocationCode", "12345"), "dcsa-location"),
    ],
)
def test_an_unsound_event_is_refused_with_its_reason(change: Any, code: str) -> None:
    value = sample("equipment-events")
    change(value["events"][0])
    found = read(value)
    assert found.outcome == "refused"
    assert code in {each.code for each in found.findings}


def test_a_wrong_check_digit_is_a_warning() -> None:
    value = sample("equipment-events")
    value["events"][0]["equipmentDetails"]["equipmentReference"] = "CSQU3054384"
    found = read(value)
    assert found.outcome == "accepted" and [each.code for each in found.findings] == ["dcsa-equipment"]


def test_a_document_that_was_changed_is_not_written_as_it_was() -> None:
    found = read(sample("transport-document")).document
    with pytest.raises(SenderError):
        standards.write(structs.replace(found, voyage="999"), "dcsa")


def test_events_from_scratch_are_written_and_sound() -> None:
    opened = Movement(
        message_name="IOT",
        message_code="DETC",
        functional_reference="seal-1",
        occurred=datetime(2026, 11, 24, 10, tzinfo=UTC),
        equipment=(TransportEquipment(id="CSQU3054383"),),
        statuses=(("classifier", "ACT"), ("iot", "DRO")),
        references=(Reference("BL", "ALPB2026001"), Reference("EQUIPMENT", "CSQU3054383")),
    )
    again = standards.read(standards.write(opened, "dcsa"))
    assert again.outcome == "accepted", again.findings
    assert isinstance(again.document, Movement) and again.document.movements == (opened,)
    with pytest.raises(SenderError):
        standards.write(structs.replace(opened, occurred=None), "dcsa")


#: Samples that are no message, or a pattern to be filled in, or wrong on purpose.
_REFUSED = {
    "adoption-1.0.0-example.json": "statistics, which are not read",
    "eblsurrender-api-v3.0.0-error-message.json": "an error message",
    "ebl-api-3.0.0-error-message.json": "an error message",
    "jit-200-error-message.json": "an error message",
    "commercialschedules-api-1.0.0-psnextpage.json": "places to be filled in",
    "commercialschedules-api-1.0.0-ptp.json": "places to be filled in",
    "eblissuance-v3.0.0-request.json": "places to be filled in",
    "jit-200-port-call-service-request.json": "places to be filled in",
    "jit-200-terminal-call-request.json": "places to be filled in",
    "pint-3.0.0-transport-document.json": "places to be filled in",
    "booking-request_with_errors.json": "wrong",
    "ovs-300-response-wrong-attribute-values.json": "wrong",
    "ovs-300-response-wrong-structure.json": "wrong",
    "tnt-220-response-wrong-event-ids.json": "wrong",
    "tnt-220-response-wrong-structure.json": "wrong",
}


def test_each_public_sample_has_its_verdict() -> None:
    paths = [path for path in corpora("dcsa-conformance").rglob("*.json") if "schemas" not in path.parts]
    refused = {path.name for path in paths if standards.read(path.read_bytes()).outcome == "refused"}
    assert refused == set(_REFUSED)
    assert len(paths) == 39
