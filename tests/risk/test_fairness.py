# SPDX-License-Identifier: Apache-2.0
"""Comparisons of groups against worlds whose truth is known: equal treatment is not called unfair, unequal treatment is."""

from __future__ import annotations

from random import Random

import pytest

from cocket.risk.fairness import Case, Dimension, Follows, Group, age_of, country_of, fairness, size_of

BAR = 0.05


def world(
    seed: int, *, size: int = 40_000, bar_of_wide: float = BAR, drawn: float = 0.03, keeps_bar: bool = True
) -> list[Case]:
    """Two groups of one mean risk, 4.1 %, of which one spreads more; each is chosen where its true risk passes a bar."""
    random, cases = Random(seed), []
    for number in range(size):
        name = ("narrow", "wide")[number % 2]
        worth = 40.0 if name == "narrow" else 3.0
        risk = random.betavariate(0.041 * worth, 0.959 * worth)
        bar = bar_of_wide if name == "wide" else BAR
        chosen = risk >= bar
        by_chance = not chosen and random.random() < drawn
        examined = chosen or by_chance
        cases.append(
            Case(
                groups={"office": name},
                trader=f"T{number}",
                score=risk,
                bar=bar if keeps_bar else None,
                is_chosen=chosen,
                by_score=chosen,
                is_examined=examined,
                is_drawn=by_chance,
                found=examined and random.random() < risk,
                chance=1.0 if chosen else drawn,
            )
        )
    return cases


def of(cases: list[Case], dimension: Dimension = "office") -> dict[str, Group]:
    found = next(one for one in fairness(cases) if one.dimension == dimension)
    return {one.name: one for one in found.groups}


@pytest.mark.parametrize("keeps_bar", [True, False])
def test_equal_treatment_of_groups_that_spread_otherwise_is_not_called_unfair(keeps_bar: bool) -> None:
    told = []
    for seed in range(8):
        groups = of(world(seed, keeps_bar=keeps_bar))
        yields = [groups[name].examined.share for name in ("narrow", "wide")]
        assert yields[0] is not None and yields[1] is not None
        # by shares of finds alone it would be: the intervals do not even touch
        assert yields[0].high < yields[1].low
        told += [one.follows for one in groups.values()]
    assert set(told) == {"no-difference"}


def test_a_group_that_is_held_to_a_lower_bar_is_found_though_its_finds_are_more() -> None:
    groups = of(world(3, bar_of_wide=0.02))
    narrow, wide = groups["narrow"], groups["wide"]
    assert narrow.examined.share is not None and wide.examined.share is not None
    assert wide.examined.share.value > narrow.examined.share.value  # shares of finds point the wrong way
    assert (wide.follows, narrow.follows) == ("lower-bar", "higher-bar")
    assert wide.margin_more is not None and wide.margin_more.high < 0


def test_what_chance_drew_shows_what_there_is_in_both() -> None:
    groups = of(world(5, drawn=0.2))
    for one in groups.values():
        assert one.whole is not None and one.whole.low <= 0.041 <= one.whole.high
    assert groups["narrow"].drawn_more is not None


def test_many_groups_treated_alike_are_rarely_told_apart() -> None:
    odd = 0
    for seed in range(20):
        random = Random(seed)
        cases = [
            Case(
                groups={"office": f"O{random.randrange(20)}"}, score=0.055, bar=BAR, is_chosen=True, by_score=True,
                is_examined=True, found=random.random() < 0.055, chance=1.0,
            )
            for _ in range(8_000)
        ]  # fmt: skip
        odd += any(one.follows not in ("no-difference", "not-yet") for one in of(cases).values())
    assert odd <= 4  # without regard to how many are compared, most worlds have such a group


def examined(count: int, found: int, name: str = "A", trader: str | None = None) -> list[Case]:
    return [
        Case(
            groups={"office": name}, trader=trader, score=0.055, bar=BAR, is_chosen=True, by_score=True, is_examined=True,
            found=number < found, chance=1.0,
        )
        for number in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("count", "other", "follows"), [(29, 100, "too-few"), (30, 29, "not-yet"), (30, 30, "no-difference")]
)
def test_nothing_is_said_from_fewer_than_thirty(count: int, other: int, follows: Follows) -> None:
    group = of([*examined(count, 2), *examined(other, 6, "B")])["A"]
    assert group.follows == follows
    assert (group.examined.share is None) == (count < 30)


@pytest.mark.parametrize(
    ("found", "of_all", "low", "high"), [(0, 50, 0.0, 0.071), (10, 200, 0.027, 0.09), (50, 1000, 0.038, 0.065)]
)
def test_intervals_are_wilsons(found: int, of_all: int, low: float, high: float) -> None:
    told = of(examined(of_all, found))["A"].examined.share
    assert told is not None and (round(told.low, 3), round(told.high, 3)) == (low, high)


def test_cases_of_one_trader_count_for_less_than_those_of_many() -> None:
    many = of(examined(200, 40))["A"].examined.share
    few = of([*examined(100, 40, trader="one"), *examined(100, 0, trader="other")])["A"].examined.share
    assert many is not None and few is not None
    assert many.value == few.value and few.high - few.low > 2 * (many.high - many.low)


def test_whoever_is_in_no_known_group_stands_last_and_is_compared_with_none() -> None:
    cases = [*examined(60, 3), *examined(60, 3, "B"), *examined(60, 60, "")]
    told = next(one for one in fairness(cases) if one.dimension == "office").groups
    assert [(one.name, one.follows) for one in told] == [
        ("A", "no-difference"),
        ("B", "no-difference"),
        ("", "not-yet"),
    ]


def test_a_choice_that_no_score_made_has_no_margin() -> None:
    cases = [Case(groups={"office": "A"}, is_chosen=True, is_examined=True, found=True) for _ in range(40)]
    group = of(cases)["A"]
    assert (group.margin.examined, group.margin.share, group.follows) == (0, None, "not-yet")


def test_groups_have_bounds_and_what_is_not_known_is_not_guessed() -> None:
    assert [size_of(one) for one in (1, 9, 10, 99, 100)] == ["1–9", "1–9", "10–99", "10–99", "100+"]
    assert [age_of(one, 100) for one in (0, 89, 90, 364, 365)] == [
        "under 90 days", "under 90 days", "90 days to 1 year", "90 days to 1 year", "1 year or more",
    ]  # fmt: skip
    assert age_of(40, 0) == ""  # seen from the beginning on: may be as old as one likes
    assert age_of(400, 0) == "1 year or more"
    known = {"NL", "DE"}.__contains__
    assert [country_of(one, known) for one in ("NL123456", "XX123456", "NLTRADING", "NL", "123")] == [
        "NL",
        "",
        "",
        "",
        "",
    ]
