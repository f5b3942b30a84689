# SPDX-License-Identifier: Apache-2.0
"""Limits shared by requests: how often a key may ask, how often a sign-in may fail, how much may be in flight."""

from __future__ import annotations

import contextlib
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator

import msgspec

from cocket.gate.refusal import RequestError


class Rate(msgspec.Struct, frozen=True):
    """A steady rate with room for bursts.

    Attributes:
        per_second: Requests a second in the long run.
        burst: Requests at once after a pause (count).
    """

    per_second: float
    burst: float


class Buckets:
    """Token buckets by name: each holds up to `burst` tokens, refills steadily, and a request takes one.

    Args:
        rate: The rate of each name.
        clock: Seconds that only go forward, such as `time.monotonic`.
        most: Names remembered (count). A name untouched for longest is forgotten first, which can only favour it.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float], most: int = 10_000) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Take a token.

        Raises:
            RequestError: None is left (429); `Retry-After` says when there will be one.
        """
        level = self._level(name)
        if level < 1:
            raise self._refusal(level)
        self._put(name, level - 1)

    def check(self, name: str) -> None:
        """Refuse as `take` does, but take nothing."""
        level = self._level(name)
        if level < 1:
            raise self._refusal(level)

    def _level(self, name: str) -> float:
        level, then = self._levels.get(name, (self._rate.burst, self._clock()))
        return min(self._rate.burst, level + (self._clock() - then) * self._rate.per_second)

    def _put(self, name: str, level: float) -> None:
        self._levels[name] = (level, self._clock())
        self._levels.move_to_end(name)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)

    def _refusal(self, level: float) -> RequestError:
        seconds = max(1, math.ceil((1 - level) / self._rate.per_second))
        return RequestError(
            "Too many requests.",
            status=429,
            code="over-quota",
            hint=f"Wait {seconds} s.",
            headers=(("Retry-After", str(seconds)),),
        )


class Flight:
    """What is in flight in one process: requests of each key, and bytes of all.

    Args:
        each: Requests of one key at once (count).
        total_bytes: Bytes of bodies held at once, over all keys.
    """

    def __init__(self, each: int, total_bytes: int) -> None:
        self._each = each
        self._total_bytes = total_bytes
        self._requests: dict[str, int] = {}
        self._bytes = 0

    @contextlib.contextmanager
    def request(self, name: str) -> Iterator[Cargo]:
        """Count one request of `name` for as long as it is being worked on.

        Raises:
            RequestError: The key has too many in flight (429).
        """
        count = self._requests.get(name, 0)
        if count >= self._each:
            raise RequestError(
                "Too many requests of this key are in flight.",
                status=429,
                code="in-flight",
                hint="Wait for answers before sending more.",
                headers=(("Retry-After", "1"),),
            )
        self._requests[name] = count + 1
        cargo = Cargo(self)
        try:
            yield cargo
        finally:
            self._bytes -= cargo.size
            self._requests[name] -= 1
            if not self._requests[name]:
                del self._requests[name]

    def load(self, size: int) -> None:
        """Count bytes in."""
        if self._bytes + size > self._total_bytes:
            raise RequestError("Too much is in flight.", status=503, code="overloaded", headers=(("Retry-After", "1"),))
        self._bytes += size


class Cargo:
    """Bytes of one request, counted until the request is done."""

    def __init__(self, flight: Flight) -> None:
        self._flight = flight
        self.size = 0

    def add(self, size: int) -> None:
        """Count bytes that have come.

        Raises:
            RequestError: There is no room for them now (503).
        """
        self._flight.load(size)
        self.size += size
