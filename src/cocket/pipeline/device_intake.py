# SPDX-License-Identifier: Apache-2.0
"""Where device messages are kept between the door and the tracker, and how the door gathers them.

`EventLog` is all that either side knows of the keeping; PostgreSQL fills it here, a stream on other machines may later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from cocket.errors import StoreError
from cocket.pipeline.ids import new_id
from cocket.settings import Settings
from cocket.stores import Database
from cocket.stores.device_batches import Arrival, DeviceBatches, DeviceMessage, Proof, Source

__all__ = ["Arrival", "DeviceMessage", "EventLog", "GroupCommit", "PostgresLog", "Proof", "Source", "open_event_log"]

#: How long to wait before a batch that could not be stored is tried again: at first, and at most.
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 1.0


class EventLog(Protocol):
    """Keeps what devices sent, in one order."""

    def append(self, key: UUID, arrivals: Sequence[Arrival]) -> None:
        """Keep a batch; it is durable once this returns.

        Args:
            key: Of the batch; trying again with the same key keeps it once.
            arrivals: What came, in order (1..n).

        Raises:
            StoreError: Whether it is kept is not known; nothing of it may be acknowledged.
        """

    def after(self, cursor: int, most: int) -> list[DeviceMessage]:
        """Messages past a cursor (0 for the beginning), of at most so many batches; the last `batch` is the next cursor.

        Raises:
            StoreError: They cannot be read now.
        """

    def close(self) -> None:
        """Let go of what is open."""


class PostgresLog:
    """The log in PostgreSQL, a row a batch.

    Args:
        database: Where.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batches = DeviceBatches()

    def append(self, key: UUID, arrivals: Sequence[Arrival]) -> None:
        """Keep a batch, as `EventLog.append`."""
        with self._database.transaction() as connection:
            self._batches.append(connection, key, arrivals)

    def after(self, cursor: int, most: int) -> list[DeviceMessage]:
        """Messages past a cursor, as `EventLog.after`.

        Whoever keeps what it makes of them in PostgreSQL reads by `DeviceBatches.after` on its own transaction.
        """
        with self._database.transaction() as connection:
            return self._batches.after(connection, cursor, most)

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


def open_event_log(settings: Settings, dsn: str) -> EventLog:
    """The log that the settings ask for; today that is always the one in PostgreSQL."""
    return PostgresLog(Database(dsn, size=2))


class GroupCommit:
    """A thread that keeps what has gathered as one batch, again and again, and says so when it is durable.

    A batch that cannot be stored is tried again under the same key until it is, or until `close`; meanwhile nothing of
    it is acknowledged, and what the doors may let gather behind it is bounded.

    Args:
        log: Keeps the batches.
        interval_seconds: How long the first message of a batch waits for others.
        kept: Called in the thread with the number of messages that are durable now, counted from the first put.
        failed: Called in the thread with what is wrong, once for each batch that is not stored at the first attempt.
        most: Messages of one batch (count).
    """

    def __init__(
        self,
        log: EventLog,
        interval_seconds: float,
        kept: Callable[[int], None],
        failed: Callable[[StoreError], None],
        most: int = 8192,
    ) -> None:
        self._log = log
        self._interval = interval_seconds
        self._kept = kept
        self._failed = failed
        self._most = most
        self._waiting: list[Arrival] = []
        self._begun = 0.0
        self._has_work = threading.Event()
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def put(self, arrival: Arrival) -> None:
        """Let a message wait for the next batch. To be called from one thread only, so that numbers and order agree."""
        self._waiting.append(arrival)
        if not self._has_work.is_set():
            self._begun = time.monotonic()
            self._has_work.set()

    def close(self, patience_seconds: float = 10.0) -> None:
        """Store what waits if that can be done soon, then stop; what is not stored by then is never acknowledged."""
        self._is_closing.set()
        self._has_work.set()
        self._thread.join(patience_seconds)

    def _run(self) -> None:
        durable = 0
        while True:
            self._has_work.wait()
            # What gathered while the batch before was flushed has waited already, and waits only for the rest.
            rest = self._begun + self._interval - time.monotonic()
            if rest > 0 and not self._is_closing.is_set():
                time.sleep(rest)
            self._has_work.clear()
            batch = self._waiting[: self._most]
            del self._waiting[: len(batch)]
            if self._waiting:
                self._has_work.set()
            if batch:
                if not self._store(batch):
                    return
                durable += len(batch)
                self._kept(durable)
            elif self._is_closing.is_set():
                return

    def _store(self, batch: list[Arrival]) -> bool:
        key, pause = new_id(), _PAUSE_SECONDS
        has_told = False
        while True:
            try:
                self._log.append(key, batch)
                return True
            except StoreError as error:
                failure = error
            except Exception as error:  # noqa: BLE001 - a defect of ours must not end the thread that devices wait for
                failure = StoreError(f"The messages could not be stored: {type(error).__name__}.")
            if not has_told:
                self._failed(failure)
                has_told = True
            if self._is_closing.wait(pause):
                return False
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
