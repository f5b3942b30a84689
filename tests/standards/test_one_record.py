# SPDX-License-Identifier: Apache-2.0
"""ONE Record: what objects become, what is refused, the public examples and the published ontology."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from cocket import standards
from cocket.consignment.references import consignments_of
from cocket.errors import SenderError
from cocket.model import Amount, CustomsNote, Manifest, Movement, Packaging, Party, Reference, Seal, TransportEquipment
from cocket.standards import Options
from cocket.standards.one_record import json_of_view, view_of_json
from cocket.standards.one_record.tables import ontology
from tests.corpora import corpora

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "one-record"
OWN = "https://onerecord.iata.org/ns/cargo#"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_bytes())


def read(value: Any, profile: str | None = None) -> Any:
    return standards.read(json.dumps(value).encode(), Options(profile=profile))


def test_a_waybill_reaches_the_model() -> None:
    found = read(sample("direct-waybill"))
    assert (found.outcome, found.version, found.findings) == ("accepted", "2026-07", ())
    (bill,) = found.document.bills
    assert (bill.id, bill.level, bill.loading_place, bill.unloading_place) == ("160-12345675", "straight", "HKG", "AKL")
    assert bill.consignor == Party(
        id="HK12345678",
        name="KOWLOON OPTICS LTD",
        address=("17 SUNG WONG TOI ROAD", "UNIT 4"),
        city="HONG KONG",
        postcode="999077",
        country_code="HK",
    )
    assert (bill.packaging, bill.gross_mass_kg, bill.hs_codes) == (
        (Packaging(quantity=2),),
        Decimal("412.5"),
        ("900110",),
    )
    assert bill.equipment == (TransportEquipment(id="AKE12345CX", type_code="AKE", seals=(Seal(id="S77120"),)),)
    assert bill.customs_value == Amount(Decimal("18250.0"), "USD") and bill.freight_payment_code == "PP"


def test_a_security_declaration_becomes_status_and_notes() -> None:
    (bill,) = read(sample("direct-waybill")).document.bills
    assert bill.handling_codes == ("EAW", "SPX")
    assert bill.customs_notes[2:] == (
        CustomsNote(subject_code="ISS", content_code="RA", text="00200-01"),
        CustomsNote(content_code="ED", text="0428"),
        CustomsNote(content_code="SM", text="XRY"),
        CustomsNote(content_code="SN", text="Wai Lee"),
        CustomsNote(content_code="SD", text="24NOV260815"),
    )


def test_a_graph_is_followed_by_its_addresses() -> None:
    found = read(sample("consolidation-graph"))
    master, house = found.document.bills
    assert (master.id, master.level, master.gross_mass_kg) == (
        "618-00000011",
        "master",
        Decimal("2205.0") * Decimal("0.45359237"),
    )
    assert (house.id, house.level, house.master_id, house.packaging) == (
        "LSC26110042",
        "house",
        "618-00000011",
        (Packaging(quantity=3),),
    )
    assert (house.unloading_place, house.handling_codes, found.document.voyage) == ("AKL", ("SCO",), "CX0197")
    assert ("MASTER", "61800000011") in {key.pair for key in consignments_of(found, "alpha")[1].keys}


def test_events_are_movements_of_the_waybill_they_are_about() -> None:
    movement = read(sample("status-events")).document
    assert isinstance(movement, Movement)
    arrived, cleared = movement.movements
    assert (arrived.message_code, arrived.location.id, arrived.transport.voyage) == ("ARR", "AKL", "CX0197")  # type: ignore[union-attr]
    assert arrived.arrived is not None and arrived.arrived.isoformat() == "2026-11-26T11:38:00+13:00"
    assert cleared.message_code == "CCD" and cleared.references == arrived.references == (
        Reference("BL", "160-12345675"),
    )


def test_a_notification_brings_its_object() -> None:
    (bill,) = read(sample("notification")).document.bills
    assert (bill.id, bill.goods_description, bill.packaging) == (None, "OPTICAL FIBRE", (Packaging(quantity=1),))


@pytest.mark.parametrize(
    "context",
    [
        {"c": OWN},
        {"@vocab": OWN},
        {"c": "https://onerecord.iata.org/ns/cargo/3.0.0#"},
        "https://onerecord.iata.org/ns/cargo",
        {"@vocab": OWN, "number": {"@id": f"{OWN}waybillNumber"}, "prefix": f"{OWN}waybillPrefix"},
    ],
)
def test_names_are_found_through_any_context(context: Any) -> None:
    prefix = "c:" if isinstance(context, dict) and "c" in context else ""
    names = (
        ("number", "prefix")
        if isinstance(context, dict) and "number" in context
        else (f"{prefix}waybillNumber", f"{prefix}waybillPrefix")
    )
    found = read({"@context": context, "@type": f"{prefix}Waybill", names[0]: "12345675", names[1]: "160"})
    assert (found.outcome, found.document.bills[0].id, found.findings) == ("accepted", "160-12345675", ())


def test_a_context_that_goes_in_circles_ends() -> None:
    value = {
        "@context": {"cargo": OWN, "a": "b", "b": "a"},
        "@type": "cargo:Waybill",
        "a": "1",
        "cargo:waybillNumber": "H1",
    }
    assert read(value).document.bills[0].id == "H1"


def changed(change: dict[str, Any]) -> Any:
    value = sample("direct-waybill") | change
    return {name: inner for name, inner in value.items() if inner is not None}


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        ({"cargo:waybillNumber": "12345674"}, "check-digit", "warning"),
        ({"cargo:waybillNumber": "1234567"}, "waybill-number", "error"),
        ({"cargo:waybillNumber": 12345675}, "value", "error"),
        ({"cargo:waybillNumber": ["12345675", "12345675"]}, "repeated", "error"),
        ({"cargo:waybillType": {"@id": "cargo:COURIER"}}, "value", "error"),
        ({"cargo:shipment": "a shipment"}, "value", "error"),
        ({"cargo:shipment": {"@type": "cargo:Company", "cargo:name": "A"}}, "value", "error"),
        ({"cargo:carrierDeclarationDate": "24 November"}, "value", "error"),
        ({"cargo:carrierDeclarationDate": "2026-11-24T09:30:00"}, None, ""),
        ({"cargo:destinationCurrencyRate": "1.5e0"}, None, ""),
        ({"cargo:destinationCurrencyRate": "dear"}, "value", "error"),
        ({"cargo:novelty": 1}, "unknown", "warning"),
        ({"cargo:accountingNotes": [{"@type": "cargo:Novelty"}]}, "class-unknown", "warning"),
        ({"serviceCode": "A"}, "context", "warning"),
        ({"alpha:remark": "kept"}, None, ""),
    ],
)
def test_a_fault_is_found(change: dict[str, Any], code: str | None, severity: str) -> None:
    found = read(changed(change))
    told = [(finding.code, finding.severity) for finding in found.findings]
    assert (f"one-record-{code}", severity) in told if code else told == []
    assert found.outcome == ("refused" if severity == "error" else "accepted")


def test_a_finding_says_where() -> None:
    value = sample("direct-waybill")
    value["cargo:shipment"]["cargo:totalGrossWeight"]["cargo:numericalValue"] = "heavy"
    (found,) = read(value).findings
    assert found.location == "/cargo:shipment/cargo:totalGrossWeight/numericalValue"
    assert (found.expected, found.found) == ("a number", "heavy")


def test_an_empty_message_is_unreadable() -> None:
    assert read({"@context": {"cargo": OWN}}).outcome == "refused"


# Writing ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["direct-waybill", "consolidation-graph", "status-events"])
def test_a_document_written_anew_tells_the_same(name: str) -> None:
    document = read(sample(name)).document
    again = standards.read(standards.write(structs.replace(document, extensions=()), "one-record"))
    assert (again.outcome, again.findings) == ("accepted", ())
    assert isinstance(again.document, type(document))
    if isinstance(document, Manifest):
        told = (
            "id",
            "level",
            "master_id",
            "consignor",
            "consignee",
            "packaging",
            "gross_mass_kg",
            "hs_codes",
            "customs_notes",
        )
        for before, after in zip(document.bills, again.document.bills, strict=True):  # type: ignore[union-attr]
            assert [getattr(after, field) for field in told] == [getattr(before, field) for field in told]
    else:
        codes = [(each.message_code, each.occurred, each.references) for each in document.movements]
        assert [(each.message_code, each.occurred, each.references) for each in again.document.movements] == codes  # type: ignore[union-attr]


def test_a_changed_document_is_not_written_over_its_message() -> None:
    document = read(sample("direct-waybill")).document
    with pytest.raises(SenderError, match="changed") as refused:
        standards.write(structs.replace(document, voyage="XX1"), "one-record")
    assert [each.arguments["place"] for each in refused.value.findings] == ["voyage"]


def test_an_event_without_a_code_is_not_written() -> None:
    with pytest.raises(SenderError, match="needs a code"):
        standards.write(Movement(occurred=datetime(2026, 11, 26, tzinfo=UTC)), "one-record")


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_message_taken_apart_is_put_together_again(path: Path) -> None:
    assert json.loads(json_of_view(view_of_json(path.read_bytes()))) == json.loads(path.read_bytes())


# Public examples and ontology ------------------------------------------------------------------------------------------


def test_every_public_example_is_accepted_but_what_is_none() -> None:
    files = sorted(corpora("iata-one-record", "Documentation_website").rglob("*.json"))
    assert len(files) == 39
    verdicts = {path.name: standards.read(path.read_bytes()) for path in files}
    refused = {name: found.findings[0].code for name, found in verdicts.items() if found.outcome == "refused"}
    assert refused == {"ACL.json": "standard-unknown", "CIMP-Example1.json": "json-not-well-formed"}
    for name, found in verdicts.items():
        if found.outcome == "accepted":
            assert found.standard == "one-record", name
            assert found.document is not None
            assert standards.read(standards.write(found.document, "one-record")).document == found.document, name


def test_our_table_has_every_class_of_the_published_ontology_with_its_properties() -> None:
    text = corpora("iata-one-record", "2026-07-standard", "Data-Model", "IATA-1R-DM-Ontology.ttl").read_text("utf-8")
    blocks = re.split(r"\n###  ", text)
    published = {}
    for block in blocks:
        head = re.match(rf"{re.escape(OWN)}(\w+)\n\S+ rdf:type owl:Class", block)
        if head:
            published[head[1]] = set(re.findall(r"owl:onProperty :(\w+)", block))
    classes = ontology()
    assert len(published) == 115 and set(published) == set(classes)
    missing = {name: said - set(classes[name].properties) for name, said in published.items()}
    assert {name: left for name, left in missing.items() if left} == {}
    assert "novelty" not in classes["Waybill"].properties
