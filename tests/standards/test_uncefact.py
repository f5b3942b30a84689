# SPDX-License-Identifier: Apache-2.0
"""UN/CEFACT in JSON: bills of lading, consignments at the border, notifications of smart containers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from cocket.errors import SenderError
from cocket.findings import render
from cocket.model import BillOfLading, Declaration, Manifest, Movement, Packaging, Party, Reading
from cocket.standards import ConvertOptions, convert, pairs, read, write
from cocket.standards.json_view import elements_of_json, json_of_elements, taken_from

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
BILL, BORDER, DEVICE = (
    (SAMPLES / "uncefact" / f"{name}.json").read_bytes()
    for name in ("bill-of-lading", "border-consignment", "device-notification")
)
PARTIAL = ConvertOptions(partial=True)


def changed(data: bytes, *path: str | int, to: Any) -> Reading:
    """A message with the value at a path changed; None takes it out."""
    value = json.loads(data)
    around = value
    for step in path[:-1]:
        around = around[step]
    if to is None:
        del around[path[-1]]
    else:
        around[path[-1]] = to
    return read(json.dumps(value).encode())


def manifest_of(data: bytes) -> Manifest:
    document = read(data).document
    assert isinstance(document, Manifest)
    return document


def test_a_bill_of_lading_is_a_transport_document() -> None:
    manifest = manifest_of(BILL)
    (bill,) = manifest.bills
    assert (bill.id, bill.type_code, bill.unique_reference) == ("KSTL0260211", "706", "BKG-771204")
    assert bill.consignor == Party(
        id="XB77120045", name="Tamarind Pumps Ltd", address=("14 Foundry Road",), city="Portbeta", country_code="XB"
    )
    assert (bill.loading_place, bill.unloading_place, bill.delivery_place) == ("XBPBT", "XAALC", "XAALC")
    assert (bill.gross_mass_kg, bill.volume_m3) == (Decimal(1840), Decimal("7.2"))
    assert bill.packaging == (
        Packaging(quantity=4, type_code="CS", marks="AW 1-4"),
        Packaging(quantity=2, type_code="CT"),
    )
    assert bill.hs_codes == ("841370", "848420")
    assert bill.equipment[0].tare_mass_kg == Decimal("2200.0")
    assert bill.equipment[0].seals[0].party_code == "SH"
    assert manifest.transport is not None
    assert (manifest.voyage, manifest.transport.name) == ("017W", "MV Kestrel")


def test_houses_stand_under_the_master_they_are_in() -> None:
    master, first, second = manifest_of(BORDER).bills
    assert (master.id, master.level, master.gross_mass_kg) == ("KSTL0260300", "master", Decimal("2400.5"))
    assert [(house.id, house.level, house.master_id) for house in (first, second)] == [
        ("AC-H-0001", "house", "KSTL0260300"),
        ("AC-H-0002", "house", "KSTL0260300"),
    ]
    assert first.consignee == Party(name="Alphaland Waterworks")


def test_a_notification_is_a_movement_for_each_event_of_a_container() -> None:
    document = read(DEVICE).document
    assert isinstance(document, Movement)
    (event,) = document.movements
    assert event.occurred == datetime(2026, 2, 14, 21, 7, 30, tzinfo=UTC)
    assert event.statuses == (("event", "DOOR_OPENED"),)
    assert event.location is not None
    assert event.location.id == "XBPBT"
    assert {(name.kind, name.value) for name in document.references} == {
        ("BL", "KSTL0260211"),
        ("EQUIPMENT", "CSQU3054383"),
    }


@pytest.mark.parametrize(
    ("path", "to", "code", "severity"),
    [
        (("exchangedDocument", "typeCode", "content"), "710", "uncefact-code", "error"),
        (("exchangedDocument", "id"), "KSTL0260211", "uncefact-type", "error"),
        (("exchangedDocument", "id"), None, "uncefact-number-missing", "error"),
        (("specifiedConsignment", 0, "grossWeight", 0, "content"), 1840, "uncefact-decimal", "error"),
        (("specifiedConsignment", 0, "grossWeight", 0, "content"), "1.8E3", "uncefact-decimal", "error"),
        (("specifiedConsignment", 0, "grossWeight", 0, "content"), None, "uncefact-missing", "error"),
        (("specifiedConsignment", 0, "notified"), {"name": []}, "uncefact-type", "error"),
        (("specifiedConsignment",), [], "uncefact-count", "error"),
        (("specifiedConsignment", 0, "colour"), "red", "uncefact-member-unknown", "warning"),
        (
            ("specifiedConsignment", 0, "utilizedLogisticsTransportEquipment", 0, "id", "content"),
            "CSQU3054384",
            "uncefact-equipment-number",
            "warning",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(path: tuple[str | int, ...], to: Any, code: str, severity: str) -> None:
    reading = changed(BILL, *path, to=to)
    finding = next(finding for finding in reading.findings if finding.code == code)
    assert finding.severity == severity
    assert (reading.outcome == "refused") == (severity == "error")
    assert finding.location is not None
    assert finding.location.startswith(f"/{path[0]}")
    assert "{" not in render(finding)


def test_masses_in_unknown_units_are_no_masses() -> None:
    reading = changed(BILL, "specifiedConsignment", 0, "grossWeight", 0, "unitCode", to="STI")
    assert isinstance(reading.document, Manifest)
    assert reading.document.bills[0].gross_mass_kg is None


def test_json_of_other_things_is_not_taken_for_one_of_these() -> None:
    assert read(b'{"exchangedDocument": {}}').standard is None
    assert read(b'[{"exchangedDocument": {}, "specifiedConsignment": []}]').standard is None


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bill_from_scratch_reads_as_it_was_made() -> None:
    bare = structs.replace(manifest_of(BILL), extensions=())
    again = read(write(bare, "uncefact"))
    assert again.findings == ()
    assert isinstance(again.document, Manifest)
    assert again.document.bills == bare.bills


def test_a_document_that_was_changed_since_it_was_read_is_not_written() -> None:
    manifest = manifest_of(BILL)
    other = structs.replace(manifest, bills=(structs.replace(manifest.bills[0], id="OTHER"),))
    with pytest.raises(SenderError, match="changed after"):
        write(other, "uncefact")


@pytest.mark.parametrize("document", [Declaration(), Movement(), Manifest(), Manifest(bills=(BillOfLading(),) * 2)])
def test_what_is_no_single_bill_is_not_written(document: Any) -> None:
    with pytest.raises(SenderError):
        write(document, "uncefact")


# ── Converting ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("uncefact/bill-of-lading.json", "dcsa"),
        ("dcsa/transport-document.json", "uncefact"),
        ("uncefact/bill-of-lading.json", "asycuda-awmds"),
        ("uncefact/bill-of-lading.json", "edifact-cuscar"),
        ("dcsa/transport-document.json", "asycuda-awmds"),
        ("uncefact/border-consignment.json", "asycuda-awmds"),
    ],
)
def test_a_bill_goes_to_another_standard_with_a_full_account(source: str, target: str) -> None:
    data = (SAMPLES / source).read_bytes()
    done = convert(data, target, PARTIAL)
    assert done.values == done.recovered + len(done.lost)
    assert done.recovered > 0
    assert done.message is not None
    there, here = manifest_of(done.message), manifest_of(data)
    assert [bill.id for bill in there.bills] == [bill.id for bill in here.bills]
    assert [[box.id for box in bill.equipment] for bill in there.bills] == [
        [box.id for box in bill.equipment] for bill in here.bills
    ]


def test_one_bill_of_a_manifest_goes_to_a_bill_of_lading_if_it_is_named() -> None:
    data = (SAMPLES / "uncefact" / "border-consignment.json").read_bytes()
    with pytest.raises(SenderError, match="one transport document"):
        convert(data, "dcsa", PARTIAL)
    done = convert(data, "dcsa", ConvertOptions(partial=True, bill="AC-H-0001"))
    assert done.message is not None
    assert [bill.id for bill in manifest_of(done.message).bills] == ["AC-H-0001"]
    with pytest.raises(SenderError, match="no such bill"):
        convert(data, "dcsa", ConvertOptions(partial=True, bill="NONE"))


def test_a_bill_of_dcsa_from_another_paper_is_a_draft_and_says_what_it_lacks() -> None:
    done = convert(BILL, "dcsa")
    assert (done.outcome, done.message) == ("refused", None)
    assert {"isToOrder", "termsAndConditions"} <= {finding.expected for finding in done.findings}
    partial = convert(BILL, "dcsa", PARTIAL)
    assert json.loads(partial.message or b"{}")["transportDocumentStatus"] == "DRAFT"


@pytest.mark.parametrize("target", ["uncefact", "asycuda-awmds", "wco-dm"])
def test_events_do_not_become_papers(target: str) -> None:
    with pytest.raises(SenderError):
        convert((SAMPLES / "dcsa" / "equipment-events.json").read_bytes(), target, PARTIAL)


def test_the_pairs_are_listed() -> None:
    listed = {(pair.source, pair.target) for pair in pairs()}
    assert {("uncefact", "dcsa"), ("dcsa", "uncefact"), ("asycuda-awmds", "uncefact")} <= listed
    assert {("ubl-invoice", "cii"), ("cii", "ubl-invoice")} <= listed


@pytest.mark.parametrize(
    "value",
    [
        {"a": [], "b": [1, [2, "x"], {}], "c": None, "d": True, "odd name!": {"": "y"}, "e": {}, "f": [[]]},
        [{"n": Decimal("1.50")}, -3, "", False],
        json.loads(BILL),
    ],
)
def test_the_elements_of_json_become_the_same_json(value: Any) -> None:
    assert json_of_elements(elements_of_json(value)) == value


def test_a_text_that_no_element_can_hold_is_told() -> None:
    with pytest.raises(SenderError, match="XML does not allow"):
        elements_of_json({"a": "bell \x07"})


def test_what_a_bill_has_no_room_for_is_taken_out_and_told() -> None:
    data = (SAMPLES / "asycuda-sad" / "transit-gammastan.xml").read_bytes()
    done = convert(data, "dcsa", PARTIAL)
    assert all(finding.code == "convert-missing" for finding in done.findings if finding.severity == "error")
    assert any(value.value == "24022000" or "does not fit" in value.reason for value in done.lost)


def test_a_value_is_taken_out_with_what_it_leaves_empty() -> None:
    value = {"a": [{"b": [1]}, {"c": 2}], "d": 3}
    assert taken_from(value, "/a/0/b/0") == ["1"]
    assert value == {"a": [{"c": 2}], "d": 3}
    assert taken_from(value, "/a/7/b") == []
    assert taken_from(value, "/d/e") == []
