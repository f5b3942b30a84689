# SPDX-License-Identifier: Apache-2.0
"""What devices sent: one row for all that came within a commit interval, read again in order by a cursor.

A row an event would cost a durable commit or an index entry each; a row a batch costs one of both for thousands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
import zstandard

from cocket.stores.database import DEVICE_LOCK, Connection

Proof = Literal["certificate", "key", "none"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Who a message came from.

    Attributes:
        device: Id of the device.
        adapter: What reads its messages.
        topic: Topic or door it came by.
        proof: What it proved its identity by; `none` where its protocol has nothing of the kind.
    """

    device: str
    adapter: str
    topic: str
    proof: Proof


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One message as it came in.

    Attributes:
        source: Who sent it.
        received: When its last byte was here, microseconds since 1970 UTC.
        payload: Its bytes.
    """

    source: Source
    received: int
    payload: bytes


class DeviceMessage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message as it is read again.

    Attributes:
        batch: Row it stands in: the cursor once all of that row is dealt with.
        place: Its place in the row, from 0; (batch, place) never stands for another message.
        source: Who sent it.
        received_at: When its last byte was here, UTC.
        payload: Its bytes, as they came.
    """

    batch: int
    place: int
    source: Source
    received_at: datetime
    payload: bytes


class _Body(msgspec.Struct, frozen=True, array_like=True):
    """The content of a row: sources once each, then messages as (source, µs, payload)."""

    sources: list[Source]
    messages: list[tuple[int, int, bytes]]


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Body).decode

_INSERT = """
insert into device_batch (id, key, stored, messages, content)
select coalesce(max(id), 0) + 1, %s, clock_timestamp(), %s, %b from device_batch
on conflict (key) do nothing
"""


def pack(arrivals: Sequence[Arrival]) -> bytes:
    """The content of a row."""
    numbers: dict[Source, int] = {}
    rows = [(numbers.setdefault(one.source, len(numbers)), one.received, one.payload) for one in arrivals]
    return zstandard.ZstdCompressor(level=1).compress(_ENCODE(_Body(list(numbers), rows)))


class DeviceBatches:
    """The rows, on a transaction of the caller."""

    def append(self, connection: Connection, key: UUID, arrivals: Sequence[Arrival]) -> None:
        """Store a batch. Rows become visible in the order of their ids, also where several processes write.

        Args:
            connection: The transaction; commit it right afterwards, since others wait for its lock.
            key: Of this attempt; a batch whose key is there already is not stored again.
            arrivals: What came (1..n), in order.
        """
        content = pack(arrivals)
        connection.execute("select pg_advisory_xact_lock(%s)", (DEVICE_LOCK,))
        connection.execute(_INSERT, (key, len(arrivals), content))

    def after(self, connection: Connection, cursor: int, most: int) -> list[DeviceMessage]:
        """Messages past a cursor, in the order in which they were stored.

        A reader deals with each exactly once if it keeps the last `batch` in the same transaction as what it makes of
        the messages.

        Args:
            connection: The transaction.
            cursor: Row that was read last (0 for none).
            most: Most rows to read (count).

        Returns:
            All messages of the next rows (0..n).
        """
        rows = connection.execute(
            "select id, content from device_batch where id > %s order by id limit %s", (cursor, most), binary=True
        )
        return [message for number, content in rows for message in _messages(number, content)]

    def hashes(self, connection: Connection, first: int, last: int) -> list[bytes]:
        """SHA-256 of the stored bytes of each row in a range, in order (0..n of 32 bytes)."""
        rows = connection.execute(
            "select sha256(content) from device_batch where id between %s and %s order by id", (first, last)
        )
        return [row[0] for row in rows]

    def newest(self, connection: Connection) -> int:
        """The newest row (0 if there is none)."""
        row = connection.execute("select max(id) from device_batch").fetchone()
        return row[0] if row and row[0] else 0


def _messages(number: int, content: bytes) -> list[DeviceMessage]:
    body = _DECODE(zstandard.ZstdDecompressor().decompress(content))
    return [
        DeviceMessage(
            batch=number,
            place=place,
            source=body.sources[source],
            received_at=_EPOCH + timedelta(microseconds=received),
            payload=payload,
        )
        for place, (source, received, payload) in enumerate(body.messages)
    ]
