# SPDX-License-Identifier: Apache-2.0
"""Charges of countries on worked examples: published ones with their source, and others computed from the statute."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.measures.tariff import (
    USUAL,
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
    read_charges,
    read_question,
    read_rate,
    with_national,
    write_charges,
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
    assert len(PUBLISHED) >= 70
    assert {one["country"] for one in PUBLISHED} == set(countries()), "each country has one that somebody published"
    assert all(one["source"] for one in EXAMPLES)
    assert not any("computed from the statute" in one["source"] for one in PUBLISHED)


@pytest.mark.parametrize("country", countries())
def test_the_charges_of_a_country_are_written_and_read_again_as_the_same(country: str) -> None:
    law = national(country)
    table, toml = write_charges(law, as_table=True), write_charges(law)
    assert read_charges(table) == law == read_charges(toml)
    rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
    foreign = io.StringIO()
    csv.writer(foreign, delimiter=";", lineterminator="\r\n").writerows(rows)
    assert read_charges(foreign.getvalue().encode()) == law, "as a spreadsheet of another language saves it"
    assert set(rows[0]) == {field.name for field in msgspec.structs.fields(Charge)}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("VAT,vat,value,x %,", "its rate cannot be read"),
        ("VAT,tax,value,1 %,", "line 3"),
        ("VAT,vat,value,1 %,yes,no", "line 3 has another number of cells"),
        ("VAT,vat,value,1 %,perhaps", "line 3: inclusive is 'perhaps'"),
        ("price,setting,1,,", "line 3: a setting is one of"),
        ("currency,setting,XDC,,", "line 3: currency stands twice"),
        ("VAT,vat,velue,1 %,", "velue, which is neither"),
    ],
)
def test_a_table_of_charges_that_cannot_be_read_says_where(row: str, says: str) -> None:
    table = f"name,kind,base,rate,inclusive\ncurrency,setting,XDC,,\n{row}\n"
    with pytest.raises(SettingsError, match=re.escape(says)):
        read_charges(table.encode())
    with pytest.raises(SettingsError, match="add the row currency"):
        read_charges(b"name,kind,base\nVAT,vat,value\n")
    with pytest.raises(SettingsError, match="'colour'"):
        read_charges(b"name,kind,colour\nVAT,vat,red\n")


def test_what_a_table_cannot_hold_is_refused_and_written_as_toml() -> None:
    law = msgspec.structs.replace(national("us"), procedures=USUAL)
    assert read_charges(write_charges(law)) == law
    with pytest.raises(SettingsError, match="write TOML"):
        write_charges(law, as_table=True)
    for said in ("=1+1", " @cmd", "-5"):
        law = msgspec.structs.replace(national("us"), source=said)
        assert read_charges(write_charges(law)).source == said
        with pytest.raises(SettingsError, match="a spreadsheet would compute"):
            write_charges(law, as_table=True)


@pytest.mark.parametrize("country", countries())
def test_every_charge_names_its_act(country: str) -> None:
    assert all(one.act for one in national(country).charges)
    assert national(country).source


@pytest.mark.parametrize(
    ("country", "rates", "day", "charge"),
    [
        ("us", {"DUTY": "5 %"}, "2017-06-01", "MPF"),
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
    missing = [one.what for part in found.not_computable for one in part.missing if one.reason == "charge-not-in-force"]
    assert found.total is None and found.at_most is None
    assert any(one.startswith(f"{charge} on {day}: this tariff has no rate for that day; the ") for one in missing)
    assert Batch(calculator).totals([goods]) == [None]


@pytest.mark.parametrize(
    ("day", "informal", "least", "most"),
    [
        ("2017-12-31", "2.00", "25.00", "485.00"),
        ("2018-01-01", "2.05", "25.67", "497.99"),
        ("2018-10-01", "2.10", "26.22", "508.70"),
        ("2020-09-30", "2.14", "26.79", "519.76"),
        ("2020-10-01", "2.18", "27.23", "528.33"),
        ("2022-01-05", "2.22", "27.75", "538.40"),
        ("2022-10-02", "2.37", "29.66", "575.35"),
        ("2023-10-01", "2.53", "31.67", "614.35"),
        ("2025-01-05", "2.62", "32.71", "634.62"),
        ("2026-09-30", "2.69", "33.58", "651.50"),
    ],
)
def test_the_fee_of_the_united_states_goes_by_the_value_of_the_entry(
    day: str, informal: str, least: str, most: str
) -> None:
    calculator = Calculator(tariff_of("us", [{"DUTY": "free"}], None))
    ask = {"code": "00000000", "date": day, "currency": "USD", "transport": "air", "origin": "CN", "procedure": "4000"}
    for value, fee in (("2500", informal), ("2500.01", least), ("1000000", most), ("100000", "346.40")):
        goods = read_question(msgspec.json.encode({**ask, "value": value}))
        (found,) = calculator.declaration((goods,))
        assert found.total == Decimal(fee)
        assumed = [one.says for one in found.assumed if one.code == "charge-assumes"]
        is_informal = ["MPF: an entry of 2,500 USD or less is informal, automated and not prepared by customs"]
        assert assumed == (is_informal if value == "2500" else [])
    half = read_question(msgspec.json.encode({**ask, "value": "1250.01"}))
    whole = sum((one.total or Decimal() for one in calculator.declaration((half, half))), Decimal())
    assert whole == Decimal(least), "the entry is formal, though neither line is above the limit"


@pytest.mark.parametrize(("day", "is_known"), [("2026-09-30", True), ("2026-10-01", False), ("2026-11-29", False)])
def test_a_fee_of_a_later_year_that_nobody_read_is_that_of_the_last_known_day_and_says_so(
    day: str, is_known: bool
) -> None:
    calculator = Calculator(tariff_of("us", [{"DUTY": "free"}], None))
    asked = {"code": "00000000", "value": "100000", "currency": "USD", "transport": "air", "origin": "CN"}
    goods = read_question(msgspec.json.encode({**asked, "date": day, "procedure": "4000"}))
    (found,) = calculator.declaration((goods, msgspec.structs.replace(goods, value=Decimal(5))))[:1]
    told = [one.says for one in found.assumed if one.code == "rate-of-earlier-day"]
    assert told == ([] if is_known else ["MPF: the rate of 2026-09-30, because none of a later day is known"])
    assert found.total is not None
    assert (found.strict().total is None) is not is_known
    single = calculator.duties(goods)
    assert single.total == Decimal("346.40") and Batch(calculator).totals([goods]) == [single.total]


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
