# SPDX-License-Identifier: Apache-2.0
"""The day of the declaration of dossiers from before these days were kept, made from their papers."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cocket.consignment import Paper, summarise
from cocket.errors import CocketError
from cocket.pipeline.base.wiring import Stores, open_stores
from cocket.pipeline.consignment.papers import papers_of
from cocket.settings import Settings
from cocket.stores.base.database import Connection, Database

#: Dossiers read at once (count).
_AT_ONCE: Final = 500

_WITHOUT: Final = "day_mac is null and is_declared"


def ensure_days(settings: Settings, dsn: str) -> None:
    """See that declared dossiers of a database from before have their days; quick where they do."""
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            row = connection.execute(f"select exists (select from consignment where {_WITHOUT})").fetchone()
    finally:
        database.close()
    if row and row[0]:
        stores = open_stores(settings, dsn)
        try:
            fill_days(stores)
        finally:
            stores.database.close()


def fill_days(stores: Stores) -> int:
    """Make the days of every declared dossier that has none; how many these were (count).

    One of which no paper can be read any more, or one was altered, gets none, and is counted among those without a day: it
    must not keep the others from theirs, nor the instance from starting.
    """
    done = 0
    while True:
        with stores.database.transaction() as connection:
            rows = connection.execute(
                f"select id from consignment where {_WITHOUT} order by id limit %s for update", (_AT_ONCE,)
            ).fetchall()
            if not rows:
                return done
            papers = _papers(stores, connection, [row[0] for row in rows])
            days = [summarise(told).day if (told := papers.get(row[0])) else None for row in rows]
            stores.consignments.date_declared(
                connection,
                [
                    (row[0], day.day if day else None, day.basis if day else None)
                    for row, day in zip(rows, days, strict=True)
                ],
            )
        done += len(rows)


def _papers(stores: Stores, connection: Connection, consignments: list[UUID]) -> dict[UUID, tuple[Paper, ...]]:
    """Papers of dossiers; of those whose papers were altered none. What fails for another reason fails again when days are kept."""
    try:
        return papers_of(stores, connection, consignments)
    except CocketError:
        if len(consignments) == 1:
            return {}
    return {key: papers for one in consignments for key, papers in _papers(stores, connection, [one]).items()}
