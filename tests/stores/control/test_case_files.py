# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from cocket.stores import CaseFiles, Database
from cocket.stores.control.case_files import StoredCaseFile
from tests.postgres import shared_database

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
FILES = CaseFiles()


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database(shared_database(), row_key=b"r" * 32)
    opened.migrate()
    yield opened
    opened.close()


def file(number: int, **fields: object) -> StoredCaseFile:
    at = NOON + timedelta(hours=number)
    whole = {"id": UUID(int=number), "kind": "audit", "state": "open", "opened": at, "changed": at, "body": b"{}"}
    return msgspec.convert({**whole, **fields}, StoredCaseFile)


def test_a_file_comes_back_as_it_was_put_and_as_it_was_changed(database: Database) -> None:
    first = file(1, office="XA1", consignment=UUID(int=9))
    with database.transaction() as connection:
        FILES.put(connection, first)
        assert FILES.get(connection, first.id) == first
        changed = msgspec.structs.replace(first, state="closed", body=b'{"a":1}')
        FILES.put(connection, changed)
        assert FILES.get(connection, first.id, to_change=True) == changed
        assert FILES.of_consignment(connection, UUID(int=9)) == [changed]
        assert FILES.get(connection, UUID(int=404)) is None


def test_files_are_listed_by_kind_state_and_office_last_changed_first(database: Database) -> None:
    with database.transaction() as connection:
        for one in (file(1, office="XA1"), file(2, state="closed", office="XA2"), file(3, kind="standing")):
            FILES.put(connection, one)
        numbers = [one.id.int for one in FILES.of_kind(connection, "audit")]
        assert numbers == [2, 1]
        assert [one.id.int for one in FILES.of_kind(connection, "audit", ["open"])] == [1]
        assert [one.id.int for one in FILES.of_kind(connection, "audit", (), ["XA2"])] == [2]


def test_a_file_is_found_by_the_names_it_was_last_given(database: Database) -> None:
    trader, box, other = ("trader", "123"), ("equipment", "TSTU8208494"), ("trader", "9")
    with database.transaction() as connection:
        FILES.put(connection, file(1), [trader, box, trader])
        FILES.put(connection, file(2), [trader])
        FILES.put(connection, file(3, kind="standing"), [trader])
        found = FILES.found_by(connection, "audit", [trader, box, other])
        assert {key: [one.id.int for one in files] for key, files in found.items()} == {trader: [1, 2], box: [1]}
        FILES.put(connection, file(1), [box])
        assert [one.id.int for one in FILES.found_by(connection, "audit", [trader])[trader]] == [2]
        assert FILES.found_by(connection, "audit", []) == {}
