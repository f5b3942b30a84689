# SPDX-License-Identifier: Apache-2.0
"""Estimates against worlds whose truth is known: bias, and how often the truth lies in the interval."""

from __future__ import annotations

import math
from random import Random

import pytest
from scipy.stats import beta

from cocket.risk import estimate
from cocket.risk.estimate import Estimate, Trial, ahead, lift, rate_of, share, top, yield_of

SCORES = ("useless", "good", "perfect")
SHARES = (0.005, 0.015, 0.05, 0.1)


def month(seed: int, size: int, drawn: float, kind: str) -> tuple[list[Trial], list[bool], list[float]]:
    """Cases, what they hold and what it is worth: a host's own choice of the worst, and two offices that draw unequally."""
    dice = Random(seed)
    trials, truth, amounts = [], [], []
    for number in range(size):
        worth = dice.gauss(0, 1)
        holds = dice.random() < 0.8 / (1.0 + math.exp(4.2 - 1.6 * worth))
        is_sent = dice.random() < (0.125 if worth > 1 else 0.05)
        chance = drawn * (0.5 if number % 2 else 1.5)
        is_drawn = not is_sent and dice.random() < chance
        is_examined = is_sent or is_drawn
        amount = dice.lognormvariate(0, 1) if holds else 0.0
        score = {
            "useless": dice.random(),
            "good": worth + dice.gauss(0, 1),
            "perfect": holds + 0.5 * dice.random(),
        }[kind]
        trials.append(
            Trial(
                is_examined=is_examined,
                is_drawn=is_drawn,
                found=holds and is_examined,
                amount=amount if is_examined else 0.0,
                chance=1.0 if is_sent else chance,
                score=score,
            )
        )
        truth.append(holds)
        amounts.append(amount)
    return trials, truth, amounts


def covered(kind: str, drawn: float, size: int, months: int) -> tuple[float, float, float]:
    """Share of months in whose interval the finds lie; the same of amounts; and the mean of estimated over true finds."""
    inside = of_amounts = told = real = 0.0
    for seed in range(months):
        trials, truth, amounts = month(seed, size, drawn, kind)
        chosen = top(trials, size // 20, lambda one: one.score)
        estimate = yield_of(trials, chosen)
        holds = sum(truth[place] for place in chosen)
        inside += estimate.found.low <= holds <= estimate.found.high
        of_amounts += estimate.amount.low <= sum(amounts[place] for place in chosen) <= estimate.amount.high
        told += estimate.found.value
        real += holds
    return inside / months, of_amounts / months, told / real


@pytest.mark.parametrize("drawn", SHARES)
@pytest.mark.parametrize("kind", SCORES)
def test_the_truth_lies_in_the_interval_about_as_often_as_it_says(kind: str, drawn: float) -> None:
    inside, _, ratio = covered(kind, drawn, 4000, 60)
    assert inside >= 0.85  # 95 % with 60 months: less happens once in two thousand times
    if drawn >= 0.05:
        assert ratio == pytest.approx(1.0, abs=0.25)


@pytest.mark.soak
@pytest.mark.parametrize("drawn", SHARES)
@pytest.mark.parametrize("kind", SCORES)
def test_95_of_100_intervals_hold_the_truth(kind: str, drawn: float) -> None:
    inside, of_amounts, ratio = covered(kind, drawn, 20_000, 400)
    assert 0.92 <= inside <= 0.99  # 400 months tell it to one point
    assert of_amounts >= 0.90
    assert ratio == pytest.approx(1.0, abs=0.1 if drawn >= 0.05 else 0.5)


def test_counting_the_drawn_as_ours_would_be_caught() -> None:
    """The control: each drawn case kept in the choice and weighed by one over its chance, as was done once."""
    inside = 0
    for seed in range(20):
        trials, truth, _ = month(seed, 4000, 0.1, "useless")
        kept = [place for place, one in enumerate(trials) if one.is_drawn]
        rest = [place for place in top(trials, 450, lambda one: one.score) if not trials[place].is_drawn]
        chosen = (kept + rest)[:450]
        told = sum(trials[place].found / (trials[place].chance or 1.0) for place in chosen)
        spread = 1.96 * math.sqrt(sum(trials[place].found / (trials[place].chance or 1.0) ** 2 for place in chosen))
        inside += abs(told - sum(truth[place] for place in chosen)) <= spread
    assert inside < 10


def test_a_choice_never_finds_more_than_it_has_cases_and_one_that_was_examined_whole_is_known() -> None:
    drawn = [Trial(is_examined=True, is_drawn=True, found=True, chance=0.01, score=1.0)] * 3
    rest = [Trial(is_examined=False, chance=0.01, score=0.5)] * 297
    told = yield_of([*drawn, *rest], range(20))
    assert told.found.high <= 20 and told.seen_found == 3 <= told.found.low
    whole = yield_of([*drawn, *rest], range(3))
    assert whole.found == Estimate(3.0, 3.0, 3.0)


def test_where_none_of_a_choice_was_drawn_the_interval_reaches_from_what_is_known_to_all_of_it() -> None:
    sent = [Trial(is_examined=True, found=True, amount=5.0, chance=1.0, score=2.0)] * 4
    rest = [Trial(is_examined=False, chance=0.01, score=1.0)] * 96
    told = yield_of([*sent, *rest], range(10))
    assert (told.found.low, told.found.high, told.plain, told.drawn) == (4.0, 10.0, None, 0)


@pytest.mark.parametrize(("unseen", "like"), [(900, 90.0), (100, 50.0)])
def test_the_interval_is_that_of_as_many_equal_cases_as_were_drawn_less_what_few_unseen_ones_take(
    unseen: int, like: float
) -> None:
    """Jeffreys' interval of a share of one in ten; 100 drawn speak for 900 as 90 would, and for 100 as 50 would."""
    drawn = [Trial(is_examined=True, is_drawn=True, found=number < 10, chance=0.1, score=0.5) for number in range(100)]
    rest = [Trial(is_examined=False, chance=0.1, score=0.5)] * unseen
    told = yield_of([*drawn, *rest], range(100 + unseen)).plain
    law = beta(0.1 * like + 0.5, 0.9 * like + 0.5)
    low, high = (10 + unseen * float(law.ppf(tail)) for tail in (0.025, 0.975))
    assert told is not None
    assert (told.low, told.value, told.high) == pytest.approx((low, 10 + unseen * 0.1, high), rel=1e-9)


def test_the_same_cases_give_the_same_digits_in_whatever_order_they_come() -> None:
    random = Random(5)
    cases = []
    for _ in range(300):
        is_drawn = random.random() < 0.3
        is_examined = is_drawn or random.random() < 0.2
        found = is_examined and random.random() < 0.4
        cases.append(
            Trial(
                is_examined=is_examined,
                is_drawn=is_drawn,
                found=found,
                amount=random.lognormvariate(5, 1) if found else 0.0,
                chance=random.choice((0.03, 0.57, 1 / 3)),
                score=random.choice((random.random(), 0.1)),
            )
        )
    chosen = [place for place in range(300) if random.random() < 0.5]
    told = yield_of(cases, chosen)
    for _ in range(20):
        order = random.sample(range(300), 300)
        moved = {place: number for number, place in enumerate(order)}
        again = yield_of(
            [cases[place] for place in order], random.sample([moved[place] for place in chosen], len(chosen))
        )
        assert again == told


def test_officers_who_miss_leave_more_to_be_found() -> None:
    trials, _, _ = month(2, 4000, 0.1, "good")
    told = yield_of(trials, top(trials, 200, lambda one: one.score))
    assert told.found.value < told.if_missed.value <= told.if_missed.high <= 200


def test_a_rate_is_known_only_where_chance_drew_or_everything_was_examined() -> None:
    sent = [Trial(is_examined=True, found=True, chance=1.0)] * 6
    drawn = [Trial(is_examined=True, is_drawn=True, chance=0.02)] * 10
    rest = [Trial(is_examined=False, chance=0.02)] * 490
    assert rate_of([*sent, *rest]) is None and rate_of([]) is None
    assert rate_of([Trial(is_examined=False, chance=1.0)]) is None  # sent, and its result not yet told
    whole = rate_of(sent)
    assert whole is not None and whole.share.value == 1.0 and whole.drawn == 0
    told = rate_of([*sent, *drawn, *rest])
    assert told is not None and told.share.value == pytest.approx(6 / 506) and told.drawn == 10


def test_the_rate_of_all_is_covered_as_often_as_its_interval_says() -> None:
    inside = 0
    for seed in range(60):
        trials, truth, _ = month(seed, 4000, 0.05, "useless")
        told = rate_of(trials)
        assert told is not None
        inside += told.share.low <= sum(truth) / len(truth) <= told.share.high
    assert inside >= 52


def test_the_first_of_all_are_told_by_examined_ones_that_stand_for_their_like() -> None:
    sent = [Trial(is_examined=True, found=True, chance=1.0, score=0.9)] * 10
    drawn = [Trial(is_examined=True, is_drawn=True, chance=0.1, score=0.5)] * 9
    assert ahead(sent, 0.1) is None
    told = ahead([*sent, *drawn], 0.1)
    assert told is not None and told.share.value == 1.0 and told.drawn == 0
    ordered = [Trial(is_examined=True, found=True, chance=0.02, score=2.0)]  # an officer's own choice stands for itself
    same = ahead([*ordered, *sent[1:], *drawn], 0.2)
    assert same == ahead([*sent, *drawn], 0.2)
    half = ahead([*sent, *drawn], 0.2)
    assert half is not None and half.share.value == pytest.approx(0.5)


def test_a_share_of_few_has_a_wide_interval_and_of_none_there_is_none() -> None:
    few, many = share(1, 10), share(100, 1000)
    assert few is not None and many is not None
    assert few.value == many.value == 0.1
    assert few.high - few.low > 3 * (many.high - many.low)
    assert (round(few.low, 3), round(few.high, 3)) == (0.018, 0.404)  # Wilson's interval of 1 of 10
    assert share(0, 0) is None
    assert lift(None, rate_of([Trial(is_examined=True)])) is None


def test_cases_of_one_score_are_placed_among_the_others_once(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[float] = []
    place = estimate._place
    monkeypatch.setattr(estimate, "_place", lambda ordered, score: placed.append(score) or place(ordered, score))
    cases = [
        Trial(is_examined=n < 20, is_drawn=n < 20, found=n % 4 == 0, amount=0.0, chance=0.1, score=0.0)
        for n in range(400)
    ]
    yield_of(cases, range(len(cases)))
    assert len(placed) == 21  # each that was drawn, and once for all
