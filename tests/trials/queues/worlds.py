# SPDX-License-Identifier: Apache-2.0
"""Offices of which the truth is known, run by another simulator than ours (SimPy), with the dirt of real ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import simpy

from cocket.trials.queues import Closing

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


def lived(
    seed: int,
    *,
    weeks: int,
    people: int,
    a_day: int,
    minutes: float,
    missing: float = 0.0,
    lunch: bool = True,
    opens: int = 8,
    closes: int = 17,
    again: int = 0,
) -> list[Closing]:
    """An office that lived some weeks: arrivals in batches, people who pause at noon and now and then, stamps that are missing.

    Work begun before closing is gone on with in the morning. Nobody sees a roster. `again` has the same arrivals and other work.
    """  # fmt: skip
    arrivals, chance = random.Random(seed), random.Random(seed * 1000 + again)
    env = simpy.Environment()
    line = simpy.Store(env)
    done: list[Closing] = []

    def clock(day: int, hour: float) -> float:
        return day * 86_400.0 + hour * 3600.0

    def arrive() -> Iterator[Any]:
        for day in range(weeks * 7):
            if day % 7 >= 5:
                continue
            moments = []
            while len(moments) < a_day:
                at = arrivals.uniform(5, 16)
                moments += [at + arrivals.uniform(0, 0.2) for _ in range(arrivals.choice((1, 1, 2, 6)))]
            for at in sorted(moments[: int(a_day * arrivals.uniform(0.8, 1.2))]):
                yield env.timeout(max(0.0, clock(day, at) - env.now))
                line.put(env.now)

    def away(now: float) -> float:
        """Seconds until this moment is one of work."""
        day, hour = divmod(now / 3600.0, 24.0)
        if day % 7 >= 5:
            return clock(int(day) - int(day) % 7 + 7, opens) - now
        if hour < opens:
            return clock(int(day), opens) - now
        if hour >= closes - 1e-9:
            return clock(int(day) + 1, opens) - now
        return 0.0

    def work(number: int) -> Iterator[Any]:
        while True:
            while away(env.now):
                yield env.timeout(away(env.now))
            opened = yield line.get()
            left = chance.gammavariate(2.0, minutes * 30.0)
            if chance.random() < 0.05:
                left += chance.uniform(300, 900)  # called to the telephone
            rested = not lunch
            while left > 1e-6:
                while away(env.now):
                    yield env.timeout(away(env.now))
                hour = env.now / 3600.0 % 24.0
                if not rested and 12 <= hour < 12.5:
                    yield env.timeout(1800)
                    rested = True
                    continue
                until = clock(int(env.now // 86_400), closes)
                spent = min(left, until - env.now)
                yield env.timeout(spent)
                left -= spent
            at = BEGIN.timestamp()
            is_told = chance.random() >= missing
            done.append(
                Closing(
                    opened=at + opened,
                    closed=at + env.now if is_told else None,
                    worker=f"w{number}" if is_told else None,
                )
            )

    env.process(arrive())
    for number in range(people):
        env.process(work(number))
    env.run(until=clock(weeks * 7 + 10, 0))
    return done


def at(day: int, hour: float) -> float:
    """A moment of this world, seconds since 1970."""
    return (BEGIN + timedelta(days=day, hours=hour)).timestamp()
