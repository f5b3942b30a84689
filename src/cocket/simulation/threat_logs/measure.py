# SPDX-License-Identifier: Apache-2.0
"""How well a detector does on logs with planted threats."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from cocket.simulation.threat_logs.log import make_threat_log

#: What is measured: a log → alerts, each as kind and rows.
Finder = Callable[[bytes], Iterable[tuple[str, Iterable[int]]]]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one kind of log.

    Attributes:
        kind: Kind of the threat planted; `desk` or `trade` where none was.
        logs: Logs made (count).
        named: Logs in which the kind was named over at least half of the rows planted (count).
        rows: Rows planted (count).
        rows_found: Of these, rows in an alert of the kind (count).
        rows_beside: Rows in an alert of the kind that were not planted (count).
        false_alerts: Alerts with none of the rows planted, by kind (count).
    """

    kind: str
    logs: int
    named: int
    rows: int
    rows_found: int
    rows_beside: int
    false_alerts: dict[str, int]


def measure(kind: str, seeds: Iterable[int], find: Finder) -> Measured:
    """Let a finder loose on logs of one kind.

    Args:
        kind: As for `make_threat_log`.
        seeds: One log each.
        find: What is measured.
    """
    logs = named = rows = found = beside = 0
    false: dict[str, int] = {}
    for seed in seeds:
        log = make_threat_log(kind, seed)
        told: set[int] = set()
        for name, of in find(log.content):
            mine = set(of)
            if name == kind:
                told |= mine
            if not mine & log.planted:
                false[name] = false.get(name, 0) + 1
        logs += 1
        named += bool(log.planted) and len(told & log.planted) * 2 >= len(log.planted)
        rows += len(log.planted)
        found += len(told & log.planted)
        beside += len(told - log.planted)
    return Measured(
        kind=kind, logs=logs, named=named, rows=rows, rows_found=found, rows_beside=beside, false_alerts=false
    )
