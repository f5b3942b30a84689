# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import random
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
from cocket.measures.tariff.formula import NotUnderstood, Specific
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
    assert [one.type_code for one in loaded.measures["0103"]] == ["MFN", "AFAR", "VAT"]
    texts = {code: [one.formula for one in loaded.measures[code]] for code in ("", "0103", "0104", "0105")}
    assert texts[""] == [NotUnderstood("5, 01x", "tariff-code"), NotUnderstood("15, 01x", "tariff-code")]
    assert texts["0103"][0] == NotUnderstood("five", "rate-not-understood")
    assert {one.reason for one in texts["0104"] if isinstance(one, NotUnderstood)} == {"day-unreadable"}
    assert {one.reason for one in texts["0105"] if isinstance(one, NotUnderstood)} == {"days-turned-round"}


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
    answer = Calculator(loaded).duties(Goods(code="02011000", day=DAY, value=Decimal(1000)))
    assert (answer.total, {one.missing[0].reason for one in answer.not_computable}) == (None, {"row-too-long"})


def asked_of_table(table: bytes, mapping: bytes = MAPPING, **asked: Any) -> tuple[Any, Any]:
    """What a table answers, and the same after it was imported and read again."""
    loaded, _ = load_table(table, read_mapping(mapping))
    asked = {"code": "01022910", "day": DAY, "value": Decimal(1000), "quantities": {"KGM": Decimal(20)}, **asked}
    kept = read_tariff(write_tariff(loaded))
    answer = Calculator(kept).duties(Goods(**asked))
    assert Batch(Calculator(kept)).totals([Goods(**asked)]) == [answer.total]
    assert answer == Calculator(loaded).duties(Goods(**asked))
    return answer, check_tariff(kept)


HEADS = b"Code,Text,Unit,MFN,AFAR,VAT,From,To,Act\n"


@pytest.mark.parametrize(
    ("row", "reason", "low"),
    [
        (b"01022910,a,NAR,10,,fifteen percent,,,", "rate-not-understood", "100.00"),
        (b"01022910,a,NAR,about 5 %,,15,,,", "rate-not-understood", "150.00"),
        (b"01022910,a,NAR,10,,,,,\n01022910,a,NAR,,,15,31/02/2026,,", "day-unreadable", "100.00"),
        (b"01022910,a,NAR,10,,,,,\n01022910,a,NAR,,,15,2026-01-01,30 Feb 2026,", "day-unreadable", "100.00"),
        (b"01022910,a,NAR,10,,,,,\n01022910,a,NAR,,,15,2026-12-01,2026-01-31,", "days-turned-round", "100.00"),
        (b"01022910,a,NAR,10,,,,,\n0102z910,a,NAR,,,15,,,", "tariff-code", "100.00"),
        (b"01022910,a,NAR,10,,,,,\n,a,NAR,,,15,,,", "tariff-code", "100.00"),
        (b"01022910,a,NAR,5 % MIN 100 XDC flat MAX 50 XDC flat,,15,,,", "minimum-above-maximum", "150.00"),
    ],
)
def test_a_cell_that_cannot_be_read_leaves_no_total_and_its_mark(row: bytes, reason: str, low: str) -> None:
    answer, checked = asked_of_table(HEADS + row + b"\n")
    assert (answer.total, str(answer.at_least)) == (None, low)
    assert reason in {missing.reason for one in answer.not_computable for missing in one.missing}
    said = next(one for one in answer.findings if one.code == reason)
    assert reason == "minimum-above-maximum" or (said.location or "").startswith("line ")
    assert (reason, "error") in {(one.code, one.severity) for one in checked}


def test_a_day_that_cannot_be_read_counts_only_on_days_on_which_the_rate_could_be_in_force() -> None:
    table = HEADS + b"01022910,a,NAR,10,,,,,\n01022910,a,NAR,,,15,31/02/2026,2026-06-30,\n"
    assert asked_of_table(table)[0].total is None
    assert asked_of_table(table, day=date(2026, 7, 1))[0].total == 100


def test_a_claim_of_a_preference_that_cannot_be_read_leaves_no_total() -> None:
    table = HEADS + b"01022910,a,NAR,10,free please,15,,,\n"
    assert asked_of_table(table, origin="XB")[0].total == 265
    answer, _ = asked_of_table(table, origin="XB", preference="AFAR")
    assert (answer.total, "claim-without-effect" in {one.code for one in answer.findings}) == (None, False)
    # a general rate that cannot be read may be lower than the preference
    table = HEADS + b"01022910,a,NAR,about 2 %,4,15,,,\n"
    assert asked_of_table(table, origin="XB", preference="AFAR")[0].total is None


def test_a_row_whose_code_cannot_be_read_is_not_answered_from_the_line_above() -> None:
    table = HEADS + b"0102,a,NAR,10,,15,,,\n0102x910,a,NAR,20,,15,,,\n"
    answer, _ = asked_of_table(table)
    assert answer.total is None
    assert "tariff-code" in {missing.reason for one in answer.not_computable for missing in one.missing}


def test_words_of_a_control_are_kept_as_words() -> None:
    mapping = MAPPING.replace(b"[areas]", b'[[rates]]\ncolumn = "Paper"\nkind = "control"\n\n[areas]')
    table = HEADS.replace(b",Act", b",Act,Paper") + b"01022910,a,NAR,10,,15,,,,CITES permit\n"
    answer, checked = asked_of_table(table, mapping)
    assert (answer.total, answer.controls, checked[1:]) == (265, ("CITES permit",), ())


def test_one_spoiled_cell_never_makes_another_number() -> None:
    """Whatever cell of whatever table is spoiled: the answer is the same, or none with its reason."""
    chance = random.Random(int(os.environ.get("TABLE_SEED", "20261129")))
    rates = ("", "5 %", "10 % + 5 XDC/KGM", "12", "3 XDC/KGM MIN 2 %", "free")
    codes = ("0102", "01022910", "01022990", "0103")
    wrong = ("about 5 %", "31/02/2026", "x", "0102x", "?", "10 %,", "1O %", "5 % MIN", "-")
    outcomes = {"same": 0, "none": 0}
    for _ in range(int(os.environ.get("TABLE_RUNS", "60"))):
        rows = []
        for code in chance.sample(codes, chance.randrange(2, 5)):
            for days in (("2026-01-01", "2026-06-30"), ("2026-07-01", "")):
                cells = [chance.choice(rates) for _ in range(3)]
                rows.append([code, "a", "NAR", *cells, *days, "Act"])
                if chance.random() < 0.3:
                    rows.append([code, "b", "NAR", "", "", "", *days, ""])
                    rows[-1][3:6], rows[-2][5] = ["", "", rows[-2][5]], ""
        spoiled = [list(row) for row in rows]
        row, column = chance.randrange(len(rows)), chance.choice((0, 2, 3, 4, 5, 6, 7))
        if not spoiled[row][column]:
            continue
        spoiled[row][column] = chance.choice(wrong)
        for code in codes:
            for day in (date(2026, 3, 1), date(2026, 9, 1)):
                asked = {"code": code, "day": day, "origin": "XB", "preference": chance.choice((None, "AFAR"))}
                tables = [HEADS + "".join(",".join(f'"{cell}"' for cell in one) + "\n" for one in each).encode()
                    for each in (rows, spoiled)]  # fmt: skip
                before, after = (asked_of_table(one, **asked)[0] for one in tables)
                if before.total is not None:
                    assert after.total in (None, before.total), (tables, asked, before, after)
                    assert after.total is not None or after.not_computable or after.findings
                    outcomes["same" if after.total is not None else "none"] += 1
    assert min(outcomes.values()) > 20, outcomes


def test_a_charge_that_could_never_come_to_anything_is_refused() -> None:
    law = b'name="x"\ncurrency="XDC"\ncode="Code"\n[[rates]]\ncolumn="MFN"\nkind="duty"\n'
    excise = b'[[rates]]\ncolumn="Excise"\nkind="excise"\n[[charges]]\nname="EXCISE"\nkind="excise"\nbase="value"\n'
    with pytest.raises(SettingsError, match="is the column Excise meant"):
        read_mapping(law + excise)
    read_mapping(law + excise.replace(b"EXCISE", b"Excise"))


def test_a_mapping_needs_no_column_of_rates_where_charges_have_their_own() -> None:
    law = b"name='x'\ncurrency='XDC'\ncode='Code'\n" + b"".join(
        b"[[charges]]\nname='%s'\nkind='%s'\nbase='value'\nrate='%s'\n" % one
        for one in ((b"DUTY", b"duty", b"5 %"), (b"FEE", b"fee", b"1 %"))
    )
    assert asked_of_table(b"Code\n01022910\n", law)[0].total == 60


@pytest.mark.parametrize("member", ["cn", "China", "CHN", "CN ", "EU", ""])
def test_an_area_with_a_member_that_is_no_country_is_refused(member: str) -> None:
    wrong = MAPPING.replace(b'"XC"]', f'"XC", "{member}", "xb"]'.encode())
    with pytest.raises(SettingsError) as refused:
        read_mapping(wrong)
    assert refused.value.code == "area-unknown"
    assert repr(member) in str(refused.value)
    assert "'xb'" in str(refused.value), "all are named"


@pytest.mark.parametrize("place", [
    '[[rates]]\ncolumn = "VAT"\nkind = "anti-dumping"\narea = "{}"\n',
    '[[rates]]\ncolumn = "VAT"\nkind = "preference"\narea = "{}"\n',
    '[[charges]]\nname = "Levy"\nkind = "fee"\nrate = "5 %"\norigins = ["XB", "{}"]\n',
    '[[charges]]\nname = "Levy"\nkind = "fee"\nrate = "5 %"\nexcept_origins = ["{}"]\n',
])  # fmt: skip
def test_an_area_that_the_mapping_lacks_is_refused_where_it_is_named(place: str) -> None:
    for area, is_known in (("AFAR", True), ("XB", True), ("cn", False), ("afar", False), ("GSP", False)):
        mapping = MAPPING + place.format(area).encode()
        if is_known:
            assert read_mapping(mapping)
            continue
        with pytest.raises(SettingsError, match=repr(area)) as refused:
            read_mapping(mapping)
        assert refused.value.code == "area-unknown"


@pytest.mark.parametrize("member", ["cn", "China", "CHN", "CN "])
def test_a_trade_measure_on_an_area_with_strange_members_is_not_lost(member: str) -> None:
    more = measure("anti-dumping", percent("50"), area="FAR")
    law = tariff(measure("duty", percent("10")), more, areas={"FAR": frozenset({"XB", member})})
    found = Calculator(law).duties(goods(origin="CN"))
    assert (found.total, found.at_least) == (None, 100)
    assert [one.reason for part in found.not_computable for one in part.missing] == ["area"]
    assert Calculator(law).duties(goods(origin="XB")).total == 600
    assert [one.code for one in check_tariff(law)] == ["area-unknown"]


@pytest.mark.parametrize("text", [
    "10-15 %", "15-10 %", "15 - 10 %", "15 % - 10", "10 -15 %", "15- 10 %", "2026-01-01", "2026", "73181501", "1000",
    "5 XDC/KGM-1", "100-50", "1e3", "10 % + 2026", "7318-15",
])  # fmt: skip
def test_a_range_a_day_and_a_code_are_no_rates(text: str) -> None:
    table = TABLE.replace(b"10 % + 5 XDC/KGM", text.encode())
    tariff, findings = load(table)
    assert [(one.code, one.found) for one in findings] == [("rate-not-understood", text)]
    asked = Goods(code="01022910", day=date(2026, 3, 1), value=Decimal(1000), quantities={"KGM": Decimal(2)})
    found = Calculator(tariff).duties(asked)
    assert (found.total, found.not_computable[0].missing[0].reason) == (None, "rate-not-understood")


@pytest.mark.parametrize(("text", "code"), [
    ("10001 %", "rate-too-high"), (f"{10**20} %", "rate-too-high"), ("5 % + 10001 %", "rate-too-high"),
    ("max(5 %; 20000 %)", "rate-too-high"), ("5 % - 10 %", "rate-negative"), ("1 XDC flat - 2 XDC flat", "rate-negative"),
    ("1 XDC/KGM - 200 XDC/100 KGM", "rate-negative"), ("20 % MIN (5 % - 6 %)", "rate-negative"),
])  # fmt: skip
def test_a_rate_that_no_law_could_mean_is_not_computed(text: str, code: str) -> None:
    found = duties(measure("duty", read_rate(text)), quantities={"KGM": "2"})
    assert (found.total, [one.code for one in found.findings]) == (None, [code])
    assert code in [one.code for one in check_tariff(tariff(measure("duty", read_rate(text))))]


@pytest.mark.parametrize(("text", "total"), [
    ("10000 %", 100_000), ("10 % - 5 %", 50), ("10 % - 1 XDC/KGM", 98), ("5 % - 5 %", 0),
])  # fmt: skip
def test_a_difference_and_a_high_rate_that_laws_do_write_are_computed(text: str, total: int) -> None:
    assert duties(measure("duty", read_rate(text)), quantities={"KGM": "2"}).total == total


@pytest.mark.parametrize(("written", "code", "severity"), [
    ("8051020", "code-doubtful", "warning"), ("0102.29.90.0", "code-doubtful", "warning"), ("1", "code-doubtful", "warning"),
    ("00000000", "code-doubtful", "warning"), ("0102-0105", "code-doubtful", "warning"), ("-22030001", "tariff-code", "error"),
    ("22030001-22049999", "tariff-code", "error"), ("0102.29-90", None, None), ("0102 29 90", None, None),
])  # fmt: skip
def test_a_code_that_no_nomenclature_is_likely_to_have_is_named(written: str, code: Any, severity: Any) -> None:
    _, findings = load(TABLE + f"{written},Others,NAR,5,,15,,,Act 1\n".encode())
    said = [(one.code, one.severity, one.found, one.location) for one in findings]
    assert said == ([(code, severity, written, "line 5")] if code else [])


def test_codes_of_an_odd_length_are_usual_where_most_have_it() -> None:
    _, findings = load(b"Code,Text,Unit,MFN,AFAR,VAT,From,To,Act\n" + b"".join(
        f"01022910{place},Cattle,NAR,5,,15,,,Act 1\n".encode() for place in range(5)
    ))  # fmt: skip
    assert findings == ()
