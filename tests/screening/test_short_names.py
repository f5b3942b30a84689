# SPDX-License-Identifier: Apache-2.0
"""Names written short or with two slips reach the hits with the lowest grade, and innocents hardly ever do."""

from __future__ import annotations

from random import Random

import pytest

from cocket.screening import ListedName, ListEntry, Screener, Subject, WatchList
from cocket.screening.scoring import LOWEST
from tests.screening.persons import SPOILERS, Population, initials

_SEED, _LISTED, _ASKED = 77, 1500, 150
_LOW = {"initials", "first-and-last", "two-slips"}


@pytest.fixture(scope="module")
def listed() -> list[str]:
    return Population(_SEED).people(_LISTED)


@pytest.fixture(scope="module")
def screener(listed: list[str]) -> Screener:
    return _screener(*listed)


def _screener(*names: str) -> Screener:
    entries = tuple(
        ListEntry(id=str(place), kind="person", names=(ListedName(name),)) for place, name in enumerate(names)
    )
    return Screener([WatchList(name="persons", format="csv", version="1", entries=entries)])


@pytest.mark.parametrize(
    ("way", "least"), [("initials", 0.85), ("first and last", 0.93), ("two slips", 0.9), ("script", 0.97)]
)
def test_a_spoilt_name_is_among_the_ten_best(screener: Screener, listed: list[str], way: str, least: float) -> None:
    chance = Random(_SEED)
    chosen = [
        place
        for place in chance.sample(range(_LISTED), _ASKED)
        if way != "first and last" or listed[place].count(" ") > 1
    ]
    found = screener.screen_all([Subject("party", SPOILERS[way](chance, listed[place])) for place in chosen])
    hits = sum(str(place) in {hit.id for hit in several} for place, several in zip(chosen, found, strict=True))
    assert hits >= least * len(chosen)


def test_innocents_whose_names_are_written_out_are_hardly_ever_a_hit_of_the_lowest_grade(
    screener: Screener, listed: list[str]
) -> None:
    innocents = Population(_SEED + 1).people(2000, frozenset(listed))
    hits = screener.screen_all([Subject("party", name) for name in innocents])
    low = sum(any(_LOW & {reason.code for reason in hit.reasons} for hit in several) for several in hits)
    assert low <= 0.01 * len(innocents)


def test_initials_are_told_as_such_and_score_lowest() -> None:
    (hit,) = _screener("Hassan Reza Salimi").screen(Subject("party", "H. SALIMI"))
    assert hit.score == LOWEST
    assert "initials" in {reason.code for reason in hit.reasons}


@pytest.mark.parametrize(
    "name",
    ["K. Salimi", "Salimi", "H. Salimova Trading Ltd", "H. R. Karimi"],
    ids=["another initial", "the family name alone", "a business", "another family name"],
)
def test_what_is_no_short_form_of_a_name_is_no_hit(name: str) -> None:
    assert _screener("Hassan Reza Salimi").screen(Subject("party", name)) == ()


def test_a_common_family_name_with_an_initial_names_nobody() -> None:
    """One of sixty Salimis: initials would point at too many."""
    many = _screener(*(f"{chr(97 + place % 26)}{'aeiou'[place % 5]}b{place // 26}or Salimi" for place in range(60)))
    assert many.screen(Subject("party", "B. Salimi")) == ()


def test_two_slips_in_short_words_are_another_name() -> None:
    assert _screener("Luno Bitundi Okoye").screen(Subject("party", "Rutu Bitundi Okoye")) == ()
    (hit,) = _screener("Luno Bitundi Okoye").screen(Subject("party", "Luno Bitumdi Okoyo"))
    assert hit.score >= LOWEST


def test_initials_of_another_are_found_in_the_stock_of_names() -> None:
    """The control: the spoiler shortens."""
    assert initials(Random(3), "Hassan Reza Salimi") in {"H. SALIMI", "H Salimi"}
