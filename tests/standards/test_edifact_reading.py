# SPDX-License-Identifier: Apache-2.0
"""What our samples of each message say in the model, in three directories each."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from cocket.model import Declaration, Manifest, Movement, Reference, Response
from cocket.standards import read, write
from tests.standards.edifact_samples import MESSAGES, SAMPLES, having, interchange, judged, of

A, B = "TSTU8208494", "TSTU1002006"
THREE = ("d95b", "d04a", "d21b")


def document(name: str) -> object:
    """The document of a sample that is accepted without a word."""
    reading = read((SAMPLES / name).read_bytes())
    assert (reading.outcome, reading.findings) == ("accepted", ())
    return reading.document


@pytest.mark.parametrize("message", MESSAGES)
def test_each_message_has_samples_of_three_directories(message: str) -> None:
    readings = [read(path.read_bytes()) for path in of(message)]
    assert len({reading.version for reading in readings}) >= len(THREE)
    assert {(reading.standard, reading.outcome) for reading in readings} == {(f"edifact-{message.lower()}", "accepted")}


@pytest.mark.parametrize("release", THREE)
def test_a_cargo_report_is_a_manifest_with_bills_containers_and_seals(release: str) -> None:
    manifest = document(f"edifact-cuscar/two-bills-{release}.edi")
    assert isinstance(manifest, Manifest)
    assert (manifest.voyage, manifest.departed, manifest.arrives) == ("117E", date(2026, 11, 18), date(2026, 11, 25))
    assert (manifest.arrival_time, manifest.destination_place) == ("06:30", "NLRTM")
    assert manifest.transport is not None
    assert (manifest.transport.id, manifest.transport.mode_code) == ("9300001", "1")
    assert (manifest.totals.bills, manifest.totals.equipment) == (2, 3)
    first, second = manifest.bills
    assert (first.id, first.type_code, first.level, first.delivery_place) == ("HLCU1001", "705", None, "DEHAM")
    assert (first.gross_mass_kg, first.volume_m3) == (Decimal("15300.5"), Decimal("28.4"))
    assert first.hs_codes == ("841391",)
    assert first.consignee is not None
    assert (first.consignee.id, first.consignee.country_code) == ("NL001234567", "NL")
    assert [(each.id, each.packages, len(each.seals)) for each in first.equipment] == [(A, 80, 2), (B, 40, 1)]
    assert [(each.quantity, each.type_code) for each in first.packaging] == [(120, "CT")]
    assert (second.id, second.level, second.master_id) == ("HX-77", "house", "HLCU1002")
    assert (second.gross_mass_kg, [each.id for each in second.equipment]) == (Decimal(1000), [B])
    assert ("MANIFEST", "MAN2026-0117") in [(each.kind, each.value) for each in manifest.references]


@pytest.mark.parametrize("release", THREE)
def test_a_customs_declaration_is_a_declaration_with_items(release: str) -> None:
    declaration = document(f"edifact-cusdec/import-{release}.edi")
    assert isinstance(declaration, Declaration)
    assert (declaration.type_code, declaration.flow, declaration.office.code) == ("929", "import", "AL01")
    assert (declaration.items_declared, declaration.packages_declared) == (2, 120)
    shipment = declaration.shipment
    assert (shipment.export_country_code, shipment.destination_country_code) == ("CN", "NL")
    assert shipment.trade_terms is not None
    assert shipment.trade_terms.code == "CIF"
    assert declaration.valuation.invoice is not None
    assert (declaration.valuation.invoice.value, declaration.valuation.invoice.currency) == (Decimal(25000), "USD")
    first = shipment.items[0]
    assert [code.id for code in first.commodity.classifications] == ["8413910090", "4000"]
    assert (first.commodity.gross_mass_kg, first.commodity.net_mass_kg) == (Decimal(14000), Decimal("13200.25"))
    assert [origin.country_code for origin in first.origins] == ["CN"]
    assert [(duty.type_code, duty.amount.value) for duty in first.commodity.duties if duty.amount] == [
        ("A00", Decimal("500.01"))
    ]
    assert [(each.type_code, each.id) for each in shipment.documents] == [("705", "HLCU1001"), ("380", "INV-9")]
    named = {(each.kind, each.value) for each in declaration.references}
    assert {("UCR", "6NL001234567-55"), ("LRN", "LRN-2026-55"), ("BL", "HLCU1001"), ("EQUIPMENT", A)} <= named


@pytest.mark.parametrize("release", THREE)
def test_a_customs_response_is_a_response_with_errors(release: str) -> None:
    response = document(f"edifact-cusres/errors-{release}.edi")
    assert isinstance(response, Response)
    assert (response.declaration_reference, response.declaration_id) == ("LRN-2026-55", "26AL000001")
    assert [status.code for status in response.statuses] == ["1"]
    assert response.errors[0].code == "E12"
    assert [(each.section, each.sequence) for each in response.errors[0].pointers] == [("2", 2)]


@pytest.mark.parametrize("release", THREE)
def test_a_conveyance_report_is_an_arrival_with_containers(release: str) -> None:
    movement = document(f"edifact-cusrep/arrival-{release}.edi")
    assert isinstance(movement, Movement)
    assert movement.arrived == datetime(2026, 11, 25, 6, 14)
    assert movement.transport is not None
    assert (movement.transport.voyage, movement.transport.nationality_code) == ("117E", "PA")
    assert [each.id for each in movement.equipment] == [A, B]


@pytest.mark.parametrize("release", THREE)
def test_a_status_report_is_a_movement_for_each_status_of_each_consignment(release: str) -> None:
    movement = document(f"edifact-iftsta/two-consignments-{release}.edi")
    assert isinstance(movement, Movement)
    first, second = movement.movements
    assert [each.statuses for each in first.movements] == [(("1", "74"),), (("1", "21"),)]
    assert first.movements[0].occurred == datetime(2026, 11, 25, 23, 15)
    assert first.movements[0].location is not None
    assert first.movements[0].location.id == "NLRTM"
    assert [seal.id for seal in first.movements[0].equipment[0].seals] == ["SL0001"]
    assert ("BL", "HLCU1002") in [(each.kind, each.value) for each in second.references]


@pytest.mark.parametrize(("message", "name"), [("codeco", "gate-in"), ("coarri", "discharge")])
@pytest.mark.parametrize("release", THREE)
def test_a_report_on_containers_is_a_movement_for_each(message: str, name: str, release: str) -> None:
    movement = document(f"edifact-{message}/{name}-{release}.edi")
    assert isinstance(movement, Movement)
    first = movement.movements[0]
    (container,) = first.equipment
    assert (container.id, container.type_code, container.fullness_code) == (A, "22G1", "5")
    assert (container.gross_mass_kg, container.seals[0].party_code) == (Decimal(15300), "CA")
    assert first.loading_place == "CNSHA"
    assert first.occurred is not None
    assert ("EQUIPMENT", A) in [(each.kind, each.value) for each in first.references]


@pytest.mark.parametrize("release", THREE)
def test_a_bayplan_is_a_movement_for_each_place_on_board(release: str) -> None:
    movement = document(f"edifact-baplie/two-bays-{release}.edi")
    assert isinstance(movement, Movement)
    assert [each.statuses for each in movement.movements] == [(("stowage", "0140386"),), (("stowage", "0141288"),)]
    assert [each.equipment[0].id for each in movement.movements] == [A, B]
    assert {(each.loading_place, each.unloading_place) for each in movement.movements} == {("CNSHA", "NLRTM")}


@pytest.mark.parametrize("release", ["d09a", "d16a", "d21b"])
def test_a_cross_border_message_is_a_declaration_with_its_containers(release: str) -> None:
    declaration = document(f"edifact-govcbr/arrival-{release}.edi")
    assert isinstance(declaration, Declaration)
    assert declaration.shipment.consignee is not None
    assert declaration.shipment.consignee.id == "NL001234567"
    assert [(each.id, each.seals[0].id) for each in declaration.shipment.equipment] == [(A, "SL0001")]


@pytest.mark.parametrize(
    ("code", "function"), [("9", "original"), ("1", "cancellation"), ("4", "amendment"), ("5", "amendment")]
)
def test_the_function_of_a_message_is_told(code: str, function: str) -> None:
    reading = judged(interchange(having(2, f"BGM+785+MAN1+{code}")))
    assert (reading.function, reading.reference) == (function, "MAN1")


def test_a_container_that_no_goods_name_is_the_only_bills() -> None:
    segments = [each for each in having(17, "UNT+16+1") if not each.startswith("SGP")]
    manifest = judged(interchange(segments)).document
    assert isinstance(manifest, Manifest)
    assert [each.id for each in manifest.bills[0].equipment] == [A]


@pytest.mark.parametrize(("unit", "mass"), [("KGM", "1500"), ("TNE", "1500000"), ("GRM", "1.500")])
def test_masses_are_in_kilograms(unit: str, mass: str) -> None:
    manifest = judged(interchange(having(15, f"MEA+AAE+G+{unit}:1500"))).document
    assert isinstance(manifest, Manifest)
    assert manifest.bills[0].gross_mass_kg == Decimal(mass)


#: As carriers of parcels send it: the status where its category's list is named, the place told once for all.
PARCEL = (
    "UNB+UNOA:1+CARRIER:ZZ+SHOP:02+260714:1243+44975",
    "UNH+1+IFTSTA:D:07B:UN",
    "BGM+23:CAR::QVD+O4",
    "NAD+DP++++21 SOME LANE:E+WEILHEIM++73235+DE",
    "RFF+CW:1Z0000000000000000",
    "CNI+1",
    "LOC+14+:::WENDLINGEN+:::DE",
    "STS+1:D2:21",
    "RFF+AEL:RESIDENTIAL",
    "DTM+78:20260714173746:204",
    "UNT+10+1",
    "UNZ+1+44975",
)


def test_a_status_of_a_parcel_tells_its_number_time_place_and_status() -> None:
    reading = read(interchange(PARCEL).encode())
    document = reading.document
    assert isinstance(document, Movement)
    assert (reading.outcome, document.references) == ("accepted", (Reference("DOCUMENT", "1Z0000000000000000"),))
    (consignment,) = document.movements
    (status,) = consignment.movements
    assert consignment.location is not None
    assert (consignment.location.name, status.statuses) == ("WENDLINGEN", (("1:21", "D2"),))
    assert status.occurred == datetime(2026, 7, 14, 17, 37, 46)
    assert read(write(document, "edifact-iftsta")).document == document
