# SPDX-License-Identifier: Apache-2.0
"""From a message that has come to its acknowledgement: gathered, kept, and only then told."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Hashable
from typing import Any, Protocol

import structlog

from cocket.errors import StoreError
from cocket.ingress.bounds import DeviceBounds
from cocket.pipeline.tracking.device_intake import Arrival, EventLog, GroupCommit, Source

#: How many of a device's last messages are remembered, to know one that is sent again (count).
_REMEMBERED = 128


class Receiver(Protocol):
    """Whoever waits for its messages to be durable."""

    def kept(self, tokens: list[Any]) -> None:
        """Messages are durable, those of these tokens, in the order in which they were put (1..n)."""

    def has_room(self) -> None:
        """More may be put again, after `Intake.is_full` was found true."""


class Pace:
    """How fast each device may send: steadily, with room for bursts.

    Args:
        per_second: Messages a second in the long run.
        burst: Messages at once after a pause (count).
    """

    def __init__(self, per_second: float, burst: float) -> None:
        self._each = 1 / per_second
        self._slack = burst / per_second
        self._due: dict[str, float] = {}

    def take(self, device: str, now: float) -> float:
        """Count a message, and say for how many seconds no other is due (0 for none).

        Args:
            device: Whose message.
            now: Seconds that only go forward.
        """
        due = max(self._due.get(device, 0.0), now - self._slack) + self._each
        self._due[device] = due
        return max(0.0, due - now)

    def due(self, device: str, now: float) -> float:
        """For how many seconds no message of a device is due (0 for none), without counting one."""
        return max(0.0, self._due.get(device, 0.0) - now)


class Recent:
    """Which messages of each device were kept lately, so that one it sends again need not be kept again.

    This is a courtesy to links that lose acknowledgements. It forgets, and what it forgot is kept once more; whether
    two messages are the same is for the tracker to judge, by device, boot and sequence.
    """

    def __init__(self) -> None:
        self._kept: dict[str, dict[int, None]] = {}

    def note(self, device: str, mark: int) -> None:
        """A message is durable."""
        marks = self._kept.setdefault(device, {})
        marks[mark] = None
        if len(marks) > _REMEMBERED:
            del marks[next(iter(marks))]

    def has(self, device: str, mark: int) -> bool:
        """Whether a message with this mark is durable, as far as is remembered."""
        return mark in self._kept.get(device, ())


class Intake:
    """Gathers messages of all connections, and tells each connection what is durable; of one event loop.

    Args:
        log: Keeps them.
        interval_seconds: How long the first message of a batch waits for others.
        bounds: Limits.
    """

    def __init__(self, log: EventLog, interval_seconds: float, bounds: DeviceBounds) -> None:
        self._loop = asyncio.get_running_loop()
        self._bounds = bounds
        self._waiting: deque[tuple[Receiver, Hashable | None, int]] = deque()
        self._waiting_bytes = 0
        self._durable = 0
        self._stalled: set[Receiver] = set()
        self.pace = Pace(bounds.messages_per_second, bounds.burst)
        self.recent = Recent()
        self._commit = GroupCommit(log, interval_seconds, self._kept_in_thread, _tell_failure)

    @property
    def durable(self) -> int:
        """Messages that are durable since the start (count)."""
        return self._durable

    def put(self, source: Source, payload: bytes, receiver: Receiver, token: Hashable | None) -> None:
        """Take a message in.

        Args:
            source: Whose it is.
            payload: Its bytes.
            receiver: Told once it is durable.
            token: What it is told by; None to be told nothing.
        """
        self._waiting.append((receiver, token, len(payload)))
        self._waiting_bytes += len(payload)
        self._commit.put(Arrival(source, time.time_ns() // 1000, payload))

    def is_full(self, receiver: Receiver) -> bool:
        """Whether nothing should be put now; if so, the receiver will be told when there is room again."""
        if self._waiting_bytes < self._bounds.waiting_bytes:
            return False
        self._stalled.add(receiver)
        return True

    def leave(self, receiver: Receiver) -> None:
        """A receiver is gone; what it put is kept all the same."""
        self._stalled.discard(receiver)

    async def close(self) -> None:
        """Keep what waits, then stop."""
        await asyncio.to_thread(self._commit.close)

    def _kept_in_thread(self, durable: int) -> None:
        self._loop.call_soon_threadsafe(self._kept, durable)

    def _kept(self, durable: int) -> None:
        told: dict[Receiver, list[Any]] = {}
        for _ in range(durable - self._durable):
            receiver, token, size = self._waiting.popleft()
            self._waiting_bytes -= size
            if token is not None:
                told.setdefault(receiver, []).append(token)
        self._durable = durable
        for receiver, tokens in told.items():
            receiver.kept(tokens)
        if self._stalled and self._waiting_bytes < self._bounds.waiting_bytes // 2:
            stalled, self._stalled = self._stalled, set()
            for receiver in stalled:
                receiver.has_room()


def _tell_failure(error: StoreError) -> None:
    structlog.get_logger().error("device-messages-wait", reason=str(error))
