# SPDX-License-Identifier: Apache-2.0
"""The tracker: from what the doors for devices kept to alerts that stand.

Two kinds of work, each in transactions of its own. *Taking in* reads rows past a cursor, keeps what each device told, and
moves the cursor with it: each message is taken in exactly once. *Judging* takes a device of which something is new, all it
told on its journeys, and holds the alerts that follow against those on file. What came late, twice or in another order
gives the same alerts, since only the set counts; and whatever is lost by a kill is done again. Of several trackers one
works at a time. A message that cannot be taken in, and a device that cannot be judged, is set aside; the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from uuid import UUID

import msgspec

from cocket.ledger.tree import leaf_hashes, merkle_root
from cocket.pipeline.base.continuous_access import ended_accesses
from cocket.pipeline.base.set_aside import Thing, culprits, is_outage, refuse_if_all, standstill
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.tracking.alert_evaluation import MOST_DEVICES, Judging, Moment, judge_fleet
from cocket.pipeline.tracking.device_proofs import DeviceProofs
from cocket.pipeline.tracking.device_reading import LastPlace, Reader
from cocket.pipeline.tracking.on_call import Escalation
from cocket.pipeline.tracking.port_calls import MANIFEST_MESSAGE, MANIFESTS_PLACE, PortCalls
from cocket.pipeline.tracking.worker_cache import Memory
from cocket.pipeline.tracking.worker_set_aside import TrackerAside, UndoneError, device_thing, message_thing, row_thing
from cocket.stores.base.database import TRACKER_LOCK, Connection, try_lock
from cocket.stores.base.set_aside import StoredSetAside
from cocket.stores.tracking.device_batches import MOST_ROWS, DeviceBatches, DeviceMessage
from cocket.stores.tracking.device_events import DeviceEvents
from cocket.stores.tracking.device_proof_keys import ProofKeys
from cocket.stores.tracking.devices import Devices
from cocket.stores.tracking.journeys import Journeys
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

#: How often officers are called for alerts that nobody acknowledged, in seconds.
_CALL_SECONDS = 5.0

#: How often it is looked for looks that have ended, in seconds.
_END_LOOKS_SECONDS = 30.0

#: Hashes of rows are sealed once so many wait, or after so long (seconds).
_SEAL_ROWS, _SEAL_SECONDS = 1_000, 10.0


#: Judging together, as a thing to set aside: kind and name.
_FLEET = ("fleet", "all devices")


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

    def __init__(self, stores: Stores, limits: Thresholds | None = None, *, is_eager: bool = False) -> None:
        self._stores = stores
        self._is_eager = is_eager
        self._limits = limits or Thresholds()
        self._batches, self._told = DeviceBatches(), DeviceEvents()
        self._memory = Memory(0.0) if is_eager else Memory()
        self._reader = Reader(DeviceProofs(stores.secrets_box))
        self._calls = PortCalls(stores, self._limits, 0.0) if is_eager else PortCalls(stores, self._limits)
        self._aside = TrackerAside(stores)
        self._rows = MOST_ROWS
        self._cursor = 0
        self._erased: bytes | None = None
        self._waiting: dict[str, int] = {}
        self._rest_until: dict[str, float] = {}
        self._together_at = 0.0
        self._is_news = True
        self._sealed_at = 0.0
        self._looked_at = 0.0
        self._end_looks_at = 0.0
        self._escalation, self._calls_at = Escalation(stores), 0.0

    def open(self) -> int:
        """Take up the work where it was left.

        Returns:
            Row that was taken in last (0 for none).

        Raises:
            StoreError: The database does not answer.
        """
        with self._stores.database.transaction() as connection:
            self._cursor = self._place(connection, TRACKER_PLACE)
            self._waiting = self._told.waiting(connection)
            self._aside.open(connection)
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
            StandstillError: The same, and whatever the tracker works on fails alike.
        """
        try:
            return self._turn(now)
        except Exception as error:
            if is_outage(error):
                raise
            raise standstill("tracker", error) from error

    def _turn(self, now: datetime | None) -> bool:
        has_worked = self._try_again(now or datetime.now(UTC))
        has_worked |= self._take_in(now or datetime.now(UTC))
        has_worked |= self._judge(now or datetime.now(UTC))
        has_worked |= self._judge_together(now or datetime.now(UTC))
        has_worked |= self._judge_calls(now or datetime.now(UTC))
        self._call_officers(now or datetime.now(UTC))
        self._end_looks(now or datetime.now(UTC))
        return has_worked

    def close(self) -> None:
        """Let go of the database."""
        self._stores.database.close()

    def _take_in(self, now: datetime) -> bool:
        try:
            has_worked = self._take_rows(now, self._rows)
        except Exception as error:
            if is_outage(error):
                raise
            self._calls.open()
            if self._rows == 1:
                self._take_apart(now, error)
            self._rows = max(1, self._rows // 2)
            return True
        self._rows = min(MOST_ROWS, 2 * self._rows)
        return has_worked

    def _take_rows(self, now: datetime, most: int) -> bool:
        with self._stores.database.transaction() as connection:
            if not self._has_turn(connection):
                return False
            messages = self._batches.after(connection, self._cursor, most)
            if not messages:
                return self._seal_rows(connection, self._cursor)
            waiting = self._take(connection, messages, now)
            upto = messages[-1].batch
            self._stores.places.put(connection, TRACKER_PLACE, str(upto).encode())
            self._seal_rows(connection, upto)
        self._cursor = upto
        self._waiting.update(waiting)
        return True

    def _take(self, connection: Connection, messages: Sequence[DeviceMessage], now: datetime) -> dict[str, int]:
        """Keep what devices told in some messages; those to be judged now, with the row up to which."""
        devices = sorted({message.source.device for message in messages})
        registered = Devices().registered(connection, devices)
        keys = ProofKeys().of(connection, devices)
        standings = self._told.standings(connection, devices)
        last = {name: msgspec.json.decode(one.last, type=LastPlace) for name, one in standings.items() if one.last}
        taken = self._reader.read(messages, registered, keys, last)
        self._told.append(connection, taken.told, now)
        for receiver, vessels in taken.vessels:
            self._calls.take_in(connection, vessels, receiver)
        return {one.device: one.batch for one in taken.told}

    def _take_apart(self, now: datetime, error: Exception) -> None:
        """Take in the next row without the messages of it that are at fault; these are set aside."""
        row = self._cursor + 1
        things, messages = [(row_thing(row), error)], self._messages_of(row)
        if messages:
            found = culprits(messages, lambda some: self._rehearse(lambda one: self._take(one, some, now)))
            self._aside.check(
                found,
                len(messages),
                self._cursor,
                lambda some: self._rehearse(lambda one: self._take(one, some, now)),
            )
            things = [(message_thing(message), why) for message, why in found]
        bad = {thing.subject for thing, _ in things}
        good = [message for message in messages if message_thing(message).subject not in bad]
        self._calls.open()
        with self._stores.database.transaction() as connection:
            if not self._has_turn(connection) or self._cursor != row - 1:
                return
            waiting = self._take(connection, good, now) if good else {}
            self._stores.places.put(connection, TRACKER_PLACE, str(row).encode())
            self._aside.leave(connection, things)
        self._cursor = row
        self._waiting.update(waiting)

    def _messages_of(self, row: int) -> list[DeviceMessage]:
        """Messages of a row; none if they cannot be read."""
        try:
            with self._stores.database.transaction() as connection:
                return [one for one in self._batches.after(connection, row - 1, 1) if one.batch == row]
        except Exception as error:
            if is_outage(error):
                raise
            return []

    def _rehearse(self, work: Callable[[Connection], object]) -> None:
        """Do some work and undo it."""
        try:
            with self._stores.database.transaction() as connection:
                work(connection)
                raise UndoneError("It was a dry run.")
        except UndoneError:
            return

    def _try_again(self, now: datetime) -> bool:
        """Work on what an operator wants tried again."""
        wanted = self._aside.wanted()
        for row in wanted:
            try:
                with self._stores.database.transaction() as connection:
                    if not self._has_turn(connection):
                        return False
                    self._work_again(connection, row, now)
                    self._aside.worked(connection, row)
            except Exception as error:
                if is_outage(error):
                    raise
                self._memory.clear()
                self._calls.open()
                self._aside.again(row, error)
        return bool(wanted)

    def _work_again(self, connection: Connection, row: StoredSetAside, now: datetime) -> None:
        if row.kind == "device":
            judging, _ = self._judge_in(connection, [row.subject], now, inf)
            self._stores.leaves.append_records(connection, judging.effects.records)
        elif row.kind == "device-message":
            message = self._aside.message_of(connection, row)
            if message is not None:
                alone = msgspec.structs.replace(message, batch=0)  # others of its row were taken in under its number
                self._rehearse(lambda one: self._take(one, [alone], now))
                self._aside.put_back(connection, message)
        elif row.kind == "device-row":
            self._batches.after(connection, int(row.subject) - 1, 1)
        elif row.kind == MANIFEST_MESSAGE:
            self._calls.take_message(connection, UUID(row.subject))
        self._is_news = True

    def _has_turn(self, connection: Connection) -> bool:
        """Whether this tracker may work now; what another has worked meanwhile is known then."""
        if not try_lock(connection, TRACKER_LOCK):
            return False
        cursor = self._place(connection, TRACKER_PLACE)
        erased = self._stores.places.get(connection, ERASED_PLACE)
        if cursor != self._cursor or erased != self._erased:  # another tracker has worked, or something was erased
            self._memory.clear()
            self._calls.open()
            self._erased = erased
            self._waiting = self._told.waiting(connection)
            self._cursor = cursor
        return True

    def _seal_rows(self, connection: Connection, upto: int) -> bool:
        """Seal the hashes of rows that were taken in, not at every turn; as the last act of a transaction."""
        sealed, clock = self._place(connection, SEALED_PLACE), time.monotonic()
        if upto == sealed or (upto - sealed < _SEAL_ROWS and clock - self._sealed_at < _SEAL_SECONDS):
            return False
        hashes = self._batches.hashes(connection, sealed + 1, upto)
        body = BatchHashes(first=sealed + 1, last=upto, root=merkle_root(leaf_hashes(hashes)).hex())
        self._stores.places.put(connection, SEALED_PLACE, str(upto).encode())
        self._stores.leaves.append_records(connection, [self._stores.sealer.record("device-batches", "tracker", body)])
        self._sealed_at = clock
        return True

    def _judge(self, now: datetime) -> bool:
        """Judge devices that are due, as long as there is time; new data before silence, then who waited longest."""
        self._look_for_silent(now)
        clock = time.monotonic()
        due = [
            device for device in self._waiting if self._rest_until.get(device, 0.0) <= clock and self._is_ours(device)
        ]
        if not due:
            return False
        due.sort(key=lambda device: self._waiting[device] == 0)
        try:
            return self._judge_some(due, now, clock + _JUDGE_SECONDS)
        except Exception as error:
            if is_outage(error):
                raise
        self._memory.clear()
        some = due[:MOST_DEVICES]
        found = culprits(some, lambda few: self._judge_some(few, now, inf))
        self._memory.clear()
        refuse_if_all("tracker", found, len(some))
        self._leave([(device_thing(device), error) for device, error in found])
        return True

    def _judge_some(self, due: Sequence[str], now: datetime, deadline: float) -> bool:
        with self._stores.database.transaction() as connection:
            if not try_lock(connection, TRACKER_LOCK):
                return False
            judging, done = self._judge_in(connection, due, now, deadline)
            if judging.effects.records:
                self._stores.leaves.append_records(connection, judging.effects.records)
        for device, took in done.items():
            self._waiting.pop(device, None)
            rest = _REST if device in judging.followed else _STOCK_REST
            if not self._is_eager:
                self._rest_until[device] = time.monotonic() + rest * took
        self._is_news |= bool(judging.followed)
        return True

    def _judge_in(
        self, connection: Connection, due: Sequence[str], now: datetime, deadline: float
    ) -> tuple[Judging, dict[str, float]]:
        """Judge devices in a transaction; what follows is to be sealed as the last act of it."""
        judging = Judging(self._stores, connection, self._memory, self._moment(connection, now))
        done = judging.judge(due, deadline)
        upto = {device: row for device in done if (row := self._waiting.get(device, 0))}
        if upto:
            self._told.judged(connection, upto)
        return judging, done

    def _is_ours(self, device: str) -> bool:
        """Whether a device is not set aside."""
        return ("device", device) not in self._aside.left

    def _leave(self, things: Sequence[tuple[Thing, Exception]]) -> None:
        if things:
            with self._stores.database.transaction() as connection:
                self._aside.leave(connection, things)

    def _look_for_silent(self, now: datetime) -> None:
        """Put devices on the list whose journeys were judged too long ago; row 0 says that nothing came of them."""
        if time.monotonic() - self._looked_at < 1.0 and not self._is_eager:
            return
        self._looked_at = time.monotonic()
        with self._stores.database.transaction() as connection:
            silent = Journeys().waiting(connection, now - _WAIT, 1_000)
        for device in filter(self._is_ours, silent):
            self._waiting.setdefault(device, 0)

    def _judge_together(self, now: datetime) -> bool:
        """Look for what several devices show together, once all that are under way were judged by this process."""
        began = time.monotonic()
        if not self._is_news or began < self._together_at or _FLEET in self._aside.left:
            return False
        try:
            found = self._judge_fleet(now)
        except Exception as error:
            if is_outage(error):
                raise
            self._leave_fleet(now, error)
            return True
        if found is None:
            return False
        self._is_news = False
        took = time.monotonic() - began
        if not self._is_eager:
            self._together_at = time.monotonic() + max(_TOGETHER_SECONDS, _TOGETHER_REST * took)
        return found > 0

    def _judge_fleet(self, now: datetime) -> int | None:
        """Alerts that several devices gave together (count); None if some of them are to be judged alone first."""
        with self._stores.database.transaction() as connection:
            if not try_lock(connection, TRACKER_LOCK):
                return None
            under_way = {device for device in Journeys().devices_under_way(connection) if self._is_ours(device)}
            missing = {device for device in under_way if device not in self._memory.cases}
            if missing:
                for device in missing:
                    self._waiting.setdefault(device, 0)
                return None
            self._memory.keep_only(under_way)
            effects = judge_fleet(self._stores, connection, self._memory, self._moment(connection, now))
            if effects.records:
                self._stores.leaves.append_records(connection, effects.records)
        return effects.alerts

    def _leave_fleet(self, now: datetime, error: Exception) -> None:
        """Set aside the devices without which the others can be judged together, or else judging together."""
        cases = dict(self._memory.cases)

        def judge(some: Sequence[str]) -> None:
            self._memory.cases = {device: cases[device] for device in some}
            self._rehearse(
                lambda one: judge_fleet(self._stores, one, self._memory, self._moment(one, now)),
            )

        found = culprits(sorted(cases), judge)
        self._memory.clear()
        if len(found) == len(cases):  # it is not one of them
            found = []
        together = Thing(kind=_FLEET[0], subject=_FLEET[1], what="what several devices show together")
        self._leave([(device_thing(device), why) for device, why in found] or [(together, error)])

    def _judge_calls(self, now: datetime) -> bool:
        """Hold what was heard of vessels against the manifests on file."""
        if not self._calls.is_time():
            return False
        self._calls.left = {name for kind, name in self._aside.left if kind == "manifest"}
        try:
            with self._stores.database.transaction() as connection:
                if not try_lock(connection, TRACKER_LOCK):
                    return False
                effects = self._calls.judge(connection, now)
                if effects is not None and effects.records:
                    self._stores.leaves.append_records(connection, effects.records)
        except Exception as error:
            if is_outage(error):
                raise
            self._leave_call(error)
            return True
        self._calls.widen()
        return effects is not None

    def _leave_call(self, error: Exception) -> None:
        """Let the next look at port calls be a smaller one, or set aside the manifest that stands alone."""
        alone = self._calls.narrow()
        if alone is None:
            return
        with self._stores.database.transaction() as connection:
            if alone.leaf is not None:
                self._stores.places.put(connection, MANIFESTS_PLACE, str(alone.leaf).encode())
            self._aside.leave(connection, [(alone, error)])

    def _call_officers(self, now: datetime) -> None:
        """Call whoever is next for alerts that nobody has acknowledged."""
        if time.monotonic() < self._calls_at:
            return
        self._calls_at = 0.0 if self._is_eager else time.monotonic() + _CALL_SECONDS
        with self._stores.database.transaction() as connection:
            if try_lock(connection, TRACKER_LOCK) and (records := self._escalation.call(connection, now)):
                self._stores.leaves.append_records(connection, records)

    def _end_looks(self, now: datetime) -> None:
        """Seal the end of looks at the control room that nobody goes on with."""
        if time.monotonic() < self._end_looks_at:
            return
        self._end_looks_at = time.monotonic() + _END_LOOKS_SECONDS
        with self._stores.database.transaction() as connection:
            if records := ended_accesses(self._stores, connection, now):
                self._stores.leaves.append_records(connection, records)

    def _moment(self, connection: Connection, now: datetime) -> Moment:
        """For when is judged: now, but while rows wait no later than the first of them, so that none of them is missed."""
        waits_since = self._batches.waits_since(connection, self._cursor)
        return Moment(self._limits, now, min(now, waits_since) if waits_since is not None else now)

    def _place(self, connection: Connection, name: str) -> int:
        value = self._stores.places.get(connection, name)
        return int(value) if value is not None else 0
