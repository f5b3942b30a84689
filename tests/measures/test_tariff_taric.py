# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from cocket.errors import UnreadableError
from cocket.measures.tariff import Calculator, Duties, Goods, Rates, wording
from cocket.measures.tariff.taric import formula_of, load_taric
from cocket.measures.tariff.taric_types import kind_of

CODE = "1001000000"


def component(
    expression: str, amount: str | None, currency: str | None = None, unit: str | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "duty_expression_id": expression,
        "duty_amount": amount,
        "monetary_unit_code": currency,
        "measurement_unit_code": unit,
        "measurement_unit_qualifier_code": more.get("qualifier"),
    }


def measure(number: str, *components: dict[str, Any], series: str = "C", **more: Any) -> dict[str, Any]:
    return {
        "id": more.pop("id", number),
        "measure_type": {"id": number, "measure_type_series_id": series, "description": f"type {number}"},
        "effective_start_date": "2021-01-01T00:00:00.000Z",
        "geographical_area": {"id": "1011"},
        "legal_acts": [{"regulation_code": "X0001/21"}],
        "measure_components": list(components),
        **more,
    }


def cost(*measures: dict[str, Any], **asked: Any) -> Duties:
    answer = {"goods_nomenclature_item_id": CODE, "description": "things", "import_measures": list(measures)}
    tariff, _ = load_taric([msgspec.json.encode(answer)])
    whole: dict[str, Any] = {"code": CODE, "day": date(2021, 2, 1), "value": Decimal(1000), "origin": "JP", **asked}
    return Calculator(tariff, Rates("GBP", [("EUR", date(2021, 1, 1), Decimal("0.9"))])).duties(Goods(**whole))


def text(*components: dict[str, Any]) -> str:
    return wording(
        formula_of(
            [
                SimpleNamespace(
                    **{
                        "duty_expression_abbreviation": None,
                        **one,
                        "duty_amount": one["duty_amount"] and Decimal(one["duty_amount"]),
                    }
                )
                for one in components
            ]
        )
    )


@pytest.mark.parametrize(
    ("components", "says"),
    [
        ([("01", "12.5")], "12.5 %"),
        ([("01", "35.10", "EUR", "DTN")], "35.1 EUR / DTN"),
        ([("01", "10.2"), ("04", "93.10", "EUR", "DTN")], "10.2 % + 93.1 EUR / DTN"),
        ([("01", "10"), ("04", "5", "GBP", "KGM"), ("15", "3", "GBP", "KGM")], "the higher of 10 % + 5 GBP / KGM; 3 GBP / KGM"),
        ([("01", "10"), ("17", "20"), ("04", "5", "GBP", "KGM")], "the lower of 10 %; 20 % + 5 GBP / KGM"),
        ([("01", "10"), ("15", "1", "GBP", "KGM"), ("17", "9", "GBP", "KGM")], "the lower of the higher of 10 %; 1 GBP / KGM; 9 GBP / KGM"),
        ([("01", "10"), ("36", "4")], "10 % less 4 %"),
        ([("01", "16.5", None, "RET")], "16.5 % of retail price"),
        ([("37", None)], "free"),
        ([("01", "5"), ("12", None)], "5 % + 12"),
    ],
)  # fmt: skip
def test_components_are_taken_in_their_order_and_the_last_limit_is_of_the_whole(
    components: list[tuple[Any, ...]], says: str
) -> None:
    assert text(*(component(*one) for one in components)) == says


def test_a_unit_with_a_qualifier_is_met_by_the_same_qualifier_only() -> None:
    levy = measure("103", component("01", "144.10", "GBP", "TNE", qualifier="I"))
    assert cost(levy, quantities={"TNEI": Decimal(2)}).total == Decimal("288.20")
    assert cost(levy, quantities={"KGMI": Decimal(500)}).total == Decimal("72.05")
    assert cost(levy, quantities={"KGM": Decimal(500)}).total is None


def test_alcohol_by_volume_times_litres_meets_a_rate_for_both() -> None:
    excise = measure("306", component("01", "2.00", "GBP", "ASV", qualifier="X"), series="Q")
    found = cost(measure("103", component("01", "0")), excise, quantities={"ASV": Decimal(40), "LTR": Decimal(250)})
    assert found.total == Decimal("200.00")  # 40 % vol × 2.5 hl × 2


def test_a_price_below_the_entry_price_costs_more_and_the_bound_belongs_to_the_step_above() -> None:
    def step(price: str, *components: dict[str, Any]) -> dict[str, Any]:
        return {
            "condition_code": "V", "document_code": "", "action": "Apply the amount of the action",
            "condition_duty_amount": price, "condition_monetary_unit_code": "EUR",
            "condition_measurement_unit_code": "DTN", "measure_condition_components": list(components),
        }  # fmt: skip

    steps = [
        step("50", component("01", "10")),
        step("40", component("01", "10"), component("04", "3", "EUR", "DTN")),
        step("0", component("01", "10"), component("04", "20", "EUR", "DTN")),
    ]
    entry = measure("103", measure_conditions=steps)
    hundredweight = {"quantities": {"DTN": Decimal(1)}}
    prices = {"45": "4.50", "44.99": "7.20", "36": "6.30", "35.99": "21.60"}  # 50 and 40 EUR are 45 and 36 GBP
    assert {price: str(cost(entry, value=Decimal(price), **hundredweight).total) for price in prices} == prices


def test_a_paper_leads_to_another_amount() -> None:
    action = {"condition_code": "A", "action": "Apply the amount of the action"}
    conditions = [
        {**action, "document_code": "D008", "measure_condition_components": [component("01", "0")]},
        {**action, "document_code": "", "measure_condition_components": [component("01", "30")]},
    ]
    both = measure("103", component("01", "5")), measure("552", series="D", measure_conditions=conditions)
    assert cost(*both, documents=("D008",)).total == Decimal("50.00")
    assert cost(*both, documents=()).total == Decimal("350.00")
    assert cost(*both).total == Decimal("350.00"), "without papers the duty of those who have none"


def test_a_measure_for_named_companies_is_on_these_and_one_with_a_code_for_all_others_on_everybody() -> None:
    duty = measure("103", component("01", "5"))
    named = measure("552", component("01", "20"), series="D", additional_code={"code": "C490"})
    assert cost(duty, named).total is None, "which codes are declared is not known"
    none = cost(duty, named, additional_codes=())
    assert none.total == Decimal("50.00")
    assert [one.code for one in none.findings] == ["additional-code-not-declared"]
    assert cost(duty, named, additional_codes=("C490",)).total == Decimal("250.00")
    others = measure("552", component("01", "30"), series="D", id=9, additional_code={"code": "C999"})
    assert cost(duty, named, others).total is None
    assert cost(duty, named, others, additional_codes=("C999",)).total == Decimal("350.00")


def test_excluded_countries_and_areas_decide_where_a_measure_holds() -> None:
    area = {"id": "5050", "children_geographical_areas": [{"id": "JP"}, {"id": "CN"}]}
    duty = measure("103", component("01", "5"))
    extra = measure("696", component("01", "25"), series="J", geographical_area=area, excluded_countries=[{"id": "CN"}])
    assert [str(cost(duty, extra, origin=origin).total) for origin in ("JP", "CN", "US")] == [
        "300.00",
        "50.00",
        "50.00",
    ]


def test_one_vat_with_a_code_holds_for_all_and_of_several_the_uncoded_one() -> None:
    duty = measure("103", component("01", "10"))
    zero = measure("305", component("01", "0"), series="P", additional_code={"code": "VATZ"})
    full = measure("305", component("01", "20"), series="P", id=7)
    assert cost(duty, zero).total == Decimal("100.00")
    assert cost(duty, zero, full).total == Decimal("320.00")
    assert cost(duty, zero, full, additional_codes=("VATZ",)).total == Decimal("100.00")


@pytest.mark.parametrize(
    ("number", "series", "kind"),
    [
        ("103", "C", "duty"),
        ("103", "B", "control"),
        ("142", None, "preference"),
        ("VTS", "P", "vat"),
        ("999", None, None),
        ("999", "J", "additional"),
    ],
)
def test_a_type_is_known_by_its_number_and_never_against_its_series(
    number: str, series: str | None, kind: str | None
) -> None:
    assert kind_of(number, series, is_vat=False, is_excise=False) == kind


def test_the_same_measure_told_twice_counts_once_and_a_broken_one_is_left_out() -> None:
    duty = measure("103", component("01", "5"))
    assert cost(duty, duty).total == Decimal("50.00")
    broken = measure("142", component("01", "1"), effective_end_date="never")
    assert cost(duty, broken, preference="300").total == Decimal("50.00")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"goods_nomenclature_item_id":"1","import_measures":3}'])
def test_what_is_no_answer_for_a_commodity_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        load_taric([content])
