# SPDX-License-Identifier: Apache-2.0
"""Every rule of the SAD: it finds the fault, it leaves what is nearly one alone, and it is silent where nothing is."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from cocket.findings import render
from cocket.standards import Options, Source
from cocket.standards.asycuda import SAD
from cocket.standards.asycuda.judging import code_of, text_of
from cocket.standards.asycuda.sad.rules import RULES
from cocket.standards.xml import parse_xml
from tests.standards.asycuda_samples import GONE, added, changed, read, sample

TAXES = "Item[1]/Taxation/Taxation_line"


class Case(NamedTuple):
    """Changes to a clean sample that break a rule, that nearly do, and that leave it nothing to judge."""

    hit: dict[str, Any]
    near: dict[str, Any]
    missing: dict[str, Any]
    expected: str | None = None
    file: str = "import-alphaland"


OFFICE = "Identification/Office_segment/Customs_clearance_office_code"
DATE = "Identification/Registration/Date"
NATIONAL = "Item[1]/Valuation_item/Item_Invoice/Amount_national_currency"
RATE = "Item[1]/Valuation_item/Item_Invoice/Currency_rate"

TYPE, GENERAL = "Identification/Type", "Declaration_gen_procedure_code"
EXCLUDED = "Financial/Guarantee/Excluded_country"
PROCEDURE = "Item/Tarification/Extended_customs_procedure"

CASES = {
    "sad-office-missing": Case({OFFICE: " "}, {OFFICE: "X"}, {"Transport": GONE}),
    "sad-no-items": Case({"Item": GONE}, {"Item[3]": GONE}, {"Item[2]": GONE, "Property": GONE}),
    "asycuda-number-unreadable": Case(
        {"Valuation/Total_cost": "177,438.66"}, {"Valuation/Total_cost": "1.7743866E5"}, {"Valuation/Total_cost": None}
    ),
    "asycuda-date-unreadable": Case({DATE: "25/09/2026"}, {DATE: "9/4/26"}, {DATE: None}, "mm/dd/yyyy"),
    "asycuda-date-ambiguous": Case({DATE: "1/2/2026"}, {DATE: "13/2/2026"}, {DATE: None}, file="numeric-codes"),
    "sad-count-not-whole": Case(
        {"Item[1]/Packages/Number_of_packages": "40.5"},
        {"Item[1]/Packages/Number_of_packages": "40.00"},
        {"Item[1]/Packages/Number_of_packages": None},
    ),
    "sad-items-total": Case(
        {"Property/Nbers/Total_number_of_items": "4"},
        {"Property/Nbers/Total_number_of_items": "3.0"},
        {"Property/Nbers/Total_number_of_items": None},
        "3",
    ),
    "sad-forms-total": Case(
        {"Property/Forms/Total_number_of_forms": "3"},
        {"Property/Forms/Total_number_of_forms": "2.0"},
        {"Property/Forms/Total_number_of_forms": None},
        "2",
    ),
    "sad-packages-total": Case(
        {"Property/Nbers/Total_number_of_packages": "59"},
        {"Property/Nbers/Total_number_of_packages": "58.0"},
        {"Item[2]/Packages/Number_of_packages": None, "Property/Nbers/Total_number_of_packages": "59"},
        "58",
    ),
    "sad-gross-total": Case(
        {"Valuation/Total/Total_weight": "2675.79"},
        {"Valuation/Total/Total_weight": "2675.78"},
        {"Valuation/Total/Total_weight": GONE},
        "2675.75",
    ),
    "sad-invoice-total": Case(
        {"Valuation/Total/Total_invoice": "29450.57"},
        {"Valuation/Total/Total_invoice": "29450.56"},
        {"Valuation/Total/Total_invoice": "1", "Item[2]/Valuation_item/Item_Invoice/Currency_code": "USD"},
        "29450.50",
    ),
    "sad-cif-total": Case(
        {"Valuation/Total_CIF": "3726224.00"},
        {"Valuation/Total_CIF": "3726223.96"},
        {"Valuation/Total_CIF": None},
        "3726223.91",
    ),
    "sad-invoice-national": Case(
        {NATIONAL: "2199173.23"}, {NATIONAL: "2199173.22"}, {NATIONAL: "2199174.9", RATE: None}, "2199173.20"
    ),
    "sad-item-cost": Case(
        {"Item[1]/Valuation_item/Total_cost_itm": "109958.70"},
        {"Item[1]/Valuation_item/Total_cost_itm": "109958.67"},
        {"Item[1]/Valuation_item/Total_cost_itm": None},
        "109958.66",
    ),
    "sad-item-cif": Case(
        {"Item[1]/Valuation_item/Total_CIF_itm": "2309131.90"},
        {"Item[1]/Valuation_item/Total_CIF_itm": "2309132"},
        {"Item[1]/Valuation_item/Total_CIF_itm": "1", NATIONAL: None},
        "2309131.86",
    ),
    "sad-value-text": Case(
        {"Item[1]/Tarification/Value_item": "109,958.66+0.00+0.10+0.00-0.00"},
        {"Item[1]/Tarification/Value_item": "109,958.66+5.00+0.00+0.00-5.00"},
        {"Item[1]/Tarification/Value_item": "as agreed"},
        "109958.66",
    ),
    "sad-statistical-value": Case(
        {"Item[1]/Valuation_item/Statistical_value": "2309133"},
        {"Item[1]/Valuation_item/Statistical_value": "2309131"},
        {"Item[1]/Valuation_item/Statistical_value": None},
        "2309131.86",
    ),
    "sad-apportionment": Case(
        {"Item[1]/Valuation_item/Alpha_coeficient_of_apportionment": "0.5"},
        {"Item[1]/Valuation_item/Alpha_coeficient_of_apportionment": "6.197E-1"},
        {
            "Item[1]/Valuation_item/Alpha_coeficient_of_apportionment": "0.5",
            "Valuation/Calculation_working_mode": "1",
        },
        "0.619697",
    ),
    "sad-net-over-gross": Case(
        {"Item[2]/Valuation_item/Weight_itm/Net_weight_itm": "180.1"},
        {"Item[2]/Valuation_item/Weight_itm/Net_weight_itm": "180.000"},
        {"Item[2]/Valuation_item/Weight_itm/Net_weight_itm": None},
        "180",
    ),
    "sad-hs-code": Case(
        {"Item[1]/Tarification/HScode/Commodity_code": "77010000"},
        {"Item[1]/Tarification/HScode/Commodity_code": "76010000"},
        {"Item[1]/Tarification/HScode/Commodity_code": None},
    ),
    "sad-container-check-digit": Case(
        {"Container[1]/Container_identity": "CKTU0000012"},
        {"Container[1]/Container_identity": "CKTU 000001-1"},
        {"Container[1]/Container_identity": "TRAILER 12"},
        "1",
    ),
    "sad-rate-unit": Case(
        {f"{TAXES}[1]/Duty_tax_rate": "6"}, {f"{TAXES}[1]/Duty_tax_rate": "1.0"}, {f"{TAXES}[1]/Duty_tax_rate": None}
    ),
    "sad-tax-amount": Case(
        {f"{TAXES}[1]/Duty_tax_amount": "138547.95"},
        {f"{TAXES}[1]/Duty_tax_amount": "138548"},
        {f"{TAXES}[1]/Duty_tax_amount": "0", f"{TAXES}[1]/Duty_tax_MP": "0"},
        "138547.91",
    ),
    "sad-vat-base": Case(
        {f"{TAXES}[3]/Duty_tax_Base": "2518181.50"},
        {f"{TAXES}[3]/Duty_tax_Base": "2518179.78"},
        {f"{TAXES}[3]/Duty_tax_Base": "1.5", f"{TAXES}[1]/Duty_tax_MP": "0"},
        "2518179.77",
    ),
    "sad-item-taxes": Case(
        {"Item[1]/Taxation/Item_taxes_amount": "712684.00"},
        {"Item[1]/Taxation/Item_taxes_amount": "712683.90"},
        {"Item[1]/Taxation/Item_taxes_amount": None},
        "712683.86",
    ),
    "sad-taxes-total": Case(
        {"Financial/Amounts/Totals_taxes": "1027684.35"},
        {"Financial/Amounts/Totals_taxes": "1027834.40"},
        {"Financial/Amounts/Totals_taxes": None},
        "1027834.35",
    ),
    "sad-transit-principal-missing": Case(
        {"Transit/Principal/*": None},
        {"Transit/Principal/Code": None},
        {"Transit/Principal/*": None, f"{TYPE}/*": None},
        file="transit-gammastan",
    ),
    "sad-transit-destination-missing": Case(
        {"Transit/Destination/Office": " "},
        {"Transit/Destination/Country": None},
        {"Transit/Destination/Office": None, f"{TYPE}/Type_of_declaration": "EX", f"{TYPE}/{GENERAL}": "1"},
        file="transit-gammastan",
    ),
    "sad-transit-guarantee-missing": Case(
        {"Financial/Guarantee/Name": None, "Financial/Guarantee/Amount": None},
        {"Financial/Guarantee/Name": None},
        {"Financial/Guarantee": GONE, f"{TYPE}/Type_of_declaration": "EX", f"{TYPE}/{GENERAL}": "1"},
        file="transit-gammastan",
    ),
    "sad-transit-time-limit": Case(
        {"Transit/Time_limit": "soon"},
        {"Transit/Time_limit": "3/5/2026"},
        {"Transit/Time_limit": None},
        file="transit-gammastan",
    ),
    "sad-seals-count": Case(
        {"Transit/Seals/Number": "1"},
        {"Transit/Seals/Number": "9", "Transit/Seals/Identity": "GS 4411-4419"},
        {"Transit/Seals/Number": None},
        "2",
        file="transit-gammastan",
    ),
    "sad-guarantee-excluded": Case(
        {f"{EXCLUDED}/Code": "XJ"}, {f"{EXCLUDED}/Code": "XC1"}, {f"{EXCLUDED}": GONE}, file="transit-gammastan"
    ),
    "sad-warehouse-missing": Case(
        {PROCEDURE: "7100", "Warehouse/Identification": None},
        {PROCEDURE: "7100"},
        {PROCEDURE: None, "Warehouse": GONE},
        file="warehouse-gammastan",
    ),
    "sad-warehouse-delay": Case(
        {"Warehouse/Delay": "-3"}, {"Warehouse/Delay": "90.0"}, {"Warehouse/Delay": "long"}, file="warehouse-gammastan"
    ),
    "sad-delay-without-warehouse": Case(
        {"Warehouse/Delay": "90", "Warehouse/Identification": None},
        {"Warehouse/Delay": "0", "Warehouse/Identification": None},
        {"Warehouse": GONE},
        file="warehouse-gammastan",
    ),
    "sad-previous-missing": Case(
        {"Prev_decl": GONE},
        {"Prev_decl": GONE, "Item/Previous_doc/Previous_document_reference": "IM7 4410"},
        {"Prev_decl": GONE, PROCEDURE: "4000"},
        file="warehouse-gammastan",
    ),
    "sad-previous-incomplete": Case(
        {"Prev_decl/Prev_decl_reg_number": None},
        {"Prev_decl/Prev_decl_item_number": None},
        {"Prev_decl/*": None},
        "office/year/serial/number",
        file="warehouse-gammastan",
    ),
    "sad-previous-item-unknown": Case(
        {"Prev_decl/Prev_decl_current_item": "2"},
        {"Prev_decl/Prev_decl_current_item": "1.0"},
        {"Prev_decl/Prev_decl_current_item": None},
        file="warehouse-gammastan",
    ),
    "sad-previous-goods": Case(
        {"Prev_decl/Prev_decl_HS_code": "24021000"},
        {"Prev_decl/Prev_decl_HS_code": "240220"},
        {"Prev_decl/Prev_decl_HS_code": "24021000", PROCEDURE: "4051"},
        "24021000",
        file="warehouse-gammastan",
    ),
    "sad-written-off-over": Case(
        {"Prev_decl/Prev_decl_weight_written_off": "200.6"},
        {"Prev_decl/Prev_decl_weight_written_off": "200.50"},
        {"Prev_decl/Prev_decl_weight_written_off": "900", "Prev_decl/Prev_decl_weight": None},
        "200.5",
        file="warehouse-gammastan",
    ),
    "sad-written-off-negative": Case(
        {"Prev_decl/Prev_decl_number_packages_written_off": "-4"},
        {"Prev_decl/Prev_decl_number_packages_written_off": "0"},
        {"Prev_decl/Prev_decl_number_packages_written_off": None},
        file="warehouse-gammastan",
    ),
    "sad-dates-order": Case(
        {"Identification/Assessment/Date": "24/04/2026"},
        {"Identification/Assessment/Date": "25/04/2026"},
        {"Identification/Registration/Date": None, "Export_release/Date_of_exit": "01/01/2026"},
        "2026-04-25",
        file="transit-gammastan",
    ),
}


def codes(data: bytes) -> set[str]:
    return {finding.code for finding in read(data).findings}


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_the_fault_and_its_place(code: str) -> None:
    case = CASES[code]
    data = changed(sample(case.file), case.hit)
    finding = next(each for each in read(data).findings if each.code == code)
    assert "{" not in render(finding)
    assert finding.location is not None
    assert parse_xml(data).getroottree().xpath(finding.location)
    if case.expected is not None:
        assert finding.expected == case.expected


@pytest.mark.parametrize("code", CASES)
def test_a_rule_leaves_a_near_miss_alone(code: str) -> None:
    assert code not in codes(changed(sample(CASES[code].file), CASES[code].near))


@pytest.mark.parametrize("code", CASES)
def test_a_rule_is_silent_where_there_is_nothing_to_judge(code: str) -> None:
    assert code not in codes(changed(sample(CASES[code].file), CASES[code].missing))


def test_an_element_that_stands_twice_is_told_and_the_first_read() -> None:
    office = "<Customs_clearance_office_code>XB000</Customs_clearance_office_code>"
    reading = read(added(sample("import-alphaland"), "Identification/Office_segment", office))
    finding = next(each for each in reading.findings if each.code == "asycuda-element-repeated")
    assert finding.found == "XB000"
    assert str(finding.location).endswith("/Customs_clearance_office_code[2]")
    assert reading.document is not None
    assert reading.document.office.code == "XA210000"


def test_a_part_that_stands_twice_is_told_once_and_the_first_read() -> None:
    traders = "<Traders><Consignee><Consignee_code>OTHER</Consignee_code></Consignee></Traders>"
    data = added(sample("import-alphaland"), ".", traders)
    reading = read(data)
    finding = next(each for each in reading.findings if each.code == "asycuda-element-repeated")
    assert finding.location == "/ASYCUDA[1]/Traders[2]"
    assert parse_xml(data).getroottree().xpath(str(finding.location))
    assert reading.document.shipment.importer.id == "K12345678A"  # type: ignore[union-attr]


def test_goods_that_left_before_they_were_registered_are_told() -> None:
    early = changed(sample("transit-gammastan"), {"Export_release/Date_of_exit": "24/04/2026"})
    finding = next(each for each in read(early).findings if each.code == "sad-dates-order")
    assert (finding.expected, finding.found) == ("2026-04-25", "2026-04-24")


def test_each_measure_of_stock_is_watched() -> None:
    for name in ("number_packages", "weight", "supp_quantity", "ref_value"):
        over = changed(sample("warehouse-gammastan"), {f"Prev_decl/Prev_decl_{name}_written_off": "999999"})
        found = [str(each.location) for each in read(over).findings if each.code == "sad-written-off-over"]
        assert found == [f"/ASYCUDA[1]/Prev_decl[1]/Prev_decl_{name}_written_off[1]"]


def test_costs_are_not_added_where_the_country_does_not_fill_them_in_national_currency() -> None:
    wrong = changed(sample("import-alphaland"), {"Item[1]/Valuation_item/Total_cost_itm": "1"})
    assert "sad-item-cost" in codes(wrong)
    findings = read(wrong, "asycuda:grenada").findings
    assert not {"sad-item-cost", "sad-item-cif", "sad-value-text"} & {each.code for each in findings}


def test_every_rule_is_tried_here() -> None:
    assert set(CASES) | {"asycuda-element-repeated"} == {code_of(rule) for rule, _severity in RULES}


def test_a_rule_says_what_it_says_in_its_docstring() -> None:
    assert all(text_of(rule).endswith(".") and "\n" not in text_of(rule) for rule, _severity in RULES)


@pytest.mark.parametrize("name", ["import-alphaland", "export-betania", "warehouse-gammastan", "transit-gammastan"])
def test_a_clean_declaration_has_nothing_found(name: str) -> None:
    assert codes(sample(name)) == set()


def test_only_a_paper_that_declares_nothing_is_refused() -> None:
    refusing = {code_of(rule) for rule, severity in RULES if severity == "error"}
    assert refusing == {"sad-office-missing", "sad-no-items"}
    assert read(changed(sample("import-alphaland"), CASES["sad-no-items"].hit)).outcome == "refused"
    assert read(changed(sample("import-alphaland"), CASES["sad-net-over-gross"].hit)).outcome == "accepted"


def test_findings_stop_at_the_limit_with_a_note() -> None:
    data = changed(sample("import-alphaland"), {"//Duty_tax_amount[text()]": "x"})
    reading = SAD.read(Source(data, parse_xml(data)), Options(limit=5))
    assert [finding.code for finding in reading.findings] == ["asycuda-number-unreadable"] * 5 + ["findings-left-out"]


def test_a_finding_has_the_wco_pointer_of_its_box() -> None:
    net = changed(sample("import-alphaland"), CASES["sad-net-over-gross"].hit)
    tax = changed(sample("import-alphaland"), CASES["sad-tax-amount"].hit)
    sums = changed(sample("import-alphaland"), CASES["sad-item-taxes"].hit)
    pointers = {finding.code: finding.pointer for data in (net, tax, sums) for finding in read(data).findings}
    assert pointers["sad-net-over-gross"] == "42A/67A[1]/68A[2]/23A[1]/65A[1]/128"
    assert pointers["sad-tax-amount"] == "42A/67A[1]/68A[1]/23A[1]/50A[1]/94A[1]/120"
    assert pointers["sad-item-taxes"] is None
