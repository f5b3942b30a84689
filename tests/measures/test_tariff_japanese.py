# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import UnreadableError
from cocket.measures.tariff import Calculator, Duties, Goods, Tariff, wording
from cocket.measures.tariff.formula import Among, Basis, Choice, Formula, NotUnderstood, amount
from cocket.measures.tariff.japanese import load_schedule, read_cell
from cocket.measures.tariff.units import InUnits
from tests.corpora import corpora
from tests.measures.reading_again import OtherTextError, amounts, rate_lines

VALUES = (Decimal("123457.89"), Decimal("2000003"))
QUANTITIES = {"KGM": Decimal(331), "LTR": Decimal(457), "NAR": Decimal(53), "NPR": Decimal(71), "MTK": Decimal(613)}
WORDS = {
    "kg": "KGM",
    "l": "LTR",
    "kl": "KLT",
    "頭": "NAR",
    "枚": "NAR",
    "本": "NAR",
    "足": "NPR",
    "m2": "MTK",
    "MT": "TNE",
}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("無税", "free"),
        ("１２．５％", "12.5 %"),
        ("(50%)", "50 %"),
        ("1,170万円/頭", "11700000 JPY / NAR"),
        ("25％＋63円/kg", "25 % + 63 JPY / KGM"),
        ("8.5%+290.70円/1,000本", "8.5 % + 290.7 JPY / 1000 NAR"),
        ("9%又は7円/kgのうちいずれか高い税率", "the higher of 9 %; 7 JPY / KGM"),
        ("9%+1円/㎡又は7円/kgのうちいずれか低い税率", "the lower of 9 % + 1 JPY / MTK; 7 JPY / KGM"),
        (
            "9%又は7円/kgのうちいずれか高い税率（ただしその税率が50%を上回る場合は50%とする）",
            "the lower of the higher of 9 %; 7 JPY / KGM; 50 %",
        ),
        ("（73円−課税価格）/kg", "73 JPY / KGM less 100 %"),
        ("500円/kg-課税価格/kg×0.6", "500 JPY / KGM less 60 %"),
        ("((500円-課税価格)×2/11)/kg", "2/11 × (500 JPY / KGM less 100 %)"),
        ("2%〜5%", "one of 2 % … 5 %"),
        ("●無税〜（4.2%）又は非譲許", "one of free … 4.2 % or no concession"),
        ("(一部3%)", "one of 3 % or no concession"),
        ("（1,159円\n/kg）", "1159 JPY / KGM"),
    ],
)
def test_a_rate_is_read_as_it_is_meant(text: str, says: str) -> None:
    assert wording(read_cell(text).formula) == says


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1キログラムにつき枝肉に係る基準輸入価格と課税価格との差額", "standard-import-price"),
        ("◆3", "footnote"),
        ("5%又は", "no-formula"),
        ("5", "no-formula"),
        ("100円", "no-formula"),
        ("(5%", "no-formula"),
        ("5%のうちいずれか高い税率", "no-formula"),
        ("政令で定める額", "no-formula"),
    ],
)
def test_a_text_that_is_no_rate_is_kept_with_the_class_of_its_reason(text: str, reason: str) -> None:
    assert read_cell(text).formula == NotUnderstood(text, reason)


def test_brackets_say_that_a_rate_is_not_applied_and_marks_are_kept() -> None:
    assert not read_cell("**(61.9%)").is_applied
    assert read_cell("**(61.9%)").marks == ("**",)
    assert read_cell("21.3% ◆4").is_applied
    assert read_cell("21.3% ◆4").marks == ("◆4",)


@given(st.text(alphabet="0123456789.,%円+-×/()〜、又は無税課税価格kgのうちいずれか高低い率◆●※ \n", max_size=40))
def test_no_text_whatever_breaks_the_reading(text: str) -> None:
    wording(read_cell(text).formula)


def chapter(*lines: dict[str, Any]) -> Tariff:
    """A chapter of ours with these lines under one heading."""
    whole = {
        "stat_code": "99.01",
        "hs_code": "",
        "desc": "things",
        "rate": {},
        "unit": {},
        "law": [],
        "children": lines,
    }
    tariff, findings = load_schedule([msgspec.json.encode([whole])])
    assert findings == ()
    return tariff


def line(code: str, rate: dict[str, str], *children: dict[str, Any], desc: str = "of a kind") -> dict[str, Any]:
    return {
        "stat_code": "9901.10",
        "hs_code": code,
        "desc": desc,
        "rate": rate,
        "unit": {"II": "KG"},
        "children": children,
    }


def cost(tariff: Tariff, **asked: Any) -> Duties:
    whole: dict[str, Any] = {"code": "990110010", "day": date(2026, 3, 1), "value": Decimal(1000), **asked}
    return Calculator(tariff).duties(Goods(**whole))


def test_a_line_has_what_it_does_not_say_from_the_line_above_it() -> None:
    tariff = chapter(
        line("", {"基本": "10%", "特恵": "2%"}, line("010", {"WTO協定": "8%"}), line("020", {"基本": "3%"}))
    )
    assert cost(tariff).total == Decimal("80.00")
    assert cost(tariff, code="990110020").total == Decimal("30.00")
    assert cost(tariff, code="990110020", origin="ZM", preference="GSP").total == Decimal("20.00")


def test_a_temporary_rate_takes_the_place_of_the_basic_one_even_if_it_is_higher() -> None:
    tariff = chapter(line("010", {"基本": "10%", "暫定": "12%", "WTO協定": "(15%)"}))
    assert [one.type_code for one in cost(tariff).lines] == ["暫定"]


def test_rates_in_brackets_count_where_a_line_has_no_others() -> None:
    assert cost(chapter(line("010", {"基本": "(10%)", "WTO協定": "(8%)"}))).total == Decimal("80.00")


def test_a_quota_a_partner_and_what_the_goods_are_decide_between_cases() -> None:
    quota = "関税割当数量以内のもの　無税\n関税割当数量以外のもの　5%"
    partner = "（カナダに対する待遇）　3%\n（他の締約国に対する待遇）　1%"
    goods = "くらげ　2%\nその他のもの　4%"
    tariff = chapter(
        *(line(f"0{n}0", {"基本": "10%", "EPA_CPTPP": text}) for n, text in enumerate((quota, partner, goods), 1))
    )
    asked: dict[str, Any] = {"origin": "CA", "preference": "CPTPP"}
    assert cost(tariff, **asked).total == Decimal("50.00")
    assert cost(tariff, **asked, quotas=("any",)).total == 0
    assert cost(tariff, **asked, code="990110020").total == Decimal("30.00")
    assert cost(tariff, **{**asked, "origin": "PE"}, code="990110020").total == Decimal("10.00")
    open_case = cost(tariff, **asked, code="990110030")
    assert open_case.total is None
    unknown = open_case.not_computable[0]
    assert [(one.condition, str(one.amount)) for one in unknown.cases] == [
        ("くらげ", "20.00"),
        ("その他のもの", "40.00"),
    ]
    assert (unknown.at_least, unknown.at_most) == (Decimal("20.00"), Decimal("40.00"))
    assert cost(tariff, **asked, code="990110030", cases=("くらげ",)).total == Decimal("20.00")
    assert cost(tariff, **asked, code="990110030", cases=("other",)).total == Decimal("40.00")


def test_a_quota_that_is_not_drawn_on_grants_nothing_and_the_answer_says_so() -> None:
    tariff = chapter(line("010", {"基本": "10%", "EPA_メキシコ": "関税割当数量以内のもの　3%"}))
    found = cost(tariff, origin="MX", preference="EPA_メキシコ")
    assert found.total == Decimal("100.00")
    assert [one.code for one in found.findings] == ["claim-without-effect"]


def test_lines_of_one_code_hold_each_in_its_season() -> None:
    tariff = chapter(
        line("010", {"基本": "40%"}, desc="毎年4月1日から同年9月30日までに輸入されるもの"),
        line("010", {"基本": "50%"}, desc="毎年10月1日から翌年3月31日までに輸入されるもの"),
    )
    days = {
        date(2026, 4, 1): "400.00",
        date(2026, 9, 30): "400.00",
        date(2026, 10, 1): "500.00",
        date(2027, 3, 31): "500.00",
    }
    assert {day: str(cost(tariff, day=day).total) for day in days} == days


def test_a_range_is_told_by_its_ends_and_no_number_is_invented() -> None:
    found = cost(chapter(line("010", {"基本": "無税〜5%"})))
    assert (found.total, found.lines) == (None, ())
    assert (found.not_computable[0].at_least, found.not_computable[0].at_most) == (Decimal("0.00"), Decimal("50.00"))


def test_a_column_that_is_new_is_told_and_must_be_claimed_by_its_name() -> None:
    content = msgspec.json.encode([line("010", {"基本": "10%", "EPA_トルコ": "1%"})])
    tariff, findings = load_schedule([content])
    assert [one.code for one in findings] == ["column-unknown"]
    assert cost(tariff, origin="TR", preference="300").total == Decimal("100.00")
    assert cost(tariff, origin="TR", preference="EPA_トルコ").total == Decimal("10.00")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'[{"stat_code":1}]', b'[{"stat_code":"01.01","rate":[]}]'])
def test_a_file_that_is_no_chapter_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        load_schedule([content])


@cache
def distinct() -> tuple[str, ...]:
    """Every text of a rate in the whole schedule."""
    found: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        found.update(text for text in node["rate"].values() if text)
        for child in node["children"]:
            walk(child)

    for file in sorted(corpora("host", "japan-tariff").glob("j_*.json")):
        for node in msgspec.json.decode(file.read_bytes()):
            walk(node)
    return tuple(sorted(found))


def parts(formula: Formula) -> list[list[Formula]]:
    """The formulas of each case, of a range both ends."""
    cases = [case.formula for case in formula.cases] if isinstance(formula, Choice) else [formula]
    return [list(one.parts) if isinstance(one, Among) else [one] for one in cases]


def test_nearly_all_rates_of_the_schedule_are_computed_and_the_rest_is_named() -> None:
    kinds = Counter(
        one.formula.reason if isinstance(one.formula, NotUnderstood) else type(one.formula).__name__
        for one in map(read_cell, distinct())
    )
    named = {reason: kinds[reason] for reason in ("standard-import-price", "lactose-content", "footnote", "no-formula")}
    assert named == {"standard-import-price": 4, "lactose-content": 5, "footnote": 3, "no-formula": 0}
    assert sum(named.values()) <= 0.05 * len(distinct())


@pytest.mark.parametrize("value", VALUES)
def test_a_second_reading_finds_the_same_amounts_in_every_text(value: Decimal) -> None:
    known = InUnits(QUANTITIES)
    quantities = {word: Fraction(known[unit]) for word, unit in WORDS.items()}
    compared = 0
    for text in distinct():
        cell = read_cell(text)
        if isinstance(cell.formula, NotUnderstood) or "砂糖の重量" in text:
            continue
        ours = [{_ours(one, value) for one in several} for several in parts(cell.formula)]
        theirs = list(_theirs(text, Fraction(value), quantities))
        if len(ours) < len(theirs):  # cases in brackets are left out
            theirs = theirs[: len(ours)]
        assert [{round(one, 6) for one in each} for each in ours] == [
            {round(one, 6) for one in each} for each in theirs
        ], text
        compared += 1
    assert compared > 0.98 * len(distinct())


def _ours(formula: Formula, value: Decimal) -> Fraction:
    basis = Basis(values={"customs-value": value}, quantities=InUnits(QUANTITIES), rates={"JPY": Decimal(1)})
    found = amount(formula, basis)
    assert isinstance(found, Decimal), formula
    return Fraction(found)


def _theirs(text: str, value: Fraction, quantities: dict[str, Fraction]) -> Iterator[set[Fraction]]:
    for rate in rate_lines(text):
        try:
            yield amounts(rate, value, quantities)
        except OtherTextError as error:
            raise AssertionError(f"the second reading does not know {text!r}") from error
