# SPDX-License-Identifier: Apache-2.0
"""The day of the declaration of dossiers from before these days were kept, made from their papers."""

from __future__ import annotations

from typing import Final

from cocket.consignment import summarise
from cocket.pipeline.base.wiring import Stores, open_stores
from cocket.pipeline.consignment.papers import papers_of
from cocket.settings import Settings
from cocket.stores.base.database import Database

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

    One of which no paper can be read any more gets none, and is counted among those without a day.
    """
    done = 0
    while True:
        with stores.database.transaction() as connection:
            rows = connection.execute(
                f"select id from consignment where {_WITHOUT} order by id limit %s for update", (_AT_ONCE,)
            ).fetchall()
            if not rows:
                return done
            papers = papers_of(stores, connection, [row[0] for row in rows])
            days = [summarise(told).day if (told := papers.get(row[0])) else None for row in rows]
            stores.consignments.date_declared(
                connection,
                [
                    (row[0], day.day if day else None, day.basis if day else None)
                    for row, day in zip(rows, days, strict=True)
                ],
            )
        done += len(rows)
