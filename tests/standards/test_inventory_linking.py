# SPDX-License-Identifier: Apache-2.0
"""Inventory linking: what each message tells, its verdict beside the published one, and nothing lost."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec import structs

from cocket.errors import CocketError, SenderError
from cocket.model import Declaration, GoodsLocation, Movement, Party, TransportEquipment, TransportMeans
from cocket.standards import write
from cocket.standards.inventory_linking import INVENTORY_LINKING
from cocket.standards.inventory_linking.fields import EXPORTS, IMPORTS, shape_of
from cocket.standards.inventory_linking.places import PLACES
from cocket.standards.kind import Options, Source
from cocket.standards.xml import parse_xml
from tests.corpora import corpora
from tests.standards.shape_samples import MUTANTS, SEED, all_own, damaged, own, read

EXPORT_SCHEMAS = "hmrc-inventory-linking-exports/public/api/conf/2.0/schemas/exports"
IMPORT_SCHEMAS = "hmrc-inventory-linking-imports/public/api/conf/2.0/schemas/imports"
FOLDERS = ("hmrc-cds-declarations", "hmrc-inventory-linking-imports", "hmrc-inventory-linking-exports")

#: Published schemas for imports by the message they are of; that of the status notification is no sound schema.
IMPORT_MESSAGES = {
    "inventoryLinkingImportsGoodsArrival": "ArriveGoods",
    "InventoryLinkingImportsValidateMovementRequest": "ValidateMovementRequest",
    "InventoryLinkingImportsValidateMovementResponse": "ValidateMovementResponse",
}


@lru_cache(maxsize=8)
def published_schema(message: str) -> etree.XMLSchema:
    """The published schema of a message; skips the calling test where it is absent."""
    if message in IMPORT_MESSAGES:
        return etree.XMLSchema(
            etree.parse(corpora(IMPORT_SCHEMAS, f"inventoryLinkingImport{IMPORT_MESSAGES[message]}.xsd"))
        )
    includes = "".join(
        f'<include schemaLocation="inventoryLinking{part}External.xsd"/>' for part in ("Request", "Response")
    )
    driver = (
        '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://gov.uk/customs/inventoryLinking/v1">'
        f"{includes}</schema>"
    )
    return etree.XMLSchema(etree.fromstring(driver, base_url=str(corpora(EXPORT_SCHEMAS) / "driver.xsd")))


def message_in(data: bytes) -> etree._Element:
    """The message of an envelope, or the message itself, as a root of its own."""
    return copy.deepcopy(next(each for each in parse_xml(data).iter("*") if shape_of(str(each.tag))))


def movement(name: str) -> Movement:
    reading = read(INVENTORY_LINKING, own(INVENTORY_LINKING, name))
    assert reading.outcome == "accepted"
    assert isinstance(reading.document, Movement)
    return reading.document


def test_every_message_has_its_places() -> None:
    assert set(PLACES) == {*EXPORTS.outline.roots, *IMPORTS.outline.roots}
    assert len(PLACES) == 11


def test_an_arrival_says_what_came_where_and_when() -> None:
    arrival = movement("arrival")
    assert (arrival.message_name, arrival.message_code) == ("inventoryLinkingMovementRequest", "EAL")
    assert (arrival.unique_reference, arrival.unique_reference_kind) == ("6GB000000000001-0001", "DUCR")
    assert (arrival.unique_reference_part, arrival.master_reference) == ("12A", "GB/XAPT-00042")
    assert arrival.location == GoodsLocation(id="GBAUXAPRTSHED7")
    assert arrival.arrived == datetime(2026, 3, 5, 9, 30, 0, 250000, tzinfo=timezone(timedelta(hours=1)))
    assert arrival.departed is None
    assert arrival.agent == Party(id="XA0000000001", function_code="HLD")
    assert arrival.transport == TransportMeans(id="XA 1234", mode_code="3", nationality_code="XA")
    assert [(each.kind, each.value) for each in arrival.references] == [
        ("DUCR", "6GB000000000001-0001"),
        ("MUCR", "GB/XAPT-00042"),
    ]


def test_a_message_in_an_inbound_request_is_read_as_if_alone() -> None:
    departure = movement("departure-in-request")
    assert (departure.message_code, departure.unique_reference_kind) == ("EDL", "MUCR")
    assert departure.departed == datetime(2026, 3, 6, 17, tzinfo=UTC)


def test_an_inbound_request_without_a_message_is_refused() -> None:
    data = own(INVENTORY_LINKING, "departure-in-request").replace(b"inventoryLinkingMovementRequest", b"other")
    reading = read(INVENTORY_LINKING, data)
    assert (reading.outcome, reading.document) == ("refused", None)
    assert [each.code for each in reading.findings] == ["inventory-message-missing"]


def test_a_consolidation_links_a_consignment_to_its_master() -> None:
    assert [(each.kind, each.value) for each in movement("consolidation").references] == [
        ("DUCR", "6GB000000000001-0001"),
        ("MUCR", "GB/XAPT-00042"),
    ]


def test_an_answer_tells_its_errors_and_statuses() -> None:
    control = movement("control-response")
    assert (control.action_code, control.errors) == ("3", ("06", "21"))
    answer = movement("movement-response")
    assert answer.statuses == (("crc", "000"), ("ics", "3"), ("roe", "6"), ("soe", "1"))


def test_an_answer_to_a_question_tells_movements_and_every_consignment_around() -> None:
    answer = movement("query-response")
    assert (answer.unique_reference, answer.master_reference) == ("6GB000000000001-0001", "GB/XAPT-00042")
    assert answer.declaration_id == "26GB00000000000001"
    assert [each.message_code for each in answer.movements] == ["EAL", "EDL"]
    assert ("MUCR", "GB/XAPT-00001") in [(each.kind, each.value) for each in answer.references]


def test_totals_name_every_consignment_counted() -> None:
    assert [each.value for each in movement("totals").references] == [
        "GB/XAPT-00042",
        "6GB000000000001-0001",
        "6GB000000000001-0002",
    ]


def test_an_import_is_linked_by_declaration_and_master_reference() -> None:
    arrival = movement("import-arrival")
    assert (arrival.declaration_id, arrival.declaration_version) == ("26GB00000000000009", 2)
    assert [(each.kind, each.value) for each in arrival.references] == [
        ("MUCR", "GB/XAPT-:00099"),
        ("MRN", "26GB00000000000009"),
    ]
    assert movement("import-validation").statuses == (("irc", "001"),)
    assert movement("import-status").functional_reference == "XA-IMPORT-0009"


@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        (">EAL<", ">XXX<", "inventory-code-unknown"),
        (">D</inv:ucrType>", ">Q</inv:ucrType>", "inventory-code-unknown"),
        ("6GB000000000001-0001", "six", "inventory-value-format"),
        ("GBAUXAPRTSHED7", "GBAUXAPRTSHED7-TOO-LONG", "inventory-value-length"),
        ("2026-03-05T09:30:00.250+01:00", "5 March", "inventory-value-format"),
        ('xsi:nil="true"', 'xsi:nil="false"', "inventory-value-missing"),
        ("<inv:messageCode>EAL</inv:messageCode>", "", "inventory-element-missing"),
        ("<inv:shedOPID>S07</inv:shedOPID>", "<inv:shed>S07</inv:shed>", "inventory-element-unexpected"),
        ("<inv:masterOpt>A</inv:masterOpt>", "<inv:shedOPID>S07</inv:shedOPID>", "inventory-element-repeated"),
        ("<inv:transportMode>3<", "<inv:transportMode list='x'>3<", "inventory-attribute-unexpected"),
    ],
)
def test_a_fault_is_told_by_its_code(good: str, bad: str, code: str) -> None:
    sample = own(INVENTORY_LINKING, "arrival").decode()
    assert sample.count(good) == 1
    reading = read(INVENTORY_LINKING, sample.replace(good, bad).encode())
    assert reading.outcome == "refused"
    assert [each.code for each in reading.findings] == [code]
    assert reading.findings[0].location


def test_what_a_message_has_no_room_for_is_not_lost_in_silence() -> None:
    query = Movement(message_name="inventoryLinkingQueryRequest", unique_reference="A:ABC12345678", action_code="A")
    with pytest.raises(SenderError) as caught:
        INVENTORY_LINKING.write(query)
    assert [each.arguments["name"] for each in caught.value.findings] == ["action"]
    for document in (Movement(), Movement(message_name="other"), Declaration()):
        with pytest.raises(SenderError, match="not an inventory linking message"):
            INVENTORY_LINKING.write(document)


def third_party_messages() -> list[tuple[Path, bytes]]:
    """Every message of inventory linking among the samples of others, in `.txt` files too."""
    found = []
    for path in sorted(
        path for name in FOLDERS for path in corpora(name).rglob("*") if path.suffix in (".xml", ".txt")
    ):
        data = path.read_bytes()
        try:
            if INVENTORY_LINKING.recognises(Source(data, parse_xml(data))):
                found.append((path, data))
        except CocketError:
            continue
    return found


def test_the_verdict_on_every_third_party_message_is_the_published_one() -> None:
    found = third_party_messages()
    good = 0
    for path, data in found:
        message = message_in(data)
        verdict = published_schema(etree.QName(message).localname).validate(message)
        reading = INVENTORY_LINKING.read(Source(data, parse_xml(data)), Options())
        assert (reading.outcome == "accepted") is verdict, path
        assert reading.document is not None
        if verdict:
            assert read(INVENTORY_LINKING, INVENTORY_LINKING.write(reading.document)).document == reading.document
        good += verdict
    assert (len(found), good) == (41, 39)


@pytest.mark.parametrize("message", [*sorted(EXPORTS.outline.roots), *sorted(IMPORT_MESSAGES)])
def test_the_verdict_on_damaged_messages_is_the_published_one(message: str) -> None:
    shape = EXPORTS if message in EXPORTS.outline.roots else IMPORTS
    own_messages = [each for each in map(message_in, all_own(INVENTORY_LINKING)) if each.tag.endswith(f"}}{message}")]
    published = published_schema(message)
    good = 0
    for element in damaged(own_messages, shape.outline, SEED, MUTANTS // 6):
        # A message turned into another is judged by that other's schema, which for imports is another file.
        verdict = published.validate(element) if element.tag == own_messages[0].tag else None
        if verdict is not None:
            assert shape.accepts(element) == verdict, etree.tostring(element)
            good += verdict
    assert good, "some damage must be harmless, else the comparison proves nothing"


_TEXT = st.text("ABCxyz019-", min_size=1, max_size=12)
_TIME = st.datetimes(
    datetime(1990, 1, 1),
    datetime(2090, 1, 1),
    timezones=st.none() | st.integers(-13, 13).map(lambda hours: timezone(timedelta(hours=hours))),
)
_REQUEST = st.builds(
    Movement,
    message_name=st.just("inventoryLinkingMovementRequest"),
    message_code=st.sampled_from(["EAA", "EAL", "RET", "EDL"]),
    action_code=st.none() | st.sampled_from("AFRX"),
    functional_reference=st.none() | _TEXT,
    unique_reference=st.just("A:ABC12345678"),
    unique_reference_kind=st.sampled_from(["DUCR", "MUCR"]),
    master_reference=st.none() | st.just("GB/ABCD-12345"),
    location=st.builds(GoodsLocation, id=_TEXT),
    arrived=st.none() | _TIME,
    departed=st.none() | _TIME,
    agent=st.none() | st.builds(Party, id=_TEXT),
    transport=st.none() | st.builds(TransportMeans, id=_TEXT, nationality_code=st.sampled_from(["XA", "XB"])),
)


@settings(max_examples=60, deadline=None)
@given(_REQUEST)
def test_what_is_written_reads_the_same(request: Movement) -> None:
    again = read(INVENTORY_LINKING, INVENTORY_LINKING.write(request))
    assert again.outcome == "accepted"
    assert isinstance(again.document, Movement)
    fields = [name for name in Movement.__struct_fields__ if name != "references"]
    assert [getattr(again.document, name) for name in fields] == [getattr(request, name) for name in fields]


@pytest.mark.parametrize("name", ["query", "consolidation", "departure-in-request", "import-arrival", "totals"])
@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("unloading_place", {"unloading_place": "GBFXT"}),
        ("occurred", {"occurred": datetime(2026, 3, 5, tzinfo=UTC)}),
        ("equipment", {"equipment": (TransportEquipment(id="CSQU3054383"),)}),
        ("location.country_code", {"location": GoodsLocation(id="GBAUXAPRTSHED7", country_code="GB")}),
        ("location.name", {"location": GoodsLocation(id="GBAUXAPRTSHED7", name="Shed 7")}),
        ("transport.name", {"transport": TransportMeans(name="Ever Patient")}),
        ("agent.name", {"agent": Party(name="Broker")}),
        ("submitter.name", {"submitter": Party(name="Broker")}),
    ],
)
def test_what_no_message_has_a_place_for_is_refused_and_named(name: str, field: str, change: dict[str, object]) -> None:
    changed = structs.replace(movement(name), **change)
    with pytest.raises(SenderError) as refused:
        write(changed, "inventory-linking")
    assert field in [each.arguments["name"] for each in refused.value.findings if each.code == "inventory-no-room"]


def test_the_kind_of_a_reference_that_a_message_cannot_say_is_refused() -> None:
    arrival = movement("import-arrival")
    assert arrival.unique_reference_kind == "MUCR"
    with pytest.raises(SenderError):
        write(structs.replace(arrival, unique_reference_kind="DUCR"), "inventory-linking")


def test_what_a_movement_within_an_answer_cannot_say_is_refused() -> None:
    answer = movement("query-response")
    first, *others = answer.movements
    told = structs.replace(first, unloading_place="GBFXT", errors=("1",))
    with pytest.raises(SenderError) as refused:
        write(structs.replace(answer, movements=(told, *others)), "inventory-linking")
    assert {"unloading_place", "errors"} <= {each.arguments.get("name") for each in refused.value.findings}
