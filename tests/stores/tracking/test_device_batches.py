# SPDX-License-Identifier: Apache-2.0
"""Rows of device messages: in one order for every reader, each batch once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from cocket.stores import Database
from cocket.stores.tracking.device_batches import Arrival, DeviceBatches, DeviceMessage, Source
from tests.houses import _template
from tests.postgres import shared_database

ONE = Source("one", "eseal", "iot/one/telemetry", "certificate")
TWO = Source("two", "jt808", "iot/two/telemetry", "none")
MOMENT = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)
MICROSECONDS = int(MOMENT.timestamp()) * 1_000_000 + 123456


@pytest.fixture
def database() -> Iterator[Database]:
    found = Database(shared_database(_template()), size=8)
    yield found
    found.close()


def append(database: Database, *payloads: bytes, source: Source = ONE) -> None:
    with database.transaction() as connection:
        DeviceBatches().append(connection, uuid4(), [Arrival(source, MICROSECONDS, payload) for payload in payloads])


def after(database: Database, cursor: int, most: int = 100) -> list[DeviceMessage]:
    with database.transaction() as connection:
        return DeviceBatches().after(connection, cursor, most)


def test_messages_come_back_as_they_came(database: Database) -> None:
    arrivals = [
        Arrival(ONE, MICROSECONDS, bytes(range(256))),
        Arrival(TWO, MICROSECONDS + 5, b""),
        Arrival(ONE, 0, b"x"),
    ]
    with database.transaction() as connection:
        DeviceBatches().append(connection, uuid4(), arrivals)
    found = after(database, 0)
    assert [one.payload for one in found] == [bytes(range(256)), b"", b"x"]
    assert [one.source for one in found] == [ONE, TWO, ONE]
    assert [(one.batch, one.place) for one in found] == [(1, 0), (1, 1), (1, 2)]
    assert found[0].received_at == MOMENT


def test_the_same_attempt_is_kept_once(database: Database) -> None:
    key = uuid4()
    for _ in range(2):
        with database.transaction() as connection:
            DeviceBatches().append(connection, key, [Arrival(ONE, 0, b"once")])
    assert [one.payload for one in after(database, 0)] == [b"once"]


def test_a_reader_goes_on_from_its_cursor(database: Database) -> None:
    for number in range(5):
        append(database, b"%d" % number)
    first = after(database, 0, most=2)
    assert [one.payload for one in first] == [b"0", b"1"]
    assert [one.payload for one in after(database, first[-1].batch)] == [b"2", b"3", b"4"]
    assert after(database, 5) == []
    with database.transaction() as connection:
        assert DeviceBatches().newest(connection) == 5


def test_a_reader_beside_several_writers_misses_nothing(database: Database) -> None:
    def write(writer: int) -> None:
        for number in range(40):
            append(database, b"%d-%d" % (writer, number))

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for one in writers:
        one.start()
    seen: list[bytes] = []
    cursor = 0
    while any(one.is_alive() for one in writers) or after(database, cursor, 1):
        for message in after(database, cursor, 3):
            assert message.batch in (cursor, cursor + 1)
            cursor = message.batch
            seen.append(message.payload)
    assert len(seen) == len(set(seen)) == 160
    for writer in range(4):
        mine = [one for one in seen if one.startswith(b"%d-" % writer)]
        assert mine == [b"%d-%d" % (writer, number) for number in range(40)]


def test_many_messages_take_little_room(database: Database) -> None:
    append(database, *(b'{"device":"one","seq":%d,"lat":-1.28,"lon":36.82}' % number for number in range(500)))
    with database.transaction() as connection:
        row = connection.execute("select messages, length(content) from device_batch").fetchone()
    assert row is not None
    assert row[0] == 500
    assert row[1] < 500 * 49 / 4
