# SPDX-License-Identifier: Apache-2.0
"""The days of the keys of dossiers from before these days were kept, made from their papers."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cocket.pipeline.base.wiring import Stores, open_stores
from cocket.pipeline.consignment.filed_claims import uses_of
from cocket.settings import Settings
from cocket.stores.base.database import Database

#: Where the database keeps that dossiers from before have their days.
_PLACE: Final = "link/days"

#: Dossiers read at once (count).
_AT_ONCE: Final = 500


def ensure_key_days(settings: Settings, dsn: str) -> None:
    """See that the keys of dossiers of a database from before have their days; quick where they do."""
    database = Database(dsn)
    try:
        with database.transaction() as connection:
            row = connection.execute("select exists (select from place where name = %s)", (_PLACE,)).fetchone()
    finally:
        database.close()
    if row and not row[0]:
        stores = open_stores(settings, dsn)
        try:
            fill_key_days(stores)
        finally:
            stores.database.close()


def fill_key_days(stores: Stores) -> int:
    """Note the days of the keys of every dossier, and that this was done; how many dossiers there are (count).

    No dossier is parted by it: what was joined stays joined, and bears its numbers from the first to the last of its days.
    Keys that only papers bear which cannot be read keep no day, so that time does not part them.
    """
    after, done = UUID(int=0), 0
    while True:
        with stores.database.transaction() as connection:
            rows = connection.execute(
                "select id from consignment where id > %s and merged_into is null order by id limit %s",
                (after, _AT_ONCE),
            ).fetchall()
            if not rows:
                stores.places.put(connection, _PLACE, b"1")
                return done
            ids = [row[0] for row in rows]
            uses, _ = uses_of(stores, connection, ids)
            stores.consignments.add_keys(
                connection,
                [
                    (dossier, pair, is_strong, use.first, use.last)
                    for dossier, keys in uses.items()
                    for pair, (is_strong, use) in keys.items()
                ],
            )
        after, done = ids[-1], done + len(ids)
