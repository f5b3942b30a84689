# SPDX-License-Identifier: Apache-2.0
"""Declarations that traders fill in by hand, until they are lodged or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.base.database import Connection


class StoredDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as it stands.

    Attributes:
        id: Its id.
        sender: For whom it will be lodged.
        version: Counts its changes from 1.
        changed: When it last changed, UTC.
        content: What was filled in, encrypted and bound to id and sender.
    """

    id: UUID
    sender: str
    version: int
    changed: datetime
    content: bytes


_NAMES = StoredDraft.__struct_fields__
_COLUMNS = ", ".join(_NAMES)


class DeclarationDrafts:
    """Drafts, on a transaction of the caller."""

    def get(self, connection: Connection, draft: UUID, *, to_change: bool = False) -> StoredDraft | None:
        """One draft; None if there is none. `to_change` lets others wait until the transaction ends."""
        lock = " for update" if to_change else ""
        row = connection.execute(f"select {_COLUMNS} from declaration_draft where id = %s{lock}", (draft,)).fetchone()
        return _draft(row) if row else None

    def of_senders(self, connection: Connection, senders: Sequence[str]) -> list[StoredDraft]:
        """Drafts of some senders, last changed first (0..n)."""
        rows = connection.execute(
            f"select {_COLUMNS} from declaration_draft where sender = any(%s) order by changed desc, id",
            (list(senders),),
        )
        return [_draft(row) for row in rows]

    def count(self, connection: Connection, sender: str) -> int:
        """How many drafts a sender has; others that begin one for him wait until the transaction ends."""
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 26))", (sender,))
        row = connection.execute("select count(*) from declaration_draft where sender = %s", (sender,)).fetchone()
        return int(row[0]) if row else 0

    def put(self, connection: Connection, draft: StoredDraft) -> None:
        """Keep a draft, new or changed."""
        connection.execute(
            f"""insert into declaration_draft ({_COLUMNS}) values (%s, %s, %s, %s, %s) on conflict (id) do update set
            version = excluded.version, changed = excluded.changed, content = excluded.content""",
            msgspec.structs.astuple(draft),
        )

    def remove(self, connection: Connection, draft: UUID) -> None:
        """Throw a draft away."""
        connection.execute("delete from declaration_draft where id = %s", (draft,))


def _draft(row: Sequence[object]) -> StoredDraft:
    return StoredDraft(**dict(zip(_NAMES, row, strict=True)))  # type: ignore[arg-type]
