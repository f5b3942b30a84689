# SPDX-License-Identifier: Apache-2.0
"""What can be measured in one process: reading and checking, and growing the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from lxml import etree

from cocket import ledger, standards
from cocket.cli.bench.figures import Figure, sample_declarations

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


def bench_ledger(seconds: float) -> Iterator[Figure]:
    """Growing the log by 4,096 leaves, beside the hashes that its tree needs."""
    entries = [ledger.write_entry(sha256(number.to_bytes(8)).digest()) for number in range(4096)]

    def grow() -> None:
        tree = ledger.Tree()
        for _ in range(4):
            tree.grow(entries)

    ceiling = _best(lambda: [_hash_only(entries) for _ in range(4)], seconds)
    grown = _best(grow, seconds)
    yield Figure(name="grow", value=4 * 4096 / grown, unit="leaves/s", note="tiles, bundles and root; batches of 4,096")
    yield Figure(name="ceiling", value=4 * 4096 / ceiling, unit="leaves/s", note="hashlib alone, leaf and node hashes")
    yield Figure(name="share", value=ceiling / grown, unit="of the ceiling", note="budget 0.6")


def _hash_only(entries: Sequence[bytes]) -> bytes:
    row = [sha256(b"\0" + entry).digest() for entry in entries]
    while len(row) > 1:
        row = [sha256(b"\1" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    return row[0]


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
