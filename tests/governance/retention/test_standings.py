# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cocket.governance.retention import Kept, RetentionRule, Schedule, Standing, end_of, judge

CAME = datetime(2024, 2, 29, 12, tzinfo=UTC)


def rule(count: int = 3, unit: Any = "year", **more: Any) -> RetentionRule:
    given = {"class_": "consignment", "law": "law", "from_event": "last-message", "on_end": "erase", **more}
    return RetentionRule(count=count, unit=unit, **given)


def kept(**more: Any) -> Kept:
    return Kept(**{"id": "1", "class_": "consignment", "events": {"last-message": CAME}, **more})


def stands(today: date, *rules: RetentionRule, thing: Kept | None = None) -> Standing:
    return judge(Schedule(rules), thing or kept(), today, UTC)


@pytest.mark.parametrize(
    ("count", "unit", "is_from_end", "ends"),
    [
        (1, "year", False, date(2025, 2, 28)),  # a month without that date ends with its last day
        (4, "year", False, date(2028, 2, 29)),
        (3, "year", True, date(2027, 12, 31)),
        (1, "month", False, date(2024, 3, 29)),
        (12, "month", False, date(2025, 2, 28)),
        (11, "month", False, date(2025, 1, 29)),
        (90, "day", False, date(2024, 5, 29)),
    ],
)
def test_a_period_ends_as_regulation_1182_71_says(count: int, unit: Any, is_from_end: bool, ends: date) -> None:
    assert end_of(rule(count, unit, is_from_end_of_year=is_from_end), CAME, UTC) == ends


def test_the_day_of_an_event_is_that_of_the_administration() -> None:
    late = datetime(2024, 12, 31, 20, tzinfo=UTC)
    assert end_of(rule(is_from_end_of_year=True), late, ZoneInfo("Asia/Tokyo")) == date(2028, 12, 31)
    assert end_of(rule(is_from_end_of_year=True), late, UTC) == date(2027, 12, 31)


def test_a_period_runs_through_its_last_day() -> None:
    assert stands(date(2027, 2, 28), rule()).state == "running"
    assert stands(date(2027, 3, 1), rule()) == Standing(state="due", rule=0, ends=date(2027, 2, 28))


def test_without_a_rule_nothing_is_ever_due() -> None:
    assert stands(date(9000, 1, 1)) == Standing(state="no-rule")
    assert stands(date(9000, 1, 1), rule(class_="message", from_event="received")).state == "no-rule"


def test_the_longest_of_several_laws_counts() -> None:
    both = (rule(10, law="ICS2", papers=("ens",)), rule(3))
    assert stands(date(2030, 1, 1), *both).state == "due"
    with_ens = kept(papers=frozenset({"ens", "wco-dm"}))
    assert stands(date(2030, 1, 1), *both, thing=with_ens) == Standing(state="running", rule=0, ends=date(2034, 2, 28))
    assert stands(date(2034, 3, 1), *both, thing=with_ens).state == "due"


def test_a_period_whose_event_has_not_come_has_not_begun() -> None:
    assert stands(date(9000, 1, 1), rule(), rule(from_event="last-act")).state == "not-begun"


def test_a_condition_suspends_only_where_a_rule_names_it() -> None:
    disputed = kept(open=frozenset({"open-doubt"}))
    assert stands(date(2030, 1, 1), rule(hold=("open-doubt",)), thing=disputed).why == ("open-doubt",)
    assert stands(date(2030, 1, 1), rule(hold=("open-doubt",)), thing=disputed).state == "suspended"
    assert stands(date(2030, 1, 1), rule(hold=("open-order",)), thing=disputed).state == "due"


def test_a_legal_hold_beats_every_period() -> None:
    held = kept(holds=("2026-KB-17",))
    assert stands(date(9000, 1, 1), rule(), thing=held) == Standing(
        state="held", rule=0, ends=date(2027, 2, 28), why=("2026-KB-17",)
    )
    assert stands(date(9000, 1, 1), thing=held).state == "held"


def test_one_rule_that_asks_for_a_look_is_enough() -> None:
    assert stands(date(2030, 1, 1), rule(), rule(1, on_end="review")).state == "review"
