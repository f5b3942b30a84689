# SPDX-License-Identifier: Apache-2.0
"""Reading a declaration into the model and writing it back."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from cocket.errors import CocketError, SenderError
from cocket.model import (
    Amendment,
    Amount,
    AuthorisationHolder,
    CustomsOffice,
    Declaration,
    Extension,
    Manifest,
    Reading,
    Reference,
)
from cocket.standards.kind import Options, Source
from cocket.standards.wco_dm import WCO_DM
from cocket.standards.wco_dm.fields import DECLARATION_NAMESPACE
from cocket.standards.xml import parse_xml
from tests.corpora import corpora
from tests.standards.wco_mutations import mutants
from tests.standards.wco_samples import (
    ANSWERS,
    NAMES,
    accepted_samples,
    answers,
    declaration_in,
    full_declaration,
    own,
    read,
)


def document(data: bytes) -> Declaration:
    """The declaration read from bytes that have to be accepted."""
    reading = read(data)
    assert reading.outcome == "accepted", reading.findings
    assert isinstance(reading.document, Declaration)
    return reading.document


def contents(data: bytes) -> Counter[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Every element of a declaration by path, text and attributes, however it was indented."""
    declaration = declaration_in(data)
    tree = etree.ElementTree(declaration)
    found: Counter[tuple[str, str, tuple[tuple[str, str], ...]]] = Counter()
    for element in declaration.iter():
        text = "" if len(element) else (element.text or "").strip()
        attributes = tuple(sorted((str(k), str(v)) for k, v in element.items() if "XMLSchema-instance" not in str(k)))
        found[tree.getelementpath(element), text, attributes] += 1
    return found


def changed(data: bytes, *changes: tuple[str, str]) -> bytes:
    """A sample with some text replaced, each of which has to occur."""
    text = data.decode()
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text.encode()


def test_header_parties_and_transport_are_read() -> None:
    read_in = document(own("import"))
    assert read_in.functional_reference == "ALPHA-2026-000117"
    assert read_in.issued == datetime(2026, 3, 5, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    assert read_in.office.code == "XAPRT001"
    assert read_in.items_declared == 2
    assert read_in.packages_declared == 120
    assert read_in.gross_mass_kg_declared == Decimal("4120.5")
    assert read_in.valuation.invoice == Amount(Decimal("18250.50"), "EUR")
    assert read_in.valuation.charges == {"freight": Amount(Decimal(640), "EUR"), "AK": Amount(Decimal("25.00"), "EUR")}
    assert read_in.declarant is not None
    assert read_in.declarant.contact == "I. Mwangi"
    shipment = read_in.shipment
    assert shipment.exporter is not None
    assert shipment.exporter.name == "Betania Looms & Co"
    assert shipment.exporter.address == ("3 Quay Street",)
    assert shipment.exporter.country_code == "XB"
    assert shipment.border_transport is not None
    assert shipment.border_transport.name == "MV KESTREL"
    assert shipment.is_containerised is True
    assert [(each.id, [seal.id for seal in each.seals]) for each in shipment.equipment] == [
        ("CSQU3054383", ["ML-AB123456"])
    ]
    assert shipment.location is not None
    assert (shipment.location.name, shipment.location.country_code) == ("XAPRTSHED4", "XA")
    assert shipment.trade_terms is not None
    assert (shipment.trade_terms.code, shipment.trade_terms.place) == ("CIF", "XAPRT")


def test_goods_items_are_read() -> None:
    first, second = document(own("import")).shipment.items
    assert first.commodity.description == "Woven cotton fabric, bleached"
    assert [(each.id, each.type_code) for each in first.commodity.classifications] == [
        ("52082190", "TSP"),
        ("00", "TRC"),
    ]
    assert first.commodity.net_mass_kg == Decimal("1800.5")
    assert [(each.quantity, each.unit_code) for each in first.commodity.supplementary] == [(Decimal(9000), "MTK")]
    assert first.commodity.price == Amount(Decimal("11750.50"), "EUR")
    assert first.commodity.duties[0].payment_code == "E"
    assert first.procedure is not None
    assert (first.procedure.current, first.procedure.previous, first.procedure.national) == ("40", "00", ("1CS",))
    assert first.preference_code == "100"
    assert first.equipment_ids == ("CSQU3054383",)
    licence = first.documents[2]
    assert (licence.issuer, licence.quantity, licence.quantity_unit) == ("Ministry of Trade", Decimal("1800.5"), "KGM")
    assert [(each.quantity, each.type_code, each.marks) for each in first.packaging] == [(80, "RO", "BETANIA 1-80")]
    assert second.previous_documents[0].id == "KESTBET26000417H2"


def test_what_stands_around_the_goods_is_read() -> None:
    into = document(own("gb-import"))
    assert into.accepted == datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    assert into.authorisations == (AuthorisationHolder(id="GB999888777666", category_code="DPO"),)
    (guarantee,) = into.guarantees
    assert (guarantee.id, guarantee.reference, guarantee.type_code) == ("GBCGU999888777666", "G-77", "1")
    assert into.supervising_office == CustomsOffice(code="GBLBA001")
    assert [(each.id, each.function_code) for each in into.shipment.tax_parties] == [("GB999888777", "FR1")]
    assert into.shipment.location is not None
    assert into.shipment.location.qualifier_code == "U"
    first = into.shipment.items[0]
    assert first.valuation_indicators == "0000"
    duty = first.commodity.duties[0]
    assert (duty.base, duty.base_unit_code, duty.is_specific) == (Decimal("40.5"), "KGM", True)
    assert duty.assessed == Amount(Decimal("96.20"), "GBP")
    assert document(own("import")).shipment.items[1].commodity.dangerous_goods == ("1365",)


def test_the_journey_out_is_read() -> None:
    out = document(own("gb-export"))
    assert out.exit_office == CustomsOffice(code="GB000074")
    assert out.shipment.itinerary == ("GB", "IS")
    assert out.shipment.freight_payment_code == "D"
    assert out.shipment.carrier is not None
    assert out.shipment.carrier.id == "GB111222333444"


def test_the_changes_a_request_asks_for_are_read() -> None:
    steps = (
        "<Pointer><DocumentSectionCode>42A</DocumentSectionCode></Pointer>"
        "<Pointer><SequenceNumeric>1</SequenceNumeric><DocumentSectionCode>68A</DocumentSectionCode></Pointer>"
        "<Pointer><DocumentSectionCode>65A</DocumentSectionCode><TagID>128</TagID></Pointer></Amendment>"
    )
    first = document(changed(own("amendment"), ("</Amendment>", steps)))
    assert first.amendments == (Amendment(reason_code="32", pointer="42A/68A[1]/65A/128"),)
    assert WCO_DM.write is not None
    assert document(WCO_DM.write(first)) == first


def test_a_pointer_of_another_form_is_neither_read_nor_lost() -> None:
    odd = "<Pointer><SequenceNumeric>1</SequenceNumeric><TagID>128</TagID></Pointer></Amendment>"
    first = document(changed(own("amendment"), ("</Amendment>", odd)))
    assert first.amendments[0].pointer is None
    written = WCO_DM.write(first) if WCO_DM.write else b""
    assert document(written) == first
    assert WCO_DM.write is not None
    foreign = msgspec.structs.replace(first, amendments=(Amendment(pointer="the net mass"),))
    with pytest.raises(SenderError):
        WCO_DM.write(foreign)


def test_every_name_of_the_consignment_is_a_reference() -> None:
    read_in = document(own("import"))
    assert read_in.references == (
        Reference("LRN", "ALPHA-2026-000117"),
        Reference("UCR", "6XB-LOOMS-ORDER-5501"),
        Reference("DUCR", "6XA990000000042-S117"),
        Reference("MUCR", "A:KESTREL117"),
        Reference("DOCUMENT", "26XA00000000000355"),
        Reference("EQUIPMENT", "CSQU3054383"),
        Reference("BL", "KESTBET26000417"),
        Reference("INVOICE", "INV-2026-88"),
        Reference("HBL", "KESTBET26000417H2"),
    )
    assert read_in.shipment.items[1].references == (Reference("HBL", "KESTBET26000417H2"),)


def test_what_the_model_has_no_place_for_is_kept_where_it_belongs() -> None:
    read_in = document(own("import"))
    assert (
        Extension("GoodsShipment[1]/UCR[1]/TraderAssignedReferenceID[1]", "6XB-LOOMS-ORDER-5501") in read_in.extensions
    )
    assert Extension("TotalGrossMassMeasure[1]/@unitCode", "KGM") in read_in.extensions
    assert Extension("/MetaData[1]/ResponsibleAgencyName[1]", "Alphaland Customs") in read_in.extensions
    own_field = changed(own("import"), ("</UNDGID>", "</UNDGID><Hazard>hot</Hazard>"))
    _, second = read(own_field).document.shipment.items  # type: ignore[union-attr]
    assert second.extensions == (
        Extension(f"Commodity[1]/DangerousGoods[1]/{{{DECLARATION_NAMESPACE}}}Hazard[1]", "hot"),
    )
    assert not any("GovernmentAgencyGoodsItem" in extension.path for extension in read_in.extensions)


@pytest.mark.parametrize(
    ("type_code", "procedure", "flow"),
    [
        ("IMA", "40", "import"),
        ("EXD", "10", "export"),
        ("COA", "40", "import"),
        ("COA", "10", "export"),
        ("COR", "40", "other"),
        ("XYZ", "40", "other"),
    ],
)
def test_the_flow_is_told_by_type_and_for_special_territories_by_procedure(
    type_code: str, procedure: str, flow: str
) -> None:
    changes = ("<TypeCode>COA<", f"<TypeCode>{type_code}<"), ("<CurrentCode>40<", f"<CurrentCode>{procedure}<")
    assert document(changed(own("bare"), *changes)).flow == flow


def test_an_export_leaves_by_its_departure_transport() -> None:
    shipment = document(own("export-in-request")).shipment
    assert shipment.inland_transport is not None
    assert shipment.inland_transport.id == "XK 417"


@pytest.mark.parametrize(
    ("name", "function", "version"),
    [
        ("import", "original", "3.6"),
        ("bare", "original", "3.6"),
        ("amendment", "amendment", "3.6"),
        ("cancellation", "cancellation", "3.6"),
    ],
)
def test_function_and_edition_are_told(name: str, function: str, version: str | None) -> None:
    reading = read(own(name))
    assert (reading.standard, reading.profile) == ("wco-dm", "wco-dm")
    assert (reading.function, reading.version) == (function, version)


def test_a_request_carries_the_reference_of_the_declaration_it_changes() -> None:
    assert read(own("amendment")).reference == read(own("import")).reference == "ALPHA-2026-000117"
    without = changed(own("amendment"), ("<FunctionalReferenceID>ALPHA-2026-000117</FunctionalReferenceID>", ""))
    assert read(without).reference == "26XA0000000000117X"


def test_a_day_a_time_and_an_impossible_date_are_three_things() -> None:
    stamp = '<ds:DateTimeString formatCode="304">20260305093000+02<'
    day = document(changed(own("import"), (stamp, '<ds:DateTimeString formatCode="102">20260305<')))
    assert day.issued == datetime(2026, 3, 5)
    zulu = document(changed(own("import"), (stamp, '<ds:DateTimeString formatCode="304">20260305093000Z<')))
    assert zulu.issued == datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    for text, code in (("20261399", "102"), ("20260305093000Z", "102"), ("20260305", "304")):
        unclear = document(changed(own("import"), (stamp, f'<ds:DateTimeString formatCode="{code}">{text}<')))
        assert unclear.issued is None
        assert Extension("IssueDateTime[1]/DateTimeString[1]", text) in unclear.extensions


def test_a_time_at_half_an_hour_from_utc_is_written_as_the_same_time() -> None:
    assert WCO_DM.write is not None
    in_colombo = datetime(2026, 3, 5, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    declaration = msgspec.structs.replace(document(own("bare")), issued=in_colombo)
    assert document(WCO_DM.write(declaration)).issued == in_colombo


def test_a_mass_in_another_unit_is_not_taken_for_kilograms() -> None:
    tonnes = document(changed(own("import"), ('unitCode="KGM">4120.5', 'unitCode="TNE">4.1205')))
    assert tonnes.gross_mass_kg_declared is None
    assert Extension("TotalGrossMassMeasure[1]", "4.1205") in tonnes.extensions


@pytest.mark.parametrize("name", NAMES)
def test_writing_what_was_read_loses_and_adds_nothing(name: str) -> None:
    first = document(own(name))
    written = WCO_DM.write(first) if WCO_DM.write else b""
    assert document(written) == first
    assert contents(written) == contents(own(name))


def test_every_element_there_is_survives() -> None:
    first = document(full_declaration())
    written = WCO_DM.write(first) if WCO_DM.write else b""
    assert document(written) == first
    assert contents(written) == contents(full_declaration())


def test_every_third_party_declaration_survives() -> None:
    corpora(ANSWERS)
    for path, is_good in answers():
        if is_good:
            data = path.read_bytes()
            first = document(data)
            written = WCO_DM.write(first) if WCO_DM.write else b""
            assert document(written) == first, path
            assert Counter(text for _, text, _ in contents(written)) == Counter(text for _, text, _ in contents(data))


def test_several_full_procedures_and_repeated_charges_survive() -> None:
    again = "<GovernmentProcedure><CurrentCode>71</CurrentCode><PreviousCode>40</PreviousCode></GovernmentProcedure>"
    charge = (
        "<ChargeDeduction><ChargesTypeCode>AK</ChargesTypeCode>"
        '<OtherChargeDeductionAmount currencyID="EUR">1</OtherChargeDeductionAmount></ChargeDeduction>'
    )
    sample = changed(
        own("import"),
        ("<GovernmentProcedure><CurrentCode>1CS</CurrentCode></GovernmentProcedure>", again),
        ("</ChargeDeduction>", f"</ChargeDeduction>{charge}"),
    )
    first = document(sample)
    assert first.shipment.items[0].procedure is not None
    assert first.shipment.items[0].procedure.current == "40"
    written = WCO_DM.write(first) if WCO_DM.write else b""
    assert document(written) == first
    assert contents(written) == contents(sample)


def test_a_document_that_does_not_fit_is_not_written() -> None:
    assert WCO_DM.write is not None
    declaration = document(own("bare"))
    with pytest.raises(SenderError) as too_long:
        WCO_DM.write(msgspec.structs.replace(declaration, type_code="IMPORT"))
    assert [finding.code for finding in too_long.value.findings] == ["wco-value-length"]
    with pytest.raises(SenderError):
        WCO_DM.write(msgspec.structs.replace(declaration, functional_reference="a\x00b"))
    with pytest.raises(SenderError):
        WCO_DM.write(Manifest())


def test_a_ucr_read_elsewhere_is_written() -> None:
    assert WCO_DM.write is not None
    declaration = msgspec.structs.replace(document(own("bare")), references=(Reference("UCR", "6XA1-1"),))
    assert Reference("UCR", "6XA1-1") in document(WCO_DM.write(declaration)).references


def test_damaged_declarations_raise_only_our_errors() -> None:
    """Whatever is done to a message, on the tree or on the bytes, the answer is a reading or an error of ours."""
    kinds: Counter[str] = Counter()
    for place, (_, declaration) in enumerate(mutants(accepted_samples(), seed=63, count=2000)):
        data = bytearray(etree.tostring(declaration.getroottree().getroot()))
        if place % 2:
            data[place * 7919 % len(data)] = place % 256
        try:
            source = Source(bytes(data), parse_xml(bytes(data)))
            reading = WCO_DM.read(source, Options()) if WCO_DM.recognises(source) else Reading(outcome="refused")
        except CocketError:
            kinds["unreadable"] += 1
        else:
            kinds[reading.outcome] += 1
    assert set(kinds) == {"accepted", "refused", "unreadable"}


def test_what_is_no_declaration_is_refused_by_the_name_of_what_it_is() -> None:
    with pytest.raises(SenderError, match="A Manifest cannot be written as a declaration") as refused:
        WCO_DM.write(Manifest())  # type: ignore[misc]  # a declaration is what it writes
    assert refused.value.found == "Manifest"
