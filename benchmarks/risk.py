# SPDX-License-Identifier: Apache-2.0
"""Features of a table and of one row, beside sorting the same rows, which no table of rates can do without."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from benchmarks.figures import Figure
from cocket.cli.base.threads import side_by_side

if TYPE_CHECKING:
    from cocket.risk.features import Terms

_ROWS, _ONLINE = 200_000, 20_000


def bench_risk(seconds: float, rows: int = _ROWS) -> Iterator[Figure]:
    """Rows a second on one core in batch, a table on all cores, and the time one row with its look-ups takes, in the stable
    world of so many rows.
    """
    import numpy as np

    from cocket.risk.features import Terms
    from cocket.risk.features.batch import features_of
    from cocket.risk.features.columns import GROUPS
    from cocket.simulation.worlds import TABLE_WORLDS
    from cocket.simulation.worlds.run import make_tables
    from cocket.simulation.worlds.view import entries_of, labels_of

    started = time.process_time()
    tables = make_tables(msgspec.structs.replace(TABLE_WORLDS["stable"], seed=1, size=rows))
    yield Figure(name="drawn", value=rows / (time.process_time() - started), unit="rows/s", note="a core, judged too")
    entries, labels = entries_of(tables.declarations), labels_of(tables.results)
    terms = Terms(threshold=500_000.0)
    best, bare = float("inf"), float("inf")
    keys = np.random.default_rng(1).integers(0, 1 << 40, rows)
    deadline = time.monotonic() + seconds
    while best == float("inf") or time.monotonic() < deadline:
        started = time.process_time()
        features_of(entries, labels, terms)
        best = min(best, time.process_time() - started)
        started = time.process_time()
        for _ in GROUPS:
            np.sort(keys)
        bare = min(bare, time.process_time() - started)
    yield Figure(
        name="batch", value=rows / best, unit="rows/s", note=f"a core, {rows:,} rows of {len(labels):,} results"
    )
    yield Figure(name="ratio", value=best / bare, unit="×", note=f"of sorting as many numbers {len(GROUPS)} times")
    cores = os.cpu_count() or 1
    begun = time.monotonic()
    features_of(entries, labels, terms, doing=side_by_side(cores))
    yield Figure(
        name="table", value=time.monotonic() - begun, unit="s", note=f"{rows:,} rows, {cores} threads, by the clock"
    )
    taken = sorted(_online(entries.head(_ONLINE).rows(named=True), labels.rows(named=True), terms))
    middle, high = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    yield Figure(name="one row", value=middle * 1e6, unit="µs", note="CPU, median, look-ups included")
    yield Figure(name="one row, p99", value=high * 1e6, unit="µs", note=f"CPU, of the later half of {_ONLINE:,}")


def _online(entries: list[dict[str, object]], labels: list[dict[str, object]], terms: Terms) -> list[float]:
    """CPU seconds that the features of each row of the later half took."""
    from cocket.risk.features import Entry, Label, Memory

    memory = Memory(terms)
    for label in labels:
        memory.learn(msgspec.convert(label, Label))
    taken = []
    for row in entries:
        entry = msgspec.convert(row, Entry)
        started = time.thread_time_ns()
        memory.features(entry)
        taken.append((time.thread_time_ns() - started) / 1e9)
        memory.observe(entry)
    return taken[len(taken) // 2 :]
