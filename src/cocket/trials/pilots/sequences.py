# SPDX-License-Identifier: Apache-2.0
"""Who gets the treatment when: drawn from a seed that was committed to, so that nobody chooses and anyone can check afterwards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from cocket.control import draw_number
from cocket.errors import SenderError

Array = npt.NDArray[np.float64]

#: Orders up to which every one is looked at; of more, some are drawn (count).
ALL_ORDERS: Final = 2_000

#: Offices without which there is no wedge (count).
FEWEST_OFFICES: Final = 6

#: Orders that are drawn where there are more (count).
DRAWN_ORDERS: Final = 999


def wedge_steps(seed: bytes, offices: Sequence[str], steps: int) -> dict[str, int]:
    """At which step each office switches.

    Args:
        seed: The committed seed.
        offices: Their codes, largest first where they are to be spread evenly by size (`steps` neighbours form a block).
        steps: Steps (count).

    Returns:
        Office → step, 1 to `steps`: it has the treatment from this period on; period 0 is before any step.

    Source: Hussey, Hughes, Design and analysis of stepped wedge cluster randomized trials (2007); order by `draw_number`.
    """
    found: dict[str, int] = {}
    for start in range(0, len(offices), steps):
        block = offices[start : start + steps]
        drawn = sorted(range(1, steps + 1), key=lambda step: draw_number(seed, f"step {start} {step}"))
        found.update(zip(block, drawn, strict=False))
    return found


def order_count(offices: int, steps: int) -> int:
    """How many orders the draw could have come to (count): a test of them cannot give a smaller p than one in so many."""
    whole, rest = divmod(offices, steps)
    return int(math.factorial(steps) ** whole) * math.perm(steps, rest)


def wedge_of(steps_of: Sequence[int], periods: int) -> Array:
    """Which cells have the treatment: 1 from its step on, else 0; (n_offices, n_periods)."""
    return (np.arange(periods)[None, :] >= np.asarray(steps_of)[:, None]).astype(float)


@lru_cache(maxsize=64)
def wedge_orders(offices: int, steps: int, seed: int = 7) -> npt.NDArray[np.int64]:
    """Orders that the draw could have come to: all of them, or some drawn where there are more than `ALL_ORDERS`.

    Returns:
        Steps by office, in the order of the offices; (n_orders, n_offices).
    """
    blocks = [min(steps, offices - start) for start in range(0, offices, steps)]
    if order_count(offices, steps) <= ALL_ORDERS:
        choices = [list(itertools.permutations(range(1, steps + 1), size)) for size in blocks]
        return np.array([sum(each, ()) for each in itertools.product(*choices)], dtype=np.int64)
    chance = np.random.default_rng(seed)
    drawn = [np.concatenate([chance.permutation(steps)[:size] + 1 for size in blocks]) for _ in range(DRAWN_ORDERS)]
    return np.array(drawn, dtype=np.int64)


def is_day_treated(seed: bytes, office: str, day: str, share: float = 0.5) -> bool:
    """Whether an office has the treatment on a day, where chance decides day by day."""
    return draw_number(seed, f"day {office} {day}") < share


def is_consignment_treated(seed: bytes, consignment: str, share: float = 0.5) -> bool:
    """Whether a consignment has the treatment, where chance decides consignment by consignment."""
    return draw_number(seed, f"consignment {consignment}") < share


def check_orders(offices: int, steps: int, alpha: float) -> None:
    """Refuse a wedge whose orders are too few to find anything.

    Raises:
        SenderError: There are fewer than 6 offices, or so few orders that no result could be significant.
    """
    if offices < FEWEST_OFFICES:
        raise SenderError(
            "A stepped wedge needs at least 6 offices: with fewer no order is rare enough to tell an effect from luck.",
            code="pilot-offices",
            expected=str(FEWEST_OFFICES),
            found=str(offices),
            hint="Randomise by day or by consignment instead.",
        )
    if steps < 2 or steps > offices:
        raise SenderError(
            "A stepped wedge needs at least 2 steps, and no more than offices.", code="pilot-steps", found=str(steps)
        )
    if order_count(offices, steps) * alpha < 2:
        raise SenderError(
            "These offices and steps have too few orders: no result could be told from luck.",
            code="pilot-orders",
            expected=f"{math.ceil(2 / alpha)} orders",
            found=str(order_count(offices, steps)),
            hint="Take more steps or more offices.",
        )
