# SPDX-License-Identifier: Apache-2.0
"""Bodies of advice of a month, as archiving reads and removes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from cocket.errors import StoreError
from cocket.stores.base.database import Connection
from cocket.stores.base.record_months import BODIES, BY_MONTH, Month, parts
from cocket.stores.ledger.archive_files import ArchivedBody, ArchivePart

#: Bodies of before that are emptied in one transaction (count).
_AT_ONCE = 2_000

#: How long removing a table waits for those that read (milliseconds); it can be tried again.
_PATIENCE_MS = 5_000

#: Bodies of a range of ids that are in the database, under a key.
_OF = """from record r join leaf l on l.record = r.id left join record_body b on b.id = r.id and b.id >= %(first)s and b.id < %(end)s
where r.id >= %(first)s and r.id < %(end)s and r.kind = any(%(kinds)s) and l.key is not null"""


class ArchiveRows:
    """Rows of a month, on a transaction of the caller."""

    def oldest(self, connection: Connection) -> UUID | None:
        """Id of the oldest record whose body goes by month; None if there is none."""
        row = connection.execute(
            "select id from record where kind = any(%s) order by id limit 1", (list(BY_MONTH),)
        ).fetchone()
        return row[0] if row else None

    def count(self, connection: Connection, month: Month) -> int:
        """Bodies of a month that are in the database (count)."""
        row = connection.execute(
            f"select count(*) {_OF} and (r.body is not null or b.id is not null)", _range(month.first, month.end)
        ).fetchone()
        return int(row[0]) if row else 0

    def newest_leaf(self, connection: Connection, month: Month) -> int | None:
        """The highest index of a leaf of a month's; None if there is none."""
        row = connection.execute(f"select max(l.idx) {_OF}", _range(month.first, month.end)).fetchone()
        return None if row is None else row[0]

    def dossiers(self, connection: Connection, month: Month) -> list[UUID]:
        """Dossiers that a month's advice is about (0..n)."""
        rows = connection.execute(
            """select distinct coalesce(c.merged_into, c.id) from record r join consignment c on c.id = r.about
            where r.id >= %(first)s and r.id < %(end)s and r.kind = any(%(kinds)s) order by 1""",
            _range(month.first, month.end),
        )
        return [row[0] for row in rows]

    def records(self, connection: Connection, month: Month, kind: str) -> list[UUID]:
        """Records of a kind that were made in a month, the oldest first (0..n), wherever their bodies are."""
        rows = connection.execute(
            "select id from record where id >= %s and id < %s and kind = %s order by id", (month.first, month.end, kind)
        )
        return [row[0] for row in rows.fetchall()]

    def bodies(self, connection: Connection, bounds: tuple[UUID, UUID], most: int) -> list[tuple[ArchivedBody, bytes]]:
        """Bodies in the order of ids, each with the digest that its leaf has (0..most); one that is missing is empty.

        Args:
            connection: The transaction.
            bounds: The id after which, and that before which they are.
            most: How many (count).
        """
        rows = connection.execute(
            f"""select r.id, l.idx, r.kind, l.at, l.key, coalesce(r.body, b.body, ''), l.digest {_OF} and r.id <> %(first)s
            order by r.id limit %(most)s""",
            {**_range(*bounds), "most": most},
        )
        return [(ArchivedBody(*row[:6]), row[6]) for row in rows.fetchall()]

    def stands(self, connection: Connection, part: ArchivePart) -> bool:
        """Whether any body between the first and the last of a file is still in the database."""
        row = connection.execute(
            """select exists (select from record_body where id >= %(first)s and id <= %(last)s)
            or exists (select from record where id >= %(first)s and id <= %(last)s and kind = any(%(kinds)s)
            and body is not null)""",
            {"first": part.first, "last": part.last, "kinds": list(BY_MONTH)},
        ).fetchone()
        return bool(row and row[0])

    def empty_some(self, connection: Connection, part: ArchivePart, digests: Mapping[UUID, bytes]) -> int:
        """Empty bodies that stand with their records, as far as a file has them; how many were (0..2,000).

        Raises:
            StoreError: One is not what the file has; nothing was emptied.
        """
        rows = connection.execute(
            """select id, sha256(body) from record where id >= %(first)s and id <= %(last)s and kind = any(%(kinds)s)
            and body is not null and id = any(%(ids)s) order by id limit %(most)s for update""",
            {
                "first": part.first,
                "last": part.last,
                "kinds": list(BY_MONTH),
                "ids": list(digests),
                "most": _AT_ONCE,
            },
        ).fetchall()
        _compare(rows, digests)
        connection.execute("update record set body = null where id = any(%s)", ([one for one, _ in rows],))
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
        gone: list[UUID] = []
        for digests in files:
            first, last = min(digests), max(digests)
            rows = connection.execute(
                f"select id, sha256(body) from {table} where id >= %s and id <= %s", (first, last)
            ).fetchall()
            mine = [row for row in rows if row[0] in digests]
            _compare(mine, digests)
            gone += [one for one, _ in mine]
        row = connection.execute(f"select count(*) from {table}").fetchone()
        if row is not None and row[0] == len(gone):
            connection.execute(f"alter table {BODIES} detach partition {table}")
            connection.execute(f"drop table {table}")
        else:
            connection.execute(f"delete from {table} where id = any(%s)", (gone,))
        return len(gone)


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
