# SPDX-License-Identifier: Apache-2.0
"""Cargo-XML: what each message becomes, what is refused, and the public messages and mappings."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec import structs

from cocket import standards
from cocket.consignment.references import consignments_of
from cocket.errors import SenderError
from cocket.model import (
    Amount,
    BillOfLading,
    CustomsNote,
    Manifest,
    Movement,
    Packaging,
    Party,
    Reference,
    Response,
    TransportEquipment,
    TransportMeans,
)
from cocket.standards import Options
from cocket.standards.cargo_xml.fields import OUTLINES
from tests.corpora import corpora

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def sample(name: str) -> bytes:
    return (SAMPLES / f"cargo-xml-{name}.xml").read_bytes()


def read(data: bytes, profile: str | None = None) -> Any:
    return standards.read(data, Options(profile=profile))


def codes(data: bytes, profile: str | None = None) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in read(data, profile).findings]


def test_an_air_waybill_reaches_the_model() -> None:
    found = read(sample("xfwb/direct"))
    assert (found.outcome, found.version, found.reference) == ("accepted", "5.00", "160-12345675")
    (bill,) = found.document.bills
    assert (bill.id, bill.level, bill.loading_place, bill.unloading_place) == ("160-12345675", "straight", "HKG", "AKL")
    assert bill.consignor == Party(
        id="HK12345678",
        name="KOWLOON OPTICS LTD",
        address=("17 SUNG WONG TOI ROAD", "UNIT 4"),
        city="HONG KONG",
        postcode="999077",
        country_code="HK",
        contact="CHAN MEI",
    )
    assert bill.consignee.id == "NZ99887766" and bill.notify.name == "CLEARING HOUSE ONE"
    assert (bill.packaging, bill.gross_mass_kg, bill.volume_m3) == (
        (Packaging(quantity=14),),
        Decimal("412.5"),
        Decimal("2.31"),
    )
    assert bill.goods_description == "OPTICAL FIBRE ON SPOOLS\nOPTICAL POWER METERS"
    assert bill.hs_codes == ("900110", "903149")
    assert bill.equipment == (TransportEquipment(id="AKE12345CX", type_code="AKE", tare_mass_kg=Decimal(82)),)
    assert bill.customs_value == Amount(Decimal("18250.00"), "USD") and bill.freight == Amount(
        Decimal("9488.75"), "HKD"
    )
    assert (found.document.voyage, found.document.arrives) == ("CX0197", date(2026, 11, 26))


def test_security_status_and_notes_reach_the_model() -> None:
    (bill,) = read(sample("xfwb/direct")).document.bills
    assert bill.handling_codes == ("SPX", "EAW")
    assert CustomsNote(country_code="HK", subject_code="ISS", content_code="RA", text="00200-01") in bill.customs_notes
    assert [note.content_code for note in bill.customs_notes] == ["T", "T", "U", "RA", "ED", "SM", "SN", "SD"]


def test_the_numbers_of_a_waybill_join_its_consignment() -> None:
    (claim,) = consignments_of(read(sample("xfwb/direct")), "alpha")
    assert {("BL", "16012345675"), ("UCR", "6HK12345678AF118"), ("EQUIPMENT", "AKE12345CX")} <= {
        key.pair for key in claim.keys
    }


def test_pounds_and_cubic_feet_are_converted_and_written_as_they_were() -> None:
    found = read(sample("xfwb/consolidation-in-pounds"))
    (bill,) = found.document.bills
    assert bill.gross_mass_kg == Decimal("2205.0") * Decimal("0.45359237")
    assert bill.level == "master" and found.function == "amendment"
    heavier = structs.replace(bill, gross_mass_kg=Decimal("100") * Decimal("0.45359237"))
    written = standards.write(structs.replace(found.document, bills=(heavier,)), "cargo-xml-xfwb")
    assert b'unitCode="LBR">100<' in written.replace(b"100.0<", b"100<")


def test_a_mass_that_has_no_exact_value_in_pounds_is_written_in_kilograms() -> None:
    found = read(sample("xfwb/consolidation-in-pounds"))
    (bill,) = found.document.bills
    heavier = structs.replace(bill, gross_mass_kg=(bill.gross_mass_kg or 0) + 1)
    written = standards.write(structs.replace(found.document, bills=(heavier,)), "cargo-xml-xfwb")
    again = read(written)
    assert again.document.bills[0].gross_mass_kg == heavier.gross_mass_kg
    assert b'<IncludedTareGrossWeightMeasure unitCode="KGM">1001.17' in written.replace(b"ram:", b"")


def test_a_change_that_cannot_be_written_is_refused_by_the_name_of_its_field() -> None:
    found = read(sample("xfwb/direct"))
    (bill,) = found.document.bills
    changed = structs.replace(found.document, bills=(structs.replace(bill, line=7),))
    with pytest.raises(SenderError) as refused:
        standards.write(changed, "cargo-xml-xfwb")
    assert "bills[1].line" in [each.arguments["place"] for each in refused.value.findings]


def test_a_house_waybill_names_its_master() -> None:
    found = read(sample("xfzb/house"))
    (bill,) = found.document.bills
    assert (bill.id, bill.level, bill.master_id) == ("LSC26110042", "house", "618-00000011")
    assert bill.goods_description == "STAINLESS STEEL SURGICAL FORCEPS"
    (claim,) = consignments_of(found, "alpha")
    assert {("BL", "LSC26110042"), ("MASTER", "61800000011"), ("MRN", "26US0000AB12345678")} <= {
        key.pair for key in claim.keys
    }


def test_a_list_of_houses_is_a_degroupage() -> None:
    manifest = read(sample("xfhl/houses")).document
    assert (manifest.kind, manifest.master_id, manifest.totals.packages) == ("degroupage", "618-00000011", 40)
    assert [(bill.id, bill.line, bill.gross_mass_kg) for bill in manifest.bills] == [
        ("LSC26110042", 1, Decimal("36.4")),
        ("LSC26110043", 2, Decimal("963.8")),
    ]
    assert [extension.path for extension in manifest.bills[1].extensions] == [
        "TransportContractDocument[1]/ID[1]",
        "AssociatedReferenceDocument[1]/ID[1]",
        "AssociatedReferenceDocument[1]/TypeCode[1]",
    ][1:]


def test_a_flight_has_a_bill_for_each_part_in_a_device_or_in_bulk() -> None:
    manifest = read(sample("xffm/flight")).document
    assert (manifest.voyage, manifest.departed, manifest.departure_place) == ("CX0197", date(2026, 11, 25), "HKG")
    in_device, in_bulk = manifest.bills
    assert in_device.equipment[0].id == "AKE12345CX" and in_bulk.equipment == ()
    assert (in_bulk.id, in_bulk.unloading_place, in_bulk.delivery_place) == ("618-00000011", "AKL", "WLG")


def test_statuses_are_movements() -> None:
    movement = read(sample("xfsu/cleared")).document
    assert isinstance(movement, Movement)
    arrived, cleared = movement.movements
    zone = timezone(timedelta(hours=13))
    assert (arrived.message_code, arrived.arrived) == ("ARR", datetime(2026, 11, 26, 11, 38, tzinfo=zone))
    assert (cleared.message_code, cleared.location.name) == ("CCD", "Auckland")  # type: ignore[union-attr]
    assert {
        Reference("BL", "160-12345675"),
        Reference("EQUIPMENT", "AKE12345CX"),
        Reference("MRN", "26NZ000000000001R2"),
    } == set(movement.references)


def test_an_answer_says_what_is_wrong() -> None:
    response = read(sample("xfnm/rejected")).document
    assert isinstance(response, Response)
    assert (response.function_code, response.declaration_reference) == ("Rejected", "C-7781")
    assert [(error.code, error.found) for error in response.errors] == [("CNE04", "NZ99887766"), (None, None)]
    assert response.references == (Reference("BL", "160-12345675"),)


# What is refused -------------------------------------------------------------------------------------------------------

DIRECT = sample("xfwb/direct")


@pytest.mark.parametrize(
    ("old", "new", "code", "severity"),
    [
        (b"<ram:ID>160-12345675</ram:ID>", b"<ram:ID>160-1234567</ram:ID>", "waybill-number", "error"),
        (b"<ram:ID>160-12345675</ram:ID>", b"<ram:ID>160-12345674</ram:ID>", "check-digit", "warning"),
        (b"<ram:ID>160-12345675</ram:ID>", b"", "missing", "error"),
        (b">412.5</ram:Incl", b">412,5</ram:Incl", "number", "error"),
        (b"<ram:TotalPieceQuantity>14<", b"<ram:TotalPieceQuantity>many<", "number", "error"),
        (b"<ram:TotalPieceQuantity>14<", b"<ram:TotalPieceQuantity>15<", "pieces", "warning"),
        (b"<ram:IssueDateTime>2026-11-24T", b"<ram:IssueDateTime>2026-13-24T", "time", "error"),
        (b"<ram:CountryID>HK</ram:CountryID>", b"<ram:CountryID>HKG</ram:CountryID>", "country", "error"),
        (b"<ram:OriginLocation><ram:ID>HKG<", b"<ram:OriginLocation><ram:ID>Hongkong<", "place", "error"),
        (b"PrepaidIndicator>true", b"PrepaidIndicator>maybe", "flag", "error"),
        (b"<ram:ProductID/>", b"", None, ""),
        (b"<ram:OriginLocation>", b"<ram:Novelty>1</ram:Novelty><ram:OriginLocation>", "unknown", "warning"),
        (b">EAW<", b">NSC<", "security-status", "warning"),
        (b"<ram:Content>0428<", b"<ram:Content>2028-04<", "note", "warning"),
        (b">RA</ram:ContentCode>", b">XX</ram:ContentCode>", "note", "warning"),
    ],
)
def test_a_fault_of_a_waybill_is_found(old: bytes, new: bytes, code: str | None, severity: str) -> None:
    changed = DIRECT.replace(old, new, 1)
    assert codes(changed) == ([] if code is None else [(f"cargo-xml-{code}", severity)])
    assert read(changed).outcome == ("refused" if severity == "error" else "accepted")


def test_a_finding_says_where_in_the_prefixes_of_the_message() -> None:
    (found,) = read(
        sample("xfwb/consolidation-in-pounds").replace(b"<ID>618-00000011</ID>", b"<ID>618-00000012</ID>")
    ).findings
    assert found.location == "/m:Waybill[1]/m:BusinessHeaderDocument[1]/ID[1]"


def test_a_second_master_consignment_is_refused() -> None:
    start, end = DIRECT.index(b"<rsm:MasterConsignment>"), DIRECT.index(b"</rsm:Waybill>")
    twice = DIRECT[:end] + DIRECT[start:end] + DIRECT[end:]
    assert ("cargo-xml-repeated", "error") in codes(twice)


def test_a_list_that_counts_otherwise_than_it_lists_is_told() -> None:
    data = sample("xfhl/houses").replace(b">963.8<", b">900.0<").replace(b"Quantity>37<", b"Quantity>36<")
    assert codes(data) == [("cargo-xml-totals", "warning")] * 2


# Writing ---------------------------------------------------------------------------------------------------------------


def test_a_manifest_of_our_own_becomes_each_message() -> None:
    bill = BillOfLading(
        id="160-12345675",
        consignor=Party(id="HK1", name="A", address=("ONE",), city="HONG KONG", country_code="HK"),
        consignee=Party(name="B", city="PORT ALPHA", country_code="NZ"),
        loading_place="HKG",
        unloading_place="AKL",
        goods_description="FIBRE",
        packaging=(Packaging(quantity=3),),
        gross_mass_kg=Decimal("12.5"),
        hs_codes=("900110",),
        equipment=(TransportEquipment(id="AKE12345CX"),),
        handling_codes=("SPX",),
    )
    air = TransportMeans(mode_code="4")
    issued = datetime(2026, 11, 26, tzinfo=UTC)
    manifest = Manifest(
        voyage="CX0197", departed=date(2026, 11, 25), departure_place="HKG", issued=issued, transport=air, bills=(bill,)
    )
    house = structs.replace(bill, id="H1", level="house", master_id="160-12345675")
    list_of_one = structs.replace(manifest, kind="degroupage", master_id="160-12345675", bills=(house,))
    for name, document in (
        ("xfwb", manifest),
        ("xffm", manifest),
        ("xfzb", structs.replace(manifest, bills=(house,))),
        (
            "xfhl",
            structs.replace(list_of_one, totals=read(sample("xfhl/houses")).document.totals, destination_place="AKL"),
        ),
    ):
        found = read(standards.write(document, f"cargo-xml-{name}"))
        assert (found.outcome, [f.code for f in found.findings if f.severity == "error"]) == ("accepted", []), name
        (again,) = found.document.bills
        assert (again.id, again.goods_description, again.gross_mass_kg) == (
            document.bills[0].id,
            "FIBRE",
            Decimal("12.5"),
        )
        assert again.handling_codes == ("SPX",)
        if name in ("xfwb", "xfzb"):
            assert (
                again.consignor.id == "HK1" and again.equipment[0].id == "AKE12345CX" and again.hs_codes == ("900110",)
            )


def test_a_movement_of_our_own_becomes_a_status() -> None:
    moment = datetime(2026, 11, 26, 11, 38, tzinfo=UTC)
    movement = Movement(
        message_code="RCF", functional_reference="S1", occurred=moment, references=(Reference("BL", "160-12345675"),)
    )
    again = read(standards.write(movement, "cargo-xml-xfsu"))
    assert again.outcome == "accepted"
    assert (again.document.message_code, again.document.movements[0].arrived) == ("RCF", moment)
    with pytest.raises(SenderError, match="needs a waybill"):
        standards.write(Movement(message_code="RCF"), "cargo-xml-xfsu")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"transport": TransportMeans(mode_code="1")}, "sent by air"),
        ({"bills": ()}, "one bill"),
        ({"bills": (BillOfLading(id="160-12345675", level="house"),)}, "waybills of airlines"),
        ({"bills": (BillOfLading(id="MSCU1"),)}, "three digits"),
    ],
)
def test_what_is_no_air_waybill_is_not_written_as_one(change: dict[str, Any], words: str) -> None:
    manifest = Manifest(transport=TransportMeans(mode_code="4"), bills=(BillOfLading(id="160-12345675"),))
    with pytest.raises(SenderError, match=words):
        standards.write(structs.replace(manifest, **change), "cargo-xml-xfwb")


def test_a_document_changed_where_its_message_tells_it_twice_is_not_written() -> None:
    document = read(DIRECT).document
    other = structs.replace(document.bills[0], goods_description="SOMETHING ELSE")
    with pytest.raises(SenderError, match="changed"):
        standards.write(structs.replace(document, bills=(other,)), "cargo-xml-xfwb")


# Public messages and mappings ------------------------------------------------------------------------------------------


def test_every_public_message_is_accepted_and_reads_the_same_once_written() -> None:
    files = sorted(corpora("host", "iata-cargo-xml").glob("*.xml"))
    assert len(files) == 7
    for path in files:
        found = read(path.read_bytes())
        assert found.outcome == "accepted", path.name
        written = standards.write(found.document, found.standard)
        assert read(written).document == found.document, path.name
        (bill,) = found.document.bills
        assert bill.id and bill.consignor.name and bill.consignee.country_code and bill.loading_place
        assert bill.gross_mass_kg and bill.packaging and bill.goods_description, path.name


@pytest.mark.parametrize(
    ("name", "file", "sheet", "fewest"),
    [
        ("xfwb", "Orchestration-1.2.0-XFWB-5.0.0-mapping.xlsx", "sheet2", 240),
        ("xfzb", "Orchestration-1.2.0-XFZB-4.0.0-mapping.xlsx", "sheet1", 240),
        ("xfhl", "Orchestration-1.2.0-XFHL-3.0.0-mapping.xlsx", "sheet2", 50),
        ("xfsu", "Orchestration-1.2.0-XFSU-6.0.0-mapping.xlsx", "sheet1", 110),
    ],
)
def test_every_element_of_the_published_mapping_is_in_our_table(name: str, file: str, sheet: str, fewest: int) -> None:
    paths = list(mapped(corpora("host", "iata-cargo-xml-mapping", file), sheet))
    assert len(paths) >= fewest
    assert [path for path in paths if not is_known(name, path)] == []
    assert not is_known(name, (*paths[-1], "Novelty"))


def is_known(name: str, path: tuple[str, ...]) -> bool:
    outline = OUTLINES[name]
    kind: Any = outline.classes[next(iter(outline.roots.values()))]
    for step in path:
        field = kind.get(step) or kind.get(f"rsm:{step}")
        if field is None:
            return False
        kind = outline.classes.get(field.content, {})
    return True


def mapped(path: Path, sheet: str) -> Iterator[tuple[str, ...]]:
    """The paths of elements below the root that a mapping workbook draws as XML, line by line."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        shared = [
            "".join(t.text or "" for t in each.iter(f"{space}t"))
            for each in etree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        rows = etree.fromstring(book.read(f"xl/worksheets/{sheet}.xml")).iter(f"{space}row")
        texts = [
            [shared[int(v.text or 0)] for c in row if c.get("t") == "s" and (v := c.find(f"{space}v")) is not None]
            for row in rows
        ]
    roots = {root for outline in OUTLINES.values() for root in outline.roots.values()}
    steps: list[str] = []
    for row in texts:
        line = next((text for text in row if re.search(r"<\s*/?\s*r[as]m\s*:", text)), None)
        if line is None:
            continue
        if re.match(r"\s*<\s*/", line):
            steps = steps[:-1]
            continue
        found = re.search(r"<\s*r[as]m\s*:\s*(\w+)", line)
        if found is None or found[1] in roots:
            continue
        yield (*steps, found[1])
        if "</" not in line:
            steps.append(found[1])
