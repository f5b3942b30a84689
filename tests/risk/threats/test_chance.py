# SPDX-License-Identifier: Apache-2.0
"""Tails against sums written out, and against what textbooks give."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import permutations
from math import comb, exp, factorial

import pytest

from cocket.risk.threats.chance import (
    binomial_tail,
    both,
    design_effect,
    geometric_tail,
    hypergeometric_tail,
    in_a_row,
    poisson_tail,
    share,
    trend,
)


@pytest.mark.parametrize("least", [0, 1, 3, 7, 12, 13])
@pytest.mark.parametrize("chance", [Fraction(1, 50), Fraction(1, 3), Fraction(9, 10)])
def test_the_binomial_tail_is_the_sum_of_its_terms(least: int, chance: Fraction) -> None:
    exact = sum(comb(12, k) * chance**k * (1 - chance) ** (12 - k) for k in range(least, 13))
    assert binomial_tail(least, 12, float(chance)) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("least", range(7))  # of five drawn six are never marked
def test_the_hypergeometric_tail_is_fishers_exact_test(least: int) -> None:
    exact = sum(comb(7, k) * comb(13, 5 - k) for k in range(least, 6)) / comb(20, 5)
    assert hypergeometric_tail(least, 5, 7, 20) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(("least", "mean"), [(0, 2.0), (1, 0.5), (9, 2.0), (3, 8.0)])
def test_the_poisson_tail_is_one_less_what_lies_below(least: int, mean: float) -> None:
    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(least))
    assert poisson_tail(least, mean) == pytest.approx(1 - below, rel=1e-9)


def test_tails_far_out_neither_overflow_nor_vanish_too_early() -> None:
    assert 0 < binomial_tail(300, 5000, 0.01) < 1e-80
    assert 0 < poisson_tail(200, 2.0) < 1e-200
    assert 0 < hypergeometric_tail(40, 40, 60, 5000) < 1e-60


def test_a_trend_is_as_seldom_as_counting_all_orders_says() -> None:
    values = (2.0, 1.0, 3.0, 4.0, 5.0)
    orders = list(permutations(values))
    steady = [sum(a < b for n, a in enumerate(order) for b in order[n + 1 :]) for order in orders]
    as_steady = sum(one >= 9 or one <= 1 for one in steady) / len(orders)
    assert trend(values) == pytest.approx(as_steady)


def test_long_rows_and_ties_have_a_trend_too() -> None:
    assert trend([float(n) for n in range(100)]) < 1e-20
    assert trend([5.0] * 20) > 0.9
    assert trend([1.0]) == 1.0


def test_a_geometric_tail_and_a_share_are_never_quite_zero() -> None:
    assert geometric_tail(3, 1.0) == 0.125
    assert share(0, 0) == 0.5
    assert 0 < share(0, 10**9) < 1e-8


def test_two_chances_together_are_as_seldom_as_chance_has_their_product() -> None:
    source = random.Random(3)
    drawn = [both(source.random(), source.random()) for _ in range(20_000)]
    for chance in (0.01, 0.1, 0.5):
        assert sum(one <= chance for one in drawn) / len(drawn) == pytest.approx(chance, rel=0.15)
    assert (both(0.0, 1.0), both(1.0, 1.0)) == (0.0, 1.0)


def test_a_row_of_successes_is_less_surprising_the_fewer_trials_tell_their_chance() -> None:
    assert in_a_row(0, 1, 9) == 1.0
    assert in_a_row(1, 1, 8) == pytest.approx(0.2)
    assert in_a_row(5, 20_000, 100_000) == pytest.approx(0.2**5, rel=1e-2)
    assert in_a_row(5, 2, 10) > 4 * in_a_row(5, 20_000, 100_000)


@pytest.mark.parametrize(("size", "alike", "counts"), [(10, 0.0, 10.0), (10, 1.0, 1.0), (1, 1.0, 1.0), (11, 0.1, 5.5)])
def test_what_is_alike_counts_as_few(size: int, alike: float, counts: float) -> None:
    assert size / design_effect(size, alike) == pytest.approx(counts)
