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
from cocket.pipeline.device_proofs import DeviceProofs
from cocket.pipeline.port_calls import PortCalls
from cocket.pipeline.shelves import Shelves
from cocket.pipeline.tracker_judging import Judging, Moment, judge_fleet
from cocket.pipeline.tracker_memory import Memory
from cocket.pipeline.tracker_reading import LastPlace, Reader
from cocket.pipeline.watching import ended_looks
from cocket.stores.database import TRACKER_LOCK, Connection, try_lock
from cocket.stores.device_batches import MOST_ROWS, DeviceBatches
from cocket.stores.device_told import DeviceTold
from cocket.stores.devices import Devices
from cocket.stores.journeys import Journeys
from cocket.stores.proof_keys import ProofKeys
from cocket.tracking.thresholds import Thresholds

#: Where the database keeps how far the tracker has read, and up to which row hashes are sealed.
TRACKER_PLACE, SEALED_PLACE = "tracker", "tracker-sealed"

#: Where an erasure leaves word that what devices told is to be read again.
ERASED_PLACE = "tracker-erased"

#: How long judging goes on before what came meanwhile is taken in, in seconds.
_JUDGE_SECONDS = 0.25

#: Journeys of which nothing was heard are judged so often: silence and time limits tell by themselves.
_WAIT = timedelta(seconds=60)

#: A device is judged again only after so many times as long as its last judgement took: one that tells much must not
#: hold up the others. One on no journey rests longer.
_REST, _STOCK_REST = 8.0, 50.0

#: Devices are judged together so often, in seconds, or as many times as long as it took.
_TOGETHER_SECONDS, _TOGETHER_REST = 2.0, 10.0

#: How often it is looked for looks that have ended, in seconds.
_END_LOOKS_SECONDS = 30.0

#: Hashes of rows are sealed once so many wait, or after so long (seconds).
_SEAL_ROWS, _SEAL_SECONDS = 1_000, 10.0


class BatchHashes(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed record of rows of the door's, so that nothing that a device sent can be changed or left out later.

    Attributes:
        first: First row.
        last: Last row.
        root: Merkle root (RFC 6962) over the hash of each row, in order, hexadecimal. A row's hash is over a commitment for
            each device that sent in it, so that one device's messages can be erased and the others' still be shown.
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
        self._reader = Reader(DeviceProofs(shelves.secrets_box))
        self._calls = PortCalls(shelves, self._limits, 0.0) if is_eager else PortCalls(shelves, self._limits)
        self._cursor = 0
        self._erased: bytes | None = None
        self._waiting: dict[str, int] = {}
        self._rest_until: dict[str, float] = {}
        self._together_at = 0.0
        self._is_news = True
        self._sealed_at = 0.0
        self._looked_at = 0.0
        self._end_looks_at = 0.0

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
        self._calls.open()
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
        has_worked |= self._judge_calls(now or datetime.now(UTC))
        self._end_looks(now or datetime.now(UTC))
        return has_worked

    def close(self) -> None:
        """Let go of the database."""
        self._shelves.database.close()

    def _take_in(self, now: datetime) -> bool:
        with self._shelves.database.transaction() as connection:
            if not try_lock(connection, TRACKER_LOCK):
                return False
            cursor = self._place(connection, TRACKER_PLACE)
            erased = self._shelves.places.get(connection, ERASED_PLACE)
            if cursor != self._cursor or erased != self._erased:  # another tracker has worked, or something was erased
                self._memory.clear()
                self._calls.open()
                self._erased = erased
                self._waiting = self._told.waiting(connection)
                self._cursor = cursor
            messages = self._batches.after(connection, cursor, MOST_ROWS)
            if not messages:
                return self._seal_rows(connection, cursor)
            devices = sorted({message.source.device for message in messages})
            registered = Devices().registered(connection, devices)
            keys = ProofKeys().of(connection, devices)
            standings = self._told.standings(connection, devices)
            last = {name: msgspec.json.decode(one.last, type=LastPlace) for name, one in standings.items() if one.last}
            taken = self._reader.read(messages, registered, keys, last)
            self._told.append(connection, taken.told, now)
            for receiver, vessels in taken.vessels:
                self._calls.take_in(connection, vessels, receiver)
            upto = messages[-1].batch
            self._shelves.places.put(connection, TRACKER_PLACE, str(upto).encode())
            self._seal_rows(connection, upto)
        self._cursor = upto
        self._waiting.update({one.device: one.batch for one in taken.told})
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
            judging = Judging(self._shelves, connection, self._memory, self._moment(connection, now))
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
            effects = judge_fleet(self._shelves, connection, self._memory, self._moment(connection, now))
            if effects.records:
                self._shelves.leaves.append_records(connection, effects.records)
        self._is_news = False
        took = time.monotonic() - began
        if not self._is_eager:
            self._together_at = time.monotonic() + max(_TOGETHER_SECONDS, _TOGETHER_REST * took)
        return effects.alerts > 0

    def _judge_calls(self, now: datetime) -> bool:
        """Hold what was heard of vessels against the manifests on file."""
        if not self._calls.is_time():
            return False
        with self._shelves.database.transaction() as connection:
            if not try_lock(connection, TRACKER_LOCK):
                return False
            effects = self._calls.judge(connection, now)
            if effects is not None and effects.records:
                self._shelves.leaves.append_records(connection, effects.records)
        return effects is not None

    def _end_looks(self, now: datetime) -> None:
        """Seal the end of looks at the control room that nobody goes on with."""
        if time.monotonic() < self._end_looks_at:
            return
        self._end_looks_at = time.monotonic() + _END_LOOKS_SECONDS
        with self._shelves.database.transaction() as connection:
            if records := ended_looks(self._shelves, connection, now):
                self._shelves.leaves.append_records(connection, records)

    def _moment(self, connection: Connection, now: datetime) -> Moment:
        """For when is judged: now, but while rows wait no later than the first of them, so that none of them is missed."""
        waits_since = self._batches.waits_since(connection, self._cursor)
        return Moment(self._limits, now, min(now, waits_since) if waits_since is not None else now)

    def _place(self, connection: Connection, name: str) -> int:
        value = self._shelves.places.get(connection, name)
        return int(value) if value is not None else 0
