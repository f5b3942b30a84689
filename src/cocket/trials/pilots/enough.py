# SPDX-License-Identifier: Apache-2.0
"""What would do where a wedge is too small: fewest periods, or the smallest difference, found by simulated pilots, a bounded number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from cocket.errors import SenderError
from cocket.trials.pilots.protocol import MOST_PERIODS, PilotPlan, power_of
from cocket.trials.pilots.sequences import check_orders

T = TypeVar("T")

#: Power that is wished, and pilots simulated for each try (count).
WISHED: Final = 0.8
RUNS: Final = 200


class Enough(msgspec.Struct, frozen=True, kw_only=True):
    """What would reach the wished power, each with all else as planned.

    Attributes:
        wished: The wished power (0–1).
        periods: Fewest periods that reach it; None where not even the most that these offices allow do.
        most_periods: The most periods that these offices allow (count).
        effect: Smallest difference that reaches it, of the share, by so many hundredths as were tried; None where none does.
        tried: Pilots simulated (count).
    """

    wished: float
    periods: int | None
    most_periods: int
    effect: float | None
    tried: int


def enough_of(plan: PilotPlan, wished: float = WISHED, runs: int = RUNS) -> Enough | None:
    """What would do for a wedge, by bisection; None of other designs.

    Args:
        plan: A wedge that is too small, otherwise in order.
        wished: The wished power (0–1).
        runs: Pilots simulated for each try (count).
    """
    if plan.design != "wedge":
        return None
    tried = 0

    def reaches(changed: PilotPlan) -> bool:
        nonlocal tried
        tried += runs
        found = power_of(changed, runs)
        return found is not None and found.power >= wished

    most = min(MOST_PERIODS, len(plan.offices) + 1)
    allowed = [one for one in range(plan.periods + 1, most + 1) if _is_allowed(plan, one)]
    periods = _first(allowed, lambda one: reaches(with_periods(plan, one)))
    sign = 1 if plan.effect > 0 else -1
    room = (1 - plan.base if sign > 0 else plan.base) - 0.001
    step = max(abs(plan.effect) / 4, 0.0005)
    larger = [one for one in (abs(plan.effect) + step * place for place in range(1, 61)) if one < room]
    effect = _first(larger, lambda one: reaches(msgspec.structs.replace(plan, effect=sign * one)))
    return Enough(
        wished=wished,
        periods=periods,
        most_periods=most,
        effect=None if effect is None else sign * math.ceil(effect * 10_000 - 1e-6) / 10_000,
        tried=tried,
    )


def with_periods(plan: PilotPlan, periods: int) -> PilotPlan:
    """The plan with another number of periods, and its looks at the same shares of the time."""
    looks = sorted({math.ceil(one * periods / plan.periods) for one in plan.looks})
    return msgspec.structs.replace(plan, periods=periods, looks=tuple(looks))


def _is_allowed(plan: PilotPlan, periods: int) -> bool:
    try:
        check_orders(len(plan.offices), periods - 1, plan.alpha)
    except SenderError:
        return False
    return True


def _first(several: Sequence[T], is_enough: Callable[[T], bool]) -> T | None:
    """The first that is enough, where all after it are too: at most log2 of their number, and one, are tried."""
    if not several or not is_enough(several[-1]):
        return None
    low, high = 0, len(several) - 1
    while low < high:
        middle = (low + high) // 2
        if is_enough(several[middle]):
            high = middle
        else:
            low = middle + 1
    return several[low]
