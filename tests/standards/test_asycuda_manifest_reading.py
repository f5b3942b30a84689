# SPDX-License-Identifier: Apache-2.0
"""What a manifest says, in either dialect, and a degroupage of one of its bills."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cocket.model import Amount, BillOfLading, Manifest, Party, Reference, Seal
from tests.standards.asycuda_samples import added, changed, read, sample


def manifest(data: bytes) -> Manifest:
    document = read(data).document
    assert isinstance(document, Manifest)
    return document


def bills(name: str) -> tuple[BillOfLading, ...]:
    return manifest(sample(name)).bills


def test_the_general_segment_is_read() -> None:
    document = manifest(sample("awmds-masters-and-houses"))
    assert (document.office.code, document.voyage, document.departed) == ("XA210", "OS114E", date(2026, 3, 12))
    assert (document.arrives, document.arrival_time) == (date(2026, 3, 27), "06:40")
    assert document.carrier == Party(id="OWNL", name="OWN LINE", address=("PIER 2", "FARPORT"))
    assert document.transport is not None
    assert (document.transport.id, document.transport.mode_code) == ("MV OWN STAR", "1")
    assert (document.departure_place, document.destination_place) == ("XKFAR", "XAALP")
    assert (document.totals.bills, document.totals.packages, document.totals.equipment) == (3, 64, 2)
    assert document.totals.gross_mass_kg == Decimal("2780.75")


def test_a_bill_is_read_whole() -> None:
    bill = bills("awmds-masters-and-houses")[0]
    assert (bill.id, bill.line, bill.nature_code, bill.type_code) == ("OWNB2600411", 1, "23", "HSB")
    assert (bill.loading_place, bill.unloading_place) == ("XKFAR", "XAALP")
    assert bill.consignor == Party(name="FARAWAY MILLS LTD", address=("UNIT 4, MILL ROW", "FARPORT"))
    assert bill.consignee == Party(name="OWN IMPORTS SHPK", address=("RRUGA 9", "ALPHA CITY"))
    assert (bill.packaging[0].quantity, bill.packaging[0].type_code) == (40, "CT")
    assert bill.gross_mass_kg == Decimal("2400.5")
    assert bill.freight == Amount(Decimal("1250.00"), "USD")
    assert bill.customs_value == Amount(Decimal("18250.4"), "EUR")
    assert bill.location is not None
    assert (bill.location.id, bill.location.name) == ("XA210W2", "BERTH 3")
    assert bill.information == ("SOC", "KEEP DRY")


def test_masters_houses_and_bills_that_stand_alone_are_told_apart() -> None:
    levels = [(bill.level, bill.master_id) for bill in bills("awmds-masters-and-houses")]
    master = "OWNM2600412"
    assert levels == [("straight", None), ("master", None), ("house", master), ("house", master), ("straight", None)]


def test_a_consolidated_bill_may_be_marked_by_a_word_or_a_count() -> None:
    path = "Bol_segment[1]/Consolidated_Cargo"
    texts = {"true": "master", "3": "master", "FALSE": "straight", "?": None}
    data = sample("awmds-masters-and-houses")
    assert {text: manifest(changed(data, {path: text})).bills[0].level for text in texts} == texts


def test_both_dialects_say_the_same() -> None:
    generic = bills("awmcds-co-loader")[0]
    other = bills("awmds-bangladesh")[0]
    assert generic.equipment[0].fullness_code == "1/1"
    assert generic.equipment[0].seals == tuple(Seal(id=mark, party_code="CA") for mark in "ABC")
    assert other.equipment[0].fullness_code == "FCL"
    assert other.equipment[0].seals == (Seal(id="AB1"),)
    assert generic.loading_place == other.loading_place == "XKFAR"
    assert read(sample("awmds-bangladesh")).version == "Awmds bangladesh"
    assert read(sample("awmcds-co-loader")).version == "Awmcds generic"


def test_codes_that_follow_each_other_without_a_wrapper_are_read_in_order() -> None:
    assert bills("awmds-bangladesh")[0].hs_codes == ("17019900", "21069098")


def test_a_degroupage_gives_house_bills_under_its_master() -> None:
    document = manifest(sample("awbolds"))
    assert document.master_id == "OWNM2600412"
    assert [(bill.level, bill.master_id) for bill in document.bills] == [("house", "OWNM2600412")] * 2
    assert (document.office.code, document.voyage, document.departed) == ("XA210", "OS114E", date(2026, 3, 12))


def test_key_and_references_join_manifest_and_degroupage() -> None:
    whole, part = read(sample("awmds-masters-and-houses")), read(sample("awbolds"))
    assert whole.reference == "XA210/OS114E/2026-03-12"
    assert part.reference == "XA210/OS114E/2026-03-12/OWNM2600412"
    key = Reference("MANIFEST", "XA210/OS114E/2026-03-12")
    assert whole.document is not None
    assert part.document is not None
    assert whole.document.references == (key,)
    assert part.document.references == (key, Reference("BL", "OWNM2600412"))


def test_a_date_in_another_form_is_read_by_the_country() -> None:
    path = "General_segment/General_segment_id/Date_of_departure"
    assert manifest(changed(sample("awmcds-co-loader"), {path: "3/12/26"})).departed == date(2026, 3, 12)


def test_a_container_without_number_stays_beside_the_others() -> None:
    nameless = "<ctn_segment><Number_of_packages>2</Number_of_packages></ctn_segment>"
    document = manifest(added(sample("awmcds-co-loader"), "Bol_segment", nameless))
    assert [unit.id for unit in document.bills[0].equipment] == ["CKTU0000011"]
    assert ("ctn_segment[2]/Number_of_packages", "2") in {(e.path, e.value) for e in document.bills[0].extensions}


def test_an_append_and_a_co_loader_are_told_from_the_manifest_they_belong_to() -> None:
    append, other = read(sample("awappend")), read(sample("awmcds-co-loader"))
    assert append.version == "Awappend generic"
    assert append.reference == "XA210/OS114E/2026-03-12/append/OWNB2600415"
    assert other.reference == "XA210/OS116E/2026-03-12/co-loader/OWNL"
    assert [
        manifest(sample(name)).kind for name in ("awappend", "awmcds-co-loader", "awbolds", "awmds-bangladesh")
    ] == [
        "append",
        "co-loader",
        "degroupage",
        "whole",
    ]
    assert append.document is not None
    assert append.document.references == (Reference("MANIFEST", "XA210/OS114E/2026-03-12"),)


def test_segments_of_newer_versions_are_read_or_kept() -> None:
    car, boxed = bills("awmds-newer-segments")
    assert car.seals == (Seal(id="L-701", party_code="SH"),)
    assert (car.freight_payment_code, car.insurance) == ("CC", Amount(Decimal("25.50"), "USD"))
    assert (car.delivery_place, car.unique_reference) == ("XAINL", "OWNL-701")
    assert car.packaging[0].type_name == "VEHICLE"
    assert boxed.equipment[0].tare_mass_kg == 2200
    kept = {extension.path: extension.value for extension in car.extensions}
    assert kept["Vehicle_segment/Vehicle[2]/Chassis"] == "OWNVIN00000000702"
    assert (kept["Traders_segment/FreightForwarder/FFId"], kept["Bol_id/FAS_Liner_Cargo"]) == ("F-22", "L")
