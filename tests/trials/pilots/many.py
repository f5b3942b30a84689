# SPDX-License-Identifier: Apache-2.0
"""Many pilots in worlds where the effect is known, dirty as real ones: results missing, and an office that starts late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np

from cocket.trials.pilots.protocol import PilotPlan, PilotProtocol, StopRule, sealed_plan
from cocket.trials.pilots.running import Count, PilotData, Result, judge
from cocket.trials.pilots.sequences import wedge_of, wedge_orders
from cocket.trials.pilots.variance import Spread
from cocket.trials.pilots.worlds import World, cells_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OFFICES = tuple(f"XA{place:02}" for place in range(8))
STOP = (StopRule(code="harm", limit=0.05, person="the board"), StopRule(code="missing", limit=0.2))


def plan(**fields: object) -> PilotPlan:
    """A wedge of eight offices in four steps; `fields` replace what is usual."""
    usual = PilotPlan(
        title="Score at the counter",
        question="Do officers find more with the score?",
        treatment="Officers see the score.",
        offices=OFFICES,
        first=date(2026, 2, 1),
        periods=5,
        base=0.2,
        effect=0.06,
        cell_size=200,
        spread=Spread(icc=0.02, cac=0.8),
        estimator="constant",
        looks=(2, 3, 4, 5),
        stop=STOP,
    )
    return msgspec.structs.replace(usual, **fields)


def protocol(one: PilotPlan | None = None, seed: bytes = b"s" * 32) -> PilotProtocol:
    """A sealed plan."""
    return sealed_plan(one or plan(), seed, "pilot", "analyst", NOW)


def pilot(sealed: PilotProtocol, world: World, chance: np.random.Generator) -> list[Result]:
    """One pilot from its first planned look to its end: what each look says."""
    wanted = sealed.plan
    order = wedge_orders(len(wanted.offices), wanted.steps)
    steps = order[chance.integers(len(order))]
    drawn = msgspec.structs.replace(
        sealed, steps_of=dict(zip(wanted.offices, (int(one) for one in steps), strict=True))
    )
    treated = wedge_of(steps, wanted.periods)
    late = treated.copy()
    late[2, 0] = np.nan  # an office that starts a period late
    means = cells_of(world, late, chance)
    cells = []
    for (row, column), mean in np.ndenumerate(means):
        if np.isnan(mean):
            continue
        size = int(world.cell_size)
        missing = int(chance.binomial(int(size * 0.3), 0.03))
        found = max(round(mean * size) - int(chance.binomial(missing, world.base)), 0)
        cells.append(
            Count(
                name=wanted.offices[row],
                period=column,
                arm="treated" if treated[row, column] else "control",
                consignments=size,
                ordered=int(size * 0.3),
                examined=int(size * 0.3) - missing,
                found=found,
                missing=missing,
            )
        )
    results = []
    for look in wanted.looks:
        until = wanted.first + timedelta(days=look * wanted.period_days - 1)
        seen = tuple(one for one in cells if one.period is not None and one.period < look)
        results.append(judge(drawn, PilotData(until=until, cells=seen)))
    return results
