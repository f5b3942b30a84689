# SPDX-License-Identifier: Apache-2.0
"""Shares, ratios and sums with the interval in which the truth lies 95 times of a hundred.

Selection is not random: who was examined was chosen. A case that went to examination with chance p stands for 1/p cases
like it; with these weights the examined speak for all. Few or very unequal weights make the interval wide, as they should.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import msgspec

#: Standard deviations of the normal law that hold 95 %.
_Z: Final = 1.959964


class Estimate(msgspec.Struct, frozen=True):
    """A figure and the interval of 95 % around it.

    Attributes:
        value: The figure.
        low: Lower end.
        high: Upper end; infinite where nothing bounds it.
    """

    value: float
    low: float
    high: float


class Weighed(msgspec.Struct, frozen=True):
    """One examined case.

    Attributes:
        found: Whether something was found.
        weight: How many cases it stands for (above 0).
    """

    found: bool
    weight: float = 1.0


def share(found: float, of: float) -> Estimate | None:
    """A share with Wilson's interval; None of nothing.

    Args:
        found: How many had it; need not be whole, where weights made it.
        of: Of how many.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    if of <= 0:
        return None
    rate = found / of
    middle = (rate + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * math.sqrt(rate * (1 - rate) / of + _Z * _Z / (4 * of * of))
    return Estimate(rate, max(0.0, middle - half), min(1.0, middle + half))


def weighed_share(cases: Iterable[Weighed]) -> Estimate | None:
    """The share of all cases that the examined ones stand for; None of nothing.

    The interval is Wilson's at the number of cases that equal weights would need to be as sure: (Σw)² / Σw².

    Source: Hájek, Comment on an essay of Basu, 1971 (ratio estimator); Kish, Survey Sampling, 1965 (effective number).
    """
    weights = found = squares = 0.0
    for case in cases:
        weights += case.weight
        squares += case.weight * case.weight
        found += case.weight * case.found
    if weights <= 0:
        return None
    effective = weights * weights / squares
    return share(found / weights * effective, effective)


def ratio(part: Iterable[Weighed], whole: Iterable[Weighed]) -> Estimate | None:
    """How many times more often something is found in a part than in the whole; None where either is empty.

    The interval is Katz's on the logarithm, half a case added on either side of each share so that none is 0.

    Source: Katz et al., Obtaining confidence intervals for the risk ratio in cohort studies, Biometrics 34, 1978;
    Walter, The distribution of Levin's measure of attributable risk, Biometrika 62, 1975 (the half).
    """
    one, other = _effective(part), _effective(whole)
    if one is None or other is None:
        return None
    (found, of), (found_all, of_all) = one, other
    rate, rate_all = (found + 0.5) / (of + 0.5), (found_all + 0.5) / (of_all + 0.5)
    spread = math.sqrt(max(0.0, 1 / (found + 0.5) - 1 / (of + 0.5) + 1 / (found_all + 0.5) - 1 / (of_all + 0.5)))
    value = (found / of) / (found_all / of_all) if found_all else rate / rate_all
    low, high = (rate / rate_all * math.exp(sign * _Z * spread) for sign in (-1, 1))
    return Estimate(value, min(value, low), max(value, high))


def total(amounts: Iterable[tuple[float, float]]) -> Estimate:
    """A sum over all cases from those that were examined.

    Args:
        amounts: Of each examined case, what was found and the chance with which it was examined (above 0, at most 1).

    Source: Horvitz and Thompson, A generalization of sampling without replacement from a finite universe, JASA 47, 1952;
    the variance is that of independent draws.
    """
    value = variance = 0.0
    for amount, chance in amounts:
        value += amount / chance
        variance += amount * amount * (1 - chance) / (chance * chance)
    half = _Z * math.sqrt(variance)
    return Estimate(value, max(0.0, value - half), value + half)


def _effective(cases: Iterable[Weighed]) -> tuple[float, float] | None:
    """How many found something, of how many, were all weights equal."""
    told = list(cases)
    weights = sum(case.weight for case in told)
    if weights <= 0:
        return None
    effective = weights * weights / sum(case.weight**2 for case in told)
    return sum(case.weight for case in told if case.found) / weights * effective, effective
