# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import SettingsError, UnreadableError
from cocket.measures.tariff import (
    Batch,
    Calculator,
    Goods,
    Rates,
    check_tariff,
    load_tariff,
    read_rate,
    read_rates,
    read_tariff,
    wording,
    write_tariff,
)
from cocket.measures.tariff.formula import Specific
from cocket.measures.tariff.notation import NotationError
from cocket.measures.tariff.table import load_table, read_mapping
from tests.measures.making import DAY, duties, each, goods, measure, percent, tariff

MAPPING = b"""
name = "xa"
currency = "XDC"
code = "Code"
description = "Text"
units = ["Unit"]
valid_from = "From"
valid_to = "To"
act = "Act"

[[rates]]
column = "MFN"
kind = "duty"

[[rates]]
column = "AFAR"
kind = "preference"
area = "AFAR"

[[rates]]
column = "VAT"
kind = "vat"

[areas]
AFAR = ["XB", "XC"]
"""

TABLE = b"""Code,Text,Unit,MFN,AFAR,VAT,From,To,Act
0102.29.10,Young cattle,NAR,10 % + 5 XDC/KGM,4,15,2026-01-01,2026-06-30,Act 1
0102.29.10,Young cattle,NAR,12,4,15,2026-07-01,,Act 2
0102.29.90,Other cattle,NAR,free,,15,,,Act 1
"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20 %", "20 %"),
        ("Free", "free"),
        ("35.10 EUR / 100 kg", "35.1 EUR / 100 KGM"),
        ("10 % + 5 XDC/KGM", "10 % + 5 XDC / KGM"),
        ("10 % - 1 XDC / kg", "10 % less 1 XDC / KGM"),
        ("16.5 % of retail price MIN 3 EUR / 1000 items", "the higher of 16.5 % of retail price; 3 EUR / 1000 NAR"),
        ("10 % MIN 1 XDC/l MAX 5 XDC/l", "the lower of the higher of 10 %; 1 XDC / LTR; 5 XDC / LTR"),
        ("max(10 %; 2 XDC/kg; 3 XDC/pair)", "the higher of 10 %; 2 XDC / KGM; 3 XDC / NPR"),
        ("one of (2 % to 5 %; 8 %; no concession)", "one of 2 % … 5 %; 8 % or no concession"),
        ("min(10 %, (2 XDC/kg + 1 %))", "the lower of 10 %; 2 XDC / KGM + 1 %"),
    ],
)
def test_a_rate_in_plain_notation_is_read_as_it_is_meant(text: str, says: str) -> None:
    assert wording(read_rate(text)) == says


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20",
        "-5 %",
        "20 % %",
        "1,5 %",
        "1 XDC / 0 kg",
        "1 XDC / parsec",
        "1 XDC",
        "max(",
        "one of",
        "one of (2 % to)",
        "one of (2 %; no concession; 3 %)",
        "2 % + one of (1 %; 2 %)",
        "max()",
        "(5 %",
        "as fixed",
        "5 %5",
    ],
)
def test_what_is_no_rate_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(NotationError):
        read_rate(text)


@given(st.text(alphabet="0123456789.,%+-/()maxMINfreeXDCkg ;", max_size=60))
def test_no_text_breaks_the_notation(text: str) -> None:
    with suppress(NotationError):
        wording(read_rate(text))


def load(table: bytes = TABLE, mapping: bytes = MAPPING) -> Any:
    return load_table(table, read_mapping(mapping))


def test_a_table_becomes_a_tariff_with_the_days_and_acts_of_its_rows() -> None:
    loaded, findings = load()
    assert findings == ()
    assert list(loaded.lines) == ["01022910", "01022990"]
    calculator = Calculator(loaded)
    asked: dict[str, Any] = {"value": Decimal(1000), "quantities": {"KGM": Decimal(20)}, "origin": "XB"}
    spring = calculator.duties(Goods(code="01022910", day=date(2026, 3, 1), **asked))
    assert [(line.rate, str(line.amount), line.act, line.valid_from) for line in spring.lines] == [
        ("10 % + 5 XDC / KGM", "200.00", "Act 1", "2026-01-01"),
        ("15 %", "180.00", "Act 1", "2026-01-01"),
    ]
    autumn = calculator.duties(Goods(code="01022910", day=date(2026, 9, 1), **asked))
    assert (autumn.lines[0].amount, autumn.lines[0].act) == (Decimal("120.00"), "Act 2")
    assert (
        calculator.duties(Goods(code="01022910", day=date(2026, 9, 1), preference="300", **asked)).lines[0].rate
        == "4 %"
    )


def test_all_that_is_wrong_with_a_table_is_told_together_with_its_lines() -> None:
    wrong = TABLE + (
        b"01x,no code,NAR,5,,15,,,\n"
        b"0103,bad rate,NAR,five,4,15,,,\n"
        b"0104,bad day,NAR,5,,15,1.1.26,,\n"
        b"0105,turned,NAR,5,,15,2026-02-01,2026-01-01,\n"
    )
    loaded, findings = load(wrong)
    assert [(one.code, one.location) for one in findings] == [
        ("tariff-code", "line 5"),
        ("rate-not-understood", "line 6"),
        ("day-unreadable", "line 7"),
        ("days-turned-round", "line 8"),
    ]
    assert [one.type_code for one in loaded.measures["0103"]] == ["AFAR", "VAT"]


@pytest.mark.parametrize(
    "mapping", [b"", b"name = 1", b"{", MAPPING + b"[extra]\nx = 1\n", MAPPING.replace(b'"duty"', b'"toll"')]
)
def test_a_mapping_that_is_none_is_refused(mapping: bytes) -> None:
    with pytest.raises(SettingsError):
        read_mapping(mapping)


@pytest.mark.parametrize("table", [b"", b"Code,MFN\n1,2\n", b"\xff\xfe\x00"])
def test_a_table_without_the_columns_is_refused(table: bytes) -> None:
    with pytest.raises(UnreadableError):
        load(table)


def test_a_tariff_is_written_and_read_back_equal() -> None:
    loaded, _ = load()
    content = write_tariff(loaded)
    assert read_tariff(content) == loaded
    assert write_tariff(read_tariff(content)) == content
    assert load_tariff([("any", content)]).tariff == loaded


def test_the_loader_is_chosen_by_what_is_in_the_file() -> None:
    with pytest.raises(SettingsError):
        load_tariff([("a.csv", TABLE)])
    told = b"currency,from,rate\nEUR,2026-01-01,0.9\n"
    loaded = load_tariff([("a.csv", TABLE), ("b", told), ("c", b"\0\1")], MAPPING)
    assert loaded.rates().of("EUR", DAY) == Decimal("0.9")
    assert [one.code for one in loaded.findings] == ["file-left-out"]
    with pytest.raises(UnreadableError):
        load_tariff([("c", b"\0\1")])


def test_exchange_rates_are_told_towards_the_tariff() -> None:
    month = (
        '{"attributes":{"child_monetary_unit_code":"%s","exchange_rate":"%s","validity_start_date":"2026-01-01T00:00"}}'
    )
    content = f"[{month % ('GBP', '0.8')},{month % ('USD', '1.6')}]".encode()
    told = Rates("GBP", read_rates(content, "GBP"))
    assert (told.of("EUR", DAY), told.of("USD", DAY)) == (Decimal("0.8"), Decimal("0.5"))
    assert Rates("EUR", read_rates(content, "EUR")).of("USD", DAY) == Decimal("0.625")
    for wrong in (
        b"currency,from\n",
        b"currency,from,rate\nEUR,x,1\n",
        b"[1]",
        b"currency,from,rate\nEUR,2026-01-01,x\n",
    ):
        with pytest.raises(UnreadableError):
            read_rates(wrong, "GBP")


def codes(*measures: Any, **fields: Any) -> set[tuple[str, str]]:
    return {(one.code, one.severity) for one in check_tariff(tariff(*measures, **fields))}


def test_a_tariff_that_is_right_has_no_findings() -> None:
    once = measure("duty", percent("10"), valid_to=date(2026, 6, 30))
    then = measure("duty", percent("12"), valid_from=date(2026, 7, 1))
    assert codes(once, then, measure("preference", percent("4"), area="AFAR")) == set()


def test_overlaps_gaps_and_days_turned_round_are_found() -> None:
    first = measure("duty", percent("10"), valid_to=date(2026, 6, 30))
    assert codes(first, measure("duty", percent("12"), valid_from=date(2026, 6, 30))) == {("rates-overlap", "error")}
    assert codes(first, measure("duty", percent("10"), valid_from=date(2026, 6, 30))) == set()
    assert codes(first, measure("duty", percent("12"), valid_from=date(2026, 7, 2))) == {("rates-gap", "warning")}
    turned = measure("duty", percent("10"), valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 1))
    assert codes(turned) == {("days-turned-round", "error")}


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        (percent("-1"), "rate-negative"),
        (each("-1", "KGM"), "rate-negative"),
        (Specific(Decimal(1), "XDC", "KGM", Decimal(0)), "rate-negative"),
        (each("1", "PARSEC"), "unit-unknown"),
        (read_rate("5 % MIN 9 XDC/kg MAX 3 XDC/kg"), "minimum-above-maximum"),
        (read_rate("5 % MAX 3 % MIN 4 %"), "minimum-above-maximum"),
    ],
)
def test_a_rate_that_cannot_be_right_is_found(formula: Any, code: str) -> None:
    assert codes(measure("duty", formula)) == {(code, "error")}


def test_unknown_areas_lines_and_exchange_rates_are_found() -> None:
    assert codes(measure("preference", percent("1"), area="FAR")) == {("area-unknown", "warning")}
    assert codes(measure("duty", percent("1"), code="99")) == {("measure-without-line", "error")}
    zero = Rates("XDC", [("EUR", DAY, Decimal(0))])
    assert [one.code for one in check_tariff(tariff(), zero)] == ["exchange-rate-not-positive"]


@given(
    st.decimals(0, 10**7, places=2),
    st.decimals(0, 10**5, places=3),
    st.sampled_from([None, "300"]),
    st.sampled_from(["XB", "XD"]),
)
def test_a_batch_comes_to_what_each_item_comes_to(
    value: Decimal, mass: Decimal, claim: str | None, origin: str
) -> None:
    every = (
        measure("duty", read_rate("10.2 % + 93.10 XDC / 100 kg")),
        measure("preference", read_rate("4 % MIN 1 XDC/kg"), area="AFAR"),
        measure("anti-dumping", percent("7.5"), area="XD"),
        measure("vat", percent("20")),
    )
    calculator = Calculator(tariff(*every))
    asked = {"value": value, "preference": claim, "origin": origin}
    items = [
        goods(**asked, quantities={"KGM": mass}),
        goods(**asked, quantities={"GRM": mass}),
        goods(**asked),
        goods(**asked, quantities={"KGM": -mass - 1}),
        goods(**asked, quantities={"KGM": mass}, procedure="7100"),
        goods(**{**asked, "value": None}),
        goods(**asked, quantities={"KGM": mass}, code="9999"),
    ]
    assert Batch(calculator).totals(items) == [calculator.duties(one).total for one in items]


def test_what_cannot_be_computed_stays_unknown_in_a_batch() -> None:
    found = duties(measure("duty", each("1", "LTR")))
    assert found.total is None
    assert Batch(Calculator(tariff(measure("duty", each("1", "LTR"))))).totals([goods()]) == [None]


def test_a_row_with_more_cells_than_heads_is_left_out_and_named() -> None:
    loaded, findings = load(TABLE + b"0201.10.00,Beef, fresh,NAR,10,4,15,,,Act 1\n")
    assert [one.code for one in findings] == ["row-too-long"]
    assert list(loaded.lines) == ["01022910", "01022990"]
