# SPDX-License-Identifier: Apache-2.0
"""What devices sent: one row for all that came within a commit interval, read again in order by a cursor.

A row an event would cost a durable commit or an index entry each; a row a batch costs one of both for thousands.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec
import zstandard

from cocket.stores.base.database import DEVICE_LOCK, Connection, check_written

#: Most rows that are read at once (count); what a device told of them is kept under the last.
MOST_ROWS = 64

Proof = Literal["certificate", "key", "none"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Who a message came from.

    Attributes:
        device: Id of the device.
        adapter: Adapter that reads its messages.
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
    """The content of a row: sources once each, then messages as (source, µs, payload).

    Attributes:
        sources: Who sent; one that was erased is `_NOBODY`.
        messages: What came, in order; of one that was erased nothing but its place.
        secret: What blinds the commitments of the sources (16 bytes); empty in rows of an earlier form, and once
            something was erased.
        nonces: Once something was erased: nonces of the sources that are left.
        erased: Commitments of the sources that were erased.
    """

    sources: list[Source]
    messages: list[tuple[int, int, bytes]]
    secret: bytes = b""
    nonces: dict[int, bytes] = {}
    erased: dict[int, bytes] = {}


_NOBODY = Source("", "", "", "none")

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
    return _pack(_Body(list(numbers), rows, secrets.token_bytes(16)))


def row_hash(content: bytes) -> bytes:
    """What is sealed of a row: the hash over a commitment for each of its sources (32 bytes).

    It stays the same when all that one source sent is erased: the commitment is kept in its stead, and nobody can open
    it; what others sent in the same row can still be shown to be what came. A row of an earlier form has the SHA-256 of
    its stored bytes.
    """
    body = _unpack(content)
    if not (body.secret or body.nonces or body.erased):
        return sha256(content).digest()
    return sha256(b"cocket device row\0" + b"".join(_commits(body))).digest()


def without(content: bytes, devices: Collection[str]) -> tuple[bytes, int]:
    """A row without what some devices sent, and how many messages that were (count)."""
    body = _unpack(content)
    gone = {number for number, source in enumerate(body.sources) if source.device in devices}
    count = sum(source in gone for source, _, _ in body.messages)
    kept = set(range(len(body.sources))) - gone - body.erased.keys()
    is_blinded = bool(body.secret or body.nonces)
    commits = _commits(body)
    emptied = _Body(
        [_NOBODY if number in gone else source for number, source in enumerate(body.sources)],
        [(source, 0, b"") if source in gone else (source, at, payload) for source, at, payload in body.messages],
        nonces={number: _nonce(body, number) for number in kept} if is_blinded else {},
        erased={**body.erased, **{number: commits[number] if is_blinded else b"" for number in gone}},
    )
    return _pack(emptied), count


def _commits(body: _Body) -> list[bytes]:
    """The commitment of each source to all that it sent in the row (32 bytes each)."""
    told: list[list[tuple[int, bytes]]] = [[] for _ in body.sources]
    for source, at, payload in body.messages:
        told[source].append((at, payload))
    return [
        body.erased.get(number) or hmac.digest(_nonce(body, number), _ENCODE([source, told[number]]), "sha256")
        for number, source in enumerate(body.sources)
    ]


def _nonce(body: _Body, number: int) -> bytes:
    return body.nonces.get(number) or hmac.digest(body.secret, number.to_bytes(4, "big"), "sha256")


def _pack(body: _Body) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(_ENCODE(body))


def _unpack(content: bytes) -> _Body:
    return _DECODE(zstandard.ZstdDecompressor().decompress(content))


class DeviceBatches:
    """The rows, on a transaction of the caller."""

    def append(self, connection: Connection, key: UUID, arrivals: Sequence[Arrival]) -> None:
        """Store a batch. Rows become visible in the order of their ids, also where several processes write.

        Args:
            connection: The transaction; commit it right afterwards, since others wait for its lock.
            key: Of this attempt; a batch whose key is there already is not stored again.
            arrivals: What came (1..n), in order.

        Raises:
            StoreError: The database did not store it, and said that it was done.
        """
        content = pack(arrivals)
        connection.execute("select pg_advisory_xact_lock(%s)", (DEVICE_LOCK,))
        if not connection.execute(_INSERT, (key, len(arrivals), content)).rowcount:
            there = connection.execute("select count(*) from device_batch where key = %s", (key,)).fetchone()
            check_written("device_batch", 1, there[0] if there else 0)

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

    def waits_since(self, connection: Connection, cursor: int) -> datetime | None:
        """When the first row past a cursor was stored (UTC); None if there is none."""
        row = connection.execute(
            "select stored from device_batch where id > %s order by id limit 1", (cursor,)
        ).fetchone()
        return row[0] if row else None

    def hashes(self, connection: Connection, first: int, last: int) -> list[bytes]:
        """What is sealed of each row in a range, in order (0..n of 32 bytes): as `row_hash`, whatever was erased since."""
        rows = connection.execute(
            "select hash, content from device_batch where id between %s and %s order by id", (first, last), binary=True
        )
        return [known or row_hash(content) for known, content in rows]

    def erase(self, connection: Connection, wanted: Iterable[tuple[str, int, int]]) -> tuple[list[int], int]:
        """Remove what devices sent from rows; what is sealed of them stays as it was.

        Args:
            connection: The transaction.
            wanted: Device, first row and last row (0..n).

        Returns:
            Rows that were changed, in order, and messages that were removed (count).
        """
        devices: dict[int, set[str]] = {}
        for device, first, last in wanted:
            for (number,) in connection.execute(
                "select id from device_batch where id between %s and %s", (first, last)
            ):
                devices.setdefault(number, set()).add(device)
        changed, removed = [], 0
        for number, names in sorted(devices.items()):
            row = connection.execute(
                "select hash, content from device_batch where id = %s for update", (number,), binary=True
            ).fetchone()
            known, content = row or (None, b"")
            emptied, count = without(content, names) if content else (b"", 0)
            if not count:
                continue
            sealed = known or row_hash(content)
            kept = None if row_hash(emptied) == sealed else sealed
            connection.execute("update device_batch set content = %b, hash = %b where id = %s", (emptied, kept, number))
            changed.append(number)
            removed += count
        return changed, removed

    def newest(self, connection: Connection) -> int:
        """The newest row (0 if there is none)."""
        row = connection.execute("select max(id) from device_batch").fetchone()
        return row[0] if row and row[0] else 0


def _messages(number: int, content: bytes) -> list[DeviceMessage]:
    body = _unpack(content)
    return [
        DeviceMessage(
            batch=number,
            place=place,
            source=body.sources[source],
            received_at=_EPOCH + timedelta(microseconds=received),
            payload=payload,
        )
        for place, (source, received, payload) in enumerate(body.messages)
        if source not in body.erased
    ]
