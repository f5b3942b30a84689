# SPDX-License-Identifier: Apache-2.0
"""Looking while a pilot runs without fooling oneself: bounds for planned looks, and a bound against harm that holds at any moment.

Looking at 1.96 every week of a year finds an effect where there is none in 32 of 100 trials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from cocket.errors import SenderError

Array = npt.NDArray[np.float64]

#: Points of the grid on which densities are carried from look to look (count, odd), and its half width (standard deviations).
_POINTS: Final = 2_001
_WIDTH: Final = 8.0


def spent(fraction: float, alpha: float) -> float:
    """How much of a one-sided error may be spent once this share of the information is there.

    Source: Lan, DeMets, Discrete sequential boundaries for clinical trials (1983); O'Brien, Fleming (1979).
    """
    if fraction <= 0:
        return 0.0
    return math.erfc(NormalDist().inv_cdf(1 - alpha / 2) / math.sqrt(min(fraction, 1.0)) / math.sqrt(2))


def obrien_fleming(fractions: Sequence[float], alpha: float = 0.025) -> tuple[float, ...]:
    """One-sided bounds of planned looks: the z that a look must pass so that all together err with at most `alpha`.

    Args:
        fractions: Share of the information at each look, increasing, at most 1.
        alpha: One-sided.

    Raises:
        SenderError: The looks do not increase, or alpha is no small share.

    Source: Lan, DeMets (1983); Armitage, McPherson, Rowe, Repeated significance tests on accumulating data (1969), the recursion.
    """
    if not 0 < alpha < 0.5:
        raise SenderError("Alpha must be between 0 and 0.5.", code="pilot-alpha", found=str(alpha))
    if (
        not fractions
        or any(b - a < 1e-6 for a, b in zip((0.0, *fractions), fractions, strict=False))
        or fractions[-1] > 1
    ):
        raise SenderError("Looks must increase, and end at 1 at the latest.", code="pilot-looks")
    return _bounds(tuple(round(one, 9) for one in fractions), alpha)


@lru_cache(maxsize=256)
def _bounds(fractions: tuple[float, ...], alpha: float) -> tuple[float, ...]:
    from scipy import optimize, stats  # heavy, and most of what runs bounds no pilot

    found: list[float] = []
    grid, density = np.zeros(0), np.zeros(0)
    before = 0.0
    for fraction in fractions:
        due = spent(fraction, alpha) - spent(before, alpha)
        if not found:
            bound = float(stats.norm.isf(max(due, 1e-300)))
        else:
            step = math.sqrt(fraction - before)

            def crossed(bound: float, fraction: float = fraction, step: float = step) -> float:
                return float((density * stats.norm.sf((bound * math.sqrt(fraction) - grid) / step)).sum()) - due  # noqa: B023

            bound = 40.0 if crossed(40.0) >= 0 else float(optimize.brentq(crossed, -10.0, 40.0, xtol=1e-10))
        top = min(bound, _WIDTH) * math.sqrt(fraction)
        points = np.linspace(-_WIDTH * math.sqrt(fraction), top, _POINTS)
        if found:
            step = math.sqrt(fraction - before)
            value = stats.norm.pdf((points[:, None] - grid[None, :]) / step) @ density / step
        else:
            value = stats.norm.pdf(points / math.sqrt(fraction)) / math.sqrt(fraction)
        weights = np.full(_POINTS, 2.0)
        weights[1::2] = 4.0
        weights[[0, -1]] = 1.0
        grid, density = points, value * weights * (points[1] - points[0]) / 3
        found.append(bound)
        before = fraction
    return tuple(found)


class HarmSequence(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of harm at a moment, however often it was asked before.

    Attributes:
        number: Consignments so far (count).
        effect: Difference of the shares so far; 0 while there is none.
        radius: How far the truth may be from it, at any moment, with the stated error; None before the first moment that counts.
        alpha: The error, over all moments together, two-sided.
    """

    number: int
    effect: float
    radius: float | None
    alpha: float

    @property
    def is_harm(self) -> bool:
        """Whether the treatment finds less, at any moment it was asked."""
        return self.radius is not None and self.effect + self.radius < 0


def harm_sequence(
    treated: Sequence[bool], found: Sequence[bool], alpha: float = 0.05, share: float = 0.5, tuned: int = 5_000
) -> tuple[Array, Array]:
    """A confidence sequence for the difference of two shares, consignment after consignment, where chance decided each.

    Args:
        treated: Whether each had the treatment, in the order in which they came.
        found: Whether something was found in each.
        alpha: Error over all moments together, two-sided.
        share: Chance of the treatment.
        tuned: Number of consignments at which it is narrowest.

    Returns:
        Effect and radius after each consignment, (n,) each; the radius is infinite before the tenth part of `tuned`.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Time-uniform central limit theory and asymptotic confidence sequences
    (2021), theorem 2.2.
    """
    given, seen = np.asarray(treated, dtype=float), np.asarray(found, dtype=float)
    if not 0 < share < 1:
        raise SenderError("The chance of the treatment must be between 0 and 1.", code="pilot-share", found=str(share))
    terms = seen * given / share - seen * (1 - given) / (1 - share)
    number = np.arange(1, len(terms) + 1)
    mean = np.cumsum(terms) / number
    spread = np.sqrt(np.maximum(np.cumsum(terms**2) / number - mean**2, 1e-12))
    rho = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tuned
    grown = number * rho
    radius = spread * np.sqrt(2 * (grown + 1) / (number * grown) * np.log(np.sqrt(grown + 1) / alpha))
    return mean, np.where(number >= tuned // 10, radius, np.inf)


def harm_now(treated: Sequence[bool], found: Sequence[bool], alpha: float = 0.05, share: float = 0.5) -> HarmSequence:
    """What may be said of harm after the last of these consignments; see `harm_sequence`."""
    if not treated:
        return HarmSequence(number=0, effect=0.0, radius=None, alpha=alpha)
    mean, radius = harm_sequence(treated, found, alpha, share)
    known = float(radius[-1]) if math.isfinite(radius[-1]) else None
    return HarmSequence(number=len(treated), effect=float(mean[-1]), radius=known, alpha=alpha)
