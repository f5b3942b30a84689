# SPDX-License-Identifier: Apache-2.0
"""What can be measured in one process: reading and checking."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from benchmarks.figures import Figure, sample_declarations
from cocket import standards

_ROUNDS = 5


def bench_check(seconds: float) -> Iterator[Figure]:
    """Reading and checking a WCO declaration, beside bare parsing of the same bytes by lxml."""
    samples = sample_declarations()
    bare = _best(lambda: [etree.fromstring(sample) for sample in samples], seconds)
    whole = _best(lambda: [standards.read(sample) for sample in samples], seconds)
    size = sum(map(len, samples)) / len(samples)
    yield Figure(
        name="read and check",
        value=whole / len(samples) * 1e6,
        unit="µs CPU",
        note=f"a WCO declaration of {size / 1024:.1f} KiB",
    )
    yield Figure(name="bare lxml parse", value=bare / len(samples) * 1e6, unit="µs CPU", note="the same bytes")
    yield Figure(name="ratio", value=whole / bare, unit="×", note="schema, mapping and rules included")


def _best(work: Callable[[], Any], seconds: float) -> float:
    """CPU seconds of the best of several rounds, within a time limit."""
    work()
    best, deadline = float("inf"), time.monotonic() + seconds
    for done in range(100):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
        if done >= _ROUNDS and time.monotonic() > deadline:
            break
    return best
