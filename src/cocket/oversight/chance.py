# SPDX-License-Identifier: Apache-2.0
"""Chances for the watchers: counts that vary more than a Poisson law, draws from several strata, and many tests at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, log1p

from cocket.risk.threats.chance import poisson_tail

_NEGLIGIBLE = 1e-17


def beyond_others(count: int, others: Sequence[int]) -> float:
    """Chance of at least this count where others' counts say how much is usual, and how widely it varies.

    A negative binomial law with the mean and the variance of the others' counts; Poisson where they vary no more than that. The
    mean is raised by half a standard error and never 0, since it is estimated from few.

    Args:
        count: What was counted.
        others: The same count of others, or of other days (0..n).

    Returns:
        0–1; 1 where there is nobody to compare with.
    """
    if len(others) < 2 or count <= 0:
        return 1.0
    size = len(others)
    mean = sum(others) / size
    variance = sum((one - mean) ** 2 for one in others) / (size - 1)
    mean += 0.5 * (max(variance, mean) / size) ** 0.5 + 1.0 / (size + 1)
    if variance <= mean * 1.05:
        return poisson_tail(count, mean)
    return negative_binomial_tail(count, mean, variance)


def negative_binomial_tail(least: int, mean: float, variance: float) -> float:
    """Chance of at least so many where counts have this mean and variance, the variance greater than the mean."""
    if least <= mean:
        return 1.0
    size = mean * mean / (variance - mean)
    odds = mean / (size + mean)
    term = exp(lgamma(least + size) - lgamma(size) - lgamma(least + 1) + size * log1p(-odds) + least * log(odds))
    total = term
    for k in range(least, least + 100_000):
        term *= (k + size) / (k + 1) * odds
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return min(1.0, total)


def strata_tail(least: int, strata: Sequence[tuple[int, int, int]]) -> float:
    """Chance that draws without return from several strata have together at least so many marked ones.

    Args:
        least: Marked ones seen in all draws (count).
        strata: Of each stratum the size of the draw, the marked ones in all, and all (counts).

    Returns:
        0–1. With one stratum it is Fisher's exact test, one-sided; with several the exact test of Mantel and Haenszel.
    """
    chances = [1.0]
    for drawn, marked, among in strata:
        first, one = _hypergeometric(drawn, marked, among)
        longer = [0.0] * (len(chances) + first + len(one) - 1)
        for place, chance in enumerate(chances):
            for more, other in enumerate(one):
                longer[place + first + more] += chance * other
        chances = longer
    return min(1.0, sum(chances[max(0, least) :]))


def _hypergeometric(drawn: int, marked: int, among: int) -> tuple[int, list[float]]:
    """Least number of marked ones in a draw, and the chance of it and of each greater one."""
    least, most = max(0, drawn + marked - among), min(drawn, marked)
    whole = _choices(among, drawn)
    return least, [
        exp(_choices(marked, k) + _choices(among - marked, drawn - k) - whole) for k in range(least, most + 1)
    ]


def _choices(among: int, chosen: int) -> float:
    return lgamma(among + 1) - lgamma(chosen + 1) - lgamma(among - chosen + 1)


def discovered(chances: Sequence[float], share: float) -> float:
    """The greatest of these chances that counts as a discovery, so that at most a share of all discoveries is chance.

    Returns:
        0–1; below 0 where none does.

    Source: Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57 (1995).
    """
    best = -1.0
    for rank, chance in enumerate(sorted(chances), start=1):
        if chance <= share * rank / len(chances):
            best = chance
    return best


def together(*chances: float) -> float:
    """Chance that independent questions come out together as seldom as these did, by the product of their chances.

    Args:
        chances: Of each question, the chance of what was seen or more (each 0–1; 1..n).

    Source: R. A. Fisher, Statistical Methods for Research Workers, 4th edition (1932), section 21.1.
    """
    product = 1.0
    for one in chances:
        product *= one
    if product <= 0.0:
        return 0.0
    term = total = 1.0
    for k in range(1, len(chances)):
        term *= -log(product) / k
        total += term
    return min(1.0, product * total)
