# SPDX-License-Identifier: Apache-2.0
"""Invoices of UBL and CII: what is read, what is wrong with one, its arithmetic, and from one syntax to the other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec import structs

from cocket.errors import SenderError
from cocket.findings import render
from cocket.model import (
    AllowanceCharge,
    Amount,
    Classification,
    CommercialInvoice,
    Declaration,
    InvoiceLine,
    InvoiceTotals,
    PackingList,
    Party,
    Reading,
    TradeTerms,
    TransportEquipment,
)
from cocket.standards import STANDARDS, convert, read, write
from cocket.standards.invoice.rules import INVOICE_RULES, check, invoice_lines_total
from tests.corpora import corpora

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
UBL = (SAMPLES / "ubl-invoice" / "machine-parts.xml").read_bytes()
CREDIT = (SAMPLES / "ubl-invoice" / "credit-note.xml").read_bytes()
CII = (SAMPLES / "cii" / "machine-parts.xml").read_bytes()
EXAMPLES = "en16931-examples"


def invoice_of(data: bytes) -> CommercialInvoice:
    document = read(data).document
    assert isinstance(document, CommercialInvoice)
    return document


def changed(data: bytes, old: bytes, new: bytes) -> Reading:
    assert old in data
    return read(data.replace(old, new, 1))


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


# ── What is read ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [UBL, CII], ids=["ubl", "cii"])
def test_both_syntaxes_give_the_same_nouns(data: bytes) -> None:
    invoice = invoice_of(data)
    assert invoice.kind == "invoice"
    assert (invoice.type_code, invoice.issued, invoice.due) == ("380", date(2026, 2, 11), date(2026, 4, 12))
    assert invoice.currency == "USD"
    assert invoice.seller == Party(
        id="XB77120045",
        name="Tamarind Pumps Ltd",
        address=("14 Foundry Road", "Unit 3"),
        city="Portbeta",
        postcode="B4 117",
        country_code="XB",
        contact="R. Osei",
    )
    assert invoice.buyer is not None
    assert invoice.buyer.name == "Alphaland Waterworks"
    assert invoice.consignee == Party(name="Alphaland Waterworks, Store 7")
    assert invoice.terms == TradeTerms(code="CIF", place="Alpha City")
    assert (invoice.gross_mass_kg, invoice.net_mass_kg, invoice.packages) == (Decimal(1840), Decimal("1610.5"), 6)
    assert [(each.is_charge, each.amount and each.amount.value) for each in invoice.charges] == [
        (True, Decimal("950.00")),
        (False, Decimal("150.00")),
    ]
    assert invoice.totals.payable is not None
    assert invoice.totals.payable.value == Decimal("17640.00")


@pytest.mark.parametrize("data", [UBL, CII], ids=["ubl", "cii"])
def test_a_line_has_goods_code_origin_quantity_price_and_masses(data: bytes) -> None:
    pumps, seals = invoice_of(data).lines
    assert pumps.description == "Centrifugal pumps, cast iron, 40 kW"
    assert pumps.classifications == (Classification(id="841370", type_code="HS"),)
    assert (pumps.origin_country_code, pumps.quantity, pumps.quantity_unit) == ("XB", Decimal(12), "H87")
    assert pumps.unit_price is not None
    assert pumps.unit_price.value == Decimal("1700.00")
    assert (pumps.packages, pumps.gross_mass_kg, pumps.net_mass_kg) == (4, Decimal(1700), Decimal("1500.5"))
    assert (pumps.order_line, seals.price_quantity, seals.origin_country_code) == ("10", Decimal(100), "XC")
    assert seals.charges[0].reason == "Damaged boxes"


def test_the_consignment_is_named_by_invoice_order_bill_of_lading_and_container() -> None:
    names = {(name.kind, name.value) for name in invoice_of(UBL).references}
    assert {
        ("INVOICE", "TS-2026-0417"),
        ("ORDER", "PO-88120"),
        ("BL", "KSTL0260211"),
        ("DOCUMENT", "CO-2026-771"),
        ("EQUIPMENT", "CSQU3054383"),
    } <= names
    assert invoice_of(UBL).references[0].issuer == "Tamarind Pumps Ltd"
    assert invoice_of(UBL).equipment[0].seals[0].id == "TP00417"


def test_the_reference_of_a_message_has_its_seller_in_it() -> None:
    assert read(UBL).reference == "XB77120045/TS-2026-0417"
    assert changed(UBL, b"XB77120045", b"XB99999999").reference == "XB99999999/TS-2026-0417"


@pytest.mark.parametrize("name", ["ubl-invoice/credit-note.xml", "cii/credit-note.xml"])
def test_a_credit_note_is_told_from_an_invoice(name: str) -> None:
    invoice = invoice_of((SAMPLES / name).read_bytes())
    assert (invoice.kind, invoice.type_code, len(invoice.lines)) == ("credit-note", "381", 1)
    assert invoice.lines[0].quantity == Decimal(30)


def test_a_seller_known_by_its_register_alone_has_name_and_number() -> None:
    seller = invoice_of(CREDIT).seller
    assert seller == Party(id="77120045", name="Tamarind Pumps Limited", address=("14 Foundry Road, Unit 3, Portbeta",))


def test_masses_in_other_units_are_kilograms_and_in_unknown_ones_stay_where_they_are() -> None:
    pounds = changed(
        UBL, b'<cbc:GrossWeightMeasure unitCode="KGM">1840<', b'<cbc:GrossWeightMeasure unitCode="LBR">100<'
    )
    assert isinstance(pounds.document, CommercialInvoice)
    assert pounds.document.gross_mass_kg == Decimal("45.359237")
    stones = changed(
        UBL, b'<cbc:GrossWeightMeasure unitCode="KGM">1840<', b'<cbc:GrossWeightMeasure unitCode="STI">12<'
    )
    assert isinstance(stones.document, CommercialInvoice)
    assert stones.document.gross_mass_kg is None
    assert b'unitCode="STI">12<' in write(stones.document, "ubl-invoice")


def test_zero_unknown_and_absent_are_three_things() -> None:
    assert invoice_of(UBL).totals.tax == Amount(Decimal("0.00"), "USD")
    assert invoice_of(CREDIT).totals.tax is None
    assert invoice_of(CII).totals.payable == Amount(Decimal("17640.00"), None)


# ── What is wrong with one ───────────────────────────────────────────────────────────────────────────────────────────

FAULTS = [
    (UBL, b"<cbc:ID>TS-2026-0417</cbc:ID>", b"", "invoice-element-missing"),
    (UBL, b"<cbc:UBLVersionID>2.1</cbc:UBLVersionID>", b"<cbc:Colour>red</cbc:Colour>", "invoice-element-unexpected"),
    (UBL, b"<cbc:UBLVersionID>2.1<", b"<cbc:ID>X</cbc:ID><cbc:UBLVersionID>2.1<", "invoice-element-misplaced"),
    (UBL, b"<cbc:DueDate>", b"<cbc:DueDate>2026-04-11</cbc:DueDate><cbc:DueDate>", "invoice-element-repeated"),
    (UBL, b"2026-02-11<", b"11.02.2026<", "invoice-value-format"),
    (UBL, b"2026-02-11<", b"2026-02-30<", "invoice-value-format"),
    (UBL, b">20400.00<", b">20,400.00<", "invoice-value-format"),
    (UBL, b"<cbc:ChargeIndicator>true", b"<cbc:ChargeIndicator>yes", "invoice-value-format"),
    (UBL, b' currencyID="USD">950.00', b">950.00", "invoice-attribute-missing"),
    (UBL, b' currencyID="USD">950.00', b' currencyID="USD" colour="red">950.00', "invoice-attribute-unexpected"),
    (UBL, b"<cac:OrderReference>", b"<cac:OrderReference>see there", "invoice-text-unexpected"),
    (UBL, b">PO-88120<", b"><cbc:ID>PO-88120</cbc:ID><", "invoice-content-unexpected"),
    (CII, b">20260211<", b"/><udt:DateTimeString>20260211<", "invoice-element-missing"),
    (CII, b"<ram:TypeCode>380</ram:TypeCode>", b"<ram:TypeCode>380</ram:TypeCode><ram:ID>1</ram:ID>", "invoice-element-repeated"),
    (CII, b"<udt:Indicator>true", b"<udt:Indicator>perhaps", "invoice-value-format"),
    (CII, b">1700.00<", b">1.7E3<", "invoice-value-format"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "old", "new", "code"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_fault_of_structure_refuses_with_its_place(data: bytes, old: bytes, new: bytes, code: str) -> None:
    reading = changed(data, old, new)
    assert reading.outcome == "refused"
    finding = next(finding for finding in reading.findings if finding.code == code)
    assert finding.severity == "error"
    assert finding.location is not None
    assert finding.location.startswith("/Invoice[1]" if data is UBL else "/rsm:CrossIndustryInvoice[1]")
    assert "{" not in render(finding)
    assert reading.document is not None


def test_another_invoice_is_not_taken_for_one_of_these() -> None:
    assert read(b"<Invoice><ID>1</ID></Invoice>").standard is None
    assert read(UBL.replace(b"Invoice-2", b"Invoice-1")).standard is None


# ── Arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────────────


def usd(value: str) -> Amount:
    return Amount(Decimal(value), "USD")


def line(**fields: Any) -> InvoiceLine:
    whole: dict[str, Any] = {"quantity": Decimal(3), "unit_price": usd("10.00"), "amount": usd("30.00"), **fields}
    return InvoiceLine(**whole)


def totals(**fields: Any) -> dict[str, Any]:
    return {"totals": InvoiceTotals(**{name: usd(value) for name, value in fields.items()})}


def charge(value: str, *, is_charge: bool) -> AllowanceCharge:
    return AllowanceCharge(is_charge=is_charge, amount=usd(value))


ARITHMETIC: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # the code, a hit, a near miss, and one that does not say
    ("invoice-currency", {"currency": "DOL"}, {"currency": "USD"}, {"currency": None}),
    (
        "invoice-currencies",
        {"currency": "EUR", **totals(payable="1")},
        {"currency": "USD", **totals(payable="1")},
        {"currency": "EUR"},
    ),
    (
        "invoice-line-amount",
        {"lines": (line(amount=usd("33.00")),)},
        {"lines": (line(amount=usd("29.99")), line(charges=(charge("4", is_charge=False),), amount=usd("26.00")))},
        {"lines": (line(unit_price=None), line(quantity=None), line(amount=None), line(price_quantity=Decimal(0)))},
    ),
    (
        "invoice-lines-total",
        {"lines": (line(), line()), **totals(lines="90.00")},
        {"lines": (line(), line()), **totals(lines="60.01")},
        {"lines": (line(), line(amount=None)), **totals(lines="90.00")},
    ),
    (
        "invoice-charges-total",
        {"charges": (charge("5", is_charge=True),), **totals(charges="6.00")},
        {"charges": (charge("5", is_charge=True), charge("2", is_charge=False)), **totals(charges="5", allowances="2")},
        {**totals(charges="6.00")},
    ),
    (
        "invoice-total",
        totals(lines="100", charges="10", allowances="5", without_tax="110"),
        totals(lines="100", charges="10", allowances="5", without_tax="105"),
        totals(lines="100"),
    ),
    (
        "invoice-with-tax",
        totals(without_tax="100", tax="20", with_tax="121"),
        totals(without_tax="100", tax="20", with_tax="120"),
        totals(without_tax="100", with_tax="120"),
    ),
    (
        "invoice-payable",
        totals(with_tax="120", prepaid="20", payable="120"),
        totals(with_tax="120.40", prepaid="20", rounding="-0.40", payable="100.00"),
        totals(payable="120"),
    ),
    (
        "invoice-net-above-gross",
        {"lines": (line(gross_mass_kg=Decimal(9), net_mass_kg=Decimal(10)),)},
        {"gross_mass_kg": Decimal(10), "net_mass_kg": Decimal(10)},
        {"net_mass_kg": Decimal(10)},
    ),
    (
        "invoice-equipment-number",
        {"equipment": (TransportEquipment(id="CSQU3054384"),)},
        {"equipment": (TransportEquipment(id="CSQU3054383"),)},
        {"equipment": (TransportEquipment(id="PALLET 7"),)},
    ),
]


def told(**fields: Any) -> list[str]:
    return [finding.code for finding in check(CommercialInvoice(**fields))]


@pytest.mark.parametrize(("code", "hit", "miss", "silent"), ARITHMETIC, ids=[code for code, *_ in ARITHMETIC])
def test_a_rule_has_a_hit_a_near_miss_and_a_silence(
    code: str, hit: dict[str, Any], miss: dict[str, Any], silent: dict[str, Any]
) -> None:
    fields = {"currency": "USD"}
    assert code in told(**{**fields, **hit})
    assert code not in told(**{**fields, **miss})
    assert code not in told(**{**fields, **silent})
    assert all(each.severity == "warning" and "{" not in render(each) for each in check(CommercialInvoice(**hit)))


def test_every_rule_tells_its_source() -> None:
    assert len(INVOICE_RULES) == len(ARITHMETIC)
    assert all(rule.__doc__ and "Source:" in rule.__doc__ for rule in INVOICE_RULES)


def test_a_sum_without_decimals_may_be_rounded_to_the_unit() -> None:
    price = usd("10.14")
    assert told(currency="USD", lines=(line(unit_price=price, amount=usd("30")),)) == []
    assert told(currency="USD", lines=(line(unit_price=price, amount=usd("30.00")),)) == ["invoice-line-amount"]


def test_an_invoice_that_does_not_add_up_is_accepted_and_told() -> None:
    reading = changed(UBL, b">17640.00<", b">7640.00<")
    assert reading.outcome == "accepted"
    assert codes(reading) == ["invoice-payable"]


# ── Writing and converting ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("data", "target"), [(UBL, "cii"), (CII, "ubl-invoice"), (CREDIT, "cii")])
def test_an_invoice_goes_to_the_other_syntax_with_a_full_account(data: bytes, target: str) -> None:
    done = convert(data, target)
    assert done.outcome == "accepted"
    assert done.findings == ()
    assert done.values == done.recovered + len(done.lost)
    assert done.message is not None
    there, here = invoice_of(done.message), invoice_of(data)
    assert [(each.id, each.quantity, each.description or each.name) for each in there.lines] == [
        (each.id, each.quantity, each.description or each.name) for each in here.lines
    ]
    assert [name.value for name in there.references] == [name.value for name in here.references]


def test_there_and_back_again_only_what_cii_has_no_place_for_is_lost() -> None:
    there = convert(UBL, "cii")
    assert there.message is not None
    back = convert(there.message, "ubl-invoice")
    assert back.lost == ()
    assert {value.path.rpartition("/")[2] for value in there.lost} == {
        "cbc:UBLVersionID[1]", "@listID", "cbc:Note[1]", "@schemeID", "cbc:RegistrationName[1]",
        "cbc:ElectronicMail[1]", "cbc:ID[1]", "cbc:SealIssuerTypeCode[1]", "@unitCode",
    }  # fmt: skip


def test_an_amount_without_currency_gets_that_of_the_invoice_where_it_must_say_one() -> None:
    done = convert(CII, "ubl-invoice")
    assert done.message is not None
    amounts = etree.fromstring(done.message).findall(".//{*}PayableAmount")
    assert [each.get("currencyID") for each in amounts] == ["USD"]


def test_an_invoice_from_scratch_reads_as_it_was_made() -> None:
    made = CommercialInvoice(
        number="1",
        issued=date(2026, 1, 2),
        currency="EUR",
        seller=Party(name="A", address=("1", "2", "3", "4")),
        lines=(InvoiceLine(id="1", name="Tea", amount=Amount(Decimal("2.5"), "EUR")),),
    )
    for standard in ("ubl-invoice", "cii"):
        again = invoice_of(write(made, standard))
        assert (again.number, again.issued, again.lines[0].name) == ("1", date(2026, 1, 2), "Tea")
        assert again.seller is not None
        assert "".join(again.seller.address).replace(" ", "") == "1234"


@pytest.mark.parametrize("standard", ["ubl-invoice", "cii", "ubl-packing"])
def test_another_paper_is_not_written_as_one(standard: str) -> None:
    for other in (Declaration(), PackingList() if standard != "ubl-packing" else CommercialInvoice()):
        with pytest.raises(SenderError):
            write(other, standard)


@pytest.mark.parametrize("standard", ["ubl-invoice", "cii"])
def test_a_text_that_xml_cannot_hold_is_told(standard: str) -> None:
    with pytest.raises(SenderError, match="XML does not allow"):
        write(CommercialInvoice(number="bell \x07"), standard)


# ── Public examples ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_public_examples_are_accepted_and_written_as_they_read() -> None:
    files = [path for path in sorted(corpora(EXAMPLES).rglob("*")) if path.suffix.lower() == ".xml"]
    files = [path for path in files if path.parent.parent.name in ("ubl", "cii")]
    assert len(files) == 34
    for path in files:
        reading = read(path.read_bytes())
        assert reading.outcome == "accepted", path.name
        assert reading.document is not None
        again = read(write(reading.document, reading.standard or ""))
        assert (again.document, again.outcome) == (reading.document, "accepted"), path.name


def test_the_three_standards_are_in_the_house() -> None:
    assert {"ubl-invoice", "cii", "ubl-packing"} <= {standard.name for standard in STANDARDS}


def test_a_line_that_sums_up_others_is_not_counted_beside_them() -> None:
    parts = (line(id="1", role="GROUP"), line(id="2", role="DETAIL", parent="1"), line(id="3", role="INFORMATION"))
    right, wrong = (CommercialInvoice(lines=parts, **totals(lines=each)) for each in ("30.00", "90.00"))
    assert not list(invoice_lines_total(right))
    assert [finding.code for finding in invoice_lines_total(wrong)] == ["invoice-lines-total"]


def test_the_roles_of_lines_are_read_and_written() -> None:
    mark = b"</ram:LineID>"
    part = b"<ram:ParentLineID>9</ram:ParentLineID><ram:LineStatusReasonCode>DETAIL</ram:LineStatusReasonCode>"
    data = CII.replace(mark, mark + part, 1)
    invoice = invoice_of(data)
    assert (invoice.lines[0].parent, invoice.lines[0].role, invoice.lines[0].is_billed) == ("9", "DETAIL", True)
    assert invoice_of(write(invoice, "cii")) == invoice


def test_a_name_that_stands_in_the_register_alone_is_written_there_alone() -> None:
    assert CREDIT.count(b"PartyName>") == 2  # the buyer's alone
    document = invoice_of(CREDIT)
    assert write(document, "ubl-invoice").count(b"PartyName>") == 2
    assert invoice_of(write(document, "ubl-invoice")) == document


def test_a_name_that_stands_in_both_places_is_written_in_both() -> None:
    both = CREDIT.replace(
        b"<cac:PartyLegalEntity>",
        b"<cac:PartyName><cbc:Name>Tamarind Pumps Limited</cbc:Name></cac:PartyName><cac:PartyLegalEntity>",
        1,
    )
    document = invoice_of(both)
    written = write(document, "ubl-invoice")
    assert (both.count(b"PartyName>"), written.count(b"PartyName>")) == (4, 4)
    assert written.count(b"Tamarind Pumps Limited") == 2
    assert invoice_of(written) == document


def test_a_changed_name_is_written_in_a_place_of_its_own() -> None:
    document = invoice_of(CREDIT)
    assert document.seller is not None
    changed = structs.replace(document, seller=structs.replace(document.seller, name="Tamarind Works"))
    again = invoice_of(write(changed, "ubl-invoice"))
    assert again.seller is not None
    assert again.seller.name == "Tamarind Works"


@pytest.mark.parametrize("empty", [b"<cbc:Note/>", b"<cbc:Note></cbc:Note>", b"<cbc:Note> </cbc:Note>"])
def test_an_element_of_ubl_with_nothing_in_it_is_told(empty: bytes) -> None:
    assert not read(CREDIT).findings
    at = CREDIT.index(b"<cbc:DocumentCurrencyCode")
    found = read(CREDIT[:at] + empty + CREDIT[at:])
    assert [(one.code, one.severity, one.found) for one in found.findings] == [
        ("invoice-element-empty", "warning", "cbc:Note")
    ]
    assert found.outcome == "accepted"


def test_an_aggregate_of_ubl_with_nothing_in_it_is_told() -> None:
    at = CREDIT.index(b"<cac:AccountingSupplierParty")
    found = read(CREDIT[:at] + b"<cac:BillingReference/>" + CREDIT[at:])
    assert ("invoice-element-empty", "cac:BillingReference") in [(one.code, one.found) for one in found.findings]
