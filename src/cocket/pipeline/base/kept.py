# SPDX-License-Identifier: Apache-2.0
"""Figures that take long to measure are kept by a process for a while; whoever shows them says of when they are."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

T = TypeVar("T")

#: What takes longer to measure is kept, and for so long (seconds).
WORTH_KEEPING: Final = 0.5
KEPT: Final = 900.0

#: Figures that are kept at once (count).
_MOST: Final = 32


class Kept(Generic[T]):
    """Figures by what they are of; one at a time is measured.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, datetime, T]] = OrderedDict()

    def get(self, key: Hashable, measure: Callable[[], T], *, again: bool = False) -> tuple[datetime, T]:
        """When figures were measured, UTC, and what they are.

        Args:
            key: What they are of, with all that decides what a reader may see of it.
            measure: Measures them.
            again: Whether to measure them now, however new those are that are kept.
        """
        with self._lock:
            found = self._kept.get(key)
            if found is not None and not again and self._clock() - found[0] < KEPT:
                return found[1:]
            began, at = self._clock(), datetime.now(UTC)
            value = measure()
            self._kept.pop(key, None)
            if self._clock() - began >= WORTH_KEEPING:
                self._kept[key] = self._clock(), at, value
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
            return at, value
