# SPDX-License-Identifier: Apache-2.0
"""Charges of countries on worked examples: published ones with their source, and others computed from the statute."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.measures.tariff import (
    Batch,
    Calculator,
    Charge,
    Duties,
    Goods,
    Line,
    Measure,
    Rates,
    Tariff,
    countries,
    national,
    read_question,
    read_rate,
    with_national,
)

EXAMPLES: list[dict[str, Any]] = [
    msgspec.json.decode(line) for line in Path(__file__).with_name("national_examples.ndjson").read_bytes().splitlines()
]
PUBLISHED = [one for one in EXAMPLES if one["kind"] == "published"]


def tariff_of(country: str, rates: list[Mapping[str, str]], charges: list[dict[str, Any]] | None) -> Tariff:
    """A tariff with one line for each set of rates, and the charges of a country or those of an example."""
    law = national(country)
    if charges is not None:
        law = msgspec.structs.replace(law, charges=msgspec.convert(charges, tuple[Charge, ...]), defaults={})
    kinds = {one.name: one.kind for one in law.charges}
    measures: dict[str, tuple[Measure, ...]] = {}
    for place, own in enumerate(rates):
        code = f"{place:08}"
        measures[code] = tuple(
            Measure(code=code, kind=kinds[name], type_code=name, formula=read_rate(text)) for name, text in own.items()
        )
    bare = Tariff(
        name=country,
        edition="",
        currency=law.currency,
        lines={code: Line(code=code) for code in measures},
        measures=measures,
    )
    return with_national(bare, law)


def computed(
    example: dict[str, Any], *, explain: bool = False
) -> tuple[Calculator, tuple[Goods, ...], tuple[Duties, ...]]:
    others = example.get("items", [])
    tariff = tariff_of(
        example["country"], [example["rates"], *(one["rates"] for one in others)], example.get("charges")
    )
    told, ask = [], dict(example["ask"])
    if "currency" in example:
        name, _, rate = example["currency"].partition("@")
        ask["currency"] = name
        told.append((name, date(2000, 1, 1), Decimal(rate or "1.0989010989010989")))
    goods = tuple(
        read_question(msgspec.json.encode({**ask, "code": f"{place:08}", "value": value}))
        for place, value in enumerate([ask["value"], *(one["value"] for one in others)])
    )
    calculator = Calculator(tariff, Rates(tariff.currency, told))
    return calculator, goods, calculator.declaration(goods, explain=explain)


def name(example: dict[str, Any]) -> str:
    return f"{example['country']}-{example['kind']}-{example['ask']['value']}-{example['source'][:24]}"


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_an_example_comes_to_what_its_source_says(example: dict[str, Any]) -> None:
    calculator, goods, answers = computed(example)
    step = Decimal(example.get("shown_to", "0.01"))
    for expected, text in example["expect"].items():
        if "payable" in example and len(answers) > 1:
            continue
        line = next(one for one in answers[0].lines if one.charge == expected)
        if len(answers) > 1 and "sum" in example.get("note", ""):
            continue
        assert (line.amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step == Decimal(text), (expected, line)
    assert all(one.total is not None for one in answers), [one.not_computable for one in answers]
    if "total" in example:
        assert answers[0].total == Decimal(example["total"])
    if len(answers) == 1:
        assert Batch(calculator).totals(goods) == [answers[0].total]
        if "payable" in example:
            assert answers[0].payable == Decimal(example["payable"])


def test_lines_of_one_declaration_in_japan_are_added_up_before_they_are_rounded() -> None:
    example = next(one for one in EXAMPLES if "both items" in one["source"])
    calculator, goods, _ = computed(example)
    whole = calculator.payable(goods)
    assert {name: str(amount) for name, amount in whole.items()} == example["expect"]
    assert sum(whole.values()) == Decimal(example["payable"])


def test_a_fee_of_an_entry_is_spread_over_its_lines_to_the_cent() -> None:
    example = next(one for one in EXAMPLES if "two lines of one entry" in one["source"])
    _, _, answers = computed(example)
    fees = [next(line.amount for line in one.lines if line.charge == "MPF") for one in answers]
    assert fees == [Decimal("346.40"), Decimal("207.84")]


def test_there_are_enough_examples_and_every_country_has_some() -> None:
    assert {one["country"] for one in EXAMPLES} == set(countries())
    assert len(countries()) == 21
    assert len(PUBLISHED) >= 60
    assert all(one["source"] for one in EXAMPLES)
    assert not any("computed from the statute" in one["source"] for one in PUBLISHED)


@pytest.mark.parametrize("country", countries())
def test_every_charge_names_its_act(country: str) -> None:
    assert all(one.act for one in national(country).charges)
    assert national(country).source


@pytest.mark.parametrize(
    ("country", "rates", "day", "charge"),
    [
        ("us", {"DUTY": "5 %"}, "2019-06-01", "MPF"),
        ("us", {"DUTY": "5 %"}, "2022-11-01", "MPF"),
        ("us", {"DUTY": "5 %"}, "2026-10-01", "MPF"),
        ("ke", {"ID": "10 %"}, "2017-06-01", "IDF"),
        ("ch", {"DUTY": "1 %"}, "2023-06-01", "VAT"),
        ("nz", {"DUTY": "5 %"}, "2009-06-01", "GST"),
        ("jp", {"DUTY": "5 %"}, "2010-06-01", "CT"),
        ("gh", {"ID": "5 %"}, "2022-06-01", "VAT"),
    ],
)
def test_a_day_whose_rate_of_a_charge_is_not_known_has_no_total(
    country: str, rates: dict[str, str], day: str, charge: str
) -> None:
    calculator = Calculator(tariff_of(country, [rates], None))
    asked = {"code": "00000000", "date": day, "value": "1000", "amounts": {"freight": 0, "insurance": 0}}
    goods = read_question(msgspec.json.encode({**asked, "transport": "air", "origin": "CN"}))
    (found,) = calculator.declaration((goods,))
    missing = {(one.reason, one.what) for part in found.not_computable for one in part.missing}
    assert found.total is None and found.at_most is None
    assert ("charge-not-in-force", f"{charge} on {day}") in missing
    assert Batch(calculator).totals([goods]) == [None]


def test_the_fee_of_the_united_states_is_known_in_its_fiscal_year_2026() -> None:
    calculator = Calculator(tariff_of("us", [{"DUTY": "free"}], None))
    ask = {"code": "00000000", "date": "2026-09-30", "value": "1000", "transport": "air", "origin": "CN"}
    (found,) = calculator.declaration((read_question(msgspec.json.encode(ask)),))
    assert found.total == Decimal("33.58")


@pytest.mark.parametrize(
    ("country", "duty", "charge", "whole", "effect"),
    [("ph", "CUD", "BROKERAGE", "1300", "private"), ("ke", "ID", "IDF", "5000", "due")],
)
def test_a_scale_or_least_amount_of_a_declaration_is_taken_once(
    country: str, duty: str, charge: str, whole: str, effect: str
) -> None:
    calculator = Calculator(tariff_of(country, [{duty: "10 %"}, {duty: "10 %"}], None))
    asked = {"date": "2026-03-01", "value": "1000", "transport": "sea", "origin": "CN", "persons": []}
    many = [read_question(msgspec.json.encode({**asked, "code": f"{place:08}"})) for place in range(2)]
    lines = [line for one in calculator.declaration(many) for line in one.lines if line.charge == charge]
    assert sum(line.amount for line in lines) == Decimal(whole)
    assert {line.effect for line in lines} == {effect}
