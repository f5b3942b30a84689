# SPDX-License-Identifier: Apache-2.0
"""Exact chances, so that an alert can say how seldom chance alone would do what was seen.

All are upper tails, summed in the order of their terms from logarithms of factorials; none overflows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import erfc, exp, lgamma, log, log1p, sqrt

_NEGLIGIBLE = 1e-17
_LONGEST_EXACT = 60


def binomial_tail(least: int, trials: int, chance: float) -> float:
    """Chance of at least so many successes.

    Args:
        least: Successes seen (count).
        trials: Trials (count).
        chance: Of one success, 0–1.

    Returns:
        0–1; 1 where `least` is 0.
    """
    if least <= 0 or chance >= 1.0:
        return 1.0
    if least > trials or chance <= 0.0:
        return 0.0
    odds = chance / (1.0 - chance)
    term = exp(_choices(trials, least) + least * log(chance) + (trials - least) * log1p(-chance))
    return _sum(term, ((trials - k) / (k + 1) * odds for k in range(least, trials)))


def poisson_tail(least: int, mean: float) -> float:
    """Chance of at least so many events where so many are expected."""
    if least <= 0:
        return 1.0
    if mean <= 0.0:
        return 0.0
    if least <= mean:
        return 1.0 - sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(least))
    term = exp(least * log(mean) - mean - lgamma(least + 1))
    return _sum(term, (mean / (k + 1) for k in range(least, least + 10_000)))


def hypergeometric_tail(least: int, drawn: int, marked: int, among: int) -> float:
    """Chance that a draw without return has at least so many marked ones: Fisher's exact test, one-sided.

    Args:
        least: Marked ones seen in the draw (count).
        drawn: Size of the draw (count).
        marked: Marked ones in all (count).
        among: All (count).
    """
    if least <= max(0, drawn + marked - among):
        return 1.0
    most = min(drawn, marked)
    if least > most:
        return 0.0
    term = exp(_choices(marked, least) + _choices(among - marked, drawn - least) - _choices(among, drawn))
    ratios = ((marked - k) * (drawn - k) / ((k + 1) * (among - marked - drawn + k + 1)) for k in range(least, most))
    return _sum(term, ratios)


def geometric_tail(least: int, mean: float) -> float:
    """Chance of at least so many where counts are geometric from 0 with this mean: the widest without memory."""
    return 1.0 if least <= 0 else (mean / (1.0 + mean)) ** least


def both(one: float, other: float) -> float:
    """Chance that the product of two independent chances is as small as that of these two.

    Source: R. A. Fisher, Statistical Methods for Research Workers, 4th edition (1932), section 21.1.
    """
    product = one * other
    return min(1.0, product * (1.0 - log(product))) if product > 0.0 else 0.0


def in_a_row(many: int, successes: int, trials: int) -> float:
    """Chance of so many successes in a row where the chance of one is known from earlier trials only.

    Args:
        many: Successes in a row (count).
        successes: Successes of the earlier trials (count).
        trials: Earlier trials (count).

    Returns:
        0–1; 1 where `many` is 0. Near the share of successes to the power of `many` where the trials are many.

    Source: P. S. Laplace, Mémoire sur la probabilité des causes par les événements (1774): the rule of succession, again
    and again.
    """
    chance = 1.0
    for place in range(many):
        chance *= (successes + 1.0 + place) / (trials + 2.0 + place)
    return chance


def design_effect(size: int, alike: float) -> float:
    """How many of so many alike trials count as one, where a share of such groups has one outcome for all of its trials.

    Source: L. Kish, Survey Sampling (1965), section 5.4.
    """
    return 1.0 + (max(1, size) - 1) * alike


def trend(values: Sequence[float]) -> float:
    """Chance that values in random order rise or fall as steadily as these, by Kendall's count of inversions.

    Args:
        values: In the order of time (0..n); equal ones count half.

    Returns:
        Two-sided, 0–1; exact up to 60 values without ties, by the normal approximation beyond.

    Source: M. G. Kendall, A new measure of rank correlation, Biometrika 30 (1938).
    """
    size = len(values)
    pairs = size * (size - 1) // 2
    turned = sum(
        1.0 if later < earlier else 0.5 if later == earlier else 0.0
        for place, earlier in enumerate(values)
        for later in values[place + 1 :]
    )
    fewest = int(min(turned, pairs - turned) + 0.5)
    if size < 2:
        return 1.0
    if size <= _LONGEST_EXACT:
        counts = _inversions(size)
        return min(1.0, 2.0 * sum(counts[: fewest + 1]))
    deviation = sqrt(size * (size - 1) * (2 * size + 5) / 72.0)
    return min(1.0, erfc((pairs / 2.0 - fewest) / deviation / sqrt(2.0)))


def share(part: float, whole: float, choices: int = 2) -> float:
    """A share that is never 0: one more success seen, among `choices` more trials (Laplace)."""
    return (part + 1.0) / (whole + choices)


@lru_cache(maxsize=_LONGEST_EXACT)
def _inversions(size: int) -> tuple[float, ...]:
    """Chance of each number of inversions in a random order."""
    chances = [1.0]
    for length in range(2, size + 1):
        longer = [0.0] * (len(chances) + length - 1)
        running = 0.0
        for place in range(len(longer)):
            running += chances[place] if place < len(chances) else 0.0
            running -= chances[place - length] if place >= length else 0.0
            longer[place] = max(0.0, running) / length
        chances = longer
    return tuple(chances)


def _choices(among: int, chosen: int) -> float:
    """Logarithm of the number of ways to choose."""
    return lgamma(among + 1) - lgamma(chosen + 1) - lgamma(among - chosen + 1)


def _sum(term: float, ratios: Iterable[float]) -> float:
    total = term
    for ratio in ratios:
        term *= ratio
        total += term
        if ratio < 1.0 and term < total * _NEGLIGIBLE:
            break
    return min(1.0, total)
