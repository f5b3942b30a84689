# SPDX-License-Identifier: Apache-2.0
"""The lane step run again: quotas hold by office and day, and nothing but what is named is otherwise."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from cocket.control import Policy, PolicyBook
from cocket.trials.whatif import Changes, Past, replay

SEED = b"s" * 32
BOOK = PolicyBook(usual=Policy(red_per_day=10, yellow_per_day=20, random_reserve=2, random_share=0.02))


def cases(days: int = 20, a_day: int = 120) -> list[Past]:
    dice = Random(5)
    made = []
    for day in range(days):
        for number in range(a_day):
            made.append(
                Past(
                    id=f"{day}-{number}",
                    office="A" if number % 2 else "B",
                    day=date(2026, 1, 1) + timedelta(days=day),
                    score=dice.random(),
                    value=Decimal(dice.randrange(1, 1000)),
                    rules=("late",) if number % 10 == 0 else (),
                    beside={"m-2": dice.random()},
                )
            )
    return made


def reds(told: list, past: list[Past], office: str | None = None) -> int:
    return sum(one.lane == "red" for one, case in zip(told, past, strict=True) if office in (None, case.office))


def test_places_of_each_office_and_day_hold_and_chance_keeps_its_share() -> None:
    past = cases()
    told = replay(past, BOOK, Changes(), SEED)
    a_day = Counter((case.office, case.day) for case, one in zip(past, told, strict=True) if one.lane == "red")
    assert max(a_day.values()) <= 10
    low = [one.chance for case, one in zip(past, told, strict=True) if case.score < 0.2]
    assert set(low) <= {0.02, 0.0} and low.count(0.02) > 0.9 * len(low)
    assert told == replay(past, BOOK, Changes(), SEED)


def test_a_share_changes_at_the_office_named_alone() -> None:
    past = cases()
    today = replay(past, BOOK, Changes(), SEED)
    would = replay(past, BOOK, Changes(offices=("A",), shares={"red": 0.03}), SEED)
    assert reds(would, past, "A") < 0.6 * reds(today, past, "A")
    assert reds(would, past, "B") == reds(today, past, "B")
    more = replay(past, BOOK, Changes(offices=("A",), shares={"red": 0.3}, places={"red": 100}), SEED)
    assert reds(more, past, "A") > 2 * reds(today, past, "A")
    bound = replay(past, BOOK, Changes(shares={"red": 0.3}), SEED)
    assert any(one.is_full for one in bound)


def test_a_value_to_ignore_below_spares_what_is_known_to_be_small_but_not_what_intelligence_names() -> None:
    past = cases()
    named = [Past(id="named", office="A", day=past[-1].day, score=0.0, value=Decimal(1), intelligence="red")]
    unknown = [Past(id="unknown", office="A", day=past[-1].day, score=0.0)]
    told = replay([*past, *named, *unknown], BOOK, Changes(ignore_below=Decimal(500)), SEED)
    small = [one for case, one in zip(past, told, strict=False) if case.value is not None and case.value < 500]
    assert {(one.lane, one.chance) for one in small} == {("green", 0.0)}
    assert (told[-2].lane, told[-2].chance) == ("red", 1.0) and told[-1].chance == pytest.approx(0.02)


def test_a_rule_and_a_model_change_who_is_chosen() -> None:
    past = cases()
    by_rule = replay(past, BOOK, Changes(rule="late", places={"red": 100}), SEED)
    assert all(one.lane == "red" for case, one in zip(past, by_rule, strict=True) if case.rules)
    draft = replay(
        past, BOOK, Changes(rule="draft", rule_lane="yellow", hits=frozenset({"3-1"}), places={"yellow": 200}), SEED
    )
    at = next(number for number, case in enumerate(past) if case.id == "3-1")
    assert draft[at].lane in ("yellow", "red")
    today, other = replay(past, BOOK, Changes(), SEED), replay(past, BOOK, Changes(model="m-2"), SEED)
    by_new = [
        case.beside["m-2"] for case, one in zip(past, other, strict=True) if one.lane == "red" and one.chance == 1.0
    ]
    by_old = [
        case.beside["m-2"] for case, one in zip(past, today, strict=True) if one.lane == "red" and one.chance == 1.0
    ]
    assert min(by_new[20:]) > 0.5 and min(by_old) < 0.5
