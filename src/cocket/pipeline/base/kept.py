# SPDX-License-Identifier: Apache-2.0
"""Figures that take long to measure are kept by a process for a while; whoever shows them says of when they are.

A page asks for them with patience: what takes longer is measured on its own thread, one at a time in a process, so that no
reader waits for it and a connection is left for every other page.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

from cocket.errors import CocketError

T = TypeVar("T")

#: What takes longer to measure is kept, and for so long (seconds).
WORTH_KEEPING: Final = 0.5
KEPT: Final = 900.0

#: How long a page waits for figures before it says that they are being measured (seconds).
PATIENCE: Final = 2.0

#: Figures that are kept at once (count).
_MOST: Final = 32

#: Held by whoever measures for a page.
_TURN = threading.Lock()


class StillMeasuringError(CocketError):
    """Figures are being measured, and there are none of before to show (HTTP 202).

    Attributes:
        since: When that began, UTC.
    """

    code = "still-measuring"

    def __init__(self, since: datetime) -> None:
        super().__init__("The figures are being measured.", hint="Ask again in a few seconds.")
        self.since = since


class Kept(Generic[T]):
    """Figures by what they are of; one at a time is measured.

    Args:
        clock: Seconds that never go back.
        seconds: For how long they are kept (seconds).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, seconds: float = KEPT) -> None:
        self._clock, self._seconds = clock, seconds
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, datetime, T]] = OrderedDict()
        self._begun: dict[Hashable, _Measurement[T]] = {}
        self._starting = threading.Lock()

    def get(
        self, key: Hashable, measure: Callable[[], T], *, again: bool = False, patience: float | None = None
    ) -> tuple[datetime, T]:
        """When figures were measured, UTC, and what they are.

        Args:
            key: What they are of, with all that decides what a reader may see of it.
            measure: Measures them.
            again: Whether to measure them now, however new those are that are kept.
            patience: How long to wait for them (seconds); None for as long as it takes.

        Raises:
            StillMeasuringError: It takes longer. Figures that were only to be renewed for their age are given as they are.
        """
        if patience is not None:
            return self._soon(key, measure, patience, again=again)
        with self._lock:
            return self._fresh(key, again=again) or self._measured(key, measure)

    def _fresh(self, key: Hashable, *, again: bool) -> tuple[datetime, T] | None:
        found = self._kept.get(key)
        is_fresh = found is not None and not again and self._clock() - found[0] < self._seconds
        return found[1:] if found is not None and is_fresh else None

    def _measured(self, key: Hashable, measure: Callable[[], T]) -> tuple[datetime, T]:
        began, at = self._clock(), datetime.now(UTC)
        value = measure()
        self._kept.pop(key, None)
        if self._clock() - began >= WORTH_KEEPING:
            self._kept[key] = self._clock(), at, value
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return at, value

    def _soon(self, key: Hashable, measure: Callable[[], T], patience: float, *, again: bool) -> tuple[datetime, T]:
        with self._starting:
            begun = self._begun.get(key)
            if begun is None:
                fresh = self._fresh(key, again=again)
                if fresh is not None:
                    return fresh
                begun = self._begun[key] = _Measurement(is_asked=again)
                threading.Thread(target=copy_context().run, args=(self._run, key, measure, begun), daemon=True).start()
        if begun.done.wait(patience):
            return begun.outcome()
        old = self._kept.get(key)
        if old is not None and not begun.is_asked:
            return old[1:]
        raise StillMeasuringError(begun.since)

    def _run(self, key: Hashable, measure: Callable[[], T], begun: _Measurement[T]) -> None:
        """Measure, on a thread of its own; what fails is said to whoever waits, and tried again by who comes later."""
        try:
            with _TURN, self._lock:
                begun.result = self._measured(key, measure)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            begun.error = error
        finally:
            with self._starting:
                del self._begun[key]
            begun.done.set()


class _Measurement(Generic[T]):
    """One that was begun on a thread of its own.

    Args:
        is_asked: Whether a reader asked for new figures: then those of before are not what he wants.
    """

    def __init__(self, *, is_asked: bool) -> None:
        self.is_asked, self.since, self.done = is_asked, datetime.now(UTC), threading.Event()
        self.result: tuple[datetime, T] | None = None
        self.error: BaseException | None = None

    def outcome(self) -> tuple[datetime, T]:
        """What it came to, or what it failed with."""
        if self.result is None:
            raise self.error or StillMeasuringError(self.since)
        return self.result
