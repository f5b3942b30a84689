# SPDX-License-Identifier: Apache-2.0
"""Which backups were made, as the database remembers it; a restored database knows those before its own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection


class MadeBackup(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was finished.

    Attributes:
        id: Of the record that seals it.
        at: When it was finished, UTC.
        leaves: Leaves of the book that it holds at least (count).
        size_bytes: Its size.
        kind: How the database is in it: `files`, `dump`, or `elsewhere` where others back the database up.
        place: Where it was put, as the operator named it.
        digest: SHA-256 of its manifest (32 bytes).
    """

    id: UUID
    at: datetime
    leaves: int
    size_bytes: int
    kind: str
    place: str
    digest: bytes


_COLUMNS = ", ".join(MadeBackup.__struct_fields__)


def newest(connection: Connection) -> MadeBackup | None:
    """The newest backup; None if none was ever finished."""
    row = connection.execute(f"select {_COLUMNS} from backup order by at desc limit 1").fetchone()
    return MadeBackup(**dict(zip(MadeBackup.__struct_fields__, row, strict=True))) if row else None


def remember(connection: Connection, made: MadeBackup) -> None:
    """Remember a backup."""
    connection.execute(
        f"insert into backup ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s)", msgspec.structs.astuple(made)
    )
