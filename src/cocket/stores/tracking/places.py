# SPDX-License-Identifier: Apache-2.0
"""Geofences and corridors of the house: the newest wording of each counts, earlier ones stay on file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from cocket.stores.base.database import Connection

Kind = Literal["geofence", "corridor"]


class StoredPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One wording of a geofence or corridor.

    Attributes:
        kind: Which of them.
        name: Its name; one of each kind.
        version: 1 for the first wording, counting up.
        is_retired: Whether it is no longer offered.
        office: Office that keeps it; None for all.
        changed: When this wording was made, UTC.
        changed_by: By whom.
        body: JSON.
    """

    kind: Kind
    name: str
    version: int
    is_retired: bool
    office: str | None
    changed: datetime
    changed_by: str
    body: bytes


_COLUMNS = ", ".join(StoredPlace.__struct_fields__)


class PlaceStore:
    """Geofences and corridors, on a transaction of the caller."""

    def put(self, connection: Connection, place: StoredPlace) -> None:
        """Keep a wording."""
        connection.execute(
            f"insert into laid_down ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            msgspec.structs.astuple(place),
        )

    def newest(self, connection: Connection, kind: Kind, *, with_retired: bool = False) -> list[StoredPlace]:
        """The newest wording of each, by name (0..n)."""
        rows = connection.execute(
            f"""select * from (select distinct on (name) {_COLUMNS} from laid_down where kind = %s
            order by name, version desc) newest where %s or not is_retired order by name""",
            (kind, with_retired),
        )
        return [_place(row) for row in rows]

    def versions(self, connection: Connection, kind: Kind, name: str) -> list[StoredPlace]:
        """All wordings of one, oldest first; nobody else may add one until the transaction ends."""
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", (f"{kind}/{name}",))
        rows = connection.execute(
            f"select {_COLUMNS} from laid_down where kind = %s and name = %s order by version", (kind, name)
        )
        return [_place(row) for row in rows]


def _place(row: Sequence[object]) -> StoredPlace:
    return StoredPlace(**dict(zip(StoredPlace.__struct_fields__, row, strict=True)))  # type: ignore[arg-type]
