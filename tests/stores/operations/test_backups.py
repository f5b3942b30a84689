# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from cocket.stores import Database
from cocket.stores.operations import backups
from tests.postgres import shared_database


def test_the_newest_backup_is_found_and_none_before_the_first() -> None:
    database = Database(shared_database())
    database.migrate()
    with database.transaction() as connection:
        assert backups.newest(connection) is None
        made = [
            backups.MadeBackup(
                id=uuid4(),
                at=datetime(2026, 11, day, tzinfo=UTC),
                leaves=day,
                size_bytes=7,
                kind="files",
                place="/backup",
                digest=bytes(32),
            )
            for day in (2, 3, 1)
        ]
        for one in made:
            backups.remember(connection, one)
        assert backups.newest(connection) == made[1]
    database.close()
