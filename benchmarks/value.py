# SPDX-License-Identifier: Apache-2.0
"""Declared values held against others in batch, beside bringing the same items to one unit and currency alone."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.figures import Figure
from cocket.measures.valuation import Comparisons, DeclaredValue, indicate_all
from cocket.measures.valuation.declared import comparable

_PAST, _ASKED, _CODES, _DAYS = 50_000, 50_000, 600, 300
_FIRST = date(2026, 1, 1)


def bench_value(seconds: float) -> Iterator[Figure]:
    """Items a second on one core, with as many past items, of several hundred codes from three origins over 300 days."""
    chance = random.Random(5)
    past, asked = ([_item(chance) for _ in range(size)] for size in (_PAST, _ASKED))
    started = time.process_time()
    comparisons = Comparisons()
    for item in past:
        comparisons.add(item)
    remembering = time.process_time() - started
    best, bare = float("inf"), float("inf")
    deadline = time.monotonic() + seconds
    while best == float("inf") or time.monotonic() < deadline:
        started = time.process_time()
        indicate_all(asked, comparisons)
        best = min(best, time.process_time() - started)
        started = time.process_time()
        for item in asked:
            comparable(item, None, "CIF")
        bare = min(bare, time.process_time() - started)
    yield Figure(name="remembered", value=_PAST / remembering, unit="items/s", note="a core, put into all their sets")
    yield Figure(name="compared", value=_ASKED / best, unit="items/s", note="a core, in batch, each as of its own day")
    yield Figure(name="ratio", value=best / bare, unit="×", note="of bringing the items to one unit and currency")


def _item(chance: random.Random) -> DeclaredValue:
    code = chance.randrange(_CODES)
    return DeclaredValue(
        code=f"{8400 + code // 6:04d}{10 + code % 6}00",
        day=_FIRST + timedelta(days=chance.randrange(_DAYS)),
        origin=chance.choice(("XA", "XB", "XC")),
        value=Decimal(chance.randrange(1_000, 100_000)),
        currency="USD",
        quantity=Decimal(chance.randrange(100, 10_000)),
        unit="KGM",
        level=chance.choice((None, "wholesale")),
        trader=str(chance.randrange(500)),
    )
