# SPDX-License-Identifier: Apache-2.0
"""An invoice as a draft: what is declared equals what the invoice says, or the difference is listed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cocket import standards
from cocket.consignment.hand_drafts import (
    Draft,
    DraftLine,
    DraftParty,
    check_draft,
    declaration_of,
    draft_of_invoice,
    field_of,
)
from cocket.findings import Finding, render
from cocket.model import CommercialInvoice, Declaration
from tests.consignment.hand_drafts.invoices import goods, line, ubl


def read(content: bytes, draft: Draft | None = None) -> Draft:
    reading = standards.read(content)
    assert isinstance(reading.document, CommercialInvoice), reading.findings
    return draft_of_invoice(
        draft or Draft(), reading.document, ("invoice.xml", str(reading.standard)), reading.findings
    )


def notes(draft: Draft) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in draft.read_from[-1].notes:
        found.setdefault(one.code, []).append(one)
    return found


def declared(draft: Draft) -> Declaration:
    """What the message of a draft says when it is read again."""
    document = standards.read(standards.write(declaration_of(draft), "wco-dm", is_compared=True)).document
    assert isinstance(document, Declaration)
    return document


def test_all_of_100_lines_are_declared_and_add_up_to_what_is_invoiced() -> None:
    lines = goods(100)
    draft = read(ubl(lines))
    truth = sum((Decimal(one["amount"]) for one in lines), Decimal(0))
    items = declared(draft).shipment.items
    assert len(items) == 100
    assert sum((one.commodity.price.value for one in items if one.commodity.price), Decimal(0)) == truth
    assert [one.commodity.description for one in items] == [one["name"] for one in lines]
    assert [one.origins[0].country_code for one in items] == [one["origin"] for one in lines]
    assert [one.commodity.classifications[0].id for one in items] == [one["code"] for one in lines]
    invoice = declared(draft).valuation.invoice
    assert invoice is not None and (invoice.value, invoice.currency) == (truth, "EUR")
    assert notes(draft).keys() == {"draft-seller", "draft-buyer", "draft-net-mass-missing"}
    assert notes(draft)["draft-net-mass-missing"][0].arguments["lines"] == "1–100"


def test_a_line_in_another_currency_keeps_it_and_no_totals_are_compared() -> None:
    draft = read(ubl([line(1, "400.00"), line(2, "55.00", currency="USD")]))
    assert [(one.amount, one.currency) for one in draft.lines] == [("400.00", "EUR"), ("55.00", "USD")]
    prices = [one.commodity.price for one in declared(draft).shipment.items]
    assert [(str(one.value), one.currency) for one in prices if one] == [("400.00", "EUR"), ("55.00", "USD")]
    found = notes(draft)
    assert render(found["draft-line-currency"][0]) == "line 2 is in USD, the invoice in EUR; it keeps its own"
    assert "draft-currencies" in found and "draft-lines-differ" not in found
    assert "draft-sum-open" in {one.code for one in check_draft(draft)}


def test_freight_insurance_and_packing_are_declared_by_kind_and_a_discount_is_listed() -> None:
    charges = (
        {"is_charge": "true", "amount": "70.00", "code": "FC", "reason": "By sea"},
        {"is_charge": "true", "amount": "9.50", "reason": "Cargo insurance"},
        {"is_charge": "true", "amount": "12.00", "code": "PC"},
        {"is_charge": "true", "amount": "5.00", "reason": "Certificate fee"},
        {"is_charge": "false", "amount": "40.00", "reason": "Autumn rebate"},
    )
    totals = {
        "LineExtensionAmount": "400.00", "TaxExclusiveAmount": "456.50", "TaxInclusiveAmount": "543.24",
        "AllowanceTotalAmount": "40.00", "ChargeTotalAmount": "96.50", "PrepaidAmount": "100.00", "PayableAmount": "443.24",
    }  # fmt: skip
    draft = read(ubl([line(1, "400.00")], charges=charges, totals=totals))
    assert [one.kind for one in draft.charges] == ["freight", "insurance", "packing", "other", "discount"]
    told = {name: str(one.value) for name, one in declared(draft).valuation.charges.items()}
    assert told == {"freight": "70.00", "AK": "9.50", "AD": "12.00"}
    found = notes(draft)
    assert "40.00 EUR" in render(found["draft-discount"][0]) and "5.00 EUR" in render(found["draft-charge-other"][0])
    assert "100.00 EUR was paid before" in render(found["draft-prepaid"][0])
    assert "draft-total-differs" not in found
    went = {one.what: (one.amount, one.went) for one in draft.read_from[0].sums}
    assert went["freight"] == ("70.00", "declared") and went["discount"] == ("40.00", "left-out")
    assert went["prepaid"] == ("100.00", "compared") and went["without-tax"] == ("456.50", "declared")
    invoice = declared(draft).valuation.invoice
    assert invoice is not None and str(invoice.value) == "456.50"
    warned = [one.found for one in check_draft(draft) if one.code == "draft-charge-not-declared"]
    assert warned == ["5.00 EUR", "40.00 EUR"]


def test_freight_and_insurance_in_one_sum_are_not_taken_for_either() -> None:
    draft = read(
        ubl(
            [line(1, "10")],
            charges=[{"is_charge": "true", "amount": "3", "reason": "Freight & insurance".replace("&", "and")}],
        )
    )
    assert draft.charges[0].kind == "other"
    assert "draft-charge-mixed" in notes(draft)


def test_a_charge_in_another_currency_keeps_it() -> None:
    charge = {"is_charge": "true", "amount": "70.00", "code": "FC", "currency": "GBP"}
    draft = read(ubl([line(1, "400.00")], charges=[charge]))
    assert (draft.charges[0].amount, draft.charges[0].currency) == ("70.00", "GBP")
    assert notes(draft).keys() >= {"draft-charge-currency", "draft-currencies"}
    freight = declared(draft).valuation.charges["freight"]
    assert (str(freight.value), freight.currency) == ("70.00", "GBP")


def test_charges_of_one_kind_in_two_currencies_are_refused_not_added() -> None:
    charges = [
        {"is_charge": "true", "amount": "70.00", "code": "FC", "currency": "GBP"},
        {"is_charge": "true", "amount": "30.00", "code": "FC"},
    ]
    draft = read(ubl([line(1, "400.00")], charges=charges))
    assert declaration_of(draft).valuation.charges == {}
    assert [one.severity for one in check_draft(draft) if one.code == "draft-charge-currencies"] == ["error"]


def test_a_credit_note_cannot_be_lodged_as_a_sale() -> None:
    draft = read(ubl([line(1, "80.00"), line(2, "20.00")], credit=True))
    assert [one.amount for one in draft.lines] == ["-80.00", "-20.00"]
    assert draft.invoice_amount == "-100.00"
    assert notes(draft)["draft-credit-note"][0].severity == "error"
    errors = [one.location for one in check_draft(draft) if one.code == "draft-below-zero"]
    assert errors == ["invoice_amount", "lines[1].amount", "lines[2].amount"]


def test_a_line_below_zero_is_entered_and_named() -> None:
    draft = read(ubl([line(1, "80.00"), line(2, "-20.00")]))
    assert [one.amount for one in draft.lines] == ["80.00", "-20.00"]
    assert notes(draft)["draft-line-below-zero"][0].location == "lines[2].amount"
    assert "draft-lines-differ" not in notes(draft)


@pytest.mark.parametrize(("stated", "is_off"), [("400.00", False), ("404.00", True), ("399.98", True)])
def test_lines_that_do_not_add_up_to_the_invoices_own_sum_are_listed(stated: str, is_off: bool) -> None:
    totals = {"LineExtensionAmount": stated, "TaxExclusiveAmount": stated, "PayableAmount": stated}
    draft = read(ubl([line(1, "100.00"), line(2, "300.00")], totals=totals))
    found = notes(draft)
    assert ("draft-lines-differ" in found) is is_off
    assert ("draft-sum" in {one.code for one in check_draft(draft)}) is is_off
    if is_off:
        assert (found["draft-lines-differ"][0].found, found["draft-lines-differ"][0].expected) == ("400.00", stated)
        assert draft.invoice_amount == stated and [one.amount for one in draft.lines] == ["100.00", "300.00"]


def test_quantity_times_price_that_is_not_the_amount_is_listed() -> None:
    draft = read(ubl([line(1, "99.00", quantity="10", unit="H87", price="10.00")]))
    found = notes(draft)["invoice-line-amount"][0]
    assert (found.expected, found.found) == ("100", "99") and draft.lines[0].amount == "99.00"


def test_a_charge_inside_a_line_is_named_and_not_added_again() -> None:
    draft = read(ubl([line(1, "110.00", quantity="10", unit="H87", price="10.00", charge="10.00")]))
    assert render(notes(draft)["draft-line-charge"][0]) == (
        "the amount of line 1 has a charge of 10.00 EUR in it (Deburring)"
    )
    assert draft.lines[0].amount == "110.00" and draft.charges == ()


def test_what_lines_do_not_say_stays_empty_and_is_listed_by_line() -> None:
    given = [line(1, "1.00", unit="KGM", quantity="3", origin="DE"), line(2, "2.00", quantity="5"), line(3, "3.00")]
    given[2]["code"] = "741220 741210"
    draft = read(ubl(given))
    assert [(one.unit, one.origin, one.net_mass, one.code) for one in draft.lines] == [
        ("KGM", "DE", "", ""), ("", "", "", ""), ("", "", "", ""),
    ]  # fmt: skip
    missing = {code: one[0].arguments["lines"] for code, one in notes(draft).items() if code.endswith("-missing")}
    assert missing == {
        "draft-code-missing": "1–3", "draft-origin-missing": "2–3", "draft-quantity-missing": "3", "draft-unit-missing": "2–3",
        "draft-net-mass-missing": "1–3",
    }  # fmt: skip
    assert notes(draft)["draft-line-codes"][0].found == "741220, 741210"


def test_a_second_invoice_adds_its_lines_and_changes_nothing_that_was_entered() -> None:
    first = read(ubl(goods(3)), Draft(reference="LRN 1", lines=(DraftLine(description="typed before"),)))
    second = read(ubl(goods(2), number="R/2026-0816"), first)
    assert [one.description for one in second.lines[:1]] == ["typed before"] and len(second.lines) == 6
    assert [one.number for one in second.documents] == ["R/2026-0815", "R/2026-0816"]
    assert second.invoice_amount == first.invoice_amount and "draft-several-invoices" in notes(second)
    assert len(second.read_from) == 2 and second.reference == "LRN 1"


def test_a_party_that_was_entered_is_completed_where_nothing_differs_and_kept_where_something_does() -> None:
    draft = read(
        ubl(goods(1)), Draft(importer=DraftParty(id="XA1", name="Kontor Nord"), exporter=DraftParty(name="Other"))
    )
    assert draft.importer == DraftParty(id="XA1", name="Kontor Nord", country="XA")
    assert draft.exporter == DraftParty(name="Other")
    kept = notes(draft)["draft-field-kept"]
    assert [(one.location, one.expected, one.found) for one in kept] == [
        ("exporter.name", "Other", "Messing Kowalski GmbH")
    ]


def test_lines_beyond_what_a_declaration_holds_are_named_not_dropped() -> None:
    draft = read(ubl(goods(1001)))
    assert len(draft.lines) == 999
    assert notes(draft)["draft-lines-too-many"][0].found == "1000"
    assert "draft-lines-differ" in notes(draft)


@pytest.mark.parametrize(
    ("location", "field"),
    [
        ("/md:MetaData[1]/Declaration[1]/GoodsShipment[1]/GovernmentAgencyGoodsItem[12]/Origin[1]/CountryCode[1]", "lines[12].origin"),
        ("/md:MetaData[1]/Declaration[1]/AdditionalDocument[2]/ID[1]", "documents[2].number"),
        ("/md:MetaData[1]/Declaration[1]/Declarant[1]/ID[1]", "declarant.id"),
        ("/md:MetaData[1]/Declaration[1]/SupervisingOffice[1]/ID[1]", None),
        (None, None),
    ],
)  # fmt: skip
def test_a_place_in_the_message_leads_to_its_field(location: str | None, field: str | None) -> None:
    assert field_of(location) == field
