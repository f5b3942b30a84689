# SPDX-License-Identifier: Apache-2.0
"""What a SAD says, whatever habits it was written in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from cocket.model import Amount, Declaration, Party, Reference
from cocket.standards.xml import parse_xml
from tests.standards.asycuda_samples import GONE, added, changed, read, sample


def declaration(data: bytes, profile: str | None = None) -> Declaration:
    document = read(data, profile).document
    assert isinstance(document, Declaration)
    return document


@pytest.fixture(scope="module")
def imported() -> Declaration:
    return declaration(sample("import-alphaland"))


def test_header_boxes_are_read(imported: Declaration) -> None:
    assert (imported.office.code, imported.office.name) == ("XA210000", "ALPHA CITY")
    assert (imported.type_code, imported.flow, imported.functional_reference) == ("IM 4", "import", "OWN-77")
    assert (imported.items_declared, imported.packages_declared) == (3, 58)
    assert imported.gross_mass_kg_declared == Decimal("2675.75")
    assert imported.shipment.transaction_nature_code == "11"
    assert imported.shipment.trade_terms is not None
    assert imported.shipment.trade_terms.code == "FOB"
    assert imported.valuation.invoice == Amount(Decimal("29450.50"), "EUR")
    assert imported.valuation.exchange_rate == Decimal("120.5")
    assert imported.valuation.charges["external_freight"].value == Decimal("177438.66")
    assert imported.valuation.charges["deduction"].value == 0


def test_a_name_is_parted_from_the_address_below_it(imported: Declaration) -> None:
    assert imported.shipment.exporter == Party(name="FARAWAY MILLS LTD", address=("UNIT 4, MILL ROW", "FARPORT"))
    assert imported.shipment.importer == Party(
        id="K12345678A", name="OWN IMPORTS SHPK", address=("RRUGA 9", "ALPHA CITY")
    )


def test_means_of_transport_are_read_with_their_modes(imported: Declaration) -> None:
    border, inland = imported.shipment.border_transport, imported.shipment.inland_transport
    assert border is not None
    assert (border.id, border.nationality_code, border.mode_code) == ("MV OWN STAR", "XJ", "1")
    assert inland is not None
    assert (inland.id, inland.mode_code) == ("XA 55 TT", "3")


def test_an_item_is_read_whole(imported: Declaration) -> None:
    item = imported.shipment.items[0]
    assert item.sequence == 1
    assert item.commodity.description == "WHITE SUGAR IN BAGS\nOF 25 KG"
    assert [code.id for code in item.commodity.classifications] == ["17019900100"]
    assert item.commodity.price == Amount(Decimal("18250.40"), "EUR")
    assert (item.packaging[0].quantity, item.packaging[0].marks) == (40, "OWN/1-40\nALPHA CITY")
    assert item.procedure is not None
    assert (item.procedure.current, item.procedure.previous, item.procedure.national) == ("40", "00", ("000",))
    assert item.origins[0].country_code == "XJ"
    assert item.customs_value == Amount(Decimal("2309131.86"))
    assert item.equipment_ids == ("CKTU0000011",)
    assert item.quota_id == "094321"
    assert [(r.quantity, r.unit_code) for r in item.commodity.supplementary] == [(Decimal("2350.0"), "KGM")]


def test_documents_and_licence_are_read_and_padding_is_not(imported: Declaration) -> None:
    documents = imported.shipment.items[0].documents
    assert [document.id for document in documents] == ["FM-2026-118", "CO 5518", "LIC-9"]
    assert documents[0].issued == date(2026, 3, 30)
    assert documents[1].issued is None
    assert documents[2].category_code == "licence"
    assert documents[2].quantity == 2350


def test_previous_documents_are_told_apart(imported: Declaration) -> None:
    first, _, third = imported.shipment.items
    assert [(d.category_code, d.id, d.line) for d in first.previous_documents] == [("X", "OWNB2600411", 4)]
    assert [(d.category_code, d.id) for d in third.previous_documents] == [("X", "OWNB2600412"), ("Z", "IM5 77")]


def test_a_fraction_and_an_amount_per_unit_are_told_apart(imported: Declaration) -> None:
    duty, excise, vat = imported.shipment.items[0].commodity.duties
    assert (duty.rate, duty.is_specific) == (Decimal("0.06"), False)
    assert (excise.rate, excise.is_specific, excise.base) == (Decimal(30), True, Decimal(2350))
    assert (vat.rate, vat.rate_as_written) == (Decimal("0.2"), Decimal("0.2"))


def test_per_cent_becomes_a_fraction() -> None:
    cet, vat = declaration(sample("warehouse-gammastan")).shipment.items[0].commodity.duties
    assert (cet.rate, cet.rate_as_written) == (Decimal("0.3"), Decimal(30))
    assert (vat.rate, vat.is_specific) == (Decimal("0.16"), False)


def test_without_a_profile_the_arithmetic_of_the_paper_shows_the_unit() -> None:
    data = sample("numeric-codes")
    assert declaration(data).shipment.items[0].commodity.duties[0].rate == Decimal("0.18")
    unclear = changed(data, {"//Duty_tax_amount[text()]": "1.11"})
    assert declaration(unclear).shipment.items[0].commodity.duties[0].rate is None
    assert declaration(unclear).shipment.items[0].commodity.duties[0].rate_as_written == 18
    assert declaration(unclear, "asycuda:betania").shipment.items[0].commodity.duties[0].rate == Decimal("0.18")


def test_states_of_the_host_are_days(imported: Declaration) -> None:
    assert imported.status is not None
    assert imported.status.registration == "C 512 2026-04-09"
    assert (imported.status.registered, imported.status.assessed) == (date(2026, 4, 9), date(2026, 4, 9))
    assert imported.status.paid == date(2026, 4, 10)
    assert imported.id == "XA210000/2026/C/512"


def test_a_stored_declaration_has_no_number_and_the_same_reference() -> None:
    data = sample("import-alphaland")
    stored = changed(data, {f"Identification/{part}/*": None for part in ("Registration", "Assessment", "receipt")})
    document = declaration(stored)
    assert document.id is None
    assert document.status is not None
    assert document.status.registered is None
    assert read(stored).reference == read(data).reference == "XA210000/9990001/OWN-77"
    assert read(data).function == "original"


def test_without_a_number_of_the_declarant_the_host_s_is_the_reference() -> None:
    data = changed(sample("import-alphaland"), {"Declarant/Reference/Number": None})
    assert read(data).reference == "XA210000/2026/C/512"
    assert read(changed(data, {"Identification/Registration/*": None})).reference is None


def test_the_year_of_registration_is_sure_even_where_the_day_is_not() -> None:
    document = declaration(sample("numeric-codes"))
    assert document.status is not None
    assert document.status.registered is None
    assert document.status.registration == "C 31"
    assert document.id == "00155/2026/C/31"


def test_every_name_of_the_consignment_is_a_reference(imported: Declaration) -> None:
    assert imported.references == (
        Reference("SAD", "XA210000/2026/C/512"),
        Reference("LRN", "OWN-77", "9990001"),
        Reference("MANIFEST", "2026 41", "XA210000"),
        Reference("BL", "OWNB2600411"),
        Reference("BL", "OWNB2600412"),
        Reference("EQUIPMENT", "CKTU0000011"),
        Reference("EQUIPMENT", "CKTU0000027"),
        Reference("INVOICE", "FM-2026-118", "FARAWAY MILLS LTD"),
    )


def test_a_ucr_in_the_declarant_s_own_number_is_one() -> None:
    assert Reference("UCR", "6XB123456-ORDER5") in declaration(sample("export-betania")).references


def test_exponents_commas_and_own_marks_do_not_disturb() -> None:
    document = declaration(sample("export-betania"))
    item = document.shipment.items[0]
    assert document.valuation.total_cif == Amount(Decimal("106288.72"))
    assert item.packaging[0].quantity == 120
    assert item.commodity.classifications[0].id == "0302890000"
    assert item.commodity.description == "FRESH FISH & ICE <CHILLED>"
    assert [remark.text for remark in document.information] == ["PERISHABLE", "Second attempt"]


def test_numeric_countries_are_read_by_the_letters_beside_them() -> None:
    shipment = declaration(sample("numeric-codes")).shipment
    assert (shipment.export_country_code, shipment.destination_country_code) == ("GE", "TR")
    assert shipment.items[0].origins[0].country_code == "GE"
    alone = changed(sample("numeric-codes"), {"//Country_of_origin_region": None})
    assert declaration(alone).shipment.items[0].origins[0].country_code == "GE"


def test_numeric_currencies_become_letters() -> None:
    assert declaration(sample("numeric-codes")).valuation.invoice == Amount(Decimal("4000"), "GEL")


def test_tags_in_any_case_are_read() -> None:
    document = declaration(sample("numeric-codes"))
    assert document.shipment.items[0].charges["external_freight"].value > 0
    low = sample("numeric-codes").replace(b"Total_number_of_items", b"total_NUMBER_of_items")
    assert declaration(low).items_declared == 1


def test_an_earlier_declaration_and_a_supplier_s_invoice_are_read() -> None:
    document = declaration(sample("warehouse-gammastan"))
    earlier = document.shipment.previous_documents[0]
    assert (earlier.id, earlier.line) == ("XCA00/2025/C/4410", 2)
    assert [(d.id, d.issuer, d.issued) for d in document.documents] == [
        ("FT-771", "FARAWAY TRADING", date(2026, 4, 20))
    ]
    assert Reference("INVOICE", "FT-771", "FARAWAY TRADING") in document.references
    assert not any(reference.value == earlier.id for reference in document.references)


def test_a_seller_is_read_from_the_supplier_s_documents() -> None:
    seller = declaration(sample("numeric-codes")).shipment.seller
    assert seller == Party(
        name="NORTH WOOL", address=("MILL LANE 2",), city="OLD TOWN", postcode="0105", country_code="GE"
    )


def test_both_forms_of_empty_and_none_at_all_read_the_same() -> None:
    data = sample("import-alphaland")
    block = declaration(data)
    inline = declaration(data.replace(b"\n<null/>\n", b"<null/>"))
    bare = declaration(data.replace(b"\n<null/>\n", b""))
    root: Any = parse_xml(data)
    for element in root.xpath("//*[not(normalize-space())]"):
        element.getparent().remove(element)
    left_out = declaration(etree.tostring(root, encoding="UTF-8"))

    def content(document: Declaration) -> Any:
        return document.shipment, document.valuation, document.references, document.status

    assert content(block) == content(inline) == content(bare) == content(left_out)


def test_zero_is_not_absent() -> None:
    zero = changed(sample("import-alphaland"), {"Financial/Amounts/Totals_taxes": "0.0"})
    absent = changed(sample("import-alphaland"), {"Financial/Amounts/Totals_taxes": GONE})
    assert declaration(zero).valuation.total_duties == Amount(Decimal(0))
    assert declaration(absent).valuation.total_duties is None


def test_a_container_of_several_items_is_in_each() -> None:
    row = "<Container><Item_Number>1</Item_Number><Container_identity>CKTU0000027</Container_identity></Container>"
    document = declaration(added(sample("import-alphaland"), ".", row))
    assert document.shipment.items[0].equipment_ids == ("CKTU0000011", "CKTU0000027")
    assert [r.value for r in document.references if r.kind == "EQUIPMENT"] == ["CKTU0000011", "CKTU0000027"]


def test_a_transit_is_read_with_what_its_principal_undertakes() -> None:
    document = declaration(sample("transit-gammastan"))
    transit = document.transit
    assert transit is not None
    assert transit.principal == Party(
        id="9990001", name="OWN BROKERS", address=("HARBOUR ROAD 5",), contact="A. N. AGENT"
    )
    assert (transit.destination_office, transit.destination_country_code) == ("XJ700", "XJ")
    assert (transit.seals_declared, [seal.id for seal in transit.seals]) == (2, ["GS 4411", "GS 4412"])
    assert (transit.control_result, transit.time_limit, transit.officer) == ("A1", "8", "C. OFFICER")
    assert (transit.signed_place, transit.signed) == ("AIRPORT", date(2026, 4, 25))
    (guarantee,) = document.guarantees
    assert (guarantee.name, guarantee.amount) == ("OWN SURETY 77", Amount(Decimal("25000.0")))
    assert (guarantee.dated, guarantee.excluded_country_code) == (date(2026, 4, 20), "XK")


def test_payment_and_exit_are_read() -> None:
    document = declaration(sample("transit-gammastan"))
    payment, left = document.payment, document.export_release
    assert payment is not None
    assert payment.payer is not None
    assert (payment.payer.id, payment.bank_name, payment.terms_code) == ("0019998880001XC", "OWN BANK", "30")
    assert (payment.method, payment.deferred_reference) == ("CASH", "DEF 12")
    assert left is not None
    assert (left.exited, left.exit_time, left.office_code) == (date(2026, 4, 28), "14:05", "XCB10")
    assert (left.reference, left.comments) == ("EX 118", "SEALS WHOLE")


def test_what_is_taken_out_of_a_warehouse_is_read_by_every_measure() -> None:
    document = declaration(sample("warehouse-gammastan"))
    (earlier,) = document.shipment.previous_documents
    assert (earlier.id, earlier.line, earlier.item_number) == ("XCA00/2025/C/4410", 2, 1)
    assert (earlier.commodity_code, earlier.origin_country_code) == ("24022000900", "XJ")
    assert earlier.available is not None
    assert earlier.written_off is not None
    assert (earlier.available.packages, earlier.written_off.packages) == (10, 4)
    assert (earlier.available.mass_kg, earlier.written_off.mass_kg) == (Decimal("200.5"), Decimal("80.2"))
    assert earlier.written_off.supplementary == Decimal("160.0")
    assert earlier.written_off.value == Amount(Decimal("6000.1"))


def test_what_is_not_said_of_transit_payment_or_exit_is_none(imported: Declaration) -> None:
    assert imported.transit is None
    assert imported.guarantees == ()
    assert imported.export_release is None
    assert imported.shipment.warehouse_days is None
