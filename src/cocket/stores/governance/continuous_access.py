# SPDX-License-Identifier: Apache-2.0
"""Looks that last: at a page that refreshes itself, from its opening until it is asked for no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from cocket.stores.base.database import Connection


class StoredWatch(msgspec.Struct, frozen=True, kw_only=True):
    """A look that lasts.

    Attributes:
        who: Key or officer.
        what: What is shown, such as `positions`.
        purpose: For what.
        roles: In which roles.
        began: When it began (UTC).
        last: When it was last given something (UTC).
        spans: JSON: id of each thing shown to when it was shown first and last.
    """

    who: str
    what: str
    purpose: str
    roles: list[str]
    began: datetime
    last: datetime
    spans: bytes


_NAMES = StoredWatch.__struct_fields__
_COLUMNS = ", ".join(_NAMES)


class Watches:
    """Looks that last, on a transaction of the caller."""

    def get(self, connection: Connection, who: str, what: str, purpose: str) -> StoredWatch | None:
        """A look that goes on; None if there is none. Others wait until the transaction ends, also where there is none."""
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 8))", (f"{who}\n{what}\n{purpose}",))
        row = connection.execute(
            f"select {_COLUMNS} from watch where who = %s and what = %s and purpose = %s", (who, what, purpose)
        ).fetchone()
        return _watch(row) if row else None

    def put(self, connection: Connection, watch: StoredWatch) -> None:
        """Keep a look as it has become."""
        marks = ", ".join(["%s"] * len(_NAMES))
        connection.execute(
            f"""insert into watch ({_COLUMNS}) values ({marks}) on conflict (who, what, purpose) do update set
            roles = excluded.roles, began = excluded.began, last = excluded.last, spans = excluded.spans""",
            msgspec.structs.astuple(watch),
        )

    def remove(self, connection: Connection, watch: StoredWatch) -> None:
        """Remove a look that has ended."""
        connection.execute(
            "delete from watch where who = %s and what = %s and purpose = %s", (watch.who, watch.what, watch.purpose)
        )

    def take_ended(self, connection: Connection, last_before: datetime) -> list[StoredWatch]:
        """Remove looks that were last given something before a moment, and give them, those longest ended first (0..n)."""
        rows = connection.execute(
            f"""delete from watch where (who, what, purpose) in (select who, what, purpose from watch where last < %s
            order by last for update skip locked) returning {_COLUMNS}""",
            (last_before,),
        )
        return sorted((_watch(row) for row in rows), key=lambda watch: watch.last)


def _watch(row: Sequence[object]) -> StoredWatch:
    return StoredWatch(**dict(zip(_NAMES, row, strict=True)))  # type: ignore[arg-type]
