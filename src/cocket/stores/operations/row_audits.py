# SPDX-License-Identifier: Apache-2.0
"""What an audit of rows keeps while it is on its way: the shadow of each row as sealed records have it, and differences.

Shadows bear a MAC like the rows they stand for, so that nobody who writes to the database can have a forged row
agree with a forged shadow. How many there are, and a sum over all of them, is kept with the place of the audit, so that
none is taken out, added, or put back as it was before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Cursor, sql

from cocket.errors import RowDiffersError, StoreError
from cocket.stores.base.database import Connection
from cocket.stores.base.row_macs import Protected, plain_decimal
from cocket.stores.ledger.archive_files import What

#: How many shadows are read at a time when all are counted, and what their sum is taken modulo.
_READ_AT_ONCE, _MODULUS = 2000, 1 << 128

#: The name of a row: its table, and its key as one text.
RowName = tuple[str, str]


class Shadow(msgspec.Struct, frozen=True, kw_only=True):
    """What sealed records say of a row.

    Attributes:
        leaf: Index of the newest leaf that says so.
        values: Column → value in plain form; columns that no record mentions are left out.
    """

    leaf: int
    values: dict[str, Any]

    @property
    def about(self) -> str | None:
        """The dossier the row is about; None if it is about none."""
        return self.values.get("consignment")


class RowDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A row, or a column of it, that is not as sealed records say.

    Attributes:
        table: Its table.
        id: Its key, columns with a blank between.
        column: Column; "" for the whole row.
        stands: What stands there; None if nothing does.
        sealed: What sealed records say; None where that is not known yet.
        leaf: Index of the newest leaf that says so; None where none does.
        about: Dossier it is about; None if it is about none.
        found: When it was found, UTC.
    """

    table: str
    id: str
    column: str
    stands: str | None
    sealed: str | None
    leaf: int | None = None
    about: UUID | None = None
    found: datetime | None = None


class ShadowSet(msgspec.Struct, frozen=True, kw_only=True):
    """What binds the shadows together, each of which bears a MAC of its own.

    Attributes:
        count: How many there are.
        sum: Sum over all of them modulo 2¹²⁸, in hexadecimal: of a keyed hash of each one's MAC.
    """

    count: int = 0
    sum: str = "0"


_SHADOWS = Protected(table="row_shadow", key=("tbl", "id"), columns=("tbl", "id", "about", "leaf", "body"))
#: What is summed of each shadow; it stands in no table, so that nobody looks for others that come to the same sum.
_MEMBER = Protected(table="row_shadow", key=("mac",), columns=("mac",), mac="member")
_SHADOW = ", ".join((*_SHADOWS.columns, _SHADOWS.mac))
_DIFFERENCE = "tbl, id, col, stands, sealed, leaf, about, found"


class RowAudits:
    """Shadows and differences, on a transaction of the caller.

    Attributes:
        shadow_set: What binds the shadows that this audit kept.
    """

    def __init__(self) -> None:
        self.shadow_set = ShadowSet()

    def begin(self, connection: Connection) -> None:
        """Read everything of this transaction as it stands at one moment; to be called before anything else."""
        connection.execute("set transaction isolation level repeatable read")

    def hold(self, connection: Connection) -> None:
        """Let nobody else change shadows until the transaction ends, so that it sees them at one moment, and may append."""
        connection.execute("lock table row_shadow in share row exclusive mode")

    def hold_rows(self, connection: Connection, table: str) -> None:
        """Let nobody else write rows of a table until the transaction ends: what is read of them stays so."""
        connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(sql.Identifier(table)))

    def forget(self, connection: Connection) -> None:
        """Begin anew: no shadow is known."""
        connection.execute("delete from row_shadow")
        self.shadow_set = ShadowSet()

    def check_shadows(self, connection: Connection, kept: ShadowSet) -> None:
        """Hold all shadows of this transaction's moment against what binds them, and go on from there.

        Args:
            connection: The transaction; it must see shadows at one moment, as `begin` and `hold` have it.
            kept: What was kept of them outside their table.

        Raises:
            RowDiffersError: Another hand took a shadow out, added one, or put one back; the audit must begin anew.
        """
        self.shadow_set = ShadowSet()
        with connection.cursor(name="shadows") as cursor:
            cursor.itersize = _READ_AT_ONCE
            cursor.execute("select mac from row_shadow")
            self._count(connection, 1, cursor)
        if self.shadow_set != kept:
            raise RowDiffersError(
                "The intermediate state of the row audit was changed from outside.", pointer="row_shadow"
            )

    def _count(self, connection: Connection, sign: int, macs: Iterable[tuple[bytes]]) -> None:
        """Take shadows into what binds them, or out of it."""
        total, count = int(self.shadow_set.sum, 16), self.shadow_set.count
        for mac in macs:
            total += sign * int.from_bytes(connection.row_macs.mac(_MEMBER, mac))
            count += sign
        self.shadow_set = ShadowSet(count=count, sum=f"{total % _MODULUS:x}")

    def shadows(self, connection: Connection, names: Collection[RowName]) -> dict[RowName, Shadow]:
        """Shadows of some rows; rows without one are left out.

        Raises:
            RowDiffersError: A shadow was changed by another hand; the audit must begin anew.
        """
        if not names:
            return {}
        rows = connection.execute(
            f"""select {_SHADOW} from unnest(%s::text[], %s::text[]) as asked (tbl, id)
            join row_shadow using (tbl, id)""",
            ([name[0] for name in names], [name[1] for name in names]),
        )
        return self._read(connection, rows.fetchall())

    def shadows_about(self, connection: Connection, about: str) -> dict[RowName, Shadow]:
        """Shadows of the rows about a dossier."""
        rows = connection.execute(f"select {_SHADOW} from row_shadow where about = %s", (about,))
        return self._read(connection, rows.fetchall())

    def shadows_after(self, connection: Connection, table: str, after: str, limit: int) -> dict[RowName, Shadow]:
        """Shadows of a table in the order of their ids, from one on."""
        rows = connection.execute(
            f"select {_SHADOW} from row_shadow where tbl = %s and id > %s order by id limit %s", (table, after, limit)
        )
        return self._read(connection, rows.fetchall())

    def _read(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> dict[RowName, Shadow]:
        believed = connection.row_macs.believed(connection, _SHADOWS, rows, to_change=True)
        return {
            (row[0], row[1]): Shadow(leaf=row[3], values=msgspec.json.decode(row[4], type=dict[str, Any]))
            for row in believed
        }

    def keep_shadows(self, connection: Connection, changed: Mapping[RowName, Shadow | None]) -> None:
        """Keep shadows, new or changed; None for those that go."""
        gone = [name for name, shadow in changed.items() if shadow is None]
        named = [name[0] for name in changed], [name[1] for name in changed]
        before = connection.execute(
            "select mac from unnest(%s::text[], %s::text[]) as asked (tbl, id) join row_shadow using (tbl, id)", named
        )
        self._count(connection, -1, before)
        connection.execute(
            """delete from row_shadow using unnest(%s::text[], %s::text[]) as gone (tbl, id)
            where row_shadow.tbl = gone.tbl and row_shadow.id = gone.id""",
            ([name[0] for name in gone], [name[1] for name in gone]),
        )
        kept = [
            (*name, shadow.about, shadow.leaf, msgspec.json.encode(shadow.values))
            for name, shadow in changed.items()
            if shadow is not None
        ]
        connection.row_macs.put(connection, _SHADOWS, kept)
        self._count(connection, 1, [(connection.row_macs.mac(_SHADOWS, row),) for row in kept])

    def rows(
        self, connection: Connection, protected: Protected, after: Sequence[str] | None, limit: int
    ) -> list[tuple[Any, ...]]:
        """Rows of a table with their MACs, in the order of their keys, from one on.

        Args:
            connection: The transaction.
            protected: The table.
            after: The last key seen, as `cursor_of` gives it; None for the first rows.
            limit: Most rows (count).
        """
        key = ", ".join(protected.key)
        beyond = f"where ({key}) > ({', '.join(['%s'] * len(protected.key))})" if after is not None else ""
        return connection.execute(
            f"select {protected.read} from {protected.table} {beyond} order by {key} limit %s", (*(after or ()), limit)
        ).fetchall()

    def rows_named(
        self, connection: Connection, protected: Protected, name: str, ids: Collection[str]
    ) -> list[tuple[Any, ...]]:
        """Rows of a table with their MACs, by an expression of SQL that gives their name (0..n)."""
        return connection.execute(
            f"select {protected.read} from {protected.table} where {name} = any(%s)", (list(ids),)
        ).fetchall()

    def note(self, connection: Connection, differences: Collection[RowDifference]) -> None:
        """Keep differences; what was noted of the same column before is brought up to date."""
        connection.pending.noted |= {(d.table, d.id): True for d in differences}
        # What another hand has the table swallow is told all the same, so nothing is checked here. Nothing is prepared either:
        # a statement prepared under a rule that swallows rows goes on doing so when the rule is gone.
        with Cursor(connection) as cursor:
            for d in differences:
                cursor.execute(
                    f"""insert into row_difference ({_DIFFERENCE}) values (%s, %s, %s, %s, %s, %s, %s, clock_timestamp())
                    on conflict (tbl, id, col) do update set stands = excluded.stands, sealed = excluded.sealed,
                    leaf = excluded.leaf, about = excluded.about, found = excluded.found""",
                    (d.table, d.id, d.column, d.stands, d.sealed, d.leaf, d.about),
                    prepare=False,
                )

    def forget_leaves(self, connection: Connection, leaves: Collection[int]) -> None:
        """Forget what was told by leaves that were erased since."""
        gone = connection.execute("delete from row_shadow where leaf = any(%s) returning mac", (list(leaves),))
        self._count(connection, -1, gone)

    def settle(self, connection: Connection, table: str, ids: Collection[str]) -> None:
        """Forget what was noted of rows."""
        connection.pending.noted |= {(table, one): False for one in ids}
        connection.execute("delete from row_difference where tbl = %s and id = any(%s)", (table, list(ids)))

    def moment(self, connection: Connection) -> datetime:
        """Now, by the clock of the database, which is also that of differences; ours may be before it or behind it."""
        row = connection.execute("select clock_timestamp()").fetchone()
        if row is None:
            raise StoreError("The database does not return the time.")
        at: datetime = row[0]
        return at.astimezone(UTC)

    def oldest_transaction(self, connection: Connection) -> int:
        """The oldest transaction that is not over at this transaction's moment: what older ones wrote is seen."""
        row = connection.execute("select pg_snapshot_xmin(pg_current_snapshot())::text").fetchone()
        if row is None:
            raise StoreError("The database does not return its transactions.")
        return int(row[0])

    def leaves_written(
        self,
        connection: Connection,
        bounds: tuple[int, int],
        since: int,
        limit: int,
        archived: Sequence[tuple[What, UUID, UUID]] = (),
    ) -> list[int]:
        """Leaves of a range of which a row was written by a transaction from one on, or what they seal was removed.

        Args:
            connection: The transaction.
            bounds: First index, and the one behind the last.
            since: The transaction, as `oldest_transaction` gives it.
            limit: Most leaves (count).
            archived: What each file of the archive has, and its first and last id (0..n).

        Returns:
            Their indexes, in order.
        """
        is_new = "coalesce(age({0}.xmin) <= age(%(since)s::xid), false)"
        rows = connection.execute(
            f"""select l.idx from leaf l left join message m on m.id = l.record left join record r on r.id = l.record
            left join record_body b on b.id = l.record
            where l.idx >= %(first)s and l.idx < %(end)s and ({" or ".join(map(is_new.format, "lmrb"))}
            or (m.id is null and r.id is null and octet_length(l.digest) > 0)
            or (coalesce(m.id, r.id) is not null and m.content is null and r.body is null and b.id is null and not exists (
            select from unnest(%(whats)s::text[], %(firsts)s::uuid[], %(lasts)s::uuid[]) as file (what, one, other)
            where what = case when m.id is null then 'advice' else 'messages' end and l.record between one and other)))
            order by l.idx limit %(limit)s""",
            {
                "first": bounds[0],
                "end": bounds[1],
                "since": str(since % 2**32),
                "limit": limit,
                "whats": [what for what, _, _ in archived],
                "firsts": [first for _, first, _ in archived],
                "lasts": [last for _, _, last in archived],
            },
        )
        return [index for (index,) in rows]

    def settle_before(self, connection: Connection, moment: datetime, found: Sequence[RowDifference]) -> None:
        """Forget what was noted before a moment, by the clock of the database, and is not among what was found since."""
        connection.execute(
            """delete from row_difference d where found < %s and not exists (
            select from unnest(%s::text[], %s::text[], %s::text[]) as again (tbl, id, col)
            where (d.tbl, d.id, d.col) = (again.tbl, again.id, again.col))""",
            (moment, [one.table for one in found], [one.id for one in found], [one.column for one in found]),
        )

    def differences(self, connection: Connection, limit: int = 10_000) -> list[RowDifference]:
        """Every difference that stands, by table, id and column (0..limit)."""
        rows = connection.execute(f"select {_DIFFERENCE} from row_difference order by tbl, id, col limit %s", (limit,))
        return [_difference(row) for row in rows]

    def differences_about(self, connection: Connection, consignments: Sequence[UUID]) -> list[RowDifference]:
        """Differences of rows about some dossiers (0..n)."""
        rows = connection.execute(
            f"select {_DIFFERENCE} from row_difference where about = any(%s) order by tbl, id, col",
            (list(consignments),),
        )
        return [_difference(row) for row in rows]

    def lacking(self, connection: Connection, found: Sequence[RowDifference]) -> int:
        """How many of some differences are not among those kept (count)."""
        row = connection.execute(
            """select count(*) from unnest(%s::text[], %s::text[], %s::text[]) as asked (tbl, id, col)
            where not exists (select from row_difference d where (d.tbl, d.id, d.col) = (asked.tbl, asked.id, asked.col))""",
            ([one.table for one in found], [one.id for one in found], [one.column for one in found]),
        ).fetchone()
        return int(row[0]) if row else 0

    def names(self, connection: Connection) -> set[RowName]:
        """Table and key of the rows that differ (0..n)."""
        return {(row[0], row[1]) for row in connection.execute("select distinct tbl, id from row_difference")}


def plain(value: Any) -> Any:
    """A value of a column in the form in which shadows keep it and differences show it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def cursor_of(protected: Protected, row: Sequence[Any]) -> list[str]:
    """The key of a row as PostgreSQL reads it."""
    key = [row[protected.columns.index(name)] for name in protected.key]
    return [f"\\x{one.hex()}" if isinstance(one, bytes) else str(one) for one in key]


def _difference(row: Sequence[Any]) -> RowDifference:
    table, identity, column, stands, sealed, leaf, about, found = row
    return RowDifference(
        table=table, id=identity, column=column, stands=stands, sealed=sealed, leaf=leaf, about=about, found=found
    )
