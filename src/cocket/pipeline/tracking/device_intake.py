# SPDX-License-Identifier: Apache-2.0
"""Where device messages are kept between the door and the tracker, and how the door gathers them.

`EventLog` is all that either side knows of the keeping; PostgreSQL fills it here, a stream on other machines may later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import msgspec

from cocket.errors import StoreError
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.set_aside import is_outage, plain, reason_of
from cocket.pipeline.tracking.worker_set_aside import INGRESS, EndpointContent
from cocket.settings import Settings
from cocket.stores import Database, SetAside
from cocket.stores.base.set_aside import StoredSetAside
from cocket.stores.tracking.device_batches import Arrival, DeviceBatches, DeviceMessage, Proof, Source

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

    def set_aside(self, key: UUID, arrival: Arrival, error: Exception) -> None:
        """Keep a message that cannot be kept with the others, for an operator to see; durable once this returns.

        Args:
            key: Of the attempt; trying again with the same key keeps it once.
            arrival: What came.
            error: Why it cannot be kept.

        Raises:
            StoreError: Whether it is kept is not known; it may not be acknowledged.
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

    def set_aside(self, key: UUID, arrival: Arrival, error: Exception) -> None:
        """Keep a message apart, as `EventLog.set_aside`; the tracker seals it."""
        at, reason = datetime.now(UTC), reason_of(error)
        source = Source(*map(plain, msgspec.structs.astuple(arrival.source)))  # type: ignore[arg-type]  # proof is plain
        row = StoredSetAside(
            id=key,
            role=INGRESS,
            kind="device-message",
            subject=f"{source.device} {key}",
            about=None,
            leaf=None,
            what=f"message of device {source.device}, {len(arrival.payload)} bytes, by {source.topic}",
            code=reason.code,
            reason=reason.words,
            mark=reason.mark,
            first=at,
            last=at,
            content=msgspec.msgpack.encode(EndpointContent(source, arrival.received, arrival.payload)),
        )
        with self._database.transaction() as connection:
            if SetAside().get(connection, key) is None:
                SetAside().put(connection, row)

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
    return PostgresLog(Database(dsn, size=2, is_watched=True))


class GroupCommit:
    """A thread that keeps what has gathered as one batch, again and again, and says so when it is durable.

    A batch that cannot be stored is tried again under the same key until it is, or until `close`; meanwhile nothing of
    it is acknowledged, and what the doors may let gather behind it is bounded. A message whose data is refused is set
    aside as it came, and counts as kept: the device is not to send it again, and an operator sees it.

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
            if not self._is_closing.is_set():
                self._has_work.wait()
            # What gathered while the batch before was flushed has waited already, and waits only for the rest.
            rest = self._begun + self._interval - time.monotonic()
            if rest > 0:
                self._is_closing.wait(rest)
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
        """Keep a batch, one whose data is refused by halves, until what is at fault stands alone and is set aside."""
        parts, pause = [(new_id(), batch)], _PAUSE_SECONDS
        has_told = False
        while parts:
            key, some = parts.pop(0)
            failure = self._keep(key, some)
            if failure is None:
                continue
            if not has_told:
                self._failed(failure if isinstance(failure, StoreError) else _unstored(failure))
                has_told = True
            if is_outage(failure):
                parts.insert(0, (key, some))
                if self._is_closing.wait(pause):
                    return False
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                middle = (len(some) + 1) // 2
                parts[:0] = [(new_id(), some[:middle]), (new_id(), some[middle:])]
        return True

    def _keep(self, key: UUID, some: list[Arrival]) -> Exception | None:
        """Keep messages, or set aside the one that cannot be kept; why neither was possible, None if it was."""
        try:
            self._log.append(key, some)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not end the thread that devices wait for
            if is_outage(error) or len(some) > 1:
                return error
            try:
                self._log.set_aside(key, some[0], error)
            except Exception as failure:  # noqa: BLE001 - as above; it is tried again
                return failure if is_outage(failure) else _unstored(failure)
        return None


def _unstored(error: Exception) -> StoreError:
    return StoreError(f"The messages could not be stored: {type(error).__name__}.")
