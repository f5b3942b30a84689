# SPDX-License-Identifier: Apache-2.0
"""The tracker: from what the doors for devices kept to alerts that stand.

Two kinds of work, each in transactions of its own. *Taking in* reads rows past a cursor, keeps what each device told, and
moves the cursor with it: each message is taken in exactly once. *Judging* takes a device of which something is new, all it
told on its journeys, and holds the alerts that follow against those on file. What came late, twice or in another order
gives the same alerts, since only the set counts; and whatever is lost by a kill is done again. Of several trackers one
works at a time.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import msgspec

from cocket.ledger.tree import leaf_hashes, merkle_root
from cocket.pipeline.shelves import Shelves
from cocket.pipeline.tracker_judging import Judging, judge_fleet
from cocket.pipeline.tracker_memory import Memory
from cocket.pipeline.tracker_reading import LastPlace, read_messages
from cocket.stores.database import TRACKER_LOCK, Connection, try_lock
from cocket.stores.device_batches import DeviceBatches
from cocket.stores.device_told import DeviceTold
from cocket.stores.devices import Devices
from cocket.stores.journeys import Journeys
from cocket.tracking.thresholds import Thresholds

#: Where the database keeps how far the tracker has read, and up to which row hashes are sealed.
TRACKER_PLACE, SEALED_PLACE = "tracker", "tracker-sealed"

#: Most rows of the door's taken in at once (count); each holds what came in 10 ms.
MOST_ROWS = 64

#: How long judging goes on before what came meanwhile is taken in, in seconds.
_JUDGE_SECONDS = 0.25

#: Journeys of which nothing was heard are judged so often: silence and time limits tell by themselves.
_WAIT = timedelta(seconds=60)

#: A device is judged again only after so many times as long as its last judgement took: one that tells much must not
#: hold up the others. One on no journey rests longer.
_REST, _STOCK_REST = 8.0, 50.0

#: Devices are judged together so often, in seconds, or as many times as long as it took.
_TOGETHER_SECONDS, _TOGETHER_REST = 2.0, 10.0

#: Hashes of rows are sealed once so many wait, or after so long (seconds).
_SEAL_ROWS, _SEAL_SECONDS = 1_000, 10.0


class BatchHashes(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of rows of the door's, so that nothing that a device sent can be changed or left out later.

    Attributes:
        first: First row.
        last: Last row.
        root: Merkle root (RFC 6962) over the SHA-256 of each row's stored bytes, in order, hexadecimal.
    """

    first: int
    last: int
    root: str


class Tracker:
    """Takes in what devices sent, and judges it.

    Args:
        shelves: The stores.
        limits: The measures; None for those of the house.
        is_eager: Whether everything is judged at every turn; where a little data is to be judged at once, as in the demo.
    """

    def __init__(self, shelves: Shelves, limits: Thresholds | None = None, *, is_eager: bool = False) -> None:
        self._shelves = shelves
        self._is_eager = is_eager
        self._limits = limits or Thresholds()
        self._batches, self._told = DeviceBatches(), DeviceTold()
        self._memory = Memory(0.0) if is_eager else Memory()
        self._cursor = 0
        self._waiting: dict[str, int] = {}
        self._rest_until: dict[str, float] = {}
        self._together_at = 0.0
        self._is_news = True
        self._sealed_at = 0.0
        self._looked_at = 0.0

    def open(self) -> int:
        """Take up the work where it was left.

        Returns:
            Row that was taken in last (0 for none).

        Raises:
            StoreError: The database does not answer.
        """
        with self._shelves.database.transaction() as connection:
            self._cursor = self._place(connection, TRACKER_PLACE)
            self._waiting = self._told.waiting(connection)
        self._memory.clear()
        self._rest_until.clear()
        self._is_news = True
        self._looked_at = 0.0
        return self._cursor

    def turn(self, now: datetime | None = None) -> bool:
        """Take in what came, judge what is due.

        Args:
            now: When, UTC; None for the present.

        Returns:
            Whether there was anything.

        Raises:
            StoreError: The database failed; nothing of what was not committed is kept, and `open` must come next.
        """
        has_worked = self._take_in(now or datetime.now(UTC))
        has_worked |= self._judge(now or datetime.now(UTC))
        has_worked |= self._judge_together(now or datetime.now(UTC))
        return has_worked

    def close(self) -> None:
        """Let go of the database."""
        self._shelves.database.close()

    def _take_in(self, now: datetime) -> bool:
        with self._shelves.database.transaction() as connection:
            if not try_lock(connection, TRACKER_LOCK):
                return False
            cursor = self._place(connection, TRACKER_PLACE)
            if cursor != self._cursor:  # another tracker has worked meanwhile
                self._memory.clear()
                self._waiting = self._told.waiting(connection)
                self._cursor = cursor
            messages = self._batches.after(connection, cursor, MOST_ROWS)
            if not messages:
                return self._seal_rows(connection, cursor)
            devices = sorted({message.source.device for message in messages})
            identities = Devices().identities(connection, devices)
            standings = self._told.standings(connection, devices)
            last = {name: msgspec.json.decode(one.last, type=LastPlace) for name, one in standings.items() if one.last}
            told = read_messages(messages, identities, last)
            self._told.append(connection, told, now)
            upto = messages[-1].batch
            self._shelves.places.put(connection, TRACKER_PLACE, str(upto).encode())
            self._seal_rows(connection, upto)
        self._cursor = upto
        self._waiting.update({one.device: one.batch for one in told})
        return True

    def _seal_rows(self, connection: Connection, upto: int) -> bool:
        """Seal the hashes of rows that were taken in, not at every turn; as the last act of a transaction."""
        sealed, clock = self._place(connection, SEALED_PLACE), time.monotonic()
        if upto == sealed or (upto - sealed < _SEAL_ROWS and clock - self._sealed_at < _SEAL_SECONDS):
            return False
        hashes = self._batches.hashes(connection, sealed + 1, upto)
        body = BatchHashes(first=sealed + 1, last=upto, root=merkle_root(leaf_hashes(hashes)).hex())
        self._shelves.places.put(connection, SEALED_PLACE, str(upto).encode())
        self._shelves.leaves.append_records(
            connection, [self._shelves.sealer.record("device-batches", "tracker", body)]
        )
        self._sealed_at = clock
        return True

    def _judge(self, now: datetime) -> bool:
        """Judge devices that are due, as long as there is time; new data before silence, then who waited longest."""
        self._look_for_silent(now)
        clock = time.monotonic()
        due = [device for device in self._waiting if self._rest_until.get(device, 0.0) <= clock]
        if not due:
            return False
        due.sort(key=lambda device: self._waiting[device] == 0)
        with self._shelves.database.transaction() as connection:
            if not try_lock(connection, TRACKER_LOCK):
                return False
            judging = Judging(self._shelves, connection, self._memory, (self._limits, now))
            done = judging.judge(due, clock + _JUDGE_SECONDS)
            upto = {device: self._waiting[device] for device in done if self._waiting[device]}
            if upto:
                self._told.judged(connection, upto)
            if judging.effects.records:
                self._shelves.leaves.append_records(connection, judging.effects.records)
        for device, took in done.items():
            del self._waiting[device]
            rest = _REST if device in judging.followed else _STOCK_REST
            if not self._is_eager:
                self._rest_until[device] = time.monotonic() + rest * took
        self._is_news |= bool(judging.followed)
        return True

    def _look_for_silent(self, now: datetime) -> None:
        """Put devices on the list whose journeys were judged too long ago; row 0 says that nothing came of them."""
        if time.monotonic() - self._looked_at < 1.0 and not self._is_eager:
            return
        self._looked_at = time.monotonic()
        with self._shelves.database.transaction() as connection:
            silent = Journeys().waiting(connection, now - _WAIT, 1_000)
        for device in silent:
            self._waiting.setdefault(device, 0)

    def _judge_together(self, now: datetime) -> bool:
        """Look for what several devices show together, once all that are under way were judged by this process."""
        began = time.monotonic()
        if not self._is_news or began < self._together_at:
            return False
        with self._shelves.database.transaction() as connection:
            if not try_lock(connection, TRACKER_LOCK):
                return False
            under_way = Journeys().devices_under_way(connection)
            missing = {device for device in under_way if device not in self._memory.cases}
            if missing:
                for device in missing:
                    self._waiting.setdefault(device, 0)
                return False
            self._memory.keep_only(under_way)
            effects = judge_fleet(self._shelves, connection, self._memory, (self._limits, now))
            if effects.records:
                self._shelves.leaves.append_records(connection, effects.records)
        self._is_news = False
        took = time.monotonic() - began
        if not self._is_eager:
            self._together_at = time.monotonic() + max(_TOGETHER_SECONDS, _TOGETHER_REST * took)
        return effects.alerts > 0

    def _place(self, connection: Connection, name: str) -> int:
        value = self._shelves.places.get(connection, name)
        return int(value) if value is not None else 0
