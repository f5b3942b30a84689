# SPDX-License-Identifier: Apache-2.0
"""The house's health for its doors: looked at once in a while, by one at a time, and waited for by a page only after a quiet time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from cocket.errors import StoreError
from cocket.pipeline.base.access import Service
from cocket.pipeline.base.heartbeat import words_of
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.operations.health import Check, Gaps, Health, database_away, look, utc_now

#: A look is good for so long; one that has not ended after so long says that the database does not answer (seconds).
_FRESH_SECONDS, _PATIENCE_SECONDS = 2.0, 4.0

#: A look older than the first is not shown as how the house is; a page waits for a new one so long (seconds).
_PAST_SECONDS, _PAGE_PATIENCE_SECONDS = 3 * _FRESH_SECONDS, 1.0

#: Callers that may wait for one look (count): anyone may ask, and a database that hangs must not take all threads.
_MOST_WAITING = 4

_UNSEEN = Check(name="health", state="failed", words="The instance has not been checked yet.")


class HealthWatch:
    """Looks at the health of the house for one process.

    Args:
        shelves: The stores.
        machine: The clock of this machine.
    """

    def __init__(self, stores: Stores, machine: Callable[[], datetime] = utc_now) -> None:
        self._stores = stores
        self._machine = machine
        self._gaps = Gaps()
        self._lock = threading.Lock()
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)
        self._begun: float | None = None
        self._is_done = threading.Event()
        self._last: tuple[float, Health] | None = None

    def glance(self) -> Health | None:
        """What was last seen; None before the first look. An old sight is looked at again meanwhile.

        After a quiet time a new look is waited for, up to a second; if it takes longer, no look is shown as present.
        """
        with self._lock:
            is_old = self._last is None or time.monotonic() - self._last[0] > _FRESH_SECONDS
            if is_old and self._begun is None:
                self._begun = time.monotonic()
                self._is_done.clear()
                threading.Thread(target=self._access_record, name="health", daemon=True).start()
            begun = self._begun
        if is_old and begun is not None and time.monotonic() - begun > _PATIENCE_SECONDS:
            return Health(datetime.now(UTC), (database_away(StoreError("The database does not answer in time.")),))
        if is_old and self._is_past() and self._waiting.acquire(blocking=False):
            try:
                self._is_done.wait(_PAGE_PATIENCE_SECONDS)
            finally:
                self._waiting.release()
        last = self._last
        if last and self._is_past():
            return Health(datetime.now(UTC), (_not_since(last[1].at),))
        return last[1] if last else None

    def _is_past(self) -> bool:
        """Whether the last look is too old to be shown."""
        return self._last is not None and time.monotonic() - self._last[0] > _PAST_SECONDS

    def now(self) -> Health:
        """State of the instance now. A few may wait for a new look at a time; anyone beyond gets what was last seen."""
        seen = self.glance()
        begun = self._begun
        if begun is not None and self._waiting.acquire(blocking=False):
            try:
                self._is_done.wait(max(0.0, begun + _PATIENCE_SECONDS + 0.1 - time.monotonic()))
                seen = self.glance()
            finally:
                self._waiting.release()
        return seen or Health(datetime.now(UTC), (_UNSEEN,))

    def _access_record(self) -> None:
        try:
            found = look(self._stores, self._gaps, self._machine)
        except Exception as error:  # noqa: BLE001 - a look that fails must not leave the last one standing
            found = Health(datetime.now(UTC), (Check(name="health", state="failed", words=words_of(error)),))
        with self._lock:
            self._begun, self._last = None, (time.monotonic(), found)
            self._is_done.set()


def _not_since(at: datetime) -> Check:
    return Check(
        name="health", state="degraded", words=f"The instance has not been checked since {at:%H:%M:%S} UTC.", since=at
    )


class HealthService(Service):
    """The house towards whoever asks how it is."""

    def __init__(self, stores: Stores) -> None:
        super().__init__(stores)
        self._watch = HealthWatch(stores)

    def health(self) -> Health:
        """State of the instance, judged by what it does; may wait for a few seconds."""
        return self._watch.now()

    def late_advice(self) -> datetime | None:
        """Since when no advice came out; None while it comes in time. Waits a second at most."""
        return next((one.since for one in self._glanced() if one.name == "advice" and one.state != "well"), None)

    def troubles(self) -> tuple[Check, ...]:
        """What is not well, the worst first (0..n). Waits a second at most."""
        return self._glanced()

    def _glanced(self) -> tuple[Check, ...]:
        seen = self._watch.glance()
        return seen.problems if seen else ()
