# SPDX-License-Identifier: Apache-2.0
"""The leaves of the log, dense from 0, and the one writer of records.

The order in which leaves become visible is their index order: the index is taken as the last act of a transaction
under a lock that is held until it is committed. So a reader that has seen leaf n has seen all before it, and "how far
have I got" is one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from cocket.stores.database import APPEND_LOCK, Connection


class NewLeaf(msgspec.Struct, frozen=True, gc=False):
    """One leaf to append; see `cocket.ledger` for what the fields mean."""

    record: UUID
    kind: str
    at: datetime
    actor: str
    subject: str
    digest: bytes
    nonce: bytes
    seal: bytes
    include_by: datetime


class StoredLeaf(msgspec.Struct, frozen=True, gc=False):
    """One leaf as it stands in the log."""

    index: int
    record: UUID
    kind: str
    at: datetime
    actor: str
    subject: str
    digest: bytes
    nonce: bytes
    seal: bytes
    include_by: datetime
    is_degraded: bool


class NewRecord(msgspec.Struct, frozen=True):
    """Something other than a message that is sealed: an assessment, a look, an override, a result.

    Attributes:
        leaf: Its leaf.
        about: Consignment or message it is about; None if about none.
        body: The sealed bytes (JSON).
    """

    leaf: NewLeaf
    about: UUID | None
    body: bytes


_APPEND = """
insert into leaf (idx, record, kind, at, actor, subject, digest, nonce, seal, include_by, is_degraded)
select (select coalesce(max(idx), -1) from leaf) + n, record, kind, at, actor, subject, digest, nonce, seal, include_by, %s
from unnest(%b::uuid[], %b::text[], %b::timestamptz[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[],
            %b::timestamptz[]) with ordinality as new (record, kind, at, actor, subject, digest, nonce, seal, include_by, n)
returning idx
"""

_COLUMNS = "idx, record, kind, at, actor, subject, digest, nonce, seal, include_by, is_degraded"


class Leaves:
    """Appending and reading leaves and records, on a transaction of the caller."""

    def append(self, connection: Connection, leaves: Sequence[NewLeaf], *, is_degraded: bool = False) -> range:
        """Append leaves as the last act of a transaction.

        Args:
            connection: The transaction; nothing but its commit may follow.
            leaves: What to append, in order (0..n).
            is_degraded: Whether the promise is marked as given while the book lags.

        Returns:
            The indexes taken, in the order of `leaves`.
        """
        if not leaves:
            return range(0)
        columns = list(zip(*(msgspec.structs.astuple(leaf) for leaf in leaves), strict=True))
        with connection.pipeline():
            # A statement of its own: the next one must see the leaves of whoever held the lock before.
            connection.execute("select pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
            cursor = connection.execute(_APPEND, (is_degraded, *(list(column) for column in columns)))
        first = min(row[0] for row in cursor.fetchall())
        return range(first, first + len(leaves))

    def append_records(
        self, connection: Connection, records: Sequence[NewRecord], *, is_degraded: bool = False
    ) -> range:
        """Write records and append their leaves, as the last act of a transaction.

        Returns:
            The indexes taken, in the order of `records`.
        """
        if not records:
            return range(0)
        with (
            connection.cursor() as cursor,
            cursor.copy("copy record (id, kind, at, actor, subject, about, body) from stdin (format binary)") as copy,
        ):
            copy.set_types(["uuid", "text", "timestamptz", "text", "text", "uuid", "bytea"])
            for new in records:
                leaf = new.leaf
                copy.write_row((leaf.record, leaf.kind, leaf.at, leaf.actor, leaf.subject, new.about, new.body))
        return self.append(connection, [new.leaf for new in records], is_degraded=is_degraded)

    def size(self, connection: Connection) -> int:
        """How many leaves the log has."""
        row = connection.execute("select coalesce(max(idx), -1) + 1 from leaf").fetchone()
        return int(row[0]) if row else 0

    def of_record(self, connection: Connection, record: UUID) -> StoredLeaf | None:
        """The leaf of one message or record; None if there is none."""
        row = connection.execute(f"select {_COLUMNS} from leaf where record = %s", (record,)).fetchone()
        return StoredLeaf(*row) if row else None

    def seals(self, connection: Connection, start: int, limit: int) -> list[bytes]:
        """Commitments from one index on, in order (0..limit)."""
        rows = connection.execute(
            "select seal from leaf where idx >= %s order by idx limit %s", (start, limit), binary=True
        )
        return [row[0] for row in rows]

    def records_about(self, connection: Connection, about: UUID) -> list[tuple[StoredLeaf, bytes]]:
        """Records about one consignment or message with their leaves, oldest first (0..n)."""
        names = ", ".join(f"l.{name}" for name in _COLUMNS.split(", "))
        rows = connection.execute(
            f"select {names}, r.body from record r join leaf l on l.record = r.id where r.about = %s order by l.idx",
            (about,),
        )
        return [(StoredLeaf(*row[:-1]), row[-1]) for row in rows]

    def records_between(
        self, connection: Connection, first: int, last: int, kinds: Sequence[str]
    ) -> list[tuple[StoredLeaf, bytes]]:
        """Records of some kinds among a range of leaves, in index order (0..n)."""
        names = ", ".join(f"l.{name}" for name in _COLUMNS.split(", "))
        rows = connection.execute(
            f"""select {names}, r.body from leaf l join record r on r.id = l.record
            where l.idx between %s and %s and l.kind = any(%s) order by l.idx""",
            (first, last, list(kinds)),
        )
        return [(StoredLeaf(*row[:-1]), row[-1]) for row in rows]

    def body(self, connection: Connection, record: UUID) -> bytes | None:
        """The sealed bytes of one record; None if there is none."""
        row = connection.execute("select body from record where id = %s", (record,)).fetchone()
        return row[0] if row else None

    def newest_head(self, connection: Connection, log: str) -> tuple[int, bytes] | None:
        """Size and root of the newest head of a log; None if it has none yet."""
        row = connection.execute(
            "select size, root from heads where log = %s order by size desc limit 1", (log,)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def add_head(self, connection: Connection, log: str, size: int, root: bytes, at: datetime) -> bytes:
        """Commit to the root of one size, once and for all.

        Returns:
            The root that stands for that size: the one given, or an earlier one if there was.
        """
        connection.execute(
            "insert into heads (log, size, root, at) values (%s, %s, %s, %s) on conflict do nothing",
            (log, size, root, at),
        )
        row = connection.execute("select root from heads where log = %s and size = %s", (log, size)).fetchone()
        return row[0] if row else root
