# SPDX-License-Identifier: Apache-2.0
"""EPCIS: what is read, what is found, what is written, and the name an event has by its content."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from cocket import standards
from cocket.errors import SenderError
from cocket.model import Movement, Reading, Reference, Seal, TransportEquipment
from cocket.model.declaration import GoodsLocation
from cocket.standards.epcis import event_hash, event_text, names_of
from cocket.standards.epcis.identifiers import canonical, is_check_digit_right, is_object
from cocket.standards.epcis.translating import has_links, with_links

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]


def document(**changes: Any) -> dict[str, Any]:
    """A document with one event, some fields of which are changed; None takes one away."""
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-24T10:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": ["urn:epc:id:bic:CSQU3054383"],
        "action": "OBSERVE",
        "bizStep": "departing",
        "readPoint": {"id": "urn:epc:id:sgln:9521321.00010.0"},
    } | changes
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-24T12:00:00Z",
        "epcisBody": {"eventList": [{name: value for name, value in event.items() if value is not None}]},
    }


def reading(value: Any) -> Reading:
    return standards.read(json.dumps(value).encode())


def codes(value: Any) -> set[tuple[str, str]]:
    return {(each.code, each.severity) for each in reading(value).findings}


def test_an_event_of_a_container_reaches_the_model() -> None:
    found = standards.read((SAMPLES / "epcis" / "container-journey.json").read_bytes())
    assert found.outcome == "accepted" and found.reference == "ALPHA-0417"
    assert isinstance(found.document, Movement)
    sealed, gate, sensed = found.document.movements
    assert (gate.message_name, gate.action_code, gate.message_code) == ("ObjectEvent", "OBSERVE", "departing")
    assert gate.occurred is not None and gate.occurred.isoformat() == "2026-11-24T11:40:12.500000+02:00"
    assert gate.location == GoodsLocation(id="https://id.gs1.org/414/9521321000209")
    assert gate.equipment == (TransportEquipment(id="CSQU3054383"),)
    assert gate.statuses == (("disposition", "in_transit"),)
    assert set(found.document.references) == {
        Reference("BL", "ALPB2026001", "9521321000109"),
        Reference("INVOICE", "INV-77", "9521321000109"),
        Reference("EQUIPMENT", "CSQU3054383"),
        Reference("UCR", "9521321000000417"),
    }
    assert "/sensorElementList" in {each.path for each in sensed.extensions}
    assert sealed.functional_reference is not None and sealed.functional_reference.startswith("ni:///sha-256;")


@pytest.mark.parametrize("name", ["container-journey", "goods", "error-declaration", "single-event", "query-result"])
def test_both_forms_say_the_same(name: str) -> None:
    json_reading = standards.read((SAMPLES / "epcis" / f"{name}.json").read_bytes())
    xml_reading = standards.read((SAMPLES / "epcis-xml" / f"{name}.xml").read_bytes())
    assert isinstance(json_reading.document, Movement) and isinstance(xml_reading.document, Movement)
    assert xml_reading.document.movements == json_reading.document.movements
    assert xml_reading.document.references == json_reading.document.references


def test_an_error_declaration_takes_an_event_back() -> None:
    assert standards.read((SAMPLES / "epcis" / "error-declaration.json").read_bytes()).function == "cancellation"
    assert reading(document()).function == "original"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bizStep": "transforming"}, "epcis-biz-step"),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-transforming"}, "epcis-biz-step"),
        ({"disposition": "in_transport"}, "epcis-disposition"),
        ({"eventTime": "24-11-2026"}, "epcis-moment"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4, "uom": "P1"}]}]}, "epcis-unit"),
        ({"eventTimeZoneOffset": "+14:30"}, "epcis-zone-offset"),
        ({"action": ["OBSERVE"]}, "epcis-type"),
        ({"epcList": ["urn:epc:id:sgtin:9521321.012345"]}, "epcis-object-id"),
        ({"epcList": ["https://example.org/thing"]}, "epcis-object-id"),
        ({"epcList": None}, "epcis-missing"),
        ({"riskScore": 0}, "epcis-unexpected"),
        ({"type": "MagicEvent"}, "epcis-event-type"),
        ({"ilmd": {"alpha:lot": "7"}}, "epcis-master-data-action"),
        ({"action": "ADD", "ilmd": {"lot": "7"}}, "epcis-unexpected"),
        ({"errorDeclaration": {"reason": "incorrect_data"}}, "epcis-missing"),
        ({"type": "AggregationEvent", "epcList": None, "childEPCs": ["urn:epc:id:bic:CSQU3054383"]}, "epcis-missing"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": "4"}]}]}, "epcis-type"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4, "uom": "KGM"}]}]}, "epcis-unit"),
        (
            {
                "eventID": f"ni:///sha-256;{'0' * 64}?ver=CBV2.0",
                "errorDeclaration": {"declarationTime": "2026-11-24T11:00:00Z", "reason": "did_not_occur"},
            },
            "epcis-declared-other",
        ),
    ],
)
def test_an_unsound_event_is_refused_with_its_reason(changes: dict[str, Any], code: str) -> None:
    assert (code, "error") in codes(document(**changes))
    assert reading(document(**changes)).outcome == "refused"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"eventTime": "2099-01-01T00:00:00Z"}, "epcis-time-ahead"),
        ({"eventTime": "2024-11-24T00:00:00Z"}, "epcis-time-behind"),
        ({"eventID": f"ni:///sha-256;{'0' * 64}?ver=CBV2.0"}, "epcis-event-hash"),
        ({"foo:bar": 1}, "epcis-prefix-unknown"),
        ({"readPoint": {"id": "https://id.gs1.org/414/9521321000208"}}, "epcis-check-digit"),
        ({"sensorElementList": [{"sensorReport": [{"type": "gs1:Mood", "value": 4}]}]}, "epcis-measurement-unknown"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": -300, "uom": "CEL"}]}]}, "epcis-implausible"),
    ],
)  # fmt: skip
def test_an_odd_event_is_taken_with_a_warning(changes: dict[str, Any], code: str) -> None:
    assert codes(document(**changes)) == {(code, "warning")}
    assert codes(document()) == set()


def test_words_of_ones_own_are_taken() -> None:
    assert not codes(document(bizStep="https://alpha.example/steps/blessing", disposition="alpha:blessed"))


def test_a_context_that_gives_a_name_of_the_standard_another_meaning_is_refused() -> None:
    value = document() | {"@context": [*CONTEXT, {"action": "urn:x:ignored"}]}
    assert ("epcis-context-redefines", "error") in codes(value)
    assert ("epcis-context-unknown", "warning") in codes(document() | {"@context": [*CONTEXT, "http://127.0.0.1:1/c"]})


def test_one_id_for_two_contents_is_refused() -> None:
    value = document(eventID="urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8")
    events = value["epcisBody"]["eventList"]
    events.append(dict(events[0]))
    assert reading(value).outcome == "accepted"
    events[1] |= {"disposition": "damaged"}
    assert ("epcis-event-id-repeated", "error") in codes(value)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"eventType": ["ObjectEvent"], "GE_eventTime": "not-a-date"}, "epcis-query-value"),
        ({"eventType": ["ObjectEvent"], "GE_eventDate": "2026-11-01T00:00:00Z"}, "epcis-query-parameter"),
        ({"eventType": ["ObjectEvent"], "EQ_bizStep": ["transforming"]}, "epcis-query-value"),
        ({"eventType": ["ObjectEvent"], "GE_recordTime": "2026-11-01T00:00:00Z"}, None),
    ],
)
def test_a_query_is_judged_by_its_parameters(query: dict[str, Any], code: str | None) -> None:
    assert {each for each, _ in codes(query)} == ({code} if code else set())


def test_an_event_from_scratch_is_written_and_sound_in_both_forms() -> None:
    event = Movement(
        message_name="ObjectEvent",
        action_code="OBSERVE",
        message_code="arriving",
        occurred=datetime(2026, 11, 24, 10, tzinfo=UTC),
        location=GoodsLocation(id="urn:epc:id:sgln:9521321.00020.0"),
        equipment=(TransportEquipment(id="CSQU3054383", seals=(Seal(id="S1"),)),),
        references=(Reference("BL", "ALPB2026001", "9521321000109"), Reference("EQUIPMENT", "CSQU3054383")),
    )
    whole = Movement(message_name="EPCISDocument", occurred=event.occurred, movements=(event,))
    for standard in ("epcis", "epcis-xml"):
        again = standards.read(standards.write(whole, standard))
        assert again.outcome == "accepted", again.findings
        assert isinstance(again.document, Movement)
        (movement,) = again.document.movements
        assert movement.references == event.references
        assert (movement.occurred, movement.location) == (event.occurred, event.location)


@pytest.mark.parametrize("edition", ["1", "2"])
def test_the_header_of_the_envelope_stays_before_master_data(edition: str) -> None:
    """The schemas of both editions have it first, though it is of another namespace."""
    master = "<EPCISMasterData><VocabularyList/></EPCISMasterData>"
    data = (
        f'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:{edition}" schemaVersion="{edition}.0"'
        ' creationDate="2026-02-01T00:00:00Z" xmlns:s="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
        "<EPCISHeader><s:StandardBusinessDocumentHeader><s:HeaderVersion>1.0</s:HeaderVersion>"
        "<s:DocumentIdentification><s:Standard>EPCglobal</s:Standard><s:InstanceIdentifier>1</s:InstanceIdentifier>"
        "</s:DocumentIdentification>"
        f"</s:StandardBusinessDocumentHeader><extension>{master}</extension></EPCISHeader>"
        "<EPCISBody><EventList/></EPCISBody></e:EPCISDocument>"
    ).encode()
    document = standards.read(data).document
    assert document is not None
    written = standards.write(document, "epcis-xml")
    names = (b"HeaderVersion", b"DocumentIdentification", b"Standard>", b"InstanceIdentifier", b"EPCISMasterData")
    places = [written.index(name) for name in names]
    assert places == sorted(places)
    assert standards.read(written).document == document


def test_a_paper_without_its_issuer_is_not_written() -> None:
    found = reading(document()).document
    assert isinstance(found, Movement)
    changed = structs.replace(found.movements[0], references=(Reference("BL", "X1"),))
    with pytest.raises(SenderError):
        standards.write(structs.replace(found, movements=(changed,)), "epcis")


def test_the_hash_does_not_depend_on_order_spelling_or_zone() -> None:
    value = document(
        disposition="in_transit", epcList=["urn:epc:id:sscc:9521321.0000000417", "urn:epc:id:giai:9521321.A"]
    )
    (event,) = value["epcisBody"]["eventList"]
    other = dict(reversed(event.items())) | {
        "epcList": ["https://id.gs1.org/8004/9521321A", "https://id.example.org/00/095213210000004177"],
        "eventTime": "2026-11-24T12:00:00.000+02:00",
        "bizStep": "https://ref.gs1.org/cbv/BizStep-departing",
        "disposition": "urn:epcglobal:cbv:disp:in_transit",
        "recordTime": "2026-11-25T00:00:00Z",
    }
    names = names_of(value)
    assert event_text(other, names).startswith("eventType=ObjectEventeventTime=2026-11-24T10:00:00.000Z")
    assert event_hash(other, names) == event_hash(event, names)
    assert event_hash(event | {"action": "ADD"}, names) != event_hash(event, names)


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:0614141.011111.987", "https://id.gs1.org/01/00614141111114/21/987"),
        ("urn:epc:class:lgtin:4054739.099914.20160711", "https://id.gs1.org/01/04054739999148/10/20160711"),
        ("urn:epc:id:sgln:4012345.00011.987", "https://id.gs1.org/414/4012345000115/254/987"),
        ("urn:epc:id:sgln:4012345.00011.0", "https://id.gs1.org/414/4012345000115"),
        ("urn:epc:id:cpi:4012345.ABC.123", "https://id.gs1.org/8010/4012345ABC/8011/123"),
        ("urn:epc:idpat:grai:4012345.66666.*", "https://id.gs1.org/8003/04012345666663"),
        ("https://shop.example/x/01/4012345123456/10/L1/21/7?a=b", "https://id.gs1.org/01/04012345123456/21/7"),
        ("urn:epc:id:grai:9521321.00001.11111111111111111", None),
        ("urn:epc:id:sgtin:ABC.1.2", None),
        ("https://example.org/00/12", None),
    ],
)
def test_a_key_has_one_canonical_form(urn: str, link: str | None) -> None:
    assert canonical(urn) == link
    assert link is None or (is_object(urn) and is_check_digit_right(link))


@pytest.mark.parametrize(
    ("version", "is_known"), [("2.0", True), ("2.1", True), ("2", True), ("1.2", False), ("", False)]
)
def test_an_edition_that_is_not_read_in_this_form_is_told(version: str, is_known: bool) -> None:
    codes = [finding.code for finding in reading(document() | {"schemaVersion": version}).findings]
    assert ("epcis-version-unknown" in codes) is not is_known


#: Identifiers of GS1's documents: the same key as an EPC URN and as a web address.
#: Source: GS1 EPC Tag Data Standard 2.0 §6.3 and §7; facts re-stated.
SPELLINGS = {
    "urn:epc:id:sgtin:0614141.112345.400": "https://id.gs1.org/01/10614141123459/21/400",
    "urn:epc:idpat:sgtin:0614141.112345.*": "https://id.gs1.org/01/10614141123459",
    "urn:epc:class:lgtin:4012345.012345.998877": "https://id.gs1.org/01/04012345123456/10/998877",
    "urn:epc:id:sscc:0614141.1234567890": "https://id.gs1.org/00/106141412345678908",
    "urn:epc:id:sgln:0614141.12345.400": "https://id.gs1.org/414/0614141123452/254/400",
    "urn:epc:id:sgln:0614141.12345.0": "https://id.gs1.org/414/0614141123452",
    "urn:epc:id:pgln:0614141.12345": "https://id.gs1.org/417/0614141123452",
    "urn:epc:id:grai:0614141.12345.400": "https://id.gs1.org/8003/00614141123452400",
    "urn:epc:id:giai:0614141.12345400": "https://id.gs1.org/8004/061414112345400",
    "urn:epc:id:gsrn:0614141.1234567890": "https://id.gs1.org/8018/061414112345678902",
    "urn:epc:id:gdti:0614141.12345.400": "https://id.gs1.org/253/0614141123452400",
    "urn:epc:id:bic:CSQU3054383": "urn:epc:id:bic:CSQU3054383",
}


def test_an_event_with_web_addresses_is_the_same_event() -> None:
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": "2026-03-01T10:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": list(SPELLINGS),
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 2}],
        "readPoint": {"id": "urn:epc:id:sgln:0614141.12345.400"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:0614141.12345.400"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:0614141.12345"}],
        "example:note": "urn:epc:id:sscc:0614141.1234567890",
    }
    given = with_links(event)
    assert given["epcList"] == list(SPELLINGS.values())
    assert given["quantityList"] == [{"epcClass": "https://id.gs1.org/01/04012345123456/10/998877", "quantity": 2}]
    assert given["readPoint"] == {"id": "https://id.gs1.org/414/0614141123452/254/400"}
    assert given["bizTransactionList"][0]["bizTransaction"] == "https://id.gs1.org/253/0614141123452400"
    assert given["sourceList"][0]["source"] == "https://id.gs1.org/417/0614141123452"
    assert given["example:note"] == event["example:note"], "what the standard does not have stays as it came"
    context = {"@context": {"example": "https://example.org/"}}
    assert event_hash(given, names_of(context)) == event_hash(event, names_of(context))
    assert (has_links(event), has_links(given)) == (False, True)
    assert with_links({"epcList": [3, None, {}], "readPoint": "x", "parentID": ["urn:epc:id:sscc:1"]})["parentID"] == [
        "urn:epc:id:sscc:1"
    ]
