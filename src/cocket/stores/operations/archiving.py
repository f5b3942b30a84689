# SPDX-License-Identifier: Apache-2.0
"""Bodies of advice and contents of messages of a month, as archiving reads and removes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from cocket.errors import StoreError
from cocket.stores.base.database import Connection
from cocket.stores.base.record_months import BODIES, BY_MONTH, Month, parts
from cocket.stores.ledger.archive_files import ArchivedBody, ArchivePart, What

#: Bodies of before that are emptied in one transaction (count).
_AT_ONCE = 2_000

#: How long removing a table waits for those that read (milliseconds); it can be tried again.
_PATIENCE_MS = 5_000

#: What of a month is archived → the rows that it is of, where it stood before the tables of months, and which rows those are.
_ROWS: Final[dict[What, tuple[str, str, str]]] = {
    "advice": ("record", "body", "r.kind = any(%(kinds)s)"),
    "messages": ("message", "content", "true"),
}

#: Bodies of a range of ids that are in the database, under a key.
_OF: Final = {
    what: f"""from {table} r join leaf l on l.record = r.id
left join record_body b on b.id = r.id and b.id >= %(first)s and b.id < %(end)s
where r.id >= %(first)s and r.id < %(end)s and {which} and l.key is not null
and (r.{column} is not null or b.id is not null)"""
    for what, (table, column, which) in _ROWS.items()
}


class ArchiveRows:
    """Rows of a month, on a transaction of the caller."""

    def oldest(self, connection: Connection) -> UUID | None:
        """Id of the oldest record or message of which something goes by month; None if there is none."""
        found = []
        for table, _, which in _ROWS.values():
            rows = connection.execute(
                f"select r.id from {table} r where {which} order by r.id limit 1", {"kinds": list(BY_MONTH)}
            )
            found += [row[0] for row in rows.fetchall()]
        return min(found, default=None)

    def counts(self, connection: Connection, month: Month) -> dict[What, int]:
        """What of a month is in the database (count of bodies each)."""
        return {
            what: int(_only(connection.execute(f"select count(*) {of}", _range(month.first, month.end)).fetchone()))
            for what, of in _OF.items()
        }

    def newest_leaf(self, connection: Connection, month: Month) -> int | None:
        """The highest index of a leaf of what of a month is in the database; None if nothing is."""
        found = [
            _only(connection.execute(f"select max(l.idx) {of}", _range(month.first, month.end)).fetchone())
            for of in _OF.values()
        ]
        return max((one for one in found if one is not None), default=None)

    def dossiers(self, connection: Connection, month: Month) -> list[UUID]:
        """Dossiers that a month's advice is about, or that its messages are of (0..n)."""
        rows = connection.execute(
            """select coalesce(c.merged_into, c.id) from record r join consignment c on c.id = r.about
            where r.id >= %(first)s and r.id < %(end)s and r.kind = any(%(kinds)s)
            union select coalesce(c.merged_into, c.id) from consignment_message x join consignment c on c.id = x.consignment
            where x.message >= %(first)s and x.message < %(end)s order by 1""",
            _range(month.first, month.end),
        )
        return [row[0] for row in rows]

    def alone(self, connection: Connection, month: Month) -> list[UUID]:
        """Messages of a month that are of no dossier (0..n)."""
        rows = connection.execute(
            """select m.id from message m where m.id >= %(first)s and m.id < %(end)s
            and not exists (select from consignment_message x where x.message = m.id) order by 1""",
            _range(month.first, month.end),
        )
        return [row[0] for row in rows]

    def records(self, connection: Connection, month: Month, kind: str) -> list[UUID]:
        """Records of a kind that were made in a month, the oldest first (0..n), wherever their bodies are."""
        rows = connection.execute(
            "select id from record where id >= %s and id < %s and kind = %s order by id", (month.first, month.end, kind)
        )
        return [row[0] for row in rows.fetchall()]

    def bodies(
        self, connection: Connection, what: What, bounds: tuple[UUID, UUID], most: tuple[int, int]
    ) -> list[tuple[ArchivedBody, bytes]]:
        """Bodies in the order of ids, each with the digest that its leaf has (0..n); one that is missing is empty.

        Args:
            connection: The transaction.
            what: Of what.
            bounds: The id after which, and that before which they are.
            most: How many (count), and how large they are together (bytes); one that is larger comes alone.
        """
        table, column, which = _ROWS[what]
        rows = connection.execute(
            f"""select id, idx, kind, at, key, coalesce(here, apart, ''), digest from (
            select r.id, l.idx, l.kind, l.at, l.key, r.{column} as here, b.body as apart, l.digest,
            sum(octet_length(coalesce(r.{column}, b.body))) over (order by r.id) - octet_length(coalesce(r.{column}, b.body))
            as before from {table} r join leaf l on l.record = r.id
            left join record_body b on b.id = r.id and b.id >= %(first)s and b.id < %(end)s
            where r.id > %(first)s and r.id < %(end)s and {which} and l.key is not null order by r.id limit %(most)s) part
            where coalesce(before, 0) < %(bytes)s order by id""",
            {**_range(*bounds), "most": most[0], "bytes": most[1]},
        )
        return [(ArchivedBody(*row[:6]), row[6]) for row in rows.fetchall()]

    def stands(self, connection: Connection, part: ArchivePart) -> bool:
        """Whether anything of what a file has, between its first and its last, is still in the database."""
        table, column, which = _ROWS[part.what]
        row = connection.execute(
            f"""select exists (select from {table} r where r.id >= %(first)s and r.id <= %(last)s and {which}
            and (r.{column} is not null or exists (select from record_body b where b.id = r.id
            and b.id >= %(first)s and b.id <= %(last)s)))""",
            {"first": part.first, "last": part.last, "kinds": list(BY_MONTH)},
        ).fetchone()
        return bool(row and row[0])

    def empty_some(self, connection: Connection, part: ArchivePart, digests: Mapping[UUID, bytes]) -> int:
        """Empty bodies that stand with their records or messages, as far as a file has them; how many were (0..2,000).

        Raises:
            StoreError: One is not what the file has; nothing was emptied.
        """
        table, column, which = _ROWS[part.what]
        rows = connection.execute(
            f"""select r.id, sha256(r.{column}) from {table} r where r.id >= %(first)s and r.id <= %(last)s and {which}
            and r.{column} is not null and r.id = any(%(ids)s) order by r.id limit %(most)s for update""",
            {
                "first": part.first,
                "last": part.last,
                "kinds": list(BY_MONTH),
                "ids": list(digests),
                "most": _AT_ONCE,
            },
        ).fetchall()
        _compare(rows, digests)
        connection.execute(f"update {table} set {column} = null where id = any(%s)", ([one for one, _ in rows],))
        return len(rows)

    def remove(self, connection: Connection, month: Month, files: Iterable[Mapping[UUID, bytes]]) -> int:
        """Drop the table of a month whose files have all that is in it; where it has more, what they have is deleted.

        Args:
            connection: The transaction.
            month: The month.
            files: Of each of its files the SHA-256 of each body.

        Returns:
            How many bodies were removed (count).

        Raises:
            StoreError: A body is not what a file has, or readers held it up; nothing was removed.
        """
        connection.execute(f"set local lock_timeout = {_PATIENCE_MS}")
        table = month.table
        if table not in parts(connection):
            return 0
        connection.execute(f"lock table {table} in share mode")  # nothing is written to it from here on
        gone: set[UUID] = set()
        for digests in files:
            first, last = min(digests), max(digests)
            rows = connection.execute(
                f"select id, sha256(body) from {table} where id >= %s and id <= %s", (first, last)
            ).fetchall()
            mine = [row for row in rows if row[0] in digests]
            _compare(mine, digests)
            gone |= {one for one, _ in mine}
        row = connection.execute(f"select count(*) from {table}").fetchone()
        if row is not None and row[0] == len(gone):
            connection.execute(f"alter table {BODIES} detach partition {table}")
            connection.execute(f"drop table {table}")
        else:
            connection.execute(f"delete from {table} where id = any(%s)", (list(gone),))
        return len(gone)


def _only(row: tuple[Any, ...] | None) -> Any:
    return row[0] if row else None


def _range(first: UUID, end: UUID) -> dict[str, object]:
    return {"first": first, "end": end, "kinds": list(BY_MONTH)}


def _compare(rows: Iterable[tuple[UUID, bytes]], digests: Mapping[UUID, bytes]) -> None:
    for one, digest in rows:
        if digests[one] != digest:
            raise StoreError(
                f"The content of record {one} in the database is not that of the archive file. Nothing was removed.",
                code="archive-differs",
                found=str(one),
                hint="cocket ledger audit says which of the two is as it was sealed.",
            )
