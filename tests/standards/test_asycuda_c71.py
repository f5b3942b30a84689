# SPDX-License-Identifier: Apache-2.0
"""The value declaration: what it says, and what each of its rules finds, leaves alone and is silent about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from cocket.errors import SenderError
from cocket.findings import render
from cocket.model import Amount, ConvertedAmount, Manifest, Party, Reference, ValueDeclaration, ValuedInvoice
from cocket.standards.asycuda import C71
from cocket.standards.asycuda.c71.rules import RULES
from cocket.standards.asycuda.judging import code_of
from cocket.standards.asycuda.legibility import LEGIBILITY
from cocket.standards.xml import parse_xml
from tests.standards.asycuda_samples import GONE, changed, read, sample

HEAD = "Identification_segment"
FIRST = "Item[1]"
NO_ROYALTIES = {f"{FIRST}/Royalties_licence_fees": "0"}


class Case(NamedTuple):
    """Changes to a clean sample that break a rule, that nearly do, and that leave it nothing to judge."""

    hit: dict[str, Any]
    near: dict[str, Any]
    missing: dict[str, Any]
    expected: str | None = None


CASES = {
    "c71-no-invoice": Case({"Item": GONE}, {"Item[2]": GONE}, {HEAD: GONE}),
    "c71-answer-unreadable": Case({f"{HEAD}/Yes_8A": "maybe"}, {f"{HEAD}/Yes_8A": "0"}, {f"{HEAD}/Yes_8A": None}),
    "c71-seller-missing": Case(
        {f"{HEAD}/Seller_segment/Name": None}, {f"{HEAD}/Seller_segment/Address": None}, {"Item": GONE}
    ),
    "c71-buyer-missing": Case(
        {f"{HEAD}/Buyer_segment/*": None}, {f"{HEAD}/Buyer_segment/Name": None}, {f"{HEAD}/Buyer_segment/Code": None}
    ),
    "c71-both-answers": Case(
        {f"{HEAD}/Yes_8A": "true"}, {f"{HEAD}/Yes_8A": "true", f"{HEAD}/No_8A": "false"}, {f"{HEAD}/No_8A": GONE}
    ),
    "c71-unanswered": Case(
        {f"{HEAD}/No_8B": "false"}, {f"{HEAD}/No_7B": "false"}, {f"{HEAD}/Yes_7C": GONE, f"{HEAD}/No_7C": GONE}, "8B"
    ),
    "c71-influence-unanswered": Case(
        {f"{HEAD}/No_7B": "false"},
        {f"{HEAD}/Yes_7C": "false"},
        {f"{HEAD}/No_7B": "false", f"{HEAD}/Yes_7A": "false", f"{HEAD}/No_7A": "true"},
    ),
    "c71-relation-contradicted": Case(
        {f"{HEAD}/Yes_7A": "false", f"{HEAD}/No_7A": "true"},
        {f"{HEAD}/Yes_7A": "false", f"{HEAD}/No_7A": "true", f"{HEAD}/Yes_7C": "false"},
        {f"{HEAD}/Yes_7A": "false"},
    ),
    "c71-price-influenced": Case(
        {f"{HEAD}/Yes_7B": "true", f"{HEAD}/No_7B": "false", f"{HEAD}/Yes_7C": "false"},
        {f"{HEAD}/Yes_7B": "true", f"{HEAD}/No_7B": "false"},
        {f"{HEAD}/Yes_7A": "false"},
    ),
    "c71-details-missing": Case(
        {f"{HEAD}/Box9_Details": None},
        {f"{HEAD}/Box8_Details": None},
        {f"{HEAD}/Box9_Details": None, f"{HEAD}/Yes_9A": "0"},
    ),
    "c71-royalties-not-stated": Case(
        NO_ROYALTIES, {f"{FIRST}/Royalties_licence_fees": "0.01"}, {**NO_ROYALTIES, f"{HEAD}/Yes_9A": "false"}
    ),
    "c71-royalties-denied": Case(
        {f"{HEAD}/Yes_9A": "false", f"{HEAD}/No_9A": "true"},
        {f"{HEAD}/Yes_9A": "false", f"{HEAD}/No_9A": "true", **NO_ROYALTIES},
        {f"{HEAD}/Yes_9A": "false"},
    ),
    "c71-proceeds-not-stated": Case(
        {f"{HEAD}/Yes_9B": "true", f"{HEAD}/No_9B": "false"},
        {f"{HEAD}/Yes_9B": "true", f"{HEAD}/No_9B": "false", f"{FIRST}/Proceeds": "10"},
        {f"{HEAD}/No_9B": "false"},
    ),
    "c71-proceeds-denied": Case(
        {f"{FIRST}/Proceeds": "10"}, {f"{FIRST}/Proceeds": "0.00"}, {f"{FIRST}/Proceeds": "10", f"{HEAD}/No_9B": None}
    ),
    "c71-price-missing": Case({f"{FIRST}/Net_Price": "0.0"}, {f"{FIRST}/Net_Price": "0.5"}, {FIRST: GONE}),
    "c71-invoice-number-missing": Case(
        {f"{FIRST}/Invoice_Number": None}, {f"{FIRST}/Invoice_Date": None}, {FIRST: GONE}
    ),
    "c71-invoice-repeated": Case(
        {f"{FIRST}/Invoice_Number": "FM-2026-119"},
        {f"{FIRST}/Invoice_Number": "FM-2026-11"},
        {"Item/Invoice_Number": None},
    ),
    "c71-amount-negative": Case(
        {f"{FIRST}/Transport": "-912.50"}, {f"{FIRST}/Transport": "-0"}, {f"{FIRST}/Transport": None}
    ),
    "c71-currency-missing": Case(
        {f"{FIRST}/Currency_code_tpt": None},
        {f"{FIRST}/Currency_code_brg": None},
        {f"{FIRST}/Currency_code_tpt": None, f"{FIRST}/Transport": None},
    ),
    "c71-rate-missing": Case(
        {f"{FIRST}/Currency_Rate_tpt": "0"},
        {f"{FIRST}/Currency_Rate_brg": None},
        {f"{FIRST}/Currency_Rate_tpt": None, f"{FIRST}/Transport": None},
    ),
    "c71-rates-differ": Case(
        {f"{FIRST}/Currency_Rate_tpt": "121"},
        {f"{FIRST}/Currency_Rate_tpt": "120.50"},
        {f"{FIRST}/Currency_Rate_tpt": "121", f"{FIRST}/Transport": "0"},
        "120.5",
    ),
    "c71-other-unspecified": Case(
        {"Item[2]/Other_specify": None},
        {"Item[1]/Other_specify": None},
        {"Item[2]/Other_specify": None, "Item[2]/Other_charges": None},
    ),
    "c71-deductions-over": Case(
        {"Item[2]/Transport_after_import": "11710.11"},
        {"Item[2]/Transport_after_import": "11710.10"},
        {"Item[2]/Transport_after_import": "99999", "Item[2]/Currency_Rate_aim": None},
        "1417092.05",
    ),
}


@pytest.fixture(scope="module")
def form() -> ValueDeclaration:
    document = read(sample("related-parties")).document
    assert isinstance(document, ValueDeclaration)
    return document


def codes(data: bytes) -> set[str]:
    return {finding.code for finding in read(data).findings}


def test_parties_and_papers_are_read(form: ValueDeclaration) -> None:
    assert form.id == "4410077"
    assert form.seller == Party(name="FARAWAY MILLS LTD", address=("UNIT 4, MILL ROW", "FARPORT"))
    assert form.buyer is not None
    assert form.buyer.id == "K12345678A"
    assert (form.contract, form.contract_signed) == ("SC 2025/88", date(2025, 11, 13))
    assert (form.decision, form.decided) == ("VD 17", date(2026, 1, 20))
    assert form.references == (
        Reference("INVOICE", "FM-2026-118", "FARAWAY MILLS LTD"),
        Reference("INVOICE", "FM-2026-119", "FARAWAY MILLS LTD"),
        Reference("DOCUMENT", "SC 2025/88", "FARAWAY MILLS LTD"),
    )


def test_an_answer_is_yes_no_or_none(form: ValueDeclaration) -> None:
    assert (form.is_related, form.relation_influenced_price, form.approximates_test_value) == (True, False, True)
    assert (form.has_restrictions, form.has_royalties) == (False, True)
    both = read(changed(sample("related-parties"), {f"{HEAD}/Yes_8A": "true"})).document
    assert both.has_restrictions is None  # type: ignore[union-attr]
    plain = read(sample("plain-sale")).document
    assert plain.relation_influenced_price is None  # type: ignore[union-attr]


def test_sums_are_read_with_currency_and_rate_and_zero_is_not_absent(form: ValueDeclaration) -> None:
    first, second = form.invoices
    assert first.price == ConvertedAmount(amount=Amount(Decimal("18250.40"), "EUR"), exchange_rate=Decimal("120.5"))
    assert first.additions["royalties"].amount == Amount(Decimal("547.51"), "EUR")
    assert first.additions["brokerage"].amount.value == 0
    assert (len(first.additions), len(first.deductions)) == (12, 4)
    assert second.deductions["other"].amount.value == 50
    assert second.other_charges == "UNLOADING AFTER IMPORT"
    without = read(changed(sample("related-parties"), {f"{FIRST}/Brokerage": None})).document
    assert "brokerage" not in without.invoices[0].additions  # type: ignore[union-attr]


def test_the_host_s_id_is_the_reference(form: ValueDeclaration) -> None:
    assert read(sample("related-parties")).reference == "4410077"
    assert read(sample("plain-sale")).reference is None


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_the_fault_and_its_place(code: str) -> None:
    data = changed(sample("related-parties"), CASES[code].hit)
    finding = next(each for each in read(data).findings if each.code == code)
    assert "{" not in render(finding)
    assert finding.location is not None
    assert parse_xml(data).getroottree().xpath(finding.location)
    if CASES[code].expected is not None:
        assert finding.expected == CASES[code].expected


@pytest.mark.parametrize("code", CASES)
def test_a_rule_leaves_a_near_miss_and_a_missing_field_alone(code: str) -> None:
    assert code not in codes(changed(sample("related-parties"), CASES[code].near))
    assert code not in codes(changed(sample("related-parties"), CASES[code].missing))


def test_every_rule_is_tried_here() -> None:
    assert set(CASES) == {code_of(rule) for rule, _ in RULES} - {code_of(rule) for rule, _ in LEGIBILITY}


@pytest.mark.parametrize("name", ["related-parties", "plain-sale"])
def test_a_clean_form_has_nothing_found(name: str) -> None:
    assert codes(sample(name)) == set()


def test_only_a_form_that_values_nothing_is_refused() -> None:
    assert {code_of(rule) for rule, severity in RULES if severity == "error"} == {"c71-no-invoice"}
    assert read(changed(sample("related-parties"), CASES["c71-no-invoice"].hit)).outcome == "refused"


def test_a_form_made_here_is_written_and_reads_the_same() -> None:
    price = ConvertedAmount(amount=Amount(Decimal("10.5"), "USD"), exchange_rate=Decimal("2.7"))
    invoice = ValuedInvoice(number="1", issued=date(2026, 3, 4), price=price, additions={"royalties": price})
    document = ValueDeclaration(id="7", seller=Party(name="A"), is_related=True, invoices=(invoice,))
    again = read(C71.write(document)).document  # type: ignore[misc]
    assert isinstance(again, ValueDeclaration)
    assert (again.id, again.seller, again.is_related, again.has_royalties) == ("7", document.seller, True, None)
    assert again.invoices == (invoice,)


def test_another_document_is_not_written_as_a_form() -> None:
    with pytest.raises(SenderError, match="value declaration"):
        C71.write(Manifest())  # type: ignore[misc]
