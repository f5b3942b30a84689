# SPDX-License-Identifier: Apache-2.0
"""Worlds whose truth is known: two grades under one code, prices that move, and what is declared too low on purpose."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from cocket.measures.valuation import Comparisons, DeclaredValue, indicate, weaknesses
from cocket.measures.valuation.groups import groups_of, trend_of

DAY = date(2026, 6, 1)
LOWERED = 0.7  # a value declared 30 % too low
SCATTER = 0.12

#: Makes the natural logarithm of a unit value as it is rightly declared, of a day so many days ago.
World = Callable[[Random, int], float]


def plain(dice: Random, _ago: int) -> float:
    return dice.gauss(1.6, SCATTER)


def two_grades(dice: Random, _ago: int) -> float:
    return dice.gauss(1.6 if dice.random() < 0.8 else 2.4, SCATTER)


def moving(dice: Random, ago: int) -> float:
    return dice.gauss(1.6, SCATTER) - math.log(1.4) * ago / 365


def useless(dice: Random, _ago: int) -> float:
    return dice.uniform(-3, 5)


def declared(log: float, day: date, trader: str) -> DeclaredValue:
    quantity = Decimal(100)
    return DeclaredValue(
        code="61091000", day=day, origin="XA", currency="USD", unit="KGM", level="wholesale", quantity=quantity,
        value=Decimal(repr(math.exp(log))) * quantity, trader=trader,
    )  # fmt: skip


def rates_of(world: World, seed: int, lowered: float = LOWERED, members: int = 300) -> tuple[float, float]:
    """How often rightly declared values are asked about, and how often those that are too low (0–1)."""
    dice = Random(seed)
    comparisons = Comparisons()
    for n in range(members):
        ago = 1 + n * 364 // members
        comparisons.add(declared(world(dice, ago), DAY - timedelta(days=ago), f"T{n % 40}"))
    clean = [declared(world(dice, 0), DAY, "NEW") for _ in range(400)]
    low = [declared(world(dice, 0) + math.log(lowered), DAY, "NEW") for _ in range(400)]
    asked = [sum(indicate(one, comparisons).outcome == "ask" for one in many) / 400 for many in (clean, low)]
    return asked[0], asked[1]


def mean_rates(world: World, lowered: float = LOWERED) -> tuple[float, float]:
    found = [rates_of(world, seed, lowered) for seed in range(5)]
    return sum(one for one, _ in found) / 5, sum(two for _, two in found) / 5


def test_the_rarer_of_two_grades_is_not_asked_about_and_low_values_of_the_usual_one_still_are() -> None:
    clean, low = mean_rates(two_grades, lowered=0.6)
    assert clean <= 0.05, clean
    assert low >= 0.6, low


def test_prices_that_move_do_not_hide_a_value_that_is_too_low() -> None:
    clean, low = mean_rates(moving, lowered=0.65)
    assert clean <= 0.05, clean
    assert low >= 0.6, low


@pytest.mark.parametrize("world", [two_grades, moving, plain])
def test_most_values_a_third_too_low_are_asked_about_and_hardly_any_right_one(world: World) -> None:
    clean, low = mean_rates(world)
    assert clean <= 0.03, clean
    assert low >= 0.55, low


def test_a_plain_set_is_read_as_it_was() -> None:
    clean, low = mean_rates(plain, lowered=0.65)
    assert clean <= 0.02, clean
    assert low >= 0.6, low


def test_where_values_say_nothing_nothing_is_made_of_them() -> None:
    clean, low = mean_rates(useless)
    assert clean <= 0.02 and low <= 0.05, (clean, low)


@pytest.mark.parametrize("make", [lambda dice: dice.gauss(0, 1), lambda dice: dice.uniform(0, 1), lambda dice: 1.0])
@pytest.mark.parametrize("size", [40, 100, 400])
def test_one_heap_is_not_taken_for_two_nor_rest_for_movement(make: Callable[[Random], float], size: int) -> None:
    split = moved = 0
    for seed in range(100):
        dice = Random(seed)
        points = [(n * 365 // size, make(dice)) for n in range(size)]
        split += bool(groups_of(sorted(log for _, log in points)))
        moved += bool(trend_of(points))
    assert split <= 3 and moved <= 1, (split, moved)


def test_what_was_found_in_a_set_is_said() -> None:
    dice = Random(1)
    for world, code in ((two_grades, "set-two-groups"), (moving, "set-moves")):
        comparisons = Comparisons()
        for n in range(300):
            comparisons.add(declared(world(dice, 1 + n), DAY - timedelta(days=1 + n), f"T{n}"))
        compared = indicate(declared(1.6, DAY, "NEW"), comparisons).set
        assert compared is not None
        assert code in {one.code for one in weaknesses(compared)}


def test_a_value_withdrawn_on_the_day_changes_what_is_found_on_it() -> None:
    dice = Random(2)
    values = [declared(two_grades(dice, 1 + n), DAY - timedelta(days=1 + n), f"T{n}") for n in range(60)]
    comparisons = Comparisons()
    for one in values:
        comparisons.add(one)
    asked = declared(1.6, DAY, "NEW")
    before = indicate(asked, comparisons).set
    comparisons.withdraw(values[0], DAY)
    comparisons.add(declared(9.0, DAY - timedelta(days=1), "T0"))
    after = indicate(asked, comparisons).set
    assert before is not None and after is not None
    assert before.spread.highest < after.spread.highest
