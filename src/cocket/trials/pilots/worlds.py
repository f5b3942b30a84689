# SPDX-License-Identifier: Apache-2.0
"""Worlds in which the effect is known: what a design would find, how often it errs, and whether its stop rules fire in time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from cocket.errors import SenderError
from cocket.trials.pilots.estimate import Effect, Estimator, days_effect, shares_effect, wedge_looked, weights_of
from cocket.trials.pilots.sequences import wedge_orders
from cocket.trials.pilots.variance import Spread

Array = npt.NDArray[np.float64]


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A world to try a design in.

    Attributes:
        base: Share of outcomes without the treatment (0–1).
        effect: What the treatment adds to the share, once it is learnt.
        cell_size: Consignments of an office in a period.
        spread: How alike outcomes of an office are.
        trend: What each period adds to the share, whatever the treatment.
        learning: Periods until the effect is whole; 0 for at once.
    """

    base: float
    effect: float = 0.0
    cell_size: float = 200
    spread: Spread = Spread()
    trend: float = 0.0
    learning: int = 0


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """What a design finds in a world.

    Attributes:
        power: Share of pilots that find an effect (0–1).
        error: Standard error of that share, as so many pilots were tried.
        runs: Pilots tried (count).
        truth: Mean effect that was there, over the cells with the treatment.
        mean: Mean of what the pilots estimated.
    """

    power: float
    error: float
    runs: int
    truth: float
    mean: float


def cells_of(world: World, treated: Array, chance: np.random.Generator) -> Array:
    """Outcomes of one pilot: cell means, (n_offices, n_periods); NaN in, NaN out."""
    offices, periods = treated.shape
    variance = world.base * (1 - world.base)
    between = variance * world.spread.icc / (1 - world.spread.icc)
    lag = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    alike = world.spread.cac**lag if world.spread.is_decay else np.where(lag == 0, 1.0, world.spread.cac)
    root = np.linalg.cholesky(alike + 1e-9 * np.eye(periods))
    noise = math.sqrt(between) * chance.standard_normal((offices, periods)) @ root.T
    given = np.nan_to_num(treated)
    since = np.where(given > 0, np.cumsum(given, axis=1), 0)
    grown = np.minimum(since / world.learning, 1.0) if world.learning else given
    share = np.clip(world.base + noise + world.trend * np.arange(periods) + world.effect * grown, 0.0, 1.0)
    size = max(int(world.cell_size), 1)
    means = chance.binomial(size, share) / size
    return np.where(np.isnan(treated), np.nan, means)


def wedge_power(
    world: World,
    offices: int,
    steps: int,
    estimator: Estimator = "either",
    runs: int = 200,
    *,
    seed: int = 1,
    alpha: float = 0.05,
    looks: Sequence[tuple[int, float, float]] = (),
) -> Power:
    """What a stepped wedge finds in a world, with the very analysis that it will be judged by.

    Args:
        world: The world.
        offices: Offices (count).
        steps: Steps (count).
        estimator: See `Estimator`.
        runs: Pilots tried (count).
        seed: Of the worlds.
        alpha: Two-sided.
        looks: Planned looks before the end, as `wedge_looked` takes them; each may find the effect early, and costs of the end.

    Raises:
        SenderError: The wedge is too small to find anything, or base and effect leave no share.
    """
    _check(world)
    chance = np.random.default_rng(seed)
    orders = wedge_orders(offices, steps)
    found, values, truths = 0, [], []
    for _ in range(runs):
        order = orders[chance.integers(len(orders))]
        treated = (np.arange(steps + 1)[None, :] >= order[:, None]).astype(float)
        means = cells_of(world, treated, chance)
        said = wedge_looked(means, order, steps, looks, estimator)
        found += said.is_proven or said.p <= alpha
        values.append(float((weights_of(treated, ~np.isnan(means), estimator) * means).sum()))
        since = np.cumsum(treated, axis=1)[treated > 0]
        truths.append(world.effect * float(np.minimum(since / world.learning, 1).mean() if world.learning else 1.0))
    return _power(found, runs, values, truths)


def days_power(world: World, offices: int, days: int, runs: int = 100, *, seed: int = 1, alpha: float = 0.05) -> Power:
    """What a draw day by day within offices finds in a world; `cell_size` is of an office on a day."""
    _check(world)
    chance = np.random.default_rng(seed)
    found, values = 0, []
    for _ in range(runs):
        treated = (chance.random((offices, days)) < 0.5).astype(float)
        effect = days_effect(cells_of(world, treated, chance), treated, redrawn=199)
        found += effect.p is not None and effect.p <= alpha
        values.append(effect.value)
    return _power(found, runs, values, [world.effect])


def consignments_power(world: World, number: int, runs: int = 2_000, seed: int = 1, alpha: float = 0.05) -> Power:
    """What a draw consignment by consignment finds in a world; `number` is of both arms together."""
    _check(world)
    chance = np.random.default_rng(seed)
    half = max(number // 2, 1)
    found, values = 0, []
    for _ in range(runs):
        one, two = chance.binomial(half, world.base + world.effect), chance.binomial(half, world.base)
        effect: Effect = shares_effect((int(one), half), (int(two), half))
        found += effect.p is not None and effect.p <= alpha
        values.append(effect.value)
    return _power(found, runs, values, [world.effect])


def _power(found: int, runs: int, values: Sequence[float], truths: Sequence[float]) -> Power:
    power = found / runs
    error = math.sqrt(max(power * (1 - power), 1 / runs) / runs)
    return Power(power=power, error=error, runs=runs, truth=float(np.mean(truths)), mean=float(np.mean(values)))


def _check(world: World) -> None:
    if not 0 < world.base < 1 or not 0 <= world.base + world.effect <= 1:
        raise SenderError("Base and effect must leave shares between 0 and 1.", code="pilot-effect")
