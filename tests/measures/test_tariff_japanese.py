# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import UnreadableError
from cocket.measures.tariff import Calculator, Duties, Goods, Tariff, wording
from cocket.measures.tariff.alternatives import alternatives
from cocket.measures.tariff.formula import (
    AdValorem,
    Among,
    Basis,
    Choice,
    Formula,
    Free,
    NotUnderstood,
    Specific,
    Sum,
    amount,
)
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
        ("1キログラムにつき枝肉に係る基準輸入価格", "standard-import-price"),
        ("乳糖の含有率によつて政令で定める額", "lactose-content"),
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
    for text in ("(2%)〜(5%)", "(2%〜5%)", "●(無税)、(3円/kg)又は非譲許"):
        assert not read_cell(text).is_applied, text
    for text in ("(2%)〜5%", "2%〜(5%)", "無税又は非譲許", "(5%)又は(3円/kg)のうちいずれか高い税率"):
        assert read_cell(text).is_applied, text
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
    kinds = Counter(map(answered_by, distinct()))
    assert kinds == {
        "one": 805,
        "case": 390,
        "named rate": 25,
        "not applied": 43,
        "range, end or told rate": 90,
        "range, end only": 5,
        "fact": 9,
        "footnote": 3,
    }
    ranges = kinds["range, end or told rate"] + kinds["range, end only"]
    assert len(distinct()) - ranges - kinds["footnote"] == 1_272


def answered_by(text: str) -> str:
    """What a text of a rate needs for an amount."""
    formula = read_cell(text).formula
    if isinstance(formula, Among) and not read_cell(text).is_applied:
        return "not applied"
    match formula:
        case NotUnderstood(_, reason):
            return reason
        case Choice():
            return "case"
        case Among(parts, _, spans):
            if not spans:
                return "named rate"
            plain = all(isinstance(one, Free | AdValorem | Specific | Sum) for one in parts)
            return "range, end or told rate" if plain else "range, end only"
    return "fact" if asks_for_a_fact(formula) else "one"


def asks_for_a_fact(formula: Formula) -> bool:
    basis = Basis(values={"customs-value": VALUES[0]}, quantities=InUnits(QUANTITIES), rates={"JPY": Decimal(1)})
    found = amount(formula, basis)
    return isinstance(found, tuple) and any(one.reason in ("standard-import-price", "lactose-content") for one in found)


def test_each_named_rate_of_the_schedule_is_due_once_it_is_said() -> None:
    for text in distinct():
        formula = read_cell(text).formula
        if not isinstance(formula, Among):
            continue
        tariff = chapter(line("010", {"基本": "99%", "EPA_メキシコ": text}))
        if not read_cell(text).is_applied:
            assert cost(tariff, origin="MX", preference="EPA_メキシコ").total == Decimal("990.00")
            continue
        asked: dict[str, Any] = {
            "origin": "MX",
            "preference": "EPA_メキシコ",
            "quantities": QUANTITIES,
            "value": VALUES[1],
        }
        for words, part in alternatives(formula):
            found = cost(tariff, **asked, cases=(f"EPA_メキシコ: {words}",))
            high = VALUES[1] * 99 / 100
            expected = min(high, amount_of(part)) if part is not None else high
            assert found.total == expected.quantize(Decimal("0.01"), ROUND_HALF_UP), (text, words)
            assert (found.not_computable, {one.code for one in found.findings} - {"claim-without-effect"}) == (
                (),
                set(),
            )


def amount_of(formula: Formula) -> Decimal:
    basis = Basis(values={"customs-value": VALUES[1]}, quantities=InUnits(QUANTITIES), rates={"JPY": Decimal(1)})
    found = amount(formula, basis)
    assert isinstance(found, Decimal)
    return found


def test_a_rate_between_the_ends_of_a_range_is_due_if_the_asker_tells_it_and_none_beyond_them() -> None:
    tariff = chapter(line("010", {"基本": "50%", "EPA_メキシコ": "2%〜5%又は非譲許"}))
    asked: dict[str, Any] = {"origin": "MX", "preference": "EPA_メキシコ"}
    open_case = cost(tariff, **asked)
    assert open_case.total is None
    told = [(one.condition, one.amount) for one in open_case.not_computable[0].cases]
    assert told == [
        ("EPA_メキシコ: 2 %", Decimal("20.00")),
        ("EPA_メキシコ: 5 %", Decimal("50.00")),
        ("EPA_メキシコ: no concession", None),
    ]
    totals = {
        "2 %": "20.00",
        "5%": "50.00",
        "3.2 %": "32.00",
        "EPA_メキシコ: 3.25 %": "32.50",
        "no concession": "500.00",
    }
    assert {words: str(cost(tariff, **asked, cases=(words,)).total) for words in totals} == totals
    for words in ("1.9 %", "5.1 %", "3 JPY/kg", "free", "EPA_タイ: 2 %", "2 % or so", "NaN %"):
        found = cost(tariff, **asked, cases=(words,))
        assert (found.total, [one.code for one in found.findings]) == (None, ["case-without-effect"]), words
    assert cost(tariff, **asked, cases=("2 %", "5 %")).total is None


def test_a_rate_that_two_columns_know_needs_the_name_of_one() -> None:
    tariff = chapter(line("010", {"WTO協定": "4%〜9%", "EPA_メキシコ": "無税〜5%"}))
    asked: dict[str, Any] = {"origin": "MX", "preference": "EPA_メキシコ"}
    assert cost(tariff, **asked, cases=("4 %",)).total is None
    assert cost(tariff, **asked, cases=("EPA_メキシコ: 4 %",)).total == Decimal("40.00")
    assert cost(tariff, **asked, cases=("WTO協定: 9 %", "EPA_メキシコ: 5 %")).total == Decimal("50.00")


def test_what_the_goods_are_in_one_column_does_not_make_them_other_in_the_next() -> None:
    tariff = chapter(
        line("010", {"基本": "うに　7%\nその他のもの　9%", "EPA_メキシコ": "くらげ　8%\nその他のもの　3%"})
    )
    asked: dict[str, Any] = {"origin": "MX", "preference": "EPA_メキシコ"}
    assert cost(tariff, **asked, cases=("うに",)).total is None
    assert cost(tariff, **asked, cases=("うに", "other")).total == Decimal("30.00")


def test_a_range_that_cannot_be_lower_does_not_hold_a_sum_up() -> None:
    tariff = chapter(line("010", {"基本": "3%", "WTO協定": "3%〜9%"}))
    found = cost(tariff)
    assert found.total == Decimal("30.00")
    assert any("cannot be lower" in note for note in found.lines[0].notes)
    assert cost(chapter(line("010", {"基本": "3.1%", "WTO協定": "3%〜9%"}))).total is None


def test_a_standard_import_price_and_a_content_of_lactose_are_asked_for_and_then_reckoned_with() -> None:
    tariff = chapter(
        line("010", {"基本": "1キログラムにつき枝肉に係る基準輸入価格と課税価格との差額"}),
        line(
            "020",
            {
                "基本": "1キログラムにつき豚肉加工品に係る基準輸入価格に1.5を乗じて得た額と"
                "課税価格に0.6を乗じて得た額との差額"
            },
        ),
        line("030", {"基本": "1キログラムにつき、40円に重量比による乳糖の含有率が10%を超える1%ごとに3.50円を加えた額"}),
    )
    kilos = {"KGM": Decimal(20)}
    first = cost(tariff, quantities=kilos)
    assert (first.total, first.not_computable[0].missing[0].reason) == (None, "standard-import-price")
    price = {"standard-import-price": Decimal("61.25")}
    assert cost(tariff, quantities=kilos, facts=price).total == Decimal("225.00")  # 61.25 × 20 − 1000
    assert cost(tariff, quantities=kilos, facts={"standard-import-price": Decimal(50)}).total == 0
    # 61.25 × 1.5 × 20 − 1000 × 0.6
    assert cost(tariff, code="990110020", quantities=kilos, facts=price).total == Decimal("1237.50")
    content = {"9": "800.00", "10": "800.00", "14": "1080.00"}  # (40 + 3.50 × 4) × 20
    asked: dict[str, Any] = {"code": "990110030", "quantities": kilos}
    found = {part: str(cost(tariff, **asked, facts={"lactose-content": Decimal(part)}).total) for part in content}
    assert found == content
    part = cost(tariff, **asked, facts={"lactose-content": Decimal("12.5")})
    assert (part.total, part.not_computable[0].missing[0].what) == (None, "a whole per cent")
    assert cost(tariff, **asked).not_computable[0].missing[0].reason == "lactose-content"
    for wrong in ("-1", "NaN", "1E+40"):
        bad = cost(tariff, **asked, facts={"lactose-content": Decimal(wrong)})
        assert (bad.total, [one.code for one in bad.findings]) == (None, ["number-not-possible"])
    assert cost(tariff, **asked, facts={"lactose-content": Decimal(101)}).total is None


@pytest.mark.parametrize("value", VALUES)
def test_a_second_reading_finds_the_same_amounts_in_every_text(value: Decimal) -> None:
    known = InUnits(QUANTITIES)
    quantities = {word: Fraction(known[unit]) for word, unit in WORDS.items()}
    compared = 0
    for text in distinct():
        cell = read_cell(text)
        if isinstance(cell.formula, NotUnderstood) or asks_for_a_fact(cell.formula) or "砂糖の重量" in text:
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
