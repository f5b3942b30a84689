# SPDX-License-Identifier: Apache-2.0
"""What the tracker does about messages and devices that it cannot work on: sets them aside, and knows what it left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from cocket.errors import CocketError
from cocket.pipeline.base.ids import new_id
from cocket.pipeline.base.set_aside import (
    ALIKE,
    SET_ASIDE,
    WORKED,
    Thing,
    content_of,
    culprits,
    put_aside,
    reason_of,
    seal,
    standstill,
)
from cocket.pipeline.base.wiring import Stores
from cocket.stores.base.database import Connection
from cocket.stores.base.set_aside import StoredSetAside
from cocket.stores.tracking.device_batches import Arrival, DeviceBatches, DeviceMessage, Source

#: Names of the roles.
TRACKER: Final = "tracker"
INGRESS: Final = "ingress"

#: How often it is looked for what an operator wants tried again, and for what the doors set aside (seconds).
_LOOK_SECONDS = 1.0

#: Rows before and after that are looked through for messages that show whether anything works, and how many (counts).
_ROWS, _CONTROLS = 16, 12

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UndoneError(CocketError):
    """Work that was only tried is undone."""

    code = "undone"


class EndpointContent(msgspec.Struct, frozen=True, array_like=True):
    """A message of a device as the doors set it aside: source, received (µs since 1970), bytes."""

    source: Source
    received: int
    payload: bytes


class TrackerAside:
    """Setting aside, for one tracker.

    Args:
        shelves: The stores.

    Attributes:
        left: Devices, and work on several, that are left until they are tried again: pairs of kind and name.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._look_at = 0.0
        self.left: set[tuple[str, str]] = set()

    def open(self, connection: Connection) -> None:
        """Know again what was left."""
        rows = self._stores.set_aside.of_role(connection, TRACKER, ("waiting",))
        self.left = {(row.kind, row.subject) for row in rows}

    def leave(self, connection: Connection, things: Sequence[tuple[Thing, Exception]]) -> None:
        """Set things aside, as the last act of a transaction."""
        records = [put_aside(connection, self._stores.sealer, TRACKER, thing, error) for thing, error in things]
        self._stores.leaves.append_records(connection, records)
        self.left |= {(thing.kind, thing.subject) for thing, _ in things}

    def check(
        self,
        found: Sequence[tuple[DeviceMessage, Exception]],
        count: int,
        cursor: int,
        rehearse: Callable[[Sequence[DeviceMessage]], object],
    ) -> None:
        """See that messages can be taken in at all, where none of a row can.

        Args:
            found: Messages of a row that fail alone.
            count: Messages of the row.
            cursor: The row before.
            rehearse: Takes some in, and undoes it.

        Raises:
            StandstillError: Nothing can, and all fails alike.
        """
        marks = {reason_of(error).mark for _, error in found}
        if len(found) < count or len(marks) > 1:
            return
        with self._stores.database.transaction() as connection:
            around = DeviceBatches().after(connection, max(0, cursor - _ROWS), 2 * _ROWS)
        failing = {message.source.device for message, _ in found}
        row = found[0][0].batch
        others = [one for one in around if one.batch != row]
        of_device: Counter[str] = Counter()
        ranks = []
        for one in others:
            ranks.append((one.source.device in failing, of_device[one.source.device]))
            of_device[one.source.device] += 1
        in_order = sorted(zip(ranks, range(len(others)), strict=True))
        controls = [others[place] for _, place in in_order[:_CONTROLS]]
        bad = culprits(controls, rehearse)
        alike = all(reason_of(error).mark in marks for _, error in bad)
        if len(bad) == len(controls) and alike and len(found) + len(bad) >= ALIKE:
            raise standstill(TRACKER, found[0][1])

    def wanted(self) -> list[StoredSetAside]:
        """What an operator wants tried again (0..n); looked for once in a while."""
        if time.monotonic() < self._look_at:
            return []
        self._look_at = time.monotonic() + _LOOK_SECONDS
        with self._stores.database.transaction() as connection:
            shelf = self._stores.set_aside
            self._seal_of_doors(connection)
            return [row for role in (TRACKER, INGRESS) for row in shelf.of_role(connection, role, ("retrying",), 20)]

    def worked(self, connection: Connection, row: StoredSetAside) -> None:
        """Note that a thing went through after all, as the last act of a transaction."""
        record = seal(self._stores.sealer, WORKED, TRACKER, row, "It was retried and succeeded.")
        self._stores.set_aside.change(connection, row.id, "worked", record.leaf.record, datetime.now(UTC))
        self._stores.leaves.append_records(connection, [record])
        self.left.discard((row.kind, row.subject))

    def again(self, row: StoredSetAside, error: Exception) -> None:
        """Set aside anew what failed again."""
        with self._stores.database.transaction() as connection:
            before = self._stores.leaves.body(connection, row.record) if row.record else None
            content = content_of(before)
            thing = Thing(kind=row.kind, subject=row.subject, what=row.what, content=content)
            record = put_aside(connection, self._stores.sealer, row.role, thing, error)
            self._stores.leaves.append_records(connection, [record])
        if row.role == TRACKER:
            self.left.add((row.kind, row.subject))

    def message_of(self, connection: Connection, row: StoredSetAside) -> DeviceMessage | None:
        """The message of a device that was set aside; None if it is not there any more."""
        if row.role == INGRESS:
            return self._message_of_door(connection, row)
        batch, _, place = row.subject.rpartition(" ")[2].partition("/")
        found = DeviceBatches().after(connection, int(batch) - 1, 1)
        return next((one for one in found if one.batch == int(batch) and one.place == int(place)), None)

    def put_back(self, connection: Connection, message: DeviceMessage) -> None:
        """Put a message before the tracker again, in a row of its own."""
        received = (message.received_at - _EPOCH) // timedelta(microseconds=1)
        DeviceBatches().append(connection, new_id(), [Arrival(message.source, received, message.payload)])

    def _message_of_door(self, connection: Connection, row: StoredSetAside) -> DeviceMessage | None:
        found = self._stores.leaves.body(connection, row.record) if row.record else None
        content = content_of(found)
        if content is None:
            return None
        kept = msgspec.msgpack.decode(content, type=EndpointContent)
        at = _EPOCH + timedelta(microseconds=kept.received)
        return DeviceMessage(batch=0, place=0, source=kept.source, received_at=at, payload=kept.payload)

    def _seal_of_doors(self, connection: Connection) -> None:
        """Seal what the doors for devices set aside, which have no key for that."""
        records = []
        for row in self._stores.set_aside.unsealed(connection, INGRESS):
            records.append(seal(self._stores.sealer, SET_ASIDE, INGRESS, row, row.reason))
            self._stores.set_aside.sealed(connection, row.id, records[-1].leaf.record)
        self._stores.leaves.append_records(connection, records)


def message_thing(message: DeviceMessage) -> Thing:
    """A message of a device, as a thing to set aside."""
    device = message.source.device
    return Thing(
        kind="device-message",
        subject=f"{device} {message.batch}/{message.place}",
        what=f"message {message.place} of row {message.batch}, from device {device}",
    )


def row_thing(row: int) -> Thing:
    """A row of the doors that cannot be read at all."""
    return Thing(kind="device-row", subject=str(row), what=f"row {row} of the device endpoints, which cannot be read")


def device_thing(device: str) -> Thing:
    """A device that cannot be judged."""
    return Thing(kind="device", subject=device, what=f"device {device}, which cannot be evaluated")
