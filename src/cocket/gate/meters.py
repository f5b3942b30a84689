# SPDX-License-Identifier: Apache-2.0
"""What each process of the house counts, and how one of them tells for all.

Each process writes its counts on a board about once a second: memory that its parent made before it was born, and that
whoever answers a scrape can read. It takes no disk, so that a full one harms neither work nor counts, and no lock, so
that a process that is stopped holds up nobody. A process keeps series of its own, told apart by `worker`: one that is
started again begins at nought, which is what Prometheus expects of a counter.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, generate_latest
from prometheus_client.registry import Collector

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

#: Room for the counts of one process, in bytes; only what is used takes memory.
_BOARD_BYTES = 512 * 1024
_HEAD = struct.Struct("<II")
_ATTEMPTS = 5


class Family(msgspec.Struct, frozen=True, array_like=True):
    """One metric of one process, as it stands on a board.

    Attributes:
        name: Its name.
        help: What it counts.
        kind: `counter`, `gauge` or `histogram`.
        samples: Name, labels and value of each series.
    """

    name: str
    help: str
    kind: str
    samples: list[tuple[str, dict[str, str], float]]


class Meter:
    """Counts of one process; labels are of our own making, never what a caller wrote."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter("cocket_http_requests", "Requests answered.", ("route", "status"), registry=registry)
        self._intake = Histogram(
            "cocket_intake_seconds",
            "Time from the head of a request that sends a message to its durable answer.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._turns = Counter("cocket_role_turns", "Batches of work completed.", ("worked",), registry=registry)
        self._busy = Counter("cocket_role_busy_seconds", "Time spent in batches that had work.", registry=registry)
        self._failures = Counter("cocket_role_failures", "Batches or starts that failed.", registry=registry)
        self._worked, self._idle = self._turns.labels("yes"), self._turns.labels("no")

    def answered(self, route: str, status: int) -> None:
        """Count one answer; `route` is a template of ours."""
        self._requests.labels(route, str(status)).inc()

    def taken_in(self, seconds: float) -> None:
        """Count the time of one lodging request."""
        self._intake.observe(seconds)

    def turned(self, seconds: float, *, has_worked: bool) -> None:
        """Count one turn of work."""
        if has_worked:
            self._worked.inc()
            self._busy.inc(seconds)
        else:
            self._idle.inc()

    def failed(self) -> None:
        """Count one failure."""
        self._failures.inc()

    def families(self) -> list[Family]:
        """All counts as they stand."""
        return [
            Family(
                one.name,
                one.documentation,
                one.type,
                [(s.name, s.labels, s.value) for s in one.samples if not s.name.endswith("_created")],
            )
            for one in self._registry.collect()
        ]


class Board:
    """Memory shared by a parent and its children, on which one of them writes and any may read."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _BOARD_BYTES)

    def write(self, families: list[Family]) -> None:
        """Put what a process counts in place of what stands; what has no room is not told."""
        data = msgspec.msgpack.encode(families)
        if len(data) <= _BOARD_BYTES - _HEAD.size:
            self._memory[_HEAD.size : _HEAD.size + len(data)] = data
            self._memory[: _HEAD.size] = _HEAD.pack(len(data), zlib.crc32(data))

    def read(self) -> list[Family]:
        """What stands there; empty if nothing was written yet, or if it cannot be read whole."""
        for _ in range(_ATTEMPTS):
            length, check = _HEAD.unpack(self._memory[: _HEAD.size])
            data = self._memory[_HEAD.size : _HEAD.size + length]
            if length and zlib.crc32(data) == check:
                return msgspec.msgpack.decode(data, type=list[Family])
        return []


class Counting(msgspec.Struct, frozen=True):
    """What one process counts with, and where it reads what all count.

    Attributes:
        meter: Counts of this process.
        boards: Role and board of every process of this machine, by name (0..n).
    """

    meter: Meter
    boards: Mapping[str, tuple[str, Board]] = {}

    def text(self, more: Iterable[Metric] = ()) -> bytes:
        """What all processes count, and more, in the Prometheus text format; without boards, this one alone."""
        registry = CollectorRegistry()
        registry.register(_Ready([*self.metrics(), *more]))
        return generate_latest(registry)

    def metrics(self) -> list[Metric]:
        """What all processes count; without boards, this one alone."""
        workers = [(role, name, board.read()) for name, (role, board) in self.boards.items()]
        return merged_metrics(workers or [("", "", self.meter.families())])


def merged_metrics(workers: Iterable[tuple[str, str, list[Family]]]) -> list[Metric]:
    """What several processes count, by metric.

    Args:
        workers: Role, name and counts of each; without a name, its series are told apart by nothing.
    """
    merged: dict[str, Metric] = {}
    for role, name, families in workers:
        marks = {"role": role, "worker": name} if name else {}
        for one in families:
            metric = merged.setdefault(one.name, Metric(one.name, one.help, one.kind))
            for sample, labels, value in one.samples:
                metric.add_sample(sample, {**labels, **marks}, value)
    return list(merged.values())


class _Ready(Collector):
    """Metrics that are there already."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def counted(app: Any, meter: Meter) -> Any:
    """An ASGI application whose answers are counted by route and status.

    Args:
        app: The application; its router leaves the route in the scope.
        meter: Counts.
    """

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        status = 0

        async def sending(message: Mapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            meter.answered(getattr(scope.get("route"), "path", "none"), status)

    return answer
