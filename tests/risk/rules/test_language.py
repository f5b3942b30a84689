# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest

from cocket.errors import SettingsError
from cocket.risk import Case
from cocket.risk.rules import FUNCTIONS, VARIABLES, Condition, Rulebook, Seen, read_rules
from cocket.risk.rules.rulebook import problem_of
from cocket.risk.rules.view import SPECIMEN, View
from cocket.risk.windows import Windows

LISTS = {"chapters": ("22", "87"), "watched": ("A-1000001 k", "Acme Trading")}


def seen(**changes: Any) -> Seen:
    facts = msgspec.structs.replace(SPECIMEN.case.facts, **changes)
    return msgspec.structs.replace(SPECIMEN, case=Case(facts=facts))


def holds(text: str, case: Seen = SPECIMEN) -> bool | None:
    view = View()
    view.show(case)
    return Condition(text, LISTS).holds(view)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value > 999 && value < 1001", True),
        ("items.exists(i, hs_on_list('chapters', i.hs) && i.origin == 'XM')", True),
        ("items.exists(i, i.hs.startsWith('22'))", False),
        ("on_list('watched', importer)", True),
        ("like_list('watched', 'trading acme') > 0.9", True),
        ("like('ACME TRADING', 'trading acme') == 1.0", True),
        ("'USED' in items[0].words", True),
        ("features.importer_rate >= 0.5", True),
        ("size(items.filter(i, i.origin != export_country)) == 0", True),
        ("seen('importer', 30) == 0.0", True),
        ("has(declared.importer) && !has(declared.freight)", False),
    ],
)
def test_a_condition_reads_the_case_lists_features_and_history(text: str, expected: bool) -> None:
    assert holds(text, seen()) is expected


@pytest.mark.parametrize(
    "text",
    [
        "value > 10",
        "importer == 'X'",
        "importer != 'X'",
        "seen('importer', 3) != 1.0",
        "on_list('watched', importer)",
        "seen('importer', 3) > 0",
    ],
)
def test_what_is_unknown_makes_it_neither_true_nor_false(text: str) -> None:
    assert holds(text, seen(importer=None, items=())) is None


def test_what_is_unknown_does_not_hide_what_is_known() -> None:
    unknown = seen(importer=None)
    assert holds("importer == 'X' || value > 10", unknown) is True
    assert holds("importer == 'X' && value < 10", unknown) is False
    assert holds("!has(declared.importer) || importer == 'X'", unknown) is True


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour == 'red'", "unknown name colour"),
        ("open('/etc/passwd')", "unknown function open"),
        ("seen('boats', 3) > 1", "unknown group boats"),
        ("seen('importer', 999) > 1", "from 1 to 180"),
        ("on_list('nobody', importer)", "unknown list nobody"),
        ("items.exists(i, items.exists(j, i.hs == j.hs))", "must not be nested"),
        ("items.exists(i, i.colour == 'red')", "items have no colour"),
        ("value", "not true or false"),
        ("value + 1", "Unsupported operation"),
        ("value > 'much'", "No such overload"),
        ("value >", "Syntax error"),
        ("features.nothing > 1", "nothing"),
        ("x" * 2001, "longer than 2000"),
        ("(" * 900 + "true" + ")" * 900, ""),
    ],
)
def test_a_wrong_condition_is_refused_with_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Condition(text, LISTS)
    assert told in str(refused.value)


@pytest.mark.parametrize("text", ["features.value_gap > 0.5", "has(features.value_gap)", "features['value_gap'] > 0.5"])
def test_a_name_of_before_is_refused_with_the_one_that_stands_for_it_now(text: str) -> None:
    with pytest.raises(
        SettingsError, match="no feature value_gap; it is now price_gap, below 0 where the price is low"
    ):
        Condition(text, LISTS)
    with pytest.raises(SettingsError, match="no feature evidence"):
        Condition("features.evidence > 0.0", LISTS)
    assert holds("features.price_gap < 0.6") is True


def test_a_rule_of_before_is_left_out_and_the_others_speak() -> None:
    rule = read_rules(RULES.encode())[0]
    old = msgspec.structs.replace(rule, code="old", when="features.value_gap > 0.5")
    assert Rulebook.of_those_that_hold([old, rule]).rules == (rule,)
    assert "value_gap" in (problem_of(old) or "") and problem_of(rule) is None


def texts_of_conditions(number: int) -> list[str]:
    """Conditions put together from scraps, wrong ones mostly; the same every time."""
    dice = Random(7)
    scraps = [
        *VARIABLES, *FUNCTIONS, "items.exists(i, ", "i.hs", "i.value", "features.", "(", ")", "[", "]", "'", '"', "&&",
        "||", "==", "<", "in", "null", "1", "-1", "9223372036854775808", "1e400", "'87'", ",", ".", "?", ":", "!", "\x00",
        "\u202e", "{", "}", "has(", "importer", "true", " ", "\n", "//", "r'(a+)+'", ".matches(", "timestamp(", "cel.bind(",
    ]  # fmt: skip
    return ["".join(dice.choices(scraps, k=dice.randrange(1, 14))) for _ in range(number)]


def test_no_text_whatever_raises_anything_but_our_own_error() -> None:
    for text in texts_of_conditions(2000):
        try:
            condition = Condition(text, LISTS)
        except SettingsError:
            continue
        view = View()
        view.show(seen(importer=None))
        assert condition.holds(view) in (True, False, None)


def test_a_pattern_that_would_run_for_ever_elsewhere_ends_here() -> None:
    assert holds("seller.matches('(a+)+$')", seen(seller="a" * 30_000 + "!")) is False


def test_windows_count_days_before_and_not_this_declaration() -> None:
    windows = Windows()
    facts = SPECIMEN.case.facts
    for day in (-40.0, -6.0, -0.2):
        windows.observe(msgspec.structs.replace(facts, day=facts.day + day))
    windows.learn(facts, facts.day - 1, found=True)
    case = msgspec.structs.replace(seen(), windows=windows)
    assert holds("seen('importer', 7) == 2.0 && worth('importer', 7) == 2000.0", case)
    assert holds("seen('importer', 180) == 3.0 && found('importer', 30) == 1.0 && examined('seller', 30) == 1.0", case)
    assert holds("items.exists(i, seen('importer_hs4', 7, i.hs) == 2.0)", case)
    assert holds("seen('importer_hs4', 7, '220300') == 0.0", case)
    again = Windows.of(windows.lines())
    assert again.lines() == windows.lines()


def test_windows_forget_what_is_older_than_their_longest() -> None:
    windows = Windows()
    for day in range(0, 400, 10):
        windows.observe(msgspec.structs.replace(SPECIMEN.case.facts, day=float(day)))
    assert min(line[0] for lines in windows.lines().values() for line in lines) > 390 - 180


RULES = """
[lists]
chapters = ["87"]

[[rule]]
code = "cars"
says = "cars of {importer}"
when = "items.exists(i, hs_on_list('chapters', i.hs))"
asks = "red"
source = "order 1"
expires = 2999-12-31

[[rule]]
code = "old"
says = "long over"
when = "true"
source = "order 2"
expires = 2000-01-01
"""


def test_a_file_of_rules_is_read_and_only_rules_in_force_speak() -> None:
    book = Rulebook(read_rules(RULES.encode()))
    assert book.read(seen()).codes == ("cars",)
    assert book.read(seen(), heed_dates=False).codes == ("cars", "old")
    assert book.read(seen(items=(msgspec.structs.replace(SPECIMEN.case.facts.items[0], hs=None),))).undecided == (
        "cars",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('code = "old"', 'code = "cars"'), "twice"),
        (('code = "old"', 'code = "Old Rule"'), "lower-case letters"),
        (('asks = "red"', 'asks = "violet"'), "violet"),
        (('source = "order 2"', 'source = " "'), "state the basis"),
        (('asks = "red"', 'asks = "red"\nshare = 1.5'), "share"),
        (('asks = "red"', 'asks = "red"\ncolour = "x"'), "colour"),
        (("[[rule]]", "[[rule"), "cannot be read"),
    ],
)
def test_a_file_that_does_not_hold_is_refused_whole(change: tuple[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_rules(RULES.replace(*change, 1).encode())
    assert told in str(refused.value)


def test_the_wording_names_a_rule_and_its_last_day_does_not() -> None:
    (one, _) = read_rules(RULES.encode())
    later = msgspec.structs.replace(one, expires=one.expires.replace(year=2998))
    other = msgspec.structs.replace(one, when="true")
    assert one.digest == later.digest != other.digest


def test_every_name_and_function_is_explained() -> None:
    assert all(meaning for meaning in VARIABLES.values())
    assert all(meaning.startswith(name) for name, meaning in FUNCTIONS.items())
    assert Decimal(1000) == SPECIMEN.case.facts.value
